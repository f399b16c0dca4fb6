//! Clusters the tests write, and the binary that reads them.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// Two services, few tasks: planned in a moment.
pub const CLUSTER: &str = r#"{
  "version": 1, "cluster": "shop", "region": "us-east-1",
  "services": [
    {"serviceName": "api", "desiredCount": 5, "cpu": 512, "memory": 1024, "networkMode": "awsvpc"},
    {"serviceName": "worker", "desiredCount": 3, "cpu": 1024, "memory": 4096}
  ]
}"#;

/// One service that fits, one that asks for more GPUs than any instance has.
pub const INFEASIBLE: &str = r#"{
  "version": 1, "cluster": "shop", "region": "us-east-1",
  "services": [
    {"serviceName": "api", "desiredCount": 2, "cpu": 512, "memory": 1024},
    {"serviceName": "trainer", "desiredCount": 1, "cpu": 1024, "memory": 4096, "gpu": 64}
  ]
}"#;

/// The same kind of input as a table.
pub const CSV: &str = "service,cpu,memory_mib,desired_count\napi,512,1024,5\nworker,1024,4096,3\n";

/// The binary without the caller's environment.
pub fn bayplan() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"));
    for name in [
        "AWS_REGION",
        "AWS_BATCH_JOB_ARRAY_INDEX",
        "BAYPLAN_CATALOGUE",
        "NO_COLOR",
        "COLUMNS",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command
}

/// What is said on stderr besides that the embedded prices are old, which depends on the day.
pub fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("warning: older than 30 days: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// That nothing else is said on stderr.
pub fn nothing_said() -> impl predicates::Predicate<[u8]> {
    predicates::function::function(|stderr: &[u8]| said(stderr).is_empty())
}

/// A folder with one file in it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a writable temporary folder");
        path
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .expect("a readable folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

/// Plans a file as JSON with further arguments; the plan and the exit code.
pub fn plan_json(file: &Path, arguments: &[&str]) -> (Value, i32) {
    let output = bayplan()
        .arg("plan")
        .arg(file)
        .args(["--format", "json"])
        .args(arguments)
        .output()
        .expect("the binary runs");
    let plan = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}\nstderr: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (plan, output.status.code().expect("an exit code"))
}

/// `bayplan fleet …` in a folder, with this exit code: what it says on stdout and on stderr.
pub fn fleet(arguments: &[&str], folder: &Folder, code: i32) -> (String, String) {
    let mut command = bayplan();
    command.arg("fleet").args(arguments);
    let output = (command.current_dir(folder.path("")).output()).expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}\n{stderr}");
    (stdout, stderr)
}

/// A file of the bundled examples.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/examples")
        .join(name)
}
