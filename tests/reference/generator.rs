//! Random small clusters, instances and what happens to them.

use bayplan::domain::attributes::Attributes;
use bayplan::domain::capacity::Capacity;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use bayplan::domain::resources::ResourceVector;
use bayplan::domain::task::ReservedPorts;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::simulate::fleet::{Attachments, Host};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Names of the services; the last is a daemon where there is one.
pub const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// The service asks for a place for one task; of a provider or of any.
    Start(usize, Option<u8>),
    /// So many tasks of one service ask, one after the other.
    Burst(usize, u8),
    /// The service loses a task.
    Stop(usize),
    /// An instance of a host comes.
    Add(usize),
    /// The instance drains.
    Close(usize),
    /// The instance goes.
    Remove(usize),
}

/// One generated case.
#[derive(Debug, Clone)]
pub struct Case {
    pub services: Vec<Value>,
    pub volumes: Vec<u64>,
    pub reserved_memory: u64,
    pub hosts: Vec<HostSpec>,
    pub start_with: Vec<usize>,
    pub events: Vec<Event>,
    pub seed: u64,
    pub fixed_ties: bool,
}

/// The attribute `rack` of a host.
#[derive(Debug, Clone, Copy)]
pub enum Rack {
    Absent,
    WithoutValue,
    Named(&'static str),
}

/// What varies between hosts.
#[derive(Debug, Clone)]
pub struct HostSpec {
    cpu: u64,
    memory: u64,
    enis: u64,
    gpus: u64,
    zone: Option<&'static str>,
    rack: Rack,
    arm: bool,
    provider: Option<u8>,
    external: bool,
    attachments: (u32, u32),
}

impl HostSpec {
    pub fn host(&self) -> Host {
        let mut attributes = Attributes::default();
        let architecture = if self.arm { "arm64" } else { "x86_64" };
        attributes.set("ecs.cpu-architecture", Some(architecture));
        if let Some(zone) = self.zone {
            attributes.set("ecs.availability-zone", Some(zone));
        }
        match self.rack {
            Rack::Absent => {}
            Rack::WithoutValue => attributes.set("rack", None),
            Rack::Named(name) => attributes.set("rack", Some(name)),
        }
        Host {
            instance_type: "test.large".to_owned(),
            availability_zone: self.zone.map(str::to_owned),
            capacity_provider: self.provider.map(provider_name),
            purchase_option: if self.external {
                Capacity::External
            } else {
                Capacity::OnDemand
            },
            attributes,
            registered: ResourceVector {
                cpu: CpuUnits::new(self.cpu),
                memory: MemoryMib::new(self.memory),
                enis: EniCount::new(self.enis),
                gpus: GpuCount::new(self.gpus),
            },
            reserved_ports: ReservedPorts::default(),
            attachments: Attachments {
                volumes: self.attachments.0,
                with_interfaces: self.attachments.1,
            },
            usd_per_hour: UsdPerHour::ZERO,
        }
    }
}

pub fn provider_name(provider: u8) -> String {
    format!("provider-{provider}")
}

impl Case {
    /// The cluster, as a file would give it; volumes are set afterwards, as inline services have none.
    pub fn cluster(&self) -> Cluster {
        let document = json!({
            "version": 1, "cluster": "c", "region": "us-east-1", "services": self.services,
            "standaloneTasks": [{
                "group": "batch", "count": 0, "cpu": 100, "memory": 300,
                "placementStrategy": [{"type": "spread", "field": "instanceId"}],
            }],
            "policy": {"reservedMemory": self.reserved_memory},
        });
        let imported = read_cluster(&document.to_string(), "c.json", &ImportOptions::default());
        let mut cluster = imported.unwrap_or_else(|e| panic!("{e}")).cluster;
        for (service, volumes) in cluster.services.iter_mut().zip(&self.volumes) {
            service.task.ebs_volumes = *volumes;
        }
        cluster
    }
}

pub fn case() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(service(), 1..=4),
        prop::option::weighted(0.3, daemon()),
        prop::collection::vec(prop_oneof![4 => Just(0_u64), 1 => Just(1)], 6),
        prop_oneof![Just(0_u64), Just(256)],
        prop::collection::vec(host(), 1..=5),
        prop::collection::vec(0_usize..5, 0..12),
        prop::collection::vec(event(), 1..80),
        any::<u64>(),
        any::<bool>(),
    )
        .prop_map(
            |(
                services,
                daemon,
                volumes,
                reserved_memory,
                hosts,
                start_with,
                events,
                seed,
                fixed_ties,
            )| Case {
                services: (services.into_iter().chain(daemon).zip(NAMES))
                    .map(|(mut service, name)| {
                        service["serviceName"] = json!(name);
                        service
                    })
                    .collect(),
                volumes,
                reserved_memory,
                hosts,
                start_with,
                events,
                seed,
                fixed_ties,
            },
        )
}

fn event() -> impl Strategy<Value = Event> {
    let service = || 0_usize..6;
    prop_oneof![
        12 => (service(), prop::option::weighted(0.2, 0_u8..3)).prop_map(|(s, p)| Event::Start(s, p)),
        4 => (service(), 1_u8..20).prop_map(|(s, n)| Event::Burst(s, n)),
        4 => service().prop_map(Event::Stop),
        1 => (0_usize..5).prop_map(Event::Add),
        1 => (0_usize..20).prop_map(Event::Close),
        1 => (0_usize..20).prop_map(Event::Remove),
    ]
}

fn host() -> impl Strategy<Value = HostSpec> {
    (
        (
            select(vec![1024_u64, 2048, 4096]),
            select(vec![1024_u64, 3800, 7600]),
        ),
        (0_u64..5, prop_oneof![3 => Just(0_u64), 1 => Just(2)]),
        prop::option::weighted(0.9, select(vec!["us-east-1a", "us-east-1b", "us-east-1c"])),
        prop_oneof![
            5 => Just(Rack::Absent),
            1 => Just(Rack::WithoutValue),
            4 => select(vec!["r1", "r2"]).prop_map(Rack::Named),
        ],
        prop::bool::weighted(0.1),
        prop::option::weighted(0.8, 0_u8..3),
        prop::bool::weighted(0.05),
        (0_u32..4, prop_oneof![Just(3_u32), Just(u32::MAX)]),
    )
        .prop_map(
            |((cpu, memory), (enis, gpus), zone, rack, arm, provider, external, attachments)| {
                HostSpec {
                    cpu,
                    memory,
                    enis,
                    gpus,
                    zone,
                    rack,
                    arm,
                    provider,
                    external,
                    attachments,
                }
            },
        )
}

fn service() -> impl Strategy<Value = Value> {
    (
        select(vec![0_u64, 64, 128, 250, 512]),
        select(vec![64_u64, 128, 500, 1000]),
        mode_and_ports(),
        prop_oneof![6 => Just(0_u64), 1 => Just(1)],
        prop::collection::vec(strategy(), 0..4),
        prop::collection::vec(constraint(), 0..3),
        prop_oneof![
            8 => Just(json!(["X86_64"])),
            1 => Just(json!(["ARM64"])),
            2 => Just(json!(["X86_64", "ARM64"])),
        ],
        prop_oneof![12 => Just("EC2"), 1 => Just("EXTERNAL")],
    )
        .prop_map(
            |(cpu, memory, (mode, ports), gpu, strategies, constraints, architectures, launch)| {
                let mut service = json!({
                    "desiredCount": 0, "cpu": cpu, "memory": memory, "networkMode": mode, "gpu": gpu,
                    "placementStrategy": strategies, "placementConstraints": constraints,
                    "architectures": architectures, "launchType": launch,
                });
                if launch == "EXTERNAL" && mode == "awsvpc" {
                    service["networkMode"] = json!("bridge");
                }
                if !ports.is_empty() {
                    service["hostPorts"] = json!(ports);
                }
                service
            },
        )
}

fn daemon() -> impl Strategy<Value = Value> {
    (select(vec![32_u64, 1500]), prop::bool::ANY, prop::bool::ANY).prop_map(
        |(cpu, awsvpc, only_r1)| {
            let constraint = json!({"type": "memberOf", "expression": "attribute:rack == r1"});
            json!({
                "schedulingStrategy": "DAEMON", "cpu": cpu, "memory": 100,
                "networkMode": if awsvpc { "awsvpc" } else { "bridge" },
                "placementConstraints": if only_r1 { vec![constraint] } else { vec![] },
            })
        },
    )
}

fn mode_and_ports() -> impl Strategy<Value = (&'static str, Vec<Value>)> {
    let port = || {
        select(vec![
            json!(80),
            json!(8080),
            json!("53/udp"),
            json!("53/tcp"),
        ])
    };
    prop_oneof![
        3 => Just(("bridge", vec![])),
        3 => Just(("awsvpc", vec![])),
        1 => Just(("none", vec![])),
        1 => port().prop_map(|port| ("bridge", vec![port])),
        1 => port().prop_map(|port| ("host", vec![port])),
    ]
}

fn strategy() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"type": "random"}),
        json!({"type": "spread", "field": "attribute:ecs.availability-zone"}),
        json!({"type": "spread", "field": "attribute:rack"}),
        json!({"type": "spread", "field": "instanceId"}),
        json!({"type": "spread", "field": "host"}),
        json!({"type": "binpack", "field": "cpu"}),
        json!({"type": "binpack", "field": "memory"}),
    ])
}

fn constraint() -> impl Strategy<Value = Value> {
    let member_of = |expression: &str| json!({"type": "memberOf", "expression": expression});
    select(vec![
        json!({"type": "distinctInstance"}),
        member_of("attribute:rack == r1"),
        member_of("attribute:rack exists"),
        member_of("not(attribute:rack == r2)"),
        member_of("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]"),
        member_of("task:group == service:a"),
        member_of("task:group != service:b"),
        member_of("task:group not_in [service:a, batch]"),
    ])
}
