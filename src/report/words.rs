//! Sentences and number formats that the text and the markdown report share.

mod moves;
mod numbers;
mod week;

use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{FleetPlan, GroupMode, PlanStatus, PlannedInstances, Warning};

use super::model::{self, OfferingRow, ServicePlace};

pub use moves::{FRONTIER, WAVES, frontier, moves, not_drained, waves};
pub use numbers::{cents, count, counted, group_thousands, grouped, moment, percent_rounded_up};
pub use week::{FARGATE_COUNTS, PERIODS, SCHEDULE, counts_on_fargate, periods, schedules};

/// How many services or types a cell names before it says "and n more".
const NAMES_IN_A_CELL: usize = 3;

/// The first sentence: the bill, and whether every task has a place.
pub fn decision(plan: &FleetPlan) -> String {
    let bill = format!(
        "{} USD per month ({:.4} USD per hour)",
        cents(plan.cost.usd_per_month),
        plan.cost.usd_per_hour,
    );
    let missing: u64 = plan.unplaced.iter().map(|u| u.count).sum();
    if plan.status == PlanStatus::Infeasible {
        let have = if missing == 1 { "has" } else { "have" };
        let tasks = counted(missing, "task");
        format!("infeasible, {tasks} {have} no place; the rest costs {bill}")
    } else {
        bill
    }
}

/// What is proven about the bill, and what a proof file carries of it. Without a bound it says so.
pub fn proof(plan: &FleetPlan) -> String {
    let carried = plan
        .cost
        .proven_usd_per_hour
        .map_or_else(String::new, |proven| {
            format!("; the proof file carries {proven:.4} USD per hour")
        });
    bound(plan) + &carried
}

fn bound(plan: &FleetPlan) -> String {
    let cost = &plan.cost;
    let (Some(bound), Some(gap)) = (cost.bound_usd_per_hour, cost.gap) else {
        let is_refuted = |it: &Warning| matches!(it, Warning::BoundAboveToday { .. });
        let none = if plan.warnings.iter().any(is_refuted) {
            "no bound is claimed: today's nodes run all planned pods and cost less than the one that was found"
        } else {
            "no bound proven"
        };
        return none.to_owned();
    };
    let placed_only = if plan.status == PlanStatus::Infeasible {
        " for the tasks that have a place"
    } else {
        ""
    };
    let is_cheapest = gap <= 0.0
        || (plan.status == PlanStatus::Optimal && cost.usd_per_hour == cost.ideal_usd_per_hour);
    if is_cheapest {
        return format!("proven cheapest possible{placed_only}");
    }
    format!(
        "proven within {} of the cheapest possible{placed_only} (no plan under this policy costs less than {bound:.4} USD per hour)",
        percent_rounded_up(gap),
    )
}

/// The best packing known, where the planned fleet costs more because ECS has to be able to fill it.
pub fn ideal(plan: &FleetPlan) -> Option<String> {
    let cost = &plan.cost;
    if cost.ideal_usd_per_hour == cost.usd_per_hour {
        return None;
    }
    let more = cost.usd_per_hour.gap_to(cost.ideal_usd_per_hour);
    Some(format!(
        "the best packing found costs {:.4} USD per hour, {} less; ECS cannot be relied on to fill it",
        cost.ideal_usd_per_hour,
        percent_rounded_up(more),
    ))
}

/// What fewer or more groups would cost.
pub fn other_group_counts(plan: &FleetPlan) -> Option<String> {
    // Numbers of groups say nothing where tasks have no place.
    if !plan.unplaced.is_empty() {
        return None;
    }
    // A plan without groups has none to compare with.
    (plan.capacity_providers.iter()).find(|provider| provider.kind.is_group())?;
    let planned = plan.cost.usd_per_hour;
    let each = plan.other_group_counts.iter().map(|other| {
        let groups = counted(other.groups, "group");
        if other.usd_per_hour >= planned {
            let more = other.usd_per_hour.gap_to(planned);
            // A part of the planned cost, where `gap_to` is a part of the other's.
            let more = more / (1.0 - more);
            if more < 5e-4 {
                format!("with {groups} no cheaper fleet was found")
            } else {
                format!("{groups} would cost {:.1} % more", more * 100.0)
            }
        } else {
            let less = planned.gap_to(other.usd_per_hour);
            format!("{groups} would cost {:.1} % less", less * 100.0)
        }
    });
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| format!("{} (shorter searches)", each.join("; ")))
}

/// How many groups there are and what is certified of them.
pub fn groups(plan: &FleetPlan) -> Option<String> {
    let groups = || (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
    if groups().all(|group| group.mode.is_none()) {
        return None;
    }
    let certified = groups().filter(|group| group.certificate.is_some()).count();
    let all = groups().count();
    let which = match (all, certified) {
        (1, 1) => "which holds its tasks in every order of arrival".to_owned(),
        (all, certified) if certified == all => {
            "each of which holds its tasks in every order of arrival".to_owned()
        }
        (1, 0) => {
            "without a certificate: it held its tasks in every order that was replayed".to_owned()
        }
        (_, 0) => "without a certificate: they held their tasks in every order that was replayed"
            .to_owned(),
        (_, 1) => "1 of which holds its tasks in every order of arrival".to_owned(),
        (_, certified) => {
            format!("{certified} of which hold their tasks in every order of arrival")
        }
    };
    let packs = (plan
        .services
        .iter()
        .flat_map(|service| &service.placement_strategy))
    .any(|strategy| matches!(strategy, PlacementStrategy::Binpack(_)));
    let elastic = groups().filter(|group| group.mode == Some(GroupMode::Elastic));
    let elastic = match elastic.count() {
        packed if packs && packed == all => {
            "; packed, so that managed scaling can take empty instances away".to_owned()
        }
        packed if packs && packed > 0 => {
            format!(
                "; {packed} of them packed, so that managed scaling can take empty instances away"
            )
        }
        _ => String::new(),
    };
    let size = |row: &&PlannedInstances| (row.registered.cpu, row.registered.memory_mib);
    let largest = (plan.instances.iter())
        .max_by_key(size)
        .map(|row| format!("; the largest instance is {}", row.instance_type))
        .unwrap_or_default();
    Some(format!(
        "{}, {which}{elastic}{largest}",
        counted(all as u64, "Auto Scaling group")
    ))
}

/// Saving against today's fleet, where the input shows one. A plan that leaves tasks without a place saves nothing that
/// could be compared.
pub fn saving(plan: &FleetPlan) -> Option<String> {
    let today = plan.cost.current_usd_per_hour?;
    if !plan.unplaced.is_empty() {
        return Some(format!(
            "today's fleet costs {} USD per month; no saving is claimed while tasks have no place",
            group_thousands(&format!("{:.2}", today.usd_per_month()))
        ));
    }
    if plan.leaves_out_what_runs() {
        return Some(format!(
            "today's fleet costs {} USD per month; no saving is claimed, as it is not that of the same pods (the warnings say why)",
            group_thousands(&format!("{:.2}", today.usd_per_month()))
        ));
    }
    let planned = plan.cost.usd_per_hour;
    let month = |amount: UsdPerHour| group_thousands(&format!("{:.2}", amount.usd_per_month()));
    let against = format!("today's {} USD per month", month(today));
    if today == planned {
        return Some(format!("the same as {against}"));
    }
    let (difference, verb) = if planned < today {
        (today - planned, "less")
    } else {
        (planned - today, "more")
    };
    let share = if today.amount().is_zero() {
        String::new()
    } else {
        let percent = difference.amount() * Decimal::from(100) / today.amount();
        format!(" ({} %)", percent.round_dp(1))
    };
    Some(format!(
        "{} USD per month{share} {verb} than {against}{}",
        month(difference),
        most_that_can_be_saved(plan, today).unwrap_or_default()
    ))
}

/// Of nodes of Kubernetes, which nobody promises to pack like this: what no fleet saves more than.
fn most_that_can_be_saved(plan: &FleetPlan, today: UsdPerHour) -> Option<String> {
    let bound =
        (plan.cost.bound_usd_per_hour).filter(|&bound| plan.is_of_nodes() && bound < today)?;
    let most = today - bound;
    let percent = most.amount() * Decimal::from(100) / today.amount();
    Some(format!(
        "; no fleet under this policy saves more than {} ({} %)",
        group_thousands(&format!("{:.2}", most.usd_per_month())),
        percent.round_dp(1)
    ))
}

/// What the bill pays for: instances, Fargate, and the tasks on them.
pub fn fleet(plan: &FleetPlan) -> String {
    let tasks = model::task_counts(plan);
    let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
    let services = counted(model::services_placed(plan), "service");
    let on_instances = format!(
        "{} for {}",
        counted(instances, "instance"),
        counted(tasks.on_instances, "task")
    );
    let on_fargate = format!("Fargate for {}", counted(tasks.on_fargate, "task"));
    match (instances, tasks.on_fargate) {
        (_, 0) => format!("{on_instances} of {services}"),
        (0, _) => format!("{on_fargate} of {services}"),
        _ => format!("{on_instances} and {on_fargate}, of {services}"),
    }
}

/// How much of it AWS may take back, where anything.
pub fn spot(plan: &FleetPlan) -> Option<String> {
    let tasks = model::task_counts(plan);
    let all = tasks.on_instances + tasks.on_fargate;
    (tasks.on_spot > 0).then(|| {
        format!(
            "{} of {} on Spot capacity",
            count(tasks.on_spot),
            counted(all, "task")
        )
    })
}

/// Tasks, or room for tasks, by service in a few words; the list has the most first.
pub fn in_short(by_service: &[(&str, u64)]) -> String {
    let named: Vec<String> = by_service
        .iter()
        .take(NAMES_IN_A_CELL)
        .map(|&(service, tasks)| format!("{} {service}", count(tasks)))
        .collect();
    with_rest(&named, by_service.len(), "service")
}

/// Where a service's tasks run, in a few words, and how many have no place.
pub fn where_tasks_are(plan: &FleetPlan, service: &str) -> String {
    let places = places_in_short(&model::places(plan, service));
    let own = (plan.unplaced.iter()).filter(|left| left.service_name == service);
    match own.map(|left| left.count).sum() {
        0 => places,
        missing if places.is_empty() => format!("{} without a place", count(missing)),
        missing => format!("{places}, {} without a place", count(missing)),
    }
}

/// A service's places in a few words, most tasks first.
fn places_in_short(places: &[ServicePlace<'_>]) -> String {
    let named: Vec<String> = places
        .iter()
        .take(NAMES_IN_A_CELL)
        .map(|place| {
            let spot = if place.spot && Capacity::of_fargate_provider(place.place).is_none() {
                " Spot"
            } else {
                ""
            };
            format!("{} on {}{spot}", count(place.tasks), place.place)
        })
        .collect();
    with_rest(&named, places.len(), "type")
}

/// A group's instance types: all of a few, else the first, which is the planned one, and how many more it may launch.
pub fn types_in_short(types: &[String]) -> String {
    match types {
        [first, rest @ ..] if types.len() > NAMES_IN_A_CELL => {
            format!("{first} and {} more", count(rest.len() as u64))
        }
        _ => types.join(", "),
    }
}

/// How something is bought.
pub const fn purchase_option(option: Capacity) -> &'static str {
    match option {
        Capacity::OnDemand => "On-Demand",
        Capacity::Spot => "Spot",
        Capacity::Fargate => "Fargate",
        Capacity::FargateSpot => "Fargate Spot",
        Capacity::Managed => "Managed, On-Demand",
        Capacity::ManagedSpot => "Managed, Spot",
        Capacity::External => "external",
    }
}

/// How the instances of a row are bought, and whether they are there already.
pub fn purchase(row: &OfferingRow<'_>) -> String {
    if row.is_external() {
        return "external, kept".to_owned();
    }
    let name = purchase_option(row.purchase_option);
    if row.existing {
        format!("{name}, kept")
    } else {
        name.to_owned()
    }
}

/// Where the prices come from and how old they are.
pub fn catalogue(plan: &FleetPlan) -> String {
    let as_of = &plan.catalogue.as_of;
    let date = |date: &Option<String>| date.clone().unwrap_or_else(|| "no date given".to_owned());
    format!(
        "catalogue {}: On-Demand {}, Spot {}, Fargate {}",
        plan.catalogue.source,
        date(&as_of.on_demand),
        date(&as_of.spot),
        date(&as_of.fargate),
    )
}

fn with_rest(named: &[String], total: usize, noun: &str) -> String {
    let text = named.join(", ");
    match total - named.len() {
        0 => text,
        1 => format!("{text} and 1 more {noun}"),
        rest => format!("{text} and {rest} more {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, usd};

    #[test]
    fn a_gap_is_rounded_up_and_never_to_zero() {
        assert_eq!(percent_rounded_up(0.0008), "0.08 %");
        assert_eq!(percent_rounded_up(0.000_801), "0.09 %");
        assert_eq!(percent_rounded_up(0.000_000_1), "0.01 %");
        assert_eq!(percent_rounded_up(0.0), "0.00 %");
    }

    #[test]
    fn tasks_without_a_place_are_no_saving() {
        let mut plan = sample::infeasible_plan();
        plan.cost.current_usd_per_hour = Some(usd("5"));
        let said = saving(&plan).expect("today is known");
        assert!(said.contains("no saving is claimed"), "{said}");
        assert!(!said.contains("less"), "{said}");
    }

    #[test]
    fn without_a_bound_nothing_is_claimed() {
        assert_eq!(proof(&sample::infeasible_plan()), "no bound proven");
    }

    #[test]
    fn an_optimal_plan_is_proven_cheapest_only_at_the_ideal_cost() {
        let mut plan = sample::plan();
        plan.status = PlanStatus::Optimal;
        assert_eq!(proof(&plan), "proven cheapest possible");
        plan.cost.ideal_usd_per_hour = usd("0.4027");
        assert!(
            proof(&plan).starts_with("proven within 0.08 % of"),
            "{}",
            proof(&plan)
        );
    }

    #[test]
    fn dearer_than_today_is_said_as_such() {
        let mut plan = sample::plan();
        assert_eq!(
            saving(&plan).as_deref(),
            Some("85.41 USD per month (22.5 %) less than today's 379.60 USD per month")
        );
        plan.cost.current_usd_per_hour = Some(usd("0.4"));
        assert_eq!(
            saving(&plan).as_deref(),
            Some("2.19 USD per month (0.8 %) more than today's 292.00 USD per month")
        );
        plan.cost.current_usd_per_hour = Some(usd("0"));
        assert!(saving(&plan).is_some_and(|text| !text.contains('%')));
    }

    #[test]
    fn other_numbers_of_groups_are_told_where_every_task_has_a_place() {
        let other = crate::domain::plan::OtherGroupCount {
            groups: 2,
            usd_per_hour: usd("9"),
        };
        let mut plan = sample::whole_plan();
        plan.other_group_counts = vec![other];
        assert!(other_group_counts(&plan).is_some_and(|text| text.contains("2 groups would cost")));
        plan = sample::infeasible_plan();
        plan.other_group_counts = vec![other];
        assert_eq!(other_group_counts(&plan), None);
    }

    #[test]
    fn the_fleet_is_instances_fargate_or_both() {
        let mut plan = sample::whole_plan();
        assert_eq!(
            fleet(&plan),
            "4 instances for 16 tasks and Fargate for 6 tasks, of 6 services"
        );
        assert_eq!(
            spot(&plan).as_deref(),
            Some("9 of 22 tasks on Spot capacity")
        );
        plan.instances.clear();
        assert_eq!(fleet(&plan), "Fargate for 6 tasks of 1 service");
        assert_eq!(spot(&sample::plan()), None);
    }

    #[test]
    fn a_cell_names_three_and_counts_the_rest() {
        let named = ["7 api", "2 web", "1 log"].map(str::to_owned);
        assert_eq!(with_rest(&named, 3, "service"), "7 api, 2 web, 1 log");
        assert_eq!(
            with_rest(&named, 4, "service"),
            "7 api, 2 web, 1 log and 1 more service"
        );
        assert_eq!(
            with_rest(&named, 6, "type"),
            "7 api, 2 web, 1 log and 3 more types"
        );
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(cents(1_234_567.891), "1,234,567.89");
        assert_eq!(cents(-999.5), "-999.50");
        assert_eq!(count(1000), "1,000");
    }
}
