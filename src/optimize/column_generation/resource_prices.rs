//! A first guess at the duals: the fully relaxed problem, solved at once.
//!
//! With `y_io` copies of item `i` in bins of type `o`, neither whole,
//! ```text
//! minimise   Σ_o c_o x_o
//! subject to Σ_o y_io ≥ n_i                  dual π_i ≥ 0
//!            Σ_i w_id y_io ≤ C_od x_o        for every bin type o and dimension d
//!            y_io ≤ m_i x_o                  where at most m_i copies of i go into one bin
//!            y, x ≥ 0
//! ```
//! Its duals are worths of items at the best prices of resources: where bins are large against items they are close
//! to the master's. One linear program takes the place of many rounds of column generation.

use crate::optimize::lp::{
    Bounds, Limits, LinearOutcome, LpError, Program, Variable, solve_linear,
};
use crate::optimize::problem::Problem;
use crate::optimize::stop::Budget;

/// Columns up to which the program is worth its time.
const MOST_COLUMNS: usize = 60_000;

/// Work units of a simplex iteration of that program.
const WORK_PER_ITERATION: u64 = 40;

/// Worth of a copy of each item, in units of `scale` per unit of the cost grid; `None` where the program is too
/// large, or no optimum is known when the budget ends or the solver does. They are duals to begin with and nothing is
/// proven by them, so that an answer that is not believed is `None` as well.
///
/// # Errors
/// When the solver refuses the data.
pub fn resource_prices(
    problem: &Problem,
    demands: &[u64],
    scale: f64,
    budget: Budget<'_>,
) -> Result<Option<Vec<f64>>, LpError> {
    let pairs: Vec<(usize, Vec<usize>)> = (0..problem.bins().len())
        .map(|bin| {
            (
                bin,
                (0..demands.len())
                    .filter(|&item| problem.fits(bin, item))
                    .collect(),
            )
        })
        .collect();
    if pairs
        .iter()
        .map(|(_, items): &(_, Vec<usize>)| items.len())
        .sum::<usize>()
        > MOST_COLUMNS
    {
        return Ok(None);
    }
    let demand_rows = demands.iter().map(|&n| Bounds::at_least(n as f64));
    let mut program = Program::with_rows(demand_rows.collect());
    for (bin, items) in &pairs {
        let bin = &problem.bins()[*bin];
        let used: Vec<usize> = (0..problem.dimensions())
            .filter(|&d| items.iter().any(|&item| problem.items()[item].size[d] > 0))
            .collect();
        let rows: Vec<_> = used
            .iter()
            .map(|_| program.add_row(Bounds::at_most(0.0)))
            .collect();
        // In units of the capacity, so that every coefficient is of the same size.
        let size = |item: usize, d: usize| {
            problem.items()[item].size[d] as f64 / bin.capacity[d].max(1) as f64
        };
        let mut provides: Vec<_> = rows.iter().map(|&row| (row, -1.0)).collect();
        for &item in items {
            let takes = (used.iter().zip(&rows)).map(|(&d, &row)| (row, size(item, d)));
            let entries: Vec<_> = takes.filter(|(_, size)| *size > 0.0).collect();
            let apart = problem.items()[item].max_per_bin.map(|most| {
                let row = program.add_row(Bounds::at_most(0.0));
                provides.push((row, -(most as f64)));
                (row, 1.0)
            });
            let all = entries.into_iter().chain([(item, 1.0)]).chain(apart);
            program.add_column(Variable::continuous(0.0), all);
        }
        program.add_column(Variable::continuous(bin.cost as f64 * scale), provides);
    }
    let limits = Limits {
        budget,
        work_per_solve: 0,
        work_per_iteration: WORK_PER_ITERATION,
    };
    let duals = match solve_linear(&program, limits) {
        Ok(LinearOutcome::Optimal(solution)) => solution.dual,
        Ok(LinearOutcome::Infeasible | LinearOutcome::Stopped | LinearOutcome::Undecided)
        | Err(LpError::Unbelievable(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let of_items = duals.into_iter().take(demands.len());
    Ok(Some(of_items.map(|dual| dual.max(0.0)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};
    use crate::optimize::stop::{Never, WorkMeter};

    #[test]
    fn prices_are_those_of_the_cheapest_way_to_buy() {
        let bin = |capacity: u64, cost, admits: Option<Vec<usize>>| BinType {
            capacity: vec![capacity],
            cost,
            admits,
            requires: None,
        };
        let item = |size: u64| ItemType {
            size: vec![size],
            demand: 10,
            max_per_bin: None,
        };
        // Item 1 fits only the dear bin: a unit costs 5 there, and 2 in the bin for item 0.
        let bins = vec![bin(10, 20, Some(vec![0])), bin(10, 50, None)];
        let problem = Problem::try_new(1, bins, vec![item(1), item(3)], vec![]).expect("valid");
        let work = WorkMeter::new(u64::MAX);
        let budget = Budget::new(&Never, &work);
        let solved = resource_prices(&problem, &[10, 10], 1.0, budget).expect("solved");
        let worth = solved.expect("a small program");
        assert!(
            (worth[0] - 2.0).abs() < 1e-6 && (worth[1] - 15.0).abs() < 1e-6,
            "{worth:?}"
        );
    }
}
