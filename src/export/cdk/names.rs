//! What stands in the construct for a reference of the template.

use std::collections::{BTreeMap, BTreeSet};

use super::super::cloudformation::{
    ASSOCIATIONS, Ids, LOWER, MANAGED_PARAMETERS, RESET, RESET_ROLE, RESTORE, image_parameter,
    subnets,
};
use super::typescript::variable;
use crate::domain::settings::{Launch, Settings};

/// Expressions by logical id.
pub(super) struct Names {
    expressions: BTreeMap<String, String>,
    referred_to: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(settings: &Settings, ids: &Ids) -> Self {
        let mut names = Self {
            expressions: BTreeMap::new(),
            referred_to: referred_to(settings, ids),
        };
        for set in &settings.subnets {
            names.prop(&subnets(set));
        }
        for prop in [
            "SecurityGroups",
            "InstanceProfile",
            "TaskSubnets",
            "TaskSecurityGroups",
        ]
        .into_iter()
        .chain(MANAGED_PARAMETERS)
        {
            names.prop(prop);
        }
        for (_, definition) in &ids.services {
            names.prop(definition);
        }
        let constants = settings.images().into_iter().map(image_parameter);
        let defaults =
            ["ClusterName", "ReservedMemoryMib", RESET, LOWER, RESTORE].map(str::to_owned);
        for constant in constants.chain(defaults) {
            let expression = variable(&constant);
            names.expressions.insert(constant, expression);
        }
        names
    }

    fn prop(&mut self, id: &str) {
        let expression = format!("props.{}", variable(id));
        self.expressions.insert(id.to_owned(), expression);
    }

    /// The expression for `Ref`: of a parameter, else of a resource.
    pub(super) fn reference(&self, id: &str) -> String {
        (self.expressions.get(id)).map_or_else(|| format!("{}.ref", variable(id)), Clone::clone)
    }

    /// Whether some resource refers to this one.
    pub(super) fn is_referred_to(&self, id: &str) -> bool {
        self.referred_to.contains(id)
    }
}

/// Logical ids of resources that others name.
fn referred_to(settings: &Settings, ids: &Ids) -> BTreeSet<String> {
    let mut referred = BTreeSet::new();
    let strategies = || {
        let services = settings
            .services
            .iter()
            .flat_map(|service| &service.strategy);
        services.chain(&settings.default_strategy)
    };
    for (group, (id, provider)) in settings.groups.iter().zip(&ids.groups) {
        if let Launch::Planned(index) = group.launch
            && group.writes_group
        {
            referred.insert(ids.templates[index].clone());
        }
        if group.writes_provider || group.writes_reset() || !group.written_schedule().is_empty() {
            referred.insert(id.clone());
        }
        if settings.writes_association || strategies().any(|item| item.provider == group.name) {
            referred.insert(provider.clone());
        }
    }
    for (managed, id) in settings.managed.iter().zip(&ids.managed) {
        if strategies().any(|item| item.provider == managed.name) {
            referred.insert(id.clone());
        }
    }
    for (service, (id, _)) in settings.services.iter().zip(&ids.services) {
        if !service.schedule.is_empty() {
            referred.insert(id.clone());
        }
    }
    if !settings.limits_at_resets().is_empty() {
        referred.insert(RESET_ROLE.to_owned());
    }
    if !settings.services.is_empty() {
        referred.insert(ASSOCIATIONS.to_owned());
    }
    referred
}
