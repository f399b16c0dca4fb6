//! What the rest of a run is played from, kept in its journal: the plan, and what a cluster file has that AWS does not tell.
//!
//! Whoever goes on reads the cluster anew. Beside that the replica needs the plan, and the user's own words in the file: the policy with
//! its flags, tasks of no service, settings of services that are not AWS's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The list of task definitions, and the keys by which they and services are known.
const DEFINITIONS: &str = "taskDefinitions";
const SERVICES: &str = "services";
/// What every reading has of its own.
const OF_A_READING: [&str; 2] = ["snapshot", "notes"];

/// Kept for whoever goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rehearsal {
    /// The plan document.
    pub plan: Value,
    /// Whether the snapshot has names in place of ARNs.
    pub redacts_arns: bool,
    /// The flags of the policy, which go before what the file says.
    pub flags: Map<String, Value>,
    /// Sections that are the user's.
    own: Map<String, Value>,
    /// Task definitions that are.
    definitions: Vec<Value>,
    /// Keys of services that are, by service.
    services: BTreeMap<String, Map<String, Value>>,
}

impl Rehearsal {
    /// Of a plan, the snapshot's file with the flags of the policy, and the same cluster as AWS tells of it.
    #[must_use]
    pub fn of(plan: Value, file: &Value, flags: &Map<String, Value>, answers: &Value) -> Self {
        let mut own = Map::new();
        for (key, value) in file.as_object().into_iter().flatten() {
            let is_own = key == "policy"
                || (answers.get(key).is_none() && !OF_A_READING.contains(&key.as_str()));
            if is_own {
                own.insert(key.clone(), value.clone());
            }
        }
        let known = names(answers, DEFINITIONS);
        let definitions = items(file, DEFINITIONS).iter();
        let definitions = definitions.filter(|it| !known.contains_key(&name_of(it, DEFINITIONS)));
        let known = names(answers, SERVICES);
        let services = items(file, SERVICES).iter().filter_map(|service| {
            let name = name_of(service, SERVICES);
            let answer = known.get(&name)?;
            let keys = service.as_object()?.iter();
            let keys = keys.filter(|(key, _)| answer.get(key.as_str()).is_none());
            let keys: Map<String, Value> =
                keys.map(|(key, it)| (key.clone(), it.clone())).collect();
            (!keys.is_empty()).then_some((name, keys))
        });
        let arn = file["clusters"][0]["clusterArn"].as_str();
        Self {
            plan,
            redacts_arns: !arn.unwrap_or_default().starts_with("arn:"),
            flags: flags.clone(),
            own,
            definitions: definitions.cloned().collect(),
            services: services.collect(),
        }
    }

    /// What AWS tells by now, with what is the user's.
    #[must_use]
    pub fn over(&self, mut answers: Value) -> Value {
        for (key, value) in &self.own {
            answers[key.as_str()] = value.clone();
        }
        let known = names(&answers, DEFINITIONS);
        let definitions = self.definitions.iter();
        let missing: Vec<Value> = definitions
            .filter(|it| !known.contains_key(&name_of(it, DEFINITIONS)))
            .cloned()
            .collect();
        if let Some(all) = answers[DEFINITIONS].as_array_mut() {
            all.extend(missing);
        }
        for service in answers[SERVICES].as_array_mut().into_iter().flatten() {
            let own = self.services.get(&name_of(service, SERVICES));
            if let (Some(own), Some(service)) = (own, service.as_object_mut()) {
                service.extend(own.clone());
            }
        }
        answers
    }
}

fn items<'a>(document: &'a Value, section: &str) -> &'a [Value] {
    document[section].as_array().map_or(&[], Vec::as_slice)
}

fn names<'a>(document: &'a Value, section: &str) -> BTreeMap<String, &'a Value> {
    let items = items(document, section).iter();
    items.map(|item| (name_of(item, section), item)).collect()
}

/// A service's name, or a definition's family and revision, which stand at the end of its ARN.
fn name_of(item: &Value, section: &str) -> String {
    if section == SERVICES {
        return item["serviceName"].as_str().unwrap_or_default().to_owned();
    }
    let arn = item["taskDefinitionArn"].as_str().unwrap_or_default();
    let name = arn.rsplit('/').next().unwrap_or(arn);
    if name.is_empty() {
        return format!("{}:{}", item["family"], item["revision"]);
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_later_reading_has_what_the_user_added_to_the_first() {
        let answers = json!({"version": 1, "snapshot": {"takenAt": "then"}, "policy": {"eniTrunking": true},
            "clusters": [{"clusterArn": "arn:aws:ecs:r:000000000000:cluster/c"}],
            "taskDefinitions": [{"taskDefinitionArn": "arn:x/web:1"}],
            "services": [{"serviceName": "web", "launchType": "EC2"}]});
        let mut file = answers.clone();
        file["policy"]["zoneSpread"] = json!("even");
        file["standaloneTasks"] = json!([{"taskDefinition": "cron:1", "count": 1}]);
        file["taskDefinitions"]
            .as_array_mut()
            .expect("a list")
            .push(json!({"taskDefinitionArn": "cron:1"}));
        file["services"][0]["minCount"] = json!(2);
        let flags = json!({"headroomPercent": 5});
        let kept = Rehearsal::of(
            json!({}),
            &file,
            flags.as_object().expect("flags"),
            &answers,
        );
        let text = serde_json::to_string(&kept).expect("JSON");
        assert_eq!(serde_json::from_str::<Rehearsal>(&text).expect("one"), kept);
        assert!(!kept.redacts_arns && kept.flags["headroomPercent"] == 5);
        let later = json!({"version": 1, "snapshot": {"takenAt": "now"}, "policy": {},
            "taskDefinitions": [{"taskDefinitionArn": "arn:x/web:1"}],
            "services": [{"serviceName": "web", "capacityProviderStrategy": []}, {"serviceName": "new"}]});
        let over = kept.over(later);
        assert_eq!(
            over,
            json!({"version": 1, "snapshot": {"takenAt": "now"},
                "policy": {"eniTrunking": true, "zoneSpread": "even"},
                "standaloneTasks": [{"taskDefinition": "cron:1", "count": 1}],
                "taskDefinitions": [{"taskDefinitionArn": "arn:x/web:1"}, {"taskDefinitionArn": "cron:1"}],
                "services": [{"serviceName": "web", "capacityProviderStrategy": [], "minCount": 2}, {"serviceName": "new"}]})
        );
    }
}
