//! CPU, memory and GPU fields as the ECS API and people write them.

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};

/// Beyond any machine, and far from the end of 64 bits in every sum.
pub(super) const MAX_QUANTITY: u64 = 1_000_000_000;

/// CPU units: `512`, `"512"` or `"0.5 vCPU"`.
pub(super) fn cpu(field: &Cursor<'_>, log: &mut Log) -> Option<CpuUnits> {
    let remedy = "write CPU units such as 512, or vCPUs such as \"0.5 vCPU\"";
    let cpu = field.parsed(log, codes::NOT_A_QUANTITY, remedy, CpuUnits::parse)?;
    within(field, log, cpu.get()).then_some(cpu)
}

/// Memory: `1024`, `"1024"` or `"1 GB"`.
pub(super) fn memory(field: &Cursor<'_>, log: &mut Log) -> Option<MemoryMib> {
    let remedy = "write MiB such as 1024, or GB such as \"1 GB\"";
    let memory = field.parsed(log, codes::NOT_A_QUANTITY, remedy, MemoryMib::parse)?;
    within(field, log, memory.get()).then_some(memory)
}

/// Memory of a whole task, which cannot be nothing.
pub(super) fn task_memory(field: &Cursor<'_>, log: &mut Log) -> Option<MemoryMib> {
    let memory = memory(field, log)?;
    if memory == MemoryMib::ZERO {
        field.error(
            log,
            codes::OUT_OF_RANGE,
            "the memory of a task is 0",
            "give the task the memory it needs, in MiB",
        );
        return None;
    }
    Some(memory)
}

/// Whole GPUs.
pub(super) fn gpus(field: &Cursor<'_>, log: &mut Log) -> Option<GpuCount> {
    if let Value::Number(text) | Value::Text(text) = &field.node.value
        && super::cursor::exact_decimal(text).is_some_and(|n| !n.fract().is_zero())
    {
        field.error(
            log,
            codes::GPU_SHARING,
            format!("`{text}` is a part of a GPU"),
            "ECS assigns whole GPUs only; write a whole number",
        );
        return None;
    }
    field.whole(log, 0..=1024).map(GpuCount::new)
}

fn within(field: &Cursor<'_>, log: &mut Log, amount: u64) -> bool {
    if amount > MAX_QUANTITY {
        field.error(
            log,
            codes::OUT_OF_RANGE,
            format!("{amount} is more than any machine has"),
            "check the unit: CPU counts in units of 1/1024 vCPU, memory in MiB",
        );
    }
    amount <= MAX_QUANTITY
}
