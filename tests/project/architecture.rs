//! Holds the direction of dependencies between the library's top-level modules, which one crate cannot enforce.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod policy_keys;
mod recipes;

/// Every top-level module and the modules it may use. `cli` is the top and may use all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("optimize", &[]),
    ("catalogue", &["domain"]),
    ("io", &["domain"]),
    ("commitment", &["domain", "catalogue"]),
    ("billed", &["domain", "catalogue"]),
    ("refresh", &["domain", "catalogue", "io"]),
    ("diff", &["domain"]),
    ("apply", &["domain"]),
    ("history", &[]),
    ("aws", &["apply", "domain", "io", "refresh"]),
    ("check", &["domain", "catalogue"]),
    ("simulate", &["domain", "catalogue"]),
    ("formulate", &["domain", "catalogue", "optimize"]),
    ("proof", &["domain", "formulate", "optimize"]),
    (
        "realise",
        &["domain", "catalogue", "formulate", "optimize", "simulate"],
    ),
    (
        "planner",
        &[
            "domain",
            "catalogue",
            "check",
            "commitment",
            "diff",
            "formulate",
            "optimize",
            "proof",
            "realise",
            "simulate",
        ],
    ),
    (
        "what_if",
        &["domain", "catalogue", "io", "optimize", "planner", "sweep"],
    ),
    (
        "sweep",
        &[
            "domain",
            "catalogue",
            "check",
            "optimize",
            "planner",
            "simulate",
        ],
    ),
    (
        "explain",
        &["domain", "catalogue", "optimize", "planner", "sweep"],
    ),
    (
        "fleet",
        &["domain", "catalogue", "commitment", "io", "optimize"],
    ),
    (
        "report",
        &[
            "apply",
            "billed",
            "domain",
            "explain",
            "fleet",
            "history",
            "io",
            "planner",
            "rightsize",
            "simulate",
            "sweep",
            "what_if",
        ],
    ),
    (
        "rightsize",
        &["domain", "catalogue", "io", "optimize", "planner"],
    ),
    ("export", &["domain", "diff", "io"]),
    (
        "cli",
        &[
            "apply",
            "aws",
            "billed",
            "domain",
            "catalogue",
            "io",
            "check",
            "diff",
            "explain",
            "export",
            "fleet",
            "formulate",
            "history",
            "optimize",
            "planner",
            "refresh",
            "report",
            "rightsize",
            "simulate",
            "sweep",
            "what_if",
        ],
    ),
];

#[test]
fn modules_use_only_what_is_below_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).expect("a file below src");
        if is_test_file(path) {
            continue;
        }
        let Some(module) = top_module(path) else {
            continue;
        };
        let text = fs::read_to_string(&file).expect("source files are UTF-8");
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!(
                "{}: module `{module}` has no row in the table",
                path.display()
            ));
            continue;
        };
        for used in used_modules(production_code(&text)) {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!(
                    "{}: `{module}` may not use `{used}`",
                    path.display()
                ));
            }
        }
        if climbs_to_the_root(path, &text) {
            wrong.push(format!(
                "{}: reach other modules by `crate::`, not `super::`",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_document_has_the_same_arrows() {
    let document = read_text("docs/architecture.md");
    for (room, used) in MAY_USE {
        let names: Vec<String> = used.iter().map(|name| format!("`{name}`")).collect();
        let names = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        let row = format!("| `{room}` | {names} |");
        assert!(
            document.lines().any(|line| line == row),
            "docs/architecture.md lacks the row\n{row}"
        );
    }
    let rows = (document.lines()).filter(|line| {
        let room = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next());
        room.is_some_and(|room| MAY_USE.iter().any(|(name, _)| *name == room))
    });
    assert_eq!(rows.count(), MAY_USE.len(), "a room has one row");
}

#[test]
fn every_room_is_spoken_of() {
    let document = read_text("docs/architecture.md");
    let library = read_text("src/lib.rs");
    for (room, _) in MAY_USE {
        let invariant = format!("**`{room}`**");
        assert!(
            document.contains(&invariant),
            "docs/architecture.md says nothing of what holds in {invariant}"
        );
        assert!(
            library.contains(&format!("//! | [`{room}`]"))
                || library.contains(&format!(", [`{room}`]")),
            "the table of src/lib.rs lacks `{room}`"
        );
    }
}

#[test]
fn links_of_the_document_lead_to_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for link in read_text("docs/architecture.md").split("](").skip(1) {
        let link = link.split(')').next().unwrap_or("");
        assert!(folder.join(link).exists(), "{link}");
    }
}

#[test]
fn every_form_of_use_is_seen() {
    let text = "use crate::io::plan;\nuse crate::{check::Violation, domain::{plan::Plan, money}};\n\
                fn f() -> crate::report::X { crate :: cli::y() }\n// crate::planner in a comment\n";
    let used: Vec<String> = used_modules(text).into_iter().collect();
    assert_eq!(used, ["check", "cli", "domain", "io", "report"]);
}

#[test]
fn test_modules_may_use_more() {
    let text = "use crate::domain::x;\n#[cfg(test)]\nmod tests {\n use crate::io::y;\n}\n";
    assert_eq!(used_modules(production_code(text)).len(), 1);
}

#[test]
fn leaving_a_module_by_super_is_seen() {
    let text = "use super::super::check::Violation;";
    assert!(climbs_to_the_root(Path::new("report/text.rs"), text));
    assert!(!climbs_to_the_root(
        Path::new("optimize/pricing/search.rs"),
        text
    ));
}

fn read_text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module a file belongs to; `None` for `lib.rs` and `main.rs`.
fn top_module(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    match first.strip_suffix(".rs") {
        Some("lib" | "main") => None,
        Some(stem) => Some(stem.to_owned()),
        None => Some(first.to_owned()),
    }
}

/// Test modules in files of their own.
fn is_test_file(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

/// The text before the file's test module: tests may build their input with any part of the library.
fn production_code(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests")
        .map_or(text, |start| &text[..start])
}

/// Top-level modules named after `crate::`, comments aside.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("crate ::", "crate::");
    let mut modules = BTreeSet::new();
    for after in code.split("crate::").skip(1).map(str::trim_start) {
        let names = match after.strip_prefix('{') {
            Some(group) => first_names_of_group(group),
            None => vec![leading_name(after)],
        };
        modules.extend(names.into_iter().filter(|name| !name.is_empty()));
    }
    modules
}

/// The first name of each item of a `{a::b, c::{d, e}}` group, its opening brace gone.
fn first_names_of_group(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut item = String::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(leading_name(item.trim()));
                item.clear();
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    names.push(leading_name(item.trim()));
    names
}

fn leading_name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// Whether production code names the crate's root by a chain of `super::`.
fn climbs_to_the_root(path: &Path, text: &str) -> bool {
    let is_mod_file = path.file_name().is_some_and(|name| name == "mod.rs");
    let depth = path.components().count() - usize::from(is_mod_file);
    production_code(text).contains(&"super::".repeat(depth))
}

/// How capacity is bought is asked by methods: a comparison with one way would let the next way pass for another.
#[test]
fn ways_of_buying_are_asked_and_not_compared() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).expect("a file below src");
        if is_test_file(path) || path == Path::new("domain/capacity.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("source files are UTF-8");
        wrong.extend(
            (production_code(&text).lines().enumerate())
                .filter(|(_, line)| compares_a_way_of_buying(line))
                .map(|(at, line)| format!("{}:{}: {}", path.display(), at + 1, line.trim())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comparisons_with_a_way_of_buying_are_seen() {
    for line in [
        "if row.capacity == Capacity::Spot {",
        "let x = Some(Capacity::OnDemand) != bought;",
        "kind != ProviderKind::Fargate",
        "provider == Some(Capacity::Spot)",
        "matches!(capacity, Capacity::Spot | Capacity::FargateSpot)",
        "kinds.contains(&ProviderKind::AutoScalingGroup)",
        "if name == \"FARGATE_SPOT\" {",
    ] {
        assert!(compares_a_way_of_buying(line), "{line}");
    }
    for line in [
        "Capacity::Spot => policy.spot,",
        "let option = Capacity::OnDemand;",
        "row.capacity == other.capacity",
        "a == b || Capacity::of_fargate_provider(name).is_none()",
        "/// `FARGATE` or `FARGATE_SPOT`.",
    ] {
        assert!(!compares_a_way_of_buying(line), "{line}");
    }
}

/// Stopping is an argument, so that counted work decides and a run can be repeated: what plans reads a clock in one place. Runners of a
/// fleet say by one that their attempts live; no result depends on it.
#[test]
fn what_plans_reads_a_clock_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut reads = BTreeSet::new();
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).expect("a file below src");
        let room = top_module(path);
        if is_test_file(path) || matches!(room.as_deref(), None | Some("aws" | "cli")) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("source files are UTF-8");
        let code = production_code(&text);
        let clocks = ["Instant::now", "SystemTime::now", ".elapsed()", "Utc::now"];
        if clocks.iter().any(|clock| code.contains(clock)) {
            reads.insert(path.to_string_lossy().into_owned());
        }
    }
    assert_eq!(
        Vec::from_iter(reads),
        ["fleet/attempts.rs", "fleet/run/turn.rs", "optimize/stop.rs"]
    );
}

/// Whether a line compares with one variant of `Capacity` or `ProviderKind`, or with the name of Fargate Spot.
fn compares_a_way_of_buying(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    let names_a_variant = |of: &str| {
        (code.split(of).skip(1)).any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    let names_one = names_a_variant("Capacity::")
        || names_a_variant("ProviderKind::")
        || code.contains("\"FARGATE");
    let compares = ["==", "!=", "matches!", ".contains(", "if let "];
    names_one && compares.iter().any(|sign| code.contains(sign))
}

/// Which solver of linear programs is built in is known in one place, where what it returns is looked at.
#[test]
fn the_solver_of_linear_programs_stands_behind_one_seam() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let seam = Path::new("optimize/lp/highs");
    let mut wrong = Vec::new();
    let mut within = 0;
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).expect("a file below src");
        let text = fs::read_to_string(&file).expect("source files are UTF-8");
        let named = (text.lines().enumerate()).filter(|(_, line)| names_a_solver(line));
        if path.starts_with(seam) {
            within += named.count();
        } else {
            wrong.extend(named.map(|(at, _)| format!("{}:{}", path.display(), at + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(within > 0, "nothing is found where the solver is");
}

#[test]
fn names_of_solvers_are_seen_in_code_and_not_in_comments() {
    for line in [
        "use highs::Model;",
        "use good_lp::variable;",
        "    highs_sys::Highs_run(model)",
        "fn f() -> highs :: Col {",
    ] {
        assert!(names_a_solver(line), "{line}");
    }
    for line in [
        "//! HiGHS through the `highs::Model` type.",
        "mod highs;",
        "use super::highs::HighsLp;",
        "highs::solve_linear(program, limits)",
        "let highs = 1;",
    ] {
        assert!(!names_a_solver(line), "{line}");
    }
}

/// Whether a line of code names a crate of a solver. `highs` is the name of our own module too, whose two functions
/// and one type are ours.
fn names_a_solver(line: &str) -> bool {
    const OURS: [&str; 3] = ["HighsLp", "solve_linear", "solve_integer"];
    let code = line.split("//").next().unwrap_or("").replace(" ::", "::");
    let code = code.replace(":: ", "::");
    code.contains("good_lp")
        || code.contains("highs_sys")
        || (code.split("highs::").skip(1)).any(|rest| !OURS.iter().any(|own| rest.starts_with(own)))
}
