//! A snapshot file as states of resources, with what else of them decides whether they may be touched.
//!
//! The file is read as the document it is: a cluster of [`crate::domain`] holds what planning needs, and settings that
//! must come back as they were are more than that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::Change;
use super::obstacles::{Obstacle, Use, obstacle, strangers};
use super::state::{ServiceState, State, Target, TemplateVersion};
use super::step::{Drain, Running};

/// A target of a name.
type Named = fn(String) -> Target;

/// What a snapshot says of the resources that a plan can touch.
#[derive(Debug, Clone, Default)]
pub struct Today {
    states: BTreeMap<Target, State>,
    described: BTreeMap<Target, Value>,
    /// Zone by subnet.
    zones: BTreeMap<String, String>,
    instances: Vec<Instance>,
    /// EC2 ids of all container instances, in whatever state.
    known: BTreeSet<String>,
    versions: Vec<Version>,
}

/// A version of a launch template.
#[derive(Debug, Clone)]
struct Version {
    /// Name and id of the template.
    names: BTreeSet<String>,
    number: u64,
    is_default: bool,
    /// Whether it says itself on which market it buys.
    has_market: bool,
}

/// A container instance that takes tasks.
#[derive(Debug, Clone)]
struct Instance {
    arn: String,
    provider: String,
    kind: String,
    /// Tasks of services.
    tasks: u64,
    /// Tasks that no plan of the snapshot knows, by task group: of services that were left out, and of no service.
    unplanned: BTreeMap<String, u64>,
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
        let planned = planned(section("services"), section("standaloneTasks"));
        let (hosts, tasks) = (section("containerInstances"), section("tasks"));
        today.instances = instances(hosts, tasks, &planned);
        let ids = hosts
            .iter()
            .filter_map(|host| host["ec2InstanceId"].as_str());
        today.known = ids.map(str::to_owned).collect();
        today.versions = (section("launchTemplates").iter())
            .filter_map(version)
            .collect();
        Ok(today)
    }

    /// A launch template version by its number: `$Latest` and `$Default` stand for the ones that the file shows.
    #[must_use]
    pub fn numbered(&self, version: &TemplateVersion) -> Option<TemplateVersion> {
        let mut of_template =
            (self.versions.iter()).filter(|known| known.names.contains(&version.template));
        let number = match version.version.as_str() {
            "$Latest" => of_template.map(|known| known.number).max()?,
            "$Default" => of_template.find(|known| known.is_default)?.number,
            number => number.parse().ok()?,
        };
        Some(TemplateVersion {
            template: version.template.clone(),
            version: number.to_string(),
        })
    }

    /// Whether a launch template version asks for Spot instances itself (`InstanceMarketOptions`), as far as the file shows it: AWS refuses
    /// such a one beside a list of types. Source: Amazon EC2 Auto Scaling user guide, "Create a launch template for an Auto Scaling group".
    #[must_use]
    pub fn has_market(&self, version: &TemplateVersion) -> bool {
        let Some(numbered) = self.numbered(version) else {
            return false;
        };
        (self.versions.iter()).any(|known| {
            known.has_market
                && known.names.contains(&numbered.template)
                && known.number.to_string() == numbered.version
        })
    }

    /// Container instances that take tasks.
    #[must_use]
    pub fn instance_count(&self) -> u64 {
        self.instances.len() as u64
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

    /// Services that have other placement constraints in a later state, from that to those of this one.
    #[must_use]
    pub fn constrained_otherwise(&self, later: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (target, state) in &self.states {
            if let (State::Service(then), Some(State::Service(now))) = (state, later.state(target))
                && !then.is_constrained_as(now)
            {
                let as_then = ServiceState {
                    constraints: then.constraints.clone(),
                    ..now.clone()
                };
                let (now, then) = (State::Service(now.clone()), State::Service(as_then));
                changes.push(Change::new(target.clone(), Some(now), Some(then)));
            }
        }
        changes
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
        let described = self.described.get(target)?;
        obstacle(target, described, use_).or_else(|| self.strangers(target, described, use_))
    }

    /// A group that goes takes its members with it, also those that are not the cluster's.
    fn strangers(&self, target: &Target, described: &Value, use_: Use) -> Option<Obstacle> {
        if use_ != Use::Retire || !matches!(target, Target::Group(_)) {
            return None;
        }
        let known = self.known.iter().map(String::as_str).collect();
        let found = strangers(described, &known);
        (!found.is_empty()).then_some(Obstacle::Strangers(found))
    }
}

impl Running for Today {
    fn instances(&self, drain: &Drain, gone: &BTreeSet<String>) -> u64 {
        self.going(drain, gone).len() as u64
    }

    fn tasks(&self, drain: &Drain, gone: &BTreeSet<String>) -> u64 {
        let going = self.going(drain, gone);
        going.iter().map(|instance| instance.tasks).sum()
    }

    fn count(&self, provider: &str) -> u64 {
        let of_provider = self.instances.iter().filter(|it| it.provider == provider);
        of_provider.count() as u64
    }

    fn provider_of(&self, arn: &str) -> Option<&str> {
        let found = self.instances.iter().find(|it| it.arn == arn)?;
        Some(&found.provider)
    }
}

impl Today {
    /// Whether a group is ours: tagged so, or not there yet.
    #[must_use]
    pub fn is_ours(&self, group: &str) -> bool {
        match self.state(&Target::Group(group.to_owned())) {
            Some(State::Group(state)) => state.ours,
            _ => true,
        }
    }

    /// Tasks on a provider's instances that the plan has no place for, by task group: draining would end them, or wait for
    /// them without end.
    #[must_use]
    pub fn unplanned(&self, drain: &Drain) -> BTreeMap<&str, u64> {
        let goes = |it: &&Instance| drain.named.is_empty() || drain.names(&it.arn);
        let of_provider = (self.instances.iter()).filter(|it| it.provider == drain.provider);
        let of_provider = of_provider.filter(goes);
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        for (group, tasks) in of_provider.flat_map(|it| &it.unplanned) {
            *all.entry(group).or_default() += tasks;
        }
        all
    }

    /// Those of other types than stay, and of the others as many as are too many, the fullest: the count is an upper one.
    fn going(&self, drain: &Drain, gone: &BTreeSet<String>) -> Vec<&Instance> {
        let of_provider = (self.instances.iter()).filter(|it| it.provider == drain.provider);
        let of_provider = of_provider.filter(|it| !gone.contains(&it.arn));
        if !drain.named.is_empty() {
            return of_provider.filter(|it| drain.names(&it.arn)).collect();
        }
        let (mut staying, mut going): (Vec<&Instance>, Vec<&Instance>) =
            of_provider.partition(|it| {
                drain.types_that_stay.is_empty() || drain.types_that_stay.contains(&it.kind)
            });
        staying.sort_by(|a, b| (b.tasks, &a.arn).cmp(&(a.tasks, &b.arn)));
        let most = usize::try_from(drain.most).unwrap_or(usize::MAX);
        going.extend(&staying[..staying.len().saturating_sub(most)]);
        going
    }
}

/// The task groups that a plan of the snapshot has places for.
fn planned(services: &[Value], standalone: &[Value]) -> BTreeSet<String> {
    let names = (services.iter()).filter_map(|service| service["serviceName"].as_str());
    let of_services = names.map(|name| format!("service:{name}"));
    let references = (standalone.iter()).filter_map(|task| task["taskDefinition"].as_str());
    let families = references.map(|reference| {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        format!("family:{}", name.split(':').next().unwrap_or(name))
    });
    of_services.chain(families).collect()
}

fn instances(items: &[Value], tasks: &[Value], planned: &BTreeSet<String>) -> Vec<Instance> {
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let is_active = |item: &&Value| item["status"].as_str().is_none_or(|it| it == "ACTIVE");
    let mut running: BTreeMap<&str, u64> = BTreeMap::new();
    let mut unplanned: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for task in tasks {
        let host = task["containerInstanceArn"].as_str();
        let group = text(task, "group");
        if let Some(host) = host.filter(|_| !planned.contains(&group)) {
            let groups = unplanned.entry(host).or_default();
            *groups.entry(group).or_default() += 1;
        }
        if let Some(host) = host.filter(|_| text(task, "group").starts_with("service:")) {
            *running.entry(host).or_default() += 1;
        }
    }
    // ECS Anywhere's are nobody's to take away. Source: Systems Manager, ids of managed nodes.
    let is_of_ec2 = |item: &&Value| !text(item, "ec2InstanceId").starts_with("mi-");
    (items.iter().filter(is_active).filter(is_of_ec2))
        .map(|item| {
            let arn = text(item, "containerInstanceArn");
            let attributes = item["attributes"].as_array().map_or(&[][..], Vec::as_slice);
            let named = (attributes.iter())
                .find(|it| it["name"] == "ecs.instance-type")
                .map(|it| text(it, "value"));
            Instance {
                tasks: running.get(arn.as_str()).copied().unwrap_or_default(),
                unplanned: unplanned.remove(arn.as_str()).unwrap_or_default(),
                provider: text(item, "capacityProviderName"),
                kind: named.unwrap_or_else(|| text(item, "instanceType")),
                arn,
            }
        })
        .collect()
}

fn version(item: &Value) -> Option<Version> {
    let names = ["LaunchTemplateName", "LaunchTemplateId"].into_iter();
    let names = names.filter_map(|key| item[key].as_str().map(str::to_owned));
    Some(Version {
        names: names.collect(),
        number: item["VersionNumber"].as_u64()?,
        is_default: item["DefaultVersion"].as_bool() == Some(true),
        has_market: item["LaunchTemplateData"]["InstanceMarketOptions"]["MarketType"].is_string(),
    })
}
