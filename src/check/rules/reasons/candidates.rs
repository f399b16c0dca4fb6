//! The empty instances that a service's tasks are tested on: what may be bought, and what stays.

use crate::check::facts::{Facts, Machine, Tasks};
use crate::check::offers;
use crate::check::rules::daemons;
use crate::domain::attributes::Attributes;
use crate::domain::plan::DaemonsObstacle;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

/// One of them.
pub(super) struct Candidate<'a> {
    pub instance_type: &'a str,
    pub machine: Machine<'a>,
    pub host: Attributes,
    /// The daemons that match it.
    pub daemons: Tasks<'a>,
    /// Whether they have room there.
    pub has_room: bool,
    /// Whether a task that needs its accelerators must be on it.
    pub is_accelerated: bool,
    /// Whether it is certain that a plan may have it: some with accelerators are left out where no task needs them.
    pub is_sure: bool,
    /// What the policy reserves of each resource, in the order of [`Resource::ALL`].
    pub reserved: [u64; 4],
}

impl Candidate<'_> {
    /// Whether it earns and spends CPU credits.
    pub fn is_burstable(&self) -> bool {
        (self.machine.instance_type).is_some_and(|known| known.burstable)
    }

    /// What is left of a resource beside daemons and the reserved amount; `None` where they alone are too much.
    pub fn left(&self, resource: Resource) -> Option<u64> {
        let at = Resource::ALL.iter().position(|known| *known == resource)?;
        let taken = (self.daemons.iter()).try_fold(self.reserved[at], |sum, (daemon, each)| {
            let one = daemon.task.resources().get(resource);
            sum.checked_add(one.checked_mul(*each)?)
        })?;
        self.machine.registered.get(resource).checked_sub(taken)
    }
}

/// All of them.
pub(super) struct Candidates<'a> {
    all: Vec<Candidate<'a>>,
}

impl<'f> Candidates<'f> {
    /// What may be bought with its daemons, those without room for them among it, and what stays. None for nodes of Kubernetes.
    pub fn of<'a: 'f>(facts: &'f Facts<'a>) -> Self {
        if facts.cluster.is_kubernetes() {
            return Self { all: Vec::new() };
        }
        let reserved = Resource::ALL.map(|resource| match resource {
            Resource::Cpu => facts.cluster.policy.reserved_cpu.get(),
            Resource::Memory => facts.cluster.policy.reserved_memory.get(),
            Resource::Enis | Resource::Gpus => 0,
        });
        let new = offers::all_new(facts).map(|(offer, has_room)| Candidate {
            instance_type: offer.instance_type,
            machine: offer.machine,
            host: offer.host,
            daemons: offer.daemons,
            has_room,
            is_accelerated: offer.accelerated,
            is_sure: !offer.accelerated,
            reserved,
        });
        let mut all: Vec<Candidate<'f>> = new.collect();
        let keep = facts.cluster.policy.keep_instances;
        for class in facts.today.iter().filter(|class| class.stay(keep)) {
            let daemons = daemons::matching(facts, &class.machine, &class.attributes);
            let has_room = daemons::run_together(facts, &class.machine, &daemons);
            all.push(Candidate {
                instance_type: &class.instance_type,
                machine: class.machine,
                host: class.attributes.clone(),
                daemons,
                has_room,
                is_accelerated: false,
                is_sure: true,
                reserved,
            });
        }
        for it in &mut all {
            // An empty instance is never too small for what is reserved; one that is to take tasks is.
            let is_known = |resource: Resource| it.left(resource).is_some();
            it.has_room = it.has_room && Resource::ALL.into_iter().all(is_known);
        }
        Self { all }
    }

    /// Those that are for a service: instances from outside AWS for EXTERNAL ones alone, and nothing else for them.
    pub fn of_service<'s>(&'s self, service: &Service) -> impl Iterator<Item = &'s Candidate<'f>> {
        let is_external = service.is_external();
        (self.all.iter()).filter(move |it| it.machine.external == is_external)
    }

    /// What would have to be so where daemons or reserved amounts are said to fill instances of a type, if it is not.
    pub fn daemons_in_the_way(
        &self,
        facts: &Facts<'_>,
        offerings: u64,
        instance_type: &str,
        obstacle: &DaemonsObstacle,
    ) -> Option<String> {
        if facts.cluster.is_kubernetes() {
            return None;
        }
        let full: Vec<&Candidate<'f>> = self.all.iter().filter(|it| !it.has_room).collect();
        if offerings == 0 || !full.iter().any(|it| it.instance_type == instance_type) {
            return Some(
                "it only of types whose daemons and reserved amounts have no room".to_owned(),
            );
        }
        let daemon = |name: &String| facts.daemons().find(|daemon| daemon.name == *name);
        let is_so = |it: &&Candidate<'f>| match obstacle {
            DaemonsObstacle::Reserved => Resource::ALL
                .into_iter()
                .zip(it.reserved)
                .any(|(resource, reserved)| reserved > it.machine.registered.get(resource)),
            DaemonsObstacle::PortReserved { daemon: name, port } => {
                daemon(name).is_some_and(|own| {
                    own.task.host_ports.contains(port) && it.machine.reserved_ports.contains(*port)
                })
            }
            DaemonsObstacle::PortTaken { daemon: name, port } => daemon(name).is_some_and(|own| {
                let has = |other: &Service| other.task.host_ports.contains(port);
                has(own) && (it.daemons.iter()).any(|(other, _)| other.name != *name && has(other))
            }),
            DaemonsObstacle::PortQuota { daemon: name } => {
                daemon(name).is_some_and(|own| !own.task.host_ports.is_empty())
            }
            DaemonsObstacle::Daemon { daemon: name } => daemon(name).is_some_and(|_| {
                Resource::ALL
                    .into_iter()
                    .any(|resource| it.left(resource).is_none())
            }),
            DaemonsObstacle::Volumes { daemon: name } => {
                daemon(name).is_some_and(|own| own.task.ebs_volumes > 0)
            }
        };
        let own = (full.iter()).filter(|it| it.instance_type == instance_type);
        let mut own = own.copied();
        (!own.any(|it| is_so(&it)))
            .then(|| "what of the daemons and the reserved amounts does not fit there".to_owned())
    }
}
