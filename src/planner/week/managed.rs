//! Managed Instances over a week: which services are on them, and what is packed on them hour by hour.
//!
//! ECS starts and ends Managed Instances as tasks come and go, so that every hour has a packing of its own; a group's design
//! serves all hours. A service is in one way the whole week ([`Way`]); of those that are not on
//! Managed Instances the design says which are on Fargate in place of a group. A choice of ways costs
//!
//! ```text
//! Σ_t w_t ( cost of the groups and tasks on Fargate designed for the others, in t  +  cost of packing those on Managed Instances, in t )
//! ```
//!
//! and its bound is that of the hours' packings, which leave ways mixed ([`super::relaxed`]). Choices are tried as for one number of
//! tasks (`planner::managed`): what the hours' packings lean to, each way wherever it can be, then one service at a time another way.
//! Where hours were packed together, tasks that an hour has fewer of are taken out of the packing of the most.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Cluster;
use crate::domain::plan::PlannedInstances;
use crate::domain::service::Service;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::managed_instances::Way;
use crate::formulate::rules::task_group;
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Budget, Share, Stop};
use crate::planner::budget::{self, Allowance};
use crate::planner::counted::{Meters, Parts};
use crate::planner::fleet::FleetRow;
use crate::planner::managed::{Choice, divided_first, first_choices};
use crate::planner::options::{NoWeek, PlanError, PlanOptions};
use crate::planner::pack::pack;

use super::chosen::{Chosen, cost_of, hosts_of};
use super::classes::Class;
use super::design::{self, WeeklyFleet, WeeklyGroup};
use super::relaxed::{self, MOST_PACKINGS, PackedSet, Relaxed, with_most};
use super::trimmed::trimmed;
use super::ways::{self, placed, positions};

/// Services that are tried in another way.
const MOST_TURNED: usize = 6;
/// A choice's packing of an hour has this part of the work of the hour's own.
const PART_OF_A_CHOICE: u64 = 4;
/// Choices that may follow, for the clock.
const MOST_CHOICES: u32 = 10;

/// Most packings of hours: every class has its own where a task that goes may take with it what others need on the same
/// instance.
pub(super) fn most_packings(input: PlanningInput<'_>) -> usize {
    let is_bound = task_group::any(input.cluster)
        || (input.offerings.usable.iter()).any(|offering| offering.accelerated);
    if input.cluster.policy.buys_managed_instances() && is_bound {
        usize::MAX
    } else {
        MOST_PACKINGS
    }
}

/// The cheapest choice found.
///
/// # Errors
/// As [`crate::planner::plan`], and where no choice holds all tasks.
pub(super) fn choose(
    input: PlanningInput<'_>,
    (cluster, classes, relaxed): (&Cluster, &[Class], &Relaxed),
    (options, work): (&PlanOptions<'_>, u64),
    stop: &dyn Stop,
) -> Result<Chosen, PlanError> {
    let ways = ways::of_week(input, classes);
    let held = ways::tasks_by_way(input, classes, relaxed);
    let mut search = Search {
        input,
        cluster,
        classes,
        relaxed,
        options,
        work,
        stop,
        known: BTreeSet::new(),
        best: None,
        spent: 0,
    };
    for choice in first_choices(&ways, &held) {
        search.try_choice(choice)?;
    }
    for service in divided_first(&held, &ways).into_iter().take(MOST_TURNED) {
        let Some((_, best)) = &search.best else { break };
        let from = best.ways.clone();
        let others = (ways[service].iter()).filter(|&&way| Some(way) != from[service]);
        for &way in others {
            let mut turned = from.clone();
            turned[service] = Some(way);
            search.try_choice(turned)?;
        }
    }
    let spent = search.spent;
    match search.best {
        Some((_, chosen)) => Ok(Chosen {
            work: spent,
            ..chosen
        }),
        None if stop.should_stop() => Err(PlanError::LimitWithoutPlan),
        None => Err(NoWeek::NoGroups.into()),
    }
}

struct Search<'a> {
    input: PlanningInput<'a>,
    cluster: &'a Cluster,
    classes: &'a [Class],
    relaxed: &'a Relaxed,
    options: &'a PlanOptions<'a>,
    work: u64,
    stop: &'a dyn Stop,
    known: BTreeSet<Choice>,
    best: Option<((usize, i128), Chosen)>,
    spent: u64,
}

impl Search<'_> {
    /// Plans a choice that was not planned yet, and keeps it where it is the cheapest so far.
    fn try_choice(&mut self, ways: Choice) -> Result<(), PlanError> {
        let is_over = self.best.is_some() && self.stop.should_stop();
        if is_over || !self.known.insert(ways.clone()) {
            return Ok(());
        }
        let clock = Share::new(self.stop, 1, MOST_CHOICES);
        let chosen = Chosen {
            groups: Vec::new(),
            on_fargate: Vec::new(),
            managed: vec![Vec::new(); self.classes.len()],
            ways,
            work: 0,
        };
        let Some(fleet) = self.fleet(&chosen, &clock)? else {
            return Ok(());
        };
        let Some(managed) = self.managed(&chosen, &clock)? else {
            return Ok(());
        };
        let chosen = Chosen {
            groups: fleet.groups,
            on_fargate: fleet.on_fargate,
            managed,
            ..chosen
        };
        let most = self.input.cluster.policy.max_instances;
        let mut classes = self.classes.iter().enumerate();
        if classes.any(|(class, of)| chosen.instances(class, of.hours[0]) > most) {
            return Ok(());
        }
        let cost: i128 = (self.classes.iter().enumerate())
            .map(|(class, of)| {
                i128::from(of.weight()) * chosen.cost(self.input, class, of.hours[0])
            })
            .sum();
        // What leaves services out costs less, and is no better for it.
        let worth = (self.without_a_place(&chosen), cost);
        if self.best.as_ref().is_none_or(|(least, _)| worth < *least) {
            self.best = Some((worth, chosen));
        }
        Ok(())
    }

    /// The groups of the services that are not on Managed Instances, or their places on Fargate; `None` where none are found.
    fn fleet(
        &mut self,
        chosen: &Chosen,
        stop: &dyn Stop,
    ) -> Result<Option<WeeklyFleet>, PlanError> {
        let own = chosen.without_managed(self.input.cluster.clone());
        let hosts = chosen.hosts(&own, self.input);
        let input = PlanningInput {
            cluster: &own,
            hosts: &hosts,
            ..self.input
        };
        let (fleet, work) = design::design(input, self.classes, self.work, stop)?;
        self.spent += work;
        Ok(fleet)
    }

    /// Services that a choice has neither in a group, nor on Fargate, nor on Managed Instances: one that only stands with tasks of another which is
    /// on Managed Instances has no group to be in.
    fn without_a_place(&self, chosen: &Chosen) -> usize {
        let services = self.input.cluster.services.iter().enumerate();
        let is_left_out = |&(service, of): &(usize, &Service)| {
            let runs = self.classes.iter().any(|class| class.counts[service] > 0);
            let in_group = |group: &WeeklyGroup| group.services().any(|own| own == service);
            runs && !of.is_daemon()
                && !chosen.is_managed(service)
                && !chosen.groups.iter().any(in_group)
                && !chosen.on_fargate.iter().any(|own| own.service == service)
        };
        services.filter(is_left_out).count()
    }

    /// Managed Instances of each class of hours; `None` where some tasks have no place on them.
    fn managed(
        &mut self,
        chosen: &Chosen,
        stop: &dyn Stop,
    ) -> Result<Option<Vec<Vec<FleetRow>>>, PlanError> {
        let mut cheapest: BTreeMap<Vec<u64>, (i128, Vec<FleetRow>)> = BTreeMap::new();
        let counts = |class: usize| -> Vec<u64> {
            (self.classes[class].counts.iter().enumerate())
                .map(
                    |(service, &tasks)| {
                        if chosen.is_managed(service) { tasks } else { 0 }
                    },
                )
                .collect()
        };
        let sets = self.relaxed.sets.len();
        for (place, of) in self.relaxed.sets.iter().enumerate() {
            let left = u32::try_from(sets - place).unwrap_or(u32::MAX);
            let clock = Share::new(stop, 1, left);
            let rows = match self.known_rows(of, chosen) {
                Some(rows) => rows,
                None => match self.packed_rows(of, chosen, &clock)? {
                    Some((rows, work)) => {
                        self.spent += work;
                        rows
                    }
                    None => return Ok(None),
                },
            };
            for &class in &of.set.classes {
                let own = counts(class);
                let rows = trimmed(self.input, &rows, &own);
                let cost = cost_of(self.input, &rows);
                let known = cheapest.entry(own).or_insert_with(|| (cost, rows.clone()));
                if cost < known.0 {
                    *known = (cost, rows);
                }
            }
        }
        let rows = (0..self.classes.len())
            .map(|class| {
                cheapest
                    .get(&counts(class))
                    .map(|(_, rows)| rows.clone())
                    .unwrap_or_default()
            })
            .collect();
        Ok(Some(rows))
    }

    /// The rows that the hours' own packing has for these services, where it leaves every service its way and has none of them on Fargate.
    fn known_rows(&self, of: &PackedSet, chosen: &Chosen) -> Option<Vec<FleetRow>> {
        let positions = positions(self.input.cluster);
        let (rows, _) = of.packing.as_ref()?;
        let holds = |row: &PlannedInstances| {
            let way = Way::of(row.purchase_option);
            (row.tasks.keys())
                .filter_map(|name| positions.get(name.as_str()))
                .all(|&service| chosen.ways[service] == Some(way))
        };
        let mut managed = (positions.iter()).filter(|(_, service)| chosen.is_managed(**service));
        let has_all = managed.all(|(name, &service)| placed(rows, name) >= of.set.most[service]);
        if !has_all || !rows.iter().all(holds) {
            return None;
        }
        (rows.iter())
            .filter(|row| row.purchase_option.is_managed())
            .map(|row| self.fleet_row(row, &positions))
            .collect()
    }

    fn fleet_row(
        &self,
        row: &PlannedInstances,
        positions: &BTreeMap<&str, usize>,
    ) -> Option<FleetRow> {
        let offering = (self.input.offerings.usable.iter()).position(|offering| {
            offering.existing.is_none()
                && offering.level == 0
                && offering.instance_type == row.instance_type
                && offering.purchase_option == row.purchase_option
                && offering.availability_zone == row.availability_zone
        })?;
        Some(FleetRow {
            offering,
            count: row.count,
            tasks: (row.tasks.iter())
                .filter_map(|(name, each)| Some((*positions.get(name.as_str())?, *each)))
                .collect(),
            spare: BTreeMap::new(),
        })
    }

    /// Packs the largest numbers of a set's tasks that are on Managed Instances, each service in its way.
    fn packed_rows(
        &self,
        of: &PackedSet,
        chosen: &Chosen,
        stop: &dyn Stop,
    ) -> Result<Option<(Vec<FleetRow>, u64)>, PlanError> {
        let mut hour = with_most(self.cluster, self.classes, &of.set);
        for (position, service) in hour.services.iter_mut().enumerate() {
            if !chosen.is_managed(position) && !service.is_daemon() {
                service.desired_count = 0;
            }
        }
        if (hour.services.iter()).all(|service| hour.planned_count(service) == 0) {
            return Ok(Some((Vec::new(), 0)));
        }
        let sets = self.relaxed.sets.len();
        let limit = relaxed::work_limit(&hour, self.options, (sets, self.stop));
        let asked = PlanOptions {
            ideal: true,
            rehearses: false,
            warm_start: None,
            work_limit: limit.map(|limit| limit / PART_OF_A_CHOICE),
            ..*self.options
        };
        // A service is all on Managed Instances or not at all, so that none of these is on Fargate in an hour where that costs less.
        let hosts = hosts_of(&hour, self.input, &chosen.ways).with_on_fargate(BTreeSet::new());
        let input = PlanningInput {
            cluster: &hour,
            hosts: &hosts,
            ..self.input
        };
        let parts = Parts::new(&hour, &asked, stop);
        let allowance = Allowance::new(&asked, parts.searches);
        let meters = Meters::new(Parts {
            searches: allowance.whole,
            ..parts
        });
        let budget = budget::of_ideal(Budget::new(stop, &meters.searches), true);
        let packed = match pack(input, &asked, (&allowance, budget), &Silent) {
            Ok(packed) => packed,
            // The next choice may be easier.
            Err(PlanError::LimitWithoutPlan) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_whole =
            packed.model.unplaceable.is_empty() && packed.unplaced.iter().all(|&tasks| tasks == 0);
        let rows = (packed.fleet.rows.into_iter())
            .filter(|row| !row.tasks.is_empty())
            .collect();
        Ok(is_whole.then(|| (rows, meters.spent())))
    }
}
