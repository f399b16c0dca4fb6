//! Services that are on Fargate all week.
//!
//! Tasks there cost what they cost, hour by hour, so that a service's week is `Σ_t w_t F(d_t)`: the design weighs it against what the
//! service adds to groups. A strategy is one for all hours. Where some tasks must be On-Demand and Fargate Spot is cheaper, `FARGATE` has
//! the largest number that any hour asks for as its base, and what is beyond it goes to `FARGATE_SPOT`: in every hour at least as
//! many are On-Demand as must be.

use std::collections::BTreeSet;

use crate::domain::plan::{FleetPlan, PlannedFargateTasks, ScheduledCount, StrategyItem};
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::fargate::{self, FargateTask};
use crate::planner::providers;

use super::classes::Class;

/// A service on Fargate.
#[derive(Debug, Clone)]
pub(super) struct WeeklyFargate {
    /// Position of the service.
    pub service: usize,
    /// On `FARGATE` and how many tasks go there first, where others go to Fargate Spot.
    base: Option<(FargateTask, u64)>,
    /// Where the tasks go, or those beyond the base.
    rest: FargateTask,
    /// Tasks in each hour of the week.
    counts: Vec<u64>,
}

impl WeeklyFargate {
    /// The service on Fargate; `None` where it cannot be there.
    pub fn new(input: PlanningInput<'_>, service: usize, classes: &[Class]) -> Option<Self> {
        let described = &input.cluster.services[service];
        let (mut steady, mut spot): (Option<FargateTask>, Option<FargateTask>) = (None, None);
        let (mut base, mut most) = (0, 0);
        let mut counts = vec![0; HOURS_PER_WEEK];
        for class in classes {
            let count = class.counts[service];
            for &hour in &class.hours {
                counts[hour] = count;
            }
            most = most.max(count);
            let plan = fargate::plan(input.cluster, input.catalogue, described, count).ok()?;
            for (task, count) in plan.tasks {
                if task.capacity.may_be_reclaimed() {
                    spot = Some(task);
                } else {
                    steady = Some(task);
                    base = base.max(count);
                }
            }
        }
        let (base, rest) = match (steady, spot) {
            (Some(steady), Some(spot)) if base < most => (Some((steady, base)), spot),
            (Some(steady), _) => (None, steady),
            (None, Some(spot)) => (None, spot),
            (None, None) => return None,
        };
        Some(Self {
            service,
            base,
            rest,
            counts,
        })
    }

    /// Tasks in an hour by where they are.
    fn at(&self, hour: usize) -> Vec<(FargateTask, u64)> {
        let count = self.counts[hour];
        let on_base = self.base.map_or(0, |(_, base)| base.min(count));
        let of_base = self.base.map(|(task, _)| (task, on_base));
        (of_base.into_iter())
            .chain([(self.rest, count - on_base)])
            .collect()
    }

    /// What they cost in an hour, on the cost grid.
    pub fn cost(&self, hour: usize) -> i128 {
        (self.at(hour).into_iter())
            .map(|(task, count)| i128::from(task.usd_per_hour.grid_units()) * i128::from(count))
            .sum()
    }

    /// What they cost in the whole week, on the cost grid.
    pub fn cost_of_week(&self) -> i128 {
        (0..HOURS_PER_WEEK).map(|hour| self.cost(hour)).sum()
    }

    /// Rows as they are in an hour, with none of 0 tasks.
    pub fn rows_at(&self, name: &str, hour: usize) -> Vec<PlannedFargateTasks> {
        let rows = self.at(hour).into_iter();
        rows.filter(|(_, count)| *count > 0)
            .map(|(task, count)| row(name, task, count))
            .collect()
    }

    /// Rows that show an hour and say the others.
    fn rows(&self, name: &str, shown: usize) -> Vec<PlannedFargateTasks> {
        let by_hour: Vec<Vec<u64>> = (0..HOURS_PER_WEEK)
            .map(|hour| self.at(hour).into_iter().map(|(_, count)| count).collect())
            .collect();
        (self.at(shown).into_iter().enumerate())
            .map(|(place, (task, count))| PlannedFargateTasks {
                schedule: schedule(by_hour.iter().map(|counts| counts[place])),
                ..row(name, task, count)
            })
            .collect()
    }

    /// The strategy of all hours.
    fn strategy(&self) -> Vec<StrategyItem> {
        let item = |task: FargateTask, base: u64, weight: u64| StrategyItem {
            capacity_provider: provider(task).to_owned(),
            base,
            weight,
        };
        let base = self.base.map(|(task, base)| item(task, base, 0));
        (base.into_iter()).chain([item(self.rest, 0, 1)]).collect()
    }

    /// The strategy where only the rows of one hour are to be in it.
    pub fn strategy_at(&self, hour: usize) -> Vec<StrategyItem> {
        let used = self.at(hour).into_iter().filter(|(_, count)| *count > 0);
        let used: Vec<&str> = used.map(|(task, _)| provider(task)).collect();
        let mut strategy = self.strategy();
        strategy.retain(|item| used.contains(&item.capacity_provider.as_str()));
        if let [only] = strategy.as_mut_slice() {
            (only.base, only.weight) = (0, 1);
        }
        strategy
    }
}

fn provider(task: FargateTask) -> &'static str {
    task.capacity.fargate_provider().unwrap_or_default()
}

fn row(name: &str, task: FargateTask, count: u64) -> PlannedFargateTasks {
    PlannedFargateTasks {
        service_name: name.to_owned(),
        capacity_provider: provider(task).to_owned(),
        count,
        cpu: task.cpu,
        memory_mib: task.memory_mib,
        usd_per_hour: task.usd_per_hour,
        schedule: Vec::new(),
    }
}

/// Hours by number of tasks, the smallest first; none where it is one number.
fn schedule(counts: impl Iterator<Item = u64>) -> Vec<ScheduledCount> {
    let counts: Vec<u64> = counts.collect();
    let distinct: BTreeSet<u64> = counts.iter().copied().collect();
    if distinct.len() < 2 {
        return Vec::new();
    }
    (distinct.into_iter())
        .map(|count| ScheduledCount {
            hours: (0..counts.len())
                .filter(|&hour| counts[hour] == count)
                .collect(),
            count,
        })
        .collect()
}

/// Puts the rows and the strategies of all hours in the place of those of the shown hour.
pub(super) fn write(
    input: PlanningInput<'_>,
    on_fargate: &[WeeklyFargate],
    shown: usize,
    plan: &mut FleetPlan,
) {
    let services = &input.cluster.services;
    plan.fargate_tasks = (on_fargate.iter())
        .flat_map(|own| own.rows(&services[own.service].name, shown))
        .filter(|row| row.count > 0 || !row.schedule.is_empty())
        .collect();
    plan.capacity_providers
        .retain(|provider| !provider.kind.is_fargate());
    let of_fargate = providers::of_fargate(&plan.fargate_tasks);
    plan.capacity_providers.extend(of_fargate);
    for own in on_fargate {
        if let Some(planned) = plan.services.get_mut(own.service) {
            planned.capacity_provider_strategy = own.strategy();
        }
    }
    let bases = |said: &crate::domain::plan::Assumption| {
        matches!(
            said,
            crate::domain::plan::Assumption::BasesBesideWeightZero { .. }
        )
    };
    plan.assumptions.retain(|said| !bases(said));
    plan.assumptions.extend(providers::bases(&plan.services));
}
