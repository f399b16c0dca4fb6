//! Groups filled by the replica, and the plan that shows it.

use crate::check::{Rule, check};
use crate::domain::plan::NotRealised;
use crate::formulate::model::PlanningInput;
use crate::planner::replayed::{Passes, Replay, Shares};
use crate::planner::{fargate_definitions, group_names, ordinary_day};
use crate::realise::alike;
use crate::realise::groups::DesignedGroup;
use crate::simulate::cut::Cut;

use super::attempt::{Attempt, Found, Unfilled};
use super::write::{self, Realised};

impl Attempt<'_> {
    /// The groups filled, as few as cost the same, and safe from the loss of an instance where the policy asks for that.
    pub(super) fn surviving(&self, groups: Vec<DesignedGroup>) -> Result<Found, NotRealised> {
        let fewer = alike::merged(&groups).map(|fewer| self.kept_safe(fewer, Shares::All));
        match fewer {
            Some(Ok(found)) => Ok(found),
            _ => self.kept_safe(groups, Shares::All),
        }
    }

    /// The groups filled as they are; with an instance more in each zone of as few as are needed, where one may be lost.
    pub(super) fn kept_safe(
        &self,
        groups: Vec<DesignedGroup>,
        shares: Shares,
    ) -> Result<Found, NotRealised> {
        let found = self.filled(groups.clone(), shares);
        if !matches!(found, Err(Unfilled::Breaks(Rule::InstanceLoss))) {
            return found.map_err(NotRealised::from);
        }
        let mut more = groups;
        for group in &mut more {
            enlarge(group);
        }
        let mut found = self.filled(more.clone(), shares)?;
        for group in 0..more.len() {
            let mut fewer = more.clone();
            shrink(&mut fewer[group]);
            if let Ok(enough) = self.filled(fewer.clone(), shares) {
                (more, found) = (fewer, enough);
            }
        }
        Ok(found)
    }

    /// The plan with the groups filled by the replica, if every order fills and the check finds nothing.
    pub(super) fn filled(
        &self,
        groups: Vec<DesignedGroup>,
        shares: Shares,
    ) -> Result<Found, Unfilled> {
        let is_due = || self.budget.stop.should_stop();
        let cut = Cut::once(&is_due);
        if cut.is_due() {
            return Err(NotRealised::OutOfTime.into());
        }
        let input = self.assembly.input;
        let names = group_names::names(input, &groups, &self.kept.groups());
        let named: Vec<(String, DesignedGroup)> =
            names.into_iter().zip(groups.iter().cloned()).collect();
        let draft = write::draft(self.assembly, self.ideal, (&named, &self.kept));
        let replay = Replay::new(input, &draft, Passes::Twice, self.replays);
        if !replay.is_affordable() {
            return Err(NotRealised::OutOfWork.into());
        }
        let orders = match replay.places_all(cut) {
            None => return Err(NotRealised::NotFilled.into()),
            Some(0) => return Err(NotRealised::OutOfTime.into()),
            Some(orders) => orders,
        };
        // Instances that stay are not changed, whatever shares they hold.
        if self.kept.groups().is_empty() && !replay.keeps_shares(input, shares, cut) {
            return Err(NotRealised::TooManyOnOne.into());
        }
        let mut rows = replay.filled(&draft, cut).ok_or(NotRealised::OutOfTime)?;
        write::keep_spare(input, &named, &mut rows);
        let plan = write::with(
            self.assembly,
            self.ideal.clone(),
            Realised {
                rows,
                groups: named,
                kept: &self.kept,
                orders,
            },
        );
        let PlanningInput {
            cluster, catalogue, ..
        } = input;
        // What a certificate does not prove is played.
        let is_proven =
            self.kept.groups().is_empty() && groups.iter().all(DesignedGroup::is_certified);
        let may_wait = cluster.policy.survive_instance_loss
            && !is_proven
            && !ordinary_day::outlives_each_instance(cluster, catalogue, &plan, self.budget);
        let whole = fargate_definitions::with_changes(cluster, catalogue, &plan);
        match check(cluster, catalogue, &whole).first() {
            None if may_wait => Err(Unfilled::Breaks(Rule::InstanceLoss)),
            None => Ok(Found {
                groups,
                plan,
                others: Vec::new(),
            }),
            Some(first) => Err(Unfilled::Breaks(first.rule)),
        }
    }
}

/// An instance more in each zone of a certified group, whose zones have equally many; else one more where there are fewest.
fn enlarge(group: &mut DesignedGroup) {
    if group.is_certified() {
        for count in &mut group.counts {
            *count += 1;
        }
    } else if let Some(fewest) = group.counts.iter_mut().min() {
        *fewest += 1;
    }
}

/// The way back of [`enlarge`].
fn shrink(group: &mut DesignedGroup) {
    if group.is_certified() {
        for count in &mut group.counts {
            *count -= 1;
        }
    } else if let Some(most) = group.counts.iter().max().copied() {
        let last = group.counts.iter_mut().rfind(|count| **count == most);
        if let Some(last) = last {
            *last -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::realise::placement::Placement;

    #[test]
    fn an_instance_more_keeps_zones_level_and_certified_groups_equal() {
        let sizes = |counts: &[u64], certified: bool| {
            let mut group = DesignedGroup {
                offerings: (0..counts.len()).collect(),
                counts: counts.to_vec(),
                placement: Placement::SpreadOverInstances,
                tasks_per_instance: certified.then_some((0, 1)).into_iter().collect(),
                tasks: BTreeMap::new(),
                weights: BTreeMap::new(),
                bases: BTreeMap::new(),
            };
            enlarge(&mut group);
            let larger = group.counts.clone();
            shrink(&mut group);
            assert_eq!(group.counts, counts);
            larger
        };
        assert_eq!(sizes(&[2, 2, 2], true), [3, 3, 3]);
        assert_eq!(sizes(&[2, 1, 1], false), [2, 2, 1]);
        assert_eq!(sizes(&[2, 2, 2], false), [3, 2, 2]);
    }
}
