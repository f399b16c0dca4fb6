//! Sizes of tasks against what they used, as a table.

use crate::rightsize::series::Metrics;
use crate::rightsize::{Proposal, Reason};

use super::table::{Cell, Column, Table, fraction, integer, text};

/// What right-sizing found, beside the plan that is reported.
#[derive(Debug, Clone, Copy)]
pub struct SizesFound<'a> {
    /// A proposal for every service.
    pub proposals: &'a [Proposal],
    /// What they rest on.
    pub metrics: &'a Metrics,
}

const COLUMNS: &[Column] = &[
    text("x_Service", "Service"),
    integer("x_Tasks", "Tasks"),
    integer("x_CpuToday", "CPU units today"),
    integer("x_Cpu", "CPU units proposed"),
    text("x_CpuVerdict", "CPU"),
    integer("x_MemoryMibToday", "MiB today"),
    integer("x_MemoryMib", "MiB proposed"),
    text("x_MemoryVerdict", "Memory"),
    text("x_Flags", "Flags"),
    integer("x_Days", "Days measured"),
    fraction("x_HoursAboveAtMost", "Hours above, at most"),
    text("x_Why", "Why"),
];

/// One service a row.
#[must_use]
pub fn table(found: SizesFound<'_>) -> Table {
    Table {
        name: "sizes",
        title: "Sizes of tasks",
        about: "What the rules of bayplan rightsize propose from the metrics given; the plan above is that of today's sizes.",
        columns: COLUMNS,
        rows: found.proposals.iter().map(row).collect(),
    }
}

fn row(proposal: &Proposal) -> Vec<Cell> {
    let flags: Vec<&str> = proposal.flags.iter().map(|flag| flag.word()).collect();
    let reasons: Vec<String> = proposal.reasons.iter().map(Reason::to_string).collect();
    vec![
        proposal.service.as_str().into(),
        proposal.desired_count.into(),
        proposal.today.cpu.get().into(),
        proposal.size.cpu.get().into(),
        proposal.cpu.word().into(),
        proposal.today.memory.get().into(),
        proposal.size.memory.get().into(),
        proposal.memory.word().into(),
        flags.join(", ").into(),
        proposal.evidence.days.into(),
        proposal.guarantee.map(|guarantee| guarantee.hours).into(),
        reasons.join("; ").into(),
    ]
}
