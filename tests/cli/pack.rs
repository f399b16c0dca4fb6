//! `bayplan pack`: formats, exit codes, bad input.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Folder, bayplan};

const PROBLEM: &str = r#"{ "name": "shop", "dims": ["cpu", "memory"],
  "bins": [ {"id": "large", "capacity": [2048, 7600], "cost": 0.0816, "limit": null},
            {"id": "small", "capacity": [1024, 3800], "cost": 0.05, "limit": 1} ],
  "items": [ {"id": "api", "size": [512, 1024], "demand": 12}, {"id": "job", "size": [256, 3000], "demand": 3} ],
  "best_known": {"optimal": 0.27}, "source": "a remark" }"#;

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

fn pack(files: &[&Path], arguments: &[&str]) -> Answer {
    let output = bayplan()
        .arg("pack")
        .args(files)
        .args(arguments)
        .output()
        .expect("runs");
    Answer {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn document(text: &str) -> (Value, i32) {
    let folder = Folder::new();
    let answer = pack(&[&folder.write("p.json", text)], &["--format", "json"]);
    let document =
        serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    (document, answer.code)
}

#[test]
fn one_problem_is_a_document_with_exact_costs() {
    let (document, code) = document(PROBLEM);
    assert_eq!((code, &document["status"]), (0, &json!("optimal")));
    assert_eq!(document["cost"], document["bound"]);
    assert_eq!(document["gap"], json!(0.0));
    assert_eq!(document["name"], json!("shop"));
    let keys: Vec<&String> = document.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "name", "status", "cost", "bound", "gap", "seconds", "patterns"
        ]
    );
    let patterns = document["patterns"].as_array().expect("a list");
    let packed = |id: &str| -> u64 {
        let copies =
            |p: &Value| p["items"][id].as_u64().unwrap_or(0) * p["count"].as_u64().unwrap_or(0);
        patterns.iter().map(copies).sum()
    };
    assert_eq!((packed("api"), packed("job")), (12, 3));
}

#[test]
fn what_cannot_be_packed_is_infeasible_with_its_own_code() {
    let too_large = PROBLEM.replace("[256, 3000]", "[4096, 1]");
    let (document, code) = document(&too_large);
    assert_eq!((code, &document["status"]), (10, &json!("infeasible")));
    assert_eq!(
        (&document["cost"], &document["bound"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(document["patterns"], json!([]));
    let folder = Folder::new();
    let text = pack(&[&folder.write("p.json", &too_large)], &[]);
    assert!(
        text.stdout.contains("item `job` fits no bin"),
        "{}",
        text.stdout
    );
}

#[test]
fn nothing_to_pack_and_free_bins_are_no_trouble() {
    let nothing = r#"{"dims": ["a"], "bins": [], "items": []}"#;
    let (document_of_nothing, code) = document(nothing);
    assert_eq!((code, &document_of_nothing["cost"]), (0, &json!(0)));
    let free = r#"{"dims": ["a"], "bins": [{"id": "b", "capacity": [5], "cost": 0}],
        "items": [{"id": "i", "size": [2], "demand": 7}]}"#;
    let (document_of_free, _) = document(free);
    assert_eq!(document_of_free["status"], json!("optimal"));
    let none = r#"{"dims": ["a"], "bins": [{"id": "b", "capacity": [5], "cost": 1, "limit": 0}],
        "items": [{"id": "i", "size": [2], "demand": 7}]}"#;
    assert_eq!(document(none).1, 10);
}

#[test]
fn a_million_million_copies_are_counted() {
    let many = r#"{"dims": ["a", "b"], "bins": [{"id": "b", "capacity": [10, 10], "cost": 1.5},
        {"id": "c", "capacity": [5, 11], "cost": 1}],
        "items": [{"id": "i", "size": [3, 1], "demand": 1000000000000},
                  {"id": "j", "size": [1, 3], "demand": 700000000001}]}"#;
    let (document, code) = document(many);
    assert_eq!((code, &document["status"]), (0, &json!("optimal")));
    let gap = document["gap"].as_f64().expect("a bound");
    assert!(gap < 1e-8, "{gap}");
}

#[test]
fn everything_wrong_in_every_file_is_said_at_once() {
    let folder = Folder::new();
    let first = folder.write("a.json", &PROBLEM.replace("[512, 1024]", "[-512, 1024]"));
    let second = folder.write("b.vbp", "1\n10\n1\nNaN 1\n");
    let right = folder.write("c.json", PROBLEM);
    let answer = pack(&[&first, &second, &right], &[]);
    assert_eq!((answer.code, answer.stdout.as_str()), (20, ""));
    assert!(answer.stderr.contains("E1106"), "{}", answer.stderr);
    assert!(
        answer.stderr.contains("b.vbp:4:1: error[E1705]"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_folder_is_one_table_in_every_form() {
    let folder = Folder::new();
    folder.write("a.json", PROBLEM);
    folder.write("b.vbp", "1\n10\n2\n6 2\n4 2\n");
    folder.write("notes.txt", "not a problem");
    let path = folder.path("");
    let text = pack(&[&path], &[]);
    assert_eq!(text.code, 0);
    assert!(
        text.stdout.ends_with("2 of 2 proven optimal\n"),
        "{}",
        text.stdout
    );
    let csv = pack(&[&path], &["--format", "csv"]).stdout;
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.starts_with("name,dims,items,bins,status,cost,bound,gap,seconds,best_known"));
    let rows: Value =
        serde_json::from_str(&pack(&[&path], &["--format", "json"]).stdout).expect("JSON");
    assert_eq!(
        (rows[1]["name"].as_str(), rows[1]["cost"].as_u64()),
        (Some("b"), Some(2))
    );
    assert!(
        pack(&[&path], &["--format", "markdown"])
            .stdout
            .starts_with("| name |")
    );
    assert_eq!(pack(&[&Folder::new().path("")], &[]).code, 20);
}

#[test]
fn stdin_is_read_and_output_written() {
    let folder = Folder::new();
    let out = folder.path("out.json");
    let assert = bayplan()
        .args(["pack", "-", "--format", "json", "--output"])
        .arg(&out)
        .write_stdin(PROBLEM)
        .assert();
    assert.success().stdout("");
    let written = std::fs::read_to_string(out).expect("written");
    assert!(written.contains("\"optimal\""));
}

#[test]
fn the_same_bytes_come_from_any_number_of_threads() {
    let folder = Folder::new();
    let items: Vec<Value> = (0..80_u64)
        .map(|i| json!({"id": format!("i{i}"), "size": [20 + (i * 37) % 61, 20 + (i * 53) % 71], "demand": 1 + i % 3}))
        .collect();
    let problem = json!({"dims": ["a", "b"], "items": items, "bins": [
        {"id": "x", "capacity": [150, 150], "cost": 7}, {"id": "y", "capacity": [100, 220], "cost": 8}]});
    let file = folder.write("p.json", &problem.to_string());
    let run = |threads: &str| {
        let limits = [
            "--format",
            "json",
            "--work-limit",
            "1500000",
            "--threads",
            threads,
        ];
        let mut document: Value =
            serde_json::from_str(&pack(&[&file], &limits).stdout).expect("JSON");
        document["seconds"] = Value::Null;
        document
    };
    assert_eq!(run("1"), run("2"));
}
