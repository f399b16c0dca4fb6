//! Tasks on Fargate.

use super::fixture::{planned, settle};
use crate::check::tests::plain_fleet::fixture::usd;
use crate::domain::placement::PlacementConstraint;
use crate::domain::policy::FargateUse;
use crate::domain::quantity::{GpuCount, MemoryMib};
use crate::domain::task::{LaunchType, TaskFeature};

// V26
mutation!(
    fargate_that_the_policy_forbids,
    |it| it.cluster.policy.fargate = FargateUse::Forbidden,
    Fargate
);
mutation!(
    instances_beside_fargate_alone,
    |it| it.cluster.policy.fargate = FargateUse::Only,
    Fargate
);
mutation!(
    tasks_with_gpus_on_fargate,
    |it| it.service("burst").task.gpus = GpuCount::new(1),
    Fargate
);
mutation!(
    a_service_with_constraints_on_fargate,
    |it| {
        let burst = it.service("burst");
        burst.placement_constraints = vec![PlacementConstraint::DistinctInstance];
    },
    Fargate
);
mutation!(
    a_definition_that_fargate_refuses,
    |it| {
        let features = &mut it.service("burst").task.fargate.features;
        features.insert(TaskFeature::Privileged);
    },
    Fargate
);
mutation!(
    a_definition_that_aws_found_not_compatible,
    |it| it.service("burst").task.fargate.compatibilities = vec![LaunchType::Ec2],
    Fargate
);
mutation!(
    a_hard_limit_above_the_size,
    |it| {
        let facts = &mut it.service("burst").task.fargate;
        facts.stated = Some((None, None));
        facts.hard_limit = MemoryMib::new(1_000_000);
    },
    Fargate
);
mutation!(
    tasks_bound_to_ec2_on_fargate,
    |it| it.service("burst").launch_type = Some(LaunchType::Ec2),
    Fargate
);
mutation!(
    storage_without_a_price_on_fargate,
    |it| it.catalogue.other_prices.clear(),
    Fargate
);
mutation!(
    a_larger_size_than_needed,
    |it| {
        let row = &mut it.plan.fargate_tasks[1];
        row.cpu = 512;
        row.usd_per_hour = usd("0.0082");
        settle(&mut it.plan);
    },
    Fargate
);
mutation!(
    a_size_that_does_not_hold_the_task,
    |it| {
        let row = &mut it.plan.fargate_tasks[1];
        row.memory_mib = 512;
        row.usd_per_hour = usd("0.0046");
        settle(&mut it.plan);
    },
    Fargate
);
mutation!(
    a_service_on_fargate_and_on_instances,
    |it| {
        it.service("burst").task.requires_compatibilities.clear();
        it.service("burst").desired_count = 4;
        it.set_tasks(2, "burst", 1);
        it.without_zone_loss();
        it.plan.services[2] = planned(
            "burst",
            4,
            &[("FARGATE", 2), ("FARGATE_SPOT", 1), ("od", 1)],
        );
    },
    Strategies,
    Fargate
);
