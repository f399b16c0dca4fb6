//! The generated clusters of the benchmarks, as domain values and as packing problems.

// Shared by the benches and an example through `#[path]`; each uses a part of it.
#![allow(dead_code)]

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::formulate::demand::Demand;
use bayplan::formulate::hosts::Hosts;
use bayplan::formulate::model::{Model, PlanningInput, Scope};
use bayplan::formulate::offering::Offerings;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::heuristics::{
    best_fit::best_fit, dot_product::dot_product, first_fit::first_fit,
};
use bayplan::optimize::pattern::Packing;
use bayplan::optimize::problem::Problem;
use bayplan::optimize::stop::Stop;

#[path = "../generator/mod.rs"]
pub mod generator;

use generator::Request;

/// A rung of the size ladder.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Number of services.
    pub services: u64,
    /// Number of tasks over all services.
    pub tasks: u64,
    /// Gap that the optimizer is meant to prove at this size.
    pub target_gap: f64,
}

/// From a small cluster to a large one.
pub const LADDER: [Size; 6] = [
    size(10, 100, 0.005),
    size(10, 1_000, 0.005),
    size(10, 10_000, 0.005),
    size(50, 1_000, 0.005),
    size(50, 10_000, 0.005),
    size(200, 10_000, 0.01),
];

/// A greedy baseline: it opens the bin type of the whole catalogue with most volume for its cost.
pub type Greedy = fn(&Problem, &dyn Stop) -> Packing;

/// The greedy baselines by name.
pub const BASELINES: [(&str, Greedy); 3] = [
    ("first-fit", first_fit),
    ("best-fit", best_fit),
    ("dot-product", dot_product),
];

const fn size(services: u64, tasks: u64, target_gap: f64) -> Size {
    Size {
        services,
        tasks,
        target_gap,
    }
}

impl Size {
    /// `50x1000`: part of a benchmark's name.
    pub fn label(&self) -> String {
        format!("{}x{}", self.services, self.tasks)
    }

    /// The text of the generated cluster file.
    pub fn cluster_file(&self, seed: u64) -> String {
        let request = Request {
            services: self.services,
            tasks: self.tasks,
            seed,
            rules: generator::Rules::Plain,
        };
        generator::cluster(request)
            .expect("the ladder's counts can be reached")
            .to_string()
    }

    /// The generated cluster.
    pub fn cluster(&self, seed: u64) -> Cluster {
        imported(&self.cluster_file(seed))
    }

    /// The generated cluster as a packing problem over the whole embedded catalogue.
    pub fn problem(&self, seed: u64) -> Problem {
        problem(&self.cluster(seed))
    }
}

/// A cluster file's text as a cluster.
pub fn imported(text: &str) -> Cluster {
    match read_cluster(text, "cluster.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("{findings}"),
    }
}

/// The embedded catalogue of a cluster's Region.
pub fn catalogue(cluster: &Cluster) -> Catalogue {
    Catalogue::embedded(&cluster.region).expect("generated clusters are in a Region with prices")
}

/// A cluster as a packing problem over the embedded catalogue.
pub fn problem(cluster: &Cluster) -> Problem {
    let catalogue = catalogue(cluster);
    let offerings = match Offerings::new(cluster, &catalogue) {
        Ok(offerings) => offerings,
        Err(errors) => panic!("{errors:?}"),
    };
    let hosts = Hosts::new(cluster, &offerings);
    let input = PlanningInput {
        cluster,
        catalogue: &catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    match Model::try_new(input, &Demand::planned(cluster), Scope::Full) {
        Ok(model) => model.problem,
        Err(error) => panic!("{error}"),
    }
}
