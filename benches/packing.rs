//! The optimizer beside the greedy baselines, on the same generated clusters and in one run.
//!
//! First a table: for each size the cost of every baseline over the planned cost, and the optimizer's time
//! over the baseline's. The planned cost must not be above any baseline's. Then the times: reduction, each
//! baseline, and the optimizer until it proves the size's target gap.

// The ratios are the result of this bench.
#![allow(clippy::print_stdout)]

mod cases;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bayplan::optimize::listener::Silent;
use bayplan::optimize::outcome::{Outcome, Status};
use bayplan::optimize::problem::Problem;
use bayplan::optimize::reduce::reduce;
use bayplan::optimize::solve::{Options, solve};
use bayplan::optimize::stop::Never;
use cases::{BASELINES, LADDER, Size};
use criterion::{BenchmarkId, Criterion};

const SEED: u64 = 1;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    compare();
    times(&mut criterion);
    criterion.final_summary();
}

/// Prints cost and time ratios over the ladder, each problem solved to its default work limit.
fn compare() {
    println!("baseline cost / planned cost, and optimizer time / baseline time in brackets");
    print!("{:>10} {:>8} {:>9}", "size", "gap", "seconds");
    for (name, _) in BASELINES {
        print!(" {name:>20}");
    }
    println!();
    for size in LADDER {
        let problem = size.problem(SEED);
        let (outcome, seconds) = timed(|| optimized(&problem, 0.0));
        assert_ne!(outcome.status, Status::Incomplete, "{}", size.label());
        print!(
            "{:>10} {:>8} {seconds:>9.2}",
            size.label(),
            percent(&outcome)
        );
        for (name, baseline) in BASELINES {
            let (packing, baseline_seconds) = timed(|| baseline(&problem, &Never));
            let cost = packing.cost(&problem);
            assert!(
                outcome.cost <= cost,
                "{}: the plan costs {}, {name} {cost}",
                size.label(),
                outcome.cost
            );
            let ratio = cost as f64 / outcome.cost as f64;
            print!(" {ratio:>10.4} ({:>6.0}x)", seconds / baseline_seconds);
        }
        println!();
    }
}

fn times(criterion: &mut Criterion) {
    for size in LADDER {
        let problem = size.problem(SEED);
        let mut group = criterion.benchmark_group("packing");
        group.bench_function(BenchmarkId::new("reduce", size.label()), |bencher| {
            bencher.iter(|| reduce(black_box(&problem)));
        });
        for (name, baseline) in BASELINES {
            group.bench_function(BenchmarkId::new(name, size.label()), |bencher| {
                bencher.iter(|| baseline(black_box(&problem), &Never));
            });
        }
        group.bench_function(id_to_target(size), |bencher| {
            bencher.iter(|| optimized(black_box(&problem), size.target_gap));
        });
        group.finish();
    }
}

fn id_to_target(size: Size) -> BenchmarkId {
    BenchmarkId::new("optimizer-to-target-gap", size.label())
}

fn optimized(problem: &Problem, gap: f64) -> Outcome {
    let options = Options {
        gap,
        ..Options::default()
    };
    solve(problem, &options, &Never, &Silent).expect("the LP solver works on generated problems")
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

fn percent(outcome: &Outcome) -> String {
    outcome.bound.map_or_else(
        || "none".to_owned(),
        |bound| {
            format!(
                "{:.3} %",
                100.0 * (outcome.cost - bound) as f64 / outcome.cost as f64
            )
        },
    )
}
