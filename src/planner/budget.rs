//! How the searches' counted work, and the clock, are shared out among them, by named parts.
//!
//! One meter counts the work of all searches, and [`Allowance`] says how much of it each may spend; replays and rehearsals
//! have meters of their own ([`super::work`]). The parts
//! are fixed fractions of the whole and what one leaves over is not passed on: a search that anneals between fixed
//! ends would otherwise end elsewhere because another search was quick, and plans of clusters that differ little would
//! differ much. Where a part before it has spent more than its own (rounds that take out tasks without a place), the
//! parts after it share what is left in the same proportions.
//!
//! In quarters of what the ideal packing needs by default ([`default_work_limit`](crate::optimize::solve::default_work_limit)):
//!
//! | part | quarters | why |
//! |---|---|---|
//! | ideal packing | 4 | bound and ideal cost are what all else is compared with |
//! | certified groups | 4 | two runs side by side, each half as long as the packing. With twice as much, of ten generated clusters without Spot seven cost the same, one 0.2 % less and two 0.2 % more, in twice the time (docs/realise.md, 2026-11-29) |
//! | replayed groups | 4 | likewise; only where certified groups are dear or there are none |
//! | other numbers of groups | 1 | two runs of an eighth for each of two numbers: figures beside the plan |
//! | later rounds, with the ideal packing alone | 1 | tasks without a place are taken out and the rest is packed again |

use std::time::Duration;

use crate::domain::cluster::Cluster;
use crate::optimize::stop::Budget;

use super::options::PlanOptions;

/// Quarters of each part; see the table above.
const IDEAL: u64 = 4;
const CERTIFIED: u64 = 4;
const REPLAYED: u64 = 4;
const OTHER_NUMBERS: u64 = 1;
const LATER_ROUNDS: u64 = 1;
/// All of them where groups are designed too.
const WHOLE: u64 = IDEAL + CERTIFIED + REPLAYED + OTHER_NUMBERS;
/// All of them with the ideal packing alone.
const WHOLE_OF_IDEAL: u64 = IDEAL + LATER_ROUNDS;
/// An earlier plan leaves little to do: the ideal packing gets this part of its default.
const PART_WITH_A_START: u64 = 6;

/// Of the clock, this part goes to the ideal packing where groups are designed as well: their search ends early more
/// often than the packing does, so that the packing gets more than its part of the work.
const IDEAL_CLOCK: (u32, u32) = (3, 5);

/// What each part of a run may spend, in units of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// All searches.
    pub whole: u64,
    /// The first round of the ideal packing.
    ideal: u64,
    /// Units of a quarter, for the parts after it.
    quarter: u64,
    /// Whether groups are designed.
    has_groups: bool,
}

impl Allowance {
    /// What the searches get shared out, `u64::MAX` where the clock alone holds. An earlier plan makes the default smaller,
    /// and not what a caller gives.
    pub fn new(options: &PlanOptions<'_>, searches: u64) -> Self {
        let has_groups = !options.ideal;
        let quarters = if has_groups { WHOLE } else { WHOLE_OF_IDEAL };
        let shared = Self {
            whole: searches,
            ideal: part(searches, IDEAL, quarters),
            quarter: searches / quarters,
            has_groups,
        };
        if searches == u64::MAX {
            return Self {
                ideal: u64::MAX,
                ..shared
            };
        }
        if options.work_limit.is_some() || options.warm_start.is_none() {
            return shared;
        }
        let ideal = shared.ideal / PART_WITH_A_START;
        Self {
            ideal,
            whole: shared.whole - (shared.ideal - ideal),
            ..shared
        }
    }

    /// A round of the ideal packing: later ones leave half of what there is to those that may follow.
    pub fn round(&self, round: usize, left: u64) -> u64 {
        if round == 0 {
            self.ideal.min(left)
        } else {
            self.ideal.min(left / 2)
        }
    }

    /// The same where the ideal packing has this part of its work.
    pub fn with_part_of_ideal(&self, part: u64) -> Self {
        let ideal = if self.ideal == u64::MAX {
            u64::MAX
        } else {
            self.ideal / part
        };
        Self { ideal, ..*self }
    }

    /// The search for certified groups.
    pub fn certified(&self, left: u64) -> u64 {
        self.of_groups(CERTIFIED, CERTIFIED + REPLAYED + OTHER_NUMBERS, left)
    }

    /// The search by replays.
    pub fn replayed(&self, left: u64) -> u64 {
        self.of_groups(REPLAYED, REPLAYED + OTHER_NUMBERS, left)
    }

    /// What other numbers of groups would cost.
    pub fn other_numbers(&self, left: u64) -> u64 {
        self.of_groups(OTHER_NUMBERS, OTHER_NUMBERS, left)
    }

    fn of_groups(&self, own: u64, of: u64, left: u64) -> u64 {
        if self.whole == u64::MAX {
            // The clock alone holds.
            return u64::MAX;
        }
        let fixed = if self.has_groups {
            self.quarter.saturating_mul(own)
        } else {
            0
        };
        fixed.min(part(left, own, of))
    }
}

/// `own / of` of an amount, rounded down.
fn part(amount: u64, own: u64, of: u64) -> u64 {
    let share = u128::from(amount) * u128::from(own) / u128::from(of);
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// The ideal packing's part of the clock; the work is limited round by round.
pub(super) fn of_ideal(budget: Budget<'_>, is_alone: bool) -> Budget<'_> {
    let (own, of) = if is_alone { (1, 1) } else { IDEAL_CLOCK };
    budget.share_of_time(own, of)
}

/// What all searches get where the ideal packing gets so much.
pub(super) const fn of_searches(of_packing: u64, ideal: bool) -> u64 {
    let quarters = if ideal { WHOLE_OF_IDEAL } else { WHOLE };
    of_packing / IDEAL * quarters
}

/// What a plan takes at least, however early it is cut, by and large: the model, one greedy packing and the check grow
/// with services × types. Measured on two cores of 2020s hardware: 1.2 s for 5,000 services and every type of us-east-1.
#[must_use]
pub fn least_time(cluster: &Cluster) -> Duration {
    const OF_A_SERVICE: Duration = Duration::from_micros(240);
    OF_A_SERVICE * u32::try_from(cluster.services.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(whole: u64, ideal: u64) -> Allowance {
        Allowance {
            whole,
            ideal,
            quarter: whole / WHOLE,
            has_groups: true,
        }
    }

    #[test]
    fn the_parts_add_up_to_the_whole() {
        let all = shared(1_300, 400);
        let mut left = all.whole - all.round(0, all.whole);
        for take in [
            Allowance::certified,
            Allowance::replayed,
            Allowance::other_numbers,
        ] {
            let own = take(&all, left);
            assert!(own > 0);
            left -= own;
        }
        assert_eq!(left, 0);
    }

    #[test]
    fn what_a_part_leaves_over_is_not_passed_on() {
        let all = shared(1_300, 400);
        assert_eq!(all.certified(900), all.certified(1_299));
        assert_eq!(all.replayed(500), all.replayed(1_000));
    }

    #[test]
    fn rounds_share_what_is_left_and_never_take_all_of_it() {
        let all = shared(13_000, 4_000);
        let mut left = all.whole - all.round(0, all.whole);
        assert_eq!(all.round(1, left), 4_000);
        for round in 1..13 {
            let own = all.round(round, left);
            assert!(own > 0 && own < left);
            left -= own;
        }
        assert!(all.certified(left) + all.replayed(left - all.certified(left)) <= left);
    }
}
