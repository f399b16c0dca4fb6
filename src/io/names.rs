//! Names that AWS gives.

use super::cursor::{Cursor, Log};
use super::{codes, described};

/// Longest name of a service, a cluster, a capacity provider or a family.
const LONGEST: usize = 255;

/// What would be markup, a path or a quotation elsewhere, and is in no name that ECS gives. ECS takes letters,
/// digits, hyphens and underscores alone; other names are planned all the same, for clusters that are only sketched.
/// Source: Amazon ECS API reference, `CreateService`, `CreateCluster`, `RegisterTaskDefinition`.
const NEVER: [char; 8] = ['<', '>', '/', '\\', '"', '\'', '`', '&'];

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
        let is_arn = text.starts_with("arn:");
        let name = (text.rsplit('/').next().filter(|_| is_arn)).unwrap_or(text);
        check(&field, name, log);
    }
}
