//! AWS CLI inputs with the script that applies them in order.
//!
//! It runs on bash 3.2 too, which macOS has. The script can be run again: what exists is updated, what does not is created. Names of the plan appear in it only inside
//! single quotes and only in the valid form of [`super::naming`].

use std::fmt::Write as _;

use super::cli_files as files;
use super::shell::{in_path, input, quoted, step};
use super::tree::{Tree, comment, entry, list};
use super::{
    ExportedFile, cli_actions, cli_resets, cli_stages, cli_standstills, managed, naming, reasons,
};
use crate::domain::settings::{RESET_RECURRENCE, Settings, SubnetSet};

const PRELUDE: &str = r#"set -euo pipefail
cd "$(dirname "$0")"
export AWS_PAGER=
"#;

const INSTANCE_VALUES: &str = r#": "${SECURITY_GROUP_IDS:?security groups of the instances, such as sg-0123,sg-4567}"
: "${INSTANCE_PROFILE:?name of the instance profile that lets instances join ECS}"
# Values go into JSON below, so only those of the expected form are taken.
[[ $SECURITY_GROUP_IDS =~ ^sg-[0-9a-z]+(,sg-[0-9a-z]+)*$ ]] || { echo "SECURITY_GROUP_IDS: not a list of sg-…" >&2; exit 2; }
[[ $INSTANCE_PROFILE =~ ^[A-Za-z0-9+=.,@_-]+$ ]] || { echo "INSTANCE_PROFILE: not a name" >&2; exit 2; }
"#;

const LAUNCH_TEMPLATE: &str = r#"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The launch template's input with the values above in it.
fill() {
  local between='","'
  sed -e "s/\"@SECURITY_GROUP_IDS@\"/\"${SECURITY_GROUP_IDS//,/$between}\"/" \
    -e "s/@INSTANCE_PROFILE@/$INSTANCE_PROFILE/" "$1" > "$work/$1"
}

launch_template() { # name file
  fill "$2"
  if aws ec2 describe-launch-templates --launch-template-names "$1" >/dev/null 2>&1; then
    aws ec2 create-launch-template-version --cli-input-json "file://$work/$2" >/dev/null
  else
    aws ec2 create-launch-template --cli-input-json "file://$work/$2" >/dev/null
  fi
}
"#;

const GROUP: &str = r#"
group() { # name subnets create-file update-file tags-file
  if [[ $(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$1" \
    --query 'length(AutoScalingGroups)' --output text) == 1 ]]; then
    aws autoscaling update-auto-scaling-group --cli-input-json "file://$4" --vpc-zone-identifier "$2"
    aws autoscaling create-or-update-tags --cli-input-json "file://$5"
  else
    aws autoscaling create-auto-scaling-group --cli-input-json "file://$3" --vpc-zone-identifier "$2"
  fi
}
"#;

const PROVIDER: &str = r#"
capacity_provider() { # name create-file update-file
  if [[ $(aws ecs describe-capacity-providers --capacity-providers "$1" \
    --query "length(capacityProviders[?status=='ACTIVE'])" --output text) == 1 ]]; then
    aws ecs update-capacity-provider --cli-input-json "file://$3" >/dev/null
  else
    aws ecs create-capacity-provider --cli-input-json "file://$2" >/dev/null
  fi
}
"#;

const TRUNKING: &str = r#"if [[ -n ${INSTANCE_ROLE_ARN:-} ]]; then
  aws ecs put-account-setting --name awsvpcTrunking --value enabled --principal-arn "$INSTANCE_ROLE_ARN" >/dev/null
else
  aws ecs put-account-setting-default --name awsvpcTrunking --value enabled >/dev/null
fi
"#;

/// The inputs and `apply.sh`.
#[must_use]
pub fn cli(settings: &Settings) -> Vec<ExportedFile> {
    let mut out = Vec::new();
    let mut script = String::from("#!/usr/bin/env bash\n");
    for note in &settings.notes {
        script.push_str(&comment(note, "#", 0));
    }
    script.push_str(PRELUDE);
    let _ = writeln!(
        script,
        "export AWS_REGION={region} AWS_DEFAULT_REGION={region}",
        region = quoted(&settings.region)
    );
    values(settings, &mut script);
    managed::values(settings, &mut script);
    cli_resets::values(settings, &mut script);
    functions(settings, &mut script);
    managed::function(settings, &mut script);
    if let Some(stages) = &settings.stages {
        cli_stages::functions(settings, stages, &mut script);
    }
    cli_standstills::refusals(settings, &mut script);
    trunking(settings, &mut script);
    if settings.stages.is_some() {
        cli_stages::heading(&mut script, reasons::STAGE_1);
    }
    launch_templates(settings, &mut script, &mut out);
    groups(settings, &mut script, &mut out);
    capacity_providers(settings, &mut script, &mut out);
    managed::providers(settings, &mut script, &mut out);
    if let Some(stages) = &settings.stages {
        cli_stages::added(settings, stages, &mut script, &mut out);
        services(settings, &mut script, &mut out);
        scalable_targets(settings, &mut script, &mut out);
        resets(settings, &mut script, &mut out);
        schedules(settings, &mut script, &mut out);
        cli_resets::limits(settings, &mut script, &mut out);
        cli_stages::retired(settings, stages, &mut script, &mut out);
    } else {
        association(settings, &mut script, &mut out);
        services(settings, &mut script, &mut out);
        scalable_targets(settings, &mut script, &mut out);
        resets(settings, &mut script, &mut out);
        schedules(settings, &mut script, &mut out);
        cli_resets::limits(settings, &mut script, &mut out);
    }
    out.push(ExportedFile {
        name: "apply.sh".to_owned(),
        text: script,
        executable: true,
    });
    out
}

/// What the caller gives, all of it checked before anything is applied.
fn values(settings: &Settings, script: &mut String) {
    if settings.templates.is_empty() && settings.subnets.is_empty() {
        return;
    }
    script.push('\n');
    for set in &settings.subnets {
        let variable = variable(set);
        let zones = if set.zones.is_empty() {
            String::new()
        } else {
            format!(", one in each of {}", naming_safe(&set.zones.join(" ")))
        };
        let _ = writeln!(
            script,
            ": \"${{{variable}:?subnets, comma-separated{zones}}}\""
        );
    }
    if !settings.templates.is_empty() {
        script.push_str(INSTANCE_VALUES);
    }
}

/// The functions that the steps call.
fn functions(settings: &Settings, script: &mut String) {
    let has_providers = settings.groups.iter().any(|group| group.writes_provider);
    for (is_used, function) in [
        (!settings.templates.is_empty(), LAUNCH_TEMPLATE),
        (!settings.subnets.is_empty(), GROUP),
        (has_providers, PROVIDER),
    ] {
        if is_used {
            script.push_str(function);
        }
    }
}

fn launch_templates(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if settings.templates.is_empty() {
        return;
    }
    step(script, "Launch templates", reasons::IMAGE);
    for template in &settings.templates {
        let name = format!("10-launch-template-{}.json", template.name);
        let _ = writeln!(
            script,
            "launch_template {} {}",
            quoted(&template.name),
            quoted(&name)
        );
        out.push(input(name, &files::launch_template(settings, template)));
    }
}

fn groups(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if settings.subnets.is_empty() {
        return;
    }
    step(script, "Auto Scaling groups", reasons::NO_DESIRED);
    for group in settings.groups.iter().filter(|group| group.writes_group) {
        script.push_str(&comment(&reasons::sizes(group), "#", 0));
        script.push_str(&comment(&reasons::on_demand(group), "#", 0));
        let [create, update, tags] = ["create", "update", "tags"]
            .map(|verb| format!("20-group-{}-{verb}.json", in_path(&group.name)));
        let entries = files::group(settings, group);
        let mut created = entries.clone();
        created.push(entry("Tags", list([files::managed_tag(None)])));
        let _ = writeln!(
            script,
            "group {} \"${}\" {} {} {}",
            quoted(&group.group),
            variable(&settings.subnets[group.subnets]),
            quoted(&create),
            quoted(&update),
            quoted(&tags)
        );
        out.push(input(create, &Tree::from(created)));
        out.push(input(update, &Tree::from(entries)));
        let tag = files::managed_tag(Some(&group.group));
        out.push(input(tags, &Tree::from([entry("Tags", list([tag]))])));
    }
}

fn capacity_providers(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    let written = || settings.groups.iter().filter(|group| group.writes_provider);
    if written().next().is_none() {
        return;
    }
    step(script, "Capacity providers", reasons::TERMINATION);
    for group in written() {
        script.push_str(&comment(&reasons::scaling(group), "#", 0));
        let [create, update] = ["create", "update"]
            .map(|verb| format!("30-provider-{}-{verb}.json", in_path(&group.name)));
        let _ = writeln!(
            script,
            "capacity_provider {} {} {}",
            quoted(&group.name),
            quoted(&create),
            quoted(&update)
        );
        out.push(input(create, &files::capacity_provider(group, true)));
        out.push(input(update, &files::capacity_provider(group, false)));
    }
}

/// Scheduled actions, once the services use the groups.
fn resets(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if settings.resets().next().is_none() {
        return;
    }
    step(script, "Resets to the planned size", reasons::RESET);
    script.push_str(&comment(reasons::RESET_RECURRENCE, "#", 0));
    let _ = writeln!(script, ": \"${{RESET_RECURRENCE:={RESET_RECURRENCE}}}\"");
    for group in settings.resets().filter(|group| !group.acts_at_the_end()) {
        let (line, file) = cli_actions::reset(group);
        let _ = writeln!(script, "{line}");
        out.push(file);
    }
}

/// Scheduled actions over the week, once the services use the groups.
fn schedules(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if settings.scheduled().next().is_some() {
        step(script, "Sizes of the week", reasons::SCHEDULE);
    }
    for group in settings
        .scheduled()
        .filter(|group| !group.acts_at_the_end())
    {
        for (line, file) in cli_actions::sizes_of_the_week(group) {
            let _ = writeln!(script, "{line}");
            out.push(file);
        }
    }
    if settings.scheduled_services().next().is_some() {
        step(script, "Counts of the week", reasons::SERVICE_SCHEDULE);
    }
    for (service, _) in settings.scheduled_services() {
        for action in &service.schedule {
            let name = format!(
                "67-counts-{}-{}.json",
                in_path(&service.name),
                action.name()
            );
            let counts = files::scheduled_count(settings, service, action);
            let file = quoted(&format!("file://{name}"));
            let _ = writeln!(
                script,
                "aws application-autoscaling put-scheduled-action --cli-input-json {file} >/dev/null"
            );
            out.push(input(name, &counts));
        }
    }
}

fn association(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if !settings.writes_association {
        return;
    }
    step(script, "The cluster's providers", reasons::ASSOCIATION);
    let name = "40-cluster-capacity-providers.json";
    let command = managed::put(settings, None, (name, false), out);
    let _ = writeln!(script, "{command}");
    out.push(input(name.to_owned(), &files::association(settings)));
}

fn services(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if settings.services.is_empty() {
        return;
    }
    if settings.stages.is_some() {
        step(
            script,
            "Stage 2: services, one after another",
            reasons::MOVES,
        );
    } else {
        step(script, "Services", reasons::NEW_DEPLOYMENT);
    }
    for service in &settings.services {
        let reason = reasons::strategy(&service.strategy, &service.rounding);
        script.push_str(&comment(&reason, "#", 0));
        let name = format!("50-service-{}.json", in_path(&service.name));
        match &settings.stages {
            Some(stages) if settings.restarts(service) => {
                cli_stages::moved(&service.name, &name, stages, &service.strategy, script);
            }
            _ => {
                let _ = writeln!(
                    script,
                    "aws ecs update-service --cli-input-json {} >/dev/null",
                    quoted(&format!("file://{name}"))
                );
            }
        }
        out.push(input(name, &files::service(settings, service)));
    }
}

/// Instances that start with a trunk need the account's setting before.
fn trunking(settings: &Settings, script: &mut String) {
    if settings.trunking && !settings.groups.is_empty() {
        step(script, "ENI trunking", reasons::TRUNKING);
        script.push_str(TRUNKING);
    }
}

/// Limits of the services' scaling, where they are known.
fn scalable_targets(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    let known =
        || (settings.services.iter()).filter_map(|service| Some((service, service.counts?)));
    if known().next().is_none() {
        return;
    }
    step(script, "Limits of the services' counts", reasons::COUNTS);
    for (service, counts) in known() {
        let name = format!("55-scalable-target-{}.json", in_path(&service.name));
        let _ = writeln!(
            script,
            "aws application-autoscaling register-scalable-target --cli-input-json {} >/dev/null",
            quoted(&format!("file://{name}"))
        );
        out.push(input(
            name,
            &files::scalable_target(settings, service, counts),
        ));
    }
}

/// Text inside the message of `${name:?message}`: what the shell could read as more than text is left out.
fn naming_safe(text: &str) -> String {
    (text.chars())
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ') {
                c
            } else {
                '-'
            }
        })
        .collect()
}

/// The environment variable that holds a set's subnets.
fn variable(set: &SubnetSet) -> String {
    if set.suffix.is_empty() {
        "SUBNET_IDS".to_owned()
    } else {
        format!(
            "SUBNET_IDS_{}",
            naming::snake(&set.suffix).to_ascii_uppercase()
        )
    }
}
