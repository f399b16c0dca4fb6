//! Schedules that change limits of rollouts before a reset and back after it, and the role that they take.

use super::super::reasons;
use super::super::reset_limits::{
    ACTION, Moment, POLICY_VERSION, PRINCIPAL, input, services_arn, target,
};
use super::super::tree::{Entry, Tree, entry, list};
use super::ids::{Ids, RESET_ROLE};
use super::{LOWER, RESTORE, reference};
use crate::domain::settings::{RESET_TIME_ZONE, ResetLimits, Settings};

/// The role and two schedules for each service; nothing where no limits change.
pub(super) fn resources(settings: &Settings, ids: &Ids) -> Vec<Entry> {
    let services = settings.limits_at_resets();
    if services.is_empty() {
        return Vec::new();
    }
    let mut resources = vec![entry(RESET_ROLE, role(settings)).because(reasons::RESET_ROLE)];
    for (limits, own) in services.iter().zip(&ids.reset_limits) {
        for (moment, id) in Moment::ALL.into_iter().zip(own) {
            resources.push(entry(id, schedule(settings, limits, moment)));
        }
    }
    resources
}

fn role(settings: &Settings) -> Tree {
    let allow = |more: Vec<Entry>| {
        let mut statement = vec![entry("Effect", "Allow")];
        statement.extend(more);
        Tree::from([
            entry("Version", POLICY_VERSION),
            entry("Statement", list([statement])),
        ])
    };
    let arn = services_arn(&settings.region);
    let services = (settings.limits_at_resets().iter())
        .map(|limits| with_cluster(arn.clone(), format!("/{}", limits.service)));
    let policy = Tree::from([
        entry("PolicyName", "bayplan-reset"),
        entry(
            "PolicyDocument",
            allow(vec![
                entry("Action", ACTION),
                entry("Resource", list(services)),
            ]),
        ),
    ]);
    let trust = allow(vec![
        entry("Principal", [entry("Service", PRINCIPAL)]),
        entry("Action", "sts:AssumeRole"),
    ]);
    Tree::from([
        entry("Type", "AWS::IAM::Role"),
        entry(
            "Properties",
            [
                entry("AssumeRolePolicyDocument", trust),
                entry("Policies", list([policy])),
            ],
        ),
    ])
}

fn schedule(settings: &Settings, limits: &ResetLimits, moment: Moment) -> Tree {
    let at = match moment {
        Moment::Lower => LOWER,
        Moment::Restore => RESTORE,
    };
    let (before, after) = input(limits, moment);
    let role = [RESET_ROLE, "Arn"].map(Tree::from).to_vec();
    let target = [
        entry("Arn", target(&settings.region)),
        entry("RoleArn", [entry("Fn::GetAtt", role)]),
        entry("Input", with_cluster(before, after)),
    ];
    let at = entry("ScheduleExpression", reference(at));
    let at = match moment {
        Moment::Lower => at.because(reasons::RESET_LIMITS),
        Moment::Restore => at,
    };
    Tree::from([
        entry("Type", "AWS::Scheduler::Schedule"),
        entry(
            "Properties",
            [
                at,
                entry("ScheduleExpressionTimezone", RESET_TIME_ZONE),
                entry("FlexibleTimeWindow", [entry("Mode", "OFF")]),
                entry("Target", target),
            ],
        ),
    ])
}

/// A text with the cluster's name in its middle.
fn with_cluster(before: String, after: String) -> Tree {
    let parts = vec![
        Tree::from(before),
        reference("ClusterName"),
        Tree::from(after),
    ];
    Tree::from([entry("Fn::Join", vec![Tree::from(""), Tree::List(parts)])])
}
