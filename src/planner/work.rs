//! What the counted work of a whole run is shared out to.
//!
//! | part | units by default | what for |
//! |---|---|---|
//! | searches | 3¼ times [`default_work_limit`]; 1¼ times with the ideal packing alone | the packing and the groups, in quarters: [`super::budget`] |
//! | replays | 1,000,000 and 600 a task, 13,000,000 at most | whether ECS fills the packing and each design, in up to 100 orders of arrival; proofs of designs that have no certificate |
//! | without Spot | a third of both, where the policy allows Spot and On-Demand | a fleet of On-Demand instances alone, where it may cost less: [`super::without_spot`] |
//! | without Spot, again | as much as both, likewise; nothing where a caller's limit is below the default | the same with all the work of a plan without Spot, where it is cheaper or nearly so |
//! | rehearsals | 200,000 and, where rollouts are played, tasks × (3 × services + tasks / 400), 20,000,000 at most | rollouts, an ordinary day, the tasks on today's instances |
//!
//! With the ideal packing alone nothing is designed or rehearsed but the tasks on today's instances. A caller's limit is
//! shared out in the proportions of the default, and what a part leaves over is not passed on, so that one part's turn never depends on another's luck.
//!
//! A unit is about a microsecond of one core. [`PLACEMENTS_PER_UNIT`](crate::realise::replayed::PLACEMENTS_PER_UNIT) tasks that ask the replica for a place make one, and
//! [`STEPS_PER_UNIT`](super::counted::STEPS_PER_UNIT) steps of its runs minute by minute. What is counted does not depend on threads: where an order of
//! arrival fails, orders after it count for nothing, whether or not another thread has played them. A replay that the work
//! left does not pay for is not begun; what has begun is played to its end.

use crate::domain::cluster::Cluster;
use crate::domain::policy::DeploymentSurge;
use crate::domain::service::Service;
use crate::optimize::solve::default_work_limit;
use crate::optimize::stop::Stop;

use super::budget;
use super::counted::Parts;
use super::options::PlanOptions;
use super::without_spot;

/// Units of replays: fixed, of each task, and at most.
const REPLAYS: (u64, u64, u64) = (1_000_000, 600, 13_000_000);
/// A fleet without Spot gets this part of searches and replays.
const WITHOUT_SPOT: u64 = 3;
/// Units of rehearsals: fixed, and at most.
const REHEARSALS: (u64, u64) = (200_000, 20_000_000);
/// Units of rehearsals for each pair of a service and a task.
const REHEARSALS_OF_A_PAIR: u64 = 3;
/// Pairs of tasks that make a unit of rehearsals: a task that is stopped takes a look at every instance.
const PAIRS_OF_TASKS_PER_UNIT: u64 = 400;
/// Units of a task on today's instances, and at most.
const TODAY: (u64, u64) = (5, 75_000);

impl Parts {
    /// What a plan may spend: no limit but the clock where one runs and the caller sets none.
    pub fn new(cluster: &Cluster, options: &PlanOptions<'_>, stop: &dyn Stop) -> Self {
        let usual = Self::by_default(cluster, options.ideal);
        match options.work_limit {
            Some(limit) if limit >= usual.whole() => usual.scaled(limit),
            Some(limit) => usual.once().scaled(limit),
            None if stop.remaining().is_some() => Self {
                searches: u64::MAX,
                replays: u64::MAX,
                rehearsals: u64::MAX,
                without_spot: u64::MAX,
                without_spot_again: 0,
            },
            None => usual,
        }
    }

    /// What a plan gets where nobody sets a limit.
    pub fn by_default(cluster: &Cluster, ideal: bool) -> Self {
        let count = |service: &Service| cluster.planned_count(service);
        let services = (cluster.services.iter()).filter(|service| count(service) > 0);
        let services = services.count();
        let tasks = (cluster.services.iter())
            .map(count)
            .fold(0, u64::saturating_add);
        let searches = budget::of_searches(default_work_limit(services), ideal);
        let has_today = (cluster.container_instances.iter()).any(|instance| instance.active);
        let of_today = if has_today {
            tasks.saturating_mul(TODAY.0).min(TODAY.1)
        } else {
            0
        };
        if ideal {
            return Self {
                searches,
                replays: 0,
                rehearsals: of_today,
                without_spot: 0,
                without_spot_again: 0,
            };
        }
        let rolls = cluster.policy.deployment_surge == DeploymentSurge::OneByOne;
        let of_rollouts = if rolls {
            let pairs = tasks.saturating_mul(services as u64);
            let stops = tasks.saturating_mul(tasks) / PAIRS_OF_TASKS_PER_UNIT;
            pairs
                .saturating_mul(REHEARSALS_OF_A_PAIR)
                .saturating_add(stops)
        } else {
            0
        };
        let (fixed, of_a_task, most) = REPLAYS;
        let replays = tasks
            .saturating_mul(of_a_task)
            .saturating_add(fixed)
            .min(most);
        let of_second = if without_spot::applies(cluster) {
            searches + replays
        } else {
            0
        };
        Self {
            searches,
            replays,
            without_spot: of_second / WITHOUT_SPOT,
            without_spot_again: of_second,
            rehearsals: of_rollouts
                .saturating_add(REHEARSALS.0)
                .saturating_add(of_today)
                .min(REHEARSALS.1),
        }
    }

    /// Without the second search for a fleet without Spot.
    const fn once(self) -> Self {
        Self {
            without_spot_again: 0,
            ..self
        }
    }

    /// All of them.
    pub const fn whole(self) -> u64 {
        (self.searches)
            .saturating_add(self.replays)
            .saturating_add(self.rehearsals)
            .saturating_add(self.without_spot)
            .saturating_add(self.without_spot_again)
    }

    /// Another whole in the same proportions.
    fn scaled(self, whole: u64) -> Self {
        let of = self.whole().max(1);
        let part = |own: u64| {
            let share = u128::from(whole) * u128::from(own) / u128::from(of);
            u64::try_from(share).unwrap_or(u64::MAX)
        };
        let (replays, rehearsals) = (part(self.replays), part(self.rehearsals));
        let (without_spot, again) = (part(self.without_spot), part(self.without_spot_again));
        let others = replays
            .saturating_add(rehearsals)
            .saturating_add(without_spot)
            .saturating_add(again);
        Self {
            searches: whole.saturating_sub(others),
            replays,
            rehearsals,
            without_spot,
            without_spot_again: again,
        }
    }
}

/// Counted work that a cluster is planned with where the caller sets no limit: the sum of what the parts get.
///
/// With `ideal` only the ideal packing is looked for.
#[must_use]
pub fn default_work(cluster: &Cluster, ideal: bool) -> u64 {
    Parts::by_default(cluster, ideal).whole()
}

/// Counted work of a whole run whose searches get so much of it.
#[must_use]
pub fn work_with_searches(cluster: &Cluster, ideal: bool, searches: u64) -> u64 {
    let usual = Parts::by_default(cluster, ideal);
    let usual = if searches >= usual.searches {
        usual
    } else {
        usual.once()
    };
    let whole = u128::from(searches) * u128::from(usual.whole());
    u64::try_from(whole.div_ceil(u128::from(usual.searches.max(1)))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::stop::Never;

    fn cluster(tasks: u64, policy: &str) -> Cluster {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{{policy}}}, "services": [
                {{"serviceName": "a", "desiredCount": {tasks}, "cpu": 256, "memory": 512}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        imported.expect("a cluster").cluster
    }

    #[test]
    fn a_callers_limit_is_shared_out_in_the_proportions_of_the_default() {
        let cluster = cluster(1_000, "");
        let usual = Parts::by_default(&cluster, false);
        assert_eq!(usual.scaled(usual.whole()), usual);
        let tenth = usual.scaled(usual.whole() / 10);
        assert_eq!(tenth.whole(), usual.whole() / 10);
        assert_eq!(tenth.replays, usual.replays / 10);
        assert!(tenth.searches.abs_diff(usual.searches / 10) <= 2);
        assert!(usual.scaled(u64::MAX).searches > usual.searches);
    }

    #[test]
    fn the_limit_for_given_searches_gives_them_that_much() {
        for policy in ["", r#""purchaseOptions": ["on-demand", "spot"]"#] {
            let cluster = cluster(300, policy);
            for searches in [1, 7, 500_000, 2_200_000, 50_000_000] {
                let options = PlanOptions {
                    work_limit: Some(work_with_searches(&cluster, false, searches)),
                    ..PlanOptions::default()
                };
                let parts = Parts::new(&cluster, &options, &Never);
                assert!(parts.searches.abs_diff(searches) <= 4, "{parts:?}");
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_gets_nothing() {
        let usual = Parts::by_default(&cluster(1_000, ""), true);
        assert_eq!((usual.replays, usual.rehearsals), (0, 0));
        let off = Parts::by_default(&cluster(1_000, r#""deploymentSurge": false"#), false);
        assert_eq!(off.rehearsals, REHEARSALS.0);
    }

    #[test]
    fn a_fleet_without_spot_gets_work_where_the_policy_allows_both_ways_of_buying() {
        let both = cluster(1_000, r#""purchaseOptions": ["on-demand", "spot"]"#);
        let (both, one) = (
            Parts::by_default(&both, false),
            Parts::by_default(&cluster(1_000, ""), false),
        );
        assert_eq!(both.without_spot, (one.searches + one.replays) / 3);
        let main = Parts {
            without_spot: 0,
            without_spot_again: 0,
            ..both
        };
        assert_eq!(main, one);
        let again = both.of_second(both.without_spot_again);
        assert_eq!((again.searches, again.replays), (one.searches, one.replays));
        assert_eq!(both.scaled(both.whole()), both);
    }

    #[test]
    fn no_number_of_tasks_is_too_large() {
        let parts = Parts::by_default(&cluster(10_000_000, ""), false);
        assert_eq!((parts.replays, parts.rehearsals), (REPLAYS.2, REHEARSALS.1));
    }
}
