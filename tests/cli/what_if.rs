//! `bayplan what-if`.

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, CSV, Folder, INFEASIBLE, bayplan, plan_json};

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--format", "json"])
        .args(arguments)
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn shop() -> Folder {
    let folder = Folder::new();
    folder.write("c.json", CLUSTER);
    folder
}

#[test]
fn a_scenario_costs_what_the_plan_of_the_changed_file_costs() {
    let folder = shop();
    let compared = json(&folder, &["--set", "api.desiredCount=9"]);
    let changed = folder.write(
        "d.json",
        &CLUSTER.replace("\"desiredCount\": 5", "\"desiredCount\": 9"),
    );
    let (base, _) = plan_json(&folder.path("c.json"), &[]);
    let (plan, _) = plan_json(&changed, &[]);
    assert_eq!(compared["base"]["cost"], base["cost"]);
    assert_eq!(compared["scenarios"][0]["cost"], plan["cost"]);
    let change = compared["scenarios"][0]["changeUsdPerHour"]
        .as_f64()
        .expect("a change");
    assert!(change > 0.0);
}

#[test]
fn flags_of_the_policy_are_a_scenario_and_not_the_base() {
    let folder = shop();
    let compared = json(
        &folder,
        &[
            "--excluded-instance-types",
            "m*,c*",
            "--policy",
            "maxInstances=4",
            "--fargate",
            "allowed",
            "--ideal",
        ],
    );
    let (base, _) = plan_json(&folder.path("c.json"), &["--ideal"]);
    assert_eq!(compared["base"]["cost"], base["cost"]);
    let changes = &compared["scenarios"][0]["changes"];
    assert_eq!(changes.as_array().map(Vec::len), Some(3), "{changes}");
}

#[test]
fn sweeps_files_and_presets_are_rows_and_any_number_of_threads_gives_the_same() {
    let folder = shop();
    let scenarios = folder.write(
        "s.yaml",
        "version: 1\nscenarios:\n  - name: growth\n    set: {api.desiredCount: 10..30 step 10}\n  - name: both\n    \
         cross:\n      - - {name: arm, set: {services.*.architectures: [ARM64]}}\n        - {name: x86, set: \
         [\"api.architectures=[X86_64]\"]}\n",
    );
    let run = |threads: &str| {
        let output = (bayplan().arg("what-if").arg(folder.path("c.json")))
            .args([
                "--threads",
                threads,
                "--set",
                "worker.desiredCount=1..9 step 4",
                "--ideal",
            ])
            .args([
                "--preset",
                "headroom,zones,generations",
                "--format",
                "csv",
                "--scenarios",
            ])
            .arg(&scenarios)
            .output()
            .expect("the binary runs");
        String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8_lossy(&output.stderr)
    };
    let one = run("1");
    assert_eq!(one, run("4"));
    assert!(one.contains("growth: api.desiredCount=20,"), "{one}");
    assert!(one.contains("worker.desiredCount=9,"), "{one}");
}

#[test]
fn an_alternative_that_is_no_list_is_the_importers_to_find() {
    let folder = shop();
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--set", "api.architectures=X86_64"])
        .assert()
        .code(20)
        .stdout("")
        .stderr(
            predicate::str::contains("scenario `api.architectures=X86_64`:\n")
                .and(predicate::str::contains("expected a list")),
        );
}

#[test]
fn typing_errors_are_all_said_with_suggestions_and_nothing_is_planned() {
    let folder = shop();
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args([
            "--set",
            "apu.desiredCount=1",
            "--set",
            "api.desierdCount=1",
            "--policy",
            "spotMaxShar=1",
        ])
        .assert()
        .code(20)
        .stdout("")
        .stderr(
            predicate::str::contains("did you mean `api`?")
                .and(predicate::str::contains("did you mean `desiredCount`?"))
                .and(predicate::str::contains("did you mean `spotMaxShare`?")),
        );
}

#[test]
fn an_infeasible_scenario_is_a_row_with_the_reason_and_the_run_goes_on() {
    let folder = shop();
    let compared = json(
        &folder,
        &["--set", "api.gpu=64", "--preset", "headroom", "--ideal"],
    );
    let rows = compared["scenarios"].as_array().expect("rows");
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0]["status"], "infeasible");
    assert_eq!(rows[0]["unplaced"][0]["serviceName"], "api");
    assert!(rows[0]["changeUsdPerHour"].is_null());
    assert!(rows[1..].iter().all(|row| row["status"] != "infeasible"));
}

#[test]
fn a_base_that_is_infeasible_has_its_exit_code_beside_the_table() {
    let folder = Folder::new();
    folder.write("c.json", INFEASIBLE);
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--set", "trainer.gpu=1", "--ideal"])
        .assert()
        .code(10)
        .stdout(predicate::str::contains("the base cannot be planned whole"));
}

#[test]
fn other_regions_bring_their_zones_and_unknown_ones_are_rows() {
    let folder = Folder::new();
    folder.write(
        "c.json",
        &CLUSTER.replace(
            "\"services\"",
            "\"availabilityZones\": [\"us-east-1a\", \"us-east-1b\"], \"services\"",
        ),
    );
    let compared = json(&folder, &["--region", "eu-west-1", "--ideal"]);
    assert_eq!(compared["scenarios"][0]["region"], "eu-west-1");
    let changes = compared["scenarios"][0]["changes"].to_string();
    assert!(changes.contains("euw1-az1"), "{changes}");
    let compared = json(&folder, &["--region", "xx-none-1", "--ideal"]);
    assert!(compared["scenarios"][0]["error"].is_string());
}

#[test]
fn a_csv_is_a_cluster_too_and_takes_its_region_from_the_flag() {
    let folder = Folder::new();
    folder.write("c.csv", CSV);
    (bayplan().arg("what-if").arg(folder.path("c.csv")))
        .args([
            "--region",
            "us-east-1",
            "--set",
            "api.desiredCount=7",
            "--ideal",
            "--format",
            "markdown",
        ])
        .assert()
        .success()
        .stdout(predicate::str::contains("| api.desiredCount=7 |"));
}

#[test]
fn nothing_to_compare_is_a_usage_error() {
    let folder = shop();
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .assert()
        .code(2)
        .stdout("");
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--base", "api.desiredCount=1..3", "--preset", "spot"])
        .assert()
        .code(2);
}

#[test]
fn a_sweep_that_is_wrong_throughout_is_not_said_a_thousand_times() {
    let folder = shop();
    let assert = (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--set", "api.desiredCont=1..1000"])
        .assert()
        .code(20);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("did you mean `desiredCount`?"), "{said}");
    assert!(said.contains("980 more scenarios"), "{said}");
    assert!(said.lines().count() < 100, "{said}");
}

#[test]
fn stdin_is_read_once() {
    bayplan()
        .args(["what-if", "-", "--scenarios", "-"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(
            "only one of CLUSTER and --scenarios",
        ));
}

#[test]
fn when_time_is_up_the_base_is_planned_and_the_rest_are_rows_that_say_so() {
    let folder = shop();
    let set = "api.desiredCount=100..2000 step 100";
    let compared = json(&folder, &["--set", set, "--time-limit", "0.001"]);
    assert!(compared["base"]["cost"].is_object());
    let rows = compared["scenarios"].as_array().expect("rows");
    assert_eq!(rows.len(), 20);
    let last = rows[19]["error"].as_str().unwrap_or_default();
    assert!(last.contains("stopped"), "{last}");
    let assumptions = compared["assumptions"].to_string();
    assert!(
        assumptions.contains("not planned with the same effort"),
        "{assumptions}"
    );
}

#[test]
fn a_fleet_that_replays_show_to_be_filled_is_no_best_packing() {
    let folder = Folder::new();
    let zones = "\"availabilityZones\": [\"use1-az1\", \"use1-az2\"], \"services\"";
    let text = CLUSTER.replace("\"services\"", zones);
    folder.write("c.json", &text);
    let compared = json(&folder, &["--set", "api.desiredCount=7"]);
    for row in [&compared["base"], &compared["scenarios"][0]] {
        let cost = &row["cost"];
        let is_ideal = cost["usdPerHour"] == cost["idealUsdPerHour"];
        assert!(row["realised"] == true || is_ideal, "{row}");
    }
    let (plan, _) = plan_json(&folder.path("c.json"), &[]);
    let groups = plan["capacityProviders"].as_array().expect("groups");
    let filled = groups.iter().all(|group| group["mode"].is_string());
    assert_eq!(compared["base"]["realised"], filled);
}

#[test]
fn a_base_that_has_no_price_is_an_input_to_mend_and_no_limit() {
    let folder = shop();
    let prices = folder.write(
        "other.csv",
        "item,region,unit,usd,basis\nx,us-east-1,GB,0.08,file\n",
    );
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--set", "api.desiredCount=9", "--other-prices"])
        .arg(prices)
        .assert()
        .code(20)
        .stdout(predicate::str::contains("gp3"));
}

/// Three services whose tasks carry a container `agent` beside their own, and one daemon.
fn with_sidecars() -> Value {
    let definition = |family: &str, cpu: &str, memory: &str, agent: Value| {
        let own = serde_json::json!({"name": family, "image": "i", "memoryReservation": 256,
            "dependsOn": [{"containerName": "agent", "condition": "START"}]});
        serde_json::json!({"family": family, "networkMode": "bridge", "cpu": cpu, "memory": memory,
            "containerDefinitions": [own, agent]})
    };
    let agent = |cpu: u64, memory: u64| {
        serde_json::json!({"name": "agent", "image": "a", "cpu": cpu, "memoryReservation": memory,
            "portMappings": [{"containerPort": 8126}]})
    };
    let service = |name: &str| serde_json::json!({"serviceName": name, "desiredCount": 12, "taskDefinition": name});
    serde_json::json!({"version": 1, "region": "us-east-1", "services": [service("a"), service("b"), service("c"),
            {"serviceName": "logs", "schedulingStrategy": "DAEMON", "cpu": 64, "memory": 128}],
        "taskDefinitions": {"taskDefinitions": [definition("a", "256", "768", agent(128, 256)),
            definition("b", "512", "1 GB", agent(64, 384)),
            {"taskDefinition": definition("c", "0.25 vCPU", "512", agent(128, 128))}]},
        "policy": {"allowedInstanceTypes": ["m7i.large", "m7i.xlarge"], "maxShareOnInstance": 1}})
}

#[test]
fn a_sidecar_becomes_a_daemon_and_a_daemon_a_container_of_every_task_as_the_file_written_so() {
    let folder = Folder::new();
    let file = with_sidecars();
    folder.write("c.json", &file.to_string());
    let compared = json(&folder, &["--preset", "sidecar", "--ideal"]);
    let rows = compared["scenarios"].as_array().expect("rows");
    // A container that each task has of its own name is in one definition alone.
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["agent as a daemon", "logs in every task"]);

    let mut by_hand = file.clone();
    let definitions = &mut by_hand["taskDefinitions"]["taskDefinitions"];
    definitions[2] = definitions[2]["taskDefinition"].clone();
    for (index, (cpu, memory)) in [("128", "512"), ("448", "640"), ("128", "384")]
        .into_iter()
        .enumerate()
    {
        definitions[index]["cpu"] = cpu.into();
        definitions[index]["memory"] = memory.into();
        let containers = definitions[index]["containerDefinitions"].as_array_mut();
        let containers = containers.expect("a list");
        containers.truncate(1);
        containers[0]
            .as_object_mut()
            .expect("one")
            .remove("dependsOn");
    }
    let daemon = serde_json::json!({"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 128, "memory": 384,
        "networkMode": "bridge", "hostPorts": [8126], "architectures": ["X86_64", "ARM64"]});
    let services = by_hand["services"].as_array_mut().expect("a list");
    services.push(daemon);
    let written = folder.write("d.json", &by_hand.to_string());
    let (plan, _) = plan_json(&written, &["--ideal"]);
    assert_eq!(rows[0]["cost"], plan["cost"]);

    let mut by_hand = file;
    by_hand["services"].as_array_mut().expect("a list").pop();
    let definitions = &mut by_hand["taskDefinitions"]["taskDefinitions"];
    definitions[2] = definitions[2]["taskDefinition"].clone();
    for (index, (cpu, memory)) in [("320", "896"), ("576", "1152"), ("320", "640")]
        .into_iter()
        .enumerate()
    {
        definitions[index]["cpu"] = cpu.into();
        definitions[index]["memory"] = memory.into();
    }
    let written = folder.write("d.json", &by_hand.to_string());
    let (plan, _) = plan_json(&written, &["--ideal"]);
    assert_eq!(rows[1]["cost"], plan["cost"]);
    assert!(rows[0]["changeUsdPerHour"].as_f64() < Some(0.0));
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--preset", "sidecar", "--sidecar", "agent=64,256"])
        .args(["--ideal", "--work-limit", "100000"])
        .assert()
        .success()
        .stdout(predicate::str::contains("saves at least"))
        .stdout(predicate::str::contains(
            "sidecars.\"agent\"={cpu: 64, memory: 256}",
        ));
}

#[test]
fn a_sidecar_that_nobody_has_or_of_unknown_size_is_a_located_error() {
    let folder = Folder::new();
    let mut file = with_sidecars();
    folder.write("c.json", &file.to_string());
    let refused = |arguments: &[&str], says: &[&str]| {
        let mut assert = (bayplan().arg("what-if").arg(folder.path("c.json")))
            .args(arguments)
            .assert()
            .code(20);
        for text in says {
            assert = assert.stderr(predicate::str::contains(*text));
        }
    };
    let named = ["--preset", "sidecar", "--sidecar", "agnet"];
    refused(
        &named,
        &[
            "E1908",
            "no task has a container `agnet`",
            "did you mean `agent`",
        ],
    );
    let tasks = ["--set", "sidecars.lgos=tasks"];
    refused(
        &tasks,
        &["E1908", "no service `lgos` runs as a daemon", "logs"],
    );
    refused(
        &["--set", "sidecars.agent=both"],
        &["E1907", "none of `daemon`"],
    );
    let agent = &mut file["taskDefinitions"]["taskDefinitions"][1]["containerDefinitions"][1];
    agent
        .as_object_mut()
        .expect("one")
        .remove("memoryReservation");
    folder.write("c.json", &file.to_string());
    let named = ["--preset", "sidecar", "--sidecar", "agent"];
    refused(
        &named,
        &["E1907", "taskDefinitions.b", "states no memory of its own"],
    );
    folder.write("c.json", CLUSTER);
    (bayplan().arg("what-if").arg(folder.path("c.json")))
        .args(["--preset", "sidecar"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(
            "no container stands beside others",
        ));
}
