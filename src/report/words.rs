//! Sentences and number formats that the text and the markdown report share.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{
    FleetPlan, FrontierPoint, GroupMode, PlanStatus, PlannedInstances, WhyNotDrained,
};
use crate::domain::text::visible;
use crate::domain::week::hours_text;

use super::model::{self, OfferingRow, ServicePlace};

/// How many services or types a cell names before it says "and n more".
const NAMES_IN_A_CELL: usize = 3;

/// A fraction in percent with two decimals, rounded up: what is claimed is never better than what is proven.
pub fn percent_rounded_up(fraction: f64) -> String {
    // The tiny allowance keeps a fraction such as 0.0008 from becoming 0.09 % by binary rounding.
    // Adding zero turns the negative zero, which `max` may return, into zero.
    let hundredths = (fraction * 10_000.0 - 1e-6).ceil().max(0.0) + 0.0;
    format!("{:.2} %", hundredths / 100.0)
}

/// An amount in USD to the cent, with separators between thousands.
pub fn cents(amount: f64) -> String {
    group_thousands(&format!("{amount:.2}"))
}

/// A number as text, with separators between thousands.
pub fn grouped(number: &str) -> String {
    group_thousands(number)
}

/// A count with separators between thousands.
pub fn count(number: u64) -> String {
    group_thousands(&number.to_string())
}

/// `1 instance`, `2 instances`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

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
        return "no bound proven".to_owned();
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

/// What the plan moves.
pub fn moves(plan: &FleetPlan) -> Option<String> {
    let moves = plan.moves.as_ref()?;
    let drained = counted(moves.drained.len() as u64, "instance");
    let proof = match moves.bound_restarts {
        Some(bound) if bound == moves.restarts => {
            "no plan of this cost restarts fewer: proven".to_owned()
        }
        Some(bound) => format!("no plan of this cost restarts fewer than {}", count(bound)),
        None => "no proof that so many must".to_owned(),
    };
    let text = format!(
        "{} restart because {drained} of today {} drained; {proof}",
        counted(moves.restarts, "task"),
        if moves.drained.len() == 1 {
            "is"
        } else {
            "are"
        },
    );
    Some(match most_of_the_saving(&moves.frontier) {
        Some((few, all)) => format!(
            "{text}; {} of {} bring 80 % of the saving",
            count(few),
            counted(all, "restart")
        ),
        None => text,
    })
}

/// Fewest restarts of a frontier that bring four fifths of what all of them save, and those of all.
fn most_of_the_saving(frontier: &[FrontierPoint]) -> Option<(u64, u64)> {
    let (first, last) = (frontier.first()?, frontier.last()?);
    let whole = first.usd_per_hour - last.usd_per_hour;
    let saved = |point: &&FrontierPoint| (first.usd_per_hour - point.usd_per_hour) * 5 >= whole * 4;
    let enough = frontier.iter().find(saved)?;
    (frontier.len() > 1).then_some((enough.restarts, last.restarts))
}

/// Columns of [`frontier`].
pub const FRONTIER: [&str; 4] = ["Restarts", "USD/h", "No less than", "Of the saving"];

/// Cost against restarts, a point a row.
pub fn frontier(plan: &FleetPlan) -> Vec<[String; 4]> {
    let points = plan.moves.as_ref().map_or(&[][..], |moves| &moves.frontier);
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let whole = (first.usd_per_hour - last.usd_per_hour).amount();
    (points.iter())
        .map(|point| {
            let saved = (first.usd_per_hour - point.usd_per_hour).amount();
            let part = saved
                .checked_div(whole)
                .map(|part| part * Decimal::ONE_HUNDRED);
            [
                count(point.restarts),
                format!("{:.4}", point.usd_per_hour),
                (point.bound_usd_per_hour)
                    .map_or_else(|| "no proof".to_owned(), |bound| format!("{bound:.4}")),
                part.map_or_else(|| "-".to_owned(), |part| format!("{part:.0} %")),
            ]
        })
        .collect()
}

/// Columns of [`waves`].
pub const WAVES: [&str; 7] = [
    "Wave",
    "Launch",
    "Drain",
    "Restarts",
    "USD/h after",
    "USD/h peak",
    "Waiting",
];

/// The order in which a plan around today's instances is carried out, a wave a row.
pub fn waves(plan: &FleetPlan) -> Vec<[String; 7]> {
    let waves = plan.moves.as_ref().map_or(&[][..], |moves| &moves.waves);
    (waves.iter().enumerate())
        .map(|(index, wave)| {
            let mut launched: BTreeMap<&str, u64> = BTreeMap::new();
            for launch in &wave.launches {
                *launched.entry(&launch.instance_type).or_default() += launch.count;
            }
            let launched: Vec<String> = (launched.iter())
                .map(|(name, number)| format!("{} {name}", count(*number)))
                .collect();
            [
                count(index as u64 + 1),
                if launched.is_empty() {
                    "-".to_owned()
                } else {
                    launched.join(", ")
                },
                count(wave.drains.len() as u64),
                count(wave.restarts),
                format!("{:.4}", wave.usd_per_hour),
                format!("{:.4}", wave.peak_usd_per_hour),
                count(wave.waiting),
            ]
        })
        .collect()
}

/// Drains of a plan that are not offered, with the reason.
pub fn not_drained(plan: &FleetPlan) -> Vec<String> {
    let refused = plan
        .moves
        .as_ref()
        .map_or(&[][..], |moves| &moves.not_drained);
    (refused.iter())
        .map(|refused| match refused.why {
            WhyNotDrained::NoPlace => format!(
                "{} stays after all: a task of {} would wait for a place",
                refused.instance, refused.service_name
            ),
            WhyNotDrained::NoSurge => format!(
                "{} stays after all: {} allows neither more nor fewer tasks than it wants \
                 (minimumHealthyPercent and maximumPercent), so that ECS never moves one",
                refused.instance, refused.service_name
            ),
        })
        .collect()
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
        (_, 0) => "without a certificate: they held their tasks in every order that was replayed"
            .to_owned(),
        (_, certified) => {
            format!("{certified} of which hold their tasks in every order of arrival")
        }
    };
    let packs = (plan
        .services
        .iter()
        .flat_map(|service| &service.placement_strategy))
    .any(|strategy| matches!(strategy, PlacementStrategy::Binpack(_)));
    let elastic = packs && groups().any(|group| group.mode == Some(GroupMode::Elastic));
    let elastic = if elastic {
        "; packed, so that managed scaling can take empty instances away"
    } else {
        ""
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
        "{} USD per month{share} {verb} than {against}",
        month(difference)
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

/// A service's places in a few words, most tasks first.
pub fn places_in_short(places: &[ServicePlace<'_>]) -> String {
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

pub fn group_thousands(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

/// Headings of [`schedules`].
pub(super) const SCHEDULE: [&str; 3] = ["Group", "Instances", "Hours"];

/// The sizes of each group that follows a schedule, with their hours.
pub(super) fn schedules(plan: &FleetPlan) -> Vec<[String; 3]> {
    (plan.capacity_providers.iter())
        .flat_map(|group| {
            (group.schedule.iter()).map(|size| {
                [
                    visible(&group.name),
                    size.desired_capacity.to_string(),
                    hours_text(&size.hours),
                ]
            })
        })
        .collect()
}

/// Headings of [`periods`].
pub(super) const PERIODS: [&str; 3] = ["Hours a week", "USD/h", "Period"];

/// What the parts of the week cost.
pub(super) fn periods(plan: &FleetPlan) -> Vec<[String; 3]> {
    (plan.cost.periods.iter())
        .map(|period| {
            [
                period.hours_per_week.to_string(),
                period.usd_per_hour.to_string(),
                visible(&period.name),
            ]
        })
        .collect()
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
