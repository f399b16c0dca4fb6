//! Which of the ways of planning a cluster without commitments goes.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::optimize::listener::Listener;
use crate::optimize::stop::Stop;

use super::options::{PlanError, PlanOptions, Planned};
use super::{kubernetes, moves, robust, rounds, week};

/// Plans a cluster at the catalogue's prices.
///
/// # Errors
/// As [`super::plan`].
pub(super) fn without_commitments(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    if cluster.is_kubernetes() {
        return kubernetes::plan(cluster, catalogue, options, stop, listener);
    }
    if cluster.week.is_some() {
        return week::plan(cluster, catalogue, options, stop, listener);
    }
    if let Some(asked) = options.moves {
        return moves::plan(cluster, catalogue, (options, asked), stop, listener);
    }
    match options.min_availability {
        Some(least) => robust::plan_available(cluster, catalogue, (least, options), stop, listener),
        None if moves::may_stay(cluster, options) => {
            let within = moves::before_today(options);
            let planned = rounds::plan_in_rounds(cluster, catalogue, &within, stop, listener)?;
            Ok(moves::or_today(
                cluster,
                catalogue,
                (options, planned),
                stop,
                listener,
            ))
        }
        None => rounds::plan_in_rounds(cluster, catalogue, options, stop, listener),
    }
}
