//! Use at a hard cap says "at least this much" and nothing more.
//!
//! Where more than 2 % of hours, two at least, reach 95 % of the cap that was in force, the need is not known: the size is never cut, and the
//! next one up is proposed, 1.25 times at least. Hours under a smaller cap than today's say nothing of today's: where they were at theirs,
//! the evidence begins anew with today's, so that a size which was just made larger is looked at before it is made larger again, and what
//! the smaller cap held down is not taken for what the service needs.

use crate::domain::quantity::CpuUnits;

use super::window::{Hour, Window};

/// Part of a cap from which an hour is at it.
pub(super) const AT_CAP: f64 = 0.95;
/// Share of hours at the cap that is still no throttling.
pub(super) const SHARE: f64 = 0.02;
/// Hours at a cap that may be chance.
const CHANCE: usize = 1;
/// Use above the size by so much shows that the size is no cap.
const NO_CAP: f64 = 1.05;
/// Least growth where the need is not known.
pub(super) const LEAST_GROWTH: f64 = 1.25;
/// Hours from which a service without further evidence counts as saturated.
const LEAST_HOURS: usize = 24;

/// What hard caps say of the hours under them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Censored {
    /// Use is what tasks need.
    No,
    /// Today's cap holds the service down.
    Throttled,
    /// A smaller one did, until this hour.
    Until(i64),
}

/// Whether, and until when, a hard cap holds the service down.
pub(super) fn of(window: &Window, today: CpuUnits) -> Censored {
    let cap = |hour: &Hour| hour.reserved_cpu.unwrap_or(today);
    let measured = (window.hours.iter()).filter(|hour| hour.cpu.is_some());
    let (of_today, of_less): (Vec<&Hour>, Vec<&Hour>) =
        measured.partition(|hour| cap(hour) >= today);
    let at_cap = |hours: &[&Hour]| {
        let at = (hours.iter()).filter(|hour| {
            let most = AT_CAP * cap(hour).get() as f64;
            most > 0.0 && hour.cpu.is_some_and(|cpu| cpu >= most)
        });
        at.count()
    };
    let held = at_cap(&of_today);
    let is_held = held > CHANCE && held as f64 > SHARE * of_today.len() as f64;
    if of_today.len() >= LEAST_HOURS && is_held {
        return Censored::Throttled;
    }
    match of_less.last() {
        Some(last) if at_cap(&of_less) as f64 > SHARE * of_less.len() as f64 => {
            Censored::Until(last.at + 1)
        }
        _ => Censored::No,
    }
}

/// Whether use shows that the size caps nothing: more than 2 % of hours above it. Fewer may be from before a cut, of a series that does not
/// say which size was in force.
pub(super) fn shows_no_cap(window: &Window, today: CpuUnits) -> bool {
    let measured = (window.hours.iter()).filter_map(|hour| {
        let cap = hour.reserved_cpu.unwrap_or(today).get() as f64;
        hour.cpu.filter(|_| cap > 0.0).map(|cpu| cpu > NO_CAP * cap)
    });
    let (hours, above) = measured.fold((0_usize, 0_usize), |(hours, above), is_above| {
        (hours + 1, above + usize::from(is_above))
    });
    above as f64 > SHARE * hours as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rightsize::series::{HOUR, Sample, Series};

    /// Hours of use under a cap, one stretch after another.
    fn window(stretches: &[(i64, f64, Option<u64>)]) -> Window {
        let hours =
            (stretches.iter()).flat_map(|(hours, cpu, cap)| (0..*hours).map(move |_| (*cpu, *cap)));
        let samples: Vec<Sample> = (hours.zip(0..))
            .map(|((cpu, cap), at)| Sample {
                start: at * HOUR,
                cpu_max: Some(cpu),
                tasks: Some(1.0),
                reserved_cpu: cap.map(CpuUnits::new),
                ..Sample::default()
            })
            .collect();
        let end = samples.len().try_into().expect("few");
        let period = HOUR;
        Window::of(&Series { period, samples }, end)
    }

    #[test]
    fn a_size_that_was_made_larger_is_looked_at_before_it_is_made_larger_again() {
        let small = (500, 512.0, Some(512));
        let cap = CpuUnits::new(640);
        assert_eq!(
            of(&window(&[small]), CpuUnits::new(512)),
            Censored::Throttled
        );
        assert_eq!(of(&window(&[small]), cap), Censored::Until(500));
        let one_of_a_day = [small, (23, 550.0, Some(640)), (1, 640.0, Some(640))];
        assert_eq!(of(&window(&one_of_a_day), cap), Censored::Until(500));
        let two = [small, (22, 550.0, Some(640)), (2, 640.0, Some(640))];
        assert_eq!(of(&window(&two), cap), Censored::Throttled);
        // A smaller cap that held nothing down is evidence as any other.
        let free = [(500, 300.0, Some(512)), (24, 300.0, Some(640))];
        assert_eq!(of(&window(&free), cap), Censored::No);
    }

    #[test]
    fn few_hours_above_a_size_are_from_before_it_was_cut() {
        let of = |above| {
            shows_no_cap(
                &window(&[(100 - above, 300.0, None), (above, 700.0, None)]),
                CpuUnits::new(512),
            )
        };
        assert!(!of(2));
        assert!(of(3));
    }
}
