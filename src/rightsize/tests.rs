//! The rules on services whose need is known.

use crate::catalogue::Catalogue;
use crate::io::{ImportOptions, read_cluster};

use super::series::{HOUR, Metrics, Sample, Series, usual_difference};
use super::*;
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// 2026-03-02, a Monday.
const MONDAY: i64 = 1_772_409_600;

/// An hour of a service that uses little of 1,024 CPU units and 2,048 MiB.
fn hour(at: i64) -> Sample {
    // A deterministic ripple in place of noise.
    let ripple = ((at * 7_919) % 101) as f64 / 101.0;
    Sample {
        start: MONDAY + at * HOUR,
        cpu_max: Some(200.0 + 10.0 * ripple),
        cpu_avg: Some(150.0),
        memory_max: Some(600.0 + 60.0 * ripple),
        tasks: Some(4.0),
        reserved_cpu: Some(CpuUnits::new(1_024)),
        reserved_memory: Some(MemoryMib::new(2_048)),
        oom_kills: 0,
    }
}

fn series(hours: i64, change: impl Fn(i64, &mut Sample)) -> Series {
    let samples = (0..hours).map(|at| {
        let mut sample = hour(at);
        change(at, &mut sample);
        sample
    });
    Series {
        period: HOUR,
        samples: samples.collect(),
    }
}

/// The proposal for a service of a cluster file's entry.
fn proposal(service: &str, series: Series) -> Proposal {
    let text = format!(
        r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "services": [{service}],
            "taskDefinitions": [
              {{"family": "shares", "revision": 3, "containerDefinitions": [{{"name": "a", "cpu": 1024, "memory": 2048}}]}},
              {{"family": "fargate", "revision": 1, "cpu": "1024", "memory": "2048", "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{{"name": "a"}}]}}]}}"#
    );
    let cluster = read_cluster(&text, "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("the catalogue");
    let metrics: Metrics = [("a".to_owned(), series)].into();
    propose(&cluster, &catalogue, &metrics, Asking::default()).remove(0)
}

const INLINE: &str = r#"{"serviceName": "a", "desiredCount": 4, "cpu": 1024, "memory": 2048}"#;
const SHARES: &str = r#"{"serviceName": "a", "desiredCount": 4, "taskDefinition": "shares"}"#;
const FARGATE: &str = r#"{"serviceName": "a", "desiredCount": 4, "taskDefinition": "fargate", "launchType": "FARGATE"}"#;
const NINE_WEEKS: i64 = 63 * 24;

fn sizes(proposal: &Proposal) -> (u64, u64) {
    (proposal.size.cpu.get(), proposal.size.memory.get())
}

fn words(proposal: &Proposal) -> Vec<&'static str> {
    proposal.flags.iter().map(|flag| flag.word()).collect()
}

#[test]
fn a_steady_service_gets_what_it_uses_and_keeps_it() {
    let found = proposal(INLINE, series(NINE_WEEKS, |_, _| {}));
    assert_eq!(
        (found.cpu, found.memory),
        (Verdict::Shrink, Verdict::Shrink)
    );
    // 210 CPU units at most, few hours above 95 % of the size; 660 MiB and a tenth.
    assert_eq!(sizes(&found), (224, 736));
    assert!(found.flags.is_empty(), "{:?}", found.flags);
    let test = found.self_test.expect("nine weeks");
    assert_eq!(
        (test.hours, test.exceeded_today, test.exceeded_proposed),
        (168, 0, 0)
    );
    let bound = found.guarantee.expect("a bound");
    assert!(bound.hours <= 0.01 && bound.measured_days == 63);
    assert!((bound.days - 1.0 / 64.0).abs() < 1e-12);
    // With the proposed size nothing is proposed any more.
    let resized = r#"{"serviceName": "a", "desiredCount": 4, "cpu": 224, "memory": 736}"#;
    let again = proposal(
        resized,
        series(NINE_WEEKS, |_, sample| {
            sample.reserved_cpu = None;
            sample.reserved_memory = None;
        }),
    );
    assert!(!again.changes(), "{again:?}");
}

#[test]
fn the_size_of_old_revisions_does_not_move_the_answer() {
    let revised = series(NINE_WEEKS, |at, sample| {
        if at < 700 {
            sample.reserved_cpu = Some(CpuUnits::new(2_048));
            sample.reserved_memory = Some(MemoryMib::new(1_024));
        }
    });
    let found = proposal(INLINE, revised);
    assert_eq!(sizes(&found), (224, 736));
    let unsaid = series(NINE_WEEKS, |_, sample| {
        sample.reserved_cpu = None;
        sample.reserved_memory = None;
    });
    assert_eq!(sizes(&proposal(INLINE, unsaid)), (224, 736));
}

#[test]
fn gaps_and_hours_without_tasks_are_not_zero() {
    let gaps = series(NINE_WEEKS, |at, sample| {
        if at % 5 == 0 {
            *sample = Sample {
                start: sample.start,
                tasks: Some(0.0),
                cpu_max: Some(0.0),
                cpu_avg: Some(0.0),
                memory_max: Some(0.0),
                ..Sample::default()
            };
        }
    });
    let found = proposal(INLINE, gaps);
    assert_eq!(sizes(&found), (224, 736));
    assert_eq!(found.evidence.hours, (NINE_WEEKS * 4 / 5).unsigned_abs());
}

#[test]
fn few_days_are_not_enough_and_two_weeks_are_for_memory() {
    let five = proposal(INLINE, series(5 * 24, |_, _| {}));
    assert_eq!(
        (five.cpu, five.memory),
        (Verdict::NotEnough, Verdict::NotEnough)
    );
    assert_eq!(five.self_test, None);
    let ten = proposal(INLINE, series(10 * 24, |_, _| {}));
    assert_eq!((ten.cpu, ten.memory), (Verdict::Shrink, Verdict::NotEnough));
    let sparse = proposal(
        INLINE,
        series(NINE_WEEKS, |at, sample| {
            if at % 3 != 0 {
                sample.cpu_max = None;
                sample.memory_max = None;
            }
        }),
    );
    assert_eq!(
        (sparse.cpu, sparse.memory),
        (Verdict::NotEnough, Verdict::NotEnough)
    );
}

#[test]
fn a_service_that_the_metrics_do_not_name_has_no_evidence() {
    let text = r#"{"version": 1, "cluster": "c", "region": "us-east-1", "services": [
        {"serviceName": "b", "desiredCount": 1, "cpu": 256, "memory": 512}]}"#;
    let cluster = read_cluster(text, "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("the catalogue");
    let found = propose(&cluster, &catalogue, &Metrics::new(), Asking::default()).remove(0);
    assert_eq!(
        (found.cpu, found.memory),
        (Verdict::NotEnough, Verdict::NotEnough)
    );
    assert_eq!(found.reasons, [Reason::NoMetrics]);
    assert!(!found.changes());
}

#[test]
fn at_a_hard_cap_the_size_grows_and_a_share_is_no_cap() {
    let capped = |at: i64, sample: &mut Sample| {
        if at % 10 == 0 {
            sample.cpu_max = Some(1_000.0);
        }
    };
    let found = proposal(INLINE, series(NINE_WEEKS, capped));
    assert_eq!((found.cpu, sizes(&found).0), (Verdict::Grow, 1_280));
    assert_eq!(words(&found), ["throttled"]);
    assert_eq!(found.guarantee, None, "the need is not known");
    let share = proposal(SHARES, series(NINE_WEEKS, capped));
    assert!(!share.flags.contains(&Flag::Throttled), "{:?}", share.flags);
    let above = |at: i64, sample: &mut Sample| {
        if at % 100 == 0 {
            sample.cpu_max = Some(1_500.0);
        }
    };
    assert!(
        !proposal(INLINE, series(NINE_WEEKS, above))
            .flags
            .contains(&Flag::Throttled)
    );
}

#[test]
fn a_share_may_be_exceeded_more_often_than_a_cap() {
    // One hour in thirty: within 5 % of hours, beyond 1 %.
    let busy = |at: i64, sample: &mut Sample| {
        if at % 30 == 0 {
            sample.cpu_max = Some(700.0);
        }
    };
    assert!(sizes(&proposal(INLINE, series(NINE_WEEKS, busy))).0 >= 700);
    assert!(sizes(&proposal(SHARES, series(NINE_WEEKS, busy))).0 >= 210);
}

#[test]
fn memory_grows_after_a_kill_and_twice_as_much_after_the_second() {
    let small = r#"{"serviceName": "a", "desiredCount": 4, "cpu": 1024, "memory": 800}"#;
    let kills = |hours: &'static [i64]| {
        series(NINE_WEEKS, move |at, sample| {
            sample.reserved_memory = Some(MemoryMib::new(800));
            sample.oom_kills = u64::from(hours.contains(&at));
        })
    };
    let once = proposal(small, kills(&[900]));
    assert_eq!((once.memory, sizes(&once).1), (Verdict::Grow, 1_024));
    assert_eq!(words(&once), ["oom"]);
    assert_eq!(sizes(&proposal(small, kills(&[900, 1_000]))).1, 1_600);
    // No cut below the limit at which a task was killed, for 63 days.
    let later = series(NINE_WEEKS, |at, sample| {
        sample.oom_kills = u64::from(at == 900);
        sample.reserved_memory = Some(MemoryMib::new(if at <= 900 { 1_600 } else { 2_048 }));
    });
    assert_eq!(proposal(INLINE, later).memory, Verdict::Keep);
}

#[test]
fn a_leak_is_named_and_not_cut() {
    let leak = series(NINE_WEEKS, |at, sample| {
        sample.memory_max = Some(300.0 + 0.5 * at as f64);
    });
    let found = proposal(INLINE, leak);
    assert_eq!(words(&found), ["leak"]);
    assert_eq!(found.memory, Verdict::Keep);
    let steep = series(NINE_WEEKS, |at, sample| {
        sample.memory_max = Some(300.0 + at as f64);
    });
    let found = proposal(INLINE, steep);
    assert_eq!(found.memory, Verdict::Grow);
    assert!(sizes(&found).1 >= 300 + (63 + 13) * 24);
}

#[test]
fn a_heap_that_is_taken_at_the_start_stays() {
    let heap = series(NINE_WEEKS, |at, sample| {
        sample.memory_max = Some(1_900.0 + (at % 7) as f64);
    });
    let found = proposal(INLINE, heap);
    assert_eq!((found.memory, words(&found)), (Verdict::Keep, vec!["heap"]));
}

#[test]
fn bursts_idleness_and_start_peaks_are_flags() {
    let burst = series(NINE_WEEKS, |at, sample| {
        if at % 200 == 0 {
            sample.cpu_max = Some(900.0);
        }
    });
    assert_eq!(words(&proposal(INLINE, burst)), ["burst"]);
    let idle = series(NINE_WEEKS, |_, sample| {
        sample.cpu_max = Some(6.0);
        sample.cpu_avg = Some(5.0);
    });
    assert_eq!(words(&proposal(INLINE, idle)), ["idle"]);
    let start = |at: i64, sample: &mut Sample| {
        if at < 700 {
            sample.reserved_memory = Some(MemoryMib::new(1_024));
        }
        if at == 700 {
            sample.cpu_max = Some(600.0);
        }
    };
    assert_eq!(
        words(&proposal(INLINE, series(NINE_WEEKS, start))),
        ["start-peak"]
    );
}

#[test]
fn a_service_that_scales_by_cpu_keeps_its_size_and_gets_counts() {
    let scaled = series(NINE_WEEKS, |at, sample| {
        let load = 2_500.0 + 2_000.0 * (at as f64 / 24.0 * std::f64::consts::TAU).sin();
        let tasks = (load / (0.6 * 1_024.0)).ceil();
        sample.tasks = Some(tasks);
        sample.cpu_avg = Some(load / tasks);
        sample.cpu_max = Some(1.1 * load / tasks);
    });
    let found = proposal(INLINE, scaled);
    assert_eq!(
        (found.cpu, words(&found)),
        (Verdict::Keep, vec!["scaled-by-cpu"])
    );
    let (least, most) = (
        found.counts.least.expect("fewest"),
        found.counts.most.expect("most"),
    );
    assert!(
        found.counts.is_changed && least <= 4 && (8..=14).contains(&most),
        "{least} {most}"
    );
}

#[test]
fn a_new_level_begins_the_evidence_anew_and_a_weekend_does_not() {
    let shifted = series(NINE_WEEKS, |at, sample| {
        if at >= NINE_WEEKS - 5 * 24 {
            sample.cpu_max = Some(20.0);
        }
    });
    let found = proposal(INLINE, shifted);
    assert_eq!(found.cpu, Verdict::NotEnough);
    assert!(
        found.reasons.contains(&Reason::Shifted { days: 5 }),
        "{:?}",
        found.reasons
    );
    // Nights of a weekend, the series ending on each day of the week.
    for last in 0..7 {
        let weekdays = series(NINE_WEEKS - last * 24, |at, sample| {
            if (at / 24) % 7 >= 5 {
                sample.cpu_max = Some(10.0);
            }
        });
        let found = proposal(INLINE, weekdays);
        assert_eq!(found.cpu, Verdict::Shrink, "{last}: {:?}", found.reasons);
        assert!(sizes(&found).0 >= 210, "{last}");
    }
}

#[test]
fn a_rising_service_is_not_sized_on_its_past() {
    let rising = series(NINE_WEEKS, |at, sample| {
        let days_left = (NINE_WEEKS - 1 - at) / 24;
        if days_left < 3 {
            sample.cpu_max = Some(260.0);
        }
    });
    let found = proposal(INLINE, rising);
    assert!(
        found
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Growth { .. })),
        "{:?}",
        found.reasons
    );
    assert!(sizes(&found).0 >= 260);
}

#[test]
fn fargate_has_its_own_sizes() {
    let found = proposal(FARGATE, series(NINE_WEEKS, |_, _| {}));
    assert_eq!(sizes(&found), (256, 1_024));
    assert_eq!(
        (found.cpu, found.memory),
        (Verdict::Shrink, Verdict::Shrink)
    );
    // Memory alone could shrink, but no size of one vCPU has less than 2 GB.
    let busy = series(NINE_WEEKS, |_, sample| sample.cpu_max = Some(940.0));
    let found = proposal(FARGATE, busy);
    assert_eq!(sizes(&found), (1_024, 2_048));
    assert_eq!((found.cpu, found.memory), (Verdict::Keep, Verdict::Keep));
}

#[test]
fn periods_of_five_minutes_make_hours_and_half_an_hour_is_enough() {
    let samples = (0..14 * 24 * 12).filter(|at| at % 12 < 6).map(|at| Sample {
        start: MONDAY + at * 300,
        ..hour(at / 12)
    });
    let half = Series {
        period: 300,
        samples: samples.collect(),
    };
    assert_eq!(proposal(INLINE, half.clone()).evidence.hours, 14 * 24);
    let less = Series {
        samples: half
            .samples
            .iter()
            .filter(|sample| sample.start % HOUR < 1_500)
            .copied()
            .collect(),
        ..half
    };
    assert_eq!(proposal(INLINE, less).evidence.hours, 0);
}

/// Load of a service that scales by CPU, by the hour of the week, with a target of 60 %.
fn scaling(load: impl Fn(i64) -> f64) -> Series {
    series(NINE_WEEKS, |at, sample| {
        let load = load(at);
        let tasks = (load / (0.6 * 1_024.0)).ceil();
        sample.tasks = Some(tasks);
        sample.cpu_avg = Some(load / tasks);
        sample.cpu_max = Some(1.1 * load / tasks);
    })
}

fn proposed_with_profiles(series: Series) -> Proposal {
    let text = r#"{"version": 1, "cluster": "c", "region": "us-east-1", "services": [
        {"serviceName": "a", "desiredCount": 8, "cpu": 1024, "memory": 2048}]}"#;
    let cluster = read_cluster(text, "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("the catalogue");
    let metrics: Metrics = [("a".to_owned(), series)].into();
    let asking = Asking {
        profiles: true,
        ..Asking::default()
    };
    propose(&cluster, &catalogue, &metrics, asking).remove(0)
}

/// The series in steps of seconds, by the hour it lies in.
fn in_steps((first, end): (i64, i64), seconds: i64) -> Vec<Sample> {
    let steps = (first * HOUR..end * HOUR).step_by(usize::try_from(seconds).expect("few"));
    steps
        .map(|second| Sample {
            start: MONDAY + second,
            ..hour(second / HOUR)
        })
        .collect()
}

fn proposal_of(mut samples: Vec<Sample>) -> Proposal {
    samples.sort_by_key(|sample| sample.start);
    let starts: Vec<i64> = samples.iter().map(|sample| sample.start).collect();
    let period = usual_difference(&starts).expect("some");
    proposal(INLINE, Series { period, samples })
}

#[test]
fn a_stray_row_and_files_of_other_periods_leave_the_hours_alone() {
    let whole = proposal(INLINE, series(NINE_WEEKS, |_, _| ()));
    let mut stray = in_steps((0, NINE_WEEKS), HOUR);
    stray.push(Sample {
        start: MONDAY + 700 * HOUR + 60,
        ..hour(700)
    });
    assert_eq!(proposal_of(stray).evidence, whole.evidence);
    let mut mixed = in_steps((0, NINE_WEEKS - 14 * 24), HOUR);
    mixed.extend(in_steps((NINE_WEEKS - 14 * 24, NINE_WEEKS), 300));
    let mixed = proposal_of(mixed);
    assert_eq!((mixed.evidence, mixed.size), (whole.evidence, whole.size));
    // Two rows of a minute in every hour: who knows what the other 58 were. It is said.
    let mut half = in_steps((0, NINE_WEEKS), HOUR);
    half.extend(
        in_steps((0, NINE_WEEKS), HOUR)
            .into_iter()
            .map(|sample| Sample {
                start: sample.start + 60,
                ..sample
            }),
    );
    let half = proposal_of(half);
    assert_eq!(half.cpu, Verdict::NotEnough);
    let why: Vec<String> = half.reasons.iter().map(Reason::to_string).collect();
    assert!(
        why[0].contains("1512 hours have values in less than half"),
        "{why:?}"
    );
}

#[test]
fn a_second_run_cuts_no_further_where_nobody_says_which_size_was_in_force() {
    // Three hours in a thousand are above what 1 % of hours is.
    let spread = |at: i64, sample: &mut Sample| {
        let rank = (at * 7_919) % 1_009;
        sample.cpu_max = Some(200.0 + 300.0 * (rank as f64 / 1_009.0).powi(20));
        (sample.reserved_cpu, sample.reserved_memory) = (None, None);
    };
    let first = proposal(INLINE, series(NINE_WEEKS, spread));
    assert_eq!(first.cpu, Verdict::Shrink);
    let (cpu, memory) = sizes(&first);
    let then =
        format!(r#"{{"serviceName": "a", "desiredCount": 4, "cpu": {cpu}, "memory": {memory}}}"#);
    let second = proposal(&then, series(NINE_WEEKS, spread));
    assert_eq!(sizes(&second), (cpu, memory), "{:?}", second.reasons);
}

#[test]
fn a_weekly_wave_gets_tasks_by_the_hour_within_its_limits() {
    let found = proposed_with_profiles(scaling(|at| {
        let day = (at as f64 / 24.0 * std::f64::consts::TAU).sin();
        let weekend = if (at / 24) % 7 >= 5 { 0.5 } else { 1.0 };
        weekend * (4_000.0 + 2_500.0 * day)
    }));
    let profile = found.profile.as_ref().expect("a profile");
    let (least, most) = (
        found.counts.least.expect("fewest"),
        found.counts.most.expect("most"),
    );
    assert_eq!(profile.counts.len(), 168);
    assert!(
        profile
            .counts
            .iter()
            .all(|count| (least..=most).contains(count))
    );
    // Saturday's noon needs less than Monday's.
    assert!(
        profile.counts[5 * 24 + 6] < profile.counts[6],
        "{:?}",
        profile.counts
    );
    assert!(profile.exceeded <= profile.exceeded_flat.max(3));
    assert!(found.changes() && found.cpu == Verdict::Keep);
}

#[test]
fn a_load_without_a_rhythm_keeps_one_number() {
    let found = proposed_with_profiles(scaling(|at| 2_500.0 + 2_000.0 * (at as f64 / 37.7).sin()));
    assert_eq!(found.profile, None, "{:?}", found.reasons);
}
