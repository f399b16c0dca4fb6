//! Providers of ECS Managed Instances in the API's own words, their script, and what their reader should know.
//!
//! Sources: Amazon ECS API reference, `CreateManagedInstancesProviderConfiguration`, `InstanceLaunchTemplate` and
//! `PutClusterCapacityProviders`; developer guide, "Amazon ECS Managed Instances instance profile".

use std::fmt::Write as _;

use crate::domain::plan::FleetPlan;
use crate::domain::settings::{ManagedSettings, NO_PRICE_PROTECTION, Settings};
use crate::domain::stages::Stages;

use super::facts::Facts;
use super::reasons;
use super::shell::{in_path, input, quoted, step};
use super::tree::{Entry, Tree, comment, entry, list};
use super::{ExportedFile, cli_files};

/// What the script puts the caller's values in place of. `@` occurs in no exported name.
const ROLE: &str = "@INFRASTRUCTURE_ROLE_ARN@";
const PROFILE: &str = "@MANAGED_INSTANCE_PROFILE_ARN@";
const SUBNETS: &str = "@MANAGED_SUBNET_IDS@";
const SECURITY_GROUPS: &str = "@MANAGED_SECURITY_GROUP_IDS@";

const VALUES: &str = r#": "${INFRASTRUCTURE_ROLE_ARN:?ARN of the role by which ECS runs Managed Instances}"
: "${MANAGED_INSTANCE_PROFILE_ARN:?ARN of the instance profile of Managed Instances}"
: "${MANAGED_SECURITY_GROUP_IDS:?security groups of Managed Instances, such as sg-0123,sg-4567}"
# Values go into JSON below, so only those of the expected form are taken.
[[ $INFRASTRUCTURE_ROLE_ARN =~ ^arn:[A-Za-z0-9:/+=,.@_-]+$ ]] || { echo "INFRASTRUCTURE_ROLE_ARN: not an ARN" >&2; exit 2; }
[[ $MANAGED_INSTANCE_PROFILE_ARN =~ ^arn:[A-Za-z0-9:/+=,.@_-]+$ ]] || { echo "MANAGED_INSTANCE_PROFILE_ARN: not an ARN" >&2; exit 2; }
[[ $MANAGED_SUBNET_IDS =~ ^subnet-[0-9a-z]+(,subnet-[0-9a-z]+)*$ ]] || { echo "MANAGED_SUBNET_IDS: not a list of subnet-…" >&2; exit 2; }
[[ $MANAGED_SECURITY_GROUP_IDS =~ ^sg-[0-9a-z]+(,sg-[0-9a-z]+)*$ ]] || { echo "MANAGED_SECURITY_GROUP_IDS: not a list of sg-…" >&2; exit 2; }
"#;

const PROVIDER: &str = r#"
managed_provider() { # cluster name create-file update-file; waits until services may name it
  local file=$3 command=create-capacity-provider status between='","' deadline=$((SECONDS + ${STEP_TIMEOUT:=3600}))
  [[ -n ${work:-} ]] || { work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; }
  if [[ $(aws ecs describe-capacity-providers --cluster "$1" --capacity-providers "$2" \
    --query "length(capacityProviders[?status=='ACTIVE'])" --output text) == 1 ]]; then
    file=$4 command=update-capacity-provider
  fi
  sed -e "s|@INFRASTRUCTURE_ROLE_ARN@|$INFRASTRUCTURE_ROLE_ARN|" \
    -e "s|@MANAGED_INSTANCE_PROFILE_ARN@|$MANAGED_INSTANCE_PROFILE_ARN|" \
    -e "s|\"@MANAGED_SUBNET_IDS@\"|\"${MANAGED_SUBNET_IDS//,/$between}\"|" \
    -e "s|\"@MANAGED_SECURITY_GROUP_IDS@\"|\"${MANAGED_SECURITY_GROUP_IDS//,/$between}\"|" "$file" > "$work/$file"
  aws ecs "$command" --cli-input-json "file://$work/$file" >/dev/null
  while status=$(aws ecs describe-capacity-providers --cluster "$1" --capacity-providers "$2" \
    --query 'capacityProviders[0].status' --output text) && [[ $status != ACTIVE ]]; do
    (( SECONDS < deadline )) || { echo "capacity provider $2: $status after $STEP_TIMEOUT s" >&2; exit 1; }
    sleep "${POLL_SECONDS:=15}"
  done
}
"#;

/// Whether the call takes providers of Managed Instances, or keeps them where it is not given them, is not documented alike.
const LIST: &str = r#"
put_list() { # file with providers of Managed Instances, file without: the second where ECS does not take the first
  aws ecs put-cluster-capacity-providers --cli-input-json "file://$1" >/dev/null 2>&1 ||
    aws ecs put-cluster-capacity-providers --cli-input-json "file://$2" >/dev/null
}

put_providers_or() { # the same; waits until the cluster has the list
  if aws ecs put-cluster-capacity-providers --cli-input-json "file://$1" >/dev/null 2>&1; then
    put_providers "$1"
  else
    put_providers "$2"
  fi
}
"#;

/// The provider with what its instances are to be, spelled as a format spells it.
pub(super) struct Spelled<T> {
    /// ARN of the infrastructure role.
    pub role: T,
    /// ARN of the instance profile.
    pub profile: T,
    /// Subnets.
    pub subnets: T,
    /// Security groups.
    pub security_groups: T,
}

/// `managedInstancesProvider` in the words of the API; CloudFormation has the same words with a capital.
pub(super) fn provider(
    settings: &Settings,
    managed: &ManagedSettings,
    values: Spelled<Tree>,
    creates: bool,
) -> Vec<Entry> {
    let network = [
        entry("subnets", values.subnets),
        entry("securityGroups", values.security_groups),
    ];
    let mut template = vec![
        entry("ec2InstanceProfileArn", values.profile),
        entry("networkConfiguration", network),
    ];
    if let Some(gib) = settings.root_volume_gib.filter(|gib| *gib > 0) {
        let storage = [entry("storageSizeGiB", gib)];
        template.push(entry("storageConfiguration", storage).because(reasons::MANAGED_STORAGE));
    }
    // How a provider buys is said once, when it is made.
    if creates {
        template.push(entry("capacityOptionType", managed.capacity_option()));
    }
    template.push(
        entry("instanceRequirements", requirements(managed))
            .because(reasons::managed_types(managed)),
    );
    vec![
        entry("infrastructureRoleArn", values.role),
        entry("instanceLaunchTemplate", template),
        entry("propagateTags", "CAPACITY_PROVIDER").because(reasons::MANAGED_TAGS),
    ]
}

/// The plan's types and no others, whatever their price.
fn requirements(managed: &ManagedSettings) -> Vec<Entry> {
    let range = |(least, most): (u64, u64)| [entry("min", least), entry("max", most)];
    let mut entries = vec![
        entry("vCpuCount", range(managed.vcpus)),
        entry("memoryMiB", range(managed.memory_mib)),
        entry(
            "allowedInstanceTypes",
            list(managed.instance_types.iter().map(String::as_str)),
        ),
    ];
    if managed.has_burstable {
        entries.push(entry("burstablePerformance", "included"));
    }
    if managed.has_bare_metal {
        entries.push(entry("bareMetal", "included"));
    }
    let protection = if managed.is_spot() {
        "spotMaxPricePercentageOverLowestPrice"
    } else {
        "onDemandMaxPricePercentageOverLowestPrice"
    };
    entries.push(entry(protection, NO_PRICE_PROTECTION).because(reasons::MANAGED_PRICES));
    entries
}

/// `aws ecs create-capacity-provider`, else `update-capacity-provider`.
fn input_of(settings: &Settings, managed: &ManagedSettings, creates: bool) -> Tree {
    let values = Spelled {
        role: Tree::from(ROLE),
        profile: Tree::from(PROFILE),
        subnets: list([SUBNETS]),
        security_groups: list([SECURITY_GROUPS]),
    };
    Tree::from([
        entry("name", managed.name.as_str()),
        entry("cluster", settings.cluster.as_str()),
        entry(
            "managedInstancesProvider",
            provider(settings, managed, values, creates),
        ),
    ])
}

/// The provider as tooling of one's own gets it: with marks for what the plan cannot know.
pub(super) fn described(settings: &Settings, managed: &ManagedSettings) -> Tree {
    Tree::from([
        entry(
            "availabilityZones",
            list(settings.managed_zones.iter().map(String::as_str)),
        ),
        entry("plannedCapacity", managed.planned),
        entry("capacityProvider", input_of(settings, managed, true)),
    ])
}

/// Those that the export has.
pub(super) fn written(settings: &Settings) -> impl Iterator<Item = &ManagedSettings> {
    (settings.managed.iter()).filter(|managed| managed.writes_provider)
}

/// What the caller of the script gives.
pub(super) fn values(settings: &Settings, script: &mut String) {
    if !settings.writes_managed() {
        return;
    }
    let zones: String = (settings.managed_zones.join(" ").chars())
        .map(|c| {
            let is_plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
            if is_plain { c } else { '-' }
        })
        .collect();
    let zones = if zones.is_empty() {
        zones
    } else {
        format!(", one in each of {zones}")
    };
    let _ = writeln!(
        script,
        "\n: \"${{MANAGED_SUBNET_IDS:?subnets of Managed Instances, comma-separated{zones}}}\""
    );
    script.push_str(VALUES);
}

/// The functions that make a provider, and put the list where some have such providers.
pub(super) fn function(settings: &Settings, script: &mut String) {
    if settings.writes_managed() {
        script.push_str(PROVIDER);
    }
    let lists = [settings.stages.as_ref(), None];
    let has_some = |stages| cli_files::association_with_managed(settings, stages).is_some();
    if settings.writes_association && lists.into_iter().any(has_some) {
        script.push_str(LIST);
    }
}

/// The command that puts a list: where providers of Managed Instances are on it, one that tries it with them first, whose file
/// is written too.
pub(super) fn put(
    settings: &Settings,
    until_then: Option<&Stages>,
    (name, waits): (&str, bool),
    out: &mut Vec<ExportedFile>,
) -> String {
    let Some(list) = cli_files::association_with_managed(settings, until_then) else {
        return if waits {
            format!("put_providers {name}")
        } else {
            format!(
                "aws ecs put-cluster-capacity-providers --cli-input-json file://{name} >/dev/null"
            )
        };
    };
    let with = name.replace(".json", "-with-managed.json");
    let command = if waits {
        "put_providers_or"
    } else {
        "put_list"
    };
    let line = format!("{command} {with} {name}");
    out.push(input(with, &list));
    line
}

/// The step that makes the providers, and its inputs.
pub(super) fn providers(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    if !settings.writes_managed() {
        return;
    }
    step(
        script,
        "Capacity providers of Managed Instances",
        reasons::MANAGED_SCALING,
    );
    for managed in written(settings) {
        script.push_str(&comment(&reasons::managed_types(managed), "#", 0));
        let [create, update] = ["create", "update"]
            .map(|verb| format!("30-managed-{}-{verb}.json", in_path(&managed.name)));
        let _ = writeln!(
            script,
            "managed_provider {} {} {} {}",
            quoted(&settings.cluster),
            quoted(&managed.name),
            quoted(&create),
            quoted(&update)
        );
        out.push(input(create, &input_of(settings, managed, true)));
        out.push(input(update, &input_of(settings, managed, false)));
    }
}

/// What the reader should know of them.
pub(super) fn notes(plan: &FleetPlan, settings: &Settings, facts: &Facts<'_>) -> Vec<String> {
    if settings.managed.is_empty() {
        return Vec::new();
    }
    let providers: Vec<String> = (settings.managed.iter())
        .map(|managed| format!("{} ({} planned)", managed.name, managed.planned))
        .collect();
    let mut notes = vec![
        format!(
            "Managed Instances: {}. How many run, and of which of the plan's types, ECS decides by the tasks: no setting says it.",
            providers.join(", ")
        ),
        "Their infrastructure role needs what AmazonECSInfrastructureRolePolicyForManagedInstances allows; with that policy the \
         name of the instance profile's role must begin with ecsInstanceRole."
            .to_owned(),
        "By AWS's reference PutClusterCapacityProviders is not for providers of Managed Instances: one is made for its cluster, \
         and on the cluster's list by that. CloudFormation and CDK put it on none; the script tries the list with it first, and \
         then without. Terraform has it on the list, as the AWS provider reads it there; where the first run finds it not \
         ACTIVE yet, apply again."
            .to_owned(),
    ];
    if settings.root_volume_gib.is_none() {
        notes.push(
            "Without the cluster file (--cluster) the size of their data volume is not known, and AWS's own is taken."
                .to_owned(),
        );
    }
    if !settings.writes_association {
        notes.push(
            "The cluster's list of providers and its default strategy stay as they are; Terraform's modules set both: add there \
             what is to stay."
                .to_owned(),
        );
    }
    let there = plan.tasks_on_managed_instances();
    let services = || {
        (facts.services.iter()).filter(|(name, _)| there.get(name.as_str()).is_some_and(|n| *n > 0))
    };
    notes.extend(
        services()
            .filter(|(_, service)| service.lacks_managed_instances)
            .map(|(name, _)| {
                format!(
                    "Before it can run on Managed Instances the task definition of {name} must have MANAGED_INSTANCES among \
                     requiresCompatibilities."
                )
            }),
    );
    let moves = services().filter(|(_, service)| service.exists);
    notes.extend(
        moves
            .filter(|(_, service)| service.placement_strategies > 0)
            .map(|(name, _)| {
                format!(
                    "Service {name} has placement strategies, which Managed Instances do not take: the script and Terraform take \
                     them off as it moves; CloudFormation may leave them, so take them off before (aws ecs update-service with an \
                     empty placementStrategy)."
                )
            }),
    );
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capacity::Capacity;

    #[test]
    fn what_is_bought_is_said_once_and_types_are_all_that_ecs_may_choose() {
        let managed = ManagedSettings {
            name: "mi".to_owned(),
            exists: false,
            arn: None,
            writes_provider: true,
            instance_types: vec!["t3.large".to_owned(), "m7i.xlarge".to_owned()],
            purchase_option: Capacity::Spot,
            planned: 2,
            vcpus: (2, 4),
            memory_mib: (8192, 16384),
            has_burstable: true,
            has_bare_metal: false,
        };
        let written = super::super::tree::json(&Tree::Map(requirements(&managed)));
        assert_eq!(
            written,
            serde_json::json!({"vCpuCount": {"min": 2, "max": 4}, "memoryMiB": {"min": 8192, "max": 16384},
                "allowedInstanceTypes": ["t3.large", "m7i.xlarge"], "burstablePerformance": "included",
                "spotMaxPricePercentageOverLowestPrice": 999_999})
        );
        assert_eq!(managed.capacity_option(), "SPOT");
    }
}
