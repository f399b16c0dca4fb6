//! Names that planned groups take over, beside groups of today.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Catalogue;
use crate::domain::attributes::Attributes;
use crate::domain::held::Held;
use crate::formulate::hosts::Hosts;
use crate::formulate::offering::Offerings;
use crate::io::{ImportOptions, read_cluster};
use crate::realise::placement::Placement;

/// A planned group: type, zone, instances, and the weight of each service.
type Planned<'a> = (&'a str, &'a str, u64, &'a [(usize, u64)]);

/// A group of today of that name, zone and type, with its launch template and more.
fn group(name: &str, zone: &str, kind: &str, more: &Value) -> Value {
    let mut group = json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 9, "DesiredCapacity": 1,
        "AvailabilityZones": [zone], "LaunchTemplate": {"LaunchTemplateName": "theirs", "Version": "1"},
        "Instances": [{"InstanceId": format!("i-{name}"), "InstanceType": kind,
            "AvailabilityZone": zone, "LifecycleState": "InService"}]});
    for (key, value) in more.as_object().into_iter().flatten() {
        group[key] = value.clone();
    }
    group
}

/// The names of planned groups beside today's, whose services have these strategies.
fn named(
    today: &[Value],
    strategies: &[&[(&str, u64)]],
    planned: &[Planned<'_>],
    taken: &[&str],
) -> Vec<String> {
    let names = || today.iter().map(|group| &group["AutoScalingGroupName"]);
    let providers: Vec<Value> = names()
        .map(
            |name| json!({"name": name, "autoScalingGroupProvider": {"autoScalingGroupArn": name}}),
        )
        .collect();
    let services: Vec<Value> = (strategies.iter().enumerate())
        .map(|(index, strategy)| {
            let items: Vec<Value> = (strategy.iter())
                .map(|(name, weight)| json!({"capacityProvider": name, "weight": weight}))
                .collect();
            json!({"serviceName": format!("s{index}"), "desiredCount": 4, "cpu": 256, "memory": 512,
                "capacityProviderStrategy": items})
        })
        .collect();
    let file = json!({"version": 1, "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b"], "services": services,
        "policy": {"purchaseOptions": ["on-demand"]},
        "capacityProviders": providers, "autoScalingGroups": today});
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    let cluster = imported.expect("a cluster").cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let offerings = Offerings::holding(&cluster, &catalogue, &Held::default()).expect("priced");
    let hosts = Hosts::new(&cluster, &offerings);
    let input = PlanningInput {
        cluster: &cluster,
        catalogue: &catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let groups: Vec<DesignedGroup> = (planned.iter())
        .map(|&(kind, zone, count, weights)| {
            let is_it = |offering: &Offering| {
                offering.instance_type == kind
                    && offering.availability_zone.as_deref() == Some(zone)
                    && offering.custom_attributes == Attributes::default()
            };
            let offering = offerings.usable.iter().position(is_it).expect("offered");
            let of_each = || weights.iter().copied().collect::<BTreeMap<usize, u64>>();
            DesignedGroup {
                offerings: vec![offering],
                counts: vec![count],
                placement: Placement::SpreadOverInstances,
                tasks_per_instance: of_each(),
                tasks: of_each(),
                weights: of_each(),
                bases: BTreeMap::new(),
            }
        })
        .collect();
    super::super::names(input, &groups, &taken.iter().copied().collect())
}

/// A planned group in the first zone.
const fn of(weights: &[(usize, u64)]) -> Planned<'_> {
    ("m5.large", "us-east-1a", 3, weights)
}

fn plain(name: &str, zone: &str, kind: &str) -> Value {
    group(name, zone, kind, &json!({}))
}

#[test]
fn groups_of_an_earlier_plan_in_the_same_zones_keep_their_names() {
    // By size, the group in b would be the first.
    let today = [
        plain("bayplan-general-a", "us-east-1a", "m6i.large"),
        plain("bayplan-general-b", "us-east-1b", "m6i.large"),
        plain("bayplan-general-c", "us-east-1b", "m6i.xlarge"),
    ];
    let planned: [Planned<'_>; 4] = [
        ("m6i.xlarge", "us-east-1b", 5, &[(0, 1)]),
        ("m5.large", "us-east-1b", 4, &[(0, 1)]),
        ("m6i.large", "us-east-1a", 3, &[(0, 1)]),
        ("m5.large", "us-east-1a", 2, &[(0, 1)]),
    ];
    let letters = |letters: [&str; 4]| letters.map(|of| format!("bayplan-general-{of}"));
    let strategy: &[&[(&str, u64)]] = &[&[]];
    assert_eq!(
        named(&today, strategy, &planned, &[]),
        letters(["c", "b", "a", "d"])
    );
    assert_eq!(
        named(&today, strategy, &planned, &["bayplan-general-b"]),
        letters(["c", "d", "a", "e"])
    );
}

#[test]
fn a_name_of_an_earlier_plan_is_not_given_to_another_zone_or_image() {
    let today = [plain("bayplan-general-a", "us-east-1a", "m6i.large")];
    let strategy: &[&[(&str, u64)]] = &[&[]];
    let others: [Planned<'_>; 2] = [
        ("m6i.large", "us-east-1b", 2, &[(0, 1)]),
        ("m6g.large", "us-east-1a", 2, &[(0, 1)]),
    ];
    for other in others {
        let names = named(&today, strategy, &[other], &[]);
        assert_eq!(names, ["bayplan-general-b"], "{other:?}");
    }
}

#[test]
fn a_group_of_the_planned_type_keeps_its_own_name_whatever_the_services_strategies() {
    let today = [plain("main", "us-east-1a", "m6i.large")];
    let planned: [Planned<'_>; 2] = [
        ("m6i.large", "us-east-1a", 3, &[(0, 2)]),
        ("m6i.large", "us-east-1b", 3, &[(0, 2)]),
    ];
    let names = named(&today, &[&[("elsewhere", 1)]], &planned, &[]);
    assert_eq!(names, ["main", "bayplan-general-a"]);
    let names = named(&today, &[&[("elsewhere", 1)]], &planned, &["main"]);
    assert_eq!(names, ["bayplan-general-a", "bayplan-general-b"]);
}

#[test]
fn a_group_is_retyped_where_its_services_keep_their_strategies_and_replaced_elsewhere() {
    let today = [
        plain("team-a", "us-east-1a", "m6i.4xlarge"),
        plain("team-b", "us-east-1a", "m6i.4xlarge"),
        plain("split", "us-east-1b", "m6i.4xlarge"),
    ];
    let strategies: &[&[(&str, u64)]] = &[
        &[("team-a", 1)],
        &[("team-b", 7)],
        &[("team-b", 1), ("split", 1)],
    ];
    let retyped = named(&today, strategies, &[of(&[(1, 4)]), of(&[(0, 4)])], &[]);
    assert_eq!(retyped, ["team-b", "team-a"]);
    // The third service would have all its tasks in one of its two groups, or two to one.
    let one = named(&today, strategies, &[of(&[(1, 4), (2, 4)])], &[]);
    assert_eq!(one, ["bayplan-general-a"]);
    let elsewhere: Planned<'_> = ("m5.large", "us-east-1b", 3, &[(2, 1)]);
    let uneven = named(&today, strategies, &[of(&[(1, 4), (2, 2)]), elsewhere], &[]);
    assert_eq!(uneven, ["bayplan-general-a", "bayplan-general-b"]);
    let level = named(&today, strategies, &[of(&[(1, 4), (2, 1)]), elsewhere], &[]);
    assert_eq!(level, ["team-b", "split"]);
}

#[test]
fn a_group_whose_settings_an_update_would_change_is_replaced() {
    let mixed = |overridden: Value, distribution: Value| {
        let template = json!({"LaunchTemplateName": "theirs", "Version": "1"});
        json!({"MixedInstancesPolicy": {"InstancesDistribution": distribution,
            "LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": [overridden]}}})
    };
    let plain_type = json!({"InstanceType": "m6i.4xlarge"});
    let keeps = [
        json!({}),
        mixed(
            plain_type.clone(),
            json!({"OnDemandPercentageAboveBaseCapacity": 100}),
        ),
    ];
    let loses = [
        json!({"LaunchTemplate": null, "LaunchConfigurationName": "old"}),
        json!({"LaunchTemplate": null}),
        json!({"SuspendedProcesses": [{"ProcessName": "Launch"}]}),
        mixed(
            json!({"InstanceType": "m6i.4xlarge", "WeightedCapacity": "4"}),
            json!({}),
        ),
        mixed(
            json!({"InstanceRequirements": {"VCpuCount": {"Min": 4}, "MemoryMiB": {"Min": 4}}}),
            json!({}),
        ),
        mixed(
            plain_type,
            json!({"OnDemandPercentageAboveBaseCapacity": 50}),
        ),
        json!({"attributes": [{"name": "tier", "value": "gold"}]}),
    ];
    let name = |more: &Value| {
        let mut today = group("main", "us-east-1a", "m6i.4xlarge", more);
        if more["LaunchTemplate"].is_null() && more.get("LaunchTemplate").is_some() {
            today
                .as_object_mut()
                .map(|fields| fields.remove("LaunchTemplate"));
        }
        let planned: Planned<'_> = ("m5.large", "us-east-1a", 3, &[(0, 4)]);
        named(&[today], &[&[("main", 1)]], &[planned], &[]).remove(0)
    };
    for more in &keeps {
        assert_eq!(name(more), "main", "{more}");
    }
    for more in &loses {
        assert_eq!(name(more), "bayplan-general-a", "{more}");
    }
    // Of another image, of other zones.
    for (zone, kind) in [("us-east-1a", "m6g.4xlarge"), ("us-east-1b", "m6i.4xlarge")] {
        let planned: Planned<'_> = ("m5.large", "us-east-1a", 3, &[(0, 4)]);
        let today = [plain("main", zone, kind)];
        let names = named(&today, &[&[("main", 1)]], &[planned], &[]);
        assert_eq!(names, ["bayplan-general-a"], "{zone} {kind}");
    }
}
