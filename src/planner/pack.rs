//! From the cluster to a fleet with a proof: bounds by relaxation, one packing, room for what may happen.
//!
//! 1. With zones, with room to keep, or where task groups have more ways than can be listed, the *merged*
//!    relaxation comes first: it is small, its bound holds for the cluster, and its patterns and duals start
//!    the full problem. Relaxations of the loss of a zone and of the largest rollout raise the bound.
//! 2. The full problem is packed. Where every place of it is a task, its bound holds as well.
//! 3. Room for deployments: places are asked for until every service's rollout has room.
//! 4. What limits leave without a place is taken out, and the rest is planned again.

use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::optimize::duals::Duals;
use crate::optimize::few_classes::solve_with_few_classes;
use crate::optimize::keeping::residual::Residual;
use crate::optimize::listener::Listener;
use crate::optimize::lp::LpError;
use crate::optimize::outcome::{Ending, Outcome, Statistics, Status};
use crate::optimize::problem::Cost;
use crate::optimize::relax::{Relaxed, relax};
use crate::optimize::solve::{Options, Start, solve};
use crate::optimize::stop::{Budget, Within};

use super::budget::Allowance;
use super::columns::Columns;
use super::fleet::Fleet;
use super::options::{NoMoves, PlanError, PlanOptions};
use super::translate::{by_item, class_limit, duals_by_service, spread_copy_duals};
use super::{held, instance_loss, surge, warm};

/// A fleet with what is known about it.
pub(super) struct Packed {
    /// The problem it solves.
    pub model: Model,
    /// Tasks that were planned for.
    pub demand: Demand,
    /// Instances and Fargate tasks.
    pub fleet: Fleet,
    /// Planned tasks without a place, by service.
    pub unplaced: Vec<u64>,
    /// Whether some of them have none where the work limit ended the search: more work might have found one.
    pub is_cut: bool,
    /// Services whose rollout has no room, and could be given none.
    pub without_room: Vec<usize>,
    /// Cost of new instances and optional Fargate tasks that no plan of these tasks is below.
    pub bound: Option<Cost>,
    /// What one more task of each service costs at the margin, on the cost grid.
    pub duals: Vec<Option<f64>>,
    /// All duals at which the linear program of [`Self::model`] has its bound.
    pub at_bound: Option<Duals>,
    /// Patterns that the search knew in the end.
    pub columns: Columns,
    /// Why the search ended.
    pub ending: Ending,
    /// Counts of the last search; its work is that of the last search alone.
    pub statistics: Statistics,
}

/// Rounds in which tasks that limits leave without a place are taken out.
const MOST_REDUCTIONS: usize = 12;
/// Rounds in which room for deployments is asked for service by service; after that for all at once.
const MOST_ROOMS: usize = 5;

/// Packs a cluster.
pub(super) fn pack(
    input: PlanningInput<'_>,
    options: &PlanOptions<'_>,
    (allowance, budget): (&Allowance, Budget<'_>),
    listener: &dyn Listener,
) -> Result<Packed, PlanError> {
    let mut demand = Demand::planned(input.cluster);
    let mut unplaced = vec![0; demand.tasks.len()];
    let mut round = 0;
    let mut is_cut = false;
    loop {
        let work = allowance.round(round, budget.left());
        let job = Job {
            input,
            options,
            budget: budget.at_most(work),
            listener,
        };
        let mut attempt = job.attempt(demand.clone())?;
        attempt.unplaced.clone_from(&unplaced);
        let without_room = instance_loss::keep_room(input, &mut attempt, budget);
        attempt.without_room.extend(without_room);
        let is_last = round + 2 >= MOST_REDUCTIONS;
        let to_take_out = tasks_to_take_out(input, &attempt, is_last);
        if to_take_out.iter().all(|&tasks| tasks == 0) || round == MOST_REDUCTIONS {
            return Ok(Packed {
                unplaced,
                is_cut,
                ..attempt
            });
        }
        if attempt.ending == Ending::Stopped {
            return Err(PlanError::LimitWithoutPlan);
        }
        is_cut |= attempt.ending == Ending::WorkLimit;
        for (service, &tasks) in to_take_out.iter().enumerate() {
            let tasks = tasks.min(demand.tasks[service]);
            demand.tasks[service] -= tasks;
            unplaced[service] += tasks;
        }
        round += 1;
    }
}

/// Tasks to take out, by service: those without a place, and where room could not be had, enough that it can.
fn tasks_to_take_out(input: PlanningInput<'_>, attempt: &Packed, is_last: bool) -> Vec<u64> {
    let mut found = vec![0_u64; attempt.demand.tasks.len()];
    for row in &attempt.fleet.rows {
        for (&service, &places) in row.tasks.iter().chain(&row.spare) {
            found[service] += places * row.count;
        }
    }
    let mut to_take_out = attempt.fleet.unplaced.clone();
    for item in &attempt.model.items {
        let service = item.service;
        let on_fargate = attempt
            .fleet
            .fargate
            .iter()
            .any(|(other, _)| *other == service);
        if on_fargate {
            to_take_out[service] = 0;
            continue;
        }
        let places = attempt.demand.places(input.cluster, input.hosts, service);
        let room = places.saturating_sub(found[service]).div_ceil(2);
        to_take_out[service] = to_take_out[service].max(room);
    }
    for &service in &attempt.without_room {
        // Fewer tasks need less room.
        to_take_out[service] = to_take_out[service].max(attempt.demand.tasks[service].div_ceil(2));
    }
    for (service, _) in &attempt.model.unplaceable {
        to_take_out[*service] = 0;
    }
    if is_last {
        // Fewer tasks at a time did not help: these services get no place.
        for (to_take_out, &tasks) in to_take_out.iter_mut().zip(&attempt.demand.tasks) {
            *to_take_out = if *to_take_out > 0 { tasks } else { 0 };
        }
    }
    to_take_out
}

/// One cluster, one demand.
struct Job<'a> {
    input: PlanningInput<'a>,
    options: &'a PlanOptions<'a>,
    /// Work and time for all of it.
    budget: Budget<'a>,
    listener: &'a dyn Listener,
}

/// What the relaxations tell.
#[derive(Default)]
struct Known {
    bound: Option<Cost>,
    /// Worth of a task, by service.
    duals: Option<Vec<f64>>,
    /// The merged problem with its relaxation.
    merged: Option<(Model, Relaxed)>,
    /// How the LP solver failed where a bound was looked for.
    failure: Option<LpError>,
}

impl Known {
    /// What the search for a bound came to: without one, packings are looked for all the same.
    fn unless_failed<T>(&mut self, found: Result<T, PlanError>) -> Result<Option<T>, PlanError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(PlanError::Solver(error)) => {
                self.failure.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Why the search ended, where a packing was found.
    fn ending(&self, of_packing: Ending) -> Ending {
        match (&self.failure, of_packing) {
            // What is proven, or as near as was asked for, lacks nothing.
            (_, of_packing @ (Ending::Optimal | Ending::Gap)) | (None, of_packing) => of_packing,
            (Some(error), _) => Ending::SolverFailed(error.clone()),
        }
    }
}

impl Job<'_> {
    fn attempt(&self, mut demand: Demand) -> Result<Packed, PlanError> {
        let policy = &self.input.cluster.policy;
        let full = Model::try_new(self.input, &demand, Scope::Full)?;
        let wants_room = policy.keeps_room_for_rollouts();
        let mut known = Known {
            duals: self
                .options
                .warm_start
                .map(|plan| warm::duals(self.input.cluster, plan)),
            ..Known::default()
        };
        if self.input.cluster.zones.len() > 1 || wants_room || !full.complete {
            self.relax_merged(&mut known, &demand)?;
        }
        // Of the demand as it is before room is asked for.
        let mut known_model = Some((demand.clone(), full));
        let mut last_complete: Option<Packed> = None;
        if wants_room {
            self.ask_for_largest_rollout(&mut known, &mut demand)?;
        }
        for round in 0.. {
            // Most clusters ask for no room: their model is made once, which for thousands of services takes a while.
            let model = match known_model.take() {
                Some((of, model)) if of == demand => model,
                _ => Model::try_new(self.input, &demand, Scope::Full)?,
            };
            let solved = self.solve(&model, &known, wants_room, round);
            let outcome = match (solved, last_complete.take()) {
                (Ok(outcome), _) => outcome,
                // The packing of the round before holds every task, if not all the room.
                (Err(PlanError::Solver(error)), Some(last)) => {
                    return Ok(Packed {
                        ending: Ending::SolverFailed(error),
                        ..last
                    });
                }
                (Err(error), _) => return Err(error),
            };
            let fleet = Fleet::new(self.input, &model, &demand, &outcome.packing);
            if model.complete && self.has_no_room(&demand) {
                known.bound = known.bound.max(outcome.bound);
            }
            let missing_room = if wants_room {
                surge::missing_room(self.input, &model, &demand, &fleet)
            } else {
                Vec::new()
            };
            let complete = outcome.status != Status::Incomplete;
            let room_before = demand.room.clone();
            self.ask_for_room(&known, &mut demand, &missing_room, round);
            // Room may be there and yet be of no use, as where a task:group rule does not hold beside it.
            let is_last = missing_room.is_empty() || demand.room == room_before;
            let packed = Packed {
                duals: duals_by_service(self.input, &model, &fleet, &outcome),
                unplaced: Vec::new(),
                is_cut: false,
                without_room: missing_room.iter().map(|&(service, _)| service).collect(),
                bound: known.bound,
                at_bound: outcome.at_bound.clone(),
                columns: Columns::new(self.input, &model, &outcome.patterns),
                ending: known.ending(outcome.ending),
                statistics: outcome.statistics,
                demand: Demand {
                    room: room_before,
                    ..demand.clone()
                },
                model,
                fleet,
            };
            if is_last || !complete {
                return Ok(packed);
            }
            last_complete = Some(packed);
        }
        unreachable!("the loop ends once no more room is asked for")
    }

    /// Whether every place that is planned is a task.
    fn has_no_room(&self, demand: &Demand) -> bool {
        let PlanningInput { cluster, hosts, .. } = self.input;
        (0..demand.tasks.len())
            .all(|service| demand.places(cluster, hosts, service) == demand.tasks[service])
    }

    /// Bound, duals and patterns of the merged problem, and bounds of the loss of a zone.
    fn relax_merged(&self, known: &mut Known, demand: &Demand) -> Result<(), PlanError> {
        let merged = Model::try_new(self.input, demand, Scope::Merged)?;
        let duals = known.duals.as_ref().map(|duals| by_item(&merged, duals));
        // With an earlier plan to begin with, the proof is what is left to do.
        let part = if self.options.warm_start.is_some() {
            2
        } else {
            4
        };
        let relaxed = self.relax(&merged, duals.as_deref(), part);
        let Some(relaxed) = known.unless_failed(relaxed)? else {
            return Ok(());
        };
        known.bound = known.bound.max(relaxed.bound);
        let mut by_service = vec![0.0; demand.tasks.len()];
        for (item, dual) in merged.items.iter().zip(&relaxed.duals) {
            by_service[item.service] = *dual;
        }
        if self.input.cluster.policy.survive_zone_loss {
            let (problem, times) = merged.losses(self.input.cluster);
            let work = self.budget.left() / 6;
            let share = Within(self.budget.share(1, 6));
            let losses = relax(&problem, Some(&relaxed.duals), work, &share);
            if let Some(losses) = known.unless_failed(losses.map_err(PlanError::from))? {
                self.budget.work.spend(losses.work);
                let bound = losses.bound.map(|bound| bound.div_euclid(times));
                known.bound = known.bound.max(bound);
            }
        }
        known.duals = Some(by_service);
        known.merged = Some((merged, relaxed));
        Ok(())
    }

    /// A bound with the rollout that is worth most, and room for it in the demand.
    fn ask_for_largest_rollout(
        &self,
        known: &mut Known,
        demand: &mut Demand,
    ) -> Result<(), PlanError> {
        let worth = |service: usize| {
            let dual = known.duals.as_ref().map_or(0.0, |duals| duals[service]);
            surge::surge(self.input, demand, service) as f64 * dual
        };
        let largest =
            (0..demand.tasks.len()).max_by(|&a, &b| worth(a).total_cmp(&worth(b)).then(b.cmp(&a)));
        let Some(service) = largest.filter(|&service| worth(service) > 0.0) else {
            return Ok(());
        };
        // Beyond what optimizers count, a rollout is as good as impossible.
        demand.room[service] = surge::surge(self.input, demand, service).min(1 << 40);
        let with_room = Model::try_new(self.input, demand, Scope::Merged)?;
        let duals = known.duals.as_ref().map(|duals| by_item(&with_room, duals));
        let relaxed = self.relax(&with_room, duals.as_deref(), 6);
        if let Some(relaxed) = known.unless_failed(relaxed)? {
            known.bound = known.bound.max(relaxed.bound);
        }
        Ok(())
    }

    /// Room for the service whose lack is worth most; after some rounds for all that lack any.
    fn ask_for_room(
        &self,
        known: &Known,
        demand: &mut Demand,
        missing_room: &[(usize, u64)],
        round: usize,
    ) {
        let worth = |&(service, places): &(usize, u64)| {
            known.duals.as_ref().map_or(1.0, |duals| duals[service]) * places as f64
        };
        if round >= MOST_ROOMS {
            for &(service, _) in missing_room {
                demand.room[service] = surge::surge(self.input, demand, service);
            }
            return;
        }
        let first = missing_room
            .iter()
            .max_by(|a, b| worth(a).total_cmp(&worth(b)).then(b.0.cmp(&a.0)));
        if let Some(&(service, places)) = first {
            let most = surge::surge(self.input, demand, service);
            demand.room[service] = (demand.room[service] + places).min(most);
        }
    }

    fn relax(&self, model: &Model, duals: Option<&[f64]>, part: u32) -> Result<Relaxed, PlanError> {
        let work = self.budget.left() / u64::from(part);
        let share = Within(self.budget.share(1, part));
        let relaxed = relax(&model.problem, duals, work, &share)?;
        self.budget.work.spend(relaxed.work);
        Ok(relaxed)
    }

    fn solve(
        &self,
        model: &Model,
        known: &Known,
        wants_room: bool,
        round: usize,
    ) -> Result<Outcome, PlanError> {
        // Room is asked for in several rounds: half of what is left for the first, less for the others.
        let part = match (wants_room, round) {
            (false, _) => 1,
            (true, 0) => 2,
            (true, _) => 4,
        };
        let options = Options {
            gap: self.options.gap,
            work_limit: Some(self.budget.left() / u64::from(part)),
            seed: self.options.seed,
            start: self.start(model, known),
            blocks: true,
        };
        let share = Within(self.budget.share(1, part));
        let residual = self.residual(model)?;
        let problem = residual
            .as_ref()
            .map_or(&model.problem, |left| &left.problem);
        let cluster = self.input.cluster;
        let mut outcome = match cluster.policy.max_instance_types {
            Some(most) => {
                let limit = class_limit(self.input, model, most);
                solve_with_few_classes(problem, &limit, &options, &share)?
            }
            None => solve(problem, &options, &share, self.listener)?,
        };
        self.budget.work.spend(outcome.statistics.work);
        if let Some(residual) = &residual {
            outcome.packing = residual.joined(&outcome.packing);
        }
        Ok(outcome)
    }

    /// What is left to pack beside tasks that stay where they run; `None` where none do.
    fn residual(&self, model: &Model) -> Result<Option<Residual>, PlanError> {
        if !held::any(self.input) {
            return Ok(None);
        }
        let staying = held::classes(self.input, model);
        let residual = Residual::try_new(&model.problem, &staying)?;
        Ok(Some(residual.ok_or(NoMoves::BreaksRule)?))
    }

    /// What the relaxation and an earlier plan tell about a full problem.
    fn start(&self, model: &Model, known: &Known) -> Start {
        let mut start = Start {
            duals: known.duals.as_ref().map(|duals| by_item(model, duals)),
            bound: known.bound,
            ..Start::default()
        };
        if let Some((merged, relaxed)) = &known.merged {
            let used = relaxed.patterns.iter();
            let spread = used.flat_map(|pattern| model.spread(merged, pattern));
            start.patterns.extend(spread);
            start.copy_duals = Some(spread_copy_duals(model, merged, relaxed));
        }
        if let Some(columns) = self.options.columns {
            start.patterns.extend(columns.patterns(self.input, model));
        }
        if let Some(plan) = self.options.warm_start {
            let packing = warm::packing(self.input, model, plan);
            start
                .patterns
                .extend(packing.bins.iter().map(|(pattern, _)| pattern.clone()));
            start.packings.push(packing);
        }
        start
    }
}
