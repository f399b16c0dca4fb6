//! A plan's settings in the formats that people deploy.
//!
//! Pure functions from plan to text. [`settings`] makes one view model of a plan, with valid names and within the limits of
//! ECS and Auto Scaling; each format writes that model. Every text of the plan is escaped by the format's own rules
//! where it is written, so that no name can break out of its place.

mod asg_settings;
mod build;
mod cdk;
mod cli_actions;
mod cli_files;
mod cli_resets;
mod cli_script;
mod cli_stages;
mod cli_standstills;
mod cloudformation;
mod differing;
mod facts;
mod finding;
mod managed;
mod naming;
mod notes;
mod reasons;
mod reset_limits;
mod shell;
mod stages;
mod terraform;
mod tree;
mod user_data;
mod yaml;

pub use asg_settings::{as_csv, as_json};
pub use build::settings;
pub use cdk::cdk;
pub use cli_script::cli;
pub use cloudformation::{cloudformation_json, cloudformation_yaml};
pub use differing::{differing, summary};
pub use facts::{Facts, ObservedInstances, ServiceFacts, TypeFacts};
pub use finding::{ExportFinding, ExportFindings};
pub use notes::standstills;
pub use terraform::{TerraformStyle, terraform_hcl, terraform_json_text};

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name in the output folder.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether it is a script to run.
    pub executable: bool,
}

impl ExportedFile {
    /// A file to read.
    fn plain(name: impl Into<String>, text: String) -> Self {
        Self {
            name: name.into(),
            text,
            executable: false,
        }
    }
}
