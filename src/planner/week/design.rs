//! One design for all hours: which services stand together, on what, in which pattern.
//!
//! Every service has one group, so that no order of arrival and no weight decides where its tasks go, and a group holds its
//! certificate in every hour by its number of instances alone ([`crate::optimize::over_time`]).

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::rules::share_on_instance;
use crate::optimize::over_time::search::search;
use crate::optimize::over_time::{Group, OverTime};
use crate::optimize::stop::{Counter, Stop};
use crate::planner::options::PlanError;
use crate::realise::groups::DesignedGroup;
use crate::realise::placement::Placement;
use crate::realise::problem::{GroupProblem, Spans};
use crate::realise::{Guide, RUNS};

use super::classes::Class;
use super::relaxed::with_planned;

/// Steps of the search in a unit of work, which is about a microsecond.
const STEPS_PER_UNIT: u64 = 60;

/// A group of the week.
#[derive(Debug, Clone)]
pub(super) struct WeeklyGroup {
    /// The offerings of its instances, one per zone.
    pub offerings: Vec<usize>,
    /// Tasks of each service on one instance, by position.
    pub tasks_per_instance: BTreeMap<usize, u64>,
    /// Instances in each of its zones, by hour of the week.
    pub sizes: Vec<u64>,
}

impl WeeklyGroup {
    /// All instances in an hour.
    pub fn instances(&self, hour: usize) -> u64 {
        self.sizes[hour].saturating_mul(self.offerings.len() as u64)
    }

    /// What the group costs in an hour, on the cost grid.
    pub fn cost(&self, input: PlanningInput<'_>, hour: usize) -> i128 {
        let each: i128 = (self.offerings.iter())
            .map(|&offering| i128::from(input.offerings.usable[offering].usd_per_hour.grid_units()))
            .sum();
        each * i128::from(self.sizes[hour])
    }

    /// The group in an hour, with the hour's numbers of tasks. No instance is to hold more of a service then than
    /// `maxShareOnInstance` allows of so many: the pattern serves hours with more tasks too.
    pub fn at(&self, hour: usize, of: &Cluster) -> DesignedGroup {
        let there = self.tasks_per_instance.keys().copied();
        let tasks = |service: usize| of.planned_count(&of.services[service]);
        let most = |service: usize| {
            let by_share = share_on_instance::most_tasks(of, &of.services[service]);
            by_share.unwrap_or_else(|| tasks(service)).max(1)
        };
        DesignedGroup {
            offerings: self.offerings.clone(),
            counts: vec![self.sizes[hour]; self.offerings.len()],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: (self.tasks_per_instance.iter())
                .map(|(&service, &each)| (service, each.min(most(service))))
                .collect(),
            tasks: (there.clone())
                .map(|service| (service, tasks(service)))
                .filter(|(_, tasks)| *tasks > 0)
                .collect(),
            weights: there.map(|service| (service, 1)).collect(),
            bases: BTreeMap::new(),
        }
    }
}

/// Groups for all services that have tasks in some hour, and the work it took; `None` where none were found within the
/// policy's limits.
///
/// # Errors
/// When a number is beyond what the optimizer represents exactly.
pub(super) fn design(
    input: PlanningInput<'_>,
    classes: &[Class],
    most_work: u64,
    stop: &dyn Stop,
) -> Result<(Option<Vec<WeeklyGroup>>, u64), PlanError> {
    let demand = Demand::planned(input.cluster);
    let model = Model::try_new(input, &demand, Scope::Full)?;
    let elsewhere: Vec<usize> = (0..demand.tasks.len())
        .filter(|&service| demand.tasks[service] == 0)
        .collect();
    let counted = Counter::new();
    let guide = Guide {
        model: &model,
        demand: &demand,
        elsewhere: &elsewhere,
        fleet: &[],
        spending: &[],
        cost: 0,
        values: &[],
        bound: 0,
        most_groups: input.cluster.most_capacity_providers(),
        may_split: false,
        work_limit: most_work,
        counted: &counted,
        seed: RUNS,
    };
    let Some(problem) = GroupProblem::new(input, &guide, Spans::All) else {
        return Ok((None, 0));
    };
    if problem.services.is_empty() {
        return Ok((Some(Vec::new()), 0));
    }
    let over_time = OverTime {
        few: &problem.few,
        hours: classes.iter().map(Class::weight).collect(),
        demand: (classes.iter())
            .map(|class| of_services(&problem, |service| class.counts[service]))
            .collect(),
        most: (classes.iter())
            .map(|class| {
                let hour = with_planned(input.cluster, &class.counts);
                of_services(&problem, |service| most_on_one(&hour, service))
            })
            .collect(),
    };
    let steps = most_work.saturating_mul(STEPS_PER_UNIT);
    let found = search(&over_time, (steps, &counted), stop);
    let groups = found.map(|groups| {
        (groups.iter())
            .map(|group| of_group(&problem, classes, group))
            .collect()
    });
    Ok((groups, counted.total() / STEPS_PER_UNIT))
}

fn of_services(problem: &GroupProblem, value: impl Fn(usize) -> u64) -> Vec<u64> {
    problem
        .services
        .iter()
        .map(|&service| value(service))
        .collect()
}

/// Most tasks of a service that one instance may hold in an hour.
fn most_on_one(hour: &Cluster, service: usize) -> u64 {
    share_on_instance::most_tasks(hour, &hour.services[service]).unwrap_or(u64::MAX)
}

fn of_group(problem: &GroupProblem, classes: &[Class], group: &Group) -> WeeklyGroup {
    let mut sizes = vec![0; HOURS_PER_WEEK];
    for (class, &units) in classes.iter().zip(&group.units) {
        for &hour in &class.hours {
            sizes[hour] = units;
        }
    }
    WeeklyGroup {
        offerings: problem.offerings[group.kind].clone(),
        tasks_per_instance: (group.items.iter().zip(&group.copies))
            .map(|(&item, &copies)| (problem.services[item], copies))
            .collect(),
        sizes,
    }
}
