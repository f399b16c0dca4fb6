//! One design for all hours: which services stand together, on what, in which pattern.
//!
//! Every service has one group, so that no order of arrival and no weight decides where its tasks go, and a group holds its
//! certificate in every hour by its number of instances alone ([`crate::optimize::over_time`]). Where the policy allows it, a service
//! may be on Fargate in place of a group, all week.

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

use super::classes::{Class, with_planned};
use super::on_fargate::WeeklyFargate;

/// Steps of the search in a unit of work, which is about a microsecond.
const STEPS_PER_UNIT: u64 = 60;

/// What a design comes to.
#[derive(Debug, Clone)]
pub(super) struct WeeklyFleet {
    /// Groups.
    pub groups: Vec<WeeklyGroup>,
    /// Services on Fargate.
    pub on_fargate: Vec<WeeklyFargate>,
}

/// A group of the week.
#[derive(Debug, Clone)]
pub(super) struct WeeklyGroup {
    /// The offerings of its instances, one per zone.
    pub offerings: Vec<usize>,
    /// Tasks of each service on one instance, by position; none where the group is packed.
    pub tasks_per_instance: BTreeMap<usize, u64>,
    /// Instances in each of its zones, by hour of the week.
    pub sizes: Vec<u64>,
    /// A packed group, of the same tasks in every hour ([`super::elastic`]).
    pub packed: Option<DesignedGroup>,
}

impl WeeklyGroup {
    /// All instances in an hour.
    pub fn instances(&self, hour: usize) -> u64 {
        self.sizes[hour].saturating_mul(self.offerings.len() as u64)
    }

    /// The services that use it, by position.
    pub fn services(&self) -> impl Iterator<Item = usize> + '_ {
        let packed = self.packed.iter().flat_map(|own| own.tasks.keys());
        self.tasks_per_instance.keys().chain(packed).copied()
    }

    /// What the group costs in an hour, on the cost grid.
    pub fn cost(&self, input: PlanningInput<'_>, hour: usize) -> i128 {
        self.unit_cost(input) * i128::from(self.sizes[hour])
    }

    /// What an instance in each of its zones costs, on the cost grid.
    fn unit_cost(&self, input: PlanningInput<'_>) -> i128 {
        (self.offerings.iter())
            .map(|&offering| i128::from(input.offerings.usable[offering].usd_per_hour.grid_units()))
            .sum()
    }

    /// The group in an hour, with the hour's numbers of tasks. No instance is to hold more of a service then than
    /// `maxShareOnInstance` allows of so many: the pattern serves hours with more tasks too.
    pub fn at(&self, hour: usize, of: &Cluster) -> DesignedGroup {
        if let Some(own) = &self.packed {
            return own.clone();
        }
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

/// Groups for all services that have tasks in some hour, or their places on Fargate where that costs less, and the work it took;
/// `None` where none were found within the policy's limits.
///
/// # Errors
/// When a number is beyond what the optimizer represents exactly.
pub(super) fn design(
    input: PlanningInput<'_>,
    classes: &[Class],
    most_work: u64,
    stop: &dyn Stop,
) -> Result<(Option<WeeklyFleet>, u64), PlanError> {
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
    // What can be nowhere else.
    let only_there: Option<Vec<WeeklyFargate>> = (model.on_fargate.iter())
        .map(|(service, _)| WeeklyFargate::new(input, *service, classes))
        .collect();
    let (Some(only_there), Some(problem)) =
        (only_there, GroupProblem::new(input, &guide, Spans::All))
    else {
        return Ok((None, 0));
    };
    let mut fleet = WeeklyFleet {
        groups: Vec::new(),
        on_fargate: only_there,
    };
    if problem.services.is_empty() {
        return Ok((Some(fleet), 0));
    }
    let alternatives: Vec<Option<WeeklyFargate>> = (problem.services.iter())
        .map(|&service| WeeklyFargate::new(input, service, classes))
        .collect();
    let over_time = over_time(input, &problem, classes, &alternatives);
    let steps = most_work.saturating_mul(STEPS_PER_UNIT);
    let mut found = search(&over_time, (steps, &counted), stop);
    let has_groups = |found: &[Group]| found.iter().any(|group| group.kind.is_some());
    if input.cluster.policy.min_instances > 0 && found.as_deref().is_some_and(|it| !has_groups(it))
    {
        // Instances must be bought: then they may as well hold what they can.
        let inside = OverTime {
            outside: Vec::new(),
            ..over_time
        };
        found = search(&inside, (steps, &counted), stop);
    }
    let work = counted.total() / STEPS_PER_UNIT;
    let Some(found) = found else {
        return Ok((None, work));
    };
    for group in &found {
        match group.kind {
            Some(kind) => (fleet.groups).push(of_group(&problem, classes, (kind, group))),
            None => (fleet.on_fargate)
                .extend((group.items.iter()).filter_map(|&item| alternatives[item].clone())),
        }
    }
    fleet.on_fargate.sort_by_key(|own| own.service);
    keep_the_least(input, &mut fleet.groups);
    Ok((Some(fleet), work))
}

fn over_time<'a>(
    input: PlanningInput<'_>,
    problem: &'a GroupProblem,
    classes: &[Class],
    alternatives: &[Option<WeeklyFargate>],
) -> OverTime<'a> {
    let by_class = |value: &dyn Fn(&Class, usize) -> u64| -> Vec<Vec<u64>> {
        let of = |class: &Class| {
            (problem
                .services
                .iter()
                .map(|&service| value(class, service)))
            .collect()
        };
        classes.iter().map(of).collect()
    };
    let extra = |class: &Class, service: usize| {
        input.cluster.services[service].deployment_surge(class.counts[service])
    };
    OverTime {
        few: &problem.few,
        hours: classes.iter().map(Class::weight).collect(),
        demand: by_class(&|class, service| class.counts[service]),
        most: (classes.iter())
            .map(|class| {
                let hour = with_planned(input.cluster, &class.counts);
                let services = problem.services.iter();
                services
                    .map(|&service| most_on_one(&hour, service))
                    .collect()
            })
            .collect(),
        extra: if input.cluster.policy.keeps_room_for_rollouts() {
            by_class(&extra)
        } else {
            Vec::new()
        },
        outside: (alternatives.iter())
            .map(|own| own.as_ref().map(WeeklyFargate::cost_of_week))
            .collect(),
    }
}

/// `minInstances`: in each hour that has fewer, more instances of the group where these cost least.
fn keep_the_least(input: PlanningInput<'_>, groups: &mut [WeeklyGroup]) {
    let least = input.cluster.policy.min_instances;
    for hour in 0..HOURS_PER_WEEK {
        let all: u64 = groups.iter().map(|group| group.instances(hour)).sum();
        let missing = least.saturating_sub(all);
        let more = |group: &WeeklyGroup| missing.div_ceil(group.offerings.len() as u64);
        let cheapest = (groups.iter_mut())
            .min_by_key(|group| group.unit_cost(input) * i128::from(more(group)));
        if let Some(group) = cheapest.filter(|_| missing > 0) {
            group.sizes[hour] += more(group);
        }
    }
}

/// Most tasks of a service that one instance may hold in an hour.
fn most_on_one(hour: &Cluster, service: usize) -> u64 {
    share_on_instance::most_tasks(hour, &hour.services[service]).unwrap_or(u64::MAX)
}

fn of_group(
    problem: &GroupProblem,
    classes: &[Class],
    (kind, group): (usize, &Group),
) -> WeeklyGroup {
    let mut sizes = vec![0; HOURS_PER_WEEK];
    for (class, &units) in classes.iter().zip(&group.units) {
        for &hour in &class.hours {
            sizes[hour] = units;
        }
    }
    WeeklyGroup {
        offerings: problem.offerings[kind].clone(),
        tasks_per_instance: (group.items.iter().zip(&group.copies))
            .map(|(&item, &copies)| (problem.services[item], copies))
            .collect(),
        sizes,
        packed: None,
    }
}
