//! Why a plan cannot be exported.

use std::fmt;

/// One reason; the codes are explained in `docs/errors.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFinding {
    /// Code such as `X01`.
    pub code: &'static str,
    /// Path in the plan.
    pub place: String,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// All reasons, in the order of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFindings(pub Vec<ExportFinding>);

impl fmt::Display for ExportFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            writeln!(f, "error[{}] {}", finding.code, finding.place)?;
            writeln!(f, "  cause: {}", finding.cause)?;
            write!(f, "  remedy: {}", finding.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for ExportFindings {}

pub(super) const UNKNOWN_TYPE: &str = "X01";
pub(super) const NO_IMAGE: &str = "X02";
pub(super) const MIXED_IMAGES: &str = "X03";
pub(super) const TOO_MANY_TYPES: &str = "X04";
pub(super) const TOO_MANY_PROVIDERS: &str = "X05";
pub(super) const MIXED_STRATEGY: &str = "X06";
pub(super) const UNKNOWN_PROVIDER: &str = "X07";
pub(super) const PLACEMENT: &str = "X08";
pub(super) const NO_WEIGHT: &str = "X09";
pub(super) const NOTHING: &str = "X10";
pub(super) const MANAGED_SCALING: &str = "X11";
pub(super) const CONSTRAINT: &str = "X12";
pub(super) const SIZES: &str = "X13";
pub(super) const SAME_NAME: &str = "X14";
pub(super) const NO_PURCHASE_OPTION: &str = "X15";
pub(super) const MANAGED_INSTANCES: &str = "X16";

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_is_documented() {
        let source = include_str!("finding.rs");
        let codes = (source.lines())
            .filter(|line| line.starts_with("pub(super) const"))
            .filter_map(|line| line.split('"').nth(1));
        let documented = include_str!("../../docs/errors.md");
        for code in codes {
            assert!(documented.contains(&format!("### {code} ")), "{code}");
        }
    }
}
