//! Forms of a simulation.

use rust_decimal::Decimal;

use super::{csv, markdown, text, words};
use crate::report::page::Emphasis;
use crate::report::simulation::document::{
    AvailabilityReport, LeftOut, OnProviderReport, Probability, ReplayReport, ScenarioReport,
    ServiceAvailabilityReport, SimulationReport,
};
use crate::simulate::summary::{PendingService, Summary, Tally};

fn tally(orders: u64, complete_orders: u64, worst_pending: u64) -> Tally {
    Tally {
        orders,
        complete_orders,
        complete_fraction: Some(complete_orders as f64 / orders as f64),
        worst_pending,
        mean_pending: worst_pending as f64 / 2.0,
        mean_pending_fraction: worst_pending as f64 / 200.0,
    }
}

fn replay(strategy: &str, complete: u64, worst: u64) -> ReplayReport {
    let pending = PendingService {
        service_name: "web|\u{1b}[2J".to_owned(),
        orders: 10 - complete,
        worst_pending: worst,
        mean_pending: worst as f64 / 2.0,
    };
    ReplayReport {
        strategy: strategy.to_owned(),
        summary: Summary {
            all: tally(10, complete, worst),
            service_by_service: tally(5, complete / 2, worst),
            shuffled: tally(5, complete / 2, worst / 2),
            cpu_utilisation: 0.91,
            memory_utilisation: 0.7345,
            fewest_used_instances: 9,
            most_used_instances: 11,
            pending_services: if worst == 0 { vec![] } else { vec![pending] },
        },
    }
}

fn report(replays: Vec<ReplayReport>) -> SimulationReport {
    let probability = Probability {
        estimate: 0.9996,
        lower: 0.998,
        upper: 1.0,
    };
    SimulationReport {
        version: 1,
        cluster: "shop".to_owned(),
        region: "us-east-1".to_owned(),
        fleet: "plan",
        instances: 11,
        tasks: 100,
        fargate_tasks: 3,
        unplaced_tasks: 1,
        unplaced: vec![LeftOut {
            service_name: "lost".to_owned(),
            count: 1,
        }],
        usd_per_hour: "1.25".parse().expect("an amount"),
        seed: 0,
        replays,
        scenario: Some(ScenarioReport {
            name: "zone-loss",
            event: "the zone us-east-1a is lost with 4 instances, and stays lost".to_owned(),
            event_minute: 5,
            minutes: 60,
            minutes_to_settle: Some(4),
            missing_tasks_before: 2,
            missing_tasks: 2,
            most_missing_tasks: 31,
            instances_at_end: 11,
            capacity_providers: [(Some("od"), 7, 60), (None, 4, 38)]
                .map(|(name, instances, tasks)| OnProviderReport {
                    capacity_provider: name.map(str::to_owned),
                    instances,
                    tasks,
                })
                .to_vec(),
            most_instances: 11,
            usd: Decimal::new(12_345, 4),
            deployment_stuck: false,
            instance_losses: None,
            week: None,
            reset: None,
        }),
        availability: Some(AvailabilityReport {
            trials: 1000,
            window_hours: 730,
            confidence: 0.95,
            mean_lost_instances: 1.5,
            all_kept: probability,
            services: vec![ServiceAvailabilityReport {
                service_name: "web".to_owned(),
                minimum_healthy: 9,
                kept: probability,
                mean_seconds_below: 0.25,
                fewest_healthy: 8,
            }],
        }),
        notes: vec!["a note".to_owned()],
        assumptions: vec!["tie-break=drawn: as said".to_owned()],
    }
}

#[test]
fn the_terminal_sees_the_verdict_first() {
    let report = report(vec![replay("own", 7, 6)]);
    insta::assert_snapshot!(text::render(&report, Emphasis::Plain));
}

#[test]
fn strategies_are_rows_of_one_table() {
    let report = report(vec![replay("own", 10, 0), replay("random", 0, 12)]);
    insta::assert_snapshot!(markdown::render(&report));
}

#[test]
fn each_strategy_has_three_rows_of_figures() {
    let report = report(vec![replay("own", 10, 0)]);
    insta::assert_snapshot!(csv::render(&report));
}

#[test]
fn shares_are_never_rounded_to_none_or_all() {
    let shown = [0.0, 0.0001, 0.5, 0.99999, 1.0].map(words::percent);
    assert_eq!(shown, ["0.0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100.0 %"]);
}

#[test]
fn of_tasks_that_are_on_no_instance_of_a_group_no_order_is_said_to_place_any() {
    let mut nothing = replay("own", 10, 0);
    let summary = &mut nothing.summary;
    (summary.fewest_used_instances, summary.most_used_instances) = (0, 0);
    let report = report(vec![nothing]);
    for text in [
        text::render(&report, Emphasis::Plain),
        markdown::render(&report),
    ] {
        assert!(text.contains("no order of arrival is replayed"), "{text}");
        assert!(!text.contains("finds a place"), "{text}");
        assert!(!text.contains("hold tasks"), "{text}");
        assert!(!text.contains("Arrival orders"), "{text}");
    }
}

#[test]
fn names_from_files_are_no_escapes() {
    let report = report(vec![replay("own", 7, 6)]);
    assert!(!text::render(&report, Emphasis::Plain).contains('\u{1b}'));
    assert!(!markdown::render(&report).contains('\u{1b}'));
}
