//! From a plan to the view model: names made valid, limits of ECS and Auto Scaling held, everything wrong said at once.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::domain::instance_type::{CpuArchitecture, PurchaseOption};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{Plan, PlannedInstances, PlannedProvider, PlannedService, ProviderKind};

use super::facts::Facts;
use super::finding::{self, ExportFinding, ExportFindings};
use super::settings::{
    Group, Image, Placement, Scaling, ServiceSettings, Settings, SubnetSet, Template, WeightedItem,
    fargate_name,
};
use super::{naming, notes, weights};

/// Most overrides of a group. Source: Amazon EC2 Auto Scaling user guide, quotas.
const MOST_TYPES: usize = 40;

/// Most providers of a cluster and of a strategy. Source: Amazon ECS API reference, `PutClusterCapacityProviders`.
const MOST_PROVIDERS: usize = 20;

/// Makes the settings of a plan.
///
/// # Errors
/// Everything in the plan that ECS or Auto Scaling would refuse, or whose image is not known.
pub fn settings(plan: &Plan, facts: &Facts<'_>) -> Result<Settings, ExportFindings> {
    let mut builder = Builder {
        plan,
        facts,
        findings: Vec::new(),
        names: names(plan),
        templates: Vec::new(),
        zone_sets: Vec::new(),
    };
    let groups = builder.groups();
    let services = builder.services();
    builder.limits();
    if !builder.findings.is_empty() {
        return Err(ExportFindings(builder.findings));
    }
    let fargate: Vec<ProviderKind> = (plan.capacity_providers.iter())
        .map(|provider| provider.kind)
        .filter(|kind| *kind != ProviderKind::AutoScalingGroup)
        .collect();
    let mut settings = Settings {
        cluster: naming::valid(&plan.cluster),
        region: plan.region.clone(),
        default_strategy: default_strategy(&groups, &fargate),
        templates: builder.templates,
        subnets: subnet_sets(&builder.zone_sets),
        groups,
        fargate,
        services,
        trunking: counts_on_trunking(plan, facts),
        reserved_memory_mib: facts.reserved_memory_mib,
        notes: Vec::new(),
    };
    settings.notes = notes::notes(plan, &settings, facts);
    Ok(settings)
}

struct Builder<'a> {
    plan: &'a Plan,
    facts: &'a Facts<'a>,
    findings: Vec<ExportFinding>,
    names: BTreeMap<&'a str, String>,
    templates: Vec<Template>,
    zone_sets: Vec<Vec<String>>,
}

impl Builder<'_> {
    fn error(&mut self, code: &'static str, place: String, cause: String, remedy: &'static str) {
        self.findings.push(ExportFinding {
            code,
            place,
            cause,
            remedy,
        });
    }

    fn groups(&mut self) -> Vec<Group> {
        let plan = self.plan;
        (plan.capacity_providers.iter().enumerate())
            .filter(|(_, provider)| provider.kind == ProviderKind::AutoScalingGroup)
            .filter_map(|(index, provider)| self.group(index, provider))
            .collect()
    }

    fn group(&mut self, index: usize, provider: &PlannedProvider) -> Option<Group> {
        let place = format!("capacityProviders[{index}]");
        let rows: Vec<&PlannedInstances> = (self.plan.instances.iter())
            .filter(|row| row.capacity_provider == provider.name)
            .collect();
        let image = self.image(&place, provider);
        let scaling = self.scaling(&place, provider);
        if provider.instance_types.len() > MOST_TYPES {
            let cause = format!(
                "{} instance types; an Auto Scaling group takes {MOST_TYPES} overrides",
                provider.instance_types.len()
            );
            self.error(
                finding::TOO_MANY_TYPES,
                place.clone(),
                cause,
                "split the group, or plan with fewer types (`maxInstanceTypes`)",
            );
        }
        let attributes = (rows.first())
            .map(|row| row.attributes.clone())
            .unwrap_or_default();
        let template = self.template(image?, attributes);
        let (on_demand_base, on_demand_percent) = distribution(provider, &rows);
        let name = self.names[provider.name.as_str()].clone();
        Some(Group {
            exists: self.facts.groups.contains(&name) || rows.iter().any(|row| row.existing),
            name,
            template,
            subnets: self.zone_set(&provider.availability_zones),
            instance_types: provider.instance_types.clone(),
            purchase_option: provider.purchase_option.unwrap_or(PurchaseOption::OnDemand),
            on_demand_base,
            on_demand_percent,
            min_size: provider.min_size,
            planned: provider.desired_capacity,
            max_size: provider.max_size.max(provider.min_size),
            scaling: scaling?,
            certified: provider.certificate.is_some(),
        })
    }

    /// The one image that all types of a group run.
    fn image(&mut self, place: &str, provider: &PlannedProvider) -> Option<Image> {
        let mut images = Vec::new();
        for (index, name) in provider.instance_types.iter().enumerate() {
            let at = format!("{place}.instanceTypes[{index}]");
            let Some(facts) = (self.facts.instance_type)(name) else {
                self.error(
                    finding::UNKNOWN_TYPE,
                    at,
                    format!("the catalogue of {} does not know `{name}`", self.plan.region),
                    "give the catalogue that the plan was made with (`--instance-types`), or plan again",
                );
                continue;
            };
            match (facts.architecture, facts.has_gpu) {
                (CpuArchitecture::Arm64, true) => self.error(
                    finding::NO_IMAGE,
                    at,
                    format!("there is no ECS-optimised GPU image for ARM64, which `{name}` needs"),
                    "exclude the type (`excludedInstanceTypes`) and plan again",
                ),
                (CpuArchitecture::X86_64, true) => images.push(Image::Gpu),
                (CpuArchitecture::X86_64, false) => images.push(Image::X86),
                (CpuArchitecture::Arm64, false) => images.push(Image::Arm),
            }
        }
        let first = *images.first()?;
        if images.iter().any(|image| *image != first) {
            self.error(
                finding::MIXED_IMAGES,
                place.to_owned(),
                "its instance types need different images".to_owned(),
                "split the group by architecture and GPU",
            );
        }
        Some(first)
    }

    /// Managed scaling, with ECS's defaults where the plan is silent.
    fn scaling(&mut self, place: &str, provider: &PlannedProvider) -> Option<Scaling> {
        let settings = &provider.managed_scaling;
        let mut wrong = Vec::new();
        let mut number = |key: &str, default: u64, range: std::ops::RangeInclusive<u64>| {
            let value = settings
                .get(key)
                .map_or(Some(default), serde_json::Value::as_u64);
            let value = value.filter(|value| range.contains(value));
            if value.is_none() {
                wrong.push(format!(
                    "`{key}` is not a number from {} to {}",
                    range.start(),
                    range.end()
                ));
            }
            value.unwrap_or(default)
        };
        let scaling = Scaling {
            enabled: settings
                .get("status")
                .is_none_or(|status| status == "ENABLED"),
            target_capacity: number("targetCapacity", 100, 1..=100),
            minimum_step: number("minimumScalingStepSize", 1, 1..=10_000),
            maximum_step: number("maximumScalingStepSize", 10_000, 1..=10_000),
            warmup_seconds: number("instanceWarmupPeriod", 300, 0..=10_000),
        };
        if wrong.is_empty() {
            return Some(scaling);
        }
        self.error(
            finding::MANAGED_SCALING,
            format!("{place}.managedScaling"),
            wrong.join("; "),
            "give the values that ECS's `ManagedScaling` takes",
        );
        None
    }

    fn template(&mut self, image: Image, attributes: IndexMap<String, Option<String>>) -> usize {
        let known = (self.templates.iter())
            .position(|known| known.image == image && known.attributes == attributes);
        if let Some(known) = known {
            return known;
        }
        let others = (self.templates.iter())
            .filter(|known| known.image == image)
            .count();
        let number = if others == 0 {
            String::new()
        } else {
            format!("-{}", others + 1)
        };
        let cluster = naming::valid(&self.plan.cluster);
        let short: String = cluster.chars().take(96).collect();
        self.templates.push(Template {
            name: format!("bayplan-{short}-{}{number}", image.word()),
            image,
            attributes,
        });
        self.templates.len() - 1
    }

    fn zone_set(&mut self, zones: &[String]) -> usize {
        if let Some(known) = self.zone_sets.iter().position(|known| known == zones) {
            return known;
        }
        self.zone_sets.push(zones.to_vec());
        self.zone_sets.len() - 1
    }

    fn services(&mut self) -> Vec<ServiceSettings> {
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
        let is_fargate = kinds
            .iter()
            .any(|kind| *kind != ProviderKind::AutoScalingGroup);
        if is_fargate && kinds.contains(&ProviderKind::AutoScalingGroup) {
            self.error(
                finding::MIXED_STRATEGY,
                format!("{place}.capacityProviderStrategy"),
                "Fargate and Auto Scaling group providers cannot be in one strategy".to_owned(),
                "put all tasks of the service on one of the two",
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
        let known = self.facts.services.get(&service.service_name);
        let (strategy, rounding) = self.strategy(service);
        ServiceSettings {
            name: naming::valid(&service.service_name),
            planned: service.desired_count,
            strategy,
            // Fargate takes no placement strategy.
            placement: if is_fargate { Vec::new() } else { placement },
            is_fargate,
            is_awsvpc: is_fargate || known.is_some_and(|facts| facts.is_awsvpc),
            rounding,
        }
    }

    fn placement(&mut self, place: &str, service: &PlannedService) -> Vec<Placement> {
        let mut strategies = Vec::new();
        for (index, value) in service.placement_strategy.iter().enumerate() {
            match PlacementStrategy::from_api(value) {
                Some(PlacementStrategy::Random) => strategies.push(Placement {
                    kind: "random",
                    field: None,
                }),
                Some(PlacementStrategy::Spread(field)) => strategies.push(Placement {
                    kind: "spread",
                    field: Some(field),
                }),
                Some(PlacementStrategy::Binpack(field)) => strategies.push(Placement {
                    kind: "binpack",
                    field: Some(field),
                }),
                None => self.error(
                    finding::PLACEMENT,
                    format!("{place}.placementStrategy[{index}]"),
                    "this is not a placement strategy of ECS".to_owned(),
                    "give `spread`, `binpack` or `random` as the ECS API writes them",
                ),
            }
        }
        strategies
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
            "the weights give each provider exactly the plan's tasks".to_owned()
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

    fn limits(&mut self) {
        let providers = self.plan.capacity_providers.len();
        if providers > MOST_PROVIDERS {
            self.error(
                finding::TOO_MANY_PROVIDERS,
                "capacityProviders".to_owned(),
                format!("{providers} providers; a cluster takes {MOST_PROVIDERS}"),
                "plan without `--ideal`, or with fewer types (`maxInstanceTypes`)",
            );
        }
        if providers == 0 {
            self.error(
                finding::NOTHING,
                "capacityProviders".to_owned(),
                "the plan has no capacity provider, so there is nothing to set".to_owned(),
                "give a plan with instances or Fargate tasks in capacity providers",
            );
        }
    }
}

/// The exported name of each provider of the plan.
fn names(plan: &Plan) -> BTreeMap<&str, String> {
    (plan.capacity_providers.iter())
        .map(|provider| {
            let name = match provider.kind {
                ProviderKind::AutoScalingGroup => naming::provider(&provider.name),
                kind => fargate_name(kind).to_owned(),
            };
            (provider.name.as_str(), name)
        })
        .collect()
}

/// On-Demand base and percentage above it. A group of one purchase option needs no base; one that the plan fills with both
/// keeps its On-Demand instances and buys the others as Spot.
fn distribution(provider: &PlannedProvider, rows: &[&PlannedInstances]) -> (u64, u64) {
    let count = |option: PurchaseOption| -> u64 {
        (rows.iter().filter(|row| row.purchase_option == option))
            .map(|row| row.count)
            .sum()
    };
    match (count(PurchaseOption::OnDemand), count(PurchaseOption::Spot)) {
        (0, 0) if provider.purchase_option == Some(PurchaseOption::Spot) => (0, 0),
        (_, 0) => (0, 100),
        (on_demand, _) => (on_demand, 0),
    }
}

/// Trunking shows in the network interfaces that the plan's instances register.
fn counts_on_trunking(plan: &Plan, facts: &Facts<'_>) -> bool {
    plan.instances.iter().any(|row| {
        (facts.instance_type)(&row.instance_type)
            .and_then(|kind| kind.trunking)
            .is_some_and(|(with, _)| row.registered.enis == with)
    })
}

fn subnet_sets(zone_sets: &[Vec<String>]) -> Vec<SubnetSet> {
    let mut unique = naming::Unique::default();
    (zone_sets.iter())
        .map(|zones| SubnetSet {
            suffix: if zone_sets.len() == 1 {
                String::new()
            } else {
                let joined = naming::pascal(&zones.join("-"));
                unique.take(if joined.is_empty() {
                    "AnyZone".to_owned()
                } else {
                    joined
                })
            },
            zones: zones.clone(),
        })
        .collect()
}

/// For tasks that name no capacity: the largest On-Demand group, else the largest group, else Fargate.
fn default_strategy(groups: &[Group], fargate: &[ProviderKind]) -> Vec<WeightedItem> {
    let largest = groups.iter().max_by_key(|group| {
        (
            group.purchase_option == PurchaseOption::OnDemand,
            group.planned,
            std::cmp::Reverse(&group.name),
        )
    });
    let provider = match (largest, fargate.first()) {
        (Some(group), _) => group.name.clone(),
        (None, Some(kind)) => fargate_name(*kind).to_owned(),
        (None, None) => return Vec::new(),
    };
    vec![WeightedItem {
        provider,
        base: 0,
        weight: 1,
    }]
}
