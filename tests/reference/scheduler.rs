//! ECS placement as the developer guide tells it, with nothing kept between questions: every number is
//! counted anew from the list of running tasks, and every instance is looked at for every task.

use bayplan::domain::attributes::Attributes;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::placement::{PlacementConstraint, PlacementStrategy};
use bayplan::domain::service::Service;
use bayplan::domain::task::{LaunchType, NetworkMode};
use bayplan::simulate::fleet::Host;
use bayplan::simulate::ties::tie_key;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// An instance and the services whose tasks run on it, one entry per task, daemons first.
pub struct Machine {
    pub host: Host,
    pub accepts_tasks: bool,
    pub gone: bool,
    pub tasks: Vec<usize>,
}

/// A cluster that runs.
pub struct Reference<'a> {
    cluster: &'a Cluster,
    seed: u64,
    random: Xoshiro256PlusPlus,
    fixed_ties: bool,
    pub machines: Vec<Machine>,
}

impl<'a> Reference<'a> {
    pub fn new(cluster: &'a Cluster, seed: u64, fixed_ties: bool) -> Self {
        Self {
            cluster,
            seed,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            fixed_ties,
            machines: Vec::new(),
        }
    }

    /// A new instance; its daemons start first.
    pub fn add(&mut self, host: &Host) {
        self.machines.push(Machine {
            host: host.clone(),
            accepts_tasks: true,
            gone: false,
            tasks: Vec::new(),
        });
        let machine = self.machines.len() - 1;
        for (position, service) in self.cluster.services.iter().enumerate() {
            if service.is_daemon()
                && self.matches(service, machine)
                && self.has_room(service, machine)
            {
                self.machines[machine].tasks.push(position);
            }
        }
    }

    /// Where the next task of the service goes; it starts there.
    pub fn start(&mut self, position: usize, provider: Option<&str>) -> Option<usize> {
        let service = &self.cluster.services[position];
        let place = self.drawn_place();
        let mut left: Vec<usize> = (0..self.machines.len())
            .filter(|&machine| {
                let it = &self.machines[machine];
                let of_provider =
                    provider.is_none() || it.host.capacity_provider.as_deref() == provider;
                !it.gone
                    && it.accepts_tasks
                    && of_provider
                    && self.has_room(service, machine)
                    && self.matches(service, machine)
                    && self.constraints_hold(service, machine)
            })
            .collect();
        let default = [
            PlacementStrategy::Spread("attribute:ecs.availability-zone".to_owned()),
            PlacementStrategy::Spread("instanceId".to_owned()),
        ];
        let strategies: &[PlacementStrategy] = if service.placement_strategy.is_empty() {
            &default
        } else {
            &service.placement_strategy
        };
        for strategy in strategies {
            let measure = |machine: usize| self.measure(service, strategy, machine);
            let Some(best) = left.iter().map(|&machine| measure(machine)).min() else {
                break;
            };
            if matches!(strategy, PlacementStrategy::Random) {
                break;
            }
            left.retain(|&machine| measure(machine) == best);
        }
        let chosen = self.tie(&left, place)?;
        self.machines[chosen].tasks.push(position);
        Some(chosen)
    }

    /// Which instance loses a task of the service; the task stops.
    pub fn stop(&mut self, position: usize) -> Option<usize> {
        let place = self.drawn_place();
        let service = &self.cluster.services[position];
        let mut left: Vec<usize> = (0..self.machines.len())
            .filter(|&machine| self.machines[machine].tasks.contains(&position))
            .collect();
        let strategies = &service.placement_strategy;
        let before_random: Vec<&PlacementStrategy> = (strategies.iter())
            .take_while(|strategy| !matches!(strategy, PlacementStrategy::Random))
            .collect();
        let spread = |field: &str| PlacementStrategy::Spread(field.to_owned());
        let zone = spread("attribute:ecs.availability-zone");
        let mut largest_first: Vec<PlacementStrategy> = Vec::new();
        if strategies.is_empty() {
            largest_first = vec![zone, spread("instanceId")];
        } else {
            let spreads = |s: &&PlacementStrategy| matches!(s, PlacementStrategy::Spread(_));
            if before_random.iter().any(spreads) {
                largest_first.push(zone);
            }
            let packs = (before_random.into_iter())
                .filter(|s| matches!(s, PlacementStrategy::Binpack(_)))
                .cloned();
            largest_first.extend(packs);
        }
        for strategy in &largest_first {
            let measure = |machine: usize| self.measure(service, strategy, machine);
            let most = left.iter().map(|&machine| measure(machine)).max();
            left.retain(|&machine| Some(measure(machine)) == most);
        }
        let chosen = self.tie(&left, place)?;
        let tasks = &mut self.machines[chosen].tasks;
        let at = tasks.iter().rposition(|task| *task == position);
        tasks.remove(at.expect("the service runs there"));
        Some(chosen)
    }

    /// A strategy's figure for an instance; the smallest is preferred.
    fn measure(&self, service: &Service, strategy: &PlacementStrategy, machine: usize) -> u64 {
        match strategy {
            PlacementStrategy::Random => 0,
            PlacementStrategy::Spread(field) if field == "instanceId" || field == "host" => {
                self.in_group(&service.task_group(), |other| other == machine)
            }
            PlacementStrategy::Spread(field) => {
                let name = field.strip_prefix("attribute:").unwrap_or(field);
                let value = |machine: usize| self.attributes(machine).get(name);
                let own = value(machine);
                self.in_group(&service.task_group(), |other| value(other) == own)
            }
            PlacementStrategy::Binpack(resource) => {
                let [cpu, memory, ..] = self.remaining(machine);
                if resource == "cpu" { cpu } else { memory }
            }
        }
    }

    /// Tasks of a group on the instances that `on` accepts.
    fn in_group(&self, group: &str, on: impl Fn(usize) -> bool) -> u64 {
        let mut found = 0;
        for (machine, it) in self.machines.iter().enumerate() {
            if it.gone || !on(machine) {
                continue;
            }
            for &task in &it.tasks {
                if self.cluster.services[task].task_group() == group {
                    found += 1;
                }
            }
        }
        found
    }

    fn attributes(&self, machine: usize) -> &Attributes {
        &self.machines[machine].host.attributes
    }

    /// CPU, memory, interfaces and GPUs not taken and not reserved by policy.
    fn remaining(&self, machine: usize) -> [u64; 4] {
        let registered = self.machines[machine].host.registered;
        let policy = &self.cluster.policy;
        let mut left = [
            registered.cpu.get() - policy.reserved_cpu.get(),
            registered.memory.get() - policy.reserved_memory.get(),
            registered.enis.get(),
            registered.gpus.get(),
        ];
        for &task in &self.machines[machine].tasks {
            let need = needs(&self.cluster.services[task]);
            for (left, need) in left.iter_mut().zip(need) {
                *left -= need;
            }
        }
        left
    }

    fn has_room(&self, service: &Service, machine: usize) -> bool {
        let remaining = self.remaining(machine);
        let countable = (needs(service).iter().zip(remaining)).all(|(need, left)| *need <= left);
        let running = || (self.machines[machine].tasks.iter()).map(|&t| &self.cluster.services[t]);
        let ports = (service.task.host_ports.iter())
            .all(|port| running().all(|other| !other.task.host_ports.contains(port)));
        let limits = self.machines[machine].host.attachments;
        let with_this = || running().chain([service]);
        let volumes: u64 = with_this().map(|s| s.task.ebs_volumes).sum();
        let interfaces: u64 = with_this().map(|s| needs(s)[2]).sum();
        let attachable = service.task.ebs_volumes == 0
            || (volumes <= u64::from(limits.volumes)
                && (limits.with_interfaces == u32::MAX
                    || volumes + interfaces <= u64::from(limits.with_interfaces)));
        countable && ports && attachable
    }

    /// Launch type, architecture and `memberOf` on attributes.
    fn matches(&self, service: &Service, machine: usize) -> bool {
        let host = &self.machines[machine].host;
        let launch_type = if host.purchase_option.is_external() {
            service.is_external()
        } else {
            service.may_run_on(LaunchType::Ec2) && !service.is_external()
        };
        let architecture = host.attributes.get("ecs.cpu-architecture").flatten();
        let runs = (service.task.architectures.iter())
            .any(|known| Some(known.attribute_value()) == architecture);
        launch_type
            && runs
            && service.constraints().all(|constraint| match constraint {
                PlacementConstraint::MemberOf(expression) => expression.evaluate(&host.attributes),
                _ => true,
            })
    }

    /// `distinctInstance` and `task:group`.
    fn constraints_hold(&self, service: &Service, machine: usize) -> bool {
        let there = |group: &str| self.in_group(group, |other| other == machine) > 0;
        service.constraints().all(|constraint| match constraint {
            PlacementConstraint::MemberOf(_) => true,
            PlacementConstraint::DistinctInstance => !there(&service.task_group()),
            PlacementConstraint::TaskGroup(rule) => {
                rule.groups.iter().any(|group| there(group)) == rule.together
            }
        })
    }

    /// A place in the seeded order: that of an instance drawn among all there ever were.
    fn drawn_place(&mut self) -> u64 {
        if self.fixed_ties || self.machines.is_empty() {
            return 0;
        }
        let drawn = self.random.random_range(0..self.machines.len());
        self.key(drawn)
    }

    /// The first at or after the place, around the end.
    fn tie(&self, left: &[usize], place: u64) -> Option<usize> {
        let after = |&&machine: &&usize| self.key(machine) >= place;
        let first = |machine: &&usize| self.key(**machine);
        (left.iter().filter(after).min_by_key(first))
            .or_else(|| left.iter().min_by_key(first))
            .copied()
    }

    fn key(&self, machine: usize) -> u64 {
        tie_key(self.seed, u32::try_from(machine).expect("few machines"))
    }
}

fn needs(service: &Service) -> [u64; 4] {
    let task = &service.task;
    [
        task.cpu.get(),
        task.memory.get(),
        u64::from(task.network_mode == NetworkMode::Awsvpc),
        task.gpus.get(),
    ]
}
