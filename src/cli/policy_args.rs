//! The policy's keys as flags. A flag replaces the file's key of the same name; the importer checks both alike.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Number, Value};

/// Whether a class of instance types may be used.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InclusionArg {
    /// Like any other type
    Included,
    /// Never
    Excluded,
    /// Only those
    Required,
}

/// What happens to today's instances.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepInstancesArg {
    /// Design the fleet anew
    None,
    /// They stay; plan additions only
    All,
}

/// Whether services may run on Fargate.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FargateArg {
    /// Each eligible service runs where it is cheaper
    Allowed,
    /// None does
    Forbidden,
    /// All do; no instance is bought
    Only,
}

/// How tasks of a service are spread over Availability Zones.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneSpreadArg {
    /// Counts of any two zones differ by at most 1
    Even,
    /// Anyhow
    Any,
}

/// Policy flags. The names of the fields are the keys of the file's `policy` in snake case.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "camelCase")]
#[command(next_help_heading = "Policy (each replaces the file's key of the same name)")]
pub struct PolicyArgs {
    /// Instance types that may be used, as globs such as `m7i.*,c7i.*` [default: all]
    #[arg(long, value_name = "GLOBS", value_delimiter = ',')]
    pub allowed_instance_types: Option<Vec<String>>,
    /// Instance types that may not be used, as globs [default: none]
    #[arg(long, value_name = "GLOBS", value_delimiter = ',')]
    pub excluded_instance_types: Option<Vec<String>>,
    /// Only types AWS calls current generation [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub current_generation_only: Option<bool>,
    /// Bare-metal types [default: excluded]
    #[arg(long, value_name = "WHETHER", hide_possible_values = false)]
    pub bare_metal: Option<InclusionArg>,
    /// Burstable types (t2, t3, t4g, …) [default: excluded]
    #[arg(long, value_name = "WHETHER")]
    pub burstable: Option<InclusionArg>,
    /// Ways of buying: `on-demand`, `spot` or both with a comma [default: on-demand]
    #[arg(long, value_name = "OPTIONS", value_delimiter = ',')]
    pub purchase_options: Option<Vec<String>>,
    /// Whether services may run on Fargate [default: forbidden]
    #[arg(long, value_name = "WHETHER")]
    pub fargate: Option<FargateArg>,
    /// Tasks of each service that must be On-Demand, at least [default: 0]
    #[arg(long, value_name = "N")]
    pub on_demand_base: Option<u64>,
    /// Largest share of each service's tasks on Spot, 0 to 1 [default: 1]
    #[arg(long, value_name = "FRACTION", value_parser = number, allow_negative_numbers = true)]
    pub spot_max_share: Option<Number>,
    /// Largest share of all tasks in one Spot pool (type and zone), 0 to 1 [default: 1]
    #[arg(long, value_name = "FRACTION", value_parser = number, allow_negative_numbers = true)]
    pub spot_max_share_per_pool: Option<Number>,
    /// Tasks of a service over zones [default: even where the file names zones]
    #[arg(long, value_name = "HOW")]
    pub zone_spread: Option<ZoneSpreadArg>,
    /// With any one zone gone, all tasks have a place on what remains [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub survive_zone_loss: Option<bool>,
    /// Room for the rollout of any one service at a time [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub deployment_surge: Option<bool>,
    /// Plan every count as ceil(n·(1 + PERCENT/100)) [default: 0]
    #[arg(long, value_name = "PERCENT", value_parser = number, allow_negative_numbers = true)]
    pub headroom_percent: Option<Number>,
    /// Today's instances [default: none]
    #[arg(long, value_name = "WHICH")]
    pub keep_instances: Option<KeepInstancesArg>,
    /// Most instances in the cluster [default: 5000]
    #[arg(long, value_name = "N")]
    pub max_instances: Option<u64>,
    /// Fewest instances in the cluster [default: 0]
    #[arg(long, value_name = "N")]
    pub min_instances: Option<u64>,
    /// Most distinct instance types [default: none]
    #[arg(long, value_name = "N")]
    pub max_instance_types: Option<u64>,
    /// Most Auto Scaling group providers of the realised plan [default: 6]
    #[arg(long, value_name = "N")]
    pub max_capacity_providers: Option<u64>,
    /// Smallest instance, in vCPUs [default: none]
    #[arg(long, value_name = "VCPUS")]
    pub min_vcpus: Option<u64>,
    /// Largest instance, in vCPUs [default: none]
    #[arg(long, value_name = "VCPUS")]
    pub max_vcpus: Option<u64>,
    /// Whether the account has opted in to ENI trunking [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub eni_trunking: Option<bool>,
    /// Memory the system keeps: `percent=P,fixedMib=M,perVcpuMib=M` or JSON [default: documented model]
    #[arg(long, value_name = "OVERHEAD", value_parser = memory_overhead)]
    pub memory_overhead: Option<Value>,
    /// CPU kept free on every instance, in CPU units (1024 = 1 vCPU) [default: 0]
    #[arg(long, value_name = "UNITS", value_parser = scalar)]
    pub reserved_cpu: Option<Value>,
    /// Memory kept free on every instance, in MiB [default: 0]
    #[arg(long, value_name = "MIB", value_parser = scalar)]
    pub reserved_memory: Option<Value>,
    /// gp3 root volume of every instance, in GiB [default: 30]
    #[arg(long, value_name = "GIB")]
    pub root_volume_gib: Option<u64>,
    /// Any other fee per instance, in USD per hour [default: 0]
    #[arg(long, value_name = "USD", value_parser = number, allow_negative_numbers = true)]
    pub instance_usd_per_hour: Option<Number>,
    /// Fraction off On-Demand EC2 prices, 0 to 1 [default: 0]
    #[arg(long, value_name = "FRACTION", value_parser = number, allow_negative_numbers = true)]
    pub savings_plan_discount: Option<Number>,
}

impl PolicyArgs {
    /// The flags that were given, under the names and in the form the cluster file has them.
    pub fn overrides(&self) -> Map<String, Value> {
        let value = serde_json::to_value(self).expect("flags are plain values");
        let Value::Object(mut map) = value else {
            unreachable!("a struct serialises to an object")
        };
        map.retain(|_, value| !value.is_null());
        map
    }
}

fn number(text: &str) -> Result<Number, String> {
    serde_json::from_str(text).map_err(|_| "not a number such as 0.25".to_owned())
}

/// A number or a boolean where the text is one, else the text.
#[expect(clippy::unnecessary_wraps, reason = "the signature clap asks for")]
fn scalar(text: &str) -> Result<Value, String> {
    Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// JSON, or `key=number` pairs with commas between them.
fn memory_overhead(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let mut map = Map::new();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("`{pair}` is not key=number, as in `percent=3,fixedMib=100`"))?;
        let key = key.trim().to_owned();
        if map
            .insert(key.clone(), Value::Number(number(value.trim())?))
            .is_some()
        {
            return Err(format!("`{key}` is given twice"));
        }
    }
    Ok(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::json;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        policy: PolicyArgs,
    }

    fn overrides(flags: &[&str]) -> Value {
        let line = std::iter::once("bayplan").chain(flags.iter().copied());
        Value::Object(Flags::parse_from(line).policy.overrides())
    }

    #[test]
    fn no_flag_overrides_nothing() {
        assert_eq!(overrides(&[]), json!({}));
    }

    #[test]
    fn flags_become_the_files_keys_and_values() {
        let given = overrides(&[
            "--allowed-instance-types=m7g.*,c7g.*",
            "--current-generation-only",
            "--eni-trunking=false",
            "--bare-metal=included",
            "--headroom-percent=12.5",
            "--keep-instances=all",
            "--min-vcpus=2",
            "--root-volume-gib=0",
            "--reserved-cpu=256",
            "--reserved-memory=1 GB",
            "--instance-usd-per-hour=0.0015",
            "--memory-overhead=percent=3,fixedMib=100",
        ]);
        assert_eq!(
            given,
            json!({
                "allowedInstanceTypes": ["m7g.*", "c7g.*"],
                "currentGenerationOnly": true,
                "bareMetal": "included",
                "headroomPercent": 12.5,
                "keepInstances": "all",
                "minVcpus": 2,
                "eniTrunking": false,
                "memoryOverhead": {"percent": 3, "fixedMib": 100},
                "rootVolumeGib": 0,
                "reservedCpu": 256,
                "reservedMemory": "1 GB",
                "instanceUsdPerHour": 0.0015,
            })
        );
    }

    #[test]
    fn how_to_buy_and_what_to_survive_are_flags_too() {
        let given = overrides(&[
            "--purchase-options=on-demand,spot",
            "--fargate=only",
            "--on-demand-base=2",
            "--spot-max-share=0.7",
            "--spot-max-share-per-pool=0.25",
            "--zone-spread=any",
            "--survive-zone-loss",
            "--deployment-surge=false",
            "--min-instances=3",
            "--max-instance-types=2",
            "--max-capacity-providers=4",
        ]);
        assert_eq!(
            given,
            json!({
                "purchaseOptions": ["on-demand", "spot"],
                "fargate": "only",
                "onDemandBase": 2,
                "spotMaxShare": 0.7,
                "spotMaxSharePerPool": 0.25,
                "zoneSpread": "any",
                "surviveZoneLoss": true,
                "deploymentSurge": false,
                "minInstances": 3,
                "maxInstanceTypes": 2,
                "maxCapacityProviders": 4,
            })
        );
    }

    #[test]
    fn a_repeated_or_bare_part_of_the_overhead_is_refused() {
        assert!(memory_overhead("percent=3,percent=4").is_err());
        assert!(memory_overhead("3").is_err());
        assert!(memory_overhead("percent=x").is_err());
        assert_eq!(
            memory_overhead("{\"percent\":1}"),
            Ok(json!({"percent": 1}))
        );
    }
}
