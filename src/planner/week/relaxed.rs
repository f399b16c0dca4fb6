//! What the week costs at least, and in its best packings: hour by hour, without regard to one design for all hours.
//!
//! Every plan of the week is a packing of each of its hours, so that the mean of the hours' bounds, weighted by their
//! numbers, is a bound of the week. The hours' searches know each other's patterns. Where there are more classes of hours
//! than are packed, the largest numbers of tasks of a set of them are packed for the packing, and each class has the bound of its own
//! relaxation ([`bounds`](super::bounds)).

use rust_decimal::{Decimal, RoundingStrategy};

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::policy::ZoneSpread;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::share_on_instance;
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Share, Stop};
use crate::planner::columns::Columns;
use crate::planner::options::{PlanError, PlanOptions};
use crate::planner::plan::plan_once;
use crate::planner::work::default_work;

use super::bounds::HourBounds;
use super::classes::{Class, ClassSet, in_sets, with_planned};

/// Most packings of hours.
pub(super) const MOST_PACKINGS: usize = 24;
/// Units of work that an hour's bound has at least.
const LEAST_WORK: u64 = 20_000;

/// Bound and packings of the hours of the week, and the work they took.
#[derive(Debug, Clone)]
pub(super) struct Relaxed {
    /// No plan costs less: summed over the hours on the cost grid.
    pub bound: Option<i128>,
    /// Hours that were packed together.
    pub sets: Vec<PackedSet>,
    /// Units of counted work.
    pub work: u64,
}

/// Hours that were packed together, and the packing of the largest numbers of their tasks.
#[derive(Debug, Clone)]
pub(super) struct PackedSet {
    /// The hours.
    pub set: ClassSet,
    /// Instances of the best packing found and what they cost in an hour, on the cost grid; `None` where time ended it.
    pub packing: Option<(Vec<PlannedInstances>, i128)>,
}

impl Relaxed {
    /// The best packings found, summed over the hours on the cost grid; where time ended a packing, and where it costs less, the
    /// hours' design stands for it.
    pub fn ideal(&self, classes: &[Class], designed: &[i128]) -> i128 {
        let of_set = |of: &PackedSet| -> i128 {
            let own = || (of.set.classes.iter()).map(|&class| (class, classes[class].weight()));
            let design = own().map(|(class, weight)| designed[class] * i128::from(weight));
            let hours: u64 = own().map(|(_, weight)| weight).sum();
            let design: i128 = design.sum();
            let packed = of.packing.as_ref();
            packed.map_or(design, |(_, cost)| (cost * i128::from(hours)).min(design))
        };
        self.sets.iter().map(of_set).sum()
    }
}

/// Packs the classes of hours. Where time ends a packing, nothing is proven.
///
/// # Errors
/// As [`crate::planner::plan`]. Tasks without a place in some hour leave `None`.
pub(super) fn relaxed(
    (cluster, offerings): (&Cluster, &Offerings<'_>),
    catalogue: &Catalogue,
    (classes, most): (&[Class], usize),
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Option<Relaxed>, PlanError> {
    let mut bounds = HourBounds::new(cluster, catalogue, offerings);
    let sets = in_sets(classes, most, &sizes(cluster));
    let mut columns: Option<Columns> = None;
    let mut found = Relaxed {
        bound: Some(0),
        sets: Vec::new(),
        work: 0,
    };
    for (place, set) in sets.iter().enumerate() {
        let hours: u64 = (set.classes.iter())
            .map(|&class| classes[class].weight())
            .sum();
        let (least, most) = (&set.least, &set.most);
        let left = u32::try_from(sets.len() - place).unwrap_or(u32::MAX);
        let clock = Share::new(stop, 1, left);
        let mut pack = |hour: &Cluster, clock: &dyn Stop| -> Result<Option<FleetPlan>, PlanError> {
            let asked = PlanOptions {
                ideal: true,
                rehearses: false,
                warm_start: None,
                columns: columns.as_ref(),
                work_limit: work_limit(hour, options, (sets.len(), stop)),
                ..*options
            };
            match plan_once(hour, catalogue, &asked, clock, &Silent) {
                Ok(planned) => {
                    found.work += planned.work;
                    columns = Some(planned.columns);
                    Ok(Some(planned.plan.into_plan()))
                }
                Err(PlanError::LimitWithoutPlan) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let half = Share::new(&clock, 1, 2);
        let packed = if least == most {
            pack(&with_planned(cluster, most), &clock)?
        } else {
            pack(&with_most(cluster, classes, set), &half)?
        };
        if (packed.as_ref()).is_some_and(|plan| !plan.unplaced.is_empty()) {
            return Ok(None);
        }
        let sum = |amount: UsdPerHour| i128::from(amount.grid_units()) * i128::from(hours);
        let bound = if least == most {
            let of_packing = packed
                .as_ref()
                .and_then(|plan| plan.cost.bound_usd_per_hour);
            of_packing.map(sum)
        } else {
            let hour = with_planned(cluster, most);
            let all = work_limit(&hour, options, (sets.len(), stop));
            let all = all.unwrap_or_else(|| default_work(&hour, true));
            let mut bound = 0;
            for (place, &class) in set.classes.iter().enumerate() {
                let left = u32::try_from(set.classes.len() - place).unwrap_or(u32::MAX);
                let clock = Share::new(&clock, 1, left);
                let work = (all / set.classes.len() as u64).max(LEAST_WORK);
                let of_hour = bounds.bound(&classes[class].counts, work, &clock)?;
                bound += of_hour * i128::from(classes[class].weight());
            }
            Some(bound)
        };
        found.bound = (found.bound.zip(bound)).map(|(known, bound)| known + bound);
        found.sets.push(PackedSet {
            set: set.clone(),
            packing: packed.map(|plan| {
                let cost = i128::from(plan.cost.ideal_usd_per_hour.grid_units());
                (plan.instances, cost)
            }),
        });
    }
    found.work += bounds.work;
    Ok(Some(found))
}

/// Sizes of the services' tasks.
fn sizes(cluster: &Cluster) -> Vec<u64> {
    (cluster.services.iter())
        .map(|service| {
            // Two MiB weigh as much as a CPU unit, about as they are priced.
            let task = &service.task;
            task.cpu.get().saturating_add(task.memory.get() / 2).max(1)
        })
        .collect()
}

/// What an hour's packing may spend: of a caller's limit its part of a half; by default all together what six of them get.
pub(super) fn work_limit(
    hour: &Cluster,
    options: &PlanOptions<'_>,
    (sets, stop): (usize, &dyn Stop),
) -> Option<u64> {
    let sets = sets as u64;
    match options.work_limit {
        Some(limit) => Some(limit / 2 / sets),
        None if stop.remaining().is_some() => None,
        None => Some(default_work(hour, true).saturating_mul(6) / sets.max(6)),
    }
}

/// The cluster with the largest numbers of a set's tasks. Where Managed Instances may hold them, no instance has more of a service
/// than in the set's hour that allows the fewest: of the packing of the most tasks, tasks are then taken out for the others.
pub(super) fn with_most(cluster: &Cluster, classes: &[Class], set: &ClassSet) -> Cluster {
    let mut hour = with_planned(cluster, &set.most);
    if !cluster.policy.buys_managed_instances() || set.classes.len() < 2 {
        return hour;
    }
    for position in 0..hour.services.len() {
        let on_one = |class: &usize| {
            let counts = &classes[*class].counts;
            let then = with_planned(cluster, counts);
            share_on_instance::most_tasks(&then, &then.services[position])
                .filter(|_| counts[position] > 0)
        };
        let fewest = set.classes.iter().filter_map(on_one).min();
        let of = Decimal::from(set.most[position].max(1));
        // Rounded down, so that its ceiling is no more than the fewest.
        let share = fewest.map(|fewest| {
            (Decimal::from(fewest) / of).round_dp_with_strategy(12, RoundingStrategy::ToZero)
        });
        let own = &mut hour.services[position].policy.max_share_on_instance;
        *own = (*own).into_iter().chain(share).min();
    }
    hour
}

/// The cluster without the rules that fewer tasks may break though more tasks keep them: a packing of fewer tasks then is one
/// of more tasks with some taken out.
fn without_shares(mut hour: Cluster) -> Cluster {
    hour.policy.max_share_on_instance = Some(Decimal::ONE);
    for service in &mut hour.services {
        service.policy.max_share_on_instance = None;
    }
    if hour.policy.purchase_options.spot && !hour.zones.is_empty() {
        hour.policy.zone_spread = Some(ZoneSpread::Any);
    }
    hour
}

/// Hours that are packed together, and a cluster whose packings cost no more than any of theirs.
pub(in crate::planner) struct HoursAlike {
    /// Hours of the week.
    pub hours: Vec<usize>,
    /// With the least number of tasks of each service in these hours.
    pub cluster: Cluster,
}

/// The hours of the week in at most `most` sets.
pub(in crate::planner) fn hours_alike(cluster: &Cluster, most: usize) -> Vec<HoursAlike> {
    let classes = super::classes::classes(cluster);
    (in_sets(&classes, most, &sizes(cluster)).into_iter())
        .map(|set| {
            let hour = with_planned(cluster, &set.least);
            HoursAlike {
                hours: (set.classes.iter())
                    .flat_map(|&class| classes[class].hours.clone())
                    .collect(),
                cluster: if set.classes.len() > 1 {
                    without_shares(hour)
                } else {
                    hour
                },
            }
        })
        .collect()
}
