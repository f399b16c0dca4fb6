//! Auto Scaling groups of today, as the file says: sizes, ways of buying, managed scaling.

use crate::domain::cluster::Cluster;
use crate::domain::deployed::{DeployedGroup, DeployedProvider};
use crate::simulate::auto_scaling_group::Limits;
use crate::simulate::auto_scaling_group::draw::TypeDraw;
use crate::simulate::auto_scaling_group::mix::Mix;
use crate::simulate::choices::Choices;
use crate::simulate::managed_scaling::draining::Termination;
use crate::simulate::managed_scaling::{ManagedScaling, ManagedScalingInput};
use crate::simulate::note::{GroupNote, Note};
use crate::simulate::world::{HostId, World};

use super::group::{GroupPlan, hosts_of, outside};

/// What a group that the file does not show is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unshown {
    /// Today's instances are there: it grows no larger.
    AsLargeAsNow,
    /// There is no instance yet: at most so many.
    UpTo(u64),
}

/// The groups behind today's capacity providers, with what the file says of them, and what it does not say.
#[must_use]
pub fn groups_of_today(
    world: &World,
    cluster: &Cluster,
    choices: &Choices,
    unshown: Unshown,
) -> (Vec<GroupPlan>, Vec<Note>) {
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    for (provider, name) in world.providers.iter().enumerate() {
        let hosts = hosts_of(world, Some(provider));
        if hosts.is_empty() {
            continue;
        }
        let today = Today {
            name,
            provider: cluster.deployed.provider(name),
            group: (cluster.deployed.group_of_provider(name))
                .or_else(|| cluster.deployed.group(name)),
        };
        groups.push(today.plan(world, provider, hosts, choices, unshown, &mut notes));
    }
    groups.extend(outside(world));
    (groups, notes)
}

/// A capacity provider of today and the group behind it, as far as the file shows them.
struct Today<'a> {
    name: &'a str,
    provider: Option<&'a DeployedProvider>,
    group: Option<&'a DeployedGroup>,
}

impl Today<'_> {
    fn said(&self, said: GroupNote) -> Note {
        Note::OfGroup {
            capacity_provider: self.name.to_owned(),
            said,
        }
    }

    fn plan(
        &self,
        world: &World,
        provider: usize,
        mut hosts: Vec<HostId>,
        choices: &Choices,
        unshown: Unshown,
        notes: &mut Vec<Note>,
    ) -> GroupPlan {
        let size = hosts.iter().map(|&host| world.hosts[host].count).sum();
        let most = match unshown {
            Unshown::AsLargeAsNow => size,
            Unshown::UpTo(most) => most,
        };
        let shown = self.group.and_then(|group| group.max_size);
        if shown.is_none() {
            notes.push(self.said(GroupNote::NoMaxSize { most }));
        }
        if let Some(group) = self.group {
            let rank = |host: &HostId| {
                let name = &world.hosts[*host].host.instance_type;
                let place = group.override_types.iter().position(|own| own == name);
                place.unwrap_or(usize::MAX)
            };
            hosts.sort_by_key(rank);
        }
        let min_size = self.group.and_then(|group| group.min_size).unwrap_or(0);
        let max_size = shown.unwrap_or(most).max(min_size);
        let desired = self.group.and_then(|group| group.desired_capacity);
        let scaling = self.scaling(choices, notes);
        let termination = self.provider.map(|provider| Termination {
            protection: provider.termination_protection,
            draining: provider.draining,
        });
        if let Some(own) = termination.filter(|own| *own != Termination::default()) {
            notes.push(self.said(GroupNote::Termination(own)));
        }
        // A run that begins without instances begins with what is there in any case: what nothing scales, and
        // where the file shows no instances what the group wants now; else the fewest that may be.
        let begins_with = match (unshown, &scaling) {
            (_, None) => desired.unwrap_or(size),
            (Unshown::UpTo(_), Some(_)) => desired.unwrap_or(min_size),
            (Unshown::AsLargeAsNow, Some(_)) => min_size,
        };
        GroupPlan {
            provider: Some(provider),
            scaling,
            limits: Limits { min_size, max_size },
            begins_with: begins_with.clamp(min_size, max_size),
            termination,
            mix: self.mix(world, &hosts, choices),
            hosts,
        }
    }

    fn scaling(&self, choices: &Choices, notes: &mut Vec<Note>) -> Option<ManagedScaling> {
        let Some(provider) = self.provider else {
            notes.push(self.said(GroupNote::ProviderNotShown));
            return Some(ManagedScaling::by_default(choices));
        };
        if !provider.scaling {
            notes.push(self.said(GroupNote::ScalingOff));
            return None;
        }
        let input = ManagedScalingInput {
            target_capacity: Some(provider.target_capacity),
            minimum_scaling_step_size: Some(provider.minimum_step),
            maximum_scaling_step_size: Some(provider.maximum_step),
            instance_warmup_period_s: Some(provider.warmup_seconds),
        };
        match ManagedScaling::try_new(&input, choices) {
            Ok(settings) => Some(settings),
            Err(faults) => {
                notes.push(self.said(GroupNote::ScalingRefused(faults)));
                None
            }
        }
    }

    /// As the mixed instances policy says. A group without one buys as its launch template says, which shows in
    /// its instances.
    fn mix(&self, world: &World, hosts: &[HostId], choices: &Choices) -> Mix {
        let option = |host: &HostId| world.hosts[*host].host.purchase_option;
        let present = || hosts.iter().filter(|&&host| world.hosts[host].count > 0);
        let all_spot =
            present().next().is_some() && present().all(|host| option(host).may_be_reclaimed());
        let base = self.group.map_or(0, |group| group.on_demand_base);
        let percent = self.group.map_or(100, |group| group.on_demand_percent);
        let draw =
            (self.group).and_then(|group| match group.spot_allocation_strategy.as_deref()? {
                "lowest-price" => Some(TypeDraw::LowestPrice),
                "capacity-optimized" => Some(TypeDraw::Deepest),
                _ => None,
            });
        Mix {
            on_demand_base: base,
            on_demand_percentage_above_base: if all_spot && base == 0 { 0 } else { percent },
            spot_draw: draw.unwrap_or(Mix::default().spot_draw),
            rounding: choices.on_demand_rounding,
            ..Mix::default()
        }
    }
}
