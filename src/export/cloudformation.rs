//! AWS CloudFormation: one template, as JSON or, with the reasons, as YAML.

use super::tree::{Entry, Tree, comment, entry, json, list, pretty};
use super::yaml::yaml;
use crate::domain::settings::{GroupSettings, Settings};

mod ids;
mod instances;
mod managed;
mod parameters;
mod reset_limits;
mod services;

pub(super) use ids::{ASSOCIATIONS, Ids, RESET_ROLE};
pub(super) use parameters::{image_parameter, subnets};

/// The template as JSON. It has no comments: what the reader should know stands in its metadata.
#[must_use]
pub fn cloudformation_json(settings: &Settings) -> String {
    let mut template = template(settings);
    if !settings.notes.is_empty() {
        let notes = list(settings.notes.iter().map(String::as_str));
        template.insert(
            AFTER_DESCRIPTION,
            entry("Metadata", [entry("Notes", notes)]),
        );
    }
    pretty(&json(&Tree::Map(template)))
}

/// Where a template's metadata stand.
const AFTER_DESCRIPTION: usize = 2;

/// The template as YAML, with the reason of each setting.
#[must_use]
pub fn cloudformation_yaml(settings: &Settings) -> String {
    let mut text: String = (settings.notes.iter())
        .map(|note| comment(note, "#", 0))
        .collect();
    text.push_str(&yaml(&template(settings)));
    text
}

fn template(settings: &Settings) -> Vec<Entry> {
    let ids = Ids::new(settings);
    let mut template = vec![
        entry("AWSTemplateFormatVersion", "2010-09-09"),
        entry(
            "Description",
            "Auto Scaling groups, capacity providers and service strategies as planned by bayplan",
        ),
    ];
    let parameters = parameters::parameters(settings, &ids);
    if !parameters.is_empty() {
        template.push(entry("Parameters", parameters));
    }
    if settings.stages.is_some() {
        let moves = list([reference(STAGE), Tree::from("move")]);
        let condition = Tree::from([entry("Fn::Equals", moves)]);
        let mut conditions = vec![entry(MOVES, condition)];
        // A condition that nothing asks for is a warning of the linters.
        let acts = |group: &GroupSettings| group.writes_reset() || !group.schedule.is_empty();
        if (settings.groups.iter()).any(|group| group.acts_at_the_end() && acts(group)) {
            let moves = list([Tree::from([entry("Condition", MOVES)])]);
            let retires = Tree::from([entry("Fn::Not", moves)]);
            conditions.push(entry(RETIRES, retires));
        }
        template.push(entry("Conditions", conditions));
    }
    template.push(entry("Resources", resources(settings, &ids)));
    template
}

/// The resources, each after those that it refers to.
pub(super) fn resources(settings: &Settings, ids: &Ids) -> Vec<Entry> {
    let mut resources = Vec::new();
    for (template, id) in settings.templates.iter().zip(&ids.templates) {
        resources.push(entry(id, instances::launch_template(settings, template)));
    }
    for (group, (id, provider)) in settings.groups.iter().zip(&ids.groups) {
        if group.writes_group {
            resources.push(entry(
                id,
                instances::auto_scaling_group(settings, ids, group),
            ));
        }
        if group.writes_reset() {
            let reset = instances::scheduled_reset(group, id);
            resources.push(entry(format!("Reset{id}"), reset));
        }
        for (number, action) in group.written_schedule().iter().enumerate() {
            let resource = instances::scheduled_size(group, (number, action), id);
            resources.push(entry(format!("Schedule{}{id}", number + 1), resource));
        }
        if group.writes_provider {
            resources.push(entry(provider, instances::capacity_provider(group, id)));
        }
    }
    for (managed, id) in settings.managed.iter().zip(&ids.managed) {
        if managed.writes_provider {
            resources.push(entry(id, managed::capacity_provider(settings, managed)));
        }
    }
    if settings.writes_association {
        let association = services::association(settings, ids);
        resources.push(entry(ASSOCIATIONS, association));
    }
    let mut before = settings.writes_association.then_some(ASSOCIATIONS);
    for (service, (id, definition)) in settings.services.iter().zip(&ids.services) {
        let resource = services::service(settings, ids, service, (definition.as_str(), before));
        resources.push(entry(id, resource));
        // Services that move do so one after another.
        if settings.stages.is_some() {
            before = Some(id.as_str());
        }
    }
    for (service, (id, _)) in settings.services.iter().zip(&ids.services) {
        if let Some(target) = services::scheduled_counts(service, id) {
            resources.push(entry(format!("Counts{id}"), target));
        }
    }
    resources.extend(reset_limits::resources(settings, ids));
    resources
}

/// Attributes of a resource that outlives its stack.
const RETAINED: [&str; 2] = ["DeletionPolicy", "UpdateReplacePolicy"];

/// Parameter and condition that tell the stages apart.
pub(super) const STAGE: &str = "Stage";
pub(super) const MOVES: &str = "Moves";

/// The other stage: what has its condition is made once the services have moved.
pub(super) const RETIRES: &str = "Retires";

/// Parameter for when groups are reset.
pub(super) const RESET: &str = "ResetRecurrence";

/// Parameters for when the limits of rollouts change before a reset and back after it.
pub(super) const LOWER: &str = "LowerLimitsAt";
/// See [`LOWER`].
pub(super) const RESTORE: &str = "RestoreLimitsAt";

/// Parameters for what a plan cannot know of Managed Instances: role, instance profile, subnets, security groups.
pub(super) const MANAGED_PARAMETERS: [&str; 4] = [
    "ManagedInfrastructureRoleArn",
    "ManagedInstanceProfileArn",
    "ManagedSubnets",
    "ManagedSecurityGroups",
];

/// One value until the services have moved, another one then.
fn staged(at_first: Tree, then: Tree) -> Tree {
    Tree::from([entry("Fn::If", list([Tree::from(MOVES), at_first, then]))])
}

/// A reference to a resource or a parameter.
fn reference(id: &str) -> Tree {
    Tree::from([entry("Ref", id)])
}

/// A parameter without a default.
fn parameter(id: &str, kind: &str, what: &str) -> Entry {
    entry(id, [entry("Type", kind), entry("Description", what)])
}

/// What exists comes into a stack by an import, for which it must be retained.
fn resource(kind: &str, exists: bool, properties: Vec<Entry>) -> Tree {
    let mut resource = vec![entry("Type", kind)];
    if exists {
        resource.extend(RETAINED.map(|key| entry(key, "Retain")));
    }
    resource.push(entry("Properties", properties));
    Tree::from(resource)
}
