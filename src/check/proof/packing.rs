//! The proof of a packing problem's bound, checked from the problem and the proof alone, in whole numbers.
//!
//! The theorem is `docs/proof.md`. Steps, capacities, demands, costs and limits are derived again here.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::packing::{BinKind, PackingProblem, PackingProof, ProvenBin};

use super::leaves::{Knapsack, Load};
use super::{ProofFault, fault};

/// Sizes of the items and capacities of the bins in steps, by dimension.
struct Steps {
    sizes: Vec<Vec<u64>>,
    capacities: Vec<Vec<u64>>,
}

/// Checks a proof; no faults where it proves its bound.
#[must_use]
pub fn check_packing_proof(problem: &PackingProblem, proof: &PackingProof) -> Vec<ProofFault> {
    let mut faults = Vec::new();
    if proof.unit <= Decimal::ZERO {
        let found = proof.unit.to_string();
        return vec![fault("unit", found, "a number above 0")];
    }
    let steps = steps(problem, proof, &mut faults);
    let priced = items(problem, proof, &mut faults);
    let multipliers = limits(problem, proof, &mut faults);
    // What stands on wrong dimensions, items or limits says nothing.
    if let Some(steps) = steps.filter(|_| faults.is_empty()) {
        let derived = Derived {
            problem,
            proof,
            steps,
            priced,
            multipliers,
        };
        derived.bins(&mut faults);
        if faults.is_empty() {
            faults.extend(derived.wrong_bound());
        }
    }
    faults
}

/// What the parts of a proof are built on.
struct Derived<'a> {
    problem: &'a PackingProblem,
    proof: &'a PackingProof,
    steps: Steps,
    /// The problem's item, by position in the proof.
    priced: Vec<usize>,
    /// By bin of the problem.
    multipliers: Vec<u64>,
}

/// Everything in steps; `None` where the proof's steps divide a size with a rest, or are not there.
fn steps(
    problem: &PackingProblem,
    proof: &PackingProof,
    faults: &mut Vec<ProofFault>,
) -> Option<Steps> {
    let names: Vec<&String> = proof.dims.iter().map(|dim| &dim.name).collect();
    if !names.iter().copied().eq(&problem.dims) {
        let found = format!("{names:?}");
        faults.push(fault("dims", found, format!("{:?}", problem.dims)));
        return None;
    }
    let mut steps = Steps {
        sizes: Vec::new(),
        capacities: Vec::new(),
    };
    for (d, dim) in proof.dims.iter().enumerate() {
        let counted = dimension(problem, d, dim.step);
        let Some((sizes, capacities)) = counted else {
            let expected = "a step above 0 of which every size is a multiple, and numbers that can be counted in it";
            let found = dim.step.to_string();
            faults.push(fault(format!("dims[{d}].step"), found, expected));
            return None;
        };
        steps.sizes.push(sizes);
        steps.capacities.push(capacities);
    }
    Some(steps)
}

/// Sizes and capacities of one dimension in steps: no load takes more of it than all copies together.
fn dimension(problem: &PackingProblem, d: usize, step: Decimal) -> Option<(Vec<u64>, Vec<u64>)> {
    let (mut sizes, mut all) = (Vec::new(), 0_u128);
    for item in &problem.items {
        if item.demand == 0 {
            sizes.push(0);
            continue;
        }
        let (size, rest) = quotient(item.size[d], step)?;
        if rest != 0 {
            return None;
        }
        all = all.checked_add(size.checked_mul(item.demand.into())?)?;
        sizes.push(u64::try_from(size).ok()?);
    }
    let capacities = (problem.bins.iter())
        .map(|bin| u64::try_from(quotient(bin.capacity[d], step)?.0.min(all)).ok())
        .collect::<Option<_>>()?;
    Some((sizes, capacities))
}

/// How often the second number goes into the first, and whether something is left.
fn quotient(number: Decimal, step: Decimal) -> Option<(u128, u128)> {
    let scale = number.scale().max(step.scale());
    let whole = |number: Decimal| -> Option<u128> {
        let mantissa = u128::try_from(number.mantissa()).ok()?;
        mantissa.checked_mul(10_u128.checked_pow(scale - number.scale())?)
    };
    let (number, step) = (whole(number)?, whole(step)?);
    Some((number.checked_div(step)?, number.checked_rem(step)?))
}

/// The problem's item of each of the proof's.
fn items(
    problem: &PackingProblem,
    proof: &PackingProof,
    faults: &mut Vec<ProofFault>,
) -> Vec<usize> {
    let ids: BTreeMap<&str, usize> = (problem.items.iter().enumerate())
        .map(|(index, item)| (item.id.as_str(), index))
        .collect();
    let mut seen = vec![false; problem.items.len()];
    let mut priced = Vec::new();
    for (position, item) in proof.items.iter().enumerate() {
        let place = format!("items[{position}]");
        let Some(&index) = ids.get(item.item.as_str()) else {
            let found = format!("the item `{}`", item.item);
            faults.push(fault(place, found, "an item of the problem"));
            continue;
        };
        if std::mem::replace(&mut seen[index], true) {
            faults.push(fault(place, "an item twice", "every item once"));
        } else if item.count != problem.items[index].demand {
            let expected = format!("{}, its demand", problem.items[index].demand);
            faults.push(fault(place, format!("count {}", item.count), expected));
        }
        priced.push(index);
    }
    priced
}

/// The multiplier of each bin's limit.
fn limits(
    problem: &PackingProblem,
    proof: &PackingProof,
    faults: &mut Vec<ProofFault>,
) -> Vec<u64> {
    let mut multipliers: Vec<Option<u64>> = vec![None; problem.bins.len()];
    for (position, limit) in proof.limits.iter().enumerate() {
        let place = format!("rows[{position}]");
        let Some(bin) = problem.bins.iter().position(|bin| bin.id == limit.bin) else {
            let found = format!("the bin `{}`", limit.bin);
            faults.push(fault(place, found, "a bin of the problem"));
            continue;
        };
        if multipliers[bin].replace(limit.multiplier).is_some() {
            faults.push(fault(place, "a limit twice", "every limit once"));
        } else if problem.bins[bin].limit != Some(limit.rhs) {
            let limit_there = problem.bins[bin].limit;
            let expected = limit_there.map_or_else(|| "no limit".to_owned(), |l| l.to_string());
            faults.push(fault(place, format!("rhs {}", limit.rhs), expected));
        }
    }
    multipliers
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect()
}

impl Derived<'_> {
    /// That every bin that may be used is there, or holds nothing of worth, and that no load is worth more than it costs.
    fn bins(&self, faults: &mut Vec<ProofFault>) {
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        for (position, bin) in self.proof.bins.iter().enumerate() {
            let place = || format!("bins[{position}]");
            if index.insert(bin.bin.as_str(), position).is_some() {
                faults.push(fault(place(), "a bin twice", "every bin once"));
            } else if !self.problem.bins.iter().any(|known| known.id == bin.bin) {
                let found = format!("the bin `{}`", bin.bin);
                faults.push(fault(place(), found, "a bin of the problem"));
            }
        }
        for (bin, kind) in self.problem.bins.iter().enumerate() {
            if let Some(&position) = index.get(kind.id.as_str()) {
                faults.extend(self.bin(bin, kind, position));
            } else if kind.limit != Some(0) {
                let worthy = (0..self.priced.len())
                    .find(|&item| self.proof.items[item].price > 0 && self.most(bin, item) > 0);
                faults.extend(worthy.map(|item| {
                    let found = format!("no bin `{}`, which takes item {item}", kind.id);
                    let expected = "every bin that may be used and holds something of worth";
                    fault("bins", found, expected)
                }));
            }
        }
    }

    fn bin(&self, bin: usize, kind: &BinKind, position: usize) -> Option<ProofFault> {
        let claimed = &self.proof.bins[position];
        let place = format!("bins[{position}]");
        let cost = quotient(kind.cost, self.proof.unit).filter(|&(_, rest)| rest == 0);
        if cost.map(|(units, _)| units) != Some(claimed.cost.into()) {
            let expected = format!("{} in units of {}", kind.cost, self.proof.unit);
            return Some(fault(place, format!("cost {}", claimed.cost), expected));
        }
        let capacity: Vec<u64> = self.steps.capacities.iter().map(|d| d[bin]).collect();
        if claimed.capacity != capacity {
            let found = format!("capacity {:?}", claimed.capacity);
            return Some(fault(place, found, format!("{capacity:?} in steps")));
        }
        let found = self.prove(bin, claimed, &capacity).err()?;
        let expected = "no load worth more than the bin costs";
        Some(fault(format!("{place}.leaves"), found, expected))
    }

    fn prove(&self, bin: usize, claimed: &ProvenBin, capacity: &[u64]) -> Result<(), String> {
        let taken = (0..self.priced.len()).filter(|&item| self.most(bin, item) > 0);
        let loads = taken.map(|item| Load {
            item,
            worth: self.proof.items[item].price.into(),
            most: self.most(bin, item),
            size: (self.steps.sizes.iter())
                .map(|d| d[self.priced[item]])
                .collect(),
        });
        let cost = i128::from(claimed.cost) + i128::from(self.multipliers[bin]);
        let capacity = capacity.iter().copied().enumerate().collect();
        Knapsack::new(loads.collect(), capacity, (self.priced.len(), cost)).prove(&claimed.leaves)
    }

    /// Most copies of one of the proof's items in a bin.
    fn most(&self, bin: usize, item: usize) -> u64 {
        let item = self.priced[item];
        let alone = (self.steps.sizes.iter().zip(&self.steps.capacities))
            .filter_map(|(sizes, capacities)| capacities[bin].checked_div(sizes[item]));
        alone.fold(self.problem.items[item].demand, u64::min)
    }

    /// Whether the bound is not what items and limits add up to, rounded up to the step of the costs.
    fn wrong_bound(&self) -> Option<ProofFault> {
        let proven = self.value().and_then(|units| {
            let unit = self.proof.unit;
            let units = i128::try_from(units).ok()?;
            let mantissa = units.checked_mul(unit.mantissa())?;
            Decimal::try_from_i128_with_scale(mantissa, unit.scale()).ok()
        });
        (proven != Some(self.proof.bound)).then(|| {
            let expected = proven.map_or_else(
                || "numbers that can be added up".to_owned(),
                |bound| {
                    let bound = bound.normalize();
                    format!("{bound}, which items and limits add up to, on the step of the costs")
                },
            );
            fault("bound", self.proof.bound.to_string(), expected)
        })
    }

    /// The bound in units.
    fn value(&self) -> Option<u128> {
        let mut sum = 0_i128;
        for item in &self.proof.items {
            let worth = i128::from(item.count).checked_mul(item.price.into())?;
            sum = sum.checked_add(worth)?;
        }
        for limit in &self.proof.limits {
            let taken = i128::from(limit.rhs).checked_mul(limit.multiplier.into())?;
            sum = sum.checked_sub(taken)?;
        }
        let mut step = 0;
        for bin in &self.problem.bins {
            let (cost, rest) = quotient(bin.cost, self.proof.unit)?;
            if rest != 0 {
                return None;
            }
            step = gcd(step, cost);
        }
        let sum = u128::try_from(sum.max(0)).ok()?;
        // Where bins cost nothing, so do packings.
        if step == 0 {
            return Some(0);
        }
        sum.div_ceil(step).checked_mul(step)
    }
}

const fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
