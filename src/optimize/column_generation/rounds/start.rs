//! Where the duals begin.

use crate::optimize::column_generation::master::Master;
use crate::optimize::column_generation::resource_prices::resource_prices;
use crate::optimize::duals::{Duals, reduced_bin_costs};
use crate::optimize::lp::LpError;
use crate::optimize::pricing::oracle::Effort;
use crate::optimize::stop::Budget;

use super::{
    ColumnGeneration, LADDER, MANY_ITEMS, RELAXED_GAP, SMOOTHING, SMOOTHING_STEP, blend, lp_work,
};

impl ColumnGeneration<'_> {
    /// Duals and bound of the fully relaxed master.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn relaxed_start(&mut self, budget: Budget<'_>) -> Result<(), LpError> {
        let mut master = Master::try_new(self.problem, &self.demands)?;
        for (index, pattern) in self.pool.patterns().iter().enumerate() {
            master.add_pattern(self.problem, pattern, index)?;
        }
        if self.demands.len() >= MANY_ITEMS
            && let Some(items) = resource_prices(self.problem, &self.demands, self.scale, budget)?
        {
            let items: Vec<f64> = items.iter().map(|dual| dual / self.scale).collect();
            self.centre_at(&items, None);
            return self.price_centre(budget);
        }
        let mut centre: Option<Duals> = None;
        let mut best = f64::NEG_INFINITY;
        let mut smoothing = SMOOTHING;
        while !budget.is_over() {
            let solution = master.solve()?;
            self.rounds += 1;
            budget.work.spend(lp_work(&solution, self.demands.len()));
            let mut added = false;
            for weight in [smoothing, 0.0] {
                let duals = blend(centre.as_ref(), &solution.duals, weight)
                    .with_safe_floor(self.problem, self.scale);
                let (answers, costs) = self.ask(&duals, Effort::Relaxed, budget);
                let bound = self.lagrangian(&duals, &costs, &answers);
                if bound > best {
                    best = bound;
                    centre = Some(duals);
                    smoothing += SMOOTHING_STEP * (SMOOTHING - smoothing);
                } else {
                    smoothing = (smoothing - SMOOTHING_STEP).max(0.0);
                }
                let own = reduced_bin_costs(self.problem, &solution.duals, self.scale);
                for answer in &answers {
                    let Some(content) = &answer.relaxed else {
                        continue;
                    };
                    let content_of = content.iter().copied();
                    let worth = solution.duals.worth(self.problem, answer.bin, content_of);
                    if worth > own[answer.bin] * (1.0 + 1e-6) + 1e-6 {
                        master.add_relaxed(self.problem, answer.bin, content)?;
                        added = true;
                    }
                }
                if added || centre.is_none() {
                    break;
                }
            }
            if !added || solution.value - best <= solution.value * RELAXED_GAP {
                break;
            }
        }
        if best > self.best_bound {
            self.best_bound = best;
            self.centre = centre;
        }
        Ok(())
    }

    /// Prices at the centre itself: its bound counts at once, and its patterns are worth knowing.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn price_centre(&mut self, budget: Budget<'_>) -> Result<(), LpError> {
        let Some(centre) = self.centre.clone() else {
            return Ok(());
        };
        let centre = centre.with_safe_floor(self.problem, self.scale);
        let (answers, costs) = self.ask(&centre, Effort::Nodes(LADDER[0]), budget);
        let bound = self.lagrangian(&centre, &costs, &answers);
        self.best_bound = self.best_bound.max(bound);
        for (_, pattern) in answers.into_iter().flat_map(|answer| answer.patterns) {
            self.add(pattern)?;
        }
        Ok(())
    }

    /// Begins the stabilisation at these duals of the items and limits on copies (cost grid), from an earlier or a related solve.
    pub fn centre_at(&mut self, items: &[f64], copies: Option<&[f64]>) {
        let scaled = |duals: &[f64]| duals.iter().map(|dual| dual * self.scale).collect();
        self.centre = Some(Duals {
            items: scaled(items),
            limits: vec![0.0; self.problem.limits().len()],
            copies: copies
                .filter(|copies| copies.len() == self.problem.copy_limits().len())
                .map_or_else(|| vec![0.0; self.problem.copy_limits().len()], scaled),
            ..Duals::default()
        });
    }
}
