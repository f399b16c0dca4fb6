//! What one instance costs, rounded half-even to 10⁻⁸ USD per hour.
//!
//! An instance costs its On-Demand price less the Savings Plan's discount, or its Spot price in its zone,
//! plus the root volume and the fee per instance, and where ECS runs it the management fee; of a new one of a
//! burstable type, surplus credits for the CPU that its tasks use above the baseline (measured, else what they reserve); one of today's that is Spot and has no Spot price costs
//! the On-Demand price without discount. A gp3 volume is billed by the GiB-month of 730 hours.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};

/// What ECS charges for an hour of a Managed Instance: the catalogue's fee of the type where the Region has any, else
/// 12 % of the public On-Demand price, of G instances 7.8 %.
fn managed_fee(type_name: &str, catalogue: &Catalogue) -> Result<Decimal, &'static str> {
    if catalogue.has_managed_instances_fees() {
        let fee = catalogue.managed_instances_fee(type_name);
        return fee
            .map(|fee| fee.usd_per_hour.amount())
            .ok_or("an instance type with a fee of Managed Instances in this Region");
    }
    let letters: String = type_name
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let share = if matches!(letters.as_str(), "g" | "gr") {
        Decimal::new(78, 3)
    } else {
        Decimal::new(12, 2)
    };
    catalogue
        .public_on_demand_price(type_name)
        .and_then(|price| price.amount().checked_mul(share))
        .ok_or("an instance type with an On-Demand price in this Region")
}

/// Credits that a burstable type earns in an hour, and AWS's rate for a vCPU-hour of surplus ones.
/// Source: Amazon EC2 user guide, table of CPU credits; Amazon EC2 pricing, unlimited mode.
fn earned(type_name: &str) -> Option<(Decimal, Decimal)> {
    let (family, size) = type_name.split_once('.')?;
    let t2 = family == "t2";
    let rate = match family {
        "t2" | "t3" | "t3a" => Decimal::new(5, 2),
        "t4g" => Decimal::new(4, 2),
        _ => return None,
    };
    let credits = match size {
        "nano" if t2 => Decimal::from(3),
        "nano" => Decimal::from(6),
        "micro" if t2 => Decimal::from(6),
        "micro" => Decimal::from(12),
        "small" if t2 => Decimal::from(12),
        "small" | "medium" => Decimal::from(24),
        "large" => Decimal::from(36),
        "xlarge" if t2 => Decimal::from(54),
        "xlarge" => Decimal::from(96),
        "2xlarge" if t2 => Decimal::new(816, 1),
        "2xlarge" => Decimal::from(192),
        _ => return None,
    };
    Some((credits, rate))
}

/// An instance of EC2, as far as its price depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PricedInstance<'a> {
    pub type_name: &'a str,
    pub capacity: Capacity,
    /// Id of its zone among the cluster's; none where it is not known.
    pub zone_id: Option<&'a str>,
    /// Whether it runs today.
    pub existing: bool,
    /// CPU units that its tasks use in the mean, or reserve; what a burstable type charges for is above its baseline, and no more than it
    /// has.
    pub load: u128,
}

impl PricedInstance<'_> {
    /// Its price, or what would have to be there for it to have one.
    pub fn price(
        self,
        cluster: &Cluster,
        catalogue: &Catalogue,
    ) -> Result<UsdPerHour, &'static str> {
        let policy = &cluster.policy;
        let volume_month = if policy.root_volume_gib == 0 {
            Decimal::ZERO
        } else {
            (catalogue.gp3_usd_per_gib_month())
                .ok_or("a catalogue with the price of gp3 storage")?
                .usd
                .checked_mul(Decimal::from(policy.root_volume_gib))
                .ok_or("a payable root volume")?
        };
        let volume = volume_month / Decimal::from(HOURS_PER_MONTH);
        let fee = if self.capacity.is_managed() {
            managed_fee(self.type_name, catalogue)?
        } else {
            Decimal::ZERO
        };
        self.compute(cluster, catalogue)?
            .and_then(|compute| compute.checked_add(fee))
            .and_then(|sum| sum.checked_add(volume))
            .and_then(|sum| sum.checked_add(policy.instance_usd_per_hour.amount()))
            .map(|sum| UsdPerHour::new(sum).rounded().amount())
            .and_then(|sum| sum.checked_add(self.credits(cluster, catalogue)?))
            .map(UsdPerHour::new)
            .ok_or("a price within the range of decimals")
    }

    /// Surplus credits of a new instance, rounded by themselves; `None` beyond the range of decimals. None are known of instances of
    /// today, which need not be in unlimited mode.
    fn credits(self, cluster: &Cluster, catalogue: &Catalogue) -> Option<Decimal> {
        let burstable = (catalogue.instance_type(self.type_name))
            .filter(|known| known.burstable && !self.existing && !cluster.is_kubernetes());
        let (Some((per_hour, published)), Some(known)) = (earned(self.type_name), burstable) else {
            return Some(Decimal::ZERO);
        };
        let stated = cluster.policy.credit_usd_per_vcpu_hour;
        let rate = stated.map_or(published, UsdPerHour::amount);
        let used = Decimal::from_u128(self.load).unwrap_or(Decimal::MAX) / Decimal::from(1024);
        let load = used.min(Decimal::from(known.vcpus));
        let surplus = (load - per_hour / Decimal::from(60)).max(Decimal::ZERO);
        Some(
            UsdPerHour::new(surplus.checked_mul(rate)?)
                .rounded()
                .amount(),
        )
    }

    /// The price without volume and fee; `None` beyond the range of decimals.
    fn compute(
        self,
        cluster: &Cluster,
        catalogue: &Catalogue,
    ) -> Result<Option<Decimal>, &'static str> {
        let name = self.type_name;
        let on_demand = || {
            (catalogue.on_demand_price(name))
                .map(|price| price.usd_per_hour.amount())
                .ok_or("an instance type with an On-Demand price in this Region")
        };
        match self.capacity {
            Capacity::External => Ok(Some(Decimal::ZERO)),
            Capacity::Fargate | Capacity::FargateSpot => Err("an instance, and no Fargate"),
            Capacity::OnDemand | Capacity::Managed => {
                let price = on_demand()?;
                let share = Decimal::ONE.checked_sub(cluster.policy.savings_plan_discount);
                Ok(share.and_then(|share| share.checked_mul(price)))
            }
            Capacity::Spot | Capacity::ManagedSpot => {
                match catalogue.spot_price(name, self.zone_id) {
                    Some(price) => Ok(Some(price.usd_per_hour.amount())),
                    None if self.existing => on_demand().map(Some),
                    None => Err("an instance type with a Spot price in this zone"),
                }
            }
        }
    }
}
