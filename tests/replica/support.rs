//! Small worlds for the replica's cases.

use bayplan::catalogue::Catalogue;
use bayplan::domain::attributes::Attributes;
use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use bayplan::domain::resources::ResourceVector;
use bayplan::domain::task::ReservedPorts;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::simulate::auto_scaling_group::Limits;
use bayplan::simulate::auto_scaling_group::mix::Mix;
use bayplan::simulate::choices::Choices;
use bayplan::simulate::deployment::RolloutRule;
use bayplan::simulate::deployment::shift::TrafficShift;
use bayplan::simulate::engine::{EngineOptions, GroupPlan, Run, ScenarioEvent, Script, run};
use bayplan::simulate::fleet::{Attachments, Fleet, Host};
use bayplan::simulate::managed_scaling::{ManagedScaling, ManagedScalingInput};
use bayplan::simulate::providers::{ProviderStrategy, StrategyItem};
use bayplan::simulate::trace::{Event, EventKind};
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;
use serde_json::{Value, json};

/// A cluster of services given as the API has them, without their `serviceName`: `a`, `b`, ….
pub fn cluster(services: Vec<Value>) -> Cluster {
    let named: Vec<Value> = (services.into_iter().zip("abcdefghij".chars()))
        .map(|(mut service, name)| {
            service["serviceName"] = json!(name.to_string());
            service
        })
        .collect();
    let document = json!({"version": 1, "cluster": "c", "region": "us-east-1", "services": named});
    let imported = read_cluster(&document.to_string(), "c.json", &ImportOptions::default());
    imported
        .unwrap_or_else(|findings| panic!("{findings}"))
        .cluster
}

pub fn host(cpu: u64, memory: u64, zone: &str) -> Host {
    let mut attributes = Attributes::default();
    attributes.set("ecs.cpu-architecture", Some("x86_64"));
    attributes.set("ecs.availability-zone", Some(zone));
    Host {
        instance_type: format!("t{cpu}.{memory}"),
        availability_zone: Some(zone.to_owned()),
        capacity_provider: Some("p".to_owned()),
        purchase_option: Capacity::OnDemand,
        attributes,
        registered: ResourceVector {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory),
            enis: EniCount::new(2),
            gpus: GpuCount::ZERO,
        },
        reserved_ports: ReservedPorts::default(),
        attachments: Attachments {
            volumes: 0,
            with_interfaces: u32::MAX,
        },
        usd_per_hour: "0.1".parse::<UsdPerHour>().expect("a price"),
    }
}

/// The instance type as the catalogue and the documented model have it.
pub fn host_of_type(name: &str, zone: &str, eni_trunking: bool) -> Host {
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let known = catalogue.instance_type(name).expect("a known type");
    let memory = bayplan::catalogue::registered_memory(known, None);
    let mut host = host(1, 1, zone);
    name.clone_into(&mut host.instance_type);
    host.registered = known.registered(memory, eni_trunking);
    host
}

pub fn world(cluster: &Cluster, hosts: &[(Host, u64)]) -> World {
    let fleet = Fleet::new(hosts.iter().cloned());
    World::new(cluster, &fleet, Workload::new(cluster, None))
}

/// The one group of a world whose provider `p` takes every task.
pub fn scaled(world: &mut World, input: &ManagedScalingInput, max_size: u64) -> Vec<GroupPlan> {
    let choices = Choices::default();
    let item = StrategyItem {
        provider: 0,
        kind: ProviderKind::AutoScalingGroup,
        base: 0,
        weight: 1,
    };
    for strategy in &mut world.strategies {
        *strategy = ProviderStrategy::try_new(vec![item], &choices).ok();
    }
    vec![GroupPlan {
        begins_with: 0,
        termination: None,
        provider: Some(0),
        scaling: Some(ManagedScaling::try_new(input, &choices).expect("settings that ECS takes")),
        limits: Limits {
            min_size: 0,
            max_size,
        },
        mix: Mix::default(),
        hosts: (0..world.hosts.len()).collect(),
    }]
}

/// Plays what happens; `full` says whether the world's instances are there at the start.
pub fn played(
    cluster: &Cluster,
    world: &World,
    groups: &[GroupPlan],
    full: bool,
    events: &[(u64, ScenarioEvent)],
    options: &EngineOptions,
) -> Run {
    let limits: Vec<RolloutRule> = (world.workload.classes.iter())
        .map(|class| {
            let service = &cluster.services[class.service];
            RolloutRule::of(
                service,
                options.choices.rollout_stops,
                TrafficShift::default(),
            )
        })
        .collect();
    let script = Script {
        groups,
        begins_full: full,
        events,
        reclaims: None,
        ends_when_settled: false,
        fargate: UsdPerHour::ZERO,
        limits: &limits,
    };
    run(world, &script, options)
}

/// Events of a kind, as minute and count.
pub fn events(run: &Run, kind: EventKind) -> Vec<(u64, u64)> {
    (run.trace.events.iter())
        .filter(|event: &&Event| event.kind == kind)
        .map(|event| (event.minute, event.count))
        .collect()
}
