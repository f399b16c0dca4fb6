//! The policy: the file's section first, then the flags of the command line, which override it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Node, Value, joined};
use super::purchases::PURCHASE_OPTIONS;
use super::quantities;
use super::services::MAX_COUNT;
use super::suggest::did_you_mean;
use crate::domain::instance_type::PurchaseOption;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{
    CountBasis, FargateUse, Inclusion, KeepInstances, MemoryOverhead, Policy, PurchaseOptions,
    ZoneSpread,
};

/// Every key of the policy.
pub(super) const KEYS: [&str; 28] = [
    "allowedInstanceTypes",
    "excludedInstanceTypes",
    "currentGenerationOnly",
    "bareMetal",
    "burstable",
    "purchaseOptions",
    "fargate",
    "onDemandBase",
    "spotMaxShare",
    "spotMaxSharePerPool",
    "zoneSpread",
    "surviveZoneLoss",
    "headroomPercent",
    "deploymentSurge",
    "keepInstances",
    "maxInstances",
    "minInstances",
    "maxInstanceTypes",
    "maxCapacityProviders",
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

/// Most instances of a cluster that a policy may name.
const MAX_INSTANCES: u64 = 1_000_000;

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
        let place = Cursor::new(node, flag_name(key));
        if key == "at" {
            let bases = [
                ("min", CountBasis::Min),
                ("desired", CountBasis::Desired),
                ("max", CountBasis::Max),
            ];
            set(&mut read.policy.count_basis, place.choice(log, &bases));
        } else {
            read.apply(key, place, log);
        }
    }
    read
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

impl<'a> ReadPolicy<'a> {
    /// Applies one key; `null` leaves the default.
    fn apply(&mut self, key: &str, at: Cursor<'a>, log: &mut Log) {
        if !KEYS.contains(&key) {
            report_unknown(key, &at, log);
            return;
        }
        if at.node.value == Value::Null {
            return;
        }
        let policy = &mut self.policy;
        let applied = choose_types(policy, key, &at, log)
            || choose_purchases(policy, key, &at, log)
            || leave_room(policy, key, &at, log)
            || limit_fleet(policy, key, &at, log)
            || describe_instances(policy, key, &at, log);
        if !applied {
            report_unknown(key, &at, log);
        }
        self.places.insert(key.to_owned(), at);
    }
}

// Each of the following applies the keys of its kind and says whether this is one of them.

/// Which instance types may be used.
fn choose_types(policy: &mut Policy, key: &str, at: &Cursor<'_>, log: &mut Log) -> bool {
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
        "excludedInstanceTypes" => set(&mut policy.excluded_instance_types, globs(at, log)),
        "currentGenerationOnly" => set(&mut policy.current_generation_only, at.boolean(log)),
        "bareMetal" => set(&mut policy.bare_metal, inclusion(at, log)),
        "burstable" => set(&mut policy.burstable, inclusion(at, log)),
        "minVcpus" => policy.min_vcpus = at.whole(log, 1..=100_000),
        "maxVcpus" => policy.max_vcpus = at.whole(log, 1..=100_000),
        _ => return false,
    }
    true
}

/// How capacity is bought.
fn choose_purchases(policy: &mut Policy, key: &str, at: &Cursor<'_>, log: &mut Log) -> bool {
    match key {
        "purchaseOptions" => set(&mut policy.purchase_options, purchase_options(at, log)),
        "fargate" => {
            let choices = [
                ("allowed", FargateUse::Allowed),
                ("forbidden", FargateUse::Forbidden),
                ("only", FargateUse::Only),
            ];
            set(&mut policy.fargate, at.choice(log, &choices));
        }
        "onDemandBase" => set(&mut policy.on_demand_base, at.whole(log, 0..=MAX_COUNT)),
        "spotMaxShare" => set(&mut policy.spot_max_share, decimal(at, log, 1)),
        "spotMaxSharePerPool" => set(&mut policy.spot_max_share_per_pool, decimal(at, log, 1)),
        "instanceUsdPerHour" => {
            let fee = decimal(at, log, 1_000_000).map(UsdPerHour::new);
            set(&mut policy.instance_usd_per_hour, fee);
        }
        "savingsPlanDiscount" => set(&mut policy.savings_plan_discount, decimal(at, log, 1)),
        _ => return false,
    }
    true
}

/// What the plan must leave room for.
fn leave_room(policy: &mut Policy, key: &str, at: &Cursor<'_>, log: &mut Log) -> bool {
    match key {
        "zoneSpread" => {
            let choices = [("even", ZoneSpread::Even), ("any", ZoneSpread::Any)];
            policy.zone_spread = at.choice(log, &choices);
        }
        "surviveZoneLoss" => set(&mut policy.survive_zone_loss, at.boolean(log)),
        "headroomPercent" => set(&mut policy.headroom_percent, decimal(at, log, 1000)),
        "deploymentSurge" => set(&mut policy.deployment_surge, at.boolean(log)),
        _ => return false,
    }
    true
}

/// How many instances, types and groups there may be.
fn limit_fleet(policy: &mut Policy, key: &str, at: &Cursor<'_>, log: &mut Log) -> bool {
    match key {
        "keepInstances" => {
            let choices = [("none", KeepInstances::None), ("all", KeepInstances::All)];
            set(&mut policy.keep_instances, at.choice(log, &choices));
        }
        "maxInstances" => set(&mut policy.max_instances, at.whole(log, 1..=MAX_INSTANCES)),
        "minInstances" => set(&mut policy.min_instances, at.whole(log, 0..=MAX_INSTANCES)),
        "maxInstanceTypes" => policy.max_instance_types = at.whole(log, 1..=MAX_INSTANCES),
        "maxCapacityProviders" => {
            set(
                &mut policy.max_capacity_providers,
                at.whole(log, 1..=MAX_INSTANCES),
            );
        }
        _ => return false,
    }
    true
}

/// What each instance has beside its type.
fn describe_instances(policy: &mut Policy, key: &str, at: &Cursor<'_>, log: &mut Log) -> bool {
    match key {
        "eniTrunking" => set(&mut policy.eni_trunking, at.boolean(log)),
        "memoryOverhead" => policy.memory_overhead = memory_overhead(at, log),
        "reservedCpu" => set(&mut policy.reserved_cpu, quantities::cpu(at, log)),
        "reservedMemory" => set(&mut policy.reserved_memory, quantities::memory(at, log)),
        "rootVolumeGib" => set(&mut policy.root_volume_gib, at.whole(log, 0..=65_536)),
        _ => return false,
    }
    true
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn report_unknown(key: &str, at: &Cursor<'_>, log: &mut Log) {
    at.error(
        log,
        codes::UNKNOWN_KEY,
        format!("`{key}` is not a key of the policy"),
        format!(
            "{}correct or remove the key",
            did_you_mean(key, KEYS.into_iter())
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
        on_demand: options.contains(&PurchaseOption::OnDemand),
        spot: options.contains(&PurchaseOption::Spot),
    })
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
