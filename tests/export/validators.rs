//! Other people's validators, run from a Python environment that `scripts/export-validators` makes: cfn-lint for templates,
//! botocore's parameter validation for AWS CLI inputs.
//!
//! Ignored in a plain `cargo test`, so that it works without Python; `make test-export` and CI run it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use bayplan::domain::plan::FleetPlan;
use bayplan::domain::settings::Settings;
use bayplan::export::{
    ExportedFile, TerraformStyle, cli, cloudformation_json, cloudformation_yaml, terraform_hcl,
};

use serde_json::Value;

use super::deployed::wanted;
use super::diff::parts;
use super::existing::with_everything_existing;
use super::managed::for_validators;
use super::plans::{exported, hostile_plan, plan};
use super::schedules::over_a_week;
use super::special_plans::{
    large_plan, mixed_plan, resetting_plan, resetting_settings, retyping_settings,
};

/// Plans that go through the validators, half of them hostile.
const SAMPLE: u64 = 6;

const STYLES: [(TerraformStyle, &str); 2] = [
    (TerraformStyle::Resources, "resources"),
    (TerraformStyle::Modules, "modules"),
];

fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/export-validators/bin/python");
    assert!(
        python.exists(),
        "the validators are not installed: run scripts/export-validators (needs python3 with venv and PyPI)"
    );
    python
}

/// Packages of npm that `scripts/export-validators` installs.
pub fn node_modules() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = root.join("target/export-validators/node/node_modules");
    assert!(
        modules.exists(),
        "npm's packages are not installed: run scripts/export-validators (needs npm's registry)"
    );
    modules
}

/// No error and no warning of cfn-lint in these templates.
pub fn cfn_lint(templates: &[&PathBuf]) {
    let lint = python().with_file_name("cfn-lint");
    let output = Command::new(lint)
        .args(["--regions", "us-east-1", "--"])
        .args(templates)
        .output()
        .expect("cfn-lint runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn cfn_lint_finds_nothing_in_the_stacks_that_run_bayplan() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let templates = [
        "rightsize.yaml",
        "fleet/batch.yaml",
        "fleet/step-functions.yaml",
    ]
    .map(|name| deploy.join(name));
    cfn_lint(&templates.each_ref());
}

#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn cfn_lint_and_botocore_find_nothing() {
    let python = python();
    let folder = tempfile::tempdir().expect("a folder");
    let mut exports: Vec<(String, Settings)> = Vec::new();
    for seed in 0..SAMPLE {
        exports.push((format!("plain-{seed}"), exported(&plan(seed))));
        exports.push((format!("hostile-{seed}"), exported(&hostile_plan(seed))));
    }
    let mut mixed = exported(&mixed_plan());
    mixed.root_volume_gib = Some(100);
    exports.push(("mixed".to_owned(), mixed));
    exports.push(("large".to_owned(), exported(&large_plan())));
    exports.push(("resets".to_owned(), exported(&resetting_plan())));
    exports.push(("week".to_owned(), over_a_week()));
    exports.push(("reset-limits".to_owned(), resetting_settings()));
    exports.push(("retyped".to_owned(), retyping_settings()));
    exports.push(("existing".to_owned(), with_everything_existing()));
    for (index, part) in parts().into_iter().enumerate() {
        exports.push((format!("part-{index}"), part));
    }
    for (index, managed) in for_validators().into_iter().enumerate() {
        exports.push((format!("managed-{index}"), managed));
    }
    for (name, settings) in &exports {
        let write = |name: String, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        let (json, yaml) = (cloudformation_json(settings), cloudformation_yaml(settings));
        write(format!("{name}.template.json"), &json);
        write(format!("{name}.template.yaml"), &yaml);
        let inputs = folder.path().join(name);
        std::fs::create_dir(&inputs).expect("a folder");
        for file in cli(settings) {
            std::fs::write(inputs.join(&file.name), &file.text).expect("written");
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
    let plans = (0..40).flat_map(|seed| [plan(seed), hostile_plan(seed)]);
    let mut exports: Vec<Settings> = plans.map(|plan| exported(&plan)).collect();
    exports.extend([exported(&large_plan()), with_everything_existing()]);
    exports.extend(parts());
    for (index, settings) in exports.iter().enumerate() {
        for (style, name) in STYLES {
            let path = folder.path().join(format!("{index}-{name}.tf"));
            std::fs::write(path, terraform_hcl(settings, style)).expect("written");
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
    apply_and_compare(&applied_plan());
}

/// A plan with everything that is applied: a mixed group, others, Fargate and Fargate Spot.
fn applied_plan() -> FleetPlan {
    (0..10_000)
        .map(plan)
        .find(|plan| {
            let providers: BTreeSet<&str> = (plan.instances.iter())
                .map(|row| row.capacity_provider.as_str())
                .collect();
            (2..plan.instances.len()).contains(&providers.len()) && !plan.fargate_tasks.is_empty()
        })
        .expect("one of them")
}

fn apply_and_compare(plan: &FleetPlan) {
    let python = python();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = exported(plan);
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
    assert_eq!(super::cli::read(&files), wanted(plan, &settings));
}
