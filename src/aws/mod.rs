//! The live cluster, through AWS's own SDK. Nothing here decides anything about a fleet.
//!
//! | module | does |
//! |---|---|
//! | [`accounts`] | account numbers in AWS's words |
//! | [`acting`] | a live cluster that is changed, its lock, and whether it is as a snapshot says |
//! | [`actions`] | every API call that may be made, its permission and its row of the throttling tables |
//! | [`cluster_arn`] | the Region of a cluster that is named by its ARN |
//! | [`connection`] | credentials, Region, endpoint; one client a service |
//! | `endpoint` | whether an endpoint is one |
//! | [`errors`] | why a call failed, and which policy statement would allow it |
//! | [`buckets`] | token buckets, so that AWS need not throttle |
//! | [`objects`] | objects of a bucket, for whoever waits for each |
//! | [`pace`] | one call: its bucket, its attempts |
//! | [`call`] | calls as data, and who answers them |
//! | [`sdk`] | AWS answers |
//! | [`allowed`] | what of the answers may be kept |
//! | `profiles` | names of profiles in the configuration files |
//! | [`reader`] | all pages and batches of a call |
//! | [`metrics`] | what services used, hour by hour, as a metric file |
//! | [`snapshot`] | a live cluster as a cluster file |

pub mod accounts;
pub mod acting;
pub mod actions;
pub mod allowed;
pub mod buckets;
pub mod call;
pub mod cluster_arn;
pub mod connection;
mod endpoint;
pub mod errors;
pub mod metrics;
pub mod objects;
pub mod pace;
mod policies;
mod profiles;
pub mod reader;
pub mod sdk;
pub mod snapshot;

#[cfg(test)]
mod tests;
