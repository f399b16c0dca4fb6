//! The simulation for a terminal: whether tasks find places first, then what happens over time.

use anstyle::{AnsiColor, Style};

use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::report::simulation::document::{AvailabilityReport, SimulationReport};

use super::words;

/// The whole report.
#[must_use]
pub fn render(report: &SimulationReport, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    headline(report, &mut page);
    page.fact("Fleet", &words::subject(report));
    if let [only] = report.replays.as_slice()
        && words::has_tasks(only)
    {
        page.fact("Full", &words::utilisation(only));
    }
    replays(report, &mut page);
    if let Some(scenario) = &report.scenario {
        page.list(
            &format!("Scenario {}", scenario.name),
            &words::scenario(scenario),
        );
    }
    if let Some(availability) = &report.availability {
        table_of_availability(availability, &mut page);
    }
    page.list("Notes", &report.notes);
    page.list("What this rests on", &report.assumptions);
    page.text
}

fn headline(report: &SimulationReport, page: &mut Page) {
    let Some(first) = report.replays.first() else {
        let line = format!(
            "{} in {}: scaled out from no instance",
            report.cluster, report.region
        );
        page.styled_line(&line, Style::new().bold());
        return;
    };
    let all = &first.summary.all;
    let complete = all.complete_orders == all.orders && report.unplaced.is_empty();
    let style = if complete {
        Style::new().bold()
    } else {
        Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()))
    };
    let verdict = words::verdict(words::left_out(report).as_ref(), first);
    let line = format!("{} in {}: {verdict}", report.cluster, report.region);
    page.styled_line(&line, style);
}

fn replays(report: &SimulationReport, page: &mut Page) {
    if !report.replays.iter().any(words::has_tasks) {
        return;
    }
    let mut table = new_table(&words::REPLAY_HEADINGS, &[2, 3, 4, 5, 6]);
    for row in report.replays.iter().flat_map(words::replay_rows) {
        add_row(&mut table, &row);
    }
    page.table("Arrival orders", &table);
    for replay in &report.replays {
        let title = if report.replays.len() == 1 {
            "Services of which tasks wait".to_owned()
        } else {
            format!("Services of which tasks wait, {}", replay.strategy)
        };
        page.list(&title, &words::pending_services(replay));
    }
}

fn table_of_availability(availability: &AvailabilityReport, page: &mut Page) {
    let headings = ["Service", "Minimum", "Kept", "Mean seconds below", "Fewest"];
    let mut table = new_table(&headings, &[1, 3, 4]);
    for service in &availability.services {
        let row = [
            service.service_name.clone(),
            service.minimum_healthy.to_string(),
            words::probability(&service.kept),
            format!("{:.1}", service.mean_seconds_below),
            service.fewest_healthy.to_string(),
        ];
        add_row(&mut table, &row);
    }
    let title = format!(
        "Healthy tasks through {} hours, {} trials, {:.0} % intervals",
        availability.window_hours,
        availability.trials,
        availability.confidence * 100.0
    );
    page.table(&title, &table);
    page.line(&format!(
        "  All services keep their minimum: {}; {:.1} instances are lost on average.",
        words::probability(&availability.all_kept),
        availability.mean_lost_instances
    ));
}
