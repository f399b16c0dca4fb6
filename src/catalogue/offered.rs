//! One instance as it is offered: what it costs per hour, what it registers with ECS, which volumes it takes.
//!
//! Planner, replays and reports ask here, so that no two of them can differ. The checker does not: it derives the
//! same figures from the catalogue's rows itself, since a check by the same code would find nothing.
//!
//! On-Demand price × (1 − Savings Plan discount), or Spot price, + root volume + fee, rounded half-even to the
//! cost grid; of a Managed Instance the management fee as well, from which no plan takes anything off. A gp3 volume is
//! billed per GiB-month of 730 hours.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use thiserror::Error;

use super::registered::registered_memory;
use super::{Catalogue, managed_instances};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::instance_type::{EbsLimit, InstanceType};
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::policy::Policy;
use crate::domain::resources::ResourceVector;
use crate::domain::stages::BilledInstances;
use crate::domain::text::visible;

/// Why an instance cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum PriceError {
    /// No On-Demand price for the type.
    #[error("{instance_type} has no On-Demand price in {region}")]
    NoOnDemandPrice {
        /// The type.
        instance_type: String,
        /// The Region.
        region: String,
    },
    /// No Spot price for the type.
    #[error("{instance_type} has no Spot price in {region}")]
    NoSpotPrice {
        /// The type.
        instance_type: String,
        /// The Region.
        region: String,
    },
    /// Tasks on Fargate are priced by their size.
    #[error("{capacity} has no price by the instance")]
    NoInstance {
        /// How it is bought.
        capacity: Capacity,
    },
    /// No fee of ECS Managed Instances for the type.
    #[error("{instance_type} has no fee of Managed Instances in {region}")]
    NoManagementFee {
        /// The type.
        instance_type: String,
        /// The Region.
        region: String,
    },
    /// Instances of today that are to stay cannot be priced.
    #[error("{}: {error}{}", staying(.instances), unknown(.is_known))]
    Staying {
        /// The container instances, as the file names them.
        instances: Vec<String>,
        /// Whether the catalogue has their type.
        is_known: bool,
        /// Why not.
        error: Box<PriceError>,
    },
    /// A root volume is asked for but the catalogue has no gp3 price.
    #[error("the catalogue has no gp3 price for {region}")]
    NoVolumePrice {
        /// The Region.
        region: String,
    },
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the derived message has references to its members"
)]
const fn unknown(is_known: &bool) -> &'static str {
    if *is_known {
        ""
    } else {
        ", and the catalogue knows no such type"
    }
}

/// The first of several instances by name, and how many others there are.
fn staying(instances: &[String]) -> String {
    match instances {
        [one] => format!("container instance {}, which stays", visible(one)),
        [first, others @ ..] => format!(
            "container instance {} and {} more, which stay",
            visible(first),
            others.len()
        ),
        [] => "container instances that stay".to_owned(),
    }
}

/// The cost of one new instance of a type under a policy.
///
/// # Errors
/// When the type or the root volume has no price.
pub fn instance_price(
    instance_type: &str,
    option: Capacity,
    zone_id: Option<&str>,
    policy: &Policy,
    catalogue: &Catalogue,
) -> Result<UsdPerHour, PriceError> {
    let region = || catalogue.region().to_owned();
    let computing = match option {
        Capacity::External => return Ok(UsdPerHour::ZERO),
        Capacity::Fargate | Capacity::FargateSpot => {
            return Err(PriceError::NoInstance { capacity: option });
        }
        Capacity::OnDemand | Capacity::Managed => {
            let price = catalogue.on_demand_price(instance_type).ok_or_else(|| {
                PriceError::NoOnDemandPrice {
                    instance_type: instance_type.to_owned(),
                    region: region(),
                }
            })?;
            price.usd_per_hour.amount() * (Decimal::ONE - policy.savings_plan_discount)
        }
        Capacity::Spot | Capacity::ManagedSpot => {
            let price = catalogue
                .spot_price(instance_type, zone_id)
                .ok_or_else(|| PriceError::NoSpotPrice {
                    instance_type: instance_type.to_owned(),
                    region: region(),
                })?;
            price.usd_per_hour.amount()
        }
    };
    let volume = if policy.root_volume_gib == 0 {
        Decimal::ZERO
    } else {
        let month = catalogue
            .gp3_usd_per_gib_month()
            .ok_or_else(|| PriceError::NoVolumePrice { region: region() })?
            .usd;
        month * Decimal::from(policy.root_volume_gib) / Decimal::from(HOURS_PER_MONTH)
    };
    let management = if option.is_managed() {
        managed_instances::fee(catalogue, instance_type).ok_or_else(|| {
            PriceError::NoManagementFee {
                instance_type: instance_type.to_owned(),
                region: region(),
            }
        })?
    } else {
        Decimal::ZERO
    };
    let total = computing + management + volume + policy.instance_usd_per_hour.amount();
    Ok(UsdPerHour::new(total).rounded())
}

/// The cost of one instance of today: a Spot one without a Spot price is taken at the On-Demand price, no
/// discount off (Savings Plans do not apply to Spot).
///
/// # Errors
/// When the type or the root volume has no price.
pub fn existing_price(
    instance_type: &str,
    option: Capacity,
    zone_id: Option<&str>,
    policy: &Policy,
    catalogue: &Catalogue,
) -> Result<UsdPerHour, PriceError> {
    match instance_price(instance_type, option, zone_id, policy, catalogue) {
        Err(PriceError::NoSpotPrice { .. }) => {
            let undiscounted = Policy {
                savings_plan_discount: Decimal::ZERO,
                ..policy.clone()
            };
            let option = option.steady();
            instance_price(instance_type, option, zone_id, &undiscounted, catalogue)
        }
        price => price,
    }
}

/// Today's instances as they are billed, those that are alike in one row, by provider, type and purchase option.
///
/// # Errors
/// Every instance without a price.
pub fn billed_today(
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Vec<BilledInstances>, Vec<PriceError>> {
    let mut rows: BTreeMap<(Option<&str>, &str, Capacity, UsdPerHour), u64> = BTreeMap::new();
    let mut errors = Vec::new();
    for instance in (cluster.container_instances.iter()).filter(|instance| instance.is_billed()) {
        match price_today(cluster, catalogue, instance) {
            Ok(price) => {
                let (provider, kind) = (&instance.capacity_provider, &instance.instance_type);
                let row = (
                    provider.as_deref(),
                    kind.as_str(),
                    instance.capacity(),
                    price,
                );
                *rows.entry(row).or_default() += 1;
            }
            Err(error) if errors.contains(&error) => {}
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let rows = rows
        .into_iter()
        .map(|((provider, kind, option, price), count)| BilledInstances {
            provider: provider.map(str::to_owned),
            instance_type: kind.to_owned(),
            purchase_option: option,
            count,
            usd_per_hour: price,
        });
    Ok(rows.collect())
}

fn price_today(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance: &ContainerInstance,
) -> Result<UsdPerHour, PriceError> {
    let zone = instance.availability_zone.as_deref();
    let zone_id = zone.and_then(|name| cluster.zone(name)?.id.as_deref());
    let (name, capacity) = (&instance.instance_type, instance.capacity());
    existing_price(name, capacity, zone_id, &cluster.policy, catalogue)
}

/// What the fleet costs today: as given, else what the instances of the file do; `None` where it shows none that AWS bills, or services stand
/// on them that the file leaves out. An instance that drains or
/// registers is billed like one that takes tasks: EC2 bills what runs, whatever ECS thinks of it.
///
/// # Errors
/// Every instance without a price.
pub fn bill_of_today(
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Option<UsdPerHour>, Vec<PriceError>> {
    if let Some(given) = cluster.deployed.bill {
        return Ok(Some(given));
    }
    // The instances hold services too that were left out: what the others cost is not known.
    if cluster.deployed.on_instances().next().is_some() {
        return Ok(None);
    }
    let rows = billed_today(cluster, catalogue)?;
    let bill = rows.iter().map(|row| row.usd_per_hour * row.count).sum();
    Ok((!rows.is_empty()).then_some(bill))
}

/// The part of today's fleet that has prices, where another part has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOfToday {
    /// Types without a price, with the instances of each.
    pub unpriced: BTreeMap<String, u64>,
    /// Instances with a price.
    pub priced: u64,
    /// What those cost.
    pub usd_per_hour: UsdPerHour,
}

/// What is known of today's cost where [`bill_of_today`] is an error.
#[must_use]
pub fn part_of_today(cluster: &Cluster, catalogue: &Catalogue) -> PartOfToday {
    let mut part = PartOfToday {
        unpriced: BTreeMap::new(),
        priced: 0,
        usd_per_hour: UsdPerHour::ZERO,
    };
    for instance in (cluster.container_instances.iter()).filter(|instance| instance.is_billed()) {
        if let Ok(price) = price_today(cluster, catalogue, instance) {
            part.priced += 1;
            part.usd_per_hour += price;
        } else {
            let of_type = part.unpriced.entry(instance.instance_type.clone());
            *of_type.or_default() += 1;
        }
    }
    part
}

/// What an instance of the type registers by the documented model of memory, with a trunk for `awsvpc` tasks or
/// without.
#[must_use]
pub fn registered_resources(
    policy: &Policy,
    instance_type: &InstanceType,
    trunk: bool,
) -> ResourceVector {
    let memory = registered_memory(instance_type, policy.memory_overhead.as_ref());
    instance_type.registered(memory, trunk)
}

/// What can be attached to an empty instance for tasks.
///
/// Source: Amazon EBS user guide, "EBS volume limits for instances": one attachment is the root volume's; on
/// most Nitro types volumes and secondary network interfaces share the limit, and a trunk counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLimits {
    /// Volumes.
    pub volumes: u64,
    /// Volumes and secondary network interfaces together, where they share the limit.
    pub with_interfaces: Option<u64>,
}

impl AttachmentLimits {
    /// The limits of a type; `None` where its limit is not known.
    #[must_use]
    pub fn of(instance_type: Option<&InstanceType>, eni_trunking: bool) -> Option<Self> {
        let known = instance_type?;
        let left = known.ebs_attachments?.saturating_sub(1);
        let shared = known.ebs_limit == Some(EbsLimit::Shared);
        let trunk = eni_trunking && known.branch_enis > 0;
        Some(Self {
            volumes: left.saturating_sub(u64::from(shared && trunk)),
            with_interfaces: (shared && !trunk).then_some(left),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueFiles;
    use crate::io::{ImportOptions, read_cluster};

    fn catalogue() -> Catalogue {
        Catalogue::load("us-east-1", &CatalogueFiles::default()).expect("the embedded catalogue")
    }

    fn bill(instances: &str) -> Result<Option<UsdPerHour>, Vec<PriceError>> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "containerInstances": [{instances}],
                "services": [{{"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        bill_of_today(&imported.expect("a cluster").cluster, &catalogue())
    }

    fn instance(id: &str, status: &str, more: &str) -> String {
        format!(
            r#"{{"ec2InstanceId": "{id}", "status": "{status}", "attributes": [
                {{"name": "ecs.instance-type", "value": "m7g.large"}}{more}], "registeredResources": [
                {{"name": "CPU", "integerValue": 2048}}, {{"name": "MEMORY", "integerValue": 7000}}]}}"#
        )
    }

    #[test]
    fn draining_instances_are_billed_and_deregistered_ones_are_not() {
        let one = bill(&instance("i-1", "ACTIVE", ""))
            .expect("a price")
            .expect("a bill");
        let [draining, inactive] = ["DRAINING", "INACTIVE"].map(|status| {
            let both = [instance("i-1", "ACTIVE", ""), instance("i-2", status, "")];
            bill(&both.join(", ")).expect("a price").expect("a bill")
        });
        assert_eq!(draining, one * 2);
        assert_eq!(inactive, one);
    }

    #[test]
    fn what_comes_from_outside_aws_is_not_billed() {
        let external = instance("mi-1", "ACTIVE", r#", {"name": "ecs.capability.external"}"#);
        assert_eq!(bill(&external), Ok(None));
        assert_eq!(bill(""), Ok(None));
    }
}
