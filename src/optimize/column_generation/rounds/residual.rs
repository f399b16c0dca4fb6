//! Going on with what dives leave: fewer rounds, smaller demands and limits.

use crate::optimize::column_generation::master::Column;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Pattern;
use crate::optimize::pricing::oracle::{Effort, Oracle};
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

use super::{ColumnGeneration, LADDER, SMOOTHING, lp_work};

/// From so many items on, what copies were worth before a step of a dive leads to good patterns after it.
const FEWEST_ITEMS: usize = 20;

impl ColumnGeneration<'_> {
    /// A fixed number of quick rounds: for dives, where a tight bound is not needed.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run_rounds(&mut self, rounds: u64, budget: Budget<'_>) -> Result<(), LpError> {
        for round in 0..=rounds {
            let solution = self.master.solve()?;
            self.rounds += 1;
            budget.work.spend(lp_work(&solution, self.demands.len()));
            let duals = solution.duals.clone();
            let value = solution.value;
            self.solution = Some(solution);
            let close = value - self.best_bound <= value.abs() * 2e-4;
            if round == rounds || close || budget.is_over() {
                break;
            }
            if self.round(&duals, Effort::Nodes(LADDER[0]), budget)? == 0
                && self.round(&duals, Effort::Nodes(LADDER[1]), budget)? == 0
            {
                break;
            }
        }
        Ok(())
    }

    /// Continues with smaller demands and limits (in a dive): columns that would over-pack are switched
    /// off, their trimmed versions offered, and pricing is rebuilt.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn restrict(&mut self, demands: &[u64], room: &Room) -> Result<(), LpError> {
        let basic: Vec<usize> = self.fractional().iter().map(|&(index, _)| index).collect();
        self.master.set_demands(demands)?;
        for (position, &upper) in room.limits.iter().enumerate() {
            self.master.set_limit(position, upper)?;
        }
        for (position, &upper) in room.copies.iter().enumerate() {
            self.master.set_copy_limit(position, upper)?;
        }
        let over_packs = |pattern: &Pattern| {
            pattern
                .content
                .iter()
                .any(|&(item, copies)| copies > demands[item])
                || room.times(self.problem, pattern) == 0
        };
        for column in 0..self.master.columns().len() {
            if let Column::Pattern(index) = self.master.columns()[column]
                && !self.switched_off[index]
                && over_packs(&self.pool.patterns()[index])
            {
                self.switched_off[index] = true;
                self.master.set_active(column, false)?;
            }
        }
        for index in basic {
            if self.switched_off[index] {
                let mut pattern = self.pool.patterns()[index].clone();
                for (item, copies) in &mut pattern.content {
                    *copies = (*copies).min(demands[*item]);
                }
                pattern.content.retain(|&(_, copies)| copies > 0);
                pattern.content = room.trimmed(self.problem, pattern.bin, &pattern.content);
                if pattern.is_feasible(self.problem) {
                    self.add(pattern)?;
                }
            }
        }
        self.demands = demands.to_vec();
        self.oracle = Oracle::new(self.problem, demands, room);
        if self.demands.len() < FEWEST_ITEMS {
            self.centre = None;
        }
        self.smoothing = SMOOTHING;
        self.best_bound = f64::NEG_INFINITY;
        Ok(())
    }
}
