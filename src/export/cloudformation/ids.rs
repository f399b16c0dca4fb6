//! Logical ids of a template.

use super::super::naming;
use super::super::tree::{Tree, entry, list};
use super::{LOWER, MANAGED_PARAMETERS, RESET, RESTORE, reference};
use crate::domain::settings::{Settings, WeightedItem};

/// The logical id of the cluster's list of providers.
pub(in crate::export) const ASSOCIATIONS: &str = "ProviderAssociations";

/// The logical id of the role that changes limits of rollouts around a reset.
pub(in crate::export) const RESET_ROLE: &str = "ResetRole";

/// Logical ids, each given out once.
pub(in crate::export) struct Ids {
    pub templates: Vec<String>,
    /// Group and provider.
    pub groups: Vec<(String, String)>,
    /// Providers of Managed Instances.
    pub managed: Vec<String>,
    /// Service and its task definition's parameter.
    pub services: Vec<(String, String)>,
    /// Schedules of each service's limits of rollouts around a reset, before and after.
    pub reset_limits: Vec<[String; 2]>,
}

impl Ids {
    pub(in crate::export) fn new(settings: &Settings) -> Self {
        let mut unique = naming::Unique::default();
        let taken = [ASSOCIATIONS, "ClusterName", "ReservedMemoryMib", RESET];
        let taken = taken.into_iter().chain([RESET_ROLE, LOWER, RESTORE]);
        for taken in taken.chain(MANAGED_PARAMETERS) {
            unique.take(taken);
        }
        let templates = (settings.templates.iter())
            .map(|t| unique.take(format!("LaunchTemplate{}", naming::pascal(&t.name))))
            .collect();
        let groups = (settings.groups.iter())
            .map(|group| {
                let name = naming::pascal(&group.name);
                let id = unique.take(format!("Group{name}"));
                (id, unique.take(format!("Provider{name}")))
            })
            .collect();
        let managed = (settings.managed.iter())
            .map(|managed| unique.take(format!("Provider{}", naming::pascal(&managed.name))))
            .collect();
        let services = (settings.services.iter())
            .map(|service| {
                let name = naming::pascal(&service.name);
                let id = unique.take(format!("Service{name}"));
                (id, unique.take(format!("TaskDefinition{name}")))
            })
            .collect();
        let reset_limits = (settings.limits_at_resets().iter())
            .map(|limits| {
                let name = naming::pascal(&limits.service);
                ["Lower", "Restore"].map(|word| unique.take(format!("{word}LimitsOf{name}")))
            })
            .collect();
        Self {
            templates,
            groups,
            managed,
            services,
            reset_limits,
        }
    }

    /// The provider as the template refers to it: by the resource, so that it is made first, or Fargate's own name.
    pub(super) fn provider(&self, settings: &Settings, name: &str) -> Tree {
        let known =
            (settings.groups.iter()).position(|group| group.name == name && group.writes_provider);
        let managed = (settings.managed.iter())
            .position(|managed| managed.name == name && managed.writes_provider);
        match (known, managed) {
            (Some(index), _) => reference(&self.groups[index].1),
            (None, Some(index)) => reference(&self.managed[index]),
            (None, None) => Tree::from(name),
        }
    }

    pub(super) fn strategy(&self, settings: &Settings, items: &[WeightedItem]) -> Tree {
        list(items.iter().map(|item| {
            Tree::from([
                entry("CapacityProvider", self.provider(settings, &item.provider)),
                entry("Base", item.base),
                entry("Weight", item.weight),
            ])
        }))
    }
}
