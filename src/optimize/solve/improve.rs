//! Closing the gap: all improving patterns at once, or neighbourhoods, dives and higher rungs in turn.

use crate::optimize::column_generation::rounds::{ColumnGeneration, LADDER};
use crate::optimize::exact::arc_flow::ArcFlow;
use crate::optimize::exact::tree::Tree;
use crate::optimize::integer::diving::DiveOptions;
use crate::optimize::integer::neighbourhood::Neighbourhood;
use crate::optimize::integer::restricted_master;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Packing;
use crate::optimize::pricing::enumerate::Limits;
use crate::optimize::pricing::oracle::STEPS_PER_WORK_UNIT;
use crate::optimize::problem::Cost;
use crate::optimize::stop::Budget;

use super::Search;

/// Work units of the integer program for each of its columns, by experience: a larger one is not begun.
const WORK_PER_COLUMN: u64 = 1_000;
/// Work units of a node of the integer program, for its node limit.
const WORK_PER_NODE: u64 = 4_000;
/// Most work units that listing patterns may take at a time.
const MOST_LISTING_WORK: u64 = 2_000_000;

/// Beyond this the solver's tolerances on whole numbers mean little.
const MOST_WHOLE_DEMAND: u64 = 1_000_000_000;
/// With more bin types than this the flows' graphs are not built.
const MOST_FLOW_BINS: usize = 12;

/// A packing that a tree found, and its bound on the cost grid.
type Searched = (Option<Packing>, f64);

impl<'a> Search<'a> {
    /// Lists every pattern an improving packing could use, and solves the integer program over them.
    pub(super) fn close(&mut self, generation: &mut ColumnGeneration<'a>) -> Result<(), LpError> {
        let Some(incumbent) = self.record.incumbent().cloned().filter(|_| !self.is_done()) else {
            return Ok(());
        };
        if self
            .demands
            .iter()
            .any(|&demand| demand > MOST_WHOLE_DEMAND)
        {
            return Ok(());
        }
        let cost = incumbent.cost(self.problem);
        let most = (self.budget.left() / 4).min(MOST_LISTING_WORK);
        let limits = Limits {
            patterns: 6_000,
            steps: most.saturating_mul(STEPS_PER_WORK_UNIT),
        };
        let Some(mut patterns) = generation.improving_patterns(cost as f64, limits, self.budget)?
        else {
            return Ok(());
        };
        // The incumbent's own patterns give the program a start.
        patterns.extend(incumbent.bins.iter().map(|(pattern, _)| pattern.clone()));
        patterns.sort();
        patterns.dedup();
        if patterns.len() as u64 > self.budget.left() / WORK_PER_COLUMN {
            return Ok(());
        }
        let nodes =
            u32::try_from((self.budget.left() / WORK_PER_NODE).clamp(10, 3_000)).unwrap_or(10);
        let outcome = restricted_master::solve(
            self.problem,
            &self.demands,
            &patterns,
            Some(&incumbent),
            nodes,
            self.budget,
        )?;
        if let Some(packing) = outcome.packing {
            self.record.offer(packing);
        }
        // Anything cheaper than the incumbent is made of these patterns, so their bound is everyone's,
        // up to the incumbent's own cost.
        if let Some(bound) = outcome.bound {
            self.record.raise_bound(bound.min(cost as f64));
        }
        self.report("integer program", Some(generation));
        Ok(())
    }

    /// How close the master must be to its bound for more pricing to be a waste: a small part of the gap.
    pub(super) fn tolerance(&self) -> f64 {
        self.record.gap().map_or(1e-9, |gap| (gap / 50.0).max(1e-9))
    }

    /// Whether inexact pricing, and not the relaxation itself, makes up much of the gap.
    pub(super) fn is_bound_loose(&self, generation: &ColumnGeneration<'_>) -> bool {
        let (Some(cost), Some(bound), Some(value)) =
            (self.record.cost(), generation.bound(), generation.value())
        else {
            return true;
        };
        value - bound > 0.2 * (cost as f64 - bound).max(0.0)
    }

    /// A tree over pairs of copies, where the problem is of the kind for it.
    fn tree(&self, generation: &ColumnGeneration<'a>) -> Option<Tree<'a>> {
        let bound = self.record.bound().unwrap_or(0) as f64;
        let most = (8 * self.demands.len()).max(1_000);
        let mut patterns = generation.promising(most);
        patterns.extend(
            self.record
                .best()
                .bins
                .iter()
                .map(|(pattern, _)| pattern.clone()),
        );
        Tree::new(self.problem, self.record.step(), bound, &patterns)
    }

    /// Whether a single step of the cost grid is left to prove or to gain.
    fn is_one_step_off(&self) -> bool {
        let gap = self.record.cost().zip(self.record.bound());
        gap.is_some_and(|(cost, bound)| cost - bound <= self.record.step())
    }

    /// Searches the tree for a while.
    fn branch(&mut self, tree: Option<&mut Tree<'a>>, budget: Budget<'_>) -> Result<(), LpError> {
        let Some(tree) = tree else {
            return Ok(());
        };
        self.search_tree("branch and price", budget, &mut |cost, budget| {
            Ok((tree.run(cost, budget)?, tree.bound()))
        })
    }

    /// Searches a tree, which tells a packing that costs less than the incumbent and its bound, until it or the budget ends.
    pub(super) fn search_tree(
        &mut self,
        stage: &'static str,
        budget: Budget<'_>,
        run: &mut dyn FnMut(Cost, Budget<'_>) -> Result<Searched, LpError>,
    ) -> Result<(), LpError> {
        while let Some(cost) = self
            .record
            .cost()
            .filter(|_| !self.is_done() && !budget.is_over())
        {
            let (better, bound) = run(cost, budget)?;
            let is_over = better.is_none();
            if let Some(packing) = better {
                self.record.offer(packing);
            }
            // Closed branches hold nothing cheaper than the incumbent.
            if let Some(cost) = self.record.cost() {
                self.record.raise_bound(bound.min(cost as f64));
            }
            self.report(stage, None);
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Solves the problem as flows, where its graphs are small.
    fn flow(&mut self, budget: Budget<'_>) -> Result<(), LpError> {
        let Some(cost) = self.record.cost().filter(|_| !self.is_done()) else {
            return Ok(());
        };
        let is_large = self
            .demands
            .iter()
            .any(|&demand| demand > MOST_WHOLE_DEMAND);
        if is_large || self.problem.bins().len() > MOST_FLOW_BINS {
            return Ok(());
        }
        let Some(model) = ArcFlow::new(self.problem, budget) else {
            return Ok(());
        };
        let cheapest = self.problem.bins().iter().map(|bin| bin.cost).min();
        let by_cost = cost / cheapest.unwrap_or(0).max(1);
        let copies: u64 = self.demands.iter().sum();
        let most_bins = u64::try_from(by_cost).unwrap_or(0).min(copies);
        let flow = model.solve(most_bins, budget)?;
        if let Some(packing) = flow.packing {
            self.record.offer(packing);
        }
        if let (Some(bound), Some(cost)) = (flow.bound, self.record.cost()) {
            self.record.raise_bound(bound.min(cost as f64));
        }
        self.report("arc flow", None);
        Ok(())
    }

    /// Neighbourhoods, more dives and higher rungs, until something ends it.
    pub(super) fn improve(&mut self, generation: &mut ColumnGeneration<'a>) -> Result<(), LpError> {
        let mut discrepancy = 0;
        let mut rung = 3;
        let mut fruitless = 0_u32;
        let mut neighbourhood = Neighbourhood::new(
            self.problem,
            generation
                .duals()
                .unwrap_or_else(|| vec![0.0; self.demands.len()]),
            self.options.seed,
        );
        let mut gap_at_close = self.record.gap();
        let mut tree = self.tree(generation);
        let share = if self.is_one_step_off() { 2 } else { 6 };
        self.branch(tree.as_mut(), self.budget.share(1, share))?;
        self.flow(self.budget.share(1, 2))?;
        let mut counting = self.counting(generation);
        self.count(&mut counting, generation)?;
        while !self.is_done() {
            let Some(mut packing) = self.record.incumbent().cloned() else {
                // Limits may leave nothing complete; a few more dives, then give up.
                discrepancy += 1;
                if discrepancy > 3 {
                    return Ok(());
                }
                self.dive(
                    generation,
                    DiveOptions {
                        discrepancy,
                        ..DiveOptions::default()
                    },
                )?;
                continue;
            };
            let better =
                neighbourhood.step(&mut packing, generation.pool.patterns(), self.budget)?;
            if better {
                self.record.offer(packing);
                self.report("neighbourhoods", Some(generation));
            }
            fruitless = if better { 0 } else { fruitless + 1 };
            if fruitless >= 12 {
                fruitless = 0;
                if rung < LADDER.len() && self.is_bound_loose(generation) {
                    rung += 1;
                    let tolerance = self.tolerance();
                    generation.run(tolerance, rung, self.budget.share(1, 4))?;
                    self.learn(generation, "column generation");
                } else {
                    discrepancy += 1;
                    self.dive(
                        generation,
                        DiveOptions {
                            discrepancy: discrepancy % 4,
                            seed: Some(self.options.seed.wrapping_add(discrepancy as u64)),
                            ..DiveOptions::default()
                        },
                    )?;
                }
                self.branch(tree.as_mut(), self.budget.share(1, 4))?;
                self.count(&mut counting, generation)?;
                if self
                    .record
                    .gap()
                    .zip(gap_at_close)
                    .is_some_and(|(now, then)| now < then * 0.9)
                {
                    gap_at_close = self.record.gap();
                    self.close(generation)?;
                }
            }
        }
        Ok(())
    }
}
