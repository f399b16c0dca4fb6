//! Kinds of instances: what could be bought (type × purchase option × zone × attribute profile), what runs
//! today and stays, and what is registered from outside AWS.

use std::collections::BTreeSet;

use bayplan::catalogue::filter::policy_exclusions;
use bayplan::catalogue::registered::registered_memory;
use bayplan::catalogue::{Catalogue, Price};
use bayplan::domain::attributes::Attributes;
use bayplan::domain::capacity::Capacity;
use bayplan::domain::cluster::{Cluster, ContainerInstance, Zone};
use bayplan::domain::instance_type::{EbsLimit, InstanceType};
use bayplan::domain::placement::PlacementConstraint;
use bayplan::domain::policy::{FargateUse, KeepInstances};
use bayplan::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use bayplan::domain::service::Service;
use bayplan::domain::task::ReservedPorts;
use rust_decimal::{Decimal, RoundingStrategy};

use super::instance_rules::{holds, may_run};

/// A kind of instance that could be bought, or one that runs today.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Type name; `EXTERNAL` where an external instance tells none.
    pub instance_type: String,
    /// How it is bought.
    pub purchase_option: Capacity,
    /// Label of its zone.
    pub zone: Option<String>,
    /// Position of its zone among the file's.
    pub zone_index: Option<usize>,
    /// Custom attributes of a new instance.
    pub custom: Attributes,
    /// Whether it runs today.
    pub existing: bool,
    /// Whether it is registered from outside AWS.
    pub external: bool,
    /// CPU, MiB, interfaces, GPUs that it registers.
    pub registered: [u64; 4],
    /// Cost in 10⁻⁸ USD per hour.
    pub cost: i64,
    /// Built-in and custom attributes.
    pub attributes: Attributes,
    /// Indices of the daemons that run on it.
    pub daemons: Vec<usize>,
    /// Ports that it keeps for itself.
    pub reserved: ReservedPorts,
    /// Its limit of attachments, where known.
    pub attachments: Option<Attachments>,
}

/// How many volumes and interfaces can be attached.
#[derive(Debug, Clone, Copy)]
pub struct Attachments {
    /// Volumes, the root volume included.
    pub most: u64,
    /// Whether secondary interfaces count too.
    pub shared: bool,
    /// Whether the tasks' interfaces are branches of one trunk.
    pub trunk: bool,
}

/// What could be bought, cheapest first; kinds whose daemons find no room are left out.
pub fn new_kinds(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if cluster.policy.fargate == FargateUse::Only {
        return kinds;
    }
    let zones: Vec<Option<usize>> = if cluster.zones.is_empty() {
        vec![None]
    } else {
        (0..cluster.zones.len()).map(Some).collect()
    };
    let profiles = profiles(cluster);
    for instance_type in catalogue.instance_types() {
        if !policy_exclusions(instance_type, &cluster.policy).is_empty() {
            continue;
        }
        for &zone_index in &zones {
            let zone = zone_index.map(|index| &cluster.zones[index]);
            if zone.is_some_and(|zone| !is_offered(cluster, catalogue, instance_type, zone)) {
                continue;
            }
            for option in [Capacity::OnDemand, Capacity::Spot] {
                if !cluster.policy.purchase_options.allows(option) {
                    continue;
                }
                let Some(price) = price(catalogue, instance_type, option, zone) else {
                    continue;
                };
                for custom in &profiles {
                    let mut attributes = Attributes::built_in(instance_type, zone.map(Zone::label));
                    attributes.extend(custom);
                    let mut kind = Kind {
                        instance_type: instance_type.name.clone(),
                        purchase_option: option,
                        zone: zone.map(|zone| zone.label().to_owned()),
                        zone_index,
                        custom: custom.clone(),
                        existing: false,
                        external: false,
                        registered: observed(cluster, instance_type),
                        cost: cost(cluster, catalogue, &price, option),
                        attributes,
                        daemons: Vec::new(),
                        reserved: ReservedPorts::Usual,
                        attachments: attachments(cluster, instance_type),
                    };
                    kind.daemons = daemons(cluster, &kind);
                    if holds(cluster, &kind, &[]) {
                        kinds.push(kind);
                    }
                }
            }
        }
    }
    kinds.sort_by_key(|kind| kind.cost);
    kinds
}

/// Today's active instances that stay: all with `keepInstances: all`, and the external ones always.
pub fn todays_instances(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Kind> {
    (cluster.container_instances.iter())
        .filter(|instance| instance.active)
        .filter(|instance| {
            instance.is_external() || cluster.policy.keep_instances == KeepInstances::All
        })
        .map(|instance| today(cluster, catalogue, instance))
        .collect()
}

fn today(cluster: &Cluster, catalogue: &Catalogue, instance: &ContainerInstance) -> Kind {
    let external = instance.is_external();
    let known = catalogue.instance_type(&instance.instance_type);
    let zone_index = (instance.availability_zone.as_deref()).and_then(|label| {
        (cluster.zones.iter())
            .position(|zone| [&zone.name, &zone.id].contains(&&Some(label.to_owned())))
    });
    let zone = zone_index.map(|index| &cluster.zones[index]);
    let mut registered = known.map_or([0; 4], |known| modelled(cluster, known));
    if external {
        // Interfaces of tasks are not supported there.
        registered[2] = 0;
    }
    let shown = &instance.registered;
    let figures = [
        (0, shown.cpu.map(CpuUnits::get)),
        (1, shown.memory.map(MemoryMib::get)),
        (3, shown.gpus.map(GpuCount::get)),
    ];
    for (resource, amount) in figures {
        registered[resource] = amount.unwrap_or(registered[resource]);
    }
    let mut attributes = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, instance.availability_zone.as_deref())
    });
    attributes.extend(&instance.attributes);
    let cost = if external {
        0
    } else {
        let known = known.expect("instances that are paid for have a type of the catalogue");
        let on_demand = Capacity::OnDemand;
        let option = instance.purchase_option;
        let (option, price) = match price(catalogue, known, option, zone) {
            Some(price) => (option, price),
            None => (
                on_demand,
                price(catalogue, known, on_demand, zone).expect("a priced type"),
            ),
        };
        cost(cluster, catalogue, &price, option)
    };
    let own_zone = instance.availability_zone.clone();
    let mut kind = Kind {
        instance_type: instance.instance_type.clone(),
        purchase_option: instance.purchase_option,
        zone: match zone {
            _ if external || cluster.zones.is_empty() => None,
            Some(zone) => Some(zone.label().to_owned()),
            None => own_zone,
        },
        zone_index: zone_index.filter(|_| !external),
        custom: Attributes::default(),
        existing: true,
        external,
        registered,
        cost,
        attributes,
        daemons: Vec::new(),
        reserved: instance.reserved_ports.clone(),
        attachments: known
            .filter(|_| !external)
            .and_then(|known| attachments(cluster, known)),
    };
    kind.daemons = daemons(cluster, &kind);
    kind
}

/// Whether a new instance of the type may be in the zone: by id where the zone has one, else when the type
/// is offered in as many ids as zones are used.
fn is_offered(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance_type: &InstanceType,
    zone: &Zone,
) -> bool {
    let ids = catalogue.zone_ids(&instance_type.name).unwrap_or_default();
    match &zone.id {
        Some(id) => ids.contains(id),
        None => ids.len() >= cluster.zones.len(),
    }
}

fn price(
    catalogue: &Catalogue,
    instance_type: &InstanceType,
    option: Capacity,
    zone: Option<&Zone>,
) -> Option<Price> {
    let name = &instance_type.name;
    match option {
        Capacity::OnDemand => catalogue.on_demand_price(name).cloned(),
        Capacity::Spot => {
            let id = zone.and_then(|zone| zone.id.as_deref());
            let supported = instance_type.spot_supported;
            supported.then(|| catalogue.spot_price(name, id)).flatten()
        }
        Capacity::Fargate
        | Capacity::FargateSpot
        | Capacity::Managed
        | Capacity::ManagedSpot
        | Capacity::External => None,
    }
}

/// Hourly cost of one instance on the grid: price (less the savings plan for On-Demand), root volume, fee.
fn cost(cluster: &Cluster, catalogue: &Catalogue, price: &Price, option: Capacity) -> i64 {
    let policy = &cluster.policy;
    let share = match option {
        Capacity::OnDemand => Decimal::ONE - policy.savings_plan_discount,
        Capacity::Spot
        | Capacity::Fargate
        | Capacity::FargateSpot
        | Capacity::Managed
        | Capacity::ManagedSpot
        | Capacity::External => Decimal::ONE,
    };
    let storage = catalogue
        .other_price("ebs_gp3_storage")
        .expect("a gp3 price");
    on_grid(
        price.usd_per_hour.amount() * share
            + Decimal::from(policy.root_volume_gib) * storage.usd / Decimal::from(730)
            + policy.instance_usd_per_hour.amount(),
    )
}

/// Whole units of 10⁻⁸ USD, half-even.
pub fn on_grid(usd: Decimal) -> i64 {
    let units = (usd * Decimal::from(100_000_000))
        .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
    i64::try_from(units).expect("a small price")
}

/// No custom attributes, and those of each group that some constraint reads.
fn profiles(cluster: &Cluster) -> Vec<Attributes> {
    let read: BTreeSet<&str> = (cluster.services.iter())
        .flat_map(Service::constraints)
        .filter_map(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) => Some(expression.attribute_names()),
            _ => None,
        })
        .flatten()
        .collect();
    let mut profiles = vec![Attributes::default()];
    for group in &cluster.deployed.groups {
        let matters = group.attributes.iter().any(|(name, _)| read.contains(name));
        if matters && !profiles.contains(&group.attributes) {
            profiles.push(group.attributes.clone());
        }
    }
    profiles
}

fn daemons(cluster: &Cluster, kind: &Kind) -> Vec<usize> {
    (0..cluster.services.len())
        .filter(|&index| cluster.services[index].is_daemon())
        .filter(|&index| may_run(&cluster.services[index], kind))
        .collect()
}

fn attachments(cluster: &Cluster, instance_type: &InstanceType) -> Option<Attachments> {
    Some(Attachments {
        most: instance_type.ebs_attachments?,
        shared: instance_type.ebs_limit == Some(EbsLimit::Shared),
        trunk: has_trunk(cluster, instance_type),
    })
}

const fn has_trunk(cluster: &Cluster, instance_type: &InstanceType) -> bool {
    cluster.policy.eni_trunking && instance_type.branch_enis > 0
}

/// What the model says a type registers.
fn modelled(cluster: &Cluster, instance_type: &InstanceType) -> [u64; 4] {
    let overhead = cluster.policy.memory_overhead.as_ref();
    let interfaces = if has_trunk(cluster, instance_type) {
        instance_type.branch_enis
    } else {
        instance_type.max_enis - 1
    };
    [
        instance_type.vcpus * 1024,
        registered_memory(instance_type, overhead).get(),
        interfaces,
        instance_type.gpus.get(),
    ]
}

/// The model, with the least that today's instances of the type show in its place.
fn observed(cluster: &Cluster, instance_type: &InstanceType) -> [u64; 4] {
    let mut registered = modelled(cluster, instance_type);
    let same_type = || {
        (cluster.container_instances.iter())
            .filter(|instance| instance.instance_type == instance_type.name)
            .map(|instance| &instance.registered)
    };
    let least = [
        (
            0,
            same_type().filter_map(|r| r.cpu).map(CpuUnits::get).min(),
        ),
        (
            1,
            same_type()
                .filter_map(|r| r.memory)
                .map(MemoryMib::get)
                .min(),
        ),
        (
            3,
            // None at all is an image without the driver, and no observation of the type.
            (same_type().filter_map(|r| r.gpus).map(GpuCount::get))
                .filter(|gpus| *gpus > 0)
                .min(),
        ),
    ];
    for (resource, amount) in least {
        registered[resource] = amount.unwrap_or(registered[resource]);
    }
    registered
}
