//! The catalogue anew: what AWS's APIs answer becomes the CSV files of a catalogue directory.
//!
//! | module | does |
//! |---|---|
//! | [`api`] | what is asked, page by page, behind one narrow trait |
//! | `answers` | recorded answers, and an API that fails where it is told to |
//! | `instance_types`, `zones`, `spot`, `price_list`, `on_demand`, `ecs_prices`, `savings_plans` | one kind of answer to rows, pure |
//! | `lock` | one refresh of a directory at a time |
//! | `new_file` | temporary files, and what a killed refresh leaves of them |
//! | [`outcome`] | what comes of a refresh |
//! | `sheet` | rows, old ones beside new ones, as CSV |
//! | [`run`] | kind after kind: ask, merge, read back, replace the file, date it |
//!
//! A file is replaced whole or not at all, and only after the new one was read as the planner reads it. What fails leaves
//! its old file, and its old date.

pub mod answers;
pub mod api;
mod ecs_prices;
mod instance_types;
mod lock;
mod new_file;
mod on_demand;
pub mod outcome;
mod price_list;
pub mod run;
mod savings_plans;
mod sheet;
mod spot;
#[cfg(test)]
mod tests;
mod zones;

pub use api::{ApiFailure, CatalogueApi, Question, Request};
pub use new_file::clear as clear_new_files;
pub use outcome::{Event, Outcome, PartFailure, RefreshError, Why};
pub use run::refresh;
