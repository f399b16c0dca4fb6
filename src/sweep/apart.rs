//! Many plans, each apart from the others.
//!
//! A plan sees nothing of the others, so they come out the same for any number of threads and any order. Only the clock,
//! where there is one, is divided: each gets its part of the time that is left when its turn comes, as many at a time as
//! there are threads.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::optimize::stop::{Share, Stop};

/// What `plan` makes of each variant and its place, in the order of the variants.
pub fn each_apart<V: Sync, P: Send>(
    variants: &[V],
    stop: &dyn Stop,
    plan: impl Fn(usize, &V, &dyn Stop) -> P + Sync,
) -> Vec<P> {
    let waiting = AtomicU32::new(u32::try_from(variants.len()).unwrap_or(u32::MAX));
    let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(1);
    (variants.par_iter().enumerate())
        // One at a time for each thread: plans differ too much in their work to be handed out in blocks.
        .with_max_len(1)
        .map(|(place, variant)| {
            let left = waiting.fetch_sub(1, Ordering::Relaxed).max(1);
            plan(place, variant, &Share::new(stop, threads.min(left), left))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::optimize::stop::{Deadline, Interrupt, Never};

    #[test]
    fn results_are_in_the_order_of_the_variants() {
        let letters = ["a", "b", "c", "d", "e"];
        let found = each_apart(&letters, &Never, |place, letter, stop| {
            assert_eq!(stop.remaining(), None);
            format!("{place}{letter}")
        });
        assert_eq!(found, ["0a", "1b", "2c", "3d", "4e"]);
        assert!(each_apart(&[], &Never, |_, variant: &u8, _| *variant).is_empty());
    }

    #[test]
    fn the_clock_is_divided_among_those_that_wait() {
        let hour = Deadline(Instant::now() + Duration::from_hours(1));
        let parts = each_apart(&[(); 400], &hour, |_, (), stop| {
            stop.remaining().expect("there is a clock")
        });
        // Nothing was used up: the last ones have all that is left, the first ones their part of it alone.
        let whole = Duration::from_mins(59);
        assert!(parts.iter().any(|&part| part > whole));
        let threads = u32::try_from(rayon::current_num_threads()).expect("a small number");
        let part = Duration::from_hours(1) / 400 * threads.min(400);
        let smallest = parts.iter().min().expect("there are some");
        assert!(*smallest <= part, "{smallest:?} of at most {part:?}");
    }

    #[test]
    fn an_interrupt_reaches_all() {
        let interrupt = Interrupt::new();
        interrupt.raise();
        let stopped = each_apart(&[(); 3], &interrupt, |_, (), stop| stop.should_stop());
        assert_eq!(stopped, [true; 3]);
    }
}
