//! AWS itself answers: one client a service, one attempt a call.
//!
//! The SDK knows how to write ECS's answers as JSON again, so they come whole. Of the services that speak XML only what
//! [`super::allowed`] names is written.

mod auto_scaling;
mod catalogue;
mod ec2;
mod ecs;
mod scaling;

use serde_json::{Map, Value};

pub use catalogue::SdkCatalogue;

use super::actions::Action;
use super::call::{Api, Call};
use super::connection::Connection;
use super::errors::CallError;

/// AWS through its SDK.
#[derive(Debug, Clone)]
pub struct Sdk {
    ecs: aws_sdk_ecs::Client,
    ec2: aws_sdk_ec2::Client,
    auto_scaling: aws_sdk_autoscaling::Client,
    scaling: aws_sdk_applicationautoscaling::Client,
}

impl Sdk {
    /// Clients of a connection.
    pub fn new(connection: &Connection) -> Self {
        let config = connection.config();
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            auto_scaling: aws_sdk_autoscaling::Client::new(config),
            scaling: aws_sdk_applicationautoscaling::Client::new(config),
        }
    }
}

impl Api for Sdk {
    async fn answer(&self, call: &Call) -> Result<Value, CallError> {
        match call.action {
            Action::DescribeClusters => ecs::clusters(&self.ecs, call).await,
            Action::ListServices => ecs::list_services(&self.ecs, call).await,
            Action::DescribeServices => ecs::services(&self.ecs, call).await,
            Action::DescribeTaskDefinition => ecs::task_definition(&self.ecs, call).await,
            Action::DescribeCapacityProviders => ecs::capacity_providers(&self.ecs, call).await,
            Action::ListContainerInstances => ecs::list_instances(&self.ecs, call).await,
            Action::DescribeContainerInstances => ecs::instances(&self.ecs, call).await,
            Action::ListTasks => ecs::list_tasks(&self.ecs, call).await,
            Action::DescribeTasks => ecs::tasks(&self.ecs, call).await,
            Action::ListAccountSettings => ecs::settings(&self.ecs, call).await,
            Action::DescribeAutoScalingGroups => {
                auto_scaling::groups(&self.auto_scaling, call).await
            }
            Action::DescribeLaunchTemplateVersions => ec2::templates(&self.ec2, call).await,
            Action::DescribeInstances => ec2::instances(&self.ec2, call).await,
            Action::DescribeSubnets => ec2::subnets(&self.ec2, call).await,
            Action::DescribeAvailabilityZones => ec2::zones(&self.ec2, call).await,
            Action::DescribeScalableTargets => scaling::targets(&self.scaling, call).await,
            Action::DescribeInstanceTypes
            | Action::DescribeInstanceTypeOfferings
            | Action::DescribeSpotPriceHistory
            | Action::GetProducts
            | Action::DescribeSavingsPlansOfferingRates => Err(CallError::incomplete(
                call.action,
                "a place among the calls about a cluster",
            )),
        }
    }
}

/// A list that the SDK may be given: none where nothing is asked about.
fn some(about: &[String]) -> Option<Vec<String>> {
    (!about.is_empty()).then(|| about.to_vec())
}

/// An object of the keys that have a value.
fn object<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let known = pairs.into_iter();
    let known = known.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

/// A list of objects.
fn list<T>(items: Option<&Vec<T>>, of: impl Fn(&T) -> Value) -> Option<Value> {
    Some(items?.iter().map(of).collect())
}

/// A text, where there is one.
fn text(value: Option<impl AsRef<str>>) -> Option<Value> {
    value.map(|text| Value::from(text.as_ref()))
}

/// A number or a switch, where there is one.
fn plain(value: Option<impl Into<Value>>) -> Option<Value> {
    value.map(Into::into)
}
