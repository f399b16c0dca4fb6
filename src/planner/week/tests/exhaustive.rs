//! Small weeks against every design: bound ≤ optimum ≤ plan.
//!
//! The optimum is that of one group a service, which is what a plan over a week is made of; a bound must hold for every plan,
//! so for that one too. `BAYPLAN_WEEK_CASES` says how many cases (500 for docs/time.md); how often the plan is the optimum is
//! printed.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::resources::ResourceVector;
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::fargate;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::week::classes::{Class, classes};
use crate::planner::{PlanOptions, plan};

/// Blocks of the day with numbers of their own.
const BLOCKS: usize = 4;
/// Largest number of tasks.
const MOST: u64 = 6;

/// Two or three services on three types, with four numbers a day; of some seeds those that may be on Fargate as well.
fn random_cluster(seed: u64) -> Cluster {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mode, fargate) = if seed % 3 == 1 {
        ("awsvpc", "allowed")
    } else {
        ("bridge", "forbidden")
    };
    let services: Vec<String> = (0..random.random_range(2..=3))
        .map(|number| {
            let block: Vec<u64> = (0..BLOCKS)
                .map(|block| {
                    let least = u64::from(block == number);
                    random.random_range(least..=MOST)
                })
                .collect();
            let day: Vec<u64> = (0..24).map(|hour| block[hour * BLOCKS / 24]).collect();
            let (cpu, memory) = (
                random.random_range(2..=14) * 64,
                random.random_range(2..=28) * 128,
            );
            format!(
                r#"{{"serviceName": "s{number}", "desiredCount": 1, "cpu": {cpu}, "memory": {memory}, "networkMode": "{mode}", "profile": {day:?}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"version": 1, "region": "us-east-1", "services": [{}], "policy": {{"maxShareOnInstance": 1, "deploymentSurge": false, "fargate": "{fargate}", "eniTrunking": true,
            "allowedInstanceTypes": ["m6i.large", "c6i.xlarge", "r6i.large"]}}}}"#,
        services.join(",")
    );
    let imported = read_cluster(&text, "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

/// Every way to divide items, as the part of each.
fn partitions(items: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..items {
        all = (all.into_iter())
            .flat_map(|start| {
                let parts = start.iter().max().map_or(0, |most| most + 1);
                (0..=parts).map(move |part| [start.clone(), vec![part]].concat())
            })
            .collect();
    }
    all
}

/// The least that a group of these services costs in a week, over all types and patterns.
fn cheapest(
    cluster: &Cluster,
    offerings: &[(ResourceVector, i128)],
    classes: &[Class],
    services: &[usize],
) -> Option<i128> {
    let mut patterns: Vec<Vec<u64>> = vec![Vec::new()];
    for _ in services {
        patterns = (patterns.into_iter())
            .flat_map(|start| (1..=MOST).map(move |each| [start.clone(), vec![each]].concat()))
            .collect();
    }
    let load = |pattern: &[u64], of: &dyn Fn(usize) -> u64| -> u64 {
        (services.iter().zip(pattern))
            .map(|(&service, each)| of(service) * each)
            .sum()
    };
    let mut best = None;
    for pattern in &patterns {
        let cpu = load(pattern, &|service| cluster.services[service].task.cpu.get());
        let memory = load(pattern, &|service| {
            cluster.services[service].task.memory.get()
        });
        let interfaces = load(pattern, &|service| {
            cluster.services[service].task.resources().enis.get()
        });
        let hours: u64 = (classes.iter())
            .map(|class| {
                let units = (services.iter().zip(pattern))
                    .map(|(&service, each)| class.counts[service].div_ceil(*each));
                class.weight() * units.max().unwrap_or(0)
            })
            .sum();
        for (room, price) in offerings {
            let holds = cpu <= room.cpu.get() && memory <= room.memory.get();
            if holds && interfaces <= room.enis.get() {
                let cost = i128::from(hours) * price;
                best = Some(best.map_or(cost, |known: i128| known.min(cost)));
            }
        }
    }
    best
}

/// What a service costs on Fargate in a week, where it may be there.
fn outside(
    cluster: &Cluster,
    catalogue: &Catalogue,
    classes: &[Class],
    service: usize,
) -> Option<i128> {
    let own = &cluster.services[service];
    (classes.iter())
        .map(|class| {
            let plan = fargate::plan(cluster, catalogue, own, class.counts[service]).ok()?;
            let usd = i128::from(plan.usd_per_hour().grid_units());
            Some(usd * i128::from(class.weight()))
        })
        .sum()
}

/// The least that these services cost in a week, each in one group or on Fargate.
pub(super) fn grouped(
    (cluster, catalogue): (&Cluster, &Catalogue),
    offered: &[(ResourceVector, i128)],
    classes: &[Class],
    services: &[usize],
) -> Option<i128> {
    (partitions(services.len()).into_iter())
        .filter_map(|parts| {
            let number = parts.iter().max().map_or(0, |most| most + 1);
            (0..number)
                .map(|part| {
                    let own: Vec<usize> = (services.iter().zip(&parts))
                        .filter(|(_, of)| **of == part)
                        .map(|(&service, _)| service)
                        .collect();
                    let there = match own.as_slice() {
                        [only] => outside(cluster, catalogue, classes, *only),
                        _ => None,
                    };
                    let inside = cheapest(cluster, offered, classes, &own);
                    inside.into_iter().chain(there).min()
                })
                .sum::<Option<i128>>()
        })
        .min()
}

/// The cheapest week of all designs, on the cost grid.
fn optimum(cluster: &Cluster, catalogue: &Catalogue) -> i128 {
    let peaks = cluster.at_peaks();
    let offerings = Offerings::new(&peaks, catalogue).expect("priced");
    let offered: Vec<(ResourceVector, i128)> = (offerings.usable.iter())
        .filter_map(|offering| {
            let price = i128::from(offering.usd_per_hour.grid_units());
            Some((offering.allocatable?, price))
        })
        .collect();
    let all: Vec<usize> = (0..cluster.services.len()).collect();
    grouped((&peaks, catalogue), &offered, &classes(cluster), &all)
        .expect("every task fits an instance")
}

#[test]
fn bound_and_plan_enclose_the_optimum() {
    let cases = std::env::var("BAYPLAN_WEEK_CASES");
    let cases: u64 = cases.ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        rehearses: false,
        work_limit: Some(200_000),
        ..PlanOptions::default()
    };
    let (mut same, mut tight) = (0, 0);
    for seed in 0..cases {
        let cluster = random_cluster(seed);
        let planned = plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
        let cost = planned.plan.into_plan().cost;
        let hours = HOURS_PER_WEEK as i128;
        let week = |usd: crate::domain::money::UsdPerHour| i128::from(usd.grid_units()) * hours;
        let best = optimum(&cluster, &catalogue);
        let bound = cost.bound_usd_per_hour.map(week).expect("a bound");
        let found = week(cost.usd_per_hour);
        // The mean is rounded to the grid, half a unit an hour at most.
        assert!(bound <= best + hours, "seed {seed}: {bound} above {best}");
        assert!(best <= found + hours, "seed {seed}: {found} below {best}");
        same += u64::from(found <= best + hours);
        tight += u64::from(bound + hours >= best);
    }
    println!("{same} of {cases} plans are the optimum, in {tight} the bound is it too");
    assert!(same * 2 >= cases, "{same} of {cases}");
}
