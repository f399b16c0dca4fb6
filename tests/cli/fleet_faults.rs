//! Fleets among which something goes wrong: names that mislead, files that change, results that are cut, several runners.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Folder, fleet as said};

const QUICKLY: [&str; 4] = ["--", "--ideal", "--work-limit", "20000"];
const TABLE: &str = "service,cpu,memory_mib,desired_count\napi,512,1024,5\n";

fn cluster(name: &str, tasks: u32) -> String {
    let service = json!({"serviceName": "web", "desiredCount": tasks, "cpu": 256, "memory": 512});
    json!({"version": 1, "cluster": name, "region": "us-east-1", "services": [service]}).to_string()
}

/// A folder `in` with these files, listed.
fn listed(files: &[(&str, String)], flags: &[&str]) -> (Folder, String) {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("in")).expect("made");
    for (name, text) in files {
        folder.write(&format!("in/{name}"), text);
    }
    let words = ["list", "in", "--output", "m.jsonl"];
    let (_, stderr) = said(&[&words[..], flags].concat(), &folder, 0);
    (folder, stderr)
}

fn results(folder: &Folder) -> Vec<Value> {
    let mut results: Vec<Value> = (fs::read_dir(folder.path("out/results")).expect("results"))
        .map(|entry| fs::read(entry.expect("an entry").path()).expect("read"))
        .map(|bytes| serde_json::from_slice(&bytes).expect("JSON"))
        .collect();
    results.sort_by_key(|result| result["id"].to_string());
    results
}

const RUN: [&str; 4] = ["run", "m.jsonl", "--out", "out"];
const GATHER: [&str; 6] = ["gather", "m.jsonl", "--out", "out", "--to", "report"];

#[test]
fn files_of_the_same_bytes_under_names_that_say_something_else_have_results_of_their_own() {
    let (folder, warned) = listed(
        &[
            ("shop.csv", TABLE.into()),
            ("zoo.csv", TABLE.into()),
            ("wrong.json", TABLE.into()),
        ],
        &[&QUICKLY[..], &["--region", "us-east-1"]].concat(),
    );
    assert!(
        warned.contains("shop.csv, wrong.json, zoo.csv hold the same bytes"),
        "{warned}"
    );
    let (text, _) = said(&RUN, &folder, 0);
    assert!(text.starts_with("3 units: 2 planned now, 1 with"), "{text}");
    let results = results(&folder);
    let names: Vec<&Value> = (results.iter())
        .map(|result| &result["plan"]["cluster"])
        .collect();
    assert_eq!(names, [&json!("shop"), &json!(null), &json!("zoo")]);
}

#[test]
fn a_cluster_that_is_there_twice_is_said_when_it_is_listed_and_when_it_is_gathered() {
    let files = [
        ("a.json", cluster("shop", 2)),
        ("b.json", cluster("shop", 3)),
    ];
    let (folder, warned) = listed(&files, &QUICKLY);
    let words = "a.json, b.json are all of cluster shop (us-east-1";
    assert!(warned.contains(words), "{warned}");
    said(&RUN, &folder, 0);
    let (_, warned) = said(&GATHER, &folder, 0);
    assert!(warned.contains(words), "{warned}");
}

#[test]
fn a_result_that_is_cut_short_is_a_row_with_a_remedy_and_is_written_anew() {
    let files = [("a.json", cluster("a", 2)), ("b.json", cluster("b", 3))];
    let (folder, _) = listed(&files, &QUICKLY);
    said(&RUN, &folder, 0);
    let file = (fs::read_dir(folder.path("out/results")).expect("results"))
        .map(|entry| entry.expect("an entry").path())
        .find(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("\"a.json\"")))
        .expect("the result of a.json");
    let whole = fs::read(&file).expect("read");
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    let (text, _) = said(&GATHER, &folder, 0);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        line.contains("a.json: broken: its result cannot be read: results/"),
        "{text}"
    );
    assert!(line.contains("delete it and run the fleet again"), "{text}");
    let (text, _) = said(&["status", "m.jsonl", "--out", "out"], &folder, 0);
    assert_eq!(
        text,
        "2 units: 1 with a result, 1 to be done, 0 set aside\n"
    );
    let (text, _) = said(&RUN, &folder, 0);
    assert_eq!(text, "2 units: 1 had a result, 1 planned now\n");
    assert_eq!(fs::read(&file).expect("read"), whole);
    // Also where the cut is right behind brackets that a result could end with.
    let behind = whole
        .windows(3)
        .position(|bytes| bytes == b"}\n}" || bytes == b"]\n}");
    let mut cut = whole[..behind.map_or(20, |at| at + 1)].to_vec();
    cut.extend(b"}\n");
    fs::write(&file, &cut).expect("written");
    let (text, _) = said(&RUN, &folder, 0);
    assert_eq!(text, "2 units: 1 had a result, 1 planned now\n");
    assert_eq!(fs::read(&file).expect("read"), whole);
    // A whole line of another program stops nobody either.
    fs::write(&file, "{{}}\n").expect("written");
    let (text, _) = said(&GATHER, &folder, 0);
    assert!(text.contains("a.json: broken"), "{text}");
}

#[test]
fn gathering_nothing_leaves_what_was_gathered_and_tables_of_before_do_not_stay() {
    let (folder, _) = listed(&[("a.json", cluster("a", 2))], &QUICKLY);
    said(&RUN, &folder, 0);
    fs::create_dir(folder.path("report")).expect("made");
    folder.write("report/commitments.parquet", "of another day");
    folder.write("report/my.parquet", "of somebody");
    said(&GATHER, &folder, 0);
    assert!(!folder.path("report/commitments.parquet").exists());
    assert!(folder.path("report/my.parquet").exists());
    let before = fs::read(folder.path("report/fleet.txt")).expect("read");
    let wrong = ["gather", "m.jsonl", "--out", "uot", "--to", "report"];
    let (_, stderr) = said(&wrong, &folder, 20);
    assert!(
        stderr.contains("uot has a result of none of these units"),
        "{stderr}"
    );
    assert_eq!(
        fs::read(folder.path("report/fleet.txt")).expect("read"),
        before
    );
}

/// A disk that fails, or no memory, says nothing of the cluster: it is an attempt, and nothing is kept for good. Reading the memory of a
/// process at its beginning gives the error of a disk.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_refuses_to_read_has_no_result() {
    let folder = Folder::new();
    let line = json!({"id": "a", "input": "/proc/self/mem", "args": {"ideal": true}});
    folder.write("m.jsonl", &line.to_string());
    let (text, _) = said(&RUN, &folder, 0);
    assert_eq!(text, "1 unit: 1 set aside\n");
    assert!(results(&folder).is_empty());
    let (text, _) = said(&["status", "m.jsonl", "--out", "out"], &folder, 0);
    assert!(text.contains("attempt 3: exit code 30"), "{text}");
    assert!(text.contains("cannot read /proc/self/mem"), "{text}");
}

/// Six runners at once, each with attempts of its own at the same units: nothing is set aside, and each ends with 0.
#[test]
fn runners_that_share_a_folder_set_nothing_aside() {
    let files: Vec<(String, String)> = (0..6)
        .map(|at| (format!("{at}.json"), cluster(&format!("c{at}"), at + 1)))
        .collect();
    let files: Vec<(&str, String)> = (files.iter())
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let (folder, _) = listed(&files, &QUICKLY);
    let runners: Vec<_> = (0..6)
        .map(|_| {
            Command::new(assert_cmd::cargo::cargo_bin!("bayplan"))
                .args(["fleet", "run", "m.jsonl", "--out", "out", "--jobs", "1"])
                .current_dir(folder.path(""))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary runs")
        })
        .collect();
    for runner in runners {
        let ended = runner.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(ended.status.code(), Some(0), "{said}");
        assert!(!said.contains("set aside"), "{said}");
    }
    assert_eq!(results(&folder).len(), 6);
}

#[test]
fn what_ifs_are_summed_over_all_clusters_by_scenario() {
    let files = [("a.json", cluster("a", 2)), ("b.json", cluster("b", 90))];
    let flags = [
        "--",
        "what-if",
        "--set",
        "web.desiredCount=20",
        "--ideal",
        "--work-limit",
        "20000",
    ];
    let (folder, _) = listed(&files, &flags);
    said(&RUN, &folder, 0);
    let (text, _) = said(&GATHER, &folder, 0);
    assert!(
        text.contains("Scenarios over all clusters, USD per month"),
        "{text}"
    );
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, sums) = line
        .split_once("web.desiredCount=20: ")
        .unwrap_or_else(|| panic!("{text}"));
    let word = |at: usize| -> f64 {
        let word = sums.split(' ').nth(at).expect("a word");
        word.replace(',', "")
            .parse()
            .unwrap_or_else(|_| panic!("{sums}"))
    };
    // The sums are those of the results.
    let cost = |pick: fn(&Value) -> &Value| -> f64 {
        (results(&folder).iter())
            .map(|result| pick(&result["plan"])["cost"]["usdPerHour"].to_string())
            .map(|text| text.trim_matches('"').parse::<f64>().expect("an amount") * 730.0)
            .sum()
    };
    assert!(
        (word(0) - cost(|plan| &plan["scenarios"][0])).abs() < 0.02,
        "{text}"
    );
    assert!(
        (word(4) - cost(|plan| &plan["base"])).abs() < 0.02,
        "{text}"
    );
    assert!(line.contains("in 2 clusters, "), "{text}");
    assert!(folder.path("report/scenario-totals.parquet").exists());
    let page = fs::read_to_string(folder.path("report/fleet.html")).expect("a page");
    assert!(page.contains("Scenarios over all clusters"));
}
