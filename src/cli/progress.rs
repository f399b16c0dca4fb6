//! The search's progress: one line on a terminal's stderr, redrawn in place.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::optimize::listener::{Listener, Progress};

use super::diagnostics::Diagnostics;

/// How often the elapsed time is redrawn while the search is silent.
const REDRAW: Duration = Duration::from_millis(200);

/// Shows progress on stderr, or nothing when stderr is no terminal or the user wants quiet.
#[derive(Debug)]
pub struct TerminalProgress(Option<ProgressBar>);

/// Notes every report of the search on stderr, with `-v`; otherwise as the terminal has it.
#[derive(Debug)]
pub struct NotedProgress<'a> {
    /// Where the notes go.
    pub diagnostics: Diagnostics,
    /// What the terminal shows.
    pub terminal: &'a TerminalProgress,
    /// When the search began.
    pub started: Instant,
}

impl Listener for NotedProgress<'_> {
    fn progress(&self, progress: &Progress) {
        let seconds = self.started.elapsed().as_secs_f64();
        if self.diagnostics.verbose {
            self.diagnostics
                .note(&format!("{seconds:8.2} s  {}", line(progress)));
        } else {
            self.terminal.progress(progress);
        }
    }
}

impl TerminalProgress {
    /// Starts showing progress where it makes sense.
    pub fn start(diagnostics: Diagnostics) -> Self {
        if diagnostics.quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.enable_steady_tick(REDRAW);
        Self(Some(bar))
    }

    /// Removes the line.
    pub fn finish(&self) {
        if let Self(Some(bar)) = self {
            bar.finish_and_clear();
        }
    }
}

impl Listener for TerminalProgress {
    fn progress(&self, progress: &Progress) {
        if let Self(Some(bar)) = self {
            bar.set_message(line(progress));
        }
    }
}

/// One snapshot in fixed-width columns.
fn line(progress: &Progress) -> String {
    let cost = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    let gap = match (progress.bound, progress.incumbent) {
        (Some(bound), Some(incumbent)) if incumbent > 0.0 => {
            format!("{:.2} %", (incumbent - bound).max(0.0) / incumbent * 100.0)
        }
        _ => "-".to_owned(),
    };
    format!(
        "{:<18} {:>6} columns  master {:>12}  bound {:>12}  best {:>12}  gap {gap:>8}",
        progress.stage,
        progress.columns,
        cost(progress.master),
        cost(progress.bound),
        cost(progress.incumbent),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_yet_is_a_dash() {
        let mut progress = Progress {
            stage: "column generation",
            columns: 120,
            master: Some(1.25),
            bound: None,
            incumbent: Some(2.0),
            work: 7,
        };
        let unproven = line(&progress);
        assert!(
            unproven.ends_with("bound            -  best       2.0000  gap        -"),
            "{unproven}"
        );
        progress.bound = Some(1.0);
        let proven = line(&progress);
        assert!(proven.ends_with("gap  50.00 %"), "{proven}");
        assert_eq!(proven.len(), unproven.len());
    }
}
