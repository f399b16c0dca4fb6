//! The cluster minute by minute: services, capacity providers, their groups, losses and deployments together.
//!
//! In every minute, in this order:
//!
//! 1. the scenario's events happen: counts change, a zone is lost, Spot gives notice, a deployment begins;
//! 2. instances whose time has come register or go;
//! 3. services stop what is too much and what drains, deployments take a step, tasks that waited too long give up;
//! 4. services ask for what is missing: each task is given a provider by its strategy and a place by the
//!    scheduler, or waits in PROVISIONING, as far as the quota allows;
//! 5. managed scaling publishes its metric and sets the desired capacity of each group;
//! 6. groups launch and terminate.
//!
//! The minute's record is the state after that.
//!
//! The parts are modules of their own ([`super::managed_scaling`], [`super::auto_scaling_group`],
//! [`super::deployment`], [`super::losses`]); this one only lets them act on one cluster.

mod capacity;
mod group;
mod groups_of_today;
mod options;
mod recorder;
mod run;
mod scenario_events;
mod services;
mod upkeep;

pub use group::{GroupPlan, groups_of_plan};
pub use groups_of_today::{Unshown, groups_of_today};
pub use options::EngineOptions;
pub use run::{IsOver, OnProvider, Run, Script, members_at_start, run, run_until};
pub use scenario_events::ScenarioEvent;
pub use services::STEPS_PER_TASK;
