//! Capacity providers, strategies, the size of the fleet and Fargate.

use super::fixture::{awsvpc, provider, service, usd};
use super::{rules_broken_by, set_tasks};
use crate::check::Rule;
use crate::domain::capacity::ProviderKind;
use crate::domain::plan::{PlannedFargateTasks, PlannedProvider};

// V22
mutation!(
    a_row_of_an_unknown_provider,
    |_, plan| plan.instances[2].capacity_provider = "ARM".to_owned(),
    CapacityProviders,
    Strategies
);
mutation!(
    a_new_row_outside_every_provider,
    |_, plan| {
        plan.instances[2].capacity_provider = String::new();
        plan.capacity_providers.remove(1);
        plan.services[2].capacity_provider_strategy.clear();
    },
    CapacityProviders
);
mutation!(
    a_provider_of_another_type,
    |_, plan| plan.capacity_providers[1].instance_types = vec!["m9.large".to_owned()],
    CapacityProviders
);
mutation!(
    a_provider_of_another_kind,
    |_, plan| plan.capacity_providers[1].kind = ProviderKind::Fargate,
    CapacityProviders
);
mutation!(
    a_capacity_that_is_not_the_rows,
    |_, plan| plan.capacity_providers[0].min_size = 3,
    CapacityProviders
);
mutation!(
    a_group_larger_than_its_limit,
    |_, plan| plan.capacity_providers[0].max_size = 1,
    CapacityProviders
);
mutation!(
    a_desired_capacity_without_rows,
    |_, plan| {
        plan.capacity_providers[0].desired_capacity = 3;
        plan.capacity_providers[0].max_size = 3;
    },
    CapacityProviders
);
mutation!(
    a_provider_cost_that_is_not_the_rows,
    |_, plan| plan.capacity_providers[0].usd_per_hour = usd("0.2"),
    CapacityProviders
);

// V23
mutation!(
    a_strategy_of_an_unknown_provider,
    |_, plan| {
        plan.services[1].capacity_provider_strategy[0].capacity_provider = "nobody".to_owned();
    },
    Strategies
);
mutation!(
    a_strategy_of_a_provider_without_its_tasks,
    |_, plan| {
        plan.services[1].capacity_provider_strategy[0].capacity_provider = "arm".to_owned();
    },
    Strategies
);
mutation!(
    a_weight_of_nothing_where_the_tasks_are,
    |_, plan| plan.services[1].capacity_provider_strategy[0].weight = 0,
    Strategies
);
mutation!(
    a_weight_beyond_the_limit,
    |_, plan| plan.services[1].capacity_provider_strategy[0].weight = 1001,
    Strategies
);
mutation!(
    the_smaller_weight_where_more_tasks_are,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
        set_tasks(plan, 3, "api", 1);
        let mut second = plan.services[1].capacity_provider_strategy[0].clone();
        second.capacity_provider = "gold".to_owned();
        second.weight = 2;
        plan.services[1].capacity_provider_strategy.push(second);
    },
    Strategies
);

// V24
mutation!(
    more_instances_than_allowed,
    |cluster, _| cluster.policy.max_instances = 4,
    FleetSize
);

#[test]
fn todays_instances_may_be_more_than_allowed_as_long_as_nothing_is_added() {
    let broken = rules_broken_by(|cluster, plan| {
        cluster.policy.max_instances = 1;
        for row in &mut plan.instances {
            row.existing = true;
        }
    });
    assert!(!broken.contains(&Rule::FleetSize), "{broken:?}");
}

// V26
mutation!(
    tasks_on_fargate,
    |cluster, plan| {
        cluster.services.push(awsvpc(service("zeta", 1, 512, 1024)));
        let mut listed = plan.services[1].clone();
        listed.service_name = "zeta".to_owned();
        listed.desired_count = 1;
        listed.usd_per_hour = usd("0");
        listed.capacity_provider_strategy[0].capacity_provider = "FARGATE".to_owned();
        plan.services.push(listed);
        plan.capacity_providers.push(PlannedProvider {
            kind: ProviderKind::Fargate,
            instance_types: Vec::new(),
            ..provider("FARGATE", "", 0, "0")
        });
        plan.fargate_tasks.push(PlannedFargateTasks {
            service_name: "zeta".to_owned(),
            capacity_provider: "FARGATE".to_owned(),
            count: 1,
            cpu: 512,
            memory_mib: 1024,
            usd_per_hour: usd("0"),
            schedule: Vec::new(),
        });
    },
    Fargate
);
