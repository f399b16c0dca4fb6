//! Fleets that ECS's own scheduler can fill.
//!
//! The ideal packing says what must be bought at least; ECS places one task at a time and never moves a task, so
//! a fleet that is only just large enough is not filled. What works is a *pattern group*: an Auto Scaling group
//! of `n` instances of one type, and for each service `s` it serves at most `n·a_s` tasks, placed by
//! `spread(instanceId)`, where `Σ_s a_s v_s` fits one instance. While fewer than `n·a_s` tasks of `s` are there, the
//! instance with the fewest of them holds at most `a_s − 1`, and the others hold at most their own `a`: there is
//! room. So every order of arrival fits, and so does every order in which tasks stop and start again. That is a
//! certificate without simulation; the replica confirms it.
//!
//! Which groups: packing with few patterns ([`crate::optimize::few_patterns`]), guided by the ideal packing
//! ([`problem`]). Which service uses which group in which proportion: [`groups`].

pub mod alike;
pub mod groups;
pub mod placement;
pub mod problem;
pub mod replayed;
pub mod rows;
pub mod zonal;

use std::collections::BTreeMap;

use crate::domain::money::UsdPerHour;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput};
use crate::optimize::few_patterns::Slot;
use crate::optimize::few_patterns::search::{Options, search};
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Counter, Stop};

use groups::DesignedGroup;
use problem::{GroupProblem, Spans};

/// What guides the design.
#[derive(Debug, Clone)]
pub struct Guide<'a> {
    /// The full problem of the ideal packing.
    pub model: &'a Model,
    /// Tasks and room planned for.
    pub demand: &'a Demand,
    /// Services that are on Fargate, or not planned here for another reason, by position.
    pub elsewhere: &'a [usize],
    /// The instances of the ideal packing with their tasks.
    pub fleet: &'a [IdealRow<'a>],
    /// What the ideal packing spends on each offering, on the cost grid.
    pub spending: &'a [(usize, Cost)],
    /// About what the groups will cost, on the cost grid.
    pub cost: Cost,
    /// What a task of each service is worth, by position, on the cost grid.
    pub values: &'a [f64],
    /// No fleet for these services costs less, on the cost grid; 0 where nothing is known.
    pub bound: Cost,
    /// Most groups.
    pub most_groups: u64,
    /// Whether a service that is spread over zones may use several groups of one way of buying.
    pub may_split: bool,
    /// Inner steps of each run of the search.
    pub work_limit: u64,
    /// Counts the steps of all runs, or the task placements of a search by replays.
    pub counted: &'a Counter,
    /// Seed of the random choices.
    pub seed: u64,
}

/// Identical instances of the ideal packing.
#[derive(Debug, Clone, Copy)]
pub struct IdealRow<'a> {
    /// Position among the offerings.
    pub offering: usize,
    /// How many.
    pub count: u64,
    /// Tasks on each, by position of the service.
    pub tasks: &'a BTreeMap<usize, u64>,
}

/// Independent runs of the search; the best counts.
pub const RUNS: u64 = 2;

/// Groups for all services on instances, with what they cost beside each other; `None` where no groups were
/// found within the policy's limits.
pub fn design(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    stop: &dyn Stop,
) -> Option<Vec<DesignedGroup>> {
    if stop.should_stop() {
        return None;
    }
    let problem = GroupProblem::new(input, guide, Spans::All)?;
    if problem.services.is_empty() {
        return Some(Vec::new());
    }
    let options = options(&problem, guide, Vec::new());
    let design = search(&problem.few, &options, stop)?;
    let mut groups = groups::of_design(input, guide.demand, &problem, &design)?;
    keep_the_least(input, &mut groups);
    Some(groups)
}

/// The rows of the ideal packing as groups, where they are few enough and nothing but their numbers of tasks is
/// asked for; `None` where not, or where a service's tasks must follow others.
pub fn ideal_rows(input: PlanningInput<'_>, guide: &Guide<'_>) -> Option<Vec<DesignedGroup>> {
    let policy = &input.cluster.policy;
    let keeps_room = policy.survive_zone_loss || policy.keeps_room_for_rollouts();
    if keeps_room || !policy.deterministic_routing {
        return None;
    }
    GroupProblem::new(input, guide, Spans::All)?;
    let mut groups = rows::groups(input, guide, guide.most_groups)?;
    keep_the_least(input, &mut groups);
    if policy.survive_instance_loss && !groups.iter().all(DesignedGroup::outlives_an_instance) {
        return None;
    }
    (groups.len() as u64 <= guide.most_groups).then_some(groups)
}

fn options<'a>(problem: &GroupProblem, guide: &Guide<'a>, start: Vec<Slot>) -> Options<'a> {
    Options {
        work_limit: guide.work_limit,
        counted: guide.counted,
        seed: guide.seed,
        runs: RUNS,
        values: (problem.services.iter())
            .map(|&service| guide.values[service])
            .collect(),
        spending: problem.spending(guide.spending),
        start,
        bound: guide.bound,
    }
}

/// At most so many groups as `guide` says, searched from known groups on; `None` where none were found.
pub fn other_number(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    known: &[DesignedGroup],
    stop: &dyn Stop,
) -> Option<Vec<DesignedGroup>> {
    if stop.should_stop() {
        return None;
    }
    let problem = GroupProblem::new(input, guide, Spans::All)?;
    let mut start: Vec<Slot> = (known.iter())
        .map(|group| {
            let kind = problem
                .offerings
                .iter()
                .position(|own| *own == group.offerings)?;
            let units = *group.counts.first()?;
            Some(Slot { kind, units })
        })
        .collect::<Option<_>>()?;
    // The dearest groups stay, with instances for what the others cost.
    let cost = |slot: &Slot| problem.few.cost(std::slice::from_ref(slot));
    start.sort_by_key(|slot| std::cmp::Reverse(cost(slot)));
    while start.len() > problem.few.slots {
        let gone = start.pop()?;
        let first = start.first_mut()?;
        let each = problem.few.kinds[first.kind].cost.max(1);
        first.units += u64::try_from(cost(&gone) / each).unwrap_or(0) + 1;
    }
    let design = search(&problem.few, &options(&problem, guide, start), stop)?;
    let mut groups = groups::of_design(input, guide.demand, &problem, &design)?;
    keep_the_least(input, &mut groups);
    Some(groups)
}

/// `minInstances`: more instances of the group whose next ones cost least, tasks or not.
fn keep_the_least(input: PlanningInput<'_>, groups: &mut [DesignedGroup]) {
    let next = |group: &DesignedGroup| {
        let each = group.offerings.iter().map(|&o| &input.offerings.usable[o]);
        let cost: UsdPerHour = each.map(|offering| offering.usd_per_hour).sum();
        cost
    };
    let all: u64 = groups.iter().map(DesignedGroup::instances).sum();
    let missing = input.cluster.policy.min_instances.saturating_sub(all);
    // Groups that are filled exactly have no instance without their whole pattern.
    let open = (groups.iter_mut()).filter(|group| group.is_of_one_zone() || !group.is_full());
    if let Some(group) = open.min_by_key(|group| next(group)) {
        let more = missing.div_ceil(group.offerings.len() as u64);
        for count in &mut group.counts {
            *count += more;
        }
    }
}
