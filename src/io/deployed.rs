//! What a cluster file says of today's settings: capacity providers, Auto Scaling groups, strategies of services.

use std::collections::BTreeSet;

use super::cluster_file::parse;
use super::codes;
use super::cursor::{Cursor, Log};
use super::findings::{Finding, Findings};
use super::pasted::section;
use crate::domain::deployed::{
    Deployed, DeployedGroup, DeployedProvider, DeployedService, GroupReference,
    LaunchTemplateReference,
};

/// Largest number of these settings that is read.
const LARGEST: u64 = 10_000_000;

/// Reads today's settings. A flat CSV file has none.
///
/// # Errors
/// Everything in these settings that is not as the APIs print it.
pub fn read_deployed(text: &str, file_name: &str) -> Result<Deployed, Findings> {
    let mut log = Log::default();
    let deployed = match parse(text, file_name) {
        None => Deployed::default(),
        Some(Ok(node)) => read(&Cursor::new(&node, ""), &mut log),
        Some(Err(error)) => {
            let finding = Finding::from(error);
            return Err(Findings::new(file_name, vec![finding]));
        }
    };
    if log.has_errors() {
        return Err(Findings::new(file_name, log.findings));
    }
    Ok(deployed)
}

fn read(root: &Cursor<'_>, log: &mut Log) -> Deployed {
    let mut names = BTreeSet::new();
    let providers = (section(root, "capacityProviders", log).iter())
        .filter_map(|item| provider(item, &mut names, log))
        .collect();
    let groups = (section(root, "autoScalingGroups", log).iter())
        .filter_map(|item| group(item, log))
        .collect();
    let services = (section(root, "services", log).iter())
        .filter_map(|item| service(item, log))
        .collect();
    Deployed {
        providers,
        groups,
        services,
    }
}

/// The field at the end of a path of keys.
fn at<'a>(holder: &Cursor<'a>, path: &[&str]) -> Option<Cursor<'a>> {
    path.iter()
        .try_fold(holder.clone(), |cursor, key| cursor.get(key))
}

fn whole(holder: &Cursor<'_>, path: &[&str], log: &mut Log) -> Option<u64> {
    at(holder, path)?.whole(log, 0..=LARGEST)
}

fn name(holder: &Cursor<'_>, path: &[&str], log: &mut Log) -> Option<String> {
    at(holder, path)?.name(log).map(str::to_owned)
}

fn is(holder: &Cursor<'_>, path: &[&str], word: &str, log: &mut Log) -> Option<bool> {
    Some(at(holder, path)?.text(log)? == word)
}

fn provider(
    item: &Cursor<'_>,
    names: &mut BTreeSet<String>,
    log: &mut Log,
) -> Option<DeployedProvider> {
    let name_field = item.require(log, "name", "give the capacity provider its name")?;
    let own = name_field.name(log)?.to_owned();
    if !names.insert(own.clone()) {
        name_field.error(
            log,
            codes::DUPLICATE_NAME,
            format!("the capacity provider `{own}` is given twice"),
            "remove one of them",
        );
    }
    let group = "autoScalingGroupProvider";
    let scaling = |key| [group, "managedScaling", key];
    Some(DeployedProvider {
        name: own,
        arn: name(item, &["capacityProviderArn"], log),
        group: name(item, &[group, "autoScalingGroupArn"], log)
            .map(|text| GroupReference::new(&text)),
        scaling: is(item, &scaling("status"), "ENABLED", log).unwrap_or(false),
        target_capacity: whole(item, &scaling("targetCapacity"), log).unwrap_or(100),
        minimum_step: whole(item, &scaling("minimumScalingStepSize"), log).unwrap_or(1),
        maximum_step: whole(item, &scaling("maximumScalingStepSize"), log).unwrap_or(10_000),
        warmup_seconds: whole(item, &scaling("instanceWarmupPeriod"), log).unwrap_or(300),
        termination_protection: is(
            item,
            &[group, "managedTerminationProtection"],
            "ENABLED",
            log,
        )
        .unwrap_or(false),
        draining: is(item, &[group, "managedDraining"], "ENABLED", log).unwrap_or(true),
    })
}

fn group(item: &Cursor<'_>, log: &mut Log) -> Option<DeployedGroup> {
    let own = item
        .require(log, "AutoScalingGroupName", "give the group its name")?
        .name(log)?
        .to_owned();
    let policy = "MixedInstancesPolicy";
    let distribution = |key| [policy, "InstancesDistribution", key];
    let overrides = at(item, &[policy, "LaunchTemplate"])
        .map(|template| template.list(log, "Overrides"))
        .unwrap_or_default();
    let zones = item.list(log, "AvailabilityZones");
    let tags = item.list(log, "Tags");
    let template = at(
        item,
        &[policy, "LaunchTemplate", "LaunchTemplateSpecification"],
    )
    .or_else(|| item.get("LaunchTemplate"));
    Some(DeployedGroup {
        name: own,
        instance_types: (overrides.iter())
            .filter_map(|item| name(item, &["InstanceType"], log))
            .collect(),
        has_weights: (overrides.iter()).any(|item| item.get("WeightedCapacity").is_some()),
        on_demand_base: whole(item, &distribution("OnDemandBaseCapacity"), log).unwrap_or(0),
        on_demand_percent: whole(
            item,
            &distribution("OnDemandPercentageAboveBaseCapacity"),
            log,
        )
        .unwrap_or(100),
        spot_allocation_strategy: name(item, &distribution("SpotAllocationStrategy"), log),
        min_size: whole(item, &["MinSize"], log),
        max_size: whole(item, &["MaxSize"], log),
        zones: (zones.iter())
            .filter_map(|zone| zone.name(log).map(str::to_owned))
            .collect(),
        protected_from_scale_in: item
            .get("NewInstancesProtectedFromScaleIn")
            .and_then(|flag| flag.boolean(log))
            .unwrap_or(false),
        managed_tag: (tags.iter())
            .any(|tag| is(tag, &["Key"], "AmazonECSManaged", log) == Some(true)),
        launch_template: template.map(|template| LaunchTemplateReference {
            id: name(&template, &["LaunchTemplateId"], log),
            name: name(&template, &["LaunchTemplateName"], log),
            version: name(&template, &["Version"], log).unwrap_or_else(|| "$Default".to_owned()),
        }),
    })
}

fn service(item: &Cursor<'_>, log: &mut Log) -> Option<DeployedService> {
    // What is wrong with names is said where services are read.
    let own = (item.get("serviceName"))
        .or_else(|| item.get("serviceArn"))?
        .name(&mut Log::default())?;
    let strategy = item.list(log, "capacityProviderStrategy");
    let placement = item.list(log, "placementStrategy");
    Some(DeployedService {
        name: own.rsplit('/').next().unwrap_or(own).to_owned(),
        exists: item.get("serviceArn").is_some(),
        strategy: (strategy.iter())
            .filter_map(|item| {
                let provider = name(item, &["capacityProvider"], log)?;
                let base = whole(item, &["base"], log).unwrap_or(0);
                Some((provider, base, whole(item, &["weight"], log).unwrap_or(0)))
            })
            .collect(),
        placement: (placement.iter())
            .filter_map(|item| Some((name(item, &["type"], log)?, name(item, &["field"], log))))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"version": 1, "services": [
        {"serviceArn": "arn:aws:ecs:us-east-1:1:service/prod/api",
         "capacityProviderStrategy": [{"capacityProvider": "web", "weight": 2}],
         "placementStrategy": [{"type": "random"}]}],
      "capacityProviders": {"capacityProviders": [{"name": "web",
        "autoScalingGroupProvider": {"autoScalingGroupArn": "arn:x:autoScalingGroupName/asg",
          "managedScaling": {"status": "ENABLED", "targetCapacity": 90}}}]},
      "autoScalingGroups": [{"AutoScalingGroupName": "asg", "MinSize": 1, "MaxSize": 9,
        "AvailabilityZones": ["us-east-1a"], "Tags": [{"Key": "AmazonECSManaged"}],
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"}}]}"#;

    #[test]
    fn what_the_apis_print_is_read() {
        let deployed = read_deployed(FILE, "c.json").expect("readable");
        let provider = deployed.provider("web").expect("there");
        assert_eq!(provider.group.as_ref().expect("a group").name, "asg");
        assert_eq!((provider.scaling, provider.target_capacity), (true, 90));
        assert_eq!((provider.maximum_step, provider.draining), (10_000, true));
        let group = deployed.group("asg").expect("there");
        assert_eq!((group.min_size, group.on_demand_percent), (Some(1), 100));
        assert!(group.managed_tag && !group.has_weights);
        let template = group.launch_template.as_ref().expect("one");
        assert_eq!(
            (template.id.as_deref(), template.version.as_str()),
            (Some("lt-1"), "3")
        );
        let service = deployed.service("api").expect("there");
        assert!(service.exists);
        assert_eq!(service.strategy, [("web".to_owned(), 0, 2)]);
        assert_eq!(service.placement, [("random".to_owned(), None)]);
    }

    #[test]
    fn what_is_wrong_is_located() {
        let text = FILE.replace("\"MinSize\": 1", "\"MinSize\": \"few\"");
        let error = read_deployed(&text, "c.json").expect_err("not a number");
        assert_eq!(error.findings[0].place, "autoScalingGroups[0].MinSize");
    }

    #[test]
    fn a_flat_file_has_no_settings() {
        let text = "service,cpu,memory_mib,desired_count\nweb,1,1,1\n";
        assert_eq!(read_deployed(text, "c.csv"), Ok(Deployed::default()));
    }
}
