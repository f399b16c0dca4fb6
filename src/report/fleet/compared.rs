//! What-ifs and right-sizings over all clusters: a row a scenario, and how many services get which verdict.
//!
//! Sums are over the clusters that have a place for every task both as they are and in the scenario: a fleet that lacks tasks is no cheaper
//! way to run them.

use std::collections::BTreeMap;

use crate::domain::money::UsdPerHour;
use crate::fleet::gather::{Gathered, Outcome, ScenarioRow, Verdicts};
use crate::report::cost::table::{Column, Kind, Table, column, integer, per_month, text};
use crate::report::words::counted;

use super::totals::month;

/// What the sizes of a right-sizing are called beside scenarios.
pub(super) const PROPOSED: &str = "sizes proposed";

const TOTALS: &[Column] = &[
    text("x_Scenario", "Scenario"),
    integer("x_Clusters", "Clusters"),
    column("x_BaseCost", "As they are, USD per month", Kind::Decimal(2)),
    column(
        "x_ScenarioCost",
        "In the scenario, USD per month",
        Kind::Decimal(2),
    ),
    column("x_SavingCost", "Saving, USD per month", Kind::Decimal(2)),
    integer("x_WithoutAPlace", "Clusters without a place for every task"),
];

const VERDICTS: &[Column] = &[
    text("x_Verdict", "Verdict"),
    integer("x_CpuServices", "Services by CPU"),
    integer("x_MemoryServices", "Services by memory"),
];

/// A scenario over all clusters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Compared {
    /// Clusters that can be compared.
    pub clusters: u64,
    /// What they cost as they are.
    pub base: UsdPerHour,
    /// What they cost in the scenario.
    pub scenario: UsdPerHour,
    /// Clusters that leave tasks without a place, as they are or in the scenario.
    pub failed: u64,
}

impl Compared {
    fn add(&mut self, base: Option<UsdPerHour>, scenario: Option<UsdPerHour>) {
        match (base, scenario) {
            (Some(base), Some(scenario)) => {
                self.clusters += 1;
                self.base += base;
                self.scenario += scenario;
            }
            _ => self.failed += 1,
        }
    }
}

/// Every scenario, by name.
pub(super) fn compared(units: &[Gathered]) -> BTreeMap<&str, Compared> {
    let mut all: BTreeMap<&str, Compared> = BTreeMap::new();
    for unit in units {
        match &unit.outcome {
            Outcome::Scenarios { rows, .. } => {
                let [base, scenarios @ ..] = &rows[..] else {
                    continue;
                };
                for ScenarioRow {
                    name, usd_per_hour, ..
                } in scenarios
                {
                    let compared = all.entry(name).or_default();
                    compared.add(base.usd_per_hour, *usd_per_hour);
                }
            }
            Outcome::Sizes {
                usd_per_hour: [today, proposed],
                ..
            } => all.entry(PROPOSED).or_default().add(*today, *proposed),
            _ => {}
        }
    }
    all
}

fn verdicts(units: &[Gathered]) -> Verdicts {
    let mut all = Verdicts::default();
    for unit in units {
        if let Outcome::Sizes { verdicts, .. } = &unit.outcome {
            for (verdict, [cpu, memory]) in verdicts {
                let of = all.entry(verdict.clone()).or_default();
                of[0] += cpu;
                of[1] += memory;
            }
        }
    }
    all
}

/// Both tables.
pub(super) fn tables(units: &[Gathered]) -> [Table; 2] {
    let totals = Table {
        name: "scenario-totals",
        title: "Scenarios over all clusters",
        about: "a scenario, summed over the clusters that have a place for every task in it and as they are",
        columns: TOTALS,
        rows: (compared(units).into_iter())
            .map(|(name, of)| {
                vec![
                    name.into(),
                    of.clusters.into(),
                    per_month(of.base),
                    per_month(of.scenario),
                    per_month(of.base - of.scenario),
                    of.failed.into(),
                ]
            })
            .collect(),
    };
    let verdicts = Table {
        name: "verdicts",
        title: "Verdicts of right-sizing",
        about: "a verdict, with the services of all clusters that get it",
        columns: VERDICTS,
        rows: (verdicts(units).into_iter())
            .map(|(verdict, [cpu, memory])| vec![verdict.into(), cpu.into(), memory.into()])
            .collect(),
    };
    [totals, verdicts]
}

/// Scenarios in sentences, those that save most first.
pub(super) fn scenarios_in_words(units: &[Gathered]) -> Vec<String> {
    let mut all: Vec<(&str, Compared)> = compared(units).into_iter().collect();
    let saving = |of: &Compared| of.base - of.scenario;
    all.sort_by(|(a, of), (b, other)| saving(other).cmp(&saving(of)).then_with(|| a.cmp(b)));
    all.iter().map(|(name, of)| in_words(name, of)).collect()
}

fn in_words(name: &str, of: &Compared) -> String {
    let mut words = Vec::new();
    if of.clusters > 0 {
        let (more, difference) = if of.scenario > of.base {
            ("more", of.scenario - of.base)
        } else {
            ("less", of.base - of.scenario)
        };
        words.push(format!(
            "{} in place of {} in {}, {} {more}",
            month(of.scenario),
            month(of.base),
            counted(of.clusters, "cluster"),
            month(difference)
        ));
    }
    if of.failed > 0 {
        words.push(format!(
            "{} without a place for every task",
            counted(of.failed, "cluster")
        ));
    }
    format!("{name}: {}", words.join("; "))
}

/// Verdicts in sentences.
pub(super) fn verdicts_in_words(units: &[Gathered]) -> Vec<String> {
    let of = |count: u64| counted(count, "service");
    (verdicts(units).into_iter())
        .map(|(verdict, [cpu, memory])| {
            format!("{verdict}: CPU of {}, memory of {}", of(cpu), of(memory))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, outcome: Outcome) -> Gathered {
        Gathered {
            id: id.to_owned(),
            input: id.to_owned(),
            of: None,
            key: String::new(),
            exit_code: Some(0),
            outcome,
        }
    }

    fn usd(text: &str) -> Option<UsdPerHour> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn a_scenario_is_summed_over_clusters_that_run_all_their_tasks_in_both() {
        let of = |id: &str, costs: [Option<UsdPerHour>; 3]| {
            let rows = ["base", "arm", "spot"].iter().zip(costs);
            let rows = rows.map(|(name, usd_per_hour)| ScenarioRow {
                name: (*name).to_owned(),
                usd_per_hour,
                bound_usd_per_hour: None,
            });
            let (cluster, region, rows) = (id.to_owned(), String::new(), rows.collect());
            unit(
                id,
                Outcome::Scenarios {
                    cluster,
                    region,
                    rows,
                },
            )
        };
        let units = [
            of("a", [usd("2"), usd("1"), usd("3")]),
            of("b", [usd("5"), usd("4"), None]),
        ];
        assert_eq!(
            scenarios_in_words(&units),
            [
                "arm: 3,650.00 in place of 5,110.00 in 2 clusters, 1,460.00 less",
                "spot: 2,190.00 in place of 1,460.00 in 1 cluster, 730.00 more; 1 cluster without a place for every task",
            ]
        );
        let [totals, verdicts] = tables(&units);
        assert_eq!((totals.rows.len(), verdicts.rows.len()), (2, 0));
    }

    #[test]
    fn verdicts_are_counted_over_all_clusters() {
        let of = |id: &str, verdict: &str, counts: [u64; 2]| {
            let verdicts = Verdicts::from([(verdict.to_owned(), counts)]);
            let (cluster, region) = (id.to_owned(), String::new());
            let usd_per_hour = [usd("2"), usd("1")];
            unit(
                id,
                Outcome::Sizes {
                    cluster,
                    region,
                    usd_per_hour,
                    verdicts,
                },
            )
        };
        let units = [of("a", "shrink", [2, 1]), of("b", "shrink", [1, 0])];
        assert_eq!(
            verdicts_in_words(&units),
            ["shrink: CPU of 3 services, memory of 1 service"]
        );
        assert_eq!(compared(&units)[PROPOSED].clusters, 2);
    }
}
