//! States and steps of a small migration, for tests.

use super::change::Change;
use super::state::{
    ClusterState, ContainerSize, GroupState, PlacementItem, ProviderState, ServiceState, SizeState,
    State, StrategyEntry, Target, TemplateVersion,
};
use super::step::{Step, Work};

/// A group of these types; ours, or somebody else's.
pub fn group(types: &[&str], ours: bool) -> State {
    State::Group(GroupState {
        min_size: 0,
        max_size: 9,
        instance_types: types.iter().map(|&kind| kind.to_owned()).collect(),
        on_demand_base: 0,
        on_demand_percent: 100,
        spot_allocation_strategy: None,
        template: Some(TemplateVersion {
            template: "ecs".to_owned(),
            version: "7".to_owned(),
        }),
        subnets: ["subnet-1".to_owned()].into(),
        protected: true,
        managed_by_ecs: true,
        ours,
    })
}

/// A provider of a group.
pub fn provider(group: &str) -> State {
    State::Provider(ProviderState {
        group: group.to_owned(),
        scaling: true,
        target_capacity: 100,
        minimum_step: 1,
        maximum_step: 10_000,
        warmup_seconds: 300,
        termination_protection: true,
        draining: true,
    })
}

/// A cluster with these providers.
pub fn cluster(names: &[&str], default: &str) -> State {
    State::Cluster(ClusterState {
        providers: names.iter().map(|&name| name.to_owned()).collect(),
        default_strategy: vec![entry(default)],
    })
}

/// A strategy's only item.
pub fn entry(provider: &str) -> StrategyEntry {
    StrategyEntry {
        capacity_provider: provider.to_owned(),
        base: 0,
        weight: 1,
    }
}

/// A service on a provider.
pub fn service(provider: &str) -> State {
    State::Service(ServiceState {
        strategy: vec![entry(provider)],
        placement: vec![PlacementItem {
            kind: "spread".to_owned(),
            field: Some("instanceId".to_owned()),
        }],
        constraints: Some(Vec::new()),
    })
}

/// A task size: this revision, or any one of it.
pub fn size(revision: Option<u64>, cpu: u64) -> State {
    let container = ContainerSize {
        cpu,
        memory: Some(512),
        memory_reservation: None,
    };
    State::Size(SizeState {
        family: "jobs".to_owned(),
        revision,
        cpu: None,
        memory: None,
        containers: [("app".to_owned(), container)].into(),
    })
}

/// A step of which nothing but its work is known.
pub fn step(work: Work) -> Step {
    Step {
        work,
        bill: None,
        restarts: 0,
        instances: 0,
        retires: false,
        wave: None,
        waiting: None,
    }
}

/// A change's work.
pub fn change(target: Target, expects: Option<State>, leaves: Option<State>) -> Work {
    Work::Change(Box::new(Change::new(target, expects, leaves)))
}
