use super::*;
use crate::explain::{Conflict, Tried, WhyUsed, explain};
use crate::report::sample;
use crate::report::text::Emphasis;

fn tried(change: &str) -> Tried {
    Tried {
        base_usd_per_hour: sample::usd("1"),
        base_unplaced: 0,
        unplaced: 0,
        usd_per_hour: Some(sample::usd("1") + sample::usd(change)),
        change_usd_per_hour: Some(sample::usd(change)),
        bound_usd_per_hour: None,
    }
}

/// A sample plan with one of every answer.
pub(super) fn explanation() -> crate::explain::Explanation {
    let file = r#"{"version": 1, "cluster": "prod", "region": "us-east-1", "services": [
        {"serviceName": "api", "desiredCount": 7, "cpu": 512, "memory": 1024}]}"#;
    let cluster = crate::io::read_cluster(file, "c.json", &crate::io::ImportOptions::default());
    let mut explanation = explain(&cluster.expect("a cluster").cluster, &sample::plan());
    explanation.why_used.push(WhyUsed {
        instance_type: "m7g.large".to_owned(),
        count: 3,
        without: tried("0.25"),
    });
    explanation.nudges = Some(vec![crate::explain::Nudge {
        service_name: "web|edge".to_owned(),
        resource: "memory",
        from: 1024,
        to: 960,
        instance_type: "m7g.large".to_owned(),
        copies: 4,
        tried: tried("-0.5"),
    }]);
    explanation.levers = Some(crate::explain::Levers {
        saving: vec![crate::explain::Lever {
            key: "eniTrunking",
            value: "false".to_owned(),
            tried: tried("-0.125"),
            fleet_usd_per_hour: None,
            fleet_change_usd_per_hour: None,
        }],
        without_effect: vec!["burstable", "maxShareOnInstance"],
        fleet: None,
    });
    explanation.conflicts.push(Conflict {
        service_name: "trainer".to_owned(),
        count: 2,
        requirements: vec![
            "services.trainer.gpu = 16".to_owned(),
            "policy.maxVcpus = 8".to_owned(),
        ],
        by_search: false,
        solver_failed: None,
    });
    explanation
}

#[test]
fn every_answer_is_a_sentence_or_a_table() {
    insta::assert_snapshot!(text::render(&explanation(), Emphasis::Plain));
}

#[test]
fn markdown_escapes_names() {
    insta::assert_snapshot!(markdown::render(&explanation()));
}
