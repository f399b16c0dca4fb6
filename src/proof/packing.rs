//! The proof of a bare packing problem's bound: items, limits on bins and one tree for each kind of bin.
//!
//! Sizes count in the largest step of which all of a dimension's sizes are multiples, and capacities are rounded down to it: loads are
//! the same. Costs count in a fine part of their own grid; the value that prices and multipliers come to is rounded up to that grid,
//! of which the cost of every packing is a multiple.

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::domain::packing::{
    CountedDimension, Grid, ItemKind, PackingProblem, PackingProof, PricedItem, PricedLimit,
    ProvenBin,
};
use crate::optimize::duals::Duals;
use crate::optimize::pricing::knapsack::Knapsack;
use crate::optimize::problem::{BinType, ItemType, Problem};
use crate::optimize::room::Room;
use crate::optimize::stop::Stop;

use super::NotProven;
use super::exact::Exact;
use super::search::{Priced, Searched};
use super::trees::{all_or_worst, lowered, search_all};

/// Decimal places of a cost beyond its grid, where there is room for them.
const FINE_PLACES: u32 = 9;
/// Decimal places of a decimal.
const MOST_PLACES: u32 = 28;
/// Costs up to here are exact as doubles.
const EXACT: i64 = 1 << 53;

/// The problem in whole numbers.
struct Draft<'a> {
    problem: &'a PackingProblem,
    unit: Decimal,
    dims: Vec<CountedDimension>,
    /// What the grid's costs are multiplied by.
    fine: i64,
    counted: Problem,
    /// Items with demand: position in the proof, by item.
    place: Vec<Option<usize>>,
    /// Kinds of bins that may be used, with their loads.
    bins: Vec<(usize, Knapsack)>,
}

/// Prices of items and multipliers of limits in the unit, both by index in the problem.
struct Prices {
    items: Vec<f64>,
    limits: Vec<f64>,
}

/// The same in whole numbers.
struct Whole {
    items: Vec<u64>,
    limits: Vec<u64>,
}

/// Proves as much of a linear program's bound as trees of a limited size do, at duals by item and by bin with a limit, on the cost grid.
///
/// # Errors
/// When no prices can be proven, or numbers are too large.
pub fn prove_packing(
    problem: &PackingProblem,
    grid: &Grid,
    duals: &Duals,
    stop: &dyn Stop,
) -> Result<PackingProof, NotProven> {
    let draft = Draft::new(problem, grid).ok_or(NotProven::TooLarge)?;
    let prices = draft.prices(duals);
    let priced: Vec<Priced<'_>> = (0..draft.bins.len())
        .map(|position| draft.priced(position, &prices))
        .filter(|priced| priced.worths.iter().any(|&worth| worth > 0.0))
        .collect();
    let searched = search_all(&priced, stop);
    let worst = (searched.iter().map(|tree| tree.value)).fold(1.0_f64, f64::max);
    let proof = lowered(worst, |theta| {
        let whole = prices.whole(theta);
        let settled = (searched.par_iter()).map(|tree| draft.settle(tree, &whole, theta));
        Ok(draft.assembled(&whole, all_or_worst(settled.collect())?))
    })?;
    proof.ok_or(NotProven::TooLarge)
}

impl Prices {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn whole(&self, theta: f64) -> Whole {
        Whole {
            items: (self.items.iter())
                .map(|price| (price * theta).floor() as u64)
                .collect(),
            limits: self.limits.iter().map(|dual| dual.ceil() as u64).collect(),
        }
    }
}

impl<'a> Draft<'a> {
    /// `None` where numbers are too large.
    fn new(problem: &'a PackingProblem, grid: &Grid) -> Option<Self> {
        let places = fine_places(grid);
        let fine = 10_i64.pow(places);
        let unit = Decimal::new(1, places).checked_mul(grid.cost_unit)?;
        let mut place = vec![None; problem.items.len()];
        let wanted = (0..problem.items.len()).filter(|&item| problem.items[item].demand > 0);
        for (position, item) in wanted.enumerate() {
            place[item] = Some(position);
        }
        let dimensions: Vec<Counted> = (0..problem.dims.len())
            .map(|d| Counted::new(problem, d))
            .collect::<Option<_>>()?;
        let bins = (grid.costs.iter().enumerate()).map(|(bin, cost)| BinType {
            capacity: dimensions.iter().map(|d| d.capacities[bin]).collect(),
            cost: cost * fine,
            admits: None,
            requires: None,
        });
        let items = (problem.items.iter().enumerate()).map(|(index, item)| ItemType {
            size: dimensions.iter().map(|d| d.sizes[index]).collect(),
            demand: item.demand,
            max_per_bin: None,
        });
        let (bins, items) = (bins.collect(), items.collect());
        let counted = Problem::try_new(dimensions.len(), bins, items, Vec::new()).ok()?;
        let (most, room) = (counted.most_demands(), Room::new(&counted));
        let usable = (0..problem.bins.len()).filter(|&bin| problem.bins[bin].limit != Some(0));
        let bins = usable.map(|bin| (bin, Knapsack::new(&counted, bin, &most, &room)));
        let dims = (problem.dims.iter().zip(&dimensions)).map(|(name, d)| CountedDimension {
            name: name.clone(),
            step: d.step,
        });
        Some(Self {
            bins: bins.collect(),
            dims: dims.collect(),
            problem,
            unit: unit.normalize(),
            fine,
            counted,
            place,
        })
    }

    fn prices(&self, duals: &Duals) -> Prices {
        let fine = self.fine as f64;
        let mut limits = vec![0.0; self.problem.bins.len()];
        let limited = (0..limits.len()).filter(|&bin| self.problem.bins[bin].limit.is_some());
        for (bin, dual) in limited.zip(&duals.limits) {
            limits[bin] = (-dual * fine).max(0.0);
        }
        let items = self.problem.items.iter().zip(&duals.items);
        Prices {
            items: items
                .map(|(item, dual)| {
                    if item.demand > 0 {
                        (dual * fine).max(0.0)
                    } else {
                        0.0
                    }
                })
                .collect(),
            limits,
        }
    }

    fn priced(&self, position: usize, prices: &Prices) -> Priced<'_> {
        let (bin, knapsack) = &self.bins[position];
        Priced {
            offering: position,
            knapsack,
            worths: (knapsack.items.iter())
                .map(|&item| prices.items[item])
                .collect(),
            cost: self.counted.bins()[*bin].cost as f64 + prices.limits[*bin],
        }
    }

    fn settle(&self, searched: &Searched, whole: &Whole, theta: f64) -> Result<ProvenBin, f64> {
        let (bin, knapsack) = &self.bins[searched.offering];
        let bin_type = &self.counted.bins()[*bin];
        let place = |item: usize| self.place[item].expect("a load has demand");
        let exact = Exact {
            knapsack,
            worths: (knapsack.items.iter())
                .map(|&item| i128::from(whole.items[item]))
                .collect(),
            cost: i128::from(bin_type.cost) + i128::from(whole.limits[*bin]),
            places: knapsack.items.iter().map(|&item| place(item)).collect(),
        };
        Ok(ProvenBin {
            bin: self.problem.bins[*bin].id.clone(),
            cost: u64::try_from(bin_type.cost).unwrap_or(0),
            capacity: bin_type.capacity.clone(),
            leaves: exact.whole_tree(searched, theta)?,
        })
    }

    /// The document; `None` where its bound is too large for a decimal.
    fn assembled(&self, whole: &Whole, bins: Vec<ProvenBin>) -> Option<PackingProof> {
        let wanted = self.problem.items.iter().zip(&whole.items);
        let items: Vec<PricedItem> = (wanted.filter(|(item, _)| item.demand > 0))
            .map(|(item, &price)| PricedItem {
                item: item.id.clone(),
                count: item.demand,
                price,
            })
            .collect();
        let limited = self.problem.bins.iter().zip(&whole.limits);
        let limits: Vec<PricedLimit> = limited
            .filter(|&(_, &multiplier)| multiplier > 0)
            .filter_map(|(bin, &multiplier)| {
                let rhs = bin.limit.filter(|&limit| limit > 0)?;
                Some(PricedLimit {
                    bin: bin.id.clone(),
                    rhs,
                    multiplier,
                })
            })
            .collect();
        let product = |a: u64, b: u64| i128::from(a) * i128::from(b);
        let gained: i128 = items.iter().map(|i| product(i.count, i.price)).sum();
        let taken: i128 = limits.iter().map(|l| product(l.rhs, l.multiplier)).sum();
        let fine = i128::from(self.fine);
        // Costs of packings are multiples of the grid.
        let steps = ((gained - taken).max(0) + fine - 1) / fine;
        let is_free = self.counted.bins().iter().all(|bin| bin.cost == 0);
        let units = if is_free { 0 } else { steps * fine };
        let bound = Decimal::try_from_i128_with_scale(units, 0).ok()?;
        Some(PackingProof {
            bound: bound.checked_mul(self.unit)?.normalize(),
            unit: self.unit,
            dims: self.dims.clone(),
            items,
            limits,
            bins,
        })
    }
}

/// Places beyond the cost grid that doubles, and decimals of the largest cost, have room for.
fn fine_places(grid: &Grid) -> u32 {
    let dearest = grid.costs.iter().copied().max().unwrap_or(0).max(1);
    let room = MOST_PLACES.saturating_sub(grid.cost_unit.scale());
    (0..=FINE_PLACES.min(room))
        .rev()
        .find(|&places| {
            (dearest.checked_mul(10_i64.pow(places))).is_some_and(|units| units < EXACT)
        })
        .unwrap_or(0)
}

/// One dimension in steps.
struct Counted {
    step: Decimal,
    capacities: Vec<u64>,
    sizes: Vec<u64>,
}

impl Counted {
    /// `None` where numbers are too large.
    fn new(problem: &PackingProblem, d: usize) -> Option<Self> {
        // What is not wanted takes no part.
        let size = |item: &ItemKind| {
            let is_wanted = item.demand > 0;
            is_wanted.then(|| item.size[d].normalize())
        };
        let sizes = (problem.items.iter()).map(|item| size(item).unwrap_or_default());
        let capacities = (problem.bins.iter()).map(|bin| bin.capacity[d].normalize());
        let scale = sizes.clone().map(|size| size.scale()).max().unwrap_or(0);
        let wanted: Vec<u128> = sizes
            .map(|size| whole_of(size, scale))
            .collect::<Option<_>>()?;
        let step = wanted.iter().copied().fold(0, gcd).max(1);
        let demands = problem.items.iter().map(|item| u128::from(item.demand));
        let all = (wanted.iter().zip(demands)).try_fold(0_u128, |sum, (size, demand)| {
            sum.checked_add((size / step).checked_mul(demand)?)
        })?;
        let counted = |number: u128| u64::try_from(number).ok();
        let clipped = |capacity| counted((whole_of(capacity, scale)? / step).min(all));
        let step_mantissa = i128::try_from(step).ok()?;
        Some(Self {
            step: Decimal::try_from_i128_with_scale(step_mantissa, scale)
                .ok()?
                .normalize(),
            capacities: capacities.map(clipped).collect::<Option<_>>()?,
            sizes: (wanted.iter().map(|size| counted(size / step))).collect::<Option<_>>()?,
        })
    }
}

/// The number times a power of ten, rounded down.
fn whole_of(number: Decimal, scale: u32) -> Option<u128> {
    let mantissa = u128::try_from(number.mantissa()).ok()?;
    if number.scale() > scale {
        return Some(mantissa / 10_u128.checked_pow(number.scale() - scale)?);
    }
    mantissa.checked_mul(10_u128.checked_pow(scale - number.scale())?)
}

const fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
