//! Reports in a real browser: headless Chromium, driven by Playwright, with axe-core for accessibility.
//!
//! Ignored in a plain `cargo test`, so that it works without Chromium and Python; `make test-report` and CI run it.
//! `REPORT_SCREENSHOTS=folder` keeps pictures of every page at 1280 and 400 px, light and dark.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn bayplan(arguments: &[&str], files: &[&Path]) -> Vec<u8> {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"))
        .args(arguments)
        .args(files)
        .arg("--quiet")
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Opens a page and fails with everything that is wrong with it.
fn check(name: &str, page: &[u8]) {
    let python = Path::new(ROOT).join("target/report-browser/bin/python");
    assert!(
        python.exists(),
        "the browser's driver is not installed: run scripts/report-browser (needs python3 with venv, PyPI and Chromium)"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(format!("{name}.html"));
    fs::write(&file, page).expect("written");
    let mut command = Command::new(python);
    command
        .arg(Path::new(ROOT).join("tests/browser/check.py"))
        .arg(&file);
    if let Some(into) = env::var_os("REPORT_SCREENSHOTS") {
        command.arg("--screenshots").arg(into);
    }
    let output = command.output().expect("python runs");
    assert!(
        output.status.success(),
        "{name}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A cluster named like its first service.
fn cluster_of(names: &[&str]) -> serde_json::Value {
    let services: Vec<_> = (names.iter())
        .map(|name| json!({"serviceName": name, "desiredCount": 2, "cpu": 512, "memory": 1024}))
        .collect();
    json!({"version": 1, "cluster": names[0], "region": "us-east-1", "services": services})
}

fn example(name: &str) -> PathBuf {
    Path::new(ROOT).join("data/examples").join(name)
}

#[test]
#[ignore = "needs scripts/report-browser; make test-report runs it"]
fn the_bundled_example_renders_sorts_filters_and_is_accessible() {
    let page = bayplan(
        &["report", "--work-limit", "300000"],
        &[&example("media-eu-west-1.yaml")],
    );
    check("media", &page);
}

#[test]
#[ignore = "needs scripts/report-browser; make test-report runs it"]
fn a_comparison_renders_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = example("webshop-us-east-1.json");
    let plan = |name: &str, arguments: &[&str]| {
        let file = folder.path().join(name);
        let all: Vec<&str> = ["plan", "--format", "json"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        fs::write(&file, bayplan(&all, &[&cluster])).expect("written");
        file
    };
    let before = plan("main.json", &[]);
    let after = plan("branch.json", &["--headroom-percent", "30"]);
    let page = bayplan(&["report", "--compare"], &[&before, &after]);
    check("comparison", &page);
}

#[test]
#[ignore = "needs scripts/report-browser; make test-report runs it"]
fn hostile_names_run_nothing_and_move_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let longest = "x".repeat(255);
    let cluster = folder.path().join("cluster.json");
    let names = ["=cmd()", "\u{202E}txt.exe", &longest];
    fs::write(&cluster, cluster_of(&names).to_string()).expect("written");
    let page = bayplan(&["report", "--no-curves"], &[&cluster]);
    check("hostile", &page);
}

#[test]
#[ignore = "needs scripts/report-browser; make test-report runs it"]
fn hostile_names_in_a_plan_run_nothing_and_move_nothing() {
    // A cluster file with such names is refused: they reach a page in a plan that somebody else has written.
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "a|b`c`",
        "</title><svg onload=alert(1)>",
        &"x".repeat(10_000),
    ];
    let harmless: Vec<String> = (0..hostile.len())
        .map(|number| format!("harmless-{number}"))
        .collect();
    let names: Vec<&str> = harmless.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = folder.path().join("cluster.json");
    fs::write(&cluster, cluster_of(&names).to_string()).expect("written");
    let plan = |name: &str, arguments: &[&str]| {
        let all: Vec<&str> = (["plan", "--format", "json"].iter())
            .chain(arguments)
            .copied()
            .collect();
        let mut text = String::from_utf8(bayplan(&all, &[&cluster])).expect("text");
        for (good, bad) in harmless.iter().zip(hostile) {
            let escaped = json!(bad).to_string();
            text = text.replace(good.as_str(), escaped.trim_matches('"'));
        }
        assert!(!text.contains("harmless"));
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        file
    };
    let before = plan("before.json", &[]);
    let after = plan("after.json", &["--headroom-percent", "100"]);
    let page = bayplan(&["report", "--compare"], &[&before, &after]);
    check("hostile-plans", &page);
}

#[test]
#[ignore = "needs scripts/report-browser; make test-report runs it"]
fn a_thousand_services_stay_usable() {
    // Two thousand instances of a type too small for more than a few tasks each.
    let services: Vec<_> = (0..1_000)
        .map(|number| {
            let cpu = 128 * (1 + number % 7);
            let memory = 256 * (1 + number % 11);
            json!({"serviceName": format!("service-{number:04}"), "desiredCount": 10 + number % 9,
                   "cpu": cpu, "memory": memory, "networkMode": "bridge"})
        })
        .collect();
    let cluster = json!({"version": 1, "cluster": "large", "region": "us-east-1", "services": services,
        "policy": {"allowedInstanceTypes": ["m7i.large", "c7i.large", "r7i.large"]}});
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cluster.json");
    fs::write(&file, cluster.to_string()).expect("written");
    let page = bayplan(
        &[
            "report",
            "--no-curves",
            "--ideal",
            "--work-limit",
            "3000000",
        ],
        &[&file],
    );
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    check("large", &page);
}
