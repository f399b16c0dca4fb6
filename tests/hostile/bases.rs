//! Small files of every kind that a command reads, and the commands that read them.

use std::fs;
use std::path::Path;

use bayplan::cli::run;
use rand::RngExt as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// A cluster with most sections.
const CLUSTER: &str = r#"{"version": 1, "cluster": "shop", "region": "us-east-1",
"availabilityZones": ["us-east-1a", "use1-az2", {"zoneName": "us-east-1c", "zoneId": "use1-az4"}],
"taskDefinitions": [{"family": "batch", "revision": 2, "cpu": "0.5 vCPU", "memory": "1 GB", "networkMode": "awsvpc",
  "requiresCompatibilities": ["EC2", "FARGATE"], "runtimePlatform": {"cpuArchitecture": "X86_64"},
  "containerDefinitions": [{"name": "a", "cpu": 256, "memoryReservation": 512, "portMappings": [{"containerPort": 80}]}],
  "volumes": [{"name": "v", "configuredAtLaunch": true}]}],
"services": [
  {"serviceName": "web", "desiredCount": 3, "cpu": 256, "memory": 512, "networkMode": "bridge", "hostPorts": [8080],
   "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150},
   "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m7i.*"}],
   "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "memory"}]},
  {"serviceName": "job", "desiredCount": 2, "taskDefinition": "batch:2", "minCount": 1, "maxCount": 4, "spotMaxShare": 0.5},
  {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 64, "memory": 128}],
"standaloneTasks": [{"taskDefinition": "batch:2", "count": 1, "overrides": {"memory": "2 GB"}}],
"containerInstances": [{"containerInstanceArn": "arn:a", "status": "ACTIVE", "instanceType": "m7i.large",
  "registeredResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7800}]}],
"policy": {"allowedInstanceTypes": ["m7i.large", "m7i.xlarge", "c7i.large"], "purchaseOptions": ["on-demand", "spot"],
  "onDemandBase": 1, "spotMaxSharePerPool": 0.9, "deploymentSurge": false, "maxInstances": 40, "zoneSpread": "any"}}"#;

const YAML: &str = "version: 1\ncluster: shop\nregion: us-east-1\nservices:\n  - serviceName: api\n    desiredCount: 3\n    \
    cpu: 512\n    memory: 1024\n    networkMode: awsvpc\n  - {serviceName: worker, desiredCount: 2, cpu: 1024, memory: 4096}\n\
    policy:\n  allowedInstanceTypes: [m7g.large, m7i.large]\n  headroomPercent: 10\n";

const CSV: &str = "service,cpu,memory_mib,desired_count,network_mode,host_ports,architectures\n\
    web,256,512,3,bridge,80;53/udp,X86_64;ARM64\napi,\"0.5 vCPU\",1 GB,2,awsvpc,,\n";

const PROBLEM: &str = r#"{"name": "x", "dims": ["cpu", "memory"],
"bins": [{"id": "large", "capacity": [2048, 7600], "cost": 0.0816, "limit": null}, {"id": "small", "capacity": [1024, 3000], "cost": 0.05}],
"items": [{"id": "api", "size": [512, 1024], "demand": 12}, {"id": "web", "size": [100, 2000], "demand": 3}]}"#;

const SCENARIOS: &str = "version: 1\nscenarios:\n  - name: growth\n    set: {api.desiredCount: 4..8 step 4}\n  - name: larger\n    \
    set: {worker.memory: 2048}\n";

const PRICES: &str = "region,instance_type,usd_per_hour,basis\nus-east-1,m7i.large,0.1008,observed_2026-07\nus-east-1,m7g.large,0.0816,observed_2026-07\n";

/// Texts that are made, not written.
pub struct Given {
    plan: String,
}

/// Writes what the commands need beside the odd file, and makes the plan.
pub fn given(folder: &Path) -> Given {
    fs::write(folder.join("whole.yaml"), YAML).expect("a writable temporary folder");
    let plan = folder.join("whole-plan.json");
    let arguments = [
        "bayplan".into(),
        "plan".into(),
        folder.join("whole.yaml").into_os_string(),
        "--format=json".into(),
        "--output".into(),
        plan.clone().into_os_string(),
    ];
    run::within(arguments).expect("a plan");
    Given {
        plan: fs::read_to_string(plan).expect("the plan"),
    }
}

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cluster,
    Yaml,
    Csv,
    Plan,
    Problem,
    Scenarios,
    Prices,
}

impl Kind {
    /// Each as often as it stands here.
    pub const ALL: [Self; 10] = [
        Self::Cluster,
        Self::Plan,
        Self::Cluster,
        Self::Csv,
        Self::Cluster,
        Self::Problem,
        Self::Plan,
        Self::Yaml,
        Self::Scenarios,
        Self::Prices,
    ];

    pub fn text(self, given: &Given) -> &str {
        match self {
            Self::Cluster => CLUSTER,
            Self::Yaml => YAML,
            Self::Csv => CSV,
            Self::Plan => &given.plan,
            Self::Problem => PROBLEM,
            Self::Scenarios => SCENARIOS,
            Self::Prices => PRICES,
        }
    }

    /// The name of the odd file.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Cluster => "cluster.json",
            Self::Yaml => "cluster.yaml",
            Self::Csv => "services.csv",
            Self::Plan => "plan.json",
            Self::Problem => "problem.json",
            Self::Scenarios => "scenarios.yaml",
            Self::Prices => "on_demand_prices.csv",
        }
    }

    /// Whether a finding may be about the file beside the odd one.
    pub const fn goes_with_another(self) -> bool {
        matches!(self, Self::Plan | Self::Scenarios | Self::Prices)
    }

    /// A command that reads the odd file; its result goes to another file.
    pub fn arguments(self, folder: &Path, random: &mut Xoshiro256PlusPlus) -> Vec<String> {
        let in_folder = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (odd, whole) = (in_folder(self.file()), in_folder("whole.yaml"));
        let mut words: Vec<String> = match self {
            Self::Cluster | Self::Yaml => match random.random_range(0..6) {
                0 if self == Self::Cluster => {
                    vec!["simulate".to_owned(), odd, "--orders=2".to_owned()]
                }
                1 => vec![
                    "plan".to_owned(),
                    odd,
                    "--work-limit=1".to_owned(),
                    "--ideal".to_owned(),
                ],
                _ => vec![
                    "plan".to_owned(),
                    odd,
                    "--work-limit=1".to_owned(),
                    "--format=json".to_owned(),
                ],
            },
            Self::Csv => vec![
                "plan".to_owned(),
                odd,
                "--region=us-east-1".to_owned(),
                "--work-limit=1".to_owned(),
            ],
            Self::Plan => match random.random_range(0..5) {
                0 => vec![
                    "report".to_owned(),
                    whole,
                    odd,
                    "--format=html".to_owned(),
                    "--no-curves".to_owned(),
                ],
                1 => vec!["export".to_owned(), odd, "--format=terraform".to_owned()],
                2 => vec![
                    "explain".to_owned(),
                    whole,
                    odd,
                    "--work-limit=1".to_owned(),
                ],
                3 => vec!["simulate".to_owned(), whole, odd, "--orders=2".to_owned()],
                _ => vec!["check".to_owned(), whole, odd],
            },
            Self::Problem => vec!["pack".to_owned(), odd, "--work-limit=1".to_owned()],
            Self::Scenarios => vec![
                "what-if".to_owned(),
                whole,
                format!("--scenarios={odd}"),
                "--work-limit=1".to_owned(),
                "--ideal".to_owned(),
            ],
            Self::Prices => vec![
                "plan".to_owned(),
                whole,
                format!("--on-demand-prices={odd}"),
                "--work-limit=1".to_owned(),
            ],
        };
        words.push(format!("--output={}", in_folder("result")));
        words
    }
}
