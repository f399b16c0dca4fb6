//! A plan of a part of the tasks: whatever is made of it says so at its head, and names what has no place.

use std::path::{Path, PathBuf};

use crate::support::{Folder, INFEASIBLE, bayplan};

const LEFT: &str = "1 task has no place (1 of trainer)";

struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

fn ran(words: &[&str], files: &[&Path]) -> Ran {
    let output = bayplan().args(words).args(files).output().expect("it runs");
    Ran {
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code(),
    }
}

/// The folder with a cluster and its plan.
fn planned() -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new();
    let (cluster, plan) = (folder.write("c.json", INFEASIBLE), folder.path("p.json"));
    let made = bayplan()
        .args(["plan", "--format", "json", "--output"])
        .args([&plan, &cluster])
        .output()
        .expect("it runs");
    assert_eq!(made.status.code(), Some(10));
    (folder, cluster, plan)
}

fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn programs_that_read_a_plan_of_a_part_are_told_on_stderr() {
    let folder = Folder::new();
    let cluster = folder.write("c.json", INFEASIBLE);
    for format in ["json", "csv"] {
        let plan = ran(&["plan", "--ideal", "--format", format], &[&cluster]);
        assert_eq!(plan.code, Some(10));
        assert!(plan.err.contains("warning[W2030] unplaced"), "{}", plan.err);
        assert!(plan.err.contains(LEFT), "{}", plan.err);
        let quiet = ran(&["plan", "--ideal", "-q", "--format", format], &[&cluster]);
        assert_eq!(quiet.err, "");
    }
}

#[test]
fn exports_of_a_plan_of_a_part_say_so_first_and_on_stderr() {
    let (folder, cluster, plan) = planned();
    let formats = [
        "terraform",
        "terraform-json",
        "cdk",
        "cloudformation-json",
        "cloudformation-yaml",
        "asg-json",
    ];
    let flag = format!("--cluster={}", cluster.display());
    for format in formats {
        for more in [&[flag.as_str()][..], &[]] {
            let words = [&["export", "--format", format], more].concat();
            let export = ran(&words, &[&plan]);
            assert_eq!(export.code, Some(10), "{format}: {}", export.err);
            assert!(
                export.err.contains("warning[W2030]"),
                "{format}: {}",
                export.err
            );
            assert!(export.err.contains(LEFT), "{format}: {}", export.err);
            // Comments break lines.
            let words: Vec<&str> = (export.out.split_whitespace())
                .filter(|word| !["#", "//"].contains(word))
                .collect();
            let flat = words.join(" ");
            assert!(
                flat.contains("Infeasible plan for shop in us-east-1: 1 task has no place"),
                "{format}"
            );
            assert!(
                flat.contains("These settings are for the others only"),
                "{format}"
            );
            assert!(
                !flat.contains("left as they are (daemons"),
                "{format}: trainer is no daemon"
            );
        }
    }
    let csv = ran(&["export", "--format", "asg-csv"], &[&plan]);
    assert!(csv.err.contains("warning[W2030]") && csv.out.starts_with("group,"));
    let into = format!("--output-dir={}", folder.path("deploy").display());
    ran(&["export", "--format", "cli", &into], &[&plan]);
    let script = std::fs::read_to_string(folder.path("deploy").join("apply.sh"));
    let script = script.expect("the script");
    assert!(head(&script, 2).contains("Infeasible plan"), "{script}");
    let diff = format!("--diff={}", cluster.display());
    let differs = ran(&["export", &diff], &[&plan]);
    let first = head(&differs.out, 1);
    assert!(
        first.contains("Infeasible") && first.contains(LEFT),
        "{first}"
    );
}

#[test]
fn texts_of_a_plan_of_a_part_name_what_has_no_place_first() {
    let (_folder, cluster, plan) = planned();
    let commands: [&[&str]; 5] = [
        &["explain"],
        &["explain", "--format=markdown"],
        &["simulate"],
        &["simulate", "--format=markdown"],
        &["check"],
    ];
    for words in commands {
        let said = ran(words, &[&cluster, &plan]);
        let first = head(&said.out, 1).replace('\\', "");
        assert!(
            first.contains("infeasible, 1 task has no place"),
            "{words:?}: {first}"
        );
        assert!(first.contains("1 of trainer"), "{words:?}: {first}");
    }
    let checked = ran(&["check"], &[&cluster, &plan]);
    assert_eq!(checked.code, Some(0), "the plan is what it says");
    assert!(checked.err.contains("warning[W2030]"), "{}", checked.err);
    assert!(
        checked.out.contains("for 1 service at"),
        "trainer has no task in it: {}",
        checked.out
    );
    let table = ran(&["explain"], &[&cluster, &plan]).out;
    let row = table
        .lines()
        .find(|line| line.trim_start().starts_with("trainer"));
    assert!(row.expect("a row").contains("0 of 1"), "{table}");
    for words in [
        &["explain", "--format=json"][..],
        &["simulate", "--format=json"],
        &["check", "--format=json"],
    ] {
        let said = ran(words, &[&cluster, &plan]);
        let document: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        let left = serde_json::json!([{"serviceName": "trainer", "count": 1}]);
        assert_eq!(document["unplaced"], left, "{words:?}");
    }
    for words in [
        &["report", "--format=markdown"][..],
        &["report", "--format=html"],
    ] {
        let said = ran(words, &[&cluster, &plan]);
        assert_eq!(said.code, Some(10), "{words:?}");
        assert!(said.out.contains("1 task has no place"), "{words:?}");
        assert!(!said.out.contains("every task found a place"), "{words:?}");
    }
}

#[test]
fn a_plan_of_a_part_never_says_that_every_task_has_a_place() {
    let folder = Folder::new();
    let cluster = folder.write("c.json", INFEASIBLE);
    for format in ["text", "markdown", "json"] {
        let plan = ran(&["plan", "--format", format], &[&cluster])
            .out
            .to_lowercase();
        for claim in [
            "every task found a place",
            "finds every task a place",
            "every task finds",
        ] {
            assert!(!plan.contains(claim), "{format}: {claim}");
        }
    }
    let text = ran(&["plan"], &[&cluster]).out;
    let row = text
        .lines()
        .find(|line| line.trim_start().starts_with("trainer  "));
    assert!(
        row.expect("a row of the service")
            .contains("1 without a place"),
        "{text}"
    );
}
