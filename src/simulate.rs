//! A replica of what ECS does with a fleet: placement task by task, in the order in which tasks arrive.
//!
//! An optimal packing is worth nothing if ECS's own scheduler cannot reach it. ECS places one task at a
//! time, by its own filters, constraints and strategies, and never moves a task that runs. The replica
//! follows the documented rules; where AWS documents none, the choice is a named value of an enum with a
//! seed, and says itself in words.
//!
//! | module | holds |
//! |---|---|
//! | [`fleet`] | instances, identical ones together: from a plan, or today's |
//! | [`workload`] | what each service asks for, with dense ids |
//! | [`world`] | both, with what follows from them: who may run where, and cells nothing can tell apart |
//! | [`state`] | who runs where now |
//! | [`scheduler`] | where the next task goes |
//! | [`replay`] | all tasks of a cluster, in one arrival order or in many |

pub mod auto_scaling_group;
pub mod availability;
pub mod choices;
pub mod cost;
mod cursor;
pub mod cut;
pub mod deployment;
pub mod engine;
pub mod fleet;
pub mod held;
pub mod interval;
pub mod losses;
pub mod managed_scaling;
pub mod migration;
pub mod note;
pub mod orders;
pub mod providers;
pub mod random;
pub mod rebalance;
pub mod replay;
pub mod scale_in;
pub mod scenario;
pub mod scheduler;
pub mod setup;
mod sorted_blocks;
pub mod state;
pub mod strategy;
pub mod summary;
pub mod ties;
pub mod trace;
pub mod week;
pub mod workload;
pub mod world;
