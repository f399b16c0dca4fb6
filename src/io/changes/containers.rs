//! A task definition of another size: at the task where it stands there, else divided among its containers.

use super::super::document::{Entry, Node, Value};
use super::apply::set;
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// Memory in MiB below which Docker starts no container.
/// Source: Amazon ECS API reference, `ContainerDefinition`, `memory`.
const LEAST_MEMORY: u64 = 6;

/// A node without a place.
pub(super) fn node(value: Value) -> Node {
    Node {
        position: None,
        value,
    }
}

/// A whole number.
pub(super) fn number(value: u64) -> Node {
    node(Value::Number(value.to_string()))
}

/// Gives a definition another size: as it is and as it becomes.
pub(super) fn resize(
    definition: &mut Node,
    cpu: Option<(CpuUnits, CpuUnits)>,
    memory: Option<(MemoryMib, MemoryMib)>,
) {
    let Value::Object(entries) = &mut definition.value else {
        return;
    };
    if let Some((_, cpu)) = cpu {
        let at_task = has(entries, "cpu");
        if at_task {
            set(entries, "cpu", node(Value::Text(cpu.get().to_string())));
        }
        let parts = numbers(entries, &["cpu"]);
        let sum: u64 = parts.iter().flatten().sum();
        if !at_task || sum > cpu.get() {
            let shares = divided(&parts, cpu.get(), 0);
            each(entries, |index, container| {
                if let Some(share) = shares[index] {
                    set(container, "cpu", number(share));
                }
            });
        }
    }
    if let Some((before, memory)) = memory {
        resize_memory(entries, before.get(), memory.get());
    }
}

fn resize_memory(entries: &mut Vec<Entry>, before: u64, after: u64) {
    let at_task = has(entries, "memory");
    if at_task {
        set(entries, "memory", node(Value::Text(after.to_string())));
    }
    let parts = numbers(entries, &["memoryReservation", "memory"]);
    let sum: u64 = parts.iter().flatten().sum();
    let grows = after > before;
    let shares = (!at_task || sum > after || (grows && sum == before))
        .then(|| divided(&parts, after, LEAST_MEMORY));
    each(entries, |index, container| {
        let reserves = value(container, "memoryReservation").is_some();
        let share = shares.as_ref().and_then(|shares| shares[index]);
        if let Some(share) = share {
            let key = if reserves {
                "memoryReservation"
            } else {
                "memory"
            };
            set(container, key, number(share));
        }
        // A limit grows with the size, and never passes that of the task; a cut leaves it where it is.
        if let Some(limit) = value(container, "memory").filter(|_| reserves || share.is_none()) {
            let scaled = if grows {
                scale(limit, after, before)
            } else {
                limit
            };
            let most = if at_task { after } else { u64::MAX };
            let least = value(container, "memoryReservation").unwrap_or(LEAST_MEMORY);
            set(container, "memory", number(scaled.min(most).max(least)));
        }
    });
}

fn scale(value: u64, times: u64, over: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(times) / u128::from(over.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn has(entries: &[Entry], key: &str) -> bool {
    (entries.iter()).any(|entry| entry.key == key && entry.node.value != Value::Null)
}

/// A whole number of an object, in digits or as text.
fn value(entries: &[Entry], key: &str) -> Option<u64> {
    match &entries.iter().find(|entry| entry.key == key)?.node.value {
        Value::Number(text) | Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// What each container has of the first key that it has.
fn numbers(entries: &mut [Entry], keys: &[&str]) -> Vec<Option<u64>> {
    let mut found = Vec::new();
    each(entries, |_, container| {
        found.push(keys.iter().find_map(|key| value(container, key)));
    });
    found
}

fn each(entries: &mut [Entry], mut act: impl FnMut(usize, &mut Vec<Entry>)) {
    let section = entries
        .iter_mut()
        .find(|entry| entry.key == "containerDefinitions");
    if let Some(Value::List(items)) = section.map(|entry| &mut entry.node.value) {
        for (index, item) in items.iter_mut().enumerate() {
            if let Value::Object(container) = &mut item.value {
                act(index, container);
            }
        }
    }
}

/// A total divided as the parts were, each at least `least`: whole numbers by largest remainder. The first has all where all were 0.
fn divided(parts: &[Option<u64>], total: u64, least: u64) -> Vec<Option<u64>> {
    let sum: u64 = parts.iter().flatten().sum();
    let count = parts.iter().flatten().count() as u64;
    let spare = total.saturating_sub(least * count);
    let mut shares: Vec<Option<u64>> = (parts.iter())
        .map(|part| part.map(|part| least + if sum > 0 { scale(part, spare, sum) } else { 0 }))
        .collect();
    let mut left = total.saturating_sub(shares.iter().flatten().sum());
    let mut order: Vec<usize> = (0..parts.len())
        .filter(|index| parts[*index].is_some())
        .collect();
    order.sort_by_key(|index| {
        let part = u128::from(parts[*index].unwrap_or(0)) * u128::from(spare);
        (std::cmp::Reverse(part % u128::from(sum.max(1))), *index)
    });
    let mut turns = order.iter().cycle();
    while left > 0
        && let Some(index) = turns.next()
    {
        let step = if sum > 0 { 1 } else { left };
        if let Some(share) = &mut shares[*index] {
            *share += step;
        }
        left -= step;
    }
    shares
}
