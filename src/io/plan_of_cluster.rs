//! Whether a plan is one for a given cluster: every name in it is known there.

use std::collections::BTreeSet;

use super::codes;
use super::findings::{Finding, Findings, Severity};
use super::suggest::did_you_mean;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

/// Most tasks and instances that a replay takes; ECS's quotas are far below.
const MOST: u64 = 10_000_000;

const OTHER_FILE: &str = "give the cluster file that the plan was made from, or plan again";

/// Everything that shows that a plan was not made for a cluster: errors where it cannot be used with it,
/// warnings where the numbers have changed since. `knows_type` answers for the catalogue.
#[must_use]
pub fn plan_findings(
    plan: &FleetPlan,
    file_name: &str,
    cluster: &Cluster,
    knows_type: &dyn Fn(&str) -> bool,
) -> Findings {
    let mut test = Test {
        plan,
        cluster,
        findings: Vec::new(),
    };
    test.names();
    test.services();
    test.instances(knows_type);
    test.providers();
    test.sizes();
    Findings::new(file_name, test.findings)
}

/// That a plan leaves tasks without a place, for whoever reads what is made of it and not the plan: one warning, or none.
#[must_use]
pub fn plan_of_a_part(plan: &FleetPlan, file_name: &str) -> Option<Findings> {
    let without = plan.without_place()?;
    let finding = Finding {
        code: codes::PLAN_OF_A_PART,
        severity: Severity::Warning,
        place: "unplaced".to_owned(),
        line: None,
        column: None,
        cause: format!("{without}; fleet and costs are for the others only"),
        remedy: "`bayplan explain` says what conflicts, and `unplaced[].reasons` of the plan what would unlock a place; plan again \
                 before the fleet is built"
            .to_owned(),
    };
    Some(Findings::new(file_name, vec![finding]))
}

struct Test<'a> {
    plan: &'a FleetPlan,
    cluster: &'a Cluster,
    findings: Vec<Finding>,
}

impl Test<'_> {
    fn error(&mut self, code: &'static str, place: String, cause: String, remedy: &str) {
        self.report(code, Severity::Error, place, cause, remedy);
    }

    fn report(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: String,
        cause: String,
        remedy: &str,
    ) {
        self.findings.push(Finding {
            code,
            severity,
            place,
            line: None,
            column: None,
            cause,
            remedy: remedy.to_owned(),
        });
    }

    fn names(&mut self) {
        if self.plan.region != self.cluster.region {
            let (planned, own) = (&self.plan.region, &self.cluster.region);
            let cause = format!("the plan is for `{planned}`, the cluster file says `{own}`");
            let code = codes::PLAN_OF_ANOTHER_CLUSTER;
            self.error(code, "region".to_owned(), cause, OTHER_FILE);
        }
        // A file without a name is called after itself, so another name alone proves nothing.
        if self.plan.cluster != self.cluster.name {
            let (planned, own) = (&self.plan.cluster, &self.cluster.name);
            let cause = format!("the plan is for `{planned}`, this is `{own}`");
            let code = codes::PLAN_OF_OTHER_STATE;
            self.report(
                code,
                Severity::Warning,
                "cluster".to_owned(),
                cause,
                OTHER_FILE,
            );
        }
    }

    fn services(&mut self) {
        let known: BTreeSet<String> =
            (self.cluster.services.iter().map(|s| s.name.clone())).collect();
        let mut named: Vec<(String, String)> = Vec::new();
        for (index, service) in self.plan.services.iter().enumerate() {
            named.push((format!("services[{index}]"), service.service_name.clone()));
        }
        for (index, row) in self.plan.instances.iter().enumerate() {
            let keys = row.tasks.keys();
            named.extend(keys.map(|name| (format!("instances[{index}].tasks"), name.clone())));
        }
        for (index, row) in self.plan.fargate_tasks.iter().enumerate() {
            named.push((format!("fargateTasks[{index}]"), row.service_name.clone()));
        }
        for (index, row) in self.plan.unplaced.iter().enumerate() {
            named.push((format!("unplaced[{index}]"), row.service_name.clone()));
        }
        for (place, name) in named {
            if !known.contains(&name) {
                let names = known.iter().map(String::as_str);
                let remedy = format!("{}{OTHER_FILE}", did_you_mean(&name, names));
                let cause = format!("the cluster file has no service `{name}`");
                self.error(codes::PLAN_UNKNOWN_SERVICE, place, cause, &remedy);
            }
        }
        for service in &self.cluster.services {
            let planned =
                (self.plan.services.iter()).find(|planned| planned.service_name == service.name);
            match planned {
                None => {
                    let cause = format!("the plan says nothing of the service `{}`", service.name);
                    let code = codes::PLAN_WITHOUT_SERVICE;
                    self.error(code, "services".to_owned(), cause, OTHER_FILE);
                }
                Some(planned) if !service.is_daemon() => {
                    let now = self.cluster.planned_count(service);
                    if planned.desired_count != now {
                        let cause = format!(
                            "planned for {} tasks of `{}`; the cluster file and the flags now come to {now}",
                            planned.desired_count, service.name
                        );
                        self.report(
                            codes::PLAN_OF_OTHER_STATE,
                            Severity::Warning,
                            format!("services[{}].desiredCount", service.name),
                            cause,
                            "give the flags that the plan was made with (--at, --headroom-percent), or plan \
                             again",
                        );
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn instances(&mut self, knows_type: &dyn Fn(&str) -> bool) {
        for (index, row) in self.plan.instances.iter().enumerate() {
            let external = row.existing && !knows_type(&row.instance_type);
            if !knows_type(&row.instance_type) && !external {
                let cause = format!("the catalogue has no type `{}`", row.instance_type);
                let place = format!("instances[{index}].instanceType");
                let remedy = "give the catalogue that the plan was made with (--instance-types)";
                self.error(codes::PLAN_UNKNOWN_TYPE, place, cause, remedy);
            }
            let Some(zone) = &row.availability_zone else {
                continue;
            };
            if !row.existing && self.cluster.zone(zone).is_none() {
                let cause = format!("the cluster file has no Availability Zone `{zone}`");
                let place = format!("instances[{index}].availabilityZone");
                self.error(codes::PLAN_UNKNOWN_ZONE, place, cause, OTHER_FILE);
            }
        }
    }

    fn providers(&mut self) {
        let known: BTreeSet<&str> = (self.plan.capacity_providers.iter())
            .map(|provider| provider.name.as_str())
            .collect();
        let mut wrong = Vec::new();
        for (index, row) in self.plan.instances.iter().enumerate() {
            let name = row.capacity_provider.as_str();
            if !name.is_empty() && !known.contains(name) {
                wrong.push((format!("instances[{index}].capacityProvider"), name));
            }
        }
        for service in &self.plan.services {
            for item in &service.capacity_provider_strategy {
                let name = item.capacity_provider.as_str();
                if !known.contains(name) {
                    let place = format!(
                        "services[{}].capacityProviderStrategy",
                        service.service_name
                    );
                    wrong.push((place, name));
                }
            }
        }
        let wrong: Vec<(String, String)> = (wrong.into_iter())
            .map(|(place, name)| {
                let cause = format!("the plan lists no capacity provider `{name}`");
                (place, cause)
            })
            .collect();
        for (place, cause) in wrong {
            let remedy = "give a plan as `bayplan plan --format json` wrote it";
            self.error(codes::PLAN_UNKNOWN_PROVIDER, place, cause, remedy);
        }
    }

    /// What a replay would have to hold in memory.
    fn sizes(&mut self) {
        let rows = self.plan.instances.iter();
        let instances: u128 = rows.map(|row| u128::from(row.count)).sum();
        let services = self.cluster.services.iter();
        let tasks: u128 = services
            .map(|service| u128::from(self.cluster.planned_count(service)))
            .sum();
        for (place, what, number) in [
            ("instances", "instances", instances),
            ("services", "tasks", tasks),
        ] {
            if number > u128::from(MOST) {
                let cause = format!("{number} {what}; at most {MOST} can be replayed");
                let code = codes::PLAN_TOO_LARGE;
                self.error(code, place.to_owned(), cause, "split the cluster");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster, read_plan};

    const CLUSTER: &str = r#"{"version": 1, "cluster": "c", "region": "us-east-1",
        "services": [{"serviceName": "web", "desiredCount": 2, "cpu": 256, "memory": 512}]}"#;

    const PLAN: &str = r#"{
      "version": 1, "cluster": "c", "region": "us-east-1", "status": "optimal",
      "catalogue": {"source": "embedded", "asOf": {"onDemand": null, "spot": null, "fargate": null}},
      "cost": {"usdPerHour": 0.1, "usdPerMonth": 73.0, "boundUsdPerHour": 0.1, "gap": 0.0,
               "idealUsdPerHour": 0.1, "idealGap": 0.0, "currentUsdPerHour": null},
      "capacityProviders": [{"name": "p", "kind": "AUTO_SCALING_GROUP", "instanceTypes": ["m7g.large"],
        "purchaseOption": "on-demand", "availabilityZones": [], "minSize": 0, "desiredCapacity": 1,
        "maxSize": 1, "managedScaling": {}, "usdPerHour": 0.1}],
      "services": [{"serviceName": "web", "desiredCount": 2, "usdPerHour": 0.1,
        "marginalUsdPerTaskHour": null, "placementStrategy": [],
        "capacityProviderStrategy": [{"capacityProvider": "p", "base": 0, "weight": 1}]}],
      "instances": [{"instanceType": "m7g.large", "purchaseOption": "on-demand",
        "availabilityZone": null, "capacityProvider": "p", "count": 1, "usdPerHour": 0.1,
        "registered": {"cpu": 2048, "memoryMib": 7600, "enis": 2, "gpus": 0}, "tasks": {"web": 2}}],
      "fargateTasks": [], "unplaced": [], "changes": [], "assumptions": []
    }"#;

    /// Codes and places of the findings of a plan after a replacement.
    fn found(from: &str, to: &str) -> Vec<(&'static str, String)> {
        let imported = read_cluster(CLUSTER, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let (_, plan) = read_plan(&PLAN.replace(from, to), "p.json").expect("a plan");
        let findings = plan_findings(&plan, "p.json", &cluster, &|name| name == "m7g.large");
        (findings.findings.into_iter())
            .map(|finding| (finding.code, finding.place))
            .collect()
    }

    #[test]
    fn a_plan_of_the_cluster_has_no_findings() {
        assert!(found("", "").is_empty());
    }

    #[test]
    fn what_does_not_belong_is_located() {
        let web = found("\"web\"", "\"wob\"");
        let codes: Vec<&str> = web.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["E1803", "E1803", "E1804"]);
        assert_eq!(web[1].1, "instances[0].tasks");
        let type_ = found(
            "\"instanceType\": \"m7g.large\"",
            "\"instanceType\": \"m9x\"",
        );
        assert_eq!(type_, [("E1805", "instances[0].instanceType".to_owned())]);
        let zone = found("\"availabilityZone\": null", "\"availabilityZone\": \"z\"");
        assert_eq!(
            zone,
            [("E1807", "instances[0].availabilityZone".to_owned())]
        );
        let provider = found("\"name\": \"p\"", "\"name\": \"q\"");
        assert_eq!(provider.len(), 2);
        assert!(provider.iter().all(|(code, _)| *code == "E1806"));
        let strategy = read_plan(
            &PLAN.replace(
                "\"placementStrategy\": []",
                "\"placementStrategy\": [{\"type\": \"pile\"}]",
            ),
            "p.json",
        );
        let findings = strategy.expect_err("no strategy").findings;
        assert_eq!(findings[0].code, "E1808");
        let other = found("\"region\": \"us-east-1\"", "\"region\": \"eu-west-1\"");
        assert_eq!(other, [("E1802", "region".to_owned())]);
    }

    #[test]
    fn another_name_and_changed_counts_are_warnings() {
        let name = found("\"cluster\": \"c\"", "\"cluster\": \"d\"");
        assert_eq!(name, [("W2006", "cluster".to_owned())]);
        let counts = found("\"desiredCount\": 2", "\"desiredCount\": 3");
        assert_eq!(counts, [("W2006", "services[web].desiredCount".to_owned())]);
    }
}
