//! Documents that make no sense give violations and never a panic.

use super::plain_fleet::{rules_broken_by, violations_after};
use super::{Rule, zonal_fleet};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{PlannedFargateTasks, Unplaced};
use crate::domain::quantity::{CpuUnits, MemoryMib};
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
                schedule: Vec::new(),
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

/// Counts beyond reason in the plan with zones, with or without spare room.
fn absurd_zones(spare: bool) -> Vec<Rule> {
    let violations = zonal_fleet::violations_after(|it| {
        for row in &mut it.plan.instances {
            row.count = u64::MAX;
            row.tasks.values_mut().for_each(|each| *each = u64::MAX);
            row.spare.values_mut().for_each(|each| *each = u64::MAX);
            row.usd_per_hour = UsdPerHour::new(Decimal::MAX);
            if !spare {
                row.spare.clear();
            }
        }
        for row in &mut it.plan.fargate_tasks {
            row.count = u64::MAX;
            row.cpu = u64::MAX;
            row.memory_mib = u64::MAX;
        }
        for service in &mut it.cluster.services {
            service.desired_count = u64::MAX;
            service.policy.on_demand_base = Some(u64::MAX);
            service.task.ebs_volumes = u64::MAX;
            service.task.ephemeral_storage_gib = Some(u64::MAX);
        }
        it.cluster.policy.spot_max_share = Decimal::MIN;
        it.cluster.policy.spot_max_share_per_pool = Decimal::MAX;
        it.cluster.policy.max_instance_types = Some(u64::MAX);
    });
    violations.iter().map(|violation| violation.rule).collect()
}

#[test]
fn the_largest_counts_in_zones_are_violations_and_do_not_overflow() {
    for spare in [false, true] {
        let rules = absurd_zones(spare);
        for rule in [Rule::Capacity, Rule::EbsAttachments, Rule::ZoneLoss] {
            assert!(rules.contains(&rule), "{rule} missing");
        }
    }
}

#[test]
fn tasks_and_instances_of_no_size_end_the_search_for_places() {
    let violations = zonal_fleet::violations_after(|it| {
        for service in &mut it.cluster.services {
            service.task.cpu = CpuUnits::ZERO;
            service.task.memory = MemoryMib::ZERO;
            service.task.ebs_volumes = 0;
        }
        for row in &mut it.plan.instances {
            row.spare.clear();
            row.count = u64::MAX;
        }
    });
    assert!(violations.iter().all(|v| v.rule != Rule::ZoneLoss));
}

#[test]
fn zones_without_names_do_not_panic() {
    let violations = zonal_fleet::violations_after(|it| {
        for zone in &mut it.cluster.zones {
            zone.name = None;
            zone.id = None;
        }
        it.plan.instances[1].availability_zone = Some(String::new());
        it.plan.instances[2].availability_zone = None;
        it.plan.capacity_providers[0].availability_zones = vec![String::new(); 2];
    });
    assert!(violations.iter().any(|v| v.rule == Rule::Zone));
}
