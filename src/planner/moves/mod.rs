//! Plans around today's fleet: which instances stay with their tasks, where so many tasks may restart.
//!
//! ```text
//! unit    a whole instance is drained, or stays with every task on it; identical instances are one class with a count
//! moves   tasks of instances that go (daemons come and go with instances and are none), and tasks that cannot stay where they
//!         run whatever is planned
//! found   the packing with the instances that stay as bins (optimize::keeping), then the usual way for what is left: the fleet
//!         that ECS fills from what runs, and its check
//! bound   the lower hull of cost against moves; none where rooms are kept for zones or rollouts, where tasks have to move in
//!         any case, or where task groups have more ways than are listed
//! ```
//! The plan without a limit is made first: it gives the columns to begin with and is the answer where nothing that stays is cheaper.

mod again;
mod finish;
mod steps;
mod today;
mod waves;

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::held::Held;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::KeepInstances;
use crate::formulate::demand::Demand;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::offering::Offerings;
use crate::optimize::keeping::frontier::{Frontier, numbers, search};
use crate::optimize::keeping::{Class, Keeping};
use crate::optimize::listener::Listener;
use crate::optimize::outcome::Ending;
use crate::optimize::pattern::Pattern;
use crate::optimize::stop::{Budget, Share, Stop, WorkMeter};

use super::held;
use super::options::{MovesAsked, NoMoves, PlanError, PlanOptions, Planned};
use super::plan::{plan_holding, plan_once};
use super::work::default_work;
pub use again::waves_again;
pub use steps::{ORDERS, PlayedStep, StuckStep, steps_played};
use today::Today;

/// Points of a frontier, none and all moves among them.
const POINTS: u64 = 12;
/// Of the clock, this part goes to the plan without a limit, and of what is left this part to the search.
const CLOCK: [(u32, u32); 2] = [(1, 3), (1, 2)];
/// The search may spend so many times what an ideal packing needs by default.
const WORK: u64 = 4;
/// Of a work limit, this part goes to the plan without a limit on restarts, and this to the search; the rest is for the plan.
const WORK_OF_BASE: (u64, u64) = (2, 5);
const WORK_OF_SEARCH: (u64, u64) = (1, 5);

/// Of a work limit, this part goes to a plan that may give way to today's fleet.
const WORK_BEFORE_TODAY: (u64, u64) = (4, 5);

/// Plans a cluster around today's instances.
///
/// # Errors
/// As [`super::plan`]; and where the file does not show what runs, or no such plan was found.
pub(super) fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (options, asked): (&PlanOptions<'_>, MovesAsked),
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let base = || {
        let part = |(part, of): (u64, u64)| options.work_limit.map(|limit| limit / of * part);
        let within = PlanOptions {
            moves: None,
            work_limit: part(WORK_OF_BASE),
            ..*options
        };
        let clock = Share::new(stop, CLOCK[0].0, CLOCK[0].1);
        plan_once(cluster, catalogue, &within, &clock, listener)
            .map(Box::new)
            .map(Base::Made)
    };
    plan_from(cluster, catalogue, (options, asked), base, stop, listener)
}

/// Whether a plan that is not cheaper than what runs gives way to it: a snapshot shows what runs where, and a plan that was put in
/// is to find nothing to do.
pub(super) fn may_stay(cluster: &Cluster, options: &PlanOptions<'_>) -> bool {
    cluster.deployed.snapshot.is_some()
        && !options.ideal
        && cluster.policy.keep_instances == KeepInstances::None
}

/// The options of the plan that today's fleet is compared with: a work limit leaves some of it for that.
pub(super) fn before_today<'a>(options: &PlanOptions<'a>) -> PlanOptions<'a> {
    let (part, of) = WORK_BEFORE_TODAY;
    PlanOptions {
        work_limit: options.work_limit.map(|limit| limit / of * part),
        ..*options
    }
}

/// The plan, or today's fleet with every task where it is, where that keeps the policy's rules and costs no more.
pub(super) fn or_today(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (options, planned): (&PlanOptions<'_>, Planned),
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Planned {
    let cost = planned.plan.cost.usd_per_hour;
    let today = planned.plan.cost.current_usd_per_hour;
    if today.is_none_or(|today| today > cost) || stop.should_stop() {
        return planned;
    }
    let asked = MovesAsked {
        most: Some(0),
        frontier: false,
    };
    let base = || Ok(Base::Given(&planned));
    match plan_from(cluster, catalogue, (options, asked), base, stop, listener) {
        Ok(kept) if kept.plan.unplaced.is_empty() && kept.plan.cost.usd_per_hour <= cost => kept,
        // Today's fleet breaks a rule, or what runs is not known.
        Ok(_) | Err(_) => planned,
    }
}

/// A plan that has no regard to today.
enum Base<'a> {
    /// Made for this.
    Made(Box<Planned>),
    /// There before.
    Given(&'a Planned),
}

impl std::ops::Deref for Base<'_> {
    type Target = Planned;

    fn deref(&self) -> &Planned {
        match self {
            Self::Made(planned) => planned,
            Self::Given(planned) => planned,
        }
    }
}

/// The same, beside a plan that has no regard to today.
fn plan_from<'a>(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (options, asked): (&PlanOptions<'_>, MovesAsked),
    base: impl FnOnce() -> Result<Base<'a>, PlanError>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let mut around = cluster.clone();
    around.policy.keep_instances = KeepInstances::All;
    let offerings = Offerings::new(&around, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(&around, &offerings);
    let today = Today::read(&around, &offerings, &hosts)?;
    let within = |work_limit: Option<u64>| PlanOptions {
        moves: None,
        work_limit,
        ..*options
    };
    let part = |(part, of): (u64, u64)| options.work_limit.map(|limit| limit / of * part);
    let base = base()?;
    if !base.plan.unplaced.is_empty() {
        let was_cut = matches!(base.ending, Ending::Stopped | Ending::WorkLimit);
        return Err(if was_cut {
            PlanError::LimitWithoutPlan
        } else {
            NoMoves::Unplaced.into()
        });
    }
    let offerings =
        Offerings::holding(&around, catalogue, &today.held).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(&around, &offerings);
    let input = PlanningInput {
        cluster: &around,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let known = Known::try_new(input, &base, &today, (part(WORK_OF_SEARCH), asked), stop)?;
    let most = asked.most.unwrap_or(u64::MAX);
    let chosen = (known.frontier.best(most.saturating_sub(today.forced)))
        .filter(|_| most >= today.forced)
        .ok_or_else(|| NoMoves::None {
            least: known.least(&today),
        })?;
    let around_today = AroundToday {
        input,
        known: &known,
        held: &today.held,
        options: within(options.work_limit),
    };
    let spent = base.work + known.work;
    let (kept, planned) = around_today.plan(&chosen.kept, spent, stop, listener)?;
    let work = spent + planned.work;
    let staying = known.ids(input, &kept);
    // Where everything may move, what is cheaper without regard to today is the plan.
    let all = known.keeping.most_moves() + today.forced;
    let is_free = most >= all && base.plan.cost.usd_per_hour < planned.plan.cost.usd_per_hour;
    let today_seen = base.today.clone();
    let (planned, restarts, staying) = match base {
        Base::Made(base) if is_free => (*base, all, BTreeSet::new()),
        _ => (planned, known.keeping.moves(&kept) + today.forced, staying),
    };
    let planned = Planned { work, ..planned };
    let outlook = finish::Outlook {
        restarts,
        today: &today,
        known: &known,
        offerings: &offerings.usable,
        seen: today_seen,
        around: around_today.cluster(&staying),
        staying,
        asked,
    };
    finish::finished(cluster, catalogue, planned, &outlook)
}

/// What the search for packings around today's instances knows.
struct Known {
    keeping: Keeping,
    frontier: Frontier,
    /// Cost that is there whatever is packed: of services that run on Fargate alone.
    fixed: UsdPerHour,
    /// Offering of each class.
    offerings: Vec<usize>,
    /// Counted work of the search.
    work: u64,
}

impl Known {
    fn try_new(
        input: PlanningInput<'_>,
        base: &Planned,
        today: &Today,
        (work_limit, asked): (Option<u64>, MovesAsked),
        stop: &dyn Stop,
    ) -> Result<Self, PlanError> {
        let demand = Demand::planned(input.cluster);
        let model = Model::try_new(input, &demand, Scope::Full)?;
        let has_no_room = (0..demand.tasks.len()).all(|service| {
            demand.places(input.cluster, input.hosts, service) == demand.tasks[service]
        }) && !input.cluster.policy.keeps_room_for_rollouts();
        let is_proof = model.complete && has_no_room && today.forced == 0;
        let classes = held::classes(input, &model);
        let offerings = (classes.iter())
            .map(|class: &Class| model.bins[class.bins[0]].offerings[0])
            .collect();
        let start: Vec<Pattern> = base.columns.patterns(input, &model);
        let fixed = model.on_fargate.iter().map(|(_, plan)| plan.usd_per_hour());
        let fixed = fixed.sum();
        let keeping = Keeping::try_new(model.problem, classes)?;
        let most = keeping.most_moves();
        let own = asked
            .most
            .map(|own| own.saturating_sub(today.forced).min(most));
        let mut wanted = vec![own.unwrap_or(most)];
        if asked.frontier {
            wanted.extend(numbers(most, POINTS));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let work = WorkMeter::new(match (work_limit, stop.remaining()) {
            (Some(limit), _) => limit,
            (None, Some(_)) => u64::MAX,
            (None, None) => WORK * default_work(input.cluster, true),
        });
        let clock = Share::new(stop, CLOCK[1].0, CLOCK[1].1);
        let mut frontier = search(&keeping, &start, &wanted, Budget::new(&clock, &work))?;
        if !is_proof {
            frontier.lines.clear();
        }
        Ok(Self {
            keeping,
            frontier,
            fixed,
            offerings,
            work: work.spent(),
        })
    }

    /// Fewest restarts of a packing that was found.
    fn least(&self, today: &Today) -> Option<u64> {
        let first = self.frontier.found.first()?;
        Some(first.moves + today.forced)
    }

    /// Ids of the instances that stay: of each class the first.
    fn ids<'a>(&self, input: PlanningInput<'a>, kept: &[u64]) -> BTreeSet<&'a str> {
        (self.offerings.iter().zip(kept))
            .filter_map(|(&offering, &count)| {
                let existing = input.offerings.usable[offering].existing.as_ref()?;
                Some((existing, usize::try_from(count).unwrap_or(usize::MAX)))
            })
            .flat_map(|(existing, count)| existing.ids.iter().take(count))
            .map(String::as_str)
            .collect()
    }
}

/// The usual way for what is left beside instances that stay.
struct AroundToday<'a> {
    input: PlanningInput<'a>,
    known: &'a Known,
    held: &'a Held,
    options: PlanOptions<'a>,
}

impl AroundToday<'_> {
    /// The plan where so many instances of each class stay, with the work of all attempts. Where ECS does not fill it in every
    /// order, or tasks have no place beside what stays, further instances stay, twice as many each time, until it is so: with all of
    /// them nothing is left to place. `spent` of the work limit is gone before.
    fn plan(
        &self,
        kept: &[u64],
        spent: u64,
        stop: &dyn Stop,
        listener: &dyn Listener,
    ) -> Result<(Vec<u64>, Planned), PlanError> {
        let mut kept = kept.to_vec();
        let mut further = 1;
        let mut work = 0;
        loop {
            let left = (self.options.work_limit).map(|limit| limit.saturating_sub(spent + work));
            let planned = self.plan_with(&kept, left, stop, listener);
            let is_filled = match &planned {
                Ok(planned) => {
                    work += planned.work;
                    planned.plan.unplaced.is_empty()
                        && (self.options.ideal || planned.plan.is_realised())
                }
                Err(PlanError::Moves(NoMoves::BreaksRule)) => false,
                Err(_) => true,
            };
            let is_over = stop.should_stop() || left == Some(0);
            if is_filled || is_over || !self.keep_further(&mut kept, further) {
                let planned = planned?;
                if !planned.plan.unplaced.is_empty() {
                    return Err(NoMoves::NoRoom.into());
                }
                return Ok((kept, Planned { work, ..planned }));
            }
            further *= 2;
        }
    }

    fn plan_with(
        &self,
        kept: &[u64],
        work_limit: Option<u64>,
        stop: &dyn Stop,
        listener: &dyn Listener,
    ) -> Result<Planned, PlanError> {
        let staying = self.known.ids(self.input, kept);
        let held = held_by(self.held, &staying);
        let options = PlanOptions {
            work_limit,
            ..self.options
        };
        let catalogue = self.input.catalogue;
        let cluster = self.cluster(&staying);
        plan_holding(&cluster, catalogue, (&options, &held), stop, listener)
    }

    /// The cluster with no other instances of today than those that stay.
    fn cluster(&self, staying: &BTreeSet<&str>) -> Cluster {
        let mut cluster = self.input.cluster.clone();
        (cluster.container_instances)
            .retain(|instance| instance.is_external() || staying.contains(instance.id.as_str()));
        cluster
    }

    /// Lets so many more stay, the cheapest first and of equal ones of the zone where fewest stay; says whether any was left.
    fn keep_further(&self, kept: &mut [u64], further: u64) -> bool {
        let classes = &self.known.keeping.classes;
        let zone = |class: usize| self.input.offerings.usable[self.known.offerings[class]].zone;
        let mut is_more = false;
        for _ in 0..further {
            let in_zone = |class: usize| -> u64 {
                let same = (0..kept.len()).filter(|&other| zone(other) == zone(class));
                same.map(|other| kept[other]).sum()
            };
            let next = (0..kept.len())
                .filter(|&class| kept[class] < classes[class].count)
                .min_by_key(|&class| (classes[class].cost, in_zone(class), class));
            let Some(class) = next else {
                return is_more;
            };
            kept[class] += 1;
            is_more = true;
        }
        is_more
    }
}

/// What the instances that stay hold.
fn held_by(held: &Held, staying: &BTreeSet<&str>) -> Held {
    let mut own = Held::default();
    for (id, tasks) in held.iter().filter(|(id, _)| staying.contains(id)) {
        for (&service, &count) in tasks {
            own.add(id, service, count);
        }
    }
    own
}

#[cfg(test)]
mod tests;
