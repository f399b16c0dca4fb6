//! Auto Scaling groups of a run: what they may launch, what they have.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::domain::plan::{
    FleetPlan, ManagedScaling as PlannedScaling, ManagedScalingFault, RefusedSetting,
};
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;
use crate::simulate::auto_scaling_group::draw::Candidate;
use crate::simulate::auto_scaling_group::mix::{Census, Mix};
use crate::simulate::auto_scaling_group::{Limits, Member as ScaleInMember};
use crate::simulate::choices::Choices;
use crate::simulate::managed_scaling::draining::{Draining, Termination};
use crate::simulate::managed_scaling::scaler::Scaler;
use crate::simulate::managed_scaling::{ManagedScaling, ManagedScalingInput};
use crate::simulate::state::{InstanceId, State};
use crate::simulate::workload::Room;
use crate::simulate::world::{HostId, World};

use super::recorder::Places;

/// A group before the run.
#[derive(Debug, Clone)]
pub struct GroupPlan {
    /// Its capacity provider, by position among the world's; `None` for instances outside every provider, which
    /// nothing replaces.
    pub provider: Option<usize>,
    /// Managed scaling; `None` where nothing scales it.
    pub scaling: Option<ManagedScaling>,
    /// Sizes.
    pub limits: Limits,
    /// Desired capacity of a run that begins without instances.
    pub begins_with: u64,
    /// How it lets instances go; `None` as the run's options say.
    pub termination: Option<Termination>,
    /// Ways of buying.
    pub mix: Mix,
    /// Hosts it may launch, in the order of priority.
    pub hosts: Vec<HostId>,
}

/// The groups of a plan's providers, and one for instances outside them.
///
/// # Errors
/// Settings of managed scaling that ECS would refuse, with the provider's name.
pub fn groups_of_plan(
    world: &World,
    plan: &FleetPlan,
    choices: &Choices,
) -> Result<Vec<GroupPlan>, Vec<RefusedSetting>> {
    let mut errors = Vec::new();
    let mut groups = Vec::new();
    for planned in &plan.capacity_providers {
        let Some(provider) = world
            .providers
            .iter()
            .position(|name| *name == planned.name)
        else {
            continue;
        };
        let hosts = hosts_of(world, Some(provider));
        if hosts.is_empty() {
            continue;
        }
        let scaling = settings(&planned.managed_scaling, choices).unwrap_or_else(|found| {
            errors.extend(found.into_iter().map(|fault| RefusedSetting {
                capacity_provider: planned.name.clone(),
                fault,
            }));
            None
        });
        groups.push(GroupPlan {
            provider: Some(provider),
            scaling,
            limits: Limits {
                min_size: planned.min_size,
                max_size: planned.max_size,
            },
            begins_with: 0,
            termination: None,
            mix: mix(world, &hosts, planned.purchase_option, choices),
            hosts,
        });
    }
    groups.extend(outside(world));
    if errors.is_empty() {
        Ok(groups)
    } else {
        Err(errors)
    }
}

fn settings(
    given: &PlannedScaling,
    choices: &Choices,
) -> Result<Option<ManagedScaling>, Vec<ManagedScalingFault>> {
    if given.enabled == Some(false) {
        return Ok(None);
    }
    let input = ManagedScalingInput {
        target_capacity: given.target_capacity,
        minimum_scaling_step_size: given.minimum_scaling_step_size,
        maximum_scaling_step_size: given.maximum_scaling_step_size,
        instance_warmup_period_s: given.instance_warmup_period_s,
    };
    ManagedScaling::try_new(&input, choices).map(Some)
}

/// As the plan says that the group buys; where it does not, as its instances are bought.
fn mix(world: &World, hosts: &[HostId], option: Option<Capacity>, choices: &Choices) -> Mix {
    let stated = option.and_then(Capacity::on_demand_percentage);
    let bought = |percentage: u64| -> u64 {
        (hosts.iter().map(|&host| &world.hosts[host]))
            .filter(|of| of.host.purchase_option.on_demand_percentage() == Some(percentage))
            .map(|of| of.count)
            .sum()
    };
    let (base, percentage) = match (stated, bought(100), bought(0)) {
        (Some(percentage), _, _) => (0, percentage),
        (None, _, 0) => (0, 100),
        (None, on_demand, _) => (on_demand, 0),
    };
    Mix {
        on_demand_base: base,
        on_demand_percentage_above_base: percentage,
        rounding: choices.on_demand_rounding,
        ..Mix::default()
    }
}

/// Hosts of a provider, or outside every provider.
pub(super) fn hosts_of(world: &World, provider: Option<usize>) -> Vec<HostId> {
    let name = provider.map(|provider| world.providers[provider].as_str());
    (0..world.hosts.len())
        .filter(|&host| world.hosts[host].host.capacity_provider.as_deref() == name)
        .collect()
}

/// Instances outside every provider: they stay as they are.
pub(super) fn outside(world: &World) -> Option<GroupPlan> {
    let hosts = hosts_of(world, None);
    let size: u64 = hosts.iter().map(|&host| world.hosts[host].count).sum();
    (!hosts.is_empty()).then(|| GroupPlan {
        provider: None,
        scaling: None,
        limits: Limits {
            min_size: 0,
            max_size: size,
        },
        begins_with: 0,
        termination: None,
        mix: Mix::default(),
        hosts,
    })
}

/// An instance of a group.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub host: HostId,
    /// `None` until it registers.
    pub id: Option<InstanceId>,
    pub launched: u64,
    /// Whether it was there before the run began: it is warm.
    pub was_there: bool,
    pub leaving: Option<Draining>,
    /// Minute at which Spot takes it.
    pub reclaimed_at: Option<u64>,
}

impl Member {
    /// Whether the group still counts it: an instance under Spot notice is replaced when it is gone.
    fn stays(&self) -> bool {
        self.leaving.is_none()
    }
}

/// A group during the run.
#[derive(Debug)]
pub(super) struct SimulatedGroup {
    pub provider: Option<usize>,
    pub scaler: Option<Scaler>,
    pub limits: Limits,
    pub termination: Option<Termination>,
    pub mix: Mix,
    pub candidates: Vec<Candidate>,
    pub hosts: Vec<HostId>,
    /// What each candidate offers to tasks.
    pub offers: Vec<ResourceVector>,
    pub desired: u64,
    pub members: Vec<Member>,
}

impl SimulatedGroup {
    pub fn new(plan: &GroupPlan, world: &World, places: &Places, choices: &Choices) -> Self {
        let candidate = |&host: &HostId| {
            let of = &world.hosts[host].host;
            Candidate {
                instance_type: places.type_of[host],
                zone: places.zone_of[host],
                purchase_option: of.purchase_option,
                usd_per_hour: of.usd_per_hour,
                cpu: of.registered.cpu,
                memory: of.registered.memory,
            }
        };
        Self {
            provider: plan.provider,
            scaler: plan.scaling.map(|settings| Scaler::new(settings, *choices)),
            limits: plan.limits,
            termination: plan.termination,
            mix: plan.mix,
            candidates: plan.hosts.iter().map(candidate).collect(),
            offers: (plan.hosts.iter())
                .map(|&host| vector(world.hosts[host].room))
                .collect(),
            hosts: plan.hosts.clone(),
            desired: plan.begins_with,
            members: Vec::new(),
        }
    }

    /// Instances that are not on their way out, launched ones among them.
    pub fn size(&self) -> u64 {
        self.members.iter().filter(|member| member.stays()).count() as u64
    }

    /// Those among them that run a task other than a daemon's.
    pub fn non_empty(&self, state: &State<'_>) -> u64 {
        let used = |member: &&Member| member.id.is_some_and(|id| state.tasks_on(id) > 0);
        let staying = self.members.iter().filter(|member| member.stays());
        staying.filter(used).count() as u64
    }

    /// Whether an instance was launched less than the warm-up time ago.
    pub fn is_warming_up(&self, minute: u64) -> bool {
        let warm_up = self.scaler.as_ref().map_or(0, |s| s.settings().warm_up_s());
        let young =
            |member: &Member| !member.was_there && (minute - member.launched) * 60 < warm_up;
        minute > 0
            && self
                .members
                .iter()
                .any(|member| member.stays() && young(member))
    }

    /// Whether it spans several types or zones.
    pub fn is_mixed(&self) -> bool {
        let place = |c: &Candidate| (c.instance_type, c.zone);
        (self.candidates.windows(2)).any(|pair| place(&pair[0]) != place(&pair[1]))
    }

    /// Its members as scale-in sees them; those on their way out may not be taken and are not counted.
    pub fn for_scale_in(
        &self,
        state: &State<'_>,
        places: &Places,
        may_take: impl Fn(u64) -> bool,
    ) -> (Vec<usize>, Vec<ScaleInMember>) {
        let staying = (self.members.iter().enumerate()).filter(|(_, member)| member.stays());
        staying
            .map(|(position, member)| {
                let tasks = member.id.map_or(0, |id| u64::from(state.tasks_on(id)));
                let seen = ScaleInMember {
                    zone: places.zone_of[member.host],
                    purchase_option: state.world().hosts[member.host].host.purchase_option,
                    launched_s: member.launched * 60,
                    may_leave: member.reclaimed_at.is_none() && may_take(tasks),
                };
                (position, seen)
            })
            .unzip()
    }

    /// Its instances by zone and way of buying.
    pub fn census(&self, world: &World, places: &Places) -> Census {
        let mut census = Census {
            by_zone: vec![0; places.names.zones.len()],
            on_demand: 0,
        };
        for member in self.members.iter().filter(|member| member.stays()) {
            census.by_zone[places.zone_of[member.host]] += 1;
            let option = world.hosts[member.host].host.purchase_option;
            census.on_demand += u64::from(option.counts_as_on_demand());
        }
        census
    }

    /// Members by host, for the record.
    pub fn by_host(&self) -> BTreeMap<HostId, u64> {
        let mut counts = BTreeMap::new();
        for member in &self.members {
            *counts.entry(member.host).or_insert(0) += 1;
        }
        counts
    }
}

/// What is left for tasks, or what a task takes, as managed scaling has it.
pub(super) fn vector(room: Room) -> ResourceVector {
    ResourceVector {
        cpu: CpuUnits::new(room[0].into()),
        memory: MemoryMib::new(room[1].into()),
        enis: EniCount::new(room[2].into()),
        gpus: GpuCount::new(room[3].into()),
    }
}
