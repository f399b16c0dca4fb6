//! Groups and services that follow the hours of the week: scheduled actions in every format.

use bayplan::domain::plan::{Assumption, FleetPlan, GroupMode, ScheduledSize};
use bayplan::domain::settings::Settings;
use bayplan::export::{
    Facts, TerraformStyle, as_json, cdk, cli, cloudformation_json, settings, terraform_json_text,
};
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Value, json};

use super::plans::type_facts;
use super::special_plans::mixed_plan;

/// When groups grow and shrink: twelve hours from 08:00 on working days.
const CRONS: [&str; 2] = ["50 7 * * 1,2,3,4,5", "10 20 * * 1,2,3,4,5"];

fn is_by_day(hour: usize) -> bool {
    hour < 120 && (8..20).contains(&(hour % 24))
}

/// A plan whose groups have two instances more by day.
fn plan() -> FleetPlan {
    let mut plan = mixed_plan();
    let (day, night): (Vec<usize>, Vec<usize>) = (0..168).partition(|hour| is_by_day(*hour));
    for group in (plan.capacity_providers.iter_mut()).filter(|group| group.kind.is_group()) {
        let size = group.desired_capacity;
        group.mode = Some(GroupMode::Scheduled);
        group.managed_scaling.enabled = Some(true);
        group.min_size = size;
        group.max_size = size + 2;
        group.schedule = [(night.clone(), size), (day.clone(), size + 2)]
            .map(|(hours, desired_capacity)| ScheduledSize {
                hours,
                desired_capacity,
            })
            .to_vec();
    }
    plan.assumptions.push(Assumption::WeekOfHours {
        classes: 2,
        shown: "0-167".to_owned(),
        periods_laid: true,
    });
    plan
}

/// For the validators too: the first service with a strategy has six tasks by day and two by night.
pub fn over_a_week() -> Settings {
    let plan = plan();
    let name = (plan.services.iter())
        .find(|service| !service.capacity_provider_strategy.is_empty())
        .map(|service| service.service_name.clone());
    let hours: Vec<u64> = (0..168)
        .map(|hour| if is_by_day(hour) { 6 } else { 2 })
        .collect();
    let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": [
        {"serviceName": name, "desiredCount": 3, "cpu": 256, "memory": 512, "profile": hours}]});
    let cluster = read_cluster(&file.to_string(), "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster);
    settings(&plan, &facts).expect("exportable")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What each group is set to by night and by day.
fn sizes(settings: &Settings) -> Vec<u64> {
    let mut sizes: Vec<u64> = (settings.scheduled())
        .flat_map(|group| group.schedule.iter().map(|action| action.size))
        .collect();
    assert!(sizes.len() >= 2);
    sizes.sort_unstable();
    sizes
}

fn sorted(mut sizes: Vec<u64>) -> Vec<u64> {
    sizes.sort_unstable();
    sizes
}

#[test]
fn templates_have_an_action_for_each_change_and_the_counts_of_the_service() {
    let settings = over_a_week();
    let template = parsed(&cloudformation_json(&settings));
    let resources = template["Resources"].as_object().expect("resources");
    let of = |kind: &'static str| resources.values().filter(move |it| it["Type"] == kind);
    let mut found = Vec::new();
    for action in of("AWS::AutoScaling::ScheduledAction") {
        let properties = &action["Properties"];
        let cron = properties["Recurrence"].as_str().expect("a cron");
        assert!(CRONS.contains(&cron), "{cron}");
        assert_eq!(properties["MinSize"], properties["DesiredCapacity"]);
        let group = properties["AutoScalingGroupName"]["Ref"]
            .as_str()
            .expect("a group");
        assert_eq!(
            resources[group]["Properties"]["NewInstancesProtectedFromScaleIn"],
            false
        );
        found.push(properties["DesiredCapacity"].as_u64().expect("a size"));
    }
    assert_eq!(sorted(found), sizes(&settings));
    let targets: Vec<&Value> = of("AWS::ApplicationAutoScaling::ScalableTarget").collect();
    let [target] = targets.as_slice() else {
        panic!("{targets:?}")
    };
    let properties = &target["Properties"];
    assert_eq!(
        (&properties["MinCapacity"], &properties["MaxCapacity"]),
        (&json!(2), &json!(6))
    );
    let crons: Vec<&Value> = (properties["ScheduledActions"]
        .as_array()
        .expect("actions")
        .iter())
    .map(|action| &action["Schedule"])
    .collect();
    assert_eq!(
        crons,
        [
            "cron(0 8 ? * MON,TUE,WED,THU,FRI *)",
            "cron(0 20 ? * MON,TUE,WED,THU,FRI *)"
        ]
    );
    let text = cdk(&settings);
    for part in [
        "new autoscaling.CfnScheduledAction(this,",
        "new applicationautoscaling.CfnScalableTarget(this,",
        "aws-cdk-lib/aws-applicationautoscaling",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn terraform_has_a_schedule_for_each_change_in_both_styles() {
    let settings = over_a_week();
    for style in [TerraformStyle::Resources, TerraformStyle::Modules] {
        let document = parsed(&terraform_json_text(&settings, style));
        let resource = &document["resource"];
        let counts = resource["aws_appautoscaling_scheduled_action"]
            .as_object()
            .expect("counts by the hour");
        assert_eq!(counts.len(), 2);
        assert_eq!(
            resource["aws_appautoscaling_target"]
                .as_object()
                .map(serde_json::Map::len),
            Some(1)
        );
        let schedules: Vec<Value> = match style {
            TerraformStyle::Resources => {
                let schedules = resource["aws_autoscaling_schedule"]
                    .as_object()
                    .expect("schedules");
                schedules.values().cloned().collect()
            }
            TerraformStyle::Modules => {
                let modules = document["module"].as_object().expect("modules");
                (modules.values())
                    .filter_map(|module| module["schedules"].as_object())
                    .flat_map(|schedules| schedules.values().cloned())
                    .collect()
            }
        };
        let found = (schedules.iter())
            .map(|schedule| {
                assert_eq!(schedule["min_size"], schedule["desired_capacity"]);
                assert!(CRONS.contains(&schedule["recurrence"].as_str().expect("a cron")));
                schedule["desired_capacity"].as_u64().expect("a size")
            })
            .collect();
        assert_eq!(sorted(found), sizes(&settings));
    }
}

#[test]
fn the_script_puts_the_actions_after_the_services_and_the_document_has_them() {
    let settings = over_a_week();
    let files = cli(&settings);
    let of = |start: &str| -> Vec<Value> {
        (files.iter())
            .filter(|file| file.name.starts_with(start))
            .map(|file| parsed(&file.text))
            .collect()
    };
    let found = (of("66-schedule-").iter())
        .map(|action| action["DesiredCapacity"].as_u64().expect("a size"))
        .collect();
    assert_eq!(sorted(found), sizes(&settings));
    assert_eq!(of("67-counts-").len(), 2);
    let script = &files.last().expect("the script").text;
    let at = |text: &str| script.rfind(text).expect("a step");
    assert!(at("put-scheduled-update-group-action") > at("aws ecs update-service"));
    assert!(at("put-scheduled-action") > at("register-scalable-target"));
    let document = parsed(&as_json(&settings));
    let in_document = (document["groups"].as_array().expect("groups").iter())
        .filter_map(|group| group["scheduledActions"].as_array())
        .flatten()
        .count();
    assert_eq!(in_document, sizes(&settings).len());
    for part in [
        "USD per hour in the week's mean beside the plan's bill",
        "names periods and not their hours",
    ] {
        assert!(
            settings.notes.iter().any(|note| note.contains(part)),
            "{part}"
        );
    }
}

#[test]
fn minutes_around_the_hour_are_the_callers() {
    let facts = Facts::of_catalogue(&type_facts).with_timing(bayplan::domain::schedule::Timing {
        warm_up_minutes: 20,
        drain_minutes: 0,
    });
    let settings = settings(&plan(), &facts).expect("exportable");
    let template = cloudformation_json(&settings);
    assert!(template.contains("\"40 7 * * 1,2,3,4,5\""));
    assert!(template.contains("\"0 20 * * 1,2,3,4,5\""));
    // Without the cluster file no service's counts are known.
    assert_eq!(settings.scheduled_services().count(), 0);
}
