//! Properties of the construct.

use std::fmt::Write as _;

use super::super::cloudformation::{Ids, LOWER, MANAGED_PARAMETERS, RESTORE, subnets};
use super::super::reasons;
use super::super::reset_limits::Moment;
use super::typescript::{doc, variable};
use crate::domain::settings::{RESET_RECURRENCE, Settings};

/// Lines of the interface: what a plan cannot know. None where the construct needs nothing.
pub(super) fn props(settings: &Settings, ids: &Ids) -> String {
    let mut text = String::new();
    let mut prop = |name: &str, kind: &str, what: &str| {
        text.push_str(&doc(what, 2));
        let _ = writeln!(text, "  readonly {name}: {kind};");
    };
    if settings.names_cluster() {
        let cluster = format!(
            "Name of the cluster; {} where none is given",
            settings.cluster
        );
        prop("clusterName?", "string", &cluster);
    }
    if settings.stages.is_some() {
        prop(
            "stage?",
            "\"move\" | \"retire\"",
            &format!("{}; move where none is given", reasons::STAGE),
        );
    }
    if settings.resets().next().is_some() {
        let what = format!(
            "{}; {RESET_RECURRENCE} where none is given",
            reasons::RESET_RECURRENCE
        );
        prop("resetRecurrence?", "string", &what);
    }
    if !settings.limits_at_resets().is_empty() {
        for (id, moment, what) in [
            (LOWER, Moment::Lower, reasons::LOWER_AT),
            (RESTORE, Moment::Restore, reasons::RESTORE_AT),
        ] {
            let what = format!("{what}; {} where none is given", moment.expression());
            prop(&format!("{}?", variable(id)), "string", &what);
        }
    }
    for set in &settings.subnets {
        let name = variable(&subnets(set));
        prop(&name, "string[]", &reasons::subnets(set));
    }
    if !settings.templates.is_empty() {
        prop(
            "securityGroups",
            "string[]",
            "Security groups of the instances",
        );
        let profile = "Name of the instance profile that lets instances join ECS";
        prop("instanceProfile", "string", profile);
        let reserved = format!(
            "MiB of each instance that the ECS agent keeps from tasks; {} where none are given",
            settings.reserved_memory_mib.unwrap_or(0)
        );
        prop("reservedMemoryMib?", "number", &reserved);
    }
    if settings.writes_managed() {
        let [role, profile, subnets, security_groups] = MANAGED_PARAMETERS.map(variable);
        prop(&role, "string", reasons::MANAGED_ROLE);
        prop(&profile, "string", reasons::MANAGED_PROFILE);
        prop(&subnets, "string[]", &reasons::managed_subnets(settings));
        prop(
            &security_groups,
            "string[]",
            reasons::MANAGED_SECURITY_GROUPS,
        );
    }
    if settings.services.iter().any(|service| service.is_awsvpc) {
        prop("taskSubnets", "string[]", "Subnets of tasks in awsvpc mode");
        let what = "Security groups of tasks in awsvpc mode";
        prop("taskSecurityGroups", "string[]", what);
    }
    for (service, (_, definition)) in settings.services.iter().zip(&ids.services) {
        let what = format!(
            "Task definition (family:revision or ARN) of {}",
            service.name
        );
        prop(&variable(definition), "string", &what);
    }
    text
}
