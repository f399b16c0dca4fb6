//! Plan files: reading and writing of the [`PlanDocument`].

use super::codes;
use super::findings::{Finding, Findings, Severity};
use super::plan_document::PlanDocument;
use crate::domain::plan::FleetPlan;

/// Reads a plan document as `bayplan plan --format json` writes it, with the plan that it says.
///
/// # Errors
/// The places at which the text is not a plan, or that its version is not 1.
pub fn read_plan(text: &str, file_name: &str) -> Result<(PlanDocument, FleetPlan), Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: PlanDocument = serde_json::from_str(text).map_err(|error| {
        let finding = Finding {
            code: codes::PLAN_FILE,
            severity: Severity::Error,
            place: "(the whole file)".to_owned(),
            line: Some(error.line()),
            column: Some(error.column()),
            cause: error.to_string(),
            remedy: "give a plan that `bayplan plan --format json` wrote".to_owned(),
        };
        Findings::new(file_name, vec![finding])
    })?;
    let plan = document
        .plan()
        .map_err(|wrong| Findings::new(file_name, wrong))?;
    Ok((document, plan))
}

/// The plan as indented JSON with a line feed at its end.
#[must_use]
pub fn write_plan(document: &PlanDocument) -> String {
    let mut text = serde_json::to_string_pretty(document)
        .expect("a plan's keys are texts and its numbers finite");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{
  "version": 1, "cluster": "c", "region": "us-east-1", "status": "optimal",
  "catalogue": {"source": "embedded", "asOf": {"onDemand": "2026-07-20", "spot": null, "fargate": null}},
  "cost": {"usdPerHour": 0.1, "usdPerMonth": 73.0, "boundUsdPerHour": 0.1, "gap": 0.0,
           "idealUsdPerHour": 0.1, "idealGap": 0.0, "currentUsdPerHour": null},
  "capacityProviders": [], "services": [],
  "instances": [{"instanceType": "m7g.large", "purchaseOption": "on-demand", "availabilityZone": null,
    "capacityProvider": "p", "count": 1, "usdPerHour": 0.1,
    "registered": {"cpu": 2048, "memoryMib": 7600, "enis": 2, "gpus": 0}, "tasks": {"b": 1, "a": 2}}],
  "fargateTasks": [], "unplaced": [], "changes": [], "assumptions": []
}"#;

    #[test]
    fn a_plan_survives_writing_and_reading() {
        let (plan, _) = read_plan(PLAN, "plan.json").expect("a plan");
        let text = write_plan(&plan);
        assert!(text.ends_with("}\n"));
        assert_eq!(read_plan(&text, "plan.json").expect("a plan").0, plan);
    }

    #[test]
    fn a_plan_with_spare_room_an_interruption_band_and_warnings_survives_too() {
        let text = PLAN
            .replacen(
                "\"tasks\":",
                "\"spare\": {\"z\": 2, \"a\": 1}, \"interruptionBand\": \"<5%\", \"tasks\":",
                1,
            )
            .replacen("\"changes\":", "\"warnings\": [\"w\"], \"changes\":", 1);
        let (plan, _) = read_plan(&text, "plan.json").expect("a plan");
        assert_eq!(plan.warnings, ["w"]);
        let row = &plan.instances[0];
        assert_eq!(row.spare.keys().collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(row.interruption_band.as_deref(), Some("<5%"));
        assert_eq!(
            read_plan(&write_plan(&plan), "p.json").expect("a plan").0,
            plan
        );
        let (older, _) = read_plan(PLAN, "plan.json").expect("a plan");
        assert!(older.warnings.is_empty() && older.instances[0].spare.is_empty());
    }

    #[test]
    fn a_text_that_is_not_a_plan_is_located() {
        let error = read_plan("{\n  \"version\": 1\n}", "p.json").expect_err("no plan");
        assert_eq!(error.findings[0].line, Some(3));
        let later = PLAN.replacen("\"version\": 1", "\"version\": 2", 1);
        let error = read_plan(&later, "p.json").expect_err("version 2");
        assert_eq!(error.findings[0].place, "version");
    }
}
