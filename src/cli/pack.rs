//! `bayplan pack FILE...`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::domain::packing::{PackingProblem, PackingStatus};
use crate::io::{
    is_packing_file, packing_rows_json, packing_solution_json, read_packing_problem,
    write_packing_proof,
};
use crate::optimize::outcome::Ending;
use crate::optimize::stop::{Deadline, Either, Interrupt, Never, Stop};
use crate::planner::bare::{self, PackOptions, Packed};
use crate::report::packing;

use super::args::{fraction, seconds};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::output::Destination;
use super::progress::{NotedProgress, TerminalProgress};

/// Arguments of `pack`.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// Packing problems: JSON, or the text formats .vbp and .mvp; a folder stands for all of these in it, `-` for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Seconds for each problem; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Limits")]
    pub time_limit: Option<Duration>,
    /// Counted work for each problem, about microseconds of one core [default: by the size of the problem]
    #[arg(long, value_name = "UNITS", help_heading = "Limits")]
    pub work_limit: Option<u64>,
    /// Stop once a packing is proven within this fraction of the cheapest possible, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value = "0", value_parser = fraction, help_heading = "Limits")]
    pub gap: f64,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Limits")]
    pub seed: u64,
    /// Form of the result; one problem is shown in full, several as a table
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: PackFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write a proof of the bound, which `check --proof` and `scripts/check-proof` check without a solver; for one problem
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub proof: Option<PathBuf>,
}

/// Forms of packings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PackFormat {
    /// For a terminal
    Text,
    /// One document, or a list of documents for several problems
    Json,
    /// One row a problem
    Csv,
    /// A table with one row a problem
    Markdown,
}

/// Solves packing problems and prints the packings.
///
/// # Errors
/// When a file cannot be used (nothing is solved then), or a packing does not pass its own check.
pub fn run(args: &PackArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let files = files(&args.files)?;
    let is_single = files.len() == 1;
    if args.proof.is_some() && !is_single {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "--proof proves the bound of one problem, and {} are given",
                files.len()
            ),
        ));
    }
    let problems = read(&files)?;
    let proof_file = args.proof.clone().map(Destination::File);
    if let Some(file) = &proof_file {
        file.check()?;
    }
    let interrupt = interrupt::install(diagnostics);
    let progress = TerminalProgress::start(diagnostics);
    let mut rows: Vec<packing::Row> = Vec::with_capacity(problems.len());
    let mut proofs = Vec::new();
    for problem in problems {
        let packed = solve(&problem, args, interrupt, &progress, diagnostics)?;
        if let Some(proof) = packed.proof {
            proofs.push(proof);
        }
        rows.push((problem, packed.solution));
    }
    progress.finish();
    for (file, proof) in proof_file.iter().zip(proofs) {
        match proof {
            Ok(proof) => file.write(write_packing_proof(&proof).as_bytes())?,
            Err(why) => diagnostics.warning(&format!("no proof is written: {why}")),
        }
    }
    let result = render(&rows, args.format, is_single);
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    Ok(exit(&rows, interrupt.is_raised()))
}

/// The files that the arguments name, folders opened, each in the order of its names.
fn files(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if arguments
        .iter()
        .filter(|file| input::is_stdin(file))
        .count()
        > 1
    {
        return Err(Failure::new(Exit::Usage, "stdin can be read only once"));
    }
    let mut files = Vec::new();
    for argument in arguments {
        if !input::is_stdin(argument) && argument.is_dir() {
            let before = files.len();
            open_folder(argument, &mut files)?;
            if files.len() == before {
                return Err(Failure::input(format!(
                    "{} holds no .json, .vbp or .mvp file",
                    argument.display()
                )));
            }
        } else {
            files.push(argument.clone());
        }
    }
    Ok(files)
}

fn open_folder(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failure = |error| Failure::input(format!("cannot read {}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        // Links are not followed into folders: they could lead round in circles.
        let is_folder = entry.file_type().map_err(failure)?.is_dir();
        paths.push((entry.path(), is_folder));
    }
    paths.sort();
    for (path, is_folder) in paths {
        if is_folder {
            open_folder(&path, files)?;
        } else if is_packing_file(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// All problems, or everything that is wrong with any of them.
fn read(files: &[PathBuf]) -> Result<Vec<PackingProblem>, Failure> {
    let mut problems = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for file in files {
        match input::read_text(file) {
            Err(failure) => wrong.push(format!("error: {}", failure.message)),
            Ok(text) => match read_packing_problem(&text, &input::display_name(file)) {
                Ok(problem) => problems.push(problem),
                Err(findings) => wrong.push(findings.to_string()),
            },
        }
    }
    if wrong.is_empty() {
        Ok(problems)
    } else {
        Err(Failure::findings(wrong.join("\n")))
    }
}

/// Solves one problem; what an interrupt leaves unsolved is unknown.
fn solve(
    problem: &PackingProblem,
    args: &PackArgs,
    interrupt: &Interrupt,
    progress: &TerminalProgress,
    diagnostics: Diagnostics,
) -> Result<Packed, Failure> {
    let started = Instant::now();
    let deadline = args.time_limit.and_then(|limit| started.checked_add(limit));
    let clock: Box<dyn Stop> = match deadline {
        Some(deadline) => Box::new(Deadline(deadline)),
        None => Box::new(Never),
    };
    let options = PackOptions {
        gap: args.gap,
        work_limit: args.work_limit,
        seed: args.seed,
        proof: args.proof.is_some(),
    };
    let stop = Either(interrupt, clock.as_ref());
    let listener = NotedProgress {
        diagnostics,
        terminal: progress,
        started,
    };
    let mut packed = bare::pack(problem, &options, &stop, &listener)
        .map_err(|error| Failure::new(Exit::Bug, format!("{}: {error}", problem.name)))?;
    if !packed.violations.is_empty() {
        let message = format!(
            "the packing of {} does not pass the check and is withheld\n  {}",
            problem.name,
            packed.violations.join("\n  ")
        );
        return Err(Failure::new(Exit::Bug, message));
    }
    diagnostics.note(&format!("{}: {} work units", problem.name, packed.work));
    if let Some(Ending::SolverFailed(error)) = &packed.ending {
        diagnostics.warning(&format!(
            "{}: {error}; the packing is the best one found by then",
            problem.name
        ));
    }
    packed.solution.seconds = started.elapsed().as_secs_f64();
    Ok(packed)
}

fn render(rows: &[packing::Row], format: PackFormat, is_single: bool) -> String {
    match (format, rows) {
        (PackFormat::Text, [(problem, solution)]) if is_single => packing::text(problem, solution),
        (PackFormat::Json, [(problem, solution)]) if is_single => {
            packing_solution_json(problem, solution)
        }
        (PackFormat::Text, _) => packing::text_table(rows),
        (PackFormat::Json, _) => packing_rows_json(rows),
        (PackFormat::Csv, _) => packing::csv(rows),
        (PackFormat::Markdown, _) => packing::markdown(rows),
    }
}

/// The worst of the answers names the code; an interrupt outranks them.
fn exit(rows: &[packing::Row], interrupted: bool) -> Exit {
    let any = |status| rows.iter().any(|(_, solution)| solution.status == status);
    if interrupted {
        Exit::Interrupted
    } else if any(PackingStatus::Unknown) {
        Exit::LimitWithoutPlan
    } else if any(PackingStatus::Infeasible) {
        Exit::Infeasible
    } else {
        Exit::Done
    }
}
