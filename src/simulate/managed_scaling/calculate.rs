//! How many instances the waiting tasks of a provider need, as managed scaling calculates it.
//!
//! The types of the group are sorted by each parameter (vCPUs, memory, network interfaces, GPUs) and the
//! smallest and largest value of each kept. A group of identical tasks that does not fit once on the
//! smallest values is left out; every other one is packed on the largest values. With `k` tasks of
//! requirement `r` and largest values `L` that is, for identical tasks, exact:
//!
//! ```text
//! per = min over parameters of floor(L / r), at most 1 with static ports or distinctInstance
//! n   = ceil(k / per)
//! ```
//!
//! The largest values may belong to no single type, so the count is a lower bound on what is needed.
//! How the groups' counts become one is not documented ([`Combine`]).

use super::requirement::{Requirement, WaitingGroup};
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::{Resource, ResourceVector};
use crate::simulate::choices::{Combine, TypeSample};

/// What the calculation says of the waiting tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calculation {
    /// Instances needed for the groups that count; 0 when none does.
    pub instances: u64,
    /// Positions of the groups that were left out, as they do not fit the smallest type.
    pub excluded: Vec<usize>,
}

impl Calculation {
    /// Whether no group counts, so that the provider does not scale for them.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        self.instances == 0
    }
}

/// Calculates the instances for `groups`.
///
/// `types` holds what one instance of each type of the Auto Scaling group offers to tasks other than
/// daemons: registered resources less daemons and reserved amounts. Without types nothing fits.
#[must_use]
pub fn calculate(
    groups: &[WaitingGroup],
    types: &[ResourceVector],
    combine: Combine,
    sample: TypeSample,
) -> Calculation {
    let Some((smallest, largest)) = extremes(types, sample) else {
        return Calculation {
            instances: 0,
            excluded: (0..groups.len()).collect(),
        };
    };
    let fits = |group: &WaitingGroup| {
        group.requirement.resources.fits_in(&smallest)
            && group.requirement.resources.fits_in(&largest)
    };
    let counted: Vec<&WaitingGroup> = groups.iter().filter(|group| fits(group)).collect();
    let each = counted.iter().map(|group| instances_for(group, &largest));
    let instances = match combine {
        Combine::Max => each.max().unwrap_or(0),
        Combine::Sum => each.sum(),
        Combine::Joint => pack_jointly(&counted, &largest),
    };
    let excluded = (0..groups.len())
        .filter(|&position| !fits(&groups[position]))
        .collect();
    Calculation {
        instances,
        excluded,
    }
}

/// The smallest and the largest type; per parameter, either may be a mixture.
fn extremes(
    types: &[ResourceVector],
    sample: TypeSample,
) -> Option<(ResourceVector, ResourceVector)> {
    let size = |offer: &ResourceVector| (offer.cpu, offer.memory);
    match sample {
        TypeSample::PerParameter => {
            let smallest = types
                .iter()
                .copied()
                .reduce(|a, b| by_parameter(&a, &b, u64::min))?;
            let largest = types
                .iter()
                .copied()
                .reduce(|a, b| by_parameter(&a, &b, u64::max))?;
            Some((smallest, largest))
        }
        TypeSample::WholeType => {
            let smallest = types.iter().copied().min_by_key(size)?;
            let largest = types.iter().copied().max_by_key(size)?;
            Some((smallest, largest))
        }
    }
}

fn by_parameter(
    a: &ResourceVector,
    b: &ResourceVector,
    choose: impl Fn(u64, u64) -> u64,
) -> ResourceVector {
    let of = |resource| choose(a.get(resource), b.get(resource));
    ResourceVector {
        cpu: CpuUnits::new(of(Resource::Cpu)),
        memory: MemoryMib::new(of(Resource::Memory)),
        enis: EniCount::new(of(Resource::Enis)),
        gpus: GpuCount::new(of(Resource::Gpus)),
    }
}

/// Instances of the largest type for one group that fits it.
fn instances_for(group: &WaitingGroup, largest: &ResourceVector) -> u64 {
    group
        .tasks
        .div_ceil(tasks_per_instance(&group.requirement, largest))
}

fn tasks_per_instance(requirement: &Requirement, largest: &ResourceVector) -> u64 {
    if requirement.excludes_itself() {
        return 1;
    }
    let of = |&resource: &Resource| {
        largest
            .get(resource)
            .checked_div(requirement.resources.get(resource))
    };
    // Nothing required of anything: any number of tasks fits.
    Resource::ALL
        .iter()
        .filter_map(of)
        .min()
        .unwrap_or(u64::MAX)
        .max(1)
}

/// One open instance of the joint packing.
struct OpenInstance<'a> {
    free: ResourceVector,
    hosted: Vec<&'a Requirement>,
}

impl<'a> OpenInstance<'a> {
    fn takes(&mut self, requirement: &'a Requirement) -> bool {
        if self.hosted.iter().any(|other| other.excludes(requirement)) {
            return false;
        }
        let Some(free) = self.free.checked_sub(requirement.resources) else {
            return false;
        };
        self.free = free;
        if requirement.excludes_itself() {
            self.hosted.push(requirement);
        }
        true
    }
}

/// First fit decreasing, by the dominant share of the largest type.
fn pack_jointly(groups: &[&WaitingGroup], largest: &ResourceVector) -> u64 {
    let mut order: Vec<&WaitingGroup> = groups.to_vec();
    // A stable sort: equal shares keep the fixed order of the groups.
    order.sort_by(|a, b| {
        let share = |group: &WaitingGroup| dominant_share(&group.requirement.resources, largest);
        share(b).total_cmp(&share(a))
    });
    let mut open: Vec<OpenInstance<'_>> = Vec::new();
    for group in order {
        // Identical tasks never fit before the instance that took the last of them.
        let mut from = 0;
        for _ in 0..group.tasks {
            let found = (from..open.len()).find(|&at| open[at].takes(&group.requirement));
            from = found.unwrap_or_else(|| {
                let mut fresh = OpenInstance {
                    free: *largest,
                    hosted: Vec::new(),
                };
                let fits = fresh.takes(&group.requirement);
                debug_assert!(fits, "a group that counts fits the largest type");
                open.push(fresh);
                open.len() - 1
            });
        }
    }
    open.len() as u64
}

fn dominant_share(requirement: &ResourceVector, largest: &ResourceVector) -> f64 {
    (Resource::ALL.iter())
        .filter(|&&resource| largest.get(resource) > 0)
        .map(|&resource| requirement.get(resource) as f64 / largest.get(resource) as f64)
        .fold(0.0, f64::max)
}
