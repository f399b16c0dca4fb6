//! Names that AWS gives.

use super::csv_cells::is_nothing;
use super::cursor::{Cursor, Log};
use super::{codes, described};

/// Longest name of a service, a cluster, a capacity provider or a family.
const LONGEST: usize = 255;

/// What would be markup, a path, a quotation or a template's blank elsewhere, and is in no name that ECS gives. ECS takes letters,
/// digits, hyphens and underscores alone; other names are planned all the same, for clusters that are only sketched.
/// Source: Amazon ECS API reference, `CreateService`, `CreateCluster`, `RegisterTaskDefinition`.
const NEVER: [char; 12] = ['<', '>', '/', '\\', '"', '\'', '`', '&', '{', '}', '$', '%'];

/// Reports a name that ECS can never have given.
pub(super) fn check(field: &Cursor<'_>, name: &str, log: &mut Log) {
    if let Some(wrong) = name.chars().find(|c| NEVER.contains(c)) {
        field.error(
            log,
            codes::NOT_A_NAME,
            format!("`{name}` is no name that ECS gives: it has `{wrong}` in it"),
            "use letters, digits, hyphens and underscores",
        );
    } else if name.chars().count() > LONGEST {
        field.error(
            log,
            codes::NOT_A_NAME,
            format!(
                "a name of {} characters: ECS takes {LONGEST} at most",
                name.chars().count()
            ),
            "shorten the name",
        );
    }
}

/// Names in the rows of a flat CSV, which are no ARNs unless they say so: a path would lose its begin where a name is looked for
/// in it, and what stands for nothing is no name.
pub(super) fn check_rows(rows: &[Cursor<'_>], log: &mut Log) {
    for field in rows.iter().filter_map(|row| row.get("serviceName")) {
        let Some(text) = field.name(&mut Log::default()) else {
            continue;
        };
        if is_nothing(text) {
            field.error(
                log,
                codes::NOT_A_NAME,
                format!("`{text}` stands for nothing, and the row needs the name of a service"),
                "give the service its name, or take the row out",
            );
        } else if text.contains('/') && !is_arn(text) && !text.ends_with('/') {
            check(&field, text, log);
        }
    }
}

/// Whether a text is an ARN and no name.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// Names of the cluster, the services, the task definitions and the capacity providers of a file.
pub(super) fn check_all(
    root: &Cursor<'_>,
    services: &[Cursor<'_>],
    definitions: &[Cursor<'_>],
    providers: &[Cursor<'_>],
    log: &mut Log,
) {
    let fields: Vec<_> = (described::name_field(root).into_iter())
        .chain(services.iter().filter_map(|item| {
            ["serviceName", "serviceArn"]
                .iter()
                .find_map(|key| item.get(key))
        }))
        .collect();
    let plain = (definitions.iter().filter_map(|item| item.get("family")))
        .chain(providers.iter().filter_map(|item| item.get("name")));
    for field in fields.into_iter().chain(plain) {
        // What is no text, or empty, is said where it is read.
        let Some(text) = field.name(&mut Log::default()) else {
            continue;
        };
        if text.ends_with('/') {
            continue; // Nothing is left of it, which is said where it is read.
        }
        let name = (text.rsplit('/').next().filter(|_| is_arn(text))).unwrap_or(text);
        check(&field, name, log);
    }
}
