//! AWS CLI inputs and their script.

use std::collections::BTreeMap;
use std::process::Command;

use bayplan::export::{ExportedFile, cli};
use serde_json::Value;

use super::deployed::{Deployed, Group, Service, items, number, text, wanted};
use super::old_bash::newer_than_3_2;
use super::plans::{PLANS, exported, hostile_plan, plan};

/// Reads inputs as the AWS CLI takes them, from the `create` files.
pub fn read(files: &[ExportedFile]) -> Deployed {
    let documents: BTreeMap<&str, Value> = (files.iter())
        .filter(|file| !file.executable)
        .map(|file| {
            (
                file.name.as_str(),
                serde_json::from_str(&file.text).expect("JSON"),
            )
        })
        .collect();
    let starting = |start: &'static str, end: &'static str| {
        (documents.iter())
            .filter(move |(name, _)| name.starts_with(start) && name.ends_with(end))
            .map(|(_, document)| document)
    };
    let images: BTreeMap<String, String> = starting("10-", ".json")
        .map(|template| {
            let image = text(&template["LaunchTemplateData"]["ImageId"]);
            let image = image
                .strip_prefix("resolve:ssm:")
                .expect("a parameter")
                .to_owned();
            (text(&template["LaunchTemplateName"]), image)
        })
        .collect();
    let mut deployed = Deployed::default();
    for group in starting("20-", "-create.json") {
        let name = text(&group["AutoScalingGroupName"]);
        let provider = starting("30-", "-create.json")
            .find(|provider| provider["name"] == group["AutoScalingGroupName"])
            .expect("a provider each");
        deployed
            .groups
            .insert(name, read_group(group, provider, &images));
    }
    let association = &documents["40-cluster-capacity-providers.json"];
    deployed.providers = items(&association["capacityProviders"])
        .iter()
        .map(text)
        .collect();
    deployed.default_strategy = read_strategy(&association["defaultCapacityProviderStrategy"]);
    for service in starting("50-", ".json") {
        deployed
            .services
            .insert(text(&service["service"]), read_service(service));
    }
    deployed
}

/// A group and its provider in the API's words.
pub fn read_group(group: &Value, provider: &Value, images: &BTreeMap<String, String>) -> Group {
    let policy = &group["MixedInstancesPolicy"];
    let template = &policy["LaunchTemplate"];
    let provider = &provider["autoScalingGroupProvider"];
    let scaling = &provider["managedScaling"];
    assert!(group.get("DesiredCapacity").is_none());
    assert_eq!(provider["managedDraining"], "ENABLED");
    Group {
        instance_types: items(&template["Overrides"])
            .iter()
            .map(|item| {
                assert!(item.get("WeightedCapacity").is_none());
                text(&item["InstanceType"])
            })
            .collect(),
        on_demand_base: number(&policy["InstancesDistribution"]["OnDemandBaseCapacity"]),
        on_demand_percent: number(
            &policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"],
        ),
        sizes: (number(&group["MinSize"]), number(&group["MaxSize"])),
        image: images[&text(&template["LaunchTemplateSpecification"]["LaunchTemplateName"])]
            .clone(),
        scaling: (
            text(&scaling["status"]),
            number(&scaling["targetCapacity"]),
            number(&scaling["minimumScalingStepSize"]),
            number(&scaling["maximumScalingStepSize"]),
            number(&scaling["instanceWarmupPeriod"]),
        ),
        termination_protection: text(&provider["managedTerminationProtection"]),
        protected_from_scale_in: group["NewInstancesProtectedFromScaleIn"] == true,
        managed_tag: group["Tags"][0]["Key"] == "AmazonECSManaged",
    }
}

/// A strategy in the API's words.
pub fn read_strategy(strategy: &Value) -> Vec<(String, u64, u64)> {
    (items(strategy).iter())
        .map(|item| {
            let provider = text(&item["capacityProvider"]);
            (provider, number(&item["base"]), number(&item["weight"]))
        })
        .collect()
}

/// A service in the API's words.
pub fn read_service(service: &Value) -> Service {
    let placement = service
        .get("placementStrategy")
        .map(|list| items(list).iter());
    Service {
        strategy: read_strategy(&service["capacityProviderStrategy"]),
        placement: (placement.into_iter().flatten())
            .map(|item| (text(&item["type"]), item.get("field").map(text)))
            .collect(),
    }
}

#[test]
fn inputs_say_what_the_plan_says() {
    for seed in 0..PLANS {
        let plan = plan(seed);
        let settings = exported(&plan);
        assert_eq!(
            read(&cli(&settings)),
            wanted(&plan, &settings),
            "seed {seed}"
        );
    }
}

#[test]
fn hostile_names_stay_in_their_place() {
    for seed in 0..PLANS {
        let plan = hostile_plan(seed);
        let settings = exported(&plan);
        let files = cli(&settings);
        assert_eq!(read(&files), wanted(&plan, &settings), "seed {seed}");
        for file in &files {
            assert!(!file.name.contains(['/', '\'', '$', '\n']), "{}", file.name);
        }
    }
}

#[test]
fn the_script_runs_on_the_bash_of_macos() {
    for seed in 0..20 {
        let files = cli(&exported(&plan(seed)));
        let script = &files.last().expect("the script").text;
        assert_eq!(newer_than_3_2(script), Vec::<String>::new(), "seed {seed}");
    }
}

/// The script run with an `aws` that only writes down how it was called: nothing of a plan is run as a command, and every
/// input file is used.
#[cfg(unix)]
#[test]
fn the_script_calls_aws_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    for seed in [1, 2, 3, 4, 5, 6, 7, 8] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = cli(&exported(&hostile_plan(seed)));
        for file in &files {
            std::fs::write(folder.path().join(&file.name), &file.text).expect("written");
        }
        let fake = folder.path().join("bin");
        std::fs::create_dir(&fake).expect("a folder");
        let aws = "#!/bin/bash\nprintf '%s ' \"$@\" >> \"$CALLS\"; echo >> \"$CALLS\"\n\
                   case \"$1 $2\" in *describe-launch*) exit 1;; *describe*) echo 0;; esac\n";
        std::fs::write(fake.join("aws"), aws).expect("written");
        std::fs::set_permissions(fake.join("aws"), std::fs::Permissions::from_mode(0o755))
            .expect("executable");
        let calls = folder.path().join("calls");
        let mut command = Command::new("bash");
        command.arg(folder.path().join("apply.sh"));
        for (name, value) in std::env::vars() {
            if name.starts_with("SUBNET_IDS") {
                command.env_remove(name);
            } else if name == "PATH" {
                command.env("PATH", format!("{}:{value}", fake.display()));
            }
        }
        let script = &files.last().expect("the script").text;
        for word in script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if word.starts_with("SUBNET_IDS") {
                command.env(word, "subnet-1,subnet-2");
            }
        }
        command
            .env("CALLS", &calls)
            .env("SECURITY_GROUP_IDS", "sg-1,sg-2")
            .env("INSTANCE_PROFILE", "ecsInstanceRole");
        let output = command.output().expect("bash runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
        let calls = std::fs::read_to_string(calls).expect("calls");
        for file in files.iter().filter(|file| !file.executable) {
            let only_for_updates =
                file.name.ends_with("-update.json") || file.name.ends_with("-tags.json");
            assert_ne!(
                calls.contains(&format!("/{} ", file.name)),
                only_for_updates,
                "{}\n{calls}",
                file.name
            );
        }
    }
}
