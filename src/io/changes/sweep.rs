//! Sweeps: `10..200 step 10`, a range of numbers written as one value.

use rust_decimal::Decimal;

use super::malformed;
use crate::io::cursor::exact_decimal;
use crate::io::findings::Finding;

/// Most values of one sweep.
const MOST_VALUES: usize = 10_000;

/// The values of a range, both ends included where the steps reach the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::io) struct Sweep(pub Vec<String>);

impl Sweep {
    /// `None` where the text is no range at all.
    pub(in crate::io) fn parse(path: &str, text: &str) -> Option<Result<Self, Box<Finding>>> {
        let (from, rest) = text.trim().split_once("..")?;
        let from = exact_decimal(from)?;
        let (to, step) = match rest.split_once("step") {
            Some((to, step)) => (to, step),
            None => (rest, "1"),
        };
        let place = format!("{path}={}", text.trim());
        let (Some(to), Some(step)) = (exact_decimal(to), exact_decimal(step)) else {
            return Some(Err(Box::new(malformed(
                &place,
                "a range is written `10..200 step 10`",
            ))));
        };
        Some(
            values(from, to, step)
                .map(Self)
                .map_err(|cause| Box::new(malformed(&place, cause))),
        )
    }
}

fn values(from: Decimal, to: Decimal, step: Decimal) -> Result<Vec<String>, String> {
    if step.is_zero() || (to < from) != step.is_sign_negative() && to != from {
        return Err(format!("steps of {step} do not lead from {from} to {to}"));
    }
    let mut values = Vec::new();
    let mut value = from;
    while if step.is_sign_negative() {
        value >= to
    } else {
        value <= to
    } {
        if values.len() == MOST_VALUES {
            return Err(format!("the range has more than {MOST_VALUES} values"));
        }
        values.push(value.normalize().to_string());
        value = (value.checked_add(step)).ok_or("the numbers of the range are too large")?;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_lead_nowhere_are_located_errors() {
        for text in [
            "10..200 step 0",
            "10..10 step 0",
            "10..200 step -1",
            "200..10 step 1",
        ] {
            let finding = Sweep::parse("api.desiredCount", text)
                .expect("a range")
                .expect_err("no way from one to the other");
            assert_eq!(finding.place, format!("api.desiredCount={text}"));
            assert!(
                finding.cause.contains("do not lead from"),
                "{}",
                finding.cause
            );
        }
    }
}
