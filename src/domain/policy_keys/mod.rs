//! The policy's keys in one table.
//!
//! A row holds everything there is to say of a key: its name, what it takes, what it means, its default, how it is set
//! and how it is relaxed. The importer, the flags, the documents (`docs/policy.md`), the JSON Schema and the
//! search for conflicting requirements are made from it, so that a new key is a row here, a field of [`Policy`],
//! the rule that obeys it and the rule that checks it.

mod table;

use rust_decimal::Decimal;

use super::kubernetes::Taint;
use super::money::UsdPerHour;
use super::policy::{MemoryOverhead, Policy, PurchaseOptions, ServicePolicy};
use super::quantity::{CpuUnits, MemoryMib};

pub use table::POLICY_KEYS;

/// Keys that say something of ECS alone: nothing of them is asked of a cluster of Kubernetes.
pub const OF_ECS_ALONE: [&str; 4] = [
    "fargate",
    "eniTrunking",
    "deploymentSurge",
    "managedInstances",
];

/// Most instances that a policy may name.
pub const MAX_INSTANCES: u64 = 1_000_000;

/// Most tasks of one service that a file may name.
pub const MAX_TASKS: u64 = 10_000_000;

/// One key of the policy.
#[derive(Debug)]
pub struct PolicyKey {
    /// As the file has it, in camel case; the flag is the same in kebab case.
    pub name: &'static str,
    /// What it says, in one line without a full stop: the flag's help.
    pub help: &'static str,
    /// What else there is to know: sentences, or nothing.
    pub more: &'static str,
    /// What holds without it, as help and documents show it.
    pub default: &'static str,
    /// What stands for the value in the flag's help.
    pub value_name: &'static str,
    /// What it takes, and how that is set.
    pub value: Kind<Policy>,
    /// How it can leave tasks without a place; `None` for a key that only changes what things cost or how a fleet that
    /// holds all tasks is run.
    pub binding: Option<Binding<Policy>>,
    /// The same key of a single service, where it has one; the stricter of the two holds.
    pub per_service: Option<PerService>,
}

/// A key that a service may carry too.
#[derive(Debug)]
pub struct PerService {
    /// What it takes, and how that is set.
    pub value: Kind<ServicePolicy>,
    /// How it can leave tasks without a place.
    pub binding: Binding<ServicePolicy>,
}

/// How a key can stand in the way of tasks.
#[derive(Debug)]
pub struct Binding<T> {
    /// Its value as a conflict shows it; `None` where it asks for nothing.
    pub shown: fn(&T) -> Option<String>,
    /// Sets it to what asks for least.
    pub relax: fn(&mut T),
}

/// What a key takes, and how it is set.
#[derive(Debug)]
pub enum Kind<T: 'static> {
    /// `true` or `false`, or one of further words; a bare flag is `true`.
    Bool {
        /// Sets it.
        set: fn(&mut T, bool),
        /// Words beside the two.
        others: &'static [Choice<T>],
    },
    /// A whole number.
    Whole {
        /// Smallest.
        least: u64,
        /// Largest.
        most: u64,
        /// Sets it.
        set: fn(&mut T, u64),
    },
    /// An exact decimal from 0.
    Decimal {
        /// Largest.
        most: u64,
        /// Sets it.
        set: fn(&mut T, Decimal),
    },
    /// An amount in USD per hour, from 0 to a million.
    UsdPerHour {
        /// Sets it.
        set: fn(&mut T, UsdPerHour),
    },
    /// One of some words.
    Choice(&'static [Choice<T>]),
    /// Names of instance types with `*` and `?`.
    Globs {
        /// Whether a list of none makes sense.
        may_be_empty: bool,
        /// Sets it.
        set: fn(&mut T, Vec<String>),
    },
    /// Taints of nodes, such as `dedicated=batch:NoSchedule`.
    Taints {
        /// Sets it.
        set: fn(&mut T, Vec<Taint>),
    },
    /// Ways of buying, at least one.
    PurchaseOptions {
        /// Sets it.
        set: fn(&mut T, PurchaseOptions),
    },
    /// CPU: units, or a text such as `0.5 vCPU`.
    Cpu {
        /// Sets it.
        set: fn(&mut T, CpuUnits),
    },
    /// Memory: MiB, or a text such as `1 GB`.
    Memory {
        /// Sets it.
        set: fn(&mut T, MemoryMib),
    },
    /// The three figures of registered memory.
    MemoryOverhead {
        /// Sets it.
        set: fn(&mut T, MemoryOverhead),
    },
}

/// One of a key's words.
#[derive(Debug)]
pub struct Choice<T: 'static> {
    /// The word.
    pub word: &'static str,
    /// What it says, in one line without a full stop.
    pub help: &'static str,
    /// Sets it.
    pub set: fn(&mut T),
}

impl<T> Kind<T> {
    /// What it takes, as documents say it.
    #[must_use]
    pub fn takes(&self) -> String {
        let words = |choices: &[Choice<T>]| -> Vec<String> {
            (choices.iter())
                .map(|choice| format!("`{}`", choice.word))
                .collect()
        };
        match self {
            Self::Bool { others, .. } => {
                let mut all = vec!["`true`".to_owned(), "`false`".to_owned()];
                all.extend(words(others));
                all.join(", ")
            }
            Self::Whole { least, most, .. } => format!("whole number, {least} to {most}"),
            Self::Decimal { most, .. } => format!("number, 0 to {most}"),
            Self::UsdPerHour { .. } => "USD per hour, 0 to 1000000".to_owned(),
            Self::Choice(choices) => words(choices).join(", "),
            Self::Globs { may_be_empty, .. } => {
                let least = if *may_be_empty { "" } else { ", at least one" };
                format!("list of globs{least}")
            }
            Self::Taints { .. } => "list of taints such as `dedicated=batch:NoSchedule`".to_owned(),
            Self::PurchaseOptions { .. } => "list of `on-demand`, `spot`".to_owned(),
            Self::Cpu { .. } => "CPU units or a text such as `0.5 vCPU`".to_owned(),
            Self::Memory { .. } => "MiB or a text such as `1 GB`".to_owned(),
            Self::MemoryOverhead { .. } => {
                "object of `percent`, `fixedMib`, `perVcpuMib`".to_owned()
            }
        }
    }
}

impl PolicyKey {
    /// The key's flag without the dashes: `headroomPercent` is `headroom-percent`.
    #[must_use]
    pub fn flag(&self) -> String {
        kebab_case(self.name)
    }
}

/// The row of a key.
#[must_use]
pub fn policy_key(name: &str) -> Option<&'static PolicyKey> {
    POLICY_KEYS.iter().find(|key| key.name == name)
}

/// The names of all keys, in the order of the table.
pub fn policy_key_names() -> impl Iterator<Item = &'static str> {
    POLICY_KEYS.iter().map(|key| key.name)
}

/// The keys that a service may carry too.
pub fn keys_of_services() -> impl Iterator<Item = (&'static str, &'static PerService)> {
    (POLICY_KEYS.iter()).filter_map(|key| Some((key.name, key.per_service.as_ref()?)))
}

/// `headroomPercent` as `headroom-percent`.
#[must_use]
pub fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_once() {
        let mut names: Vec<&str> = policy_key_names().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn what_is_relaxed_asks_for_nothing_any_more() {
        for key in POLICY_KEYS {
            if let Some(binding) = &key.binding {
                let mut policy = Policy::default();
                (binding.relax)(&mut policy);
                assert_eq!((binding.shown)(&policy), None, "{}", key.name);
            }
            if let Some(own) = &key.per_service {
                let mut policy = ServicePolicy::default();
                assert_eq!((own.binding.shown)(&policy), None, "{}", key.name);
                (own.binding.relax)(&mut policy);
                assert_eq!((own.binding.shown)(&policy), None, "{}", key.name);
            }
        }
    }

    #[test]
    fn a_key_that_was_set_shows_its_value_where_it_binds() {
        for key in POLICY_KEYS {
            let Some(binding) = &key.binding else {
                continue;
            };
            let mut policy = Policy::default();
            match &key.value {
                Kind::Whole { least, most, set } => set(&mut policy, (*least + 1).min(*most)),
                Kind::Decimal { set, .. } => set(&mut policy, Decimal::new(5, 1)),
                Kind::Globs { set, .. } => set(&mut policy, vec!["m7g.*".to_owned()]),
                Kind::Taints { set } => {
                    let taint = "a=b:NoSchedule".parse().expect("a taint");
                    set(&mut policy, vec![taint]);
                }
                Kind::Cpu { set } => set(&mut policy, CpuUnits::new(1)),
                Kind::Memory { set } => set(&mut policy, MemoryMib::new(1)),
                Kind::Bool { set, .. } => {
                    let shown: Vec<_> = [false, true]
                        .into_iter()
                        .filter_map(|value| {
                            set(&mut policy, value);
                            (binding.shown)(&policy)
                        })
                        .collect();
                    assert_eq!(shown.len(), 1, "{}", key.name);
                    continue;
                }
                Kind::Choice(choices) => {
                    let shows = |choice: &Choice<Policy>| {
                        let mut policy = Policy::default();
                        (choice.set)(&mut policy);
                        (binding.shown)(&policy).is_some_and(|shown| shown == choice.word)
                    };
                    assert!(choices.iter().any(shows), "{}", key.name);
                    continue;
                }
                Kind::PurchaseOptions { .. }
                | Kind::MemoryOverhead { .. }
                | Kind::UsdPerHour { .. } => continue,
            }
            assert!((binding.shown)(&policy).is_some(), "{}", key.name);
        }
    }
}
