//! What other numbers of groups would cost.

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, OtherGroupCount};
use crate::domain::policy::MOST_CAPACITY_PROVIDERS;
use crate::optimize::stop::Share;
use crate::realise::groups::DesignedGroup;
use crate::realise::zonal;

use super::attempt::{Attempt, Found};
use super::search::Basis;

impl Attempt<'_> {
    /// The plan, with what it would cost with other numbers of groups. Where a search for those comes upon a cheaper fleet
    /// that the policy allows as well, that one is the plan.
    pub(super) fn with_other_numbers(&self, basis: &Basis<'_>, found: Found) -> FleetPlan {
        let limits = self.limits(self.allowance.other_numbers(self.budget.left()));
        let clock = Share::new(self.budget.stop, 3, 4);
        let is_zonal = zonal::applies(self.assembly.input);
        let designs: Vec<(u64, UsdPerHour, Vec<DesignedGroup>)> = if is_zonal {
            (basis
                .zonal(limits, MOST_CAPACITY_PROVIDERS, &clock)
                .into_iter())
            .map(|(cost, groups)| (groups.len() as u64, cost, groups))
            .collect()
        } else {
            basis.other_numbers(limits, &found.groups, &clock)
        };
        let than = basis.cost(&found.groups);
        let Found { others: known, .. } = found;
        let (groups, mut plan) = match self.cheaper(&designs, than) {
            Some(cheaper) if cheaper.plan.cost.usd_per_hour < found.plan.cost.usd_per_hour => {
                (cheaper.groups, cheaper.plan)
            }
            _ => (found.groups, found.plan),
        };
        let costs = designs.iter().map(|&(number, cost, _)| (number, cost));
        let own = basis.cost(&groups);
        let used = groups.len() as u64;
        let others = if is_zonal {
            basis.other_zonal_numbers((used, own), known.into_iter().chain(costs))
        } else {
            costs.filter(|&(number, _)| number != used).collect()
        };
        let elsewhere = plan.cost.usd_per_hour - own;
        plan.other_group_counts = (others.into_iter())
            .map(|(groups, cost)| OtherGroupCount {
                groups,
                // More may be used: these groups are allowed as well.
                usd_per_hour: elsewhere + if groups > used { cost.min(own) } else { cost },
            })
            .collect();
        plan
    }

    /// The cheapest of other designs that the policy allows and that fills.
    fn cheaper(
        &self,
        designs: &[(u64, UsdPerHour, Vec<DesignedGroup>)],
        than: UsdPerHour,
    ) -> Option<Found> {
        let most = self.assembly.input.cluster.most_capacity_providers();
        let mut cheaper: Vec<(UsdPerHour, &Vec<DesignedGroup>)> = (designs.iter())
            .filter(|(_, cost, groups)| *cost < than && groups.len() as u64 <= most)
            .map(|(_, cost, groups)| (*cost, groups))
            .collect();
        cheaper.sort_by_key(|(cost, groups)| (*cost, groups.len()));
        (cheaper.into_iter()).find_map(|(_, groups)| self.surviving(groups.clone()).ok())
    }
}
