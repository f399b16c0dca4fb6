//! Services whose number of tasks follows their CPU, and the counts that their load asks for.
//!
//! `L_h` = mean CPU of a task × tasks. Under CPU target tracking at τ the reserved CPU settles at tasks · size ≈ L / τ whatever the size is:
//! a smaller size brings more tasks and saves nothing, and percentiles of CPU say nothing of a task's need. So the size stays.
//!
//! Recognised by the series alone: tasks differ by a quarter at least, they follow the load (r² > 0.8 over hours), and CPU a task varies
//! less than half as much as the load. τ = median of CPU a task ÷ its size, over hours with more tasks than the fewest.
//!
//! ```text
//! minCount = max(floor, ⌈least L / (τ · size)⌉)        maxCount = ⌈1.25 · largest L / (τ · size)⌉
//! ```

use crate::domain::quantity::CpuUnits;

use super::statistics::{Line, deviation, mean, median};
use super::window::Window;

const LEAST_HOURS: usize = 72;
const LEAST_RANGE: f64 = 1.25;
const LEAST_EXPLAINED: f64 = 0.8;
const MOST_OF_SPREAD: f64 = 0.5;
/// Room above the largest load.
const ROOM: f64 = 1.25;

/// What is known of a service that scales by CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaled {
    /// τ.
    pub target: f64,
    /// Least and largest L.
    pub load: (f64, f64),
}

/// The scaling of a service; `None` where nothing shows that it follows CPU.
pub(super) fn by_cpu(window: &Window, today: CpuUnits) -> Option<Scaled> {
    let hours: Vec<(f64, f64, f64)> = (window.hours.iter())
        .filter_map(|hour| {
            let size = hour.reserved_cpu.unwrap_or(today).get() as f64;
            let (cpu, tasks) = (hour.cpu_mean?, hour.tasks?);
            (size > 0.0 && tasks > 0.0).then_some((cpu * tasks, tasks, cpu / size))
        })
        .collect();
    let fewest = hours.iter().map(|hour| hour.1).reduce(f64::min)?;
    let most = hours.iter().map(|hour| hour.1).reduce(f64::max)?;
    if hours.len() < LEAST_HOURS || most < LEAST_RANGE * fewest {
        return None;
    }
    let loads: Vec<f64> = hours.iter().map(|hour| hour.0).collect();
    let shares: Vec<f64> = hours.iter().map(|hour| hour.2).collect();
    let points: Vec<(f64, f64)> = hours.iter().map(|hour| (hour.0, hour.1)).collect();
    let follows = Line::through(&points)?.explained > LEAST_EXPLAINED;
    let varies = |values: &[f64]| deviation(values) / mean(values).max(f64::MIN_POSITIVE);
    if !follows || varies(&shares) > MOST_OF_SPREAD * varies(&loads) {
        return None;
    }
    let target = median(
        (hours.iter())
            .filter(|hour| hour.1 > fewest)
            .map(|hour| hour.2),
    );
    let load = (
        loads.iter().copied().reduce(f64::min)?,
        loads.iter().copied().reduce(f64::max)?,
    );
    (target > 0.0).then_some(Scaled { target, load })
}

impl Scaled {
    /// Fewest and most tasks of a size, at least `floor`.
    pub(super) fn counts(&self, size: CpuUnits, floor: u64) -> Option<(u64, u64)> {
        let of_one = self.target * size.get() as f64;
        if of_one <= 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Loads are at least 0.
        let tasks = |load: f64| (load / of_one).ceil() as u64;
        let least = tasks(self.load.0).max(floor).max(1);
        Some((least, tasks(self.load.1 * ROOM).max(least)))
    }
}
