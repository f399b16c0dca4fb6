//! What `deploy/` starts every night: commands that the binary knows, units that systemd takes, and an image whose steps work.

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

/// What `scripts/dockerfile-steps` says of a Dockerfile, with the binary of this build in place of the image's.
fn steps(python: &Path, dockerfile: &Path) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("scripts/dockerfile-steps"))
        .args(["--bayplan", env!("CARGO_BIN_EXE_bayplan"), "--dockerfile"])
        .arg(dockerfile)
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(failed.is_empty(), "{failed}");
    (output.status.success(), said)
}

#[test]
fn the_steps_of_the_image_work_one_by_one() {
    let Some(python) = on_the_path("python3") else {
        eprintln!("python3 is not installed: the steps of the Dockerfile are not tried");
        return;
    };
    let folder = Folder::new();
    let right = deploy("Dockerfile");
    let (is_right, said) = steps(&python, &folder.write("Dockerfile", &right));
    assert!(is_right, "{said}");
    assert!(said.contains("ok: --version says bayplan "), "{said}");
    // Each mistake is found where it is, and none hides another.
    let mistakes = [
        ("rust:1.95-bookworm", "rust:latest", "name a version"),
        ("COPY . .", "COPY nowhere ./", "nowhere is not in"),
        ("&& strip ", "&& scrub ", "does not know the command"),
        ("USER 10001", "USER root", "the user is root"),
        ("[\"bayplan\"]", "bayplan", "not in the form of a list"),
        (
            "/source/target/release/",
            "/target/",
            "no step of stage build",
        ),
    ];
    let wrong = mistakes.iter().fold(right, |text, (from, to, _)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let (is_right, said) = steps(&python, &folder.write("Wrong", &wrong));
    assert!(!is_right, "{said}");
    for (_, _, found) in mistakes {
        let is_found = (said.lines()).any(|line| line.contains("WRONG") && line.contains(found));
        assert!(is_found, "{found}: {said}");
    }
}
