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

use highs::{ColProblem, HighsModelStatus, Sense};

use crate::optimize::lp::LpError;
use crate::optimize::lp::checked::all_finite;
use crate::optimize::problem::Problem;

/// Columns up to which the program is worth its time.
const MOST_COLUMNS: usize = 60_000;

/// Worth of a copy of each item, in units of `scale` per unit of the cost grid, and the simplex iterations spent;
/// `None` where the program is too large or the solver gives no optimum.
///
/// # Errors
/// When the solver refuses the data.
pub fn resource_prices(
    problem: &Problem,
    demands: &[u64],
    scale: f64,
) -> Result<Option<(Vec<f64>, u64)>, LpError> {
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
    let mut program = ColProblem::new();
    let demand_rows: Vec<_> = demands
        .iter()
        .map(|&demand| program.add_row(demand as f64..))
        .collect();
    for (bin, items) in &pairs {
        let bin = &problem.bins()[*bin];
        let used: Vec<usize> = (0..problem.dimensions())
            .filter(|&d| items.iter().any(|&item| problem.items()[item].size[d] > 0))
            .collect();
        let rows: Vec<_> = used.iter().map(|_| program.add_row(..0.0)).collect();
        // In units of the capacity, so that every coefficient is of the same size.
        let size = |item: usize, d: usize| {
            problem.items()[item].size[d] as f64 / bin.capacity[d].max(1) as f64
        };
        let mut provides: Vec<_> = rows.iter().map(|&row| (row, -1.0)).collect();
        for &item in items {
            let takes = (used.iter().zip(&rows)).map(|(&d, &row)| (row, size(item, d)));
            let entries: Vec<_> = takes.filter(|(_, size)| *size > 0.0).collect();
            let apart = problem.items()[item].max_per_bin.map(|most| {
                let row = program.add_row(..0.0);
                provides.push((row, -(most as f64)));
                (row, 1.0)
            });
            let all = entries
                .into_iter()
                .chain([(demand_rows[item], 1.0)])
                .chain(apart);
            program.add_column(0.0, 0.0.., all.collect::<Vec<_>>());
        }
        program.add_column(bin.cost as f64 * scale, 0.0.., provides);
    }
    let failure = |status: highs::HighsStatus| LpError::Solver(format!("{status:?}"));
    let mut model = program.try_optimise(Sense::Minimise).map_err(failure)?;
    model.set_option("threads", 1);
    model.set_option("parallel", "off");
    let solved = model.try_solve().map_err(failure)?;
    if solved.status() != HighsModelStatus::Optimal {
        return Ok(None);
    }
    let iterations = u64::try_from(solved.simplex_iteration_count()).unwrap_or(0);
    let solution = solved.get_solution();
    let rows = solution.dual_rows();
    let duals = rows.get(..demands.len()).unwrap_or(rows).to_vec();
    all_finite("dual", &duals, demands.len())?;
    Ok(Some((
        duals.into_iter().map(|dual| dual.max(0.0)).collect(),
        iterations,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};

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
        let solved = resource_prices(&problem, &[10, 10], 1.0).expect("solved");
        let (worth, _) = solved.expect("a small program");
        assert!(
            (worth[0] - 2.0).abs() < 1e-6 && (worth[1] - 15.0).abs() < 1e-6,
            "{worth:?}"
        );
    }
}
