//! What is seen of clusters together and of none alone: one commitment for all, the same service in several sizes, clusters put together.

use super::merged::Merged;
use super::pooling::Commitments;
use super::sizes::SameService;

/// What was found across the clusters of a fleet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Across {
    /// Commitments for each cluster and for all of them, where they were asked for.
    pub commitments: Option<Commitments>,
    /// Services that have other sizes in other clusters, those that cost most first.
    pub sizes: Vec<SameService>,
    /// Pairs of clusters that were planned as one, those that save most first.
    pub merges: Vec<Merged>,
}
