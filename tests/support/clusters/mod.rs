//! Random cluster files of at most six tasks. Each picks a few rules by name, so that every rule takes part
//! in many clusters and none has so many that the exhaustive search becomes long. About a quarter cannot be
//! planned in full, on purpose.

mod policy;
mod services;
mod today;

use std::collections::BTreeSet;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

use super::catalogue::{ZONE_IDS, catalogue};

/// Rules that a cluster may pick.
pub const RULES: [&str; 34] = [
    "zones even",
    "zones any",
    "zone ids",
    "spot",
    "on-demand base",
    "spot share",
    "pool cap",
    "fargate allowed",
    "fargate only",
    "ephemeral storage",
    "headroom",
    "surge",
    "zone loss",
    "min instances",
    "max instances",
    "max types",
    "savings plan",
    "fee",
    "root volume",
    "ebs",
    "affinity",
    "conflict",
    "standalone",
    "external",
    "keep",
    "ports",
    "distinct",
    "member of",
    "zone pin",
    "awsvpc",
    "gpu",
    "daemon",
    "reserved",
    "arm",
];

/// The rules that a cluster picked.
#[derive(Debug)]
pub(super) struct Picked(BTreeSet<&'static str>);

impl Picked {
    /// Whether this one is among them.
    pub(super) fn has(&self, rule: &str) -> bool {
        self.0.contains(rule)
    }

    fn random(random: &mut Xoshiro256PlusPlus) -> Self {
        let number = random.random_range(3..=6);
        let mut rules: BTreeSet<&str> = RULES.sample(random, number).copied().collect();
        // Some rules mean nothing without another.
        for (rule, needs) in [
            ("zone loss", "zones even"),
            ("zone ids", "zones even"),
            ("zone pin", "zones even"),
            ("on-demand base", "spot"),
            ("spot share", "spot"),
            ("pool cap", "spot"),
            ("ephemeral storage", "fargate allowed"),
        ] {
            if rules.contains(rule) {
                rules.insert(needs);
            }
        }
        // And some exclude each other: what is kept runs nothing on Fargate alone; few instances and room
        // beside the tasks make the search long.
        for (rule, without) in [
            ("fargate only", "fargate allowed"),
            ("fargate only", "keep"),
            ("fargate only", "zone loss"),
            ("fargate only", "gpu"),
            ("zone loss", "max instances"),
            ("zone loss", "surge"),
            ("zone loss", "gpu"),
            ("surge", "max instances"),
            ("max instances", "min instances"),
            ("surge", "gpu"),
        ] {
            if rules.contains(rule) {
                rules.remove(without);
            }
        }
        if rules.contains("zones any") && random.random_bool(0.5) {
            rules.remove("zones even");
        }
        Self(rules)
    }
}

/// Everything that the parts of a file look at.
pub(super) struct Draft<'r> {
    pub(super) random: &'r mut Xoshiro256PlusPlus,
    pub(super) picked: Picked,
    /// Labels of the zones.
    pub(super) zones: Vec<String>,
    pub(super) seed: u64,
}

impl Draft<'_> {
    /// One of these.
    pub(super) fn any<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(self.random).expect("a list that is not empty")
    }

    /// A position in a list of that length.
    pub(super) fn random_index(&mut self, length: usize) -> usize {
        self.random.random_range(0..length)
    }

    /// True so often.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }
}

/// The cluster file of a seed; it goes with the catalogue of the same seed.
pub fn cluster(seed: u64) -> Value {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x0777_0000);
    let picked = Picked::random(&mut random);
    let mut draft = Draft {
        random: &mut random,
        picked,
        zones: Vec::new(),
        seed,
    };
    let zones = zones(&mut draft);
    let services = services::services(&mut draft);
    let instances = today::instances(&mut draft, &catalogue(seed));
    let policy = policy::policy(&mut draft);
    json!({
        "version": 1,
        "cluster": format!("whole-{seed}"),
        "region": "us-east-1",
        "availabilityZones": zones,
        "taskDefinitions": services.definitions,
        "services": services.replicas_and_daemons,
        "standaloneTasks": services.standalone,
        "autoScalingGroups": services.groups,
        "containerInstances": instances,
        "policy": policy,
    })
}

/// Up to three zones by name, by id or by both.
fn zones(draft: &mut Draft<'_>) -> Value {
    let many = ["zones even", "zones any", "zone loss"]
        .iter()
        .any(|rule| draft.picked.has(rule));
    let number = if many {
        draft.any(&[2, 2, 2, 3])
    } else {
        draft.any(&[0, 0, 0, 1])
    };
    let with_ids = if draft.picked.has("zone ids") {
        draft.any(&[1, 2])
    } else {
        0
    };
    let mut zones = Vec::new();
    for (index, letter) in ["a", "b", "c"].iter().enumerate().take(number) {
        let (name, id) = (format!("us-east-1{letter}"), ZONE_IDS[index]);
        let (label, zone) = match with_ids {
            0 => (name.clone(), json!(name)),
            1 => (name.clone(), json!({ "zoneName": name, "zoneId": id })),
            _ => (id.to_owned(), json!(id)),
        };
        draft.zones.push(label);
        zones.push(zone);
    }
    json!(zones)
}
