//! Rounds with the duals held in a box.
//!
//! Where there are many items, the master's duals swing widely for as long as it knows few patterns of each, although those of the
//! relaxed master are close to the final ones already. So each item gets two more columns,
//!
//! ```text
//! minimise   … + Σ_i π̂_i (1+ε) s_i − Σ_i π̂_i (1−ε) t_i
//! subject to Σ_p a_ip x_p + s_i − t_i + … ≥ n_i      dual π_i
//!            0 ≤ s_i, t_i ≤ n_i
//! ```
//! with `π̂` the centre: copies may be bought for a little more than they are worth there, and given back for a little less. In the
//! dual, `π_i` leaves `[π̂_i (1−ε), π̂_i (1+ε)]` only at a cost of `n_i` a unit. The box narrows once, then the columns are closed and the
//! master is the true one again. Bounds are those of the pricing, which knows nothing of the box.
//!
//! References: O. du Merle, D. Villeneuve, J. Desrosiers & P. Hansen, Stabilized column generation, Discrete Mathematics
//! 194, 1999, doi:10.1016/S0012-365X(98)00213-1; H. Ben Amor, J. Desrosiers & A. Frangioni, On the choice of explicit stabilizing terms in
//! column generation, Discrete Applied Mathematics 157(6), 2009, doi:10.1016/j.dam.2008.06.021.

use crate::optimize::lp::LpError;
use crate::optimize::pricing::oracle::Effort;
use crate::optimize::stop::Budget;

use super::{ColumnGeneration, LADDER, lp_work};

/// Half the width of the box, relative to the centre, one after another.
const WIDTHS: [f64; BOXES as usize] = [0.01, 0.005];
/// Number of boxes.
const BOXES: u32 = 2;
/// Most rounds with each width.
const ROUNDS: u64 = 60;
/// A box is left when so many rounds lowered the master by less than [`STILL`] of its value.
const WINDOW: u64 = 10;
/// See [`WINDOW`].
const STILL: f64 = 1e-5;
/// Weight of the centre in the duals that are priced.
const WEIGHT: f64 = 0.3;
/// Patterns of each bin type in a round.
const COLUMNS: usize = 5;
/// From so many items on a box is worth its time.
const MANY_ITEMS: usize = 100;

impl ColumnGeneration<'_> {
    /// Whether there are so many items, and bins of the kind, that the master converges slowly.
    pub fn is_large(&self) -> bool {
        self.keeps_weight && self.demands.len() >= MANY_ITEMS
    }

    /// Runs rounds with the duals held in a box around the centre; the last solution is that of a box until the master is solved again.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run_boxed(&mut self, budget: Budget<'_>) -> Result<(), LpError> {
        let smoothing = self.smoothing;
        let columns = self.oracle.ask_for(COLUMNS);
        for (width, boxes_left) in WIDTHS.into_iter().zip((1..=BOXES).rev()) {
            let Some(centre) = self.centre.clone() else {
                break;
            };
            let sides = self.master.add_box(&centre.items, width, &self.demands)?;
            self.run_in_box(budget.share(1, boxes_left))?;
            for side in sides {
                self.master.set_active(side, false)?;
            }
        }
        self.oracle.ask_for(columns);
        self.smoothing = smoothing;
        Ok(())
    }

    /// The rounds with one box.
    fn run_in_box(&mut self, budget: Budget<'_>) -> Result<(), LpError> {
        let mut before = f64::INFINITY;
        for round in 1..=ROUNDS {
            let solution = self.master.solve()?;
            self.rounds += 1;
            budget.work.spend(lp_work(&solution, self.demands.len()));
            if budget.is_over() {
                break;
            }
            if round % WINDOW == 0 {
                if before - solution.value < solution.value.abs() * STILL {
                    break;
                }
                before = solution.value;
            }
            self.smoothing = WEIGHT;
            if self.round(&solution.duals, Effort::Nodes(LADDER[1]), budget)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::optimize::problem::{BinType, ItemType, Problem};
    use crate::optimize::stop::{Never, WorkMeter};

    /// `items` items of two dimensions with large demands, and bins of 14 types.
    fn drawn(items: usize, seed: u64) -> Problem {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let items = (0..items)
            .map(|_| ItemType {
                size: vec![random.random_range(1..40), random.random_range(1..40)],
                demand: random.random_range(50..200),
                max_per_bin: None,
            })
            .collect();
        let bins = (0..14)
            .map(|kind| {
                let capacity = vec![60 + 13 * kind, 200 - 9 * kind];
                BinType {
                    cost: 100 + 7 * i64::try_from(kind).unwrap(),
                    capacity,
                    admits: None,
                    requires: None,
                }
            })
            .collect();
        Problem::try_new(2, bins, items, Vec::new()).expect("a problem")
    }

    fn begun(problem: &Problem) -> ColumnGeneration<'_> {
        let demands = problem.items().iter().map(|item| item.demand).collect();
        ColumnGeneration::try_new(problem, demands, Vec::new()).expect("a master")
    }

    #[test]
    fn a_box_changes_how_the_master_converges_and_not_where() {
        let problem = drawn(MANY_ITEMS, 7);
        let work = WorkMeter::new(u64::MAX);
        let budget = Budget::new(&Never, &work);
        let mut ends = Vec::new();
        for is_boxed in [false, true] {
            let mut generation = begun(&problem);
            assert!(generation.is_large());
            generation.relaxed_start(budget).expect("a start");
            if is_boxed {
                generation.run_boxed(budget).expect("rounds in boxes");
                assert!(generation.pool.len() > MANY_ITEMS, "boxes find patterns");
            }
            generation.run(1e-5, 3, budget).expect("rounds");
            let (value, bound) = (generation.value().unwrap(), generation.bound().unwrap());
            assert!(bound <= value * (1.0 + 1e-9), "{bound} {value}");
            ends.push((value, bound));
        }
        let (plain, boxed) = (ends[0], ends[1]);
        // Either bound is one for both masters.
        assert!(plain.1 <= boxed.0 * (1.0 + 1e-9) && boxed.1 <= plain.0 * (1.0 + 1e-9));
        assert!((plain.0 - boxed.0).abs() <= 1e-3 * plain.0, "{ends:?}");
    }

    #[test]
    fn what_a_box_sells_and_buys_is_gone_when_it_is_closed() {
        let problem = drawn(MANY_ITEMS, 3);
        let mut generation = begun(&problem);
        // A centre at which copies cost next to nothing: in the box the master is nearly free, after it no more.
        generation.centre_at(&vec![1e-6; problem.items().len()], None);
        let centre = generation.centre.clone().expect("a centre");
        let demands = generation.demands.clone();
        let sides = (generation.master).add_box(&centre.items, WIDTHS[0], &demands);
        let in_box = generation.master.solve().expect("an optimum").value;
        for side in sides.expect("sides") {
            generation.master.set_active(side, false).expect("a column");
        }
        let after = generation.master.solve().expect("an optimum").value;
        assert!(in_box < 1.0 && after > 1000.0, "{in_box} {after}");
    }
}
