//! Planning the base and every scenario, each apart from the others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::cluster::Cluster;
use crate::domain::plan::{PlanAsOf, Reason, Unplaced};
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Share, Stop};
use crate::planner::{self, Columns, PlanError, PlanOptions, default_work};
use crate::sweep::each_apart;

use super::cases::Case;
use super::comparison::{Comparison, ComparisonRow, NoPlan};
use super::premise::Premise;

/// Scenarios up to which each is planned as thoroughly as `plan` would.
const FEW: usize = 8;
/// Beyond, each is planned with this part of that work.
const SWEEP_PART: u64 = 7;

/// What a caller may choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Only ideal packings.
    pub ideal: bool,
    /// Stop each plan once it is proven within this fraction of the cheapest possible.
    pub gap: f64,
    /// Counted work of each plan.
    pub work_limit: Option<u64>,
    /// Seed of the random choices.
    pub seed: u64,
}

/// Whether so many scenarios are planned with a part of the work.
#[must_use]
pub const fn is_sweep(scenarios: usize) -> bool {
    scenarios > FEW
}

/// Plans the base and all scenarios; `done` is told after each plan.
pub fn compare(
    base: &Case,
    cases: &[Case],
    options: &Options,
    stop: &dyn Stop,
    done: &(dyn Fn() + Sync),
) -> Comparison {
    let sweep = is_sweep(cases.len());
    let (columns, no_start) = match sweep.then(|| known(base, options, stop)).transpose() {
        Ok(columns) => (columns, None),
        Err(error) => (Some(Columns::default()), Some(error)),
    };
    let all: Vec<&Case> = std::iter::once(base).chain(cases).collect();
    let early = AtomicBool::new(false);
    let mut rows = each_apart(&all, &base.cluster, stop, |index, case, stop| {
        // Once time is up only the base is still planned: even a first plan takes a while.
        let row = if index > 0 && stop.should_stop() {
            early.store(true, Ordering::Relaxed);
            stopped(case)
        } else {
            let row = planned(case, options, columns.as_ref(), stop);
            early.fetch_or(stop.should_stop(), Ordering::Relaxed);
            row
        };
        done();
        row
    });
    let mut base_row = rows.remove(0);
    if let Some(error) = no_start
        .as_ref()
        .filter(|error| NoPlan::of(error) == NoPlan::Bug)
    {
        base_row.no_plan = Some(NoPlan::of(error));
    }
    for (row, case) in rows.iter_mut().zip(cases) {
        let beyond = beyond_zones(&base.cluster, &case.cluster);
        row.leave_out(beyond);
        row.compare_with(&base_row);
    }
    Comparison {
        version: 1,
        cluster: base.cluster.name.clone(),
        region: base.cluster.region.clone(),
        ideal: options.ideal,
        staff_usd_per_hour: None,
        premises: {
            let mut found = premises(options, sweep, early.into_inner(), no_start);
            let all_rows: Vec<&ComparisonRow> = std::iter::once(&base_row).chain(&rows).collect();
            found.extend(failures(&all_rows));
            found.extend(price_days(&all));
            found
        },
        base: base_row,
        scenarios: rows,
    }
}

/// Pods of the base that keep apart by zone and find none in a scenario with fewer: a fleet without them saves nothing.
fn beyond_zones(base: &Cluster, cluster: &Cluster) -> Vec<Unplaced> {
    let limited = (cluster.services.iter()).filter_map(|service| {
        let most = service.pod.as_ref()?.most?;
        let of_base = (base.services.iter()).find(|it| it.name == service.name)?;
        let tasks = base.planned_count(of_base);
        let planned = cluster.planned_count(service);
        (planned == most && planned < tasks).then(|| Unplaced {
            service_name: service.name.clone(),
            count: tasks - planned,
            reasons: vec![Reason::ZoneOfItsOwnNeeded { tasks }],
        })
    });
    limited.collect()
}

/// Patterns of a thorough search of the base; none without the time for one.
fn known(base: &Case, options: &Options, stop: &dyn Stop) -> Result<Columns, PlanError> {
    let Ok(catalogue) = &base.catalogue else {
        return Ok(Columns::default());
    };
    // A week has no packing of its own: its hours have.
    if base.cluster.week.is_some() {
        return Ok(Columns::default());
    }
    // The base itself comes first.
    let least = 2 * planner::least_time(&base.cluster);
    if (stop.remaining()).is_some_and(|remaining| remaining < least) {
        return Ok(Columns::default());
    }
    let thorough = PlanOptions {
        ideal: true,
        rehearses: false,
        gap: options.gap,
        work_limit: Some(
            options
                .work_limit
                .unwrap_or_else(|| default_work(&base.cluster, true)),
        ),
        seed: options.seed,
        ..PlanOptions::default()
    };
    let stop = Share::new(stop, 1, 4);
    planner::plan(&base.cluster, catalogue, &thorough, &stop, &Silent)
        .map(|planned| planned.columns)
}

fn stopped(case: &Case) -> ComparisonRow {
    let why = Some((NoPlan::Limit, "stopped before there was a plan".to_owned()));
    ComparisonRow::failed(&case.name, &case.changes, &case.cluster.region, why)
}

fn planned(
    case: &Case,
    options: &Options,
    columns: Option<&Columns>,
    stop: &dyn Stop,
) -> ComparisonRow {
    let failed = |kind: NoPlan, why: String| {
        let why = Some((kind, why));
        ComparisonRow::failed(&case.name, &case.changes, &case.cluster.region, why)
    };
    let catalogue = match &case.catalogue {
        Ok(catalogue) => catalogue,
        Err(why) => return failed(NoPlan::Input, why.clone()),
    };
    let part = if columns.is_some() { SWEEP_PART } else { 1 };
    let own = PlanOptions {
        ideal: options.ideal,
        rehearses: false,
        gap: options.gap,
        work_limit: match options.work_limit {
            // A week's default is that of its hours together.
            None if case.cluster.week.is_some() && columns.is_none() => None,
            None => Some(default_work(&case.cluster, options.ideal) / part),
            Some(limit) => Some(limit),
        },
        seed: options.seed,
        columns,
        ..PlanOptions::default()
    };
    match planner::plan(&case.cluster, catalogue, &own, stop, &Silent) {
        Ok(planned) => ComparisonRow {
            solver_failed: planned.ending.solver_failure().cloned(),
            ..ComparisonRow::of_plan(&case.name, &case.changes, &planned.plan)
        },
        Err(PlanError::LimitWithoutPlan) if stop.should_stop() => stopped(case),
        Err(error) => failed(NoPlan::of(&error), error.to_string()),
    }
}

/// Of which days the prices are, where Regions are compared: figures of different days are no comparison of Regions.
fn price_days(cases: &[&Case]) -> Option<Premise> {
    let mut days: Vec<(PlanAsOf, Vec<String>)> = Vec::new();
    for case in cases {
        let Ok(catalogue) = &case.catalogue else {
            continue;
        };
        let region = case.cluster.region.clone();
        match days.iter_mut().find(|(of, _)| of == catalogue.as_of()) {
            Some((_, regions)) => regions.push(region),
            None => days.push((catalogue.as_of().clone(), vec![region])),
        }
    }
    for (_, regions) in &mut days {
        regions.sort();
        regions.dedup();
    }
    let regions: BTreeSet<&String> = days.iter().flat_map(|(_, regions)| regions).collect();
    (regions.len() > 1).then_some(Premise::PriceDays { days })
}

fn premises(
    options: &Options,
    sweep: bool,
    early: bool,
    no_start: Option<PlanError>,
) -> Vec<Premise> {
    let mut found = vec![if options.ideal {
        Premise::BestPackings
    } else {
        Premise::Fleets
    }];
    if sweep && options.work_limit.is_none() {
        found.push(Premise::PartOfWork {
            few: FEW,
            one_in: SWEEP_PART,
        });
    } else if options.work_limit.is_none() && !early {
        found.push(Premise::AsPlan);
    }
    if early {
        found.push(Premise::EndedEarly);
    }
    found.extend(no_start.map(|error| Premise::NoStart { error }));
    found.push(Premise::WithinGaps);
    found
}

/// The rows in whose search the LP solver failed: their plans are the best found by then.
fn failures(rows: &[&ComparisonRow]) -> Vec<Premise> {
    let failed = |row: &&ComparisonRow| {
        let error = row.solver_failed.clone()?;
        Some(Premise::SolverFailed {
            name: row.name.clone(),
            error,
        })
    };
    rows.iter().filter_map(failed).collect()
}

impl Comparison {
    /// Whether some plan failed by a bug.
    #[must_use]
    pub fn has_bug(&self) -> bool {
        (std::iter::once(&self.base).chain(&self.scenarios))
            .any(|row| row.no_plan == Some(NoPlan::Bug))
    }
}
