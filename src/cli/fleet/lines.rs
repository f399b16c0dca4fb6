//! Command lines of units: whether a command takes them, and which files they name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, CommandFactory as _};

use crate::cli::command::Cli;
use crate::cli::exit::{Exit, Failure};
use crate::cli::switches;
use crate::fleet::{UnitArgs, sha256_of};

/// Arguments that name no file that shapes a result.
const NOT_NAMED: [&str; 2] = ["file", "cluster"];

/// What is known of command lines, each of which is looked at once: thousands of units may have the same, or each its own.
pub(super) struct Lines {
    command: RefCell<clap::Command>,
    /// By a digest of the words: a document among them may be long.
    known: RefCell<HashMap<String, Known>>,
}

/// The files that a line names, or what is wrong with it.
type Known = Result<Vec<PathBuf>, String>;

impl Default for Lines {
    fn default() -> Self {
        Self {
            command: RefCell::new(Cli::command()),
            known: RefCell::default(),
        }
    }
}

impl Lines {
    /// The arguments of a unit's command, with a file that is no one's.
    pub(super) fn matches(&self, args: &UnitArgs) -> Result<ArgMatches, clap::Error> {
        (self.command.borrow_mut()).try_get_matches_from_mut(command_line(args))
    }

    /// Refuses flags that no unit may have, or that the command does not have.
    pub(super) fn check(&self, args: &UnitArgs) -> Result<(), Failure> {
        let refused = args.refused(0);
        if !refused.is_empty() {
            let causes: Vec<String> = (refused.into_iter()).map(|finding| finding.cause).collect();
            return Err(Failure::new(Exit::Usage, causes.join("\n")));
        }
        match self.matches(args) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure {
                is_labelled: true,
                ..Failure::new(Exit::Usage, error.to_string())
            }),
        }
    }

    /// What is wrong with a command line.
    pub(super) fn why_not(&self, args: &UnitArgs) -> Option<String> {
        self.known(args).err()
    }

    /// The files and folders that a unit's flags name, those of the environment among them, in the order of the flags' names. A command
    /// line that is wrong names none: its result says what is wrong.
    pub(super) fn files(&self, args: &UnitArgs) -> Vec<PathBuf> {
        self.known(args).unwrap_or_default()
    }

    fn known(&self, args: &UnitArgs) -> Known {
        let words = (args.command.word(), &args.words);
        let digest = sha256_of(format!("{words:?}").as_bytes());
        if let Some(known) = self.known.borrow().get(&digest) {
            return known.clone();
        }
        let known = match self.matches(args) {
            Ok(matches) => Ok(files(&matches, args)),
            Err(error) => Err(cause(&error)),
        };
        self.known.borrow_mut().insert(digest, known.clone());
        known
    }
}

fn command_line(args: &UnitArgs) -> Vec<OsString> {
    let words = ["bayplan", args.command.word()].into_iter();
    let words = words.chain(args.words.iter().map(String::as_str));
    let words = words.chain(["--format", "json", "--", "cluster.json"]);
    switches::with_values(words.map(OsString::from))
}

fn files(matches: &ArgMatches, args: &UnitArgs) -> Vec<PathBuf> {
    let Some((_, matches)) = matches.subcommand() else {
        return Vec::new();
    };
    let is_document = |file: &PathBuf| args.documents().any(|text| file.as_os_str() == text);
    (matches.ids())
        .map(clap::Id::as_str)
        .filter(|id| !NOT_NAMED.contains(id))
        .filter_map(|id| matches.try_get_many::<PathBuf>(id).ok().flatten())
        .flatten()
        .filter(|file| !is_document(file))
        .cloned()
        .collect()
}

/// What the parser says first, on one line; after it come its hints and the usage.
fn cause(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let cause = words.join(" ");
    cause.strip_prefix("error: ").unwrap_or(&cause).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_shapes_a_result_is_named() {
        let words = |text: &str| UnitArgs::of_words(text.split(' ').map(str::to_owned).collect());
        let named = |text: &str| {
            let mut files = Lines::default().files(&words(text));
            files.sort();
            files
        };
        let expected =
            |text: &str| -> Vec<PathBuf> { text.split(' ').map(PathBuf::from).collect() };
        assert_eq!(
            named("plan --warm-start w.json --spot-prices s.csv --catalogue dir"),
            expected("dir s.csv w.json")
        );
        assert_eq!(
            named("what-if --scenarios a.yaml --scenarios b.yaml"),
            expected("a.yaml b.yaml")
        );
        assert_eq!(
            named("rightsize --metrics m.csv --mapping map.json"),
            expected("m.csv map.json")
        );
        assert_eq!(named("plan --no-such-flag w.json"), Vec::<PathBuf>::new());
        // What stands in the manifest is in its key as it is.
        let document = "what-if --scenarios={\"version\":1} --scenarios b.yaml";
        assert_eq!(named(document), expected("b.yaml"));
    }

    #[test]
    fn wrong_flags_are_seen_when_units_are_listed() {
        let check = |text: &str| {
            Lines::default().check(&UnitArgs::of_words(
                text.split(' ').map(str::to_owned).collect(),
            ))
        };
        assert_eq!(check("plan --ideal --eni-trunking false"), Ok(()));
        for text in ["plan --no-such-flag", "--time-limit 5", "plan --output x"] {
            assert_eq!(
                check(text).expect_err("refused").exit,
                Exit::Usage,
                "{text}"
            );
        }
    }
}
