//! What is proposed for a service, with everything that it rests on.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::quantity::CpuUnits;
use crate::domain::service::Service;
use crate::domain::week::Week;

use super::adaptive;
use super::decide::{self, Answering, Decision, LEAST_CHANGE, Subject, decide};
use super::evidence::Evidence;
use super::flag::{Flag, Verdict, of_change};
use super::grid::{Grid, Size};
use super::guarantee::{self, Guarantee};
use super::hysteresis;
use super::past::{Change, Earlier, Past};
use super::peaks_since;
use super::profile::{self, Profile};
use super::reason::Reason;
use super::risk::Risk;
use super::self_test::{self, SelfTest};
use super::series::{Metrics, Series};
use super::watch::{self, Watched};
use super::window::{Window, end_of};

/// Least change of a count that is worth a change of settings.
const LEAST_CHANGE_OF_COUNT: f64 = 0.1;

/// A service's proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Name.
    pub service: String,
    /// Today's number of tasks.
    pub desired_count: u64,
    /// Today's size.
    pub today: Size,
    /// Size that the rules ask for.
    pub wanted: Size,
    /// Proposed size.
    pub size: Size,
    /// What becomes of CPU.
    pub cpu: Verdict,
    /// What becomes of memory.
    pub memory: Verdict,
    /// Fewest and most tasks, today's and proposed; `None` where neither the file nor the series has any.
    pub counts: Counts,
    /// What stands out.
    pub flags: BTreeSet<Flag>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// How much was measured.
    pub evidence: Evidence,
    /// The rules on an earlier window, judged on the last week.
    pub self_test: Option<SelfTest>,
    /// How often CPU exceeds the proposed size, at most.
    pub guarantee: Option<Guarantee>,
    /// Tasks by hour of the week, where that does better than one number.
    pub profile: Option<Profile>,
    /// The level that CPU was sized on, for the runs that follow; `None` where the rules did not size it.
    pub level: Option<f64>,
    /// Whether only the last two days ask for more CPU.
    pub is_recent: bool,
    /// Counts that the rules ask for, where they are others than today's, whatever is proposed.
    pub wanted_counts: Option<Counts>,
    /// Changes of its size that this run found or looked after.
    pub seen: Vec<Change>,
    /// What other sizes of CPU would risk, where CPU is cut by the rule.
    pub risk: Option<Risk>,
}

/// What a run is asked beside the metrics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asking<'a> {
    /// What earlier runs found; `None` without a history.
    pub past: Option<&'a Past>,
    /// Whether a cut is made at once, whatever earlier runs wanted.
    pub once: bool,
    /// Whether counts by hour of the week may be proposed.
    pub profiles: bool,
}

/// Fewest and most tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fewest.
    pub least: Option<u64>,
    /// Most.
    pub most: Option<u64>,
    /// Whether they are others than the file's.
    pub is_changed: bool,
}

impl Proposal {
    /// Whether anything of the service changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.cpu.changes()
            || self.memory.changes()
            || self.counts.is_changed
            || self.profile.is_some()
    }

    /// Gives it another size, with what that makes of verdicts and bounds.
    pub(super) fn resize(&mut self, size: Size) {
        if size.cpu != self.size.cpu {
            self.guarantee = (self.risk.as_ref()).and_then(|risk| risk.guarantee(size.cpu));
        }
        self.size = size;
        self.cpu = of_change(self.cpu, size.cpu.cmp(&self.today.cpu));
        self.memory = of_change(self.memory, size.memory.cmp(&self.today.memory));
    }

    /// Takes cuts back, which would save too little; what grows stays.
    pub fn drop_cuts(&mut self, today: Counts) {
        let is_cut =
            self.cpu == Verdict::Shrink || self.memory == Verdict::Shrink || self.profile.is_some();
        if !is_cut {
            return;
        }
        if self.cpu == Verdict::Shrink {
            (self.cpu, self.size.cpu) = (Verdict::Keep, self.today.cpu);
        }
        if self.memory == Verdict::Shrink {
            (self.memory, self.size.memory) = (Verdict::Keep, self.today.memory);
        }
        if self.profile.take().is_some() && self.counts.most <= today.most {
            self.counts = today;
        }
        self.guarantee = None;
        self.reasons.push(Reason::SavesTooLittle);
    }
}

/// A proposal for every service of a cluster, in their order; standalone tasks have none.
#[must_use]
pub fn propose(
    cluster: &Cluster,
    catalogue: &Catalogue,
    metrics: &Metrics,
    asking: Asking<'_>,
) -> Vec<Proposal> {
    let end = end_of(metrics.values());
    (cluster.services.iter())
        .filter(|service| !service.is_standalone())
        .map(|service| {
            let grid = Grid::of(service, cluster, catalogue);
            let series = metrics.get(&service.name);
            let mut proposal = of_service(service, cluster, &grid, (series, end), asking);
            if let Some(past) = asking.past.filter(|_| !asking.once) {
                wait(&mut proposal, service, &grid, &past.runs);
            }
            proposal
        })
        .collect()
}

/// Holds a cut, and other counts, back until three runs agree on it. More tasks at most do not wait.
fn wait(proposal: &mut Proposal, service: &Service, grid: &Grid, earlier: &[Earlier]) {
    let sizes = (proposal.today, proposal.size);
    let verdicts = (proposal.cpu, proposal.memory);
    let held = hysteresis::hold(&proposal.service, sizes, verdicts, grid, earlier);
    proposal.cpu = held.cpu;
    proposal.memory = held.memory;
    proposal.size = held.size;
    let reason = held.too_few.map(|runs| Reason::FewRunsAgree { runs });
    proposal.reasons.extend(reason);
    if proposal.is_recent && proposal.cpu == Verdict::Grow {
        let asking = hysteresis::ask_for_more(&proposal.service, proposal.today, earlier);
        if asking < hysteresis::RUNS as u64 {
            let size = Size {
                cpu: proposal.today.cpu,
                ..proposal.size
            };
            proposal.size = fitted(size, proposal.today, grid);
            let today = proposal.today.cpu;
            proposal.cpu = of_change(Verdict::Grow, proposal.size.cpu.cmp(&today));
            proposal
                .reasons
                .push(Reason::FewRunsAskForMore { runs: asking });
        }
    }
    let grows = proposal.counts.most > service.max_count && service.max_count.is_some();
    if proposal.wanted_counts.is_some()
        && !grows
        && !hysteresis::agree_on_counts(&proposal.service, proposal.today, earlier)
    {
        proposal.counts = todays(service);
        proposal.profile = None;
        proposal.reasons.push(Reason::CountsWait);
    }
}

fn of_service(
    service: &Service,
    cluster: &Cluster,
    grid: &Grid,
    (series, end): (Option<&Series>, i64),
    asking: Asking<'_>,
) -> Proposal {
    let subject = Subject::of(service, grid.clone());
    let Some(series) = series else {
        return unmeasured(service, &subject);
    };
    let mut window = Window::of(series, end);
    if let Some(past) = asking.past {
        window.fill(past.in_force(&service.name, subject.today));
    }
    let target = decide::target(&subject, &window);
    let level = (asking.past).map(|past| adaptive::level(&window, target, past.of(&service.name)));
    let self_test = self_test::run(&subject, &window);
    let answering = |missed| Answering { missed, level };
    let mut decision = decide(&subject, &window, answering(None));
    if let Some(missed) = self_test.and_then(|test| missed(&test, &decision)) {
        decision = decide(&subject, &window, answering(Some(missed)));
    }
    let cpu = Evidence::of(&window, |hour| hour.cpu);
    let memory = Evidence::of(&window, |hour| hour.memory);
    let units = decision.size.cpu.get() as f64;
    let at_least = decision.level.max(0.0);
    let guarantee = guarantee::of(&decision.counted, units, at_least, |hour| hour.cpu);
    // A size that stays for another reason than the rule's has no bound.
    let has_bound = decision.is_ruled && units > 0.0;
    let counts = counts(service, cluster, &decision);
    let mut proposal = Proposal {
        service: service.name.clone(),
        desired_count: service.desired_count,
        today: subject.today,
        wanted: decision.size,
        size: decision.size,
        cpu: decision.cpu,
        memory: decision.memory,
        counts,
        flags: decision.flags.clone(),
        reasons: decision.reasons.clone(),
        evidence: if cpu.hours >= memory.hours {
            cpu
        } else {
            memory
        },
        self_test,
        guarantee: guarantee.filter(|_| has_bound),
        profile: None,
        level: (decision.is_ruled).then_some(level.unwrap_or(decision.level)),
        is_recent: decision.is_recent,
        wanted_counts: None,
        seen: Vec::new(),
        risk: Risk::of(&subject, &window, &decision, asking.past.is_none()),
    };
    if asking.profiles {
        by_the_hour(&mut proposal, service, cluster, &decision);
    }
    let wants_counts = proposal.counts.is_changed || proposal.profile.is_some();
    proposal.wanted_counts = wants_counts.then_some(proposal.counts);
    if let Some(past) = asking.past {
        let watched = watch::look(&service.name, past, &window, subject.today, target);
        let (grew, grown_since) = (watched.grew, watched.cpu_grown_since);
        heed(&mut proposal, watched, grid);
        if !asking.once {
            let grown_since = grown_since.filter(|_| !matches!(grid, Grid::Fargate(_)));
            let floor = peaks_since::floor(&service.name, past, (grown_since, window.end));
            keep_to_floor(&mut proposal, floor, grid);
            keep_what_grew(&mut proposal, grew, grid);
        }
    }
    proposal
}

/// A size that exists: sizes that others chose need not lie on the grid, but where Fargate has no such size.
fn fitted(size: Size, today: Size, grid: &Grid) -> Size {
    if matches!(grid, Grid::Fargate(_)) && size != today {
        grid.round_up(size).unwrap_or(today)
    } else {
        size
    }
}

/// What the week after a change says: back to the size before, or no cut for a while.
fn heed(proposal: &mut Proposal, watched: Watched, grid: &Grid) {
    let today = proposal.today;
    proposal.seen = watched.changes;
    let kept = |size: Size| Size {
        cpu: size.cpu.max(today.cpu),
        memory: size.memory.max(today.memory),
    };
    let is_cut =
        |proposal: &Proposal| proposal.cpu == Verdict::Shrink || proposal.memory == Verdict::Shrink;
    let size = if let Some(back_to) = watched.back_to {
        proposal.reasons.push(Reason::Withdrawn {
            hours: watched.exceeded,
        });
        let size = kept(proposal.size);
        Size {
            cpu: size.cpu.max(back_to.cpu),
            memory: size.memory.max(back_to.memory),
        }
    } else if let Some(days) = watched.rests.filter(|_| is_cut(proposal)) {
        proposal.reasons.push(Reason::Rests { days });
        kept(proposal.size)
    } else {
        return;
    };
    proposal.size = fitted(size, today, grid);
    proposal.cpu = of_change(proposal.cpu, proposal.size.cpu.cmp(&today.cpu));
    proposal.memory = of_change(proposal.memory, proposal.size.memory.cmp(&today.memory));
    proposal.wanted = proposal.size;
}

/// CPU is cut no further than to what was wanted since it was made larger, unless its level shifted; by less than the least change not at all.
fn keep_to_floor(proposal: &mut Proposal, floor: Option<CpuUnits>, grid: &Grid) {
    let shifted = |reason: &Reason| matches!(reason, Reason::Shifted { .. });
    let is_above = |floor: &CpuUnits| *floor > proposal.size.cpu;
    let Some(floor) = floor.filter(is_above) else {
        return;
    };
    if proposal.cpu != Verdict::Shrink || proposal.reasons.iter().any(shifted) {
        return;
    }
    let today = proposal.today;
    let is_worth_it = floor.get() as f64 <= today.cpu.get() as f64 * (1.0 - LEAST_CHANGE);
    let cpu = if is_worth_it { floor } else { today.cpu };
    let size = Size {
        cpu,
        ..proposal.size
    };
    proposal.size = fitted(size, today, grid);
    proposal.cpu = of_change(proposal.cpu, proposal.size.cpu.cmp(&today.cpu));
    proposal.memory = of_change(proposal.memory, proposal.size.memory.cmp(&today.memory));
    proposal.reasons.push(Reason::WantedSinceGrowth { floor });
}

/// CPU or memory that was made larger not long ago is not cut; what the rules want is kept for the runs that follow.
fn keep_what_grew(proposal: &mut Proposal, grew: (Option<i64>, Option<i64>), grid: &Grid) {
    let cpu = grew.0.filter(|_| proposal.cpu == Verdict::Shrink);
    let memory = grew.1.filter(|_| proposal.memory == Verdict::Shrink);
    let Some(days) = cpu.max(memory) else { return };
    let (today, mut size) = (proposal.today, proposal.size);
    if cpu.is_some() {
        size.cpu = today.cpu;
    }
    if memory.is_some() {
        size.memory = today.memory;
    }
    proposal.size = fitted(size, today, grid);
    proposal.cpu = of_change(proposal.cpu, proposal.size.cpu.cmp(&today.cpu));
    proposal.memory = of_change(proposal.memory, proposal.size.memory.cmp(&today.memory));
    proposal.reasons.push(Reason::Grew { days });
}

/// Tasks by hour of the week, of a service whose number of tasks follows its load, and that has no such counts yet.
fn by_the_hour(proposal: &mut Proposal, service: &Service, cluster: &Cluster, decision: &Decision) {
    let has_counts = |week: &Week| week.counts.contains_key(&service.name);
    if cluster.week.as_ref().is_some_and(has_counts) {
        return;
    }
    let (Some(scaled), Some(least), Some(most)) =
        (decision.scaled, proposal.counts.least, proposal.counts.most)
    else {
        return;
    };
    let of_one = scaled.target * proposal.size.cpu.get() as f64;
    let Some(found) = profile::of(&decision.counted, of_one, (least, most)) else {
        return;
    };
    let (by_hour, flat) = found.task_hours;
    proposal.reasons.push(Reason::Profile {
        hours: found.hours,
        exceeded: found.exceeded,
        exceeded_flat: found.exceeded_flat,
        spared: 1.0 - by_hour as f64 / (flat as f64).max(1.0),
    });
    proposal.profile = Some(found);
}

fn unmeasured(service: &Service, subject: &Subject) -> Proposal {
    Proposal {
        service: service.name.clone(),
        desired_count: service.desired_count,
        today: subject.today,
        wanted: subject.today,
        size: subject.today,
        cpu: Verdict::NotEnough,
        memory: Verdict::NotEnough,
        counts: todays(service),
        flags: BTreeSet::new(),
        reasons: vec![Reason::NoMetrics],
        evidence: Evidence::default(),
        self_test: None,
        guarantee: None,
        profile: None,
        level: None,
        is_recent: false,
        wanted_counts: None,
        seen: Vec::new(),
        risk: None,
    }
}

/// Hours of the last week by which a cut of CPU is off: more than twice what the level allows.
fn missed(test: &SelfTest, decision: &Decision) -> Option<u64> {
    let most = 2.0 * decision.exceeded * test.hours as f64;
    (decision.cpu == Verdict::Shrink && test.exceeded_cpu as f64 > most)
        .then_some(test.exceeded_cpu)
}

fn todays(service: &Service) -> Counts {
    Counts {
        least: service.min_count,
        most: service.max_count,
        is_changed: false,
    }
}

/// The counts that the load of a service asks for that scales by CPU; today's of any other.
fn counts(service: &Service, cluster: &Cluster, decision: &Decision) -> Counts {
    let today = todays(service);
    let Some(scaled) = decision
        .scaled
        .filter(|_| !service.is_daemon() && decision.cpu != Verdict::NotEnough)
    else {
        return today;
    };
    // Two of them, or one in every zone, were somebody's decision.
    let available = cluster.zones.len().max(2) as u64;
    let floor = available
        .min(service.min_count.unwrap_or(available))
        .min(service.desired_count);
    let Some((least, most)) = scaled.counts(decision.size.cpu, floor) else {
        return today;
    };
    let desired = service.desired_count;
    let least = settled(service.min_count, least.min(desired));
    let most = settled(service.max_count, most.max(desired));
    Counts {
        least: Some(least),
        most: Some(most),
        is_changed: Some(least) != service.min_count || Some(most) != service.max_count,
    }
}

/// Today's count where the new one is close to it.
fn settled(today: Option<u64>, wanted: u64) -> u64 {
    match today {
        Some(today) if (today.abs_diff(wanted) as f64) <= LEAST_CHANGE_OF_COUNT * today as f64 => {
            today
        }
        _ => wanted,
    }
}
