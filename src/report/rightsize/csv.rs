//! Proposed sizes for spreadsheets: one line a service.

use ::csv::Writer;

use crate::io::csv_cell::text_cell;
use crate::rightsize::{Proposal, Reason};

use super::{Sizes, rows};

/// Headings, in order.
pub const COLUMNS: [&str; 17] = [
    "service",
    "tasks",
    "cpu_today",
    "cpu",
    "cpu_verdict",
    "memory_mib_today",
    "memory_mib",
    "memory_verdict",
    "min_count",
    "max_count",
    "flags",
    "days",
    "hours",
    "test_hours",
    "exceeded_today",
    "exceeded_proposed",
    "reasons",
];

/// The whole table; what is not known is an empty cell.
#[must_use]
pub fn render(sizes: &Sizes) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |record: [String; 17]| {
        (writer.write_record(record))
            .expect("as many cells a record as headings, written to memory");
    };
    write(COLUMNS.map(str::to_owned));
    for proposal in &sizes.proposals {
        write(record(proposal));
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

fn record(proposal: &Proposal) -> [String; 17] {
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let test = proposal.self_test;
    let reasons: Vec<String> = proposal.reasons.iter().map(Reason::to_string).collect();
    [
        text_cell(&proposal.service),
        proposal.desired_count.to_string(),
        proposal.today.cpu.get().to_string(),
        proposal.size.cpu.get().to_string(),
        proposal.cpu.word().to_owned(),
        proposal.today.memory.get().to_string(),
        proposal.size.memory.get().to_string(),
        proposal.memory.word().to_owned(),
        number(proposal.counts.least),
        number(proposal.counts.most),
        rows::flags(proposal),
        proposal.evidence.days.to_string(),
        proposal.evidence.hours.to_string(),
        number(test.map(|test| test.hours)),
        number(test.map(|test| test.exceeded_today)),
        number(test.map(|test| test.exceeded_proposed)),
        text_cell(&reasons.join("; ")),
    ]
}
