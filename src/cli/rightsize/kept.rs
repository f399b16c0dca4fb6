//! The history of a right-sizing run: its lease, what earlier runs found, and what this one did.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::cluster::Cluster;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::history::{self as kept_in, History, Lease, Place, Run, Service};
use crate::report::rightsize::Sizes;
use crate::rightsize::series::{Metrics, measured_until};
use crate::rightsize::{Change, Counts, Earlier, Fleet, Found, Past, Proposal, Size};

use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::Failure;
use crate::cli::history;

/// Runs that are looked back at: what runs of nine weeks wanted counts, at three a day, and a proposal may be carried out long after it was
/// made first.
const LOOKED_AT: usize = 200;
/// Billionths of a share.
const BILLION: f64 = 1e9;

/// The history of a run, where there is one: its lease, and what earlier runs found.
pub(super) struct Kept {
    history: Option<(History, Lease)>,
    /// What earlier runs found; `None` without a history.
    pub past: Option<Past>,
    /// The fleet that was kept last, and the run that it is of.
    pub last_fleet: Option<(i64, String)>,
}

impl Kept {
    /// Opens it and takes the lease; `None` while another run has it.
    pub(super) fn of(
        place: Option<&Place>,
        cluster: &Cluster,
        diagnostics: Diagnostics,
    ) -> Result<Option<Self>, Failure> {
        let Some(place) = place else {
            return Ok(Some(Self {
                history: None,
                past: None,
                last_fleet: None,
            }));
        };
        let mut history = history::open(place, diagnostics)?;
        let name = format!("{}/{}", cluster.region, cluster.name);
        let now = Timestamp::now();
        let owner = format!("{}-{}", std::process::id(), now.as_nanosecond());
        let lease = history.take_lease(&name, &owner, now.as_second());
        let Some(lease) = lease.map_err(history::failure)? else {
            return Ok(None);
        };
        let mut kept = Self {
            history: Some((history, lease)),
            past: None,
            last_fleet: None,
        };
        kept.past = kept.read(cluster)?;
        if let Some((history, _)) = &mut kept.history {
            let fleet = history.last_fleet(&cluster.name, &cluster.region);
            kept.last_fleet = fleet.map_err(history::failure)?;
        }
        Ok(Some(kept))
    }

    fn read(&mut self, cluster: &Cluster) -> Result<Option<Past>, Failure> {
        let Some((history, _)) = &mut self.history else {
            return Ok(None);
        };
        let runs = history.last_runs(&cluster.name, &cluster.region, LOOKED_AT);
        let changes = history.changes(&cluster.name, &cluster.region);
        let (runs, changes) = (
            runs.map_err(history::failure)?,
            changes.map_err(history::failure)?,
        );
        Ok(Some(past(&runs, changes)))
    }

    /// Records what was found.
    pub(super) fn record(
        &mut self,
        sizes: &Sizes,
        metrics: &Metrics,
        plan: &str,
    ) -> Result<(), Failure> {
        let Some((history, lease)) = &mut self.history else {
            return Ok(());
        };
        let run = Run {
            fleet: Some(plan.to_owned()),
            ..run(sizes, metrics, Timestamp::now().as_second())
        };
        let changes = changes(&sizes.proposals);
        let recorded = history.record(&run, &changes, Some(lease));
        recorded.map_err(history::failure).map(|_| ())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((history, lease)) = &mut self.history {
            // A lease that cannot be given back ends by itself.
            let _ = history.give_back(lease);
        }
    }
}

fn size((cpu, memory): (u64, u64)) -> Size {
    Size {
        cpu: CpuUnits::new(cpu),
        memory: MemoryMib::new(memory),
    }
}

fn stored(size: Size) -> (u64, u64) {
    (size.cpu.get(), size.memory.get())
}

/// What the rules are told of earlier runs, the newest first.
fn past(runs: &[Run], changes: Vec<kept_in::Change>) -> Past {
    let found = |service: &Service| Found {
        today: size((service.cpu_today, service.memory_mib_today)),
        wanted: size((service.cpu_wanted, service.memory_mib_wanted)),
        proposed: size((service.cpu_proposed, service.memory_mib_proposed)),
        wants_counts: !service.counts.is_empty(),
        level: service.level.map(|level| level as f64 / BILLION),
    };
    let runs = (runs.iter()).map(|run| Earlier {
        run: run.id,
        metrics_end: run.metrics_end,
        services: (run.services.iter())
            .map(|service| (service.service.clone(), found(service)))
            .collect(),
    });
    let mut by_service: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_service
            .entry(change.service.clone())
            .or_default()
            .push(Change {
                seen_by: change.seen_by,
                proposed_by: change.proposed_by,
                since: change.since,
                before: size(change.before),
                after: size(change.after),
                hours: change.hours,
                exceeded: change.exceeded,
                withdrawn_at: change.withdrawn_at,
            });
    }
    Past {
        runs: runs.collect(),
        changes: by_service,
    }
}

fn run(sizes: &Sizes, metrics: &Metrics, now: i64) -> Run {
    Run {
        id: 0,
        recorded_at: now,
        metrics_end: measured_until(metrics).unwrap_or(0),
        cluster: sizes.cluster.clone(),
        region: sizes.region.clone(),
        today_usd_per_hour: bill(&sizes.fleets.today),
        planned_usd_per_hour: bill(&sizes.fleets.planned),
        running_usd_per_hour: (sizes.fleets.running).map(|usd| usd.to_string()),
        fleet: None,
        services: sizes.proposals.iter().map(service).collect(),
    }
}

/// What a fleet costs; nothing of one that leaves tasks without a place, which costs less than what is needed.
fn bill(fleet: &Fleet) -> String {
    if fleet.unplaced > 0 {
        return String::new();
    }
    fleet.usd_per_hour.to_string()
}

fn service(proposal: &Proposal) -> Service {
    let words: Vec<&str> = proposal.flags.iter().map(|flag| flag.word()).collect();
    #[expect(clippy::cast_possible_truncation)] // Levels lie between -1 and 1.
    let level = proposal.level.map(|level| (level * BILLION).round() as i64);
    let counts = |counts: Counts| {
        let count = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        format!("{}-{}", count(counts.least), count(counts.most))
    };
    Service {
        service: proposal.service.clone(),
        cpu_today: proposal.today.cpu.get(),
        memory_mib_today: proposal.today.memory.get(),
        cpu_wanted: proposal.wanted.cpu.get(),
        memory_mib_wanted: proposal.wanted.memory.get(),
        cpu_proposed: proposal.size.cpu.get(),
        memory_mib_proposed: proposal.size.memory.get(),
        flags: words.join(","),
        level,
        counts: proposal.wanted_counts.map_or_else(String::new, counts),
    }
}

fn changes(proposals: &[Proposal]) -> Vec<kept_in::Change> {
    let of = |service: &str, change: &Change| kept_in::Change {
        service: service.to_owned(),
        seen_by: change.seen_by,
        proposed_by: change.proposed_by,
        since: change.since,
        before: stored(change.before),
        after: stored(change.after),
        hours: change.hours,
        exceeded: change.exceeded,
        withdrawn_at: change.withdrawn_at,
    };
    (proposals.iter())
        .flat_map(|proposal| {
            proposal
                .seen
                .iter()
                .map(|change| of(&proposal.service, change))
        })
        .collect()
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
