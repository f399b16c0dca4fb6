//! `DescribeInstanceTypes` to rows of instance types.
//!
//! The API does not say how many task interfaces a type has with trunking, nor whether today's ECS image runs on it: for
//! known types both stay as they were, for new ones no trunking is assumed, which a plan can only be dearer by.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::api::{AskError, CatalogueApi, LeftOut, Question, Request, each_row};
use super::sheet::{AS_OF, Row};

/// Headings of the file.
pub(super) const HEADINGS: [&str; 21] = [
    "instance_type",
    "vcpu",
    "memory_mib",
    "arch",
    "max_enis",
    "branch_enis",
    "branch_basis",
    "gpu_count",
    "gpu_name",
    "gpu_memory_mib",
    "instance_store_gb",
    "network_gbps",
    "current_generation",
    "burstable",
    "bare_metal",
    "hypervisor",
    "spot_supported",
    "ecs_image",
    "ebs_attachments",
    "ebs_limit",
    AS_OF,
];

/// What the API does not say, or says in other words: kept where the type is known.
pub(super) const KEPT: [&str; 6] = [
    "branch_enis",
    "branch_basis",
    "gpu_count",
    "gpu_name",
    "gpu_memory_mib",
    "ecs_image",
];

/// An instance type as the API describes it; of what it says, what packing needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    instance_type: String,
    v_cpu_info: VcpuInfo,
    memory_info: MemoryInfo,
    processor_info: ProcessorInfo,
    network_info: NetworkInfo,
    #[serde(default)]
    gpu_info: Option<GpuInfo>,
    #[serde(default)]
    instance_storage_info: Option<StorageInfo>,
    #[serde(default)]
    ebs_info: Option<EbsInfo>,
    #[serde(default)]
    current_generation: bool,
    #[serde(default)]
    burstable_performance_supported: bool,
    #[serde(default)]
    bare_metal: bool,
    #[serde(default)]
    hypervisor: Option<String>,
    #[serde(default)]
    supported_usage_classes: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct VcpuInfo {
    #[serde(rename = "DefaultVCpus")]
    default: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MemoryInfo {
    #[serde(rename = "SizeInMiB")]
    size: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessorInfo {
    #[serde(default)]
    supported_architectures: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInfo {
    #[serde(default)]
    maximum_network_interfaces: u64,
    #[serde(default)]
    network_cards: Option<Vec<NetworkCard>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkCard {
    #[serde(default)]
    maximum_network_interfaces: u64,
    #[serde(default)]
    baseline_bandwidth_in_gbps: Option<serde_json::Number>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GpuInfo {
    #[serde(default)]
    gpus: Vec<Gpu>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Gpu {
    #[serde(default)]
    name: String,
    #[serde(default)]
    manufacturer: String,
    #[serde(default)]
    count: u64,
    #[serde(default, rename = "GpuPartitionSize")]
    partition_size: Option<serde_json::Number>,
    #[serde(default)]
    memory_info: Option<MemoryInfo>,
}

impl Gpu {
    /// Whole devices of NVIDIA: others are no GPUs to ECS, and a part of one is none.
    fn whole(&self) -> u64 {
        let part = (self.partition_size.as_ref()).and_then(serde_json::Number::as_f64);
        let is_part = part.is_some_and(|size| size > 0.0 && size < 1.0);
        if self.manufacturer == "NVIDIA" && !is_part {
            self.count
        } else {
            0
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StorageInfo {
    #[serde(default, rename = "TotalSizeInGB")]
    total_size: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EbsInfo {
    #[serde(default)]
    maximum_ebs_attachments: Option<u64>,
    #[serde(default)]
    attachment_limit_type: Option<String>,
}

/// Asks for the types of a Region.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    left_out: &mut LeftOut,
) -> Result<Vec<Row>, AskError> {
    let request = Request {
        region: region.to_owned(),
        question: Question::InstanceTypes,
    };
    let mut rows = Vec::new();
    each_row(api, &request, left_out, |answer: Answer| {
        rows.extend(row(&answer)?);
        Ok(())
    })?;
    Ok(rows)
}

/// The row of a type; none for what runs no Linux that ECS has an agent for (Macs), an error where sizes are beyond reason.
fn row(of: &Answer) -> Result<Option<Row>, String> {
    let architecture = (of.processor_info.supported_architectures.iter())
        .find_map(|name| matches!(name.as_str(), "x86_64" | "arm64").then_some(name.as_str()));
    let Some(architecture) = architecture else {
        return Ok(None);
    };
    let beyond = |what: &str| format!("{what} of `{}` are beyond reason", of.instance_type);
    let gpus = of.gpu_info.as_ref().map_or(&[][..], |info| &info.gpus);
    let first = gpus.first();
    let gpu_name = first.map_or_else(String::new, |gpu| {
        format!("{} {}", gpu.manufacturer, gpu.name)
            .trim()
            .to_owned()
    });
    let gpu_memory = sum(gpus.iter().map(|gpu| {
        let each = gpu.memory_info.as_ref().map_or(0, |memory| memory.size);
        gpu.count.max(1).checked_mul(each)
    }));
    let gpu_memory = gpu_memory.ok_or_else(|| beyond("GPUs"))?;
    let whole_gpus = sum(gpus.iter().map(|gpu| Some(gpu.whole()))).ok_or_else(|| beyond("GPUs"))?;
    let network = &of.network_info;
    let interfaces = network.interfaces().ok_or_else(|| beyond("interfaces"))?;
    let gbps = network.gbps().ok_or_else(|| beyond("network cards"))?;
    let hypervisor = match (&of.hypervisor, of.bare_metal) {
        (_, true) | (None, _) => "none",
        (Some(name), false) => name.as_str(),
    };
    let ebs = of.ebs_info.as_ref();
    let is_spot = of
        .supported_usage_classes
        .iter()
        .any(|class| class == "spot");
    Ok(Some(vec![
        of.instance_type.clone(),
        of.v_cpu_info.default.to_string(),
        of.memory_info.size.to_string(),
        architecture.to_owned(),
        interfaces.to_string(),
        "0".to_owned(),
        "none".to_owned(),
        whole_gpus.to_string(),
        gpu_name,
        gpu_memory.to_string(),
        (of.instance_storage_info.as_ref())
            .map_or(0, |info| info.total_size)
            .to_string(),
        gbps,
        of.current_generation.to_string(),
        of.burstable_performance_supported.to_string(),
        of.bare_metal.to_string(),
        hypervisor.to_owned(),
        is_spot.to_string(),
        "al2023".to_owned(),
        ebs.and_then(|info| info.maximum_ebs_attachments)
            .map_or_else(String::new, |n| n.to_string()),
        ebs.and_then(|info| info.attachment_limit_type.clone())
            .unwrap_or_default(),
    ]))
}

/// The sum, where there is one.
fn sum(mut amounts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    amounts.try_fold(0_u64, |sum, amount| sum.checked_add(amount?))
}

impl NetworkInfo {
    /// Interfaces of all network cards.
    fn interfaces(&self) -> Option<u64> {
        let cards = self.network_cards.iter().flatten();
        let of_cards = sum(cards.map(|card| Some(card.maximum_network_interfaces)))?;
        Some(of_cards.max(self.maximum_network_interfaces))
    }

    /// Baseline of all network cards; 0 where the API does not say.
    fn gbps(&self) -> Option<String> {
        let cards = self.network_cards.iter().flatten();
        let mut bandwidths = cards.filter_map(|card| {
            card.baseline_bandwidth_in_gbps
                .as_ref()?
                .to_string()
                .parse::<Decimal>()
                .ok()
        });
        let total = bandwidths.try_fold(Decimal::ZERO, Decimal::checked_add)?;
        Some(total.normalize().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Option<String> {
        let answer: Answer = serde_json::from_str(text).expect("an answer");
        row(&answer).expect("sizes").map(|row| row.join(","))
    }

    #[test]
    fn a_type_is_what_the_api_says_of_it() {
        let general = r#"{"InstanceType": "m9g.large", "CurrentGeneration": true, "SupportedUsageClasses": ["on-demand", "spot"],
            "BareMetal": false, "Hypervisor": "nitro", "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
            "VCpuInfo": {"DefaultVCpus": 2}, "MemoryInfo": {"SizeInMiB": 8192}, "BurstablePerformanceSupported": false,
            "EbsInfo": {"MaximumEbsAttachments": 32, "AttachmentLimitType": "dedicated"},
            "NetworkInfo": {"MaximumNetworkInterfaces": 3, "NetworkCards": [
                {"MaximumNetworkInterfaces": 3, "BaselineBandwidthInGbps": 0.937}]}, "KeyOfTomorrow": {"a": 1}}"#;
        let expected = "m9g.large,2,8192,arm64,3,0,none,0,,0,0,0.937,true,false,false,nitro,true,al2023,32,dedicated";
        assert_eq!(cells(general).as_deref(), Some(expected));
    }

    #[test]
    fn gpus_are_whole_devices_of_nvidia_and_cards_add_up() {
        let gpu = |more: &str| {
            let text = format!(
                r#"{{"InstanceType": "g.metal", "BareMetal": true, "ProcessorInfo": {{"SupportedArchitectures": ["i386", "x86_64"]}},
                "VCpuInfo": {{"DefaultVCpus": 96}}, "MemoryInfo": {{"SizeInMiB": 1024}}, "InstanceStorageInfo": {{"TotalSizeInGB": 900}},
                "NetworkInfo": {{"MaximumNetworkInterfaces": 15, "NetworkCards": [
                    {{"MaximumNetworkInterfaces": 15, "BaselineBandwidthInGbps": 100.0}}, {{"MaximumNetworkInterfaces": 15, "BaselineBandwidthInGbps": 100.0}}]}},
                "GpuInfo": {{"Gpus": [{more}]}}}}"#
            );
            cells(&text).expect("a row")
        };
        assert_eq!(
            gpu(
                r#"{"Name": "L4", "Manufacturer": "NVIDIA", "Count": 4, "MemoryInfo": {"SizeInMiB": 22888}}"#
            ),
            "g.metal,96,1024,x86_64,30,0,none,4,NVIDIA L4,91552,900,200,false,false,true,none,false,al2023,,"
        );
        let part = gpu(
            r#"{"Name": "L4", "Manufacturer": "NVIDIA", "Count": 1, "GpuPartitionSize": 0.125}"#,
        );
        assert!(part.contains(",none,0,NVIDIA L4,"), "{part}");
        let other = gpu(r#"{"Name": "V520", "Manufacturer": "AMD", "Count": 1}"#);
        assert!(other.contains(",none,0,AMD V520,"), "{other}");
    }

    #[test]
    fn macs_are_left_out() {
        let mac = r#"{"InstanceType": "mac2.metal", "ProcessorInfo": {"SupportedArchitectures": ["arm64_mac"]},
            "VCpuInfo": {"DefaultVCpus": 8}, "MemoryInfo": {"SizeInMiB": 16384}, "NetworkInfo": {"MaximumNetworkInterfaces": 8}}"#;
        assert_eq!(cells(mac), None);
    }

    #[test]
    fn sizes_beyond_reason_are_no_row() {
        for more in [
            r#""GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA", "Count": 4, "MemoryInfo": {"SizeInMiB": 18446744073709551615}}]},
                "NetworkInfo": {"MaximumNetworkInterfaces": 3}"#,
            r#""NetworkInfo": {"NetworkCards": [{"MaximumNetworkInterfaces": 18446744073709551615}, {"MaximumNetworkInterfaces": 2}]}"#,
            r#""NetworkInfo": {"NetworkCards": [{"BaselineBandwidthInGbps": 9000000000000000000}, {"BaselineBandwidthInGbps": 9000000000000000000}],
                "MaximumNetworkInterfaces": 18446744073709551615}, "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA", "Count": 18446744073709551615},
                {"Manufacturer": "NVIDIA", "Count": 1}]}"#,
        ] {
            let text = format!(
                r#"{{"InstanceType": "odd.large", "ProcessorInfo": {{"SupportedArchitectures": ["arm64"]}},
                "VCpuInfo": {{"DefaultVCpus": 2}}, "MemoryInfo": {{"SizeInMiB": 8192}}, {more}}}"#
            );
            let answer: Answer = serde_json::from_str(&text).expect("an answer");
            let why = row(&answer).expect_err("no row");
            assert!(why.contains("of `odd.large` are beyond reason"), "{why}");
        }
    }
}
