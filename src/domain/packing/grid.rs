//! From exact decimals to the integers that the optimizer counts in.
//!
//! Every dimension is divided by the greatest number of which all its sizes and capacities are multiples,
//! costs likewise. Capacity beyond all copies together is worth nothing more than that; sizes beyond every
//! capacity fit nowhere, however large: both are clipped first, so that only numbers that matter count.

use rust_decimal::Decimal;
use thiserror::Error;

use super::PackingProblem;

/// Integers up to here are exact as doubles.
const EXACT: u128 = 1 << 53;

/// What a number that cannot be counted is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Sizes and capacities of a dimension, by its index.
    Dimension(usize),
    /// Costs of the bins.
    Costs,
    /// Demands.
    Demands,
}

/// Numbers that no common grid of integers below 2⁵³ holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the numbers lie too far apart to be counted exactly")]
pub struct GridError {
    /// Which numbers.
    pub quantity: Quantity,
}

/// A packing problem in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Capacity of each bin, by dimension.
    pub capacities: Vec<Vec<u64>>,
    /// Size of each item, by dimension.
    pub sizes: Vec<Vec<u64>>,
    /// Cost of each bin in units of [`Self::cost_unit`].
    pub costs: Vec<i64>,
    /// One unit of cost.
    pub cost_unit: Decimal,
}

impl Grid {
    /// The grid of a problem whose vectors all have one entry per dimension and hold no negative number.
    ///
    /// # Errors
    /// Every kind of number that cannot be counted.
    pub fn try_new(problem: &PackingProblem) -> Result<Self, Vec<GridError>> {
        let mut errors = Vec::new();
        let mut grid = Self {
            capacities: vec![Vec::new(); problem.bins.len()],
            sizes: vec![Vec::new(); problem.items.len()],
            costs: Vec::new(),
            cost_unit: Decimal::ONE,
        };
        for dimension in 0..problem.dims.len() {
            let Some((capacities, sizes)) = counted_dimension(problem, dimension) else {
                errors.push(GridError {
                    quantity: Quantity::Dimension(dimension),
                });
                continue;
            };
            for (entry, capacity) in grid.capacities.iter_mut().zip(capacities) {
                entry.push(capacity);
            }
            for (entry, size) in grid.sizes.iter_mut().zip(sizes) {
                entry.push(size);
            }
        }
        match counted_costs(problem) {
            Some((costs, unit)) => (grid.costs, grid.cost_unit) = (costs, unit),
            None => errors.push(GridError {
                quantity: Quantity::Costs,
            }),
        }
        if !grid.is_countable(problem) {
            errors.push(GridError {
                quantity: Quantity::Demands,
            });
        }
        if errors.is_empty() {
            Ok(grid)
        } else {
            Err(errors)
        }
    }

    /// Whether every copy in a dearest bin of its own would still have a cost.
    fn is_countable(&self, problem: &PackingProblem) -> bool {
        let copies: u128 = (problem.items.iter())
            .map(|item| u128::from(item.demand))
            .sum();
        let dearest = self.costs.iter().max().copied().unwrap_or(0);
        let worst = copies.checked_mul(u128::from(dearest.unsigned_abs()));
        copies <= EXACT
            && worst.is_some_and(|worst| worst <= u128::from(i64::MAX.unsigned_abs()) / 2)
    }

    /// A cost in units as an exact decimal.
    #[must_use]
    pub fn cost(&self, units: i64) -> Decimal {
        (Decimal::from(units) * self.cost_unit).normalize()
    }
}

/// Capacities and sizes of one dimension in its unit.
fn counted_dimension(problem: &PackingProblem, d: usize) -> Option<(Vec<u64>, Vec<u64>)> {
    let numbers = (problem.bins.iter().map(|bin| bin.capacity[d]))
        .chain(problem.items.iter().map(|item| item.size[d]));
    let (mut whole, _) = whole_numbers(numbers)?;
    let sizes = whole.split_off(problem.bins.len());
    let mut capacities = whole;
    let largest = capacities.iter().copied().max().unwrap_or(0);
    let mut total: u128 = 0;
    let mut clipped: Vec<u128> = Vec::with_capacity(sizes.len());
    for (&size, item) in sizes.iter().zip(&problem.items) {
        // What fits nowhere, or is not wanted, takes no part in what bins are filled with.
        if size <= largest && item.demand > 0 {
            total = total.saturating_add(size.saturating_mul(u128::from(item.demand)));
        }
        clipped.push(size.min(largest.saturating_add(1)));
    }
    // Sizes above every capacity must stay above the clipped ones, and no other size may pass them.
    for capacity in &mut capacities {
        *capacity = (*capacity).min(total);
    }
    let most = capacities.iter().copied().max().unwrap_or(0);
    let fits = |size: u128| size <= largest;
    let unit = (capacities.iter().copied())
        .chain(clipped.iter().copied().filter(|&size| fits(size)))
        .fold(0, gcd)
        .max(1);
    let narrow = |number: u128| {
        u64::try_from(number / unit)
            .ok()
            .filter(|&n| u128::from(n) < EXACT)
    };
    let sizes = clipped.into_iter().map(|size| {
        if fits(size) {
            narrow(size)
        } else {
            narrow(most).map(|most| most + 1)
        }
    });
    let sizes: Option<Vec<u64>> = sizes.collect();
    let capacities: Option<Vec<u64>> = capacities.into_iter().map(narrow).collect();
    Some((capacities?, sizes?))
}

/// Costs in their unit, and the unit.
fn counted_costs(problem: &PackingProblem) -> Option<(Vec<i64>, Decimal)> {
    let (whole, scale) = whole_numbers(problem.bins.iter().map(|bin| bin.cost))?;
    let unit = whole.iter().copied().fold(0, gcd).max(1);
    let costs: Option<Vec<i64>> = (whole.into_iter())
        .map(|cost| {
            i64::try_from(cost / unit)
                .ok()
                .filter(|&n| n.unsigned_abs() < 1 << 53)
        })
        .collect();
    let unit = Decimal::try_from_i128_with_scale(i128::try_from(unit).ok()?, scale).ok()?;
    Some((costs?, unit.normalize()))
}

/// The numbers times the smallest power of ten that makes all of them whole, and its exponent.
fn whole_numbers(numbers: impl Iterator<Item = Decimal>) -> Option<(Vec<u128>, u32)> {
    let numbers: Vec<Decimal> = numbers.map(|number| number.normalize()).collect();
    let scale = numbers.iter().map(Decimal::scale).max().unwrap_or(0);
    let whole: Option<Vec<u128>> = (numbers.iter())
        .map(|number| {
            let mantissa = u128::try_from(number.mantissa()).ok()?;
            mantissa.checked_mul(10_u128.checked_pow(scale - number.scale())?)
        })
        .collect();
    Some((whole?, scale))
}

const fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packing::{BinKind, ItemKind};

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a test number")
    }

    fn problem(capacity: &str, cost: &str, items: &[(&str, u64)]) -> PackingProblem {
        PackingProblem {
            name: "p".to_owned(),
            dims: vec!["d".to_owned()],
            bins: vec![BinKind {
                id: "b".to_owned(),
                capacity: vec![decimal(capacity)],
                cost: decimal(cost),
                limit: None,
            }],
            items: (items.iter().enumerate())
                .map(|(index, &(size, demand))| ItemKind {
                    id: format!("i{index}"),
                    size: vec![decimal(size)],
                    demand,
                })
                .collect(),
            best_known: None,
        }
    }

    #[test]
    fn decimals_become_small_integers() {
        let grid = Grid::try_new(&problem("1.5", "0.0816", &[("0.75", 9), ("0.5", 9)]));
        let grid = grid.expect("countable");
        assert_eq!(grid.capacities, [[6]]);
        assert_eq!(grid.sizes, [[3], [2]]);
        assert_eq!(
            (grid.costs.as_slice(), grid.cost(3)),
            (&[1][..], decimal("0.2448"))
        );
    }

    #[test]
    fn what_is_too_large_to_matter_is_clipped() {
        let grid = Grid::try_new(&problem(
            "5000000000000000000000000000",
            "1",
            &[("3", 2), ("9000000000000000000000000000", 1)],
        ));
        let grid = grid.expect("countable");
        assert_eq!(grid.capacities, [[2]]);
        assert_eq!(grid.sizes, [[1], [3]]);
    }

    #[test]
    fn numbers_too_far_apart_are_an_error_and_not_rounded() {
        let far = problem(
            "100000000000000000000",
            "1",
            &[("1", 1), ("99999999999999999999", 1)],
        );
        let errors = Grid::try_new(&far).expect_err("too far apart");
        assert_eq!(errors[0].quantity, Quantity::Dimension(0));
        let many = problem("1", "1", &[("1", 1 << 60)]);
        assert!(Grid::try_new(&many).is_err());
    }
}
