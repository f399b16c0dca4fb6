//! A bound for every choice of the sizes of services.
//!
//! The cluster holds each size of a service that has a choice as a service of its own; of those one is there. Zones and `task:group` rules are
//! forgotten ([`Scope::Merged`]), so that the bound of [`choosing`](crate::optimize::choosing) holds whatever else the policy asks for: what a rule
//! reckons from all services of a cluster (a pool's most, by a part of its tasks) only comes out larger with all sizes in it.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::KeepInstances;
use crate::formulate::demand::Demand;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::offering::Offerings;
use crate::optimize::choosing::bound::bound_at;
use crate::optimize::choosing::generation::Generation;
use crate::optimize::choosing::{Alternative, Choosing};
use crate::optimize::heuristics::dot_product::dot_product;
use crate::optimize::problem::Problem;
use crate::optimize::reduce::reduce_bins;
use crate::optimize::stop::{Budget, Stop, WorkMeter};

use super::options::PlanError;

/// A size of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeOption {
    /// The service that stands for it, by position in the cluster.
    pub service: usize,
    /// What choosing it counts.
    pub weight: f64,
}

/// What no fleet costs less than in which every choice is made and the weights come to at most so much, for each of the numbers; `None` where
/// nothing is proven, as where instances of today stay, or with commitments and weeks, whose bills are reckoned otherwise.
///
/// # Errors
/// When the cluster cannot be modelled, or the LP solver fails.
pub fn bounds_of_choices(
    (cluster, catalogue): (&Cluster, &Catalogue),
    choices: &[Vec<SizeOption>],
    most: &[f64],
    work_limit: u64,
    stop: &dyn Stop,
) -> Result<Vec<Option<UsdPerHour>>, PlanError> {
    let nothing = vec![None; most.len()];
    let is_reckoned_otherwise = cluster.policy.keep_instances == KeepInstances::All
        || cluster.week.is_some()
        || !cluster.commitments.bought.is_empty();
    if is_reckoned_otherwise {
        return Ok(nothing);
    }
    let offerings = Offerings::new(cluster, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(cluster, &offerings);
    let input = PlanningInput {
        cluster,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let model = Model::try_new(input, &Demand::planned(cluster), Scope::Merged)?;
    let on_fargate = |service: usize| model.on_fargate.iter().any(|(own, _)| *own == service);
    let mut chosen = choices.iter().flatten().map(|option| option.service);
    if !model.unplaceable.is_empty() || chosen.any(on_fargate) {
        return Ok(nothing);
    }
    let fixed: UsdPerHour = (model.on_fargate.iter())
        .map(|(_, plan)| plan.usd_per_hour())
        .sum();
    let problem = reduce_bins(&model.problem).problem;
    let Some(choosing) = choosing(&model, problem, choices) else {
        return Ok(nothing);
    };
    let work = WorkMeter::new(work_limit);
    let budget = Budget::new(stop, &work);
    let start = dot_product(&choosing.problem, stop).bins;
    let start = start.into_iter().map(|(pattern, _)| pattern);
    let mut generation = Generation::try_new(&choosing, start)?;
    for (index, &weight) in most.iter().enumerate() {
        let part = u32::try_from(most.len() - index).unwrap_or(u32::MAX);
        generation.run(weight, budget.share(1, part))?;
    }
    let bound = |&most: &f64| {
        let bound = bound_at(&generation.lines, most)?;
        Some(fixed + UsdPerHour::from_grid_units(bound))
    };
    Ok(most.iter().map(bound).collect())
}

/// The choices among the items of a model's reduced problem, which are those with demand, in their order.
fn choosing(model: &Model, problem: Problem, choices: &[Vec<SizeOption>]) -> Option<Choosing> {
    let most = model.problem.most_demands();
    let services: Vec<usize> = (model.items.iter().zip(&most))
        .filter(|(_, most)| **most > 0)
        .map(|(item, _)| item.service)
        .collect();
    let alternative = |option: &SizeOption| Alternative {
        items: (0..services.len())
            .filter(|&item| services[item] == option.service)
            .collect(),
        weight: option.weight,
    };
    let choices = choices.iter();
    let choices = choices.map(|options| options.iter().map(alternative).collect());
    (services.len() == problem.items().len())
        .then(|| Choosing::new(problem, choices.collect()))
        .flatten()
}
