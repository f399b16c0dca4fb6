//! Capacity provider strategies: which provider takes the next task.
//!
//! Documented (API `CapacityProviderStrategyItem`; developer guide, "Amazon ECS capacity providers"): the
//! base is met first, then tasks go by relative weight; one provider may have a base; weights are 0 to
//! 1,000, bases 0 to 100,000, at most 20 providers; a strategy whose weights are all 0 fails; Auto Scaling
//! group and Fargate providers do not mix. The choice does not ask whether the task can be placed
//! (aws/containers-roadmap#1718).
//!
//! Assumed: the order within the ratio ([`RatioRule`]) and what base means beside weight 0
//! ([`BaseOnWeightZero`]). With `c_i` tasks of provider `i` above its base and weight `w_i`:
//!
//! ```text
//! smallest-ratio     next = argmin (c_i + 1) / w_i             D'Hondt's method of highest averages
//! largest-shortfall  next = argmax w_i (C + 1) / W − c_i       C = Σ c_i, W = Σ w_i
//! ```
//!
//! The first never leaves a provider a whole task below its exact share, and with two providers not a
//! whole task above it either (Balinski & Young, *Fair Representation*, 1982). Both are exact at every
//! multiple of the smallest whole ratio.

use std::cmp::Ordering;

use thiserror::Error;

use crate::domain::capacity::ProviderKind;

use super::choices::{BaseOnWeightZero, Choices, RatioRule};

/// Most providers in a strategy.
pub const MAX_PROVIDERS: usize = 20;
/// Largest weight.
pub const MAX_WEIGHT: u32 = 1_000;
/// Largest base.
pub const MAX_BASE: u32 = 100_000;

/// One provider of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrategyItem {
    /// Which provider, by the caller's dense index.
    pub provider: usize,
    /// Its kind.
    pub kind: ProviderKind,
    /// Tasks it takes before weights count.
    pub base: u32,
    /// Its share of the tasks above the base. The API's default is 0, the console's 1.
    pub weight: u32,
}

/// What is wrong with a strategy. Positions are in its list, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StrategyError {
    /// No provider at all.
    #[error("the capacity provider strategy is empty; name at least one provider")]
    Empty,
    /// More providers than ECS takes.
    #[error("the capacity provider strategy has {count} providers; ECS takes at most 20")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// `RunTask` and `CreateService` fail.
    #[error("all weights are 0, so no provider can take tasks; give one a weight of at least 1")]
    AllWeightsZero,
    /// A weight beyond 1,000.
    #[error("weight {weight} at position {position} is above 1000")]
    Weight {
        /// Where.
        position: usize,
        /// The weight.
        weight: u32,
    },
    /// A base beyond 100,000.
    #[error("base {base} at position {position} is above 100000")]
    Base {
        /// Where.
        position: usize,
        /// The base.
        base: u32,
    },
    /// Two providers with a base.
    #[error("positions {first} and {second} both have a base; only one provider may")]
    SeveralBases {
        /// The first of the two.
        first: usize,
        /// The second.
        second: usize,
    },
    /// The same provider twice.
    #[error("positions {first} and {second} name the same provider")]
    Repeated {
        /// The first of the two.
        first: usize,
        /// The second.
        second: usize,
    },
    /// Auto Scaling groups beside Fargate.
    #[error("Auto Scaling group and Fargate providers cannot share a strategy; use one kind")]
    Mixed,
}

/// A strategy that ECS accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStrategy {
    items: Vec<StrategyItem>,
    ratio_rule: RatioRule,
    base_on_weight_zero: BaseOnWeightZero,
}

impl ProviderStrategy {
    /// Checks a strategy.
    ///
    /// # Errors
    /// Everything that ECS would refuse, all at once.
    pub fn try_new(
        items: Vec<StrategyItem>,
        choices: &Choices,
    ) -> Result<Self, Vec<StrategyError>> {
        let errors = errors_of(&items);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            items,
            ratio_rule: choices.ratio_rule,
            base_on_weight_zero: choices.base_on_weight_zero,
        })
    }

    /// The providers in order.
    #[must_use]
    pub fn items(&self) -> &[StrategyItem] {
        &self.items
    }

    /// Position of the provider that takes the next task of a service, given how many each has now.
    ///
    /// # Panics
    /// When `tasks` does not have one entry per provider.
    #[must_use]
    pub fn next(&self, tasks: &[u64]) -> usize {
        assert_eq!(tasks.len(), self.items.len(), "one count per provider");
        if let Some(position) = self.below_base(tasks) {
            return position;
        }
        let above = |i: usize| tasks[i].saturating_sub(u64::from(self.items[i].base));
        let total: u64 = (0..tasks.len()).map(above).sum();
        let weights: u64 = self.items.iter().map(|item| u64::from(item.weight)).sum();
        // `min_by` keeps the first of equals: ties go by list order.
        (0..self.items.len())
            .filter(|&position| self.items[position].weight > 0)
            .min_by(|&a, &b| match self.ratio_rule {
                RatioRule::SmallestRatio => self.ratio_order(above, a, b),
                RatioRule::LargestShortfall => {
                    let shortfall = |i: usize| self.shortfall(above(i), i, total, weights);
                    shortfall(b).cmp(&shortfall(a))
                }
            })
            .expect("some weight is above 0")
    }

    /// How many of `count` new tasks each provider takes, on top of those it has now.
    ///
    /// Both rules choose alike when every provider has a multiple more of its weight over the weights' greatest common
    /// divisor: `(c + k w + 1) / w` is `(c + 1) / w` plus `k`, and a shortfall stays as it is. From counts that are
    /// such a multiple whole periods are therefore taken at once, and the time does not grow with `count`.
    ///
    /// # Panics
    /// When `tasks` does not have one entry per provider.
    #[must_use]
    pub fn split(&self, tasks: &[u64], count: u64) -> Vec<u64> {
        let mut counts = tasks.to_vec();
        let mut left = count;
        let mut took_periods = false;
        while left > 0 {
            if let Some(position) = self.below_base(&counts) {
                let more = (u64::from(self.items[position].base) - counts[position]).min(left);
                counts[position] += more;
                left -= more;
                continue;
            }
            if !took_periods && self.is_balanced(&counts) {
                left = self.take_periods(&mut counts, left);
                took_periods = true;
                continue;
            }
            let next = self.next(&counts);
            counts[next] += 1;
            left -= 1;
        }
        counts
            .iter()
            .zip(tasks)
            .map(|(now, before)| now - before)
            .collect()
    }

    /// The weights over their greatest common divisor.
    fn smallest_weights(&self) -> impl Iterator<Item = u64> {
        let divisor = (self.items.iter()).fold(0, |a, item| divisor(a, item.weight));
        (self.items.iter()).map(move |item| u64::from(item.weight / divisor.max(1)))
    }

    /// Whether what the providers have above their bases is a multiple of the smallest weights.
    fn is_balanced(&self, tasks: &[u64]) -> bool {
        let mut multiple = None;
        (self.items.iter().zip(self.smallest_weights()).zip(tasks)).all(
            |((item, weight), tasks)| {
                let above = tasks.saturating_sub(u64::from(item.base));
                if weight == 0 {
                    return above == 0;
                }
                above % weight == 0 && *multiple.get_or_insert(above / weight) == above / weight
            },
        )
    }

    /// Gives every provider as many multiples of its smallest weight as `left` allows; answers what is left over.
    fn take_periods(&self, counts: &mut [u64], left: u64) -> u64 {
        let period: u64 = self.smallest_weights().sum();
        let periods = left / period.max(1);
        for (count, weight) in counts.iter_mut().zip(self.smallest_weights()) {
            *count += periods * weight;
        }
        left - periods * period
    }

    fn below_base(&self, tasks: &[u64]) -> Option<usize> {
        (self.items.iter().zip(tasks)).position(|(item, count)| {
            let usable = item.weight > 0 || self.base_on_weight_zero == BaseOnWeightZero::Places;
            usable && *count < u64::from(item.base)
        })
    }

    /// Orders by (c + 1) / w, cross-multiplied so that it is exact.
    fn ratio_order(&self, above: impl Fn(usize) -> u64, a: usize, b: usize) -> Ordering {
        let side = |count: usize, weight: usize| {
            (u128::from(above(count)) + 1) * u128::from(self.items[weight].weight)
        };
        side(a, b).cmp(&side(b, a))
    }

    /// W times the shortfall of a provider with `count` tasks, were one more task placed.
    fn shortfall(&self, count: u64, position: usize, total: u64, weights: u64) -> i128 {
        let share = i128::from(self.items[position].weight) * (i128::from(total) + 1);
        share - i128::from(count) * i128::from(weights)
    }
}

/// Greatest common divisor; that of 0 and a number is the number.
const fn divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn errors_of(items: &[StrategyItem]) -> Vec<StrategyError> {
    let mut errors = Vec::new();
    if items.is_empty() {
        return vec![StrategyError::Empty];
    }
    if items.len() > MAX_PROVIDERS {
        errors.push(StrategyError::TooMany { count: items.len() });
    }
    for (position, item) in items.iter().enumerate() {
        if item.weight > MAX_WEIGHT {
            errors.push(StrategyError::Weight {
                position,
                weight: item.weight,
            });
        }
        if item.base > MAX_BASE {
            errors.push(StrategyError::Base {
                position,
                base: item.base,
            });
        }
        let repeated = |earlier: &StrategyItem| earlier.provider == item.provider;
        if let Some(first) = items[..position].iter().position(repeated) {
            errors.push(StrategyError::Repeated {
                first,
                second: position,
            });
        }
    }
    let mut bases = (0..items.len()).filter(|&position| items[position].base > 0);
    if let (Some(first), Some(second)) = (bases.next(), bases.next()) {
        errors.push(StrategyError::SeveralBases { first, second });
    }
    if items.iter().all(|item| item.weight == 0) {
        errors.push(StrategyError::AllWeightsZero);
    }
    let fargate = items.iter().filter(|item| item.kind.is_fargate()).count();
    if fargate > 0 && fargate < items.len() {
        errors.push(StrategyError::Mixed);
    }
    errors
}

#[cfg(test)]
mod tests;
