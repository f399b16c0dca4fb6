//! Documents that make no sense give violations and never a panic.

use super::{Rule, rules_broken_by, violations_after};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{PlannedFargateTasks, Unplaced};
use rust_decimal::Decimal;

#[test]
fn the_largest_counts_everywhere_are_violations_and_do_not_overflow() {
    let violations = violations_after(|cluster, plan| {
        for row in &mut plan.instances {
            row.count = u64::MAX;
            row.usd_per_hour = UsdPerHour::new(Decimal::MAX);
            row.tasks.values_mut().for_each(|each| *each = u64::MAX);
            row.registered.memory_mib = u64::MAX;
        }
        for service in &mut cluster.services {
            service.desired_count = u64::MAX;
        }
        for provider in &mut plan.capacity_providers {
            provider.desired_capacity = u64::MAX;
            provider.usd_per_hour = UsdPerHour::new(Decimal::MAX);
        }
        for service in &mut plan.services {
            service.usd_per_hour = UsdPerHour::new(Decimal::MAX);
        }
        for name in ["api", "api", "nobody"] {
            plan.unplaced.push(Unplaced {
                service_name: name.to_owned(),
                count: u64::MAX,
                reasons: Vec::new(),
            });
            plan.fargate_tasks.push(PlannedFargateTasks {
                service_name: name.to_owned(),
                capacity_provider: "FARGATE".to_owned(),
                count: u64::MAX,
                cpu: u64::MAX,
                memory_mib: u64::MAX,
                usd_per_hour: UsdPerHour::new(Decimal::MIN),
            });
        }
        plan.cost.usd_per_hour = UsdPerHour::new(Decimal::MAX);
        plan.cost.bound_usd_per_hour = Some(UsdPerHour::new(Decimal::MIN));
        plan.cost.usd_per_month = f64::NAN;
        plan.cost.gap = Some(f64::INFINITY);
        plan.cost.ideal_gap = Some(f64::NAN);
    });
    for rule in [
        Rule::TaskCounts,
        Rule::Capacity,
        Rule::Bill,
        Rule::BoundAndGaps,
    ] {
        assert!(violations.iter().any(|v| v.rule == rule), "{rule} missing");
    }
}

#[test]
fn an_empty_document_lacks_every_service() {
    let rules = rules_broken_by(|_, plan| {
        plan.instances.clear();
        plan.services.clear();
        plan.capacity_providers.clear();
    });
    let expected = [
        Rule::ServiceNames,
        Rule::TaskCounts,
        Rule::ExistingInstances,
        Rule::Bill,
        Rule::ServiceShares,
    ];
    assert_eq!(rules, expected);
}

#[test]
fn policies_beyond_reason_do_not_panic() {
    let violations = violations_after(|cluster, _| {
        cluster.policy.root_volume_gib = u64::MAX;
        cluster.policy.instance_usd_per_hour = UsdPerHour::new(Decimal::MAX);
        cluster.policy.savings_plan_discount = Decimal::MIN;
        cluster.policy.headroom_percent = Decimal::from(1_000_000);
    });
    assert!(violations.iter().any(|v| v.rule == Rule::RowPrice));
}
