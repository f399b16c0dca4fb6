//! A cluster file with the answer worked out by hand.

use std::collections::BTreeMap;
use std::fmt::Write;

use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::FleetPlan;
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Map, Value, json};

use crate::shop::{Shop, usd};
use crate::support::exhaustive::{planned, solve};
use crate::support::planned::plan;

/// A cluster file with the answer worked out by hand.
#[derive(Debug)]
pub struct Case {
    shop: Shop,
    file: Value,
    /// `--at`, where it is not the desired count.
    at: Option<&'static str>,
    cost: UsdPerHour,
    /// Rows of the plan; where several answers are equally good, each of them.
    answers: Vec<Vec<String>>,
    unplaced: BTreeMap<String, u64>,
}

/// A file of these services under this policy, without a root volume and with nominal memory; rules that hold by default
/// and are not what a case is about are off.
pub fn file(services: &Value, policy: &Value) -> Value {
    let mut whole = json!({
        "rootVolumeGib": 0,
        "memoryOverhead": { "percent": 0, "fixedMib": 0, "perVcpuMib": 0 },
        "maxShareOnInstance": 1, "onDemandZones": 1, "deploymentSurge": false, "accelerators": "included",
    });
    merge(&mut whole, policy);
    json!({
        "version": 1, "cluster": "by-hand", "region": "us-east-1",
        "services": services, "policy": whole,
    })
}

/// A service of so many tasks with CPU units and MiB each.
pub fn service(name: &str, count: u64, cpu: u64, memory: u64) -> Value {
    json!({ "serviceName": name, "desiredCount": count, "cpu": cpu, "memory": memory })
}

/// An object with more keys, or other values.
pub trait With {
    /// This with the keys of `more`.
    #[must_use]
    fn with(self, more: Value) -> Value;
}

impl With for Value {
    fn with(mut self, more: Value) -> Value {
        merge(&mut self, &more);
        self
    }
}

fn merge(object: &mut Value, more: &Value) {
    for (key, value) in more.as_object().expect("an object") {
        object[key] = value.clone();
    }
}

impl Case {
    /// A case of which the cost is known.
    pub fn new(shop: &Shop, file: Value, cost: &str) -> Self {
        Self {
            shop: shop.clone(),
            file,
            at: None,
            cost: usd(cost),
            answers: Vec::new(),
            unplaced: BTreeMap::new(),
        }
    }

    /// The plan's rows, or one of several equally good sets of rows: `2 x m.large us-east-1a spot: web=2`,
    /// `1 x m.small existing:` for one without tasks, `3 x FARGATE: web 512/1024`.
    pub fn rows(mut self, rows: &[&str]) -> Self {
        let mut rows: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        rows.sort();
        self.answers.push(rows);
        self
    }

    /// Tasks without a place.
    pub fn unplaced(mut self, service: &str, count: u64) -> Self {
        self.unplaced.insert(service.to_owned(), count);
        self
    }

    /// Counts to plan for.
    pub fn at(mut self, basis: &'static str) -> Self {
        self.at = Some(basis);
        self
    }

    fn imported(&self) -> Cluster {
        let at = self.at.iter();
        let options = ImportOptions {
            policy_overrides: at
                .map(|&at| ("at".to_owned(), json!(at)))
                .collect::<Map<_, _>>(),
            ..ImportOptions::default()
        };
        match read_cluster(&self.file.to_string(), "by-hand.json", &options) {
            Ok(imported) => imported.cluster,
            Err(findings) => panic!("{findings:?}\n{:#}", self.file),
        }
    }

    /// The exhaustive search comes to the same cost.
    pub fn is_what_the_exhaustive_search_finds(&self) -> Result<(), String> {
        let cluster = self.imported();
        let optimum = solve(&cluster, &self.shop.catalogue());
        let hopeless: BTreeMap<String, u64> = (optimum.hopeless.iter())
            .map(|&index| {
                (
                    cluster.services[index].name.clone(),
                    planned(&cluster, index),
                )
            })
            .collect();
        let cost = (optimum.answer.as_ref()).map(|a| UsdPerHour::from_grid_units(a.cost));
        if hopeless == self.unplaced && cost == Some(self.cost) {
            return Ok(());
        }
        let expected = (self.cost, &self.unplaced);
        Err(format!(
            "{cost:?} and {hopeless:?} instead of {expected:?}\n{:#}",
            self.file
        ))
    }

    /// So does the planner, with these rows.
    pub fn is_what_the_planner_finds(&self) {
        let (cluster, catalogue) = (self.imported(), self.shop.catalogue());
        let plan = plan(&cluster, &catalogue);
        let violations = check(&cluster, &catalogue, &plan);
        assert!(violations.is_empty(), "{violations:#?}\n{:#}", self.file);
        let cost = &plan.cost;
        let rows = rows(&plan);
        assert_eq!(
            cost.ideal_usd_per_hour, self.cost,
            "{rows:#?}\n{:#}",
            self.file
        );
        assert!(
            cost.bound_usd_per_hour <= Some(self.cost),
            "{cost:?}\n{:#}",
            self.file
        );
        assert!(
            self.answers.is_empty() || self.answers.contains(&rows),
            "{rows:#?} is none of {:#?}\n{:#}",
            self.answers,
            self.file
        );
        let unplaced = plan.unplaced.iter();
        let unplaced: BTreeMap<String, u64> = unplaced
            .map(|u| (u.service_name.clone(), u.count))
            .collect();
        assert_eq!(unplaced, self.unplaced, "{:#}", self.file);
    }
}

/// The rows of a plan, one text each, identical ones added up.
fn rows(plan: &FleetPlan) -> Vec<String> {
    let mut counts = BTreeMap::<String, u64>::new();
    for row in &plan.instances {
        let mut text = row.instance_type.clone();
        if let Some(zone) = &row.availability_zone {
            text.push(' ');
            text.push_str(zone);
        }
        if row.purchase_option.may_be_reclaimed() {
            text += " spot";
        }
        if row.existing {
            text += " existing";
        }
        text += ":";
        let tasks: BTreeMap<_, _> = row.tasks.iter().collect();
        for (service, each) in tasks {
            write!(text, " {service}={each}").expect("a text");
        }
        *counts.entry(text).or_default() += row.count;
    }
    for row in &plan.fargate_tasks {
        let (provider, service) = (&row.capacity_provider, &row.service_name);
        let text = format!("{provider}: {service} {}/{}", row.cpu, row.memory_mib);
        *counts.entry(text).or_default() += row.count;
    }
    let mut rows: Vec<String> = (counts.iter())
        .map(|(text, count)| format!("{count} x {text}"))
        .collect();
    rows.sort();
    rows
}
