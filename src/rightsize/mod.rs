//! Sizes of tasks from measured use: what each service needs, by rules that say what they rest on, and what the cluster costs with them.
//!
//! `series` reads files of metrics; each rule is a file with its formula at its head; `decide` asks them, `self_test` judges them on a week
//! they did not see; `proposal` puts it together. The saving is that of the fleet planned anew (`fleet`), never a sum of parts.

mod adaptive;
mod censoring;
mod cpu;
mod days;
mod decide;
mod evidence;
mod flag;
mod fleet;
mod frontier;
mod grid;
mod guarantee;
mod heap;
mod hysteresis;
mod joint;
mod leak;
mod mean_use;
mod memory;
mod oom;
mod past;
mod peaks_since;
mod profile;
mod proposal;
mod reason;
mod regime;
mod risk;
mod scaling;
mod self_test;
pub mod series;
mod shape;
mod slack;
mod statistics;
mod watch;
mod window;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;

pub use days::{DayOfUse, days_of_use};
pub use evidence::Evidence;
pub use flag::{Flag, Verdict};
pub use fleet::{Drift, Fleet, Fleets, LastFleet, changed, plan_both, plan_from};
pub use frontier::{Bounds, FrontierPoint, frontier};
pub use grid::Size;
pub use guarantee::Guarantee;
pub use hysteresis::RUNS;
pub use joint::{Jointly, Trial, jointly, with_slack};
pub use mean_use::mean_use;
pub use past::{Change, Earlier, Found, Past};
pub use profile::Profile;
pub use proposal::{Asking, Counts, Proposal, propose};
pub use reason::Reason;
pub use risk::Risk;
pub use self_test::SelfTest;
