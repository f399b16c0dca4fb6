//! All results as rows, in the order of the manifest whatever the order in which they came.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::plan_document::PlanDocument;

use super::answer::why_poisoned;
use super::args::UnitCommand;
use super::result::is_result;
use super::status::{State, Work, progress};
use super::store::{Store, StoreError};

/// What became of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// Its id.
    pub id: String,
    /// Its cluster file.
    pub input: String,
    /// The two units whose clusters it puts together, where it is such a one.
    pub of: Option<[String; 2]>,
    /// Its key.
    pub key: String,
    /// The exit code of its result.
    pub exit_code: Option<i64>,
    /// What it found.
    pub outcome: Outcome,
}

/// What a unit found.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A plan.
    Plan(Box<FleetPlan>),
    /// Scenarios side by side, the base first.
    Scenarios {
        /// The cluster.
        cluster: String,
        /// Its Region.
        region: String,
        /// Name, cost and bound; no cost where not every task has a place.
        rows: Vec<ScenarioRow>,
    },
    /// Sizes, and what the fleet costs before and after.
    Sizes {
        /// The cluster.
        cluster: String,
        /// Its Region.
        region: String,
        /// As sized today, and as proposed.
        usd_per_hour: [Option<UsdPerHour>; 2],
        /// How many services get which verdict.
        verdicts: Verdicts,
    },
    /// None: the code of the first finding, where it has one, and why in words.
    Failed {
        /// Code.
        code: Option<String>,
        /// In words.
        why: String,
    },
    /// Set aside, and why.
    Poisoned(String),
    /// Its result is there and cannot be read: the name of it.
    Broken(String),
    /// Not done yet.
    Pending,
}

/// By verdict, how many services get it for their CPU, and how many for their memory.
pub type Verdicts = BTreeMap<String, [u64; 2]>;

/// A scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioRow {
    /// Its name.
    pub name: String,
    /// What it costs.
    pub usd_per_hour: Option<UsdPerHour>,
    /// No fleet for it costs less.
    pub bound_usd_per_hour: Option<UsdPerHour>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    exit_code: i64,
    plan: Option<Value>,
    errors: Option<Vec<Value>>,
}

/// Results that are read at a time: a plan of many services has some millions of bytes.
const PART: usize = 64;

/// Reads the result of every unit.
///
/// # Errors
/// When the store cannot be read.
pub fn gather(work: &Work, store: &dyn Store) -> Result<Vec<Gathered>, StoreError> {
    let states = progress(work, store)?.states;
    let units: Vec<_> = work.units.iter().zip(states).collect();
    let mut gathered = Vec::new();
    for part in units.chunks(PART) {
        let done = part.iter().filter(|(_, state)| *state == State::Done);
        let names: Vec<String> = done.map(|(unit, _)| unit.key.result()).collect();
        let mut results = store.read_all(&names)?.into_iter();
        for (unit, state) in part {
            let (exit_code, outcome) = match state {
                State::Done => {
                    let name = unit.key.result();
                    match kept(&name, results.next().flatten())? {
                        Some(kept) => (Some(kept.exit_code), outcome(kept, unit.unit.args.command)),
                        None => (None, Outcome::Broken(name)),
                    }
                }
                State::Poisoned(attempts) => {
                    let why = why_poisoned(&attempts.said(store)?);
                    (None, Outcome::Poisoned(why))
                }
                State::Broken(_) => (None, Outcome::Broken(unit.key.result())),
                State::Pending(_) => (None, Outcome::Pending),
            };
            gathered.push(Gathered {
                id: unit.unit.id.clone(),
                input: unit.unit.input.clone(),
                of: unit.unit.of.clone(),
                key: unit.key.to_string(),
                exit_code,
                outcome,
            });
        }
    }
    Ok(gathered)
}

/// A result; none where it is cut short or is none.
fn kept(name: &str, bytes: Option<Vec<u8>>) -> Result<Option<Kept>, StoreError> {
    let bytes = bytes.ok_or_else(|| StoreError {
        name: name.to_owned(),
        why: "it is gone since it was listed".to_owned(),
    })?;
    let kept = serde_json::from_slice(&bytes).ok();
    Ok(kept.filter(|_| is_result(&bytes)))
}

fn outcome(kept: Kept, command: UnitCommand) -> Outcome {
    let Some(document) = kept.plan else {
        return failed(&kept.errors.unwrap_or_default());
    };
    let read = match command {
        UnitCommand::Plan => plan(document),
        UnitCommand::WhatIf => scenarios(&document),
        UnitCommand::Rightsize => sizes(&document),
    };
    read.unwrap_or_else(|why| Outcome::Failed { code: None, why })
}

fn plan(document: Value) -> Result<Outcome, String> {
    let document: PlanDocument =
        serde_json::from_value(document).map_err(|why| format!("its result is no plan: {why}"))?;
    let plan = document
        .plan()
        .map_err(|_| "its result is a plan that cannot be read".to_owned())?;
    Ok(Outcome::Plan(Box::new(plan)))
}

fn scenarios(document: &Value) -> Result<Outcome, String> {
    let row = |row: &Value| ScenarioRow {
        name: text(&row["name"]),
        usd_per_hour: whole_cost(row),
        bound_usd_per_hour: usd(&row["cost"]["boundUsdPerHour"]),
    };
    let scenarios = (document["scenarios"].as_array())
        .ok_or_else(|| "its result is no comparison".to_owned())?;
    Ok(Outcome::Scenarios {
        cluster: text(&document["cluster"]),
        region: text(&document["region"]),
        rows: std::iter::once(&document["base"])
            .chain(scenarios)
            .map(row)
            .collect(),
    })
}

/// The cost of a scenario with a place for every task.
fn whole_cost(row: &Value) -> Option<UsdPerHour> {
    let is_whole = row["unplaced"].as_array().is_none_or(Vec::is_empty);
    usd(&row["cost"]["usdPerHour"]).filter(|_| is_whole)
}

fn sizes(document: &Value) -> Result<Outcome, String> {
    let fleet =
        (document["fleet"].as_object()).ok_or_else(|| "its result has no fleet".to_owned())?;
    // Bills of fleets that leave tasks without a place are of fewer tasks: neither of a pair is compared then.
    let is_whole = (["today", "planned"].iter())
        .filter_map(|key| fleet.get(*key))
        .all(|one| one["unplacedTasks"].as_u64().unwrap_or(0) == 0);
    let cost = |key: &str| fleet.get(key).and_then(usd).filter(|_| is_whole);
    Ok(Outcome::Sizes {
        cluster: text(&document["cluster"]),
        region: text(&document["region"]),
        usd_per_hour: [cost("todayUsdPerHour"), cost("plannedUsdPerHour")],
        verdicts: verdicts(document),
    })
}

fn verdicts(document: &Value) -> Verdicts {
    let mut verdicts = Verdicts::default();
    for service in document["services"].as_array().into_iter().flatten() {
        for (at, key) in ["cpuVerdict", "memoryVerdict"].iter().enumerate() {
            if let Some(verdict) = service[key].as_str() {
                verdicts.entry(verdict.to_owned()).or_default()[at] += 1;
            }
        }
    }
    verdicts
}

fn failed(errors: &[Value]) -> Outcome {
    let first = errors.first();
    let said = |error: &Value| match (error["message"].as_str(), error["cause"].as_str()) {
        (Some(message), _) => message.to_owned(),
        (None, Some(cause)) => {
            let line = error["line"].as_u64().map(|line| format!("line {line}, "));
            format!(
                "{}{}: {cause}",
                line.unwrap_or_default(),
                text(&error["place"])
            )
        }
        (None, None) => "no reason is in its result".to_owned(),
    };
    let mut why = first.map_or_else(|| "no reason is in its result".to_owned(), said);
    if errors.len() > 1 {
        let _ = write!(why, " (and {} more)", errors.len() - 1);
    }
    Outcome::Failed {
        code: (first.and_then(|error| error["code"].as_str())).map(str::to_owned),
        why,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn usd(value: &Value) -> Option<UsdPerHour> {
    serde_json::from_value(value.clone()).ok()
}
