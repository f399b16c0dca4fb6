//! What `deploy/` starts every night: commands that the binary knows, and units that systemd takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Folder, bayplan};

fn deploy(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join("deploy").join(name)).expect("a file of deploy")
}

/// Flags that a text passes to `bayplan rightsize`.
fn flags(text: &str) -> BTreeSet<String> {
    let (_, command) = text.split_once("rightsize ecs:").unwrap_or_else(|| {
        let split = text.split_once("bayplan rightsize ${CLUSTER}");
        split.expect("it runs bayplan rightsize")
    });
    let end = command.find("\n#").unwrap_or(command.len());
    (command[..end].split_whitespace())
        .filter(|word| word.starts_with("--"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_flag_that_a_nightly_run_is_given_is_one_of_the_command() {
    let help = bayplan().args(["rightsize", "--help"]).output();
    let help = String::from_utf8(help.expect("the binary runs").stdout).expect("UTF-8");
    let template = deploy("rightsize.yaml");
    let (_, command) = template.split_once("Command:").expect("a command");
    let (command, _) = command.split_once("Secrets:").expect("its end");
    let of_template = format!("rightsize ecs:{command}");
    let texts = [
        deploy("bayplan-rightsize.cron"),
        deploy("bayplan-rightsize.service"),
        of_template,
    ];
    for text in texts {
        let flags = flags(&text);
        assert!(flags.len() >= 5, "{flags:?}");
        for flag in flags {
            let is_known = (help.split_whitespace()).any(|word| word.trim_end_matches(',') == flag);
            assert!(is_known, "{flag} is no flag of `bayplan rightsize`");
        }
    }
}

fn on_the_path(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[test]
fn systemd_takes_service_and_timer() {
    let Some(analyze) = on_the_path("systemd-analyze") else {
        eprintln!("systemd is not installed: its units are not verified");
        return;
    };
    let folder = Folder::new();
    // systemd looks whether the program is there.
    let program = on_the_path("true").expect("a program");
    let service = deploy("bayplan-rightsize.service")
        .replace("/usr/local/bin/bayplan", &program.to_string_lossy());
    let files = [
        folder.write("bayplan-rightsize.service", &service),
        folder.write(
            "bayplan-rightsize.timer",
            &deploy("bayplan-rightsize.timer"),
        ),
    ];
    let verify = |files: &[PathBuf]| {
        let output = Command::new(&analyze).arg("verify").args(files).output();
        let output = output.expect("systemd-analyze runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    assert_eq!(verify(&files), (true, String::new()));
    let wrong = folder.write(
        "bayplan-wrong.service",
        &service.replace("Type=oneshot", "Typ=oneshot"),
    );
    assert!(verify(&[wrong]).1.contains("Typ"));
}
