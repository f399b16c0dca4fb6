//! Capacity providers and strategies.

use super::fixture::{planned, settle};
use crate::domain::capacity::Capacity;

// V22
mutation!(
    an_external_instance_in_a_provider,
    |it| {
        it.row(0).capacity_provider = "od".to_owned();
        it.plan.services[5] = planned("edge", 1, &[("od", 1)]);
        settle(&mut it.plan);
    },
    CapacityProviders
);
mutation!(
    a_fargate_provider_with_a_size,
    |it| it.plan.capacity_providers[2].max_size = 2,
    CapacityProviders
);
mutation!(
    a_fargate_provider_of_the_other_market,
    |it| it.plan.capacity_providers[3].purchase_option = Some(Capacity::OnDemand),
    CapacityProviders
);
mutation!(
    fargate_tasks_of_an_unlisted_provider,
    |it| {
        it.plan.capacity_providers.remove(3);
    },
    CapacityProviders,
    Strategies
);
mutation!(
    fargate_tasks_of_a_group,
    |it| {
        it.plan.fargate_tasks[1].capacity_provider = "od".to_owned();
        it.plan.services[2] = planned("burst", 3, &[("FARGATE", 1)]);
        settle(&mut it.plan);
    },
    CapacityProviders,
    Strategies
);

// V23
mutation!(
    the_smaller_weight_on_fargate_where_more_tasks_are,
    |it| it.plan.services[2] = planned("burst", 3, &[("FARGATE", 1), ("FARGATE_SPOT", 2)]),
    Strategies
);
mutation!(
    a_base_of_more_tasks_than_its_provider_holds,
    |it| it.plan.services[2].capacity_provider_strategy[1].base = 5,
    Strategies
);
mutation!(
    fargate_beside_a_group,
    |it| {
        it.plan.services[2] = planned(
            "burst",
            3,
            &[("FARGATE", 2), ("FARGATE_SPOT", 1), ("od", 0)],
        );
    },
    Strategies
);
