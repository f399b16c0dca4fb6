//! Quotas and limits that a plan passes, in words.

use crate::domain::plan::{RolloutRemedy, Warning};

use super::kubernetes::passed_over;
use super::managed_scaling::refused_settings;

/// A warning in words.
#[must_use]
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::InstanceQuota { instances, quota } => {
            format!("{instances} instances: ECS's quota is {quota} container instances a cluster")
        }
        Warning::TaskQuota {
            service_name,
            tasks,
            quota,
        } => format!("{service_name} has {tasks} tasks: ECS's quota is {quota} tasks a service"),
        Warning::DiscoveryQuota {
            service_name,
            tasks,
            quota,
        } => format!(
            "{service_name} has {tasks} tasks: ECS's quota is {quota} tasks a service with \
             Service Connect or service discovery"
        ),
        Warning::MoreGroupsThanAllowed {
            groups,
            max_capacity_providers,
        } => format!(
            "the ideal packing uses {groups} Auto Scaling groups, more than maxCapacityProviders \
             {max_capacity_providers}"
        ),
        Warning::MaxShareGivesWay { tasks } => format!(
            "maxShareOnInstance: its default of 0.5 gives way, with it {tasks} more tasks would have no place"
        ),
        Warning::MaxShareGivesWayOverWeek => {
            "maxShareOnInstance: its default of 0.5 gives way, as with it no groups with places for all tasks in all hours of the \
             week were found"
                .to_owned()
        }
        Warning::MaxShareGivesWayInReplays => {
            "maxShareOnInstance: its default of 0.5 gives way, as ECS places more tasks of a service on one \
             instance of these groups in some order of arrival"
                .to_owned()
        }
        Warning::NeverRollsOut {
            service_name,
            tasks,
            fewest_healthy,
            minimum_healthy_percent,
            most_tasks,
            maximum_percent,
            remedy,
        } => {
            let remedy = match remedy {
                RolloutRemedy::MaximumPercent { percent } => format!("maximumPercent {percent}"),
                RolloutRemedy::MinimumHealthyPercent { percent } => {
                    format!("minimumHealthyPercent {percent}")
                }
            };
            format!(
                "rollouts: {service_name} can never roll out: of its {tasks} tasks {fewest_healthy} must stay healthy \
                 (minimumHealthyPercent {minimum_healthy_percent}) and at most {most_tasks} may exist (maximumPercent \
                 {maximum_percent}); the smallest change that mends it is {remedy}"
            )
        }
        Warning::SettingsRefused { settings } => format!(
            "neither rollouts nor an ordinary day were played: ECS would refuse settings of the groups ({})",
            refused_settings(settings)
        ),
        Warning::RolloutsDoNotEnd {
            minutes,
            service_names,
        } => format!(
            "rollouts: on this fleet, and on groups twice its size within maxInstances, these do not end within \
             {minutes} minutes: {}",
            service_names.join(", ")
        ),
        Warning::LeftOut { .. }
        | Warning::RuleNotModelled { .. }
        | Warning::BoundAboveToday { .. }
        | Warning::PreferredRules { .. }
        | Warning::TakenFromWhatRuns { .. }
        | Warning::CapacityTypeAssumed { .. } => passed_over(warning).unwrap_or_default(),
        Warning::AsGiven { text } => text.clone(),
    }
}
