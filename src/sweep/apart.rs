//! Many plans, each apart from the others.
//!
//! A plan sees nothing of the others, so they come out the same for any number of threads and any order. Only the clock,
//! where there is one, is divided: each gets its part of the time that is left when its turn comes, as many at a time as
//! there are threads.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rayon::prelude::*;

use crate::domain::cluster::Cluster;
use crate::planner::least_time;

use crate::optimize::stop::{Share, Stop};

/// Services beyond which one plan is made at a time: it takes hundreds of MiB, and has use for every thread itself.
const LARGE: usize = 1_500;

/// A clock on which too little is left for a plan.
struct Over;

impl Stop for Over {
    fn should_stop(&self) -> bool {
        true
    }

    fn remaining(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }
}

/// What `plan` makes of each variant and its place, in the order of the variants, all of them of one cluster
/// with something changed. Where the clock has less left than a plan takes at least, the stop is raised from the start.
pub fn each_apart<V: Sync, P: Send>(
    variants: &[V],
    cluster: &Cluster,
    stop: &dyn Stop,
    plan: impl Fn(usize, &V, &dyn Stop) -> P + Sync,
) -> Vec<P> {
    let waiting = AtomicU32::new(u32::try_from(variants.len()).unwrap_or(u32::MAX));
    let one_at_a_time = cluster.services.len() > LARGE;
    let lanes = if one_at_a_time {
        1
    } else {
        u32::try_from(rayon::current_num_threads()).unwrap_or(1)
    };
    let least = least_time(cluster);
    let one = |(place, variant): (usize, &V)| {
        let left = waiting.fetch_sub(1, Ordering::Relaxed).max(1);
        if (stop.remaining()).is_some_and(|remaining| remaining < least) {
            return plan(place, variant, &Over);
        }
        plan(place, variant, &Share::new(stop, lanes.min(left), left))
    };
    if one_at_a_time {
        return variants.iter().enumerate().map(one).collect();
    }
    (variants.par_iter().enumerate())
        // One at a time for each thread: plans differ too much in their work to be handed out in blocks.
        .with_max_len(1)
        .map(one)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::stop::{Deadline, Interrupt, Never};

    /// A cluster of so many services.
    fn cluster(services: usize) -> Cluster {
        let services: Vec<String> = (0..services)
            .map(|index| {
                format!(
                    r#"{{"serviceName": "s{index}", "desiredCount": 1, "cpu": 1, "memory": 1}}"#
                )
            })
            .collect();
        let services = services.join(",");
        let file = format!(r#"{{"version": 1, "region": "us-east-1", "services": [{services}]}}"#);
        let imported = read_cluster(&file, "c.json", &ImportOptions::default());
        imported.expect("a cluster").cluster
    }

    #[test]
    fn what_a_plan_takes_at_least_is_not_begun_with_less_on_the_clock() {
        let cluster = cluster(LARGE + 1);
        let stopped = |left: Duration| {
            let clock = Deadline(Instant::now() + left);
            each_apart(&[(); 3], &cluster, &clock, |_, (), stop| stop.should_stop())
        };
        assert_eq!(stopped(least_time(&cluster) / 2), [true; 3]);
        assert_eq!(stopped(Duration::from_hours(1)), [false; 3]);
    }

    #[test]
    fn results_are_in_the_order_of_the_variants() {
        let letters = ["a", "b", "c", "d", "e"];
        let found = each_apart(&letters, &cluster(1), &Never, |place, letter, stop| {
            assert_eq!(stop.remaining(), None);
            format!("{place}{letter}")
        });
        assert_eq!(found, ["0a", "1b", "2c", "3d", "4e"]);
        assert!(each_apart(&[], &cluster(1), &Never, |_, variant: &u8, _| *variant).is_empty());
    }

    #[test]
    fn the_clock_is_divided_among_those_that_wait() {
        let hour = Deadline(Instant::now() + Duration::from_hours(1));
        let parts = each_apart(&[(); 400], &cluster(1), &hour, |_, (), stop| {
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
        let stopped = each_apart(&[(); 3], &cluster(1), &interrupt, |_, (), stop| {
            stop.should_stop()
        });
        assert_eq!(stopped, [true; 3]);
    }
}
