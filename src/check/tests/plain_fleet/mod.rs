//! Mutations of a plan without zones, by what the rules are about and in the order of the codes. Where a mutation
//! breaks several rules, all are named.

use super::{Rule, Violation, check, is_of_its_own};
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

/// One test: the change and the rules it breaks.
macro_rules! mutation {
    ($name:ident, $change:expr, $($rule:ident),* $(,)?) => {
        #[test]
        fn $name() {
            let broken = $crate::check::tests::plain_fleet::rules_broken_by($change);
            let expected: &[$crate::check::Rule] = &[$($crate::check::Rule::$rule),*];
            assert_eq!(broken, expected);
        }
    };
}

mod bill;
mod document;
pub(super) mod fixture;
mod offers;
mod placement;
mod providers;
mod resources;
mod today;

/// Violations of the fixture's plan after a change to its cluster and to it.
pub(super) fn violations_after(
    change: impl FnOnce(&mut Cluster, &mut FleetPlan),
) -> Vec<Violation> {
    let (mut cluster, mut plan) = (fixture::cluster(), fixture::plan());
    change(&mut cluster, &mut plan);
    check(&cluster, &fixture::catalogue(), &plan)
}

/// The rules that a change breaks, each once, in order of their codes.
pub(super) fn rules_broken_by(change: impl FnOnce(&mut Cluster, &mut FleetPlan)) -> Vec<Rule> {
    let mut rules: Vec<Rule> = (violations_after(change).iter())
        .filter(|violation| is_of_its_own(violation))
        .map(|violation| violation.rule)
        .collect();
    rules.dedup();
    rules
}

fn set_tasks(plan: &mut FleetPlan, row: usize, service: &str, each: u64) {
    plan.instances[row].tasks.insert(service.to_owned(), each);
}

#[test]
fn the_valid_plan_has_no_violation() {
    assert_eq!(violations_after(|_, _| ()), []);
}
