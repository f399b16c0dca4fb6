//! Calls as data, and who answers them: AWS, a folder of recorded answers, or a test.

use serde_json::Value;

use super::actions::Action;
use super::errors::CallError;

/// A series that CloudWatch is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricQuery {
    /// Name of the series in the answer.
    pub id: String,
    /// Namespace of the metric.
    pub namespace: &'static str,
    /// Its name.
    pub metric: &'static str,
    /// `Maximum`, `Average` or `SampleCount`.
    pub stat: &'static str,
    /// Cluster and service.
    pub of: (String, String),
}

/// One page, or one batch, of a call that reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The call.
    pub action: Action,
    /// The cluster asked about, where the call is about one.
    pub cluster: Option<String>,
    /// What is asked about: names, ARNs or ids; none where everything is listed.
    pub about: Vec<String>,
    /// The versions asked for, of a launch template.
    pub versions: Vec<String>,
    /// The status asked for, of tasks: that which they are to have.
    pub status: Option<&'static str>,
    /// Where the page before this one ended.
    pub token: Option<String>,
    /// The series asked for, of CloudWatch.
    pub queries: Vec<MetricQuery>,
    /// From when to when, in seconds since 1970.
    pub between: Option<(i64, i64)>,
}

impl Call {
    /// A call about nothing in particular.
    pub const fn new(action: Action) -> Self {
        Self {
            action,
            cluster: None,
            about: Vec::new(),
            versions: Vec::new(),
            status: None,
            token: None,
            queries: Vec::new(),
            between: None,
        }
    }

    /// Within a cluster.
    #[must_use]
    pub fn in_cluster(mut self, cluster: &str) -> Self {
        self.cluster = Some(cluster.to_owned());
        self
    }

    /// About these names, ARNs or ids.
    #[must_use]
    pub fn about(mut self, about: &[String]) -> Self {
        self.about = about.to_vec();
        self
    }

    /// Of these versions.
    #[must_use]
    pub fn versions(mut self, versions: &[String]) -> Self {
        self.versions = versions.to_vec();
        self
    }

    /// Of this status.
    #[must_use]
    pub const fn of_status(mut self, status: &'static str) -> Self {
        self.status = Some(status);
        self
    }

    /// For these series, from one second since 1970 to before another.
    #[must_use]
    pub fn for_series(mut self, queries: &[MetricQuery], between: (i64, i64)) -> Self {
        self.queries = queries.to_vec();
        self.between = Some(between);
        self
    }

    /// The page after a token.
    #[must_use]
    pub fn after(mut self, token: String) -> Self {
        self.token = Some(token);
        self
    }
}

/// Who answers calls. An answer is JSON in the API's own keys, as the AWS CLI prints it, whole: what of it is kept is
/// decided by [`super::allowed`] alone.
pub trait Api {
    /// Makes one attempt.
    fn answer(&self, call: &Call) -> impl Future<Output = Result<Value, CallError>>;
}

/// The most things that one call may ask about. Source: API references.
pub const fn batch_size(action: Action) -> usize {
    match action {
        Action::DescribeServices => 10,
        Action::DescribeServiceRevisions => 20,
        Action::DescribeScalableTargets | Action::DescribeAutoScalingGroups => 50,
        Action::DescribeLaunchTemplateVersions => 200,
        _ => 100,
    }
}

/// The key of the list that an answer is about.
pub const fn list_key(action: Action) -> &'static str {
    match action {
        Action::DescribeClusters => "clusters",
        Action::ListServices => "serviceArns",
        Action::DescribeServices => "services",
        Action::DescribeTaskDefinition => "taskDefinition",
        Action::DescribeCapacityProviders => "capacityProviders",
        Action::ListContainerInstances => "containerInstanceArns",
        Action::DescribeContainerInstances => "containerInstances",
        Action::ListTasks => "taskArns",
        Action::DescribeTasks => "tasks",
        Action::ListAccountSettings => "settings",
        Action::DescribeAutoScalingGroups => "AutoScalingGroups",
        Action::DescribeLaunchTemplateVersions => "LaunchTemplateVersions",
        Action::DescribeInstances => "Reservations",
        Action::DescribeSubnets => "Subnets",
        Action::DescribeAvailabilityZones => "AvailabilityZones",
        Action::DescribeScalableTargets => "ScalableTargets",
        Action::DescribeInstanceTypes => "InstanceTypes",
        Action::DescribeInstanceTypeOfferings => "InstanceTypeOfferings",
        Action::DescribeSpotPriceHistory => "SpotPriceHistory",
        Action::GetProducts => "PriceList",
        Action::DescribeSavingsPlansOfferingRates => "searchResults",
        Action::ListServiceDeployments => "serviceDeployments",
        Action::DescribeServiceRevisions => "serviceRevisions",
        Action::GetMetricData => "MetricDataResults",
        // What changes something has no list, nor has a quota; names of objects are read elsewhere.
        Action::DescribeAccountLimits
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
        | Action::DeleteObject => "",
    }
}
