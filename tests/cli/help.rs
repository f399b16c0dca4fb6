//! Help, man pages, usage errors and completions.

use predicates::prelude::*;

use crate::support::bayplan;

fn help(arguments: &[&str]) -> String {
    let output = bayplan().args(arguments).output().expect("the binary runs");
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

#[test]
fn help_names_every_command_and_exit_code() {
    insta::assert_snapshot!(named("help"), help(&["--help"]));
}

#[test]
fn help_of_plan_groups_its_flags() {
    insta::assert_snapshot!(named("help_of_plan"), help(&["plan", "-h"]));
}

/// Builds without AWS have fewer commands and flags.
fn named(snapshot: &str) -> String {
    let build = if cfg!(feature = "aws") {
        "with"
    } else {
        "without"
    };
    format!("{snapshot}_{build}_aws")
}

#[test]
fn a_live_cluster_needs_a_build_with_aws() {
    if cfg!(feature = "aws") {
        bayplan()
            .args(["plan", "ecs:"])
            .assert()
            .code(2)
            .stderr(predicate::str::contains("ecs:NAME"));
    } else {
        let said = predicate::str::contains("this build of bayplan has no AWS in it");
        bayplan()
            .args(["plan", "ecs:prod"])
            .assert()
            .code(2)
            .stderr(said);
        bayplan()
            .args(["snapshot", "--cluster", "prod"])
            .assert()
            .code(2);
    }
}

#[test]
fn help_of_check() {
    let text = help(&["check", "-h"]);
    for part in [
        "<CLUSTER>",
        "[PLAN]",
        "--allowed-instance-types",
        "--format",
        "Examples:",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let lines: &[&[&str]] = &[
        &[],
        &["what-next", "x.json"],
        &["simulate", "-", "-"],
        &["simulate", "x.json", "--orders", "0"],
        &["plan"],
        &["plan", "x.json", "--no-such-flag"],
        &["plan", "x.json", "--format", "xml"],
        &["plan", "x.json", "--time-limit", "0"],
        &["plan", "x.json", "--gap", "1.5"],
        &["plan", "x.json", "--threads", "0"],
        &["plan", "x.json", "--bare-metal", "perhaps"],
        &["plan", "x.json", "--quiet", "-v"],
        &["check", "-", "-"],
        &["completions", "tcsh"],
    ];
    for line in lines {
        bayplan()
            .args(*line)
            .assert()
            .code(2)
            .stdout("")
            .stderr(predicate::str::is_empty().not());
    }
}

#[test]
fn completions_know_the_commands_in_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        bayplan()
            .args(["completions", shell])
            .assert()
            .success()
            .stdout(predicate::str::contains("detailed-exitcode"))
            .stderr("");
    }
}

#[test]
fn version_goes_to_stdout() {
    bayplan()
        .arg("--version")
        .assert()
        .success()
        .stdout(format!("bayplan {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pages = folder.path().join("man");
    bayplan()
        .args(["man", "--dir"])
        .arg(&pages)
        .assert()
        .success()
        .stdout("");
    for name in [
        "bayplan",
        "bayplan-plan",
        "bayplan-schema",
        "bayplan-catalogue-show",
    ] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect("a page");
        assert!(page.contains(".SH NAME"), "{name}");
    }
    let plan = std::fs::read_to_string(pages.join("bayplan-plan.1")).expect("a page");
    assert!(
        plan.contains("max\\-instance\\-types"),
        "the flags are in it"
    );
    let all = bayplan()
        .arg("man")
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    assert!(String::from_utf8_lossy(&all).matches(".SH NAME").count() > 12);
}
