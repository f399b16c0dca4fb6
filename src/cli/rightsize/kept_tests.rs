//! Nights of a cluster whose owner does what is proposed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalogue::Catalogue;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::{self, PlanOptions};
use crate::rightsize::series::{HOUR, Sample, Series};
use crate::rightsize::{Asking, Fleet, Fleets, Reason, Verdict, propose};

use super::*;

/// 2026-03-02, a Monday.
const MONDAY: i64 = 1_772_409_600;
const DAY: i64 = 24;
const FIRST_NIGHT: i64 = 63;

/// CPU units and MiB of the busiest task in an hour.
type Use = fn(i64) -> (f64, f64);

/// A ripple from 0 to 1 that comes again only after years.
fn ripple(at: i64) -> f64 {
    let mixed = at.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 40) as f64 / 16_777_216.0
}

fn wave(at: i64) -> f64 {
    ((at % DAY) as f64 / 24.0 * std::f64::consts::TAU).sin()
}

const SERVICES: [(&str, Use); 10] = [
    ("steady", |at| {
        (200.0 + 20.0 * ripple(at), 600.0 + 40.0 * ripple(at))
    }),
    ("noisy", |at| (150.0 + 400.0 * ripple(at).powi(4), 900.0)),
    ("wave", |at| {
        (
            300.0 + 200.0 * wave(at) + 30.0 * ripple(at),
            700.0 + 90.0 * wave(at),
        )
    }),
    ("weekday", |at| {
        let rests = (at / DAY) % 7 >= 5;
        (if rests { 20.0 } else { 400.0 } + 40.0 * ripple(at), 500.0)
    }),
    ("spike", |at| {
        (
            if at % 211 == 0 { 800.0 } else { 60.0 } + 10.0 * ripple(at),
            400.0,
        )
    }),
    ("idle", |at| (4.0 + ripple(at), 90.0)),
    ("leak", |at| (200.0, 300.0 + 0.3 * at as f64)),
    // Their need is above the size that they begin with, which holds them down.
    ("held", |at| (1_500.0 + 60.0 * ripple(at), 500.0)),
    ("held-at-times", |at| {
        (
            900.0 + 400.0 * wave(at) + 30.0 * ripple(at),
            800.0 + 50.0 * ripple(at),
        )
    }),
    ("grows", |at| {
        (100.0 + 0.05 * at as f64 + 9.0 * ripple(at), 300.0)
    }),
];

struct Nights {
    /// Whether the metrics say which size was in force.
    says_sizes: bool,
    sizes: BTreeMap<&'static str, Size>,
    /// Sizes by the hour since which they are in force.
    in_force: BTreeMap<&'static str, Vec<(i64, Size)>>,
    runs: Vec<Run>,
    changes: Vec<kept_in::Change>,
}

/// A plan of next to nothing: no rule that looks back reads it.
fn plan() -> FleetPlan {
    static PLAN: OnceLock<FleetPlan> = OnceLock::new();
    let made = PLAN.get_or_init(|| {
        let text = r#"{"version": 1, "cluster": "c", "region": "us-east-1",
            "services": [{"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512}]}"#;
        let cluster = read_cluster(text, "c.json", &ImportOptions::default());
        let catalogue = Catalogue::embedded("us-east-1").expect("the catalogue");
        let options = PlanOptions {
            ideal: true,
            rehearses: false,
            work_limit: Some(1_000),
            ..PlanOptions::default()
        };
        let cluster = cluster.expect("a cluster").cluster;
        let planned = planner::plan(&cluster, &catalogue, &options, &Never, &Silent);
        planned.expect("a plan").plan.into_plan()
    });
    made.clone()
}

fn fleets() -> Fleets {
    let fleet = Fleet {
        usd_per_hour: UsdPerHour::ZERO,
        unplaced: 0,
        instances: 0,
        fargate_tasks: 0,
    };
    Fleets {
        today: fleet.clone(),
        planned: fleet,
        running: None,
        plan: plan(),
        last: None,
        plan_of_today: plan(),
    }
}

impl Nights {
    fn new() -> Self {
        let sizes: BTreeMap<_, _> = (SERVICES.iter())
            .map(|(name, _)| (*name, size((1_024, 2_048))))
            .collect();
        let in_force = sizes.iter().map(|(name, size)| (*name, vec![(0, *size)]));
        Self {
            says_sizes: true,
            in_force: in_force.collect(),
            sizes,
            runs: Vec::new(),
            changes: Vec::new(),
        }
    }

    fn metrics(&self, last: i64, use_of: &dyn Fn(&str, i64) -> (f64, f64)) -> Metrics {
        let series = |name: &'static str| {
            let samples = (last - FIRST_NIGHT * DAY..last).map(|at| {
                let (cpu, memory) = use_of(name, at);
                let force = &self.in_force[name];
                let size = force
                    .iter()
                    .rfind(|(since, _)| *since <= at)
                    .map(|one| one.1);
                // Sizes are hard caps here: nobody sees what a task would have taken beyond.
                let cpu = size.map_or(cpu, |size| cpu.min(size.cpu.get() as f64));
                let size = size.filter(|_| self.says_sizes);
                Sample {
                    start: MONDAY + at * HOUR,
                    cpu_max: Some(cpu),
                    cpu_avg: Some(0.8 * cpu),
                    memory_max: Some(memory),
                    tasks: Some(4.0),
                    reserved_cpu: size.map(|size| size.cpu),
                    reserved_memory: size.map(|size| size.memory),
                    oom_kills: 0,
                }
            });
            Series {
                period: HOUR,
                samples: samples.collect(),
            }
        };
        (SERVICES.iter())
            .map(|(name, _)| ((*name).to_owned(), series(name)))
            .collect()
    }

    /// One night: what is proposed, which is then done.
    fn night(&mut self, last: i64, use_of: &dyn Fn(&str, i64) -> (f64, f64)) -> Vec<Proposal> {
        let services: Vec<String> = (self.sizes.iter())
            .map(|(name, size)| {
                format!(
                    r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": {}, "memory": {}}}"#,
                    size.cpu.get(),
                    size.memory.get()
                )
            })
            .collect();
        let text = format!(
            r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "services": [{}]}}"#,
            services.join(", ")
        );
        let cluster = read_cluster(&text, "c.json", &ImportOptions::default())
            .expect("a cluster")
            .cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("the catalogue");
        let metrics = self.metrics(last, use_of);
        let newest: Vec<Run> = self.runs.iter().rev().take(LOOKED_AT).cloned().collect();
        let past = past(&newest, self.changes.clone());
        let asking = Asking {
            past: Some(&past),
            profiles: true,
            ..Asking::default()
        };
        let proposals = propose(&cluster, &catalogue, &metrics, asking);
        let sizes = Sizes {
            cluster: "c".to_owned(),
            region: "us-east-1".to_owned(),
            measured_until: None,
            proposals: proposals.clone(),
            fleets: fleets(),
            joint: None,
            frontier: None,
            steps: None,
        };
        let id = i64::try_from(self.runs.len()).expect("few") + 1;
        self.runs.push(Run {
            id,
            ..run(&sizes, &metrics, last * HOUR)
        });
        for mut change in changes(&proposals) {
            if change.seen_by == 0 {
                change.seen_by = id;
            }
            let same = |old: &&mut kept_in::Change| {
                (old.seen_by, &old.service) == (change.seen_by, &change.service)
            };
            match self.changes.iter_mut().find(same) {
                Some(old) => *old = change,
                None => self.changes.push(change),
            }
        }
        for proposal in proposals.iter().filter(|proposal| proposal.changes()) {
            let names = SERVICES.iter().map(|service| service.0);
            let name = names
                .clone()
                .find(|name| *name == proposal.service)
                .expect("known");
            self.sizes.insert(name, proposal.size);
            self.in_force
                .entry(name)
                .or_default()
                .push((last, proposal.size));
        }
        proposals
    }
}

fn use_of(name: &str, at: i64) -> (f64, f64) {
    let service = SERVICES.iter().find(|service| service.0 == name);
    service.map_or((0.0, 0.0), |service| (service.1)(at))
}

#[test]
fn sixty_nights_never_flap() {
    for says_sizes in [true, false] {
        let mut nights = Nights::new();
        nights.says_sizes = says_sizes;
        never_flap(nights);
    }
}

fn never_flap(mut nights: Nights) {
    let mut directions: BTreeMap<String, Vec<(i64, Verdict, Verdict)>> = BTreeMap::new();
    for night in 0..60 {
        for proposal in nights.night((FIRST_NIGHT + night) * DAY, &use_of) {
            if proposal.changes() {
                let entry = directions.entry(proposal.service.clone()).or_default();
                entry.push((night, proposal.cpu, proposal.memory));
            }
        }
    }
    for (service, changes) in &directions {
        let turns = |of: fn(&(i64, Verdict, Verdict)) -> Verdict| {
            let moves: Vec<Verdict> = changes.iter().map(of).filter(|v| v.changes()).collect();
            moves.windows(2).filter(|two| two[0] != two[1]).count()
        };
        let changes_for_good = ["grows", "leak"].contains(&service.as_str());
        // What was held down gets more until it is not, and at most once less of that.
        let is_held = service.starts_with("held");
        let most = usize::from(changes_for_good || is_held);
        assert!(turns(|change| change.1) <= most, "{service}: {changes:?}");
        assert!(turns(|change| change.2) <= most, "{service}: {changes:?}");
        // What does not change its use is settled after two weeks, and where it was held down after two weeks more.
        let settled = if is_held { 35 } else { 14 };
        let late = changes.iter().filter(|change| change.0 > settled).count();
        assert!(changes_for_good || late == 0, "{service}: {changes:?}");
    }
    for (service, use_of) in SERVICES.iter().filter(|one| one.0.starts_with("held")) {
        let most = (0..7 * DAY).map(|at| use_of(at).0).fold(0.0, f64::max);
        let size = nights.sizes[service].cpu.get() as f64;
        assert!(
            size >= most && size <= 1.5 * most,
            "{service}: {size} for {most}"
        );
    }
    // A cut was made of what uses little, on the third night.
    assert_eq!(
        directions["steady"][0],
        (2, Verdict::Shrink, Verdict::Shrink)
    );
    assert!(
        nights
            .changes
            .iter()
            .all(|change| change.withdrawn_at.is_none())
    );
    let seen = nights
        .changes
        .iter()
        .find(|change| change.service == "steady");
    let seen = seen.expect("seen on the night after");
    assert_eq!((seen.seen_by, seen.proposed_by), (4, Some(3)));
    assert!(seen.hours >= 160 && seen.exceeded == 0, "{seen:?}");
}

/// Busiest moments of an hour with a heavy tail: of Pareto's law with shape 1.5, as those of bursts that come from outside.
fn burst(at: i64, seed: i64) -> f64 {
    let drawn = ripple(at.wrapping_mul(1_000_003).wrapping_add(seed * 7_919)).max(1e-6);
    60.0 * drawn.powf(-1.0 / 1.5)
}

/// Sizes in the order of sixty nights, by service, and the CPU reserved in the mean of the nights over what was used in the mean.
fn sizes_of_bursts(seed: i64) -> (BTreeMap<String, Vec<u64>>, f64) {
    let place = |name: &str| {
        let place = (SERVICES.iter()).position(|one| one.0 == name);
        i64::try_from(place.expect("known")).expect("few")
    };
    let use_of = move |name: &str, at: i64| (burst(at, 10 * seed + place(name)), 500.0);
    let mut nights = Nights::new();
    let mut sizes: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut reserved = 0.0;
    for night in 0..60 {
        for proposal in nights.night((FIRST_NIGHT + night) * DAY, &use_of) {
            reserved += proposal.size.cpu.get() as f64 / 600.0;
            let of = sizes.entry(proposal.service).or_default();
            of.push(proposal.size.cpu.get());
            of.dedup();
        }
    }
    let used: f64 = (0..60 * DAY).map(|at| burst(at, 10 * seed)).sum::<f64>() / (60 * DAY) as f64;
    (sizes, reserved / used)
}

/// How often sizes turn from larger to smaller or back.
fn turns(sizes: &[u64]) -> usize {
    let grows: Vec<bool> = sizes.windows(2).map(|two| two[1] > two[0]).collect();
    grows.windows(2).filter(|two| two[0] != two[1]).count()
}

#[test]
fn bursts_of_heavy_tails_make_no_size_go_up_and_down_again() {
    let seeds: i64 =
        std::env::var("BAYPLAN_CASES").map_or(1, |text| text.parse().expect("a number"));
    let (mut flapping, mut all, mut reserved) = (Vec::new(), 0, 0.0);
    for seed in 0..seeds {
        let (sizes, over_used) = sizes_of_bursts(seed);
        all += sizes.len();
        // Cut at the beginning, a size may once be made larger by what those nine weeks had not.
        flapping.extend(sizes.into_values().filter(|sizes| turns(sizes) > 1));
        reserved += over_used / seeds as f64;
    }
    println!(
        "{} of {all} services flap: {flapping:?}; reserved over used {reserved:.2}",
        flapping.len()
    );
    // What a hard cap held down grows by steps that say nothing of its need, so that it may be cut once more than others.
    assert!(flapping.len() * 10 <= all, "{flapping:?} of {all}");
}

#[test]
fn a_cut_that_does_not_do_is_withdrawn_and_left_alone_for_two_weeks() {
    let mut nights = Nights::new();
    // Ten hours a day above what 63 days showed, from the day of the cut on, and 14 days long.
    let since = (FIRST_NIGHT + 3) * DAY;
    let busier = |name: &str, at: i64| {
        let (cpu, memory) = use_of(name, at);
        let is_busy = name == "steady" && (since..since + 10 * DAY).contains(&at) && at % DAY < 10;
        (if is_busy { 260.0 } else { cpu }, memory)
    };
    let mut said = Vec::new();
    for night in 0..20 {
        let proposals = nights.night((FIRST_NIGHT + night) * DAY, &busier);
        let steady = proposals
            .into_iter()
            .find(|proposal| proposal.service == "steady");
        said.push(steady.expect("there"));
    }
    assert_eq!(said[2].cpu, Verdict::Shrink);
    let withdrawn = (said.iter())
        .position(|night| {
            (night.reasons.iter()).any(|reason| matches!(reason, Reason::Withdrawn { .. }))
        })
        .expect("withdrawn");
    assert_eq!(withdrawn, 4);
    assert_eq!(
        (said[4].cpu, said[4].size.cpu.get()),
        (Verdict::Grow, 1_024)
    );
    for night in &said[5..18] {
        assert_ne!(night.cpu, Verdict::Shrink, "{:?}", night.reasons);
    }
    assert!(said[6..16].iter().any(|night| {
        (night.reasons.iter()).any(|reason| matches!(reason, Reason::Rests { .. }))
    }));
    // The cap held it down, so that its size is not known for a week; what went wrong is still known then.
    assert_eq!(said[8].cpu, Verdict::NotEnough);
    let level = said[14].level.expect("sized by its rule");
    assert!(level < 0.01, "{level}");
}
