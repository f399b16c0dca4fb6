//! The catalogue of one Region.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fargate::{FargateRate, FargateSize};
use super::files::CatalogueFiles;
use super::finding::CatalogueError;
use super::origin::{self, FiguresUsed};
use super::price::{OtherPrice, Price};
use super::reader;
use super::savings_plans::SavingsPlanRate;
use super::spot::SpotSaving;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::plan::{PlanAsOf, PlanCatalogue};

/// Basis of a Spot price computed from the On-Demand price and the advisor's saving.
const SPOT_FROM_SAVING: &str = "on_demand_less_saving";
/// Basis of a Spot price given by a file.
const SPOT_FROM_FILE: &str = "file";

/// The figures of one Region before they become a [`Catalogue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueParts {
    /// AWS Region.
    pub region: String,
    /// Whether any figure comes from a file.
    pub from_files: bool,
    /// Dates by kind of figure.
    pub as_of: PlanAsOf,
    /// Where the figures of each kind came from; kinds without any figures have no entry.
    pub used: Vec<FiguresUsed>,
    /// Instance types in any order.
    pub instance_types: Vec<InstanceType>,
    /// On-Demand prices by instance type.
    pub on_demand_prices: BTreeMap<String, Price>,
    /// On-Demand prices before anything was taken off, where something was: Spot prices follow these.
    pub public_prices: Option<BTreeMap<String, Price>>,
    /// Spot prices by instance type and zone id.
    pub spot_prices: BTreeMap<String, BTreeMap<String, UsdPerHour>>,
    /// The advisor's savings by instance type.
    pub spot_savings: BTreeMap<String, SpotSaving>,
    /// Zone ids by instance type.
    pub zone_ids: BTreeMap<String, Vec<String>>,
    /// Fargate rates.
    pub fargate_rates: Vec<FargateRate>,
    /// Fargate task sizes.
    pub fargate_sizes: Vec<FargateSize>,
    /// Prices of other things by item, such as `ebs_gp3_storage`.
    pub other_prices: BTreeMap<String, OtherPrice>,
    /// Management fees of ECS Managed Instances by instance type.
    pub managed_instances_fees: BTreeMap<String, Price>,
    /// Savings Plans rates.
    pub savings_plan_rates: Vec<SavingsPlanRate>,
}

impl Default for CatalogueParts {
    fn default() -> Self {
        Self {
            region: String::new(),
            from_files: false,
            as_of: PlanAsOf {
                on_demand: None,
                spot: None,
                fargate: None,
            },
            used: Vec::new(),
            instance_types: Vec::new(),
            on_demand_prices: BTreeMap::new(),
            public_prices: None,
            spot_prices: BTreeMap::new(),
            spot_savings: BTreeMap::new(),
            zone_ids: BTreeMap::new(),
            fargate_rates: Vec::new(),
            fargate_sizes: Vec::new(),
            other_prices: BTreeMap::new(),
            managed_instances_fees: BTreeMap::new(),
            savings_plan_rates: Vec::new(),
        }
    }
}

/// What can be bought in one Region and what it costs.
///
/// Types without a price and prices without a type are both kept: [`Catalogue::unpriced`] and
/// [`Catalogue::prices_without_type`] name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    parts: CatalogueParts,
}

impl Catalogue {
    /// The embedded figures of `region`.
    ///
    /// # Errors
    /// When nothing has a price in `region`.
    pub fn embedded(region: &str) -> Result<Self, CatalogueError> {
        Self::load(region, &CatalogueFiles::default())
    }

    /// The figures of `region`, from `files` where they are given and embedded otherwise.
    ///
    /// # Errors
    /// Everything that is wrong in the files, or that nothing has a price in `region`.
    pub fn load(region: &str, files: &CatalogueFiles) -> Result<Self, CatalogueError> {
        reader::load(region, files)
    }

    /// A catalogue of the given figures. Of two types of the same name the first is kept.
    #[must_use]
    pub fn from_parts(mut parts: CatalogueParts) -> Self {
        parts.instance_types.sort_by(|a, b| a.name.cmp(&b.name));
        parts.instance_types.dedup_by(|a, b| a.name == b.name);
        Self { parts }
    }

    /// AWS Region.
    pub fn region(&self) -> &str {
        &self.parts.region
    }

    /// `embedded` when no figure comes from a file, `aws` when all that do come from files that
    /// `catalogue refresh` wrote, else `file`.
    pub fn source(&self) -> &'static str {
        origin::source(&self.parts.used, self.parts.from_files)
    }

    /// Where the figures of each kind came from and of which day they are.
    pub fn figures_used(&self) -> &[FiguresUsed] {
        &self.parts.used
    }

    /// Dates of the figures in use; `None` for a kind whose file says nothing of its day.
    pub fn as_of(&self) -> &PlanAsOf {
        &self.parts.as_of
    }

    /// Source and dates as the plan states them.
    pub fn provenance(&self) -> PlanCatalogue {
        PlanCatalogue {
            source: self.source().to_owned(),
            as_of: self.parts.as_of.clone(),
        }
    }

    /// Every instance type, by name, with or without a price.
    pub fn instance_types(&self) -> &[InstanceType] {
        &self.parts.instance_types
    }

    /// The type of this name.
    pub fn instance_type(&self, name: &str) -> Option<&InstanceType> {
        let types = &self.parts.instance_types;
        let found = types.binary_search_by(|t| t.name.as_str().cmp(name)).ok()?;
        types.get(found)
    }

    /// The On-Demand price of a type, if the Region has one.
    pub fn on_demand_price(&self, name: &str) -> Option<&Price> {
        self.parts.on_demand_prices.get(name)
    }

    /// The same catalogue with another On-Demand price of a type; Spot prices that derive from it follow.
    #[must_use]
    pub fn with_on_demand_price(&self, name: &str, usd_per_hour: UsdPerHour) -> Self {
        let mut changed = self.clone();
        let price = Price {
            usd_per_hour,
            basis: "assumed".to_owned(),
        };
        let parts = &mut changed.parts;
        if let Some(public) = &mut parts.public_prices {
            public.insert(name.to_owned(), price.clone());
        }
        parts.on_demand_prices.insert(name.to_owned(), price);
        changed
    }

    /// The same catalogue with other On-Demand prices, those of types that are named, and Fargate's rates (not Fargate Spot's)
    /// times a factor. Spot prices stay.
    #[must_use]
    pub fn at_prices(
        &self,
        on_demand: &BTreeMap<String, UsdPerHour>,
        fargate: impl Fn(CpuArchitecture) -> Decimal,
    ) -> Self {
        let mut changed = self.clone();
        let parts = &mut changed.parts;
        let public = parts.on_demand_prices.clone();
        for (name, usd) in on_demand {
            if let Some(price) = parts.on_demand_prices.get_mut(name) {
                price.usd_per_hour = *usd;
            }
        }
        parts.public_prices.get_or_insert(public);
        let steady = (parts.fargate_rates.iter_mut())
            .filter(|rate| rate.capacity.is_fargate() && !rate.capacity.may_be_reclaimed());
        for rate in steady {
            let factor = fargate(rate.architecture);
            for usd in [&mut rate.usd_per_vcpu_hour, &mut rate.usd_per_gb_hour] {
                *usd = UsdPerHour::new(usd.amount() * factor);
            }
        }
        changed
    }

    /// The On-Demand price of a type before anything was taken off.
    pub fn public_price(&self, name: &str) -> Option<UsdPerHour> {
        let public = (self.parts.public_prices.as_ref()).unwrap_or(&self.parts.on_demand_prices);
        public.get(name).map(|price| price.usd_per_hour)
    }

    /// Every On-Demand price, by type.
    pub fn on_demand_prices(&self) -> &BTreeMap<String, Price> {
        &self.parts.on_demand_prices
    }

    /// Types without an On-Demand price in the Region, by name.
    pub fn unpriced(&self) -> impl Iterator<Item = &InstanceType> {
        self.instance_types()
            .iter()
            .filter(|t| self.on_demand_price(&t.name).is_none())
    }

    /// Names that have an On-Demand price but are not among the types, sorted.
    pub fn prices_without_type(&self) -> impl Iterator<Item = &str> {
        self.parts
            .on_demand_prices
            .keys()
            .map(String::as_str)
            .filter(|name| self.instance_type(name).is_none())
    }

    /// The Spot Instance Advisor's saving and interruption band of a type.
    pub fn spot_saving(&self, name: &str) -> Option<&SpotSaving> {
        self.parts.spot_savings.get(name)
    }

    /// The Spot price of a type: the file's, for the zone or as the mean over its zones without one; else
    /// On-Demand × (1 − the advisor's saving); else none. Never above On-Demand, in no zone.
    pub fn spot_price(&self, name: &str, zone_id: Option<&str>) -> Option<Price> {
        let public = (self.parts.public_prices.as_ref()).unwrap_or(&self.parts.on_demand_prices);
        let on_demand = public.get(name).map(|price| price.usd_per_hour);
        let capped = |usd: UsdPerHour| on_demand.map_or(usd, |most| usd.min(most));
        let price = |usd_per_hour, basis: &str| Price {
            usd_per_hour,
            basis: basis.to_owned(),
        };
        if let Some(by_zone) = self.parts.spot_prices.get(name) {
            let chosen: Vec<UsdPerHour> = by_zone
                .iter()
                .filter(|(id, _)| zone_id.is_none_or(|zone| zone == id.as_str()))
                .map(|(_, usd)| capped(*usd))
                .collect();
            if !chosen.is_empty() {
                let total: UsdPerHour = chosen.iter().copied().sum();
                let mean = total.amount() / Decimal::from(chosen.len());
                return Some(price(UsdPerHour::new(mean), SPOT_FROM_FILE));
            }
        }
        let share = Decimal::ONE - self.spot_saving(name)?.percent / Decimal::ONE_HUNDRED;
        let estimate = UsdPerHour::new(on_demand?.amount() * share);
        Some(price(estimate, SPOT_FROM_SAVING))
    }

    /// Zone ids in which a type is offered; `None` when nothing is known about the type.
    pub fn zone_ids(&self, name: &str) -> Option<&[String]> {
        self.parts.zone_ids.get(name).map(Vec::as_slice)
    }

    /// Ids of all zones in which some type is offered, sorted.
    pub fn all_zone_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.parts.zone_ids.values().flatten().cloned().collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Whether it is known of any type in which zones it is offered.
    pub fn knows_zones(&self) -> bool {
        !self.parts.zone_ids.is_empty()
    }

    /// Whether a type is offered in a zone out of `zones_used` zones: by id where the id is known, else
    /// when it is offered in as many zones as are used, whichever they are. A type without zone data is
    /// not, but where nothing at all is known of the Region's zones every type counts as offered.
    pub fn is_offered_in(&self, name: &str, zone: &Zone, zones_used: usize) -> bool {
        if !self.knows_zones() {
            return true;
        }
        let ids = self.zone_ids(name).unwrap_or_default();
        match &zone.id {
            Some(id) => ids.contains(id),
            None => !ids.is_empty() && ids.len() >= zones_used,
        }
    }

    /// What Fargate or Fargate Spot charges for an architecture.
    pub fn fargate_rate(
        &self,
        architecture: CpuArchitecture,
        capacity: Capacity,
    ) -> Option<&FargateRate> {
        self.parts
            .fargate_rates
            .iter()
            .find(|rate| rate.architecture == architecture && rate.capacity == capacity)
    }

    /// Task sizes Fargate accepts, by CPU and then memory.
    pub fn fargate_sizes(&self) -> &[FargateSize] {
        &self.parts.fargate_sizes
    }

    /// The price of something else by item, such as `fargate_ephemeral_storage`.
    pub fn other_price(&self, item: &str) -> Option<&OtherPrice> {
        self.parts.other_prices.get(item)
    }

    /// The management fee of a type on ECS Managed Instances.
    pub fn managed_instances_fee(&self, name: &str) -> Option<&Price> {
        self.parts.managed_instances_fees.get(name)
    }

    /// Whether the catalogue has fees of ECS Managed Instances for the Region.
    pub fn has_managed_instances_fees(&self) -> bool {
        !self.parts.managed_instances_fees.is_empty()
    }

    /// The On-Demand price of a type before a rate card takes anything off.
    pub fn public_on_demand_price(&self, name: &str) -> Option<UsdPerHour> {
        let public = self.parts.public_prices.as_ref();
        let prices = public.unwrap_or(&self.parts.on_demand_prices);
        prices.get(name).map(|price| price.usd_per_hour)
    }

    /// Savings Plans rates, in the order of their file.
    pub fn savings_plan_rates(&self) -> &[SavingsPlanRate] {
        &self.parts.savings_plan_rates
    }

    /// What a GiB of gp3 storage costs a month.
    pub fn gp3_usd_per_gib_month(&self) -> Option<&OtherPrice> {
        self.other_price("ebs_gp3_storage")
    }

    /// What a gp3 root volume of `gib` GiB costs an hour (a month is 730 hours), not yet rounded.
    pub fn root_volume_usd_per_hour(&self, gib: u64) -> Option<UsdPerHour> {
        let monthly = self.gp3_usd_per_gib_month()?.usd * Decimal::from(gib);
        Some(UsdPerHour::new(monthly / Decimal::from(HOURS_PER_MONTH)))
    }
}
