//! What the integration tests share: random clusters of three models, exhaustive solvers for them, and the one place where
//! they call the importer and the planner.
//!
//! The whole model ([`clusters`], [`catalogue`]) has every rule of ECS and of the policy; [`exhaustive`] solves it and
//! [`document`] writes the optimum as a plan. [`tiny`] has the rules of one instance, with a solver of its own: the two
//! solvers were written apart, and hold each other to the same optima. [`rooms`] is about spare room.

// Each test file uses a part of it.
#![allow(dead_code)]

pub mod catalogue;
pub mod clusters;
pub mod derived;
pub mod document;
pub mod exhaustive;
pub mod json_schema;
pub mod planned;
pub mod rooms;
pub mod rules;
pub mod tiny;

use std::sync::{LazyLock, OnceLock};

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::Value;

/// Number of random clusters of the whole model.
pub const CLUSTERS: u64 = 520;

/// A random cluster of the whole model and what the exhaustive search finds for it.
pub struct Solved {
    pub cluster: Cluster,
    pub catalogue: Catalogue,
    pub optimum: exhaustive::Optimum,
}

/// One of the [`CLUSTERS`], solved once however many tests ask for it.
pub fn solved(seed: u64) -> &'static Solved {
    static SOLVED: LazyLock<Vec<OnceLock<Solved>>> =
        LazyLock::new(|| (0..CLUSTERS).map(|_| OnceLock::new()).collect());
    SOLVED[usize::try_from(seed).expect("a small number")].get_or_init(|| {
        let cluster = imported(&clusters::cluster(seed));
        let catalogue = catalogue::catalogue(seed);
        let optimum = exhaustive::solve(&cluster, &catalogue);
        Solved {
            cluster,
            catalogue,
            optimum,
        }
    })
}

/// The cluster of a file that must be accepted.
pub fn imported(file: &Value) -> Cluster {
    match read_cluster(
        &file.to_string(),
        "generated.json",
        &ImportOptions::default(),
    ) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("a generated file must be valid: {findings:?}\n{file:#}"),
    }
}
