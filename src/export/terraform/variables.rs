//! Variables: what a plan cannot know.

use super::super::{naming, reasons};
use super::TerraformStyle;
use super::existing::has_cluster;
use super::language::{Block, code, name, set};
use super::managed;
use super::reset_limits;
use crate::domain::settings::{RESET_RECURRENCE, ServiceSettings, Settings, SubnetSet};

/// The variables that the export refers to.
pub(super) fn variables(settings: &Settings, style: TerraformStyle) -> Vec<Block> {
    let mut variables = Vec::new();
    if settings.names_cluster() || style == TerraformStyle::Modules && has_cluster(settings) {
        let items = vec![
            set("type", name("string")),
            set("default", settings.cluster.as_str()),
        ];
        variables.push(Block::new("variable", ["cluster_name"], items));
    }
    if settings.stages.is_some() {
        let validation = vec![
            set(
                "condition",
                code("contains([\"move\", \"retire\"], var.stage)"),
            ),
            set("error_message", "stage is move or retire."),
        ];
        let items = vec![
            set("type", name("string")),
            set("default", "move"),
            set("description", reasons::STAGE),
            Block::new("validation", [], validation).into(),
        ];
        variables.push(Block::new("variable", ["stage"], items));
    }
    if settings.resets().next().is_some() {
        let items = vec![
            set("type", name("string")),
            set("default", RESET_RECURRENCE),
            set("description", reasons::RESET_RECURRENCE),
        ];
        variables.push(Block::new("variable", ["reset_recurrence"], items));
    }
    variables.extend(reset_limits::variables(settings));
    let mut needed = |id: &str, kind: &str, what: &str| {
        let items = vec![set("type", name(kind)), set("description", what)];
        variables.push(Block::new("variable", [id], items));
    };
    for set in &settings.subnets {
        needed(&subnets(set), "list(string)", &reasons::subnets(set));
    }
    if !settings.templates.is_empty() {
        let profile = "Name of the instance profile that lets instances join ECS";
        needed(
            "security_groups",
            "list(string)",
            "Security groups of the instances",
        );
        needed("instance_profile", "string", profile);
    }
    variables.extend(managed::variables(settings));
    let mut needed = |id: &str, kind: &str, what: &str| {
        let items = vec![set("type", name(kind)), set("description", what)];
        variables.push(Block::new("variable", [id], items));
    };
    // A resource of a service that runs keeps what the plan does not speak of; a module has no such choice.
    let made: Vec<&ServiceSettings> = (settings.services.iter())
        .filter(|service| style == TerraformStyle::Modules || !service.exists)
        .collect();
    if made.iter().any(|service| service.is_awsvpc) {
        needed(
            "task_subnets",
            "list(string)",
            "Subnets of tasks in awsvpc mode",
        );
        needed(
            "task_security_groups",
            "list(string)",
            "Security groups of tasks in awsvpc mode",
        );
    }
    if !made.is_empty() {
        let what = match style {
            TerraformStyle::Resources => {
                "Task definition (family:revision or ARN) of each service by name"
            }
            TerraformStyle::Modules => "ARN of the task definition of each service by name",
        };
        needed("task_definitions", "map(string)", what);
    }
    if !settings.templates.is_empty() {
        let what = "MiB of each instance that the ECS agent keeps from tasks";
        let items = vec![
            set("type", name("number")),
            set("default", settings.reserved_memory_mib.unwrap_or(0)),
            set("description", what),
        ];
        variables.push(Block::new("variable", ["reserved_memory_mib"], items));
    }
    variables
}

/// The variable of a set of subnets.
pub(super) fn subnets(set: &SubnetSet) -> String {
    if set.suffix.is_empty() {
        "subnets".to_owned()
    } else {
        format!("subnets_{}", naming::snake(&set.suffix))
    }
}
