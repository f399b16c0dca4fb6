//! What the command says on stderr besides its result.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::domain::text::visible_lines;

use super::exit::Failure;

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct Diagnostics {
    /// Errors only.
    pub quiet: bool,
    /// Notes too.
    pub verbose: bool,
}

impl Diagnostics {
    /// Why the command failed; said even when quiet.
    pub fn failure(self, failure: &Failure) {
        if failure.is_labelled {
            write_line(&printable(&failure.message));
        } else {
            self.error(&failure.message);
        }
    }

    /// What went wrong; said even when quiet.
    pub fn error(self, message: &str) {
        say("error", AnsiColor::Red, message);
    }

    /// A remark on an input file that says itself what it is.
    pub fn finding(self, finding: &str) {
        if !self.quiet {
            write_line(&printable(finding));
        }
    }

    /// Something that does not stop the command but shapes its result.
    pub fn warning(self, message: &str) {
        if !self.quiet {
            say("warning", AnsiColor::Yellow, message);
        }
    }

    /// Background, said with `-v`.
    pub fn note(self, message: &str) {
        if self.verbose {
            say("note", AnsiColor::Cyan, message);
        }
    }
}

fn say(label: &str, color: AnsiColor, message: &str) {
    let style = Style::new().bold().fg_color(Some(color.into()));
    write_line(&format!("{style}{label}{style:#}: {}", printable(message)));
}

/// A closed stderr leaves nobody to tell, so a failure to write is ignored.
fn write_line(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Messages quote what files say.
fn printable(message: &str) -> String {
    visible_lines(message.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_file_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\nb\n"), "a⟨U+001B⟩[2J\nb");
    }
}
