//! From a plan to the view model: names made valid, limits of ECS and Auto Scaling held, everything wrong said at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::capacity::ProviderKind;
use crate::domain::plan::FleetPlan;
use crate::domain::service::DeploymentConfiguration;

use super::facts::Facts;
use super::finding::{self, ExportFinding, ExportFindings};
use super::{naming, notes, stages};
use crate::domain::aws_names;
use crate::domain::settings::{
    GroupSettings, Image, Launch, Narrowing, ResetLimits, Settings, SubnetSet, Template,
    WeightedItem,
};
use crate::domain::stages::OtherProviders;

mod groups;
mod managed;
mod services;

/// Most providers of a cluster and of a strategy. Source: Amazon ECS API reference, `PutClusterCapacityProviders`.
const MOST_PROVIDERS: usize = 20;

/// Makes the settings of a plan.
///
/// # Errors
/// Everything in the plan that ECS or Auto Scaling would refuse, or whose image is not known.
pub fn settings(plan: &FleetPlan, facts: &Facts<'_>) -> Result<Settings, ExportFindings> {
    let mut builder = Builder {
        plan,
        facts,
        findings: Vec::new(),
        names: names(plan),
        templates: Vec::new(),
        zone_sets: Vec::new(),
    };
    let groups = builder.groups();
    let managed = builder.managed();
    let services = builder.services();
    builder.limits();
    if !builder.findings.is_empty() {
        return Err(ExportFindings(builder.findings));
    }
    let fargate: Vec<ProviderKind> = (plan.capacity_providers.iter())
        .map(|provider| provider.kind)
        .filter(|kind| kind.is_fargate())
        .collect();
    let mut settings = Settings {
        cluster: aws_names::valid(&plan.cluster),
        region: plan.region.clone(),
        default_strategy: default_strategy(&groups, &builder.templates, &fargate),
        templates: builder.templates,
        subnets: subnet_sets(&builder.zone_sets),
        groups,
        managed,
        managed_zones: managed_zones(plan),
        fargate,
        services,
        reset_limits: reset_limits(plan, facts),
        trunking: counts_on_trunking(plan, facts),
        reserved_memory_mib: facts.reserved_memory_mib,
        root_volume_gib: facts.root_volume_gib,
        writes_association: true,
        cluster_runs: facts.cluster_runs(),
        others: OtherProviders::default(),
        stages: None,
        notes: Vec::new(),
    };
    settings.others = stages::others(&settings, facts);
    settings.stages = stages::stages(plan, &settings, facts);
    settings.writes_association = has_list(&settings);
    // A group that gets smaller keeps its instances until its services have moved, and is reset or follows its schedule then.
    let narrowed = settings.stages.iter().flat_map(|stages| &stages.narrowed);
    let narrowed: BTreeMap<String, bool> = narrowed
        .map(|it| (it.group.clone(), it.is_retyped))
        .collect();
    for group in &mut settings.groups {
        group.narrowing = match narrowed.get(&group.group) {
            None => Narrowing::No,
            Some(false) => Narrowing::Size,
            Some(true) => Narrowing::Types,
        };
    }
    settings.notes = notes::notes(plan, &settings, facts);
    Ok(settings)
}

/// What the plan says of rollouts while groups are reset, of the services whose own limits the cluster file tells: ECS's
/// defaults where it names the service and no limits. Source: Amazon ECS API reference, `DeploymentConfiguration`.
fn reset_limits(plan: &FleetPlan, facts: &Facts<'_>) -> Vec<ResetLimits> {
    let defaults = DeploymentConfiguration {
        minimum_healthy_percent: 100,
        maximum_percent: 200,
    };
    (plan.reset_percentages().iter())
        .filter_map(|named| {
            let own = facts.services.get(&named.service_name)?.deployment;
            Some(ResetLimits {
                service: aws_names::valid(&named.service_name),
                meanwhile: DeploymentConfiguration {
                    minimum_healthy_percent: u32::try_from(named.minimum_healthy_percent).ok()?,
                    maximum_percent: u32::try_from(named.maximum_percent).ok()?,
                },
                own: own.unwrap_or(defaults),
            })
        })
        .collect()
}

struct Builder<'a> {
    plan: &'a FleetPlan,
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
        let mut seen = BTreeSet::new();
        for (index, provider) in self.plan.capacity_providers.iter().enumerate() {
            if !seen.insert(provider.name.as_str()) {
                self.error(
                    finding::SAME_NAME,
                    format!("capacityProviders[{index}].name"),
                    format!("another provider is called `{}` too", provider.name),
                    "give a plan as `bayplan plan --format json` wrote it",
                );
            }
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

/// Whether the cluster's list of providers is in the export: where a plan has Managed Instances alone and nothing leaves, the
/// list takes care of itself, and another default strategy is nobody's wish.
fn has_list(settings: &Settings) -> bool {
    settings.managed.is_empty()
        || !settings.groups.is_empty()
        || !settings.fargate.is_empty()
        || settings.leaving().next().is_some()
        || settings.others.names().next().is_some() && settings.stages.is_some()
}

/// Zones of all Managed Instances of a plan, by name.
fn managed_zones(plan: &FleetPlan) -> Vec<String> {
    let zones: BTreeSet<&String> = (plan.capacity_providers.iter())
        .filter(|provider| provider.kind.is_managed())
        .flat_map(|provider| &provider.availability_zones)
        .collect();
    zones.into_iter().cloned().collect()
}

/// The exported name of each provider of the plan.
fn names(plan: &FleetPlan) -> BTreeMap<&str, String> {
    (plan.capacity_providers.iter())
        .map(|provider| {
            let name = match provider.kind {
                ProviderKind::AutoScalingGroup | ProviderKind::ManagedInstances => {
                    aws_names::provider(&provider.name)
                }
                kind @ (ProviderKind::Fargate | ProviderKind::FargateSpot) => {
                    kind.word().to_owned()
                }
            };
            (provider.name.as_str(), name)
        })
        .collect()
}

/// Trunking shows in the network interfaces that the plan's instances register.
fn counts_on_trunking(plan: &FleetPlan, facts: &Facts<'_>) -> bool {
    // Managed Instances have trunks of their own.
    let own = (plan.instances.iter()).filter(|row| !row.purchase_option.is_managed());
    own.into_iter().any(|row| {
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

/// For tasks that name no capacity: the On-Demand group with the most CPU, without GPUs where there is one; else the
/// largest of the others, else Fargate.
fn default_strategy(
    groups: &[GroupSettings],
    templates: &[Template],
    fargate: &[ProviderKind],
) -> Vec<WeightedItem> {
    let has_gpu = |group: &GroupSettings| match group.launch {
        Launch::Planned(index) => templates[index].image == Image::Gpu,
        Launch::Existing(_) => false,
    };
    let largest = groups.iter().max_by_key(|group| {
        (
            group.purchase_option.counts_as_on_demand(),
            !has_gpu(group),
            group.cpu,
            std::cmp::Reverse(&group.name),
        )
    });
    let provider = match (largest, fargate.first()) {
        (Some(group), _) => group.name.clone(),
        (None, Some(kind)) => kind.word().to_owned(),
        (None, None) => return Vec::new(),
    };
    vec![WeightedItem {
        provider,
        base: 0,
        weight: 1,
    }]
}
