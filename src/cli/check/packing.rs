//! `bayplan check PROBLEM --proof FILE`.

use std::path::Path;

use serde_json::{Value, json};

use crate::check::{ProofFault, check_packing_proof};
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::cli::output::Destination;
use crate::domain::packing::{PackingProblem, PackingProof};
use crate::io::{read_packing_problem, read_packing_proof};

use super::{CheckArgs, CheckFormat, counted, refused};

/// Checks the proof of a packing problem's bound, and says what is wrong.
///
/// # Errors
/// When a file cannot be used, a plan is given as well, or the result cannot be written.
pub(super) fn run(args: &CheckArgs, text: &str, file: &Path) -> Result<Exit, Failure> {
    if args.plan.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "the proof is of a packing problem, which has no plan; give the problem alone",
        ));
    }
    let (problem, proof) = read(args, text, file)?;
    let faults = check_packing_proof(&problem, &proof);
    let result = match args.format {
        CheckFormat::Text if faults.is_empty() => holds(&proof),
        CheckFormat::Text => refused(&faults),
        CheckFormat::Json => document(&proof, &faults),
    };
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    Ok(if faults.is_empty() {
        Exit::Done
    } else {
        Exit::ViolationsFound
    })
}

/// Both files, or everything that is wrong with either.
fn read(
    args: &CheckArgs,
    text: &str,
    file: &Path,
) -> Result<(PackingProblem, PackingProof), Failure> {
    let proof = read_packing_proof(text, &input::display_name(file));
    let problem_text = input::read_text(&args.cluster)?;
    let problem = read_packing_problem(&problem_text, &input::display_name(&args.cluster));
    match (problem, proof) {
        (Ok(problem), Ok(proof)) => Ok((problem, proof)),
        (problem, proof) => {
            let wrong = [problem.err(), proof.err()];
            let wrong: Vec<String> = wrong.iter().flatten().map(ToString::to_string).collect();
            Err(Failure::findings(wrong.join("\n")))
        }
    }
}

fn holds(proof: &PackingProof) -> String {
    let leaves = proof.bins.iter().map(|bin| bin.leaves.leaves()).sum();
    format!(
        "ok: no packing costs less than {}, by {} of {} of bin\n",
        proof.bound,
        counted(leaves, "case"),
        counted(proof.bins.len() as u64, "kind"),
    )
}

fn document(proof: &PackingProof, faults: &[ProofFault]) -> String {
    let none: [Value; 0] = [];
    let document = json!({
        "version": 1,
        "ok": faults.is_empty(),
        "violations": none,
        "proof": {"ok": faults.is_empty(), "bound": proof.bound.to_string(), "faults": faults},
    });
    format!("{document:#}\n")
}
