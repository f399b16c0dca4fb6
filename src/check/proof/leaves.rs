//! The trees of a proof: every load of an offering is in one of the leaves' boxes, and no box holds one that is worth more than
//! the offering costs.
//!
//! In a box `l ≤ a ≤ h`, with multipliers `u ≥ 0` of the capacities,
//! `Σ_i p_i a_i ≤ Σ_d u_d C_d + Σ_i max(q_i l_i, q_i h_i)` where `q_i = p_i − Σ_d u_d w_id`, for every load that fits.

use std::collections::BTreeMap;

use crate::domain::proof::{Fraction, Tree};

/// An item that an offering takes.
pub(in crate::check) struct Load {
    /// Its position in the proof.
    pub item: usize,
    /// What a copy is worth.
    pub worth: i128,
    /// Most copies on one instance.
    pub most: u64,
    /// What a copy takes of each capacity.
    pub size: Vec<u64>,
}

/// What the loads of an offering are. `D` names a capacity.
pub(in crate::check) struct Knapsack<D> {
    loads: Vec<Load>,
    /// What a load takes, in the order of its sizes.
    capacity: Vec<(D, u64)>,
    cost: i128,
    /// Place among the loads, by position of the item.
    place: Vec<Option<usize>>,
}

/// Fewest and most copies of each load.
type Range = Vec<(u64, u64)>;

impl<D: Ord> Knapsack<D> {
    /// The loads of an offering with these capacities, at this cost, among so many items.
    pub fn new(loads: Vec<Load>, capacity: Vec<(D, u64)>, (items, cost): (usize, i128)) -> Self {
        let mut place = vec![None; items];
        for (position, load) in loads.iter().enumerate() {
            place[load.item] = Some(position);
        }
        Self {
            loads,
            capacity,
            cost,
            place,
        }
    }

    /// That no load is worth more than the offering costs; else what the tree leaves open.
    pub fn prove(&self, tree: &Tree<D>) -> Result<(), String> {
        let mut range: Range = self.loads.iter().map(|load| (0, load.most)).collect();
        let mut leaves = 0;
        self.descend(tree, &mut range, &mut leaves)
    }

    fn descend(&self, tree: &Tree<D>, range: &mut Range, leaves: &mut u64) -> Result<(), String> {
        let (item, at_most, yes, no) = match tree {
            Tree::Leaf(u) => {
                *leaves += 1;
                return self.leaf(u, range, *leaves);
            }
            Tree::Split {
                item,
                at_most,
                yes,
                no,
            } => (*item, *at_most, yes, no),
        };
        let Some(place) = self.place.get(item) else {
            return Err(format!(
                "a case distinction over item {item}, which is not there"
            ));
        };
        // An item that the offering does not take has no copies there: the other case has no loads.
        let Some(place) = *place else {
            return self.descend(yes, range, leaves);
        };
        let (fewest, most) = range[place];
        range[place] = (fewest, most.min(at_most));
        self.descend(yes, range, leaves)?;
        range[place] = (fewest.max(at_most.saturating_add(1)), most);
        self.descend(no, range, leaves)?;
        range[place] = (fewest, most);
        Ok(())
    }

    fn leaf(&self, u: &BTreeMap<D, Fraction>, range: &Range, leaf: u64) -> Result<(), String> {
        if range.iter().any(|(fewest, most)| fewest > most) {
            return Ok(());
        }
        match self.excess(u, range) {
            Some(excess) if excess <= 0 => Ok(()),
            Some(_) => Err(format!("leaf {leaf} leaves room for loads worth more")),
            None => Err(format!(
                "leaf {leaf} has numbers too large to be multiplied exactly"
            )),
        }
    }

    /// What the multipliers allow loads of the box to be worth beyond the cost, times the multipliers' common denominator.
    fn excess(&self, u: &BTreeMap<D, Fraction>, range: &Range) -> Option<i128> {
        let mut common = 1_i128;
        for worth in u.values() {
            let below = i128::from(worth.denominator());
            common = (common / gcd(common, below)).checked_mul(below)?;
        }
        // Place of the capacity, and what a unit of it is worth.
        let mut whole: Vec<(usize, i128)> = Vec::with_capacity(u.len());
        for (place, (dimension, _)) in self.capacity.iter().enumerate() {
            if let Some(worth) = u.get(dimension) {
                let times = common / i128::from(worth.denominator());
                whole.push((place, times.checked_mul(worth.numerator().into())?));
            }
        }
        let worth_of = |amount: &dyn Fn(usize) -> u64| {
            (whole.iter()).try_fold(0_i128, |sum, &(place, each)| {
                sum.checked_add(each.checked_mul(amount(place).into())?)
            })
        };
        let mut sum = worth_of(&|place| self.capacity[place].1)?;
        for (load, &(fewest, most)) in self.loads.iter().zip(range) {
            let taken = worth_of(&|place| load.size[place])?;
            let each = (load.worth.checked_mul(common)?).checked_sub(taken)?;
            let copies = if each > 0 { most } else { fewest };
            sum = sum.checked_add(each.checked_mul(copies.into())?)?;
        }
        sum.checked_sub(self.cost.checked_mul(common)?)
    }
}

const fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::proof::Dimension;

    const EIGHT: [(Dimension, u64); 1] = [(Dimension::Cpu, 8)];

    fn load(item: usize, worth: i128, most: u64, cpu: u64) -> Load {
        Load {
            item,
            worth,
            most,
            size: vec![cpu],
        }
    }

    fn leaf(cpu: &str) -> Tree {
        let u = cpu.parse().expect("a fraction");
        Tree::Leaf([(Dimension::Cpu, u)].into())
    }

    #[test]
    fn multipliers_bound_what_fits_and_cases_close_what_they_leave() {
        // Two copies of worth 7 and size 3 fit into 8; the relaxation has 8/3 of them.
        let knapsack = |cost| Knapsack::new(vec![load(0, 7, 5, 3)], EIGHT.to_vec(), (1, cost));
        assert_eq!(knapsack(19).prove(&leaf("7/3")), Ok(()));
        assert!(knapsack(18).prove(&leaf("7/3")).is_err());
        let split = |at_most| Tree::Split {
            item: 0,
            at_most,
            yes: Box::new(leaf("0")),
            no: Box::new(leaf("15")),
        };
        assert_eq!(knapsack(14).prove(&split(2)), Ok(()));
        assert!(knapsack(13).prove(&split(2)).is_err());
        assert!(knapsack(14).prove(&split(3)).is_err());
        assert!(knapsack(14).prove(&split(1)).is_err());
    }

    #[test]
    fn numbers_beyond_exact_arithmetic_prove_nothing() {
        let knapsack = Knapsack::new(vec![load(0, 1 << 100, 5, 3)], EIGHT.to_vec(), (1, 1));
        let huge = format!("{}/{}", u64::MAX, u64::MAX - 1);
        assert!(knapsack.prove(&leaf(&huge)).is_err());
    }

    #[test]
    fn an_item_that_is_not_taken_has_one_case() {
        let knapsack = Knapsack::new(Vec::new(), EIGHT.to_vec(), (1, 0));
        let split = Tree::Split {
            item: 0,
            at_most: 0,
            yes: Box::new(leaf("0")),
            no: Box::new(leaf("1")),
        };
        assert_eq!(knapsack.prove(&split), Ok(()));
        let elsewhere = Tree::Split {
            item: 1,
            at_most: 0,
            yes: Box::new(leaf("0")),
            no: Box::new(leaf("0")),
        };
        assert!(knapsack.prove(&elsewhere).is_err());
    }
}
