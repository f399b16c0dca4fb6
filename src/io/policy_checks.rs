//! Keys of the policy that contradict each other, the zones or the services.

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::policy::ReadPolicy;
use super::services::Located;
use crate::domain::policy::{KeepInstances, Policy, ZoneSpread};

/// Reports every contradiction; `zones` is how many the file names.
pub(super) fn check(read: &ReadPolicy<'_>, zones: usize, services: &[Located<'_>], log: &mut Log) {
    check_vcpus(read, log);
    check_instances(read, log);
    check_zones(read, zones, log);
    if is_spot_alone(&read.policy) {
        check_on_demand(read, services, log);
    }
}

/// The place of the first of these keys that was given.
fn place<'r, 'a>(read: &'r ReadPolicy<'a>, keys: &[&str]) -> Option<&'r Cursor<'a>> {
    keys.iter().find_map(|key| read.places.get(*key))
}

fn check_vcpus(read: &ReadPolicy<'_>, log: &mut Log) {
    let (Some(min), Some(max)) = (read.policy.min_vcpus, read.policy.max_vcpus) else {
        return;
    };
    if min > max
        && let Some(at) = place(read, &["minVcpus", "maxVcpus"])
    {
        at.error(
            log,
            codes::VCPU_ORDER,
            format!("minVcpus {min} is above maxVcpus {max}"),
            "no instance satisfies both; lower the one or raise the other",
        );
    }
}

fn check_instances(read: &ReadPolicy<'_>, log: &mut Log) {
    let (min, max) = (read.policy.min_instances, read.policy.max_instances);
    if min > max
        && let Some(at) = place(read, &["minInstances", "maxInstances"])
    {
        at.error(
            log,
            codes::INSTANCE_ORDER,
            format!("minInstances {min} is above maxInstances {max}"),
            "no fleet satisfies both; lower the one or raise the other",
        );
    }
}

fn check_zones(read: &ReadPolicy<'_>, zones: usize, log: &mut Log) {
    if read.policy.survive_zone_loss
        && zones < 2
        && let Some(at) = place(read, &["surviveZoneLoss"])
    {
        at.error(
            log,
            codes::ZONE_LOSS,
            match zones {
                0 => "the file names no zones, so none can be survived",
                _ => "the file names one zone; when it is gone, nothing remains",
            },
            "name two zones or more in `availabilityZones`, or take `surviveZoneLoss` out",
        );
    }
    if read.policy.zone_spread == Some(ZoneSpread::Even)
        && zones == 0
        && let Some(at) = place(read, &["zoneSpread"])
    {
        at.warning(
            log,
            codes::SPREAD_WITHOUT_ZONES,
            "the file names no zones to spread over",
            "name the zones in `availabilityZones`; the plan is made without",
        );
    }
}

/// Whether no On-Demand capacity can be had: instances that stay may be On-Demand.
fn is_spot_alone(policy: &Policy) -> bool {
    !policy.purchase_options.on_demand && policy.keep_instances == KeepInstances::None
}

fn check_on_demand(read: &ReadPolicy<'_>, services: &[Located<'_>], log: &mut Log) {
    let policy = &read.policy;
    let keys = [
        ("onDemandBase", policy.on_demand_base > 0),
        ("spotMaxShare", policy.spot_max_share < Decimal::ONE),
    ];
    for (key, forces) in keys {
        if forces && let Some(at) = place(read, &[key]) {
            report_on_demand(at, key, log);
        }
    }
    for Located { service, at } in services {
        // Neither says anything of daemons and of tasks on EXTERNAL instances.
        if service.is_daemon() || service.is_external() {
            continue;
        }
        let base = service.policy.on_demand_base.is_some_and(|base| base > 0);
        let share = service
            .policy
            .spot_max_share
            .is_some_and(|s| s < Decimal::ONE);
        for (key, forces) in [("onDemandBase", base), ("spotMaxShare", share)] {
            if forces && let Some(field) = at.get(key) {
                report_on_demand(&field, key, log);
            }
        }
    }
}

fn report_on_demand(at: &Cursor<'_>, key: &str, log: &mut Log) {
    at.error(
        log,
        codes::SPOT_ONLY,
        format!("`{key}` asks for On-Demand tasks, and `purchaseOptions` allows Spot alone"),
        format!("add `on-demand` to `purchaseOptions`, or take `{key}` out"),
    );
}
