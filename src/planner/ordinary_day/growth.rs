//! Growth to `maxCount` and its way back, and the fall to `minCount`.
//!
//! `minSize` and `maxSize` of certified groups follow from their patterns: instances for `minCount` and `maxCount` in
//! proportion. Spread over instances, tasks crowd on the first new one before the next is there, and may take room that
//! the pattern keeps for others: so growth is played, instance by instance, and where tasks still have no place at its
//! end `maxSize` rises by an instance a zone, then two, four and so on, up to twice the group and as far as
//! `maxInstances` allows. Afterwards the counts fall back and a scheduled reset drains the newest instances, as after a
//! rollout. Each service's growth alone is played as well, and growth of all one task after another, on the groups as they are
//! by then. `minSize` is played alike: the counts fall to `minCount`, the groups are set to `minSize`; where a task has no
//! place then, `minSize` is the planned size.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, DayPart, FleetPlan};
use crate::domain::service::Service;
use crate::optimize::stop::Budget;
use crate::simulate::choices::Choices;
use crate::simulate::engine::{GroupPlan, Run, ScenarioEvent, groups_of_plan};
use crate::simulate::scenario::EVENT_MINUTE;
use crate::simulate::scenario::reset::{FALL_MINUTE, GROWTH_MINUTES, RESET_AFTER, sizes};
use crate::simulate::setup::{Setup, SetupOptions, with_plan};
use crate::simulate::workload::TaskClass;

use super::super::counted::placements_left;
use super::super::ways_back::Way;
use super::course::Course;
use super::resets::Story;
use super::single::Single;
use super::{MOST_PLACED, Stage, waiting_at_end};

fn tasks_of(plan: &FleetPlan) -> u64 {
    (plan.services.iter())
        .map(|service| service.desired_count)
        .sum()
}

/// Counts of a day: a service's smallest or largest, where it names one beyond the planned count.
type Counts<'a> = &'a dyn Fn(&Service) -> Option<u64>;

/// Plays growth, and the fall to the smallest counts; whether growth has a place for every task, so that there is a way back.
pub(super) fn play(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    budget: Budget<'_>,
    not_played: &mut Vec<DayPart>,
) -> bool {
    let largest = |service: &Service| largest(cluster, service);
    let smallest = |service: &Service| {
        let planned = cluster.planned_count(service);
        service.min_count.filter(|&least| least < planned)
    };
    let course = Growth {
        cluster,
        catalogue,
        budget,
    };
    let mut has_places = false;
    let growing = course.concerned(plan, &largest);
    if growing == 0 {
        plan.assumptions.push(Assumption::NoGrowthNamed);
    } else if let Some(said) = course.grow(plan, &largest, growing) {
        has_places = matches!(said, Assumption::GrowthPlayed { missing: 0, .. });
        plan.assumptions.push(said);
    } else {
        not_played.push(DayPart::Growth);
    }
    let falling = course.concerned(plan, &smallest);
    if falling == 0 {
        return has_places;
    }
    let Some(fits) = course.shrinks(plan, &smallest) else {
        not_played.push(DayPart::Fall);
        return has_places;
    };
    if !fits {
        for provider in &mut plan.capacity_providers {
            if provider.kind.is_group() {
                provider.min_size = provider.desired_capacity;
            }
        }
    }
    plan.assumptions.push(Assumption::FallPlayed {
        services: falling,
        fits,
    });
    has_places
}

/// The count that a service grows to.
fn largest(cluster: &Cluster, service: &Service) -> Option<u64> {
    let planned = cluster.planned_count(service);
    service.max_count.filter(|&most| most > planned)
}

struct Growth<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    budget: Budget<'a>,
}

/// What a course came to.
struct Came {
    /// Tasks that the services want then.
    tasks: u64,
    /// Tasks without a place at the end of the first part, beyond those before it.
    missing: u64,
    /// Minutes from the first event until every task ran.
    minutes: Option<u64>,
    /// Instances before it, those outside groups among them.
    instances: u64,
    most_instances: u64,
}

impl<'a> Growth<'a> {
    /// Whether the limits leave no room for runs that place so many tasks.
    fn is_beyond(&self, placed: u64) -> bool {
        self.budget.is_over() || placed > MOST_PLACED.min(placements_left(self.budget))
    }

    /// Services on groups that have another count.
    fn concerned(&self, plan: &FleetPlan, counts: Counts<'_>) -> u64 {
        let on_groups = |name: &str| {
            (plan.instances.iter())
                .any(|row| row.tasks.contains_key(name) && !row.capacity_provider.is_empty())
        };
        let services = self.cluster.services.iter();
        services
            .filter(|service| !service.is_daemon() && !service.is_standalone())
            .filter(|service| counts(service).is_some() && on_groups(&service.name))
            .count() as u64
    }

    /// Growth, with groups as large as it needs; `None` where the time is over.
    fn grow(&self, plan: &mut FleetPlan, counts: Counts<'_>, services: u64) -> Option<Assumption> {
        let each = tasks_of(plan);
        let mut placed = each;
        if self.is_beyond(placed) {
            return None;
        }
        let mut larger_groups = BTreeMap::new();
        let mut came = self.up(plan, counts, &larger_groups)?;
        let mut more = 1;
        while came.missing > 0 {
            if self.budget.is_over() {
                return None;
            }
            let larger = self.larger(plan, more);
            placed = placed.saturating_add(each);
            if larger == self.larger(plan, more / 2) || placed > MOST_PLACED {
                break;
            }
            let again = self.up(plan, counts, &larger)?;
            if again.missing < came.missing {
                (came, larger_groups) = (again, larger);
            }
            more *= 2;
        }
        for provider in &mut plan.capacity_providers {
            if let Some(&most) = larger_groups.get(&provider.name) {
                provider.max_size = provider.max_size.max(most);
            }
        }
        let (alone_without_place, one_by_one_missing) = self.single(plan, counts);
        Some(Assumption::GrowthPlayed {
            alone_without_place,
            one_by_one_missing,
            services,
            tasks: came.tasks,
            missing: came.missing,
            longest_minutes: came.minutes,
            instances: came.instances,
            most_instances: came.most_instances,
            // Until its way back is played.
            comes_back: false,
            lowers_percentages: false,
        })
    }

    fn course<'b>(&self, setup: &'b Setup, groups: &'b [GroupPlan]) -> Course<'b>
    where
        'a: 'b,
    {
        Course {
            cluster: self.cluster,
            budget: self.budget,
            setup,
            groups,
        }
    }

    /// Services that leave a task without a place where each grows alone, and tasks that have none at the end where all grow
    /// one task after another; `None` for what the limits leave no room for.
    fn single(&self, plan: &FleetPlan, counts: Counts<'_>) -> (Option<Vec<String>>, Option<u64>) {
        let setup = with_plan(self.cluster, self.catalogue, plan, &SetupOptions::default());
        let Ok(groups) = groups_of_plan(&setup.world, plan, &Choices::default()) else {
            return (None, None);
        };
        let changes = changes(self.cluster, &setup, counts);
        let tasks = self.wanted(&setup, counts);
        let single = Single(self.course(&setup, &groups));
        let alone = (!self.is_beyond(tasks.saturating_mul(changes.len() as u64)))
            .then(|| single.alone(&changes))
            .flatten();
        let one_by_one = (!self.is_beyond(tasks))
            .then(|| single.one_by_one(&changes))
            .flatten();
        (alone, one_by_one)
    }

    /// `maxSize` of every group with so many more instances a zone, within `maxInstances` and twice the group.
    fn larger(&self, plan: &FleetPlan, more: u64) -> BTreeMap<String, u64> {
        let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
        let room = self.cluster.policy.max_instances.saturating_sub(instances);
        (plan.groups())
            .filter(|group| group.desired_capacity > 0)
            .map(|group| {
                let zones = (group.availability_zones.len() as u64).max(1);
                let most = group.max_size.max(zones);
                let added = (more * zones).min(most).min(room);
                (group.name.clone(), group.max_size + added)
            })
            .collect()
    }

    fn up(
        &self,
        plan: &FleetPlan,
        counts: Counts<'_>,
        larger: &BTreeMap<String, u64>,
    ) -> Option<Came> {
        let setup = with_plan(self.cluster, self.catalogue, plan, &SetupOptions::default());
        let mut groups = groups_of_plan(&setup.world, plan, &Choices::default()).ok()?;
        for group in &mut groups {
            let name = group
                .provider
                .map(|provider| &setup.world.providers[provider]);
            if let Some(&most) = name.and_then(|name| larger.get(name)) {
                group.limits.max_size = group.limits.max_size.max(most);
            }
        }
        let up = changes(self.cluster, &setup, counts).into_iter();
        let rising: Vec<(u64, ScenarioEvent)> = up.map(|event| (EVENT_MINUTE, event)).collect();
        let grown = self.run(&setup, &groups, &rising, FALL_MINUTE)?;
        let missing = waiting_at_end(&grown);
        Some(Came {
            tasks: self.wanted(&setup, counts),
            missing,
            minutes: (grown.settled.filter(|_| missing == 0))
                .map(|at| at.saturating_sub(EVENT_MINUTE)),
            instances: sizes(&setup.world, &groups).iter().sum(),
            most_instances: grown.most_instances,
        })
    }

    /// Tasks of all services at these counts.
    fn wanted(&self, setup: &Setup, counts: Counts<'_>) -> u64 {
        let classes = setup.world.workload.classes.iter();
        classes
            .filter(|class| !class.daemon)
            .map(|class| {
                let other = counts(&self.cluster.services[class.service]);
                other
                    .filter(|_| is_planned(self.cluster, class))
                    .unwrap_or(class.count)
            })
            .sum()
    }

    /// Whether all tasks of the smallest counts have places on groups of `minSize`; `None` where the limits are reached.
    fn shrinks(&self, plan: &FleetPlan, counts: Counts<'_>) -> Option<bool> {
        if self.is_beyond(tasks_of(plan)) {
            return None;
        }
        let setup = with_plan(self.cluster, self.catalogue, plan, &SetupOptions::default());
        let groups = groups_of_plan(&setup.world, plan, &Choices::default()).ok()?;
        let smallest: Vec<u64> = groups.iter().map(|group| group.limits.min_size).collect();
        let reset = ScenarioEvent::DesiredCapacities { of: smallest };
        let events: Vec<(u64, ScenarioEvent)> = (changes(self.cluster, &setup, counts).into_iter())
            .map(|event| (EVENT_MINUTE, event))
            .chain([(EVENT_MINUTE + RESET_AFTER, reset)])
            .collect();
        let played = self.run(&setup, &groups, &events, EVENT_MINUTE + GROWTH_MINUTES)?;
        Some(waiting_at_end(&played) == 0)
    }

    /// The run; `None` where the time is over first.
    fn run(
        &self,
        setup: &Setup,
        groups: &[GroupPlan],
        events: &[(u64, ScenarioEvent)],
        minutes: u64,
    ) -> Option<Run> {
        let own = (Way::AsTheyAre, Choices::default());
        self.course(setup, groups)
            .run(events, (minutes, false), own)
    }
}

/// Whether the plan has tasks of the class, so that it says where more of them go.
fn is_planned(cluster: &Cluster, class: &TaskClass) -> bool {
    !class.daemon && class.count > 0 && !cluster.services[class.service].is_standalone()
}

/// The changes to these counts, of the services that have another.
fn changes(cluster: &Cluster, setup: &Setup, counts: Counts<'_>) -> Vec<ScenarioEvent> {
    (setup.world.workload.classes.iter().enumerate())
        .filter(|(_, class)| is_planned(cluster, class))
        .filter_map(|(class, of)| {
            let count = counts(&cluster.services[of.service])?;
            Some(ScenarioEvent::DesiredCount { class, count })
        })
        .collect()
}

/// The rise of the counts, their fall, and the reset after it.
pub(super) fn there_and_back(stage: &Stage<'_>) -> Story {
    let (cluster, setup) = (stage.cluster, stage.setup);
    let up = changes(cluster, setup, &|service| largest(cluster, service));
    let classes = setup.world.workload.classes.iter().enumerate();
    let back = classes.map(|(class, of)| {
        let count = of.count;
        (FALL_MINUTE, ScenarioEvent::DesiredCount { class, count })
    });
    let of = sizes(&setup.world, stage.groups);
    let reset = ScenarioEvent::DesiredCapacities { of };
    let events = (up.into_iter().map(|event| (EVENT_MINUTE, event)))
        .chain(back)
        .chain([(FALL_MINUTE + RESET_AFTER, reset)])
        .collect();
    (events, FALL_MINUTE + GROWTH_MINUTES)
}
