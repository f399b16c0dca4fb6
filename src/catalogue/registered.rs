//! Memory that an instance registers with ECS: less than nominal by what the hypervisor, the kernel and
//! the agent keep.
//!
//! For a type of nominal memory M and v vCPUs the model says, in MiB,
//!
//! ```text
//! floor(M × (1 − percent/100) − fixed − per_vcpu × v)
//! ```
//!
//! with figures by class of type, fitted by `scripts/fit-registered-memory` to
//! `data/registered_memory.csv` so that no sample lies below the model and the slack is least. A type with
//! samples of its own takes the lowest of them instead, which is exact; where its nominal memory is not the
//! sampled one (a file replaced it), the lower of model and sample.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::embedded;
use super::table::Table;
use crate::domain::instance_type::{CpuArchitecture, Hypervisor, InstanceType};
use crate::domain::plan::{Assumption, MemoryClass, MemoryClassModel};
use crate::domain::policy::MemoryOverhead;
use crate::domain::quantity::MemoryMib;

/// The classes and their names in `data/registered_memory_model.csv`.
const CLASSES: [(MemoryClass, &str); 4] = [
    (MemoryClass::Nitro, "nitro"),
    (MemoryClass::NitroT3, "nitro_t3"),
    (MemoryClass::Xen, "xen"),
    (MemoryClass::XenBelow4Gib, "xen_below_4_gib"),
];

fn class_of(instance_type: &InstanceType) -> MemoryClass {
    let small_burstable = instance_type.burstable
        && instance_type.architecture == CpuArchitecture::X86_64
        && matches!(instance_type.family(), "t3" | "t3a");
    match instance_type.hypervisor {
        Hypervisor::Xen if instance_type.memory.get() < 4096 => MemoryClass::XenBelow4Gib,
        Hypervisor::Xen => MemoryClass::Xen,
        _ if small_burstable => MemoryClass::NitroT3,
        Hypervisor::Nitro | Hypervisor::None => MemoryClass::Nitro,
    }
}

/// What an instance of a type registered, and the nominal memory it was taken at.
#[derive(Debug, Clone, Copy)]
struct Sample {
    nominal: MemoryMib,
    registered: MemoryMib,
}

struct Model {
    figures: BTreeMap<MemoryClass, MemoryOverhead>,
    lowest: BTreeMap<String, Sample>,
    /// The highest sample of a type.
    highest: BTreeMap<String, MemoryMib>,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| Model {
    figures: read_figures(),
    lowest: read_lowest(),
    highest: read_highest(),
});

fn read_figures() -> BTreeMap<MemoryClass, MemoryOverhead> {
    let mut table = Table::new(embedded::REGISTERED_MEMORY_MODEL);
    let class_column = table.required("class");
    let percent_column = table.required("percent");
    let fixed_column = table.required("fixed_mib");
    let per_vcpu_column = table.required("per_vcpu_mib");
    let mut figures = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let key = row.text(class_column);
        let class = (CLASSES.iter())
            .find(|(_, name)| *name == key)
            .map(|&(class, _)| class);
        let percent = row.parsed(percent_column, "a number");
        let fixed = row.parsed(fixed_column, "a number");
        let per_vcpu = row.parsed(per_vcpu_column, "a number");
        if let (Some(class), Some(percent), Some(fixed_mib), Some(per_vcpu_mib)) =
            (class, percent, fixed, per_vcpu)
        {
            let overhead = MemoryOverhead {
                percent,
                fixed_mib,
                per_vcpu_mib,
            };
            figures.insert(class, overhead);
        }
    }
    figures
}

/// All samples, by type.
fn read_samples() -> Vec<(String, Sample)> {
    let mut table = Table::new(embedded::REGISTERED_MEMORY);
    let name_column = table.required("instance_type");
    let nominal_column = table.required("nominal_mib");
    let registered_column = table.required("registered_mib");
    let mut samples = Vec::new();
    while let Some(mut row) = table.next_row() {
        let nominal = row.count(nominal_column, 1);
        let registered = row.count(registered_column, 1);
        let (Some(nominal), Some(registered)) = (nominal, registered) else {
            continue;
        };
        let sample = Sample {
            nominal: MemoryMib::new(nominal),
            registered: MemoryMib::new(registered),
        };
        samples.push((row.text(name_column).to_owned(), sample));
    }
    samples
}

fn read_lowest() -> BTreeMap<String, Sample> {
    let mut lowest: BTreeMap<String, Sample> = BTreeMap::new();
    for (name, sample) in read_samples() {
        lowest
            .entry(name)
            .and_modify(|least| {
                if sample.registered < least.registered {
                    *least = sample;
                }
            })
            .or_insert(sample);
    }
    lowest
}

fn read_highest() -> BTreeMap<String, MemoryMib> {
    let mut highest: BTreeMap<String, MemoryMib> = BTreeMap::new();
    for (name, sample) in read_samples() {
        let most = highest.entry(name).or_insert(sample.registered);
        *most = sample.registered.max(*most);
    }
    highest
}

/// Memory that an instance of this type registers.
///
/// An `overhead` from the policy is applied as it stands, without looking at samples: `{0,0,0}` is nominal.
#[must_use]
pub fn registered_memory(
    instance_type: &InstanceType,
    overhead: Option<&MemoryOverhead>,
) -> MemoryMib {
    if let Some(overhead) = overhead {
        return less_overhead(instance_type, overhead);
    }
    let modelled = modelled_memory(instance_type);
    match MODEL.lowest.get(&instance_type.name) {
        Some(sample) if sample.nominal == instance_type.memory => sample.registered,
        Some(sample) => modelled.min(sample.registered),
        None => modelled,
    }
}

/// The most memory that the system of such an instance is known to see: what [`registered_memory`] and the formula say, or the highest
/// sample of the type, whichever is most, and never more than nominal. For what must not be too high a bound.
#[must_use]
pub fn most_registered_memory(
    instance_type: &InstanceType,
    overhead: Option<&MemoryOverhead>,
) -> MemoryMib {
    let usual = registered_memory(instance_type, overhead);
    if overhead.is_some() {
        return usual;
    }
    let highest = MODEL.highest.get(&instance_type.name).copied();
    let most = modelled_memory(instance_type).max(highest.unwrap_or(usual));
    most.min(instance_type.memory).max(usual)
}

/// What the formula says for the type's class, whether or not the type has samples.
fn modelled_memory(instance_type: &InstanceType) -> MemoryMib {
    let class = class_of(instance_type);
    let figures = MODEL
        .figures
        .get(&class)
        .expect("the embedded model has every class");
    less_overhead(instance_type, figures)
}

/// The formula, never below zero.
fn less_overhead(instance_type: &InstanceType, overhead: &MemoryOverhead) -> MemoryMib {
    // Percentages beyond 100 and figures beyond any memory leave nothing: no overflow on the way.
    let most = Decimal::from(u64::MAX);
    let bounded = |figure: Decimal| figure.clamp(-most, most);
    let nominal = Decimal::from(instance_type.memory.get());
    let hundred = Decimal::ONE_HUNDRED;
    let kept = overhead.percent.clamp(-hundred, hundred) / hundred;
    let per_vcpu = bounded(overhead.per_vcpu_mib)
        .checked_mul(Decimal::from(instance_type.vcpus))
        .unwrap_or(most);
    let left = nominal * (Decimal::ONE - kept) - bounded(overhead.fixed_mib) - per_vcpu;
    MemoryMib::new(left.floor().to_u64().unwrap_or(0))
}

/// The model in force, as a plan's assumption.
#[must_use]
pub fn memory_model(overhead: Option<&MemoryOverhead>) -> Assumption {
    if let Some(overhead) = overhead {
        return Assumption::MemoryOverhead {
            overhead: *overhead,
        };
    }
    Assumption::MemoryModel {
        sampled_types: MODEL.lowest.len() as u64,
        classes: (MODEL.figures.iter())
            .map(|(class, overhead)| MemoryClassModel {
                class: *class,
                overhead: *overhead,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn catalogue() -> Catalogue {
        Catalogue::embedded("us-east-1").expect("an embedded Region")
    }

    fn registered(name: &str) -> u64 {
        let catalogue = catalogue();
        let instance_type = catalogue.instance_type(name).expect("a known type");
        registered_memory(instance_type, None).get()
    }

    #[test]
    fn the_most_memory_is_below_no_sample_no_formula_and_above_no_nominal() {
        let catalogue = catalogue();
        let of = |name: &str, overhead: Option<&MemoryOverhead>| {
            let known = catalogue.instance_type(name).expect("a known type");
            most_registered_memory(known, overhead).get()
        };
        assert_eq!((registered("m5.large"), of("m5.large", None)), (7680, 7690));
        for (name, sample) in read_samples() {
            if let Some(known) = catalogue.instance_type(&name) {
                let most = most_registered_memory(known, None);
                assert!(most >= sample.registered.min(known.memory), "{name}");
            }
        }
        for known in catalogue.instance_types() {
            let most = most_registered_memory(known, None);
            assert!(most >= registered_memory(known, None).max(modelled_memory(known)));
            assert!(most <= known.memory, "{}", known.name);
        }
        let nominal = MemoryOverhead {
            percent: Decimal::ZERO,
            fixed_mib: Decimal::ZERO,
            per_vcpu_mib: Decimal::ZERO,
        };
        assert_eq!(of("m5.large", Some(&nominal)), 8192);
    }

    /// Name and registered memory of every sample, with its grade.
    fn samples() -> Vec<(String, MemoryMib, String)> {
        let mut table = Table::new(embedded::REGISTERED_MEMORY);
        let name = table.required("instance_type");
        let mib = table.required("registered_mib");
        let grade = table.required("grade");
        let mut samples = Vec::new();
        while let Some(mut row) = table.next_row() {
            let registered = row.count(mib, 1).expect("a sample");
            samples.push((
                row.text(name).to_owned(),
                MemoryMib::new(registered),
                row.text(grade).to_owned(),
            ));
        }
        assert!(table.into_findings().is_empty());
        samples
    }

    #[test]
    fn no_sample_lies_below_what_is_planned() {
        let catalogue = catalogue();
        let samples = samples();
        assert_eq!(samples.len(), 108);
        for (name, observed, _) in samples {
            let instance_type = catalogue.instance_type(&name).expect("a sampled type");
            let planned = registered_memory(instance_type, None);
            assert!(planned <= observed, "{name}: {planned} > {observed}");
        }
    }

    /// The bare formula too, on the grades it was fitted to, and on average within 0.2 % of nominal.
    #[test]
    fn the_formula_stays_below_fitted_samples_with_little_slack() {
        let catalogue = catalogue();
        let mut share = 0.0;
        let mut count = 0.0;
        for (name, observed, grade) in samples() {
            let instance_type = catalogue.instance_type(&name).expect("a sampled type");
            let modelled = modelled_memory(instance_type);
            if grade != "D" {
                let slack = observed.checked_sub(modelled).expect("model below sample");
                share += slack.get() as f64 / instance_type.memory.get() as f64;
                count += 1.0;
            }
        }
        assert!(share / count < 0.002, "mean slack {}", share / count);
    }

    #[test]
    fn one_task_of_512_mib_fits_t2_micro_and_two_do_not() {
        assert_eq!(registered("t2.micro"), 982);
    }

    #[test]
    fn types_without_samples_follow_their_class() {
        // 16384 − 2.928 % − 212.2 − 30 × 4
        assert_eq!(registered("m7g.xlarge"), 15_572);
        // 512 − 1.172 % − 30
        assert_eq!(registered("t2.nano"), 475);
        assert!(registered("t3.micro") > registered("t4g.micro"));
    }

    #[test]
    fn every_type_registers_something_and_less_than_nominal() {
        for instance_type in catalogue().instance_types() {
            let registered = registered_memory(instance_type, None);
            assert!(registered > MemoryMib::ZERO, "{}", instance_type.name);
            assert!(registered < instance_type.memory, "{}", instance_type.name);
        }
    }

    fn overhead(percent: i64, fixed: i64, per_vcpu: i64) -> MemoryOverhead {
        MemoryOverhead {
            percent: percent.into(),
            fixed_mib: fixed.into(),
            per_vcpu_mib: per_vcpu.into(),
        }
    }

    #[test]
    fn an_overhead_of_the_policy_is_taken_literally() {
        let catalogue = catalogue();
        let t2 = catalogue.instance_type("t2.micro").expect("known");
        let planned = |o: MemoryOverhead| registered_memory(t2, Some(&o)).get();
        assert_eq!(planned(overhead(0, 0, 0)), 1024);
        assert_eq!(planned(overhead(10, 5, 7)), 909);
        assert_eq!(planned(overhead(100, 0, 0)), 0);
        assert_eq!(planned(overhead(0, i64::MAX, i64::MAX)), 0);
    }

    #[test]
    fn a_type_redefined_by_a_file_never_exceeds_model_or_sample() {
        let mut smaller = catalogue()
            .instance_type("m5.large")
            .expect("known")
            .clone();
        smaller.memory = MemoryMib::new(4096);
        assert!(registered_memory(&smaller, None) < smaller.memory);
        smaller.memory = MemoryMib::new(1 << 20);
        assert_eq!(registered_memory(&smaller, None), MemoryMib::new(7680));
    }

    #[test]
    fn the_figures_in_force_are_told() {
        let Assumption::MemoryModel {
            sampled_types,
            classes,
        } = memory_model(None)
        else {
            panic!("the documented model");
        };
        assert_eq!(sampled_types, 82);
        let classes: Vec<MemoryClass> = classes.iter().map(|model| model.class).collect();
        assert_eq!(classes, CLASSES.map(|(class, _)| class));
        let nominal = overhead(0, 0, 0);
        assert_eq!(
            memory_model(Some(&nominal)),
            Assumption::MemoryOverhead { overhead: nominal }
        );
    }
}
