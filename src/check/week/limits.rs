//! What the policy allows and asks for in every hour: On-Demand tasks, numbers of instances, instance types.

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::rules::on_demand_minimum;
use crate::check::violation::Violation;
use crate::domain::capacity::Capacity;
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;

use super::{Hours, SizedGroup, violation};

impl Hours<'_> {
    /// That a service with tasks that must be On-Demand in some hour is in no group of Spot Instances, since it has one group.
    pub(super) fn is_steady_enough(
        &self,
        facts: &Facts<'_>,
        (service, group): (&Service, &SizedGroup<'_>),
        violations: &mut Vec<Violation>,
    ) {
        let option = group.group.purchase_option;
        if option.is_some_and(Capacity::counts_as_on_demand) || service.is_standalone() {
            return;
        }
        let least =
            |hour: usize| on_demand_minimum::out_of(facts, service, self.tasks(service, hour));
        if let Some(hour) = (0..HOURS_PER_WEEK).find(|&hour| least(hour) > 0) {
            violations.push(violation(
                format!("services[{}], hour {hour}", service.name),
                format!("all its tasks in {}", group.group.name),
                format!(
                    "at least {} On-Demand (onDemandBase, spotMaxShare)",
                    least(hour)
                ),
            ));
        }
    }

    /// That every hour has as many instances as the policy allows and asks for, and of no more types.
    pub(super) fn within_limits(&self, violations: &mut Vec<Violation>) {
        let policy = &self.cluster.policy;
        let all = |hour: usize| -> u64 {
            let managed = self.managed_rows(hour).map(|row| row.count);
            (self.groups.values().map(|group| group.sizes[hour]))
                .chain(managed)
                .fold(0, u64::saturating_add)
        };
        let (least, most) = (policy.min_instances, policy.max_instances);
        // With all tasks on Fargate, whether instances could be bought is asked of the shown hour.
        let has_instances = !self.groups.is_empty() || !self.instances.is_empty();
        for hour in 0..HOURS_PER_WEEK {
            let too_few = all(hour) < least && has_instances;
            if too_few || all(hour) > most {
                violations.push(violation(
                    format!("capacityProviders, hour {hour}"),
                    format!("{} instances", all(hour)),
                    if too_few {
                        format!("at least {least} (minInstances)")
                    } else {
                        format!("at most {most} (maxInstances)")
                    },
                ));
                break;
            }
        }
        let types = |hour: usize| -> BTreeSet<&str> {
            let managed = self.managed_rows(hour).map(|row| &row.instance_type);
            (self.groups.values())
                .filter_map(|group| group.group.instance_types.first())
                .chain(managed)
                .map(String::as_str)
                .collect()
        };
        let Some(most) = policy.max_instance_types else {
            return;
        };
        if let Some(hour) = (0..HOURS_PER_WEEK).find(|&hour| types(hour).len() as u64 > most) {
            violations.push(violation(
                format!("capacityProviders, hour {hour}"),
                format!("{} instance types", types(hour).len()),
                format!("at most {most} (maxInstanceTypes)"),
            ));
        }
    }
}
