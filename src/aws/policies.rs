//! The IAM policies of `data/iam`: which statement gives a permission.

use serde_json::{Value, json};

use super::actions::Action;

/// Reading a cluster.
const READ_ONLY: &str = include_str!("../../data/iam/read-only.json");
/// Reading types and prices.
const CATALOGUE: &str = include_str!("../../data/iam/catalogue.json");

/// Reading what services used.
const RIGHTSIZE: &str = include_str!("../../data/iam/rightsize.json");

/// Inputs and results in a bucket.
const OBJECTS: &str = include_str!("../../data/iam/objects.json");

/// Other task sizes.
const RIGHTSIZE_APPLY: &str = include_str!("../../data/iam/rightsize-apply.json");

/// Changing a cluster.
const APPLY: &str = include_str!("../../data/iam/apply.json");
/// Deleting what a plan has no use for.
const APPLY_DELETE: &str = include_str!("../../data/iam/apply-delete.json");

/// The policies by the name of their file, and their texts.
const POLICIES: [(&str, &str); 7] = [
    ("data/iam/read-only.json", READ_ONLY),
    ("data/iam/catalogue.json", CATALOGUE),
    ("data/iam/rightsize.json", RIGHTSIZE),
    ("data/iam/apply.json", APPLY),
    ("data/iam/apply-delete.json", APPLY_DELETE),
    ("data/iam/objects.json", OBJECTS),
    ("data/iam/rightsize-apply.json", RIGHTSIZE_APPLY),
];

/// The statement that would give one permission, as JSON, with the policy's own resources and conditions.
pub fn statement(action: Action) -> String {
    let found = POLICIES
        .iter()
        .flat_map(|(_, text)| statements(text))
        .find(|statement| allows(statement, action));
    let mut statement =
        found.unwrap_or_else(|| json!({"Effect": "Allow", "Action": [], "Resource": "*"}));
    statement["Action"] = json!([action.name()]);
    serde_json::to_string_pretty(&statement).unwrap_or_default()
}

/// The statement that lets a role be assumed, as JSON. It stands in no policy of the program's own: whether there is such a role is
/// the user's matter.
pub fn assume_role() -> String {
    let statement = json!({"Effect": "Allow", "Action": ["sts:AssumeRole"],
        "Resource": "arn:aws:iam::ACCOUNT:role/ROLE"});
    serde_json::to_string_pretty(&statement).unwrap_or_default()
}

/// The statements of a policy; a policy that is no JSON has none, which a test looks for.
fn statements(policy: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    policy["Statement"].as_array().cloned().unwrap_or_default()
}

fn allows(statement: &Value, action: Action) -> bool {
    let actions = statement["Action"].as_array();
    actions.is_some_and(|actions| actions.iter().any(|one| one == action.name()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What AWS itself does for a call that is made: tags at creation, instances of a group and their role. Source: Amazon EC2 Auto
    /// Scaling user guide, "Launch template support"; Amazon ECS developer guide, "Tag resources during creation".
    const IMPLIED: [&str; 4] = [
        "ecs:TagResource",
        "ec2:CreateTags",
        "ec2:RunInstances",
        "iam:PassRole",
    ];

    fn names_in(policy: &str) -> BTreeSet<String> {
        let names = statements(policy).into_iter().flat_map(|statement| {
            let actions = statement["Action"].as_array().cloned().unwrap_or_default();
            actions
                .into_iter()
                .map(|name| name.as_str().unwrap_or_default().to_owned())
        });
        names.collect()
    }

    #[test]
    fn policies_allow_every_call_that_is_made_and_no_other() {
        let made: BTreeSet<String> = (Action::ALL.iter())
            .map(|action| action.name().to_owned())
            .collect();
        assert_eq!(
            made.len(),
            Action::ALL.len(),
            "no action stands there twice"
        );
        let allowed: BTreeSet<String> = POLICIES
            .iter()
            .flat_map(|(_, text)| names_in(text))
            .filter(|name| !IMPLIED.contains(&name.as_str()))
            .collect();
        assert_eq!(allowed, made);
    }

    #[test]
    fn nothing_that_changes_something_is_allowed_to_readers() {
        for (file, text) in &POLICIES[..3] {
            for name in names_in(text) {
                let operation = name.split(':').nth(1).unwrap_or_default();
                let reads = ["Describe", "List", "Get"];
                assert!(
                    reads.iter().any(|verb| operation.starts_with(verb)),
                    "{file}: {name}"
                );
            }
        }
    }

    #[test]
    fn the_nightly_tasks_role_may_do_what_its_run_does_and_no_more() {
        let template = include_str!("../../deploy/rightsize.yaml");
        let role = template.split("  TaskRole:").nth(1).expect("a role");
        let role = role.split("  ExecutionRole:").next().expect("its end");
        let words = role.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-'));
        let found: BTreeSet<String> = words
            .filter(|word| {
                let parts = word.split_once(':');
                parts.is_some_and(|(service, name)| {
                    !service.is_empty() && name.starts_with(char::is_uppercase)
                })
            })
            .filter(|word| !["sts:AssumeRole", "aws:SourceAccount"].contains(word))
            .map(str::to_owned)
            .collect();
        // Results are written, and nothing is read from the bucket.
        let results = ["s3:ListBucket", "s3:PutObject"].map(str::to_owned);
        let policies = [names_in(READ_ONLY), names_in(RIGHTSIZE), results.into()];
        assert_eq!(
            found,
            policies
                .into_iter()
                .flatten()
                .filter(|name| !name.is_empty())
                .collect()
        );
    }

    #[test]
    fn a_statement_gives_one_permission_under_the_conditions_of_the_policy() {
        insta::assert_snapshot!(statement(Action::DescribeServices));
    }
}
