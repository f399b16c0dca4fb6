//! Providers of Managed Instances with what ECS may choose from.

use crate::domain::capacity::Capacity;
use crate::domain::plan::PlannedProvider;
use crate::domain::settings::ManagedSettings;

use super::super::facts::TypeFacts;
use super::super::finding;
use super::Builder;

/// Most types of a list in `InstanceRequirementsRequest`. Source: Amazon ECS API reference.
const MOST_TYPES: usize = 400;

impl Builder<'_> {
    pub(super) fn managed(&mut self) -> Vec<ManagedSettings> {
        let plan = self.plan;
        (plan.capacity_providers.iter().enumerate())
            .filter(|(_, provider)| provider.kind.is_managed())
            .filter_map(|(index, provider)| self.managed_provider(index, provider))
            .collect()
    }

    fn managed_provider(
        &mut self,
        index: usize,
        provider: &PlannedProvider,
    ) -> Option<ManagedSettings> {
        let place = format!("capacityProviders[{index}]");
        let types = self.types(&place, provider);
        if !(1..=MOST_TYPES).contains(&provider.instance_types.len()) {
            self.error(
                finding::MANAGED_INSTANCES,
                format!("{place}.instanceTypes"),
                format!(
                    "{} instance types; a provider of Managed Instances takes 1 to {MOST_TYPES}",
                    provider.instance_types.len()
                ),
                "plan with fewer types (`maxInstanceTypes`)",
            );
        }
        let purchase_option = provider.purchase_option;
        if purchase_option.is_none() {
            self.error(
                finding::NO_PURCHASE_OPTION,
                place,
                "a provider of Managed Instances without `purchaseOption`: how they are bought is not known"
                    .to_owned(),
                "give a plan as `bayplan plan --format json` wrote it",
            );
        }
        let known = self.facts.deployed.provider(&provider.name);
        Some(ManagedSettings {
            name: self.names[provider.name.as_str()].clone(),
            exists: known.is_some(),
            arn: known.and_then(|known| known.arn.clone()),
            writes_provider: true,
            instance_types: provider.instance_types.clone(),
            purchase_option: purchase_option.map(Capacity::in_documents)?,
            planned: self.most_managed(provider),
            vcpus: range(&types, |kind| kind.vcpus)?,
            memory_mib: range(&types, |kind| kind.memory_mib)?,
            has_burstable: types.iter().any(|kind| kind.burstable),
            has_bare_metal: types.iter().any(|kind| kind.bare_metal),
        })
    }

    /// Instances of the hour that has the most of them.
    fn most_managed(&self, provider: &PlannedProvider) -> u64 {
        let of_hours = self.plan.managed_hours.iter().map(|entry| {
            (entry.instances.iter())
                .filter(|row| row.capacity_provider == provider.name)
                .map(|row| row.count)
                .sum::<u64>()
        });
        of_hours
            .chain(std::iter::once(provider.desired_capacity))
            .max()
            .unwrap_or(0)
    }

    /// What the catalogue says of the provider's types.
    fn types(&mut self, place: &str, provider: &PlannedProvider) -> Vec<TypeFacts> {
        let mut types = Vec::new();
        for (index, name) in provider.instance_types.iter().enumerate() {
            if let Some(known) = (self.facts.instance_type)(name) {
                types.push(known);
            } else {
                self.unknown_type(format!("{place}.instanceTypes[{index}]"), name);
            }
        }
        types
    }
}

/// The least and the largest figure of the types.
fn range(types: &[TypeFacts], figure: impl Fn(&TypeFacts) -> u64) -> Option<(u64, u64)> {
    let figures = || types.iter().map(&figure);
    figures().min().zip(figures().max())
}
