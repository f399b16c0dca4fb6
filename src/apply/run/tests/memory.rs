//! A cluster in memory that can die before and after every call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::apply::change::{Condition, Request};
use crate::apply::fixture::{cluster, group, provider, service, size};
use crate::apply::live::{Live, LiveError, LiveInstance, Progress, Said};
use crate::apply::remembered::{Lost, Remembered};
use crate::apply::state::{GroupState, SizeState, State, Target};

/// When a run dies, by call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    Never,
    Before(u64),
    After(u64),
    /// The call takes effect, the answer does not arrive, and the run goes on.
    LostAnswer(u64),
}

/// A cluster in memory. Its own rules are AWS's: names exist once, providers in use stay, groups with instances stay.
#[derive(Debug, Clone)]
pub struct Memory {
    pub states: BTreeMap<Target, State>,
    pub instances: Vec<(String, String, LiveInstance)>,
    pub deploying: BTreeMap<String, u32>,
    pub fails: Option<String>,
    /// A service whose deployments fail and leave it as it was asked for.
    pub breaks: Option<String>,
    /// Services whose newest deployment failed.
    pub failed: BTreeSet<String>,
    pub unprotected: BTreeSet<String>,
    /// An instance that managed scaling takes away just before the next call for its protection.
    pub taken_meanwhile: Option<String>,
    pub calls: u64,
    pub kill: Kill,
    pub journal: PathBuf,
    /// The journal as it was when the run died.
    pub at_death: Option<Vec<u8>>,
    pub clock: Duration,
    pub requests: Vec<Request>,
    /// What hangs on groups and does not come back.
    pub lost: Vec<Lost>,
    /// Members of groups that the cluster does not know.
    pub strangers: Vec<String>,
    /// Whether an instance that drains always has a task, one more and one less by turns.
    pub is_restless: bool,
}

impl Memory {
    /// What a call does at its moment: the error stands for the run's death, or for an answer that is lost.
    fn called<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, LiveError>,
    ) -> Result<T, LiveError> {
        let lost = || LiveError::Call("the connection was reset".to_owned());
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
        Err(LiveError::Call(why.to_owned()))
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
                self.launch(name, to);
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
                        self.failed.remove(service);
                        if self.breaks.as_ref() == Some(service) {
                            self.failed.insert(service.clone());
                        }
                    }
                    if let Some(placement) = placement {
                        now.placement.clone_from(placement);
                    }
                }
            }
            Request::Resize { service, to } => {
                let target = Target::Size(service.clone());
                let Some(State::Size(now)) = self.states.get(&target) else {
                    return Self::refused("there is no such service");
                };
                let next = now.revision.map(|revision| revision + 1);
                let then = SizeState {
                    revision: to.revision.or(next),
                    ..to.clone()
                };
                self.states.insert(target, State::Size(then));
                self.deploying.insert(service.clone(), 3);
            }
        }
        Ok(())
    }

    /// Instances of a group up to its smallest size.
    fn launch(&mut self, group: &str, to: &GroupState) {
        let provider = self.states.iter().find_map(|(target, state)| match state {
            State::Provider(it) if it.group == group => Some(target.name().to_owned()),
            _ => None,
        });
        let there = self.instances.iter().filter(|(_, of, _)| of == group);
        for number in there.count() as u64..to.min_size {
            let mut instance = old_instances()[0].2.clone();
            instance.instance_type.clone_from(&to.instance_types[0]);
            instance.arn = format!("arn-new-{number}");
            instance.ec2_id = format!("i-new-{number}");
            let provider = provider.clone().unwrap_or_default();
            self.instances.push((provider, group.to_owned(), instance));
        }
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
            let (Condition::Deployed(service) | Condition::Back(service)) = condition else {
                return Ok(Progress::Met);
            };
            if it.failed.contains(service) {
                return Ok(Progress::Failed("ROLLBACK_FAILED".to_owned()));
            }
            match it.deploying.get_mut(service) {
                Some(polls) if *polls > 0 => {
                    *polls -= 1;
                    Ok(Progress::Waiting(format!("{polls} tasks")))
                }
                _ => Ok(Progress::Met),
            }
        })
    }

    fn remember(&mut self, target: &Target) -> Result<Option<Remembered>, LiveError> {
        self.called(|it| {
            let lost = match target {
                Target::Group(_) => it.lost.clone(),
                _ => Vec::new(),
            };
            let state = it.states.get(target);
            Ok(state.map(|state| Remembered {
                request: serde_json::to_value(state).expect("JSON"),
                lost,
            }))
        })
    }

    fn make_anew(&mut self, target: &Target, as_it_was: &Remembered) -> Result<(), LiveError> {
        self.called(|it| {
            if it.states.contains_key(target) {
                return Self::refused("AlreadyExists");
            }
            let state = serde_json::from_value(as_it_was.request.clone()).expect("a state");
            it.states.insert(target.clone(), state);
            Ok(())
        })
    }

    fn instances(&mut self, provider: &str) -> Result<Vec<LiveInstance>, LiveError> {
        self.called(|it| {
            // What drains loses its tasks in time.
            for (_, _, instance) in it.instances.iter_mut().filter(|(of, _, _)| of == provider) {
                if it.is_restless {
                    instance.tasks = 1 + instance.tasks % 2;
                } else if instance.is_draining {
                    instance.tasks = instance.tasks.saturating_sub(1);
                }
            }
            let of = it.instances.iter().filter(|(of, _, _)| of == provider);
            Ok(of.map(|(_, _, instance)| instance.clone()).collect())
        })
    }

    fn users(&mut self, provider: &str) -> Result<Vec<String>, LiveError> {
        self.called(|it| {
            let uses = |state: &State| {
                matches!(state, State::Service(service)
                    if service.strategy.iter().any(|item| item.capacity_provider == provider))
            };
            let users = it.states.iter().filter(|(_, state)| uses(state));
            Ok(users.map(|(target, _)| target.name().to_owned()).collect())
        })
    }

    fn strangers(&mut self, _: &str) -> Result<Vec<String>, LiveError> {
        self.called(|it| Ok(it.strangers.clone()))
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
            let group = it.instances.iter().find(|(_, _, one)| one.ec2_id == id);
            if let Some((_, name, _)) = group
                && let Some(State::Group(group)) = it.states.get(&Target::Group(name.clone()))
                && it.instances.iter().filter(|(_, of, _)| of == name).count() as u64
                    <= group.min_size
            {
                return Self::refused(
                    "ValidationError: the group would have fewer than its smallest size",
                );
            }
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
            "capacityProviderStrategy": it.strategy, "placementStrategy": it.placement,
            "placementConstraints": it.constraints}),
        State::Size(it) => {
            let containers: Vec<Value> = (it.containers.iter())
                .map(|(name, size)| json!({"name": name, "cpu": size.cpu, "memory": size.memory}))
                .collect();
            json!({"family": it.family, "revision": it.revision, "cpu": it.cpu.map(|cpu| cpu.to_string()),
                "memory": it.memory.map(|memory| memory.to_string()), "containerDefinitions": containers})
        }
    }
}

pub fn old_instances() -> Vec<(String, String, LiveInstance)> {
    (0..12)
        .map(|index| {
            let instance = LiveInstance {
                arn: format!("arn-{index:02}"),
                ec2_id: format!("i-{index:02}"),
                instance_type: "m5.large".to_owned(),
                zone: "a".to_owned(),
                is_draining: false,
                tasks: 2,
                tasks_of_no_service: 0,
            };
            ("old".to_owned(), "old-asg".to_owned(), instance)
        })
        .collect()
}

pub fn today(journal: &Path) -> Memory {
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
        (Target::Size("jobs".to_owned()), size(Some(7), 512)),
    ];
    Memory {
        states: states.into(),
        instances: old_instances(),
        deploying: BTreeMap::new(),
        fails: None,
        breaks: None,
        failed: BTreeSet::new(),
        unprotected: BTreeSet::new(),
        taken_meanwhile: None,
        calls: 0,
        kill: Kill::Never,
        journal: journal.to_owned(),
        at_death: None,
        clock: Duration::ZERO,
        requests: Vec::new(),
        lost: Vec::new(),
        strangers: Vec::new(),
        is_restless: false,
    }
}
