//! The policy: the file's section first, then the flags of the command line, which override it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Node, Value, joined};
use super::purchases::PURCHASE_OPTIONS;
use super::quantities;
use super::suggest::did_you_mean;

use crate::domain::kubernetes::Taint;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{CountBasis, MemoryOverhead, Policy, PurchaseOptions, ServicePolicy};
use crate::domain::policy_keys::{
    Choice, Kind, kebab_case, keys_of_services, policy_key, policy_key_names,
};

/// A policy and where each of its keys was given last: in the file, or as a flag.
#[derive(Debug, Default)]
pub(super) struct ReadPolicy<'a> {
    pub policy: Policy,
    pub places: BTreeMap<String, Cursor<'a>>,
}

/// The policy of the file's section and the flags, defaults filled in.
pub(super) fn read<'a>(
    section: Option<&Cursor<'a>>,
    flags: &'a [(String, Node)],
    log: &mut Log,
) -> ReadPolicy<'a> {
    let mut read = ReadPolicy::default();
    if let Some(section) = section {
        for entry in section.entries(log).unwrap_or_default() {
            let place = Cursor::new(&entry.node, joined(&section.path, &entry.key));
            read.apply(&entry.key, place, log);
        }
    }
    for (key, node) in flags {
        let place = Cursor::new(node, format!("--{}", kebab_case(key)));
        if key == "at" {
            let bases = [
                ("min", CountBasis::Min),
                ("desired", CountBasis::Desired),
                ("max", CountBasis::Max),
            ];
            if let Some(basis) = place.choice(log, &bases) {
                read.policy.count_basis = basis;
            }
        } else {
            read.apply(key, place, log);
        }
    }
    read
}

impl<'a> ReadPolicy<'a> {
    /// Applies one key; `null` leaves the default.
    fn apply(&mut self, key: &str, at: Cursor<'a>, log: &mut Log) {
        let Some(row) = policy_key(key) else {
            report_unknown(key, &at, log);
            return;
        };
        if at.node.value == Value::Null {
            return;
        }
        set(&row.value, &mut self.policy, &at, log);
        self.places.insert(key.to_owned(), at);
    }
}

/// The keys of the policy that a service, or an entry of standalone tasks, carries itself.
pub(super) fn of_service(item: &Cursor<'_>, log: &mut Log) -> ServicePolicy {
    let mut own = ServicePolicy::default();
    for (name, key) in keys_of_services() {
        if let Some(field) = item.get(name) {
            set(&key.value, &mut own, &field, log);
        }
    }
    own
}

/// Sets a key to the value at a place, if it is one that the key takes.
fn set<T>(kind: &Kind<T>, target: &mut T, at: &Cursor<'_>, log: &mut Log) {
    match kind {
        Kind::Bool { set, others } => {
            if others.is_empty() || matches!(at.node.value, Value::Bool(_)) {
                give(*set, target, at.boolean(log));
            } else {
                choose(others, &["true", "false"], target, at, log);
            }
        }
        Kind::Whole { least, most, set } => give(*set, target, at.whole(log, *least..=*most)),
        Kind::Decimal { most, set } => give(*set, target, decimal(at, log, *most)),
        Kind::UsdPerHour { set } => {
            give(
                *set,
                target,
                decimal(at, log, 1_000_000).map(UsdPerHour::new),
            );
        }
        Kind::Choice(choices) => choose(choices, &[], target, at, log),
        Kind::Globs { may_be_empty, set } => give(*set, target, globs(at, *may_be_empty, log)),
        Kind::Taints { set } => give(*set, target, taints(at, log)),
        Kind::PurchaseOptions { set } => give(*set, target, purchase_options(at, log)),
        Kind::Cpu { set } => give(*set, target, quantities::cpu(at, log)),
        Kind::Memory { set } => give(*set, target, quantities::memory(at, log)),
        Kind::MemoryOverhead { set } => give(*set, target, memory_overhead(at, log)),
    }
}

fn give<T, V>(set: fn(&mut T, V), target: &mut T, value: Option<V>) {
    if let Some(value) = value {
        set(target, value);
    }
}

/// Taints as `kubectl taint` takes them; all of the list are looked at.
fn taints(at: &Cursor<'_>, log: &mut Log) -> Option<Vec<Taint>> {
    let Value::List(_) = at.node.value else {
        at.wrong_type(log, "a list of taints such as `dedicated=batch:NoSchedule`");
        return None;
    };
    let read: Vec<Option<Taint>> = (at.items(log).iter())
        .map(|item| {
            let remedy = "write key=value:NoSchedule or key:NoExecute, as `kubectl taint` takes it";
            item.parsed(log, codes::UNKNOWN_VALUE, remedy, str::parse)
        })
        .collect();
    read.into_iter().collect()
}

/// Sets a key to one of its words.
type Setter<T> = fn(&mut T);

/// One of some words; `beside` are values of another type that the key takes as well.
fn choose<T>(
    choices: &[Choice<T>],
    beside: &[&str],
    target: &mut T,
    at: &Cursor<'_>,
    log: &mut Log,
) {
    let setters: Vec<(&str, Setter<T>)> = (choices.iter())
        .map(|choice| (choice.word, choice.set))
        .collect();
    if let Some(set) = at.choice_beside(log, &setters, beside) {
        set(target);
    }
}

fn report_unknown(key: &str, at: &Cursor<'_>, log: &mut Log) {
    at.error(
        log,
        codes::UNKNOWN_KEY,
        format!("`{key}` is not a key of the policy"),
        format!(
            "{}correct or remove the key",
            did_you_mean(key, policy_key_names())
        ),
    );
}

fn purchase_options(at: &Cursor<'_>, log: &mut Log) -> Option<PurchaseOptions> {
    let items = at.items(log);
    if !matches!(at.node.value, Value::List(_)) {
        return None;
    }
    if items.is_empty() {
        at.error(
            log,
            codes::OUT_OF_RANGE,
            "the list is empty, so nothing could be bought",
            "name `on-demand`, `spot` or both, or leave the key out for `on-demand`",
        );
        return None;
    }
    let options = items
        .iter()
        .map(|item| item.choice(log, &PURCHASE_OPTIONS))
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Option<Vec<_>>>()?;
    Some(PurchaseOptions {
        on_demand: options.iter().any(|option| option.counts_as_on_demand()),
        spot: options.iter().any(|option| option.may_be_reclaimed()),
    })
}

fn decimal(at: &Cursor<'_>, log: &mut Log, most: u64) -> Option<Decimal> {
    at.decimal(log, Decimal::ZERO..=Decimal::from(most))
}

/// Names of instance types with `*` and `?` as wildcards.
fn globs(at: &Cursor<'_>, may_be_empty: bool, log: &mut Log) -> Option<Vec<String>> {
    let items = at.items(log);
    if !matches!(at.node.value, Value::List(_)) {
        return None;
    }
    if items.is_empty() && !may_be_empty {
        at.error(
            log,
            codes::OUT_OF_RANGE,
            "the list is empty, so no instance type would be allowed",
            "name at least one, or leave the key out to allow all",
        );
        return None;
    }
    items.iter().map(|item| glob(item, log)).collect()
}

fn glob(item: &Cursor<'_>, log: &mut Log) -> Option<String> {
    let text = item.name(log)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-.*?".contains(c);
    if text.chars().all(allowed) {
        return Some(text.to_owned());
    }
    item.error(
        log,
        codes::GLOB,
        format!("`{text}` is not a pattern of instance types"),
        "write a name such as `m7g.large`, with `*` for any characters and `?` for one",
    );
    None
}

fn memory_overhead(at: &Cursor<'_>, log: &mut Log) -> Option<MemoryOverhead> {
    at.entries(log)?;
    let keys = ["percent", "fixedMib", "perVcpuMib"];
    at.report_unknown_keys(log, &[&keys], "`memoryOverhead`");
    let mut part = |key: &str, most: u64| match at.get(key) {
        Some(field) => decimal(&field, log, most),
        None => Some(Decimal::ZERO),
    };
    let percent = part("percent", 100);
    let fixed_mib = part("fixedMib", quantities::MAX_QUANTITY);
    let per_vcpu_mib = part("perVcpuMib", quantities::MAX_QUANTITY);
    Some(MemoryOverhead {
        percent: percent?,
        fixed_mib: fixed_mib?,
        per_vcpu_mib: per_vcpu_mib?,
    })
}
