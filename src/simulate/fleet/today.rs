//! The fleet that runs today.

use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{PriceError, existing_price, registered_resources};
use crate::domain::attributes::Attributes;
use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::money::UsdPerHour;
use crate::domain::resources::ResourceVector;

use super::{Attachments, Fleet, Host};

/// Why an instance of today cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TodayError {
    /// Its type is not in the catalogue.
    #[error(
        "{id}: the catalogue has no instance type `{instance_type}`; remedy: give the type by --instance-types and its \
         price in {region} by --on-demand-prices"
    )]
    UnknownType {
        /// The container instance.
        id: String,
        /// Its type.
        instance_type: String,
        /// The Region.
        region: String,
    },
    /// It has no price.
    #[error("{id}: {error}")]
    Unpriced {
        /// The container instance.
        id: String,
        /// What has no price.
        error: PriceError,
    },
}

/// The active container instances of a cluster file, at today's prices.
///
/// # Errors
/// Every instance whose type is not known or has no price.
pub fn of_today(cluster: &Cluster, catalogue: &Catalogue) -> Result<Fleet, Vec<TodayError>> {
    let mut hosts = Vec::new();
    let mut errors = Vec::new();
    for instance in (cluster.container_instances.iter()).filter(|instance| instance.active) {
        match host(cluster, catalogue, instance) {
            Ok(host) => hosts.push((host, 1)),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(Fleet::new(hosts))
    } else {
        Err(errors)
    }
}

fn host(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance: &ContainerInstance,
) -> Result<Host, TodayError> {
    let known = catalogue.instance_type(&instance.instance_type);
    let zone = instance.availability_zone.as_deref();
    let zone = zone.map(|name| {
        (cluster.zone(name)).map_or_else(|| name.to_owned(), |zone| zone.label().to_owned())
    });
    let usd_per_hour = if instance.capacity().is_priced() {
        let zone_id = (zone.as_deref()).and_then(|name| cluster.zone(name)?.id.as_deref());
        let Some(known) = known else {
            return Err(TodayError::UnknownType {
                id: instance.id.clone(),
                instance_type: instance.instance_type.clone(),
                region: catalogue.region().to_owned(),
            });
        };
        existing_price(
            &known.name,
            instance.capacity(),
            zone_id,
            &cluster.policy,
            catalogue,
        )
        .map_err(|error| TodayError::Unpriced {
            id: instance.id.clone(),
            error,
        })?
    } else {
        UsdPerHour::ZERO
    };
    let built_in = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, zone.as_deref())
    });
    let attributes = Attributes::of_today(built_in, &instance.attributes);
    let trunk = instance.has_trunk(cluster.policy.eni_trunking);
    let modelled = known.map_or(ResourceVector::ZERO, |known| {
        registered_resources(&cluster.policy, known, trunk)
    });
    Ok(Host {
        instance_type: instance.instance_type.clone(),
        availability_zone: zone,
        capacity_provider: instance.capacity_provider.clone(),
        purchase_option: instance.capacity(),
        attributes,
        registered: instance.registered.over(modelled),
        reserved_ports: instance.reserved_ports.clone(),
        attachments: Attachments::of(known, trunk),
        usd_per_hour,
    })
}
