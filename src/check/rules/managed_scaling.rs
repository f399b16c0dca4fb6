//! V43: a plan writes ECS's own defaults of managed scaling for every group, today's settings for a group of today that
//! stays, and nothing for Fargate.
//!
//! Source: Amazon ECS API reference, `ManagedScaling`.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::ManagedScaling;

/// Written out here once more: what the planner writes is no measure.
const OF_A_GROUP: ManagedScaling = ManagedScaling {
    enabled: Some(true),
    target_capacity: Some(100),
    minimum_scaling_step_size: Some(1),
    maximum_scaling_step_size: Some(10_000),
    instance_warmup_period_s: Some(300),
};

const OF_FARGATE: ManagedScaling = ManagedScaling {
    enabled: None,
    target_capacity: None,
    minimum_scaling_step_size: None,
    maximum_scaling_step_size: None,
    instance_warmup_period_s: None,
};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for provider in &facts.plan.capacity_providers {
        let today = || {
            let stays = facts.stays(provider);
            let shown = facts.cluster.deployed.provider(&provider.name);
            shown.filter(|_| stays).map(|shown| ManagedScaling {
                enabled: Some(shown.scaling),
                target_capacity: Some(shown.target_capacity),
                minimum_scaling_step_size: Some(shown.minimum_step),
                maximum_scaling_step_size: Some(shown.maximum_step),
                instance_warmup_period_s: Some(shown.warmup_seconds),
            })
        };
        let expected = if provider.kind.is_group() {
            today().unwrap_or(OF_A_GROUP)
        } else {
            OF_FARGATE
        };
        if provider.managed_scaling != expected {
            violations.push(Violation::new(
                Rule::ManagedScaling,
                format!("capacityProviders[{}].managedScaling", provider.name),
                words(provider.managed_scaling),
                words(expected),
            ));
        }
    }
    violations
}

fn words(scaling: ManagedScaling) -> String {
    let status = scaling.enabled.map(|enabled| {
        let word = if enabled { "ENABLED" } else { "DISABLED" };
        format!("status {word}")
    });
    let numbers = [
        ("targetCapacity", scaling.target_capacity),
        ("minimumScalingStepSize", scaling.minimum_scaling_step_size),
        ("maximumScalingStepSize", scaling.maximum_scaling_step_size),
        ("instanceWarmupPeriod", scaling.instance_warmup_period_s),
    ];
    let numbers = (numbers.into_iter())
        .filter_map(|(name, number)| number.map(|number| format!("{name} {number}")));
    let all: Vec<String> = status.into_iter().chain(numbers).collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(", ")
    }
}
