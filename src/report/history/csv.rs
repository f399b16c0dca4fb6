//! Runs for spreadsheets: one line a run and service.

use ::csv::Writer;

use crate::history::{Run, Service};
use crate::io::csv_cell::text_cell;
use crate::report::words::moment;

const COLUMNS: [&str; 13] = [
    "run",
    "recorded_at",
    "cluster",
    "region",
    "service",
    "cpu_today",
    "memory_mib_today",
    "cpu_wanted",
    "memory_mib_wanted",
    "cpu_proposed",
    "memory_mib_proposed",
    "flags",
    "planned_usd_per_hour",
];

/// The whole table.
#[must_use]
pub fn render(runs: &[Run]) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |record: [String; 13]| {
        (writer.write_record(record))
            .expect("as many cells a record as headings, written to memory");
    };
    write(COLUMNS.map(str::to_owned));
    for run in runs {
        for service in &run.services {
            write(record(run, service));
        }
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

fn record(run: &Run, service: &Service) -> [String; 13] {
    [
        run.id.to_string(),
        moment(run.recorded_at),
        text_cell(&run.cluster),
        text_cell(&run.region),
        text_cell(&service.service),
        service.cpu_today.to_string(),
        service.memory_mib_today.to_string(),
        service.cpu_wanted.to_string(),
        service.memory_mib_wanted.to_string(),
        service.cpu_proposed.to_string(),
        service.memory_mib_proposed.to_string(),
        service.flags.clone(),
        run.planned_usd_per_hour.clone(),
    ]
}
