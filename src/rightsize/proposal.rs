//! What is proposed for a service, with everything that it rests on.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::service::Service;

use super::decide::{Decision, Subject, decide};
use super::evidence::Evidence;
use super::flag::{Flag, Verdict};
use super::grid::{Grid, Size};
use super::guarantee::{self, Guarantee};
use super::hysteresis::{self, Earlier};
use super::reason::Reason;
use super::self_test::{self, SelfTest};
use super::series::{Metrics, Series};
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
        self.cpu.changes() || self.memory.changes() || self.counts.is_changed
    }
}

/// A proposal for every service of a cluster, in their order; standalone tasks have none.
///
/// `earlier` are the runs before, the newest first, which must agree with a cut; with `None` nothing waits.
#[must_use]
pub fn propose(
    cluster: &Cluster,
    catalogue: &Catalogue,
    metrics: &Metrics,
    earlier: Option<&[Earlier]>,
) -> Vec<Proposal> {
    let end = end_of(metrics.values());
    (cluster.services.iter())
        .filter(|service| !service.is_standalone())
        .map(|service| {
            let grid = Grid::of(service, cluster, catalogue);
            let series = metrics.get(&service.name);
            let mut proposal = of_service(service, cluster, &grid, series, end);
            if let Some(earlier) = earlier {
                wait(&mut proposal, &grid, earlier);
            }
            proposal
        })
        .collect()
}

/// Holds a cut back until three runs agree on it.
fn wait(proposal: &mut Proposal, grid: &Grid, earlier: &[Earlier]) {
    let sizes = (proposal.today, proposal.wanted);
    let verdicts = (proposal.cpu, proposal.memory);
    let held = hysteresis::hold(&proposal.service, sizes, verdicts, grid, earlier);
    proposal.cpu = held.cpu;
    proposal.memory = held.memory;
    proposal.size = held.size;
    let reason = held.too_few.map(|runs| Reason::FewRunsAgree { runs });
    proposal.reasons.extend(reason);
}

fn of_service(
    service: &Service,
    cluster: &Cluster,
    grid: &Grid,
    series: Option<&Series>,
    end: i64,
) -> Proposal {
    let subject = Subject::of(service, grid.clone());
    let Some(series) = series else {
        return unmeasured(service, &subject);
    };
    let window = Window::of(series, end);
    let self_test = self_test::run(&subject, &window);
    let mut decision = decide(&subject, &window, None);
    if let Some(missed) = self_test.and_then(|test| missed(&test, &decision)) {
        decision = decide(&subject, &window, Some(missed));
    }
    let cpu = Evidence::of(&window, |hour| hour.cpu);
    let memory = Evidence::of(&window, |hour| hour.memory);
    let units = decision.size.cpu.get() as f64;
    let guarantee = guarantee::of(&decision.counted, units, decision.exceeded, |hour| hour.cpu);
    // A size that stays for another reason than the rule's has no bound.
    let has_bound = decision.is_ruled && units > 0.0;
    Proposal {
        service: service.name.clone(),
        desired_count: service.desired_count,
        today: subject.today,
        wanted: decision.size,
        size: decision.size,
        cpu: decision.cpu,
        memory: decision.memory,
        counts: counts(service, cluster, &decision),
        flags: decision.flags,
        reasons: decision.reasons,
        evidence: if cpu.hours >= memory.hours {
            cpu
        } else {
            memory
        },
        self_test,
        guarantee: guarantee.filter(|_| has_bound),
    }
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
