//! The README's console blocks are real: every command is run and its output compared.
//!
//! `UPDATE_README=1 cargo test --test project readme` writes the present output into the README.
#![cfg(unix)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A last line that stands for the rest of the output.
const ELLIPSIS: &str = "…";

#[test]
fn commands_print_what_the_readme_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("a README");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(root.join("data"), folder.path().join("data")).expect("a link");
    let real = with_real_output(&readme, |command| run(command, folder.path()));
    if env::var_os("UPDATE_README").is_some() {
        fs::write(root.join("README.md"), real).expect("a writable README");
    } else {
        assert!(
            readme == real,
            "the README is out of date; UPDATE_README=1 cargo test --test project readme writes:\n{real}"
        );
    }
}

#[test]
fn only_output_in_console_blocks_is_replaced() {
    let text = "$ not a block\n```console\n$ a\nold\n$ b\nold\n…\n```\nafter\n";
    let real = with_real_output(text, |command| match command {
        "a" => "new\n".to_owned(),
        _ => "one\n\ntwo\n\nthree\n".to_owned(),
    });
    let expected = "$ not a block\n```console\n$ a\nnew\n$ b\none\n\ntwo\n…\n```\nafter\n";
    assert_eq!(real, expected);
}

fn run(command: &str, folder: &Path) -> String {
    let binary = Path::new(assert_cmd::cargo::cargo_bin!("bayplan"));
    let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
    if let Some(inherited) = env::var_os("PATH") {
        path.push(":");
        path.push(inherited);
    }
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env_remove("AWS_REGION")
        .env_remove("BAYPLAN_CATALOGUE")
        .output()
        .expect("sh runs");
    // That the embedded prices are old by now is no part of a result.
    let said = String::from_utf8_lossy(&output.stderr);
    let is_of_age = |line: &str| line.starts_with("warning: older than 30 days: ");
    assert!(said.lines().all(is_of_age), "{command}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text with every command's output in `console` blocks replaced. Output that the text cuts short with an
/// ellipsis is shown up to its second empty line.
fn with_real_output(text: &str, mut run: impl FnMut(&str) -> String) -> String {
    let mut result = String::new();
    let mut lines = text.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        result.push_str(line);
        result.push('\n');
        if line.starts_with("```") {
            in_block = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) else {
            continue;
        };
        let mut shown = Vec::new();
        while let Some(line) =
            lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```"))
        {
            shown.push(line);
        }
        let output = run(command);
        if shown.last() == Some(&ELLIPSIS) {
            let parts: Vec<&str> = output.splitn(3, "\n\n").take(2).collect();
            result.push_str(&parts.join("\n\n"));
            result.push('\n');
            result.push_str(ELLIPSIS);
            result.push('\n');
        } else {
            result.push_str(&output);
        }
    }
    result
}
