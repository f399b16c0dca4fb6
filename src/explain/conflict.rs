//! Why a cluster cannot be planned: a smallest set of requirements that conflict.
//!
//! A requirement is a key of the policy or a rule of the service that can be dropped. With all of a set in force some
//! task has no place; with any one of it dropped, the others in force, all have. Such a set is found by a deletion
//! filter (Chinneck and Dravnieks 1991, doi:10.1287/ijoc.3.2.157): each requirement in turn is dropped for good
//! where the rest still conflict, and kept where they do not. What is left is irreducible, and small sets are
//! tried first, so that it is a smallest one where one or two requirements suffice. A requirement that alone would
//! resolve the conflict stands in every such set, provided that it is a suspect: every key of the policy that can
//! leave a task without a place is one (`domain::policy_keys`).

mod requirements;

use std::cell::RefCell;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::stop::Stop;
use crate::planner::{self, PlanError, PlanOptions, default_work};

use requirements::{Requirement, requirements};

/// Requirements of a service without a place that conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Service name.
    pub service_name: String,
    /// Tasks without a place.
    pub count: u64,
    /// The set, as `policy.maxVcpus = 4` or `services.api.gpu = 64`; empty where none was found.
    pub requirements: Vec<String>,
    /// Whether a search could not place the tasks, rather than no instance holding one: then the set is what the
    /// search found in its way, without proof.
    pub by_search: bool,
    /// How the LP solver failed in a test, where it did: the set may then be too large.
    #[serde(skip)]
    pub solver_failed: Option<LpError>,
}

/// The conflicts of every service of a plan that has tasks without a place; those that a limit left time for. Work limit and
/// seed of each of the searches are the options'; without a limit it is a quarter of a plan's.
///
/// # Errors
/// When prices are missing or the solver fails.
pub fn conflicts(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Vec<Conflict>, PlanError> {
    let mut found = Vec::new();
    for unplaced in &plan.unplaced {
        let Some(position) =
            (cluster.services.iter()).position(|service| service.name == unplaced.service_name)
        else {
            continue;
        };
        let conflict = conflict(
            cluster,
            catalogue,
            (position, unplaced.count),
            (options, stop),
        );
        // A search that was stopped has not shown that there is no place.
        if stop.should_stop() {
            break;
        }
        found.push(conflict?);
    }
    Ok(found)
}

fn conflict(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (position, count): (usize, u64),
    (options, stop): (&PlanOptions<'_>, &dyn Stop),
) -> Result<Conflict, PlanError> {
    let name = cluster.services[position].name.clone();
    let mut conflict = Conflict {
        service_name: name,
        count,
        requirements: Vec::new(),
        by_search: false,
        solver_failed: None,
    };
    // First one task of the service alone: instances either hold it or do not.
    let (alone, own) = alone(cluster, position);
    let mut test = Test {
        cluster: alone,
        position: own,
        catalogue,
        options,
        stop,
        by_search: false,
        failure: RefCell::new(None),
    };
    if test.is_feasible(&[])? {
        test.cluster = cluster.clone();
        test.position = position;
        test.by_search = true;
        conflict.by_search = true;
    }
    let all = requirements(&test.cluster, test.position);
    if let Some(set) = test.smallest(&all)? {
        conflict.requirements = set
            .into_iter()
            .map(|index| all[index].label.clone())
            .collect();
    }
    conflict.solver_failed = test.failure.into_inner();
    Ok(conflict)
}

/// The cluster with one task of one service, daemons as they are, and the service's position in it.
fn alone(cluster: &Cluster, position: usize) -> (Cluster, usize) {
    let mut alone = cluster.clone();
    let name = cluster.services[position].name.clone();
    alone
        .services
        .retain(|service| service.is_daemon() || service.name == name);
    let own = (alone.services.iter())
        .position(|service| service.name == name)
        .unwrap_or(0);
    // One task means one: headroom would make more of it.
    alone.policy.headroom_percent = Decimal::ZERO;
    let service = &mut alone.services[own];
    if !service.is_daemon() {
        service.desired_count = 1;
        service.min_count = None;
        service.max_count = None;
    }
    (alone, own)
}

struct Test<'a> {
    cluster: Cluster,
    position: usize,
    catalogue: &'a Catalogue,
    options: &'a PlanOptions<'a>,
    stop: &'a dyn Stop,
    /// Each test packs the whole cluster: small sets are not tried first.
    by_search: bool,
    /// The first failure of the LP solver.
    failure: RefCell<Option<LpError>>,
}

impl Test<'_> {
    /// Whether every task of the service has a place once some requirements are dropped.
    fn is_feasible(&self, dropped: &[&Requirement]) -> Result<bool, PlanError> {
        let mut cluster = self.cluster.clone();
        for requirement in dropped {
            requirement.drop_from(&mut cluster, self.position);
        }
        let options = PlanOptions {
            ideal: true,
            rehearses: false,
            work_limit: Some(
                (self.options.work_limit).unwrap_or_else(|| default_work(&cluster, true) / 4),
            ),
            seed: self.options.seed,
            ..PlanOptions::default()
        };
        let planned = planner::plan(&cluster, self.catalogue, &options, self.stop, &Silent)?;
        if let Some(error) = planned.ending.solver_failure() {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
        }
        let name = &cluster.services[self.position].name;
        Ok(planned
            .plan
            .unplaced
            .iter()
            .all(|unplaced| unplaced.service_name != *name))
    }

    /// Whether the requirements of a set alone conflict, all others dropped.
    fn conflicts(&self, all: &[Requirement], set: &[usize]) -> Result<bool, PlanError> {
        let dropped: Vec<&Requirement> = (all.iter().enumerate())
            .filter(|(index, _)| !set.contains(index))
            .map(|(_, requirement)| requirement)
            .collect();
        Ok(!self.is_feasible(&dropped)?)
    }

    /// A smallest set that conflicts; `None` where even without all of them there is no place.
    fn smallest(&self, all: &[Requirement]) -> Result<Option<Vec<usize>>, PlanError> {
        if self.conflicts(all, &[])? {
            return Ok(None);
        }
        if !self.by_search {
            for index in 0..all.len() {
                if self.conflicts(all, &[index])? {
                    return Ok(Some(vec![index]));
                }
            }
        }
        let mut set: Vec<usize> = (0..all.len()).collect();
        // A search with a limit may find no places for less and find them for more. Until each removal from the
        // set as it is resolves the conflict, the set is not the answer.
        loop {
            let before = set.len();
            for index in set.clone() {
                let others = set.iter().copied().filter(|other| *other != index);
                let without: Vec<usize> = others.collect();
                if self.conflicts(all, &without)? {
                    set = without;
                }
            }
            if set.len() == before || !self.by_search {
                break;
            }
        }
        if set.len() > 2 && !self.by_search {
            for first in 0..all.len() {
                for second in first + 1..all.len() {
                    if self.conflicts(all, &[first, second])? {
                        return Ok(Some(vec![first, second]));
                    }
                }
            }
        }
        Ok(Some(set))
    }
}

/// The cluster with every requirement on a service dropped but these: what the set is tried with.
#[must_use]
pub fn only(cluster: &Cluster, conflict: &Conflict, labels: &[String]) -> Option<Cluster> {
    let position =
        (cluster.services.iter()).position(|service| service.name == conflict.service_name)?;
    let (mut changed, position) = if conflict.by_search {
        (cluster.clone(), position)
    } else {
        alone(cluster, position)
    };
    for requirement in requirements(&changed.clone(), position) {
        if !labels.contains(&requirement.label) {
            requirement.drop_from(&mut changed, position);
        }
    }
    Some(changed)
}
