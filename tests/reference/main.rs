//! The replica's scheduler against a slow, obvious one that was written from the documentation alone.

mod generator;
mod scheduler;

use bayplan::domain::cluster::Cluster;
use bayplan::simulate::choices::TieBreak;
use bayplan::simulate::fleet::{Fleet, Host};
use bayplan::simulate::scale_in;
use bayplan::simulate::scheduler::{Scheduler, Within};
use bayplan::simulate::state::State;
use bayplan::simulate::ties::Draws;
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;
use generator::{Case, Event, HostSpec, case, provider_name};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scheduler::Reference;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, ..ProptestConfig::default() })]

    #[test]
    fn the_replica_places_and_stops_every_task_where_the_reference_does(case in case()) {
        run(&case)?;
    }
}

/// Both schedulers side by side.
struct Pair<'a, 'w> {
    cluster: &'a Cluster,
    world: &'w World,
    /// The world's position of each of the case's hosts.
    hosts: Vec<(Host, usize)>,
    state: State<'w>,
    draws: Draws,
    scheduler: Scheduler,
    reference: Reference<'a>,
}

fn run(case: &Case) -> Result<(), TestCaseError> {
    let cluster = case.cluster();
    // Every host is known to the world; instances come one by one, in the same order on both sides.
    let fleet = Fleet::new(case.hosts.iter().map(|spec| (spec.host(), 0)));
    let world = World::new(&cluster, &fleet, Workload::new(&cluster, None));
    let rule = if case.fixed_ties {
        TieBreak::Fixed
    } else {
        TieBreak::Drawn
    };
    let position = |host: &Host| world.hosts.iter().position(|known| known.host == *host);
    let mut pair = Pair {
        cluster: &cluster,
        hosts: (case.hosts.iter().map(HostSpec::host))
            .map(|host| (host.clone(), position(&host).expect("a host of the world")))
            .collect(),
        state: State::with_candidates(&world, case.seed, case.seed.is_multiple_of(2)),
        draws: Draws::new(rule, case.seed),
        scheduler: Scheduler::default(),
        reference: Reference::new(&cluster, case.seed, case.fixed_ties),
        world: &world,
    };
    for &host in &case.start_with {
        pair.step(&Event::Add(host))?;
    }
    for event in &case.events {
        pair.step(event)?;
    }
    pair.compare()
}

impl Pair<'_, '_> {
    fn step(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match *event {
            Event::Start(service, provider) => self.start(service, provider)?,
            Event::Burst(service, count) => {
                for _ in 0..count {
                    self.start(service, None)?;
                }
            }
            Event::Stop(service) => self.stop(service)?,
            Event::Add(host) => {
                let (host, position) = &self.hosts[host % self.hosts.len()];
                self.state.add_instance(*position);
                self.reference.add(host);
            }
            Event::Close(machine) => {
                if let Some(machine) = self.there(machine) {
                    self.state.close(id(machine));
                    self.reference.machines[machine].accepts_tasks = false;
                }
            }
            Event::Remove(machine) => {
                if let Some(machine) = self.there(machine) {
                    let gone = self.state.remove_instance(id(machine));
                    let it = &mut self.reference.machines[machine];
                    it.gone = true;
                    it.accepts_tasks = false;
                    let tasks = std::mem::take(&mut it.tasks);
                    let replicas = tasks
                        .iter()
                        .filter(|t| !self.cluster.services[**t].is_daemon());
                    let lost: u32 = gone.iter().map(|(_, count)| count).sum();
                    prop_assert_eq!(replicas.count(), lost as usize);
                }
            }
        }
        Ok(())
    }

    fn there(&self, machine: usize) -> Option<usize> {
        let machines = &self.reference.machines;
        let machine = machine % machines.len().max(1);
        machines.get(machine).filter(|it| !it.gone).map(|_| machine)
    }

    fn start(&mut self, service: usize, provider: Option<u8>) -> Result<(), TestCaseError> {
        let service = service % self.cluster.services.len();
        if self.cluster.services[service].is_daemon() {
            return Ok(());
        }
        let name = provider.map(provider_name);
        let known = |name: &String| self.world.providers.binary_search(name).ok();
        let within = match &name {
            None => Within::Anywhere,
            Some(name) => match known(name) {
                Some(provider) => Within::Provider(provider),
                None => return Ok(()),
            },
        };
        let found = self
            .scheduler
            .start(&mut self.state, service, within, &mut self.draws);
        let expected = self.reference.start(service, name.as_deref());
        prop_assert_eq!(found.map(|id| id as usize), expected, "task of {}", service);
        Ok(())
    }

    fn stop(&mut self, service: usize) -> Result<(), TestCaseError> {
        let service = service % self.cluster.services.len();
        if self.cluster.services[service].is_daemon() {
            return Ok(());
        }
        let found = scale_in::choose(&self.state, service, &mut self.draws);
        if let Some(instance) = found {
            self.state.stop(service, instance);
        }
        let expected = self.reference.stop(service);
        prop_assert_eq!(found.map(|id| id as usize), expected, "stop of {}", service);
        Ok(())
    }

    /// The two clusters hold the same tasks on the same instances.
    fn compare(&self) -> Result<(), TestCaseError> {
        for (machine, it) in self
            .reference
            .machines
            .iter()
            .enumerate()
            .filter(|(_, it)| !it.gone)
        {
            let replicas = it
                .tasks
                .iter()
                .filter(|t| !self.cluster.services[**t].is_daemon());
            prop_assert_eq!(self.state.tasks_on(id(machine)) as usize, replicas.count());
        }
        let present = self.reference.machines.iter().filter(|it| !it.gone).count();
        prop_assert_eq!(self.state.present_count() as usize, present);
        Ok(())
    }
}

fn id(machine: usize) -> u32 {
    u32::try_from(machine).expect("few machines")
}

/// Which rules a case has, in words.
fn rules(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for service in &case.services {
        for strategy in service["placementStrategy"]
            .as_array()
            .into_iter()
            .flatten()
        {
            found.push(format!("{} {}", strategy["type"], strategy["field"]));
        }
        if service["placementStrategy"]
            .as_array()
            .is_some_and(Vec::is_empty)
        {
            found.push("no strategy".to_owned());
        }
        for constraint in service["placementConstraints"]
            .as_array()
            .into_iter()
            .flatten()
        {
            found.push(format!(
                "{} {}",
                constraint["type"], constraint["expression"]
            ));
        }
        for key in [
            "gpu",
            "networkMode",
            "hostPorts",
            "schedulingStrategy",
            "launchType",
        ] {
            found.push(format!("{key} {}", service[key]));
        }
    }
    if case.volumes.contains(&1) {
        found.push("volumes".to_owned());
    }
    found
}

#[test]
fn every_strategy_constraint_and_resource_takes_part_often() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..500 {
        let case = case().new_tree(&mut runner).expect("a case").current();
        for rule in rules(&case) {
            *counts.entry(rule).or_insert(0) += 1;
        }
    }
    let with = |text: &str| counts.keys().filter(|rule| rule.contains(text)).count();
    assert_eq!((with("spread"), with("binpack"), with("random")), (4, 2, 1));
    assert_eq!(
        (with("memberOf"), with("distinctInstance"), with("DAEMON")),
        (7, 1, 1)
    );
    assert_eq!(
        (with("networkMode"), with("hostPorts"), with("gpu")),
        (4, 5, 3)
    );
    let rare = counts.iter().filter(|(_, count)| **count < 10);
    assert_eq!(
        rare.collect::<Vec<_>>(),
        [],
        "each in at least 2 % of the cases"
    );
}
