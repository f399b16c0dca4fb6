//! The whole problem as integer flows through compressed graphs, one a bin type.
//!
//! ```text
//! minimise   Σ_o c_o z_o
//! subject to flow of z_o from source to sink in the graph of o,   Σ_{arcs of i} f ≥ n_i,
//!            Σ_{o∈G} z_o ≤ L_G,   everything whole
//! ```
//! As strong as the patterns' own linear program, and of a size that does not depend on the demands. It pays where
//! bins are small in units of the items; above some fifty thousand arcs column generation is better.
//! References: that of the graphs; J. M. Valério de Carvalho, Exact solution of bin-packing problems using column
//! generation and branch-and-bound, Annals of Operations Research 86, 1999.

mod graph;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::optimize::lp::{
    Bounds, IntegerOptions, Limits, LpError, Program, Variable, solve_integer, tolerance,
};
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::side_rows::SideRows;
use crate::optimize::stop::Budget;

use graph::{Graph, graph};

/// Most arcs of all graphs together.
const MOST_ARCS: usize = 50_000;
/// Work units left without which no graph is built: what building a large one takes, several times over.
const LEAST_WORK: u64 = 2_000_000;
/// See [`LEAST_WORK`].
const LEAST_TIME: Duration = Duration::from_millis(1_500);
/// Work units of building the graphs, roughly.
const BUILDING_WORK: u64 = 100_000;
/// Scaled cost of the dearest bin.
const DEAREST: f64 = 1e4;
/// The solver's tolerance on integers and the objective, with room, for each bin of a packing.
const TOLERANCE_PER_BIN: f64 = 10.0 * tolerance::OBJECTIVE;

/// What the flow says.
#[derive(Debug)]
pub struct Flow {
    /// Best packing found.
    pub packing: Option<Packing>,
    /// No packing costs less (cost grid, not rounded); `None` without proof.
    pub bound: Option<f64>,
}

/// The model of a problem.
pub struct ArcFlow<'a> {
    problem: &'a Problem,
    graphs: Vec<(usize, Graph)>,
}

impl<'a> ArcFlow<'a> {
    /// Builds the graphs; `None` where the problem has side rows or the graphs grow too large, for what is left of
    /// the budget too.
    pub fn new(problem: &'a Problem, budget: Budget<'_>) -> Option<Self> {
        let is_plain = *problem.rows() == SideRows::default()
            && (problem.bins().iter()).all(|bin| bin.requires.is_none())
            && (problem.items().iter()).all(|item| item.max_per_bin.is_none());
        let is_brief =
            budget.left() < LEAST_WORK || budget.time_left().is_some_and(|left| left < LEAST_TIME);
        if !is_plain || is_brief {
            return None;
        }
        let mut left = MOST_ARCS;
        let mut graphs = Vec::new();
        budget.work.spend(BUILDING_WORK);
        for bin in 0..problem.bins().len() {
            if (0..problem.items().len()).any(|item| problem.fits(bin, item)) {
                let graph = graph(problem, bin, left)?;
                left = left.checked_sub(graph.arcs.len())?;
                graphs.push((bin, graph));
            }
        }
        Some(Self { problem, graphs })
    }

    /// Arcs of all graphs.
    pub fn arcs(&self) -> usize {
        self.graphs.iter().map(|(_, graph)| graph.arcs.len()).sum()
    }

    /// Solves the integer program within the budget. `most_bins` bounds the bins of packings worth finding.
    ///
    /// # Errors
    /// When the solver fails.
    pub fn solve(&self, most_bins: u64, budget: Budget<'_>) -> Result<Flow, LpError> {
        let dearest = self.problem.bins().iter().map(|bin| bin.cost).max();
        let scale = DEAREST / dearest.unwrap_or(1).max(1) as f64;
        let program = self.program(most_bins, scale);
        let limits = Limits {
            budget,
            work_per_solve: 1_000,
            work_per_iteration: 120 + program.rows().len() as u64 / 4,
        };
        let options = IntegerOptions {
            nodes: None,
            may_restart: true,
            start: None,
        };
        let outcome = solve_integer(&program, options, limits)?;
        let room = TOLERANCE_PER_BIN * most_bins as f64;
        Ok(Flow {
            packing: outcome.point.map(|point| self.packing(&point.values)),
            bound: outcome.bound.map(|bound| (bound - room) / scale),
        })
    }

    /// The program, costs times `scale`: of every graph its arcs and then the bins of its type.
    fn program(&self, most_bins: u64, scale: f64) -> Program {
        let items = self.problem.items();
        let demands = (items.iter()).map(|item| Bounds::at_least(item.demand as f64));
        let limits = self.problem.limits();
        let limits = limits
            .iter()
            .map(|limit| Bounds::at_most(limit.upper as f64));
        let mut program = Program::with_rows(demands.chain(limits).collect());
        for (bin, graph) in &self.graphs {
            let nodes: Vec<usize> = (0..graph.nodes)
                .map(|_| program.add_row(Bounds::exactly(0.0)))
                .collect();
            for &(from, to, item) in &graph.arcs {
                let demand = item.map(|item| (item, 1.0));
                let flow = [(nodes[from], -1.0), (nodes[to], 1.0)];
                let variable = Variable::whole(0.0).at_most(most_bins as f64);
                program.add_column(variable, flow.into_iter().chain(demand));
            }
            let counted = (self.problem.limits().iter().enumerate())
                .filter(|(_, limit)| limit.bins.binary_search(bin).is_ok())
                .map(|(row, _)| (items.len() + row, 1.0));
            let back = [(nodes[graph.source], 1.0), (nodes[graph.nodes - 1], -1.0)];
            let cost = self.problem.bins()[*bin].cost as f64 * scale;
            let variable = Variable::whole(cost).at_most(most_bins as f64);
            program.add_column(variable, back.into_iter().chain(counted));
        }
        program
    }

    /// Flows taken apart into paths.
    fn packing(&self, values: &[f64]) -> Packing {
        let mut packing = Packing::default();
        let mut first = 0;
        for (bin, graph) in &self.graphs {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let mut flow: Vec<u64> = (values[first..first + graph.arcs.len()].iter())
                .map(|value| value.round().max(0.0) as u64)
                .collect();
            first += graph.arcs.len() + 1;
            let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes];
            for (arc, &(from, _, _)) in graph.arcs.iter().enumerate() {
                leaving[from].push(arc);
            }
            while let Some((content, times)) = path(graph, &leaving, &mut flow) {
                packing.push(Pattern { bin: *bin, content }, times);
            }
        }
        packing
    }
}

/// A path with flow and how often it can be taken; its flow is used up.
fn path(graph: &Graph, leaving: &[Vec<usize>], flow: &mut [u64]) -> Option<(Content, u64)> {
    let mut node = graph.source;
    let mut arcs = Vec::new();
    while node + 1 < graph.nodes {
        let &arc = leaving[node].iter().find(|&&arc| flow[arc] > 0)?;
        arcs.push(arc);
        node = graph.arcs[arc].1;
    }
    let times = arcs.iter().map(|&arc| flow[arc]).min()?;
    let mut content: BTreeMap<usize, u64> = BTreeMap::new();
    for arc in arcs {
        flow[arc] -= times;
        if let Some(item) = graph.arcs[arc].2 {
            *content.entry(item).or_default() += 1;
        }
    }
    Some((content.into_iter().collect(), times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinLimit, BinType, Cost, ItemType};
    use crate::optimize::stop::{Never, WorkMeter};

    #[test]
    fn the_flow_finds_and_proves_the_cheapest_mix() {
        // Seven items of 3: a bin of 10 holds three for 10, a bin of 3 holds one for 4. 2 × 10 + 1 × 4.
        let bin = |capacity: u64, cost: Cost| BinType {
            capacity: vec![capacity],
            cost,
            admits: None,
            requires: None,
        };
        let item = ItemType {
            size: vec![3],
            demand: 7,
            max_per_bin: None,
        };
        let limit = BinLimit {
            bins: vec![0],
            upper: 1,
        };
        for (limits, cost) in [(vec![], 24), (vec![limit], 26)] {
            let bins = vec![bin(10, 10), bin(3, 4)];
            let problem = Problem::try_new(1, bins, vec![item.clone()], limits).expect("valid");
            let work = WorkMeter::new(u64::MAX);
            let budget = Budget::new(&Never, &work);
            let model = ArcFlow::new(&problem, budget).expect("small");
            let flow = model.solve(20, budget).expect("solved");
            let packing = flow.packing.expect("found");
            assert!(
                packing
                    .missing(&problem)
                    .iter()
                    .all(|&missing| missing == 0)
            );
            assert_eq!(packing.cost(&problem), cost);
            assert!(
                flow.bound
                    .is_some_and(|bound| bound <= cost as f64 && bound > cost as f64 - 1.0)
            );
        }
    }
}
