//! What is bought: Spot and its bands, zones, prices, the mix of types.

use rust_decimal::Decimal;

use super::fixture::settle;
use super::{Change, violations_after};
use crate::check::Rule;
use crate::check::tests::plain_fleet::fixture::usd;
use crate::domain::interruption::InterruptionBand;
use crate::domain::policy::{AcceleratorUse, DeploymentSurge};
use crate::domain::quantity::GpuCount;
use crate::domain::service::DeploymentConfiguration;

// V05
mutation!(
    spot_that_the_policy_does_not_allow,
    |it| it.cluster.policy.purchase_options.spot = false,
    PurchaseOption,
    // FARGATE_SPOT is Spot as well.
    Fargate
);
mutation!(
    on_demand_that_the_policy_does_not_allow,
    |it| it.cluster.policy.purchase_options.on_demand = false,
    PurchaseOption,
    Fargate
);
mutation!(
    spot_of_a_type_that_is_not_sold_so,
    |it| it.catalogue.instance_types[0].spot_supported = false,
    PurchaseOption
);

mutation!(spot_of_the_band_that_may_be_bought, |it| {
    it.cluster.policy.max_interruption = Some(InterruptionBand::Below5);
},);
mutation!(
    spot_of_a_band_above_the_one_that_may_be_bought,
    |it| {
        it.cluster.policy.max_interruption = Some(InterruptionBand::From5To10);
        for saving in it.catalogue.spot_savings.values_mut() {
            saving.interruption_band = "10-15%".to_owned();
        }
        it.row(3).interruption_band = Some("10-15%".to_owned());
        it.row(4).interruption_band = Some("10-15%".to_owned());
    },
    PurchaseOption
);
mutation!(
    spot_without_a_band,
    |it| {
        it.cluster.policy.max_interruption = Some(InterruptionBand::Above20);
        it.catalogue.spot_savings.clear();
        it.row(3).interruption_band = None;
        it.row(4).interruption_band = None;
    },
    PurchaseOption
);

// V06
mutation!(
    a_zone_without_the_type,
    |it| {
        let ids = it.catalogue.zone_ids.get_mut("m9.large");
        ids.expect("m9.large has zones").pop();
    },
    Zone
);

// V17
mutation!(
    the_spot_price_of_another_zone,
    |it| {
        it.row(3).usd_per_hour = usd("0.03");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    a_discount_on_spot,
    |it| it.cluster.policy.savings_plan_discount = Decimal::new(1, 1),
    // The On-Demand rows lack it.
    RowPrice
);
mutation!(the_mean_spot_price_where_the_zone_has_a_name_alone, |it| {
    it.cluster.zones.pop();
    it.cluster.zones.iter_mut().for_each(|zone| zone.id = None);
    for row in [3, 4] {
        it.row(row).usd_per_hour = usd("0.035");
    }
    settle(&mut it.plan);
},);
mutation!(
    no_interruption_band,
    |it| it.row(3).interruption_band = None,
    RowPrice
);
mutation!(
    an_interruption_band_on_demand,
    |it| it.row(1).interruption_band = Some("<5%".to_owned()),
    RowPrice
);
mutation!(
    an_external_instance_that_costs_something,
    |it| {
        it.row(0).usd_per_hour = usd("0.01");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    fargate_tasks_at_the_price_of_the_other_architecture,
    |it| {
        it.plan.fargate_tasks[0].usd_per_hour = usd("0.015");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    fargate_tasks_without_the_price_of_storage,
    |it| {
        it.plan.fargate_tasks[1].usd_per_hour = usd("0.0042");
        settle(&mut it.plan);
    },
    RowPrice
);

// V24
mutation!(
    fewer_instances_than_asked_for,
    |it| {
        it.cluster.policy.max_instances = 5;
        it.cluster.policy.min_instances = 5;
    },
    FleetSize
);
mutation!(
    more_instances_than_allowed,
    |it| it.cluster.policy.max_instances = 3,
    FleetSize
);
mutation!(
    fewer_instances_than_asked_for_where_none_can_be_bought,
    |it| {
        it.cluster.policy.min_instances = 5;
        it.cluster.policy.allowed_instance_types = Some(vec!["z1.*".to_owned()]);
    },
    InstanceType
);

// V30
mutation!(
    more_instance_types_than_allowed,
    |it| it.cluster.policy.max_instance_types = Some(1),
    InstanceTypeCount
);

// V37
fn give_gpus(it: &mut Change) {
    for known in &mut it.catalogue.instance_types {
        if known.name == "r9.large" {
            known.gpus = GpuCount::new(1);
        }
    }
    it.row(1).registered.gpus = 1;
    it.row(2).registered.gpus = 1;
}
mutation!(gpus_that_no_task_needs, give_gpus, Accelerators);
mutation!(gpus_that_a_task_needs, |it| {
    give_gpus(it);
    it.without_zone_loss();
    it.service("db").task.gpus = GpuCount::new(1);
    it.service("db").deployment = Some(DeploymentConfiguration {
        minimum_healthy_percent: 0,
        maximum_percent: 100,
    });
},);
mutation!(
    gpus_that_a_daemon_alone_needs,
    |it| {
        give_gpus(it);
        it.without_zone_loss();
        for known in &mut it.catalogue.instance_types {
            known.gpus = GpuCount::new(1);
        }
        it.row(3).registered.gpus = 1;
        it.row(4).registered.gpus = 1;
        it.service("agent").task.gpus = GpuCount::new(1);
    },
    Accelerators
);
mutation!(gpus_of_a_type_that_the_policy_names, |it| {
    give_gpus(it);
    it.cluster.policy.allowed_instance_types = Some(vec!["r9.*".to_owned(), "*".to_owned()]);
},);
mutation!(
    gpus_of_a_type_that_only_a_wildcard_matches,
    |it| {
        give_gpus(it);
        it.cluster.policy.allowed_instance_types = Some(vec!["*".to_owned()]);
    },
    Accelerators
);
mutation!(gpus_that_may_be_used_by_all, |it| {
    give_gpus(it);
    it.cluster.policy.accelerators = AcceleratorUse::Included;
},);

/// The GPUs of row 1 are for `db` alone, which is beside the others as a task, as a place kept, or not at all.
fn accelerators_refused(kept: u64) -> bool {
    let found = violations_after(|it| {
        give_gpus(it);
        // Room for a rollout would be room for a task that needs them.
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
        it.service("db").task.gpus = GpuCount::new(1);
        it.row(1).tasks.shift_remove("db");
        it.set_spare(1, "db", kept);
    });
    (found.iter()).any(|it| it.rule == Rule::Accelerators && it.place == "instances[1]")
}

#[test]
fn a_place_kept_for_a_lost_zone_needs_its_gpus() {
    assert!(!accelerators_refused(1));
    assert!(accelerators_refused(0));
}
