//! Holds names of policy keys that stand as texts outside the table to those of the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{is_test_file, production_code, read_text, rust_files};

/// Rooms and files whose texts name policy keys.
const NAMING: [&str; 7] = [
    "src/what_if",
    "src/sweep",
    "src/explain",
    "src/planner",
    "src/report/wording",
    "src/io/policy_checks.rs",
    "src/domain/plan/obstacles.rs",
];

/// Words of the cluster file and of plans that those texts name beside them.
const NO_KEYS: [&str; 26] = [
    "availabilityZones",
    "awsvpcTrunking",
    "bayplanVersion",
    "containerInstances",
    "desiredCount",
    "ephemeralStorage",
    "executionRoleArn",
    "hostPorts",
    "instanceWarmupPeriod",
    "launchType",
    "maxCount",
    "maxSize",
    "maximumPercent",
    "maximumScalingStepSize",
    "memberOf",
    "minCount",
    "minSize",
    "minimumHealthyPercent",
    "minimumScalingStepSize",
    "networkMode",
    "placementConstraints",
    "requiresCompatibilities",
    "runtimePlatform",
    "serviceName",
    "targetCapacity",
    "usdPerHour",
];

/// Names of the table.
fn keys() -> BTreeSet<String> {
    let table = read_text("src/domain/policy_keys/table.rs");
    let names = table.lines().filter_map(|line| {
        let name = line.strip_prefix("        name: \"")?;
        Some(name.strip_suffix("\",")?.to_owned())
    });
    names.collect()
}

/// Words in camel case in the texts of a program.
fn camel_words(code: &str) -> BTreeSet<String> {
    let code: Vec<&str> = (code.lines())
        .filter(|line| !line.trim_start().starts_with(['/', '#']))
        .collect();
    // Escaped characters and a quote that is a character neither begin nor end a text.
    let code = code.join("\n").replace("'\"'", "").replace("\\\\", "");
    let code = code.replace("\\\"", "");
    let mut words = BTreeSet::new();
    for text in code.split('"').skip(1).step_by(2) {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.extend(parts.filter(|word| is_camel(word)).map(str::to_owned));
    }
    words
}

/// As documents have their keys: small letters, then a capital and a small letter (`vCPU` is none).
fn is_camel(word: &str) -> bool {
    let capital = word.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(0);
    let mut rest = word[capital..].chars();
    capital > 0
        && rest.next().is_some_and(|c| c.is_ascii_uppercase())
        && rest.next().is_some_and(|c| c.is_ascii_lowercase())
        && rest.all(|c| c.is_ascii_alphanumeric())
}

#[test]
fn names_of_policy_keys_outside_the_table_are_those_of_the_table() {
    let keys = keys();
    assert!(keys.len() > 30, "{keys:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for naming in NAMING {
        let place = root.join(naming);
        let files = if place.is_dir() {
            rust_files(&place)
        } else {
            vec![place]
        };
        for file in files.iter().filter(|file| !is_test_file(file)) {
            let text = fs::read_to_string(file).expect("source files are UTF-8");
            for word in camel_words(production_code(&text)) {
                if !keys.contains(&word) && !NO_KEYS.contains(&word.as_str()) {
                    wrong.push(format!("{}: {word}", file.display()));
                }
                seen.insert(word);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "no key of the policy:\n{}",
        wrong.join("\n")
    );
    let unseen: Vec<&&str> = NO_KEYS
        .iter()
        .filter(|word| !seen.contains(**word))
        .collect();
    assert!(unseen.is_empty(), "named nowhere: {unseen:?}");
    for key in [
        "maxCapacityProviders",
        "surviveZoneLoss",
        "minVcpus",
        "spotMaxSharePerPool",
    ] {
        assert!(seen.contains(key), "{key} was not seen");
    }
}

#[test]
fn mistyped_keys_are_seen() {
    let code = "f(&[(\"maxInstanceType\", json!(1))]);\n// \"aComment\"\n\
                g(\"say `maxInstances`, '\\\"' and\n more\", '\"', \"surviveZoneLos\");";
    let found: Vec<String> = camel_words(code).into_iter().collect();
    assert_eq!(found, ["maxInstanceType", "maxInstances", "surviveZoneLos"]);
}
