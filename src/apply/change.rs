//! One resource from one state to another: what is read decides what is asked for.
//!
//! A change is one API request, followed by a condition to wait for. Two requests are two changes, so that whatever a
//! kill leaves behind is a state that some change expects or leaves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::state::{
    ClusterState, GroupState, ProviderState, ServiceState, SizeState, State, Target,
};

/// A resource, the state in which it must be found, and the one in which it is left. `None` is a resource that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What changes.
    pub target: Target,
    /// As it is before.
    pub expects: Option<State>,
    /// As it is after.
    pub leaves: Option<State>,
    /// Whether it waits until as many instances as the group's smallest size take tasks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fills: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(is: &bool) -> bool {
    !*is
}

/// What a reading of the resource means for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It has happened.
    Done,
    /// It can be asked for, so.
    Due(Box<Request>),
    /// The resource is neither as expected nor as left: somebody else changed it.
    Differs,
}

/// A request to AWS's APIs that changes something. Names are those of the API's operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `autoscaling:CreateAutoScalingGroup`, tagged as ours and for ECS.
    CreateGroup(String, GroupState),
    /// `autoscaling:UpdateAutoScalingGroup`, with only the members that differ.
    UpdateGroup {
        /// Name.
        name: String,
        /// State of now.
        from: GroupState,
        /// State then.
        to: GroupState,
    },
    /// `autoscaling:CreateOrUpdateTags` with ECS's tag.
    TagGroup(String),
    /// `autoscaling:DeleteAutoScalingGroup`, never by force.
    DeleteGroup(String),
    /// `ecs:CreateCapacityProvider`, tagged as ours.
    CreateProvider(String, ProviderState),
    /// `ecs:UpdateCapacityProvider`.
    UpdateProvider(String, ProviderState),
    /// `ecs:DeleteCapacityProvider`.
    DeleteProvider(String),
    /// `ecs:PutClusterCapacityProviders`: both lists whole.
    PutProviders(String, ClusterState),
    /// `ecs:UpdateService`.
    UpdateService {
        /// Name.
        service: String,
        /// Its strategy, which AWS takes with a forced deployment only; `None` keeps it.
        strategy: Option<Vec<super::state::StrategyEntry>>,
        /// Its placement strategies; `None` keeps them. Without a new strategy nothing is deployed.
        placement: Option<Vec<super::state::PlacementItem>>,
    },
    /// `ecs:UpdateService` with the task definition of this size, after `ecs:RegisterTaskDefinition` where there is none. One that was registered
    /// and not used yet is found by its tag and its sizes, so that two calls are one request.
    Resize {
        /// The service.
        service: String,
        /// The size.
        to: SizeState,
    },
}

/// What has to come about after a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The provider is ACTIVE and its last update is complete.
    ProviderActive(String),
    /// ECS describes the provider no more, or as INACTIVE.
    ProviderGone(String),
    /// The cluster's `attachmentsStatus` is `UPDATE_COMPLETE`.
    ClusterAttached(String),
    /// The newest service deployment is `SUCCESSFUL`.
    Deployed(String),
    /// The newest service deployment has ended, by success or by AWS's own way back.
    Back(String),
    /// No instance is in the group any more, in whatever state: until then AWS does not delete it.
    GroupEmpty(String),
    /// The group is not described any more.
    GroupGone(String),
    /// So many instances of the group are registered with the cluster and take tasks.
    GroupFilled(String, u64),
}

impl Change {
    /// From one state to another.
    #[must_use]
    pub const fn new(target: Target, expects: Option<State>, leaves: Option<State>) -> Self {
        Self {
            target,
            expects,
            leaves,
            fills: false,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            target: self.target.clone(),
            expects: self.leaves.clone(),
            leaves: self.expects.clone(),
            fills: false,
        }
    }

    /// What there is to do where the resource is found so.
    #[must_use]
    pub fn reading(&self, found: Option<&State>) -> Reading {
        if let (Some(State::Cluster(from)), Some(State::Cluster(to)), Some(State::Cluster(now))) =
            (&self.expects, &self.leaves, found)
        {
            return cluster(self.target.name(), from, to, now);
        }
        if let (Some(State::Service(from)), Some(State::Service(to)), Some(State::Service(now))) =
            (&self.expects, &self.leaves, found)
        {
            return service(self.target.name(), from, to, now);
        }
        if let (Some(State::Size(from)), Some(State::Size(to)), Some(State::Size(now))) =
            (&self.expects, &self.leaves, found)
        {
            return size(self.target.name(), from, to, now);
        }
        if found == self.leaves.as_ref() || (found.is_none() && self.is_over_without_it()) {
            return Reading::Done;
        }
        if found != self.expects.as_ref() {
            return Reading::Differs;
        }
        self.request()
            .map_or(Reading::Done, |request| Reading::Due(Box::new(request)))
    }

    /// Whether nothing is left to do where the resource is gone: a service that was deleted needs no place, and nobody makes it anew.
    #[must_use]
    pub const fn is_over_without_it(&self) -> bool {
        matches!(self.target, Target::Service(_) | Target::Size(_))
    }

    /// Whether it gives a service another strategy, by a deployment; another placement alone deploys nothing.
    #[must_use]
    pub fn deploys(&self) -> bool {
        matches!((&self.expects, &self.leaves), (Some(State::Service(now)), Some(State::Service(then)))
            if now.strategy != then.strategy)
    }

    /// What it waits for once it has been asked for.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        let name = || self.target.name().to_owned();
        match (&self.expects, &self.leaves) {
            (_, Some(State::Provider(_))) => Some(Condition::ProviderActive(name())),
            (Some(State::Provider(_)), None) => Some(Condition::ProviderGone(name())),
            (_, Some(State::Cluster(_))) => Some(Condition::ClusterAttached(name())),
            (Some(State::Service(from)), Some(State::Service(to))) => {
                (from.strategy != to.strategy).then(|| Condition::Deployed(name()))
            }
            (_, Some(State::Size(_))) => Some(Condition::Deployed(name())),
            (_, Some(State::Group(to))) if to.max_size == 0 => Some(Condition::GroupEmpty(name())),
            (_, Some(State::Group(to))) if self.fills => {
                Some(Condition::GroupFilled(name(), to.min_size))
            }
            (Some(State::Group(_)), None) => Some(Condition::GroupGone(name())),
            _ => None,
        }
    }

    /// What it waits for where it takes another one back: a deployment that AWS rolled back by itself is back already.
    #[must_use]
    pub fn condition_of_way_back(&self) -> Option<Condition> {
        self.condition().map(|condition| match condition {
            Condition::Deployed(service) => Condition::Back(service),
            other => other,
        })
    }

    /// The request once more, where the resource shows the change and the deployment that it asked for has failed.
    #[must_use]
    pub fn again(&self) -> Option<Request> {
        let service = self.target.name().to_owned();
        match &self.leaves {
            Some(State::Service(to)) => Some(Request::UpdateService {
                service,
                strategy: Some(to.strategy.clone()),
                placement: None,
            }),
            Some(State::Size(to)) => Some(Request::Resize {
                service,
                to: to.clone(),
            }),
            _ => None,
        }
    }

    fn request(&self) -> Option<Request> {
        let name = self.target.name().to_owned();
        Some(match (self.expects.as_ref(), self.leaves.as_ref()) {
            (None, Some(State::Group(to))) => Request::CreateGroup(name, to.clone()),
            (Some(State::Group(from)), Some(State::Group(to))) => {
                match (from.managed_by_ecs, to.managed_by_ecs) {
                    (false, true) => Request::TagGroup(name),
                    // ECS's tag does no harm where it stays, and no policy of ours takes tags off.
                    (true, false) => return None,
                    (true, true) | (false, false) => {
                        let (from, to) = (from.clone(), to.clone());
                        Request::UpdateGroup { name, from, to }
                    }
                }
            }
            (Some(State::Group(_)), None) => Request::DeleteGroup(name),
            (None, Some(State::Provider(to))) => Request::CreateProvider(name, to.clone()),
            (Some(State::Provider(_)), Some(State::Provider(to))) => {
                Request::UpdateProvider(name, to.clone())
            }
            (Some(State::Provider(_)), None) => Request::DeleteProvider(name),
            // Clusters and services are neither made nor deleted, and nothing becomes another kind of thing.
            _ => return None,
        })
    }
}

/// Each member is as expected or as left: a deployment that AWS rolls back takes the strategy back and leaves the placement.
fn service(name: &str, from: &ServiceState, to: &ServiceState, now: &ServiceState) -> Reading {
    if to.is(now) {
        return Reading::Done;
    }
    let is_known = [&from.strategy, &to.strategy].contains(&&now.strategy)
        && [&from.placement, &to.placement].contains(&&now.placement)
        && to.is_constrained_as(now);
    if !is_known {
        return Reading::Differs;
    }
    Reading::Due(Box::new(Request::UpdateService {
        service: name.to_owned(),
        strategy: (now.strategy != to.strategy).then(|| to.strategy.clone()),
        placement: (now.placement != to.placement).then(|| to.placement.clone()),
    }))
}

/// A revision that is left open is every one of its sizes.
fn size(service: &str, from: &SizeState, to: &SizeState, now: &SizeState) -> Reading {
    if to.is(now) {
        return Reading::Done;
    }
    if !from.is(now) {
        return Reading::Differs;
    }
    let (service, to) = (service.to_owned(), to.clone());
    Reading::Due(Box::new(Request::Resize { service, to }))
}

/// The call takes the whole list, so what others added meanwhile is sent along: read, merge, write.
fn cluster(name: &str, from: &ClusterState, to: &ClusterState, now: &ClusterState) -> Reading {
    let added: BTreeSet<&String> = to.providers.difference(&from.providers).collect();
    let removed: BTreeSet<&String> = from.providers.difference(&to.providers).collect();
    let has_added = added
        .iter()
        .all(|provider| now.providers.contains(*provider));
    let has_removed = removed
        .iter()
        .all(|provider| !now.providers.contains(*provider));
    if has_added && has_removed && now.default_strategy == to.default_strategy {
        return Reading::Done;
    }
    let is_as_expected = now.default_strategy == from.default_strategy
        || now.default_strategy == to.default_strategy;
    if !is_as_expected {
        return Reading::Differs;
    }
    let mut providers = now.providers.clone();
    providers.extend(added.into_iter().cloned());
    providers.retain(|provider| !removed.contains(provider));
    let default_strategy = to.default_strategy.clone();
    let state = ClusterState {
        providers,
        default_strategy,
    };
    Reading::Due(Box::new(Request::PutProviders(name.to_owned(), state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::state::{ConstraintItem, StrategyEntry};

    fn clusters(from: &[&str], to: &[&str]) -> Change {
        let state = |names: &[&str]| {
            Some(State::Cluster(ClusterState {
                providers: names.iter().map(|&name| name.to_owned()).collect(),
                default_strategy: Vec::new(),
            }))
        };
        Change::new(Target::Cluster("prod".to_owned()), state(from), state(to))
    }

    #[test]
    fn what_others_added_to_the_cluster_is_sent_along() {
        let change = clusters(&["a", "b"], &["b", "c"]);
        let now = clusters(&["a", "b", "foreign"], &[]).expects;
        let Reading::Due(request) = change.reading(now.as_ref()) else {
            panic!("the list is due");
        };
        let Request::PutProviders(_, state) = *request else {
            panic!("{request:?}");
        };
        let names: Vec<&str> = state.providers.iter().map(String::as_str).collect();
        assert_eq!(names, ["b", "c", "foreign"]);
        let then = Some(State::Cluster(state));
        assert_eq!(change.reading(then.as_ref()), Reading::Done);
    }

    #[test]
    fn a_launch_is_waited_for_and_its_way_back_is_not() {
        let group = |min_size: u64| match crate::apply::fixture::group(&["m5.large"], true) {
            State::Group(group) => Some(State::Group(GroupState { min_size, ..group })),
            _ => None,
        };
        let change = Change {
            fills: true,
            ..Change::new(Target::Group("g".to_owned()), group(0), group(3))
        };
        let filled = Condition::GroupFilled("g".to_owned(), 3);
        assert_eq!(change.condition(), Some(filled));
        assert_eq!(change.reversed().condition(), None);
        let text = serde_json::to_string(&change).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Change>(&text).expect("a change"),
            change
        );
    }

    #[test]
    fn a_service_that_somebody_else_changed_is_left_alone() {
        let state = |provider: &str| {
            let entry = StrategyEntry {
                capacity_provider: provider.to_owned(),
                base: 0,
                weight: 1,
            };
            Some(State::Service(ServiceState {
                strategy: vec![entry],
                placement: Vec::new(),
                constraints: None,
            }))
        };
        let change = Change::new(
            Target::Service("api".to_owned()),
            state("old"),
            state("new"),
        );
        assert_eq!(change.reading(state("third").as_ref()), Reading::Differs);
        // One that is gone needs nothing.
        assert_eq!(change.reading(None), Reading::Done);
        assert_eq!(change.reading(state("new").as_ref()), Reading::Done);
        let Reading::Due(request) = change.reading(state("old").as_ref()) else {
            panic!("it is due");
        };
        let Request::UpdateService {
            strategy,
            placement,
            ..
        } = *request
        else {
            panic!("{request:?}");
        };
        assert!(strategy.is_some() && placement.is_none());
        assert_eq!(change.reversed().reversed(), change);
    }

    #[test]
    fn a_service_with_other_placement_constraints_is_not_the_one_that_was_planned() {
        let state = |provider: &str, kinds: Option<&[&str]>| {
            let item = |kind: &&str| ConstraintItem {
                kind: (*kind).to_owned(),
                expression: None,
            };
            Some(State::Service(ServiceState {
                strategy: vec![crate::apply::fixture::entry(provider)],
                placement: Vec::new(),
                constraints: kinds.map(|kinds| kinds.iter().map(item).collect()),
            }))
        };
        let change = |kinds: Option<&[&str]>| {
            let target = Target::Service("api".to_owned());
            Change::new(target, state("old", kinds), state("new", kinds))
        };
        let found = state("old", Some(&["distinctInstance"]));
        let is_due = |change: Change| matches!(change.reading(found.as_ref()), Reading::Due(_));
        assert!(is_due(change(Some(&["distinctInstance"]))));
        assert!(!is_due(change(Some(&[]))));
        // As in journals of before they were kept.
        assert!(is_due(change(None)));
        let done = state("new", Some(&["distinctInstance"]));
        let planned = change(Some(&[]));
        assert_eq!(planned.reading(done.as_ref()), Reading::Differs);
        assert_eq!(change(None).reading(done.as_ref()), Reading::Done);
    }

    #[test]
    fn a_service_that_aws_rolled_back_has_the_new_placement_still_and_goes_on_and_back() {
        let state = |provider: &str, kind: &str| ServiceState {
            strategy: vec![crate::apply::fixture::entry(provider)],
            placement: vec![crate::apply::state::PlacementItem {
                kind: kind.to_owned(),
                field: None,
            }],
            constraints: None,
        };
        let some = |state: ServiceState| Some(State::Service(state));
        let change = Change::new(
            Target::Service("api".to_owned()),
            some(state("old", "spread")),
            some(state("new", "binpack")),
        );
        let found = some(state("old", "binpack"));
        let asked = |change: &Change| match change.reading(found.as_ref()) {
            Reading::Due(request) => match *request {
                Request::UpdateService {
                    strategy,
                    placement,
                    ..
                } => (strategy.is_some(), placement.is_some()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(asked(&change), (true, false));
        let back = change.reversed();
        assert_eq!(asked(&back), (false, true));
        assert_eq!(
            back.condition_of_way_back(),
            Some(Condition::Back("api".to_owned()))
        );
        let other = some(state("third", "binpack"));
        assert_eq!(change.reading(other.as_ref()), Reading::Differs);
    }
}
