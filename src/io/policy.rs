//! The policy: the file's section first, then the flags of the command line, which override it.

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log, exact_decimal};
use super::document::{Node, Value, joined};
use super::quantities;
use super::suggest::did_you_mean;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{CountBasis, Inclusion, KeepInstances, MemoryOverhead, Policy};

/// Keys that are built.
const BUILT: [&str; 17] = [
    "allowedInstanceTypes",
    "excludedInstanceTypes",
    "currentGenerationOnly",
    "bareMetal",
    "burstable",
    "headroomPercent",
    "keepInstances",
    "maxInstances",
    "minVcpus",
    "maxVcpus",
    "eniTrunking",
    "memoryOverhead",
    "reservedCpu",
    "reservedMemory",
    "rootVolumeGib",
    "instanceUsdPerHour",
    "savingsPlanDiscount",
];

/// A key that is not built yet, and the values that mean what is built.
struct NotBuilt {
    key: &'static str,
    only: &'static str,
    accepts: fn(&Value) -> bool,
}

/// Keys of the contract that are not built yet: any other value than those that change nothing is an
/// error. Building a key removes its line here.
const NOT_BUILT: [NotBuilt; 11] = [
    NotBuilt {
        key: "purchaseOptions",
        only: "[\"on-demand\"]",
        accepts: |value| {
            matches!(value, Value::List(items)
                if !items.is_empty() && items.iter().all(|item| is_word(&item.value, "on-demand")))
        },
    },
    NotBuilt {
        key: "fargate",
        only: "\"forbidden\"",
        accepts: |value| is_word(value, "forbidden"),
    },
    NotBuilt {
        key: "onDemandBase",
        only: "0",
        accepts: |value| is_number(value, Decimal::ZERO),
    },
    NotBuilt {
        key: "spotMaxShare",
        only: "1.0",
        accepts: |value| is_number(value, Decimal::ONE),
    },
    NotBuilt {
        key: "spotMaxSharePerPool",
        only: "1.0",
        accepts: |value| is_number(value, Decimal::ONE),
    },
    NotBuilt {
        key: "zoneSpread",
        // Without zones, and in one zone, both mean the same.
        only: "\"even\" or \"any\", with at most one zone",
        accepts: |value| is_word(value, "even") || is_word(value, "any"),
    },
    NotBuilt {
        key: "surviveZoneLoss",
        only: "false",
        accepts: |value| *value == Value::Bool(false),
    },
    NotBuilt {
        key: "deploymentSurge",
        only: "false",
        accepts: |value| *value == Value::Bool(false),
    },
    NotBuilt {
        key: "minInstances",
        only: "0",
        accepts: |value| is_number(value, Decimal::ZERO),
    },
    NotBuilt {
        key: "maxInstanceTypes",
        only: "null",
        accepts: |value| *value == Value::Null,
    },
    NotBuilt {
        key: "maxCapacityProviders",
        only: "6",
        accepts: |value| is_number(value, Decimal::from(6)),
    },
];

fn is_word(value: &Value, word: &str) -> bool {
    matches!(value, Value::Text(text) if text == word)
}

fn is_number(value: &Value, number: Decimal) -> bool {
    matches!(value, Value::Number(text) | Value::Text(text)
        if exact_decimal(text) == Some(number))
}

/// The policy of the file's section and the flags, defaults filled in.
pub(super) fn read(
    section: Option<&Cursor<'_>>,
    flags: &[(String, Node)],
    log: &mut Log,
) -> Policy {
    let mut reader = Reader::default();
    if let Some(section) = section {
        for entry in section.entries(log).unwrap_or_default() {
            let place = Cursor::new(&entry.node, joined(&section.path, &entry.key));
            reader.apply(&entry.key, &place, log);
        }
    }
    for (key, node) in flags {
        let place = Cursor::new(node, flag_name(key));
        if key == "at" {
            let bases = [
                ("min", CountBasis::Min),
                ("desired", CountBasis::Desired),
                ("max", CountBasis::Max),
            ];
            if let Some(basis) = place.choice(log, &bases) {
                reader.policy.count_basis = basis;
            }
        } else {
            reader.apply(key, &place, log);
        }
    }
    reader.check_vcpus(log);
    reader.policy
}

/// `headroomPercent` as the flag `--headroom-percent`.
fn flag_name(key: &str) -> String {
    let mut name = "--".to_owned();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[derive(Default)]
struct Reader<'a> {
    policy: Policy,
    max_vcpus_at: Option<Cursor<'a>>,
    min_vcpus_at: Option<Cursor<'a>>,
}

impl<'a> Reader<'a> {
    /// Applies one key; `null` leaves the default.
    fn apply(&mut self, key: &str, at: &Cursor<'a>, log: &mut Log) {
        if let Some(not_built) = NOT_BUILT.iter().find(|not_built| not_built.key == key) {
            report_not_built(not_built, at, log);
            return;
        }
        if !BUILT.contains(&key) {
            report_unknown(key, at, log);
            return;
        }
        if at.node.value != Value::Null {
            self.apply_built(key, at, log);
        }
    }

    fn apply_built(&mut self, key: &str, at: &Cursor<'a>, log: &mut Log) {
        let policy = &mut self.policy;
        match key {
            "allowedInstanceTypes" => {
                policy.allowed_instance_types = globs(at, log);
                if policy
                    .allowed_instance_types
                    .as_ref()
                    .is_some_and(Vec::is_empty)
                {
                    at.error(
                        log,
                        codes::OUT_OF_RANGE,
                        "the list is empty, so no instance type would be allowed",
                        "name at least one, or leave the key out to allow all",
                    );
                }
            }
            "excludedInstanceTypes" => {
                set(&mut policy.excluded_instance_types, globs(at, log));
            }
            "currentGenerationOnly" => {
                set(&mut policy.current_generation_only, at.boolean(log));
            }
            "bareMetal" => set(&mut policy.bare_metal, inclusion(at, log)),
            "burstable" => set(&mut policy.burstable, inclusion(at, log)),
            "headroomPercent" => {
                set(&mut policy.headroom_percent, decimal(at, log, 1000));
            }
            "keepInstances" => {
                let choices = [("none", KeepInstances::None), ("all", KeepInstances::All)];
                set(&mut policy.keep_instances, at.choice(log, &choices));
            }
            "maxInstances" => set(&mut policy.max_instances, at.whole(log, 1..=1_000_000)),
            "minVcpus" => {
                policy.min_vcpus = at.whole(log, 1..=100_000);
                self.min_vcpus_at = Some(at.clone());
            }
            "maxVcpus" => {
                policy.max_vcpus = at.whole(log, 1..=100_000);
                self.max_vcpus_at = Some(at.clone());
            }
            "eniTrunking" => set(&mut policy.eni_trunking, at.boolean(log)),
            "memoryOverhead" => policy.memory_overhead = memory_overhead(at, log),
            "reservedCpu" => set(&mut policy.reserved_cpu, quantities::cpu(at, log)),
            "reservedMemory" => set(&mut policy.reserved_memory, quantities::memory(at, log)),
            "rootVolumeGib" => set(&mut policy.root_volume_gib, at.whole(log, 0..=65_536)),
            "instanceUsdPerHour" => {
                let fee = decimal(at, log, 1_000_000).map(UsdPerHour::new);
                set(&mut policy.instance_usd_per_hour, fee);
            }
            "savingsPlanDiscount" => {
                set(&mut policy.savings_plan_discount, decimal(at, log, 1));
            }
            _ => report_unknown(key, at, log),
        }
    }

    fn check_vcpus(&self, log: &mut Log) {
        let (Some(min), Some(max)) = (self.policy.min_vcpus, self.policy.max_vcpus) else {
            return;
        };
        if min > max
            && let Some(at) = self.min_vcpus_at.as_ref().or(self.max_vcpus_at.as_ref())
        {
            at.error(
                log,
                codes::VCPU_ORDER,
                format!("minVcpus {min} is above maxVcpus {max}"),
                "no instance satisfies both; lower the one or raise the other",
            );
        }
    }
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn report_not_built(not_built: &NotBuilt, at: &Cursor<'_>, log: &mut Log) {
    if at.node.value != Value::Null && !(not_built.accepts)(&at.node.value) {
        at.error(
            log,
            codes::POLICY_NOT_BUILT,
            format!("`{}` is not built yet", not_built.key),
            format!(
                "leave it out; the only value it can have is {}",
                not_built.only
            ),
        );
    }
}

fn report_unknown(key: &str, at: &Cursor<'_>, log: &mut Log) {
    let known = BUILT
        .into_iter()
        .chain(NOT_BUILT.iter().map(|not_built| not_built.key));
    at.error(
        log,
        codes::UNKNOWN_KEY,
        format!("`{key}` is not a key of the policy"),
        format!("{}correct or remove the key", did_you_mean(key, known)),
    );
}

fn decimal(at: &Cursor<'_>, log: &mut Log, most: u64) -> Option<Decimal> {
    at.decimal(log, Decimal::ZERO..=Decimal::from(most))
}

fn inclusion(at: &Cursor<'_>, log: &mut Log) -> Option<Inclusion> {
    at.choice(
        log,
        &[
            ("included", Inclusion::Included),
            ("excluded", Inclusion::Excluded),
            ("required", Inclusion::Required),
        ],
    )
}

/// Names of instance types with `*` and `?` as wildcards.
fn globs(at: &Cursor<'_>, log: &mut Log) -> Option<Vec<String>> {
    let items = at.items(log);
    if !matches!(at.node.value, Value::List(_)) {
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
