//! What is wrong with an input file: all of it, with place, cause and remedy.

use std::fmt;

use crate::domain::text::visible;

/// Whether a finding stops the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input is used; the reader should know.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing wrong with an input. Quotes at most the field it is about, never environment values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Code such as `E1402`, explained in `docs/errors.md`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Path in the document such as `services[3].placementConstraints[0].expression`, or a flag.
    pub place: String,
    /// Line, from 1, where known.
    pub line: Option<usize>,
    /// Column in characters, from 1, where known.
    pub column: Option<usize>,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}[{}] {}", self.severity, self.code, self.place)?;
        writeln!(f, "  cause: {}", self.cause)?;
        write!(f, "  remedy: {}", self.remedy)
    }
}

/// Everything that is wrong with one input file, in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// File name as given.
    pub file: String,
    /// The findings; what has no line (flags) comes last.
    pub findings: Vec<Finding>,
}

impl Findings {
    /// Puts findings into the order of the document.
    #[must_use]
    pub fn new(file: &str, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| {
            (
                finding.line.unwrap_or(usize::MAX),
                finding.column.unwrap_or(usize::MAX),
            )
        });
        Self {
            file: file.to_owned(),
            findings,
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A finding begins a line, so the file's name must not.
        let file = visible(&self.file);
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match (finding.line, finding.column) {
                (Some(line), Some(column)) => write!(f, "{file}:{line}:{column}: ")?,
                (Some(line), None) => write!(f, "{file}:{line}: ")?,
                // What a flag says is in no file.
                _ if finding.place.starts_with("--") => {}
                _ => write!(f, "{file}: ")?,
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
