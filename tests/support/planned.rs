//! The one place where tests call the planner.

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::FleetPlan;
use bayplan::io::write_plan;
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{self, PlanOptions};
use bayplan::report::wording::document;

/// The plan whose fleet ECS can fill, stopped by counted work alone.
pub fn realised(cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    with(cluster, catalogue, &PlanOptions::default())
}

/// The ideal packing, stopped by counted work alone.
pub fn plan(cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    let options = PlanOptions {
        ideal: true,
        ..PlanOptions::default()
    };
    with(cluster, catalogue, &options)
}

/// The plan with these options.
pub fn with(cluster: &Cluster, catalogue: &Catalogue, options: &PlanOptions<'_>) -> FleetPlan {
    match planner::plan(cluster, catalogue, options, &Never, &Silent) {
        Ok(planned) => planned.plan.into_plan(),
        Err(error) => panic!("{}: {error}", cluster.name),
    }
}

/// The plan as it is printed, made on a number of threads.
pub fn printed_on_threads(cluster: &Cluster, catalogue: &Catalogue, threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a small thread pool");
    pool.install(|| write_plan(&document(&plan(cluster, catalogue))))
}
