//! A policy that allows Spot, planned with On-Demand instances alone as well where that may cost less.
//!
//! Every fleet of On-Demand instances obeys a policy that allows both, but a search among both need not come upon it: each
//! group keeps room of its own (`surviveInstanceLoss`), and Spot beside On-Demand takes more groups. So no policy should cost more
//! for allowing Spot. First a relaxation bounds what On-Demand instances cost at least; where the fleet with Spot costs no
//! more than that, none without it is cheaper, and nothing is searched. Else packing and groups are looked for among On-Demand
//! instances within a third of the work, and where that is cheaper or nearly so with all the work of a plan without Spot. The
//! cheaper fleet is the plan. Bound and ideal packing stay those of the policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::check;
use crate::domain::cluster::Cluster;
use crate::domain::held::Held;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, OtherGroupCount, PlanStatus};
use crate::formulate::hosts::Hosts;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::offering::Offerings;
use crate::optimize::listener::Silent;
use crate::optimize::relax::relax;
use crate::optimize::stop::{Budget, Share, Stop, Within};

use super::assemble::{Assembly, assemble};
use super::budget::{self, Allowance, least_time};
use super::counted::{Meters, Parts};
use super::fargate_definitions;
use super::held;
use super::options::PlanOptions;
use super::pack::{Packed, pack};
use super::realised;
use super::translate::by_item;

/// Where no groups were found with Spot, those without it cost at most this times the ideal packing.
const MOST_TIMES_IDEAL: u64 = 2;
/// Times what was found with Spot at which the search is made again with all the work of a plan without it, so that what such a
/// plan comes upon is found here too.
const NEARLY: (u64, u64) = (103, 100);
/// Of the work, the bound gets this part at most.
const PART_OF_BOUND: (u32, u32) = (1, 4);
/// Where a clock runs, it has to leave this many times what a plan takes at least.
const LEAST_TIMES: u32 = 3;

/// Whether the policy allows both ways of buying, so that a plan may do without one. Whether services are on Managed Instances is
/// decided with Spot.
pub(super) fn applies(cluster: &Cluster) -> bool {
    let options = cluster.policy.purchase_options;
    let is_settled = !cluster.policy.buys_managed_instances();
    options.spot && options.on_demand && is_settled && !cluster.is_kubernetes()
}

/// The clock of the first search: where any instance may be lost, a quarter of it is left to the second one, which is cheaper more
/// often then.
pub(super) fn time_with_spot<'a>(cluster: &Cluster, stop: &'a dyn Stop) -> Share<'a> {
    let part = if applies(cluster) && cluster.policy.survive_instance_loss {
        3
    } else {
        4
    };
    Share::new(stop, part, 4)
}

fn is_realised(plan: &FleetPlan) -> bool {
    !(plan.assumptions.iter()).any(|said| matches!(said, Assumption::NotRealised { .. }))
}

/// A second search, with On-Demand instances alone.
pub(super) struct WithoutSpot<'a> {
    /// The fleet with Spot.
    pub assembly: &'a Assembly<'a>,
    pub options: &'a PlanOptions<'a>,
    pub held: &'a Held,
    /// What the run may spend.
    pub parts: Parts,
    pub stop: &'a dyn Stop,
}

impl WithoutSpot<'_> {
    /// The cheaper of the plan and one without Spot, and the work that it took to tell.
    pub fn cheaper(&self, plan: FleetPlan) -> (FleetPlan, u64) {
        let input = self.assembly.input;
        let Some(most) = self.dearest_worth_it(&plan) else {
            return (plan, 0);
        };
        let mut cluster = input.cluster.clone();
        cluster.policy.purchase_options.spot = false;
        let Ok(offerings) = Offerings::holding(&cluster, input.catalogue, self.held) else {
            return (plan, 0);
        };
        let hosts = Hosts::new(&cluster, &offerings);
        let second = PlanningInput {
            cluster: &cluster,
            offerings: &offerings,
            hosts: &hosts,
            ..input
        };
        let parts = self.parts.of_second(self.parts.without_spot);
        let meters = Meters::new(parts);
        let budget = Budget::new(self.stop, &meters.searches);
        let may_be_cheaper =
            bound(second, self.assembly.packed, &plan, budget).is_some_and(|bound| bound < most);
        if !may_be_cheaper {
            return (plan, meters.spent());
        }
        let mut found = self.search(second, (parts, &meters));
        let mut work = meters.spent();
        let (times, of) = NEARLY;
        let is_near = |found: &FleetPlan| found.cost.usd_per_hour * of <= most * times;
        if self.parts.without_spot_again > 0 && found.as_ref().is_some_and(is_near) {
            let parts = self.parts.of_second(self.parts.without_spot_again);
            let meters = Meters::new(parts);
            let again = self.search(second, (parts, &meters));
            found = (found.into_iter().chain(again)).min_by_key(|plan| plan.cost.usd_per_hour);
            work += meters.spent();
        }
        let cheaper = (found.filter(|found| found.cost.usd_per_hour < most))
            .map(|found| in_place_of(&plan, found))
            .filter(|found| check(input.cluster, input.catalogue, found).is_empty());
        (cheaper.unwrap_or(plan), work)
    }

    /// What a fleet without Spot has to be cheaper than; `None` where none is looked for.
    fn dearest_worth_it(&self, plan: &FleetPlan) -> Option<UsdPerHour> {
        let input = self.assembly.input;
        let has_time = (self.stop.remaining())
            .is_none_or(|left| left > least_time(input.cluster) * LEAST_TIMES);
        if !applies(input.cluster)
            || !plan.unplaced.is_empty()
            || held::any(input)
            || self.parts.without_spot == 0
            || self.stop.should_stop()
            || !has_time
        {
            return None;
        }
        Some(if is_realised(plan) {
            plan.cost.usd_per_hour
        } else {
            plan.cost.ideal_usd_per_hour * MOST_TIMES_IDEAL
        })
    }

    /// A fleet of On-Demand instances that obeys every rule.
    fn search(
        &self,
        second: PlanningInput<'_>,
        (parts, meters): (Parts, &Meters),
    ) -> Option<FleetPlan> {
        let budget = Budget::new(self.stop, &meters.searches);
        let options = PlanOptions {
            warm_start: None,
            columns: None,
            ..*self.options
        };
        let allowance = Allowance::new(&options, parts.searches);
        let for_ideal = budget::of_ideal(budget, false);
        let packed = pack(second, &options, (&allowance, for_ideal), &Silent).ok()?;
        if packed.unplaced.iter().any(|&tasks| tasks > 0) {
            return None;
        }
        let assembly = Assembly {
            input: second,
            packed: &packed,
            today: self.assembly.today,
        };
        let replays = Budget::new(self.stop, &meters.replays);
        let ideal = assemble(&assembly);
        let found =
            realised::fleet(&assembly, &ideal, &options, (&allowance, budget), replays).ok()?;
        let PlanningInput {
            cluster, catalogue, ..
        } = self.assembly.input;
        let whole = fargate_definitions::with_changes(cluster, catalogue, &found);
        let is_plan = found.unplaced.is_empty() && check(cluster, catalogue, &whole).is_empty();
        is_plan.then_some(found)
    }
}

/// What no fleet of On-Demand instances costs less than, by a relaxation; `None` where the limits leave none.
fn bound(
    second: PlanningInput<'_>,
    known: &Packed,
    plan: &FleetPlan,
    budget: Budget<'_>,
) -> Option<UsdPerHour> {
    let merged = Model::try_new(second, &known.demand, Scope::Merged).ok()?;
    let duals: Vec<f64> = (known.duals.iter())
        .map(|dual| dual.unwrap_or(0.0))
        .collect();
    let (part, of) = PART_OF_BOUND;
    let share = budget.share(part, of);
    let duals = by_item(&merged, &duals);
    let relaxed = relax(&merged.problem, Some(&duals), share.left(), &Within(share)).ok()?;
    budget.work.spend(relaxed.work);
    let stays = (plan.instances.iter().filter(|row| row.existing))
        .map(|row| row.usd_per_hour * row.count)
        .sum::<UsdPerHour>();
    let on_fargate = (merged.on_fargate.iter())
        .map(|(_, plan)| plan.usd_per_hour())
        .sum::<UsdPerHour>();
    let bound = UsdPerHour::from_grid_units(relaxed.bound?).rounded();
    Some(stays + on_fargate + bound)
}

/// The fleet without Spot as the plan of a policy that allows it.
fn in_place_of(with_spot: &FleetPlan, mut found: FleetPlan) -> FleetPlan {
    let filling = with_spot.assumptions.iter().find_map(|said| match said {
        Assumption::IdealFilled { filling } | Assumption::NotRealised { filling, .. } => {
            Some(*filling)
        }
        _ => None,
    });
    let (own, least) = (found.cost.usd_per_hour, with_spot.cost.ideal_usd_per_hour);
    let ideal = least.min(found.cost.ideal_usd_per_hour);
    found.other_group_counts = other_group_counts(with_spot, &found);
    found.cost = with_spot.cost.clone();
    found.cost.ideal_usd_per_hour = ideal;
    found.cost.set_realised(own);
    let is_optimal =
        (found.cost.bound_usd_per_hour).is_some_and(|bound| bound >= found.cost.ideal_usd_per_hour);
    found.status = if is_optimal {
        PlanStatus::Optimal
    } else {
        PlanStatus::Feasible
    };
    // What one more task costs is told by the policy's own packing, but on Fargate, where it is the task's price.
    let on_fargate: BTreeSet<&str> = (found.fargate_tasks.iter())
        .map(|tasks| tasks.service_name.as_str())
        .collect();
    for (planned, with_spot) in found.services.iter_mut().zip(&with_spot.services) {
        if !on_fargate.contains(planned.service_name.as_str()) {
            planned.marginal_usd_per_task_hour = with_spot.marginal_usd_per_task_hour;
        }
    }
    (found.assumptions).extend(filling.map(|filling| Assumption::IdealFilled { filling }));
    found.assumptions.push(Assumption::CheaperWithoutSpot {
        with_spot_usd_per_hour: is_realised(with_spot).then_some(with_spot.cost.usd_per_hour),
    });
    found
}

/// What other numbers of groups cost, with Spot or without it, whichever is cheaper.
fn other_group_counts(with_spot: &FleetPlan, found: &FleetPlan) -> Vec<OtherGroupCount> {
    let used = (found.capacity_providers.iter())
        .filter(|provider| provider.kind.is_group())
        .count() as u64;
    let own = found.cost.usd_per_hour;
    let mut least: BTreeMap<u64, UsdPerHour> = BTreeMap::new();
    for other in (found.other_group_counts.iter()).chain(&with_spot.other_group_counts) {
        if other.groups != used {
            let cost = least.entry(other.groups).or_insert(other.usd_per_hour);
            *cost = other.usd_per_hour.min(*cost);
        }
    }
    (least.into_iter())
        .map(|(groups, cost)| OtherGroupCount {
            groups,
            // More may be used: these groups are allowed as well.
            usd_per_hour: if groups > used { cost.min(own) } else { cost },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;
    use crate::planner::plan::plan_once;

    /// Two services over three zones, any instance of which may be lost.
    fn planned(options: &str, work_limit: Option<u64>) -> FleetPlan {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "services": [
              {{"serviceName": "a", "desiredCount": 2, "cpu": 512, "memory": 2048}},
              {{"serviceName": "b", "desiredCount": 3, "cpu": 1024, "memory": 1024}}],
            "policy": {{"purchaseOptions": [{options}], "spotMaxShare": 0.7, "surviveInstanceLoss": true,
              "allowedInstanceTypes": ["m6i.large"]}}}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            rehearses: false,
            work_limit,
            ..PlanOptions::default()
        };
        let planned = plan_once(&cluster, &catalogue, &options, &Never, &Silent);
        planned.expect("a plan").plan.into_plan()
    }

    #[test]
    fn a_policy_that_allows_spot_costs_no_more_than_one_that_forbids_it() {
        let both = planned(r#""on-demand", "spot""#, None);
        let one = planned(r#""on-demand""#, None);
        assert!(both.cost.usd_per_hour <= one.cost.usd_per_hour);
        assert!(both.cost.bound_usd_per_hour < one.cost.bound_usd_per_hour);
    }

    #[test]
    fn one_more_task_on_fargate_costs_what_it_costs_there_in_the_fleet_that_is_taken() {
        let cluster = |options: &str| {
            let text = format!(
                r#"{{"version": 1, "region": "us-east-1", "services": [
                  {{"serviceName": "a", "desiredCount": 2, "cpu": 512, "memory": 2048, "networkMode": "bridge"}},
                  {{"serviceName": "f", "desiredCount": 3, "cpu": 512, "memory": 1024, "networkMode": "awsvpc", "launchType": "FARGATE"}}],
                "policy": {{"purchaseOptions": [{options}], "fargate": "allowed", "allowedInstanceTypes": ["m6i.large"]}}}}"#
            );
            let imported = read_cluster(&text, "c.json", &ImportOptions::default());
            imported.expect("a cluster").cluster
        };
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            rehearses: false,
            work_limit: Some(100_000),
            ..PlanOptions::default()
        };
        let [both, one] = [r#""on-demand", "spot""#, r#""on-demand""#].map(|bought| {
            let planned = plan_once(&cluster(bought), &catalogue, &options, &Never, &Silent);
            planned.expect("a plan").plan.into_plan()
        });
        assert_ne!(
            both.fargate_tasks[0].usd_per_hour,
            one.fargate_tasks[0].usd_per_hour
        );
        let mut found = one.clone();
        (found.assumptions).retain(|said| !matches!(said, Assumption::IdealFilled { .. }));
        let plan = in_place_of(&both, found);
        let with_both = cluster(r#""on-demand", "spot""#);
        let wrong: Vec<String> = (check(&with_both, &catalogue, &plan).iter())
            .map(ToString::to_string)
            .filter(|violation| violation.contains("V46"))
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn a_fleet_without_spot_has_the_bound_and_the_ideal_packing_of_the_policy() {
        let both = planned(r#""on-demand", "spot""#, Some(100_000));
        let one = planned(r#""on-demand""#, Some(100_000));
        let mut found = one.clone();
        (found.assumptions).retain(|said| !matches!(said, Assumption::IdealFilled { .. }));
        let plan = in_place_of(&both, found);
        assert_eq!(plan.cost.usd_per_hour, one.cost.usd_per_hour);
        assert_eq!(plan.instances, one.instances);
        assert_eq!(plan.cost.bound_usd_per_hour, both.cost.bound_usd_per_hour);
        assert_eq!(plan.cost.ideal_usd_per_hour, both.cost.ideal_usd_per_hour);
        assert!(plan.cost.gap > one.cost.gap);
        let said: Vec<&Assumption> = (plan.assumptions.iter())
            .filter(|said| {
                matches!(
                    said,
                    Assumption::IdealFilled { .. } | Assumption::CheaperWithoutSpot { .. }
                )
            })
            .collect();
        let [
            Assumption::IdealFilled { .. },
            Assumption::CheaperWithoutSpot {
                with_spot_usd_per_hour,
            },
        ] = said.as_slice()
        else {
            panic!("{said:?}");
        };
        assert_eq!(*with_spot_usd_per_hour, Some(both.cost.usd_per_hour));
    }
}
