//! Plans from files that a command believes only once the checker does.

use std::path::Path;

use crate::catalogue::Catalogue;
use crate::check::check;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::io::{Severity, plan_findings};

use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;

/// Refuses a plan that is not of the cluster or breaks a rule.
///
/// # Errors
/// Every finding, or every violation.
pub fn plan_of(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    file: &Path,
    diagnostics: Diagnostics,
) -> Result<(), Failure> {
    let name = input::display_name(file);
    let knows = |name: &str| catalogue.instance_type(name).is_some();
    let found = plan_findings(plan, &name, cluster, &knows);
    if (found.findings.iter()).any(|finding| finding.severity == Severity::Error) {
        return Err(Failure::findings(found.to_string()));
    }
    for finding in &found.findings {
        diagnostics.finding(&finding.to_string());
    }
    let violations = check(cluster, catalogue, plan);
    if violations.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = violations.iter().map(|v| format!("  {v}")).collect();
    Err(Failure::new(
        Exit::ViolationsFound,
        format!(
            "{name} does not pass the check and is not used; give the policy and catalogue flags it was made with\n{}",
            lines.join("\n")
        ),
    ))
}
