//! A plan's changes in an order that AWS accepts, each with the bill after it.
//!
//! 1. groups, then their providers, beside the old ones; settings of those that stay; a group that gets smaller keeps its
//!    room until the end;
//! 2. the cluster's list with the new names in it;
//! 3. services, one change each: a new strategy is a full deployment;
//! 4. waves of a plan around today's instances: launched, drained, terminated, by name;
//! 5. what the plan has no use for: smallest size 0, instances drained and terminated, the cluster's list without the
//!    provider, the provider, the group; then the planned sizes of groups that get smaller.
//!
//! The first three leave a fleet that holds every task after each step, since nothing of the old one is taken away. Source:
//! Amazon ECS API reference, `PutClusterCapacityProviders`, `UpdateService`, `DeleteCapacityProvider`.

mod groups;
mod providers;
mod retirement;
mod services;
mod waves;

use std::collections::BTreeSet;

use super::change::Change;
use super::obstacles::{Obstacle, Use};
use super::sources::{Missing, Sources};
use super::state::{ClusterState, State, StrategyEntry, Target};
use super::step::{Running, Step, Work};
use super::today::Today;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{NotDrained, Wave};
use crate::domain::settings::{Settings, WeightedItem};
use crate::domain::weights;

/// What stands in a snapshot in place of an account's number.
const NO_ACCOUNT: &str = "000000000000";

/// What stands against a plan: all of it is said before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A new group lacks something.
    Missing(Missing),
    /// A resource must not be touched.
    MustNotBeTouched(Target, Obstacle),
    /// The snapshot has zeros in its name, in place of the account's number.
    NameWithoutAccount(Target),
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
    /// A wave takes an instance away that has no capacity provider: no group tells how.
    WithoutProvider(String),
}

/// The plan's bill from beginning to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bills {
    /// Of today, where all of it is priced.
    pub today: Option<UsdPerHour>,
    /// Of the plan.
    pub planned: UsdPerHour,
}

/// How a plan around today's instances is carried out; nothing of it for other plans.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// Its waves, in order.
    pub waves: &'a [Wave],
    /// Instances that go by the plan and that no wave takes away.
    pub not_drained: &'a [NotDrained],
    /// What its tasks on Fargate cost, which the waves' bills do not hold.
    pub fargate: UsdPerHour,
}

/// The steps of a plan's settings, none where nothing is to be done, and everything that stands against them.
#[must_use]
pub fn with_refusals(
    settings: &Settings,
    sources: &Sources<'_>,
    running: &impl Running,
    (bills, around): (Bills, Around<'_>),
) -> (Vec<Step>, Vec<Refusal>) {
    let mut builder = Builder {
        settings,
        sources,
        today: sources.today,
        running,
        bills,
        around,
        gone: BTreeSet::new(),
        steps: Vec::new(),
        refusals: Vec::new(),
    };
    builder.groups();
    builder.providers();
    builder.association();
    builder.services();
    builder.waves();
    builder.retirement();
    builder.names();
    (builder.steps, builder.refusals)
}

struct Builder<'a, R> {
    settings: &'a Settings,
    sources: &'a Sources<'a>,
    today: &'a Today,
    running: &'a R,
    bills: Bills,
    around: Around<'a>,
    /// Container instances that waves have taken away.
    gone: BTreeSet<String>,
    steps: Vec<Step>,
    refusals: Vec<Refusal>,
}

impl<R: Running> Builder<'_, R> {
    fn cluster(&self) -> Option<(Target, ClusterState)> {
        let target = self.today.cluster()?;
        match self.today.state(target)? {
            State::Cluster(state) => Some((target.clone(), state.clone())),
            _ => None,
        }
    }

    /// The state in which the steps up to here leave a resource.
    fn left_by_steps(&self, target: &Target) -> Option<State> {
        let last = self.steps.iter().rev().find_map(|step| match &step.work {
            Work::Change(change) if change.target == *target => Some(change.leaves.clone()),
            _ => None,
        });
        last.unwrap_or_else(|| self.today.state(target).cloned())
    }

    /// A name that the snapshot changed is nobody's, or somebody else's.
    fn names(&mut self) {
        let targets = self.steps.iter().map(|step| match &step.work {
            Work::Change(change) => change.target.clone(),
            Work::Drain(drain) => Target::Group(drain.group.clone()),
        });
        // Every step is asked for in the cluster's name, whether or not one changes its list.
        let cluster = self.today.cluster().filter(|_| !self.steps.is_empty());
        let changed: BTreeSet<Target> = (targets.chain(cluster.cloned()))
            .filter(|target| target.name().contains(NO_ACCOUNT))
            .collect();
        self.refusals
            .extend(changed.into_iter().map(Refusal::NameWithoutAccount));
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
            let change = Change::new(target.clone(), expects, leaves);
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
            wave: None,
            waiting: None,
        });
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
