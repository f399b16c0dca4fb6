//! The steps of an apply as people and programs read them, and in words why something is not done.

mod offered;
mod refusals;
mod verified;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use crate::apply::change::Change;
use crate::apply::existing::first_deletion;
use crate::apply::state::{ClusterState, ServiceState, SizeState, State, StrategyEntry};
use crate::apply::step::{Step, Work};
use crate::apply::steps::Bills;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{NotDrained, WhyNotDrained};
use crate::domain::text::visible;
use crate::planner::ORDERS;

use offered::order;
pub use offered::{NotOffered, not_offered};
pub use refusals::{excess, failure, passed, quota, refusal};
pub use verified::{verified, verified_document};

/// Everything that the steps of a plan are shown with.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    /// Cluster.
    pub cluster: &'a str,
    /// Region.
    pub region: &'a str,
    /// The steps, those that are not allowed left out.
    pub steps: &'a [Step],
    /// Steps that take away what is there and are not allowed.
    pub not_allowed: usize,
    /// The plan's bill from beginning to end.
    pub bills: Bills,
    /// The policy for what is not ours, where the steps touch any.
    pub policy: Option<&'a Value>,
    /// Instances that go by the plan and that no wave takes away.
    pub not_drained: &'a [NotDrained],
    /// Steps that are left out, since tasks would wait.
    pub not_offered: Option<&'a NotOffered>,
    /// Whether the plan leaves today's fleet alone (`--min-saving`).
    pub leaves_alone: bool,
    /// Services that are deployed at a time, as the steps were played.
    pub at_a_time: usize,
    /// Groups that the plan resets daily: no step sets that.
    pub resets: usize,
}

impl Steps<'_> {
    /// The highest bill on the way; `None` where some step's is not known.
    fn peak(&self) -> Option<UsdPerHour> {
        (self.steps.iter())
            .map(|step| step.bill)
            .try_fold(self.bills.today?, |peak, bill| Some(peak.max(bill?)))
    }

    /// Most tasks that wait after a wave, as the replica plays it.
    fn waiting(&self) -> u64 {
        let waves = self.steps.iter().filter_map(|step| step.wave);
        waves.map(|wave| wave.waiting).max().unwrap_or_default()
    }

    /// How many steps there are and what they move, in words.
    fn counts(&self) -> String {
        format!(
            "{}, {} out ({} started anew), {} of today taken away",
            counted(self.steps.len() as u64, "step"),
            rolled(self.deployed()),
            counted(self.restarts(), "task"),
            counted(self.instances(), "instance"),
        )
    }

    /// The bill from beginning to end, in words.
    fn bill(&self) -> String {
        let known = |bill: Option<UsdPerHour>| bill.map_or_else(|| "not known".to_owned(), usd);
        format!(
            "USD per hour: {} today, at most {} on the way, {} planned",
            known(self.bills.today),
            known(self.peak()),
            usd(self.bills.planned),
        )
    }

    /// All of them in short: what they move, the bill, and the tasks that wait.
    #[must_use]
    pub fn summary(&self) -> String {
        let is_of_waves = self.steps.iter().any(|step| step.wave.is_some());
        let waits = match self.waiting() {
            _ if self.is_played() => "; no task waits after any step".to_owned(),
            _ if !is_of_waves => String::new(),
            0 => "; no task waits after any wave".to_owned(),
            waits => format!("; {} at most wait after a wave", counted(waits, "task")),
        };
        format!("{}; {}{waits}", self.counts(), self.bill())
    }

    /// Whether the replica has played all of them.
    fn is_played(&self) -> bool {
        self.steps.iter().all(|step| step.waiting.is_some())
    }

    fn restarts(&self) -> u64 {
        self.steps.iter().map(|step| step.restarts).sum()
    }

    fn instances(&self) -> u64 {
        self.steps.iter().map(|step| step.instances).sum()
    }

    fn deployed(&self) -> usize {
        let rolls_out = |step: &&Step| step.restarts > 0 && step.moves_a_service();
        self.steps.iter().filter(rolls_out).count()
    }
}

/// As people read it.
#[must_use]
pub fn text(steps: &Steps<'_>) -> String {
    let (cluster, region) = (visible(steps.cluster), visible(steps.region));
    if steps.leaves_alone {
        return format!(
            "{cluster} in {region}: nothing to do, the plan leaves today's fleet alone\n"
        );
    }
    if steps.steps.is_empty() && steps.not_allowed == 0 && steps.not_offered.is_none() {
        return format!("{cluster} in {region}: nothing to do, the cluster is as the plan says\n");
    }
    let mut out = format!("{cluster} in {region}: {}\n", steps.counts());
    let _ = writeln!(out, "  Bill    {}", steps.bill());
    if steps.not_allowed > 0 {
        let _ = writeln!(
            out,
            "  Left    {} that {} away what is there {} only with --allow-delete",
            counted(steps.not_allowed as u64, "step"),
            if steps.not_allowed == 1 {
                "takes"
            } else {
                "take"
            },
            if steps.not_allowed == 1 {
                "is done"
            } else {
                "are done"
            },
        );
    }
    out.push_str(&waves(steps));
    if steps.is_played() && !steps.steps.is_empty() {
        let (one, many) = (order(1), order(steps.at_a_time));
        let side_by_side = if one == many {
            String::new()
        } else {
            format!(" and {many}")
        };
        let _ = writeln!(
            out,
            "  Tasks   none waits after any step, as the replica of ECS plays them {one}{side_by_side}, in {ORDERS} orders"
        );
    }
    if let Some(of) = steps.not_offered {
        let _ = writeln!(out, "  Left    not offered: {}", not_offered(of));
    }
    if let Some(resets) = resets_not_set(steps.resets) {
        let _ = writeln!(out, "  Resets  {resets}");
    }
    out.push_str("\nSteps\n");
    out.push_str(&table(steps.steps));
    if let Some(first) = first_deletion(steps.steps) {
        let _ = writeln!(
            out,
            "\nFrom step {} on something is deleted: it is written down in whole before, and --rollback makes it anew, or says what would be missing before it does anything; --max-steps {first} ends before it",
            first + 1
        );
    }
    if let Some(policy) = steps.policy {
        let _ = writeln!(
            out,
            "\nPermissions for what is not bayplan's own, beside data/iam/apply.json (ACCOUNT is the account's number)\n{}",
            visible_lines(policy)
        );
    }
    out
}

/// That no step sets the resets which a plan counts on; nothing where it counts on none.
#[must_use]
pub fn resets_not_set(groups: usize) -> Option<String> {
    (groups > 0).then(|| {
        format!(
            "no step sets the daily reset of {} that the plan counts on: until something does, growth, rollouts and losses leave them \
             larger; bayplan export has the scheduled actions",
            counted(groups as u64, "group")
        )
    })
}

/// JSON over several lines, each safe for a terminal.
fn visible_lines(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let lines: Vec<String> = text.lines().map(visible).collect();
    lines.join("\n")
}

fn rolled(services: usize) -> String {
    match services {
        1 => "1 service rolls".to_owned(),
        many => format!("{many} services roll"),
    }
}

fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn table(steps: &[Step]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["No", "USD/h after", "Restarts", "Instances", "Step"]);
    for (index, step) in steps.iter().enumerate() {
        let bill = (step.bill).map_or_else(|| "-".to_owned(), |bill| format!("≤ {}", usd(bill)));
        let number = |count: u64| {
            if count == 0 {
                "-".to_owned()
            } else {
                count.to_string()
            }
        };
        table.add_row([
            (index + 1).to_string(),
            bill,
            number(step.restarts),
            number(step.instances),
            step_said(step),
        ]);
    }
    for column in 0..4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text: String = (table.lines()).fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{}", line.trim_end());
        text
    });
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Waves of a plan around today's instances, and what none of them takes away.
fn waves(steps: &Steps<'_>) -> String {
    let mut out = String::new();
    let of_waves: BTreeSet<usize> = (steps.steps.iter())
        .filter_map(|step| Some(step.wave?.number))
        .collect();
    if !of_waves.is_empty() {
        let waits = steps.waiting();
        let _ = writeln!(
            out,
            "  Waves   {}, instances launched before others drain; played by the replica of ECS {}",
            of_waves.len(),
            if waits == 0 {
                "no task waits after any".to_owned()
            } else {
                format!("{} at most wait after one", counted(waits, "task"))
            }
        );
    }
    for left in steps.not_drained {
        let why = match left.why {
            WhyNotDrained::NoPlace => "would wait for a place",
            WhyNotDrained::NoSurge => "may have neither more nor fewer tasks for a while",
        };
        let _ = writeln!(
            out,
            "  Stays   {}, which the plan takes away: {} {why}",
            visible(&left.instance),
            visible(&left.service_name),
        );
    }
    out
}

/// What a step does, with its wave, in a line.
fn step_said(step: &Step) -> String {
    let said = said(&step.work);
    match step.wave {
        Some(wave) => format!("wave {}: {said}", wave.number),
        None => said,
    }
}

/// What a step does, in a line.
#[must_use]
pub fn said(work: &Work) -> String {
    match work {
        Work::Change(change) => change_said(change),
        Work::Drain(drain) => {
            let what = if !drain.named.is_empty() {
                counted(drain.named.len() as u64, "instance")
            } else if drain.most == 0 {
                "all instances".to_owned()
            } else {
                format!(
                    "all but {} instances of {}",
                    drain.most,
                    visible(&drain.types_that_stay.join(", "))
                )
            };
            format!(
                "drain and terminate {what} of group {}",
                visible(&drain.group)
            )
        }
    }
}

fn change_said(change: &Change) -> String {
    let target = &change.target;
    match (&change.expects, &change.leaves) {
        (None, Some(State::Group(group))) => format!(
            "create {target}: {} to {} of {}, template {}",
            group.min_size,
            group.max_size,
            visible(&group.instance_types.join(", ")),
            group.template.as_ref().map_or_else(
                || "of today".to_owned(),
                |it| format!("{}:{}", visible(&it.template), visible(&it.version))
            ),
        ),
        (None, Some(State::Provider(provider))) => {
            format!("create {target} of group {}", visible(&provider.group))
        }
        (Some(_), None) => format!("delete {target}"),
        (Some(State::Service(from)), Some(State::Service(to))) => {
            let deploys = from.strategy != to.strategy;
            let does = if deploys { "roll out" } else { "update" };
            format!("{does} {target}: {}", service_said(from, to))
        }
        (Some(State::Size(from)), Some(State::Size(to))) => {
            format!("roll out {target}: {}", sizes_said(from, to))
        }
        (Some(State::Cluster(from)), Some(State::Cluster(to))) => {
            format!("update {target}: {}", cluster_said(from, to))
        }
        (Some(State::Group(from)), Some(State::Group(to))) if change.fills && from == to => {
            format!(
                "wait for {} instances of {target} to take tasks",
                to.min_size
            )
        }
        (Some(State::Group(from)), Some(State::Group(to))) if change.fills => format!(
            "launch into {target}: minSize {} → {}",
            from.min_size, to.min_size
        ),
        (Some(from), Some(to)) => {
            let replaces = match (from, to) {
                (State::Group(from), State::Group(to)) if !from.buys_as(to) => {
                    "; Auto Scaling replaces its instances until they match"
                }
                _ => "",
            };
            let members = differences(from, to).join(", ");
            format!("update {target}: {members}{replaces}")
        }
        (None, _) => format!("create {target}"),
    }
}

/// Only what changes; back to a revision that is named, all the same.
fn sizes_said(from: &SizeState, to: &SizeState) -> String {
    let mut parts = Vec::new();
    let mut add = |of: &str, from: Option<u64>, to: Option<u64>| {
        let shown =
            |amount: Option<u64>| amount.map_or_else(|| "none".to_owned(), |it| it.to_string());
        if from != to {
            parts.push(format!("{of} {} → {}", shown(from), shown(to)));
        }
    };
    add("cpu", from.cpu, to.cpu);
    add("memory", from.memory, to.memory);
    for (name, to) in &to.containers {
        let from = from.containers.get(name).copied().unwrap_or_default();
        let name = visible(name);
        add(&format!("{name} cpu"), Some(from.cpu), Some(to.cpu));
        add(&format!("{name} memory"), from.memory, to.memory);
        let of = format!("{name} memoryReservation");
        add(&of, from.memory_reservation, to.memory_reservation);
    }
    let revision = match to.revision {
        Some(revision) => format!("revision {revision}"),
        None => "a new revision".to_owned(),
    };
    parts.push(format!("{revision} of {}", visible(&to.family)));
    parts.join(", ")
}

/// Only what changes.
fn service_said(from: &ServiceState, to: &ServiceState) -> String {
    let mut parts = Vec::new();
    if from.strategy != to.strategy {
        parts.push(format!(
            "{} → {}",
            strategy(&from.strategy),
            strategy(&to.strategy)
        ));
    }
    if from.placement != to.placement {
        let placement: Vec<String> = (to.placement.iter())
            .map(|item| {
                let field = item.field.as_deref().unwrap_or_default();
                format!("{}({})", visible(&item.kind), visible(field))
            })
            .collect();
        parts.push(format!("placement {}", placement.join(" ")));
    }
    parts.join("; ")
}

fn strategy(items: &[StrategyEntry]) -> String {
    if items.is_empty() {
        return "its launch type".to_owned();
    }
    let item = |item: &StrategyEntry| {
        let base = if item.base > 0 {
            format!(" after {}", item.base)
        } else {
            String::new()
        };
        format!("{}:{}{base}", visible(&item.capacity_provider), item.weight)
    };
    items.iter().map(item).collect::<Vec<_>>().join(" ")
}

fn cluster_said(from: &ClusterState, to: &ClusterState) -> String {
    let names = |sign: &str, a: &ClusterState, b: &ClusterState| -> Vec<String> {
        (a.providers.difference(&b.providers))
            .map(|name| format!("{sign}{}", visible(name)))
            .collect()
    };
    let mut parts = names("+", to, from);
    parts.extend(names("-", from, to));
    if from.default_strategy != to.default_strategy {
        parts.push(format!(
            "default strategy {}",
            strategy(&to.default_strategy)
        ));
    }
    parts.join(", ")
}

fn usd(amount: UsdPerHour) -> String {
    format!("{amount:.4}")
}

/// Members of two states that differ, with both values, as JSON has them.
pub(super) fn differences(from: &State, to: &State) -> Vec<String> {
    let members = |state: &State| {
        let value = serde_json::to_value(state).unwrap_or_default();
        let inner = value
            .as_object()
            .and_then(|outer| outer.values().next().cloned());
        inner
            .and_then(|inner| inner.as_object().cloned())
            .unwrap_or_default()
    };
    let (from, to) = (members(from), members(to));
    (to.iter())
        .filter(|(key, value)| from.get(*key) != Some(*value))
        .map(|(key, value)| {
            let before = from.get(key).map_or_else(|| "none".to_owned(), shown);
            format!("{key} {before} → {}", shown(value))
        })
        .collect()
}

/// A value short enough for a line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items = items.iter().filter_map(Value::as_str);
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    visible(&text)
}

/// Tasks that wait after a step, where the replica has played it.
pub(super) fn waiting_after(step: &Step) -> Option<u64> {
    step.waiting.or_else(|| Some(step.wave?.waiting))
}

const fn why_not_drained(why: WhyNotDrained) -> &'static str {
    match why {
        WhyNotDrained::NoPlace => "no-place",
        WhyNotDrained::NoSurge => "no-surge",
    }
}

fn not_drained(left: &[NotDrained]) -> Vec<Value> {
    let row = |it: &NotDrained| json!({"instance": it.instance, "serviceName": it.service_name, "why": why_not_drained(it.why)});
    left.iter().map(row).collect()
}

/// As programs read it.
#[must_use]
pub fn document(steps: &Steps<'_>) -> Value {
    let rows: Vec<Value> = (steps.steps.iter().enumerate())
        .map(|(index, step)| {
            json!({
                "number": index + 1,
                "step": said(&step.work),
                "work": step.work,
                "usdPerHourAfter": step.bill,
                "restarts": step.restarts,
                "instancesTakenAway": step.instances,
                "takesAway": step.retires,
                "wave": step.wave.map(|wave| wave.number),
                "tasksWaitingAfter": waiting_after(step),
            })
        })
        .collect();
    json!({
        "version": 1,
        "cluster": steps.cluster,
        "region": steps.region,
        "usdPerHour": {
            "today": steps.bills.today,
            "peak": steps.peak(),
            "planned": steps.bills.planned,
        },
        "restarts": steps.restarts(),
        "services": steps.deployed(),
        "instancesTakenAway": steps.instances(),
        "stepsNotAllowed": steps.not_allowed,
        "deletesFromStep": first_deletion(steps.steps).map(|first| first + 1),
        "policyForExisting": steps.policy,
        "leavesTodayAlone": steps.leaves_alone,
        "resetsNotSet": steps.resets,
        "notDrained": not_drained(steps.not_drained),
        "notOffered": steps.not_offered.map(offered::document),
        "steps": rows,
    })
}
