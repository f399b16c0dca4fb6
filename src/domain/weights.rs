//! Weights as small integers whose ratio reproduces the plan, and how far they are from it.
//!
//! The plan's weights in lowest terms are the smallest integers of exactly their ratio. Only where the largest is above
//! ECS's limit of 1,000 are they rounded, none down to 0.

use super::plan::StrategyItem;

/// Said where nothing was lost.
pub const EXACT: &str = "the weights give each provider exactly the plan's tasks";

/// Largest weight that ECS takes. Source: Amazon ECS API reference, `CapacityProviderStrategyItem`.
const LARGEST_WEIGHT: u64 = 1000;
/// Largest base that ECS takes.
pub const LARGEST_BASE: u64 = 100_000;

/// One item of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightedItem {
    /// Provider.
    pub provider: String,
    /// Tasks placed there first; at most one item has any.
    pub base: u64,
    /// Relative share of the rest, 0 to 1,000.
    pub weight: u64,
}

/// The weights in lowest terms and within ECS's limit.
#[must_use]
pub fn small(weights: &[u64]) -> Vec<u64> {
    let divisor = weights.iter().copied().fold(0, gcd).max(1);
    let largest = weights.iter().copied().max().unwrap_or(0) / divisor;
    (weights.iter())
        .map(|weight| {
            let weight = weight / divisor;
            if largest <= LARGEST_WEIGHT || weight == 0 {
                return weight;
            }
            let scaled = (2 * u128::from(weight) * u128::from(LARGEST_WEIGHT)
                / u128::from(largest))
            .div_ceil(2);
            u64::try_from(scaled).unwrap_or(LARGEST_WEIGHT).max(1)
        })
        .collect()
}

/// The largest difference between what the weights give a provider and what the plan has there, in hundredths of a task.
/// `planned` are tasks by item, base included.
#[must_use]
pub fn rounding_error(items: &[StrategyItem], weights: &[u64], planned: &[u64]) -> u64 {
    let tasks: u128 = planned.iter().map(|&n| u128::from(n)).sum();
    let base: u128 = items.iter().map(|item| u128::from(item.base)).sum();
    let by_weight = tasks.saturating_sub(base);
    let total: u128 = weights.iter().map(|&w| u128::from(w)).sum::<u128>().max(1);
    let errors = (items.iter().zip(weights).zip(planned)).map(|((item, &weight), &planned)| {
        let given = by_weight * u128::from(weight) + u128::from(item.base).min(tasks) * total;
        let wanted = u128::from(planned) * total;
        (given.abs_diff(wanted) * 100).div_ceil(total)
    });
    errors
        .max()
        .map_or(0, |worst| u64::try_from(worst).unwrap_or(u64::MAX))
}

/// The greatest common divisor; with 0, the other number.
#[must_use]
pub const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_in_lowest_terms_keep_their_ratio() {
        assert_eq!(small(&[4, 8, 12]), [1, 2, 3]);
        assert_eq!(small(&[5000, 1]), [1000, 1]);
        assert_eq!(small(&[0, 7]), [0, 1]);
        assert!(small(&[]).is_empty());
    }

    #[test]
    fn the_error_is_what_the_weights_miss() {
        let item = |base| StrategyItem {
            capacity_provider: String::new(),
            base,
            weight: 0,
        };
        assert_eq!(rounding_error(&[item(0), item(0)], &[1, 2], &[4, 8]), 0);
        assert_eq!(rounding_error(&[item(0), item(0)], &[1, 1], &[4, 5]), 50);
        assert_eq!(rounding_error(&[item(2), item(0)], &[1, 4], &[4, 8]), 0);
    }
}
