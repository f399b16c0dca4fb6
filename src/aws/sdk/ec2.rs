//! Amazon EC2.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AvailabilityZone, Filter, Instance, LaunchTemplateVersion, Reservation, Subnet,
};
use serde_json::Value;

use super::{is_template_id, list, object, plain, some, text};
use crate::aws::call::Call;
use crate::aws::errors::CallError;

/// Versions of a template: `about` has its id, or its name where no id is known.
pub(super) async fn templates(client: &Client, call: &Call) -> Result<Value, CallError> {
    let template = call.about.first().cloned();
    let is_id = template.as_deref().is_some_and(is_template_id);
    let (id, name) = if is_id {
        (template, None)
    } else {
        (None, template)
    };
    let answer = client
        .describe_launch_template_versions()
        .set_launch_template_id(id)
        .set_launch_template_name(name)
        .set_versions(some(&call.versions))
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    Ok(object([
        (
            "LaunchTemplateVersions",
            list(answer.launch_template_versions.as_ref(), template_version),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

fn template_version(version: &LaunchTemplateVersion) -> Value {
    let data = version.launch_template_data().map(|data| {
        object([
            ("ImageId", text(data.image_id())),
            (
                "InstanceType",
                text(
                    data.instance_type()
                        .map(aws_sdk_ec2::types::InstanceType::as_str),
                ),
            ),
            (
                "InstanceRequirements",
                data.instance_requirements().map(|_| object([])),
            ),
            (
                "InstanceMarketOptions",
                data.instance_market_options().map(|options| {
                    object([(
                        "MarketType",
                        text(
                            options
                                .market_type()
                                .map(aws_sdk_ec2::types::MarketType::as_str),
                        ),
                    )])
                }),
            ),
        ])
    });
    object([
        ("LaunchTemplateId", text(version.launch_template_id())),
        ("LaunchTemplateName", text(version.launch_template_name())),
        ("VersionNumber", plain(version.version_number)),
        ("DefaultVersion", plain(version.default_version)),
        ("LaunchTemplateData", data),
    ])
}

/// Those of these ids that there are. Asked for by id, EC2 refuses all of them where one is gone, and ECS goes on showing
/// an instance that was terminated while it was stopped.
fn among(name: &str, ids: &[String]) -> Option<Vec<Filter>> {
    let filter = || Filter::builder().name(name).set_values(some(ids)).build();
    (!ids.is_empty()).then(|| vec![filter()])
}

pub(super) async fn instances(client: &Client, call: &Call) -> Result<Value, CallError> {
    let answer = client
        .describe_instances()
        .set_filters(among("instance-id", &call.about))
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    let reservation =
        |one: &Reservation| object([("Instances", list(one.instances.as_ref(), instance))]);
    Ok(object([
        (
            "Reservations",
            list(answer.reservations.as_ref(), reservation),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

fn instance(instance: &Instance) -> Value {
    let placement = instance.placement();
    object([
        ("InstanceId", text(instance.instance_id())),
        (
            "InstanceType",
            text(
                instance
                    .instance_type()
                    .map(aws_sdk_ec2::types::InstanceType::as_str),
            ),
        ),
        (
            "InstanceLifecycle",
            text(
                instance
                    .instance_lifecycle()
                    .map(aws_sdk_ec2::types::InstanceLifecycleType::as_str),
            ),
        ),
        (
            "Placement",
            placement.map(|place| object([("AvailabilityZone", text(place.availability_zone()))])),
        ),
    ])
}

pub(super) async fn subnets(client: &Client, call: &Call) -> Result<Value, CallError> {
    let answer = client
        .describe_subnets()
        .set_filters(among("subnet-id", &call.about))
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    let subnet = |one: &Subnet| {
        object([
            ("SubnetId", text(one.subnet_id())),
            ("AvailabilityZone", text(one.availability_zone())),
            ("AvailabilityZoneId", text(one.availability_zone_id())),
        ])
    };
    Ok(object([
        ("Subnets", list(answer.subnets.as_ref(), subnet)),
        ("NextToken", text(answer.next_token())),
    ]))
}

pub(super) async fn zones(client: &Client, call: &Call) -> Result<Value, CallError> {
    let answer = client
        .describe_availability_zones()
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    let zone = |one: &AvailabilityZone| {
        object([
            ("ZoneName", text(one.zone_name())),
            ("ZoneId", text(one.zone_id())),
        ])
    };
    Ok(object([(
        "AvailabilityZones",
        list(answer.availability_zones.as_ref(), zone),
    )]))
}
