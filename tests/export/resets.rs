//! Groups that the plan resets to their planned size: a scheduled action in every format, and nothing that stands in its way.

use bayplan::domain::plan::{Assumption, FleetPlan};
use bayplan::domain::settings::{GroupSettings, Narrowing, Settings};
use bayplan::export::{
    TerraformStyle, as_json, cdk, cli, cloudformation_json, terraform_json_text,
};
use serde_json::Value;

use super::plans::exported;
use super::special_plans::{resetting_plan, resetting_settings, retyping_settings};

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
    assert!(settings.groups.iter().all(GroupSettings::is_protected));
    assert!(!cloudformation_json(&settings).contains("ScheduledAction"));
}

/// What a schedule calls ECS with: the service, then its limits.
fn called(input: &str) -> (String, u64, u64) {
    let input = parsed(input);
    let percents = &input["DeploymentConfiguration"];
    let percent = |key: &str| percents[key].as_u64().expect("a percentage");
    (
        input["Service"].as_str().expect("a service").to_owned(),
        percent("MinimumHealthyPercent"),
        percent("MaximumPercent"),
    )
}

/// The service of the cluster file with its limits in the reset and its own.
fn limits() -> (Settings, [(String, u64, u64); 2]) {
    let settings = resetting_settings();
    let service = resetting_plan().services[0].service_name.clone();
    let expected = [(service.clone(), 75, 100), (service, 90, 150)];
    (settings, expected)
}

#[test]
fn templates_schedule_the_limits_of_a_reset_and_the_way_back() {
    let (settings, expected) = limits();
    let template = parsed(&cloudformation_json(&settings));
    let resources = template["Resources"].as_object().expect("resources");
    let mut found = Vec::new();
    for schedule in (resources.values()).filter(|it| it["Type"] == "AWS::Scheduler::Schedule") {
        let target = &schedule["Properties"]["Target"];
        assert_eq!(target["RoleArn"]["Fn::GetAtt"][0], "ResetRole");
        let parts = target["Input"]["Fn::Join"][1].as_array().expect("parts");
        assert_eq!(parts[1]["Ref"], "ClusterName");
        let text = |part: usize| parts[part].as_str().expect("a text").to_owned();
        found.push(called(&format!("{}prod{}", text(0), text(2))));
    }
    assert_eq!(found, expected);
    let role = &resources["ResetRole"]["Properties"];
    let statement = &role["Policies"][0]["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Action"], "ecs:UpdateService");
    for id in ["LowerLimitsAt", "RestoreLimitsAt"] {
        assert!(
            template["Parameters"][id]["Default"].is_string(),
            "{template}"
        );
    }
    let text = cdk(&settings);
    assert_eq!(text.matches("new scheduler.CfnSchedule(this,").count(), 2);
    assert!(text.contains("roleArn: resetRole.attrArn"), "{text}");
    assert!(text.contains("Principal: {"), "{text}");
}

#[test]
fn terraform_schedules_them_for_each_service() {
    let (settings, expected) = limits();
    for style in [TerraformStyle::Resources, TerraformStyle::Modules] {
        let document = parsed(&terraform_json_text(&settings, style));
        let known = &document["locals"][0]["reset_limits"];
        let schedules = &document["resource"]["aws_scheduler_schedule"];
        for ((word, id), (service, minimum, maximum)) in [
            ("lower", "bayplan_lower_limits"),
            ("restore", "bayplan_restore_limits"),
        ]
        .into_iter()
        .zip(&expected)
        {
            let own = &known[service][word];
            assert_eq!(own["minimum_healthy_percent"], *minimum);
            assert_eq!(own["maximum_percent"], *maximum);
            let schedule = &schedules[id];
            assert_eq!(schedule["for_each"], "${local.reset_limits}");
            let input = schedule["target"][0]["input"].as_str().expect("a text");
            assert!(
                input.contains(&format!("each.value.{word}.maximum_percent")),
                "{input}"
            );
        }
        let policy = &document["resource"]["aws_iam_role_policy"]["bayplan_reset"];
        assert_eq!(policy["role"], "${aws_iam_role.bayplan_reset.id}");
    }
}

/// The script's part run by bash, with an `aws` that writes down its arguments and knows no schedule yet, or all.
#[cfg(unix)]
fn scheduled(settings: &Settings, exists: bool, role: Option<&str>) -> (String, String) {
    run(settings, exists, role, "")
}

#[cfg(unix)]
fn run(settings: &Settings, exists: bool, role: Option<&str>, retire: &str) -> (String, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    for file in cli(settings) {
        std::fs::write(folder.path().join(&file.name), &file.text).expect("written");
    }
    let aws = format!(
        "#!/bin/bash\nprintf '%s\\n' \"$*\" >> \"$CALLS\"\n\
         case \"$*\" in *'Instances[?('*) seq 30;; *list-container-instances*) echo arn;; *list-tasks*) echo 0;; esac\n\
         case \"$1 $2\" in *describe-launch*) exit 1;; *describe-auto*) case \"$*\" in *'[?('*) ;; *) echo 0;; esac;; *describe*) echo 0;; *get-schedule) exit {};; esac\n",
        u8::from(!exists)
    );
    let path = folder.path().join("aws");
    std::fs::write(&path, aws).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let calls = folder.path().join("calls");
    let script = folder.path().join("apply.sh");
    let text = std::fs::read_to_string(&script).expect("the script");
    let mut command = std::process::Command::new("bash");
    command.arg(&script).env("CALLS", &calls);
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if word.starts_with("SUBNET_IDS") {
            command.env(word, "subnet-1");
        }
    }
    let own = std::env::var("PATH").expect("a path");
    command
        .env("PATH", format!("{}:{own}", folder.path().display()))
        .env("SECURITY_GROUP_IDS", "sg-1")
        .env("INSTANCE_PROFILE", "ecsInstanceRole")
        .env("RETIRE", retire);
    if let Some(role) = role {
        command.env("RESET_ROLE_ARN", role);
    }
    let output = command.output().expect("bash runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let calls = std::fs::read_to_string(calls).expect("calls");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (calls, said)
}

#[cfg(unix)]
#[test]
fn the_script_makes_and_updates_the_schedules_with_the_callers_role() {
    let (settings, _) = limits();
    let role = "arn:aws:iam::123456789012:role/scheduler/bayplan-reset";
    for (exists, verb) in [(false, "create-schedule"), (true, "update-schedule")] {
        let (calls, said) = scheduled(&settings, exists, Some(role));
        assert_eq!(
            calls
                .matches(&format!("scheduler {verb} --cli-input"))
                .count(),
            2,
            "{calls}"
        );
        assert!(
            calls.contains(&format!("\"RoleArn\": \"{role}\"")),
            "{calls}"
        );
        assert!(
            calls.contains("--schedule-expression cron(50 3 * * ? *)"),
            "{calls}"
        );
        assert!(said.is_empty(), "{said}");
    }
    let (calls, said) = scheduled(&settings, false, None);
    assert!(!calls.contains("scheduler"), "{calls}");
    assert!(said.contains("RESET_ROLE_ARN is not set"), "{said}");
}

#[test]
fn without_the_cluster_file_no_limits_are_set_and_that_is_said() {
    let unknown = exported(&resetting_plan());
    assert!(unknown.limits_at_resets().is_empty());
    assert!(!cloudformation_json(&unknown).contains("AWS::Scheduler"));
    let (known, _) = limits();
    let says =
        |settings: &Settings, text: &str| (settings.notes.iter()).any(|note| note.contains(text));
    assert!(says(&unknown, "(--cluster)") && !says(&unknown, "EventBridge"));
    assert!(says(
        &known,
        "EventBridge Scheduler sets those of 1 service before it"
    ));
    let document = parsed(&as_json(&known));
    let limits = &document["limitsAtResets"][0];
    assert_eq!(limits["meanwhile"]["minimumHealthyPercent"], 75);
    assert_eq!(limits["own"]["maximumPercent"], 150);
}

/// The group that gets other types, and how many others are reset.
fn retyped(settings: &Settings) -> (&GroupSettings, usize) {
    let late: Vec<&GroupSettings> = (settings.resets())
        .filter(|group| group.acts_at_the_end())
        .collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].narrowing, Narrowing::Types);
    (late[0], settings.resets().count() - 1)
}

/// What is left of the old types goes before the newest of the new ones.
const POLICIES: [&str; 2] = ["AllocationStrategy", "NewestInstance"];

#[test]
fn templates_reset_a_group_that_gets_other_types_in_the_last_stage() {
    let settings = retyping_settings();
    let (group, others) = retyped(&settings);
    let template = parsed(&cloudformation_json(&settings));
    assert_eq!(
        template["Conditions"]["Retires"]["Fn::Not"][0]["Condition"],
        "Moves"
    );
    let resources = template["Resources"].as_object().expect("resources");
    let actions: Vec<&Value> = (resources.values())
        .filter(|it| it["Type"] == "AWS::AutoScaling::ScheduledAction")
        .collect();
    let (late, early): (Vec<&Value>, Vec<&Value>) =
        (actions.into_iter()).partition(|action| action["Condition"] == "Retires");
    assert_eq!((late.len(), early.len()), (1, others));
    let properties = &late[0]["Properties"];
    assert_eq!(properties["DesiredCapacity"], group.planned);
    let id = properties["AutoScalingGroupName"]["Ref"].as_str();
    let own = &resources[id.expect("a group")]["Properties"];
    assert_eq!(own["AutoScalingGroupName"], "old-asg");
    assert_eq!(own["TerminationPolicies"], serde_json::json!(POLICIES));
    assert!(early.iter().all(|action| action["Condition"].is_null()));

    // The condition is there only where something has it.
    assert!(!cloudformation_json(&resetting_settings()).contains("Retires"));
    let text = cdk(&settings);
    let (_, within) = text.split_once("    if (!moves) {\n").expect("a condition");
    assert!(
        within
            .trim_start()
            .starts_with("new autoscaling.CfnScheduledAction(this,"),
        "{text}"
    );
}

#[test]
fn terraform_resets_it_in_the_last_stage_in_both_styles() {
    let settings = retyping_settings();
    let (group, others) = retyped(&settings);
    let document = parsed(&terraform_json_text(&settings, TerraformStyle::Resources));
    let schedules = document["resource"]["aws_autoscaling_schedule"]
        .as_object()
        .expect("schedules");
    assert_eq!(schedules.len(), others + 1);
    for (id, schedule) in schedules {
        let own = &document["resource"]["aws_autoscaling_group"][id];
        if own["name"] == "old-asg" {
            assert_eq!(schedule["count"], "${var.stage == \"move\" ? 0 : 1}");
            assert_eq!(schedule["desired_capacity"], group.planned);
            assert_eq!(own["termination_policies"], serde_json::json!(POLICIES));
        } else {
            assert!(schedule["count"].is_null());
        }
    }
    let document = parsed(&terraform_json_text(&settings, TerraformStyle::Modules));
    let modules = document["module"].as_object().expect("modules");
    let late: Vec<&Value> = (modules.values())
        .filter(|module| !module["create_schedule"].is_null())
        .collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["name"], "old-asg");
    assert_eq!(late[0]["create_schedule"], "${var.stage != \"move\"}");
    assert_eq!(
        late[0]["schedules"]["bayplan-reset"]["desired_capacity"],
        group.planned
    );
}

#[cfg(unix)]
#[test]
fn the_script_resets_it_after_its_planned_sizes_and_only_then() {
    let settings = retyping_settings();
    let (group, others) = retyped(&settings);
    let reset = format!("65-reset-{}.json", group.name);
    let put = |calls: &str| calls.matches("put-scheduled-update-group-action").count();
    let (calls, _) = run(&settings, false, None, "");
    assert_eq!(put(&calls), others, "{calls}");
    assert!(!calls.contains(&reset), "{calls}");
    let (calls, _) = run(&settings, false, None, "yes");
    assert_eq!(put(&calls), others + 1, "{calls}");
    let at = |text: &str| {
        calls
            .find(text)
            .unwrap_or_else(|| panic!("{text} in {calls}"))
    };
    let sizes = at(&format!("70-group-{}-sizes.json", group.name));
    assert!(at("terminate-instance-in-auto-scaling-group") < sizes);
    assert!(sizes < at(&reset));
    let says = |text: &str| settings.notes.iter().any(|note| note.contains(text));
    assert!(says("Scheduled actions of old-asg come in the last stage"));
    assert!(says("Instances of other types in old-asg go before"));
    assert!(
        !resetting_settings()
            .notes
            .iter()
            .any(|note| note.contains("last stage"))
    );
}
