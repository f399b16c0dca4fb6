//! Schedules that change limits of rollouts before a reset and back after it, and the role that they take.

use super::super::reasons;
use super::super::reset_limits::{ACTION, Moment, POLICY_VERSION, PRINCIPAL, services_arn, target};
use super::language::{Block, Item, Value, code, name, set};
use crate::domain::settings::{RESET_TIME_ZONE, ResetLimits, Settings};

/// Variables for when they do so.
pub(super) fn variables(settings: &Settings) -> Vec<Block> {
    if settings.limits_at_resets().is_empty() {
        return Vec::new();
    }
    [
        (Moment::Lower, reasons::LOWER_AT),
        (Moment::Restore, reasons::RESTORE_AT),
    ]
    .map(|(moment, what)| {
        let items = vec![
            set("type", name("string")),
            set("default", moment.expression()),
            set("description", what),
        ];
        Block::new("variable", [&variable(moment)], items)
    })
    .into()
}

fn variable(moment: Moment) -> String {
    format!("{}_limits_at", moment.word())
}

/// The limits by service, the role and two schedules for each service; nothing where no limits change.
pub(super) fn blocks(settings: &Settings) -> Vec<Block> {
    let services = settings.limits_at_resets();
    if services.is_empty() {
        return Vec::new();
    }
    let by_service: Vec<Item> = (services.iter())
        .map(|limits| set(&limits.service, both(limits)))
        .collect();
    let locals = Block::new("locals", [], vec![set("reset_limits", by_service)]);
    let mut blocks = vec![locals.because(reasons::RESET_LIMITS)];
    blocks.extend(role(settings));
    blocks.extend(Moment::ALL.map(|moment| schedule(settings, moment)));
    blocks
}

/// A service's limits at both moments.
fn both(limits: &ResetLimits) -> Value {
    let items = Moment::ALL.map(|moment| {
        let percents = moment.limits(limits);
        let items = vec![
            set(
                "minimum_healthy_percent",
                u64::from(percents.minimum_healthy_percent),
            ),
            set("maximum_percent", u64::from(percents.maximum_percent)),
        ];
        set(moment.word(), items)
    });
    Value::from(Vec::from(items))
}

fn role(settings: &Settings) -> [Block; 2] {
    let trust = format!(
        "jsonencode({{ Version = \"{POLICY_VERSION}\", Statement = [{{ Effect = \"Allow\", Principal = {{ Service = \"{PRINCIPAL}\" }}, \
         Action = \"sts:AssumeRole\" }}] }})"
    );
    let policy = format!(
        "jsonencode({{ Version = \"{POLICY_VERSION}\", Statement = [{{ Effect = \"Allow\", Action = \"{ACTION}\", Resource = \
         [for service in keys(local.reset_limits) : \"{}${{var.cluster_name}}/${{service}}\"] }}] }})",
        services_arn(&settings.region)
    );
    let role = vec![
        set("name_prefix", "bayplan-reset-"),
        set("assume_role_policy", code(trust)),
    ];
    let policy = vec![
        set("name", "bayplan-reset"),
        set("role", code("aws_iam_role.bayplan_reset.id")),
        set("policy", code(policy)),
    ];
    [
        Block::new("resource", ["aws_iam_role", "bayplan_reset"], role)
            .because(reasons::RESET_ROLE),
        Block::new("resource", ["aws_iam_role_policy", "bayplan_reset"], policy),
    ]
}

fn schedule(settings: &Settings, moment: Moment) -> Block {
    let word = moment.word();
    let percent = |key: &str| format!("each.value.{word}.{key}_percent");
    let input = format!(
        "jsonencode({{ Cluster = var.cluster_name, Service = each.key, DeploymentConfiguration = {{ MinimumHealthyPercent = {}, \
         MaximumPercent = {} }} }})",
        percent("minimum_healthy"),
        percent("maximum")
    );
    let target = vec![
        set("arn", target(&settings.region).as_str()),
        set("role_arn", code("aws_iam_role.bayplan_reset.arn")),
        set("input", code(input)),
    ];
    let items = vec![
        set("for_each", code("local.reset_limits")),
        set(
            "schedule_expression",
            code(format!("var.{}", variable(moment))),
        ),
        set("schedule_expression_timezone", RESET_TIME_ZONE),
        Block::new("flexible_time_window", [], vec![set("mode", "OFF")]).into(),
        Block::new("target", [], target).into(),
    ];
    let id = format!("bayplan_{word}_limits");
    Block::new("resource", ["aws_scheduler_schedule", &id], items)
}
