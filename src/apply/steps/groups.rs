//! Auto Scaling groups: new ones beside the old, and other settings of those that stay.

use std::collections::BTreeSet;

use super::super::obstacles::{Obstacle, Use};
use super::super::sources::Missing;
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Running};
use super::{Builder, Refusal};
use crate::domain::settings::GroupSettings;

impl<R: Running> Builder<'_, R> {
    pub(super) fn groups(&mut self) {
        let settings = self.settings;
        for group in settings.groups.iter().filter(|group| group.writes_group) {
            let target = Target::Group(group.group.clone());
            let max_size = settings.max_size_at_first(group);
            match self.today.state(&target) {
                Some(State::Group(now)) => {
                    let planned = self.changed_group(group, now, max_size);
                    if planned != *now {
                        self.touch(&target, Use::Change);
                    }
                    self.launches_by_policy(&target, now, &planned);
                    let tagged = GroupState {
                        managed_by_ecs: true,
                        ..now.clone()
                    };
                    let bill = self.added();
                    self.change(
                        &target,
                        Some(State::Group(now.clone())),
                        Some(State::Group(tagged.clone())),
                        bill,
                    );
                    let replaced = (!now.buys_as(&planned)).then(|| {
                        let all = Drain::all(&group.name, &group.group);
                        let instances = self.running.instances(&all, &self.gone);
                        (instances, self.running.tasks(&all, &self.gone))
                    });
                    let before = self.steps.len();
                    self.change(
                        &target,
                        Some(State::Group(tagged)),
                        Some(State::Group(planned)),
                        bill,
                    );
                    if let (Some(counts), Some(step)) = (replaced, self.steps.get_mut(before)) {
                        (step.instances, step.restarts) = counts;
                    }
                }
                _ => match self.new_group(group, max_size) {
                    Ok(state) => {
                        let bill = self.added();
                        self.change(&target, None, Some(State::Group(state)), bill);
                    }
                    Err(missing) => {
                        self.refusals
                            .extend(missing.into_iter().map(Refusal::Missing));
                    }
                },
            }
        }
    }

    /// A list of types, where there is none yet, needs a template that does not say itself what it buys.
    fn launches_by_policy(&mut self, target: &Target, now: &GroupState, planned: &GroupState) {
        let has_market = (planned.template.as_ref()).is_some_and(|it| self.today.has_market(it));
        if has_market && !now.launches_as(planned) {
            let refusal = Refusal::MustNotBeTouched(target.clone(), Obstacle::TemplateMarket);
            self.refusals.push(refusal);
        }
    }

    /// A group that stays keeps its template and subnets, unless the plan wants zones that it is not in; where all of its instances stay
    /// and its template alone says what it launches, it goes on launching that.
    fn changed_group(
        &mut self,
        group: &GroupSettings,
        now: &GroupState,
        max_size: u64,
    ) -> GroupState {
        let zones = &self.settings.subnets[group.subnets].zones;
        let is_in = |zone: &String| {
            (now.subnets.iter()).any(|subnet| self.today.zone(subnet) == Some(zone.as_str()))
        };
        let is_wanted = |subnet: &String| {
            self.today
                .zone(subnet)
                .is_none_or(|zone| zones.iter().any(|wanted| wanted == zone))
        };
        let subnets =
            if zones.is_empty() || (zones.iter().all(is_in) && now.subnets.iter().all(is_wanted)) {
                now.subnets.clone()
            } else {
                match self.sources.subnets(&group.group, zones) {
                    Ok(subnets) => subnets,
                    Err(missing) => {
                        self.refusals.push(Refusal::Missing(missing));
                        now.subnets.clone()
                    }
                }
            };
        let planned = planned(group, max_size);
        let launches = if group.existing.all_stay && now.instance_types.is_empty() {
            now
        } else {
            &planned
        };
        GroupState {
            template: now.template.clone(),
            subnets,
            ours: now.ours,
            managed_by_ecs: true,
            instance_types: launches.instance_types.clone(),
            on_demand_base: launches.on_demand_base,
            on_demand_percent: launches.on_demand_percent,
            spot_allocation_strategy: launches.spot_allocation_strategy.clone(),
            // Where every instance stays the plan says nothing of their protection.
            protected: if group.existing.all_stay {
                now.protected
            } else {
                group.is_protected()
            },
            ..planned
        }
    }

    fn new_group(&self, group: &GroupSettings, max_size: u64) -> Result<GroupState, Vec<Missing>> {
        let zones = &self.settings.subnets[group.subnets].zones;
        let template = (self.settings.template(group))
            .map(|planned| self.sources.template(&group.group, planned));
        let subnets = self.sources.subnets(&group.group, zones);
        match (template.transpose(), subnets) {
            (Ok(template), Ok(subnets)) => Ok(GroupState {
                template,
                subnets,
                ..planned(group, max_size)
            }),
            (template, subnets) => Err(template.err().into_iter().chain(subnets.err()).collect()),
        }
    }
}

/// What the plan says of a group; its template and subnets are filled in.
fn planned(group: &GroupSettings, max_size: u64) -> GroupState {
    let buys_spot = group.on_demand_percent < 100;
    GroupState {
        min_size: group.min_size,
        max_size,
        instance_types: group.instance_types.clone(),
        on_demand_base: group.on_demand_base,
        on_demand_percent: group.on_demand_percent,
        spot_allocation_strategy: buys_spot.then(|| "price-capacity-optimized".to_owned()),
        template: None,
        subnets: BTreeSet::new(),
        protected: group.is_protected(),
        managed_by_ecs: true,
        ours: true,
    }
}
