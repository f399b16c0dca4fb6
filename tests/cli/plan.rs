//! `bayplan plan`.

use std::fs;

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, CSV, Folder, INFEASIBLE, bayplan, example, nothing_said, plan_json};

const PLAN_KEYS: [&str; 12] = [
    "version",
    "cluster",
    "region",
    "status",
    "catalogue",
    "cost",
    "capacityProviders",
    "services",
    "instances",
    "unplaced",
    "changes",
    "assumptions",
];

const COST_KEYS: [&str; 7] = [
    "usdPerHour",
    "usdPerMonth",
    "boundUsdPerHour",
    "gap",
    "idealUsdPerHour",
    "idealGap",
    "currentUsdPerHour",
];

#[test]
fn the_json_plan_has_every_key_of_the_format() {
    let folder = Folder::new();
    let (plan, code) = plan_json(&folder.write("c.json", CLUSTER), &[]);
    assert_eq!(code, 0);
    for key in PLAN_KEYS {
        assert!(plan.get(key).is_some(), "{key}");
    }
    for key in COST_KEYS {
        assert!(plan["cost"].get(key).is_some(), "cost.{key}");
    }
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["cluster"], "shop");
    assert_eq!(plan["cost"]["currentUsdPerHour"], Value::Null);
    let row = &plan["instances"][0];
    assert_eq!(row["availabilityZone"], Value::Null);
    assert!(row["registered"]["memoryMib"].as_u64() > Some(0));
}

#[test]
fn every_task_of_the_input_is_in_the_plan() {
    let folder = Folder::new();
    let (plan, _) = plan_json(&folder.write("c.json", CLUSTER), &[]);
    for (service, count) in [("api", 5), ("worker", 3)] {
        let placed: u64 = plan["instances"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| {
                let tasks = row["tasks"][service].as_u64().unwrap_or(0);
                tasks * row["count"].as_u64().expect("a count")
            })
            .sum();
        assert_eq!(placed, count, "{service}");
    }
}

#[test]
fn the_result_is_on_stdout_and_nothing_else_is_said() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let run = bayplan()
        .arg("plan")
        .arg(&file)
        .assert()
        .success()
        .stderr(nothing_said());
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(text.starts_with("shop in us-east-1: "), "{text}");
    assert!(
        text.lines()
            .next()
            .is_some_and(|line| line.contains("USD per month")),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn color_always_reaches_a_pipe_and_never_a_file() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let colored = bayplan()
        .args(["plan", "--color", "always"])
        .arg(&file)
        .assert()
        .success();
    assert!(colored.get_output().stdout.starts_with(b"\x1b[1m"));
    let out = folder.path("plan.txt");
    bayplan()
        .args(["plan", "--color", "always"])
        .arg(&file)
        .arg("--output")
        .arg(&out)
        .assert()
        .success();
    assert!(
        fs::read_to_string(&out)
            .expect("a plan")
            .starts_with("shop in")
    );
}

#[test]
fn verbose_says_more_on_stderr_and_the_same_on_stdout() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let plain = bayplan().arg("plan").arg(&file).assert().success();
    bayplan()
        .args(["plan", "-v"])
        .arg(&file)
        .assert()
        .success()
        .stderr(predicate::str::contains("note: "))
        .stdout(plain.get_output().stdout.clone());
}

#[test]
fn csv_and_markdown_are_tables() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    bayplan()
        .args(["plan", "--format", "csv"])
        .arg(&file)
        .assert()
        .success()
        .stdout(predicate::str::starts_with(
            "instance_type,purchase_option,availability_zone,",
        ));
    bayplan()
        .args(["plan", "--format", "markdown"])
        .arg(&file)
        .assert()
        .success()
        .stdout(predicate::str::contains("| Count | Type |"));
}

#[test]
fn tasks_without_a_place_are_exit_code_10_with_the_rest_planned() {
    let folder = Folder::new();
    let (plan, code) = plan_json(&folder.write("c.json", INFEASIBLE), &[]);
    assert_eq!(code, 10);
    assert_eq!(plan["status"], "infeasible");
    assert_eq!(plan["unplaced"][0]["serviceName"], "trainer");
    assert!(
        plan["unplaced"][0]["reasons"]
            .as_array()
            .is_some_and(|r| !r.is_empty())
    );
    assert!(
        plan["instances"]
            .as_array()
            .is_some_and(|rows| !rows.is_empty())
    );
}

#[test]
fn everything_wrong_in_a_file_is_said_at_once_and_nothing_is_printed() {
    let folder = Folder::new();
    let wrong = r#"{"version": 1, "cluster": "c", "region": "us-east-1", "polcy": {},
        "services": [{"serviceName": "a", "desiredCount": "many", "cpu": 256, "memory": 512},
                     {"serviceName": "b", "desiredCount": 1, "cpu": "soon", "memory": 512}]}"#;
    let file = folder.write("c.json", wrong);
    bayplan()
        .arg("plan")
        .arg(&file)
        .assert()
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("polcy"))
        .stderr(predicate::str::contains("many"))
        .stderr(predicate::str::contains("soon"));
}

#[test]
fn a_missing_file_is_named() {
    bayplan()
        .args(["plan", "no/such/cluster.json"])
        .assert()
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("no/such/cluster.json"));
}

#[test]
fn flags_that_contradict_each_other_or_the_file_are_errors_that_name_them() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    for (flags, place) in [
        (
            &["--purchase-options=spot", "--on-demand-base=2"][..],
            "error[E1505] --on-demand-base",
        ),
        (&["--survive-zone-loss"], "error[E1504] --survive-zone-loss"),
        (
            &["--min-instances=9", "--max-instances=8"],
            "error[E1503] --min-instances",
        ),
    ] {
        bayplan()
            .arg("plan")
            .arg(&file)
            .args(flags)
            .assert()
            .code(20)
            .stdout("")
            .stderr(predicate::str::contains(place));
    }
}

#[test]
fn a_policy_flag_replaces_the_files_key() {
    let folder = Folder::new();
    let with_policy = CLUSTER.replace(
        "\"services\"",
        "\"policy\": {\"allowedInstanceTypes\": [\"c7g.*\"]}, \"services\"",
    );
    let file = folder.write("c.json", &with_policy);
    let types = |arguments: &[&str]| -> Vec<String> {
        let (plan, _) = plan_json(&file, arguments);
        let rows = plan["instances"].as_array().expect("rows").clone();
        rows.iter()
            .map(|row| row["instanceType"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    assert!(
        types(&[]).iter().all(String::is_empty),
        "the tasks are X86_64 only"
    );
    let chosen = types(&["--allowed-instance-types", "m7i.large,m7i.xlarge"]);
    assert!(
        !chosen.is_empty() && chosen.iter().all(|name| name.starts_with("m7i.")),
        "{chosen:?}"
    );
}

#[test]
fn at_chooses_the_count_that_is_planned() {
    let folder = Folder::new();
    let file = folder.write(
        "c.json",
        &CLUSTER.replace(
            "\"desiredCount\": 5",
            "\"desiredCount\": 5, \"minCount\": 2, \"maxCount\": 9",
        ),
    );
    for (at, count) in [("min", 2), ("desired", 5), ("max", 9)] {
        let (plan, _) = plan_json(&file, &["--at", at]);
        assert_eq!(plan["services"][0]["desiredCount"], count, "--at {at}");
    }
}

#[test]
fn output_appears_whole_and_alone() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let out = folder.write("plan.json", "the old plan");
    bayplan()
        .args(["plan", "--format", "json", "--output"])
        .arg(&out)
        .arg(&file)
        .assert()
        .success()
        .stdout("");
    let written = fs::read_to_string(&out).expect("a plan");
    assert!(serde_json::from_str::<Value>(&written).is_ok());
    assert_eq!(
        folder.names(),
        ["c.json", "plan.json"],
        "no temporary file is left"
    );
}

#[cfg(unix)]
#[test]
fn output_through_a_link_or_to_a_device_replaces_neither() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let target = folder.write("real.json", "old");
    let link = folder.path("link.json");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    for out in [link.as_path(), std::path::Path::new("/dev/null")] {
        bayplan()
            .arg("plan")
            .arg(&file)
            .arg("--output")
            .arg(out)
            .assert()
            .success();
    }
    assert!(link.is_symlink());
    assert!(
        fs::read_to_string(&target)
            .expect("a plan")
            .starts_with("shop in")
    );
    let null = fs::metadata("/dev/null").expect("a device").file_type();
    assert!(null.is_char_device());
}

#[test]
fn an_output_that_cannot_be_written_is_a_matter_of_the_command_line() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    bayplan()
        .arg("plan")
        .arg(&file)
        .arg("--output")
        .arg(folder.path("no/such/folder/plan.txt"))
        .assert()
        .code(2)
        .stdout("")
        .stderr(predicate::str::contains("no/such/folder/plan.txt"));
}

#[test]
fn a_failure_leaves_the_old_output_alone() {
    let folder = Folder::new();
    let out = folder.write("plan.json", "the old plan");
    bayplan()
        .args(["plan", "no-such.json", "--output"])
        .arg(&out)
        .assert()
        .code(20);
    assert_eq!(fs::read_to_string(&out).expect("the file"), "the old plan");
}

#[test]
fn stdin_is_read_as_json_yaml_or_csv() {
    let yaml = "version: 1\ncluster: shop\nregion: us-east-1\nservices:\n  - serviceName: api\n    desiredCount: 2\n    cpu: 512\n    memory: 1024\n";
    for (text, region) in [(CLUSTER, None), (yaml, None), (CSV, Some("us-east-1"))] {
        let mut command = bayplan();
        command
            .args(["plan", "-", "--format", "json"])
            .write_stdin(text);
        if let Some(region) = region {
            command.args(["--region", region]);
        }
        let run = command.assert().success();
        let plan: Value = serde_json::from_slice(&run.get_output().stdout).expect("a plan");
        assert_eq!(plan["region"], "us-east-1");
    }
}

#[test]
fn the_region_is_the_flags_then_the_files_then_the_environments() {
    let folder = Folder::new();
    let table = folder.write("services.csv", CSV);
    let region = |file: &std::path::Path, flag: Option<&str>, env: Option<&str>| {
        let mut command = bayplan();
        command.arg("plan").arg(file).args(["--format", "json"]);
        if let Some(flag) = flag {
            command.args(["--region", flag]);
        }
        if let Some(env) = env {
            command.env("AWS_REGION", env);
        }
        let output = command.output().expect("the binary runs");
        let plan: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        (
            output.status.code(),
            plan.map(|plan| plan["region"].clone()),
        )
    };
    assert_eq!(region(&table, None, None), (Some(20), None));
    let oregon = Some(Value::from("us-west-2"));
    assert_eq!(
        region(&table, None, Some("us-west-2")),
        (Some(0), oregon.clone())
    );
    assert_eq!(
        region(&table, Some("us-west-2"), Some("eu-west-1")),
        (Some(0), oregon)
    );
    let cluster = folder.write("c.json", CLUSTER);
    let virginia = Some(Value::from("us-east-1"));
    assert_eq!(
        region(&cluster, None, Some("us-west-2")),
        (Some(0), virginia)
    );
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let file = example("webshop-us-east-1.json");
    let bytes = |threads: &str| {
        bayplan()
            .arg("plan")
            .arg(&file)
            .args(["--format", "json", "--threads", threads])
            .output()
            .expect("the binary runs")
            .stdout
    };
    let one = bytes("1");
    assert!(!one.is_empty());
    assert_eq!(one, bytes("2"));
    assert_eq!(one, bytes("3"));
}

#[test]
fn changes_are_told_by_the_exit_code_only_on_request() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let (plan, code) = plan_json(&file, &[]);
    assert_eq!(code, 0);
    let changes = plan["changes"].as_array().expect("changes").len();
    assert!(changes > 0, "a fleet from nothing is a change");
    assert_eq!(plan_json(&file, &["--detailed-exitcode"]).1, 3);
}

#[test]
fn the_bundled_examples_are_planned() {
    for name in [
        "webshop-us-east-1.json",
        "payments-ap-northeast-2.yaml",
        "media-eu-west-1.yaml",
    ] {
        let (plan, code) = plan_json(&example(name), &[]);
        assert_eq!(code, 0, "{name}");
        assert_eq!(plan["unplaced"], Value::Array(Vec::new()), "{name}");
        let cost = plan["cost"]["usdPerHour"].as_f64().expect("a cost");
        let bound = plan["cost"]["boundUsdPerHour"]
            .as_f64()
            .expect("a proven bound");
        let ideal = plan["cost"]["idealUsdPerHour"].as_f64().expect("a cost");
        assert!(
            bound <= ideal && ideal <= cost && bound > 0.9 * ideal && bound > 0.6 * cost,
            "{name}: {bound} {ideal} {cost}"
        );
    }
}

#[test]
fn a_catalogue_directory_prices_the_plan_and_dates_it() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let prices = "region,instance_type,usd_per_hour\nus-east-1,m7g.large,0.0001\nus-east-1,m7i.large,0.0001\n";
    folder.write("on_demand_prices.csv", prices);
    folder.write(
        "as_of.csv",
        "kind,region,as_of,source\non_demand,,2026-11-03,aws\n",
    );
    let directory = folder.path("");
    let run = bayplan()
        .env("BAYPLAN_CATALOGUE", &directory)
        .args(["plan", "--format", "json"])
        .arg(&file)
        .assert()
        .success()
        .stderr(predicate::str::contains("embedded figures stand in"));
    let plan: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    assert_eq!(plan["catalogue"]["source"], "aws");
    assert_eq!(plan["catalogue"]["asOf"]["onDemand"], "2026-11-03");
    assert_eq!(plan["instances"][0]["instanceType"], "m7i.large");
    let flag = ["--catalogue", directory.to_str().expect("UTF-8")];
    let (by_flag, code) = plan_json(&file, &flag);
    assert_eq!((by_flag, code), (plan, 0));
}
