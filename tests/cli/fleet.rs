//! Many clusters: listed, run, killed, gathered.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CSV, Folder, INFEASIBLE, bayplan, fleet as said};

/// Clusters that are planned in a moment, one that cannot be used, one that lacks a place, one that is there twice.
fn clusters(folder: &Folder, count: u32) {
    fs::create_dir_all(folder.path("in/eu")).expect("made");
    for at in 0..count {
        folder.write(&format!("in/{at:02}.json"), &cluster(at));
    }
    folder.write("in/eu/copy.json", &cluster(0));
    folder.write(
        "in/broken.yaml",
        "version: 1\ncluster: x\nregion: us-east-1\nservices: {}\n",
    );
    folder.write("in/infeasible.json", INFEASIBLE);
    folder.write("in/table.csv", CSV);
    folder.write("in/notes.txt", "no cluster");
}

fn cluster(at: u32) -> String {
    let services: Vec<Value> = (0..=at % 3)
        .map(|service| {
            json!({"serviceName": format!("s{service}"), "desiredCount": 2 + at + service, "cpu": 256, "memory": 512 + 256 * service})
        })
        .collect();
    json!({"version": 1, "cluster": format!("c{at}"), "region": "us-east-1", "services": services})
        .to_string()
}

fn list(folder: &Folder) {
    let words = [
        "list",
        "in",
        "--output",
        "m.jsonl",
        "--",
        "--ideal",
        "--work-limit",
        "20000",
    ];
    said(&words, folder, 0);
}

/// Names and bytes of a folder's files, without those below `attempts`.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    (fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                PathBuf::from(path.file_name().expect("a name")),
                fs::read(&path).expect("read"),
            )
        })
        .collect()
}

#[test]
fn a_folder_of_clusters_is_listed_run_and_gathered() {
    let folder = Folder::new();
    clusters(&folder, 4);
    list(&folder);
    let manifest = fs::read_to_string(folder.path("m.jsonl")).expect("read");
    let ids: Vec<String> = (manifest.lines())
        .map(|line| {
            let unit: Value = serde_json::from_str(line).expect("JSON");
            assert!(unit["sha256"].as_str().is_some_and(|text| text.len() == 64));
            assert_eq!(unit["args"]["command"], json!("plan"));
            unit["id"].as_str().expect("an id").to_owned()
        })
        .collect();
    let expected =
        "00.json 01.json 02.json 03.json broken.yaml eu/copy.json infeasible.json table.csv";
    assert_eq!(ids.join(" "), expected);

    let run = ["run", "m.jsonl", "--out", "out", "--jobs", "2"];
    let (stdout, _) = said(&run, &folder, 0);
    assert_eq!(
        stdout,
        "8 units: 4 planned now, 3 with a result that says why there is no whole plan, 1 the same as another\n"
    );
    let results = files(&folder.path("out/results"));
    assert_eq!(results.len(), 7);
    let of = |id: &str| -> Value {
        (results.values())
            .map(|bytes| serde_json::from_slice(bytes).expect("JSON"))
            .find(|result: &Value| result["id"] == json!(id))
            .expect("a result")
    };
    assert_eq!(of("02.json")["exitCode"], json!(0));
    assert_eq!(of("02.json")["plan"]["cluster"], json!("c2"));
    assert_eq!(of("infeasible.json")["exitCode"], json!(10));
    assert_eq!(of("infeasible.json")["plan"]["status"], json!("infeasible"));
    let broken = of("broken.yaml");
    assert_eq!(
        (&broken["exitCode"], &broken["errors"][0]["code"]),
        (&json!(20), &json!("E1104"))
    );
    assert_eq!(broken["errors"][0]["file"], json!("in/broken.yaml"));
    // A table names no Region.
    assert_eq!(of("table.csv")["errors"][0]["code"], json!("E1102"));

    // A second run does nothing, and a plan alone says the same.
    let (again, _) = said(&run, &folder, 0);
    assert_eq!(again, "8 units: 8 had a result\n");
    assert_eq!(files(&folder.path("out/results")), results);
    let alone = bayplan()
        .args([
            "plan",
            "--ideal",
            "--work-limit",
            "20000",
            "--format",
            "json",
        ])
        .arg(folder.path("in/02.json"))
        .output()
        .expect("the binary runs");
    let alone: Value = serde_json::from_slice(&alone.stdout).expect("a plan");
    assert_eq!(of("02.json")["plan"], alone);

    let (text, _) = said(
        &["gather", "m.jsonl", "--out", "out", "--to", "report"],
        &folder,
        0,
    );
    assert!(
        text.starts_with(
            "8 units: 6 with a plan, 1 of them with tasks that have no place, 2 without a plan\n"
        ),
        "{text}"
    );
    assert!(text.contains("broken.yaml: failed E1104"), "{text}");
    let names: Vec<String> = (files(&folder.path("report")).keys())
        .map(|name| name.display().to_string())
        .collect();
    let expected =
        "clusters.parquet failures.parquet fleet.html fleet.txt instances.parquet services.parquet";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn a_runner_that_is_killed_again_and_again_ends_with_the_bytes_of_one_that_was_not() {
    let folder = Folder::new();
    clusters(&folder, 12);
    list(&folder);
    said(&["run", "m.jsonl", "--out", "whole"], &folder, 0);
    for at in 0..10_u64 {
        let mut runner = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"))
            .args(["fleet", "run", "m.jsonl", "--out", "killed", "--jobs", "2"])
            .current_dir(folder.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        // Each time at another moment, from its start to well within its units.
        thread::sleep(Duration::from_millis(17 + (at * at * 31) % 400));
        let _ = runner.kill();
        runner.wait().expect("it ends");
    }
    // Whoever was hit three times is tried again: none of these units is at fault.
    said(
        &["run", "m.jsonl", "--out", "killed", "--retry-poisoned"],
        &folder,
        0,
    );
    assert_eq!(
        files(&folder.path("killed/results")),
        files(&folder.path("whole/results"))
    );
    for name in ["whole", "killed"] {
        said(
            &[
                "gather",
                "m.jsonl",
                "--out",
                name,
                "--to",
                &format!("{name}.report"),
            ],
            &folder,
            0,
        );
    }
    assert_eq!(
        files(&folder.path("killed.report")),
        files(&folder.path("whole.report"))
    );
}

/// A child of an array job of three.
fn in_array(index: &str, folder: &Folder) -> assert_cmd::Command {
    let mut command = bayplan();
    command
        .args(["fleet", "run", "m.jsonl", "--out", "parts", "--array", "3"])
        .current_dir(folder.path(""))
        .env("AWS_BATCH_JOB_ARRAY_INDEX", index);
    command
}

#[test]
fn shards_in_any_order_do_the_same_as_one_run() {
    let folder = Folder::new();
    clusters(&folder, 5);
    list(&folder);
    said(&["run", "m.jsonl", "--out", "whole"], &folder, 0);
    for index in ["2", "0", "1"] {
        in_array(index, &folder).assert().code(0);
    }
    assert_eq!(
        files(&folder.path("parts/results")),
        files(&folder.path("whole/results"))
    );
    for index in ["3", "-1", "x"] {
        in_array(index, &folder).assert().code(2);
    }
    said(
        &["run", "m.jsonl", "--out", "parts", "--array", "3"],
        &folder,
        2,
    );
    said(
        &["run", "m.jsonl", "--out", "parts", "--shard", "4/3"],
        &folder,
        2,
    );
}

#[test]
fn a_unit_that_never_gives_a_result_is_set_aside_and_tried_again_when_asked() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    folder.write("in/a.json", &cluster(1));
    list(&folder);
    // No process of this program lives in so little.
    let run = ["run", "m.jsonl", "--out", "out", "--unit-memory", "24"];
    let (stdout, stderr) = said(&run, &folder, 0);
    assert_eq!(stdout, "1 unit: 1 set aside\n");
    assert!(
        stderr.contains("a.json is set aside: 3 attempts: "),
        "{stderr}"
    );
    let (status, _) = said(
        &["status", "m.jsonl", "--out", "out", "--format", "json"],
        &folder,
        0,
    );
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(
        (&status["poisoned"], &status["done"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        status["poisonedUnits"][0]["attempts"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
    let (text, _) = said(
        &["gather", "m.jsonl", "--out", "out", "--to", "report"],
        &folder,
        0,
    );
    assert!(text.contains("a.json: poisoned: 3 attempts: "), "{text}");
    said(&["run", "m.jsonl", "--out", "out"], &folder, 0);
    assert!(files(&folder.path("out/results")).is_empty());
    said(
        &["run", "m.jsonl", "--out", "out", "--retry-poisoned"],
        &folder,
        0,
    );
    assert_eq!(files(&folder.path("out/results")).len(), 1);
}

#[test]
fn a_stop_takes_its_attempts_back() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    let services: Vec<Value> = (0..60)
        .map(|at| json!({"serviceName": format!("s{at}"), "desiredCount": 40 + at, "cpu": 100 + 37 * at, "memory": 300 + 411 * at}))
        .collect();
    let large =
        json!({"version": 1, "cluster": "large", "region": "us-east-1", "services": services});
    folder.write("in/large.json", &large.to_string());
    said(&["list", "in", "--output", "m.jsonl"], &folder, 0);
    let mut runner = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"))
        .args(["fleet", "run", "m.jsonl", "--out", "out"])
        .current_dir(folder.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let attempts = || {
        fs::read_dir(folder.path("out/attempts")).map_or(0, |found| {
            found
                .flatten()
                .map(|unit| fs::read_dir(unit.path()).map_or(0, Iterator::count))
                .sum::<usize>()
        })
    };
    for _ in 0..600 {
        if attempts() > 0 {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(attempts(), 1);
    let stopped = Command::new("kill").arg(runner.id().to_string()).status();
    assert!(stopped.expect("kill runs").success());
    assert_eq!(runner.wait().expect("it ends").code(), Some(130));
    assert_eq!(attempts(), 0);
    assert!(files(&folder.path("out/results")).is_empty());
}

#[test]
fn manifests_that_cannot_be_used_say_why_all_at_once() {
    let folder = Folder::new();
    let line = |id: &str, args: Value| {
        json!({"id": id, "input": "a.json", "sha256": null, "args": args}).to_string()
    };
    let text = [
        line("a", json!({"timeLimit": 5})),
        line("b", json!({})),
        line("b", json!({"ideal": true})),
    ]
    .join("\n");
    folder.write("m.jsonl", &text);
    let (_, stderr) = said(&["run", "m.jsonl", "--out", "out"], &folder, 20);
    assert!(stderr.contains("m.jsonl:1: error[F1004] args"), "{stderr}");
    assert!(stderr.contains("m.jsonl:3: error[F1002] id"), "{stderr}");
    assert!(!folder.path("out").exists());
    said(&["list", "in", "--", "--time-limit", "5"], &folder, 2);
    said(&["list", "in", "--", "--no-such-flag"], &folder, 2);
    said(&["list", "in"], &folder, 20);
}

#[test]
fn a_line_that_is_there_twice_and_a_file_that_is_not_there_stop_nobody() {
    let folder = Folder::new();
    clusters(&folder, 2);
    let unit = |id: &str, input: &str| {
        json!({"id": id, "input": input, "sha256": null, "args": ["--ideal"]}).to_string()
    };
    let lines = [
        unit("a", "in/00.json"),
        unit("gone", "in/gone.json"),
        unit("a", "in/00.json"),
        unit("wrong", "in/01.json").replace("--ideal", "--wrong"),
    ];
    folder.write("m.jsonl", &lines.join("\n"));
    let (stdout, stderr) = said(&["run", "m.jsonl", "--out", "out"], &folder, 0);
    assert_eq!(
        stdout,
        "3 units: 1 planned now, 2 with a result that says why there is no whole plan\n"
    );
    assert!(stderr.contains("has a line more than once"), "{stderr}");
    assert!(
        stderr.contains("wrong: the command does not take `args`, as its result will say: unexpected argument '--wrong' found"),
        "{stderr}"
    );
    let codes: Vec<Value> = (files(&folder.path("out/results")).values())
        .map(|bytes| serde_json::from_slice::<Value>(bytes).expect("JSON"))
        .map(|result| json!([result["id"], result["exitCode"]]))
        .collect();
    for expected in [json!(["a", 0]), json!(["gone", 20]), json!(["wrong", 2])] {
        assert!(codes.contains(&expected), "{codes:?}");
    }
}

#[test]
fn a_store_that_cannot_be_written_ends_with_its_own_code() {
    let folder = Folder::new();
    clusters(&folder, 1);
    list(&folder);
    said(&["run", "m.jsonl", "--out", "/dev/null/out"], &folder, 30);
    folder.write("file", "");
    said(&["run", "m.jsonl", "--out", "file"], &folder, 30);
}

#[test]
fn what_ifs_are_units_too() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    folder.write("in/a.json", &cluster(2));
    let words = [
        "list",
        "in",
        "--output",
        "m.jsonl",
        "--",
        "what-if",
        "--set",
        "s0.desiredCount=9",
        "--ideal",
        "--work-limit",
        "20000",
    ];
    said(&words, &folder, 0);
    said(&["run", "m.jsonl", "--out", "out"], &folder, 0);
    let result = files(&folder.path("out/results"))
        .into_values()
        .next()
        .expect("a result");
    let result: Value = serde_json::from_slice(&result).expect("JSON");
    assert_eq!(result["command"], json!("what-if"));
    assert_eq!(
        result["plan"]["scenarios"].as_array().map(Vec::len),
        Some(1)
    );
    let (text, _) = said(
        &["gather", "m.jsonl", "--out", "out", "--to", "report"],
        &folder,
        0,
    );
    assert!(
        text.starts_with("1 unit: 1 with scenarios or sizes\n"),
        "{text}"
    );
    assert!(folder.path("report/scenarios.parquet").exists());
}

/// A result is a function of its files and flags: what a nightly run of right-sizing takes from the shell is neither.
#[test]
fn right_sizing_units_take_neither_history_nor_webhook_from_the_shell() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    folder.write("in/a.json", &cluster(0));
    let heading = "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks";
    let rows = (0..21 * 24).map(|hour| {
        let (day, hour) = (1 + hour / 24, hour % 24);
        format!("s0,2026-03-{day:02}T{hour:02}:00:00Z,{},20,90,2", 20 + hour)
    });
    let lines: Vec<String> = std::iter::once(heading.to_owned()).chain(rows).collect();
    folder.write("use.csv", &lines.join("\n"));
    let words = ["list", "in", "--output", "m.jsonl", "--", "rightsize"];
    let flags = ["--metrics", "use.csv", "--ideal", "--work-limit", "20000"];
    said(&[&words[..], &flags].concat(), &folder, 0);
    let run = |out: &str, variables: &[(&str, &str)]| {
        let mut command = bayplan();
        command
            .args(["fleet", "run", "m.jsonl", "--out", out])
            .current_dir(folder.path(""))
            .envs(variables.iter().copied());
        command.assert().code(0);
        files(&folder.path(&format!("{out}/results")))
    };
    let alone = run("alone", &[]);
    let shell = [
        ("BAYPLAN_HISTORY", "sqlite:history.sqlite"),
        ("BAYPLAN_WEBHOOK", "http://127.0.0.1:1/hook"),
    ];
    assert_eq!(run("shell", &shell), alone);
    assert!(!folder.path("history.sqlite").exists());
    // Without a history what is too large is made smaller at once.
    let result = alone.into_values().next().expect("a result");
    let result: Value = serde_json::from_slice(&result).expect("JSON");
    assert_eq!(result["plan"]["services"][0]["cpuVerdict"], json!("shrink"));
}
