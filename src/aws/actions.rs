//! Every API call that bayplan may make: its IAM action and the row of AWS's throttling tables that it counts to.
//!
//! A call that is not listed here cannot be made, because whoever makes one has to name its action; `data/iam` is
//! compared with this list both ways.

use std::fmt;

use super::buckets::Row;

/// An API call, by the name that IAM has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `ecs:DescribeClusters`.
    DescribeClusters,
    /// `ecs:ListServices`.
    ListServices,
    /// `ecs:DescribeServices`.
    DescribeServices,
    /// `ecs:DescribeTaskDefinition`.
    DescribeTaskDefinition,
    /// `ecs:DescribeCapacityProviders`.
    DescribeCapacityProviders,
    /// `ecs:ListContainerInstances`.
    ListContainerInstances,
    /// `ecs:DescribeContainerInstances`.
    DescribeContainerInstances,
    /// `ecs:ListTasks`.
    ListTasks,
    /// `ecs:DescribeTasks`.
    DescribeTasks,
    /// `ecs:ListAccountSettings`.
    ListAccountSettings,
    /// `autoscaling:DescribeAutoScalingGroups`.
    DescribeAutoScalingGroups,
    /// `ec2:DescribeLaunchTemplateVersions`.
    DescribeLaunchTemplateVersions,
    /// `ec2:DescribeInstances`.
    DescribeInstances,
    /// `ec2:DescribeSubnets`.
    DescribeSubnets,
    /// `ec2:DescribeAvailabilityZones`.
    DescribeAvailabilityZones,
    /// `application-autoscaling:DescribeScalableTargets`.
    DescribeScalableTargets,
    /// `ec2:DescribeInstanceTypes`.
    DescribeInstanceTypes,
    /// `ec2:DescribeInstanceTypeOfferings`.
    DescribeInstanceTypeOfferings,
    /// `ec2:DescribeSpotPriceHistory`.
    DescribeSpotPriceHistory,
    /// `pricing:GetProducts`.
    GetProducts,
    /// `savingsplans:DescribeSavingsPlansOfferingRates`.
    DescribeSavingsPlansOfferingRates,
    /// `autoscaling:CreateAutoScalingGroup`.
    CreateAutoScalingGroup,
    /// `autoscaling:UpdateAutoScalingGroup`.
    UpdateAutoScalingGroup,
    /// `autoscaling:CreateOrUpdateTags`.
    CreateOrUpdateTags,
    /// `autoscaling:DeleteAutoScalingGroup`.
    DeleteAutoScalingGroup,
    /// `autoscaling:SetInstanceProtection`.
    SetInstanceProtection,
    /// `autoscaling:TerminateInstanceInAutoScalingGroup`.
    TerminateInstanceInAutoScalingGroup,
    /// `ecs:CreateCapacityProvider`.
    CreateCapacityProvider,
    /// `ecs:UpdateCapacityProvider`.
    UpdateCapacityProvider,
    /// `ecs:DeleteCapacityProvider`.
    DeleteCapacityProvider,
    /// `ecs:PutClusterCapacityProviders`.
    PutClusterCapacityProviders,
    /// `ecs:UpdateService`.
    UpdateService,
    /// `ecs:RegisterTaskDefinition`.
    RegisterTaskDefinition,
    /// `ecs:UpdateContainerInstancesState`.
    UpdateContainerInstancesState,
    /// `ecs:ListServiceDeployments`.
    ListServiceDeployments,
    /// `autoscaling:DescribeAccountLimits`.
    DescribeAccountLimits,
    /// `servicequotas:GetServiceQuota`.
    GetServiceQuota,
    /// `autoscaling:DescribeLifecycleHooks`.
    DescribeLifecycleHooks,
    /// `autoscaling:DescribePolicies`.
    DescribePolicies,
    /// `autoscaling:DescribeScheduledActions`.
    DescribeScheduledActions,
    /// `autoscaling:DescribeNotificationConfigurations`.
    DescribeNotificationConfigurations,
    /// `autoscaling:DescribeScalingActivities`.
    DescribeScalingActivities,
    /// `ecs:DescribeServiceRevisions`.
    DescribeServiceRevisions,
    /// `cloudwatch:GetMetricData`.
    GetMetricData,
    /// `ec2:CreateLaunchTemplate`.
    CreateLaunchTemplate,
    /// `ec2:CreateLaunchTemplateVersion`.
    CreateLaunchTemplateVersion,
    /// `ec2:DeleteLaunchTemplate`.
    DeleteLaunchTemplate,
    /// `s3:ListBucket`, which the API calls `ListObjectsV2`.
    ListBucket,
    /// `s3:GetObject`.
    GetObject,
    /// `s3:PutObject`.
    PutObject,
    /// `s3:DeleteObject`.
    DeleteObject,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 51] = [
        Self::DescribeClusters,
        Self::ListServices,
        Self::DescribeServices,
        Self::DescribeTaskDefinition,
        Self::DescribeCapacityProviders,
        Self::ListContainerInstances,
        Self::DescribeContainerInstances,
        Self::ListTasks,
        Self::DescribeTasks,
        Self::ListAccountSettings,
        Self::DescribeAutoScalingGroups,
        Self::DescribeLaunchTemplateVersions,
        Self::DescribeInstances,
        Self::DescribeSubnets,
        Self::DescribeAvailabilityZones,
        Self::DescribeScalableTargets,
        Self::DescribeInstanceTypes,
        Self::DescribeInstanceTypeOfferings,
        Self::DescribeSpotPriceHistory,
        Self::GetProducts,
        Self::DescribeSavingsPlansOfferingRates,
        Self::CreateAutoScalingGroup,
        Self::UpdateAutoScalingGroup,
        Self::CreateOrUpdateTags,
        Self::DeleteAutoScalingGroup,
        Self::SetInstanceProtection,
        Self::TerminateInstanceInAutoScalingGroup,
        Self::CreateCapacityProvider,
        Self::UpdateCapacityProvider,
        Self::DeleteCapacityProvider,
        Self::PutClusterCapacityProviders,
        Self::UpdateService,
        Self::RegisterTaskDefinition,
        Self::UpdateContainerInstancesState,
        Self::ListServiceDeployments,
        Self::DescribeAccountLimits,
        Self::GetServiceQuota,
        Self::DescribeLifecycleHooks,
        Self::DescribePolicies,
        Self::DescribeScheduledActions,
        Self::DescribeNotificationConfigurations,
        Self::DescribeScalingActivities,
        Self::DescribeServiceRevisions,
        Self::GetMetricData,
        Self::CreateLaunchTemplate,
        Self::CreateLaunchTemplateVersion,
        Self::DeleteLaunchTemplate,
        Self::ListBucket,
        Self::GetObject,
        Self::PutObject,
        Self::DeleteObject,
    ];

    /// IAM's name of it: the service's prefix and the operation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DescribeClusters => "ecs:DescribeClusters",
            Self::ListServices => "ecs:ListServices",
            Self::DescribeServices => "ecs:DescribeServices",
            Self::DescribeTaskDefinition => "ecs:DescribeTaskDefinition",
            Self::DescribeCapacityProviders => "ecs:DescribeCapacityProviders",
            Self::ListContainerInstances => "ecs:ListContainerInstances",
            Self::DescribeContainerInstances => "ecs:DescribeContainerInstances",
            Self::ListTasks => "ecs:ListTasks",
            Self::DescribeTasks => "ecs:DescribeTasks",
            Self::ListAccountSettings => "ecs:ListAccountSettings",
            Self::DescribeAutoScalingGroups => "autoscaling:DescribeAutoScalingGroups",
            Self::DescribeLaunchTemplateVersions => "ec2:DescribeLaunchTemplateVersions",
            Self::DescribeInstances => "ec2:DescribeInstances",
            Self::DescribeSubnets => "ec2:DescribeSubnets",
            Self::DescribeAvailabilityZones => "ec2:DescribeAvailabilityZones",
            Self::DescribeScalableTargets => "application-autoscaling:DescribeScalableTargets",
            Self::DescribeInstanceTypes => "ec2:DescribeInstanceTypes",
            Self::DescribeInstanceTypeOfferings => "ec2:DescribeInstanceTypeOfferings",
            Self::DescribeSpotPriceHistory => "ec2:DescribeSpotPriceHistory",
            Self::GetProducts => "pricing:GetProducts",
            Self::DescribeSavingsPlansOfferingRates => {
                "savingsplans:DescribeSavingsPlansOfferingRates"
            }
            Self::CreateAutoScalingGroup => "autoscaling:CreateAutoScalingGroup",
            Self::UpdateAutoScalingGroup => "autoscaling:UpdateAutoScalingGroup",
            Self::CreateOrUpdateTags => "autoscaling:CreateOrUpdateTags",
            Self::DeleteAutoScalingGroup => "autoscaling:DeleteAutoScalingGroup",
            Self::SetInstanceProtection => "autoscaling:SetInstanceProtection",
            Self::TerminateInstanceInAutoScalingGroup => {
                "autoscaling:TerminateInstanceInAutoScalingGroup"
            }
            Self::CreateCapacityProvider => "ecs:CreateCapacityProvider",
            Self::UpdateCapacityProvider => "ecs:UpdateCapacityProvider",
            Self::DeleteCapacityProvider => "ecs:DeleteCapacityProvider",
            Self::PutClusterCapacityProviders => "ecs:PutClusterCapacityProviders",
            Self::UpdateService => "ecs:UpdateService",
            Self::RegisterTaskDefinition => "ecs:RegisterTaskDefinition",
            Self::UpdateContainerInstancesState => "ecs:UpdateContainerInstancesState",
            Self::ListServiceDeployments => "ecs:ListServiceDeployments",
            Self::DescribeAccountLimits => "autoscaling:DescribeAccountLimits",
            Self::GetServiceQuota => "servicequotas:GetServiceQuota",
            Self::DescribeLifecycleHooks => "autoscaling:DescribeLifecycleHooks",
            Self::DescribePolicies => "autoscaling:DescribePolicies",
            Self::DescribeScheduledActions => "autoscaling:DescribeScheduledActions",
            Self::DescribeNotificationConfigurations => {
                "autoscaling:DescribeNotificationConfigurations"
            }
            Self::DescribeScalingActivities => "autoscaling:DescribeScalingActivities",
            Self::DescribeServiceRevisions => "ecs:DescribeServiceRevisions",
            Self::GetMetricData => "cloudwatch:GetMetricData",
            Self::CreateLaunchTemplate => "ec2:CreateLaunchTemplate",
            Self::CreateLaunchTemplateVersion => "ec2:CreateLaunchTemplateVersion",
            Self::DeleteLaunchTemplate => "ec2:DeleteLaunchTemplate",
            Self::ListBucket => "s3:ListBucket",
            Self::GetObject => "s3:GetObject",
            Self::PutObject => "s3:PutObject",
            Self::DeleteObject => "s3:DeleteObject",
        }
    }

    /// The row of AWS's throttling tables that counts it.
    pub const fn row(self) -> Row {
        match self {
            Self::DescribeClusters => Row::ClusterRead,
            Self::ListServices | Self::DescribeServices => Row::ServiceRead,
            Self::DescribeServiceRevisions => Row::ServiceRevisions,
            Self::GetMetricData => Row::Metrics,
            Self::DescribeTaskDefinition => Row::TaskDefinitionRead,
            Self::DescribeCapacityProviders => Row::CapacityProviderRead,
            Self::ListContainerInstances
            | Self::DescribeContainerInstances
            | Self::ListTasks
            | Self::DescribeTasks => Row::ClusterResourceRead,
            Self::ListAccountSettings => Row::SettingsRead,
            Self::DescribeAutoScalingGroups
            | Self::CreateAutoScalingGroup
            | Self::UpdateAutoScalingGroup
            | Self::CreateOrUpdateTags
            | Self::DeleteAutoScalingGroup
            | Self::SetInstanceProtection
            | Self::TerminateInstanceInAutoScalingGroup
            | Self::DescribeAccountLimits
            | Self::DescribeLifecycleHooks
            | Self::DescribePolicies
            | Self::DescribeScheduledActions
            | Self::DescribeNotificationConfigurations
            | Self::DescribeScalingActivities => Row::AutoScaling,
            Self::GetServiceQuota => Row::ServiceQuotas,
            Self::DescribeLaunchTemplateVersions
            | Self::DescribeInstances
            | Self::DescribeSubnets
            | Self::DescribeAvailabilityZones
            | Self::DescribeInstanceTypes
            | Self::DescribeInstanceTypeOfferings
            | Self::DescribeSpotPriceHistory => Row::Ec2,
            Self::DescribeScalableTargets => Row::ApplicationAutoScaling,
            Self::GetProducts => Row::Pricing,
            Self::DescribeSavingsPlansOfferingRates => Row::SavingsPlans,
            Self::CreateCapacityProvider
            | Self::UpdateCapacityProvider
            | Self::DeleteCapacityProvider => Row::CapacityProviderWrite,
            Self::PutClusterCapacityProviders => Row::ClusterWrite,
            Self::UpdateService => Row::ServiceWrite,
            Self::RegisterTaskDefinition => Row::TaskDefinitionWrite,
            Self::UpdateContainerInstancesState => Row::ClusterResourceWrite,
            Self::ListServiceDeployments => Row::ServiceDeployments,
            Self::CreateLaunchTemplate
            | Self::CreateLaunchTemplateVersion
            | Self::DeleteLaunchTemplate => Row::Ec2Write,
            Self::ListBucket | Self::GetObject | Self::PutObject | Self::DeleteObject => {
                Row::Objects
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
