//! Catalogues for cases worked out by hand: round prices, round sizes.

use std::collections::BTreeMap;

use bayplan::catalogue::{Catalogue, CatalogueParts, FargateRate, Price, SpotSaving};
use bayplan::domain::capacity::Capacity;
use bayplan::domain::instance_type::{CpuArchitecture, EbsLimit, Hypervisor, InstanceType};
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::quantity::{GpuCount, MemoryMib};
use rust_decimal::Decimal;

use crate::support::catalogue::{ZONE_IDS, other, size};

/// What can be bought in a case.
#[derive(Debug, Clone)]
pub struct Shop(CatalogueParts);

/// An amount such as `0.1`.
pub fn usd(text: &str) -> UsdPerHour {
    text.parse().expect("an amount")
}

/// `m.small` (1 vCPU, 2,048 MiB) at 0.10 and `m.large` (2 vCPUs, 4,096 MiB) at 0.18.
pub fn small_and_large() -> Shop {
    Shop::selling(&[("m.small", 1, 2048, "0.10"), ("m.large", 2, 4096, "0.18")])
}

/// `m.small` alone.
pub fn small() -> Shop {
    Shop::selling(&[("m.small", 1, 2048, "0.10")])
}

impl Shop {
    /// Types by name, vCPUs, MiB and On-Demand price, offered in three zones, with nine interfaces for tasks
    /// and without Spot, GPUs and known limits of attachments. gp3 costs 0.073 a GiB and month, which is
    /// 0.0001 an hour.
    pub fn selling(types: &[(&str, u64, u64, &str)]) -> Self {
        let mut parts = CatalogueParts {
            region: "us-east-1".to_owned(),
            from_files: true,
            ..CatalogueParts::default()
        };
        (parts.other_prices).insert(
            "ebs_gp3_storage".to_owned(),
            other(Decimal::new(73, 3), "gb_month"),
        );
        for &(name, vcpus, memory_mib, price) in types {
            parts.instance_types.push(InstanceType {
                name: name.to_owned(),
                vcpus,
                memory: MemoryMib::new(memory_mib),
                architecture: CpuArchitecture::X86_64,
                max_enis: 10,
                branch_enis: 0,
                gpus: GpuCount::ZERO,
                gpu_name: String::new(),
                current_generation: true,
                burstable: false,
                bare_metal: false,
                hypervisor: Hypervisor::Nitro,
                spot_supported: true,
                ecs_image: true,
                ebs_attachments: None,
                ebs_limit: None,
            });
            let price = Price {
                usd_per_hour: usd(price),
                basis: "observed".to_owned(),
            };
            parts.on_demand_prices.insert(name.to_owned(), price);
            let ids = ZONE_IDS.map(str::to_owned).to_vec();
            parts.zone_ids.insert(name.to_owned(), ids);
        }
        Self(parts)
    }

    /// Changes one type.
    pub fn with(mut self, name: &str, change: impl Fn(&mut InstanceType)) -> Self {
        let types = &mut self.0.instance_types;
        change(
            types
                .iter_mut()
                .find(|t| t.name == name)
                .expect("a type of the shop"),
        );
        self
    }

    /// Interfaces of a type, its own included, and branch interfaces of its trunk.
    pub fn interfaces(self, name: &str, most: u64, branches: u64) -> Self {
        self.with(name, |t| (t.max_enis, t.branch_enis) = (most, branches))
    }

    /// Attachments of a type, the root volume included.
    pub fn attachments(self, name: &str, most: u64, limit: EbsLimit) -> Self {
        self.with(name, |t| {
            (t.ebs_attachments, t.ebs_limit) = (Some(most), Some(limit));
        })
    }

    /// The Spot Instance Advisor's saving for a type, in percent.
    pub fn spot_saving(mut self, name: &str, percent: i64) -> Self {
        let saving = SpotSaving {
            percent: Decimal::from(percent),
            interruption_band: "<5%".to_owned(),
        };
        self.0.spot_savings.insert(name.to_owned(), saving);
        self
    }

    /// Spot prices of a type by zone id.
    pub fn spot_prices(mut self, name: &str, prices: &[(&str, &str)]) -> Self {
        let prices = prices
            .iter()
            .map(|(id, price)| ((*id).to_owned(), usd(price)));
        (self.0.spot_prices).insert(name.to_owned(), prices.collect::<BTreeMap<_, _>>());
        self
    }

    /// The only zone ids in which a type is offered.
    pub fn offered_in(mut self, name: &str, ids: &[&str]) -> Self {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        self.0.zone_ids.insert(name.to_owned(), ids);
        self
    }

    /// Fargate on x86 at 0.04 a vCPU and 0.004 a GB, ARM a fifth cheaper, Spot at 30 %; ephemeral storage
    /// at 0.0001 a GiB.
    pub fn fargate(mut self) -> Self {
        use Capacity::{Fargate, FargateSpot};
        use CpuArchitecture::{Arm64, X86_64};
        for (architecture, capacity, vcpu, gb) in [
            (X86_64, Fargate, "0.04", "0.004"),
            (X86_64, FargateSpot, "0.012", "0.0012"),
            (Arm64, Fargate, "0.032", "0.0032"),
            (Arm64, FargateSpot, "0.0096", "0.00096"),
        ] {
            self.0.fargate_rates.push(FargateRate {
                architecture,
                capacity,
                usd_per_vcpu_hour: usd(vcpu),
                usd_per_gb_hour: usd(gb),
                basis: "observed".to_owned(),
            });
        }
        self.0.fargate_sizes = [
            (256, 512),
            (256, 1024),
            (512, 1024),
            (512, 2048),
            (1024, 2048),
        ]
        .map(|(cpu, memory)| size(cpu, memory))
        .to_vec();
        self.0.other_prices.insert(
            "fargate_ephemeral_storage".to_owned(),
            other(Decimal::new(1, 4), "gb_hour"),
        );
        self
    }

    /// The catalogue.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::from_parts(self.0.clone())
    }
}
