//! What the policy lets the plan buy, whether it does or not: types, zones and attributes; and from it the
//! zones that a service may use.

use std::collections::BTreeSet;

use crate::catalogue::filter::policy_exclusions;
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::instance_type::InstanceType;
use crate::domain::policy::{FargateUse, ManagedInstancesUse};
use crate::domain::quantity::GpuCount;
use crate::domain::service::Service;

use super::facts::{Facts, Machine, Tasks};
use super::rules;

/// An empty instance: one that can be bought, or one of today's that stays.
pub(super) struct Offer<'a> {
    pub instance_type: &'a str,
    pub machine: Machine<'a>,
    /// Position among the cluster's zones; `None` where the file names none.
    pub zone: Option<usize>,
    pub host: Attributes,
    /// Whether its accelerators must be needed by a task on it.
    pub accelerated: bool,
    /// The daemons that run on it.
    pub daemons: Tasks<'a>,
}

/// Everything that can be bought, by type.
pub(super) fn new_instances<'f, 'a: 'f>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = Offer<'a>> + 'f {
    all_new(facts)
        .filter(|(_, has_room)| *has_room)
        .map(|(offer, _)| offer)
}

/// The same with what daemons and reserved amounts alone fill: each with whether these have room on it.
pub(super) fn all_new<'f, 'a: 'f>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = (Offer<'a>, bool)> + 'f {
    let policy = &facts.cluster.policy;
    let none = policy.fargate == FargateUse::Only;
    let own = policy.managed_instances != ManagedInstancesUse::Only;
    let managed = policy.managed_instances != ManagedInstancesUse::Forbidden;
    (facts.catalogue.instance_types().iter())
        .filter(move |_| !none)
        .filter(|known| policy_exclusions(known, policy).is_empty())
        .flat_map(move |known| {
            let is_managed = managed && rules::managed_instances::is_offered(known);
            let kinds = [(own, false), (is_managed, true)];
            (kinds.into_iter().filter(|(there_is, _)| *there_is))
                .flat_map(move |(_, managed)| of_type(facts, known, managed))
        })
}

/// The type in every zone that has it, with and without each group's attributes, and whether its daemons have room.
fn of_type<'a>(
    facts: &Facts<'a>,
    known: &'a InstanceType,
    managed: bool,
) -> Vec<(Offer<'a>, bool)> {
    let machine = Machine {
        reserved_ports: facts.usual_ports(),
        trunk: facts.has_trunk(managed),
        instance_type: Some(known),
        registered: facts.registered_when_new(known, managed),
        external: false,
        managed,
    };
    let zones = &facts.cluster.zones;
    let places: Vec<Option<usize>> = if zones.is_empty() {
        vec![None]
    } else {
        (0..zones.len())
            .filter(|&zone| (facts.catalogue).is_offered_in(&known.name, &zones[zone], zones.len()))
            .map(Some)
            .collect()
    };
    let mut offers = Vec::new();
    for place in places {
        let zone = place.map(|zone| &zones[zone]);
        for host in hosts(facts, known, zone, managed) {
            let daemons = rules::daemons::matching(facts, &machine, &host);
            let has_room = rules::daemons::run_together(facts, &machine, &daemons);
            let offer = Offer {
                instance_type: &known.name,
                machine,
                zone: place,
                host,
                accelerated: rules::accelerators::must_be_needed(facts, known),
                daemons,
            };
            offers.push((offer, has_room));
        }
    }
    offers
}

/// What new instances of the type have for attributes, with and without those of each group. The labels of a node say how
/// it is bought; no attribute of ECS does.
fn hosts(
    facts: &Facts<'_>,
    known: &InstanceType,
    zone: Option<&Zone>,
    managed: bool,
) -> Vec<Attributes> {
    let mut bought = ways_with_a_price(facts, known, zone);
    if !facts.cluster.is_kubernetes() {
        bought.truncate(1);
    }
    let mut hosts = Vec::new();
    for way in bought {
        let way = if managed { way.run_by_ecs() } else { way };
        let built_in = facts.host_when_new(known, zone.map(Zone::label), way);
        // Nobody gives Managed Instances attributes of their own.
        let groups = facts.cluster.deployed.groups.iter();
        let of_groups = groups.filter(|_| !managed).map(|group| {
            let mut host = built_in.clone();
            host.extend(&group.attributes);
            host
        });
        let all: Vec<Attributes> = std::iter::once(built_in.clone()).chain(of_groups).collect();
        hosts.extend(all);
    }
    hosts
}

/// Allowed ways of buying the type that have a price in the zone.
fn ways_with_a_price(
    facts: &Facts<'_>,
    known: &InstanceType,
    zone: Option<&Zone>,
) -> Vec<Capacity> {
    let options = facts.cluster.policy.purchase_options;
    let on_demand = options.allows(Capacity::OnDemand)
        && facts.catalogue.on_demand_price(&known.name).is_some();
    let spot = || {
        let zone_id = zone.and_then(|zone| zone.id.as_deref());
        options.allows(Capacity::Spot)
            && known.spot_supported
            && facts.catalogue.spot_price(&known.name, zone_id).is_some()
            && rules::purchase_option::band_is_allowed(facts, &known.name)
    };
    let ways = [
        on_demand.then_some(Capacity::OnDemand),
        spot().then_some(Capacity::Spot),
    ];
    ways.into_iter().flatten().collect()
}

/// Whether some instance that can be bought, or stays, satisfies what a service asks of attributes; those with accelerators where it needs one.
pub(super) fn has_a_host(facts: &Facts<'_>, service: &Service) -> bool {
    let may = |offer: Offer<'_>| {
        (!offer.accelerated || service.task.gpus > GpuCount::ZERO)
            && rules::member_of::broken(&offer.host, service)
                .next()
                .is_none()
    };
    new_instances(facts).any(may) || kept_instances(facts).any(may)
}

/// Today's instances that stay in one of the cluster's zones, where their daemons leave room for tasks.
pub(super) fn kept_instances<'f, 'a: 'f>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = Offer<'f>> + 'f {
    let keep = facts.cluster.policy.keep_instances;
    (facts.today.iter())
        .filter(move |class| match &facts.plan.moves {
            Some(moves) => class.ids.iter().any(|id| !moves.drained.contains(id)),
            None => class.stay(keep),
        })
        .filter(|class| !class.machine.external)
        .filter_map(|class| {
            let zones = &facts.cluster.zones;
            let label = class.zone.as_deref()?;
            let zone = zones.iter().position(|zone| zone.label() == label)?;
            let daemons = rules::daemons::matching(facts, &class.machine, &class.attributes);
            rules::daemons::run_together(facts, &class.machine, &daemons).then(|| Offer {
                instance_type: &class.instance_type,
                machine: class.machine,
                zone: Some(zone),
                host: class.attributes.clone(),
                accelerated: false,
                daemons,
            })
        })
}

/// The zones, by position, in which one task of the service has a place on an empty instance, or has a
/// place in this plan.
pub(super) fn usable_zones(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
) -> BTreeSet<usize> {
    let mut usable: BTreeSet<usize> = (facts.rows.iter())
        .filter(|row| row.tasks_of(&service.name) > 0)
        .filter_map(|row| row.zone)
        .collect();
    let on_managed = facts.is_on_managed_instances(&service.name);
    for offer in offers
        .iter()
        .filter(|offer| offer.machine.managed == on_managed)
    {
        let Some(zone) = offer.zone.filter(|zone| !usable.contains(zone)) else {
            continue;
        };
        let has_a_place =
            |service: &Service| rules::affinity_partners::has_a_place(facts, offer, service);
        let is_open = !offer.accelerated
            || (facts.replicas()).any(|other| {
                rules::accelerators::needs_one(other)
                    && facts.planned(other) > 0
                    && has_a_place(other)
            });
        if is_open && has_a_place(service) {
            usable.insert(zone);
        }
    }
    usable
}
