//! All rules, one after the other.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

use super::commitments;
use super::facts::Facts;
use super::offers;
use super::rules;
use super::violation::Violation;
use super::week;

/// Derives feasibility and cost of a plan from the cluster, the catalogue and the plan document, and
/// returns every violation, in the order of the rules' codes; none for a plan that holds.
#[must_use]
pub fn check(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Vec<Violation> {
    let given_way = giving_way(cluster, catalogue, plan);
    let cluster = given_way.as_ref().unwrap_or(cluster);
    let mut violations = if week::applies(cluster, plan) {
        week::violations(cluster, catalogue, plan)
    } else {
        let facts = Facts::new(cluster, catalogue, plan);
        let each = rules::ALL.iter();
        each.flat_map(|violations_of| violations_of(&facts))
            .collect()
    };
    if plan.commitment.is_some() || !cluster.commitments.bought.is_empty() {
        violations.extend(commitments::violations(cluster, catalogue, plan));
    }
    // Stable: within a rule, the order of the document.
    violations.sort_by_key(|violation| violation.rule);
    violations
}

/// The cluster of Kubernetes without rules that no node satisfies which can be bought, since nodes of another provider do.
fn giving_way(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Option<Cluster> {
    if !cluster.is_kubernetes() {
        return None;
    }
    let facts = Facts::new(cluster, catalogue, plan);
    cluster.without_rules_of_providers(|service| offers::has_a_host(&facts, service))
}

/// The first row of a plan's instances of which one may not go, whatever the policy asks: its tasks have no place on the others (V40).
#[must_use]
pub fn first_row_without_room(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
) -> Option<usize> {
    let facts = Facts::new(cluster, catalogue, plan);
    let (row, _) = rules::instance_loss::rows_without_room(&facts).next()?;
    Some(facts.rows[row].index)
}
