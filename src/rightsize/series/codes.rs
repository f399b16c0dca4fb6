//! Codes of findings in metric files. A code keeps its meaning for good; `docs/errors.md` explains each.

use crate::io::{Finding, Severity};

/// Not CSV, not Parquet and no answer of Prometheus.
pub(super) const FORM: &str = "M1001";
/// A column is missing, unknown or there twice.
pub(super) const HEADING: &str = "M1002";
/// A cell that is not what its column holds.
pub(super) const VALUE: &str = "M1003";
/// A timestamp that is none.
pub(super) const TIMESTAMP: &str = "M1004";
/// The same period of the same service twice.
pub(super) const TWICE: &str = "M1005";
/// The mapping of columns to queries.
pub(super) const MAPPING: &str = "M1006";
/// A column that is not read.
pub(super) const PASSED_OVER: &str = "M2001";
/// A few rows long after all others.
pub(super) const ALONE: &str = "M2002";
/// A mean above the largest value.
pub(super) const MEANS: &str = "M2003";

pub(super) fn error(
    code: &'static str,
    place: &str,
    line: Option<usize>,
    cause: impl Into<String>,
    remedy: &str,
) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        place: place.to_owned(),
        line,
        column: None,
        cause: cause.into(),
        remedy: remedy.to_owned(),
    }
}

pub(super) fn warning(code: &'static str, place: &str, cause: String, remedy: &str) -> Finding {
    Finding {
        severity: Severity::Warning,
        ..error(code, place, None, cause, remedy)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_is_documented_and_every_documented_code_exists() {
        let in_source: Vec<&str> = include_str!("codes.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub(super) const ")?.split('"').nth(1))
            .collect();
        let documented: Vec<&str> = include_str!("../../../docs/errors.md")
            .lines()
            .filter_map(|line| line.strip_prefix("### ")?.split(' ').next())
            .filter(|code| code.starts_with('M'))
            .collect();
        assert_eq!(in_source, documented);
    }
}
