//! Holds circles between files of one room to the few that are named here with their reason.
//!
//! An arrow goes from a file to the file of the deepest module that a `crate::`, `super::` or `self::` path in it names.
//! A module and its own children count as one thing where they name each other by plain relative paths. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files that may stand in a circle with each other, and why.
const MAY_STAY: &[(&[&str], &str)] = &[
    (
        &["aws/snapshot/document.rs", "aws/snapshot/left_out.rs"],
        "a section of the document leaves things out, and what is left out is told of by its section",
    ),
    (
        &["catalogue/reader.rs", "catalogue/region.rs"],
        "the reader fills the private fields of the catalogue of a Region, which is made by reading",
    ),
    (
        &[
            "check/rules/capacity.rs",
            "check/rules/distinct_instance.rs",
            "check/rules/ebs_attachments.rs",
            "check/rules/host_ports.rs",
            "check/rules/one_instance.rs",
            "check/rules/task_group.rs",
        ],
        "a rule of one instance is a file with its finding; `one_instance` asks them all and lends them its content",
    ),
    (
        &[
            "check/rules/zone_loss.rs",
            "check/rules/zone_loss_search.rs",
        ],
        "one rule in two files: what must have a place, and the search for it",
    ),
    (
        &[
            "domain/query/expression.rs",
            "domain/query/lexer.rs",
            "domain/query/parser.rs",
        ],
        "an expression is made by parsing only, and its parser makes expressions",
    ),
    (
        &["export/cdk/names.rs", "export/cdk/typescript.rs"],
        "names of a generated program and the program's syntax",
    ),
    (
        &["io/fargate_facts.rs", "io/task_definitions.rs"],
        "what Fargate asks of a definition is read from the sections that a task definition has",
    ),
    (
        &[
            "optimize/even_patterns/fill.rs",
            "optimize/even_patterns/fit.rs",
        ],
        "a filling, and the cheapest kinds that hold it",
    ),
    (
        &["formulate/offering.rs", "formulate/rules/credits.rs"],
        "an offering of a burstable type is made once for each level of what its load pays, and a level is an offering",
    ),
    (
        &["io/cursor.rs", "io/document.rs"],
        "a document's errors are findings with the cursor's codes, the cursor walks the document",
    ),
    (
        &[
            "optimize/pattern.rs",
            "optimize/problem.rs",
            "optimize/room.rs",
            "optimize/side_rows.rs",
        ],
        "a problem names its side rows, and a side row's count in a pattern is asked of a problem",
    ),
    (
        &[
            "planner/choice.rs",
            "planner/fleet.rs",
            "planner/on_demand_zones.rs",
        ],
        "the rows of a fleet, which of their places are tasks, and which of them turn On-Demand",
    ),
    (
        &[
            "planner/assemble.rs",
            "planner/assumptions.rs",
            "planner/changes.rs",
            "planner/instance_loss.rs",
            "planner/pack.rs",
        ],
        "what a plan is assembled from is one struct beside the function that assembles",
    ),
    (
        &[
            "refresh/ecs_prices.rs",
            "refresh/instance_types.rs",
            "refresh/on_demand.rs",
            "refresh/savings_plans.rs",
            "refresh/sheet.rs",
            "refresh/spot.rs",
            "refresh/zones.rs",
        ],
        "a sheet names the kinds of files, and each kind fills a sheet",
    ),
    (
        &["simulate/engine/group.rs", "simulate/engine/recorder.rs"],
        "the recorder reads the state that it records",
    ),
    (
        &[
            "simulate/engine/run.rs",
            "simulate/engine/scenario_events.rs",
        ],
        "an event of a scenario acts on the run, the run takes events in order",
    ),
];

#[test]
fn files_of_a_room_stand_in_no_circle_but_those_named() {
    let arrows = arrows_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let unnamed: Vec<Vec<String>> = circles(&arrows)
        .into_iter()
        .filter(|circle| !MAY_STAY.iter().any(|(files, _)| within(circle, files)))
        .collect();
    assert!(
        unnamed.is_empty(),
        "files that use each other in a circle; move what both need below both: {unnamed:#?}"
    );
}

#[test]
fn a_circle_is_found_and_a_chain_is_not() {
    let arrow = |to: &[&str]| to.iter().map(|&file| file.to_owned()).collect();
    let arrows: Arrows = BTreeMap::from([
        ("a/x.rs".to_owned(), arrow(&["a/y.rs"])),
        ("a/y.rs".to_owned(), arrow(&["a/z.rs", "b/w.rs"])),
        ("a/z.rs".to_owned(), arrow(&["a/x.rs"])),
        ("b/w.rs".to_owned(), arrow(&[])),
    ]);
    assert_eq!(circles(&arrows), [["a/x.rs", "a/y.rs", "a/z.rs"]]);
}

#[test]
fn paths_are_read_from_groups_and_from_code() {
    let text = "use super::{a::B, c};\nuse crate::d::{self, e::{F, g}};\nfn h() { crate::i::j() }\n// crate::k\n";
    let found: Vec<String> = paths(text).into_iter().collect();
    assert_eq!(
        found,
        [
            "crate::d::e::F",
            "crate::d::e::g",
            "crate::d::self",
            "crate::i::j",
            "super::a::B",
            "super::c"
        ]
    );
}

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn within(circle: &[String], files: &[&str]) -> bool {
    circle.iter().all(|file| files.contains(&file.as_str()))
}

/// Sets of files of one room each of which leads to every other: files that reach themselves, with those they share that with.
fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = (arrows.keys())
        .map(|file| (file.as_str(), reached(arrows, file)))
        .collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, there) in &reach {
        let both_ways = |other: &&&str| reach.get(*other).is_some_and(|back| back.contains(file));
        let circle: Vec<String> = (there.iter().filter(both_ways))
            .map(|other| (*other).to_owned())
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// Every file of the same room that a file leads to.
fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in arrows.get(file).into_iter().flatten() {
            if room(next) == room(from) && found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

fn room(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn arrows_of(source: &Path) -> Arrows {
    let mut texts = BTreeMap::new();
    read(source, source, &mut texts);
    let modules: BTreeMap<Vec<String>, &str> = (texts.keys())
        .map(|file| (module(file), file.as_str()))
        .collect();
    (texts.iter())
        .map(|(file, text)| {
            let own = module(file);
            let used = paths(text)
                .iter()
                .filter_map(|path| target(&own, path, &modules))
                .filter(|used| used != file)
                .collect();
            (file.clone(), used)
        })
        .collect()
}

/// Production code of every file below a folder, by its path.
fn read(source: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if path.is_dir() && name != "tests" {
            read(source, &path, texts);
        } else if path.extension().is_some_and(|ending| ending == "rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).expect("source files are UTF-8");
            let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
            let file = path.strip_prefix(source).expect("a file below src");
            let file = file.to_str().expect("a UTF-8 path").replace('\\', "/");
            texts.insert(file, text[..end].to_owned());
        }
    }
}

/// The module that a file is.
fn module(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

/// The file of the deepest module that a path names.
fn target(own: &[String], path: &str, modules: &BTreeMap<Vec<String>, &str>) -> Option<String> {
    let mut at = own.to_vec();
    let mut found = None;
    for part in path.split("::") {
        match part {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
            }
            name => {
                at.push(name.to_owned());
                if !modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
        found = modules.get(&at);
    }
    found.map(|file| (*file).to_owned())
}

/// Every path that begins at `crate`, `super` or `self`, groups written out, comments aside.
fn paths(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut paths = BTreeSet::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') {
                write_out("", &code[at..], &mut paths);
            }
        }
    }
    paths
}

/// Adds the path or the paths of a group that a text begins with; gives what follows.
fn write_out<'a>(prefix: &str, text: &'a str, paths: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    let mut rest = &text[end..];
    if !path.ends_with("::") || !rest.starts_with('{') {
        if end > 0 {
            paths.insert(path.trim_end_matches(':').to_owned());
        }
        return rest;
    }
    while let Some(inner) = rest.strip_prefix(['{', ',']) {
        rest = write_out(&path, inner, paths).trim_start();
        if let Some(renamed) = rest.strip_prefix("as ") {
            rest = renamed
                .trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                .trim_start();
        }
    }
    rest.strip_prefix('}').unwrap_or(rest)
}
