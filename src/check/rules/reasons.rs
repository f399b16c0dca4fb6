//! V57: why tasks have no place is so. Each reason of `unplaced` is derived from cluster, catalogue and plan: which tests a task fails on
//! which instances and by how much, what of the policy leaves a type out, why Fargate takes no task, which rules of the policy are set.
//!
//! Believed are: that the search was cut, and that no packing was found where one may exist. Of nodes of Kubernetes only the policy's
//! part is derived.

mod candidates;
mod exclusions;
mod on_fargate;
mod tests_of_one;

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{FailedTest, InTheWay, Reason, RoomFor, TestCount};
use crate::domain::policy::{FargateUse, KeepInstances};
use crate::domain::service::Service;

use candidates::{Candidate, Candidates};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if facts.plan.unplaced.is_empty() {
        return Vec::new();
    }
    let candidates = Candidates::of(facts);
    let mut found = Vec::new();
    for (index, left) in facts.plan.unplaced.iter().enumerate() {
        let Some(&service) = facts.services.get(left.service_name.as_str()) else {
            continue;
        };
        let place = format!("unplaced[{index}].reasons");
        if left.reasons.is_empty() {
            found.push(Violation::new(Rule::Reasons, place, "none", "at least one"));
            continue;
        }
        let own = Looked {
            facts,
            service,
            candidates: &candidates,
        };
        for (at, reason) in left.reasons.iter().enumerate() {
            if let Some((said, expected)) = own.untrue(reason) {
                found.push(Violation::new(
                    Rule::Reasons,
                    format!("{place}[{at}]"),
                    said,
                    expected,
                ));
            }
        }
    }
    found
}

/// A service without a place, and what its reasons are held against.
struct Looked<'f, 'a> {
    facts: &'f Facts<'a>,
    service: &'a Service,
    candidates: &'f Candidates<'a>,
}

/// What is said, and what would have to be so.
type Untrue = (String, String);

/// That a reason is not so.
#[allow(
    clippy::unnecessary_wraps,
    reason = "those who call it say what is not so, if anything"
)]
fn untrue(said: impl Into<String>, expected: impl Into<String>) -> Option<Untrue> {
    Some((said.into(), expected.into()))
}

/// The same unless it holds.
fn unless(holds: bool, said: &str, expected: &str) -> Option<Untrue> {
    (!holds).then(|| (said.to_owned(), expected.to_owned()))
}

impl Looked<'_, '_> {
    /// What of a reason is not so.
    fn untrue(&self, reason: &Reason) -> Option<Untrue> {
        let policy = &self.facts.cluster.policy;
        let apart = (self.service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
        match reason {
            Reason::TwoZonesNeeded => unless(
                policy.survive_zone_loss && !apart && self.has_none_placed(),
                "two zones needed",
                "it only with surviveZoneLoss, of a service without any place",
            ),
            Reason::ZoneNeeded => unless(
                !self.facts.cluster.zones.is_empty() && self.has_none_placed(),
                "a zone needed",
                "it only in a cluster with zones, of a service without any place",
            ),
            Reason::ZoneOfItsOwnNeeded { tasks } => unless(
                apart && *tasks == self.facts.planned(self.service),
                "zones of their own needed",
                "it only of pods that keep apart by zone, all of them",
            ),
            Reason::NoExternalInstance => unless(
                self.service.is_external() && !self.has_external_instances(),
                "no instance from outside AWS",
                "it only of an EXTERNAL service, where the file shows none that is active",
            ),
            Reason::ExternalInstancesFull => unless(
                self.service.is_external() && self.has_external_instances(),
                "full instances from outside AWS",
                "it only of an EXTERNAL service, where the file shows some",
            ),
            Reason::NoInstanceType => unless(
                self.facts.cluster.is_kubernetes() || !self.tested().iter().any(|it| it.is_sure),
                "no instance type left",
                "it only where the policy and the prices leave none",
            ),
            Reason::NoOffering {
                offerings,
                excluded_by,
            } => self.no_offering(*offerings, excluded_by),
            Reason::NearestMiss {
                instance_type,
                failed,
            } => self.nearest_miss(instance_type, failed),
            Reason::TaskMustChange { failed } => self.task_must_change(failed),
            Reason::PolicyExcludes {
                instance_type,
                exclusions,
                types,
            } => exclusions::untrue(
                self.facts,
                self.service,
                instance_type,
                (exclusions, *types),
            ),
            Reason::OtherPurchaseNeeded { purchase_option } => unless(
                self.facts.cluster.is_kubernetes()
                    && !policy.purchase_options.allows(*purchase_option),
                "another way of buying needed",
                "it only of nodes, and of a way that purchaseOptions leaves out",
            ),
            Reason::NoRoomBesideDaemons {
                offerings,
                instance_type,
                obstacle,
            } => self
                .candidates
                .daemons_in_the_way(self.facts, *offerings, instance_type, obstacle)
                .and_then(|expected| untrue("no room beside daemons", expected)),
            Reason::FargateForbidden => on_fargate::forbidden_alone(self.facts, self.service),
            Reason::NotOnFargate { obstacles } => {
                on_fargate::untrue(self.facts, self.service, obstacles)
            }
            Reason::NoPacking {
                room_for,
                in_the_way,
            } => self.rooms(room_for).or_else(|| self.in_the_way(in_the_way)),
            Reason::NoPackingWithin {
                max_instances,
                room_for,
            } => (*max_instances != policy.max_instances)
                .then(|| {
                    (
                        format!("maxInstances {max_instances}"),
                        format!("{}, the policy's", policy.max_instances),
                    )
                })
                .or_else(|| self.rooms(room_for)),
            Reason::AlsoInTheWay { rules } => self.in_the_way(rules),
            Reason::AsGiven { .. } => untrue(
                "a text that says nothing a program can read",
                "a reason that can be derived",
            ),
            // V54 looks at the first; that a limit of work ended a search cannot be seen.
            Reason::TrunkingGivesPlaces { .. } | Reason::WorkLimit => None,
        }
    }

    fn has_none_placed(&self) -> bool {
        self.facts.placed(&self.service.name) == 0
    }

    fn has_external_instances(&self) -> bool {
        (self.facts.today.iter()).any(|class| class.machine.external)
    }

    /// Instances that the service is tested on.
    fn tested(&self) -> Vec<&Candidate<'_>> {
        self.candidates.of_service(self.service).collect()
    }

    fn no_offering(&self, offerings: u64, excluded_by: &[TestCount]) -> Option<Untrue> {
        if !self.has_none_placed() {
            return untrue(
                "no place for any task",
                "it only of a service without any place",
            );
        }
        let rules: BTreeSet<&str> = excluded_by.iter().map(|it| it.rule.as_str()).collect();
        let is_odd = |it: &TestCount| it.offerings == 0 || it.offerings > offerings;
        let falls = excluded_by.is_sorted_by(|a, b| a.offerings >= b.offerings);
        if offerings == 0 || rules.len() != excluded_by.len() || !falls {
            return untrue("tests of offerings", "each test once, the most first");
        }
        if let Some(odd) = excluded_by.iter().find(|it| is_odd(it)) {
            return untrue(
                format!("{} offerings left out by `{}`", odd.offerings, odd.rule),
                format!("1 to {offerings}"),
            );
        }
        if self.facts.cluster.is_kubernetes() {
            return None;
        }
        if let Some(fits) = self.takes_a_task() {
            return untrue(
                "no offering that passes every test",
                format!("a place on {fits}, which passes them"),
            );
        }
        self.counts(offerings, excluded_by)
    }

    /// A type on which a task has a place: of a service that needs no partner, on instances that need no task with accelerators.
    fn takes_a_task(&self) -> Option<String> {
        let has_partners =
            |it: &PlacementConstraint| matches!(it, PlacementConstraint::TaskGroup(_));
        if self.service.constraints().any(has_partners) {
            return None;
        }
        let candidates = self.candidates.of_service(self.service);
        (candidates.filter(|it| !it.is_burstable()))
            .filter(|it| !it.is_accelerated || self.service.task.gpus.get() > 0)
            .find(|it| tests_of_one::takes(it, self.service))
            .map(|it| it.instance_type.to_owned())
    }

    /// A test that some instances fail is told, one that none fails is not, and one that all fail is told of all.
    fn counts(&self, offerings: u64, excluded_by: &[TestCount]) -> Option<Untrue> {
        let tested = self.tested();
        for rule in tests_of_one::RULES {
            let told = excluded_by.iter().find(|it| it.rule == rule);
            let told = told.map_or(0, |it| it.offerings);
            let fails = |it: &Candidate<'_>| tests_of_one::fails(it, self.service, rule);
            let may_fail = |it: &Candidate<'_>| tests_of_one::may_fail(it, self.service, rule);
            // Of instances that are for tasks with accelerators it is not sure that they were tested.
            let sure = || tested.iter().filter(|it| it.is_sure);
            let expected = if told > 0 && !tested.iter().any(|it| may_fail(it)) {
                "none: no instance that may be bought or stays fails it".to_owned()
            } else if told == 0 && sure().any(|it| fails(it)) {
                "some: there are instances that fail it".to_owned()
            } else if told < offerings && tested.iter().all(|it| fails(it)) {
                format!("{offerings}: all instances fail it")
            } else if told == offerings && sure().any(|it| !may_fail(it)) {
                format!("fewer than {offerings}: some instances pass it")
            } else {
                continue;
            };
            return untrue(format!("{told} offerings left out by `{rule}`"), expected);
        }
        let known = |it: &TestCount| {
            tests_of_one::RULES.contains(&it.rule.as_str())
                || tests_of_one::OTHER_RULES.contains(&it.rule.as_str())
        };
        let odd = excluded_by.iter().find(|it| !known(it))?;
        untrue(format!("a test `{}`", odd.rule), "one that is made")
    }

    fn nearest_miss(&self, instance_type: &str, failed: &[FailedTest]) -> Option<Untrue> {
        if self.facts.cluster.is_kubernetes() {
            return None;
        }
        let tested = self.tested();
        let mut own = (tested.iter()).filter(|it| it.instance_type == instance_type);
        let all_so = |it: &&&Candidate<'_>| {
            (failed.iter()).all(|test| tests_of_one::is_so(it, self.service, test))
        };
        if own.clone().next().is_none() {
            return untrue(
                format!("{instance_type} as the nearest miss"),
                "a type that may be bought, or of an instance that stays",
            );
        }
        (!own.any(|it| all_so(&it))).then(|| {
            (
                format!("what a task misses on {instance_type}"),
                "what it misses there: tests that it fails on one of them, with what it needs and what is there".to_owned(),
            )
        })
    }

    fn task_must_change(&self, failed: &FailedTest) -> Option<Untrue> {
        if self.facts.cluster.is_kubernetes() {
            return None;
        }
        let tested = self.tested();
        let rule = failed.rule();
        let said = || format!("a task that must change by `{rule}`");
        if !tested
            .iter()
            .any(|it| tests_of_one::is_so(it, self.service, failed))
        {
            return untrue(
                said(),
                "a test that a task fails, with what it needs and what is there",
            );
        }
        if !tests_of_one::RULES.contains(&rule) {
            return None;
        }
        let fails = |it: &Candidate<'_>, rule: &str| tests_of_one::fails(it, self.service, rule);
        let mut telling: Vec<&Candidate<'_>> = tested.into_iter().filter(|it| it.is_sure).collect();
        let of_others = |it: &&Candidate<'_>| fails(it, tests_of_one::ARCHITECTURE);
        if telling.iter().any(|it| !of_others(it)) {
            telling.retain(|it| !of_others(it));
        }
        let may_fail = |it: &Candidate<'_>| tests_of_one::may_fail(it, self.service, rule);
        let passes = telling.iter().find(|it| !may_fail(it))?;
        untrue(
            said(),
            format!(
                "a test that fails everywhere; {} passes it",
                passes.instance_type
            ),
        )
    }

    /// What the policy keeps room for, in the order of [`RoomFor`].
    fn rooms(&self, told: &[RoomFor]) -> Option<Untrue> {
        let policy = &self.facts.cluster.policy;
        let rooms = [
            (policy.survive_zone_loss, RoomFor::LostZone),
            (policy.survive_instance_loss, RoomFor::LostInstance),
            (policy.keeps_room_for_rollouts(), RoomFor::Deployments),
        ];
        let kept = rooms.into_iter().filter(|(is_kept, _)| *is_kept);
        let kept: Vec<RoomFor> = kept.map(|(_, room)| room).collect();
        (kept != told).then(|| {
            (
                format!("room for {told:?}"),
                format!("{kept:?}, for which the policy keeps room"),
            )
        })
    }

    /// Which rules of the policy take places away, in the order of [`InTheWay`].
    fn in_the_way(&self, told: &[InTheWay]) -> Option<Untrue> {
        let policy = &self.facts.cluster.policy;
        let has_rule = |it: &PlacementConstraint| matches!(it, PlacementConstraint::TaskGroup(_));
        let has_groups =
            (self.facts.services.values()).any(|service| service.constraints().any(has_rule));
        let rules = [
            (
                policy.max_instance_types.is_some(),
                InTheWay::MaxInstanceTypes,
            ),
            (
                policy.spot_max_share_per_pool < rust_decimal::Decimal::ONE,
                InTheWay::SpotMaxSharePerPool,
            ),
            (
                policy.fargate == FargateUse::Only || policy.keep_instances == KeepInstances::All,
                InTheWay::TodaysInstances,
            ),
            (has_groups, InTheWay::TaskGroups),
        ];
        let set = rules.into_iter().filter(|(is_set, _)| *is_set);
        let set: Vec<InTheWay> = set.map(|(_, rule)| rule).collect();
        (set != told).then(|| {
            (
                format!("{told:?} in the way"),
                format!("{set:?}, which are there"),
            )
        })
    }
}
