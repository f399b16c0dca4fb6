//! What a search has to show: the best packing, the best proven bound, and how far apart they are.

use super::integer::downsize::Downsizer;
use super::pattern::Packing;
use super::problem::{Cost, Problem};

/// Best packing and best bound of one run.
pub struct Record<'a> {
    problem: &'a Problem,
    downsizer: Downsizer<'a>,
    incumbent: Option<Packing>,
    partial: Packing,
    bound: Option<Cost>,
    /// A packing was found below a bound: no bound of this run is trusted.
    refuted: bool,
    step: Cost,
}

impl<'a> Record<'a> {
    /// Nothing yet.
    pub fn new(problem: &'a Problem) -> Self {
        let outside = problem.groups().iter().filter_map(|group| group.outside);
        let step = problem
            .bins()
            .iter()
            .map(|bin| bin.cost)
            .chain(outside)
            .fold(0, gcd)
            .max(1);
        Self {
            problem,
            downsizer: Downsizer::new(problem),
            incumbent: None,
            partial: Packing::default(),
            bound: None,
            refuted: false,
            step,
        }
    }

    /// The cheapest complete packing.
    pub const fn incumbent(&self) -> Option<&Packing> {
        self.incumbent.as_ref()
    }

    /// What to show: the incumbent, else the packing with fewest copies missing.
    pub fn best(&self) -> &Packing {
        self.incumbent.as_ref().unwrap_or(&self.partial)
    }

    /// The best proven bound.
    pub const fn bound(&self) -> Option<Cost> {
        self.bound
    }

    /// Every packing costs a multiple of this.
    pub const fn step(&self) -> Cost {
        self.step
    }

    /// Takes a packing as incumbent if it is complete, within limits and cheaper.
    pub fn offer(&mut self, mut packing: Packing) {
        packing.trim(self.problem);
        self.downsizer.apply(&mut packing);
        if !packing.within_limits(self.problem) || !packing.pad(self.problem) {
            return;
        }
        // Copies of required items can be beyond demand and yet not be left out: no packing of the demand.
        let packed = packing.packed(self.problem);
        if (packed.iter().zip(packing.targets(self.problem)))
            .any(|(packed, target)| *packed > target)
        {
            return;
        }
        let missing: u64 = packing.missing(self.problem).iter().sum();
        if missing > 0 {
            let best: u64 = self.partial.missing(self.problem).iter().sum();
            if missing < best {
                self.partial = packing;
            }
            return;
        }
        let cost = packing.cost(self.problem);
        if let Some(bound) = self.bound.filter(|&bound| bound > cost) {
            self.refute(bound);
        }
        if self
            .incumbent
            .as_ref()
            .is_none_or(|best| cost < best.cost(self.problem))
        {
            self.incumbent = Some(packing);
        }
    }

    /// A proven bound, rounded up to the step of the cost grid.
    pub fn raise_bound(&mut self, bound: f64) {
        let step = self.step as f64;
        // A bound within rounding error above a multiple of the step must not gain a whole step.
        let slack = bound.abs() * 1e-10;
        #[allow(clippy::cast_possible_truncation)]
        let steps = ((bound - slack) / step).ceil() as Cost;
        let rounded = steps.saturating_mul(self.step);
        if self.cost().is_some_and(|cost| rounded > cost) {
            self.refute(rounded);
        } else if !self.refuted && self.bound.is_none_or(|best| rounded > best) {
            self.bound = Some(rounded);
        }
    }

    /// A packing below a bound refutes the proof, whichever came first. Better no bound than a false one.
    fn refute(&mut self, bound: Cost) {
        debug_assert!(false, "the bound {bound} is above the cost of a packing");
        self.bound = None;
        self.refuted = true;
    }

    /// Cost of the incumbent.
    pub fn cost(&self) -> Option<Cost> {
        self.incumbent
            .as_ref()
            .map(|packing| packing.cost(self.problem))
    }

    /// (cost − bound) / cost.
    pub fn gap(&self) -> Option<f64> {
        let (cost, bound) = (self.cost()?, self.bound?);
        Some(if cost > 0 {
            (cost - bound) as f64 / cost as f64
        } else {
            0.0
        })
    }

    /// Whether the bound proves the incumbent: within a step of the cost grid, or 10⁻⁹ of the cost.
    pub fn is_optimal(&self) -> bool {
        match (self.cost(), self.bound) {
            (Some(cost), Some(bound)) => {
                cost - bound < self.step || (cost - bound) as f64 <= cost as f64 * 1e-9
            }
            (Some(0), None) => true,
            _ => false,
        }
    }
}

const fn gcd(a: Cost, b: Cost) -> Cost {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::pattern::Pattern;
    use crate::optimize::problem::{BinType, ItemType};

    fn problem() -> Problem {
        let bin = |capacity, cost| BinType {
            capacity: vec![capacity],
            cost,
            admits: None,
            requires: None,
        };
        let item = ItemType {
            size: vec![2],
            demand: 4,
            max_per_bin: None,
        };
        Problem::try_new(1, vec![bin(4, 30), bin(8, 50)], vec![item], vec![]).expect("valid")
    }

    fn packing(bin: usize, copies: u64, count: u64) -> Packing {
        let mut packing = Packing::default();
        packing.push(
            Pattern {
                bin,
                content: vec![(0, copies)],
            },
            count,
        );
        packing
    }

    #[test]
    fn a_bound_is_rounded_up_to_what_packings_can_cost() {
        let problem = problem();
        let mut record = Record::new(&problem);
        assert_eq!(record.step(), 10);
        record.offer(packing(0, 2, 2));
        record.raise_bound(40.1);
        assert_eq!((record.cost(), record.bound()), (Some(60), Some(50)));
        record.offer(packing(1, 4, 1));
        assert!(record.is_optimal());
    }

    #[test]
    fn an_incomplete_packing_is_shown_only_while_there_is_no_other() {
        let problem = problem();
        let mut record = Record::new(&problem);
        record.offer(packing(1, 3, 1));
        assert!(record.incumbent().is_none());
        assert_eq!(record.best().packed(&problem), vec![3]);
        record.offer(packing(0, 2, 2));
        assert_eq!(record.best().packed(&problem), vec![4]);
    }
}
