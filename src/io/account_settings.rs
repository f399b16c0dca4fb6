//! The account's settings, as `aws ecs list-account-settings` prints them: whether instances start with a trunk.

use super::cursor::Cursor;
use super::document::Value;

/// Whether the pasted settings say that the account has ENI trunking. They are listed by principal, and the instances' role is not
/// known: all of them have to have it.
pub(super) fn has_trunking(root: &Cursor<'_>) -> bool {
    let Some(Value::List(settings)) = root.get("settings").map(|field| &field.node.value) else {
        return false;
    };
    let values: Vec<&str> = (settings.iter())
        .filter_map(|setting| {
            let text =
                |key: &str| match &setting.value {
                    Value::Object(entries) => (entries.iter())
                        .find(|entry| entry.key == key)
                        .and_then(|entry| match &entry.node.value {
                            Value::Text(text) => Some(text.as_str()),
                            _ => None,
                        }),
                    _ => None,
                };
            text("value").filter(|_| text("name") == Some("awsvpcTrunking"))
        })
        .collect();
    !values.is_empty() && values.iter().all(|value| ["enabled", "on"].contains(value))
}

#[cfg(test)]
mod tests {
    use crate::io::{ImportOptions, read_cluster};

    #[test]
    fn pasted_account_settings_turn_trunking_on_where_the_policy_says_nothing() {
        let trunking = |values: &[&str], policy: &str| {
            let settings: Vec<String> = (values.iter())
                .map(|value| {
                    format!(
                        r#"{{"name": "awsvpcTrunking", "value": "{value}", "principalArn": "p"}}"#
                    )
                })
                .collect();
            let text = format!(
                r#"{{"version": 1, "region": "us-east-1", "services": [], "policy": {{{policy}}},
                    "settings": [{{"name": "containerInsights", "value": "enabled"}}, {}]}}"#,
                settings.join(", ")
            );
            let imported = read_cluster(&text, "c.json", &ImportOptions::default());
            imported.expect("a cluster").cluster.policy.eni_trunking
        };
        assert!(trunking(&["enabled"], "") && trunking(&["on", "enabled"], ""));
        assert!(!trunking(&["disabled"], "") && !trunking(&["enabled", "disabled"], ""));
        assert!(!trunking(&["enabled"], r#""eniTrunking": false"#));
        assert!(trunking(&["disabled"], r#""eniTrunking": true"#));
    }
}
