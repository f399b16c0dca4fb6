//! The GitHub action's script, in a repository of two commits.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[path = "../support/old_bash.rs"]
mod old_bash;

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
        self.plan_diff_with(base, &[("MAX_USD_PER_MONTH", budget)])
    }

    fn plan_diff_with(&self, base: &str, more: &[(&str, &str)]) -> (Output, String) {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/plan-diff/plan-diff");
        let report = self.0.path().join("report.md");
        let output = Command::new(script)
            .current_dir(self.0.path())
            .env("BAYPLAN", assert_cmd::cargo::cargo_bin!("bayplan"))
            .env("CLUSTER", "cluster.csv")
            .env("BASE", base)
            .env("ARGUMENTS", "--region us-east-1")
            .envs(more.iter().copied())
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

#[test]
fn a_change_that_repairs_a_broken_file_has_no_plan_before() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", "service,cpu\n");
    repository.commit("cluster.csv", BEFORE);
    let (output, report) = repository.plan_diff(&base, "");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        report.contains("Before this change `cluster.csv` could not be planned"),
        "{report}"
    );
    assert!(
        report.contains("cluster.csv:1"),
        "the file's own name: {report}"
    );
}

#[test]
fn what_is_wrong_is_shown_beside_its_line() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", BEFORE);
    repository.commit(
        "cluster.csv",
        "service,cpu,memory_mib,desired_count\napi,100%,1024,5\n",
    );
    let (output, _) = repository.plan_diff_with(&base, &[("GITHUB_ACTIONS", "true")]);
    assert_eq!(output.status.code(), Some(20), "{output:?}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains(
            "::error file=cluster.csv,line=2,col=1,title=E1108 rows[0].cpu::`100%25` is not"
        ),
        "{shown}"
    );
}

#[test]
fn tasks_without_a_place_come_first_and_are_no_saving() {
    let huge = "service,cpu,memory_mib,desired_count\napi,512,1024,5\nweb,999999,1024,9\n";
    let repository = Repository::new();
    let whole = repository.commit("cluster.csv", BEFORE);
    let broken = repository.commit("cluster.csv", huge);
    let (output, report) = repository.plan_diff(&whole, "");
    assert_eq!(output.status.code(), Some(10), "{output:?}");
    assert!(
        report.contains("**9 tasks of web have no place; the rest costs"),
        "{report}"
    );
    assert!(!report.contains(" less than "), "{report}");
    // The repair is not an increase either.
    repository.commit("cluster.csv", BEFORE);
    let (output, report) = repository.plan_diff_with(&broken, &[("FAIL_ON_INCREASE", "0%")]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(report.contains("**every task has a place:"), "{report}");
}

#[test]
fn an_increase_beyond_the_allowed_one_fails() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", BEFORE);
    repository.commit("cluster.csv", AFTER);
    let (output, _) = repository.plan_diff_with(&base, &[("FAIL_ON_INCREASE", "5%")]);
    assert_eq!(output.status.code(), Some(12), "{output:?}");
    let (output, _) = repository.plan_diff_with(&base, &[("FAIL_ON_INCREASE", "100000%")]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

#[test]
fn arguments_are_quoted_as_in_a_shell_and_nothing_is_expanded() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", BEFORE);
    repository.commit("cluster.csv", AFTER);
    let arguments = "--region us-east-1 --allowed-instance-types \"m7i.*, c7i.*\" --excluded-instance-types '$(touch expanded)'";
    let (output, _) = repository.plan_diff_with(&base, &[("ARGUMENTS", arguments)]);
    assert!(!repository.0.path().join("expanded").exists());
    assert!(
        matches!(output.status.code(), Some(3 | 10 | 20)),
        "{output:?}"
    );
}

#[test]
fn quotes_that_do_not_match_are_told_and_blank_arguments_are_none() {
    let repository = Repository::new();
    let base = repository.commit("cluster.csv", BEFORE);
    let (output, _) = repository.plan_diff_with(&base, &[("ARGUMENTS", "--region 'us-east-1")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the quotes do not match"), "{said}");
    let blank = [("ARGUMENTS", " \n"), ("AWS_REGION", "us-east-1")];
    let (output, _) = repository.plan_diff_with(&base, &blank);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_action_and_what_it_calls_run_on_the_bash_of_macos() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        ".github/actions/plan-diff/plan-diff",
        ".github/actions/plan-diff/action.yml",
        ".github/workflows/release.yml",
        "scripts/setup",
        "scripts/archive",
    ];
    for file in files {
        let text = fs::read_to_string(root.join(file)).expect(file);
        assert!(
            text.contains("bash") || text.contains("run: "),
            "{file} is no script of bash"
        );
        assert_eq!(
            old_bash::newer_than_3_2(&text),
            Vec::<String>::new(),
            "{file}"
        );
    }
}
