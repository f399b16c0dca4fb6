//! Figures of a run as Prometheus' textfile collector reads them.
//!
//! Source: Prometheus, "Exposition formats", text format 0.0.4: label values escape backslash, double quote and line feed.

use std::fmt::Write as _;

use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::UsdPerHour;
use crate::rightsize::Proposal;

use super::Sizes;

/// The whole file, at a moment in seconds since 1970.
#[must_use]
pub fn render(sizes: &Sizes, at: i64) -> String {
    let mut text = String::new();
    let place = format!(
        "cluster=\"{}\",region=\"{}\"",
        escaped(&sizes.cluster),
        escaped(&sizes.region)
    );
    head(
        &mut text,
        "run_timestamp_seconds",
        "Time of the last run that ended.",
    );
    let _ = writeln!(
        text,
        "bayplan_rightsize_run_timestamp_seconds{{{place}}} {at}"
    );
    if let Some(at) = sizes.measured_until {
        head(
            &mut text,
            "measured_until_timestamp_seconds",
            "Where the metrics of that run end.",
        );
        let _ = writeln!(
            text,
            "bayplan_rightsize_measured_until_timestamp_seconds{{{place}}} {at}"
        );
    }
    let changed = sizes.proposals.iter().filter(|proposal| proposal.changes());
    head(
        &mut text,
        "services",
        "Services looked at, and those with a proposal.",
    );
    let counts = [
        ("all", sizes.proposals.len()),
        ("proposed", changed.count()),
    ];
    for (kind, count) in counts {
        let _ = writeln!(
            text,
            "bayplan_rightsize_services{{{place},kind=\"{kind}\"}} {count}"
        );
    }
    head(
        &mut text,
        "fleet_usd_per_hour",
        "Bill of the fleet planned with today's sizes, with the proposed ones, and of what runs.",
    );
    let fleets = &sizes.fleets;
    let bills = [
        ("today", Some(fleets.today.usd_per_hour)),
        ("planned", Some(fleets.planned.usd_per_hour)),
        ("running", fleets.running),
    ];
    for (fleet, bill) in bills {
        if let Some(usd) = bill.and_then(number) {
            let _ = writeln!(
                text,
                "bayplan_rightsize_fleet_usd_per_hour{{{place},fleet=\"{fleet}\"}} {usd}"
            );
        }
    }
    let cpu = |proposal: &Proposal| [proposal.today.cpu.get(), proposal.size.cpu.get()];
    per_service(
        &mut text,
        sizes,
        &place,
        (
            "service_cpu_units",
            "CPU units of a task, today and as proposed.",
            &cpu,
        ),
    );
    let memory = |proposal: &Proposal| [proposal.today.memory.get(), proposal.size.memory.get()];
    per_service(
        &mut text,
        sizes,
        &place,
        (
            "service_memory_mib",
            "MiB of a task, today and as proposed.",
            &memory,
        ),
    );
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP bayplan_rightsize_{name} {help}\n# TYPE bayplan_rightsize_{name} gauge"
    );
}

type Figure<'a> = (&'a str, &'a str, &'a dyn Fn(&Proposal) -> [u64; 2]);

fn per_service(text: &mut String, sizes: &Sizes, place: &str, (name, help, of): Figure<'_>) {
    head(text, name, help);
    for proposal in &sizes.proposals {
        let service = escaped(&proposal.service);
        for (kind, value) in ["today", "proposed"].into_iter().zip(of(proposal)) {
            let _ = writeln!(
                text,
                "bayplan_rightsize_{name}{{{place},service=\"{service}\",kind=\"{kind}\"}} {value}"
            );
        }
    }
}

fn number(usd: UsdPerHour) -> Option<f64> {
    usd.amount().to_f64()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
