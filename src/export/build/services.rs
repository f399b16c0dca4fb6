//! Services with their strategies.

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{PlannedService, StrategyItem, Warning};
use crate::domain::service::DeploymentConfiguration;

use super::super::facts::ServiceFacts;
use super::super::finding;
use super::Builder;
use crate::domain::aws_names;
use crate::domain::settings::{Constraint, Placement, ServiceSettings, Standstill, WeightedItem};
use crate::domain::weights;

impl Builder<'_> {
    pub(super) fn services(&mut self) -> Vec<ServiceSettings> {
        let plan = self.plan;
        (plan.services.iter().enumerate())
            .filter(|(_, service)| !service.capacity_provider_strategy.is_empty())
            .filter(|(_, service)| {
                !(self.facts.services.get(&service.service_name))
                    .is_some_and(|facts| facts.is_standalone)
            })
            .map(|(index, service)| self.service(index, service))
            .collect()
    }

    fn service(&mut self, index: usize, service: &PlannedService) -> ServiceSettings {
        let place = format!("services[{index}]");
        let items = &service.capacity_provider_strategy;
        let kinds: Vec<ProviderKind> = (items.iter().enumerate())
            .filter_map(|(at, item)| {
                let known = (self.plan.capacity_providers.iter())
                    .find(|provider| provider.name == item.capacity_provider);
                if known.is_none() {
                    self.error(
                        finding::UNKNOWN_PROVIDER,
                        format!("{place}.capacityProviderStrategy[{at}]"),
                        format!("the plan has no provider `{}`", item.capacity_provider),
                        "give a plan as `bayplan plan --format json` wrote it",
                    );
                }
                known.map(|provider| provider.kind)
            })
            .collect();
        let is_fargate = kinds.iter().any(|kind| kind.is_fargate());
        let is_managed = kinds.iter().any(|kind| kind.is_managed());
        if is_fargate && kinds.iter().any(|kind| kind.is_group()) {
            self.error(
                finding::MIXED_STRATEGY,
                format!("{place}.capacityProviderStrategy"),
                "Fargate and Auto Scaling group providers cannot be in one strategy".to_owned(),
                "put all tasks of the service on one of the two",
            );
        }
        if is_managed && kinds.len() > 1 {
            self.error(
                finding::MANAGED_INSTANCES,
                format!("{place}.capacityProviderStrategy"),
                "a provider of Managed Instances cannot be in a strategy with another one"
                    .to_owned(),
                "put all tasks of the service on one provider",
            );
        }
        if items.iter().all(|item| item.weight == 0) {
            self.error(
                finding::NO_WEIGHT,
                format!("{place}.capacityProviderStrategy"),
                "every weight is 0, so that ECS places no task".to_owned(),
                "give a plan as `bayplan plan --format json` wrote it",
            );
        }
        let placement = self.placement(&place, service);
        let facts = self.facts;
        let known = facts.services.get(&service.service_name);
        let (strategy, rounding) = self.strategy(service);
        let constraints = self.constraints(&place, service);
        ServiceSettings {
            name: aws_names::valid(&service.service_name),
            desired_count: known.map_or(service.desired_count, |facts| facts.desired_count),
            deployment: known.and_then(|facts| facts.deployment),
            exists: known.is_some_and(|facts| facts.exists),
            constraints,
            strategy,
            strategy_today: known.map_or_else(Vec::new, |facts| today(&facts.strategy)),
            counts: known.and_then(|facts| facts.counts.or_else(|| facts.range_of_hours())),
            schedule: known.map_or_else(Vec::new, ServiceFacts::schedule),
            // Neither Fargate nor Managed Instances take one.
            placement: if is_fargate || is_managed {
                Vec::new()
            } else {
                placement
            },
            is_fargate,
            is_managed,
            is_awsvpc: is_fargate || known.is_some_and(|facts| facts.is_awsvpc),
            rounding,
            standstill: self.standstill(&service.service_name),
        }
    }

    /// Why no deployment of a service ends: by the limits of the cluster file, without one by what the plan says of it.
    fn standstill(&self, name: &str) -> Option<Standstill> {
        let Some(facts) = self.facts.services.get(name) else {
            return self.standstill_of_plan(name);
        };
        let limits = facts.deployment.filter(|_| facts.rolls)?;
        let tasks = facts.desired_count;
        let (fewest_healthy, most_tasks) = limits.standstill(tasks)?;
        Some(Standstill {
            tasks,
            fewest_healthy,
            most_tasks,
            limits,
        })
    }

    fn standstill_of_plan(&self, name: &str) -> Option<Standstill> {
        self.plan.warnings.iter().find_map(|warning| match warning {
            Warning::NeverRollsOut {
                service_name,
                tasks,
                fewest_healthy,
                minimum_healthy_percent,
                most_tasks,
                maximum_percent,
                ..
            } if service_name == name => Some(Standstill {
                tasks: *tasks,
                fewest_healthy: *fewest_healthy,
                most_tasks: *most_tasks,
                limits: DeploymentConfiguration {
                    minimum_healthy_percent: u32::try_from(*minimum_healthy_percent).ok()?,
                    maximum_percent: u32::try_from(*maximum_percent).ok()?,
                },
            }),
            _ => None,
        })
    }

    fn placement(&mut self, place: &str, service: &PlannedService) -> Vec<Placement> {
        let mut strategies = Vec::new();
        for (index, value) in service.placement_strategy.iter().enumerate() {
            match value {
                PlacementStrategy::Random => strategies.push(Placement {
                    kind: "random",
                    field: None,
                }),
                PlacementStrategy::Spread(field) if is_field(field) => {
                    strategies.push(Placement {
                        kind: "spread",
                        field: Some(field.clone()),
                    });
                }
                PlacementStrategy::Binpack(field) => strategies.push(Placement {
                    kind: "binpack",
                    field: Some(field.clone()),
                }),
                PlacementStrategy::Spread(_) => self.error(
                    finding::PLACEMENT,
                    format!("{place}.placementStrategy[{index}]"),
                    "this is not a placement strategy of ECS".to_owned(),
                    "give `spread`, `binpack` or `random` as the ECS API writes them",
                ),
            }
        }
        strategies
    }

    /// The service's own constraints, as the cluster file has them.
    fn constraints(&mut self, place: &str, service: &PlannedService) -> Vec<Constraint> {
        let facts = self.facts.services.get(&service.service_name);
        let constraints = facts
            .map(|facts| facts.constraints.clone())
            .unwrap_or_default();
        for constraint in &constraints {
            let expression = constraint.expression.as_deref().unwrap_or_default();
            if expression.contains("${") || expression.chars().any(char::is_control) {
                self.error(
                    finding::CONSTRAINT,
                    format!("{place} (placementConstraints of the cluster file)"),
                    format!(
                        "`{}` holds what no attribute does",
                        expression.escape_debug()
                    ),
                    "write the expression without `${` and control characters",
                );
            }
        }
        constraints
    }

    /// The service's weights in small integers and how far they are from the plan. One item at most keeps a base: ECS takes
    /// no second one.
    fn strategy(&self, service: &PlannedService) -> (Vec<WeightedItem>, String) {
        let mut items = service.capacity_provider_strategy.clone();
        let first = items.iter().position(|item| item.base > 0);
        for (index, item) in items.iter_mut().enumerate() {
            item.base = if Some(index) == first {
                item.base.min(weights::LARGEST_BASE)
            } else {
                0
            };
        }
        let given: Vec<u64> = items.iter().map(|item| item.weight).collect();
        let small = weights::small(&given);
        let planned: Vec<u64> = (items.iter())
            .map(|item| self.tasks(&service.service_name, &item.capacity_provider))
            .collect();
        let error = weights::rounding_error(&items, &small, &planned);
        let rounding = if error == 0 {
            weights::EXACT.to_owned()
        } else {
            format!(
                "the weights differ from the plan by at most {}.{:02} tasks on a provider",
                error / 100,
                error % 100
            )
        };
        let items = (items.iter().zip(small))
            .map(|(item, weight)| WeightedItem {
                provider: (self.names.get(item.capacity_provider.as_str()))
                    .cloned()
                    .unwrap_or_default(),
                base: item.base,
                weight,
            })
            .collect();
        (items, rounding)
    }

    /// Tasks of a service that the plan has on a provider.
    fn tasks(&self, service: &str, provider: &str) -> u64 {
        let on_instances = (self.plan.instances.iter())
            .filter(|row| row.capacity_provider == provider)
            .map(|row| row.count * row.tasks.get(service).copied().unwrap_or(0));
        let on_fargate = (self.plan.fargate_tasks.iter())
            .filter(|row| row.capacity_provider == provider && row.service_name == service)
            .map(|row| row.count);
        on_instances.chain(on_fargate).sum()
    }
}

/// Today's strategy, with the weights as they are.
fn today(items: &[StrategyItem]) -> Vec<WeightedItem> {
    (items.iter())
        .map(|item| WeightedItem {
            provider: (Capacity::of_fargate_provider(&item.capacity_provider)).map_or_else(
                || aws_names::provider(&item.capacity_provider),
                |_| item.capacity_provider.clone(),
            ),
            base: item.base,
            weight: item.weight,
        })
        .collect()
}

/// What ECS spreads by: instances, or an attribute of a valid name. Source: Amazon ECS API reference,
/// `PlacementStrategy` and `Attribute`.
fn is_field(field: &str) -> bool {
    let name = field.strip_prefix("attribute:");
    ["instanceId", "host"].contains(&field)
        || name.is_some_and(|name| {
            (1..=128).contains(&name.len())
                && (name.chars()).all(|c| c.is_ascii_alphanumeric() || "-_/\\.".contains(c))
        })
}
