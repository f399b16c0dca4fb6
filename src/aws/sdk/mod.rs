//! AWS itself answers: one client a service, one attempt a call.
//!
//! The SDK knows how to write ECS's answers as JSON again, so they come whole. Of the services that speak XML only what
//! [`super::allowed`] names is written.

mod anew;
mod auto_scaling;
mod catalogue;
mod cloudwatch;
mod ec2;
mod ecs;
mod lock;
mod objects;
mod quotas;
mod remember;
mod scaling;
mod write_auto_scaling;
mod write_ecs;
mod write_sizes;

use serde_json::{Map, Value};

pub use catalogue::SdkCatalogue;
pub use lock::Held;
pub use objects::{Bucket, Page};
pub use write_sizes::Definition;

use super::actions::Action;
use super::call::{Api, Call};
use super::connection::Connection;
use super::errors::CallError;
use crate::apply::change::Request;
use crate::apply::remembered::{Lost, Remembered};
use crate::apply::state::SizeState;

/// Whether a launch template is named by its id: a name may begin with the same letters. Source: Amazon EC2 User Guide,
/// "Resource IDs", which are 8 or 17 hexadecimal digits.
fn is_template_id(text: &str) -> bool {
    text.strip_prefix("lt-").is_some_and(|id| {
        [8, 17].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// AWS through its SDK.
#[derive(Debug, Clone)]
pub struct Sdk {
    ecs: aws_sdk_ecs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    ec2: aws_sdk_ec2::Client,
    auto_scaling: aws_sdk_autoscaling::Client,
    scaling: aws_sdk_applicationautoscaling::Client,
    quotas: aws_sdk_servicequotas::Client,
}

impl Sdk {
    /// Clients of a connection.
    pub fn new(connection: &Connection) -> Self {
        let config = connection.config();
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&connection.config_of_points()),
            ec2: aws_sdk_ec2::Client::new(config),
            auto_scaling: aws_sdk_autoscaling::Client::new(config),
            scaling: aws_sdk_applicationautoscaling::Client::new(config),
            quotas: aws_sdk_servicequotas::Client::new(config),
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
            Action::ListServiceDeployments => ecs::deployments(&self.ecs, call).await,
            Action::DescribeServiceRevisions => ecs::revisions(&self.ecs, call).await,
            Action::GetMetricData => cloudwatch::series(&self.cloudwatch, call).await,
            Action::DescribeScalableTargets => scaling::targets(&self.scaling, call).await,
            Action::DescribeInstanceTypes
            | Action::DescribeInstanceTypeOfferings
            | Action::DescribeSpotPriceHistory
            | Action::GetProducts
            | Action::DescribeSavingsPlansOfferingRates
            | Action::DescribeAccountLimits
            | Action::GetServiceQuota
            | Action::DescribeLifecycleHooks
            | Action::DescribePolicies
            | Action::DescribeScheduledActions
            | Action::DescribeNotificationConfigurations
            | Action::DescribeScalingActivities
            | Action::CreateAutoScalingGroup
            | Action::UpdateAutoScalingGroup
            | Action::CreateOrUpdateTags
            | Action::DeleteAutoScalingGroup
            | Action::SetInstanceProtection
            | Action::TerminateInstanceInAutoScalingGroup
            | Action::CreateCapacityProvider
            | Action::UpdateCapacityProvider
            | Action::DeleteCapacityProvider
            | Action::PutClusterCapacityProviders
            | Action::UpdateService
            | Action::RegisterTaskDefinition
            | Action::UpdateContainerInstancesState
            | Action::CreateLaunchTemplate
            | Action::CreateLaunchTemplateVersion
            | Action::DeleteLaunchTemplate
            | Action::ListBucket
            | Action::GetObject
            | Action::PutObject
            | Action::DeleteObject => Err(CallError::incomplete(
                call.action,
                "a place among the calls about a cluster",
            )),
        }
    }
}

/// What changes something, one attempt a call.
impl Sdk {
    /// Asks for a change. `group` is what the capacity provider's group is named by.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn ask(
        &self,
        cluster: &str,
        request: &Request,
        group: &str,
    ) -> Result<(), CallError> {
        let (ecs, groups) = (&self.ecs, &self.auto_scaling);
        match request {
            Request::CreateGroup(name, of) => {
                write_auto_scaling::create_group(groups, name, of).await
            }
            Request::UpdateGroup { name, from, to } => {
                write_auto_scaling::update_group(groups, name, from, to).await
            }
            Request::TagGroup(name) => write_auto_scaling::tag_group(groups, name).await,
            Request::DeleteGroup(name) => write_auto_scaling::delete_group(groups, name).await,
            Request::CreateProvider(name, of) => {
                write_ecs::create_provider(ecs, name, of, group, write_ecs::ours()).await
            }
            Request::UpdateProvider(name, of) => write_ecs::update_provider(ecs, name, of).await,
            Request::DeleteProvider(name) => write_ecs::delete_provider(ecs, name).await,
            Request::PutProviders(name, of) => write_ecs::put_providers(ecs, name, of).await,
            Request::UpdateService {
                service,
                strategy,
                placement,
            } => {
                let (strategy, placement) = (strategy.as_deref(), placement.as_deref());
                write_ecs::update_service(ecs, cluster, service, strategy, placement).await
            }
            // Two calls, each with a reading before it: whoever asks makes them.
            Request::Resize { .. } => Err(CallError::incomplete(
                Action::UpdateService,
                "a place among the requests of one call",
            )),
        }
    }

    /// What Auto Scaling says of the newest launch into a group, where it failed.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn failed_launch(&self, group: &str) -> Result<Option<String>, CallError> {
        auto_scaling::failed_launch(&self.auto_scaling, group).await
    }

    /// A group in whole; none where there is none.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn group_in_whole(&self, name: &str) -> Result<Option<Remembered>, CallError> {
        remember::group(&self.auto_scaling, name).await
    }

    /// The lifecycle hooks of a group that are not ECS's own, as a request that makes the group has them.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn hooks(&self, group: &str) -> Result<Value, CallError> {
        remember::hooks(&self.auto_scaling, group).await
    }

    /// What hangs on a group and does not come back with it, of the kind that a call lists.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn hanging(&self, action: Action, group: &str) -> Result<Vec<Lost>, CallError> {
        remember::hanging(&self.auto_scaling, action, group).await
    }

    /// A capacity provider in whole; none where there is none.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn provider_in_whole(&self, name: &str) -> Result<Option<Remembered>, CallError> {
        remember::provider(&self.ecs, name).await
    }

    /// Makes a group as it was.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn group_anew(&self, name: &str, request: &Value) -> Result<(), CallError> {
        anew::group(&self.auto_scaling, name, request).await
    }

    /// Makes a capacity provider as it was, of a group by its ARN.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn provider_anew(
        &self,
        name: &str,
        request: &Value,
        group: &str,
    ) -> Result<(), CallError> {
        anew::provider(&self.ecs, name, request, group).await
    }

    /// A task definition in whole, by its ARN or family; none where there is none.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn definition(&self, name: &str) -> Result<Option<Definition>, CallError> {
        write_sizes::definition(&self.ecs, name).await
    }

    /// Registers a task definition again with other sizes; the ARN of the new revision.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn register(&self, of: &Definition, to: &SizeState) -> Result<String, CallError> {
        write_sizes::register(&self.ecs, of, to).await
    }

    /// Deploys a service with a task definition.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn deploy(
        &self,
        cluster: &str,
        service: &str,
        definition: &str,
    ) -> Result<(), CallError> {
        write_sizes::deploy(&self.ecs, cluster, service, definition).await
    }

    /// Sets container instances to DRAINING or back to ACTIVE.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn set_state(
        &self,
        cluster: &str,
        arns: &[String],
        is_draining: bool,
    ) -> Result<(), CallError> {
        write_ecs::set_state(&self.ecs, cluster, arns, is_draining).await
    }

    /// Takes protection from scale-in off instances.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn unprotect(&self, group: &str, ids: &[String]) -> Result<(), CallError> {
        write_auto_scaling::unprotect(&self.auto_scaling, group, ids).await
    }

    /// Terminates an instance and lowers its group's desired capacity.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn terminate(&self, id: &str) -> Result<(), CallError> {
        write_auto_scaling::terminate(&self.auto_scaling, id).await
    }

    /// Creates a lock.
    ///
    /// # Errors
    /// Where it is there, or why the attempt failed.
    pub async fn lock(&self, name: &str, words: &str) -> Result<(), CallError> {
        lock::create(&self.ec2, name, words).await
    }

    /// Makes the next version of a lock; its number.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn renew(&self, name: &str, words: &str, token: &str) -> Result<i64, CallError> {
        lock::renew(&self.ec2, name, words, token).await
    }

    /// The lock as it stands; none where there is none.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn held(&self, name: &str) -> Result<Option<Held>, CallError> {
        lock::held(&self.ec2, name).await
    }

    /// Auto Scaling groups of the Region: how many there are, and how many may be.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn group_limits(&self) -> Result<(u64, u64), CallError> {
        quotas::group_limits(&self.auto_scaling).await
    }

    /// The value of a quota, by its service and code.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn quota(&self, service: &str, code: &str) -> Result<u64, CallError> {
        quotas::value(&self.quotas, service, code).await
    }

    /// Releases a lock.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn release(&self, name: &str) -> Result<(), CallError> {
        lock::release(&self.ec2, name).await
    }
}

/// A number as the SDK has it: AWS's own limits are far below its largest.
fn number(amount: u64) -> i32 {
    i32::try_from(amount).unwrap_or(i32::MAX)
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

#[cfg(test)]
mod tests {
    use super::is_template_id;

    #[test]
    fn a_name_that_begins_like_an_id_is_a_name() {
        assert!(is_template_id("lt-0a1b2c3d4e5f60718"));
        assert!(is_template_id("lt-0a1b2c3d"));
        for name in ["lt-00", "lt-web", "lt-nodes-production", "web"] {
            assert!(!is_template_id(name), "{name}");
        }
    }
}
