//! Each service's share of the bill; the shares add up to it exactly.
//!
//! An instance's cost is divided among its tasks by the mean of a task's shares of the CPU and of the
//! memory that all tasks there take together, and of the GPUs where some take any. Idle room is thereby
//! paid for by those who use the instance. Instances without tasks are divided like all the rest.
//! Rounding to the cost grid goes by largest remainder, ties by service order.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{PlannedFargateTasks, PlannedInstances};
use crate::domain::resources::{Resource, ResourceVector};

/// One share per service of the cluster, in its order.
pub(super) fn shares(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
    bill: UsdPerHour,
) -> Vec<UsdPerHour> {
    let positions: BTreeMap<&str, usize> = cluster
        .services
        .iter()
        .enumerate()
        .map(|(position, service)| (service.name.as_str(), position))
        .collect();
    let mut owed = vec![Decimal::ZERO; cluster.services.len()];
    for row in instances {
        let tasks: Vec<(usize, ResourceVector)> = row
            .tasks
            .iter()
            .filter_map(|(name, &count)| {
                let position = *positions.get(name.as_str())?;
                let one = cluster.services[position].task.resources();
                Some((position, one.checked_mul(count)?))
            })
            .collect();
        let cost = (row.usd_per_hour * row.count).amount();
        for (position, fraction) in fractions(&tasks) {
            owed[position] += cost * fraction;
        }
    }
    spread_idle_cost(bill, fargate, &positions, &mut owed);
    round_to(bill, owed)
}

/// The same of groups: what each costs is divided among the tasks that it holds, and what groups without tasks cost like all the
/// rest. Tasks are by the service's position.
pub(super) fn of_groups(
    cluster: &Cluster,
    groups: &[(Decimal, Vec<(usize, u64)>)],
    bill: UsdPerHour,
) -> Vec<UsdPerHour> {
    let mut owed = vec![Decimal::ZERO; cluster.services.len()];
    for (cost, tasks) in groups {
        let tasks: Vec<(usize, ResourceVector)> = (tasks.iter())
            .filter_map(|&(position, count)| {
                let one = cluster.services[position].task.resources();
                Some((position, one.checked_mul(count)?))
            })
            .collect();
        for (position, fraction) in fractions(&tasks) {
            owed[position] += cost * fraction;
        }
    }
    round_to(bill, owed)
}

/// What instances without any task cost is divided like all the rest of the instances' cost; a task on Fargate
/// costs its price.
fn spread_idle_cost(
    bill: UsdPerHour,
    fargate: &[PlannedFargateTasks],
    positions: &BTreeMap<&str, usize>,
    owed: &mut [Decimal],
) {
    let on_fargate: Decimal = fargate
        .iter()
        .map(|row| (row.usd_per_hour * row.count).amount())
        .sum();
    let used: Decimal = owed.iter().copied().sum();
    if !used.is_zero() {
        let factor = (bill.amount() - on_fargate) / used;
        for amount in owed.iter_mut() {
            *amount *= factor;
        }
    }
    for row in fargate {
        if let Some(&position) = positions.get(row.service_name.as_str()) {
            owed[position] += (row.usd_per_hour * row.count).amount();
        }
    }
}

/// The fraction of an instance each of its services uses; empty when there is none.
fn fractions(tasks: &[(usize, ResourceVector)]) -> Vec<(usize, Decimal)> {
    let measured: Vec<(Resource, u64)> = [Resource::Cpu, Resource::Memory, Resource::Gpus]
        .into_iter()
        .map(|resource| {
            (
                resource,
                tasks.iter().map(|(_, load)| load.get(resource)).sum(),
            )
        })
        .filter(|&(_, total)| total > 0)
        .collect();
    let kinds = Decimal::from(measured.len().max(1));
    tasks
        .iter()
        .map(|(position, load)| {
            let sum: Decimal = measured
                .iter()
                .map(|&(resource, total)| Decimal::from(load.get(resource)) / Decimal::from(total))
                .sum();
            (*position, sum / kinds)
        })
        .collect()
}

/// Shares in proportion to others that add up to another bill.
pub(super) fn scaled(bill: UsdPerHour, shares: &[UsdPerHour]) -> Vec<UsdPerHour> {
    round_to(bill, shares.iter().map(|share| share.amount()).collect())
}

/// Scales amounts to a total and rounds them to the grid so that they still add up to it.
fn round_to(total: UsdPerHour, owed: Vec<Decimal>) -> Vec<UsdPerHour> {
    if owed.is_empty() {
        return Vec::new();
    }
    let units = Decimal::from(total.grid_units());
    let sum: Decimal = owed.iter().copied().sum();
    let equal = units / Decimal::from(owed.len());
    let exact: Vec<Decimal> = owed
        .into_iter()
        .map(|amount| {
            if sum.is_zero() {
                equal
            } else {
                amount / sum * units
            }
        })
        .collect();
    let mut rounded: Vec<i64> = exact
        .iter()
        .map(|amount| i64::try_from(amount.floor()).unwrap_or(0))
        .collect();
    let missing = total.grid_units() - rounded.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().cmp(&exact[a].fract()).then(a.cmp(&b)));
    for &position in order
        .iter()
        .cycle()
        .take(usize::try_from(missing).unwrap_or(0))
    {
        rounded[position] += 1;
    }
    rounded
        .into_iter()
        .map(UsdPerHour::from_grid_units)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_exactly() {
        let total: UsdPerHour = "0.1".parse().expect("an amount");
        let shares = round_to(total, vec![Decimal::ONE; 3]);
        assert_eq!(shares.iter().copied().sum::<UsdPerHour>(), total);
        assert!(shares[0] >= shares[2]);
    }

    #[test]
    fn a_bill_without_users_is_divided_equally() {
        let total: UsdPerHour = "0.3".parse().expect("an amount");
        let shares = round_to(total, vec![Decimal::ZERO; 2]);
        assert_eq!(shares[0], "0.15".parse().expect("an amount"));
    }
}
