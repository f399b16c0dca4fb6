//! Recorded answers in AWS's place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::aws::actions::Action;
use crate::aws::call::{Api, Call, list_key};
use crate::aws::errors::{CallError, Cause};

/// Answers by operation. Pages of a list follow each other; what is described is looked for among all that was ever
/// described; what is not recorded is empty.
#[derive(Debug, Default)]
pub struct Recorded {
    answers: BTreeMap<Action, Vec<Value>>,
    calls: RefCell<Vec<Call>>,
}

impl Recorded {
    /// Files `service.Operation_n.json` of a folder, with the wrapping of placebo or without.
    pub fn folder(folder: &Path) -> Self {
        let mut files: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        let mut recorded = Self::default();
        for file in files {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let operation = name.split(['.', '_']).nth(1).unwrap_or_default().to_owned();
            let action = Action::ALL
                .into_iter()
                .find(|action| action.name().split(':').nth(1) == Some(&operation));
            let (Some(action), Ok(text)) = (action, fs::read_to_string(&file)) else {
                continue;
            };
            let Ok(mut answer) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            if let Some(data) = answer.get_mut("data") {
                answer = data.take();
            }
            recorded.add(action, answer);
        }
        recorded
    }

    /// One answer more.
    pub fn add(&mut self, action: Action, answer: Value) -> &mut Self {
        self.answers.entry(action).or_default().push(answer);
        self
    }

    /// Writes the answers as files of a folder.
    pub fn write(&self, folder: &Path) {
        for (action, answers) in &self.answers {
            let (service, operation) = action
                .name()
                .split_once(':')
                .expect("a service and an operation");
            for (number, answer) in answers.iter().enumerate() {
                let wrapped = json!({"status_code": 200, "data": answer});
                let file = folder.join(format!("{service}.{operation}_{number}.json"));
                fs::write(file, wrapped.to_string()).expect("a file");
            }
        }
    }

    /// The answers to an operation.
    pub fn answers_mut(&mut self, action: Action) -> &mut Vec<Value> {
        self.answers.entry(action).or_default()
    }

    /// Calls of an operation up to now.
    pub fn calls(&self, action: Action) -> Vec<Call> {
        let calls = self.calls.borrow();
        calls
            .iter()
            .filter(|call| call.action == action)
            .cloned()
            .collect()
    }

    fn items(&self, action: Action) -> Vec<Value> {
        let answers = self.answers.get(&action).into_iter().flatten();
        answers
            .flat_map(|answer| {
                answer[list_key(action)]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            })
            .collect()
    }

    fn page(&self, call: &Call) -> Value {
        let index: usize = call
            .token
            .as_deref()
            .map_or(0, |token| token.parse().unwrap_or(0));
        let answers = self
            .answers
            .get(&call.action)
            .map_or(&[][..], Vec::as_slice);
        let mut page = answers
            .get(index)
            .cloned()
            .unwrap_or_else(|| json!({list_key(call.action): []}));
        page["nextToken"] = if index + 1 < answers.len() {
            json!((index + 1).to_string())
        } else {
            Value::Null
        };
        page
    }

    fn described(&self, call: &Call) -> Value {
        let named = |item: &Value, name: &str| {
            let texts = item
                .as_object()
                .into_iter()
                .flat_map(|object| object.values());
            texts
                .filter_map(Value::as_str)
                .any(|text| text == name || text.rsplit('/').next() == Some(name))
        };
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        let items = self.items(call.action);
        for name in &call.about {
            match items.iter().find(|item| named(item, name)) {
                Some(item) => found.push(item.clone()),
                None => failures.push(json!({"arn": name, "reason": "MISSING"})),
            }
        }
        json!({list_key(call.action): found, "failures": failures})
    }
}

impl Api for Recorded {
    async fn answer(&self, call: &Call) -> Result<Value, CallError> {
        self.calls.borrow_mut().push(call.clone());
        Ok(match call.action {
            Action::DescribeTaskDefinition => {
                let answers = self.answers.get(&call.action).into_iter().flatten();
                let mut answers = answers.filter(|answer| {
                    answer["taskDefinition"]["taskDefinitionArn"].as_str()
                        == call.about.first().map(String::as_str)
                });
                let found = answers.next().cloned();
                found.ok_or_else(|| CallError {
                    action: call.action,
                    cause: Cause::Rejected {
                        code: "ClientException".to_owned(),
                        said: "Unable to describe task definition.".to_owned(),
                    },
                })?
            }
            Action::DescribeServices
            | Action::DescribeTasks
            | Action::DescribeContainerInstances
            | Action::DescribeClusters
            | Action::DescribeCapacityProviders => self.described(call),
            Action::DescribeAutoScalingGroups | Action::DescribeSubnets
                if !call.about.is_empty() =>
            {
                self.described(call)
            }
            Action::DescribeInstances => json!({"Reservations": self.items(call.action)}),
            Action::DescribeLaunchTemplateVersions => {
                let all = self.items(call.action).into_iter();
                let of = |item: &Value| {
                    ["LaunchTemplateId", "LaunchTemplateName"]
                        .iter()
                        .any(|key| item[*key] == call.about[0])
                };
                let versions: Vec<Value> = all
                    .filter(of)
                    .filter(|item| call.versions.contains(&item["VersionNumber"].to_string()))
                    .collect();
                json!({"LaunchTemplateVersions": versions})
            }
            _ => self.page(call),
        })
    }
}
