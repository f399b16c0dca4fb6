//! What is wrong in catalogue files: every finding at once, each with its place, cause and remedy.

use std::fmt;

use thiserror::Error;

/// A catalogue file cannot be read, or is not UTF-8 text.
pub const UNREADABLE: &str = "C1001";
/// A column that the kind of file needs is missing or named twice.
pub const COLUMNS: &str = "C1002";
/// A row does not have as many cells as the heading.
pub const ROW_SHAPE: &str = "C1003";
/// A cell does not hold a value of its kind.
pub const VALUE: &str = "C1004";
/// A number is outside the range that makes sense.
pub const RANGE: &str = "C1005";
/// Two rows speak of the same thing.
pub const DUPLICATE: &str = "C1006";
/// A cell that must be filled is empty.
pub const EMPTY: &str = "C1007";
/// Nothing has a price in the Region.
pub const NO_PRICES: &str = "C1008";

/// One thing wrong in a catalogue file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueFinding {
    /// Stable code, `C1001` and so on.
    pub code: &'static str,
    /// The file as it was named.
    pub file: String,
    /// Line in the file, from 1; `None` when the whole file is meant.
    pub line: Option<u64>,
    /// Column heading; `None` when the whole row or file is meant.
    pub column: Option<String>,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for CatalogueFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}; {}", self.cause, self.remedy)
    }
}

/// Everything that is wrong in the catalogue files given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct CatalogueError {
    /// At least one finding, in the order of files and lines.
    pub findings: Vec<CatalogueFinding>,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_is_documented_and_every_documented_code_exists() {
        let in_source: Vec<&str> = include_str!("finding.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1))
            .collect();
        let documented: Vec<&str> = include_str!("../../docs/errors.md")
            .lines()
            .filter_map(|line| line.strip_prefix("### ")?.split(' ').next())
            .filter(|code| code.starts_with('C'))
            .collect();
        assert!(in_source.len() >= 8);
        assert_eq!(in_source, documented);
    }
}
