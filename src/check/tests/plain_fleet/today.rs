//! Instances of today.

use indexmap::IndexMap;

use crate::domain::policy::KeepInstances;

// V16
mutation!(
    an_existing_row_in_a_redesign,
    |cluster, _| cluster.policy.keep_instances = KeepInstances::None,
    ExistingInstances
);
mutation!(
    an_instance_of_today_left_out,
    |cluster, _| {
        let mut second = cluster.container_instances[0].clone();
        second.id = "i-2".to_owned();
        cluster.container_instances.push(second);
    },
    ExistingInstances
);
mutation!(
    an_invented_existing_instance,
    |cluster, _| cluster.container_instances[0].active = false,
    ExistingInstances
);
mutation!(
    an_existing_instance_with_more_memory_than_it_registers,
    |_, plan| plan.instances[0].registered.memory_mib = 1024,
    ExistingInstances
);
mutation!(
    an_existing_instance_in_another_zone,
    |_, plan| plan.instances[0].availability_zone = Some("us-east-1b".to_owned()),
    ExistingInstances
);
mutation!(
    an_existing_instance_with_an_attribute_it_does_not_have,
    |_, plan| {
        plan.instances[0].attributes = IndexMap::from([("tier".to_owned(), None)]);
    },
    ExistingInstances
);
