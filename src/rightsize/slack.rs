//! The room that a fleet has left over anyway, given back to the services that were cut: the same bill, more headroom.
//!
//! For each of CPU and memory, `v_g` = the size of service g, `m_g` = its size today, `a_gp` = its tasks on an instance of kind p, `C_p` = what that
//! has left for all of them. Lexicographic max-min of the relative headrooms `t_g`:
//!
//! ```text
//! maximise t    subject to   Σ_g a_gp · v_g · (1 + t_g) ≤ C_p for every p,   v_g (1 + t_g) ≤ m_g,   t_g ≥ t
//! ```
//!
//! then t fixed for those that a full row or today's size holds, and again for the rest. With one variable a linear program is a smallest
//! ratio, so that progressive filling solves all of them exactly (Bertsekas and Gallager, Data Networks, 2nd ed., 6.5.2). Sizes are rounded
//! down to whole steps. One that comes within a tenth of today's stops there: a change of less is none.
//!
//! Rows are the instances of the plan as they are filled, and the certificates of its groups; whether ECS still fills the fleet with these
//! sizes is not said here: whoever asks plans again with them.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::quantity::{CpuUnits, MemoryMib};

use super::grid::{STEP, Size};

/// Parts of today's size from which on a smaller one is no change.
const NO_CHANGE: f64 = 0.9;

/// A service that may grow.
#[derive(Debug, Clone)]
pub(super) struct Wish<'a> {
    /// Its name.
    pub service: &'a str,
    /// Its size in the plan.
    pub size: Size,
    /// The size that it may grow to.
    pub most: Size,
}

/// What one instance has left for services that may grow, and how many tasks of each it holds.
struct Row {
    left: f64,
    tasks: Vec<(usize, f64)>,
}

#[derive(Clone, Copy)]
enum Dimension {
    Cpu,
    Memory,
}

impl Dimension {
    const fn of(self, size: Size) -> u64 {
        match self {
            Self::Cpu => size.cpu.get(),
            Self::Memory => size.memory.get(),
        }
    }
}

/// The sizes that the plan's instances hold, in the order of the wishes.
pub(super) fn given_back(plan: &FleetPlan, cluster: &Cluster, wishes: &[Wish<'_>]) -> Vec<Size> {
    let [cpu, memory] = [Dimension::Cpu, Dimension::Memory].map(|dimension| {
        let bounds: Vec<(u64, u64)> = (wishes.iter())
            .map(|wish| (dimension.of(wish.size), dimension.of(wish.most)))
            .collect();
        filled(&rows(plan, cluster, wishes, dimension), &bounds)
    });
    (cpu.into_iter().zip(memory))
        .map(|(cpu, memory)| Size {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory),
        })
        .collect()
}

fn rows(
    plan: &FleetPlan,
    cluster: &Cluster,
    wishes: &[Wish<'_>],
    dimension: Dimension,
) -> Vec<Row> {
    let sizes: BTreeMap<&str, u64> = (cluster.services.iter())
        .map(|service| {
            let (cpu, memory) = (service.task.cpu, service.task.memory);
            (service.name.as_str(), dimension.of(Size { cpu, memory }))
        })
        .collect();
    let daemons: Vec<&str> = (cluster.services.iter())
        .filter(|service| service.is_daemon())
        .map(|service| service.name.as_str())
        .collect();
    let position: BTreeMap<&str, usize> = (wishes.iter().enumerate())
        .map(|(index, wish)| (wish.service, index))
        .collect();
    let row = |instance: &PlannedInstances, tasks: &mut dyn Iterator<Item = (&str, u64)>| {
        let policy = &cluster.policy;
        let (registered, reserved) = match dimension {
            Dimension::Cpu => (instance.registered.cpu, policy.reserved_cpu.get()),
            Dimension::Memory => (instance.registered.memory_mib, policy.reserved_memory.get()),
        };
        let mut left = registered.saturating_sub(reserved);
        let mut growing = Vec::new();
        for (service, count) in tasks {
            let size = sizes.get(service).copied().unwrap_or(0);
            left = left.saturating_sub(size.saturating_mul(count));
            if let Some(&index) = position.get(service) {
                growing.push((index, count as f64));
            }
        }
        Row {
            left: left as f64,
            tasks: growing,
        }
    };
    let mut rows: Vec<Row> = (plan.instances.iter())
        .map(|instance| {
            let tasks = instance.tasks.iter().chain(&instance.spare);
            row(
                instance,
                &mut tasks.map(|(name, &count)| (name.as_str(), count)),
            )
        })
        .collect();
    for group in plan.groups() {
        let Some(certificate) = &group.certificate else {
            continue;
        };
        let of_group = (plan.instances.iter()).filter(|row| row.capacity_provider == group.name);
        for instance in of_group {
            let certified = (certificate.tasks_per_instance.iter())
                .filter(|(name, _)| !daemons.contains(&name.as_str()));
            let of_daemons =
                (instance.tasks.iter()).filter(|(name, _)| daemons.contains(&name.as_str()));
            let mut tasks = certified
                .chain(of_daemons)
                .map(|(name, &count)| (name.as_str(), count));
            rows.push(row(instance, &mut tasks));
        }
    }
    rows
}

/// Progressive filling, and steps. `bounds` are the least and the largest size of each.
fn filled(rows: &[Row], bounds: &[(u64, u64)]) -> Vec<u64> {
    let mut headroom = vec![0.0_f64; bounds.len()];
    let mut left: Vec<f64> = rows.iter().map(|row| row.left).collect();
    let most = |index: usize| bounds[index].1 as f64 / bounds[index].0 as f64 - 1.0;
    let mut grows: Vec<bool> = bounds
        .iter()
        .map(|(least, most)| least < most && *least > 0)
        .collect();
    while grows.contains(&true) {
        let rate = |row: &Row| -> f64 {
            (row.tasks.iter())
                .filter(|(index, _)| grows[*index])
                .map(|(index, tasks)| tasks * bounds[*index].0 as f64)
                .sum()
        };
        let rates: Vec<f64> = rows.iter().map(rate).collect();
        let by_rows = (rates.iter().zip(&left))
            .filter(|(rate, _)| **rate > 0.0)
            .map(|(rate, left)| left / rate);
        let by_sizes = (0..bounds.len())
            .filter(|&index| grows[index])
            .map(|index| most(index) - headroom[index]);
        let step = by_rows
            .chain(by_sizes)
            .fold(f64::INFINITY, f64::min)
            .max(0.0);
        for index in (0..bounds.len()).filter(|&index| grows[index]) {
            headroom[index] += step;
        }
        for (left, rate) in left.iter_mut().zip(&rates) {
            *left -= step * rate;
        }
        // What a row or its own size holds has reached its end; each round ends at least one.
        let before = grows.clone();
        for (row, left) in rows.iter().zip(&left) {
            let is_full = *left <= 1e-6;
            for (index, _) in row.tasks.iter().filter(|_| is_full) {
                grows[*index] = false;
            }
        }
        for index in 0..bounds.len() {
            grows[index] &= headroom[index] < most(index) - 1e-12;
        }
        if grows == before {
            break;
        }
    }
    (bounds.iter().zip(headroom))
        .map(|(&bounds, headroom)| stepped(bounds, headroom))
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Between two sizes.
fn stepped((least, most): (u64, u64), headroom: f64) -> u64 {
    if least >= most {
        return least;
    }
    let down = |size: f64| (size + 1e-6).max(0.0) as u64 / STEP * STEP;
    let size = least as f64 * (1.0 + headroom);
    if size + 1e-6 >= most as f64 {
        return most;
    }
    down(size.min(NO_CHANGE * most as f64)).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(left: f64, tasks: &[(usize, u32)]) -> Row {
        Row {
            left,
            tasks: (tasks.iter())
                .map(|&(index, tasks)| (index, f64::from(tasks)))
                .collect(),
        }
    }

    #[test]
    fn the_least_headroom_is_as_large_as_can_be_and_the_rest_goes_on() {
        // Both grow by a half until the first row is full; the second service is alone in its row and goes on to today's size.
        let rows = [row(300.0, &[(0, 2), (1, 2)]), row(10_000.0, &[(2, 1)])];
        let bounds = [(200, 4_000), (100, 4_000), (96, 960)];
        assert_eq!(filled(&rows, &bounds), [288, 128, 960]);
    }

    #[test]
    fn a_service_in_two_rows_is_held_by_the_fuller_one() {
        let rows = [row(64.0, &[(0, 1)]), row(640.0, &[(0, 1), (1, 1)])];
        assert_eq!(filled(&rows, &[(128, 1_024), (128, 1_024)]), [192, 704]);
    }

    #[test]
    fn what_comes_within_a_tenth_of_todays_size_is_no_change_or_one_of_a_tenth() {
        assert_eq!(stepped((512, 1_024), 0.95), 896);
        assert_eq!(stepped((512, 1_024), 1.0), 1_024);
        assert_eq!(stepped((512, 512), 1.0), 512);
        assert_eq!(stepped((960, 1_024), 0.05), 960);
    }

    #[test]
    fn no_room_and_no_tasks_are_no_endless_search() {
        assert_eq!(filled(&[row(0.0, &[(0, 3)])], &[(64, 128)]), [64]);
        assert_eq!(filled(&[], &[(64, 128)]), [128]);
        assert_eq!(filled(&[], &[(0, 128)]), [0]);
    }
}
