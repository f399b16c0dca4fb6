//! Levers in words: what the policy's keys cost, and what else a fleet hangs on.

use std::cmp::Ordering;

use crate::domain::money::UsdPerHour;
use crate::explain::{FleetLevers, GroupsLever, Lever, Levers};
use crate::report::words::counted;

use super::words::{month, tried};

/// Heading of the levers.
pub const LEVERS: &str = "What the policy costs, each key by itself";

/// The levers, a sentence each: keys that save something, the others by name, then what else the fleet hangs on.
pub fn levers(levers: &Levers) -> Vec<String> {
    let has_fleet = levers.fleet.is_some();
    let mut lines: Vec<String> = (levers.saving.iter())
        .map(|lever| format!("{} = {}: {}", lever.key, lever.value, key(lever, has_fleet)))
        .collect();
    if !levers.without_effect.is_empty() {
        let what = if has_fleet {
            "packing or fleet"
        } else {
            "packing"
        };
        lines.push(format!(
            "planned again without it, no cheaper {what} was found: {}",
            levers.without_effect.join(", ")
        ));
    }
    if let Some(fleet) = &levers.fleet {
        lines.extend(fleet_lines(fleet, headroom(levers)));
    }
    if lines.is_empty() {
        lines.push("no key of the policy was tried".to_owned());
    }
    lines
}

/// What comes of leaving out a key.
fn key(lever: &Lever, has_fleet: bool) -> String {
    let packing = tried("without it", &lever.tried);
    let placed_alike = lever.tried.change_usd_per_hour.is_some();
    match lever.fleet_change_usd_per_hour {
        _ if !has_fleet || !placed_alike => packing,
        Some(change) if change < UsdPerHour::ZERO => format!(
            "planned again without it, the fleet costs {} less ({})",
            month(UsdPerHour::ZERO - change),
            best_packing(lever.tried.change_usd_per_hour.unwrap_or(UsdPerHour::ZERO)),
        ),
        _ => format!("{packing}; no cheaper fleet was found that ECS fills"),
    }
}

fn best_packing(change: UsdPerHour) -> String {
    match change.cmp(&UsdPerHour::ZERO) {
        Ordering::Less => format!("the best packing {} less", month(UsdPerHour::ZERO - change)),
        Ordering::Equal => "the best packing the same".to_owned(),
        Ordering::Greater => format!("the best packing {} more", month(change)),
    }
}

/// What room for growth costs, where the policy keeps some and the fleet is cheaper without.
fn headroom(levers: &Levers) -> Option<UsdPerHour> {
    let lever = (levers.saving.iter()).find(|lever| lever.key == "headroomPercent")?;
    let change = lever.fleet_change_usd_per_hour?;
    (change < UsdPerHour::ZERO).then(|| UsdPerHour::ZERO - change)
}

fn fleet_lines(fleet: &FleetLevers, headroom: Option<UsdPerHour>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(lever) = &fleet.max_size {
        lines.push(format!(
            "maxSize above the desired capacity: rollouts of {} launch instances for a while; room kept for any one whole rollout would cost \
             {} more",
            counted(lever.services, "service"),
            month(lever.saving_usd_per_hour),
        ));
    }
    let others: Vec<String> = fleet.groups.iter().map(groups).collect();
    if !others.is_empty() {
        lines.push(format!(
            "groups merged or divided (maxCapacityProviders): {} (shorter searches)",
            others.join("; ")
        ));
    }
    if fleet.services_without_max_count > 0 {
        let name = if fleet.services_without_max_count == 1 {
            "names"
        } else {
            "name"
        };
        let instead = headroom.map_or_else(String::new, |saving| {
            format!(
                "; with one, instances for it are launched when they are needed, and the fleet without headroomPercent costs {} less",
                month(saving)
            )
        });
        lines.push(format!(
            "{} {name} no maxCount above the planned count: maxSize is not set for their growth{instead}",
            counted(fleet.services_without_max_count, "service"),
        ));
    }
    lines
}

fn groups(other: &GroupsLever) -> String {
    let groups = counted(other.groups, "group");
    let change = other.change_usd_per_hour;
    if change < UsdPerHour::ZERO {
        format!(
            "{groups} would cost {} less",
            month(UsdPerHour::ZERO - change)
        )
    } else {
        format!("{groups} would cost {} more", month(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{MaxSizeLever, Tried};

    fn usd(text: &str) -> UsdPerHour {
        crate::report::sample::usd(text)
    }

    fn lever(key: &'static str, packing: &str, fleet: Option<&str>) -> Lever {
        Lever {
            key,
            value: "20".to_owned(),
            tried: Tried {
                base_usd_per_hour: usd("1"),
                base_unplaced: 0,
                unplaced: 0,
                usd_per_hour: Some(usd("1") + usd(packing)),
                change_usd_per_hour: Some(usd(packing)),
                bound_usd_per_hour: None,
            },
            fleet_usd_per_hour: fleet.map(|change| usd("1.1") + usd(change)),
            fleet_change_usd_per_hour: fleet.map(usd),
        }
    }

    #[test]
    fn a_fleets_levers_are_said_with_what_fleets_cost_and_not_packings_alone() {
        let said = levers(&Levers {
            saving: vec![
                lever("headroomPercent", "-0.125", Some("-0.25")),
                lever("burstable", "-0.01", None),
            ],
            without_effect: vec!["bareMetal"],
            fleet: Some(FleetLevers {
                usd_per_hour: usd("1.1"),
                max_size: Some(MaxSizeLever {
                    services: 3,
                    room_kept_usd_per_hour: usd("1.6"),
                    saving_usd_per_hour: usd("0.5"),
                }),
                groups: vec![
                    GroupsLever {
                        groups: 1,
                        change_usd_per_hour: usd("0.1"),
                    },
                    GroupsLever {
                        groups: 4,
                        change_usd_per_hour: usd("-0.1"),
                    },
                ],
                services_without_max_count: 2,
            }),
        });
        assert_eq!(
            said,
            [
                "headroomPercent = 20: planned again without it, the fleet costs 182.50 USD a month less (the best packing 91.25 USD a month less)",
                "burstable = 20: planned again without it, the best packing costs 7.30 USD a month less; no cheaper fleet was found that ECS fills",
                "planned again without it, no cheaper packing or fleet was found: bareMetal",
                "maxSize above the desired capacity: rollouts of 3 services launch instances for a while; room kept for any one whole rollout would cost 365.00 USD a month more",
                "groups merged or divided (maxCapacityProviders): 1 group would cost 73.00 USD a month more; 4 groups would cost 73.00 USD a month less (shorter searches)",
                "2 services name no maxCount above the planned count: maxSize is not set for their growth; with one, instances for it are launched when they are needed, and the fleet without headroomPercent costs 182.50 USD a month less",
            ]
        );
    }
}
