//! Other people's validators, run from a Python environment that `scripts/export-validators` makes: cfn-lint for templates,
//! botocore's parameter validation for AWS CLI inputs.
//!
//! Ignored in a plain `cargo test`, so that it works without Python; `make test-export` and CI run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use bayplan::export::{ExportedFile, cli, cloudformation_json, cloudformation_yaml, terraform_hcl};

use serde_json::Value;

use super::deployed::wanted;
use super::plans::{PLANS, exported, hostile_plan, plan};

/// Plans that go through the validators, half of them hostile.
const SAMPLE: u64 = 6;

fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/export-validators/bin/python");
    assert!(
        python.exists(),
        "the validators are not installed: run scripts/export-validators (needs python3 with venv and PyPI)"
    );
    python
}

#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn cfn_lint_and_botocore_find_nothing() {
    let python = python();
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..SAMPLE {
        for (kind, plan) in [("plain", plan(seed)), ("hostile", hostile_plan(seed))] {
            let settings = exported(&plan);
            let write = |name: String, text: &str| {
                std::fs::write(folder.path().join(name), text).expect("written");
            };
            write(
                format!("{kind}-{seed}.template.json"),
                &cloudformation_json(&settings),
            );
            write(
                format!("{kind}-{seed}.template.yaml"),
                &cloudformation_yaml(&settings),
            );
            let inputs = folder.path().join(format!("{kind}-{seed}"));
            std::fs::create_dir(&inputs).expect("a folder");
            for file in cli(&settings) {
                std::fs::write(inputs.join(&file.name), &file.text).expect("written");
            }
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/validate.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "needs terraform; make test-export runs it where there is one"]
fn terraform_fmt_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..40 {
        for (kind, plan) in [("plain", plan(seed)), ("hostile", hostile_plan(seed))] {
            let path = folder.path().join(format!("{kind}-{seed}.tf"));
            std::fs::write(path, terraform_hcl(&exported(&plan))).expect("written");
        }
    }
    let output = Command::new("terraform")
        .args(["fmt", "-check", "-diff"])
        .arg(folder.path())
        .output()
        .expect("terraform runs; install it from https://developer.hashicorp.com/terraform");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The script, run twice by bash and the AWS CLI against a local stand-in for AWS over HTTP; what `describe` calls then say
/// is the plan.
#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn applied_and_read_back_it_is_the_plan() {
    let python = python();
    let folder = tempfile::tempdir().expect("a folder");
    let plan = (0..PLANS)
        .map(plan)
        .find(|plan| plan.instances.len() == 2 && !plan.fargate_tasks.is_empty())
        .expect("a plan with both kinds of capacity");
    let settings = exported(&plan);
    for file in cli(&settings) {
        std::fs::write(folder.path().join(&file.name), &file.text).expect("written");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/apply.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .expect("Python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let described: BTreeMap<String, Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{errors}"));
    let files: Vec<ExportedFile> = (described.into_iter())
        .map(|(name, document)| ExportedFile {
            name,
            text: document.to_string(),
            executable: false,
        })
        .collect();
    assert_eq!(super::cli::read(&files), wanted(&plan, &settings));
}
