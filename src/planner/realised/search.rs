//! The search for groups, guided by the ideal packing.

use std::collections::BTreeMap;

use crate::domain::money::UsdPerHour;
use crate::domain::policy::MOST_CAPACITY_PROVIDERS;
use crate::formulate::demand::Demand;
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Budget, Counter, Share, Stop, WorkMeter};
use crate::planner::assemble::Assembly;
use crate::planner::fleet::FleetRow;
use crate::planner::options::DemandPattern;
use crate::realise::groups::DesignedGroup;
use crate::realise::placement::Placement;
use crate::realise::{self, Guide, IdealRow, design, ideal_rows, other_number, replayed, zonal};

use super::worth;

/// Inner steps of the search for certified groups in a unit of work.
const STEPS_PER_UNIT: u64 = 60;
/// Inner steps of the search for groups of single zones in a unit of work, for each service: those are short loops over
/// tables, which take a fraction of the time of the other searches' steps, and every service chooses in each evaluation.
const ZONAL_STEPS_PER_UNIT: u64 = 12;
/// Most services that are counted for that.
const MOST_SERVICES_COUNTED: u64 = 100;

/// Numbers of groups below the plan's own of which costs are shown, where groups may stand in single zones.
const FEWER_SHOWN: usize = 3;
/// Numbers of groups that are looked at beside the plan's own.
const OTHER_NUMBERS: u64 = 2;

/// Limits of the search, as the plan has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<'a> {
    /// Units of work, of all runs together.
    pub work: u64,
    /// What is spent is counted here.
    pub meter: &'a WorkMeter,
    /// Seed of the random choices.
    pub seed: u64,
}

/// What guides the search, out of the ideal packing.
pub(super) struct Basis<'a> {
    assembly: &'a Assembly<'a>,
    elsewhere: Vec<usize>,
    spending: Vec<(usize, Cost)>,
    values: Vec<f64>,
    /// About what the groups will cost.
    cost: Cost,
    fleet: Vec<IdealRow<'a>>,
    demand: Demand,
}

impl<'a> Basis<'a> {
    /// For so many tasks of each service as are to be on new instances.
    pub fn new(assembly: &'a Assembly<'a>, demand: Demand) -> Self {
        let (input, packed) = (assembly.input, assembly.packed);
        let planned_for = |service: usize| {
            demand.tasks[service] > 0 && !input.cluster.services[service].is_external()
        };
        let on_fargate = packed.fleet.fargate.iter().map(|(service, _)| *service);
        let not_here = (0..demand.tasks.len()).filter(|&service| !planned_for(service));
        let mut spending: BTreeMap<usize, Cost> = BTreeMap::new();
        let is_new = |row: &&FleetRow| {
            let offering = &input.offerings.usable[row.offering];
            offering.existing.is_none() && offering.purchase_option.has_group()
        };
        let managed = packed.fleet.on_managed_instances(input.offerings);
        for row in packed.fleet.rows.iter().filter(is_new) {
            let cost = input.offerings.usable[row.offering].usd_per_hour * row.count;
            *spending.entry(row.offering).or_default() += cost.grid_units();
        }
        let ideal_row = |row: &'a FleetRow| IdealRow {
            offering: row.offering,
            count: row.count,
            tasks: &row.tasks,
        };
        Self {
            assembly,
            elsewhere: on_fargate.chain(not_here).chain(managed).collect(),
            cost: spending.values().sum(),
            spending: spending.into_iter().collect(),
            values: (packed.duals.iter())
                .map(|dual| dual.unwrap_or(0.0))
                .collect(),
            fleet: (packed.fleet.rows.iter().filter(is_new))
                .map(ideal_row)
                .collect(),
            demand,
        }
    }

    /// The same beside instances that stay, which the ideal packing may have put tasks on that groups are designed for.
    pub fn beside_today(assembly: &'a Assembly<'a>, demand: Demand) -> Self {
        let basis = Self::new(assembly, demand);
        let values = worth::of_tasks(assembly.input, assembly.packed);
        let worth: f64 = (values.iter().zip(&basis.demand.tasks))
            .map(|(value, &tasks)| value * tasks as f64)
            .sum();
        #[allow(
            clippy::cast_possible_truncation,
            reason = "far below what costs may be"
        )]
        let cost = basis.cost.max(worth as Cost);
        Self {
            values,
            cost,
            ..basis
        }
    }

    /// Without the rows of the ideal packing, where its tasks are not those that groups are designed for.
    pub fn without_rows(self) -> Self {
        Self {
            fleet: Vec::new(),
            ..self
        }
    }

    /// Tasks that groups are designed for.
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Whether there are tasks to design groups for.
    pub fn has_tasks(&self) -> bool {
        (0..self.demand.tasks.len()).any(|service| !self.elsewhere.contains(&service))
    }

    fn guide<'b>(
        &'b self,
        may_split: bool,
        (work_limit, counted): (u64, &'b Counter),
        seed: u64,
    ) -> Guide<'b> {
        let packed = self.assembly.packed;
        Guide {
            model: &packed.model,
            demand: &self.demand,
            elsewhere: &self.elsewhere,
            fleet: &self.fleet,
            spending: &self.spending,
            cost: self.cost,
            values: &self.values,
            bound: packed.bound.unwrap_or(0),
            most_groups: self.assembly.input.cluster.most_capacity_providers(),
            may_split,
            work_limit,
            counted,
            seed,
        }
    }

    /// The rows of the ideal packing as groups, where they are at most so many.
    pub fn ideal_rows(&self, most_groups: u64) -> Option<Vec<DesignedGroup>> {
        let counted = Counter::new();
        let guide = Guide {
            most_groups,
            ..self.guide(true, (0, &counted), 0)
        };
        ideal_rows(self.assembly.input, &guide)
    }

    /// Certified groups of single zones beside groups over all zones, at most so many, by their number: of each number that
    /// no smaller one does as well with, ascending, with what they cost. None where the policy asks for other groups.
    pub fn zonal(
        &self,
        limits: Limits<'_>,
        most_groups: u64,
        stop: &dyn Stop,
    ) -> Vec<(UsdPerHour, Vec<DesignedGroup>)> {
        let services = self.assembly.packed.demand.tasks.len() as u64;
        let per_unit = ZONAL_STEPS_PER_UNIT * services.clamp(1, MOST_SERVICES_COUNTED);
        let steps = (limits.work / zonal::RUNS).saturating_mul(per_unit);
        let counted = Counter::new();
        let guide = Guide {
            most_groups,
            ..self.guide(true, (steps, &counted), limits.seed)
        };
        let found = zonal::designs(self.assembly.input, &guide, stop);
        limits.meter.spend(counted.total() / per_unit);
        (found.into_iter())
            .map(|(cost, groups)| (UsdPerHour::from_grid_units(cost).rounded(), groups))
            .collect()
    }

    /// What other numbers of groups cost than `used` of them, which cost `own`, as `known` tells.
    pub fn other_zonal_numbers(
        &self,
        (used, own): (u64, UsdPerHour),
        known: impl Iterator<Item = (u64, UsdPerHour)>,
    ) -> Vec<(u64, UsdPerHour)> {
        let mut others: BTreeMap<u64, UsdPerHour> = BTreeMap::new();
        let mut note = |number: u64, cost: UsdPerHour| {
            if (number < used && cost > own) || (number > used && cost < own) {
                let least = others.entry(number).or_insert(cost);
                *least = cost.min(*least);
            }
        };
        for (number, cost) in known {
            note(number, cost);
        }
        let rows = self.ideal_rows(MOST_CAPACITY_PROVIDERS).unwrap_or_default();
        if !rows.is_empty() {
            note(rows.len() as u64, self.cost(&rows));
        }
        // Only what no smaller number costs as little as; of those below the plan's own, the nearest.
        let mut steps: Vec<(u64, UsdPerHour)> = Vec::new();
        for (number, cost) in others {
            if steps.last().is_none_or(|&(_, least)| cost < least) {
                steps.push((number, cost));
            }
        }
        let fewer = steps.iter().filter(|&&(number, _)| number < used).count();
        steps.drain(..fewer.saturating_sub(FEWER_SHOWN));
        steps
    }

    /// Certified groups; with `may_split` a service that is spread over zones may use several.
    pub fn certified(
        &self,
        limits: Limits<'_>,
        may_split: bool,
        stop: &dyn Stop,
    ) -> Option<Vec<DesignedGroup>> {
        let steps = (limits.work / realise::RUNS).saturating_mul(STEPS_PER_UNIT);
        let counted = Counter::new();
        let guide = self.guide(may_split, (steps, &counted), limits.seed);
        let found = design(self.assembly.input, &guide, stop);
        limits.meter.spend(counted.total() / STEPS_PER_UNIT);
        found
    }

    /// One group fewer, two more and, where fewer are used, as many as the policy allows, as far as a shorter search finds
    /// some, in the order of their number, with what they cost.
    pub fn other_numbers(
        &self,
        limits: Limits<'_>,
        groups: &[DesignedGroup],
        stop: &dyn Stop,
    ) -> Vec<(u64, UsdPerHour, Vec<DesignedGroup>)> {
        let used = groups.len() as u64;
        let most = self.assembly.input.cluster.most_capacity_providers();
        let mut numbers = vec![used.saturating_sub(1), used + 2];
        if used < most && most != used + 2 {
            numbers.push(most);
        }
        numbers.retain(|&number| number > 0);
        numbers.sort_unstable();
        // More groups than are used are nearer to the ideal packing's rows than to those groups.
        let rows = self.ideal_rows(MOST_CAPACITY_PROVIDERS);
        let mut found = Vec::new();
        for (place, &number) in numbers.iter().enumerate() {
            let steps =
                (limits.work / OTHER_NUMBERS / realise::RUNS).saturating_mul(STEPS_PER_UNIT);
            let counted = Counter::new();
            let left = u32::try_from(numbers.len() - place).unwrap_or(1);
            let clock = Share::new(stop, 1, left);
            let guide = Guide {
                most_groups: number,
                ..self.guide(true, (steps, &counted), limits.seed)
            };
            let known = match &rows {
                Some(rows) if number > used => rows,
                _ => groups,
            };
            let other = other_number(self.assembly.input, &guide, known, &clock);
            // What may be the plan is looked for from the plan's groups as well.
            let again = (number == most && rows.is_some()).then(|| {
                let guide = Guide {
                    seed: limits.seed.wrapping_add(1),
                    ..guide
                };
                other_number(self.assembly.input, &guide, groups, &clock)
            });
            limits.meter.spend(counted.total() / STEPS_PER_UNIT);
            let cheapest = (other.into_iter().chain(again.flatten()))
                .map(|groups| (number, self.cost(&groups), groups))
                .min_by_key(|&(_, cost, _)| cost);
            found.extend(cheapest);
        }
        found
    }

    /// What groups cost.
    pub fn cost(&self, groups: &[DesignedGroup]) -> UsdPerHour {
        let usable = &self.assembly.input.offerings.usable;
        (groups.iter())
            .flat_map(|group| group.offerings.iter().zip(&group.counts))
            .map(|(&offering, &count)| usable[offering].usd_per_hour * count)
            .sum()
    }

    /// Whether the policy keeps room for a rollout or for a lost zone, which is not replayed.
    pub fn keeps_room(&self) -> bool {
        let policy = &self.assembly.input.cluster.policy;
        policy.survive_zone_loss || policy.keeps_room_for_rollouts()
    }

    /// Designs that replays show to be filled, the cheapest first.
    pub fn replayed(
        &self,
        limits: Limits<'_>,
        demand: DemandPattern,
        known: Option<&[DesignedGroup]>,
        (stop, proofs): (&dyn Stop, Budget<'_>),
    ) -> Vec<Vec<DesignedGroup>> {
        // Neither room for a rollout nor for a lost zone is replayed.
        if self.keeps_room() {
            return Vec::new();
        }
        let policy = &self.assembly.input.cluster.policy;
        let placements: Vec<Placement> = (Placement::ALL.into_iter())
            .filter(|placement| placement.packs() || demand == DemandPattern::Steady)
            .collect();
        // Their strategies rest on weights.
        if !policy.deterministic_routing {
            return Vec::new();
        }
        let most_groups = self.assembly.input.cluster.most_capacity_providers();
        let Ok(most_groups) = usize::try_from(most_groups) else {
            return Vec::new();
        };
        let options = replayed::Options {
            placements: &placements,
            most_groups,
            work_limit: (limits.work / replayed::RUNS)
                .saturating_mul(replayed::PLACEMENTS_PER_UNIT),
            seed: limits.seed,
            known,
        };
        let counted = Counter::new();
        let guide = self.guide(true, (0, &counted), limits.seed);
        let clock = Share::new(stop, 9, 10);
        let found = replayed::designs(self.assembly.input, &guide, &options, &clock, proofs);
        limits
            .meter
            .spend(counted.total() / replayed::PLACEMENTS_PER_UNIT);
        found
    }
}
