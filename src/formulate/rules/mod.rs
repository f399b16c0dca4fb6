//! The rules, one a file: what each excludes, and what it adds to the packing problem.

pub mod accelerators;
pub mod architecture;
pub mod attachments;
pub mod credits;
pub mod daemons;
pub mod distinct_instance;
pub mod fargate;
pub mod fit;
pub mod host_ports;
pub mod instance_counts;
pub mod kubelet;
pub mod launch_type;
pub mod managed_instances;
pub mod member_of;
pub mod node_labels;
pub mod pool_cap;
pub mod purchase;
pub mod resources;
pub mod share_on_instance;
pub mod task_group;
pub mod zone_loss;
pub mod zones;
