//! Column generation to its quick bound, and one pricing call over all bin types at each effort, with the
//! duals column generation ends with: the hardest ones, where few patterns are still worth their cost.

mod cases;

use std::hint::black_box;
use std::time::Duration;

use bayplan::optimize::column_generation::rounds::ColumnGeneration;
use bayplan::optimize::duals::Duals;
use bayplan::optimize::heuristics::first_fit::first_fit;
use bayplan::optimize::pattern::Pattern;
use bayplan::optimize::pricing::oracle::{Effort, Oracle};
use bayplan::optimize::problem::Problem;
use bayplan::optimize::reduce::reduce;
use bayplan::optimize::room::Room;
use bayplan::optimize::stop::{Budget, Counter, Never, WorkMeter};
use cases::{LADDER, Size};
use criterion::{BenchmarkId, Criterion};

const SEED: u64 = 1;

/// Rungs of the pricing ladder that end the quick part of column generation.
const QUICK_RUNGS: usize = 1;

/// Relative reduced cost below which a pattern is not reported.
const TOLERANCE: f64 = 1e-7;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for size in LADDER {
        bench(&mut criterion, size);
    }
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, size: Size) {
    let problem = reduce(&size.problem(SEED)).problem;
    let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let costs: Vec<f64> = problem.bins().iter().map(|bin| bin.cost as f64).collect();
    let oracle = Oracle::new(&problem, &demands, &Room::new(&problem));
    let items = generated(&problem, &demands)
        .duals()
        .expect("column generation has solved a master");
    let duals = Duals {
        items,
        ..Duals::default()
    };

    let mut group = criterion.benchmark_group("pricing");
    group.bench_function(
        BenchmarkId::new("column-generation", size.label()),
        |bencher| bencher.iter(|| generated(black_box(&problem), &demands).rounds),
    );
    for (name, effort) in [
        ("relaxed", Effort::Relaxed),
        ("1-node", Effort::Nodes(1)),
        ("50-nodes", Effort::Nodes(50)),
        ("500-nodes", Effort::Nodes(500)),
    ] {
        group.bench_function(BenchmarkId::new(name, size.label()), |bencher| {
            let work = Counter::new();
            bencher.iter(|| oracle.price(black_box(&duals), &costs, effort, TOLERANCE, &work));
        });
    }
    group.finish();
}

/// Column generation from a greedy start up to the quick rungs of the ladder.
fn generated<'a>(problem: &'a Problem, demands: &[u64]) -> ColumnGeneration<'a> {
    let start: Vec<Pattern> = first_fit(problem, &Never)
        .bins
        .into_iter()
        .map(|(pattern, _)| pattern)
        .collect();
    let work = WorkMeter::new(u64::MAX);
    let budget = Budget::new(&Never, &work);
    let run = || {
        let mut generation = ColumnGeneration::try_new(problem, demands.to_vec(), start)?;
        generation.relaxed_start(budget)?;
        generation.run(1e-9, QUICK_RUNGS, budget)?;
        Ok::<_, bayplan::optimize::lp::LpError>(generation)
    };
    run().expect("the LP solver works on generated problems")
}
