//! Tiny catalogues: five invented types, with prices and details that vary by seed.

use std::collections::BTreeMap;

use bayplan::catalogue::{
    Catalogue, CatalogueParts, FargateRate, FargateSize, OtherPrice, Price, SpotSaving,
};
use bayplan::domain::capacity::Capacity;
use bayplan::domain::instance_type::{CpuArchitecture, EbsLimit, Hypervisor, InstanceType};
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_decimal::Decimal;

/// Ids of the Region's zones.
pub const ZONE_IDS: [&str; 3] = ["use1-az1", "use1-az2", "use1-az3"];

/// Name, vCPUs, memory in MiB, interfaces, branch interfaces, GPUs, usual price in 10⁻⁴ USD per hour.
pub const TYPES: [(&str, u64, u64, u64, u64, u64, i64); 5] = [
    ("wa.small", 1, 2048, 2, 0, 0, 250),
    ("wa.medium", 2, 4096, 3, 6, 0, 480),
    ("wa.large", 4, 8192, 4, 10, 0, 900),
    ("wg.medium", 2, 4096, 3, 5, 0, 400),
    ("wp.large", 4, 8192, 4, 0, 2, 2500),
];

/// Sizes of Fargate tasks: CPU units and MiB.
const SIZES: [(u64, u64); 7] = [
    (256, 512),
    (256, 1024),
    (512, 1024),
    (512, 2048),
    (1024, 2048),
    (1024, 4096),
    (2048, 4096),
];

/// The catalogue that goes with a seed.
pub fn catalogue(seed: u64) -> Catalogue {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x0ca7_a106);
    let random = &mut random;
    let mut parts = CatalogueParts {
        region: "us-east-1".to_owned(),
        from_files: true,
        fargate_rates: fargate_rates(random),
        fargate_sizes: SIZES.map(|(cpu, memory)| size(cpu, memory)).to_vec(),
        other_prices: BTreeMap::from([
            (
                "ebs_gp3_storage".to_owned(),
                other(Decimal::new(8, 2), "gb_month"),
            ),
            (
                "fargate_ephemeral_storage".to_owned(),
                other(Decimal::new(111, 6), "gb_hour"),
            ),
        ]),
        ..CatalogueParts::default()
    };
    for figures in TYPES {
        let (name, .., usual) = figures;
        let most = if name == "wa.large" { 200 } else { 125 };
        let on_demand = usual * random.random_range(80..=most);
        let usd = |units: i64| UsdPerHour::new(Decimal::new(units, 6));
        parts.on_demand_prices.insert(
            name.to_owned(),
            Price {
                usd_per_hour: usd(on_demand),
                basis: "observed".to_owned(),
            },
        );
        // Spot by zone for some types, now and then above On-Demand; the advisor's saving for others.
        if random.random_bool(0.5) {
            let prices = ZONE_IDS.map(|id| {
                let percent = *[30, 30, 40, 55, 70, 110]
                    .choose(random)
                    .expect("six shares");
                (id.to_owned(), usd(on_demand * percent / 100))
            });
            (parts.spot_prices).insert(name.to_owned(), BTreeMap::from(prices));
        } else {
            let saving = SpotSaving {
                percent: Decimal::from(random.random_range(30..=70)),
                interruption_band: "<5%".to_owned(),
            };
            parts.spot_savings.insert(name.to_owned(), saving);
        }
        // Every other type is missing in one zone, about every sixth in two.
        let mut ids: Vec<String> = ZONE_IDS.map(str::to_owned).to_vec();
        for share in [0.3, 0.25] {
            if name != "wa.medium" && random.random_bool(share) {
                ids.remove(random.random_range(0..ids.len()));
            }
        }
        parts.zone_ids.insert(name.to_owned(), ids);
        parts.instance_types.push(instance_type(figures, random));
    }
    Catalogue::from_parts(parts)
}

/// A Fargate size.
pub fn size(cpu: u64, memory: u64) -> FargateSize {
    FargateSize {
        cpu: CpuUnits::new(cpu),
        memory: MemoryMib::new(memory),
    }
}

/// A price of something else.
pub fn other(usd: Decimal, unit: &str) -> OtherPrice {
    OtherPrice {
        usd,
        unit: unit.to_owned(),
        basis: "observed".to_owned(),
    }
}

/// Around what instances cost per vCPU and GiB, ARM a fifth cheaper, Spot at a third; no Spot on ARM in
/// some catalogues.
fn fargate_rates(random: &mut Xoshiro256PlusPlus) -> Vec<FargateRate> {
    let level = *[40, 60, 80, 110].choose(random).expect("four levels");
    let arm_spot = random.random_bool(0.7);
    let mut rates = Vec::new();
    for (architecture, share) in [(CpuArchitecture::X86_64, 100), (CpuArchitecture::Arm64, 80)] {
        for (option, market) in [(Capacity::Fargate, 100), (Capacity::FargateSpot, 33)] {
            if architecture == CpuArchitecture::Arm64 && option.may_be_reclaimed() && !arm_spot {
                continue;
            }
            let usd = |base: i64| UsdPerHour::new(Decimal::new(base * level * share * market, 11));
            rates.push(FargateRate {
                architecture,
                capacity: option,
                usd_per_vcpu_hour: usd(4048),
                usd_per_gb_hour: usd(444),
                basis: "observed".to_owned(),
            });
        }
    }
    rates
}

fn instance_type(
    (name, vcpus, memory_mib, max_enis, branch_enis, gpus, _): (&str, u64, u64, u64, u64, u64, i64),
    random: &mut Xoshiro256PlusPlus,
) -> InstanceType {
    let limits = [
        (Some(3), Some(EbsLimit::Dedicated)),
        (Some(4), Some(EbsLimit::Dedicated)),
        (Some(4), Some(EbsLimit::Shared)),
        (Some(6), Some(EbsLimit::Shared)),
        (None, None),
    ];
    let (ebs_attachments, ebs_limit) = *limits.choose(random).expect("five limits");
    InstanceType {
        name: name.to_owned(),
        vcpus,
        memory: MemoryMib::new(memory_mib),
        architecture: if name.starts_with("wg.") {
            CpuArchitecture::Arm64
        } else {
            CpuArchitecture::X86_64
        },
        max_enis,
        branch_enis,
        gpus: GpuCount::new(gpus),
        gpu_name: if gpus > 0 { "T4" } else { "" }.to_owned(),
        current_generation: true,
        burstable: false,
        bare_metal: false,
        hypervisor: Hypervisor::Nitro,
        spot_supported: name != "wa.small" || random.random_bool(0.6),
        ecs_image: true,
        ebs_attachments,
        ebs_limit,
    }
}
