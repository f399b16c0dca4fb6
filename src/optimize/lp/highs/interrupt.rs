//! Solves that end when the budget does: HiGHS asks back now and then.

#![allow(
    unsafe_code,
    reason = "the crate has no safe call for HiGHS's callbacks"
)]

use std::ffi::{c_char, c_int, c_void};

use highs::{Model, SolvedModel};

use super::failure;
use crate::optimize::lp::outcome::Limits;
use crate::optimize::lp::solver::LpError;

/// What is solved: HiGHS asks and counts in different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A linear program.
    Linear,
    /// An integer program.
    Integer,
}

impl Kind {
    const fn callback(self) -> c_int {
        match self {
            Self::Linear => highs_sys::kHighsCallbackSimplexInterrupt,
            Self::Integer => highs_sys::kHighsCallbackMipInterrupt,
        }
    }
}

/// What the callback needs to know; lives on the stack of [`solve_within`] while HiGHS runs.
struct Asked<'a> {
    limits: Limits<'a>,
    kind: Kind,
    /// Work units that the solve may take: what is left before it. Others that spend from the same meter meanwhile
    /// must not decide where it ends.
    allowed: u64,
}

/// Solves a model until the budget is over, and spends what it took; returns its simplex iterations too.
///
/// # Errors
/// When HiGHS refuses the model or fails.
pub fn solve_within(
    mut model: Model,
    kind: Kind,
    limits: Limits<'_>,
) -> Result<(SolvedModel, u64), LpError> {
    let asked = Asked {
        limits,
        kind,
        allowed: limits.budget.left(),
    };
    let data = std::ptr::from_ref(&asked).cast_mut().cast::<c_void>();
    // SAFETY: the pointer is the live model's own; `asked` outlives the solve below, after which HiGHS no longer
    // calls back because the model is not solved again with this callback (it is stopped at once).
    unsafe {
        highs_sys::Highs_setCallback(model.as_mut_ptr(), Some(ask), data);
        highs_sys::Highs_startCallback(model.as_mut_ptr(), kind.callback());
    }
    let mut solved = model
        .try_solve()
        .map_err(|status| failure("solve", status))?;
    // SAFETY: as above; the callback ends before `asked` does.
    unsafe {
        highs_sys::Highs_stopCallback(solved.as_mut_ptr(), kind.callback());
    }
    let iterations = solved
        .int_info_value(c"simplex_iteration_count")
        .map_err(|status| failure("count its iterations", status))?;
    // HiGHS says −1 where it had nothing to iterate.
    let iterations = u64::try_from(iterations).unwrap_or(0);
    let units = iterations.saturating_mul(limits.work_per_iteration);
    limits
        .budget
        .work
        .spend(limits.work_per_solve.saturating_add(units));
    Ok((solved, iterations))
}

/// Tells HiGHS to end once the budget is over.
unsafe extern "C" fn ask(
    _kind: c_int,
    _message: *const c_char,
    out: *const highs_sys::HighsCallbackDataOut,
    answer: *mut highs_sys::HighsCallbackDataIn,
    data: *mut c_void,
) {
    // SAFETY: HiGHS hands over valid data, and `data` is the `Asked` of the solve under way.
    unsafe {
        if out.is_null() || answer.is_null() || data.is_null() {
            return;
        }
        let asked = &*data.cast::<Asked<'_>>();
        let iterations = match asked.kind {
            Kind::Linear => i64::from((*out).simplex_iteration_count),
            Kind::Integer => (*out).mip_total_lp_iterations,
        };
        let iterations = u64::try_from(iterations).unwrap_or(0);
        let spent = iterations.saturating_mul(asked.limits.work_per_iteration);
        if asked.limits.budget.is_stopped() || spent >= asked.allowed {
            (*answer).user_interrupt = 1;
        }
    }
}
