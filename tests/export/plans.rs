//! Random plans: any names, providers and strategies that a plan can hold.

use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::instance_type::CpuArchitecture;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::placement::PlacementStrategy;
use bayplan::domain::plan::{
    Certificate, FleetPlan, ManagedScaling, PlanAsOf, PlanCatalogue, PlanCost, PlanStatus,
    PlannedFargateTasks, PlannedInstances, PlannedProvider, PlannedService, Registered,
    StrategyItem,
};
use bayplan::domain::settings::Settings;
use bayplan::export::{Facts, TypeFacts, settings};
use indexmap::IndexMap;
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How many plans each round trip goes through.
pub const PLANS: u64 = 200;

const X86: [&str; 4] = ["m7i.large", "c6a.xlarge", "r5a.2xlarge", "c5.metal"];
const ARM: [&str; 3] = ["m7g.large", "c6g.xlarge", "r6g.8xlarge"];
const GPU: [&str; 2] = ["g4dn.xlarge", "g5.2xlarge"];

/// Texts that try to leave their place in some format.
pub const HOSTILE: [&str; 14] = [
    "a\"b",
    "it's",
    "${aws_iam_role.x.arn}",
    "%{ if true }x%{ endif }",
    "$${x}",
    "a\nb: c",
    "'; touch /tmp/owned; '",
    "$(touch /tmp/owned)`id`",
    "*/ process.exit(); /*",
    "\u{2028}alert(1)",
    "{{resolve:ssm:secret}}",
    "\\\"\\",
    "é\u{1f600}\u{0}\u{85}",
    "- [x]: #y",
];

/// What the tests know of types.
pub fn type_facts(name: &str) -> Option<TypeFacts> {
    let known = X86.contains(&name) || ARM.contains(&name) || GPU.contains(&name);
    known.then(|| TypeFacts {
        architecture: if ARM.contains(&name) {
            CpuArchitecture::Arm64
        } else {
            CpuArchitecture::X86_64
        },
        has_gpu: GPU.contains(&name),
        vcpus: if name.ends_with("2xlarge") { 8 } else { 2 },
        memory_mib: if name.ends_with("2xlarge") {
            65536
        } else {
            8192
        },
        burstable: false,
        bare_metal: name.ends_with("metal"),
        trunking: Some((120, 9)),
    })
}

/// The settings of a plan that must be exportable.
pub fn exported(plan: &FleetPlan) -> Settings {
    settings(plan, &Facts::of_catalogue(&type_facts)).expect("an exportable plan")
}

/// A plan whose names AWS takes.
pub fn plan(seed: u64) -> FleetPlan {
    Generator::new(seed, false).plan()
}

/// A plan with hostile texts wherever a plan holds texts.
pub fn hostile_plan(seed: u64) -> FleetPlan {
    Generator::new(seed, true).plan()
}

struct Generator {
    rng: Xoshiro256PlusPlus,
    hostile: bool,
}

impl Generator {
    fn new(seed: u64, hostile: bool) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            hostile,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.rng.random_range(0..bound)
    }

    fn text(&mut self, plain: &str) -> String {
        if self.hostile {
            let index = usize::try_from(self.rng.next_u64() % 14).expect("small");
            format!("{plain}{}", HOSTILE[index])
        } else {
            plain.to_owned()
        }
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).expect("small")]
    }

    fn plan(&mut self) -> FleetPlan {
        let zones: Vec<String> = ["us-east-1a", "us-east-1b", "us-east-1c"]
            .map(|zone| self.text(zone))
            .to_vec();
        let mut capacity_providers: Vec<PlannedProvider> = (0..self.below(6))
            .map(|index| self.provider(index, &zones))
            .collect();
        let fargate = capacity_providers.is_empty() || self.below(2) == 0;
        if fargate {
            capacity_providers.push(fargate_provider(ProviderKind::Fargate));
            capacity_providers.push(fargate_provider(ProviderKind::FargateSpot));
        }
        let mut plan = FleetPlan {
            snapshot: None,
            cluster: self.text("prod"),
            region: "us-east-1".to_owned(),
            status: PlanStatus::Feasible,
            catalogue: PlanCatalogue {
                source: "file".to_owned(),
                as_of: PlanAsOf {
                    on_demand: None,
                    spot: None,
                    fargate: None,
                },
            },
            cost: PlanCost {
                usd_per_hour: UsdPerHour::ZERO,
                usd_per_month: 0.0,
                bound_usd_per_hour: None,
                proven_usd_per_hour: None,
                gap: None,
                ideal_usd_per_hour: UsdPerHour::ZERO,
                ideal_gap: None,
                current_usd_per_hour: None,
                periods: Vec::new(),
            },
            instances: (capacity_providers.iter())
                .filter(|provider| provider.kind == ProviderKind::AutoScalingGroup)
                .flat_map(|provider| self.instances(provider))
                .collect(),
            capacity_providers,
            services: Vec::new(),
            fargate_tasks: Vec::new(),
            other_group_counts: Vec::new(),
            moves: None,
            commitment: None,
            managed_hours: Vec::new(),
            unplaced: Vec::new(),
            changes: Vec::new(),
            assumptions: Vec::new(),
            warnings: Vec::new(),
            recommendation: None,
        };
        for index in 0..=self.below(8) {
            self.service(index, &mut plan);
        }
        plan
    }

    fn provider(&mut self, index: u64, zones: &[String]) -> PlannedProvider {
        let family: &[&str] = match self.below(3) {
            0 => &X86,
            1 => &ARM,
            _ => &GPU,
        };
        let mut instance_types: Vec<String> = (0..=self.below(2))
            .map(|_| self.pick(family).to_owned())
            .collect();
        instance_types.dedup();
        let spot = self.below(2) == 0;
        let planned = 1 + self.below(30);
        let min_size = self.below(planned + 1);
        let kept = self.below(zones.len() as u64 + 1);
        PlannedProvider {
            name: self.text(&format!("group-{index}")),
            kind: ProviderKind::AutoScalingGroup,
            instance_types,
            purchase_option: Some(if spot {
                Capacity::Spot
            } else {
                Capacity::OnDemand
            }),
            availability_zones: zones[..usize::try_from(kept).expect("small")].to_vec(),
            min_size,
            desired_capacity: planned,
            max_size: planned + self.below(10),
            managed_scaling: ManagedScaling {
                enabled: Some(true),
                target_capacity: Some(1 + self.below(100)),
                minimum_scaling_step_size: Some(1),
                maximum_scaling_step_size: Some(1 + self.below(10_000)),
                instance_warmup_period_s: Some(self.below(1000)),
            },
            usd_per_hour: UsdPerHour::ZERO,
            mode: None,
            schedule: Vec::new(),
            certificate: (self.below(2) == 0).then(|| Certificate {
                tasks_per_instance: IndexMap::new(),
                tasks: IndexMap::new(),
            }),
        }
    }

    /// One row, or two where the group is filled with both purchase options.
    fn instances(&mut self, provider: &PlannedProvider) -> Vec<PlannedInstances> {
        let mut row = self.row(provider);
        if row.count < 2 || self.below(4) > 0 {
            return vec![row];
        }
        let mut spot = row.clone();
        spot.purchase_option = Capacity::Spot;
        spot.count = 1 + self.below(row.count - 1);
        row.purchase_option = Capacity::OnDemand;
        row.count -= spot.count;
        vec![row, spot]
    }

    fn row(&mut self, provider: &PlannedProvider) -> PlannedInstances {
        let attributes = if self.below(4) == 0 {
            let (name, value) = (self.text("stack"), self.text("blue"));
            IndexMap::from([(name, Some(value))])
        } else {
            IndexMap::new()
        };
        PlannedInstances {
            instance_type: provider.instance_types[0].clone(),
            purchase_option: provider.purchase_option.expect("a group has one"),
            availability_zone: provider.availability_zones.first().cloned(),
            capacity_provider: provider.name.clone(),
            count: provider.desired_capacity,
            usd_per_hour: UsdPerHour::ZERO,
            registered: Registered {
                cpu: 2048,
                memory_mib: 7000,
                enis: if self.below(2) == 0 { 120 } else { 9 },
                gpus: 0,
                pods: None,
            },
            tasks: IndexMap::new(),
            spare: IndexMap::new(),
            interruption_band: None,
            existing: false,
            attributes,
        }
    }

    fn service(&mut self, index: u64, plan: &mut FleetPlan) {
        let name = self.text(&format!("service-{index}"));
        let kinds = plan.capacity_providers.iter().map(|provider| provider.kind);
        let groups = kinds
            .filter(|kind| *kind == ProviderKind::AutoScalingGroup)
            .count() as u64;
        let on_fargate =
            groups == 0 || (plan.capacity_providers.len() as u64 > groups && self.below(3) == 0);
        let mut strategy = Vec::new();
        let mut desired_count = 0;
        if on_fargate {
            for provider in ["FARGATE", "FARGATE_SPOT"] {
                let count = 1 + self.below(20);
                desired_count += count;
                strategy.push(item(provider, count));
                plan.fargate_tasks.push(PlannedFargateTasks {
                    service_name: name.clone(),
                    capacity_provider: provider.to_owned(),
                    count,
                    cpu: 256,
                    memory_mib: 512,
                    usd_per_hour: UsdPerHour::ZERO,
                    schedule: Vec::new(),
                });
            }
        } else {
            // Daemons and services outside providers have no strategy.
            let uses = self.below(groups + 1);
            for index in 0..usize::try_from(uses).expect("small") {
                let provider = plan.capacity_providers[index].name.clone();
                let each = 1 + self.rng.random_range(0..5);
                let mut tasks = 0;
                let rows = plan.instances.iter_mut();
                for row in rows.filter(|row| row.capacity_provider == provider) {
                    row.tasks.insert(name.clone(), each);
                    tasks += each * row.count;
                }
                desired_count += tasks;
                strategy.push(item(&provider, tasks));
            }
        }
        if let Some(first) = strategy.first_mut().filter(|_| index % 5 == 4) {
            first.base = 1;
        }
        let field = if self.below(2) == 0 {
            "attribute:ecs.availability-zone"
        } else {
            "attribute:rack/row_7.a"
        };
        plan.services.push(PlannedService {
            service_name: name,
            desired_count,
            capacity_provider_strategy: strategy,
            placement_strategy: vec![
                PlacementStrategy::Spread("instanceId".to_owned()),
                PlacementStrategy::Spread(field.to_owned()),
                PlacementStrategy::Binpack("memory".to_owned()),
                PlacementStrategy::Random,
            ],
            usd_per_hour: UsdPerHour::ZERO,
            marginal_usd_per_task_hour: None,
        });
    }
}

fn item(provider: &str, weight: u64) -> StrategyItem {
    StrategyItem {
        capacity_provider: provider.to_owned(),
        base: 0,
        weight,
    }
}

fn fargate_provider(kind: ProviderKind) -> PlannedProvider {
    PlannedProvider {
        name: match kind {
            ProviderKind::FargateSpot => "FARGATE_SPOT",
            _ => "FARGATE",
        }
        .to_owned(),
        kind,
        instance_types: Vec::new(),
        purchase_option: None,
        availability_zones: Vec::new(),
        min_size: 0,
        desired_capacity: 0,
        max_size: 0,
        managed_scaling: ManagedScaling::default(),
        usd_per_hour: UsdPerHour::ZERO,
        certificate: None,
        mode: None,
        schedule: Vec::new(),
    }
}
