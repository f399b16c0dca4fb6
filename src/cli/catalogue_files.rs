//! The flags that replace the embedded catalogue, shared by every subcommand that reads it.

use std::path::PathBuf;

use clap::Args;

use crate::catalogue::CatalogueFiles;

/// CSV files, each in place of the embedded figures of its kind; headings as in the embedded ones, with a
/// `region` column where figures differ by Region.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Catalogue (CSV files in place of the embedded figures)")]
pub struct CatalogueFileArgs {
    /// Directory of such files, each named as its flag (`on_demand_prices.csv`, …), with `as_of.csv`; what it
    /// lacks stays embedded, the single files below go before it
    #[arg(long, value_name = "DIR", env = "BAYPLAN_CATALOGUE")]
    pub catalogue: Option<PathBuf>,
    /// Instance types: `instance_type,vcpu,memory_mib,arch,max_enis` and more
    #[arg(long, value_name = "CSV")]
    pub instance_types: Option<PathBuf>,
    /// On-Demand prices: `region,instance_type,usd_per_hour,basis`
    #[arg(long, value_name = "CSV")]
    pub on_demand_prices: Option<PathBuf>,
    /// Spot prices by zone id: `region,az,instance_type,usd_per_hour`
    #[arg(long, value_name = "CSV")]
    pub spot_prices: Option<PathBuf>,
    /// Spot savings: `region,instance_type,savings_pct,interruption_band`
    #[arg(long, value_name = "CSV")]
    pub spot_advisor: Option<PathBuf>,
    /// Zones of each type: `region,instance_type,az_ids`
    #[arg(long, value_name = "CSV")]
    pub zone_offerings: Option<PathBuf>,
    /// Fargate rates: `region,arch,market,usd_per_vcpu_hour,usd_per_gb_hour,basis`
    #[arg(long, value_name = "CSV")]
    pub fargate_prices: Option<PathBuf>,
    /// Fargate task sizes: `cpu_units,memory_mib`
    #[arg(long, value_name = "CSV")]
    pub fargate_sizes: Option<PathBuf>,
    /// Other prices, gp3 storage among them: `item,region,unit,usd,basis`
    #[arg(long, value_name = "CSV")]
    pub other_prices: Option<PathBuf>,
    /// Fees of ECS Managed Instances: `region,instance_type,usd_per_hour,basis`; by default 12 % of the On-Demand
    /// price, 7.8 % for G instances
    #[arg(long, value_name = "CSV")]
    pub managed_instances_fees: Option<PathBuf>,
    /// Savings Plans rates: `region,instance_type,kind,term_years,payment,usd_per_hour,basis`
    #[arg(long, value_name = "CSV")]
    pub savings_plan_rates: Option<PathBuf>,
    /// Private discounts on On-Demand and Fargate prices: `service,instance_type_glob,discount`
    #[arg(long, value_name = "CSV")]
    pub rate_card: Option<PathBuf>,
}

impl From<&CatalogueFileArgs> for CatalogueFiles {
    fn from(args: &CatalogueFileArgs) -> Self {
        Self {
            directory: args.catalogue.clone(),
            instance_types: args.instance_types.clone(),
            on_demand_prices: args.on_demand_prices.clone(),
            spot_prices: args.spot_prices.clone(),
            spot_advisor: args.spot_advisor.clone(),
            zone_offerings: args.zone_offerings.clone(),
            fargate_prices: args.fargate_prices.clone(),
            fargate_sizes: args.fargate_sizes.clone(),
            other_prices: args.other_prices.clone(),
            managed_instances_fees: args.managed_instances_fees.clone(),
            savings_plan_rates: args.savings_plan_rates.clone(),
            rate_card: args.rate_card.clone(),
        }
    }
}
