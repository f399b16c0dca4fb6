//! How today's instances were bought, as far as the file tells.

use crate::domain::capacity::Capacity;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::cursor::{Cursor, Log};
use super::launch_templates::LaunchTemplates;

/// Ways of buying in our words.
pub(super) const PURCHASE_OPTIONS: [(&str, Capacity); 2] =
    [("on-demand", Capacity::OnDemand), ("spot", Capacity::Spot)];

/// How an instance is bought where nothing is said of it: EC2's own default.
/// Source: Amazon EC2 API reference, `RunInstances`, `InstanceMarketOptions`.
const WHERE_NOTHING_IS_SAID: Capacity = Capacity::OnDemand;

/// How capacity providers and Auto Scaling groups buy that buy in one way alone.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    /// By name of a provider that is known.
    providers: BTreeMap<String, Capacity>,
    /// By id of an instance that a group lists.
    instances: BTreeMap<String, Capacity>,
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
        let mut of_groups: BTreeMap<&str, Capacity> = BTreeMap::new();
        for group in groups {
            let bought = bought(group, templates);
            for key in ["AutoScalingGroupName", "AutoScalingGroupARN"] {
                of_groups.extend(quiet_text(group, key).map(|name| (name, bought)));
            }
            let Some(list) = group.get("Instances") else {
                continue;
            };
            // What is wrong with the list is said where groups are read.
            for instance in list.items(&mut Log::default()) {
                let id = quiet_text(&instance, "InstanceId");
                (purchases.instances).extend(id.map(|id| (id.to_owned(), bought)));
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
                let bought = [arn, group_name(arn)]
                    .iter()
                    .find_map(|own| of_groups.get(own));
                // The file may show the provider and not its group.
                let bought = bought.copied().unwrap_or(WHERE_NOTHING_IS_SAID);
                purchases.providers.insert(name.to_owned(), bought);
            } else if let (Some(name), Some(bought)) = (name, managed(provider)) {
                purchases.providers.insert(name.to_owned(), bought);
            }
        }
        purchases
    }

    /// How a container instance was bought: as it says itself (`purchaseOption`), else as the group behind
    /// its capacity provider buys, else as a group that lists it does, else On-Demand. `None` where it says
    /// something that is no way of buying.
    pub(super) fn of(&self, instance: &Cursor<'_>, log: &mut Log) -> Option<Capacity> {
        let provider = quiet_text(instance, "capacityProviderName");
        let of_provider = provider.and_then(|name| self.providers.get(name));
        if let Some(field) = instance.get("purchaseOption") {
            let own = field.choice(log, &PURCHASE_OPTIONS)?;
            let is_managed = of_provider.is_some_and(|bought| bought.is_managed());
            return Some(if is_managed { own.managed() } else { own });
        }
        let of_group = || self.instances.get(quiet_text(instance, "ec2InstanceId")?);
        let found = of_provider.or_else(of_group).copied();
        Some(found.unwrap_or(WHERE_NOTHING_IS_SAID))
    }
}

/// How a provider of Managed Instances buys; `None` of any other. What is wrong with it is nobody's to say.
/// Source: Amazon ECS API reference, `InstanceLaunchTemplate`, `capacityOptionType`.
fn managed(provider: &Cursor<'_>) -> Option<Capacity> {
    let own = provider.get("managedInstancesProvider");
    if own.is_none() && quiet_text(provider, "type") != Some("MANAGED_INSTANCES") {
        return None;
    }
    let template = own.and_then(|own| own.get("instanceLaunchTemplate"));
    let option = template.and_then(|it| it.get("capacityOptionType"));
    let is_spot = option.is_some_and(|it| it.text(&mut Log::default()) == Some("SPOT"));
    Some(if is_spot {
        Capacity::ManagedSpot
    } else {
        Capacity::Managed
    })
}

/// The name at the end of a group's ARN, or the text itself.
fn group_name(arn: &str) -> &str {
    arn.split_once(":autoScalingGroupName/")
        .map_or(arn, |(_, name)| name)
}

/// How a group buys: Spot where it launches nothing else. Without these figures Auto Scaling buys On-Demand, and without
/// a mixed instances policy what the template asks for.
/// Source: Amazon EC2 Auto Scaling API reference, `InstancesDistribution`.
fn bought(group: &Cursor<'_>, templates: &LaunchTemplates<'_>) -> Capacity {
    let Some(policy) = group.get("MixedInstancesPolicy") else {
        // Another market is said where groups are read.
        return templates.market(group, &mut Log::default());
    };
    let Some(distribution) = policy.get("InstancesDistribution") else {
        return Capacity::OnDemand;
    };
    let figure = |key: &str| {
        let text = quiet_text(&distribution, key)?;
        super::cursor::exact_decimal(text)
    };
    let is_spot = figure("OnDemandBaseCapacity").is_none_or(|base| base.is_zero())
        && figure("OnDemandPercentageAboveBaseCapacity") == Some(Decimal::ZERO);
    if is_spot {
        Capacity::Spot
    } else {
        Capacity::OnDemand
    }
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
