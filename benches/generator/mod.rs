//! Random clusters for benchmarks, the same for the same services, tasks and seed.
//!
//! - Half-regular shapes: each service takes one of 16 usual ECS task sizes; 45 % of the services then
//!   leave the list, CPU and memory multiplied independently by 0.6 to 1.6.
//! - Few large services, many small ones: counts follow a Pareto law with exponent 1.1, scaled so that
//!   they add up to the total exactly, at least 1 and at most 5,000 a service.
//! - A third of the services are `awsvpc`, the others `bridge` without static ports; ENI trunking is on.
//!
//! With [`Rules::Whole`] every rule of the policy takes part as well: see [`whole`].
//!
//! The random numbers are those of xoshiro256++ seeded through `SplitMix64`, which are the same on every
//! platform.

// Shared by benches, tests and an example through `#[path]`; each uses a part of it.
#![allow(dead_code)]

use rand::RngExt;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

pub mod whole;

/// CPU units and MiB of the 16 usual sizes.
pub const USUAL_SIZES: [(u64, u64); 16] = [
    (256, 512),
    (256, 1024),
    (256, 2048),
    (512, 1024),
    (512, 2048),
    (512, 4096),
    (1024, 2048),
    (1024, 3072),
    (1024, 4096),
    (1024, 8192),
    (2048, 4096),
    (2048, 8192),
    (2048, 16384),
    (4096, 8192),
    (4096, 16384),
    (8192, 16384),
];

/// Share of the services whose size is off the list.
const PERTURBED_SHARE: f64 = 0.45;

/// Range of the factors that take a size off the list.
const PERTURBATION: (f64, f64) = (0.6, 1.6);

/// Exponent of the Pareto law of the counts.
const PARETO_EXPONENT: f64 = 1.1;

/// Most tasks of one service.
pub const LARGEST_COUNT: u64 = 5_000;

/// Which rules take part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rules {
    /// Sizes and network interfaces.
    #[default]
    Plain,
    /// All of them.
    Whole,
}

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Number of services.
    pub services: u64,
    /// Number of tasks over all services.
    pub tasks: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Which rules take part.
    pub rules: Rules,
}

/// The cluster file of a request.
///
/// # Errors
/// When no counts between 1 and 5,000 add up to the total.
pub fn cluster(request: Request) -> Result<Value, String> {
    let Request {
        services,
        tasks,
        seed,
        rules,
    } = request;
    if tasks < services || tasks > services.saturating_mul(LARGEST_COUNT) {
        return Err(format!(
            "{services} services of 1 to {LARGEST_COUNT} tasks cannot add up to {tasks} tasks"
        ));
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let sizes: Vec<(u64, u64)> = (0..services).map(|_| size(&mut random)).collect();
    let counts = counts(&mut random, services, tasks);
    let modes = network_modes(&mut random, services);
    let mut services: Vec<Value> = sizes
        .iter()
        .zip(counts)
        .zip(modes)
        .enumerate()
        .map(|(index, ((&(cpu, memory), count), mode))| {
            json!({
                "serviceName": format!("service-{:04}", index + 1),
                "desiredCount": count,
                "cpu": cpu.to_string(),
                "memory": memory.to_string(),
                "networkMode": mode,
            })
        })
        .collect();
    if rules == Rules::Whole {
        return Ok(whole::cluster(&mut random, &mut services, tasks, seed));
    }
    Ok(json!({
        "version": 1,
        "cluster": format!("generated-{}-{tasks}-{seed}", services.len()),
        "region": "us-east-1",
        "services": services,
        "policy": { "eniTrunking": true },
    }))
}

/// One size, on the list or off it.
fn size(random: &mut Xoshiro256PlusPlus) -> (u64, u64) {
    let (cpu, memory) = USUAL_SIZES[random.random_range(0..USUAL_SIZES.len())];
    if random.random_bool(PERTURBED_SHARE) {
        (perturbed(random, cpu), perturbed(random, memory))
    } else {
        (cpu, memory)
    }
}

/// The amount times a factor of its own, as a whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 1.6 × 16,384
fn perturbed(random: &mut Xoshiro256PlusPlus, amount: u64) -> u64 {
    let factor = random.random_range(PERTURBATION.0..PERTURBATION.1);
    (amount as f64 * factor).round() as u64
}

/// Pareto counts between 1 and [`LARGEST_COUNT`] that add up to `tasks` exactly.
///
/// Every service has one task; the others are shared out in proportion to the Pareto weights. What
/// rounding and the upper limit leave over goes to the heaviest services that still have room.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of `tasks`
fn counts(random: &mut Xoshiro256PlusPlus, services: u64, tasks: u64) -> Vec<u64> {
    let weights: Vec<f64> = (0..services)
        .map(|_| (1.0 - random.random::<f64>()).powf(-1.0 / PARETO_EXPONENT))
        .collect();
    let total: f64 = weights.iter().sum();
    let spare = tasks - services;
    let mut left = spare;
    let mut counts: Vec<u64> = weights
        .iter()
        .map(|weight| {
            let share = (spare as f64 * weight / total).floor() as u64;
            let more = share.min(LARGEST_COUNT - 1).min(left);
            left -= more;
            1 + more
        })
        .collect();
    let mut heaviest_first: Vec<usize> = (0..weights.len()).collect();
    heaviest_first.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    while left > 0 {
        for &index in &heaviest_first {
            if left > 0 && counts[index] < LARGEST_COUNT {
                counts[index] += 1;
                left -= 1;
            }
        }
    }
    counts
}

/// `awsvpc` for a third of the services, picked at random.
fn network_modes(random: &mut Xoshiro256PlusPlus, services: u64) -> Vec<&'static str> {
    let mut modes: Vec<&'static str> = (0..services)
        .map(|index| {
            if index < services / 3 {
                "awsvpc"
            } else {
                "bridge"
            }
        })
        .collect();
    modes.shuffle(random);
    modes
}
