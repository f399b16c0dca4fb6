//! The exact optimum of a tiny cluster: slow, obvious, and sharing no code with the planner or with the
//! checker.
//!
//! Tasks are numbered; a set of tasks is a bit mask. `cheapest[S]` is the cheapest new instance that can
//! hold exactly the tasks `S`, found by trying every kind of instance. Then
//!
//! ```text
//! new[m][S]      = least cost of S on m new instances
//!                = min over T ⊆ S that contains the first task of S of cheapest[T] + new[m−1][S∖T]
//! with[k][m][S]  = the same with today's first k instances beside them
//!                = min over T ⊆ S that fits instance k of with[k−1][m][S∖T]
//! ```
//!
//! Every assignment of tasks to instances is such a sequence of choices, so nothing is missed.

use bayplan::catalogue::Catalogue;
use bayplan::catalogue::filter::policy_exclusions;
use bayplan::catalogue::registered::registered_memory;
use bayplan::domain::attributes::Attributes;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::instance_type::InstanceType;
use bayplan::domain::placement::PlacementConstraint;
use bayplan::domain::policy::{AcceleratorUse, CountBasis, KeepInstances, Policy};
use bayplan::domain::service::Service;
use bayplan::domain::task::{HostPort, LaunchType};
use rust_decimal::{Decimal, RoundingStrategy};

/// A kind of instance that could be bought, or one that runs today.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Type name.
    pub instance_type: String,
    /// Custom attributes of a new instance, or those of today's.
    pub custom: Attributes,
    /// Whether it runs today.
    pub existing: bool,
    /// CPU, MiB, interfaces, GPUs that it registers.
    pub registered: [u64; 4],
    /// Cost in 10⁻⁸ USD per hour.
    pub cost: i64,
    /// Built-in and custom attributes.
    pub attributes: Attributes,
    /// Indices of the daemons that run on it.
    pub daemons: Vec<usize>,
}

/// An instance of the optimum with the tasks on it.
#[derive(Debug, Clone)]
pub struct Filled {
    /// What it is.
    pub kind: Kind,
    /// The service index of each replica task on it.
    pub tasks: Vec<usize>,
}

/// What the exhaustive search found.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Indices of services of which no task fits any instance alone; they are left out of the rest.
    pub hopeless: Vec<usize>,
    /// Least cost in 10⁻⁸ USD per hour of all other tasks, with the fleet that has it; `None` when they
    /// cannot all be placed.
    pub fleet: Option<(i64, Vec<Filled>)>,
}

impl Optimum {
    /// Whether every task has a place.
    pub fn is_feasible(&self) -> bool {
        self.hopeless.is_empty() && self.fleet.is_some()
    }
}

/// Solves a tiny cluster exactly. Takes time 3ⁿ for n tasks.
pub fn solve(cluster: &Cluster, catalogue: &Catalogue) -> Optimum {
    let new_kinds = new_kinds(cluster, catalogue);
    let today = todays_instances(cluster, catalogue);
    let replicas: Vec<usize> = (0..cluster.services.len())
        .filter(|&s| !cluster.services[s].is_daemon() && planned(cluster, s) > 0)
        .collect();
    // On an instance with GPUs it may be beside one that needs them.
    let needed = |kind: &Kind| {
        (replicas.iter()).any(|&other| needs_gpus(cluster, other) && fits(cluster, kind, &[other]))
    };
    let fits_alone = |&service: &usize| {
        (new_kinds.iter().chain(&today)).any(|kind| {
            holds(cluster, kind, &[service]) || (fits(cluster, kind, &[service]) && needed(kind))
        })
    };
    let (hopeful, hopeless): (Vec<usize>, Vec<usize>) =
        replicas.iter().copied().partition(fits_alone);
    let tasks: Vec<usize> = hopeful
        .iter()
        .flat_map(|&service| (0..planned(cluster, service)).map(move |_| service))
        .collect();
    assert!(tasks.len() <= 12, "3^n: this solver is for tiny clusters");
    Optimum {
        hopeless,
        fleet: cheapest_fleet(cluster, &new_kinds, &today, &tasks),
    }
}

/// Number of tasks to plan for.
pub fn planned(cluster: &Cluster, service: usize) -> u64 {
    let Service {
        desired_count,
        min_count,
        max_count,
        ..
    } = &cluster.services[service];
    let count = match cluster.policy.count_basis {
        CountBasis::Min => min_count.unwrap_or(*desired_count),
        CountBasis::Desired => *desired_count,
        CountBasis::Max => max_count.unwrap_or(*desired_count),
    };
    let share = Decimal::ONE + cluster.policy.headroom_percent / Decimal::ONE_HUNDRED;
    u64::try_from((Decimal::from(count) * share).ceil()).expect("a tiny count")
}

/// A cost without any fleet.
const NEVER: i64 = i64::MAX;

fn cheapest_fleet(
    cluster: &Cluster,
    new_kinds: &[Kind],
    today: &[Kind],
    tasks: &[usize],
) -> Option<(i64, Vec<Filled>)> {
    let sets = 1_usize << tasks.len();
    let members = |set: usize| -> Vec<usize> {
        (0..tasks.len())
            .filter(|task| set >> task & 1 == 1)
            .map(|task| tasks[task])
            .collect()
    };
    let cheapest: Vec<Option<&Kind>> = (0..sets)
        .map(|set| {
            let members = members(set);
            (new_kinds.iter())
                .filter(|kind| holds(cluster, kind, &members))
                .min_by_key(|kind| kind.cost)
        })
        .collect();
    let kept = u64::try_from(today.len()).expect("a tiny fleet");
    let room = cluster.policy.max_instances.checked_sub(kept)?;
    let most_new = usize::try_from(room.min(tasks.len() as u64)).expect("a tiny fleet");

    // layers[k][m][S] with the choice (T) that gave it; layer 0 has none of today's instances.
    let mut layers = vec![new_only(&cheapest, most_new, sets)];
    for kind in today {
        let before = layers.last().expect("layer 0 is there");
        let fitting: Vec<bool> = (0..sets)
            .map(|set| holds(cluster, kind, &members(set)))
            .collect();
        let layer = (0..=most_new)
            .map(|new| {
                (0..sets)
                    .map(|set| {
                        subsets(set)
                            .filter(|&part| fitting[part])
                            .map(|part| (before[new][set & !part].0, part))
                            .min()
                            .unwrap_or((NEVER, 0))
                    })
                    .collect()
            })
            .collect();
        layers.push(layer);
    }

    let all = sets - 1;
    let last = layers.last().expect("layer 0 is there");
    let new = (0..=most_new).min_by_key(|&new| last[new][all].0)?;
    if last[new][all].0 == NEVER {
        return None;
    }
    let (mut fleet, mut left) = (Vec::new(), all);
    for (kind, layer) in today.iter().zip(&layers[1..]).rev() {
        let part = layer[new][left].1;
        fleet.push(Filled {
            kind: kind.clone(),
            tasks: members(part),
        });
        left &= !part;
    }
    for new in (1..=new).rev() {
        let part = layers[0][new][left].1;
        let kind = cheapest[part].expect("the choice was possible");
        fleet.push(Filled {
            kind: kind.clone(),
            tasks: members(part),
        });
        left &= !part;
    }
    let cost = fleet.iter().map(|filled| filled.kind.cost).sum();
    Some((cost, fleet))
}

/// Least cost, and the last choice, of every set on exactly m new instances.
fn new_only(cheapest: &[Option<&Kind>], most_new: usize, sets: usize) -> Vec<Vec<(i64, usize)>> {
    let mut layer = vec![vec![(NEVER, 0); sets]; most_new + 1];
    layer[0][0] = (0, 0);
    for new in 1..=most_new {
        for set in 1..sets {
            let first = set & set.wrapping_neg();
            layer[new][set] = subsets(set)
                .filter(|part| part & first != 0)
                .filter_map(|part| {
                    let rest = layer[new - 1][set & !part].0;
                    let cost = cheapest[part]?.cost;
                    (rest != NEVER).then(|| (rest + cost, part))
                })
                .min()
                .unwrap_or((NEVER, 0));
        }
    }
    layer
}

/// Every subset of a set, itself and the empty one included.
fn subsets(set: usize) -> impl Iterator<Item = usize> {
    let mut next = Some(set);
    std::iter::from_fn(move || {
        let part = next?;
        next = (part > 0).then(|| (part - 1) & set);
        Some(part)
    })
}

/// Whether one instance of the kind may run these tasks beside its daemons.
pub fn holds(cluster: &Cluster, kind: &Kind, tasks: &[usize]) -> bool {
    // Instances that stay hold what they hold; a new one no more than the share that is stated, and its GPUs are for
    // tasks that need them.
    let share = (cluster.policy.max_share_on_instance).unwrap_or(Decimal::ONE);
    let within_shares = tasks.iter().all(|&index| {
        let most = (share * Decimal::from(planned(cluster, index))).ceil();
        let own = tasks.iter().filter(|&&other| other == index).count();
        Decimal::from(own) <= most.max(Decimal::ONE)
    });
    let gpus_needed = cluster.policy.accelerators == AcceleratorUse::Included
        || cluster.policy.allowed_instance_types.is_some()
        || kind.registered[3] == 0
        || tasks.is_empty()
        || tasks.iter().any(|&index| needs_gpus(cluster, index));
    fits(cluster, kind, tasks) && (kind.existing || (within_shares && gpus_needed))
}

fn needs_gpus(cluster: &Cluster, service: usize) -> bool {
    cluster.services[service].task.gpus.get() > 0
}

/// Whether one instance of the kind has room for these tasks beside its daemons, and none of them keeps another off.
fn fits(cluster: &Cluster, kind: &Kind, tasks: &[usize]) -> bool {
    let all: Vec<usize> = kind.daemons.iter().chain(tasks).copied().collect();
    if all.is_empty() {
        return true;
    }
    let services = || all.iter().map(|&index| &cluster.services[index]);
    // Places: every task may be on this instance at all.
    let places = tasks
        .iter()
        .all(|&index| may_run(&cluster.services[index], kind));
    // Amounts: they fit together.
    let Policy {
        reserved_cpu,
        reserved_memory,
        ..
    } = cluster.policy;
    let awsvpc = |service: &Service| service.task.resources().enis.get();
    let cpu: u64 = services().map(|s| s.task.cpu.get()).sum();
    let memory: u64 = services().map(|s| s.task.memory.get()).sum();
    let interfaces: u64 = services().map(awsvpc).sum();
    let gpus: u64 = services().map(|s| s.task.gpus.get()).sum();
    let fits = cpu + reserved_cpu.get() <= kind.registered[0]
        && memory + reserved_memory.get() <= kind.registered[1]
        && interfaces <= kind.registered[2]
        && gpus <= kind.registered[3];
    // Ports: none twice.
    let mut ports: Vec<HostPort> = services().flat_map(|s| s.task.host_ports.clone()).collect();
    let taken = ports.len();
    ports.sort_unstable();
    ports.dedup();
    // Distinct: one task of such a service.
    let distinct = all.iter().all(|&index| {
        let own = all.iter().filter(|&&other| other == index).count();
        own == 1 || !cluster.services[index].is_distinct_instance()
    });
    places && fits && ports.len() == taken && distinct
}

/// Launch type, architecture and every `memberOf`.
fn may_run(service: &Service, kind: &Kind) -> bool {
    let architecture = kind.attributes.get("ecs.cpu-architecture").flatten();
    service.may_run_on(LaunchType::Ec2)
        && (service.task.architectures.iter())
            .any(|supported| Some(supported.attribute_value()) == architecture)
        && service.constraints().all(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) => expression.evaluate(&kind.attributes),
            PlacementConstraint::DistinctInstance | PlacementConstraint::TaskGroup(_) => true,
        })
}

/// Every type the policy lets through, without custom attributes and with those of each group, where all
/// matching daemons fit.
fn new_kinds(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Kind> {
    let mut attribute_sets = vec![Attributes::default()];
    attribute_sets.extend(
        cluster
            .deployed
            .groups
            .iter()
            .map(|group| group.attributes.clone()),
    );
    let mut kinds = Vec::new();
    for instance_type in catalogue.instance_types() {
        if !policy_exclusions(instance_type, &cluster.policy).is_empty() {
            continue;
        }
        for custom in &attribute_sets {
            let registered = observed(cluster, instance_type);
            let kind = kind(cluster, catalogue, instance_type, custom, registered, false);
            if holds(cluster, &kind, &[]) {
                kinds.push(kind);
            }
        }
    }
    kinds
}

/// Today's active instances, if they stay.
fn todays_instances(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Kind> {
    if cluster.policy.keep_instances == KeepInstances::None {
        return Vec::new();
    }
    (cluster
        .container_instances
        .iter()
        .filter(|instance| instance.active))
    .map(|instance| {
        let known = (catalogue.instance_type(&instance.instance_type))
            .expect("tiny clusters have types of the catalogue");
        let mut registered = modelled(cluster, known);
        if let Some(cpu) = instance.registered.cpu {
            registered[0] = cpu.get();
        }
        if let Some(memory) = instance.registered.memory {
            registered[1] = memory.get();
        }
        if let Some(gpus) = instance.registered.gpus {
            registered[3] = gpus.get();
        }
        let own = &instance.attributes;
        kind(cluster, catalogue, known, own, registered, true)
    })
    .collect()
}

fn kind(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance_type: &InstanceType,
    custom: &Attributes,
    registered: [u64; 4],
    existing: bool,
) -> Kind {
    let mut attributes = Attributes::built_in(instance_type, None);
    attributes.extend(custom);
    let mut kind = Kind {
        instance_type: instance_type.name.clone(),
        custom: custom.clone(),
        existing,
        registered,
        cost: cost(cluster, catalogue, &instance_type.name),
        attributes,
        daemons: Vec::new(),
    };
    kind.daemons = (0..cluster.services.len())
        .filter(|&index| cluster.services[index].is_daemon())
        .filter(|&index| may_run(&cluster.services[index], &kind))
        .collect();
    kind
}

/// What the model says a type registers.
fn modelled(cluster: &Cluster, instance_type: &InstanceType) -> [u64; 4] {
    let overhead = cluster.policy.memory_overhead.as_ref();
    let interfaces = if cluster.policy.eni_trunking && instance_type.branch_enis > 0 {
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
    };
    if let Some(cpu) = same_type().filter_map(|i| i.registered.cpu).min() {
        registered[0] = cpu.get();
    }
    if let Some(memory) = same_type().filter_map(|i| i.registered.memory).min() {
        registered[1] = memory.get();
    }
    registered
}

/// Hourly cost of one instance on the grid.
fn cost(cluster: &Cluster, catalogue: &Catalogue, name: &str) -> i64 {
    let policy = &cluster.policy;
    let price = catalogue.on_demand_price(name).expect("a priced type");
    let storage = catalogue.gp3_usd_per_gib_month().expect("a gp3 price").usd;
    let usd = price.usd_per_hour.amount() * (Decimal::ONE - policy.savings_plan_discount)
        + Decimal::from(policy.root_volume_gib) * storage / Decimal::from(730)
        + policy.instance_usd_per_hour.amount();
    let units = (usd * Decimal::from(100_000_000))
        .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
    i64::try_from(units).expect("a small price")
}
