//! Runs against a cluster in memory that can be killed before and after every call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::apply::budget::{Budget, Excess};
use crate::apply::change::Request;
use crate::apply::journal::Header;
use crate::apply::live::LiveInstance;
use crate::apply::state::{
    ClusterState, GroupState, PlacementItem, ProviderState, ServiceState, StrategyEntry,
    TemplateVersion,
};
use crate::apply::step::{Drain, Step};

/// When a run dies, by call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    Never,
    Before(u64),
    After(u64),
    /// The call takes effect, the answer does not arrive, and the run goes on.
    LostAnswer(u64),
}

/// A cluster in memory. Its own rules are AWS's: names exist once, providers in use stay, groups with instances stay.
#[derive(Debug, Clone)]
struct Memory {
    states: BTreeMap<Target, State>,
    instances: Vec<(String, String, LiveInstance)>,
    deploying: BTreeMap<String, u32>,
    fails: Option<String>,
    unprotected: BTreeSet<String>,
    /// An instance that managed scaling takes away just before the next call for its protection.
    taken_meanwhile: Option<String>,
    calls: u64,
    kill: Kill,
    journal: PathBuf,
    /// The journal as it was when the run died.
    at_death: Option<Vec<u8>>,
    clock: Duration,
    requests: Vec<Request>,
}

impl Memory {
    /// What a call does at its moment: the error stands for the run's death, or for an answer that is lost.
    fn called<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, LiveError>,
    ) -> Result<T, LiveError> {
        let lost = || LiveError("the connection was reset".to_owned());
        if self.at_death.is_some() {
            return Err(lost());
        }
        self.calls += 1;
        if self.kill == Kill::Before(self.calls) {
            self.at_death = Some(std::fs::read(&self.journal).expect("a journal"));
            return Err(lost());
        }
        let result = act(self);
        if self.kill == Kill::After(self.calls) {
            self.at_death = Some(std::fs::read(&self.journal).expect("a journal"));
            return Err(lost());
        }
        if self.kill == Kill::LostAnswer(self.calls) {
            return Err(lost());
        }
        result
    }

    fn refused<T>(why: &str) -> Result<T, LiveError> {
        Err(LiveError(why.to_owned()))
    }

    fn act(&mut self, request: &Request) -> Result<(), LiveError> {
        self.requests.push(request.clone());
        let group = |name: &String| Target::Group(name.clone());
        let provider = |name: &String| Target::Provider(name.clone());
        match request {
            Request::CreateGroup(name, state) => {
                if self.states.contains_key(&group(name)) {
                    return Self::refused("AlreadyExists");
                }
                self.states.insert(group(name), State::Group(state.clone()));
            }
            Request::UpdateGroup { name, to, .. } => {
                if to.max_size == 0 {
                    self.instances.retain(|(_, of, _)| of != name);
                }
                self.states.insert(group(name), State::Group(to.clone()));
            }
            Request::TagGroup(name) => {
                if let Some(State::Group(state)) = self.states.get_mut(&group(name)) {
                    state.managed_by_ecs = true;
                }
            }
            Request::DeleteGroup(name) => {
                if self.instances.iter().any(|(_, of, _)| of == name) {
                    return Self::refused("ResourceInUse: the group has instances");
                }
                self.states.remove(&group(name));
            }
            Request::CreateProvider(name, state) => {
                if self.states.contains_key(&provider(name)) {
                    return Self::refused("the name is taken");
                }
                self.states
                    .insert(provider(name), State::Provider(state.clone()));
            }
            Request::UpdateProvider(name, state) => {
                self.states
                    .insert(provider(name), State::Provider(state.clone()));
            }
            Request::DeleteProvider(name) => {
                if self.is_used(name) {
                    return Self::refused("ResourceInUse: the provider is in use");
                }
                self.states.remove(&provider(name));
            }
            Request::PutProviders(name, state) => {
                let gone = match self.states.get(&Target::Cluster(name.clone())) {
                    Some(State::Cluster(now)) => now
                        .providers
                        .difference(&state.providers)
                        .cloned()
                        .collect(),
                    _ => Vec::new(),
                };
                if gone.iter().any(|name| self.is_in_a_strategy(name)) {
                    return Self::refused("ResourceInUse: a service uses the provider");
                }
                self.states
                    .insert(Target::Cluster(name.clone()), State::Cluster(state.clone()));
            }
            Request::UpdateService {
                service,
                strategy,
                placement,
            } => {
                if let Some(fails) = self.fails.take() {
                    return Self::refused(&fails);
                }
                let known = (strategy.iter().flatten())
                    .all(|item| self.is_associated(&item.capacity_provider));
                if !known {
                    return Self::refused("the provider is not associated with the cluster");
                }
                if let Some(State::Service(now)) =
                    self.states.get_mut(&Target::Service(service.clone()))
                {
                    if let Some(strategy) = strategy {
                        now.strategy.clone_from(strategy);
                        self.deploying.insert(service.clone(), 3);
                    }
                    if let Some(placement) = placement {
                        now.placement.clone_from(placement);
                    }
                }
            }
        }
        Ok(())
    }

    fn is_in_a_strategy(&self, provider: &str) -> bool {
        self.states.values().any(|state| {
            matches!(state, State::Service(service)
                if service.strategy.iter().any(|item| item.capacity_provider == provider))
        })
    }

    fn is_associated(&self, provider: &str) -> bool {
        (self.states.values()).any(|state| matches!(state, State::Cluster(cluster) if cluster.providers.contains(provider)))
    }

    fn is_used(&self, provider: &str) -> bool {
        self.is_in_a_strategy(provider) || self.is_associated(provider)
    }
}

impl Live for Memory {
    fn describe(&mut self, target: &Target) -> Result<Option<Value>, LiveError> {
        self.called(|it| {
            let mut found = it.states.get(target).map(described);
            if let (Target::Group(name), Some(group)) = (target, &mut found) {
                let of = it.instances.iter().filter(|(_, of, _)| of == name);
                let row = |(_, _, one): &(String, String, LiveInstance)| {
                    json!({"InstanceId": one.ec2_id, "LifecycleState": "InService",
                        "ProtectedFromScaleIn": !it.unprotected.contains(&one.ec2_id)})
                };
                group["Instances"] = of.map(row).collect();
            }
            Ok(found)
        })
    }

    fn request(&mut self, request: &Request) -> Result<(), LiveError> {
        self.called(|it| it.act(request))
    }

    fn progress(&mut self, condition: &Condition) -> Result<Progress, LiveError> {
        self.called(|it| {
            let Condition::Deployed(service) = condition else {
                return Ok(Progress::Met);
            };
            match it.deploying.get_mut(service) {
                Some(polls) if *polls > 0 => {
                    *polls -= 1;
                    Ok(Progress::Waiting(format!("{polls} tasks")))
                }
                _ => Ok(Progress::Met),
            }
        })
    }

    fn instances(&mut self, provider: &str) -> Result<Vec<LiveInstance>, LiveError> {
        self.called(|it| {
            // What drains loses its tasks in time.
            for (_, _, instance) in it.instances.iter_mut().filter(|(of, _, _)| of == provider) {
                if instance.is_draining {
                    instance.tasks = instance.tasks.saturating_sub(1);
                }
            }
            let of = it.instances.iter().filter(|(of, _, _)| of == provider);
            Ok(of.map(|(_, _, instance)| instance.clone()).collect())
        })
    }

    fn set_draining(&mut self, arns: &[String], draining: bool) -> Result<(), LiveError> {
        assert!(arns.len() <= 10);
        self.called(|it| {
            for (_, _, instance) in &mut it.instances {
                if arns.contains(&instance.arn) {
                    instance.is_draining = draining;
                }
            }
            Ok(())
        })
    }

    fn unprotect(&mut self, group: &str, ids: &[String]) -> Result<(), LiveError> {
        assert!(ids.len() <= 50);
        self.called(|it| {
            if let Some(taken) = it.taken_meanwhile.take() {
                it.instances.retain(|(_, _, one)| one.ec2_id != taken);
            }
            let there = |id: &String| {
                let mut all = it.instances.iter();
                all.any(|(_, of, one)| of == group && one.ec2_id == *id)
            };
            if !ids.iter().all(there) {
                return Self::refused("ValidationError: an instance is not part of the group");
            }
            it.unprotected.extend(ids.iter().cloned());
            Ok(())
        })
    }

    fn terminate(&mut self, id: &str) -> Result<(), LiveError> {
        self.called(|it| {
            it.instances
                .retain(|(_, _, instance)| instance.ec2_id != id);
            Ok(())
        })
    }

    fn keep_lock(&mut self) -> Result<(), LiveError> {
        Ok(())
    }

    fn pause(&mut self, time: Duration) {
        self.clock += time;
    }

    fn now(&self) -> Duration {
        self.clock
    }

    fn is_interrupted(&self) -> bool {
        false
    }

    fn say(&mut self, _: Said<'_>) {}
}

/// A state in the API's keys: what AWS would describe.
fn described(state: &State) -> Value {
    let on = |is: bool| if is { "ENABLED" } else { "DISABLED" };
    match state {
        State::Group(group) => {
            let mut tags = Vec::new();
            if group.managed_by_ecs {
                tags.push(json!({"Key": "AmazonECSManaged"}));
            }
            if group.ours {
                tags.push(json!({"Key": "bayplan:managed"}));
            }
            let types: Vec<Value> = (group.instance_types.iter())
                .map(|kind| json!({"InstanceType": kind}))
                .collect();
            let template = group.template.clone().expect("a template");
            let subnets: Vec<String> = group.subnets.iter().cloned().collect();
            json!({"MinSize": group.min_size, "MaxSize": group.max_size, "Tags": tags,
                "VPCZoneIdentifier": subnets.join(","), "NewInstancesProtectedFromScaleIn": group.protected,
                "MixedInstancesPolicy": {
                    "LaunchTemplate": {"Overrides": types, "LaunchTemplateSpecification":
                        {"LaunchTemplateName": template.template, "Version": template.version}},
                    "InstancesDistribution": {"OnDemandBaseCapacity": group.on_demand_base,
                        "OnDemandPercentageAboveBaseCapacity": group.on_demand_percent,
                        "SpotAllocationStrategy": group.spot_allocation_strategy}}})
        }
        State::Provider(it) => json!({"status": "ACTIVE", "autoScalingGroupProvider": {
            "autoScalingGroupArn": it.group, "managedDraining": on(it.draining),
            "managedTerminationProtection": on(it.termination_protection),
            "managedScaling": {"status": on(it.scaling), "targetCapacity": it.target_capacity,
                "minimumScalingStepSize": it.minimum_step, "maximumScalingStepSize": it.maximum_step,
                "instanceWarmupPeriod": it.warmup_seconds}}}),
        State::Cluster(it) => {
            json!({"capacityProviders": it.providers, "defaultCapacityProviderStrategy": it.default_strategy})
        }
        State::Service(it) => json!({"serviceName": "s", "status": "ACTIVE",
            "capacityProviderStrategy": it.strategy, "placementStrategy": it.placement}),
    }
}

fn group(types: &[&str], ours: bool) -> State {
    State::Group(GroupState {
        min_size: 0,
        max_size: 9,
        instance_types: types.iter().map(|&kind| kind.to_owned()).collect(),
        on_demand_base: 0,
        on_demand_percent: 100,
        spot_allocation_strategy: None,
        template: Some(TemplateVersion {
            template: "ecs".to_owned(),
            version: "7".to_owned(),
        }),
        subnets: ["subnet-1".to_owned()].into(),
        protected: true,
        managed_by_ecs: true,
        ours,
    })
}

fn provider(group: &str) -> State {
    State::Provider(ProviderState {
        group: group.to_owned(),
        scaling: true,
        target_capacity: 100,
        minimum_step: 1,
        maximum_step: 10_000,
        warmup_seconds: 300,
        termination_protection: true,
        draining: true,
    })
}

fn cluster(names: &[&str], default: &str) -> State {
    State::Cluster(ClusterState {
        providers: names.iter().map(|&name| name.to_owned()).collect(),
        default_strategy: vec![entry(default)],
    })
}

fn entry(provider: &str) -> StrategyEntry {
    StrategyEntry {
        capacity_provider: provider.to_owned(),
        base: 0,
        weight: 1,
    }
}

fn service(provider: &str) -> State {
    State::Service(ServiceState {
        strategy: vec![entry(provider)],
        placement: vec![PlacementItem {
            kind: "spread".to_owned(),
            field: Some("instanceId".to_owned()),
        }],
    })
}

fn old_instances() -> Vec<(String, String, LiveInstance)> {
    (0..12)
        .map(|index| {
            let instance = LiveInstance {
                arn: format!("arn-{index:02}"),
                ec2_id: format!("i-{index:02}"),
                instance_type: "m5.large".to_owned(),
                zone: "a".to_owned(),
                is_draining: false,
                tasks: 2,
            };
            ("old".to_owned(), "old-asg".to_owned(), instance)
        })
        .collect()
}

fn today(journal: &Path) -> Memory {
    let states = [
        (
            Target::Group("old-asg".to_owned()),
            group(&["m5.large"], false),
        ),
        (Target::Provider("old".to_owned()), provider("old-asg")),
        (
            Target::Cluster("prod".to_owned()),
            cluster(&["old", "FARGATE"], "old"),
        ),
        (Target::Service("api".to_owned()), service("old")),
        (Target::Service("web".to_owned()), service("old")),
        (Target::Service("jobs".to_owned()), service("old")),
    ];
    Memory {
        states: states.into(),
        instances: old_instances(),
        deploying: BTreeMap::new(),
        fails: None,
        unprotected: BTreeSet::new(),
        taken_meanwhile: None,
        calls: 0,
        kill: Kill::Never,
        journal: journal.to_owned(),
        at_death: None,
        clock: Duration::ZERO,
        requests: Vec::new(),
    }
}

/// A migration from one provider to another; with `deletes` the old one is emptied and deleted.
fn migration(deletes: bool) -> Vec<Step> {
    let change = |target: Target, expects: Option<State>, leaves: Option<State>| {
        Work::Change(Box::new(Change {
            target,
            expects,
            leaves,
        }))
    };
    let shrunk = |max_size: u64| match group(&["m5.large"], false) {
        State::Group(now) => Some(State::Group(GroupState { max_size, ..now })),
        _ => None,
    };
    let both = cluster(&["old", "new", "FARGATE"], "old");
    let mut works = vec![
        change(
            Target::Group("bayplan-a".to_owned()),
            None,
            Some(group(&["m7i.large"], true)),
        ),
        change(
            Target::Provider("new".to_owned()),
            None,
            Some(provider("bayplan-a")),
        ),
        change(
            Target::Cluster("prod".to_owned()),
            Some(cluster(&["old", "FARGATE"], "old")),
            Some(both.clone()),
        ),
    ];
    for name in ["api", "web", "jobs"] {
        works.push(change(
            Target::Service(name.to_owned()),
            Some(service("old")),
            Some(service("new")),
        ));
    }
    works.push(Work::Drain(Drain {
        provider: "old".to_owned(),
        group: "old-asg".to_owned(),
        types_that_stay: Vec::new(),
        most: 0,
    }));
    if deletes {
        works.push(change(
            Target::Cluster("prod".to_owned()),
            Some(both),
            Some(cluster(&["new", "FARGATE"], "new")),
        ));
        works.push(change(
            Target::Provider("old".to_owned()),
            Some(provider("old-asg")),
            None,
        ));
        works.push(change(
            Target::Group("old-asg".to_owned()),
            Some(group(&["m5.large"], false)),
            shrunk(0),
        ));
        works.push(change(Target::Group("old-asg".to_owned()), shrunk(0), None));
    }
    (works.into_iter())
        .map(|work| Step {
            work,
            bill: None,
            restarts: 0,
            instances: 0,
            retires: false,
        })
        .collect()
}

const LIMITS: Limits = Limits {
    between: Duration::from_secs(5),
    step_timeout: Duration::from_mins(10),
    max_steps: None,
    parallel: 1,
};

fn begin(path: &Path, deletes: bool) -> Journal {
    Journal::begin(
        path,
        Header::new(
            ["prod", "us-east-1", "p", "f"],
            (Budget::new(12, Some(3), None), None),
            &migration(deletes),
        ),
    )
    .expect("begins")
}

/// The file as a kill leaves it: nothing after the call at which the run died.
fn die(memory: &mut Memory) -> bool {
    memory.kill = Kill::Never;
    let Some(bytes) = memory.at_death.take() else {
        return false;
    };
    std::fs::write(&memory.journal, bytes).expect("written");
    true
}

fn whole_run(path: &Path, kill: Kill, deletes: bool) -> (Memory, Outcome) {
    let mut memory = today(path);
    memory.kill = kill;
    let mut journal = begin(path, deletes);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    (memory, outcome)
}

/// How often each name was created or deleted.
fn once(requests: &[Request]) -> bool {
    let made: Vec<&String> = (requests.iter())
        .filter_map(|request| match request {
            Request::CreateGroup(name, _) | Request::CreateProvider(name, _) => Some(name),
            _ => None,
        })
        .collect();
    let mut names = made.clone();
    names.sort();
    names.dedup();
    names.len() == made.len()
}

#[test]
fn killed_at_any_call_it_goes_on_to_the_same_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let (end, outcome) = whole_run(&path, Kill::Never, true);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert!(
        !end.states
            .contains_key(&Target::Group("old-asg".to_owned()))
    );
    assert!(end.calls > 60, "{} calls", end.calls);
    for call in 1..=end.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, outcome) = whole_run(&path, kill, true);
            assert!(die(&mut memory), "{kill:?}: {outcome:?}");
            let mut journal = Journal::open(&path).expect("opens");
            let outcome = Run::new(&mut memory, &mut journal, LIMITS)
                .go_on()
                .expect("a journal");
            assert!(
                matches!(outcome, Outcome::Complete),
                "{kill:?}: {outcome:?}"
            );
            assert_eq!(
                (&memory.states, &memory.instances),
                (&end.states, &end.instances),
                "{kill:?}"
            );
            assert!(once(&memory.requests), "{kill:?}: {:?}", memory.requests);
        }
    }
}

#[test]
fn killed_at_any_call_it_goes_back_to_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let begun = today(&path).states;
    let (end, _) = whole_run(&path, Kill::Never, false);
    for call in 1..=end.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, _) = whole_run(&path, kill, false);
            assert!(die(&mut memory), "{kill:?}");
            // The way back dies as well, once, at some call of its own.
            memory.kill = Kill::After(memory.calls + 1 + call % 7);
            let mut journal = Journal::open(&path).expect("opens");
            let first = Run::new(&mut memory, &mut journal, LIMITS)
                .roll_back()
                .expect("a journal");
            if die(&mut memory) {
                let mut journal = Journal::open(&path).expect("opens");
                let again = Run::new(&mut memory, &mut journal, LIMITS)
                    .roll_back()
                    .expect("a journal");
                assert!(matches!(again, Outcome::Complete), "{kill:?}: {again:?}");
            } else {
                assert!(matches!(first, Outcome::Complete), "{kill:?}: {first:?}");
            }
            assert_eq!(memory.states, begun, "{kill:?}");
            assert!(
                memory.instances.iter().all(|(_, _, it)| !it.is_draining),
                "{kill:?}"
            );
        }
    }
}

#[test]
fn a_lost_answer_is_read_back_and_nothing_is_asked_for_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let (end, _) = whole_run(&path, Kill::Never, true);
    for call in 1..=end.calls {
        let (mut memory, outcome) = whole_run(&path, Kill::LostAnswer(call), true);
        if !matches!(outcome, Outcome::Complete) {
            memory.kill = Kill::Never;
            let mut journal = Journal::open(&path).expect("opens");
            let again = Run::new(&mut memory, &mut journal, LIMITS)
                .go_on()
                .expect("a journal");
            assert!(matches!(again, Outcome::Complete), "{call}: {again:?}");
        }
        assert_eq!(memory.states, end.states, "call {call}");
        assert!(once(&memory.requests), "call {call}");
    }
}

#[test]
fn an_instance_that_managed_scaling_takes_first_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("j");
    let (plain, _) = whole_run(&path, Kill::Never, true);
    for (_, _, instance) in old_instances() {
        let mut memory = today(&path);
        memory.taken_meanwhile = Some(instance.ec2_id);
        let mut journal = begin(&path, true);
        let outcome = Run::new(&mut memory, &mut journal, LIMITS).go_on();
        assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
        assert_eq!(memory.states, plain.states);
    }
}

#[test]
fn what_somebody_else_changed_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    memory
        .states
        .insert(Target::Service("web".to_owned()), service("FARGATE"));
    let mut journal = begin(&path, false);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    let Outcome::Failed {
        step: 4,
        why: Failure::Differs { target, .. },
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(target, Target::Service("web".to_owned()));
    let touched = memory.requests.iter().any(
        |request| matches!(request, Request::UpdateService { service, .. } if service == "web"),
    );
    assert!(!touched);
}

#[test]
fn a_prefix_ends_where_it_was_told_to_and_goes_on_from_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    let mut journal = begin(&path, true);
    let few = Limits {
        max_steps: Some(4),
        parallel: 3,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, few)
        .go_on()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Prefix(7)), "{outcome:?}");
    assert!(Journal::open(&path).expect("opens").is_open());
    let all = Limits {
        parallel: 3,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, all)
        .go_on()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(memory.states, whole_run(&path, Kill::Never, true).0.states);
}

#[test]
fn a_refusal_of_aws_ends_the_run_with_its_words_and_rolls_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    let begun = memory.states.clone();
    memory.fails = Some("ClientException: no".to_owned());
    let mut journal = begin(&path, false);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    let Outcome::Failed {
        step: 3,
        why: Failure::Live(LiveError(words)),
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(words, "ClientException: no");
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .roll_back()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(memory.states, begun);
}

#[test]
fn what_was_deleted_is_not_made_up_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let (mut memory, _) = whole_run(&path, Kill::Never, true);
    let mut journal = Journal::open(&path).expect("opens");
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .roll_back()
        .expect("a journal");
    assert!(
        matches!(
            outcome,
            Outcome::Failed {
                why: Failure::Deleted(_),
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[test]
fn what_is_gone_on_with_keeps_to_the_budget_of_the_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prod.journal");
    let mut steps = migration(true);
    for step in &mut steps {
        if matches!(step.work, Work::Drain(_)) {
            step.instances = 12;
        }
    }
    let budget = Budget::new(12, None, None);
    let names = ["prod", "us-east-1", "p", "f"];
    let mut journal =
        Journal::begin(&path, Header::new(names, (budget, None), &steps)).expect("begins");
    let mut memory = today(&path);
    let few = Limits {
        max_steps: Some(4),
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, few).go_on();
    assert!(matches!(outcome, Ok(Outcome::Prefix(_))));
    let again = Journal::open(&path).expect("opens");
    let budget = again.header().budget;
    assert_eq!(again.excess(budget, Some(2)), []);
    let too_many = Excess::Instances {
        taken: 12,
        allowed: 3,
    };
    assert_eq!(again.excess(budget, None), [too_many]);
    assert_eq!(again.excess(budget.or(Some(12), None), None), []);
}
