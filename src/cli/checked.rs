//! Plans from files: read, held against the cluster file, and believed only once the checker does.

use std::path::Path;

use crate::catalogue::Catalogue;
use crate::check::{Rule, Violation, check};
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::io::{Severity, plan_findings, plan_of_a_part, read_plan};
use crate::report::kubernetes::of_plan;
use crate::report::wording::untrue_texts;
use crate::simulate::week;

use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;

/// Of which day a cluster file is, beside the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterDay {
    /// The plan was made from it.
    OfThePlan,
    /// It may show what came of the plan.
    Later,
}

/// What becomes of a plan that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It is not used: what is made of it would be believed.
    Refuse,
    /// It is looked at all the same, and a warning says that it breaks rules.
    Warn,
}

/// A plan as a file gives it.
pub struct GivenPlan {
    /// The plan.
    pub plan: FleetPlan,
    /// Its file's text.
    #[cfg(feature = "aws")]
    pub text: String,
    /// The file's name, as messages show it.
    pub name: String,
    /// Texts that are not what the file's `details` say.
    texts: Vec<Violation>,
}

impl GivenPlan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When the file cannot be read or is not a plan.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let given = Self::read_week(file)?;
        input::no_week(&given.plan)?;
        Ok(given)
    }

    /// The same, where the plan may be one over a week.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_week(file: &Path) -> Result<Self, Failure> {
        let text = input::read_text(file)?;
        let name = input::display_name(file);
        let (document, plan) =
            read_plan(&text, &name).map_err(|findings| Failure::findings(findings.to_string()))?;
        let texts = (untrue_texts(&document, &plan).into_iter())
            .map(|untrue| Violation::new(Rule::Texts, untrue.place, untrue.found, untrue.expected))
            .collect();
        Ok(Self {
            plan,
            #[cfg(feature = "aws")]
            text,
            name,
            texts,
        })
    }

    /// Refuses a plan that is not of the cluster; what else its file says of another one is a warning.
    ///
    /// # Errors
    /// Every finding.
    pub fn fits(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        diagnostics: Diagnostics,
    ) -> Result<(), Failure> {
        let knows = |name: &str| catalogue.instance_type(name).is_some();
        // A plan over a week shows the numbers of one hour.
        let hour = week::shown_hour(cluster, &self.plan).map(|shown| cluster.at_hour(shown));
        let shown = hour.as_ref().unwrap_or(cluster);
        let found = plan_findings(&self.plan, &self.name, shown, &knows);
        if (found.findings.iter()).any(|finding| finding.severity == Severity::Error) {
            return Err(Failure::findings(found.to_string()));
        }
        for finding in &found.findings {
            diagnostics.finding(&finding.to_string());
        }
        self.say_without_place(diagnostics);
        Ok(())
    }

    /// Says on stderr what the plan leaves without a place.
    pub fn say_without_place(&self, diagnostics: Diagnostics) {
        if let Some(found) = plan_of_a_part(&self.plan, &self.name) {
            diagnostics.finding(&of_plan(&self.plan, found.to_string()));
        }
    }

    /// Every rule that the plan breaks, its texts included.
    pub fn violations(&self, cluster: &Cluster, catalogue: &Catalogue) -> Vec<Violation> {
        let mut violations = check(cluster, catalogue, &self.plan);
        violations.extend(self.texts.iter().cloned());
        violations
    }

    /// Refuses a plan that is not of the cluster; one that breaks a rule as the caller asks. Against a cluster of a later day
    /// than the plan's, what the fleet cost when the plan was made is not held against what it costs since.
    ///
    /// # Errors
    /// Every finding, or every violation.
    pub fn passes(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        (day, on_failure): (ClusterDay, OnFailure),
        diagnostics: Diagnostics,
    ) -> Result<(), Failure> {
        self.fits(cluster, catalogue, diagnostics)?;
        let mut violations = self.violations(cluster, catalogue);
        if day == ClusterDay::Later {
            violations.retain(|violation| violation.rule != Rule::CurrentCost);
        }
        // Which state it was made from is nobody's matter but that of `check` and of `apply`, which asks before.
        let is_of_state = |it: &Violation| it.rule == Rule::Document && it.place == "snapshot";
        violations.retain(|violation| !is_of_state(violation));
        if violations.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = violations.iter().map(|v| format!("  {v}")).collect();
        let (name, lines) = (&self.name, lines.join("\n"));
        let message = |follows: &str| {
            format!(
                "{name} does not pass the check against this cluster with these flags and {follows}; give the policy and \
                 catalogue flags it was made with\n{lines}"
            )
        };
        match on_failure {
            OnFailure::Refuse => Err(Failure::new(Exit::ViolationsFound, message("is not used"))),
            OnFailure::Warn => {
                diagnostics.warning(&message("what is said of it may not hold"));
                Ok(())
            }
        }
    }
}
