//! What greedy packings of a cluster cost, to compare a plan with; the quality table is made with it:
//! `cargo run --release --example greedy_baselines -- cluster.json`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bayplan::domain::money::UsdPerHour;
use bayplan::optimize::stop::Never;
use clap::Parser;

#[path = "../benches/cases/mod.rs"]
mod cases;

/// USD per hour of each greedy baseline over the whole embedded catalogue, as CSV on stdout.
#[derive(Debug, Parser)]
struct Arguments {
    /// Cluster file.
    cluster: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("greedy_baselines: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> std::io::Result<()> {
    let text = std::fs::read_to_string(&arguments.cluster)?;
    let problem = cases::problem(&cases::imported(&text));
    let mut out = std::io::stdout().lock();
    writeln!(out, "baseline,usd_per_hour")?;
    for (name, baseline) in cases::BASELINES {
        let cost = UsdPerHour::from_grid_units(baseline(&problem, &Never).cost(&problem));
        writeln!(out, "{name},{}", cost.amount())?;
    }
    Ok(())
}
