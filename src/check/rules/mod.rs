//! The rules, one a file. Each takes the facts and returns its violations.

pub(super) mod accelerators;
pub(super) mod affinity_partners;
mod architecture;
mod attributes;
mod bill;
pub(super) mod bound;
mod capacity;
mod catalogue;
mod certificate;
mod current_cost;
pub(super) mod daemons;
mod deployment_surge;
mod distinct_instance;
mod document;
mod ebs_attachments;
mod existing;
pub(super) mod fargate;
pub(super) mod fargate_definitions;
mod fleet_size;
mod further_types;
mod group_sizes;
mod host_ports;
pub(super) mod instance_loss;
mod instance_type;
mod instance_type_count;
mod launch_type;
pub(super) mod managed_instances;
mod managed_scaling;
mod marginal_cost;
pub(super) mod member_of;
mod moves;
mod notes;
pub(super) mod on_demand_minimum;
mod on_demand_zones;
pub(super) mod one_instance;
pub(super) mod ordinary_day;
mod other_group_counts;
mod placement;
mod placement_strategies;
mod pool_cap;
mod positive_counts;
mod providers;
pub(super) mod purchase_option;
mod reasons;
mod registered;
mod routing;
mod row_price;
mod service_names;
pub(super) mod service_shares;
mod share_on_instance;
mod spare;
mod spot_types;
pub(super) mod status;
mod strategies;
mod task_counts;
mod task_group;
mod trunking;
mod zone;
mod zone_loss;
mod zone_loss_search;
mod zone_spread;

use super::facts::Facts;
use super::violation::Violation;

/// Every rule. `placement` covers the four that depend on which instance a row stands for: launch type,
/// architecture, `memberOf` and daemons.
pub(super) const ALL: [fn(&Facts<'_>) -> Vec<Violation>; 54] = [
    document::violations,
    service_names::violations,
    task_counts::violations,
    instance_type::violations,
    purchase_option::violations,
    zone::violations,
    attributes::violations,
    registered::violations,
    capacity::violations,
    host_ports::violations,
    distinct_instance::violations,
    placement::violations,
    existing::violations,
    row_price::violations,
    bill::violations,
    service_shares::violations,
    bound::violations,
    status::violations,
    providers::violations,
    strategies::violations,
    fleet_size::violations,
    positive_counts::violations,
    fargate::violations,
    fargate_definitions::violations,
    on_demand_minimum::violations,
    pool_cap::violations,
    zone_spread::violations,
    instance_type_count::violations,
    ebs_attachments::violations,
    task_group::violations,
    zone_loss::violations,
    deployment_surge::violations,
    spare::violations,
    certificate::violations,
    routing::violations,
    accelerators::violations,
    on_demand_zones::violations,
    share_on_instance::violations,
    instance_loss::violations,
    catalogue::violations,
    current_cost::violations,
    managed_scaling::violations,
    group_sizes::violations,
    placement_strategies::violations,
    marginal_cost::violations,
    other_group_counts::violations,
    moves::violations,
    notes::violations,
    further_types::violations,
    managed_instances::violations,
    trunking::violations,
    spot_types::violations,
    ordinary_day::violations,
    reasons::violations,
];
