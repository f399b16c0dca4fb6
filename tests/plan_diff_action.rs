//! The GitHub action's script, in a repository of two commits.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BEFORE: &str = "service,cpu,memory_mib,desired_count\napi,512,1024,5\n";
const AFTER: &str = "service,cpu,memory_mib,desired_count\napi,512,1024,50\nworker,1024,4096,3\n";

struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        repository.git(&["init", "--quiet"]);
        repository.git(&["config", "user.email", "test@example.com"]);
        repository.git(&["config", "user.name", "test"]);
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes a file, commits, and gives the commit.
    fn commit(&self, file: &str, text: &str) -> String {
        fs::write(self.0.path().join(file), text).expect("written");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn plan_diff(&self, base: &str, budget: &str) -> (Output, String) {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/plan-diff/plan-diff");
        let report = self.0.path().join("report.md");
        let output = Command::new(script)
            .current_dir(self.0.path())
            .env("BAYPLAN", assert_cmd::cargo::cargo_bin!("bayplan"))
            .env("CLUSTER", "cluster.csv")
            .env("BASE", base)
            .env("ARGUMENTS", "--region us-east-1")
            .env("MAX_USD_PER_MONTH", budget)
            .env("REPORT", &report)
            .output()
            .expect("the script runs");
        (output, fs::read_to_string(report).unwrap_or_default())
    }
}

#[test]
fn the_comment_says_what_changes_and_the_code_judges_it() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", BEFORE);
    let (output, _) = repository.plan_diff(&base, "");
    assert_eq!(output.status.code(), Some(0), "nothing changes: {output:?}");
    repository.commit("cluster.csv", AFTER);
    let (output, report) = repository.plan_diff(&base, "100000");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        report.starts_with("<!-- bayplan plan-diff -->\n"),
        "{report}"
    );
    assert!(
        report.contains("USD per month") && report.contains("more than"),
        "{report}"
    );
    assert!(
        report.contains("| worker |") && report.contains("| api |"),
        "{report}"
    );
    let (output, report) = repository.plan_diff(&base, "1");
    assert_eq!(output.status.code(), Some(12), "{output:?}");
    assert!(report.contains("over the budget"), "{report}");
}

#[test]
fn a_new_file_and_a_broken_one_have_their_own_ends() {
    let repository = Repository::new();
    let base = repository.commit("README", "nothing yet\n");
    repository.commit("cluster.csv", BEFORE);
    let (output, report) = repository.plan_diff(&base, "");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(report.contains("#### Cost by ECS service"), "{report}");
    repository.commit("cluster.csv", "service,cpu\n");
    let (output, _) = repository.plan_diff(&base, "");
    assert_eq!(output.status.code(), Some(20), "{output:?}");
}
