//! From a plan, its cluster file and the catalogue to the settings that `export` writes and `apply` carries out.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::billed_today;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::domain::settings::Settings;
use crate::domain::text::visible;
use crate::export::{self, Facts, TypeFacts};

use super::diagnostics::Diagnostics;
use super::exit::Failure;

/// The settings of a plan that is to be carried out.
///
/// # Errors
/// As [`settings`], and where Managed Instances come or go.
pub fn of_steps(
    plan: &FleetPlan,
    cluster: &Cluster,
    catalogue: &Catalogue,
    diagnostics: Diagnostics,
) -> Result<Settings, Failure> {
    let timing = Timing::default();
    let settings = settings(plan, Some(cluster), catalogue, timing, diagnostics)?;
    let leaving = (settings.stages.iter()).flat_map(|stages| &stages.leaving);
    let leaving = (leaving.filter(|it| it.is_managed)).map(|it| it.name.as_str());
    let managed = settings.managed.iter().map(|managed| managed.name.as_str());
    let names: Vec<String> = (managed.chain(leaving)).map(visible).collect();
    if names.is_empty() {
        return Ok(settings);
    }
    Err(Failure::findings(format!(
        "error[X16] capacityProviders\n  cause: `apply` neither makes nor deletes providers of Managed Instances ({}): their roles, \
         subnets and security groups stand in no snapshot, and ECS sizes and fills them by rules that it does not publish, so \
         that no step could be rehearsed\n  remedy: export the plan (`bayplan export --format cli`), which takes those values and \
         moves the services in stages",
        names.join(", ")
    )))
}

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
