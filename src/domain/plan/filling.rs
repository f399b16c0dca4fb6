//! In how many orders of arrival ECS fills a fleet, and why there is none that it fills.

use super::rule_code::RuleCode;

/// What replays of a fleet in many orders of arrival say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling {
    /// Orders of arrival that were replayed to their end: none where time or work was used up before.
    pub orders: u64,
    /// Orders in which every task found a place.
    pub whole: u64,
    /// Most tasks without a place in any order.
    pub most_unplaced: u64,
}

impl Filling {
    /// Whether every task found a place in every order.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.orders > 0 && self.whole == self.orders
    }
}

/// Why a plan shows the ideal packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRealised {
    /// Instances of today or from outside AWS stay.
    InstancesStay,
    /// The search found no groups within the limits.
    NoGroups,
    /// Numbers of tasks that move need groups shown by replays, and room for a lost zone or for deployments is not
    /// replayed: nothing was searched.
    RoomNotReplayed,
    /// Numbers of tasks that move need groups shown by replays, whose weights `deterministicRouting: false` forbids.
    RoutingNotReplayed,
    /// Instances of today stay, and beside them strategies rest on weights, which `deterministicRouting: false` forbids: nothing
    /// was searched.
    RoutingBesideToday,
    /// Groups for numbers of tasks that move are not searched beside instances of today that stay.
    MovingBesideToday,
    /// The groups found cost more than twice the ideal packing.
    TooDear,
    /// Filled in the first order, the groups break a rule of the cluster or the policy.
    BreaksRule {
        /// Code of the rule.
        rule: RuleCode,
    },
    /// The time was over before a replay showed that the groups found are filled.
    OutOfTime,
    /// The counted work of replays was used up before one showed that the groups found are filled.
    OutOfWork,
    /// A replay left a task without a place.
    NotFilled,
    /// A replay put more than `maxShareOnInstance` of a service's tasks on one instance.
    TooManyOnOne,
}
