//! Packed groups for services whose demand nobody knows, beside groups that follow the hours.

use super::*;
use crate::planner::DemandPattern;
use crate::planner::week::elastic;

fn moving(cluster: &Cluster) -> Result<FleetPlan, PlanError> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        rehearses: false,
        work_limit: Some(400_000),
        demand: DemandPattern::Moving,
        ..PlanOptions::default()
    };
    plan(cluster, &catalogue, &options, &Never, &Silent).map(|planned| planned.plan.into_plan())
}

/// A shop with days and nights, a batch at night, one that does not move, and one that scales by itself.
fn with_a_scaler(beside: &str) -> Cluster {
    let services = [
        ("batch", profile(1..5, 6, 0)),
        ("scaler", r#", "minCount": 2, "maxCount": 12"#.to_owned()),
        ("shop", profile(8..20, 48, 4)),
        ("still", String::new()),
    ];
    cluster(&services, beside)
}

fn group_of<'a>(plan: &'a FleetPlan, service: &str) -> &'a crate::domain::plan::PlannedProvider {
    let own = (plan.services.iter()).find(|own| own.service_name == service);
    let [only] = own.expect("planned").capacity_provider_strategy.as_slice() else {
        panic!("{service} has one group")
    };
    let mut groups = plan.groups();
    groups
        .find(|group| group.name == only.capacity_provider)
        .expect("a group")
}

#[test]
fn a_service_that_scales_by_itself_is_packed_beside_groups_that_follow_the_hours() {
    let cluster = with_a_scaler("");
    let plan = moving(&cluster).expect("a plan");
    let packed = group_of(&plan, "scaler");
    assert_eq!(packed.mode, Some(GroupMode::Elastic));
    assert!(packed.certificate.is_none() && packed.schedule.is_empty());
    assert!(packed.min_size < packed.max_size);
    assert!(packed.max_size > packed.desired_capacity);
    let shop = group_of(&plan, "shop");
    assert_eq!(shop.mode, Some(GroupMode::Scheduled));
    assert_ne!(shop.name, packed.name);
    assert_eq!(rules(&cluster, &plan), []);
    // The bound is that of the same week.
    let steady = planned(&cluster).expect("a plan");
    assert!(plan.cost.bound_usd_per_hour <= Some(steady.cost.usd_per_hour));
    assert!(group_of(&steady, "scaler").certificate.is_some());
}

#[test]
fn a_packed_group_holds_one_number_of_tasks_alone() {
    let cluster = with_a_scaler("");
    let mut forged = moving(&cluster).expect("a plan");
    let packed = group_of(&forged, "scaler").name.clone();
    let shop = (forged.services.iter_mut()).find(|own| own.service_name == "shop");
    for item in &mut shop.expect("planned").capacity_provider_strategy {
        item.capacity_provider.clone_from(&packed);
    }
    assert!(rules(&cluster, &forged).contains(&Rule::Week));
}

#[test]
fn what_moves_by_the_hour_or_not_at_all_is_not_packed() {
    let found = |cluster: &Cluster| -> Vec<String> {
        (elastic::services(cluster).into_iter())
            .map(|position| cluster.services[position].name.clone())
            .collect()
    };
    assert_eq!(found(&with_a_scaler("")), ["scaler"]);
    assert_eq!(found(&day_and_night("")), Vec::<String>::new());
    let Err(PlanError::Week(NoWeek::NotBuilt(why))) = moving(&day_and_night("")) else {
        panic!("there is nothing to pack")
    };
    assert!(why[0].contains("no service has minCount or maxCount"));
    let Err(PlanError::Week(NoWeek::NotBuilt(why))) =
        moving(&with_a_scaler(r#", "surviveInstanceLoss": true"#))
    else {
        panic!("no room is replayed")
    };
    assert_eq!(why.len(), 1);
}

#[test]
fn the_limits_hold_for_both_kinds_together() {
    let cluster = with_a_scaler(r#", "maxCapacityProviders": 2"#);
    let plan = moving(&cluster).expect("a plan");
    assert_eq!(plan.groups().count(), 2);
    assert_eq!(rules(&cluster, &plan), []);
    let tight = with_a_scaler(r#", "maxInstances": 1"#);
    assert!(moving(&tight).is_err());
}
