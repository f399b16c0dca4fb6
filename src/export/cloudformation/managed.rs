//! Providers of ECS Managed Instances.

use super::super::managed::{Spelled, provider};
use super::super::reasons;
use super::super::tree::{Entry, Tree, entry};
use super::{MANAGED_PARAMETERS, parameter, reference, resource};
use crate::domain::settings::{ManagedSettings, Settings};

pub(super) fn capacity_provider(settings: &Settings, managed: &ManagedSettings) -> Tree {
    let [role, profile, subnets, security_groups] = MANAGED_PARAMETERS.map(reference);
    let values = Spelled {
        role,
        profile,
        subnets,
        security_groups,
    };
    let own = (provider(settings, managed, values, true).into_iter())
        .map(capitalised)
        .collect::<Vec<_>>();
    let properties = vec![
        entry("Name", managed.name.as_str()),
        entry("ClusterName", reference("ClusterName")),
        entry("ManagedInstancesProvider", own).because(reasons::MANAGED_SCALING),
    ];
    resource("AWS::ECS::CapacityProvider", managed.exists, properties)
}

/// Keys of the API with the capital that CloudFormation gives them; those of its functions have it already.
fn capitalised(own: Entry) -> Entry {
    let mut key = own.key;
    if let Some(first) = key.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let value = match own.value {
        Tree::Map(entries) => Tree::Map(entries.into_iter().map(capitalised).collect()),
        other => other,
    };
    Entry {
        key,
        reason: own.reason,
        value,
    }
}

/// The parameters, where the export has such a provider.
pub(super) fn parameters(settings: &Settings) -> Vec<Entry> {
    if !settings.writes_managed() {
        return Vec::new();
    }
    let [role, profile, subnets, security_groups] = MANAGED_PARAMETERS;
    vec![
        parameter(role, "String", reasons::MANAGED_ROLE),
        parameter(profile, "String", reasons::MANAGED_PROFILE),
        parameter(
            subnets,
            "List<AWS::EC2::Subnet::Id>",
            &reasons::managed_subnets(settings),
        ),
        parameter(
            security_groups,
            "List<AWS::EC2::SecurityGroup::Id>",
            reasons::MANAGED_SECURITY_GROUPS,
        ),
    ]
}
