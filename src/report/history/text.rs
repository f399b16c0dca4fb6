//! Runs for a terminal.

use anstyle::Style;

use crate::history::{Change, Outcome};
use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::report::words::{counted, moment};

use super::Kept;

/// The runs, one a line.
#[must_use]
pub fn list(kept: &Kept, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    page.styled_line(&counted(kept.runs.len() as u64, "run"), Style::new().bold());
    let headings = [
        "Run",
        "Recorded",
        "Metrics until",
        "Cluster",
        "Region",
        "Services",
        "Proposed",
        "Applied",
        "USD per hour",
        "as planned",
        "Saving promised",
        "measured",
    ];
    let mut table = new_table(&headings, &[0, 5, 6, 7, 8, 9, 10, 11]);
    for run in &kept.runs {
        let outcome = (kept.outcomes.iter()).find(|outcome| outcome.run == run.id);
        let of = |value: &dyn Fn(&Outcome) -> String| outcome.map_or_else(String::new, value);
        let cells = [
            run.id.to_string(),
            moment(run.recorded_at),
            moment(run.metrics_end),
            run.cluster.clone(),
            run.region.clone(),
            run.services.len().to_string(),
            of(&|outcome| outcome.proposed.to_string()),
            of(&applied),
            run.today_usd_per_hour.clone(),
            run.planned_usd_per_hour.clone(),
            of(&|outcome| {
                (outcome.promised_usd_per_hour).map_or_else(String::new, |usd| usd.to_string())
            }),
            of(&measured),
        ];
        add_row(&mut table, &cells);
    }
    page.table("Runs", &table);
    page.list(
        "What this rests on",
        &[
            "applied: sizes that a later run found to be those proposed; promised: bill planned with the sizes of that day less the one with \
             the proposals, USD per hour"
                .to_owned(),
            "measured: bill of what ran then less that of the last run, where both cluster files say what runs, else of the fleets planned \
             with the sizes of either day (`planned`); changes of prices and counts are in it; a fleet that leaves tasks without a place has \
             no bill"
                .to_owned(),
        ],
    );
    page.text
}

fn applied(outcome: &Outcome) -> String {
    match (outcome.applied, outcome.withdrawn) {
        (applied, 0) => applied.to_string(),
        (applied, withdrawn) => format!("{applied} ({withdrawn} withdrawn)"),
    }
}

fn measured(outcome: &Outcome) -> String {
    let basis = if outcome.is_of_what_runs {
        ""
    } else {
        " (planned)"
    };
    (outcome.measured_usd_per_hour).map_or_else(String::new, |usd| format!("{usd}{basis}"))
}

/// The runs, service by service.
#[must_use]
pub fn show(kept: &Kept, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    for run in &kept.runs {
        let title = format!(
            "Run {}: {} in {}, {}",
            run.id,
            run.cluster,
            run.region,
            moment(run.recorded_at)
        );
        page.styled_line(&title, Style::new().bold());
        let headings = [
            "Service",
            "CPU units",
            "wanted",
            "proposed",
            "Memory MiB",
            "wanted",
            "proposed",
            "Tasks wanted",
            "Flags",
        ];
        let mut table = new_table(&headings, &[1, 2, 3, 4, 5, 6, 7]);
        for service in &run.services {
            let cells = [
                service.service.clone(),
                service.cpu_today.to_string(),
                service.cpu_wanted.to_string(),
                service.cpu_proposed.to_string(),
                service.memory_mib_today.to_string(),
                service.memory_mib_wanted.to_string(),
                service.memory_mib_proposed.to_string(),
                service.counts.clone(),
                service.flags.clone(),
            ];
            add_row(&mut table, &cells);
        }
        page.table("Services", &table);
    }
    if !kept.changes.is_empty() {
        let headings = [
            "Service",
            "Since",
            "CPU units",
            "Memory MiB",
            "Proposed by run",
            "Hours since",
            "above the size",
            "Withdrawn",
        ];
        let mut table = new_table(&headings, &[2, 3, 4, 5, 6]);
        for change in &kept.changes {
            add_row(&mut table, &change_cells(change));
        }
        page.table("Sizes that became others", &table);
    }
    page.text
}

fn change_cells(change: &Change) -> [String; 8] {
    [
        change.service.clone(),
        moment(change.since),
        format!("{} → {}", change.before.0, change.after.0),
        format!("{} → {}", change.before.1, change.after.1),
        change
            .proposed_by
            .map_or_else(|| "no run".to_owned(), |run| run.to_string()),
        change.hours.to_string(),
        change.exceeded.to_string(),
        change.withdrawn_at.map_or_else(|| "no".to_owned(), moment),
    ]
}
