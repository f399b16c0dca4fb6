//! Permissions for what a plan changes or takes away though it is not ours: the policy of `data/iam/apply-existing.json` with
//! the names of the steps in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::state::State;
use super::step::{Step, Work};

/// The policy with its placeholders.
const POLICY: &str = include_str!("../../data/iam/apply-existing.json");
/// Its statements, by what they are for.
const STATEMENTS: [(&str, Part); 6] = [
    ("ChangeNamedGroups", |touched| &touched.groups),
    ("ChangeNamedProviders", |touched| &touched.providers),
    ("DeleteNamedGroups", |touched| &touched.deleted_groups),
    ("DeleteNamedProviders", |touched| &touched.deleted_providers),
    // For the way back.
    ("MakeNamedGroupsAnew", |touched| &touched.deleted_groups),
    ("MakeNamedProvidersAnew", |touched| {
        &touched.deleted_providers
    }),
];

type Part = fn(&Touched) -> &BTreeSet<String>;

/// Names that are not ours.
#[derive(Debug, Default, PartialEq, Eq)]
struct Touched {
    groups: BTreeSet<String>,
    providers: BTreeSet<String>,
    deleted_groups: BTreeSet<String>,
    deleted_providers: BTreeSet<String>,
}

impl Touched {
    fn by(steps: &[Step], is_ours: impl Fn(&str) -> bool) -> Self {
        let mut touched = Self::default();
        for step in steps {
            match &step.work {
                Work::Drain(drain) if !is_ours(&drain.group) => {
                    touched.groups.insert(drain.group.clone());
                }
                Work::Drain(_) => {}
                Work::Change(change) => {
                    let name = change.target.name().to_owned();
                    let is_deleted = change.leaves.is_none();
                    match &change.expects {
                        Some(State::Group(group)) if !group.ours => {
                            if is_deleted {
                                touched.deleted_groups.insert(name);
                            } else {
                                touched.groups.insert(name);
                            }
                        }
                        Some(State::Provider(provider)) if !is_ours(&provider.group) => {
                            if is_deleted {
                                touched.deleted_providers.insert(name);
                            } else {
                                touched.providers.insert(name);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        touched
    }
}

/// The policy that the steps need beside those for what is ours; `None` where they touch nothing else. `is_ours` says it of a
/// group by name; a provider is whose its group is. The account's number stands in no snapshot and stays `ACCOUNT`.
#[must_use]
pub fn policy(steps: &[Step], region: &str, is_ours: impl Fn(&str) -> bool) -> Option<Value> {
    let touched = Touched::by(steps, is_ours);
    let mut policy: Value = serde_json::from_str(POLICY).unwrap_or_default();
    let all = policy["Statement"].as_array().cloned().unwrap_or_default();
    let filled: Vec<Value> = all
        .into_iter()
        .filter_map(|statement| filled(statement, region, &touched))
        .collect();
    if filled.is_empty() {
        return None;
    }
    policy["Statement"] = Value::Array(filled);
    Some(policy)
}

/// A statement with its names; `None` without any.
fn filled(mut statement: Value, region: &str, touched: &Touched) -> Option<Value> {
    let sid = statement["Sid"].as_str()?;
    let (_, part) = STATEMENTS.iter().find(|(name, _)| *name == sid)?;
    let resource = statement["Resource"].as_str()?.replace("REGION", region);
    let resources: Vec<String> = (part(touched).iter())
        .map(|name| {
            let name = literal(name);
            resource
                .replace("EXISTING_GROUP", &name)
                .replace("EXISTING_PROVIDER", &name)
        })
        .collect();
    if resources.is_empty() {
        return None;
    }
    statement["Resource"] = json!(resources);
    Some(statement)
}

/// A name as policies take it literally: `*` and `?` stand for others there, and `$` begins a variable. Source: IAM user guide, "IAM policy elements:
/// Variables and tags", on `${*}`, `${?}` and `${$}`.
fn literal(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '*' | '?' | '$') {
            text.extend(['$', '{', c, '}']);
        } else {
            text.push(c);
        }
    }
    text
}

/// The first step, by index, that deletes something: `--rollback` has to make it anew.
#[must_use]
pub fn first_deletion(steps: &[Step]) -> Option<usize> {
    let deletes =
        |step: &Step| matches!(&step.work, Work::Change(change) if change.leaves.is_none());
    steps.iter().position(deletes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fixture;
    use crate::apply::state::Target;
    use crate::apply::step::Drain;

    fn group(ours: bool) -> State {
        fixture::group(&["m5.large"], ours)
    }

    fn change(target: Target, expects: Option<State>, leaves: Option<State>) -> Step {
        fixture::step(fixture::change(target, expects, leaves))
    }

    #[test]
    fn the_policy_names_what_is_not_ours_and_nothing_else() {
        let named = |name: &str| Target::Group(name.to_owned());
        let drain = |group: &str| fixture::step(Work::Drain(Drain::all(group, group)));
        let steps = [
            change(named("new"), None, Some(group(true))),
            drain("old"),
            drain("mine"),
            change(
                Target::Provider("old-cp".to_owned()),
                Some(fixture::provider("old")),
                None,
            ),
            change(named("old"), Some(group(false)), None),
            change(named("mine"), Some(group(true)), None),
        ];
        let policy = policy(&steps, "eu-west-1", |name| name == "mine").expect("a policy");
        let rows: Vec<(String, Value)> = (policy["Statement"].as_array().into_iter().flatten())
            .map(|row| (row["Sid"].to_string(), row["Resource"].clone()))
            .collect();
        let group_arn =
            "arn:aws:autoscaling:eu-west-1:ACCOUNT:autoScalingGroup:*:autoScalingGroupName/old";
        let provider_arn = "arn:aws:ecs:eu-west-1:ACCOUNT:capacity-provider/old-cp";
        assert_eq!(
            rows,
            [
                ("\"ChangeNamedGroups\"".to_owned(), json!([group_arn])),
                ("\"DeleteNamedGroups\"".to_owned(), json!([group_arn])),
                ("\"DeleteNamedProviders\"".to_owned(), json!([provider_arn])),
                ("\"MakeNamedGroupsAnew\"".to_owned(), json!([group_arn])),
                (
                    "\"MakeNamedProvidersAnew\"".to_owned(),
                    json!([provider_arn])
                ),
            ]
        );
        assert_eq!(first_deletion(&steps), Some(3));
        assert_eq!(super::policy(&steps[..1], "eu-west-1", |_| true), None);
    }

    #[test]
    fn a_name_stands_for_itself_alone() {
        assert_eq!(literal("sm*ll?"), "sm${*}ll${?}");
        assert_eq!(literal("${aws:x}"), "${$}{aws:x}");
        assert_eq!(literal("web asg"), "web asg");
    }

    #[test]
    fn each_statement_of_the_file_has_its_names() {
        let policy: Value = serde_json::from_str(POLICY).expect("JSON");
        let sids = policy["Statement"].as_array().into_iter().flatten();
        let sids: Vec<&str> = sids.filter_map(|row| row["Sid"].as_str()).collect();
        let known: Vec<&str> = STATEMENTS.iter().map(|(sid, _)| *sid).collect();
        assert_eq!(sids, known);
    }
}
