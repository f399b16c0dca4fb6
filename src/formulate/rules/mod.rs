//! The rules, one a file: what each excludes, and what it adds to the packing problem.

pub mod architecture;
pub mod daemons;
pub mod distinct_instance;
pub mod fit;
pub mod host_ports;
pub mod launch_type;
pub mod member_of;
pub mod resources;
