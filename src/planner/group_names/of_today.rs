//! Names of today's groups that planned ones take over.
//!
//! A group that takes a name of today's changes the group behind it, its sizes and types, and keeps the launch template,
//! alarms and policies; under any other name it is set up beside today's, which then go. A name is taken over in this order, only
//! in the same zones, and only where the same image runs on all types and the same attributes are registered:
//!
//! 1. `bayplan-ROLE-LETTER` of an earlier plan, of a group that launches the planned type, then of any;
//! 2. the name of another group that launches the planned type: instances of it stay;
//! 3. the name of a group of other types, where every service of the planned group is left with the strategy that it has
//!    today. Its tasks then start anew once, when the instances of the old types drain. A service whose strategy changes is
//!    deployed anew in any case: in a new group its tasks start once as well, in a retyped one they may start on instances that
//!    go afterwards, and so twice. So a group that serves such a service is cheaper to replace.
//!
//! Groups outside bayplan's names whose settings an update would not leave as they are ([`DeployedGroup::takes_other_types`]),
//! and those that services stand on which the plan does not know, keep their names to themselves.

use std::collections::BTreeSet;

use crate::diff::is_same_ratio;
use crate::domain::deployed::{Deployed, DeployedGroup};
use crate::domain::plan::StrategyItem;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::realise::groups::DesignedGroup;

/// A group of today with the name of its provider.
#[derive(Debug, Clone)]
pub(super) struct Today<'a> {
    pub name: &'a str,
    group: &'a DeployedGroup,
    zones: BTreeSet<&'a str>,
}

/// A planned group, as far as its name goes.
struct Wanted<'a> {
    offering: &'a Offering,
    zones: BTreeSet<&'a str>,
    /// Its name without the letter.
    base: &'a str,
}

/// Today's groups behind providers, as far as the file shows them, by name, shorter ones first.
pub(super) fn shown(deployed: &Deployed) -> impl Iterator<Item = Today<'_>> {
    let mut today: Vec<Today<'_>> = (deployed.providers.iter())
        .filter_map(|provider| {
            let group = deployed.group_of_provider(&provider.name)?;
            Some(Today {
                name: &provider.name,
                group,
                zones: group.zones.iter().map(String::as_str).collect(),
            })
        })
        .collect();
    today.sort_by_key(|today| (today.name.len(), today.name));
    today.into_iter()
}

/// For each group the name of one of today's that it changes; empty for others. In `order`.
pub(super) fn names(
    input: PlanningInput<'_>,
    (groups, bases): (&[DesignedGroup], &[String]),
    order: &[usize],
    taken: &BTreeSet<&str>,
) -> Vec<String> {
    let wanted: Vec<Wanted<'_>> = (groups.iter().zip(bases))
        .map(|(group, base)| Wanted::of(input, group, base))
        .collect();
    let mut claims = Claims {
        input,
        groups,
        wanted,
        today: shown(&input.cluster.deployed)
            .filter(|today| !taken.contains(today.name))
            .collect(),
        names: vec![String::new(); groups.len()],
    };
    claims.claim(order, |claims, group, today| {
        claims.wanted[group].is_ours(today) && claims.wanted[group].launches(today)
    });
    claims.claim(order, |claims, group, today| {
        claims.wanted[group].is_ours(today)
    });
    claims.claim(order, |claims, group, today| {
        claims.is_open(group, today) && claims.wanted[group].launches(today)
    });
    claims.retype(order);
    claims.names
}

impl<'a> Wanted<'a> {
    fn of(input: PlanningInput<'a>, group: &DesignedGroup, base: &'a str) -> Self {
        let usable = &input.offerings.usable;
        let own = group.offerings.iter().map(|&offering| &usable[offering]);
        Self {
            offering: &usable[group.offerings[0]],
            zones: own
                .filter_map(|offering| offering.availability_zone.as_deref())
                .collect(),
            base,
        }
    }

    /// Whether the name is of an earlier plan, for the same role, way of buying and attributes.
    fn is_ours(&self, today: &Today<'_>) -> bool {
        let letters = (today.name.strip_prefix(self.base)).and_then(|rest| rest.strip_prefix('-'));
        letters.is_some_and(|letters| {
            !letters.is_empty() && letters.bytes().all(|letter| letter.is_ascii_lowercase())
        })
    }

    fn launches(&self, today: &Today<'_>) -> bool {
        today
            .group
            .instance_types
            .contains(&self.offering.instance_type)
    }

    fn is_there(&self, today: &Today<'_>) -> bool {
        self.zones.is_empty() || self.zones == today.zones
    }

    /// Whether the group buys nothing else than the planned one does.
    fn is_bought_alike(&self, today: &Today<'_>) -> bool {
        let group = today.group;
        if self.offering.purchase_option.may_be_reclaimed() {
            group.on_demand_base == 0 && group.on_demand_percent == 0
        } else {
            group.on_demand_percent == 100
        }
    }
}

/// Which names are given so far, and which are left.
struct Claims<'a> {
    input: PlanningInput<'a>,
    groups: &'a [DesignedGroup],
    wanted: Vec<Wanted<'a>>,
    today: Vec<Today<'a>>,
    names: Vec<String>,
}

impl Claims<'_> {
    /// Gives groups without a name the first that suits them.
    fn claim(&mut self, order: &[usize], suits: impl Fn(&Self, usize, &Today<'_>) -> bool) {
        for &group in order {
            if !self.names[group].is_empty() {
                continue;
            }
            let found = (self.today.iter()).position(|today| {
                let wanted = &self.wanted[group];
                wanted.is_there(today)
                    && self.runs_its_image(group, today)
                    && suits(self, group, today)
            });
            if let Some(found) = found {
                self.today
                    .remove(found)
                    .name
                    .clone_into(&mut self.names[group]);
            }
        }
    }

    /// Whether the image of today's types is that of the planned one: a launch template names one image.
    fn runs_its_image(&self, group: usize, today: &Today<'_>) -> bool {
        let image = |name: &str| {
            let known = self.input.catalogue.instance_type(name)?;
            Some((known.architecture, known.gpus.get() > 0))
        };
        let planned = image(&self.wanted[group].offering.instance_type);
        let types = &today.group.instance_types;
        planned.is_some() && types.iter().all(|name| image(name) == planned)
    }

    /// Whether a group that bayplan did not name may become the planned one.
    fn is_open(&self, group: usize, today: &Today<'_>) -> bool {
        let (wanted, deployed) = (&self.wanted[group], &self.input.cluster.deployed);
        !today.name.starts_with("bayplan-")
            && today.group.takes_other_types
            && wanted.is_bought_alike(today)
            && wanted.offering.custom_attributes == today.group.attributes
            && !deployed.is_held(Some(today.name))
    }

    /// Groups of other types, where no service that the planned group serves gets another strategy by that.
    fn retype(&mut self, order: &[usize]) {
        let before = self.names.clone();
        self.claim(order, |claims, group, today| {
            claims.is_open(group, today) && claims.is_named_by_all(group, today.name)
        });
        // A name that one group gives up may be in the strategy of another's service.
        loop {
            let given_up = (0..self.groups.len()).find(|&group| {
                before[group].is_empty()
                    && !self.names[group].is_empty()
                    && !self.leaves_strategies(group)
            });
            match given_up {
                Some(group) => self.names[group].clear(),
                None => break,
            }
        }
    }

    /// Whether every service of the planned group has the provider in its strategy today.
    fn is_named_by_all(&self, group: usize, provider: &str) -> bool {
        self.groups[group].weights.keys().all(|&service| {
            let today = &self.input.cluster.services[service].capacity_provider_strategy;
            (today.iter()).any(|item| item.capacity_provider == provider)
        })
    }

    /// Whether all services of the planned group have the strategy that they have today.
    fn leaves_strategies(&self, group: usize) -> bool {
        self.groups[group].weights.keys().all(|&service| {
            let today = &self.input.cluster.services[service].capacity_provider_strategy;
            is_same_ratio(today, &self.strategy(service))
        })
    }

    /// A service's strategy by the names so far; an empty one is that of a new group.
    fn strategy(&self, service: usize) -> Vec<StrategyItem> {
        (self.groups.iter().zip(&self.names))
            .filter_map(|(group, name)| {
                Some(StrategyItem {
                    capacity_provider: name.clone(),
                    base: group.bases.get(&service).copied().unwrap_or(0),
                    weight: *group.weights.get(&service)?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
