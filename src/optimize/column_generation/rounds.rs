//! The rounds of column generation.
//!
//! Each round solves the restricted master, prices all bin types at smoothed duals, records the Lagrangian
//! bound, and adds the patterns worth most. Pricing climbs a ladder: rounding alone while that still finds
//! columns, then ever larger trees; each rung returns a valid bound, so the loop may stop anywhere.
//!
//! *Start.* The duals of the fully relaxed master (every pattern fractional) converge in a few cheap
//! rounds and are close to the final ones; they seed the stability centre.
//! *Stabilisation.* Duals are priced at `α·centre + (1−α)·master` (Wentges 1997); the centre moves to the
//! duals of the best bound, and `α` falls while it does not move, so that a centre that misleads is left behind
//! (after Pessoa, Sadykov, Uchoa, Vanderbeck, INFORMS Journal on Computing 30(2), 2018). A round that finds nothing at smoothed duals is repeated at the master's own.
//!
//! References: Gilmore & Gomory, Operations Research 9, 1961; P. Wentges, Weighted Dantzig–Wolfe
//! decomposition for linear mixed-integer programming, International Transactions in Operational
//! Research 4(2), 1997; Lübbecke & Desrosiers, Operations Research 53(6), 2005.

use super::bound;
use super::master::{Column, Master, MasterSolution, cost_scale};
use super::pool::Pool;
use crate::optimize::duals::{Duals, reduced_bin_costs};
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Pattern;
use crate::optimize::pricing::contract::Answer;
use crate::optimize::pricing::enumerate::Limits;
use crate::optimize::pricing::oracle::{Effort, Oracle};
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

/// Relative reduced cost below which a column is not worth adding.
const TOLERANCE: f64 = 1e-7;
/// Pricing proves up to so little above a bin's cost: what it leaves unproven is lost to the bound.
const PRICING_TOLERANCE: f64 = 1e-10;
/// See [`ColumnGeneration::keeps_weight`].
const FEW_TYPES: usize = 12;
/// Weight of the stability centre to begin with.
const SMOOTHING: f64 = 0.85;
/// The weight falls by this where the bound does not rise, and regains as much of its distance to
/// [`SMOOTHING`] where it does.
const SMOOTHING_STEP: f64 = 0.15;
/// The relaxed master only seeds the centre: it need not be exact.
const RELAXED_GAP: f64 = 5e-5;
/// After so many rounds that lower the master by less than [`STAGNATION`] of its value, pricing climbs a rung.
const PATIENCE: u64 = 8;
/// See [`PATIENCE`].
const STAGNATION: f64 = 1e-3;
/// From so many items on, the relaxed master is solved as one program.
const MANY_ITEMS: usize = 60;
/// Nodes of each rung of the pricing ladder.
pub const LADDER: [u64; 4] = [1, 50, 500, 6000];

mod boxed;
mod residual;
mod start;

/// Column generation over one problem.
pub struct ColumnGeneration<'a> {
    problem: &'a Problem,
    demands: Vec<u64>,
    /// Every pattern known.
    pub pool: Pool,
    master: Master,
    oracle: Oracle,
    scale: f64,
    centre: Option<Duals>,
    /// Present weight of the centre.
    smoothing: f64,
    /// Where there are many bin types and neither groups nor limits on copies, the centre stays good while it still leads to columns,
    /// whatever the bound does: quick pricing of them gives poor bounds. Otherwise it can mislead.
    keeps_weight: bool,
    best_bound: f64,
    /// Last solution of the master.
    solution: Option<MasterSolution>,
    /// Patterns that a dive has switched off, by index in the pool.
    switched_off: Vec<bool>,
    /// Rounds run.
    pub rounds: u64,
}

/// How a run of rounds ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convergence {
    /// The master's value is proven optimal within tolerance.
    Converged,
    /// The pricing ladder ended without a column, yet with a bound below the master's value.
    Stalled,
    /// The budget ended.
    Stopped,
}

impl<'a> ColumnGeneration<'a> {
    /// Starts with the patterns given.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn try_new(
        problem: &'a Problem,
        demands: Vec<u64>,
        patterns: impl IntoIterator<Item = Pattern>,
    ) -> Result<Self, LpError> {
        let master = Master::try_new(problem, &demands)?;
        let oracle = Oracle::new(problem, &most(problem, &demands), &Room::new(problem));
        let types = oracle.bins().count();
        let mut generation = Self {
            problem,
            pool: Pool::default(),
            master,
            oracle,
            scale: cost_scale(problem),
            centre: None,
            smoothing: SMOOTHING,
            keeps_weight: problem.groups().is_empty()
                && problem.copy_limits().is_empty()
                && types > FEW_TYPES,
            best_bound: f64::NEG_INFINITY,
            solution: None,
            switched_off: Vec::new(),
            rounds: 0,
            demands,
        };
        for pattern in patterns {
            generation.add(pattern)?;
        }
        Ok(generation)
    }

    /// Adds a pattern to pool and master; says whether it is new.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn add(&mut self, pattern: Pattern) -> Result<bool, LpError> {
        let Some(index) = self.pool.insert(pattern) else {
            return Ok(false);
        };
        self.switched_off.push(false);
        self.master
            .add_pattern(self.problem, &self.pool.patterns()[index], index)?;
        Ok(true)
    }

    /// The best proven bound so far, on the cost grid (not rounded up).
    pub fn bound(&self) -> Option<f64> {
        (self.best_bound > 0.0).then(|| self.best_bound / self.scale)
    }

    /// The master's value on the cost grid.
    pub fn value(&self) -> Option<f64> {
        self.solution.as_ref().map(|s| s.value / self.scale)
    }

    /// Duals of the items on the cost grid: those of the best bound, else the master's.
    pub fn duals(&self) -> Option<Vec<f64>> {
        let duals = self
            .centre
            .as_ref()
            .or(self.solution.as_ref().map(|s| &s.duals))?;
        Some(duals.items.iter().map(|dual| dual / self.scale).collect())
    }

    /// All duals of the best bound on the cost grid, where one is proven.
    pub fn at_bound(&self) -> Option<Duals> {
        let on_grid = |duals: &[f64]| duals.iter().map(|dual| dual / self.scale).collect();
        let centre = self.centre.as_ref().filter(|_| self.best_bound > 0.0)?;
        Some(Duals {
            items: on_grid(&centre.items),
            limits: on_grid(&centre.limits),
            copies: on_grid(&centre.copies),
            floor: centre.floor / self.scale,
            used: on_grid(&centre.used),
        })
    }

    /// The master's own duals, in its scaled cost.
    pub fn master_duals(&self) -> Option<&Duals> {
        self.solution.as_ref().map(|solution| &solution.duals)
    }

    /// The patterns of lowest reduced cost over cost, at most so many; all of them where there are no more.
    pub fn promising(&self, most: usize) -> Vec<Pattern> {
        let patterns = self.pool.patterns();
        let Some(duals) = self.master_duals().filter(|_| patterns.len() > most) else {
            return patterns.to_vec();
        };
        let costs = reduced_bin_costs(self.problem, duals, self.scale);
        let mut keyed: Vec<(f64, usize)> = patterns
            .iter()
            .enumerate()
            .map(|(index, pattern)| {
                let content = pattern.content.iter().map(|&(i, n)| (i, n as f64));
                let worth = duals.worth(self.problem, pattern.bin, content);
                let cost = costs[pattern.bin];
                ((cost - worth) / cost.max(1e-9), index)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keyed.truncate(most);
        keyed
            .into_iter()
            .map(|(_, index)| patterns[index].clone())
            .collect()
    }

    /// Pattern and value of each positive column of the master's last solution.
    pub fn fractional(&self) -> Vec<(usize, f64)> {
        let Some(solution) = &self.solution else {
            return Vec::new();
        };
        self.master
            .columns()
            .iter()
            .zip(&solution.primal)
            .filter_map(|(column, &value)| match column {
                Column::Pattern(index) if value > 1e-9 => Some((*index, value)),
                _ => None,
            })
            .collect()
    }

    /// The master's last solution.
    pub fn solution_bins(&self) -> Vec<(Pattern, f64)> {
        (self.fractional().into_iter())
            .map(|(index, value)| (self.pool.patterns()[index].clone(), value))
            .collect()
    }

    /// How much of each group the master's last solution serves outside the bins, and how much of an extra
    /// copy each item gets.
    pub fn choices(&self) -> (Vec<f64>, Vec<f64>) {
        let mut outside = vec![0.0; self.problem.groups().len()];
        let mut extra = vec![0.0; self.demands.len()];
        if let Some(solution) = &self.solution {
            for (column, &value) in self.master.columns().iter().zip(&solution.primal) {
                match *column {
                    Column::Outside(group) => outside[group] = value,
                    Column::Extra(item) => extra[item] = value,
                    _ => {}
                }
            }
        }
        (outside, extra)
    }

    /// Prices at duals whose floor is safe.
    fn ask(&self, duals: &Duals, effort: Effort, budget: Budget<'_>) -> (Vec<Answer>, Vec<f64>) {
        let costs = reduced_bin_costs(self.problem, duals, self.scale);
        let answers = self.oracle.price(
            duals,
            &costs,
            effort,
            PRICING_TOLERANCE,
            budget.work.counter(),
        );
        (answers, costs)
    }

    fn lagrangian(&self, duals: &Duals, costs: &[f64], answers: &[Answer]) -> f64 {
        bound::lagrangian(
            self.problem,
            &self.demands,
            duals,
            costs,
            answers,
            self.scale,
        )
    }

    /// Duals of the limits on copies on the cost grid, where [`Self::duals`] has the items'.
    pub fn copy_duals(&self) -> Vec<f64> {
        let duals = self
            .centre
            .as_ref()
            .or(self.solution.as_ref().map(|s| &s.duals));
        duals.map_or_else(Vec::new, |duals| {
            duals.copies.iter().map(|dual| dual / self.scale).collect()
        })
    }

    /// Runs rounds until the master is proven optimal within `gap`, or the ladder ends, or the budget.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run(
        &mut self,
        gap: f64,
        top: usize,
        budget: Budget<'_>,
    ) -> Result<Convergence, LpError> {
        let mut rung = 0;
        let mut last = (self.rounds, f64::INFINITY);
        loop {
            let solution = self.master.solve()?;
            self.rounds += 1;
            budget.work.spend(lp_work(&solution, self.demands.len()));
            let duals = solution.duals.clone();
            let value = solution.value;
            self.solution = Some(solution);
            if value - self.best_bound <= value.abs() * gap {
                return Ok(Convergence::Converged);
            }
            // Quick pricing that barely lowers the master hides the columns that would.
            if self.rounds >= last.0 + PATIENCE {
                if last.1 - value < value.abs() * STAGNATION && rung + 1 < top.min(LADDER.len()) {
                    rung += 1;
                }
                last = (self.rounds, value);
            }
            loop {
                if budget.is_over() {
                    return Ok(Convergence::Stopped);
                }
                let added = self.round(&duals, Effort::Nodes(LADDER[rung]), budget)?;
                if value - self.best_bound <= value.abs() * gap {
                    return Ok(Convergence::Converged);
                }
                if added > 0 {
                    break;
                }
                rung += 1;
                if rung >= top.min(LADDER.len()) {
                    return Ok(Convergence::Stalled);
                }
            }
        }
    }

    /// One pricing round at smoothed duals, then, if that finds nothing, at the master's own.
    fn round(
        &mut self,
        duals: &Duals,
        effort: Effort,
        budget: Budget<'_>,
    ) -> Result<usize, LpError> {
        let own = reduced_bin_costs(self.problem, duals, self.scale);
        for weight in [self.smoothing, 0.0] {
            let smoothed = blend(self.centre.as_ref(), duals, weight)
                .with_safe_floor(self.problem, self.scale);
            let (answers, costs) = self.ask(&smoothed, effort, budget);
            let bound = self.lagrangian(&smoothed, &costs, &answers);
            if bound > self.best_bound {
                self.best_bound = bound;
                self.centre = Some(smoothed);
                self.smoothing += SMOOTHING_STEP * (SMOOTHING - self.smoothing);
            } else if !self.keeps_weight {
                self.smoothing = (self.smoothing - SMOOTHING_STEP).max(0.0);
            }
            let added = self.adopt(answers, duals, &own)?;
            if added == 0 && self.keeps_weight {
                self.smoothing = (self.smoothing - SMOOTHING_STEP).max(0.0);
            }
            if added > 0 {
                return Ok(added);
            }
            if self.centre.is_none() {
                break;
            }
        }
        Ok(0)
    }

    /// Adds the patterns that the master's own duals price below zero, the most profitable first.
    fn adopt(
        &mut self,
        answers: Vec<Answer>,
        duals: &Duals,
        own: &[f64],
    ) -> Result<usize, LpError> {
        let mut candidates: Vec<(f64, Pattern)> = answers
            .into_iter()
            .flat_map(|answer| answer.patterns)
            .filter_map(|(_, pattern)| {
                let content = pattern.content.iter().map(|&(i, a)| (i, a as f64));
                let worth = duals.worth(self.problem, pattern.bin, content);
                let cost = own[pattern.bin];
                (worth > cost * (1.0 + TOLERANCE) + 1e-12).then(|| {
                    (
                        if cost > 0.0 {
                            worth / cost
                        } else {
                            f64::INFINITY
                        },
                        pattern,
                    )
                })
            })
            .collect();
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut added = 0;
        for (_, pattern) in candidates
            .into_iter()
            .take(self.demands.len().clamp(20, 300))
        {
            added += usize::from(self.add(pattern)?);
        }
        Ok(added)
    }

    /// Every pattern that a packing cheaper than `cost` (cost grid) could use; `None` when there are too
    /// many or no bound is proven. The duals are those of the best bound, scaled down until no pattern has
    /// a negative reduced cost.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn improving_patterns(
        &mut self,
        cost: f64,
        limits: Limits,
        budget: Budget<'_>,
    ) -> Result<Option<Vec<Pattern>>, LpError> {
        let Some(centre) = self.centre.clone() else {
            return Ok(None);
        };
        let centre = centre.with_safe_floor(self.problem, self.scale);
        let (answers, costs) = self.ask(&centre, Effort::Nodes(LADDER[2]), budget);
        let Some(theta) = bound::scaling(&costs, &answers) else {
            return Ok(None);
        };
        let duals = centre.scaled(theta);
        // Room for rounding in both sums.
        let (worth, _) = bound::worth(self.problem, &self.demands, &duals, self.scale);
        let slack = cost * self.scale - worth + cost * self.scale * 1e-9;
        Ok(self
            .oracle
            .enumerate(&duals, &costs, slack, limits, budget.work.counter()))
    }
}

/// Most copies of each item that a packing could need.
fn most(problem: &Problem, demands: &[u64]) -> Vec<u64> {
    (demands.iter().enumerate())
        .map(|(item, demand)| {
            let group = problem.group_of(item).map(|group| &problem.groups()[group]);
            demand + u64::from(group.is_some_and(|group| group.extra > 0))
        })
        .collect()
}

fn blend(centre: Option<&Duals>, duals: &Duals, weight: f64) -> Duals {
    match centre {
        Some(centre) if weight > 0.0 => centre.blend(duals, weight),
        _ => duals.clone(),
    }
}

/// Work units of a master solve: rows times iterations, in microseconds of an ordinary core.
fn lp_work(solution: &MasterSolution, rows: usize) -> u64 {
    200 + solution.iterations * (10 + rows as u64 / 4)
}
