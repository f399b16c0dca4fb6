//! Instances of today, external ones among them.

use super::fixture::external_instance;
use crate::domain::attributes::Attributes;
use crate::domain::policy::KeepInstances;

// V16
mutation!(
    an_external_instance_left_out,
    |it| {
        let second = external_instance("mi-2");
        it.cluster.container_instances.push(second);
    },
    ExistingInstances
);
mutation!(an_external_instance_that_does_not_accept_tasks, |it| {
    let mut second = external_instance("mi-2");
    second.active = false;
    it.cluster.container_instances.push(second);
},);
mutation!(
    an_instance_of_ec2_left_out,
    |it| {
        let mut second = external_instance("i-1");
        second.attributes = Attributes::default();
        second.instance_type = "m9.large".to_owned();
        it.cluster.container_instances.push(second);
        it.cluster.policy.keep_instances = KeepInstances::All;
        // What it registers holds for new ones of its type.
        for row in [3, 4] {
            it.row(row).registered.memory_mib = 4096;
        }
    },
    ExistingInstances
);
