//! Writes a random cluster file, so that the figures of the benchmarks can be reproduced:
//! `cargo run --release --example generate_cluster -- --services 50 --tasks 1000 --seed 1 > x.json`

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

#[path = "../benches/generator/mod.rs"]
mod generator;

/// Random cluster file on stdout; the same arguments give the same file.
#[derive(Debug, Parser)]
struct Arguments {
    /// Number of services.
    #[arg(long, default_value_t = 50)]
    services: u64,
    /// Number of tasks over all services.
    #[arg(long, default_value_t = 1_000)]
    tasks: u64,
    /// Seed of the random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let every rule of the policy take part.
    #[arg(long)]
    whole: bool,
}

fn main() -> ExitCode {
    let Arguments {
        services,
        tasks,
        seed,
        whole,
    } = Arguments::parse();
    let written = generator::cluster(generator::Request {
        services,
        tasks,
        seed,
        rules: if whole {
            generator::Rules::Whole
        } else {
            generator::Rules::Plain
        },
    })
    .and_then(|cluster| {
        writeln!(std::io::stdout(), "{cluster:#}").map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            anstream::eprintln!("generate_cluster: {message}");
            ExitCode::from(2)
        }
    }
}
