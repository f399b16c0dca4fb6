//! The stages that close packing problems of few items a bin: one depth-first pricing call, the graphs of the
//! arc-flow model, and whole solves, each on a ladder of sizes.

use std::hint::black_box;
use std::time::Duration;

use bayplan::optimize::exact::arc_flow::ArcFlow;
use bayplan::optimize::listener::Silent;
use bayplan::optimize::pricing::knapsack::Knapsack;
use bayplan::optimize::pricing::relaxation::Relaxation;
use bayplan::optimize::pricing::walk::walk;
use bayplan::optimize::problem::{BinType, ItemType, Problem};
use bayplan::optimize::room::Room;
use bayplan::optimize::solve::{Options, solve};
use bayplan::optimize::stop::{Budget, Never, WorkMeter};
use criterion::{BenchmarkId, Criterion};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const SEED: u64 = 1;
/// Numbers of items.
const LADDER: [usize; 4] = [50, 100, 200, 400];
/// Items whose whole solve is measured.
const SOLVED: [usize; 2] = [50, 100];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for items in LADDER {
        bench_pricing(&mut criterion, items);
        bench_graphs(&mut criterion, items);
    }
    for items in SOLVED {
        let problem = uniform(items, 2);
        let mut group = criterion.benchmark_group("exact");
        group.bench_function(BenchmarkId::new("solve", items), |bencher| {
            bencher.iter(|| {
                let outcome = solve(black_box(&problem), &Options::default(), &Never, &Silent);
                outcome.expect("the solver runs").cost
            });
        });
        group.finish();
    }
    criterion.final_summary();
}

/// Items of 20 to 100 in bins of 150, in every dimension.
fn uniform(items: usize, dimensions: usize) -> Problem {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let items = (0..items)
        .map(|_| ItemType {
            size: (0..dimensions)
                .map(|_| random.random_range(20..=100_u64))
                .collect(),
            demand: 1,
            max_per_bin: None,
        })
        .collect();
    let bin = BinType {
        capacity: vec![150; dimensions],
        cost: 1,
        admits: None,
        requires: None,
    };
    Problem::try_new(dimensions, vec![bin], items, vec![]).expect("valid")
}

fn bench_pricing(criterion: &mut Criterion, items: usize) {
    let problem = uniform(items, 2);
    let demands = vec![1; items];
    let knapsack = Knapsack::new(&problem, 0, &demands, &Room::new(&problem));
    // Worth near what a copy takes of a bin: what duals look like.
    let profits: Vec<f64> = (0..knapsack.len())
        .map(|position| knapsack.weight(position).iter().sum::<f64>() * 50.0)
        .collect();
    let mut relaxation = Relaxation::new(&knapsack, profits);
    relaxation.solve();
    let mut group = criterion.benchmark_group("exact");
    group.bench_function(BenchmarkId::new("walk", items), |bencher| {
        bencher.iter(|| walk(black_box(&knapsack), &relaxation, 90.0, u64::MAX).steps);
    });
    group.finish();
}

fn bench_graphs(criterion: &mut Criterion, items: usize) {
    let problem = uniform(items, 1);
    let work = WorkMeter::new(u64::MAX);
    let mut group = criterion.benchmark_group("exact");
    group.bench_function(BenchmarkId::new("graphs", items), |bencher| {
        bencher.iter(|| {
            let model = ArcFlow::new(black_box(&problem), Budget::new(&Never, &work));
            model.map(|model| model.arcs())
        });
    });
    group.finish();
}
