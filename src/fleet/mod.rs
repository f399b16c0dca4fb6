//! Many clusters: one unit of work a line of a manifest, one file of a result a unit, on one machine or on an engine that runs shards.
//!
//! A unit is a command over one cluster file. It runs in a child process with limits, since a crash of one must not end the others. Its
//! result goes under a key that is the hash of all that shapes it, written once; whoever writes it writes the same bytes. What was done is
//! read from the store alone, so a run that was killed goes on by being started again, and no scheduler is needed to know how far it is.

mod accounts;
pub mod across;
mod answer;
mod args;
mod attempts;
mod child;
mod codes;
mod content;
mod documents;
mod effort;
mod errors;
pub mod gather;
mod key;
mod listing;
mod manifest;
pub mod merge;
pub mod merged;
mod options;
pub mod pairs;
pub mod pooling;
mod refused;
mod result;
mod run;
mod runner;
pub mod same;
mod shard;
pub mod sizes;
mod status;
pub mod store;
mod words;

#[cfg(test)]
mod tests;

pub use accounts::{LiveCluster, read_accounts};
pub use args::{UnitArgs, UnitCommand};
pub use attempts::{Attempt, Attempts, MOST_ATTEMPTS};
pub use child::{Child, Ended, How, Limits, Runs, STANDS_ALONE};
pub use content::{Content, Contents, hex};
pub use effort::Efforts;
pub use errors::errors_of;
pub use key::{ALGORITHM, Key, Program};
pub use listing::{Listed, is_cluster_file, list, names_itself, sha256_of};
pub use manifest::{Manifest, Unit, read_manifest, write_manifest};
pub use options::{Asked, WhyNot};
pub use run::{FleetError, RunOptions, Step, Summary, Watch, run};
pub use shard::{NotAShard, Shard};
pub use status::{Progress, State, Work, WorkUnit, prepare, progress};
