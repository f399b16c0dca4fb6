//! The snapshot and the plan of `bayplan apply` as they are given: read, held against each other, the plan checked.

use std::path::{Path, PathBuf};

use crate::apply::today::Today;
use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, SnapshotStamp};

use super::super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::super::diagnostics::Diagnostics;
use super::super::exit::{Exit, Failure};
use super::super::input;
use super::args::ApplyArgs;

/// Snapshot and plan as given, the plan checked.
pub(super) struct Asked {
    /// The snapshot's text.
    pub(super) text: String,
    /// The cluster of then.
    pub(super) cluster: Cluster,
    /// The catalogue.
    pub(super) catalogue: Catalogue,
    /// The plan.
    pub(super) plan: FleetPlan,
    /// Its text: what it is known by in a journal.
    #[cfg(feature = "aws")]
    pub(super) plan_text: String,
}

impl Asked {
    /// What its steps are made of.
    pub(super) const fn planned(&self) -> Planned<'_> {
        Planned {
            plan: &self.plan,
            cluster: &self.cluster,
            catalogue: &self.catalogue,
        }
    }
}

/// A plan and the cluster that it was made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned<'a> {
    pub(super) plan: &'a FleetPlan,
    pub(super) cluster: &'a Cluster,
    pub(super) catalogue: &'a Catalogue,
}

/// Reads a snapshot and the plan that was made from it.
///
/// # Errors
/// Where one of them cannot be used, or the plan does not pass the check.
pub(super) fn asked(
    args: &ApplyArgs,
    (snapshot, plan): (&PathBuf, &PathBuf),
    diagnostics: Diagnostics,
) -> Result<Asked, Failure> {
    let given = GivenPlan::read(plan)?;
    let text = input::cluster_text(
        snapshot,
        args.input.region.as_deref(),
        &args.input.aws,
        diagnostics,
    )?;
    let (cluster, catalogue) = input::read_from(&text, snapshot, &args.input, diagnostics)?;
    input::of_ecs(&cluster, "apply")?;
    of_the_snapshot(&given.plan, &cluster, args.cluster.as_deref())?;
    given.passes(
        &cluster,
        &catalogue,
        (ClusterDay::OfThePlan, OnFailure::Refuse),
        diagnostics,
    )?;
    if let Some(without) = given.plan.without_place() {
        let message = format!("{without}: a fleet that cannot hold the services is not applied");
        return Err(Failure::new(Exit::Infeasible, message));
    }
    Ok(Asked {
        text,
        cluster,
        catalogue,
        plan: given.plan,
        #[cfg(feature = "aws")]
        plan_text: given.text,
    })
}

/// A snapshot as states.
///
/// # Errors
/// Where it is not JSON.
pub(super) fn today(text: &str, snapshot: &Path) -> Result<Today, Failure> {
    Today::read(text).map_err(|error| {
        Failure::input(format!(
            "{}: a snapshot is JSON, as `bayplan snapshot` writes it: {error}",
            input::display_name(snapshot)
        ))
    })
}

/// A plan goes into the cluster that it was made from and into no other.
fn of_the_snapshot(
    plan: &FleetPlan,
    cluster: &Cluster,
    confirmed: Option<&str>,
) -> Result<(), Failure> {
    if let Some(name) = confirmed.filter(|name| *name != cluster.name) {
        return Err(Failure::input(format!(
            "--cluster {name}: the snapshot is of `{}`",
            cluster.name
        )));
    }
    let of = |stamp: &SnapshotStamp| {
        format!(
            "{} ({})",
            stamp.taken_at,
            &stamp.fingerprint.chars().take(12).collect::<String>()
        )
    };
    match (&plan.snapshot, &cluster.deployed.snapshot) {
        (None, _) => Err(Failure::input(
            "the plan was not made from a snapshot: take one with `bayplan snapshot`, plan it, and give both",
        )),
        (_, None) => Err(Failure::input(
            "CLUSTER is no snapshot: give the file that `bayplan snapshot` wrote and the plan was made from",
        )),
        (Some(planned), Some(given)) if planned != given => Err(Failure::input(format!(
            "the plan was made from the snapshot of {}, and CLUSTER is that of {}: give the one that the plan was made from",
            of(planned),
            of(given)
        ))),
        (Some(_), Some(_)) => Ok(()),
    }
}
