//! Answers about two Regions, small and of the APIs' real shape, in a folder as `RecordedAnswers` reads it.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::refresh::answers::RecordedAnswers;

/// The Regions: one that is embedded, one that is not.
pub const REGIONS: [&str; 2] = ["us-east-1", "test-north-1"];

/// When the answers of before were read, and those of now.
pub const BEFORE: &str = "2026-10-01T12:00:00Z";
pub const NOW: &str = "2026-11-29T12:00:00Z";

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn regions() -> Vec<String> {
    REGIONS.map(str::to_owned).to_vec()
}

/// Answers in a folder that lives as long as they do.
pub struct Answers {
    pub folder: TempDir,
    pub api: RecordedAnswers,
}

/// Answers in which m5.large costs `m5_large`, on the day of `until`.
pub fn answers(m5_large: &str, until: &str) -> Answers {
    let folder = tempfile::tempdir().expect("a folder");
    for region in REGIONS {
        let own = folder.path().join(region);
        fs::create_dir(&own).expect("a folder");
        for (name, answer) in of_region(region, m5_large, until) {
            write(&own, name, &answer);
        }
    }
    let api = RecordedAnswers::new(folder.path());
    Answers { folder, api }
}

pub fn write(folder: &Path, name: &str, answer: &Value) {
    let path = folder.join(format!("{name}.json"));
    fs::write(path, answer.to_string()).expect("written");
}

fn of_region(region: &str, m5_large: &str, until: &str) -> Vec<(&'static str, Value)> {
    let (zone, id) = (format!("{region}a"), format!("{}-az1", &region[..4]));
    let day = &until[..10];
    let change = |name: &str, usd: &str, at: &str| {
        json!({"AvailabilityZone": zone, "InstanceType": name, "ProductDescription": "Linux/UNIX",
            "SpotPrice": usd, "Timestamp": at})
    };
    let local = change("m5.large", "9.0", "2026-01-01T00:00:00Z");
    let mut elsewhere = local.clone();
    elsewhere["AvailabilityZone"] = json!("somewhere-1-city-1a");
    let mut windows = local;
    windows["ProductDescription"] = json!("Windows");
    vec![
        (
            "DescribeInstanceTypes",
            json!({"InstanceTypes": [instance_type("m5.large", 2)], "NextToken": "more"}),
        ),
        (
            "DescribeInstanceTypes.more",
            json!({"InstanceTypes": [instance_type("m99.large", 4)], "NextToken": ""}),
        ),
        (
            "DescribeAvailabilityZones",
            json!({"AvailabilityZones": [
                {"ZoneName": zone, "ZoneId": id, "ZoneType": "availability-zone", "State": "available"},
                {"ZoneName": "somewhere-1-city-1a", "ZoneId": "city-az1", "ZoneType": "local-zone"}]}),
        ),
        (
            "DescribeInstanceTypeOfferings",
            json!({"InstanceTypeOfferings": [
                {"InstanceType": "m5.large", "LocationType": "availability-zone-id", "Location": id},
                {"InstanceType": "m99.large", "LocationType": "availability-zone-id", "Location": id},
                {"InstanceType": "m5.large", "LocationType": "availability-zone-id", "Location": "city-az1"}]}),
        ),
        (
            "DescribeSpotPriceHistory",
            json!({"SpotPriceHistory": [
                change("m5.large", "0.040000", &format!("{day}T00:00:00Z")),
                change("m5.large", "0.020000", "2026-01-01T00:00:00Z"),
                change("m99.large", "0.050000", "2026-01-01T00:00:00Z"), elsewhere, windows]}),
        ),
        (
            "GetProducts-AmazonEC2",
            json!({"FormatVersion": "aws_v1", "PriceList": [
                ec2(region, "m5.large", "BoxUsage:m5.large", m5_large),
                ec2(region, "m99.large", "TST1-BoxUsage:m99.large", "0.1512500000"),
                ec2(region, "m5.large", "UnusedBox:m5.large", "0.0000000000"),
                ec2(region, "m5.large", "Reservation:m5.large", "7.0000000000")]}),
        ),
        (
            "GetProducts-AmazonEC2-Storage",
            json!({"PriceList": [product(region, "Storage", "TST1-EBS:VolumeUsage.gp3", &json!({"volumeApiName": "gp3"}), "GB-Mo", "0.0850000000")]}),
        ),
        ("GetProducts-AmazonECS", json!({"PriceList": ecs(region)})),
        (
            "DescribeSavingsPlansOfferingRates",
            json!({"searchResults": [rate(region, "Compute", "No Upfront", 31_536_000, "BoxUsage:m5.large", "Hrs", "0.0700"),
                rate(region, "EC2Instance", "All Upfront", 94_608_000, "BoxUsage:m5.large", "Hrs", "0.0410"),
                rate(region, "Compute", "No Upfront", 31_536_000, "Fargate-GB-Hours", "GB-Hours", "0.0030")], "nextToken": ""}),
        ),
    ]
}

fn instance_type(name: &str, vcpus: u64) -> Value {
    json!({"InstanceType": name, "CurrentGeneration": true, "SupportedUsageClasses": ["on-demand", "spot"],
        "BareMetal": false, "Hypervisor": "nitro", "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": vcpus}, "MemoryInfo": {"SizeInMiB": 8192}, "BurstablePerformanceSupported": false,
        "EbsInfo": {"MaximumEbsAttachments": 27, "AttachmentLimitType": "shared"},
        "NetworkInfo": {"MaximumNetworkInterfaces": 3, "NetworkCards": [
            {"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 3, "BaselineBandwidthInGbps": 0.75}]}})
}

/// A product as the price list has it: JSON in a text.
fn product(region: &str, family: &str, usage: &str, more: &Value, unit: &str, usd: &str) -> Value {
    let mut attributes =
        json!({"regionCode": region, "usagetype": usage, "locationType": "AWS Region"});
    for (name, value) in more.as_object().into_iter().flatten() {
        attributes[name] = value.clone();
    }
    let document = json!({"product": {"productFamily": family, "attributes": attributes, "sku": usage},
        "serviceCode": "X", "version": "1", "publicationDate": "2026-11-01T00:00:00Z",
        "terms": {"OnDemand": {"T": {"sku": usage, "offerTermCode": "JRTCKXETXF", "priceDimensions": {"T.D": {
            "unit": unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}}}}}}});
    Value::String(document.to_string())
}

fn ec2(region: &str, name: &str, usage: &str, usd: &str) -> Value {
    let attributes = json!({"instanceType": name, "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA",
        "capacitystatus": "Used", "operation": "RunInstances", "marketoption": "OnDemand"});
    product(region, "Compute Instance", usage, &attributes, "Hrs", usd)
}

fn ecs(region: &str) -> Vec<Value> {
    let price =
        |usage: &str, usd: &str| product(region, "Compute", usage, &json!({}), "hours", usd);
    vec![
        price("TST1-Fargate-vCPU-Hours:perCPU", "0.0404800000"),
        price("TST1-Fargate-GB-Hours", "0.0044450000"),
        price("TST1-Fargate-ARM-vCPU-Hours:perCPU", "0.0323800000"),
        price("TST1-Fargate-ARM-GB-Hours", "0.0035600000"),
        price("TST1-Fargate-Windows-vCPU-Hours:perCPU", "0.0900000000"),
        price("TST1-Fargate-EphemeralStorage-GB-Hours", "0.0001110000"),
        price(
            "TST1-ECS-Managed-Instances:m5.large-management-hours",
            "0.0115200000",
        ),
    ]
}

fn rate(
    region: &str,
    plan: &str,
    payment: &str,
    seconds: u64,
    usage: &str,
    unit: &str,
    usd: &str,
) -> Value {
    json!({"savingsPlanOffering": {"offeringId": "x", "paymentOption": payment, "planType": plan,
            "durationSeconds": seconds, "currency": "USD"},
        "rate": usd, "unit": unit, "productType": "EC2", "serviceCode": "AmazonEC2", "usageType": usage,
        "properties": [{"name": "region", "value": region}, {"name": "instanceType", "value": "m5.large"},
            {"name": "productDescription", "value": "Linux/UNIX"}, {"name": "tenancy", "value": "shared"}]})
}
