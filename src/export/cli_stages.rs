//! The parts of the script that carry out stages: waits, services one after another, and what is taken away at the end.

use std::fmt::Write as _;

use super::cli_files as files;
use super::shell::{in_path, input, quoted, step};
use super::tree::comment;
use super::{ExportedFile, cli_actions, managed, reasons};
use crate::domain::money::UsdPerHour;
use crate::domain::settings::{GroupSettings, Settings, WeightedItem};
use crate::domain::stages::{StageBills, Stages};

const WAITS: &str = r#"
# Seconds between two looks, and seconds that one step may take.
: "${POLL_SECONDS:=15}" "${STEP_TIMEOUT:=3600}"

pause() { # deadline what
  (( SECONDS < $1 )) || { echo "$2: not done after $STEP_TIMEOUT s; run the script again to go on" >&2; exit 1; }
  sleep "$POLL_SECONDS"
}

provider_ready() { # name
  local deadline=$((SECONDS + STEP_TIMEOUT))
  while [[ $(aws ecs describe-capacity-providers --capacity-providers "$1" \
    --query 'capacityProviders[0].status' --output text) == PROVISIONING ]]; do
    pause "$deadline" "capacity provider $1"
  done
}

put_providers() { # file; waits until the cluster has the list
  local status deadline=$((SECONDS + STEP_TIMEOUT))
  aws ecs put-cluster-capacity-providers --cli-input-json "file://$1" >/dev/null
  while status=$(aws ecs describe-clusters --clusters "$cluster" --include ATTACHMENTS \
    --query 'clusters[0].attachmentsStatus' --output text) && [[ $status == UPDATE_IN_PROGRESS ]]; do
    pause "$deadline" "the cluster's capacity providers"
  done
  [[ $status != UPDATE_FAILED ]] || { echo "the cluster's capacity providers: $status" >&2; exit 1; }
}
"#;

const MOVES: &str = r#"
strategy_of() { # service: provider, base and weight of each item
  aws ecs describe-services --cluster "$cluster" --services "$1" \
    --query 'services[0].capacityProviderStrategy[].[capacityProvider,base,weight]' --output text |
    LC_ALL=C sort | tr '\t\n' '  '
}

is_moved() { # service strategy
  [[ $(strategy_of "$1") == "$2" ]]
}

deployment_of() { # service: its newest deployment and that one's status
  aws ecs list-service-deployments --cluster "$cluster" --service "$1" \
    --query 'reverse(sort_by(serviceDeployments, &createdAt))[0].[serviceDeploymentArn,status]' --output text 2>/dev/null
}

move_service() { # name file strategy today's-strategy
  local before='' now arn status deadline=$((SECONDS + STEP_TIMEOUT))
  if ! is_moved "$1" "$3"; then
    before=$(deployment_of "$1" | cut -f1) || before=''
    aws ecs update-service --cli-input-json "file://$2" >/dev/null
  fi
  while :; do
    now=$(deployment_of "$1") || now=''
    IFS=$'\t' read -r arn status <<<"$now" || true
    case $status in
      SUCCESSFUL) [[ $arn == "$before" ]] || return 0 ;;
      STOPPED | ROLLBACK_SUCCESSFUL | ROLLBACK_FAILED)
        [[ $arn == "$before" ]] || { echo "service $1: its deployment ended as $status" >&2; exit 1; } ;;
      PENDING | IN_PROGRESS | STOP_REQUESTED | ROLLBACK_REQUESTED | ROLLBACK_IN_PROGRESS) ;;
      *) # No list of deployments: an AWS CLI from before they were added.
        aws ecs wait services-stable --cluster "$cluster" --services "$1"
        [[ -z $4 || $4 == "$3" || $(strategy_of "$1") != "$4" ]] || { echo "service $1: rolled back" >&2; exit 1; }
        return 0 ;;
    esac
    pause "$deadline" "service $1"
  done
}
"#;

const RETIRE: &str = r#"
instances_of() { # group, filter: ids of its instances
  aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$1" \
    --query "AutoScalingGroups[0].Instances[$2].InstanceId" --output text | sed 's/^None$//'
}

drain() { # instance ids: returns once no task is on them
  local id arn arns=() deadline=$((SECONDS + STEP_TIMEOUT))
  for id; do
    arn=$(aws ecs list-container-instances --cluster "$cluster" --filter "ec2InstanceId == $id" \
      --query 'containerInstanceArns[0]' --output text)
    [[ -z $arn || $arn == None ]] || arns+=("$arn")
  done
  for arn in ${arns[@]+"${arns[@]}"}; do
    aws ecs update-container-instances-state --cluster "$cluster" --container-instances "$arn" --status DRAINING >/dev/null
  done
  for arn in ${arns[@]+"${arns[@]}"}; do
    while [[ $(aws ecs list-tasks --cluster "$cluster" --container-instance "$arn" \
      --query 'length(taskArns)' --output text) != 0 ]]; do
      pause "$deadline" "tasks on $arn"
    done
  done
}

retire_provider() { # provider group
  local ids id deadline=$((SECONDS + STEP_TIMEOUT))
  if [[ $(aws ecs describe-capacity-providers --capacity-providers "$1" \
    --query "length(capacityProviders[?status=='ACTIVE'])" --output text) == 1 ]]; then
    aws ecs delete-capacity-provider --capacity-provider "$1" >/dev/null
  fi
  while [[ $(aws ecs describe-capacity-providers --capacity-providers "$1" \
    --query 'capacityProviders[0].updateStatus' --output text) == DELETE_IN_PROGRESS ]]; do
    pause "$deadline" "capacity provider $1"
  done
  [[ -n $2 && $(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$2" \
    --query 'length(AutoScalingGroups)' --output text) == 1 ]] || return 0
  ids=$(instances_of "$2" '')
  drain $ids
  for id in $ids; do
    aws autoscaling set-instance-protection --auto-scaling-group-name "$2" --instance-ids "$id" --no-protected-from-scale-in
  done
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$2" --min-size 0 --max-size 0 --desired-capacity 0
  while [[ -n $(instances_of "$2" '') ]]; do
    pause "$deadline" "instances of $2"
  done
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$2"
}

registered() { # instance ids: how many of them take tasks
  local id arn count=0
  for id; do
    arn=$(aws ecs list-container-instances --cluster "$cluster" --status ACTIVE --filter "ec2InstanceId == $id" \
      --query 'containerInstanceArns[0]' --output text)
    [[ -z $arn || $arn == None ]] || count=$((count + 1))
  done
  echo "$count"
}

retire_types() { # group, filter that holds for instances of the planned types, how many are planned, smallest size
  local ids id deadline=$((SECONDS + STEP_TIMEOUT))
  ids=$(instances_of "$1" "?!($2)")
  [[ -n $ids ]] || return 0
  # Tasks of the old instances have no place until those of the planned types are there.
  if (( $(registered $(instances_of "$1" "?($2)")) < $3 )); then
    aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$1" --min-size "$(($(wc -w <<<"$ids") + $3))"
    while (( $(registered $(instances_of "$1" "?($2)")) < $3 )); do
      pause "$deadline" "$3 instances of the planned types in $1"
    done
  fi
  # Auto Scaling takes no instance below the smallest size.
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$1" --min-size "$4"
  drain $ids
  for id in $ids; do
    # Where managed scaling has lowered the group meanwhile, another of the planned types takes the place of the last ones.
    aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$id" --should-decrement-desired-capacity >/dev/null ||
      aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$id" --no-should-decrement-desired-capacity >/dev/null
  done
}
"#;

const RETIRE_MANAGED: &str = r#"
retire_managed() { # provider of Managed Instances: its instances go with their tasks
  local deadline=$((SECONDS + STEP_TIMEOUT)) status
  if [[ $(aws ecs describe-capacity-providers --cluster "$cluster" --capacity-providers "$1" \
    --query "length(capacityProviders[?status=='ACTIVE'])" --output text) == 1 ]]; then
    aws ecs delete-capacity-provider --cluster "$cluster" --capacity-provider "$1" >/dev/null
  fi
  while status=$(aws ecs describe-capacity-providers --cluster "$cluster" --capacity-providers "$1" \
    --query 'capacityProviders[0].status' --output text) && [[ $status == DEPROVISIONING ]]; do
    pause "$deadline" "capacity provider $1"
  done
}
"#;

/// The functions that the stages call, behind those of the plain script.
pub(super) fn functions(settings: &Settings, stages: &Stages, script: &mut String) {
    let _ = writeln!(script, "\ncluster={}", quoted(&settings.cluster));
    script.push_str(WAITS);
    if !stages.moves.is_empty() {
        script.push_str(MOVES);
    }
    script.push_str(RETIRE);
    if stages.leaving.iter().any(|it| it.is_managed) {
        script.push_str(RETIRE_MANAGED);
    }
}

/// The list of old and new providers: the end of the first stage. Once every service has moved it would only bring back what
/// the last stage takes off.
pub(super) fn added(
    settings: &Settings,
    stages: &Stages,
    script: &mut String,
    out: &mut Vec<ExportedFile>,
) {
    for group in settings.groups.iter().filter(|it| it.writes_provider) {
        let _ = writeln!(script, "provider_ready {}", quoted(&group.name));
    }
    let to_move: Vec<String> = (settings.services.iter())
        .filter(|service| settings.restarts(service))
        .map(|service| {
            let strategy = quoted(&listed(&service.strategy));
            format!("! is_moved {} {strategy}", quoted(&service.name))
        })
        .collect();
    if to_move.is_empty() || !settings.writes_association {
        return;
    }
    step(script, "The cluster's providers", reasons::BOTH_LISTS);
    let name = "40-cluster-capacity-providers-old-and-new.json";
    let condition = to_move.join(" ||\n  ");
    let command = managed::put(settings, Some(stages), (name, true), out);
    let _ = writeln!(script, "if {condition}; then\n  {command}");
    let what = "New capacity providers stand beside the old ones.";
    let bill = stages.bills.map(|bills| ("at most ", bills.added));
    said_at(script, "  ", what, bill);
    script.push_str("fi\n");
    let both = files::association_of_both(settings, stages);
    out.push(input(name.to_owned(), &both));
}

/// A service on its way: one deployment, and the wait for its end.
pub(super) fn moved(
    service: &str,
    file: &str,
    stages: &Stages,
    strategy: &[WeightedItem],
    script: &mut String,
) {
    let Some(step) = stages.move_of(service) else {
        return;
    };
    let _ = writeln!(
        script,
        "move_service {} {} {} {}",
        quoted(service),
        quoted(file),
        quoted(&listed(strategy)),
        quoted(&listed(&step.today))
    );
    said(script, &format!("{service} has moved."), step.bill);
}

/// The last stage: the old providers off the cluster's list, and, where the caller asks for it, their instances gone.
pub(super) fn retired(
    settings: &Settings,
    stages: &Stages,
    script: &mut String,
    out: &mut Vec<ExportedFile>,
) {
    if settings.writes_association {
        step(
            script,
            "Stage 3: old providers off the cluster's list",
            reasons::ASSOCIATION,
        );
        let name = "60-cluster-capacity-providers.json";
        let command = managed::put(settings, None, (name, true), out);
        let _ = writeln!(script, "{command}");
        out.push(input(name.to_owned(), &files::association(settings)));
    }
    step(script, "Old instances", reasons::RETIRE);
    script.push_str("if [[ ${RETIRE:-} == yes ]]; then\n");
    for leaving in &stages.leaving {
        let group = leaving.group.as_deref().unwrap_or_default();
        let _ = if leaving.is_managed {
            writeln!(script, "  retire_managed {}", quoted(&leaving.name))
        } else {
            let (name, group) = (quoted(&leaving.name), quoted(group));
            writeln!(script, "  retire_provider {name} {group}")
        };
        let what = format!("{} is gone.", leaving.name);
        said_at(
            script,
            "  ",
            &what,
            leaving.bill.map(|bill| ("at most ", bill)),
        );
    }
    for group in settings.groups.iter().filter(|it| it.writes_group) {
        if let Some(narrowed) = stages.narrowed(&group.group) {
            narrow(group, narrowed.is_retyped, script, out);
            let what = format!("{} has its planned sizes.", group.group);
            said_at(
                script,
                "  ",
                &what,
                narrowed.bill.map(|bill| ("at most ", bill)),
            );
        }
    }
    let is_outside = |bills: StageBills| bills.outside > UsdPerHour::ZERO;
    let fleet = if stages.bills.is_some_and(is_outside) {
        "The plan's fleet, and what runs outside capacity providers."
    } else {
        "The plan's fleet."
    };
    said_at(script, "  ", fleet, stages.bills.map(|it| ("", it.retired)));
    script.push_str("else\n");
    let left = "The old groups are left as they are; run the script again with RETIRE=yes to empty and delete them.";
    said_at(
        script,
        "  ",
        left,
        stages.bills.map(|it| ("at most ", it.moved)),
    );
    script.push_str("fi\n");
}

/// A group that stays gets its planned sizes once what it has too much of is gone.
fn narrow(
    group: &GroupSettings,
    is_retyped: bool,
    script: &mut String,
    out: &mut Vec<ExportedFile>,
) {
    if is_retyped {
        let types: Vec<String> = (group.instance_types.iter())
            .map(|kind| format!("InstanceType=='{}'", typed(kind)))
            .collect();
        let _ = writeln!(
            script,
            "  retire_types {} {} {} {}",
            quoted(&group.group),
            quoted(&types.join(" || ")),
            group.planned,
            group.min_size
        );
    }
    let name = format!("70-group-{}-sizes.json", in_path(&group.name));
    let _ = writeln!(
        script,
        "  aws autoscaling update-auto-scaling-group --cli-input-json {}",
        quoted(&format!("file://{name}"))
    );
    out.push(input(name, &files::sizes(group)));
    cli_actions::at_the_end(group, script, out);
}

/// A type inside a literal of the CLI's query language: letters, digits, dots and dashes, and nothing that could end it.
fn typed(kind: &str) -> String {
    (kind.chars())
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect()
}

/// A strategy as the script's `strategy_of` prints it.
pub(super) fn listed(items: &[WeightedItem]) -> String {
    let mut lines: Vec<String> = (items.iter())
        .map(|item| format!("{}\t{}\t{}", item.provider, item.base, item.weight))
        .collect();
    lines.sort();
    (lines.iter()).fold(String::new(), |text, line| {
        text + &line.replace('\t', " ") + " "
    })
}

fn said(script: &mut String, what: &str, bill: Option<UsdPerHour>) {
    said_at(script, "", what, bill.map(|bill| ("at most ", bill)));
}

fn said_at(script: &mut String, pad: &str, what: &str, bill: Option<(&str, UsdPerHour)>) {
    let bill = bill.map_or_else(String::new, |(how, bill)| {
        format!(" Bill: {how}{bill} USD per hour.")
    });
    let _ = writeln!(script, "{pad}echo {}", quoted(&format!("{what}{bill}")));
}

/// What stands above a stage.
pub(super) fn heading(script: &mut String, text: &str) {
    script.push('\n');
    script.push_str(&comment(text, "#", 0));
}
