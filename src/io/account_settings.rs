//! The account's settings, as `aws ecs list-account-settings` and `put-account-setting` print them: whether instances start with a trunk.
//!
//! A setting holds for the principal that it names. That of the account's root is the default, which every user and role has that has
//! none of its own; an instance has that of its own role, which a cluster file does not name. So the default is taken, and where
//! another principal has another one, that is said. Without a default nothing is known to be on, which is what accounts begin with.
//! Source: Amazon ECS developer guide, account settings; API reference, `Setting`.

use std::collections::BTreeMap;

use super::codes;
use super::cursor::{Cursor, Log};

/// The setting of trunks.
const TRUNKING: &str = "awsvpcTrunking";

/// Whose a setting is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Principal {
    /// The account's root, or nobody who is named: the default.
    Account,
    /// A user or a role.
    Own(String),
}

/// Whether the pasted settings say that the account has ENI trunking; settings of others than the account are said.
pub(super) fn has_trunking(settings: &[Cursor<'_>], log: &mut Log) -> bool {
    let mut found: BTreeMap<Principal, (bool, &Cursor<'_>)> = BTreeMap::new();
    for setting in settings {
        if let Some((principal, on)) = trunking(setting, log) {
            let entry = found.entry(principal).or_insert((on, setting));
            // Of two that contradict each other the one that gives less.
            entry.0 &= on;
        }
    }
    let default = found.get(&Principal::Account).map(|(on, _)| *on);
    let taken = default.unwrap_or(false);
    for (principal, (on, setting)) in &found {
        let Principal::Own(name) = principal else {
            continue;
        };
        if *on != taken {
            let whose = match default {
                Some(_) => format!("the account's own, {}, is taken", word(taken)),
                None => {
                    "the account's own is not in the file: it is taken to be off, as accounts begin"
                        .to_owned()
                }
            };
            setting.warning(
                log,
                codes::SETTING_OF_A_PRINCIPAL,
                format!("{TRUNKING} is {} for {name} alone; {whose}", word(*on)),
                format!("if the instances' role is {name}, write `\"eniTrunking\": {on}` into the policy"),
            );
        }
    }
    taken
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Whose setting of trunks it is, and whether it is on; `None` for another setting.
fn trunking(setting: &Cursor<'_>, log: &mut Log) -> Option<(Principal, bool)> {
    setting.entries(log)?;
    let mut text = |key: &str| setting.get(key).and_then(|field| field.text(log));
    if text("name") != Some(TRUNKING) {
        return None;
    }
    let on = matches!(text("value"), Some("enabled" | "on"));
    let principal = match text("principalArn") {
        Some(arn) if !arn.ends_with(":root") => {
            Principal::Own(arn.rsplit(':').next().unwrap_or(arn).to_owned())
        }
        _ => Principal::Account,
    };
    Some((principal, on))
}

#[cfg(test)]
mod tests {
    use crate::io::{ImportOptions, Imported, read_cluster};

    const ROOT: &str = "arn:aws:iam::111122223333:root";
    const ROLE: &str = "arn:aws:iam::111122223333:role/ecsInstanceRole";

    fn read(field: &str, policy: &str) -> Imported {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "services": [], "policy": {{{policy}}}, {field}}}"#
        );
        read_cluster(&text, "c.json", &ImportOptions::default()).expect("a cluster")
    }

    fn setting(value: &str, principal: &str) -> String {
        format!(
            r#"{{"name": "awsvpcTrunking", "value": "{value}", "principalArn": "{principal}"}}"#
        )
    }

    /// Whether trunking is on, and what is said of principals.
    fn taken(settings: &[String], policy: &str) -> (bool, Vec<String>) {
        let other = r#"{"name": "containerInsights", "value": "enabled"}"#;
        let field = format!(r#""settings": [{other}, {}]"#, settings.join(", "));
        let imported = read(&field, policy);
        let said = (imported.warnings.iter()).map(|it| format!("{} {}", it.code, it.cause));
        (imported.cluster.policy.eni_trunking, said.collect())
    }

    #[test]
    fn the_setting_of_the_account_turns_trunking_on_where_the_policy_says_nothing() {
        for value in ["enabled", "on"] {
            assert_eq!(taken(&[setting(value, ROOT)], ""), (true, vec![]));
        }
        assert_eq!(taken(&[setting("disabled", ROOT)], ""), (false, vec![]));
        assert_eq!(taken(&[setting("off", ROOT)], ""), (false, vec![]));
        let unnamed = r#"{"name": "awsvpcTrunking", "value": "enabled"}"#.to_owned();
        assert_eq!(taken(&[unnamed], ""), (true, vec![]));
        let both = [setting("enabled", ROOT), setting("disabled", ROOT)];
        assert!(!taken(&both, "").0);
        let off = r#""eniTrunking": false"#;
        assert_eq!(
            taken(&[setting("enabled", ROOT), setting("disabled", ROLE)], off),
            (false, vec![])
        );
        assert!(taken(&[setting("disabled", ROOT)], r#""eniTrunking": true"#).0);
    }

    #[test]
    fn a_principals_own_setting_is_not_everybodys_and_is_said() {
        let (on, said) = taken(&[setting("disabled", ROOT), setting("enabled", ROLE)], "");
        assert!(!on);
        assert_eq!(
            said,
            [
                "W2031 awsvpcTrunking is on for role/ecsInstanceRole alone; the account's own, off, is taken"
            ]
        );
        let (on, said) = taken(&[setting("disabled", ROLE), setting("enabled", ROOT)], "");
        assert!(
            on && said[0].contains("is off for role/ecsInstanceRole alone"),
            "{said:?}"
        );
        let (on, said) = taken(&[setting("enabled", ROLE)], "");
        assert!(!on && said[0].contains("is not in the file"), "{said:?}");
        assert_eq!(
            taken(&[setting("enabled", ROOT), setting("enabled", ROLE)], ""),
            (true, vec![])
        );
    }

    #[test]
    fn settings_are_read_whatever_they_are_wrapped_in() {
        let on = setting("enabled", ROOT);
        for field in [
            format!(r#""setting": {on}"#),
            format!(r#""settings": {{"settings": [{on}]}}"#),
            format!(r#""settings": {{"setting": {on}}}"#),
            format!(r#""settings": [{{"setting": {on}}}]"#),
            format!(
                r#""settings": [{{"settings": [], "nextToken": "t"}}, {{"settings": [{on}]}}]"#
            ),
            format!(r#""settings": [[], [{on}]]"#),
        ] {
            let imported = read(&field, "");
            assert!(imported.cluster.policy.eni_trunking, "{field}");
            assert_eq!(imported.warnings, [], "{field}");
        }
        let page = format!(r#""settings": [{{"settings": [{on}], "nextToken": "t"}}]"#);
        assert_eq!(read(&page, "").warnings[0].code, "W2010");
    }

    #[test]
    fn settings_in_another_casing_are_errors() {
        let on = setting("enabled", ROOT);
        for field in [
            format!(r#""Settings": [{on}]"#),
            format!(r#""Setting": {on}"#),
            format!(
                r#""settings": [{}]"#,
                on.replace("principalArn", "PrincipalArn")
            ),
            format!(r#""settings": [{}]"#, on.replace("\"value\"", "\"Value\"")),
        ] {
            let text =
                format!(r#"{{"version": 1, "region": "us-east-1", "services": [], {field}}}"#);
            let findings = read_cluster(&text, "c.json", &ImportOptions::default());
            let findings = findings.expect_err("another casing").findings;
            assert!(
                findings.iter().any(|it| it.code == "E1103"),
                "{field}: {findings:?}"
            );
        }
    }
}
