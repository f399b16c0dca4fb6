//! From a plan, its cluster file and the catalogue to the settings that `export` writes and `apply` carries out.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::billed_today;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::domain::settings::Settings;
use crate::export::{self, Facts, TypeFacts};

use super::diagnostics::Diagnostics;
use super::exit::Failure;

/// The settings; an instance of today without a price is named, since no bill of today can be said then.
///
/// # Errors
/// Everything in the plan that ECS or Auto Scaling would refuse.
pub fn settings(
    plan: &FleetPlan,
    cluster: Option<&Cluster>,
    catalogue: &Catalogue,
    timing: Timing,
    diagnostics: Diagnostics,
) -> Result<Settings, Failure> {
    let knows = |name: &str| catalogue.instance_type(name).map(TypeFacts::from);
    let mut facts = Facts::of_catalogue(&knows).with_timing(timing);
    if let Some(cluster) = cluster {
        let billed = billed_today(cluster, catalogue);
        if let Err(errors) = &billed {
            for error in errors {
                diagnostics.warning(&format!(
                    "what today's instances cost is not known: {error}"
                ));
            }
        }
        // A file that shows no instance says nothing of today's bill.
        let billed = billed.ok().filter(|rows| !rows.is_empty());
        facts = facts.with_cluster(cluster).with_bill(billed);
    }
    export::settings(plan, &facts).map_err(|findings| Failure::findings(findings.to_string()))
}
