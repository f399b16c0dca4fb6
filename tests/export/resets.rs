//! Groups that the plan resets to their planned size: a scheduled action in every format, and nothing that stands in its way.

use bayplan::domain::plan::{Assumption, FleetPlan};
use bayplan::domain::settings::Settings;
use bayplan::export::{
    TerraformStyle, as_json, cdk, cli, cloudformation_json, terraform_json_text,
};
use serde_json::Value;

use super::plans::exported;
use super::special_plans::resetting_plan;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Planned sizes of the groups that are reset.
fn planned(settings: &Settings) -> Vec<u64> {
    let sizes: Vec<u64> = settings.resets().map(|group| group.planned).collect();
    assert!(!sizes.is_empty());
    sizes
}

fn sorted(mut sizes: Vec<u64>) -> Vec<u64> {
    sizes.sort_unstable();
    sizes
}

#[test]
fn templates_have_a_scheduled_action_for_each_group() {
    let settings = exported(&resetting_plan());
    let template = parsed(&cloudformation_json(&settings));
    let resources = template["Resources"].as_object().expect("resources");
    let mut found = Vec::new();
    for action in
        (resources.values()).filter(|it| it["Type"] == "AWS::AutoScaling::ScheduledAction")
    {
        let properties = &action["Properties"];
        assert_eq!(properties["Recurrence"]["Ref"], "ResetRecurrence");
        let group = properties["AutoScalingGroupName"]["Ref"]
            .as_str()
            .expect("a group");
        let group = &resources[group]["Properties"];
        assert_eq!(group["TerminationPolicies"][0], "NewestInstance");
        assert_eq!(group["NewInstancesProtectedFromScaleIn"], false);
        found.push(properties["DesiredCapacity"].as_u64().expect("a size"));
    }
    assert_eq!(sorted(found), sorted(planned(&settings)));
    assert_eq!(
        template["Parameters"]["ResetRecurrence"]["Default"],
        "0 4 * * *"
    );
    let protections = (resources.values())
        .filter(|it| it["Type"] == "AWS::ECS::CapacityProvider")
        .map(|it| &it["Properties"]["AutoScalingGroupProvider"]["ManagedTerminationProtection"]);
    for protection in protections {
        assert_eq!(protection, "DISABLED");
    }
    assert!(cdk(&settings).contains("new autoscaling.CfnScheduledAction(this,"));
}

#[test]
fn terraform_has_a_schedule_for_each_group_that_leaves_its_limits() {
    let settings = exported(&resetting_plan());
    let text = terraform_json_text(&settings, TerraformStyle::Resources);
    let document = parsed(&text);
    let schedules = document["resource"]["aws_autoscaling_schedule"]
        .as_object()
        .expect("schedules");
    let found = (schedules.iter())
        .map(|(id, schedule)| {
            assert_eq!(schedule["recurrence"], "${var.reset_recurrence}");
            assert_eq!(schedule["min_size"], "${-1}");
            let group = &document["resource"]["aws_autoscaling_group"][id];
            assert_eq!(group["termination_policies"][0], "NewestInstance");
            assert_eq!(group["protect_from_scale_in"], false);
            schedule["desired_capacity"].as_u64().expect("a size")
        })
        .collect();
    assert_eq!(sorted(found), sorted(planned(&settings)));
}

#[test]
fn the_script_puts_the_actions_after_the_services_and_the_document_has_them() {
    let settings = exported(&resetting_plan());
    let files = cli(&settings);
    let actions: Vec<Value> = (files.iter())
        .filter(|file| file.name.starts_with("65-reset-"))
        .map(|file| parsed(&file.text))
        .collect();
    let sizes = (actions.iter()).map(|action| action["DesiredCapacity"].as_u64().expect("a size"));
    assert_eq!(sorted(sizes.collect()), sorted(planned(&settings)));
    let script = &files.last().expect("the script").text;
    let at = |text: &str| script.rfind(text).expect("a step");
    assert!(at("put-scheduled-update-group-action") > at("aws ecs update-service"));
    let document = parsed(&as_json(&settings));
    let groups = document["groups"].as_array().expect("groups");
    let in_document: Vec<&Value> = (groups.iter())
        .map(|group| &group["scheduledAction"])
        .filter(|action| !action.is_null())
        .collect();
    assert_eq!(in_document.len(), actions.len());
    assert!(
        settings.notes.iter().any(|note| note.contains(" 75/100")),
        "{:?}",
        settings.notes
    );
}

#[test]
fn a_plan_that_does_not_come_back_has_none_and_keeps_its_protection() {
    let mut plan: FleetPlan = resetting_plan();
    plan.assumptions
        .retain(|said| !matches!(said, Assumption::GrowthPlayed { .. }));
    let settings = exported(&plan);
    assert_eq!(settings.resets().count(), 0);
    assert!(
        settings
            .groups
            .iter()
            .all(bayplan::domain::settings::GroupSettings::is_protected)
    );
    assert!(!cloudformation_json(&settings).contains("ScheduledAction"));
}
