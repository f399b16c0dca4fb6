//! Parameters of a template: what a plan cannot know.

use super::super::reset_limits::Moment;
use super::super::tree::{Entry, entry, list};
use super::super::{naming, reasons};
use super::ids::Ids;
use super::managed;
use super::{LOWER, RESET, RESTORE, STAGE, parameter};
use crate::domain::settings::{Image, RESET_RECURRENCE, Settings, SubnetSet};

pub(super) fn parameters(settings: &Settings, ids: &Ids) -> Vec<Entry> {
    let mut parameters = Vec::new();
    if settings.names_cluster() {
        let name = [
            entry("Type", "String"),
            entry("Default", settings.cluster.as_str()),
        ];
        parameters.push(entry("ClusterName", name));
    }
    if settings.stages.is_some() {
        let stage = [
            entry("Type", "String"),
            entry("Default", "move"),
            entry("AllowedValues", list(["move", "retire"])),
            entry("Description", reasons::STAGE),
        ];
        parameters.push(entry(STAGE, stage));
    }
    if settings.resets().next().is_some() {
        let recurrence = [
            entry("Type", "String"),
            entry("Default", RESET_RECURRENCE),
            entry("Description", reasons::RESET_RECURRENCE),
        ];
        parameters.push(entry(RESET, recurrence));
    }
    if !settings.limits_at_resets().is_empty() {
        for (id, moment, what) in [
            (LOWER, Moment::Lower, reasons::LOWER_AT),
            (RESTORE, Moment::Restore, reasons::RESTORE_AT),
        ] {
            let at = [
                entry("Type", "String"),
                entry("Default", moment.expression()),
                entry("Description", what),
            ];
            parameters.push(entry(id, at));
        }
    }
    parameters.extend(instance_parameters(settings));
    parameters.extend(managed::parameters(settings));
    if settings.services.iter().any(|service| service.is_awsvpc) {
        for (id, kind, what) in [
            (
                "TaskSubnets",
                "List<AWS::EC2::Subnet::Id>",
                "Subnets of tasks in awsvpc mode",
            ),
            (
                "TaskSecurityGroups",
                "List<AWS::EC2::SecurityGroup::Id>",
                "Security groups of tasks in awsvpc mode",
            ),
        ] {
            parameters.push(parameter(id, kind, what));
        }
    }
    for (service, (_, definition)) in settings.services.iter().zip(&ids.services) {
        let what = format!(
            "Task definition (family:revision or ARN) of {}",
            service.name
        );
        parameters.push(parameter(definition, "String", &what));
    }
    parameters
}

/// What the groups and launch templates of the export refer to.
fn instance_parameters(settings: &Settings) -> Vec<Entry> {
    let mut parameters: Vec<Entry> = (settings.subnets.iter())
        .map(|set| {
            let kind = "List<AWS::EC2::Subnet::Id>";
            parameter(&subnets(set), kind, &reasons::subnets(set))
        })
        .collect();
    if settings.templates.is_empty() {
        return parameters;
    }
    parameters.push(parameter(
        "SecurityGroups",
        "List<AWS::EC2::SecurityGroup::Id>",
        "Security groups of the instances",
    ));
    parameters.push(parameter(
        "InstanceProfile",
        "String",
        "Name of the instance profile that lets instances join ECS",
    ));
    parameters.push(entry(
        "ReservedMemoryMib",
        [
            entry("Type", "Number"),
            entry("Default", settings.reserved_memory_mib.unwrap_or(0)),
            entry(
                "Description",
                "MiB of each instance that the ECS agent keeps from tasks",
            ),
        ],
    ));
    for image in settings.images() {
        let kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
        let entries = [entry("Type", kind), entry("Default", image.parameter())];
        parameters.push(entry(image_parameter(image), entries).because(reasons::IMAGE));
    }
    parameters
}

pub(in crate::export) fn image_parameter(image: Image) -> String {
    format!("Image{}", naming::pascal(image.word()))
}

pub(in crate::export) fn subnets(set: &SubnetSet) -> String {
    format!("Subnets{}", set.suffix)
}
