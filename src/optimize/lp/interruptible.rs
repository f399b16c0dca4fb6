//! Integer programs that end when the budget does: HiGHS asks back now and then.

#![allow(
    unsafe_code,
    reason = "the crate has no safe call for HiGHS's callbacks"
)]

use std::ffi::{c_char, c_int, c_void};

use highs::{Model, SolvedModel};

use super::LpError;
use crate::optimize::stop::Budget;

/// What the callback needs to know; lives on the stack of [`solve_within`] while HiGHS runs.
struct Asked<'a> {
    budget: Budget<'a>,
    work_per_iteration: u64,
}

/// Solves a model until the budget is over, each simplex iteration counted with so many work units. The work is
/// spent on the meter at the end; HiGHS counts its iterations, so that the end does not depend on a clock where
/// the budget has none.
///
/// # Errors
/// When HiGHS refuses the model.
pub fn solve_within(
    mut model: Model,
    work_per_iteration: u64,
    budget: Budget<'_>,
) -> Result<SolvedModel, LpError> {
    let asked = Asked {
        budget,
        work_per_iteration,
    };
    let data = std::ptr::from_ref(&asked).cast_mut().cast::<c_void>();
    // SAFETY: the pointer is the live model's own; `asked` outlives the solve below, after which HiGHS no longer
    // calls back because the model is not solved again with this callback (it is stopped at once).
    unsafe {
        highs_sys::Highs_setCallback(model.as_mut_ptr(), Some(ask), data);
        highs_sys::Highs_startCallback(model.as_mut_ptr(), highs_sys::kHighsCallbackMipInterrupt);
    }
    let mut solved = model
        .try_solve()
        .map_err(|status| LpError::Solver(format!("the integer program failed ({status:?})")))?;
    // SAFETY: as above; the callback ends before `asked` does.
    unsafe {
        highs_sys::Highs_stopCallback(solved.as_mut_ptr(), highs_sys::kHighsCallbackMipInterrupt);
    }
    let iterations = solved
        .int_info_value(c"simplex_iteration_count")
        .unwrap_or(0);
    let iterations = u64::try_from(iterations).unwrap_or(0);
    budget
        .work
        .spend(1_000 + iterations.saturating_mul(work_per_iteration));
    Ok(solved)
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
        let iterations = u64::try_from((*out).mip_total_lp_iterations).unwrap_or(0);
        let spent = iterations.saturating_mul(asked.work_per_iteration);
        if asked.budget.is_over() || spent >= asked.budget.left() {
            (*answer).user_interrupt = 1;
        }
    }
}
