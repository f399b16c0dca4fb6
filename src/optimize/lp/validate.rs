//! What a solver returns is looked at before it is believed.
//!
//! A point counts as one when it has a finite value for every column, columns and rows lie within their bounds, whole
//! variables are whole, and the objective is that of the columns, each within `TOLERANCE` of the sum of the absolute
//! terms. How a search says that it ended must agree with its point and its bound. Duals need no more than to be
//! finite: what is proven with them is computed anew from the problem. What does not pass is an error of the solver
//! and no solution. Model: the validators of solver results in `MathOpt` of OR-Tools.

use super::outcome::{Ending, IntegerOutcome};
use super::program::{Bounds, Program};
use super::solver::LpError;

/// Tolerance, over the sum of the absolute terms of a row: ten times what HiGHS allows itself on scaled rows.
const TOLERANCE: f64 = 1e-5;

/// A point and its objective.
///
/// # Errors
/// [`LpError::Unbelievable`] where it is none of the program.
pub fn point(program: &Program, values: &[f64], objective: f64) -> Result<(), LpError> {
    finite("column value", values, program.variables().len())?;
    let mut activity = vec![(0.0, 1.0); program.rows().len()];
    let mut cost = (0.0, 1.0);
    for (position, ((variable, coefficients), &value)) in program.columns().zip(values).enumerate()
    {
        let bounds = Bounds {
            lower: 0.0,
            upper: variable.upper,
        };
        if is_outside((value, 1.0 + value.abs()), bounds) {
            return unbelievable(format!("{value} for column {position}, out of its bounds"));
        }
        if variable.is_whole && (value - value.round()).abs() > TOLERANCE {
            return unbelievable(format!("{value} for column {position}, which is whole"));
        }
        add(&mut cost, variable.cost * value);
        for &(row, coefficient) in coefficients {
            add(&mut activity[row], coefficient * value);
        }
    }
    for (row, (&activity, &bounds)) in activity.iter().zip(program.rows()).enumerate() {
        if is_outside(activity, bounds) {
            return unbelievable(format!(
                "columns that bring row {row} to {}, out of {} to {}",
                activity.0, bounds.lower, bounds.upper
            ));
        }
    }
    if is_outside(cost, Bounds::exactly(objective)) {
        return unbelievable(format!(
            "an objective of {objective} for columns that cost {}",
            cost.0
        ));
    }
    Ok(())
}

/// The duals of a program's rows.
///
/// # Errors
/// [`LpError::Unbelievable`] where they are not as many as there are rows, or not finite.
pub fn duals(program: &Program, duals: &[f64]) -> Result<(), LpError> {
    finite("dual", duals, program.rows().len())
}

/// The outcome of an integer program that was begun at `start`.
///
/// # Errors
/// [`LpError::Unbelievable`] where its point is none, or ending, point and bound contradict each other.
pub fn integer(
    program: &Program,
    outcome: &IntegerOutcome,
    start: Option<&[f64]>,
) -> Result<(), LpError> {
    if let Some(found) = &outcome.point {
        point(program, &found.values, found.objective)?;
    }
    let objective = outcome.point.as_ref().map(|found| found.objective);
    match (outcome.ending, objective) {
        (Ending::Optimal, None) => return unbelievable("an optimum without a point".to_owned()),
        (Ending::Infeasible, Some(_)) => {
            return unbelievable("a point of a program without any".to_owned());
        }
        (Ending::Infeasible, None) if start.is_some_and(|start| satisfies(program, start)) => {
            return unbelievable("that there is no point, for a program with one".to_owned());
        }
        _ => {}
    }
    if let (Some(bound), Some(objective)) = (outcome.bound, objective)
        && bound > objective + TOLERANCE * (1.0 + objective.abs())
    {
        return unbelievable(format!(
            "a bound of {bound} above a point that costs {objective}"
        ));
    }
    Ok(())
}

/// Whether these values are a point of the program.
fn satisfies(program: &Program, values: &[f64]) -> bool {
    let costs = program.variables().iter().map(|variable| variable.cost);
    let objective = costs.zip(values).map(|(cost, value)| cost * value).sum();
    point(program, values, objective).is_ok()
}

/// So many numbers, and nothing but finite ones.
fn finite(what: &str, values: &[f64], expected: usize) -> Result<(), LpError> {
    if values.len() != expected {
        return unbelievable(format!("{} {what}s in place of {expected}", values.len()));
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => unbelievable(format!("{} as {what} {place}", values[place])),
        None => Ok(()),
    }
}

const fn unbelievable(what: String) -> Result<(), LpError> {
    Err(LpError::Unbelievable(what))
}

/// Adds a term to a sum and to the sum of absolute terms.
fn add((sum, size): &mut (f64, f64), term: f64) {
    *sum += term;
    *size += term.abs();
}

/// Whether a sum lies out of its bounds by more than the tolerance for a sum of that size.
fn is_outside((sum, size): (f64, f64), Bounds { lower, upper }: Bounds) -> bool {
    let finite = |bound: f64| if bound.is_finite() { bound.abs() } else { 0.0 };
    let room = TOLERANCE * size.max(finite(lower)).max(finite(upper));
    sum < lower - room || sum > upper + room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::lp::outcome::Point;
    use crate::optimize::lp::program::Variable;

    /// min 3x + y, 2x + y >= 4, x <= 10 whole, y <= 1.
    fn program() -> Program {
        let mut program = Program::with_rows(vec![Bounds::at_least(4.0)]);
        program.add_column(Variable::whole(3.0).at_most(10.0), [(0, 2.0)]);
        program.add_column(Variable::continuous(1.0).at_most(1.0), [(0, 1.0)]);
        program
    }

    fn said(values: &[f64], objective: f64) -> String {
        point(&program(), values, objective)
            .err()
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn a_point_is_believed_up_to_rounding() {
        assert_eq!(said(&[2.0, 0.0], 6.0), "");
        assert_eq!(said(&[2.0 + 1e-9, 1e-9], 6.0), "");
        assert_eq!(said(&[2.0, -1e-9], 6.0), "");
    }

    #[test]
    fn what_is_no_point_is_an_error_that_says_why() {
        let cases: [(&[f64], f64, &str); 8] = [
            (&[2.0], 6.0, "1 column values in place of 2"),
            (&[f64::NAN, 0.0], 6.0, "NaN as column value 0"),
            (&[2.0, f64::INFINITY], 6.0, "inf as column value 1"),
            (&[11.0, 0.0], 33.0, "11 for column 0, out of its bounds"),
            (&[2.0, -0.1], 5.9, "-0.1 for column 1, out of its bounds"),
            (&[1.5, 1.0], 5.5, "1.5 for column 0, which is whole"),
            (&[1.0, 1.0], 4.0, "row 0 to 3, out of 4 to inf"),
            (
                &[2.0, 0.0],
                5.0,
                "an objective of 5 for columns that cost 6",
            ),
        ];
        for (values, objective, expected) in cases {
            let said = said(values, objective);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn duals_are_as_many_as_rows_and_finite() {
        let said = |given: &[f64]| duals(&program(), given).unwrap_err().to_string();
        assert!(duals(&program(), &[1.5]).is_ok());
        assert!(said(&[1.5, 0.0]).contains("2 duals in place of 1"));
        assert!(said(&[f64::INFINITY]).contains("inf as dual 0"));
    }

    #[test]
    fn ending_point_and_bound_of_a_search_must_agree() {
        let best = || Point {
            values: vec![2.0, 0.0],
            objective: 6.0,
        };
        let verdict = |ending, point, bound| {
            let outcome = IntegerOutcome {
                ending,
                point,
                bound,
            };
            integer(&program(), &outcome, Some(&[3.0, 0.0]))
                .err()
                .map_or_else(String::new, |error| error.to_string())
        };
        assert_eq!(verdict(Ending::Optimal, Some(best()), Some(6.0)), "");
        assert_eq!(verdict(Ending::Stopped, Some(best()), Some(5.0)), "");
        assert_eq!(verdict(Ending::Stopped, None, None), "");
        let cases = [
            (Ending::Optimal, None, None, "an optimum without a point"),
            (
                Ending::Infeasible,
                Some(best()),
                None,
                "a point of a program without any",
            ),
            (
                Ending::Infeasible,
                None,
                None,
                "that there is no point, for a program with one",
            ),
            (
                Ending::Stopped,
                Some(best()),
                Some(6.5),
                "a bound of 6.5 above a point that costs 6",
            ),
        ];
        for (ending, point, bound, expected) in cases {
            let said = verdict(ending, point, bound);
            assert!(said.contains(expected), "{said}");
        }
    }
}
