//! CPU that was made larger is cut no further than to the largest need since then.
//!
//! ```text
//! floor = max { w_r : runs r that sized CPU by its rule, e_r > e − 63 days, e_r ≥ g − 3 days }
//! ```
//! `g` is when CPU was made larger, where that is its last change, `e` where the metrics of this run end, `e_r` and `w_r` where those of an
//! earlier run ended and the CPU that its rules wanted. A rule that leaves out the highest hours of its window forgets a burst as soon as
//! further hours push it out of those that count: with use of heavy tails a size went up, down after two weeks, and up again. What runs
//! wanted is forgotten with the window itself. The three days before are those in which runs asked for it. Runs at a hard cap sized
//! nothing, they only asked for the next size up; and where the level of use shifted, what was wanted before says nothing. On Fargate the
//! rule is off: CPU that memory brings with it is no need.

use crate::domain::quantity::CpuUnits;

use super::past::{Change, Past};
use super::series::HOUR;
use super::window::{DAY, LONGEST};

/// Hours before the change in which runs asked for it.
const ASKED: i64 = 3 * DAY;

/// The floor of a cut; `None` where CPU was not made larger by its last change, or no run says anything.
pub(super) fn floor(
    service: &str,
    past: &Past,
    (grown_since, end): (Option<i64>, i64),
) -> Option<CpuUnits> {
    let since = grown_since? - ASKED * HOUR;
    let oldest = (end - LONGEST) * HOUR;
    (past.of(service))
        .filter(|(run, found)| {
            found.level.is_some() && run.metrics_end > oldest && run.metrics_end >= since
        })
        .map(|(_, found)| found.wanted.cpu)
        .max()
}

/// When CPU was made larger, in seconds since 1970, where that is its last change, and not the way back from a cut that was withdrawn, perhaps
/// for its memory alone.
pub(super) fn grown_since(changes: &[Change]) -> Option<i64> {
    let at = (changes.iter()).rposition(|change| change.before.cpu != change.after.cpu)?;
    let last = &changes[at];
    let is_way_back = (changes[..at].iter().rev())
        .take(1)
        .any(|before| before.withdrawn_at.is_some() && last.after.cpu <= before.before.cpu);
    (last.after.cpu > last.before.cpu && !is_way_back).then_some(last.since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quantity::MemoryMib;
    use crate::rightsize::grid::Size;
    use crate::rightsize::past::{Earlier, Found};

    fn size(cpu: u64) -> Size {
        Size {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(512),
        }
    }

    fn run(day: i64, wanted: u64, level: Option<f64>) -> Earlier {
        let found = Found {
            today: size(512),
            wanted: size(wanted),
            proposed: size(512),
            wants_counts: false,
            level,
        };
        Earlier {
            run: day,
            metrics_end: day * DAY * HOUR,
            services: [("a".to_owned(), found)].into(),
        }
    }

    #[test]
    fn a_way_back_from_a_withdrawn_cut_is_no_growth() {
        let change = |before: u64, after: u64, withdrawn_at: Option<i64>| Change {
            seen_by: 1,
            proposed_by: Some(1),
            since: after.cast_signed(),
            before: size(before),
            after: size(after),
            hours: 0,
            exceeded: 0,
            withdrawn_at,
        };
        let cut = change(1_024, 128, Some(9));
        assert_eq!(grown_since(&[cut.clone(), change(128, 1_024, None)]), None);
        assert_eq!(grown_since(&[cut, change(128, 2_048, None)]), Some(2_048));
        let kept = change(1_024, 128, None);
        assert_eq!(grown_since(&[kept, change(128, 512, None)]), Some(512));
        assert_eq!(grown_since(&[change(512, 128, None)]), None);
    }

    #[test]
    fn the_largest_since_then_counts_as_long_as_the_window_lasts() {
        let past = Past {
            runs: vec![
                run(20, 384, Some(0.01)),
                run(12, 448, Some(0.01)),
                run(11, 900, None),
                run(8, 480, Some(0.01)),
                run(4, 999, Some(0.01)),
            ],
            ..Past::default()
        };
        let floor = |grown: Option<i64>, end: i64| {
            floor("a", &past, (grown.map(|day| day * DAY * HOUR), end * DAY)).map(CpuUnits::get)
        };
        // What was wanted before it was asked for, and what nobody sized, do not count.
        assert_eq!(floor(Some(10), 21), Some(480));
        assert_eq!(floor(Some(10), 8 + 63), Some(448));
        assert_eq!(floor(Some(10), 20 + 63), None);
        assert_eq!(floor(None, 21), None);
    }
}
