//! Names of resources and modules, and their addresses in either style.

use super::super::naming;
use super::TerraformStyle;
use super::language::{Item, Value, code, set};
use crate::domain::settings::{GroupSettings, Settings, WeightedItem};

/// Names, each given out once.
pub(super) struct Ids {
    pub style: TerraformStyle,
    pub templates: Vec<String>,
    pub groups: Vec<String>,
    /// Providers of Managed Instances: of the same kind of resource as the groups' providers.
    pub managed: Vec<String>,
    pub services: Vec<String>,
}

impl Ids {
    pub(super) fn new(settings: &Settings, style: TerraformStyle) -> Self {
        let taken = |unique: &mut naming::Unique, names: Vec<&str>| {
            (names.into_iter())
                .map(|name| unique.take(naming::snake(name)))
                .collect()
        };
        let names = |names: Vec<&str>| taken(&mut naming::Unique::default(), names);
        let mut providers = naming::Unique::default();
        let groups = settings.groups.iter().map(|g| g.name.as_str()).collect();
        let groups = taken(&mut providers, groups);
        let managed = settings.managed.iter().map(|m| m.name.as_str()).collect();
        Self {
            style,
            templates: names(settings.templates.iter().map(|t| t.name.as_str()).collect()),
            groups,
            managed: taken(&mut providers, managed),
            services: names(settings.services.iter().map(|s| s.name.as_str()).collect()),
        }
    }

    /// An expression for a provider's name: of the export, so that it is made first, or as it is.
    pub(super) fn provider(&self, settings: &Settings, provider: &str) -> Value {
        let known = (settings.groups.iter())
            .position(|group| group.name == provider && group.writes_provider)
            .map(|index| &self.groups[index]);
        let managed = (settings.managed.iter())
            .position(|managed| managed.name == provider && managed.writes_provider)
            .map(|index| &self.managed[index]);
        match (known.or(managed), self.style) {
            (None, _) => Value::from(provider),
            (Some(id), TerraformStyle::Resources) => {
                code(format!("aws_ecs_capacity_provider.{id}.name"))
            }
            (Some(id), TerraformStyle::Modules) => {
                code(format!("module.ecs.capacity_providers[\"{id}\"].name"))
            }
        }
    }

    /// An expression for a group's ARN: of the export, or of the group that is there.
    pub(super) fn group_arn(&self, group: &GroupSettings, id: &str) -> Value {
        match (group.writes_group, &group.existing.group_arn, self.style) {
            (true, _, TerraformStyle::Resources) => code(format!("aws_autoscaling_group.{id}.arn")),
            (true, _, TerraformStyle::Modules) => {
                code(format!("module.{id}.autoscaling_group_arn"))
            }
            (false, Some(arn), _) => Value::from(arn.as_str()),
            (false, None, _) => code(format!("data.aws_autoscaling_group.{id}.arn")),
        }
    }

    pub(super) fn strategy(&self, settings: &Settings, item: &WeightedItem) -> Vec<Item> {
        vec![
            set("capacity_provider", self.provider(settings, &item.provider)),
            set("base", item.base),
            set("weight", item.weight),
        ]
    }
}

/// Addresses of what an export has.
impl TerraformStyle {
    /// The address of a group.
    pub(super) fn group(self, id: &str) -> String {
        match self {
            Self::Resources => format!("aws_autoscaling_group.{id}"),
            Self::Modules => format!("module.{id}.aws_autoscaling_group.idc[0]"),
        }
    }

    /// The address of a capacity provider.
    pub(super) fn capacity_provider(self, id: &str) -> String {
        match self {
            Self::Resources => format!("aws_ecs_capacity_provider.{id}"),
            Self::Modules => {
                format!("module.ecs.aws_ecs_capacity_provider.this[\"{id}\"]")
            }
        }
    }

    /// The address of the cluster's list of providers.
    pub(super) const fn association(self) -> &'static str {
        match self {
            Self::Resources => "aws_ecs_cluster_capacity_providers.this",
            Self::Modules => "module.ecs.aws_ecs_cluster_capacity_providers.this[0]",
        }
    }

    /// The address of a service.
    pub(super) fn service(self, id: &str) -> String {
        match self {
            Self::Resources => format!("aws_ecs_service.{id}"),
            Self::Modules => format!("module.service_{id}.aws_ecs_service.this[0]"),
        }
    }
}
