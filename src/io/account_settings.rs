//! The account's settings, as `aws ecs list-account-settings` and `put-account-setting` print them: whether instances start with a trunk.
//!
//! A setting holds for the principal that it names. That of the account's root is the default, which every user and role has that has
//! none of its own; an instance has that of its own role, which a cluster file does not name. So the default is taken, and where
//! another principal has another one, that is said. Without a default nothing is known to be on, which is what accounts begin with.
//! Names and values count in any casing, as people retype them; a value that is neither on nor off, and settings of one principal that
//! contradict each other, are taken to be off and said.
//! Source: Amazon ECS developer guide, account settings; API reference, `Setting`.

use std::collections::BTreeMap;

use super::codes;
use super::cursor::{Cursor, Log};

/// The setting of trunks.
const TRUNKING: &str = "awsvpcTrunking";

/// Words of AWS for a setting that is on, and for one that is off.
const ON: [&str; 2] = ["enabled", "on"];
const OFF: [&str; 2] = ["disabled", "off"];

/// Whose a setting is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Principal {
    /// The account's root, or nobody who is named: the default.
    Account,
    /// A user or a role.
    Own(String),
}

/// What a principal's settings say.
struct Said<'a> {
    on: bool,
    /// Whether one says on and another off.
    contradicts: bool,
    /// The last of them.
    at: &'a Cursor<'a>,
}

/// Whether the pasted settings say that the account has ENI trunking; whatever keeps one of them from being followed is said.
pub(super) fn has_trunking(settings: &[Cursor<'_>], log: &mut Log) -> bool {
    let mut found: BTreeMap<Principal, Said<'_>> = BTreeMap::new();
    for setting in settings {
        let Some((principal, on)) = trunking(setting, log) else {
            continue;
        };
        let entry = found.entry(principal).or_insert(Said {
            on,
            contradicts: false,
            at: setting,
        });
        entry.contradicts |= entry.on != on;
        // Of two that contradict each other the one that gives less.
        (entry.on, entry.at) = (entry.on && on, setting);
    }
    for (principal, said) in found.iter().filter(|(_, said)| said.contradicts) {
        said.at.warning(
            log,
            codes::TRUNKING_SETTING,
            format!(
                "ENI trunking ({TRUNKING}) is both on and off for {} in this file: it is planned as off",
                principal.words()
            ),
            "leave one of the settings, that of the cluster's account, or write `eniTrunking` into the policy",
        );
    }
    let default = found.get(&Principal::Account).map(|said| said.on);
    let taken = default.unwrap_or(false);
    for (principal, said) in &found {
        let Principal::Own(name) = principal else {
            continue;
        };
        if said.on != taken {
            let whose = if default.is_some() {
                format!("the plan takes the account's own setting, {}", word(taken))
            } else {
                "the file does not have the account's own setting, and the plan takes it to be off, as it is until somebody turns it on"
                    .to_owned()
            };
            said.at.warning(
                log,
                codes::TRUNKING_SETTING,
                format!("ENI trunking ({TRUNKING}) is {} for {name} alone; {whose}", word(said.on)),
                format!(
                    "if the container instances run as {name}, write `\"eniTrunking\": {}` into the policy",
                    said.on
                ),
            );
        }
    }
    taken
}

impl Principal {
    fn words(&self) -> &str {
        match self {
            Self::Account => "the account",
            Self::Own(name) => name,
        }
    }
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Whose setting of trunks it is, and whether it is on; `None` for another setting.
fn trunking(setting: &Cursor<'_>, log: &mut Log) -> Option<(Principal, bool)> {
    setting.entries(log)?;
    let mut text = |key: &str| setting.get(key).and_then(|field| field.text(log));
    if !text("name").is_some_and(is_trunking) {
        return None;
    }
    let value = text("value").map(|value| value.trim().to_ascii_lowercase());
    let principal = match text("principalArn").map(str::trim) {
        Some(arn) if !arn.ends_with(":root") => {
            Principal::Own(arn.rsplit(':').next().unwrap_or(arn).to_owned())
        }
        _ => Principal::Account,
    };
    let is_one_of = |words: [&str; 2]| value.as_deref().is_some_and(|it| words.contains(&it));
    if !is_one_of(ON) && !is_one_of(OFF) {
        unknown_value(setting, &principal, log);
    }
    Some((principal, is_one_of(ON)))
}

/// Whether a name is that of the setting, whatever its casing and whatever separates its words.
fn is_trunking(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().eq_ignore_ascii_case(TRUNKING)
}

fn unknown_value(setting: &Cursor<'_>, principal: &Principal, log: &mut Log) {
    let field = setting.get("value");
    let cause = match field.as_ref().and_then(|field| field.node.value.as_text()) {
        Some(value) => format!("`{value}` is neither enabled nor disabled"),
        None => "the setting has no value".to_owned(),
    };
    field.as_ref().unwrap_or(setting).warning(
        log,
        codes::TRUNKING_SETTING,
        format!(
            "{cause}: ENI trunking ({TRUNKING}) is planned as off for {}",
            principal.words()
        ),
        "write `enabled` or `disabled`, as `aws ecs list-account-settings` prints it",
    );
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
                "W2031 ENI trunking (awsvpcTrunking) is on for role/ecsInstanceRole alone; the plan takes the account's own setting, off"
            ]
        );
        let (on, said) = taken(&[setting("disabled", ROLE), setting("enabled", ROOT)], "");
        assert!(
            on && said[0].contains("is off for role/ecsInstanceRole alone"),
            "{said:?}"
        );
        let (on, said) = taken(&[setting("enabled", ROLE)], "");
        assert!(
            !on && said[0].contains("the file does not have the account's own"),
            "{said:?}"
        );
        assert_eq!(
            taken(&[setting("enabled", ROOT), setting("enabled", ROLE)], ""),
            (true, vec![])
        );
    }

    #[test]
    fn names_and_values_count_in_any_casing() {
        for (from, to) in [
            ("\"enabled\"", "\"Enabled\""),
            ("\"enabled\"", "\"ENABLED\""),
            ("\"enabled\"", "\" On \""),
            ("awsvpcTrunking", "awsvpctrunking"),
            ("awsvpcTrunking", "AwsVpcTrunking"),
            ("awsvpcTrunking", "awsvpc-trunking"),
        ] {
            let retyped = setting("enabled", ROOT).replace(from, to);
            assert_eq!(taken(&[retyped], ""), (true, vec![]), "{to}");
        }
        let off = setting("Disabled", ROOT);
        assert_eq!(taken(&[off], ""), (false, vec![]));
    }

    #[test]
    fn a_value_that_is_neither_on_nor_off_is_said() {
        let (on, said) = taken(&[setting("true", ROOT)], "");
        assert!(!on);
        assert_eq!(
            said,
            [
                "W2031 `true` is neither enabled nor disabled: ENI trunking (awsvpcTrunking) is planned as off for the account"
            ]
        );
        let none = format!(r#"{{"name": "awsvpcTrunking", "principalArn": "{ROLE}"}}"#);
        let (on, said) = taken(&[none], "");
        assert!(!on && said[0].contains("the setting has no value") && said[0].contains("role/"));
    }

    #[test]
    fn settings_that_contradict_each_other_are_off_and_said() {
        let other_root = "arn:aws:iam::444455556666:root";
        for (first, second) in [(ROOT, ROOT), (ROOT, other_root), (other_root, ROOT)] {
            let both = [setting("disabled", first), setting("enabled", second)];
            let (on, said) = taken(&both, "");
            assert!(!on);
            assert_eq!(
                said,
                [
                    "W2031 ENI trunking (awsvpcTrunking) is both on and off for the account in this file: it is planned as off"
                ]
            );
        }
        let of_a_role = [
            setting("enabled", ROOT),
            setting("enabled", ROLE),
            setting("disabled", ROLE),
        ];
        let (on, said) = taken(&of_a_role, "");
        assert!(on && said[0].contains("both on and off for role/ecsInstanceRole"));
        let twice = [setting("enabled", ROOT), setting("on", other_root)];
        assert_eq!(taken(&twice, ""), (true, vec![]));
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
