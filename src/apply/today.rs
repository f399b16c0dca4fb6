//! A snapshot file as states of resources, with what else of them decides whether they may be touched.
//!
//! The file is read as the document it is: a cluster of [`crate::domain`] holds what planning needs, and settings that
//! must come back as they were are more than that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::state::{State, Target};

/// A target of a name.
type Named = fn(String) -> Target;

/// What a snapshot says of the resources that a plan can touch.
#[derive(Debug, Clone, Default)]
pub struct Today {
    states: BTreeMap<Target, State>,
    described: BTreeMap<Target, Value>,
    /// Zone by subnet.
    zones: BTreeMap<String, String>,
}

impl Today {
    /// From a snapshot file's text.
    ///
    /// # Errors
    /// Where it is not JSON, which a snapshot is.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let document: Value = serde_json::from_str(text)?;
        let section = |key: &str| (document[key].as_array()).map_or(&[][..], Vec::as_slice);
        let mut today = Self::default();
        let kinds: [(&str, &str, Named); 4] = [
            ("clusters", "clusterName", Target::Cluster),
            ("services", "serviceName", Target::Service),
            ("capacityProviders", "name", Target::Provider),
            ("autoScalingGroups", "AutoScalingGroupName", Target::Group),
        ];
        for (key, name, target) in kinds {
            for item in section(key) {
                if let Some(name) = item[name].as_str() {
                    today.add(target(name.to_owned()), item);
                }
            }
        }
        for subnet in section("subnets") {
            let pair = (
                subnet["SubnetId"].as_str(),
                subnet["AvailabilityZone"].as_str(),
            );
            if let (Some(id), Some(zone)) = pair {
                today.zones.insert(id.to_owned(), zone.to_owned());
            }
        }
        Ok(today)
    }

    fn add(&mut self, target: Target, item: &Value) {
        if let Some(state) = State::of(&target, item) {
            self.states.insert(target.clone(), state);
        }
        self.described.insert(target, item.clone());
    }

    /// A resource's state; `None` where it is not there.
    #[must_use]
    pub fn state(&self, target: &Target) -> Option<&State> {
        self.states.get(target)
    }

    /// Names of the groups that are there.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        (self.states.keys()).filter_map(|target| match target {
            Target::Group(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The cluster's target.
    #[must_use]
    pub fn cluster(&self) -> Option<&Target> {
        (self.states.keys()).find(|target| matches!(target, Target::Cluster(_)))
    }

    /// A subnet's zone, where the file gives it.
    #[must_use]
    pub fn zone(&self, subnet: &str) -> Option<&str> {
        self.zones.get(subnet).map(String::as_str)
    }

    /// Why nobody but its owner may change a resource so; `None` where nothing stands against it.
    #[must_use]
    pub fn obstacle(&self, target: &Target, use_: Use) -> Option<Obstacle> {
        let item = self.described.get(target)?;
        let text = |key: &str| item[key].as_str().unwrap_or_default();
        match target {
            Target::Service(_) => {
                let controller = item["deploymentController"]["type"].as_str();
                let external = item["taskSets"]
                    .as_array()
                    .is_some_and(|sets| !sets.is_empty());
                match controller {
                    _ if text("resourceManagementType") == "ECS" => Some(Obstacle::Express),
                    Some("CODE_DEPLOY") => Some(Obstacle::CodeDeploy),
                    Some("EXTERNAL") => Some(Obstacle::External),
                    _ if external => Some(Obstacle::External),
                    _ => None,
                }
            }
            Target::Group(_) => {
                let protection = text("DeletionProtection");
                let suspended: BTreeSet<String> = (item["SuspendedProcesses"].as_array())
                    .into_iter()
                    .flatten()
                    .filter_map(|process| process["ProcessName"].as_str().map(str::to_owned))
                    .collect();
                let overrides = &item["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"];
                let overrides = overrides.as_array().map_or(&[][..], Vec::as_slice);
                if use_ == Use::Retire && !["", "none"].contains(&protection) {
                    return Some(Obstacle::DeletionProtection);
                }
                if !suspended.is_empty() {
                    return Some(Obstacle::SuspendedProcesses(suspended));
                }
                if use_ == Use::Change {
                    let has = |key: &str| overrides.iter().any(|one| one.get(key).is_some());
                    if has("InstanceRequirements") {
                        return Some(Obstacle::InstanceRequirements);
                    }
                    if has("LaunchTemplateSpecification") {
                        return Some(Obstacle::OverrideTemplates);
                    }
                    if item.get("LaunchConfigurationName").is_some() {
                        return Some(Obstacle::LaunchConfiguration);
                    }
                }
                None
            }
            Target::Provider(_) | Target::Cluster(_) => None,
        }
    }
}

/// What a change makes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It stays and gets other settings.
    Change,
    /// It goes.
    Retire,
}

/// Why a resource is not touched. Sources: Amazon ECS API reference, `UpdateService`, `Service`; Amazon EC2 Auto Scaling API
/// reference, `AutoScalingGroup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// An Express service: ECS manages what it runs on.
    Express,
    /// `CodeDeploy` deploys it, and AWS refuses another strategy from anybody else.
    CodeDeploy,
    /// A controller outside ECS deploys it: the strategy is that of its task sets.
    External,
    /// The group is protected from deletion.
    DeletionProtection,
    /// Somebody suspended processes of the group.
    SuspendedProcesses(BTreeSet<String>),
    /// Its types are chosen by requirements.
    InstanceRequirements,
    /// Its overrides have launch templates of their own.
    OverrideTemplates,
    /// It has a launch configuration in place of a template.
    LaunchConfiguration,
}
