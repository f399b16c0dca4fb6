//! Ctrl-C, closed pipes and time limits.
#![cfg(unix)]

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{CLUSTER, Folder};

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::new();
    let mut child = plan(&folder.write("c.json", CLUSTER), &["--format", "json"]);
    drop(child.stdout.take());
    let status = child.wait().expect("the process ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_time_limit_ends_the_command_with_a_plan_or_says_there_is_none() {
    let folder = Folder::new();
    let file = folder.write("c.json", &large_cluster());
    let started = Instant::now();
    let child = plan(&file, &["--format", "json", "--time-limit", "2"]);
    let (stdout, code) = finish(child);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    match code {
        Some(0) => {
            let plan: Value = serde_json::from_str(&stdout).expect("a plan");
            assert_eq!(plan["unplaced"], json!([]));
        }
        other => {
            assert_eq!(other, Some(11));
            assert_eq!(stdout, "");
        }
    }
}

#[test]
fn an_interrupt_ends_the_search_with_its_best_plan() {
    let folder = Folder::new();
    let file = folder.write("c.json", &large_cluster());
    let child = plan(&file, &["--format", "json", "--work-limit", "100000000000"]);
    thread::sleep(Duration::from_secs(3));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
    let (stdout, code) = finish(child);
    assert_eq!(code, Some(130));
    let plan: Value = serde_json::from_str(&stdout).expect("a plan");
    assert_eq!(plan["unplaced"], json!([]));
    assert!(
        plan["instances"]
            .as_array()
            .is_some_and(|rows| !rows.is_empty())
    );
}

/// Many services of many shapes: a search that does not end within the tests' patience.
fn large_cluster() -> String {
    let services: Vec<Value> = (0..200_u64)
        .map(|i| {
            json!({
                "serviceName": format!("s{i}"),
                "desiredCount": 1 + (i * 37) % 90,
                "cpu": 100 + (i * 7919) % 3000,
                "memory": 200 + (i * 104_729) % 9000,
            })
        })
        .collect();
    json!({"version": 1, "cluster": "large", "region": "us-east-1", "services": services})
        .to_string()
}

fn plan(file: &std::path::Path, arguments: &[&str]) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin!("bayplan"))
        .arg("plan")
        .arg(file)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

fn finish(mut child: Child) -> (String, Option<i32>) {
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("a piped stdout");
    stdout.read_to_string(&mut text).expect("UTF-8");
    (text, child.wait().expect("the process ends").code())
}
