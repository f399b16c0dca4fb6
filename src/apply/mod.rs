//! A checked plan into a live cluster, one journalled change at a time.
//!
//! | module | does |
//! |---|---|
//! | [`state`] | what of a resource counts: the members that a plan sets, as AWS describes them and as a change leaves them |
//! | [`change`] | one resource from one state to another, and the API requests that do it |
//! | [`today`] | a snapshot file as states, with what runs |
//! | [`obstacles`] | what must not be touched, and why |
//! | [`sources`] | where a new group's launch template and subnets come from |
//! | [`step`] | one numbered step |
//! | [`steps`] | the changes of a plan in an order that AWS accepts, with the bill after each |
//! | [`sizes`] | other task sizes as steps |
//! | [`budget`] | how much may change at a time |
//! | [`quotas`] | what the steps need of the account's quotas |
//! | [`journal`] | what was intended and what was done, on disk before it is asked for |
//! | [`rehearsal`] | what the rest of a run is played from |
//! | [`remembered`] | what a deletion takes away, for the way back |
//! | [`live`] | who answers and acts: AWS, or a cluster in memory |
//! | [`verify`] | a live cluster beside the plan that was put into it |
//! | [`run`] | does the steps, goes on with them, takes them back |
//!
//! Invariant: a change names the state that it expects and the state that it leaves. Before it is asked for, the resource
//! is read: in the state that it leaves there is nothing to do, in the state that it expects it is asked for, in any
//! other nothing is touched. *Why:* none of the calls that are made here has a token, so a lost answer, a kill and a second run are all told apart by reading back, and taking a change back is the same
//! change with its states swapped.
//!
//! Nothing here knows AWS's SDK or the clock.

pub mod budget;
pub mod change;
pub mod existing;
#[cfg(test)]
mod fixture;
pub mod journal;
pub mod live;
pub mod obstacles;
pub mod quotas;
pub mod rehearsal;
pub mod remembered;
pub mod run;
pub mod sizes;
pub mod sources;
pub mod state;
pub mod step;
pub mod steps;
pub mod today;
pub mod verify;
