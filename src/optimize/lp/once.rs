//! Programs that are solved once.

#[cfg(test)]
use super::checked::failing;
use super::highs;
use super::outcome::{IntegerOptions, IntegerOutcome, Limits, LinearOutcome};
use super::program::Program;
use super::solver::LpError;
use super::validate;

/// Solves a linear program.
///
/// # Errors
/// When the solver refuses the program, fails, or returns what is no solution.
pub fn solve_linear(program: &Program, limits: Limits<'_>) -> Result<LinearOutcome, LpError> {
    #[cfg(test)]
    failing::count()?;
    let outcome = highs::solve_linear(program, limits)?;
    if let LinearOutcome::Optimal(solution) = &outcome {
        validate::point(program, &solution.primal, solution.objective)?;
        validate::duals(program, &solution.dual)?;
    }
    Ok(outcome)
}

/// Searches an integer program for its best point and a bound.
///
/// # Errors
/// When the solver refuses the program, fails, or returns what contradicts the program or itself.
pub fn solve_integer(
    program: &Program,
    options: IntegerOptions<'_>,
    limits: Limits<'_>,
) -> Result<IntegerOutcome, LpError> {
    #[cfg(test)]
    failing::count()?;
    let outcome = highs::solve_integer(program, options, limits)?;
    validate::integer(program, &outcome, options.start)?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::optimize::lp::outcome::Ending;
    use crate::optimize::lp::program::{Bounds, Variable};
    use crate::optimize::stop::{Budget, Interrupt, Never, Stop, WorkMeter};

    const PLAIN: IntegerOptions<'static> = IntegerOptions {
        nodes: None,
        may_restart: true,
        start: None,
    };

    fn within<R>(stop: &dyn Stop, work: u64, run: impl FnOnce(Limits<'_>, &WorkMeter) -> R) -> R {
        let meter = WorkMeter::new(work);
        let limits = Limits {
            budget: Budget::new(stop, &meter),
            work_per_solve: 7,
            work_per_iteration: 10,
        };
        run(limits, &meter)
    }

    /// Markets to be split in halves (Cornuéjols and Dawande): small, and no tree gets through it soon.
    fn hard() -> Program {
        let (rows, columns) = (4_u32, 30_u32);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let weights: Vec<Vec<u32>> = (0..rows)
            .map(|_| (0..columns).map(|_| random.random_range(0..100)).collect())
            .collect();
        let weight = |row: u32, column: u32| f64::from(weights[row as usize][column as usize]);
        let halves = (weights.iter())
            .map(|weights| Bounds::exactly(f64::from(weights.iter().sum::<u32>() / 2)));
        let mut program = Program::with_rows(halves.collect());
        for column in 0..columns {
            let entries = (0..rows).map(|row| (row as usize, weight(row, column)));
            program.add_column(Variable::whole(0.0).at_most(1.0), entries);
        }
        for row in 0..rows as usize {
            program.add_column(Variable::continuous(1.0), [(row, 1.0)]);
            program.add_column(Variable::continuous(1.0), [(row, -1.0)]);
        }
        program
    }

    #[test]
    fn whole_and_fractional_optima_are_told_apart() {
        // min x, 2x >= 3: 1.5, or 2 where x is whole.
        let mut program = Program::with_rows(vec![Bounds::at_least(3.0)]);
        program.add_column(Variable::continuous(1.0), [(0, 2.0)]);
        let linear = within(&Never, u64::MAX, |limits, _| solve_linear(&program, limits));
        let Ok(LinearOutcome::Optimal(solution)) = linear else {
            panic!("solved: {linear:?}");
        };
        assert!((solution.objective - 1.5).abs() < 1e-9 && (solution.dual[0] - 0.5).abs() < 1e-9);
        let mut program = Program::with_rows(vec![Bounds::at_least(3.0)]);
        program.add_column(Variable::whole(1.0), [(0, 2.0)]);
        let outcome = within(&Never, u64::MAX, |limits, _| {
            solve_integer(&program, PLAIN, limits)
        });
        let outcome = outcome.expect("solved");
        assert_eq!(outcome.ending, Ending::Optimal);
        assert!((outcome.point.expect("found").objective - 2.0).abs() < 1e-6);
        assert!((outcome.bound.expect("proven") - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_program_without_a_point_is_infeasible_either_way() {
        let mut program = Program::with_rows(vec![Bounds::at_least(3.0)]);
        program.add_column(Variable::continuous(1.0).at_most(1.0), [(0, 1.0)]);
        let linear = within(&Never, u64::MAX, |limits, _| solve_linear(&program, limits));
        assert_eq!(linear, Ok(LinearOutcome::Infeasible));
        let mut program = Program::with_rows(vec![Bounds::at_least(3.0)]);
        program.add_column(Variable::whole(1.0).at_most(1.0), [(0, 1.0)]);
        let integer = within(&Never, u64::MAX, |limits, _| {
            solve_integer(&program, PLAIN, limits)
        });
        let integer = integer.expect("answered");
        assert_eq!(
            (integer.ending, integer.point, integer.bound),
            (Ending::Infeasible, None, None)
        );
    }

    #[test]
    fn the_work_left_ends_a_search_and_what_it_took_is_counted() {
        let program = hard();
        let limited = |work: u64, nodes: Option<u32>| {
            within(&Never, work, |limits, meter| {
                let options = IntegerOptions { nodes, ..PLAIN };
                let outcome = solve_integer(&program, options, limits).expect("searched");
                (outcome.ending, meter.spent())
            })
        };
        let (ending, by_nodes) = limited(u64::MAX, Some(500));
        assert_eq!(ending, Ending::Stopped, "{by_nodes}");
        let (ending, by_work) = limited(5_000, None);
        assert_eq!(ending, Ending::Stopped, "{by_work}");
        assert!(
            5_000 <= by_work && by_work < by_nodes,
            "{by_work} of {by_nodes}"
        );
    }

    #[test]
    fn an_interrupt_ends_a_search() {
        let interrupt = Interrupt::new();
        interrupt.raise();
        let program = hard();
        let outcome = within(&interrupt, u64::MAX, |limits, _| {
            solve_integer(&program, PLAIN, limits)
        });
        assert_eq!(outcome.expect("searched").ending, Ending::Stopped);
    }

    #[test]
    fn a_start_is_never_lost() {
        let mut program = Program::with_rows(vec![Bounds::at_least(3.0)]);
        program.add_column(Variable::whole(5.0), [(0, 1.0)]);
        program.add_column(Variable::whole(7.0), [(0, 2.0)]);
        let options = IntegerOptions {
            start: Some(&[1.0, 1.0]),
            ..PLAIN
        };
        let outcome = within(&Never, 1, |limits, _| {
            solve_integer(&program, options, limits)
        });
        let point = outcome
            .expect("searched")
            .point
            .expect("the start at least");
        assert!(point.objective <= 12.0 + 1e-6);
    }
}
