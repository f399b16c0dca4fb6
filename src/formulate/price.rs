//! What one instance costs per hour.
//!
//! On-Demand price × (1 − Savings Plan discount), or Spot price, + root volume + fee, rounded half-even to the
//! cost grid. A gp3 volume is billed per GiB-month of 730 hours.

use rust_decimal::Decimal;
use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::policy::Policy;

/// Why an instance cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
    /// A root volume is asked for but the catalogue has no gp3 price.
    #[error("the catalogue has no gp3 price for {region}")]
    NoVolumePrice {
        /// The Region.
        region: String,
    },
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
        Capacity::OnDemand => {
            let price = catalogue.on_demand_price(instance_type).ok_or_else(|| {
                PriceError::NoOnDemandPrice {
                    instance_type: instance_type.to_owned(),
                    region: region(),
                }
            })?;
            price.usd_per_hour.amount() * (Decimal::ONE - policy.savings_plan_discount)
        }
        Capacity::Spot => {
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
    let total = computing + volume + policy.instance_usd_per_hour.amount();
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
            let option = Capacity::OnDemand;
            instance_price(instance_type, option, zone_id, &undiscounted, catalogue)
        }
        price => price,
    }
}
