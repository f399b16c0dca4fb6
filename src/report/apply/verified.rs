//! A live cluster beside its plan as people and programs read it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::apply::change::Change;
use crate::apply::steps::Refusal;
use crate::apply::verify::{Difference, Verified};
use crate::domain::text::visible;

use super::{counted, usd};

/// As people read it.
#[must_use]
pub fn verified(cluster: &str, region: &str, of: &Verified) -> String {
    let (cluster, region) = (visible(cluster), visible(region));
    let found = of.settings.len() + of.refusals.len() + of.differences.len();
    let mut out = if of.agrees() {
        format!("{cluster} in {region} is as the plan says\n")
    } else {
        let found = counted(found as u64, "difference");
        format!("{cluster} in {region} is not as the plan says: {found}\n")
    };
    let (planned, bill) = of.planned;
    let (live, live_bill) = of.live;
    let _ = writeln!(
        out,
        "  Instances  {planned} planned, {live} there\n  Bill       USD per hour of instances: {} planned, {} there",
        usd(bill),
        live_bill.map_or_else(|| "not known".to_owned(), usd)
    );
    if !of.tasks_known {
        out.push_str("  Tasks      not compared: the cluster does not show which run where\n");
    }
    let lines = (of.settings.iter().map(setting))
        .chain(of.refusals.iter().map(resource))
        .chain(of.differences.iter().map(difference));
    section(&mut out, "Differences", lines);
    let moved = of.moved.iter().map(difference);
    section(&mut out, "Moved by a scaler, and what hangs on it", moved);
    out
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(out, "\n{title}");
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
    }
}

/// As it is and as planned, in a line.
fn setting(change: &Change) -> String {
    let target = &change.target;
    match (&change.expects, &change.leaves) {
        (None, _) => format!("{target} is not there"),
        (Some(_), None) => format!("{target} is there, and the plan has no use for it"),
        (Some(live), Some(planned)) => {
            format!(
                "{target}: {} (planned)",
                super::differences(live, planned).join(", ")
            )
        }
    }
}

/// A resource that is not what the plan takes it for.
fn resource(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotInSnapshot(target) => format!("{target} is not there"),
        other => super::refusal(other),
    }
}

fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Instances {
            provider,
            kind: (kind, option, zone),
            planned,
            live,
        } => format!(
            "{} {}{}{}: {planned} planned, {live} there",
            visible(kind),
            option,
            zone.as_ref()
                .map_or_else(String::new, |zone| format!(" in {}", visible(zone))),
            provider.as_ref().map_or_else(
                || " of no capacity provider".to_owned(),
                |name| format!(" of {}", visible(name))
            ),
        ),
        Difference::Tasks {
            group,
            planned,
            live,
        } => format!("{}: {planned} tasks planned, {live} run", visible(group)),
        Difference::TasksOfProvider {
            service,
            provider,
            planned,
            live,
        } => format!(
            "service {} on {}: {planned} tasks planned, {live} run",
            visible(service),
            visible(provider)
        ),
        Difference::TasksOfInstance {
            instance,
            service,
            provider,
            most,
            live,
        } => format!(
            "service {} on instance {} of {}: {live} tasks, the certificate counts on {most} at most",
            visible(service),
            visible(instance),
            visible(provider)
        ),
        Difference::Bill { planned, live } => {
            format!("USD per hour of instances: {planned} planned, {live} there")
        }
    }
}

/// As programs read it.
#[must_use]
pub fn verified_document(cluster: &str, region: &str, of: &Verified) -> Value {
    let settings = of.settings.iter().map(|change| {
        json!({"code": "setting", "text": setting(change), "target": change.target, "live": change.expects,
            "planned": change.leaves})
    });
    let refusals =
        (of.refusals.iter()).map(|refusal| json!({"code": "resource", "text": resource(refusal)}));
    let differences = of.differences.iter().map(row);
    json!({
        "version": 1,
        "cluster": cluster,
        "region": region,
        "agrees": of.agrees(),
        "instances": {"planned": of.planned.0, "live": of.live.0},
        "usdPerHour": {"planned": of.planned.1, "live": of.live.1},
        "tasksCompared": of.tasks_known,
        "differences": settings.chain(refusals).chain(differences).collect::<Vec<_>>(),
        "movedByScaling": of.moved.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(of: &Difference) -> Value {
    let mut row = match of {
        Difference::Instances {
            provider,
            kind: (kind, option, zone),
            planned,
            live,
        } => json!({"code": "instances", "capacityProvider": provider, "instanceType": kind,
            "purchaseOption": option.to_string(), "availabilityZone": zone, "planned": planned, "live": live}),
        Difference::Tasks {
            group,
            planned,
            live,
        } => json!({"code": "tasks", "taskGroup": group, "planned": planned, "live": live}),
        Difference::TasksOfProvider {
            service,
            provider,
            planned,
            live,
        } => {
            json!({"code": "tasks-of-provider", "serviceName": service, "capacityProvider": provider,
            "planned": planned, "live": live})
        }
        Difference::TasksOfInstance {
            instance,
            service,
            provider,
            most,
            live,
        } => json!({"code": "tasks-of-instance", "instance": instance, "serviceName": service,
            "capacityProvider": provider, "most": most, "live": live}),
        Difference::Bill { planned, live } => {
            json!({"code": "bill", "planned": planned, "live": live})
        }
    };
    row["text"] = Value::from(difference(of));
    row
}
