//! Sentences and cells that all forms of a simulation share.

use crate::domain::plan::WithoutPlace;
use crate::report::simulation::document::{
    OnProviderReport, Probability, ReplayReport, ResetReport, ScenarioReport, SimulationReport,
    WeekReport,
};
use crate::report::words::{count, counted};
use crate::simulate::scenario::Scenario;
use crate::simulate::scenario::instance_loss::InstanceLosses;
use crate::simulate::scenario::reset::{AFTER_LOSS, FALL_MINUTE};
use crate::simulate::summary::Tally;

/// Headings of the table of replays.
pub(super) const REPLAY_HEADINGS: [&str; 7] = [
    "Strategy",
    "Arrival",
    "Orders",
    "Every task placed",
    "Mean waiting",
    "Worst waiting",
    "Mean share waiting",
];

/// Most services that a list names.
const MOST_SERVICES: usize = 10;

/// What was replayed, in one line.
pub(in crate::report) fn subject(report: &SimulationReport) -> String {
    let mut parts = vec![format!(
        "{} on {} at {:.4} USD per hour",
        counted(report.tasks, "task"),
        counted(report.instances, "instance"),
        report.usd_per_hour
    )];
    if report.fargate_tasks > 0 {
        parts.push(format!(
            "{} on Fargate",
            counted(report.fargate_tasks, "task")
        ));
    }
    if report.unplaced_tasks > 0 {
        let left_out = counted(report.unplaced_tasks, "task");
        parts.push(format!("{left_out} that the plan leaves out"));
    }
    parts.join(", ")
}

/// The decision: whether ECS fills the fleet as it is meant to; what the plan leaves out comes first.
pub(in crate::report) fn verdict(
    without: Option<&WithoutPlace<'_>>,
    replay: &ReplayReport,
) -> String {
    let filled = filled(replay);
    match without {
        Some(without) => format!("infeasible, {without}; of the others {filled}"),
        None => filled,
    }
}

/// What the plan leaves without a place.
pub(super) fn left_out(report: &SimulationReport) -> Option<WithoutPlace<'_>> {
    let counts = (report.unplaced.iter()).map(|it| (it.service_name.as_str(), it.count));
    WithoutPlace::new(counts)
}

/// Whether any task arrived in a replay: Fargate and Managed Instances have their tasks elsewhere.
pub(in crate::report) const fn has_tasks(replay: &ReplayReport) -> bool {
    replay.summary.most_used_instances > 0 || replay.summary.all.worst_pending > 0
}

fn filled(replay: &ReplayReport) -> String {
    let all = &replay.summary.all;
    if !has_tasks(replay) {
        return "no order of arrival is replayed: no task is on instances of groups".to_owned();
    }
    if all.complete_orders == all.orders {
        format!(
            "every task finds a place in all {} arrival orders",
            all.orders
        )
    } else {
        format!(
            "every task finds a place in {} of {} arrival orders; {} wait in the worst",
            all.complete_orders, all.orders, all.worst_pending
        )
    }
}

/// The rows of one strategy.
pub(in crate::report) fn replay_rows(replay: &ReplayReport) -> Vec<Vec<String>> {
    let summary = &replay.summary;
    let tallies = [
        ("all", &summary.all),
        ("service by service", &summary.service_by_service),
        ("shuffled", &summary.shuffled),
    ];
    (tallies.into_iter())
        .filter(|(_, tally)| tally.orders > 0)
        .map(|(arrival, tally)| {
            let mut row = vec![replay.strategy.clone(), arrival.to_owned()];
            row.extend(cells(tally));
            row
        })
        .collect()
}

fn cells(tally: &Tally) -> [String; 5] {
    [
        tally.orders.to_string(),
        tally
            .complete_fraction
            .map_or_else(|| "-".to_owned(), percent),
        format!("{:.1}", tally.mean_pending),
        tally.worst_pending.to_string(),
        percent(tally.mean_pending_fraction),
    ]
}

/// How full the fleet is.
pub(in crate::report) fn utilisation(replay: &ReplayReport) -> String {
    let summary = &replay.summary;
    let used = if summary.fewest_used_instances == summary.most_used_instances {
        summary.most_used_instances.to_string()
    } else {
        format!(
            "{} to {}",
            summary.fewest_used_instances, summary.most_used_instances
        )
    };
    format!(
        "CPU {}, memory {} of what is left beside daemons; {used} instances hold tasks",
        percent(summary.cpu_utilisation),
        percent(summary.memory_utilisation)
    )
}

/// Services of which tasks wait, the most waiting first.
pub(in crate::report) fn pending_services(replay: &ReplayReport) -> Vec<String> {
    let services = &replay.summary.pending_services;
    let mut lines: Vec<String> = (services.iter().take(MOST_SERVICES))
        .map(|service| {
            format!(
                "{}: in {} orders, {:.1} tasks on average, {} in the worst",
                service.service_name, service.orders, service.mean_pending, service.worst_pending
            )
        })
        .collect();
    if services.len() > MOST_SERVICES {
        lines.push(format!(
            "and {} more services",
            services.len() - MOST_SERVICES
        ));
    }
    lines
}

/// Most capacity providers that a line names.
const MOST_PROVIDERS: usize = 8;

/// Where the tasks are at the end, where there are several capacity providers.
fn at_end(providers: &[OnProviderReport]) -> Option<String> {
    if providers.len() < 2 {
        return None;
    }
    let one = |on: &OnProviderReport| {
        let name = on.capacity_provider.as_deref().unwrap_or("no provider");
        format!(
            "{name} {} on {}",
            counted(on.tasks, "task"),
            counted(on.instances, "instance")
        )
    };
    let mut parts: Vec<String> = providers.iter().take(MOST_PROVIDERS).map(one).collect();
    let more = providers.len().saturating_sub(MOST_PROVIDERS);
    if more > 0 {
        parts.push(counted(more as u64, "more provider"));
    }
    Some(format!("at the end: {}", parts.join(", ")))
}

/// What a scenario came to, line by line.
pub(in crate::report) fn scenario(scenario: &ScenarioReport) -> Vec<String> {
    let mut lines = vec![format!(
        "minute {}: {}",
        scenario.event_minute, scenario.event
    )];
    if let Some(week) = &scenario.week {
        lines.extend(of_week(week));
        lines.push(format!(
            "at most {} instances, {} at the end; {:.4} USD over {} min",
            scenario.most_instances, scenario.instances_at_end, scenario.usd, scenario.minutes
        ));
        return lines;
    }
    let goal = match scenario.missing_tasks_before {
        0 => "every wanted task runs".to_owned(),
        before => format!(
            "every wanted task runs but {} that had no place before",
            counted(before, "task")
        ),
    };
    lines.push(match scenario.minutes_to_settle {
        Some(0) => format!("at the end of that minute {goal}"),
        Some(minutes) => format!("{minutes} min later {goal}"),
        None => format!(
            "not settled after {} min: {} wanted do not run",
            minutes_looked_at(scenario) - scenario.event_minute,
            counted(scenario.missing_tasks, "task")
        ),
    });
    lines.push(format!(
        "at most {} wanted tasks did not run; at most {} instances, {} at the end",
        scenario.most_missing_tasks, scenario.most_instances, scenario.instances_at_end
    ));
    lines.extend(at_end(&scenario.capacity_providers));
    if let Some(losses) = &scenario.instance_losses {
        lines.extend(instance_losses(losses));
    }
    if scenario.deployment_stuck {
        lines.push(
            "the deployment is stuck: to the end it could neither start nor stop a task".to_owned(),
        );
    }
    lines.extend(scenario.reset.map(|it| reset(&it)));
    lines.push(format!(
        "{:.4} USD over {} min",
        scenario.usd, scenario.minutes
    ));
    lines
}

/// Minutes after which a scenario counts as not settled: those before the counts fall again or the sizes are reset.
fn minutes_looked_at(scenario: &ScenarioReport) -> u64 {
    match scenario.reset {
        Some(_) if scenario.name == Scenario::Growth.name() => FALL_MINUTE,
        Some(_) if scenario.name == Scenario::ZoneLoss.name() => AFTER_LOSS,
        Some(reset) => reset.minute,
        None => scenario.minutes,
    }
}

/// How the planned sizes came back.
fn reset(reset: &ResetReport) -> String {
    let meanwhile = match reset.services_with_lower_percentages {
        0 => String::new(),
        services => format!(
            " while {} have lower percentages",
            counted(services, "service")
        ),
    };
    let end = if reset.comes_back && reset.instances_at_end < reset.instances_before {
        format!(
            "the fleet ends with {} of its {}, and every task runs",
            count(reset.instances_at_end),
            counted(reset.instances_before, "instance")
        )
    } else if reset.comes_back {
        format!(
            "the fleet is back at its {}, and every task runs",
            counted(reset.instances_before, "instance")
        )
    } else {
        let before = counted(reset.instances_before, "instance");
        let missing = match reset.missing_tasks {
            0 => "every task runs".to_owned(),
            tasks => format!("{} more than before do not run", counted(tasks, "task")),
        };
        format!(
            "the fleet ends with {} where it began with {before}, and {missing}",
            count(reset.instances_at_end)
        )
    };
    if !reset.sets_sizes {
        return format!(
            "minute {}: the counts fall back, and no reset of the groups' sizes is known: {end} (--reset plays one)",
            reset.minute
        );
    }
    format!(
        "minute {}: a scheduled reset sets the sizes of the start, the newest instances go first{meanwhile}: {end}",
        reset.minute
    )
}

/// How the week went.
fn of_week(week: &WeekReport) -> Vec<String> {
    let waits = if week.most_waiting_tasks == 0 {
        "in no minute a task waits for a place".to_owned()
    } else {
        format!(
            "at the worst moment {} without a place, for {} min on end at the longest, {} task minutes together",
            counted(week.most_waiting_tasks, "task"),
            week.longest_wait_minutes,
            count(week.waiting_task_minutes)
        )
    };
    let sizes = if week.size_changes == 0 {
        "no group has a schedule".to_owned()
    } else {
        format!(
            "groups grow {} min before their hour and shrink {} min after its begin",
            week.warm_up_minutes, week.drain_minutes
        )
    };
    let mean = format!("{} USD per hour in the mean; {sizes}", week.usd_per_hour);
    vec![waits, mean]
}

/// What the losses of single instances say together.
fn instance_losses(losses: &InstanceLosses) -> Vec<String> {
    let mut lines = vec![format!(
        "it carries {} of the tasks; of no service is more than {} on one instance",
        percent(losses.worst_share),
        percent(losses.largest_share_of_a_service)
    )];
    lines.push(match losses.longest_minutes {
        _ if losses.instances_with_waiting_tasks == 0 => {
            "whichever is lost, every task finds a place at once".to_owned()
        }
        Some(minutes) => format!(
            "after {} of the losses tasks wait, at most {} for at most {minutes} min",
            losses.instances_with_waiting_tasks, losses.most_waiting
        ),
        None => format!(
            "after {} of the losses tasks wait, at most {}; after {} to the end",
            losses.instances_with_waiting_tasks, losses.most_waiting, losses.instances_not_replaced
        ),
    });
    if losses.instances_leaving_more > 0 {
        lines.push(format!(
            "after {} of the losses the fleet is larger at the end, by at most {} ({:.4} USD per hour)",
            losses.instances_leaving_more,
            counted(losses.most_more, "instance"),
            losses.usd_per_hour_more
        ));
    }
    lines
}

/// A probability with its interval.
pub(in crate::report) fn probability(of: &Probability) -> String {
    format!(
        "{} ({} to {})",
        percent(of.estimate),
        percent(of.lower),
        percent(of.upper)
    )
}

/// A fraction in percent; never rounded up to 100 or down to 0.
pub(in crate::report) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent < 100.0 && format!("{percent:.1}") == "100.0" {
        "> 99.9 %".to_owned()
    } else if percent > 0.0 && format!("{percent:.1}") == "0.0" {
        "< 0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}
