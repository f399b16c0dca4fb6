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
    /// One JSON object a line, for programs that gather logs.
    pub json: bool,
}

impl Diagnostics {
    /// Why the command failed; said even when quiet.
    pub fn failure(self, failure: &Failure) {
        if failure.is_labelled && self.json {
            self.say("error", AnsiColor::Red, &failure.message);
        } else if failure.is_labelled {
            write_line(&printable(&failure.message));
        } else {
            self.error(&failure.message);
        }
    }

    /// What went wrong; said even when quiet.
    pub fn error(self, message: &str) {
        self.say("error", AnsiColor::Red, message);
    }

    /// A remark on an input file that says itself what it is.
    pub fn finding(self, finding: &str) {
        if self.json && !self.quiet {
            self.say("warning", AnsiColor::Yellow, finding);
        } else if !self.quiet {
            write_line(&printable(finding));
        }
    }

    /// Something that does not stop the command but shapes its result.
    pub fn warning(self, message: &str) {
        if !self.quiet {
            self.say("warning", AnsiColor::Yellow, message);
        }
    }

    /// Background, said with `-v`.
    pub fn note(self, message: &str) {
        if self.verbose {
            self.say("note", AnsiColor::Cyan, message);
        }
    }

    fn say(self, label: &str, color: AnsiColor, message: &str) {
        if self.json {
            write_line(&json_line(label, message, jiff::Timestamp::now()));
            return;
        }
        let style = Style::new().bold().fg_color(Some(color.into()));
        write_line(&format!("{style}{label}{style:#}: {}", printable(message)));
    }
}

/// A message as one line of JSON, whose strings escape what would move a terminal.
fn json_line(level: &str, message: &str, at: jiff::Timestamp) -> String {
    let line = serde_json::json!({
        "time": at.to_string(),
        "level": level,
        "message": printable(message),
    });
    line.to_string()
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
    fn a_line_of_a_log_is_one_object() {
        let at = "2026-11-29T01:02:03Z".parse().expect("a time");
        assert_eq!(
            json_line("warning", "a \"b\"\nc\n", at),
            r#"{"time":"2026-11-29T01:02:03Z","level":"warning","message":"a \"b\"\nc"}"#
        );
    }

    #[test]
    fn escapes_of_a_file_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\nb\n"), "a⟨U+001B⟩[2J\nb");
    }
}
