//! AWS CDK: a TypeScript construct with the resources of the CloudFormation template, so that the two cannot differ.
//!
//! It is made of the library's generated (level 1) constructs: those set what the plan says and nothing else.

use std::fmt::Write as _;

use super::cloudformation::{Ids, LOWER, RESTORE, image_parameter, resources};
use super::reasons;
use super::reset_limits::Moment;
use super::tree::{Entry, Tree, comment};
use crate::domain::settings::{RESET_RECURRENCE, Settings};

use names::Names;
use typescript::{doc, expression, quoted, variable};

mod names;
mod props;
mod typescript;

/// Modules, and what in the class tells that they are used.
const IMPORTS: [(&str, &[&str]); 9] = [
    (
        "import * as cdk from \"aws-cdk-lib\";",
        &["cdk.Fn.", "cdk.RemovalPolicy."],
    ),
    (
        "import * as applicationautoscaling from \"aws-cdk-lib/aws-applicationautoscaling\";",
        &["new applicationautoscaling."],
    ),
    (
        "import * as autoscaling from \"aws-cdk-lib/aws-autoscaling\";",
        &["new autoscaling."],
    ),
    (
        "import * as ec2 from \"aws-cdk-lib/aws-ec2\";",
        &["new ec2."],
    ),
    (
        "import * as ecs from \"aws-cdk-lib/aws-ecs\";",
        &["new ecs."],
    ),
    (
        "import * as iam from \"aws-cdk-lib/aws-iam\";",
        &["new iam."],
    ),
    (
        "import * as scheduler from \"aws-cdk-lib/aws-scheduler\";",
        &["new scheduler."],
    ),
    (
        "import * as ssm from \"aws-cdk-lib/aws-ssm\";",
        &["ssm.StringParameter."],
    ),
    ("import { Construct } from \"constructs\";", &["Construct"]),
];

/// The construct as a module of TypeScript.
#[must_use]
pub fn cdk(settings: &Settings) -> String {
    let ids = Ids::new(settings);
    let names = Names::new(settings, &ids);
    let mut text: String = (settings.notes.iter())
        .map(|note| comment(note, "//", 0))
        .collect();
    let props = props::props(settings, &ids);
    let arguments = if props.is_empty() { "" } else { ", { … }" };
    let _ = write!(
        text,
        "//\n// Use: new BayplanCapacity(stack, \"Capacity\"{arguments});\n\n"
    );
    let class = construct(settings, &ids, &names, !props.is_empty());
    text.push_str(&imports(&class));
    if !props.is_empty() {
        let _ = write!(
            text,
            "\n/** What a plan cannot know. */\nexport interface BayplanCapacityProps {{\n{props}}}\n"
        );
    }
    text.push('\n');
    text.push_str(&class);
    text
}

/// Only what is used: a compiler may be told to refuse the rest.
fn imports(class: &str) -> String {
    (IMPORTS.iter())
        .filter(|(_, uses)| uses.iter().any(|mark| class.contains(mark)))
        .fold(String::new(), |text, (line, _)| text + line + "\n")
}

/// The class.
fn construct(settings: &Settings, ids: &Ids, names: &Names, has_props: bool) -> String {
    let what =
        "Auto Scaling groups, capacity providers and service strategies as planned by bayplan";
    let props = if has_props {
        ", props: BayplanCapacityProps"
    } else {
        ""
    };
    let mut text = format!(
        "{}export class BayplanCapacity extends Construct {{\n  \
         constructor(scope: Construct, id: string{props}) {{\n    \
         super(scope, id);\n",
        doc(what, 0)
    );
    if settings.names_cluster() {
        let _ = writeln!(
            text,
            "    const clusterName = props.clusterName ?? {};",
            quoted(&settings.cluster)
        );
    }
    if settings.stages.is_some() {
        text.push_str("    const moves = props.stage !== \"retire\";\n");
    }
    if settings.resets().next().is_some() {
        let _ = writeln!(
            text,
            "    const resetRecurrence = props.resetRecurrence ?? {};",
            quoted(RESET_RECURRENCE)
        );
    }
    if !settings.limits_at_resets().is_empty() {
        for (id, moment) in [(LOWER, Moment::Lower), (RESTORE, Moment::Restore)] {
            let own = variable(id);
            let default = quoted(moment.expression());
            let _ = writeln!(text, "    const {own} = props.{own} ?? {default};");
        }
    }
    if !settings.templates.is_empty() {
        let _ = writeln!(
            text,
            "    const reservedMemoryMib = props.reservedMemoryMib ?? {};",
            settings.reserved_memory_mib.unwrap_or(0)
        );
    }
    for image in settings.images() {
        text.push('\n');
        text.push_str(&comment(reasons::IMAGE, "//", 4));
        let _ = write!(
            text,
            "    const {} = ssm.StringParameter.valueForTypedStringParameterV2(\n      this,\n      {},\n      \
             ssm.ParameterValueType.AWS_EC2_IMAGE_ID,\n    );\n",
            variable(&image_parameter(image)),
            quoted(image.parameter())
        );
    }
    for resource in resources(settings, ids) {
        text.push('\n');
        text.push_str(&statement(&resource, names));
    }
    text.push_str("  }\n}\n");
    text
}

/// A resource as a constant, and what stands beside its properties in a template.
fn statement(resource: &Entry, names: &Names) -> String {
    let Tree::Map(parts) = &resource.value else {
        return String::new();
    };
    let part = |key: &str| {
        parts
            .iter()
            .find(|part| part.key == key)
            .map(|part| &part.value)
    };
    let text_of = |tree: Option<&Tree>| match tree {
        Some(Tree::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let class = class(&text_of(part("Type")));
    let own = variable(&resource.key);
    let id = quoted(&resource.key);
    // The only condition of a resource: that the services have moved.
    let is_late = part("Condition").is_some();
    let indent = if is_late { 6 } else { 4 };
    let properties =
        part("Properties").map_or_else(String::new, |tree| expression(tree, names, indent));
    let is_retained = part("DeletionPolicy").is_some();
    let depends_on = text_of(part("DependsOn"));
    let made = format!("new {class}(this, {id}, {properties})");
    // A constant that nothing uses would not pass a strict compiler.
    if is_late {
        let because = part_reason(parts, "Condition");
        return format!("{because}    if (!moves) {{\n      {made};\n    }}\n");
    }
    let is_used = is_retained || !depends_on.is_empty() || names.is_referred_to(&resource.key);
    let mut text = if is_used {
        format!("    const {own} = {made};\n")
    } else {
        format!("    {made};\n")
    };
    if is_retained {
        let _ = writeln!(
            text,
            "    {own}.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN);"
        );
    }
    if !depends_on.is_empty() {
        let _ = writeln!(text, "    {own}.addDependency({});", variable(&depends_on));
    }
    text
}

/// The reason of a part of a resource, as a comment.
fn part_reason(parts: &[Entry], key: &str) -> String {
    let part = parts.iter().find(|part| part.key == key);
    let reason = part.and_then(|part| part.reason.as_deref());
    reason.map_or_else(String::new, |reason| comment(reason, "//", 4))
}

/// `AWS::ECS::Service` as `ecs.CfnService`.
fn class(kind: &str) -> String {
    let mut parts = kind.split("::").skip(1);
    let module = parts.next().unwrap_or_default().to_ascii_lowercase();
    format!("{module}.Cfn{}", parts.next().unwrap_or_default())
}
