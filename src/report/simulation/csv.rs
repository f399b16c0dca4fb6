//! The replays as rows: one per placement strategy and kind of arrival order.

use crate::io::csv_cell::text_cell;
use crate::report::simulation::document::SimulationReport;

/// The header line.
const HEADER: [&str; 12] = [
    "cluster",
    "strategy",
    "arrival",
    "orders",
    "complete_orders",
    "complete_fraction",
    "mean_pending",
    "worst_pending",
    "mean_pending_fraction",
    "tasks",
    "instances",
    "usd_per_hour",
];

/// A header line and the rows.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn render(report: &SimulationReport) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let written = "writing to memory does not fail";
    writer.write_record(HEADER).expect(written);
    for replay in &report.replays {
        let summary = &replay.summary;
        let tallies = [
            ("all", &summary.all),
            ("service by service", &summary.service_by_service),
            ("shuffled", &summary.shuffled),
        ];
        for (arrival, tally) in tallies {
            let row = [
                text_cell(&report.cluster),
                text_cell(&replay.strategy),
                arrival.to_owned(),
                tally.orders.to_string(),
                tally.complete_orders.to_string(),
                tally
                    .complete_fraction
                    .map(|of| of.to_string())
                    .unwrap_or_default(),
                tally.mean_pending.to_string(),
                tally.worst_pending.to_string(),
                tally.mean_pending_fraction.to_string(),
                report.tasks.to_string(),
                report.instances.to_string(),
                report.usd_per_hour.to_string(),
            ];
            writer.write_record(row).expect(written);
        }
    }
    let bytes = writer.into_inner().expect(written);
    String::from_utf8(bytes).expect("texts are UTF-8")
}
