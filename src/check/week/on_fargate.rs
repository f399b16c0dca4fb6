//! Services on Fargate over the week: their numbers of tasks in every hour, what these cost, and the strategy that sends them there.
//!
//! A strategy is one for all hours: one market takes all tasks, or `FARGATE` has a base and no weight, and `FARGATE_SPOT` what is
//! beyond it. From the base and the cluster's counts follows how many are where in each hour, and of these as many must be on
//! `FARGATE` as `onDemandBase` and `spotMaxShare` ask for.

use std::collections::BTreeMap;

use crate::check::facts::Facts;
use crate::check::fargate::{self, Market};
use crate::check::rules::on_demand_minimum;
use crate::check::violation::Violation;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedFargateTasks, StrategyItem};
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;

use super::{Hours, violation};

/// A row with its numbers of tasks.
pub(super) struct CountedRow<'a> {
    pub row: &'a PlannedFargateTasks,
    pub counts: Vec<u64>,
    market: Market,
    /// Price of one task, derived here.
    pub unit: UsdPerHour,
}

pub(super) type ByService<'a> = BTreeMap<&'a str, Vec<CountedRow<'a>>>;

/// The rows by service; what is wrong with one leaves it out.
pub(super) fn rows<'a>(facts: &Facts<'a>, violations: &mut Vec<Violation>) -> ByService<'a> {
    let mut rows: ByService<'a> = BTreeMap::new();
    for (index, row) in facts.plan.fargate_tasks.iter().enumerate() {
        let place = format!("fargateTasks[{index}]");
        match counted(facts, row) {
            Ok(counted) if counted.unit == row.usd_per_hour => {
                rows.entry(&row.service_name).or_default().push(counted);
            }
            Ok(counted) => violations.push(violation(
                format!("{place}.usdPerHour"),
                row.usd_per_hour.to_string(),
                counted.unit.to_string(),
            )),
            Err(expected) => violations.push(violation(
                place,
                format!("tasks of {} on {}", row.service_name, row.capacity_provider),
                expected,
            )),
        }
    }
    rows
}

fn counted<'a>(
    facts: &Facts<'a>,
    row: &'a PlannedFargateTasks,
) -> Result<CountedRow<'a>, &'static str> {
    let service = facts.services.get(row.service_name.as_str());
    let service = service.ok_or("a service of the cluster")?;
    let market = fargate::market(&row.capacity_provider).ok_or("FARGATE or FARGATE_SPOT")?;
    let size = fargate::cheapest_size(facts, service, market.capacity);
    let unit = size.and_then(|size| fargate::price(facts, service, size, market.capacity));
    Ok(CountedRow {
        row,
        counts: counts(row).ok_or("each of the 168 hours once in its schedule")?,
        market,
        unit: unit.ok_or("a size that has a price")?,
    })
}

/// A row's number of tasks in each hour; `None` where its schedule leaves hours out or names some twice.
fn counts(row: &PlannedFargateTasks) -> Option<Vec<u64>> {
    if row.schedule.is_empty() {
        return Some(vec![row.count; HOURS_PER_WEEK]);
    }
    let mut counts = vec![None; HOURS_PER_WEEK];
    for of in &row.schedule {
        for &hour in &of.hours {
            if counts.get_mut(hour)?.replace(of.count).is_some() {
                return None;
            }
        }
    }
    counts.into_iter().collect()
}

impl Hours<'_> {
    /// That a service's tasks are where its strategy sends them, in every hour, and enough of them On-Demand.
    pub(super) fn hold_on_fargate(
        &self,
        facts: &Facts<'_>,
        service: &Service,
        violations: &mut Vec<Violation>,
    ) {
        let rows = &self.on_fargate[service.name.as_str()];
        let place = format!("services[{}]", service.name);
        let strategy = (self.plan.services.iter())
            .find(|planned| planned.service_name == service.name)
            .map_or(&[][..], |planned| &planned.capacity_provider_strategy);
        let Some(base) = base(rows, strategy) else {
            violations.push(violation(
                format!("{place}.capacityProviderStrategy"),
                "a strategy that does not send its tasks as fargateTasks has them",
                "one of Fargate's providers, or FARGATE with a base and no weight beside FARGATE_SPOT, with a row of each",
            ));
            return;
        };
        for hour in 0..HOURS_PER_WEEK {
            let tasks = self.tasks(service, hour);
            let mut left = tasks;
            for row in rows {
                let here = if rows.len() > 1 && is_steady(row) {
                    left.min(base)
                } else if rows.len() > 1 {
                    tasks.saturating_sub(base)
                } else {
                    left
                };
                left = left.saturating_sub(here);
                if row.counts[hour] != here {
                    violations.push(violation(
                        format!("{place}, hour {hour}"),
                        format!(
                            "{} tasks on {}",
                            row.counts[hour], row.row.capacity_provider
                        ),
                        format!("{here} of its {tasks} tasks, by its strategy"),
                    ));
                    return;
                }
            }
            let least = on_demand_minimum::out_of(facts, service, tasks);
            let steady = rows.iter().filter(|row| is_steady(row));
            let steady: u64 = steady.map(|row| row.counts[hour]).sum();
            if steady < least {
                violations.push(violation(
                    format!("{place}, hour {hour}"),
                    format!("{steady} tasks on FARGATE"),
                    format!("at least {least} (onDemandBase, spotMaxShare)"),
                ));
                return;
            }
        }
    }
}

fn is_steady(row: &CountedRow<'_>) -> bool {
    row.market.capacity.counts_as_on_demand()
}

/// The base of `FARGATE`, 0 where there is one provider; `None` where rows and strategy do not agree.
fn base(rows: &[CountedRow<'_>], strategy: &[StrategyItem]) -> Option<u64> {
    let names = |row: &CountedRow<'_>, item: &StrategyItem| {
        row.row.capacity_provider == item.capacity_provider
    };
    match (rows, strategy) {
        ([row], [item]) => (names(row, item) && item.base == 0 && item.weight > 0).then_some(0),
        ([a, b], [_, _]) => {
            let (steady, spot) = if is_steady(a) { (a, b) } else { (b, a) };
            let of = |row| strategy.iter().find(|item| names(row, item));
            let (on_steady, on_spot) = (of(steady)?, of(spot)?);
            let agree = is_steady(steady)
                && !is_steady(spot)
                && (on_steady.base > 0 && on_steady.weight == 0)
                && (on_spot.base == 0 && on_spot.weight > 0);
            agree.then_some(on_steady.base)
        }
        _ => None,
    }
}

/// Fargate as the hour that the plan shows has it: rows with tasks, and of each strategy what sends them. What the strategies of all
/// hours must be is looked at by [`Hours::hold_on_fargate`].
pub(super) fn of_shown_hour(hour: &mut FleetPlan) {
    let names: Vec<String> = (hour.fargate_tasks.iter())
        .map(|row| row.service_name.clone())
        .collect();
    hour.fargate_tasks
        .retain(|row| row.count > 0 || row.schedule.is_empty());
    for row in &mut hour.fargate_tasks {
        row.schedule.clear();
    }
    let rows = &hour.fargate_tasks;
    hour.capacity_providers.retain(|provider| {
        let has_tasks = rows
            .iter()
            .any(|row| row.capacity_provider == provider.name);
        !provider.kind.is_fargate() || has_tasks
    });
    for planned in (hour.services.iter_mut()).filter(|own| names.contains(&own.service_name)) {
        let has_tasks = |item: &StrategyItem| {
            (rows.iter()).any(|row| {
                row.service_name == planned.service_name
                    && row.capacity_provider == item.capacity_provider
            })
        };
        (planned.capacity_provider_strategy).retain(has_tasks);
        if let [only] = planned.capacity_provider_strategy.as_mut_slice() {
            (only.base, only.weight) = (0, 1);
        }
    }
}
