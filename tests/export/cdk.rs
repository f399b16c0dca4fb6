//! CDK constructs: compiled by TypeScript's compiler in its strictest mode, run by Node with the CDK library, and the
//! synthesized templates read like any other.
//!
//! Ignored in a plain `cargo test`; `make test-export` and CI run it.

use std::path::{Path, PathBuf};
use std::process::Command;

use bayplan::domain::plan::FleetPlan;
use bayplan::domain::settings::Settings;
use bayplan::export::cdk;
use serde_json::Value;

use super::cloudformation::read;
use super::deployed::wanted;
use super::diff::parts;
use super::plans::{PLANS, exported, hostile_plan, plan};
use super::schedules::over_a_week;
use super::special_plans::{mixed_plan, resetting_plan, resetting_settings, retyping_settings};
use super::validators::{cfn_lint, node_modules};

const COMPILER_OPTIONS: &str = r#"{"compilerOptions": {"strict": true, "noUnusedLocals": true, "noUnusedParameters": true,
  "noEmitOnError": true, "skipLibCheck": true, "module": "node16", "moduleResolution": "node16", "target": "es2022",
  "types": ["node"]}, "include": ["*.ts"]}"#;

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The machine's Node, or the one from Python's package index.
fn node() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/export-validators/bin/node");
    if own.exists() { own } else { "node".into() }
}

/// Compiles and runs constructs; the templates in the order of the exports.
fn synthesized(folder: &Path, exports: &[Settings]) -> Vec<PathBuf> {
    std::fs::write(folder.join("tsconfig.json"), COMPILER_OPTIONS).expect("written");
    for (index, settings) in exports.iter().enumerate() {
        let path = folder.join(format!("plan{index}.ts"));
        std::fs::write(path, cdk(settings)).expect("written");
    }
    let compiler = node_modules().join("typescript/bin/tsc");
    run(Command::new(node()).arg(compiler).arg("-p").arg(folder));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/synthesize.cjs");
    run(Command::new(node())
        .arg(script)
        .arg(folder)
        .env("NODE_PATH", node_modules()));
    (0..exports.len())
        .map(|index| folder.join(format!("plan{index}.template.json")))
        .collect()
}

#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn cdk_compiles_and_synthesizes_what_the_plan_says() {
    let parent = node_modules();
    let folder = tempfile::tempdir_in(parent.parent().expect("a folder")).expect("a folder");
    let mut plans: Vec<FleetPlan> = (0..PLANS).map(plan).collect();
    plans.extend((0..40).map(hostile_plan));
    plans.push(mixed_plan());
    plans.push(resetting_plan());
    let mut exports: Vec<Settings> = plans.iter().map(exported).collect();
    exports.extend(parts());
    exports.push(over_a_week());
    exports.push(resetting_settings());
    exports.push(retyping_settings());
    let templates = synthesized(folder.path(), &exports);
    for (index, (path, plan)) in templates.iter().zip(&plans).enumerate() {
        let text = std::fs::read_to_string(path).expect("a template");
        let template: Value = serde_json::from_str(&text).expect("JSON");
        let wanted = wanted(plan, &exports[index]);
        assert_eq!(read(&template), wanted, "plan {index}");
    }
    let mut linted = vec![&templates[0], &templates[1]];
    linted.extend(&templates[plans.len() - 1..]);
    // The last but one resets at once, the last when its services have moved.
    let [.., at_once, later] = &templates[..] else {
        panic!("two templates at least");
    };
    for (path, has_limits) in [(at_once, true), (later, false)] {
        let text = std::fs::read_to_string(path).expect("a template");
        assert_eq!(text.contains("AWS::Scheduler::Schedule"), has_limits);
    }
    cfn_lint(&linted);
}
