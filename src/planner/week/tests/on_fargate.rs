//! Services on Fargate over the week.

use super::*;
use crate::domain::capacity::ProviderKind;

/// CPU units and MiB of a small task.
const SMALL: [u64; 2] = [300, 900];

fn cluster_on_fargate(services: &[(&str, [u64; 2], String)], policy: &str) -> Cluster {
    let services: Vec<String> = (services.iter())
        .map(|(name, [cpu, memory], more)| {
            format!(
                r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": {cpu}, "memory": {memory}, "networkMode": "awsvpc"{more}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"version": 1, "region": "us-east-1", "services": [{}],
            "policy": {{"allowedInstanceTypes": ["m6i.xlarge", "c6i.xlarge"], "eniTrunking": true{policy}}}}}"#,
        services.join(",")
    );
    let imported = read_cluster(&text, "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

/// A shop that runs by day on whole instances, a batch that has two tasks for one hour of the week, and nothing in most.
fn shop_and_batch(policy: &str) -> Cluster {
    let mut week = [0_u64; 168];
    week[30] = 2;
    let services = [
        ("batch", [2000, 4000], format!(r#", "profile": {week:?}"#)),
        ("shop", SMALL, profile(8..20, 40, 10)),
    ];
    cluster_on_fargate(&services, policy)
}

#[test]
fn a_service_leaves_its_group_where_that_saves() {
    let cluster = shop_and_batch(r#", "fargate": "allowed""#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let there: Vec<&str> = (plan.fargate_tasks.iter())
        .map(|row| row.service_name.as_str())
        .collect();
    assert_eq!(there, ["batch"]);
    assert_eq!(plan.groups().count(), 1);
    // The hour that the plan shows has none of its tasks, and the row says when there are some.
    let row = &plan.fargate_tasks[0];
    assert_eq!(row.count, 0);
    assert_eq!(row.counts_by_hour()[30], 2);
    let without = planned(&shop_and_batch("")).expect("a plan");
    assert!(plan.cost.usd_per_hour < without.cost.usd_per_hour);
    assert!(plan.cost.bound_usd_per_hour <= Some(plan.cost.ideal_usd_per_hour));
    let batch = (plan.services.iter()).find(|service| service.service_name == "batch");
    let mean = UsdPerHour::new(
        row.usd_per_hour.amount() * rust_decimal::Decimal::from(2)
            / rust_decimal::Decimal::from(168),
    );
    let off = (batch.expect("planned").usd_per_hour.amount() - mean.amount()).abs();
    assert!(off < rust_decimal::Decimal::new(1, 6), "{off}");
}

#[test]
fn with_fargate_alone_the_bill_is_the_mean_of_the_counts() {
    let cluster = shop_and_batch(r#", "fargate": "only""#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    assert_eq!(plan.groups().count(), 0);
    let each = |row: usize| plan.fargate_tasks[row].usd_per_hour.amount();
    let batch = each(0) * rust_decimal::Decimal::from(2);
    let shop = each(1) * rust_decimal::Decimal::from(7 * (12 * 40 + 12 * 10));
    let mean = (batch + shop) / rust_decimal::Decimal::from(168);
    let mean = UsdPerHour::new(mean).rounded();
    assert_eq!(plan.cost.usd_per_hour, mean);
    // The bound is rounded down.
    let least = UsdPerHour::new(mean.amount() - rust_decimal::Decimal::new(1, 8));
    assert!(plan.cost.bound_usd_per_hour >= Some(least));
}

#[test]
fn what_must_be_on_demand_is_the_base_of_all_hours() {
    let cluster = cluster_on_fargate(
        &[("shop", SMALL, profile(8..20, 40, 10))],
        r#", "fargate": "only", "purchaseOptions": ["on-demand", "spot"], "spotMaxShare": 0.6"#,
    );
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let items = &plan.services[0].capacity_provider_strategy;
    let said: Vec<(&str, u64, u64)> = (items.iter())
        .map(|item| (item.capacity_provider.as_str(), item.base, item.weight))
        .collect();
    assert_eq!(said, [("FARGATE", 16, 0), ("FARGATE_SPOT", 0, 1)]);
    // By night all ten are within the base.
    let counts: Vec<(u64, u64)> = (plan.fargate_tasks.iter())
        .map(|row| (row.counts_by_hour()[0], row.counts_by_hour()[12]))
        .collect();
    assert_eq!(counts, [(10, 16), (0, 24)]);
}

#[test]
fn what_does_not_hold_on_fargate_is_found() {
    let cluster = cluster_on_fargate(
        &[("shop", SMALL, profile(8..20, 40, 10))],
        r#", "fargate": "only", "purchaseOptions": ["on-demand", "spot"], "spotMaxShare": 0.6"#,
    );
    let good = planned(&cluster).expect("a plan");
    let broken: [&dyn Fn(&mut FleetPlan); 8] = [
        &|plan| plan.fargate_tasks[0].schedule[0].count -= 1,
        &|plan| drop(plan.fargate_tasks[0].schedule.pop()),
        &|plan| plan.fargate_tasks[1].count += 1,
        &|plan| plan.fargate_tasks[1].schedule.clear(),
        &|plan| plan.services[0].capacity_provider_strategy[0].base -= 1,
        &|plan| plan.services[0].capacity_provider_strategy[0].weight = 1,
        &|plan| drop(plan.services[0].capacity_provider_strategy.pop()),
        &|plan| plan.cost.usd_per_hour = plan.cost.usd_per_hour * 2,
    ];
    for (place, change) in broken.iter().enumerate() {
        let mut plan = good.clone();
        change(&mut plan);
        let rules = rules(&cluster, &plan);
        assert!(rules.contains(&Rule::Week), "{place}: {rules:?}");
    }
    let mut other = good.clone();
    other.fargate_tasks[0].cpu *= 2;
    assert!(rules(&cluster, &other).contains(&Rule::Fargate));
    let mut other = good;
    other
        .capacity_providers
        .retain(|provider| provider.kind != ProviderKind::FargateSpot);
    assert!(!rules(&cluster, &other).is_empty());
}
