//! One numbered step: what is done, and what it costs in money, restarts and instances.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::state::Target;
use crate::domain::money::UsdPerHour;

/// One numbered step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is done.
    pub work: Work,
    /// The bill once it is done, at most; `None` where today's instances are not all priced.
    pub bill: Option<UsdPerHour>,
    /// Tasks that are started anew.
    pub restarts: u64,
    /// Instances of today that it takes away.
    pub instances: u64,
    /// Whether it takes away what is there, which is done only where that is allowed.
    pub retires: bool,
    /// The wave that it is of, where the plan was made around today's instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<OfWave>,
    /// Tasks that wait for a place after it, as the replica of ECS played it; `None` where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

impl Step {
    /// Whether tasks feel it: a rollout, a launch that is waited for, a drain.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        match &self.work {
            Work::Change(change) => change.fills || change.deploys(),
            Work::Drain(_) => true,
        }
    }

    /// Whether it deploys a service, or sets what its next tasks follow.
    #[must_use]
    pub fn moves_a_service(&self) -> bool {
        matches!(&self.work, Work::Change(change) if matches!(change.target, Target::Service(_) | Target::Size(_)))
    }
}

/// Which steps are done side by side, by index: neighbours that move services, at most so many; all others alone. Of all steps, so that
/// a run that goes on does the same ones together as one that was never stopped.
#[must_use]
pub fn batches(steps: &[Step], most: usize) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut from = 0;
    while from < steps.len() {
        let neighbours = (steps[from..].iter())
            .take(most.max(1))
            .take_while(|step| step.moves_a_service());
        let until = from + neighbours.count().max(1);
        batches.push(from..until);
        from = until;
    }
    batches
}

/// A wave of a plan around today's instances, as the replica of ECS played it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfWave {
    /// Its number, from 1.
    pub number: usize,
    /// Tasks that wait for a place after it.
    pub waiting: u64,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Work {
    /// One resource changes.
    Change(Box<Change>),
    /// Instances are drained, then terminated.
    Drain(Drain),
}

/// Instances to drain and to terminate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Their capacity provider.
    pub provider: String,
    /// Their group.
    pub group: String,
    /// Types that stay; none where all go.
    pub types_that_stay: Vec<String>,
    /// Most instances of those types that stay.
    pub most: u64,
    /// The container instances that go, where they are named; then nothing else of the drain counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
}

impl Drain {
    /// All instances of a group.
    #[must_use]
    pub fn all(provider: &str, group: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            group: group.to_owned(),
            types_that_stay: Vec::new(),
            most: 0,
            named: Vec::new(),
        }
    }

    /// Whether all instances of its provider go.
    #[must_use]
    pub const fn is_of_all(&self) -> bool {
        self.named.is_empty() && self.types_that_stay.is_empty() && self.most == 0
    }

    /// Whether a container instance is one of those that are named. A snapshot has zeros in place of the account's number in
    /// their ARNs, or the ids at the ends alone.
    #[must_use]
    pub fn names(&self, arn: &str) -> bool {
        self.named.iter().any(|named| id(named) == id(arn))
    }
}

/// The id at the end of a container instance's ARN.
fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Today's instances and tasks, as far as steps count them.
pub trait Running {
    /// Instances that go, without those that are gone by then.
    fn instances(&self, drain: &Drain, gone: &BTreeSet<String>) -> u64;
    /// Tasks of services on them, at most.
    fn tasks(&self, drain: &Drain, gone: &BTreeSet<String>) -> u64;
    /// Instances of a provider.
    fn count(&self, provider: &str) -> u64;
    /// The provider of a container instance; `None` where it is not there, empty where it has none.
    fn provider_of(&self, arn: &str) -> Option<&str>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fixture;

    #[test]
    fn neighbours_that_move_services_go_side_by_side_and_nothing_else_does() {
        let group = || fixture::step(Work::Drain(Drain::all("p", "g")));
        let service = |name: &str| {
            fixture::step(fixture::change(
                Target::Service(name.to_owned()),
                Some(fixture::service("old")),
                Some(fixture::service("new")),
            ))
        };
        let steps = [
            group(),
            group(),
            service("a"),
            service("b"),
            service("c"),
            group(),
            service("d"),
        ];
        let of = |most: usize| -> Vec<(usize, usize)> {
            let batches = batches(&steps, most).into_iter();
            batches.map(|batch| (batch.start, batch.end)).collect()
        };
        assert_eq!(of(2), [(0, 1), (1, 2), (2, 4), (4, 5), (5, 6), (6, 7)]);
        assert_eq!(of(1).len(), 7);
        assert_eq!(of(0), of(1));
    }
}
