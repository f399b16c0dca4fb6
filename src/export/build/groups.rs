//! Auto Scaling groups with their providers, launch templates and subnets.

use std::ops::RangeInclusive;

use indexmap::IndexMap;

use crate::domain::capacity::Capacity;
use crate::domain::deployed::{DeployedGroup, LaunchTemplateReference};
use crate::domain::plan::{
    Assumption, FleetPlan, GroupMode, PlannedInstances, PlannedProvider, ResetOutcome,
};

use super::super::finding;
use super::Builder;
use crate::domain::aws_names::{self, LONGEST_TEMPLATE};
use crate::domain::schedule::{self, Action};
use crate::domain::settings::{
    Existing, GroupSettings, Image, Launch, Narrowing, Scaling, Template,
};

/// Most overrides of a group. Source: Amazon EC2 Auto Scaling user guide, quotas.
const MOST_TYPES: usize = 40;

impl Builder<'_> {
    pub(super) fn groups(&mut self) -> Vec<GroupSettings> {
        let plan = self.plan;
        (plan.capacity_providers.iter().enumerate())
            .filter(|(_, provider)| provider.kind.is_group())
            .filter_map(|(index, provider)| self.group(index, provider))
            .collect()
    }

    fn group(&mut self, index: usize, provider: &PlannedProvider) -> Option<GroupSettings> {
        let place = format!("capacityProviders[{index}]");
        let rows: Vec<&PlannedInstances> = (self.plan.instances.iter())
            .filter(|row| row.capacity_provider == provider.name)
            .collect();
        let scaling = self.scaling(&place, provider);
        if provider.min_size > provider.max_size {
            self.error(
                finding::SIZES,
                place.clone(),
                format!(
                    "its smallest size {} is above its largest {}",
                    provider.min_size, provider.max_size
                ),
                "give a plan as `bayplan plan --format json` wrote it",
            );
        }
        let purchase_option = provider.purchase_option;
        if purchase_option.is_none() {
            self.error(
                finding::NO_PURCHASE_OPTION,
                place.clone(),
                "a group without `purchaseOption`: how its instances are bought is not known"
                    .to_owned(),
                "give a plan as `bayplan plan --format json` wrote it",
            );
        }
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
        let name = self.names[provider.name.as_str()].clone();
        let known = self.facts.deployed.provider(&provider.name);
        let reference = known.and_then(|known| known.group.as_ref());
        let group = reference.map_or_else(|| name.clone(), |group| aws_names::group(&group.name));
        let deployed = (self.facts.deployed)
            .group(reference.map_or(&provider.name, |group| &group.name))
            .cloned();
        let launch = self.launch(&place, provider, deployed.as_ref(), attributes);
        let (on_demand_base, on_demand_percent) = distribution(provider, &rows);
        let runs = deployed.is_some() || rows.iter().any(|row| row.existing);
        let resets = scaling.as_ref().is_some_and(|scaling| scaling.enabled)
            && provider.mode == Some(GroupMode::Steady)
            && provider.max_size > provider.desired_capacity
            && comes_back(self.plan);
        Some(GroupSettings {
            group: group.clone(),
            existing: Existing {
                group: runs,
                group_arn: reference.and_then(|group| group.arn.clone()),
                provider: known.is_some(),
                provider_arn: known.and_then(|known| known.arn.clone()),
                all_stay: !rows.is_empty() && rows.iter().all(|row| row.existing),
            },
            writes_group: true,
            writes_provider: true,
            cpu: (rows.iter())
                .map(|row| row.registered.cpu.saturating_mul(row.count))
                .fold(0, u64::saturating_add),
            name,
            launch: launch?,
            subnets: self.zone_set(&provider.availability_zones),
            instance_types: provider.instance_types.clone(),
            purchase_option: purchase_option?,
            on_demand_base,
            on_demand_percent,
            min_size: provider.min_size,
            planned: provider.desired_capacity,
            max_size: provider.max_size,
            reset_to: resets.then_some(provider.desired_capacity),
            schedule: self.schedule(provider),
            narrowing: Narrowing::No,
            scaling: scaling?,
            certified: provider.certificate.is_some(),
            mode: provider.mode,
        })
    }

    /// The scheduled actions of a group that follows the hours of the week.
    fn schedule(&self, provider: &PlannedProvider) -> Vec<Action> {
        if provider.schedule.is_empty() {
            return Vec::new();
        }
        let sizes = provider.sizes_by_hour();
        schedule::actions(&schedule::changes(&sizes, self.facts.timing))
    }

    /// A group that runs keeps the launch template it has, unless that is one of ours.
    fn launch(
        &mut self,
        place: &str,
        provider: &PlannedProvider,
        deployed: Option<&DeployedGroup>,
        attributes: IndexMap<String, Option<String>>,
    ) -> Option<Launch> {
        let foreign = deployed
            .and_then(|group| group.launch_template.as_ref())
            .filter(|template| is_reference(template))
            .filter(|template| {
                !(template.name.as_ref()).is_some_and(|name| name.starts_with("bayplan-"))
            });
        if let Some(template) = foreign {
            return Some(Launch::Existing(template.clone()));
        }
        let image = self.image(place, provider)?;
        Some(Launch::Planned(self.template(image, attributes)))
    }

    /// The one image that all types of a group run.
    fn image(&mut self, place: &str, provider: &PlannedProvider) -> Option<Image> {
        let mut images = Vec::new();
        for (index, name) in provider.instance_types.iter().enumerate() {
            let at = format!("{place}.instanceTypes[{index}]");
            let Some(facts) = (self.facts.instance_type)(name) else {
                self.unknown_type(at, name);
                continue;
            };
            match facts.image() {
                Some(image) => images.push(image),
                None => self.error(
                    finding::NO_IMAGE,
                    at,
                    format!("there is no ECS-optimised GPU image for ARM64, which `{name}` needs"),
                    "exclude the type (`excludedInstanceTypes`) and plan again",
                ),
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

    /// A type that the catalogue does not know.
    pub(super) fn unknown_type(&mut self, at: String, name: &str) {
        self.error(
            finding::UNKNOWN_TYPE,
            at,
            format!(
                "the catalogue of {} does not know `{name}`",
                self.plan.region
            ),
            "give the catalogue that the plan was made with (`--instance-types`), or plan again",
        );
    }

    /// Managed scaling, with ECS's defaults where the plan is silent.
    fn scaling(&mut self, place: &str, provider: &PlannedProvider) -> Option<Scaling> {
        let settings = &provider.managed_scaling;
        let mut wrong = Vec::new();
        let mut number =
            |key: &str, given: Option<u64>, default: u64, range: RangeInclusive<u64>| {
                let value = given.unwrap_or(default);
                if !range.contains(&value) {
                    wrong.push(format!(
                        "`{key}` is not a number from {} to {}",
                        range.start(),
                        range.end()
                    ));
                }
                value
            };
        let scaling = Scaling {
            enabled: settings.enabled.unwrap_or(true),
            target_capacity: number("targetCapacity", settings.target_capacity, 100, 1..=100),
            minimum_step: number(
                "minimumScalingStepSize",
                settings.minimum_scaling_step_size,
                1,
                1..=10_000,
            ),
            maximum_step: number(
                "maximumScalingStepSize",
                settings.maximum_scaling_step_size,
                10_000,
                1..=10_000,
            ),
            warmup_seconds: number(
                "instanceWarmupPeriod",
                settings.instance_warmup_period_s,
                300,
                0..=10_000,
            ),
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
        let cluster = aws_names::valid(&self.plan.cluster);
        // Room for what stands before and after it.
        let short = aws_names::shortened(&cluster, LONGEST_TEMPLATE - 32);
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
}

/// Whether the plan counts on a reset of the desired capacities, after growth, after rollouts that launch instances or after
/// losses.
fn comes_back(plan: &FleetPlan) -> bool {
    plan.assumptions.iter().any(|said| match said {
        Assumption::Rollouts {
            launching,
            comes_back,
            ..
        } => *comes_back && !launching.is_empty(),
        Assumption::GrowthPlayed { comes_back, .. } => *comes_back,
        Assumption::InstanceLossPlayed { reset, .. }
        | Assumption::ZoneLossPlayed { reset, .. }
        | Assumption::SpotReclaimPlayed { reset, .. } => matches!(
            reset,
            ResetOutcome::ComesBack | ResetOutcome::ComesBackLowered
        ),
        _ => false,
    })
}

/// On-Demand base and percentage above it. A group of one purchase option needs no base; one that the plan fills with both
/// keeps its On-Demand instances and buys the others as Spot.
fn distribution(provider: &PlannedProvider, rows: &[&PlannedInstances]) -> (u64, u64) {
    let count = |holds: fn(Capacity) -> bool| -> u64 {
        (rows.iter().filter(|row| holds(row.purchase_option)))
            .map(|row| row.count)
            .sum()
    };
    let on_demand = count(Capacity::counts_as_on_demand);
    match (on_demand, count(Capacity::may_be_reclaimed)) {
        (0, 0) if (provider.purchase_option).is_some_and(Capacity::may_be_reclaimed) => (0, 0),
        (_, 0) => (0, 100),
        (on_demand, _) => (on_demand, 0),
    }
}

/// Whether a reference is one that AWS takes. Source: Amazon EC2 Auto Scaling API reference,
/// `LaunchTemplateSpecification`.
fn is_reference(template: &LaunchTemplateReference) -> bool {
    let of = |text: &str, marks: &str| {
        (text.chars()).all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    let version = template.version.as_str();
    let version = ["$Latest", "$Default"].contains(&version)
        || !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let identity = match (&template.id, &template.name) {
        (Some(id), _) => id.starts_with("lt-") && of(id, "-"),
        (None, Some(name)) => (3..=128).contains(&name.len()) && of(name, "().-/_"),
        (None, None) => false,
    };
    version && identity
}
