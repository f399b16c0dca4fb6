//! A budget that is spent ends every phase: what was cut is said, and the plan obeys every rule all the same.

use std::sync::atomic::{AtomicU64, Ordering};

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::{Assumption, FleetPlan, NotRealised};
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::{Interrupt, Never, Stop};
use bayplan::planner::{PlanOptions, Planned, plan};
use serde_json::json;

/// Stops at the so manieth question.
struct After {
    asked: AtomicU64,
    questions: u64,
}

impl After {
    const fn new(questions: u64) -> Self {
        Self {
            asked: AtomicU64::new(0),
            questions,
        }
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Stop for After {
    fn should_stop(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.questions
    }
}

/// Services that roll out, and instances of today that all of them fit on.
fn cluster() -> Cluster {
    let service = |name: &str, count: u64, cpu: u64, memory: u64| json!({"serviceName": name, "desiredCount": count, "cpu": cpu, "memory": memory});
    let instance = |number: u64| {
        json!({
            "containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/c/{number}"),
            "ec2InstanceId": format!("i-{number}"), "status": "ACTIVE", "agentConnected": true,
            "registeredResources": [
                {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": 15_700},
            ],
            "attributes": [
                {"name": "ecs.instance-type", "value": "m5.xlarge"},
                {"name": "ecs.availability-zone", "value": "us-east-1a"},
                {"name": "ecs.cpu-architecture", "value": "x86_64"},
            ],
        })
    };
    let document = json!({
        "version": 1, "cluster": "c", "region": "us-east-1",
        "services": [service("a", 9, 256, 512), service("b", 4, 512, 2048)],
        "containerInstances": (0..2).map(instance).collect::<Vec<_>>(),
    });
    read_cluster(&document.to_string(), "c.json", &ImportOptions::default())
        .unwrap_or_else(|findings| panic!("{findings}"))
        .cluster
}

fn planned(stop: &dyn Stop) -> Planned {
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    plan(
        &cluster(),
        &catalogue,
        &PlanOptions::default(),
        stop,
        &Silent,
    )
    .expect("a plan")
}

fn places_all(plan: &FleetPlan) -> bool {
    plan.unplaced.is_empty() && plan.cost.usd_per_hour >= plan.cost.ideal_usd_per_hour
}

#[test]
fn with_no_time_at_all_the_plan_says_what_was_not_looked_at() {
    let stopped = Interrupt::new();
    stopped.raise();
    let planned = planned(&stopped);
    let plan = &planned.plan;
    assert!(places_all(plan));
    let said = |assumption: &Assumption| match assumption {
        Assumption::NotRealised { why, filling } => {
            assert_eq!(filling.orders, 0, "no order was replayed");
            *why == NotRealised::OutOfTime
        }
        _ => false,
    };
    assert!(plan.assumptions.iter().any(said), "{:?}", plan.assumptions);
    let today = planned.today.expect("instances of today");
    assert_eq!(today.filling.orders, 0);
    assert!(
        !today.holds_all(),
        "nothing is claimed of what was not replayed"
    );
}

#[test]
fn whenever_the_time_ends_there_is_a_plan_and_nothing_goes_on_for_long() {
    let all = After::new(u64::MAX);
    let whole = planned(&all);
    assert_eq!(whole.plan, planned(&Never).plan, "asking changes nothing");
    let questions = all.asked();
    assert!(questions > 100, "every phase asks: {questions}");
    for part in [1, 4, 7] {
        let stop = After::new(questions * part / 8);
        let cut = planned(&stop);
        assert!(places_all(&cut.plan));
        // Every loop asks once or twice more and ends.
        let more = stop.asked().saturating_sub(stop.questions);
        assert!(
            more < questions / 2 + 500,
            "{more} questions after the end at {part} eighths of {questions}"
        );
    }
}
