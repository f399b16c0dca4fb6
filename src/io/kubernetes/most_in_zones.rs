//! Anti-affinity of a workload to itself on the zone: how many of its pods find one.

use crate::domain::cluster::Zone;
use crate::domain::placement::PlacementConstraint;

use super::apart::Apart;
use super::notes::{Notes, Today};
use super::workload::{Surroundings, Workload};
use super::{decided, parts};

/// Most pods that find a zone where their anti-affinity allows one in each: those beyond stay pending for ever. Where no zone is known, pods
/// in different zones are on different nodes at least.
pub(super) fn read(
    apart: &mut Apart,
    workload: &Workload<'_>,
    around: Surroundings<'_, '_>,
    constraints: &mut Vec<PlacementConstraint>,
    notes: &mut Notes,
) -> Option<u64> {
    let name = &workload.name;
    let zones = around.zones;
    if zones.is_empty() {
        let without = "since no zone is known";
        if std::mem::take(&mut apart.one_a_zone) {
            apart.one_a_node = true;
            let what = format!("anti-affinity on the zone beyond one pod a node, {without}");
            notes.not_modelled(name, &what);
        } else if apart.even && !workload.is_daemon {
            notes.not_modelled(name, &format!("topology spread over zones, {without}"));
        }
        return None;
    }
    if !apart.one_a_zone || workload.is_daemon {
        return None;
    }
    apart.even = true;
    if open_zones(constraints, zones) == 0 {
        // Their rules leave them no zone, which is not for their own kind: the plan says why.
        return None;
    }
    let (closed, left_to_others) = parts::one_a_zone(workload, around.all, around.policy);
    constraints.extend(closed.map(PlacementConstraint::MemberOf));
    // A pod that is not planned may be in a zone, and leave one less.
    let most = open_zones(constraints, zones)
        .saturating_sub(left_to_others)
        .saturating_sub(workload.elsewhere);
    tell_of_pods_beyond(workload, most, around, notes);
    if workload.elsewhere > 0 {
        notes.not_modelled(
            name,
            "zones that pods which are left out take from others of their own anti-affinity",
        );
    }
    if left_to_others > 0 {
        notes.not_modelled(
            name,
            "anti-affinity on the zone among replicas whose volumes are in several zones each",
        );
    }
    Some(most)
}

/// How many zones rules leave.
fn open_zones(constraints: &[PlacementConstraint], zones: &[Zone]) -> u64 {
    let rules = constraints.iter().filter_map(|it| match it {
        PlacementConstraint::MemberOf(rule) => Some(rule),
        _ => None,
    });
    decided::zones(&rules.collect::<Vec<_>>(), zones)
}

/// Says how many pods are beyond one a zone: those that Kubernetes leaves pending, and those of headroom.
fn tell_of_pods_beyond(
    workload: &Workload<'_>,
    most: u64,
    around: Surroundings<'_, '_>,
    notes: &mut Notes,
) {
    let policy = around.policy;
    let count = workload.count_at(policy.count_basis);
    let pending = count.saturating_sub(most);
    let of_headroom = (workload.planned(policy)).saturating_sub(count.max(most));
    let pods = |number: u64| match number {
        1 => "1 pod".to_owned(),
        number => format!("{number} pods"),
    };
    // Where nodes of today stand in further zones, these pods may run there.
    let today = if around.has_zones_elsewhere {
        Today::Differs
    } else {
        Today::IsTheSame
    };
    if pending > 0 {
        let why = format!(
            "{} beyond one a zone that they may use, pending under their own anti-affinity",
            pods(pending)
        );
        notes.left_out(&workload.name, &why, today);
    }
    if of_headroom > 0 {
        let why = format!(
            "{} of headroom, beyond one a zone that their own anti-affinity allows",
            pods(of_headroom)
        );
        notes.left_out(&workload.name, &why, Today::IsTheSame);
    }
}
