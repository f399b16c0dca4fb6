//! The whole way over the size ladder: reading a cluster file, and planning it (problem, packing, plan,
//! check) until the size's target gap is proven. Counted work bounds it, so that it ends in any case.

mod cases;

use std::hint::black_box;
use std::time::Duration;

use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use cases::{LADDER, catalogue, imported};
use criterion::{BenchmarkId, Criterion};

const SEED: u64 = 1;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut group = criterion.benchmark_group("end-to-end");
    for size in LADDER {
        let text = size.cluster_file(SEED);
        group.bench_function(BenchmarkId::new("read", size.label()), |bencher| {
            bencher.iter(|| imported(black_box(&text)));
        });
        let cluster = imported(&text);
        let catalogue = catalogue(&cluster);
        let options = PlanOptions {
            gap: size.target_gap,
            ..PlanOptions::default()
        };
        group.bench_function(BenchmarkId::new("plan", size.label()), |bencher| {
            bencher.iter(|| {
                plan(black_box(&cluster), &catalogue, &options, &Never, &Silent)
                    .expect("a generated cluster can be planned")
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
