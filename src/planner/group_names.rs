//! Names of pattern groups: by role, so that a group keeps its name when a later plan changes its type or its size.
//!
//! `bayplan-ROLE-LETTER` on On-Demand instances and `bayplan-ROLE-spot-LETTER` on Spot ones; the role is that of the
//! type's family, and what a plan says of a group's type, zones and price stands beside its name and not in it. Letters
//! go by size, the largest first, then by the tasks that the group is for. A group whose instances have attributes of a
//! group of today carries that group's name as well, since tasks ask for it.
//!
//! Where today's groups have such names, a certified group takes that of one in its zones which launches its type, else that of
//! one in its zones, before letters are given out: groups that only grow or shrink do not change places. (Groups without a
//! certificate were replayed with their names in this order.)

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::deployed::DeployedGroup;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::realise::groups::DesignedGroup;

/// What a family of instance types is for, as EC2 sorts its families.
fn role(instance_type: &str) -> &'static str {
    let family: String = (instance_type.chars())
        .take_while(char::is_ascii_alphabetic)
        .collect();
    match family.as_str() {
        "c" | "hpc" => "compute",
        "r" | "x" | "z" | "u" => "memory",
        "d" | "h" | "i" | "im" | "is" => "storage",
        "g" | "gr" | "p" => "gpu",
        "dl" | "f" | "inf" | "trn" | "vt" => "accelerated",
        _ => "general",
    }
}

/// One name for each group, none of them taken.
pub(super) fn names(
    input: PlanningInput<'_>,
    groups: &[DesignedGroup],
    taken: &BTreeSet<&str>,
) -> Vec<String> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| {
        let of = &groups[group];
        (Reverse(of.instances()), &of.tasks, group)
    });
    let bases: Vec<String> = groups.iter().map(|group| base(input, group)).collect();
    let mut names = if groups.iter().all(DesignedGroup::is_certified) {
        names_of_today(input, (groups, &bases), &order, taken)
    } else {
        vec![String::new(); groups.len()]
    };
    let mut given: BTreeSet<String> = names.iter().cloned().collect();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for group in order {
        if !names[group].is_empty() {
            continue;
        }
        let base = &bases[group];
        let number = known.entry(base).or_default();
        names[group] = loop {
            let name = format!("{base}-{}", letters(*number));
            *number += 1;
            if !taken.contains(name.as_str()) && given.insert(name.clone()) {
                break name;
            }
        };
    }
    names
}

/// For each group the name of one of today's in the same zones, those of its type first; empty for others.
fn names_of_today(
    input: PlanningInput<'_>,
    (groups, bases): (&[DesignedGroup], &[String]),
    order: &[usize],
    taken: &BTreeSet<&str>,
) -> Vec<String> {
    let deployed = &input.cluster.deployed;
    let mut today: Vec<(&str, &DeployedGroup)> = (deployed.providers.iter())
        .filter(|provider| !taken.contains(provider.name.as_str()))
        .filter_map(|provider| {
            let group = deployed.group_of_provider(&provider.name)?;
            Some((provider.name.as_str(), group))
        })
        .collect();
    today.sort_by_key(|&(name, _)| (name.len(), name));
    let is_of = |name: &str, base: &str| {
        let letters = name
            .strip_prefix(base)
            .and_then(|rest| rest.strip_prefix('-'));
        letters.is_some_and(|letters| {
            !letters.is_empty() && letters.bytes().all(|letter| letter.is_ascii_lowercase())
        })
    };
    let mut names = vec![String::new(); groups.len()];
    for same_type in [true, false] {
        for &group in order {
            if !names[group].is_empty() {
                continue;
            }
            let offerings = groups[group].offerings.iter();
            let offerings: Vec<&Offering> = offerings
                .map(|&offering| &input.offerings.usable[offering])
                .collect();
            let zones: BTreeSet<&str> = (offerings.iter())
                .filter_map(|offering| offering.availability_zone.as_deref())
                .collect();
            let found = today.iter().position(|(name, now)| {
                let own_zones: BTreeSet<&str> = now.zones.iter().map(String::as_str).collect();
                let launches = |kind: &String| *kind == offerings[0].instance_type;
                is_of(name, &bases[group])
                    && if same_type {
                        (zones.is_empty() || own_zones == zones)
                            && now.instance_types.iter().any(launches)
                    } else {
                        !zones.is_empty() && own_zones == zones
                    }
            });
            if let Some(found) = found {
                today.remove(found).0.clone_into(&mut names[group]);
            }
        }
    }
    names
}

/// a, b, …, z, aa, ab, …
fn letters(mut number: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        let letter = u8::try_from(number % 26).expect("below 26");
        reversed.push(char::from(b'a' + letter));
        if number < 26 {
            return reversed.iter().rev().collect();
        }
        number = number / 26 - 1;
    }
}

fn base(input: PlanningInput<'_>, group: &DesignedGroup) -> String {
    let first = &input.offerings.usable[group.offerings[0]];
    let role = role(&first.instance_type);
    let mut name = format!("bayplan-{role}");
    if first.purchase_option.may_be_reclaimed() {
        name.push_str("-spot");
    }
    if let Some(of) = &first.group {
        name = format!("{name}-{of}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::domain::held::Held;
    use crate::formulate::hosts::Hosts;
    use crate::formulate::offering::Offerings;
    use crate::io::{ImportOptions, read_cluster};
    use crate::realise::placement::Placement;

    #[test]
    fn families_have_the_role_that_ec2_sorts_them_under() {
        let roles = [
            ("m7i.large", "general"),
            ("t4g.small", "general"),
            ("mac2.metal", "general"),
            ("c7gd.xlarge", "compute"),
            ("r5a.2xlarge", "memory"),
            ("x2idn.16xlarge", "memory"),
            ("u-6tb1.metal", "memory"),
            ("i4i.large", "storage"),
            ("im4gn.large", "storage"),
            ("g4dn.2xlarge", "gpu"),
            ("inf2.xlarge", "accelerated"),
        ];
        for (instance_type, expected) in roles {
            assert_eq!(role(instance_type), expected, "{instance_type}");
        }
    }

    #[test]
    fn letters_never_repeat() {
        let some: Vec<String> = [0, 1, 25, 26, 27, 51, 52, 701, 702]
            .into_iter()
            .map(letters)
            .collect();
        assert_eq!(some, ["a", "b", "z", "aa", "ab", "az", "ba", "zz", "aaa"]);
    }

    #[test]
    fn groups_of_today_in_the_same_zones_keep_their_names() {
        let group = |letter: &str, zone: &str, kind: &str| {
            let name = format!("bayplan-general-{letter}");
            (
                serde_json::json!({"name": name, "autoScalingGroupProvider": {"autoScalingGroupArn": name}}),
                serde_json::json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 9, "DesiredCapacity": 1,
                    "AvailabilityZones": [zone], "Instances": [{"InstanceId": format!("i-{letter}"), "InstanceType": kind,
                        "AvailabilityZone": zone, "LifecycleState": "InService"}]}),
            )
        };
        // By size, the group in b would be the first.
        let today = [
            group("a", "us-east-1a", "m6i.large"),
            group("b", "us-east-1b", "m6i.large"),
            group("c", "us-east-1b", "m6i.xlarge"),
        ];
        let (providers, groups): (Vec<_>, Vec<_>) = today.into_iter().unzip();
        let file = serde_json::json!({"version": 1, "region": "us-east-1",
            "availabilityZones": ["us-east-1a", "us-east-1b"],
            "services": [{"serviceName": "s", "desiredCount": 1, "cpu": 256, "memory": 512}],
            "capacityProviders": providers, "autoScalingGroups": groups});
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
        let designed = |kind: &str, zone: &str, count: u64| DesignedGroup {
            offerings: (offerings.usable.iter())
                .position(|offering| {
                    offering.instance_type == kind
                        && offering.availability_zone.as_deref() == Some(zone)
                })
                .into_iter()
                .collect(),
            counts: vec![count],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: BTreeMap::from([(0, 1)]),
            tasks: BTreeMap::from([(0, 1)]),
            weights: BTreeMap::new(),
            bases: BTreeMap::new(),
        };
        let groups = [
            designed("m6i.xlarge", "us-east-1b", 5),
            designed("m5.large", "us-east-1b", 4),
            designed("m6i.large", "us-east-1a", 3),
            designed("m5.large", "us-east-1a", 2),
        ];
        assert_eq!(
            names(input, &groups, &BTreeSet::new()),
            ["c", "b", "a", "d"].map(|letter| format!("bayplan-general-{letter}"))
        );
        let taken = BTreeSet::from(["bayplan-general-b"]);
        assert_eq!(
            names(input, &groups, &taken),
            ["c", "d", "a", "e"].map(|letter| format!("bayplan-general-{letter}"))
        );
    }
}
