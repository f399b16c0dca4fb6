//! What is bought: types, ways of buying, zones, attributes, prices.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::fixture::usd;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::policy::Inclusion;

// V04
mutation!(
    a_type_the_policy_excludes,
    |cluster, _| cluster.policy.excluded_instance_types = vec!["m9g.*".to_owned()],
    InstanceType
);
mutation!(
    too_few_vcpus_for_the_policy,
    |cluster, _| cluster.policy.min_vcpus = Some(4),
    InstanceType
);
mutation!(
    burstable_required,
    |cluster, _| cluster.policy.burstable = Inclusion::Required,
    InstanceType
);
mutation!(
    an_unknown_type,
    |_, plan| {
        plan.instances[2].instance_type = "z1.huge".to_owned();
        plan.capacity_providers[1].instance_types = vec!["z1.huge".to_owned()];
    },
    InstanceType,
    RowPrice
);

// V05
mutation!(
    a_spot_row,
    |_, plan| {
        plan.instances[2].purchase_option = Capacity::Spot;
        plan.capacity_providers[1].purchase_option = Some(Capacity::Spot);
    },
    PurchaseOption,
    // Nor is there a Spot price.
    RowPrice
);

mutation!(
    an_existing_instance_bought_otherwise_than_today,
    |cluster, _| cluster.container_instances[0].purchase_option = Capacity::Spot,
    PurchaseOption,
    ExistingInstances
);
mutation!(
    an_existing_spot_instance_of_a_type_without_a_spot_price,
    |cluster, plan| {
        cluster.container_instances[0].purchase_option = Capacity::Spot;
        plan.instances[0].purchase_option = Capacity::Spot;
    },
);

// V06
mutation!(
    a_zone_the_cluster_does_not_name,
    |_, plan| {
        plan.instances[2].availability_zone = Some("us-east-1f".to_owned());
        plan.capacity_providers[1].availability_zones = vec!["us-east-1f".to_owned()];
    },
    Zone
);
mutation!(
    no_zone_although_the_cluster_names_some,
    |cluster, plan| {
        cluster.zones = vec![Zone {
            name: Some("us-east-1a".to_owned()),
            id: None,
        }];
        plan.instances[0].availability_zone = Some("us-east-1a".to_owned());
    },
    Zone
);

mutation!(
    a_type_that_the_zone_does_not_have,
    |cluster, plan| {
        cluster.zones = vec![Zone {
            name: None,
            id: Some("use1-az1".to_owned()),
        }];
        for row in &mut plan.instances {
            let zone = if row.existing {
                "us-east-1a"
            } else {
                "use1-az1"
            };
            row.availability_zone = Some(zone.to_owned());
        }
        for provider in &mut plan.capacity_providers {
            provider.availability_zones = vec!["us-east-1a".to_owned(), "use1-az1".to_owned()];
        }
    },
    Zone
);

// V07
mutation!(
    attributes_of_no_group,
    |_, plan| {
        plan.instances[2].attributes = IndexMap::from([("tier".to_owned(), None)]);
    },
    Attributes
);
mutation!(
    part_of_a_groups_attributes,
    |cluster, _| cluster.deployed.groups[0]
        .attributes
        .set("disk", Some("ssd")),
    Attributes
);

// V17
mutation!(
    a_price_with_the_discount_forgotten,
    |cluster, _| cluster.policy.savings_plan_discount = Decimal::new(25, 2),
    RowPrice
);
mutation!(
    a_price_without_the_fee,
    |cluster, _| cluster.policy.instance_usd_per_hour = usd("0.00000001"),
    RowPrice
);
mutation!(
    a_price_without_the_root_volume,
    |cluster, _| cluster.policy.root_volume_gib = 31,
    RowPrice
);
