//! What of a cluster must not be touched, by what the snapshot shows of it. Sources: Amazon ECS API reference, `UpdateService`,
//! `Service`; Amazon EC2 Auto Scaling API reference, `AutoScalingGroup`, `UpdateAutoScalingGroup` (of a policy that is sent again the
//! overrides are replaced whole; members of the distribution that are left out stay).

use std::collections::BTreeSet;

use serde_json::Value;

use super::state::Target;

/// What a change makes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It stays and gets other settings.
    Change,
    /// It goes.
    Retire,
}

/// Why a resource is not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// An Express service: ECS manages what it runs on.
    Express,
    /// `CodeDeploy` deploys it, and AWS refuses another strategy from anybody else.
    CodeDeploy,
    /// A controller outside ECS deploys it: the strategy is that of its task sets.
    External,
    /// Another service made the group, and AWS lets nobody else change it.
    Operator,
    /// The group is protected from deletion.
    DeletionProtection,
    /// The group has a warm pool, and AWS deletes no such group unless it is forced. Source: Amazon EC2 Auto Scaling API reference,
    /// `DeleteAutoScalingGroup`.
    WarmPool,
    /// Instances of the group are no container instances of the cluster: ECS does not know them, or they are another cluster's.
    Strangers(BTreeSet<String>),
    /// Somebody suspended processes of the group.
    SuspendedProcesses(BTreeSet<String>),
    /// Its types are chosen by requirements.
    InstanceRequirements,
    /// Its overrides have launch templates of their own.
    OverrideTemplates,
    /// Its overrides have weights, so that its sizes count weights and a plan's count instances.
    Weights,
    /// Its overrides have images of their own.
    OverrideImages,
    /// Its launch template asks for Spot instances itself, which AWS refuses beside a list of types.
    TemplateMarket,
    /// Its instances are distributed over segments.
    Segments,
    /// It has a launch configuration in place of a template.
    LaunchConfiguration,
}

/// Why nobody but its owner may change a resource so, as it is described.
pub(super) fn obstacle(target: &Target, described: &Value, use_: Use) -> Option<Obstacle> {
    match target {
        Target::Service(_) => of_service(described),
        Target::Group(_) => of_group(described, use_),
        Target::Provider(_) | Target::Cluster(_) | Target::Size(_) => None,
    }
}

/// The instances in service in a group that are not among these. Those that are on their way in or out, and those of a warm pool, are in no cluster.
/// Source: Amazon EC2 Auto Scaling user guide, "Amazon EC2 Auto Scaling instance lifecycle".
#[must_use]
pub fn strangers(group: &Value, known: &BTreeSet<&str>) -> BTreeSet<String> {
    let passing = ["Pending", "Terminat", "Warmed"];
    let is_there = |it: &&Value| {
        let state = it["LifecycleState"].as_str().unwrap_or_default();
        !passing.iter().any(|word| state.starts_with(word))
    };
    let members = group["Instances"].as_array().into_iter().flatten();
    let ids = members
        .filter(is_there)
        .filter_map(|it| it["InstanceId"].as_str());
    ids.filter(|id| !known.contains(id))
        .map(str::to_owned)
        .collect()
}

fn of_service(service: &Value) -> Option<Obstacle> {
    let controller = service["deploymentController"]["type"].as_str();
    let has_task_sets = (service["taskSets"].as_array()).is_some_and(|sets| !sets.is_empty());
    match controller {
        _ if service["resourceManagementType"] == "ECS" => Some(Obstacle::Express),
        Some("CODE_DEPLOY") => Some(Obstacle::CodeDeploy),
        Some("EXTERNAL") => Some(Obstacle::External),
        _ if has_task_sets => Some(Obstacle::External),
        _ => None,
    }
}

fn of_group(group: &Value, use_: Use) -> Option<Obstacle> {
    if group.get("Operator").is_some() {
        return Some(Obstacle::Operator);
    }
    let protection = group["DeletionProtection"].as_str().unwrap_or("none");
    if use_ == Use::Retire && !["", "none"].contains(&protection) {
        return Some(Obstacle::DeletionProtection);
    }
    let pool = &group["WarmPoolConfiguration"];
    if use_ == Use::Retire && pool.is_object() && pool["Status"] != "PendingDelete" {
        return Some(Obstacle::WarmPool);
    }
    let suspended = group["SuspendedProcesses"].as_array().into_iter().flatten();
    let suspended: BTreeSet<String> = suspended
        .filter_map(|process| process["ProcessName"].as_str().map(str::to_owned))
        .collect();
    if !suspended.is_empty() {
        return Some(Obstacle::SuspendedProcesses(suspended));
    }
    match use_ {
        Use::Change => of_settings(group),
        Use::Retire => None,
    }
}

/// Settings that an update would replace, or under which a plan's sizes mean something else.
fn of_settings(group: &Value) -> Option<Obstacle> {
    if group.get("LaunchConfigurationName").is_some() {
        return Some(Obstacle::LaunchConfiguration);
    }
    let policy = &group["MixedInstancesPolicy"];
    let overrides = policy["LaunchTemplate"]["Overrides"].as_array();
    let has = |key: &str| (overrides.into_iter().flatten()).any(|one| one.get(key).is_some());
    let of_overrides = [
        ("InstanceRequirements", Obstacle::InstanceRequirements),
        ("LaunchTemplateSpecification", Obstacle::OverrideTemplates),
        ("WeightedCapacity", Obstacle::Weights),
        ("ImageId", Obstacle::OverrideImages),
    ];
    let found = of_overrides.into_iter().find(|(key, _)| has(key));
    let segments = policy["InstancesDistribution"]["DistributionSegments"].as_array();
    found
        .map(|(_, obstacle)| obstacle)
        .or_else(|| (segments.is_some_and(|all| !all.is_empty())).then_some(Obstacle::Segments))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn group(described: &Value, use_: Use) -> Option<Obstacle> {
        obstacle(&Target::Group("g".to_owned()), described, use_)
    }

    #[test]
    fn settings_that_an_update_would_replace_stand_against_a_change_and_not_against_a_deletion() {
        let overridden = |one: Value| json!({"MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [{"InstanceType": "m5.large"}, one]}}});
        let cases = [
            (
                json!({"LaunchConfigurationName": "old"}),
                Obstacle::LaunchConfiguration,
            ),
            (
                overridden(json!({"InstanceRequirements": {}})),
                Obstacle::InstanceRequirements,
            ),
            (
                overridden(json!({"LaunchTemplateSpecification": {"Version": "1"}})),
                Obstacle::OverrideTemplates,
            ),
            (
                overridden(json!({"WeightedCapacity": "4"})),
                Obstacle::Weights,
            ),
            (
                overridden(json!({"ImageId": "ami-1"})),
                Obstacle::OverrideImages,
            ),
            (
                json!({"MixedInstancesPolicy": {"InstancesDistribution": {"DistributionSegments": [{}]}}}),
                Obstacle::Segments,
            ),
        ];
        for (described, stands) in cases {
            assert_eq!(group(&described, Use::Change), Some(stands), "{described}");
            assert_eq!(group(&described, Use::Retire), None, "{described}");
        }
        let plain = overridden(json!({"InstanceType": "m5.xlarge"}));
        assert_eq!(group(&plain, Use::Change), None);
    }

    #[test]
    fn suspended_processes_and_an_operator_stand_against_both_and_protection_against_a_deletion_alone()
     {
        let suspended = json!({"SuspendedProcesses": [{"ProcessName": "Launch"}]});
        let stands = Some(Obstacle::SuspendedProcesses(["Launch".to_owned()].into()));
        assert_eq!(group(&suspended, Use::Change), stands);
        assert_eq!(group(&suspended, Use::Retire), stands);
        let of_another = json!({"Operator": {}});
        for use_ in [Use::Change, Use::Retire] {
            assert_eq!(group(&of_another, use_), Some(Obstacle::Operator));
        }
        let protected = json!({"DeletionProtection": "prevent-force-deletion"});
        assert_eq!(
            group(&protected, Use::Retire),
            Some(Obstacle::DeletionProtection)
        );
        assert_eq!(group(&protected, Use::Change), None);
        assert_eq!(
            group(&json!({"DeletionProtection": "none"}), Use::Retire),
            None
        );
    }

    #[test]
    fn a_warm_pool_stands_against_a_deletion_until_it_is_being_deleted() {
        let of = |status: Value| json!({"WarmPoolConfiguration": {"MinSize": 0, "Status": status}});
        let pool = of(Value::Null);
        assert_eq!(group(&pool, Use::Retire), Some(Obstacle::WarmPool));
        assert_eq!(group(&pool, Use::Change), None);
        assert_eq!(group(&of(json!("PendingDelete")), Use::Retire), None);
        assert_eq!(
            group(&json!({"WarmPoolConfiguration": null}), Use::Retire),
            None
        );
    }

    #[test]
    fn members_in_service_that_the_cluster_does_not_know_are_strangers() {
        let member = |id: &str, state: &str| json!({"InstanceId": id, "LifecycleState": state});
        let group = json!({"Instances": [member("i-1", "InService"), member("i-2", "InService"), member("i-3", "Standby"),
            member("i-4", "Pending:Wait"), member("i-5", "Terminating"), member("i-6", "Warmed:Stopped")]});
        let found = strangers(&group, &BTreeSet::from(["i-1"]));
        assert_eq!(found, BTreeSet::from(["i-2".to_owned(), "i-3".to_owned()]));
        assert!(strangers(&Value::Null, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn services_that_others_deploy_are_not_touched() {
        let of =
            |described: Value| obstacle(&Target::Service("s".to_owned()), &described, Use::Change);
        let by = |kind: &str| json!({"deploymentController": {"type": kind}});
        assert_eq!(of(by("ECS")), None);
        assert_eq!(of(by("CODE_DEPLOY")), Some(Obstacle::CodeDeploy));
        assert_eq!(of(by("EXTERNAL")), Some(Obstacle::External));
        assert_eq!(of(json!({"taskSets": [{}]})), Some(Obstacle::External));
        assert_eq!(
            of(json!({"resourceManagementType": "ECS"})),
            Some(Obstacle::Express)
        );
        assert_eq!(of(json!({"resourceManagementType": "CUSTOMER"})), None);
    }
}
