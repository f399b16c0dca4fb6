//! Offerings: what the plan may buy, and what the cluster keeps.
//!
//! A new offering is an instance type with the custom attributes of one group (or none); an existing one
//! stands for identical container instances of today. Each carries what is left for replica tasks after
//! reserved amounts and daemons.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::catalogue::filter::{Exclusion as PolicyExclusion, exclusions, zone_exclusions};
use crate::catalogue::registered::registered_memory;
use crate::domain::cluster::{AutoScalingGroup, Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::{CpuArchitecture, InstanceType, PurchaseOption};
use crate::domain::money::UsdPerHour;
use crate::domain::placement::{Attributes, PlacementConstraint};
use crate::domain::policy::{KeepInstances, Policy};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::HostPort;

use super::price::{PriceError, instance_price};
use super::rules::daemons;

/// Something tasks can run on.
#[derive(Debug, Clone)]
pub struct Offering {
    /// Instance type.
    pub instance_type: String,
    /// Architecture, where the catalogue or the attributes tell.
    pub architecture: Option<CpuArchitecture>,
    /// How it is bought.
    pub purchase_option: PurchaseOption,
    /// Zone; `None` when the cluster file names none.
    pub availability_zone: Option<String>,
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
    /// Host ports the daemons take.
    pub taken_ports: BTreeSet<HostPort>,
    /// Daemons that run on each, by position among the cluster's services.
    pub daemons: Vec<usize>,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
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
}

/// All offerings, and the types that the policy or the price list leaves out.
#[derive(Debug)]
pub struct Offerings<'a> {
    /// New ones first in type order, then existing ones.
    pub usable: Vec<Offering>,
    /// Types left out, with every reason.
    pub excluded: Vec<(&'a InstanceType, Vec<PolicyExclusion>)>,
    /// New ones left out because reserved amounts or daemons do not fit, with the reason.
    pub without_room_for_daemons: Vec<(Offering, String)>,
}

impl<'a> Offerings<'a> {
    /// Lists the offerings of a cluster.
    ///
    /// # Errors
    /// When a container instance that stays, or the root volume, has no price.
    pub fn new(cluster: &Cluster, catalogue: &'a Catalogue) -> Result<Self, Vec<PriceError>> {
        let mut offerings = Self {
            usable: Vec::new(),
            excluded: Vec::new(),
            without_room_for_daemons: Vec::new(),
        };
        let mut errors = Vec::new();
        let profiles = attribute_profiles(cluster);
        for instance_type in catalogue.instance_types() {
            let mut reasons = exclusions(instance_type, &cluster.policy, catalogue);
            reasons.extend(zone_exclusions(instance_type, &cluster.zones, catalogue));
            if !reasons.is_empty() {
                offerings.excluded.push((instance_type, reasons));
                continue;
            }
            match instance_price(&instance_type.name, &cluster.policy, catalogue) {
                Ok(price) => offerings.add_new(cluster, instance_type, &profiles, price),
                Err(error) => errors.push(error),
            }
        }
        if cluster.policy.keep_instances == KeepInstances::All {
            offerings.add_existing(cluster, catalogue, &mut errors);
        }
        errors.dedup();
        if errors.is_empty() {
            Ok(offerings)
        } else {
            Err(errors)
        }
    }

    fn add_new(
        &mut self,
        cluster: &Cluster,
        instance_type: &InstanceType,
        profiles: &[(Option<String>, Attributes)],
        price: UsdPerHour,
    ) {
        let zone = cluster.zones.first().map(|zone| zone.label().to_owned());
        for (group, custom) in profiles {
            let mut attributes = Attributes::built_in(instance_type, zone.as_deref());
            attributes.extend(custom);
            let mut offering = Offering {
                instance_type: instance_type.name.clone(),
                architecture: Some(instance_type.architecture),
                purchase_option: PurchaseOption::OnDemand,
                availability_zone: zone.clone(),
                attributes,
                custom_attributes: custom.clone(),
                group: group.clone(),
                registered: registered_when_new(cluster, instance_type),
                allocatable: None,
                taken_ports: BTreeSet::new(),
                daemons: Vec::new(),
                usd_per_hour: price,
                existing: None,
            };
            match daemons::settle(cluster, &mut offering) {
                Ok(()) => self.usable.push(offering),
                Err(reason) => {
                    self.without_room_for_daemons.push((offering, reason));
                }
            }
        }
    }

    fn add_existing(
        &mut self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        errors: &mut Vec<PriceError>,
    ) {
        let mut classes: BTreeMap<_, u64> = BTreeMap::new();
        for instance in cluster.container_instances.iter().filter(|i| i.active) {
            let known = catalogue.instance_type(&instance.instance_type);
            let modelled = known.map_or(ResourceVector::ZERO, |t| modelled(&cluster.policy, t));
            let identity = (
                instance.instance_type.clone(),
                instance.availability_zone.clone(),
                instance.registered.over(modelled),
                todays_attributes(instance, known),
                instance.capacity_provider.clone().unwrap_or_default(),
            );
            *classes.entry(identity).or_default() += 1;
        }
        for ((name, zone, registered, attributes, provider), count) in classes {
            let price = match instance_price(&name, &cluster.policy, catalogue) {
                Ok(price) => price,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let architecture = catalogue.instance_type(&name).map(|t| t.architecture);
            let mut offering = Offering {
                instance_type: name,
                architecture,
                purchase_option: PurchaseOption::OnDemand,
                availability_zone: zone.filter(|_| !cluster.zones.is_empty()),
                attributes,
                custom_attributes: Attributes::default(),
                group: None,
                registered,
                allocatable: None,
                taken_ports: BTreeSet::new(),
                daemons: Vec::new(),
                usd_per_hour: price,
                existing: Some(Existing {
                    count,
                    capacity_provider: provider,
                }),
            };
            // An instance of today stays even where its daemons have no room; it then takes no tasks.
            let _ = daemons::settle(cluster, &mut offering);
            self.usable.push(offering);
        }
    }
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
    let mut groups: Vec<&AutoScalingGroup> = cluster.groups.iter().collect();
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

/// The documented model's figures.
fn modelled(policy: &Policy, instance_type: &InstanceType) -> ResourceVector {
    let memory = registered_memory(instance_type, policy.memory_overhead.as_ref());
    instance_type.registered(memory, policy.eni_trunking)
}

/// What a new instance registers: the model, with the smallest amounts that today's instances of the type
/// show in its place.
pub fn registered_when_new(cluster: &Cluster, instance_type: &InstanceType) -> ResourceVector {
    let observed = cluster
        .container_instances
        .iter()
        .filter(|instance| instance.instance_type == instance_type.name)
        .map(|instance| instance.registered)
        .reduce(|a, b| RegisteredResources {
            cpu: smallest(a.cpu, b.cpu),
            memory: smallest(a.memory, b.memory),
            gpus: smallest(a.gpus, b.gpus),
        })
        .unwrap_or_default();
    observed.over(modelled(&cluster.policy, instance_type))
}

/// The smaller of what is known.
fn smallest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    a.into_iter().chain(b).min()
}

fn todays_attributes(instance: &ContainerInstance, known: Option<&InstanceType>) -> Attributes {
    let mut attributes = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, instance.availability_zone.as_deref())
    });
    attributes.extend(&instance.attributes);
    attributes
}

impl Offering {
    /// A type as it would be if the policy allowed it; `None` when its daemons have no room. The price is
    /// left at zero: such an offering answers "would it fit", never "what would it cost".
    pub fn outside_policy(
        cluster: &Cluster,
        instance_type: &InstanceType,
        custom: &Attributes,
    ) -> Option<Self> {
        let zone = cluster.zones.first().map(|zone| zone.label().to_owned());
        let mut attributes = Attributes::built_in(instance_type, zone.as_deref());
        attributes.extend(custom);
        let mut offering = Self {
            instance_type: instance_type.name.clone(),
            architecture: Some(instance_type.architecture),
            purchase_option: PurchaseOption::OnDemand,
            availability_zone: zone.clone(),
            attributes,
            custom_attributes: custom.clone(),
            group: None,
            registered: registered_when_new(cluster, instance_type),
            allocatable: None,
            taken_ports: BTreeSet::new(),
            daemons: Vec::new(),
            usd_per_hour: UsdPerHour::ZERO,
            existing: None,
        };
        daemons::settle(cluster, &mut offering).ok()?;
        Some(offering)
    }
}
