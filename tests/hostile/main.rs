//! Hostile input: a thousand small files, each with a few faults, through the commands as a user would give them. No
//! panic, no exit code that the contract does not know, and every input that is refused is refused with file, code,
//! place, cause and remedy.

mod bases;
mod mutations;

use std::ffi::OsString;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bayplan::cli::exit::{Exit, Failure};
use bayplan::cli::run;
use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

use bases::{Given, Kind};

/// Inputs of an ordinary run; `HOSTILE_SEEDS=1000..200000` names those of a long one.
const SEEDS: Range<u64> = 0..1_000;

/// The seeds to run, by `HOSTILE_SEEDS` where that is set.
fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("HOSTILE_SEEDS") else {
        return SEEDS;
    };
    let ends = asked.split_once("..");
    let ends = ends.and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    ends.expect("HOSTILE_SEEDS is two numbers, such as 1000..200000")
}

/// What a command may end with when only its files are odd. A command line that is right is no usage error, and nobody
/// interrupts.
const EXPECTED: [Exit; 5] = [
    Exit::Done,
    Exit::Infeasible,
    Exit::LimitWithoutPlan,
    Exit::ViolationsFound,
    Exit::InvalidInput,
];

#[test]
fn no_odd_file_makes_a_command_panic_or_end_without_saying_where() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let given = bases::given(folder.path());
    let mut wrong = Vec::new();
    let mut refused = 0;
    let seeds = seeds();
    let inputs = seeds.end.saturating_sub(seeds.start);
    for seed in seeds {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let kind = Kind::ALL[usize::try_from(seed).expect("small") % Kind::ALL.len()];
        let text = mutations::odd(kind.text(&given), &mut random);
        let file = folder.path().join(kind.file());
        std::fs::write(&file, &text).expect("a writable temporary folder");
        let arguments = kind.arguments(folder.path(), &mut random);
        let ended = catch_unwind(AssertUnwindSafe(|| run::within(words(&arguments))));
        let fault = match &ended {
            Err(_) => Some("a panic".to_owned()),
            Ok(ended) => fault(ended, kind, &file),
        };
        if let Some(fault) = fault {
            let shown = String::from_utf8_lossy(&text);
            wrong.push(format!("seed {seed}, {arguments:?}: {fault}\n{shown}\n"));
        }
        refused += u64::from(matches!(ended, Ok(Err(_))));
    }
    assert!(
        wrong.is_empty(),
        "{} of {inputs}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Else the mutations would have become harmless, or beyond any reading.
    assert!(
        (inputs / 4..inputs * 9 / 10).contains(&refused),
        "{refused} refused"
    );
}

fn words(arguments: &[String]) -> Vec<OsString> {
    (["bayplan", "--quiet"].into_iter().map(OsString::from))
        .chain(arguments.iter().map(OsString::from))
        .collect()
}

/// What is wrong with how a command ended.
fn fault(ended: &Result<Exit, Failure>, kind: Kind, file: &Path) -> Option<String> {
    let exit = ended
        .as_ref()
        .map_or_else(|failure| failure.exit, |exit| *exit);
    if !EXPECTED.contains(&exit) {
        let message = ended.as_ref().err().map(|failure| failure.message.as_str());
        return Some(format!(
            "ended with {exit:?}: {}",
            message.unwrap_or_default()
        ));
    }
    let failure = ended.as_ref().err()?;
    if failure.exit != Exit::InvalidInput {
        return None;
    }
    let names_the_file = failure.message.contains(&*file.to_string_lossy());
    // What cannot be read at all has no place within.
    let is_located = !failure.message.contains("error[")
        || (failure.message.contains("  cause: ") && failure.message.contains("  remedy: "));
    // Files that fit each other no more are told by either.
    let says_which = names_the_file || kind.goes_with_another();
    (!is_located || !says_which).then(|| format!("not located: {}", failure.message))
}

#[test]
fn files_without_faults_are_not_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let given: Given = bases::given(folder.path());
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    for kind in Kind::ALL {
        std::fs::write(folder.path().join(kind.file()), kind.text(&given)).expect("written");
        for _ in 0..8 {
            let arguments = kind.arguments(folder.path(), &mut random);
            let ended = run::within(words(&arguments));
            assert!(matches!(ended, Ok(Exit::Done)), "{arguments:?}: {ended:?}");
        }
    }
}
