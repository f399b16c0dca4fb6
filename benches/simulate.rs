//! Replays over a size ladder: all tasks of a generated cluster placed one by one on a fleet with a tenth more
//! room than they need, on one core, for each placement strategy. Elements are tasks, so that the rate is
//! tasks per second; how it falls from rung to rung says how the work grows.

#[path = "cases/fleets.rs"]
mod fleets;
#[path = "generator/mod.rs"]
mod generator;

use std::hint::black_box;
use std::time::Duration;

use bayplan::simulate::choices::TieBreak;
use bayplan::simulate::orders::Arrival;
use bayplan::simulate::replay::{Replayer, Until};
use criterion::{BenchmarkId, Criterion, Throughput};
use fleets::{LADDER, STRATEGIES, cluster, fleet, world};

const SEED: u64 = 1;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut group = criterion.benchmark_group("simulate");
    for size in LADDER {
        let cluster = cluster(size, SEED);
        let fleet = fleet(&cluster, size.instances);
        group.throughput(Throughput::Elements(size.tasks));
        for (name, strategy) in STRATEGIES {
            let world = world(&cluster, &fleet, strategy);
            let mut replayer = Replayer::new(&world, TieBreak::default());
            for arrival in [Arrival::ServiceByService, Arrival::Shuffled] {
                let label = format!("{name}/{}", arrival.name().replace(' ', "-"));
                group.bench_function(BenchmarkId::new(label, size.label()), |bencher| {
                    bencher.iter(|| {
                        black_box(replayer.replay(arrival, SEED, 0, Until::AllTasks)).placed
                    });
                });
            }
        }
    }
    group.finish();
    criterion.final_summary();
}
