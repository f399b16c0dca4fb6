//! Runs for a terminal.

use anstyle::Style;
use jiff::Timestamp;

use crate::history::{Run, Service};
use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::report::words::counted;

/// A moment in UTC.
pub(super) fn moment(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string())
}

/// The runs, one a line.
#[must_use]
pub fn list(runs: &[Run], emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    page.styled_line(&counted(runs.len() as u64, "run"), Style::new().bold());
    let headings = [
        "Run",
        "Recorded",
        "Metrics until",
        "Cluster",
        "Region",
        "Services",
        "Proposed",
        "USD per hour",
        "as planned",
    ];
    let mut table = new_table(&headings, &[0, 5, 6, 7, 8]);
    for run in runs {
        let proposed = run
            .services
            .iter()
            .filter(|service| is_changed(service))
            .count();
        let cells = [
            run.id.to_string(),
            moment(run.recorded_at),
            moment(run.metrics_end),
            run.cluster.clone(),
            run.region.clone(),
            run.services.len().to_string(),
            proposed.to_string(),
            run.today_usd_per_hour.clone(),
            run.planned_usd_per_hour.clone(),
        ];
        add_row(&mut table, &cells);
    }
    page.table("Runs", &table);
    page.text
}

/// The runs, service by service.
#[must_use]
pub fn show(runs: &[Run], emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    for run in runs {
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
            "Flags",
        ];
        let mut table = new_table(&headings, &[1, 2, 3, 4, 5, 6]);
        for service in &run.services {
            let cells = [
                service.service.clone(),
                service.cpu_today.to_string(),
                service.cpu_wanted.to_string(),
                service.cpu_proposed.to_string(),
                service.memory_mib_today.to_string(),
                service.memory_mib_wanted.to_string(),
                service.memory_mib_proposed.to_string(),
                service.flags.clone(),
            ];
            add_row(&mut table, &cells);
        }
        page.table("Services", &table);
    }
    page.text
}

fn is_changed(service: &Service) -> bool {
    (service.cpu_proposed, service.memory_mib_proposed)
        != (service.cpu_today, service.memory_mib_today)
}
