//! The kinds of figures: each has a CSV file of its own, a flag that replaces it and a date.

/// A kind of figures of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatalogueKind {
    /// Instance types.
    InstanceTypes,
    /// On-Demand prices by Region and type.
    OnDemandPrices,
    /// Spot prices by zone id and type.
    SpotPrices,
    /// Spot savings and interruption bands by Region and type.
    SpotAdvisor,
    /// Zone ids by Region and type.
    ZoneOfferings,
    /// Fargate rates by Region.
    FargatePrices,
    /// Task sizes that Fargate accepts.
    FargateSizes,
    /// Storage and other prices by Region.
    OtherPrices,
    /// Management fees of ECS Managed Instances by Region and type.
    ManagedInstancesFees,
    /// Savings Plans rates by Region and type.
    SavingsPlanRates,
}

impl CatalogueKind {
    /// Every kind, in the order in which they are read.
    pub const ALL: [Self; 10] = [
        Self::InstanceTypes,
        Self::OnDemandPrices,
        Self::SpotPrices,
        Self::SpotAdvisor,
        Self::ZoneOfferings,
        Self::FargatePrices,
        Self::FargateSizes,
        Self::OtherPrices,
        Self::ManagedInstancesFees,
        Self::SavingsPlanRates,
    ];

    /// Its file in a catalogue directory, named as the flag.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::InstanceTypes => "instance_types.csv",
            Self::OnDemandPrices => "on_demand_prices.csv",
            Self::SpotPrices => "spot_prices.csv",
            Self::SpotAdvisor => "spot_advisor.csv",
            Self::ZoneOfferings => "zone_offerings.csv",
            Self::FargatePrices => "fargate_prices.csv",
            Self::FargateSizes => "fargate_sizes.csv",
            Self::OtherPrices => "other_prices.csv",
            Self::ManagedInstancesFees => "managed_instances_fees.csv",
            Self::SavingsPlanRates => "savings_plan_rates.csv",
        }
    }

    /// Its word in the column `kind` of `as_of.csv`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::InstanceTypes => "instance_types",
            Self::OnDemandPrices => "on_demand",
            Self::SpotPrices => "spot",
            Self::SpotAdvisor => "spot_advisor",
            Self::ZoneOfferings => "zone_offerings",
            Self::FargatePrices => "fargate",
            Self::FargateSizes => "fargate_sizes",
            Self::OtherPrices => "other_prices",
            Self::ManagedInstancesFees => "managed_instances_fees",
            Self::SavingsPlanRates => "savings_plan_rates",
        }
    }

    /// The kind of a word of `as_of.csv`.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Its name in sentences.
    pub const fn words(self) -> &'static str {
        match self {
            Self::InstanceTypes => "instance types",
            Self::OnDemandPrices => "On-Demand prices",
            Self::SpotPrices => "Spot prices",
            Self::SpotAdvisor => "Spot savings",
            Self::ZoneOfferings => "zones of the types",
            Self::FargatePrices => "Fargate rates",
            Self::FargateSizes => "Fargate task sizes",
            Self::OtherPrices => "storage prices",
            Self::ManagedInstancesFees => "fees of Managed Instances",
            Self::SavingsPlanRates => "Savings Plans rates",
        }
    }

    /// Whether it is what something costs, or a part of that.
    pub const fn is_price(self) -> bool {
        match self {
            Self::OnDemandPrices
            | Self::SpotPrices
            | Self::SpotAdvisor
            | Self::FargatePrices
            | Self::OtherPrices
            | Self::ManagedInstancesFees
            | Self::SavingsPlanRates => true,
            Self::InstanceTypes | Self::ZoneOfferings | Self::FargateSizes => false,
        }
    }

    /// Whether `catalogue refresh` brings it; for the others no API of AWS has an answer.
    pub const fn is_refreshed(self) -> bool {
        !matches!(self, Self::SpotAdvisor | Self::FargateSizes)
    }
}

#[cfg(test)]
mod tests {
    use super::CatalogueKind;

    #[test]
    fn words_of_as_of_name_one_kind_each() {
        for kind in CatalogueKind::ALL {
            assert_eq!(CatalogueKind::from_key(kind.key()), Some(kind));
        }
        assert_eq!(CatalogueKind::from_key("prices"), None);
    }
}
