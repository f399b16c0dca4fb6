//! Auto Scaling groups as `DescribeAutoScalingGroups` prints them.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::deployed::{at, is, name, whole};
use super::instances::{attributes, report_repeated};
use super::launch_templates::{self, LaunchTemplates};
use crate::domain::capacity::Capacity;
use crate::domain::deployed::{DeployedGroup, LaunchTemplateReference};

const POLICY: &str = "MixedInstancesPolicy";

/// The section `autoScalingGroups`, in the file's order.
pub(super) fn read_groups(
    items: &[Cursor<'_>],
    templates: &LaunchTemplates<'_>,
    log: &mut Log,
) -> Vec<DeployedGroup> {
    let mut names = BTreeSet::new();
    items
        .iter()
        .filter_map(|item| {
            let group = group(item, templates, log)?;
            report_repeated(item, &mut names, &group.name, "group", log);
            Some(group)
        })
        .collect()
}

fn group(
    item: &Cursor<'_>,
    templates: &LaunchTemplates<'_>,
    log: &mut Log,
) -> Option<DeployedGroup> {
    item.entries(log)?;
    let own = item
        .require(log, "AutoScalingGroupName", "give the group its name")
        .and_then(|field| field.name(log));
    let overrides = at(item, &[POLICY, "LaunchTemplate"])
        .map(|template| template.list(log, "Overrides"))
        .unwrap_or_default();
    let override_types: Vec<String> = (overrides.iter())
        .filter_map(|item| name(item, &["InstanceType"], log))
        .collect();
    let template = launch_templates::reference(item);
    let mut types: BTreeSet<String> = override_types.iter().cloned().collect();
    let running = item.list(log, "Instances");
    types.extend((running.iter()).filter_map(|instance| name(instance, &["InstanceType"], log)));
    if !(overrides.iter()).any(|item| item.get("InstanceType").is_some()) {
        types.extend(templates.instance_type(item));
    }
    let by_attributes = (overrides.iter())
        .find_map(|one| one.get("InstanceRequirements"))
        .or_else(|| templates.requirements(item));
    if let Some(requirements) = &by_attributes {
        requirements.warning(
            log,
            codes::TYPES_BY_ATTRIBUTES,
            "the group chooses its types by attributes: only those of its instances, and those that it names, are known here",
            "for runs that launch others, add an override with `InstanceType` for each that \
             `aws ec2 get-instance-types-from-instance-requirements` prints",
        );
    }
    let attributes = item
        .get("attributes")
        .map(|field| attributes(&field, log))
        .unwrap_or_default();
    let distribution = |key| [POLICY, "InstancesDistribution", key];
    let percent = distribution("OnDemandPercentageAboveBaseCapacity");
    // A mixed instances policy says itself how much is Spot; elsewhere the template does.
    let market = match item.get(POLICY) {
        Some(_) => Capacity::OnDemand,
        None => templates.market(item, log),
    };
    let by_template = market.on_demand_percentage().unwrap_or(100);
    let zones = item.list(log, "AvailabilityZones");
    let tags = item.list(log, "Tags");
    Some(DeployedGroup {
        name: own?.to_owned(),
        instance_types: types.into_iter().collect(),
        override_types,
        attributes,
        has_weights: (overrides.iter()).any(|item| item.get("WeightedCapacity").is_some()),
        on_demand_base: whole(item, &distribution("OnDemandBaseCapacity"), log).unwrap_or(0),
        on_demand_percent: whole(item, &percent, log).unwrap_or(by_template),
        spot_allocation_strategy: name(item, &distribution("SpotAllocationStrategy"), log),
        min_size: whole(item, &["MinSize"], log),
        max_size: whole(item, &["MaxSize"], log),
        desired_capacity: whole(item, &["DesiredCapacity"], log),
        zones: (zones.iter())
            .filter_map(|zone| zone.name(&mut Log::default()).map(str::to_owned))
            .collect(),
        protected_from_scale_in: item
            .get("NewInstancesProtectedFromScaleIn")
            .and_then(|flag| flag.boolean(log))
            .unwrap_or(false),
        managed_tag: (tags.iter())
            .any(|tag| is(tag, &["Key"], "AmazonECSManaged", log) == Some(true)),
        takes_other_types: template.is_some()
            && by_attributes.is_none()
            && leaves_the_rest(item, &overrides),
        launch_template: template.map(|template| reference(&template, log)),
    })
}

/// Whether sizes and types are all that other sizes and types change, and nobody else keeps the group as it is. Source: Amazon EC2
/// Auto Scaling API reference, `UpdateAutoScalingGroup` (overrides are replaced whole), `AutoScalingGroup`.
fn leaves_the_rest(group: &Cursor<'_>, overrides: &[Cursor<'_>]) -> bool {
    let of_one_type = ["WeightedCapacity", "LaunchTemplateSpecification", "ImageId"];
    let has = |holder: &Cursor<'_>, path: &[&str]| {
        at(holder, path).is_some_and(|list| !list.items(&mut Log::default()).is_empty())
    };
    (overrides.iter()).all(|one| of_one_type.iter().all(|key| one.get(key).is_none()))
        && group.get("Operator").is_none()
        && !has(group, &["SuspendedProcesses"])
        && !has(
            group,
            &[POLICY, "InstancesDistribution", "DistributionSegments"],
        )
}

fn reference(template: &Cursor<'_>, log: &mut Log) -> LaunchTemplateReference {
    LaunchTemplateReference {
        id: name(template, &["LaunchTemplateId"], log),
        name: name(template, &["LaunchTemplateName"], log),
        version: name(template, &["Version"], log).unwrap_or_else(|| "$Default".to_owned()),
    }
}
