//! `bayplan catalogue filter`: the planner's policy filter and further conditions.

use std::cmp::Ordering;

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use super::CatalogueCommonArgs;
use crate::catalogue::filter::{Exclusion, policy_exclusions};
use crate::catalogue::{Catalogue, Price};
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{AcceleratorUse, Inclusion, Policy};

/// Arguments of `catalogue filter`.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Instance types that may be used, as globs such as `m7g.*,c7g.*` [default: all]
    #[arg(
        long,
        value_name = "GLOBS",
        value_delimiter = ',',
        help_heading = "Policy"
    )]
    pub allowed_instance_types: Option<Vec<String>>,
    /// Instance types that may not be used, as globs [default: none]
    #[arg(
        long,
        value_name = "GLOBS",
        value_delimiter = ',',
        help_heading = "Policy"
    )]
    pub excluded_instance_types: Vec<String>,
    /// Only types AWS calls current generation [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false",
        default_missing_value = "true", hide_default_value = true, help_heading = "Policy")]
    pub current_generation_only: bool,
    /// Bare-metal types
    #[arg(
        long,
        value_name = "WHETHER",
        default_value = "excluded",
        help_heading = "Policy"
    )]
    pub bare_metal: ClassArg,
    /// Burstable types (t2, t3, t4g, …)
    #[arg(
        long,
        value_name = "WHETHER",
        default_value = "excluded",
        help_heading = "Policy"
    )]
    pub burstable: ClassArg,
    /// Smallest instance, in vCPUs [default: none]
    #[arg(long, value_name = "VCPUS", help_heading = "Policy")]
    pub min_vcpus: Option<u64>,
    /// Largest instance, in vCPUs [default: none]
    #[arg(long, value_name = "VCPUS", help_heading = "Policy")]
    pub max_vcpus: Option<u64>,
    /// Least nominal memory, in MiB [default: none]
    #[arg(long, value_name = "MIB", help_heading = "Conditions")]
    pub min_memory_mib: Option<u64>,
    /// Most nominal memory, in MiB [default: none]
    #[arg(long, value_name = "MIB", help_heading = "Conditions")]
    pub max_memory_mib: Option<u64>,
    /// CPU architecture, `x86_64` or `arm64` [default: both]
    #[arg(long, value_name = "ARCH", help_heading = "Conditions")]
    pub architecture: Option<CpuArchitecture>,
    /// Fewest NVIDIA GPUs [default: none]
    #[arg(long, value_name = "N", help_heading = "Conditions")]
    pub min_gpus: Option<u64>,
    /// Fewest network interfaces, the primary one included [default: none]
    #[arg(long, value_name = "N", help_heading = "Conditions")]
    pub min_enis: Option<u64>,
    /// Highest On-Demand price, in USD per hour; types without a price then fall away [default: none]
    #[arg(long, value_name = "USD", help_heading = "Conditions")]
    pub max_usd_per_hour: Option<UsdPerHour>,
    /// Only types with an On-Demand price in the Region
    #[arg(long, help_heading = "Conditions")]
    pub priced_only: bool,
    /// Order of the rows; types without a price come last in orders by price
    #[arg(
        long,
        value_name = "KEY",
        default_value = "name",
        help_heading = "Output"
    )]
    pub sort_by: SortKey,
    /// Region, files and form.
    #[command(flatten)]
    pub common: CatalogueCommonArgs,
}

/// Whether a class of instance types is let through.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ClassArg {
    /// Like any other type
    Included,
    /// Never, unless `--allowed-instance-types` holds the exact name
    Excluded,
    /// Only those
    Required,
}

impl From<ClassArg> for Inclusion {
    fn from(class: ClassArg) -> Self {
        match class {
            ClassArg::Included => Self::Included,
            ClassArg::Excluded => Self::Excluded,
            ClassArg::Required => Self::Required,
        }
    }
}

/// Order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortKey {
    /// Family, then size
    Name,
    /// vCPUs, least first
    Vcpus,
    /// Nominal memory, least first
    Memory,
    /// On-Demand price, cheapest first
    Price,
    /// On-Demand price per vCPU, cheapest first
    PricePerVcpu,
    /// On-Demand price per GiB of nominal memory, cheapest first
    PricePerGib,
    /// Spot saving, largest first
    SpotSaving,
}

/// What a filter found.
pub(super) struct Found<'a> {
    /// Types that pass, with or without a price.
    pub matching: Vec<&'a InstanceType>,
    /// What there is to say of the others.
    pub notes: Vec<String>,
}

/// The types that pass. A type that meets the conditions but is left out by a class default is counted in a
/// note: nobody asked for that by a flag.
pub(super) fn apply<'a>(args: &FilterArgs, catalogue: &'a Catalogue) -> Found<'a> {
    let policy = policy(args);
    let mut matching = Vec::new();
    let mut by_default = 0;
    for instance_type in catalogue.instance_types() {
        if !meets_conditions(args, instance_type, catalogue) {
            continue;
        }
        let reasons = policy_exclusions(instance_type, &policy);
        if reasons.is_empty() {
            matching.push(instance_type);
        } else if reasons.iter().all(is_default) {
            by_default += 1;
        }
    }
    let notes = match by_default {
        0 => Vec::new(),
        count => vec![format!(
            "{count} more left out as burstable, bare metal, HPC or without a current ECS image \
             (--burstable included, --bare-metal included, or name them in --allowed-instance-types)"
        )],
    };
    Found { matching, notes }
}

fn is_default(exclusion: &Exclusion) -> bool {
    matches!(
        exclusion,
        Exclusion::BareMetal
            | Exclusion::Burstable
            | Exclusion::HpcNotNamed
            | Exclusion::NoEcsImage
    )
}

fn policy(args: &FilterArgs) -> Policy {
    Policy {
        allowed_instance_types: args.allowed_instance_types.clone(),
        excluded_instance_types: args.excluded_instance_types.clone(),
        current_generation_only: args.current_generation_only,
        bare_metal: args.bare_metal.into(),
        burstable: args.burstable.into(),
        // Which tasks there will be is not known here.
        accelerators: AcceleratorUse::Included,
        min_vcpus: args.min_vcpus,
        max_vcpus: args.max_vcpus,
        ..Policy::default()
    }
}

fn meets_conditions(
    args: &FilterArgs,
    instance_type: &InstanceType,
    catalogue: &Catalogue,
) -> bool {
    let memory = instance_type.memory.get();
    let price = catalogue.on_demand_price(&instance_type.name);
    let cheap = |most| price.is_some_and(|price| price.usd_per_hour <= most);
    args.min_memory_mib.is_none_or(|least| memory >= least)
        && args.max_memory_mib.is_none_or(|most| memory <= most)
        && args
            .architecture
            .is_none_or(|wanted| wanted == instance_type.architecture)
        && args
            .min_gpus
            .is_none_or(|least| instance_type.gpus.get() >= least)
        && args
            .min_enis
            .is_none_or(|least| instance_type.max_enis >= least)
        && args.max_usd_per_hour.is_none_or(cheap)
}

/// Sorts by the key, and by family and size where it does not decide.
pub(super) fn sort(types: &mut [&InstanceType], key: SortKey, catalogue: &Catalogue) {
    let usd = |t: &InstanceType| {
        let price: Option<&Price> = catalogue.on_demand_price(&t.name);
        price.map(|price| price.usd_per_hour.amount())
    };
    let per = |t: &InstanceType, units: u64| usd(t).map(|usd| usd / Decimal::from(units));
    let saving = |t: &InstanceType| catalogue.spot_saving(&t.name).map(|saving| -saving.percent);
    types.sort_by(|a, b| {
        let by_key = match key {
            SortKey::Name => Ordering::Equal,
            SortKey::Vcpus => a.vcpus.cmp(&b.vcpus),
            SortKey::Memory => a.memory.cmp(&b.memory),
            SortKey::Price => known_first(usd(a), usd(b)),
            SortKey::PricePerVcpu => known_first(per(a, a.vcpus), per(b, b.vcpus)),
            SortKey::PricePerGib => known_first(per(a, a.memory.get()), per(b, b.memory.get())),
            SortKey::SpotSaving => known_first(saving(a), saving(b)),
        };
        by_key.then_with(|| by_size(a).cmp(&by_size(b)))
    });
}

fn by_size(instance_type: &InstanceType) -> (&str, u64, u64, &str) {
    (
        instance_type.family(),
        instance_type.vcpus,
        instance_type.memory.get(),
        &instance_type.name,
    )
}

/// Smaller values first, and absent ones last.
fn known_first(a: Option<Decimal>, b: Option<Decimal>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
