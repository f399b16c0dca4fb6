//! What a refresh of the catalogue asks, answered by AWS: a client a Region, one for prices and one for Savings Plans.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::time::SystemTime;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    AvailabilityZone, GpuDeviceInfo, InstanceTypeInfo, InstanceTypeOffering, LocationType,
    NetworkCardInfo, SpotPrice,
};
use aws_sdk_pricing::types::{Filter, FilterType};
use aws_sdk_savingsplans::types::{
    SavingsPlanOfferingRate, SavingsPlanOfferingRateProperty, SavingsPlanProductType,
    SavingsPlanRateFilterAttribute, SavingsPlanRateServiceCode, SavingsPlanType,
};
use jiff::Timestamp;
use serde_json::{Number, Value};
use tokio::runtime::Runtime;

use super::{list, object, plain, text};
use crate::aws::actions::Action;
use crate::aws::connection::Connection;
use crate::aws::errors::CallError;
use crate::aws::pace::{MachineClock, Pace};
use crate::refresh::{ApiFailure, CatalogueApi, Question, Request};

/// Rows of a page, as many as the APIs allow.
const PAGE: i32 = 100;
const LARGE_PAGE: i32 = 1000;
/// The Region that has the price list and Savings Plans.
const PRICES_REGION: &str = "us-east-1";

/// AWS, for a refresh of the catalogue.
#[derive(Debug)]
pub struct SdkCatalogue {
    runtime: Runtime,
    connection: Connection,
    regions: RefCell<BTreeMap<String, Client>>,
    pricing: aws_sdk_pricing::Client,
    savings_plans: aws_sdk_savingsplans::Client,
    pace: Pace<MachineClock>,
}

impl SdkCatalogue {
    /// Clients of a connection, that call at a pace.
    ///
    /// # Errors
    /// When the system gives no event queue.
    pub fn new(connection: Connection, pace: Pace<MachineClock>) -> io::Result<Self> {
        let prices = connection.in_region(PRICES_REGION);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            pricing: aws_sdk_pricing::Client::new(prices.config()),
            savings_plans: aws_sdk_savingsplans::Client::new(prices.config()),
            regions: RefCell::default(),
            connection,
            pace,
        })
    }

    fn ec2(&self, region: &str) -> Client {
        let mut regions = self.regions.borrow_mut();
        let client = regions
            .entry(region.to_owned())
            .or_insert_with(|| Client::new(self.connection.in_region(region).config()));
        client.clone()
    }

    async fn attempt(&self, request: &Request, token: Option<&str>) -> Result<Value, CallError> {
        let region = request.region.as_str();
        let token = token.map(str::to_owned);
        match &request.question {
            Question::InstanceTypes => instance_types(&self.ec2(region), token).await,
            Question::Offerings => offerings(&self.ec2(region), token).await,
            Question::Zones => zones(&self.ec2(region)).await,
            Question::SpotPrices { since, until } => {
                spot_prices(&self.ec2(region), (*since, *until), token).await
            }
            Question::Products { service, filters } => {
                products(&self.pricing, service, filters, token).await
            }
            Question::SavingsPlanRates => rates(&self.savings_plans, region, token).await,
        }
    }
}

impl CatalogueApi for SdkCatalogue {
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure> {
        let action = action(&request.question);
        let attempt = async || {
            let answer = self.attempt(request, token).await?;
            // An empty list is there; an answer without one is no answer, and is asked for again.
            let key = request.question.list_key();
            if answer.get(key).is_some_and(Value::is_array) {
                Ok(answer)
            } else {
                Err(CallError::incomplete(action, format!("`{key}`")))
            }
        };
        let call = self.pace.call(action, attempt);
        self.runtime.block_on(call).map_err(|error| ApiFailure {
            message: error.to_string(),
            is_refused: error.is_refused(),
        })
    }
}

const fn action(question: &Question) -> Action {
    match question {
        Question::InstanceTypes => Action::DescribeInstanceTypes,
        Question::Offerings => Action::DescribeInstanceTypeOfferings,
        Question::Zones => Action::DescribeAvailabilityZones,
        Question::SpotPrices { .. } => Action::DescribeSpotPriceHistory,
        Question::Products { .. } => Action::GetProducts,
        Question::SavingsPlanRates => Action::DescribeSavingsPlansOfferingRates,
    }
}

async fn instance_types(client: &Client, token: Option<String>) -> Result<Value, CallError> {
    let answer = client
        .describe_instance_types()
        .max_results(PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeInstanceTypes, &error))?;
    Ok(object([
        (
            "InstanceTypes",
            list(answer.instance_types.as_ref(), instance_type),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

fn instance_type(of: &InstanceTypeInfo) -> Value {
    let names = |names: Vec<String>| Some(Value::from(names));
    let architectures = (of.processor_info()).map(|info| {
        let of = info.supported_architectures().iter();
        object([(
            "SupportedArchitectures",
            names(of.map(|name| name.as_str().to_owned()).collect()),
        )])
    });
    let classes = of.supported_usage_classes().iter();
    let storage = of.instance_storage_info();
    let gpus = of
        .gpu_info()
        .map(|info| object([("Gpus", list(info.gpus.as_ref(), gpu))]));
    let ebs = of.ebs_info().map(|info| {
        object([
            ("MaximumEbsAttachments", plain(info.maximum_ebs_attachments)),
            (
                "AttachmentLimitType",
                text(
                    info.attachment_limit_type()
                        .map(aws_sdk_ec2::types::AttachmentLimitType::as_str),
                ),
            ),
        ])
    });
    let network = of.network_info().map(|info| {
        object([
            (
                "MaximumNetworkInterfaces",
                plain(info.maximum_network_interfaces),
            ),
            ("NetworkCards", list(info.network_cards.as_ref(), card)),
        ])
    });
    object([
        (
            "InstanceType",
            text(
                of.instance_type()
                    .map(aws_sdk_ec2::types::InstanceType::as_str),
            ),
        ),
        (
            "VCpuInfo",
            of.v_cpu_info()
                .map(|info| object([("DefaultVCpus", plain(info.default_v_cpus))])),
        ),
        (
            "MemoryInfo",
            of.memory_info()
                .map(|info| object([("SizeInMiB", plain(info.size_in_mib))])),
        ),
        ("ProcessorInfo", architectures),
        ("NetworkInfo", network),
        ("GpuInfo", gpus),
        (
            "InstanceStorageInfo",
            storage.map(|info| object([("TotalSizeInGB", plain(info.total_size_in_gb))])),
        ),
        ("EbsInfo", ebs),
        ("CurrentGeneration", plain(of.current_generation)),
        (
            "BurstablePerformanceSupported",
            plain(of.burstable_performance_supported),
        ),
        ("BareMetal", plain(of.bare_metal)),
        (
            "Hypervisor",
            text(
                of.hypervisor()
                    .map(aws_sdk_ec2::types::InstanceTypeHypervisor::as_str),
            ),
        ),
        (
            "SupportedUsageClasses",
            names(classes.map(|name| name.as_str().to_owned()).collect()),
        ),
    ])
}

fn gpu(gpu: &GpuDeviceInfo) -> Value {
    object([
        ("Name", text(gpu.name())),
        ("Manufacturer", text(gpu.manufacturer())),
        ("Count", plain(gpu.count)),
        ("GpuPartitionSize", number(gpu.gpu_partition_size)),
        (
            "MemoryInfo",
            gpu.memory_info()
                .map(|info| object([("SizeInMiB", plain(info.size_in_mib))])),
        ),
    ])
}

fn card(card: &NetworkCardInfo) -> Value {
    object([
        (
            "MaximumNetworkInterfaces",
            plain(card.maximum_network_interfaces),
        ),
        (
            "BaselineBandwidthInGbps",
            number(card.baseline_bandwidth_in_gbps),
        ),
    ])
}

/// A number that JSON can say.
fn number(value: Option<f64>) -> Option<Value> {
    value.and_then(Number::from_f64).map(Value::Number)
}

async fn offerings(client: &Client, token: Option<String>) -> Result<Value, CallError> {
    let answer = client
        .describe_instance_type_offerings()
        .location_type(LocationType::AvailabilityZoneId)
        .max_results(LARGE_PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeInstanceTypeOfferings, &error))?;
    let offering = |one: &InstanceTypeOffering| {
        object([
            (
                "InstanceType",
                text(
                    one.instance_type()
                        .map(aws_sdk_ec2::types::InstanceType::as_str),
                ),
            ),
            ("Location", text(one.location())),
        ])
    };
    Ok(object([
        (
            "InstanceTypeOfferings",
            list(answer.instance_type_offerings.as_ref(), offering),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

async fn zones(client: &Client) -> Result<Value, CallError> {
    let answer = client
        .describe_availability_zones()
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeAvailabilityZones, &error))?;
    let zone = |one: &AvailabilityZone| {
        object([
            ("ZoneName", text(one.zone_name())),
            ("ZoneId", text(one.zone_id())),
            ("ZoneType", text(one.zone_type())),
        ])
    };
    Ok(object([(
        "AvailabilityZones",
        list(answer.availability_zones.as_ref(), zone),
    )]))
}

async fn spot_prices(
    client: &Client,
    (since, until): (Timestamp, Timestamp),
    token: Option<String>,
) -> Result<Value, CallError> {
    let at = |time: Timestamp| DateTime::from(SystemTime::from(time));
    let answer = client
        .describe_spot_price_history()
        .product_descriptions("Linux/UNIX")
        .start_time(at(since))
        .end_time(at(until))
        .max_results(LARGE_PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeSpotPriceHistory, &error))?;
    let change = |one: &SpotPrice| {
        let time = (one.timestamp()).and_then(|time| Timestamp::from_second(time.secs()).ok());
        object([
            ("AvailabilityZone", text(one.availability_zone())),
            ("AvailabilityZoneId", text(one.availability_zone_id())),
            (
                "InstanceType",
                text(
                    one.instance_type()
                        .map(aws_sdk_ec2::types::InstanceType::as_str),
                ),
            ),
            (
                "ProductDescription",
                text(
                    one.product_description()
                        .map(aws_sdk_ec2::types::RiProductDescription::as_str),
                ),
            ),
            ("SpotPrice", text(one.spot_price())),
            ("Timestamp", text(time.map(|time| time.to_string()))),
        ])
    };
    Ok(object([
        (
            "SpotPriceHistory",
            list(answer.spot_price_history.as_ref(), change),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

async fn products(
    client: &aws_sdk_pricing::Client,
    service: &str,
    filters: &[(&'static str, String)],
    token: Option<String>,
) -> Result<Value, CallError> {
    let mut wanted = Vec::new();
    for (field, value) in filters {
        let filter = Filter::builder()
            .r#type(FilterType::TermMatch)
            .field(*field)
            .value(value)
            .build()
            .map_err(|error| CallError::incomplete(Action::GetProducts, error.to_string()))?;
        wanted.push(filter);
    }
    let answer = client
        .get_products()
        .service_code(service)
        .set_filters(Some(wanted))
        .max_results(PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| CallError::of(Action::GetProducts, &error))?;
    Ok(object([
        ("PriceList", answer.price_list.clone().map(Value::from)),
        ("NextToken", text(answer.next_token())),
    ]))
}

async fn rates(
    client: &aws_sdk_savingsplans::Client,
    region: &str,
    token: Option<String>,
) -> Result<Value, CallError> {
    use aws_sdk_savingsplans::types::SavingsPlanOfferingRateFilterElement as Element;
    let filter = |name: SavingsPlanRateFilterAttribute, value: &str| {
        Element::builder().name(name).values(value).build()
    };
    let answer = client
        .describe_savings_plans_offering_rates()
        .savings_plan_types(SavingsPlanType::Compute)
        .savings_plan_types(SavingsPlanType::Ec2Instance)
        .products(SavingsPlanProductType::Ec2)
        .service_codes(SavingsPlanRateServiceCode::Ec2)
        .filters(filter(SavingsPlanRateFilterAttribute::Region, region))
        .filters(filter(
            SavingsPlanRateFilterAttribute::ProductDescription,
            "Linux/UNIX",
        ))
        .filters(filter(SavingsPlanRateFilterAttribute::Tenancy, "shared"))
        .max_results(LARGE_PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeSavingsPlansOfferingRates, &error))?;
    Ok(object([
        ("searchResults", list(answer.search_results.as_ref(), rate)),
        ("nextToken", text(answer.next_token())),
    ]))
}

fn rate(rate: &SavingsPlanOfferingRate) -> Value {
    let offering = rate.savings_plan_offering().map(|offering| {
        object([
            (
                "paymentOption",
                text(
                    offering
                        .payment_option()
                        .map(aws_sdk_savingsplans::types::SavingsPlanPaymentOption::as_str),
                ),
            ),
            (
                "planType",
                text(offering.plan_type().map(SavingsPlanType::as_str)),
            ),
            ("durationSeconds", plain(Some(offering.duration_seconds()))),
            (
                "currency",
                text(
                    offering
                        .currency()
                        .map(aws_sdk_savingsplans::types::CurrencyCode::as_str),
                ),
            ),
        ])
    });
    let property = |one: &SavingsPlanOfferingRateProperty| {
        object([("name", text(one.name())), ("value", text(one.value()))])
    };
    object([
        ("savingsPlanOffering", offering),
        ("rate", text(rate.rate())),
        (
            "unit",
            text(
                rate.unit()
                    .map(aws_sdk_savingsplans::types::SavingsPlanRateUnit::as_str),
            ),
        ),
        ("usageType", text(rate.usage_type())),
        ("properties", list(rate.properties.as_ref(), property)),
    ])
}
