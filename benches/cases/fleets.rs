//! Fleets for replays: as many instances as asked for, in three zones, with room for the cluster's tasks.

use bayplan::domain::attributes::Attributes;
use bayplan::domain::capacity::Capacity;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::placement::PlacementStrategy;
use bayplan::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use bayplan::domain::resources::ResourceVector;
use bayplan::domain::task::ReservedPorts;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::simulate::fleet::{Attachments, Fleet, Host};
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;

use super::generator::{self, Request, Rules};

/// A rung of the ladder.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Services.
    pub services: u64,
    /// Tasks over all services.
    pub tasks: u64,
    /// Instances.
    pub instances: u64,
}

impl Size {
    /// `50x100000x5000`, services, tasks, instances: part of a benchmark's name.
    pub fn label(self) -> String {
        format!("{}x{}x{}", self.services, self.tasks, self.instances)
    }
}

/// From a small cluster to the largest that ECS's quotas allow; the last has ten times the services.
pub const LADDER: [Size; 4] = [
    Size {
        services: 50,
        tasks: 1_000,
        instances: 50,
    },
    Size {
        services: 50,
        tasks: 10_000,
        instances: 500,
    },
    Size {
        services: 50,
        tasks: 100_000,
        instances: 5_000,
    },
    Size {
        services: 500,
        tasks: 100_000,
        instances: 5_000,
    },
];

/// A way to make placement strategies, as constants hold no texts.
type Strategies = fn() -> Vec<PlacementStrategy>;

/// Placement strategies by name.
pub const STRATEGIES: [(&str, Strategies); 5] = [
    ("default", Vec::new),
    ("binpack-memory", || vec![binpack("memory")]),
    ("spread-instance", || vec![spread("instanceId")]),
    ("spread-zone", || {
        vec![spread("attribute:ecs.availability-zone")]
    }),
    ("spread-zone-binpack-memory", || {
        vec![spread("attribute:ecs.availability-zone"), binpack("memory")]
    }),
];

fn binpack(resource: &str) -> PlacementStrategy {
    PlacementStrategy::Binpack(resource.to_owned())
}

fn spread(field: &str) -> PlacementStrategy {
    PlacementStrategy::Spread(field.to_owned())
}

/// The generated cluster of a size.
pub fn cluster(size: Size, seed: u64) -> Cluster {
    let request = Request {
        services: size.services,
        tasks: size.tasks,
        seed,
        rules: Rules::Plain,
    };
    let text = generator::cluster(request).expect("the counts can be reached");
    match read_cluster(&text.to_string(), "cluster.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("{findings}"),
    }
}

/// Instances of three sizes (1 : 2 : 4) in three zones that together have a tenth more CPU and memory than the
/// cluster's tasks take.
pub fn fleet(cluster: &Cluster, instances: u64) -> Fleet {
    let total = |of: fn(ResourceVector) -> u64| -> u64 {
        (cluster.services.iter())
            .map(|service| of(service.task.resources()) * service.desired_count)
            .sum()
    };
    let each = |amount: u64| amount * 11 / 10 * 3 / (7 * instances) + 1;
    let cpu = each(total(|vector| vector.cpu.get()));
    let memory = each(total(|vector| vector.memory.get()));
    let hosts = (0..instances).map(|instance| {
        let zone = ["us-east-1a", "us-east-1b", "us-east-1c"][(instance / 3 % 3) as usize];
        let factor = 1 << (instance % 3);
        let mut attributes = Attributes::default();
        attributes.set("ecs.cpu-architecture", Some("x86_64"));
        attributes.set("ecs.availability-zone", Some(zone));
        let host = Host {
            instance_type: format!("size-{factor}"),
            availability_zone: Some(zone.to_owned()),
            capacity_provider: None,
            purchase_option: Capacity::OnDemand,
            attributes,
            registered: ResourceVector {
                cpu: CpuUnits::new(cpu * factor),
                memory: MemoryMib::new(memory * factor),
                enis: EniCount::new(60),
                gpus: GpuCount::ZERO,
            },
            reserved_ports: ReservedPorts::default(),
            attachments: Attachments {
                volumes: 0,
                with_interfaces: u32::MAX,
            },
            usd_per_hour: UsdPerHour::ZERO,
        };
        (host, 1)
    });
    Fleet::new(hosts)
}

/// Both together under a strategy.
pub fn world(cluster: &Cluster, fleet: &Fleet, strategy: Strategies) -> World {
    let strategy = strategy();
    World::new(cluster, fleet, Workload::new(cluster, Some(&strategy)))
}
