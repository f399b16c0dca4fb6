//! How today's instances were bought, as far as the file tells.

use crate::domain::capacity::Capacity;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::cursor::{Cursor, Log};
use super::launch_templates::LaunchTemplates;

/// Ways of buying in our words.
pub(super) const PURCHASE_OPTIONS: [(&str, Capacity); 2] =
    [("on-demand", Capacity::OnDemand), ("spot", Capacity::Spot)];

/// Capacity providers and Auto Scaling groups whose instances are all Spot.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    /// Names of providers that are known, and whether their groups are Spot.
    providers: BTreeMap<String, bool>,
    /// Ids of instances that Spot groups list.
    spot_instances: BTreeSet<String>,
}

impl Purchases {
    /// Reads the sections `autoScalingGroups` and `capacityProviders`.
    pub(super) fn read(
        groups: &[Cursor<'_>],
        templates: &LaunchTemplates<'_>,
        providers: &[Cursor<'_>],
        log: &mut Log,
    ) -> Self {
        let mut purchases = Self::default();
        let mut spot_groups = BTreeSet::new();
        for group in groups.iter().filter(|group| is_spot(group, templates)) {
            spot_groups.extend(quiet_text(group, "AutoScalingGroupName"));
            spot_groups.extend(quiet_text(group, "AutoScalingGroupARN"));
            let Some(list) = group.get("Instances") else {
                continue;
            };
            // What is wrong with the list is said where groups are read.
            for instance in list.items(&mut Log::default()) {
                let id = quiet_text(&instance, "InstanceId");
                purchases.spot_instances.extend(id.map(str::to_owned));
            }
        }
        for provider in providers {
            if provider.entries(log).is_none() {
                continue;
            }
            let name = provider.get("name").and_then(|name| name.name(log));
            let group = provider
                .get("autoScalingGroupProvider")
                .and_then(|group| group.get("autoScalingGroupArn"))
                .and_then(|arn| arn.name(log));
            if let (Some(name), Some(arn)) = (name, group) {
                let spot = spot_groups.contains(arn) || spot_groups.contains(group_name(arn));
                purchases.providers.insert(name.to_owned(), spot);
            }
        }
        purchases
    }

    /// How a container instance was bought: as it says itself (`purchaseOption`), else as the group behind
    /// its capacity provider buys, else as a group that lists it does, else On-Demand.
    pub(super) fn of(&self, instance: &Cursor<'_>, log: &mut Log) -> Capacity {
        if let Some(field) = instance.get("purchaseOption") {
            return field
                .choice(log, &PURCHASE_OPTIONS)
                .unwrap_or(Capacity::OnDemand);
        }
        let provider = quiet_text(instance, "capacityProviderName");
        let spot = match provider.and_then(|name| self.providers.get(name)) {
            Some(spot) => *spot,
            None => quiet_text(instance, "ec2InstanceId")
                .is_some_and(|id| self.spot_instances.contains(id)),
        };
        if spot {
            Capacity::Spot
        } else {
            Capacity::OnDemand
        }
    }
}

/// The name at the end of a group's ARN, or the text itself.
fn group_name(arn: &str) -> &str {
    arn.split_once(":autoScalingGroupName/")
        .map_or(arn, |(_, name)| name)
}

/// Whether a group launches nothing but Spot instances. Without these figures Auto Scaling buys On-Demand, and without
/// a mixed instances policy what the template asks for.
/// Source: Amazon EC2 Auto Scaling API reference, `InstancesDistribution`.
fn is_spot(group: &Cursor<'_>, templates: &LaunchTemplates<'_>) -> bool {
    let Some(policy) = group.get("MixedInstancesPolicy") else {
        return templates.is_spot(group);
    };
    let Some(distribution) = policy.get("InstancesDistribution") else {
        return false;
    };
    let figure = |key: &str| {
        let text = quiet_text(&distribution, key)?;
        super::cursor::exact_decimal(text)
    };
    figure("OnDemandBaseCapacity").is_none_or(|base| base.is_zero())
        && figure("OnDemandPercentageAboveBaseCapacity") == Some(Decimal::ZERO)
}

/// The text of a field of which nothing is said when it is wrong: other readers say it.
fn quiet_text<'a>(holder: &Cursor<'a>, key: &str) -> Option<&'a str> {
    holder.get(key)?.text(&mut Log::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_documents_are_those_of_every_way_in_which_an_instance_is_bought() {
        let named: Vec<(String, Capacity)> = (PURCHASE_OPTIONS.iter())
            .map(|&(word, capacity)| (word.to_owned(), capacity))
            .collect();
        let all: Vec<(String, Capacity)> = (Capacity::OF_INSTANCES.into_iter())
            .map(|capacity| (capacity.to_string(), capacity))
            .collect();
        assert_eq!(named, all);
    }
}
