//! A cut that is made only after three runs agree on it.
//!
//! Up: at once, but for what only the last two days or a rise of the last three ask for, which three runs must ask for: a spike is in two of them.
//! Down: where the two runs before wanted less of the same size too; the largest of the three is proposed. Until then the size
//! stays, CPU and memory together: on Fargate one does not move without the other. A run without a history, or one that is told to, does
//! not wait.

use super::flag::{Verdict, of_change};
use super::grid::{Grid, Size};
use super::past::Earlier;

/// Runs that must agree, this one among them.
pub const RUNS: usize = 3;

/// What becomes of a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    pub cpu: Verdict,
    pub memory: Verdict,
    pub size: Size,
    /// Runs that agree, where they are too few.
    pub too_few: Option<u64>,
}

/// Holds a cut back that the earlier runs, the newest first, do not agree with.
pub(super) fn hold(
    service: &str,
    (today, wanted): (Size, Size),
    (cpu, memory): (Verdict, Verdict),
    grid: &Grid,
    earlier: &[Earlier],
) -> Held {
    let (cuts_cpu, cuts_memory) = (cpu == Verdict::Shrink, memory == Verdict::Shrink);
    if !cuts_cpu && !cuts_memory {
        return Held {
            cpu,
            memory,
            size: wanted,
            too_few: None,
        };
    }
    let agreeing: Vec<Size> = (earlier.iter().take(RUNS - 1))
        .map_while(|run| {
            let found = run.services.get(service)?;
            let wanted = found.wanted;
            let agrees = found.today == today
                && (!cuts_cpu || wanted.cpu < today.cpu)
                && (!cuts_memory || wanted.memory < today.memory);
            agrees.then_some(wanted)
        })
        .collect();
    let is_made = agreeing.len() + 1 >= RUNS;
    let mut size = wanted;
    if is_made {
        for other in &agreeing {
            size.cpu = size.cpu.max(other.cpu);
            size.memory = size.memory.max(other.memory);
        }
    } else {
        size.cpu = if cuts_cpu { today.cpu } else { size.cpu };
        size.memory = if cuts_memory {
            today.memory
        } else {
            size.memory
        };
    }
    if matches!(grid, Grid::Fargate(_)) && size != today {
        size = grid.round_up(size).unwrap_or(today);
    }
    Held {
        cpu: of_change(cpu, size.cpu.cmp(&today.cpu)),
        memory: of_change(memory, size.memory.cmp(&today.memory)),
        size,
        too_few: (!is_made).then_some(agreeing.len() as u64 + 1),
    }
}

/// Runs in a row that want more CPU than a service has, this one among them.
pub(super) fn ask_for_more(service: &str, today: Size, earlier: &[Earlier]) -> u64 {
    let asking = (earlier.iter().take(RUNS - 1)).take_while(|run| {
        (run.services.get(service))
            .is_some_and(|found| found.today == today && found.wanted.cpu > today.cpu)
    });
    asking.count() as u64 + 1
}

/// Whether the runs before asked for other counts too, of a service of the same size.
pub(super) fn agree_on_counts(service: &str, today: Size, earlier: &[Earlier]) -> bool {
    let agreeing = (earlier.iter().take(RUNS - 1))
        .take_while(|run| {
            (run.services.get(service))
                .is_some_and(|found| found.today == today && found.wants_counts)
        })
        .count();
    agreeing + 1 >= RUNS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quantity::{CpuUnits, MemoryMib};
    use crate::rightsize::past::Found;

    fn size(cpu: u64, memory: u64) -> Size {
        Size {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory),
        }
    }

    fn earlier(today: Size, wanted: Size) -> Earlier {
        let found = Found {
            today,
            wanted,
            proposed: today,
            wants_counts: false,
            level: None,
        };
        Earlier {
            services: [("a".to_owned(), found)].into(),
            ..Earlier::default()
        }
    }

    const CUT: (Verdict, Verdict) = (Verdict::Shrink, Verdict::Keep);

    #[test]
    fn three_runs_that_agree_make_the_largest_of_what_they_want() {
        let (today, wanted) = (size(1_024, 2_048), size(256, 2_048));
        let hold = |earlier: &[Earlier]| hold("a", (today, wanted), CUT, &Grid::Steps, earlier);
        let (one, other) = (
            earlier(today, size(320, 2_048)),
            earlier(today, size(288, 2_048)),
        );
        assert_eq!(hold(&[]).too_few, Some(1));
        assert_eq!(hold(std::slice::from_ref(&one)).size, today);
        let made = hold(&[one.clone(), other.clone()]);
        assert_eq!(
            (made.cpu, made.size, made.too_few),
            (Verdict::Shrink, size(320, 2_048), None)
        );
        // A run that found another size, or wanted no less, begins the count anew.
        let resized = earlier(size(2_048, 2_048), size(256, 2_048));
        assert_eq!(hold(&[resized, one.clone()]).too_few, Some(1));
        assert_eq!(hold(&[one, earlier(today, today), other]).too_few, Some(2));
    }

    #[test]
    fn more_does_not_wait() {
        let (today, wanted) = (size(1_024, 2_048), size(256, 4_096));
        let verdicts = (Verdict::Shrink, Verdict::Grow);
        let held = hold("a", (today, wanted), verdicts, &Grid::Steps, &[]);
        assert_eq!(
            (held.cpu, held.memory, held.size),
            (Verdict::Keep, Verdict::Grow, size(1_024, 4_096))
        );
    }
}
