//! The simulation for a pull request.

use std::fmt::Write as _;

use crate::report::markdown::{escape, list, table};
use crate::report::simulation::document::SimulationReport;

use super::words;

/// The whole report.
#[must_use]
pub fn render(report: &SimulationReport) -> String {
    let mut text = String::new();
    let verdict = (report.replays.first()).map_or_else(
        || "scaled out from no instance".to_owned(),
        |first| words::verdict(words::left_out(report).as_ref(), first),
    );
    let _ = writeln!(
        text,
        "## {}: {}\n",
        escape(&report.cluster),
        escape(&verdict)
    );
    let _ = writeln!(text, "{}.", words::subject(report));
    if report.replays.iter().any(words::has_tasks) {
        let header = format!("| {} |", words::REPLAY_HEADINGS.join(" | "));
        let rows = report.replays.iter().flat_map(words::replay_rows);
        let rule = "|---|---|--:|--:|--:|--:|--:|";
        table(&mut text, "Arrival orders", &header, rule, rows);
    }
    if let Some(scenario) = &report.scenario {
        list(
            &mut text,
            &format!("Scenario {}", scenario.name),
            &words::scenario(scenario),
        );
    }
    if let Some(availability) = &report.availability {
        let rows = availability.services.iter().map(|service| {
            vec![
                service.service_name.clone(),
                service.minimum_healthy.to_string(),
                words::probability(&service.kept),
            ]
        });
        let title = format!("Healthy tasks through {} hours", availability.window_hours);
        let header = "| Service | Minimum | Kept |";
        table(&mut text, &title, header, "|---|--:|---|", rows);
    }
    list(&mut text, "Notes", &report.notes);
    list(&mut text, "What this rests on", &report.assumptions);
    text
}
