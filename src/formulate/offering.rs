//! Offerings: what the plan may buy, and what the cluster keeps.
//!
//! A new offering is an instance type in a zone, bought in one way, with the custom attributes of one group
//! (or none); an existing one stands for identical container instances of today. Each carries what is left for replica tasks after
//! reserved amounts and daemons.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::filter::{
    Exclusion as PolicyExclusion, accelerator_must_be_needed, exclusions, interruption_exclusion,
    zone_exclusions,
};
use crate::catalogue::offered::{PriceError, existing_price, instance_price, registered_resources};
use crate::catalogue::registered::most_registered_memory;
use crate::catalogue::{Catalogue, published_max_pods};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{
    Cluster, ContainerInstance, RegisteredResources, TRUNK_ATTRIBUTE, Zone,
};
use crate::domain::deployed::DeployedGroup;
use crate::domain::held::Held;
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::DaemonsObstacle;
use crate::domain::policy::{FargateUse, KeepInstances};
use crate::domain::quantity::GpuCount;
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::ReservedPorts;

use super::rules::attachments::Attachments;
use super::rules::host_ports::PortsTaken;
use super::rules::{accelerators, credits, daemons, kubelet, node_labels, purchase, zones};

/// Something tasks can run on.
#[derive(Debug, Clone)]
pub struct Offering {
    /// Instance type.
    pub instance_type: String,
    /// Architecture, where the catalogue or the attributes tell.
    pub architecture: Option<CpuArchitecture>,
    /// How it is bought.
    pub purchase_option: Capacity,
    /// Zone; `None` when the cluster file names none.
    pub availability_zone: Option<String>,
    /// The same by position among the cluster's zones; `None` also for an instance of today elsewhere.
    pub zone: Option<usize>,
    /// All attributes, built-in ones included.
    pub attributes: Attributes,
    /// The custom ones that new instances must register with.
    pub custom_attributes: Attributes,
    /// Name of the group whose attributes these are, for the provider's name.
    pub group: Option<String>,
    /// What one registers.
    pub registered: ResourceVector,
    /// What is left for replica tasks; `None` when reserved amounts or daemons do not fit.
    pub allocatable: Option<ResourceVector>,
    /// Volumes that can be attached for tasks, daemons' taken off.
    pub attachments: Attachments,
    /// Host ports that are taken before any replica task comes.
    pub ports: PortsTaken,
    /// Daemons that run on each, by position among the cluster's services.
    pub daemons: Vec<usize>,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
    /// Of a burstable type, which of its loads these are: the first without surplus credits, then dearer ones; 0 of others.
    pub level: usize,
    /// Of such a level, the most CPU units that its tasks use in the mean, where that is not what they reserve.
    pub most_load: Option<u64>,
    /// Whether it takes tasks only beside one that needs an accelerator.
    pub accelerated: bool,
    /// Today's instances that these are; `None` for new ones.
    pub existing: Option<Existing>,
}

/// Identical container instances of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// How many.
    pub count: u64,
    /// Their capacity provider; empty when they have none.
    pub capacity_provider: String,
    /// Their ids, in the file's order.
    pub ids: Vec<String>,
    /// Tasks that each of them holds and keeps, by position of the service.
    pub held: BTreeMap<usize, u64>,
}

/// All offerings, and the types that the policy or the price list leaves out.
#[derive(Debug)]
pub struct Offerings<'a> {
    /// New ones first in type order, then existing ones.
    pub usable: Vec<Offering>,
    /// Types left out, with every reason.
    pub excluded: Vec<(&'a InstanceType, Vec<PolicyExclusion>)>,
    /// New ones left out because reserved amounts or daemons do not fit, with the reason.
    pub without_room_for_daemons: Vec<(Offering, DaemonsObstacle)>,
}

/// Custom attributes that new instances may register with, and the group they come from.
type Profile = (Option<String>, Attributes);

impl<'a> Offerings<'a> {
    /// Today's instances that stay and count for `minInstances` and `maxInstances`.
    pub fn kept_instances(&self) -> u64 {
        (self.usable.iter())
            .filter(|offering| !offering.purchase_option.is_external())
            .filter_map(|offering| offering.existing.as_ref())
            .map(|existing| existing.count)
            .sum()
    }

    /// Lists the offerings of a cluster.
    ///
    /// # Errors
    /// When a container instance that stays, or the root volume, has no price.
    pub fn new(cluster: &Cluster, catalogue: &'a Catalogue) -> Result<Self, Vec<PriceError>> {
        Self::holding(cluster, catalogue, &Held::default())
    }

    /// The same where instances that stay keep tasks: those that hold the same are one offering.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn holding(
        cluster: &Cluster,
        catalogue: &'a Catalogue,
        held: &Held,
    ) -> Result<Self, Vec<PriceError>> {
        let mut offerings = Self {
            usable: Vec::new(),
            excluded: Vec::new(),
            without_room_for_daemons: Vec::new(),
        };
        let mut errors = Vec::new();
        if cluster.policy.fargate != FargateUse::Only {
            let profiles = attribute_profiles(cluster);
            for instance_type in catalogue.instance_types() {
                let reasons = Self::reasons_against(cluster, catalogue, instance_type);
                if reasons.is_empty() {
                    offerings.add_new(cluster, catalogue, instance_type, &profiles, &mut errors);
                } else {
                    offerings.excluded.push((instance_type, reasons));
                }
            }
        }
        offerings.add_existing(cluster, catalogue, held, &mut errors);
        errors.dedup();
        if errors.is_empty() {
            Ok(offerings)
        } else {
            Err(errors)
        }
    }

    /// Why a type cannot be bought at all.
    fn reasons_against(
        cluster: &Cluster,
        catalogue: &Catalogue,
        instance_type: &InstanceType,
    ) -> Vec<PolicyExclusion> {
        let mut reasons = exclusions(instance_type, &cluster.policy, catalogue);
        if reasons.is_empty() && !accelerators::may_be_needed(cluster, instance_type) {
            reasons.push(PolicyExclusion::AcceleratorNotNeeded);
        }
        let missing: Vec<PolicyExclusion> =
            zone_exclusions(instance_type, &cluster.zones, catalogue).collect();
        if !cluster.zones.is_empty() && missing.len() == cluster.zones.len() {
            reasons.extend(missing);
        }
        if purchase::options(cluster, catalogue, instance_type).is_empty() && reasons.is_empty() {
            reasons.push(
                interruption_exclusion(instance_type, &cluster.policy, catalogue)
                    .filter(|_| has_spot(instance_type, catalogue))
                    .unwrap_or(PolicyExclusion::NoSpot),
            );
        }
        reasons
    }

    fn add_new(
        &mut self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        instance_type: &InstanceType,
        profiles: &[Profile],
        errors: &mut Vec<PriceError>,
    ) {
        for zone in zones::of_type(cluster, catalogue, instance_type) {
            for option in purchase::options(cluster, catalogue, instance_type) {
                let zone = zone.map(|index| &cluster.zones[index]);
                let zone_id = zone.and_then(|zone| zone.id.as_deref());
                let name = &instance_type.name;
                let price = match instance_price(name, option, zone_id, &cluster.policy, catalogue)
                {
                    Ok(price) => price,
                    Err(PriceError::NoSpotPrice { .. }) => continue,
                    Err(error) => {
                        errors.push(error);
                        continue;
                    }
                };
                // Nobody gives Managed Instances attributes of their own.
                let own =
                    (profiles.iter()).filter(|(group, _)| group.is_none() || !option.is_managed());
                for profile in own {
                    let mut offering =
                        Offering::new(cluster, instance_type, (zone, option), profile);
                    offering.usd_per_hour = price;
                    match offering.settle_daemons(cluster) {
                        Ok(()) => {
                            let levels = credits::levels(cluster, instance_type, offering);
                            self.usable.extend(levels);
                        }

                        Err(reason) => self.without_room_for_daemons.push((offering, reason)),
                    }
                }
            }
        }
    }

    /// Today's instances that stay: those registered from outside AWS, which cost nothing here, and with
    /// `keepInstances: all` the others.
    fn add_existing(
        &mut self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        held: &Held,
        errors: &mut Vec<PriceError>,
    ) {
        let keeps_all = cluster.policy.keep_instances == KeepInstances::All;
        let mut classes: BTreeMap<_, Vec<String>> = BTreeMap::new();
        let stays = |i: &&ContainerInstance| i.active && (keeps_all || i.is_external());
        for instance in cluster.container_instances.iter().filter(stays) {
            let known = catalogue.instance_type(&instance.instance_type);
            let trunk = instance.has_trunk(cluster.policy.eni_trunking);
            let modelled = known.map_or(ResourceVector::ZERO, |t| modelled(cluster, t, trunk));
            let identity = (
                instance.capacity().is_external(),
                instance.instance_type.clone(),
                instance.availability_zone.clone(),
                instance.capacity(),
                instance.registered.over(modelled),
                todays_attributes(cluster, instance, known),
                instance.capacity_provider.clone().unwrap_or_default(),
                instance.reserved_ports.clone(),
                trunk,
                held.on(&instance.id).cloned().unwrap_or_default(),
            );
            let ids = classes.entry(identity).or_default();
            ids.push(instance.id.clone());
        }
        for (identity, ids) in classes {
            let (
                external,
                name,
                zone_name,
                option,
                registered,
                attributes,
                provider,
                ports,
                trunk,
                held,
            ) = identity;
            let zone = zone_name.as_deref().and_then(|name| cluster.zone(name));
            let zone_id = zone.and_then(|zone| zone.id.as_deref());
            let price = match existing_price(&name, option, zone_id, &cluster.policy, catalogue) {
                Ok(price) => price,
                Err(error @ PriceError::NoVolumePrice { .. }) => {
                    errors.push(error);
                    continue;
                }
                Err(error) => {
                    errors.push(PriceError::Staying {
                        instances: ids,
                        is_known: catalogue.instance_type(&name).is_some(),
                        error: Box::new(error),
                    });
                    continue;
                }
            };
            let known = catalogue.instance_type(&name);
            let label = zone.map(|zone| zone.label().to_owned()).or(zone_name);
            let mut offering = Offering {
                architecture: known
                    .map(|t| t.architecture)
                    .or_else(|| architecture_of(&attributes)),
                purchase_option: option,
                availability_zone: label.filter(|_| !cluster.zones.is_empty() && !external),
                zone: zone
                    .filter(|_| !external)
                    .and_then(|zone| zones::position(cluster, zone)),
                attributes,
                custom_attributes: Attributes::default(),
                group: None,
                registered,
                allocatable: None,
                attachments: Attachments::of(known, trunk),
                ports: PortsTaken::of_empty(ports),
                daemons: Vec::new(),
                usd_per_hour: price,
                level: 0,
                most_load: None,
                accelerated: false,
                existing: Some(Existing {
                    count: ids.len() as u64,
                    capacity_provider: if external { String::new() } else { provider },
                    ids,
                    held,
                }),
                instance_type: name,
            };
            // An instance of today stays even where its daemons have no room; it then takes no tasks.
            let _ = offering.settle_daemons(cluster);
            self.usable.push(offering);
        }
    }
}

fn has_spot(instance_type: &InstanceType, catalogue: &Catalogue) -> bool {
    instance_type.spot_supported && catalogue.spot_price(&instance_type.name, None).is_some()
}

/// Whether AWS sells a type in a way, at a price that is known.
pub fn is_sold(catalogue: &Catalogue, instance_type: &str, option: Capacity) -> bool {
    let known = catalogue.instance_type(instance_type);
    known.is_some_and(|known| {
        if option.may_be_reclaimed() {
            has_spot(known, catalogue)
        } else {
            catalogue.on_demand_price(instance_type).is_some()
        }
    })
}

/// The architecture that an instance of an unknown type reports.
fn architecture_of(attributes: &Attributes) -> Option<CpuArchitecture> {
    attributes
        .get("ecs.cpu-architecture")
        .flatten()?
        .parse()
        .ok()
}

/// The attribute sets new instances may register with: none, and each group's, the latter only when some
/// constraint reads one of its attributes.
pub fn attribute_profiles(cluster: &Cluster) -> Vec<(Option<String>, Attributes)> {
    let read: BTreeSet<&str> = cluster
        .services
        .iter()
        .flat_map(Service::constraints)
        .filter_map(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) => Some(expression.attribute_names()),
            PlacementConstraint::DistinctInstance | PlacementConstraint::TaskGroup(_) => None,
        })
        .flatten()
        .collect();
    let mut profiles = vec![(None, Attributes::default())];
    // By name: the order of a file must not show in the plan.
    let mut groups: Vec<&DeployedGroup> = cluster.deployed.groups.iter().collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    for group in groups {
        let matters = group.attributes.iter().any(|(name, _)| read.contains(name));
        let known = profiles
            .iter()
            .any(|(_, attributes)| *attributes == group.attributes);
        if matters && !known {
            profiles.push((Some(group.name.clone()), group.attributes.clone()));
        }
    }
    profiles
}

/// What a new instance registers: the model, with the smallest amounts that today's instances of the type
/// show in its place; pods of a node as the policy states them. Where nodes are read loosely, the largest of all these: a new node may
/// have what any of today's has, and what the model says as well. An instance
/// without any GPU runs an image without the driver, and says nothing of those that are launched for GPU tasks.
pub fn registered_when_new(
    cluster: &Cluster,
    instance_type: &InstanceType,
    option: Capacity,
) -> ResourceVector {
    let is_loose = cluster.is_read_loosely();
    let mut observed = cluster
        .container_instances
        .iter()
        .filter(|instance| instance.instance_type == instance_type.name)
        .map(|instance| RegisteredResources {
            gpus: instance.registered.gpus.filter(|&n| n > GpuCount::ZERO),
            ..instance.registered
        })
        .reduce(|a, b| RegisteredResources {
            cpu: extreme(a.cpu, b.cpu, is_loose),
            memory: extreme(a.memory, b.memory, is_loose),
            gpus: extreme(a.gpus, b.gpus, is_loose),
            pods: extreme(a.pods, b.pods, is_loose),
        })
        .unwrap_or_default();
    if cluster.policy.states_pods_of_nodes() {
        observed.pods = None;
    }
    let trunk = has_trunk(cluster, option);
    let modelled = modelled(cluster, instance_type, trunk);
    let observed = observed.over(modelled);
    if is_loose {
        observed.larger(modelled)
    } else {
        observed
    }
}

/// Whether some type that the policy allows has more room in one of two readings of a cluster.
pub fn has_rooms_apart(one: &Cluster, other: &Cluster, catalogue: &Catalogue) -> bool {
    let room =
        |of: &Cluster, name: &InstanceType| registered_when_new(of, name, Capacity::OnDemand);
    (catalogue.instance_types().iter())
        .filter(|known| exclusions(known, &one.policy, catalogue).is_empty())
        .any(|known| room(one, known) != room(other, known))
}

/// Whether `awsvpc` tasks on a new instance get branch interfaces of a trunk, where its type has one: by the account's
/// setting, and on Managed Instances always.
const fn has_trunk(cluster: &Cluster, option: Capacity) -> bool {
    cluster.policy.eni_trunking || option.is_managed()
}

/// What the type registers with ECS, or offers to pods, by the documented models.
fn modelled(cluster: &Cluster, instance_type: &InstanceType, trunk: bool) -> ResourceVector {
    let registered = registered_resources(&cluster.policy, instance_type, trunk);
    if !cluster.is_kubernetes() {
        return registered;
    }
    let seen = if cluster.is_read_loosely() {
        most_registered_memory(instance_type, cluster.policy.memory_overhead.as_ref())
    } else {
        registered.memory
    };
    let published = published_max_pods(&instance_type.name);
    let most = kubelet::max_pods(instance_type, published, &cluster.policy);
    let kept_for = kubelet::pods_kept_for(published, most, cluster.is_read_loosely());
    kubelet::allocatable(instance_type, seen, most, kept_for)
}

/// The smaller of what is known, or the larger.
fn extreme<T: Ord>(a: Option<T>, b: Option<T>, largest: bool) -> Option<T> {
    let known = a.into_iter().chain(b);
    if largest { known.max() } else { known.min() }
}

/// Attributes of a new instance of ECS, or labels and taints of a new node, those of groups apart.
fn attributes_when_new(
    cluster: &Cluster,
    instance_type: &InstanceType,
    zone: Option<&Zone>,
    option: Capacity,
) -> Attributes {
    if cluster.is_kubernetes() {
        let mut labels = node_labels::of_new_node(instance_type, &cluster.region, zone, option);
        for taint in &cluster.policy.tolerated_taints {
            labels.set(&taint.attribute(), None);
        }
        return labels;
    }
    let mut attributes = Attributes::built_in(instance_type, zone.map(Zone::label));
    if has_trunk(cluster, option) && instance_type.branch_enis > 0 {
        attributes.set(TRUNK_ATTRIBUTE, None);
    }
    attributes
}

fn todays_attributes(
    cluster: &Cluster,
    instance: &ContainerInstance,
    known: Option<&InstanceType>,
) -> Attributes {
    if cluster.is_kubernetes() {
        // What a node shows is all there is: its labels, and its taints.
        return instance.attributes.clone();
    }
    let built_in = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, instance.availability_zone.as_deref())
    });
    Attributes::of_today(built_in, &instance.attributes)
}

impl Offering {
    /// A new instance before its daemons are placed and its price is known.
    fn new(
        cluster: &Cluster,
        instance_type: &InstanceType,
        (zone, option): (Option<&Zone>, Capacity),
        (group, custom): &Profile,
    ) -> Self {
        let label = zone.map(|zone| zone.label().to_owned());
        let mut attributes = attributes_when_new(cluster, instance_type, zone, option);
        attributes.extend(custom);
        let ports = if cluster.is_kubernetes() {
            PortsTaken::of_empty(ReservedPorts::NoneOfNodes)
        } else {
            PortsTaken::default()
        };
        Self {
            instance_type: instance_type.name.clone(),
            architecture: Some(instance_type.architecture),
            purchase_option: option,
            availability_zone: label,
            zone: zone.and_then(|zone| zones::position(cluster, zone)),
            attributes,
            custom_attributes: custom.clone(),
            group: group.clone(),
            registered: registered_when_new(cluster, instance_type, option),
            allocatable: None,
            attachments: Attachments::of(Some(instance_type), has_trunk(cluster, option)),
            ports,
            daemons: Vec::new(),
            usd_per_hour: UsdPerHour::ZERO,
            level: 0,
            most_load: None,
            accelerated: accelerator_must_be_needed(instance_type, &cluster.policy),
            existing: None,
        }
    }

    /// A type as it would be if the policy allowed it, in the first zone; `None` when its daemons have no
    /// room. The price is left at zero: such an offering answers "would it fit", never "what would it
    /// cost".
    pub fn outside_policy(
        cluster: &Cluster,
        instance_type: &InstanceType,
        custom: &Attributes,
    ) -> Option<Self> {
        let profile = (None, custom.clone());
        let option = if cluster.policy.purchase_options.on_demand {
            Capacity::OnDemand
        } else {
            Capacity::Spot
        };
        let place = (cluster.zones.first(), option);
        let mut offering = Self::new(cluster, instance_type, place, &profile);
        offering.settle_daemons(cluster).ok()?;
        Some(offering)
    }

    /// Takes reserved amounts and daemons off.
    ///
    /// # Errors
    /// What does not fit; `allocatable` is then `None` and the daemons that did fit are kept.
    fn settle_daemons(&mut self, cluster: &Cluster) -> Result<(), DaemonsObstacle> {
        let empty = daemons::EmptyInstance {
            external: self.purchase_option.is_external(),
            architecture: self.architecture,
            attributes: &self.attributes,
            registered: self.registered,
            attachments: self.attachments,
            reserved_ports: &self.ports.reserved,
        };
        let (settled, left) = daemons::settle(cluster, &empty);
        self.daemons = settled.daemons;
        self.ports = settled.ports;
        self.attachments = settled.attachments;
        self.allocatable = Some(left?);
        Ok(())
    }
}
