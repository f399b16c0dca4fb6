//! Programs that HiGHS solves once, on one thread, within a budget.

use good_lp::{Expression, ProblemVariables, SolverModel, variable};
use highs::{
    ColProblem, HighsModelStatus, HighsOptionValue, HighsSolutionStatus, Model, Sense, SolvedModel,
};

use super::failure;
use super::interrupt::{Kind, solve_within};
use crate::optimize::lp::outcome::{
    Ending, IntegerOptions, IntegerOutcome, Limits, LinearOutcome, Point,
};
use crate::optimize::lp::program::Program;
use crate::optimize::lp::solver::{LpError, LpSolution};

/// Solves a linear program.
///
/// # Errors
/// When HiGHS refuses the program or fails.
pub fn solve_linear(program: &Program, limits: Limits<'_>) -> Result<LinearOutcome, LpError> {
    let model = configured(by_columns(program)?, limits)?;
    let (solved, iterations) = solve_within(model, Kind::Linear, limits)?;
    Ok(match ending(program, &solved)? {
        Ending::Optimal => {
            let solution = solved.get_solution();
            LinearOutcome::Optimal(LpSolution {
                objective: solved.objective_value(),
                primal: solution.columns().to_vec(),
                dual: solution.dual_rows().to_vec(),
                iterations,
            })
        }
        Ending::Infeasible => LinearOutcome::Infeasible,
        Ending::Stopped => LinearOutcome::Stopped,
        Ending::Undecided => LinearOutcome::Undecided,
    })
}

/// Searches an integer program until its optimum is known exactly, or a limit ends it.
///
/// # Errors
/// When HiGHS refuses the program or fails.
pub fn solve_integer(
    program: &Program,
    options: IntegerOptions<'_>,
    limits: Limits<'_>,
) -> Result<IntegerOutcome, LpError> {
    let mut model = configured(by_expressions(program), limits)?;
    if let Some(nodes) = options.nodes {
        let nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
        set(&mut model, "mip_max_nodes", nodes)?;
    }
    if !options.may_restart {
        set(&mut model, "mip_allow_restart", false)?;
    }
    set(&mut model, "mip_rel_gap", 0.0)?;
    set(&mut model, "mip_abs_gap", 0.0)?;
    if let Some(values) = options.start {
        model
            .try_set_solution(Some(values), None, None, None)
            .map_err(|status| failure("take a start", status))?;
    }
    let (solved, _) = solve_within(model, Kind::Integer, limits)?;
    let ending = ending(program, &solved)?;
    let has_point = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let point = has_point.then(|| Point {
        values: solved.get_solution().columns().to_vec(),
        objective: solved.objective_value(),
    });
    let bound = match ending {
        Ending::Optimal | Ending::Stopped => {
            let bound = solved
                .double_info_value(c"mip_dual_bound")
                .map_err(|status| failure("tell its bound", status))?;
            Some(bound).filter(|bound| bound.is_finite())
        }
        Ending::Infeasible | Ending::Undecided => None,
    };
    Ok(IntegerOutcome {
        ending,
        point,
        bound,
    })
}

/// The program in HiGHS row for row and column for column, as duals are read.
fn by_columns(program: &Program) -> Result<Model, LpError> {
    let mut problem = ColProblem::new();
    let rows: Vec<_> = (program.rows().iter())
        .map(|bounds| problem.add_row(bounds.lower..=bounds.upper))
        .collect();
    for (variable, coefficients) in program.columns() {
        let entries = coefficients.iter().map(|&(row, value)| (rows[row], value));
        let bounds = 0.0..=variable.upper;
        problem.add_column_with_integrality(variable.cost, bounds, entries, variable.is_whole);
    }
    problem
        .try_optimise(Sense::Minimise)
        .map_err(|status| failure("take the program", status))
}

/// The program in the modeller's words: a row with two different bounds becomes two constraints, one without any
/// becomes none. Columns keep their places; no dual of an integer program is ever read.
fn by_expressions(program: &Program) -> Model {
    let mut variables = ProblemVariables::new();
    let mut objective = Expression::with_capacity(program.variables().len());
    let mut rows = vec![Expression::default(); program.rows().len()];
    for (data, coefficients) in program.columns() {
        let bounds = variable().min(0.0).max(data.upper);
        let column = variables.add(if data.is_whole {
            bounds.integer()
        } else {
            bounds
        });
        objective.add_mul(data.cost, column);
        for &(row, value) in coefficients {
            rows[row].add_mul(value, column);
        }
    }
    let mut model = variables.minimise(objective).using(good_lp::highs);
    for (row, bounds) in rows.into_iter().zip(program.rows()) {
        #[allow(
            clippy::float_cmp,
            reason = "an equality is written with the same number twice"
        )]
        if bounds.lower == bounds.upper {
            model.add_constraint(row.eq(bounds.lower));
            continue;
        }
        if bounds.lower.is_finite() {
            model.add_constraint(row.clone().geq(bounds.lower));
        }
        if bounds.upper.is_finite() {
            model.add_constraint(row.leq(bounds.upper));
        }
    }
    model.into_inner()
}

/// The model with the options that hold for every program.
fn configured(mut model: Model, limits: Limits<'_>) -> Result<Model, LpError> {
    // One thread, for the same answer on every machine.
    set(&mut model, "threads", 1)?;
    set(&mut model, "parallel", "off")?;
    if let Some(left) = limits.budget.time_left() {
        set(&mut model, "time_limit", left.as_secs_f64().max(0.01))?;
    }
    Ok(model)
}

fn set(model: &mut Model, name: &str, value: impl HighsOptionValue) -> Result<(), LpError> {
    model
        .try_set_option(name, value)
        .map_err(|_| LpError::Solver(format!("it has no option `{name}` of that kind")))
}

/// How HiGHS says that it ended.
fn ending(program: &Program, solved: &SolvedModel) -> Result<Ending, LpError> {
    use HighsModelStatus as Status;
    let is_bounded = (program.variables().iter())
        .all(|variable| variable.cost >= 0.0 || variable.upper.is_finite());
    Ok(match solved.status() {
        Status::Optimal => Ending::Optimal,
        Status::Infeasible => Ending::Infeasible,
        Status::UnboundedOrInfeasible if is_bounded => Ending::Infeasible,
        Status::ReachedTimeLimit
        | Status::ReachedIterationLimit
        | Status::ReachedSolutionLimit
        | Status::ReachedInterrupt => Ending::Stopped,
        failed @ (Status::LoadError
        | Status::ModelError
        | Status::PresolveError
        | Status::SolveError
        | Status::PostsolveError
        | Status::ReachedMemoryLimit) => return Err(failure("solve", failed)),
        _ => Ending::Undecided,
    })
}
