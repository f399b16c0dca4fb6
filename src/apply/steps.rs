//! A plan's changes in an order that AWS accepts, each with the bill after it.
//!
//! 1. groups, then their providers, beside the old ones; settings of those that stay; a group that gets smaller keeps its
//!    room until the end;
//! 2. the cluster's list with the new names in it;
//! 3. services, one change each: a new strategy is a full deployment;
//! 4. what the plan has no use for: smallest size 0, instances drained and terminated, the cluster's list without the
//!    provider, the provider, the group; then the planned sizes of groups that get smaller.
//!
//! The first three leave a fleet that holds every task after each step, since nothing of the old one is taken away. Source:
//! Amazon ECS API reference, `PutClusterCapacityProviders`, `UpdateService`, `DeleteCapacityProvider`.

use super::change::Change;
use super::sources::{Missing, Sources};
use super::state::{
    ClusterState, GroupState, PlacementItem, ProviderState, ServiceState, State, StrategyEntry,
    Target,
};
use super::step::{Drain, Running, Step, Work};
use super::today::{Obstacle, Today, Use};
use crate::domain::money::UsdPerHour;
use crate::domain::settings::{GroupSettings, ServiceSettings, Settings, WeightedItem};
use crate::domain::weights;

/// What stands against a plan: all of it is said before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A new group lacks something.
    Missing(Missing),
    /// A resource must not be touched.
    MustNotBeTouched(Target, Obstacle),
    /// The snapshot does not have it.
    NotInSnapshot(Target),
    /// A group's instances are to be of other types, and its template is not the plan's to change.
    OtherGroup {
        /// The provider.
        provider: String,
        /// Its group of today.
        today: String,
        /// The planned one.
        planned: String,
    },
}

/// The plan's bill from beginning to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bills {
    /// Of today, where all of it is priced.
    pub today: Option<UsdPerHour>,
    /// Of the plan.
    pub planned: UsdPerHour,
}

/// The steps of a plan's settings; none where nothing is to be done.
///
/// # Errors
/// Everything that stands against it.
pub fn steps(
    settings: &Settings,
    sources: &Sources<'_>,
    running: &impl Running,
    bills: Bills,
) -> Result<Vec<Step>, Vec<Refusal>> {
    let mut builder = Builder {
        settings,
        sources,
        today: sources.today,
        running,
        bills,
        steps: Vec::new(),
        refusals: Vec::new(),
    };
    builder.groups();
    builder.providers();
    builder.association();
    builder.services();
    builder.retirement();
    if builder.refusals.is_empty() {
        Ok(builder.steps)
    } else {
        Err(builder.refusals)
    }
}

struct Builder<'a, R> {
    settings: &'a Settings,
    sources: &'a Sources<'a>,
    today: &'a Today,
    running: &'a R,
    bills: Bills,
    steps: Vec<Step>,
    refusals: Vec<Refusal>,
}

impl<R: Running> Builder<'_, R> {
    fn groups(&mut self) {
        let settings = self.settings;
        for group in settings.groups.iter().filter(|group| group.writes_group) {
            let target = Target::Group(group.group.clone());
            let max_size = settings.max_size_at_first(group);
            match self.today.state(&target) {
                Some(State::Group(now)) => {
                    let planned = self.changed_group(group, now, max_size);
                    if planned != *now {
                        self.touch(&target, Use::Change);
                    }
                    let tagged = GroupState {
                        managed_by_ecs: true,
                        ..now.clone()
                    };
                    let bill = self.added();
                    self.change(
                        &target,
                        Some(State::Group(now.clone())),
                        Some(State::Group(tagged.clone())),
                        bill,
                    );
                    self.change(
                        &target,
                        Some(State::Group(tagged)),
                        Some(State::Group(planned)),
                        bill,
                    );
                }
                _ => match self.new_group(group, max_size) {
                    Ok(state) => {
                        let bill = self.added();
                        self.change(&target, None, Some(State::Group(state)), bill);
                    }
                    Err(missing) => {
                        self.refusals
                            .extend(missing.into_iter().map(Refusal::Missing));
                    }
                },
            }
        }
    }

    /// A group that stays keeps its template and subnets, unless the plan wants zones that it is not in.
    fn changed_group(
        &mut self,
        group: &GroupSettings,
        now: &GroupState,
        max_size: u64,
    ) -> GroupState {
        let zones = &self.settings.subnets[group.subnets].zones;
        let is_in = |zone: &String| {
            (now.subnets.iter()).any(|subnet| self.today.zone(subnet) == Some(zone.as_str()))
        };
        let is_wanted = |subnet: &String| {
            self.today
                .zone(subnet)
                .is_none_or(|zone| zones.iter().any(|wanted| wanted == zone))
        };
        let subnets =
            if zones.is_empty() || (zones.iter().all(is_in) && now.subnets.iter().all(is_wanted)) {
                now.subnets.clone()
            } else {
                match self.sources.subnets(&group.group, zones) {
                    Ok(subnets) => subnets,
                    Err(missing) => {
                        self.refusals.push(Refusal::Missing(missing));
                        now.subnets.clone()
                    }
                }
            };
        GroupState {
            template: now.template.clone(),
            subnets,
            ours: now.ours,
            managed_by_ecs: true,
            ..planned(group, max_size)
        }
    }

    fn new_group(&self, group: &GroupSettings, max_size: u64) -> Result<GroupState, Vec<Missing>> {
        let zones = &self.settings.subnets[group.subnets].zones;
        let template = (self.settings.template(group))
            .map(|planned| self.sources.template(&group.group, planned));
        let subnets = self.sources.subnets(&group.group, zones);
        match (template.transpose(), subnets) {
            (Ok(template), Ok(subnets)) => Ok(GroupState {
                template,
                subnets,
                ..planned(group, max_size)
            }),
            (template, subnets) => Err(template.err().into_iter().chain(subnets.err()).collect()),
        }
    }

    fn providers(&mut self) {
        let settings = self.settings;
        for group in settings.groups.iter().filter(|group| group.writes_provider) {
            let target = Target::Provider(group.name.clone());
            let scaling = group.scaling;
            let planned = ProviderState {
                group: group.group.clone(),
                scaling: scaling.enabled,
                target_capacity: scaling.target_capacity,
                minimum_step: scaling.minimum_step,
                maximum_step: scaling.maximum_step,
                warmup_seconds: scaling.warmup_seconds,
                termination_protection: scaling.enabled,
                draining: true,
            };
            let now = self.today.state(&target).cloned();
            if let Some(State::Provider(now)) = &now
                && now.group != planned.group
            {
                self.refusals.push(Refusal::OtherGroup {
                    provider: group.name.clone(),
                    today: now.group.clone(),
                    planned: planned.group.clone(),
                });
            }
            let bill = self.added();
            self.change(&target, now, Some(State::Provider(planned)), bill);
        }
    }

    fn association(&mut self) {
        let Some((target, now)) = self.cluster() else {
            let target = Target::Cluster(self.settings.cluster.clone());
            self.refusals.push(Refusal::NotInSnapshot(target));
            return;
        };
        let mut then = now.clone();
        then.providers
            .extend(self.settings.providers().into_iter().map(str::to_owned));
        if then.default_strategy.is_empty() {
            then.default_strategy = entries(&self.settings.default_strategy);
        }
        let bill = self.added();
        self.change(
            &target,
            Some(State::Cluster(now)),
            Some(State::Cluster(then)),
            bill,
        );
    }

    fn cluster(&self) -> Option<(Target, ClusterState)> {
        let target = self.today.cluster()?;
        match self.today.state(target)? {
            State::Cluster(state) => Some((target.clone(), state.clone())),
            _ => None,
        }
    }

    fn services(&mut self) {
        let settings = self.settings;
        let moves = settings
            .stages
            .as_ref()
            .map_or(&[][..], |stages| &stages.moves);
        let place = |service: &ServiceSettings| {
            (moves.iter().position(|it| it.service == service.name)).unwrap_or(moves.len())
        };
        let mut services: Vec<&ServiceSettings> = settings.services.iter().collect();
        services.sort_by_key(|service| place(service));
        let mut bill = self.added();
        for service in services {
            let target = Target::Service(service.name.clone());
            let Some(State::Service(now)) = self.today.state(&target) else {
                self.refusals.push(Refusal::NotInSnapshot(target));
                continue;
            };
            let placement = if service.is_fargate {
                now.placement.clone()
            } else {
                placement(service)
            };
            let then = ServiceState {
                strategy: entries(&service.strategy),
                placement,
            };
            if then == *now {
                continue;
            }
            self.touch(&target, Use::Change);
            if let Some(moved) = moves.iter().find(|it| it.service == service.name) {
                bill = moved.bill;
            } else if settings.stages.is_none() {
                bill = self.bills.today.map(|today| today.max(self.bills.planned));
            }
            let restarts = if then.strategy == now.strategy {
                0
            } else {
                service.desired_count
            };
            let now = State::Service(now.clone());
            let change = Change {
                target,
                expects: Some(now),
                leaves: Some(State::Service(then)),
            };
            self.push(Work::Change(Box::new(change)), bill, restarts);
        }
    }

    /// What goes, and the sizes of groups that get smaller.
    fn retirement(&mut self) {
        let Some(stages) = &self.settings.stages else {
            return;
        };
        let bill = stages.bills.map(|bills| bills.moved);
        for leaving in &stages.leaving {
            let Some(group) = &leaving.group else {
                continue;
            };
            self.touch(&Target::Group(group.clone()), Use::Retire);
            self.resized(group, |now| GroupState { min_size: 0, ..now }, bill);
            self.drain((&leaving.name, group), Vec::new(), 0, bill);
        }
        let narrowed = self
            .settings
            .groups
            .iter()
            .filter_map(|group| Some((group, stages.narrowed(&group.group)?)));
        for (group, _) in narrowed {
            let types = group.instance_types.clone();
            self.drain((&group.name, &group.group), types, group.planned, bill);
        }
        self.without_leaving(bill);
        let bill = stages.bills.map(|bills| bills.retired);
        for leaving in &stages.leaving {
            let target = Target::Provider(leaving.name.clone());
            if leaving.group.is_none() {
                continue;
            }
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
        }
        for group in stages
            .leaving
            .iter()
            .filter_map(|leaving| leaving.group.as_ref())
        {
            self.resized(
                group,
                |now| GroupState {
                    min_size: 0,
                    max_size: 0,
                    ..now
                },
                bill,
            );
            let target = Target::Group(group.clone());
            let now = self.left_by_steps(&target);
            self.retire(&target, now, None, bill);
        }
        for group in self
            .settings
            .groups
            .iter()
            .filter(|it| stages.narrowed(&it.group).is_some())
        {
            let (min_size, max_size) = (group.min_size, group.max_size);
            self.resized(
                &group.group,
                |now| GroupState {
                    min_size,
                    max_size,
                    ..now
                },
                bill,
            );
        }
    }

    fn resized(
        &mut self,
        group: &str,
        with: impl Fn(GroupState) -> GroupState,
        bill: Option<UsdPerHour>,
    ) {
        let target = Target::Group(group.to_owned());
        let Some(State::Group(now)) = self.left_by_steps(&target) else {
            self.refusals.push(Refusal::NotInSnapshot(target));
            return;
        };
        let then = Some(State::Group(with(now.clone())));
        self.retire(&target, Some(State::Group(now)), then, bill);
    }

    /// The cluster's list without the providers that go, and a default strategy that names none of them.
    fn without_leaving(&mut self, bill: Option<UsdPerHour>) {
        let Some((target, _)) = self.cluster() else {
            return;
        };
        let Some(State::Cluster(now)) = self.left_by_steps(&target) else {
            return;
        };
        let leaving: Vec<&str> = self.settings.leaving().collect();
        let mut then = now.clone();
        then.providers
            .retain(|name| !leaving.contains(&name.as_str()));
        if (then.default_strategy.iter())
            .any(|item| leaving.contains(&item.capacity_provider.as_str()))
        {
            then.default_strategy = entries(&self.settings.default_strategy);
        }
        self.retire(
            &target,
            Some(State::Cluster(now)),
            Some(State::Cluster(then)),
            bill,
        );
    }

    /// The state in which the steps up to here leave a resource.
    fn left_by_steps(&self, target: &Target) -> Option<State> {
        let last = self.steps.iter().rev().find_map(|step| match &step.work {
            Work::Change(change) if change.target == *target => Some(change.leaves.clone()),
            _ => None,
        });
        last.unwrap_or_else(|| self.today.state(target).cloned())
    }

    fn drain(
        &mut self,
        (provider, group): (&str, &str),
        types_that_stay: Vec<String>,
        most: u64,
        bill: Option<UsdPerHour>,
    ) {
        let drain = Drain {
            provider: provider.to_owned(),
            group: group.to_owned(),
            types_that_stay,
            most,
        };
        let instances = self.running.instances(&drain);
        if instances == 0 {
            return;
        }
        // Services have moved away from a provider that goes; what a group that stays holds is started anew.
        let restarts = if drain.most == 0 {
            0
        } else {
            self.running.tasks(&drain)
        };
        self.steps.push(Step {
            work: Work::Drain(drain),
            bill,
            restarts,
            instances,
            retires: true,
        });
    }

    fn touch(&mut self, target: &Target, use_: Use) {
        if let Some(obstacle) = self.today.obstacle(target, use_) {
            self.refusals
                .push(Refusal::MustNotBeTouched(target.clone(), obstacle));
        }
    }

    /// The bill with the new groups there.
    fn added(&self) -> Option<UsdPerHour> {
        match &self.settings.stages {
            Some(stages) => stages.bills.map(|bills| bills.added),
            None => self.bills.today,
        }
    }

    fn change(
        &mut self,
        target: &Target,
        expects: Option<State>,
        leaves: Option<State>,
        bill: Option<UsdPerHour>,
    ) {
        if expects != leaves {
            let target = target.clone();
            let change = Change {
                target,
                expects,
                leaves,
            };
            self.push(Work::Change(Box::new(change)), bill, 0);
        }
    }

    fn retire(
        &mut self,
        target: &Target,
        expects: Option<State>,
        leaves: Option<State>,
        bill: Option<UsdPerHour>,
    ) {
        let before = self.steps.len();
        self.change(target, expects, leaves, bill);
        for step in &mut self.steps[before..] {
            step.retires = true;
        }
    }

    fn push(&mut self, work: Work, bill: Option<UsdPerHour>, restarts: u64) {
        self.steps.push(Step {
            work,
            bill,
            restarts,
            instances: 0,
            retires: false,
        });
    }
}

/// What the plan says of a group; its template and subnets are filled in.
fn planned(group: &GroupSettings, max_size: u64) -> GroupState {
    let buys_spot = group.on_demand_percent < 100;
    GroupState {
        min_size: group.min_size,
        max_size,
        instance_types: group.instance_types.clone(),
        on_demand_base: group.on_demand_base,
        on_demand_percent: group.on_demand_percent,
        spot_allocation_strategy: buys_spot.then(|| "price-capacity-optimized".to_owned()),
        template: None,
        subnets: std::collections::BTreeSet::new(),
        protected: group.scaling.enabled,
        managed_by_ecs: true,
        ours: true,
    }
}

/// A strategy as states hold it: by provider, weights in lowest terms.
fn entries(items: &[WeightedItem]) -> Vec<StrategyEntry> {
    let weights: Vec<u64> = items.iter().map(|item| item.weight).collect();
    let mut entries: Vec<StrategyEntry> = (items.iter().zip(weights::small(&weights)))
        .filter(|(item, weight)| item.base > 0 || *weight > 0)
        .map(|(item, weight)| StrategyEntry {
            capacity_provider: item.provider.clone(),
            base: item.base,
            weight,
        })
        .collect();
    entries.sort();
    entries
}

fn placement(service: &ServiceSettings) -> Vec<PlacementItem> {
    (service.placement.iter())
        .map(|item| PlacementItem {
            kind: item.kind.to_owned(),
            field: item.field.clone(),
        })
        .collect()
}
