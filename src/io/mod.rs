//! Files to domain values and back.
//!
//! A document of any format becomes one tree with positions (`document`); the importer walks it with a
//! cursor that records what is wrong and goes on, so that one run reports everything. Nothing but what
//! planning needs leaves this module: environment variables, secrets, images and commands stay here.

mod accelerators;
mod account_settings;
mod api_fields;
mod api_keys;
mod awsvpc;
mod changes;
mod cluster_file;
mod codes;
mod commitments;
pub mod csv_cell;
mod csv_cells;
mod csv_columns;
mod csv_marks;
mod csv_numbers;
mod csv_rows;
mod cursor;
mod demand;
mod deployed;
mod described;
mod document;
mod fargate_facts;
mod files;
mod findings;
mod flat_csv;
mod focus;
mod groups;
mod instances;
mod json;
mod known_fields;
mod kubernetes;
mod launch_templates;
mod names;
mod other_documents;
mod packing_problem;
mod packing_proof;
mod packing_solution;
mod pasted;
mod placement;
mod plan;
pub mod plan_document;
mod plan_of_cluster;
mod policy;
mod policy_checks;
mod ports;
mod proof;
mod proof_tree;
pub mod purchase_option;
mod purchases;
mod quantities;
mod remaining;
mod scalable_targets;
mod scenario_file;
mod schema;
mod services;
mod standalone_tasks;
mod suggest;
mod task_definitions;
mod task_groups;
mod task_of;
mod tasks_beside;
mod text;
mod yaml;
mod zones;

#[cfg(test)]
mod tests;

pub use changes::{Change, ClusterDocument, Described, Resize, SidecarMove, sidecar_change, union};
pub use cluster_file::{ImportOptions, Imported, read_cluster};
pub use files::{can_write, write_atomically, write_atomically_as};
pub use findings::{Finding, Findings, Severity};
pub use focus::read_focus;
pub use packing_problem::{is_packing_file, read_packing_problem};
pub use packing_proof::{is_packing_proof, read_packing_proof, write_packing_proof};
pub use packing_solution::{packing_rows_json, packing_solution_json};
pub use plan::{read_plan, write_plan};
pub use plan_of_cluster::{plan_findings, plan_of_a_part};
pub use proof::{read_proof, write_proof};
pub use scenario_file::{MOST_SCENARIOS, Scenario, expand, read_scenarios};
pub use schema::{SchemaOf, json_schema};
pub use suggest::did_you_mean;
pub use text::decode_text;
