//! Codes of findings in manifests and units. A code keeps its meaning for good; `docs/errors.md` explains each.

use crate::io::{Finding, Severity};

/// A line that is no unit.
pub(super) const LINE: &str = "F1001";
/// Two units of one id.
pub(super) const ID_TWICE: &str = "F1002";
/// Arguments that are none.
pub(super) const ARGS: &str = "F1003";
/// A flag that a unit may not have.
pub(super) const FLAG: &str = "F1004";
/// An input that a unit may not have.
pub(super) const INPUT: &str = "F1005";
/// A line that is no live cluster.
pub(super) const ACCOUNT: &str = "F1006";
/// A line of options that is none, or of no unit.
pub(super) const OPTIONS: &str = "F1007";
/// The input is not the one that was listed.
pub(super) const CHANGED: &str = "F1101";
/// An object of which the manifest does not say what it held.
pub(super) const UNHASHED: &str = "F1102";
/// An input that is no regular file.
pub(super) const NO_FILE: &str = "F1103";

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

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_is_documented_and_every_documented_code_exists() {
        let in_source: Vec<&str> = include_str!("codes.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub(super) const ")?.split('"').nth(1))
            .collect();
        let documented: Vec<&str> = include_str!("../../docs/errors.md")
            .lines()
            .filter_map(|line| line.strip_prefix("### ")?.split(' ').next())
            .filter(|code| code.starts_with('F'))
            .collect();
        assert_eq!(in_source, documented);
    }
}
