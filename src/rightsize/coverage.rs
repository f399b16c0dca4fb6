//! What the bounds promise, held to series of known laws: learned on nine weeks, looked at on the week that follows.

use crate::domain::quantity::{CpuUnits, MemoryMib};

use super::decide::{Answering, Decision, Subject, decide};
use super::flag::{Flag, Verdict};
use super::grid::{Grid, Size};
use super::guarantee;
use super::series::{HOUR, Sample, Series};
use super::window::{DAY, WEEK, Window};

/// 2026-03-02, a Monday.
const MONDAY: i64 = 1_772_409_600;
const LEARNED: i64 = 9 * WEEK;
const SERIES: u64 = 60;

/// Numbers that look random and are the same in every run (`SplitMix64`; Steele, Lea and Flood 2014).
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Box and Muller 1958.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Hours of CPU by a law, learned ones and the week that follows.
fn hours(seed: u64, mut law: impl FnMut(i64, &mut Noise) -> f64) -> Vec<f64> {
    let mut noise = Noise(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    (0..LEARNED + WEEK).map(|at| law(at, &mut noise)).collect()
}

fn window(cpu: &[f64], memory: &[f64]) -> Window {
    let samples = cpu
        .iter()
        .zip(memory)
        .zip(0..)
        .map(|((cpu, memory), at)| Sample {
            start: MONDAY + at * HOUR,
            cpu_max: Some(*cpu),
            cpu_avg: Some(*cpu),
            memory_max: Some(*memory),
            tasks: Some(2.0),
            ..Sample::default()
        });
    let samples: Vec<Sample> = samples.collect();
    let end = MONDAY / HOUR + i64::try_from(samples.len()).expect("a few weeks");
    let series = Series {
        period: HOUR,
        samples,
    };
    Window::of(&series, end)
}

fn subject(cpu: u64, is_capped: bool) -> Subject {
    Subject {
        today: Size {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(1 << 20),
        },
        is_capped,
        grid: Grid::Steps,
    }
}

fn learned(hours: &[f64], subject: &Subject) -> Decision {
    let known = &hours[..usize::try_from(LEARNED).expect("small")];
    decide(
        subject,
        &window(known, &vec![1_000.0; known.len()]),
        Answering::default(),
    )
}

/// Hours and days above the size, and those looked at, over many series; and the days that the bound allows in the mean.
struct Held {
    hours: (f64, f64),
    days: (f64, f64),
    allowed: f64,
}

fn held(is_capped: bool, law: impl Fn(u64) -> Vec<f64>) -> Held {
    let mut held = Held {
        hours: (0.0, 0.0),
        days: (0.0, 0.0),
        allowed: 0.0,
    };
    for seed in 0..SERIES {
        let hours = law(seed);
        let decision = learned(&hours, &subject(1 << 20, is_capped));
        assert_eq!(decision.cpu, Verdict::Shrink, "{:?}", decision.reasons);
        let size = decision.size.cpu.get() as f64;
        let bound = guarantee::of(&decision.counted, size, decision.level, |hour| hour.cpu);
        held.allowed += bound.expect("nine weeks").days / SERIES as f64;
        let next = &hours[usize::try_from(LEARNED).expect("small")..];
        for day in next.chunks(usize::try_from(DAY).expect("small")) {
            let above = day.iter().filter(|cpu| **cpu > size).count();
            held.hours.0 += above as f64;
            held.hours.1 += day.len() as f64;
            held.days.0 += f64::from(u8::from(above > 0));
            held.days.1 += 1.0;
        }
    }
    held
}

#[test]
fn independent_hours_exceed_no_more_than_the_level_and_days_no_more_than_their_bound() {
    for (is_capped, level) in [(true, 0.01), (false, 0.05)] {
        let held = held(is_capped, |seed| {
            hours(seed, |_, noise| 400.0 * (0.3 * noise.normal()).exp())
        });
        // 10,080 hours: four standard deviations of a share of 1 % are 0.4 %.
        let share = held.hours.0 / held.hours.1;
        assert!(share <= level + 0.004, "{share}");
        assert!(share >= 0.25 * level, "{share}: the size is no luxury");
        let days = held.days.0 / held.days.1;
        assert!(days <= held.allowed + 0.06, "{days} {}", held.allowed);
    }
}

#[test]
fn hours_that_depend_on_each_other_stay_near_the_level_in_the_mean() {
    let held = held(true, |seed| {
        let mut state = 0.0;
        hours(seed, |_, noise| {
            state = 0.9 * state + (1.0_f64 - 0.81).sqrt() * noise.normal();
            500.0 * (0.2 * state).exp()
        })
    });
    let share = held.hours.0 / held.hours.1;
    assert!(share <= 0.02, "{share}");
    let days = held.days.0 / held.days.1;
    assert!(days <= held.allowed + 0.04, "{days} {}", held.allowed);
}

#[test]
fn a_daily_wave_is_covered_at_its_top() {
    let held = held(true, |seed| {
        hours(seed, |at, noise| {
            let top = (at as f64 / 24.0 * std::f64::consts::TAU).sin();
            600.0 + 300.0 * top + 20.0 * noise.normal()
        })
    });
    assert!(held.hours.0 / held.hours.1 <= 0.015, "{}", held.hours.0);
}

#[test]
fn a_new_level_is_not_sized_on_the_old_one() {
    for seed in 0..SERIES {
        let hours = hours(seed, |at, noise| {
            let level = if at < LEARNED - 4 * DAY { 200.0 } else { 500.0 };
            level + 20.0 * noise.normal()
        });
        let decision = learned(&hours, &subject(1_024, true));
        // Four days are not enough to say what the new level needs, and the old one is not asked.
        assert_eq!(decision.cpu, Verdict::NotEnough, "{:?}", decision.reasons);
    }
}

#[test]
fn what_a_leak_reaches_within_a_fortnight_fits() {
    let known = usize::try_from(LEARNED).expect("small");
    for seed in 0..SERIES {
        let memory = hours(seed, |at, noise| {
            500.0 + 0.6 * at as f64 + 10.0 * noise.normal()
        });
        let cpu = vec![100.0; known];
        let mut subject = subject(128, true);
        subject.today.memory = MemoryMib::new(1_408);
        let decision = decide(
            &subject,
            &window(&cpu, &memory[..known]),
            Answering::default(),
        );
        assert!(decision.flags.contains(&Flag::Leak));
        let size = decision.size.memory.get() as f64;
        assert!(memory[known..].iter().all(|used| *used <= size), "{size}");
    }
}

#[test]
fn at_a_cap_nothing_is_cut() {
    for seed in 0..SERIES {
        let hours = hours(seed, |_, noise| {
            (900.0 + 200.0 * noise.normal()).clamp(1.0, 1_024.0)
        });
        let decision = learned(&hours, &subject(1_024, true));
        assert_eq!(decision.cpu, Verdict::Grow);
        assert!(decision.flags.contains(&Flag::Throttled) && decision.size.cpu.get() >= 1_280);
    }
}
