//! Units with options of their own: listed, in the manifest, in the key, and passed on as they are.
#![cfg(unix)]

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, bayplan, fleet as said};

const QUICKLY: [&str; 4] = ["--", "--ideal", "--work-limit", "20000"];
const RUN: [&str; 4] = ["run", "m.jsonl", "--out", "out"];

fn cluster(name: &str) -> String {
    let service =
        json!({"serviceName": "web", "desiredCount": 4, "maxCount": 40, "cpu": 256, "memory": 512});
    json!({"version": 1, "cluster": name, "region": "us-east-1", "services": [service]}).to_string()
}

/// Three clusters, of which some have options.
fn listed(options: &[Value]) -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    for name in ["a", "b", "c"] {
        folder.write(&format!("in/{name}.json"), &cluster(name));
    }
    let lines: Vec<String> = options.iter().map(Value::to_string).collect();
    folder.write("o.jsonl", &lines.join("\n"));
    list(&folder, 0);
    folder
}

fn list(folder: &Folder, code: i32) -> String {
    let words = ["list", "in", "--options", "o.jsonl", "--output", "m.jsonl"];
    said(&[&words[..], &QUICKLY].concat(), folder, code).1
}

/// The result of each unit by the name of its file, and its bytes.
fn results(folder: &Folder) -> Vec<(String, Value, String)> {
    let mut results: Vec<_> = (fs::read_dir(folder.path("out/results")).expect("results"))
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("read");
            (name, serde_json::from_str(&text).expect("JSON"), text)
        })
        .collect();
    results.sort_by_key(|(_, result, _): &(_, Value, _)| result["id"].to_string());
    results
}

#[test]
fn a_unit_with_options_is_another_and_the_others_stay_as_they_are() {
    let folder = listed(&[]);
    said(&RUN, &folder, 0);
    let before = results(&folder);
    folder.write(
        "o.jsonl",
        &json!({"id": "b.json", "args": {"at": "max"}}).to_string(),
    );
    list(&folder, 0);
    let (text, _) = said(&RUN, &folder, 0);
    assert_eq!(text, "3 units: 2 had a result, 1 planned now\n");
    let now = results(&folder);
    assert_eq!(now.len(), 4);
    assert!(before.iter().all(|result| now.contains(result)));
    let of_b = now
        .iter()
        .find(|result| result.1["id"] == json!("b.json") && !before.contains(result));
    let tasks = |result: &Value| -> u64 {
        let services = result["plan"]["services"].as_array().expect("services");
        services
            .iter()
            .filter_map(|service| service["count"].as_u64().or(service["tasks"].as_u64()))
            .sum()
    };
    let of_b = &of_b.expect("another result").1;
    assert_ne!(of_b["plan"]["cost"], before[1].1["plan"]["cost"]);
    assert!(tasks(of_b) == 0 || tasks(of_b) > tasks(&before[1].1));
    // Shards of the same manifest give the same bytes.
    for index in ["1/2", "0/2"] {
        said(
            &["run", "m.jsonl", "--out", "parts", "--shard", index],
            &folder,
            0,
        );
    }
    for (name, _, text) in now
        .iter()
        .filter(|result| !(before.contains(result) && result.1["id"] == json!("b.json")))
    {
        let same = fs::read_to_string(folder.path(&format!("parts/results/{name}")));
        assert_eq!(&same.expect("the same result"), text);
    }
}

#[test]
fn a_plan_of_before_stands_in_the_manifest_where_the_search_begins() {
    let folder = listed(&[]);
    said(&RUN, &folder, 0);
    let plan = results(&folder)[0].1["plan"].clone();
    folder.write("warm.json", &plan.to_string());
    let options = [
        json!({"id": "a.json", "args": {"warmStart": plan}}),
        json!({"id": "b.json", "args": {"warmStart": {"version": 1, "what": "none"}}}),
    ];
    let folder = listed(&options);
    let (text, _) = said(&RUN, &folder, 0);
    assert_eq!(
        text,
        "3 units: 2 planned now, 1 with a result that says why there is no whole plan\n"
    );
    let results = results(&folder);
    // As by a file.
    let words = [
        "--ideal",
        "--work-limit",
        "20000",
        "--format",
        "json",
        "--warm-start",
    ];
    folder.write("warm.json", &plan.to_string());
    let alone = bayplan()
        .arg("plan")
        .args(words)
        .arg(folder.path("warm.json"))
        .arg(folder.path("in/a.json"))
        .output()
        .expect("the binary runs");
    let alone: Value = serde_json::from_slice(&alone.stdout).expect("a plan");
    assert_eq!(results[0].1["plan"], alone);
    // What is no plan is said under a name that is the same wherever it ran.
    assert!(
        results[1].2.contains("args-3--warm-start.json"),
        "{}",
        results[1].2
    );
    assert!(!results[1].2.contains("bayplan-unit-"), "{}", results[1].2);
}

#[test]
fn scenarios_in_the_manifest_weigh_and_are_compared() {
    let scenarios = json!({"version": 1, "scenarios": [
        {"name": "more", "set": {"web.desiredCount": 9}}, {"name": "most", "set": {"web.desiredCount": 19}}]});
    let folder = listed(&[
        json!({"id": "c.json", "args": {"command": "what-if", "ideal": true, "workLimit": 20000, "scenarios": scenarios}}),
    ]);
    let manifest = fs::read_to_string(folder.path("m.jsonl")).expect("read");
    let weights: Vec<Value> = (manifest.lines())
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["weight"].clone())
        .collect();
    assert_eq!(weights, [1, 1, 3]);
    said(&RUN, &folder, 0);
    let results = results(&folder);
    let names: Vec<&Value> = (results[2].1["plan"]["scenarios"]
        .as_array()
        .expect("scenarios")
        .iter())
    .map(|scenario| &scenario["name"])
    .collect();
    assert_eq!(names, ["more", "most"]);
}

#[test]
fn options_that_cannot_be_used_are_said_all_at_once_with_their_lines() {
    let folder = listed(&[]);
    let before = fs::read(folder.path("m.jsonl")).expect("read");
    let lines = [
        json!({"id": "a.json", "args": {"timeLimit": 5}}),
        json!({"id": "b.json", "args": {"workLimit": "many"}}),
        json!({"id": "c.json", "args": {"output": "/etc/passwd"}}),
        json!({"id": "c.json", "arg": {}}),
    ];
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    folder.write("o.jsonl", &text.join("\n"));
    let stderr = list(&folder, 20);
    for words in [
        "o.jsonl:1: error[F1004] args",
        "o.jsonl:2: error[F1003] args",
        "invalid value 'many' for '--work-limit <UNITS>'",
        "o.jsonl:3: error[F1004] args",
        "o.jsonl:4: error[F1007] arg",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    folder.write("o.jsonl", "{\"id\": \"d.json\", \"args\": {}}");
    let stderr = list(&folder, 20);
    assert!(stderr.contains("o.jsonl:1: error[F1007] id"), "{stderr}");
    assert_eq!(fs::read(folder.path("m.jsonl")).expect("read"), before);
}

/// Words of a shell are values like others.
#[test]
fn no_value_becomes_a_command_or_a_flag() {
    let value = "web.desiredCount=$(touch owned); --output=owned";
    let folder = listed(&[
        json!({"id": "a.json", "args": {"command": "what-if", "ideal": true, "set": value}}),
    ]);
    said(&RUN, &folder, 0);
    assert_eq!(results(&folder)[0].1["exitCode"], json!(20));
    assert!(!folder.path("owned").exists());
}
