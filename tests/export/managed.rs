//! Providers of ECS Managed Instances: every format says the same of them, beside groups and alone.

use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::plan::{
    FleetPlan, ManagedScaling, PlannedInstances, PlannedProvider, PlannedService, StrategyItem,
};
use bayplan::domain::settings::Settings;
use bayplan::export::{
    TerraformStyle, as_csv, as_json, cdk, cli, cloudformation_json, settings, terraform_json_text,
};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::plans::{HOSTILE, exported, hostile_plan, plan, type_facts};

/// A plan with an On-Demand and a Spot provider of Managed Instances beside what it had, names with a text behind them.
pub fn with_managed(mut plan: FleetPlan, text: &str) -> FleetPlan {
    for (option, kinds) in [
        (Capacity::OnDemand, vec!["m7i.large", "r5a.2xlarge"]),
        (Capacity::Spot, vec!["m7g.large"]),
    ] {
        let name = format!("managed-{option}{text}");
        let service = format!("on-managed-{option}{text}");
        let zones = vec![format!("us-east-1a{text}"), format!("us-east-1b{text}")];
        for (index, kind) in kinds.iter().enumerate() {
            let registered = (super::plans::plan(1).instances.into_iter().next())
                .map(|row: PlannedInstances| row.registered);
            plan.instances.push(PlannedInstances {
                instance_type: (*kind).to_owned(),
                purchase_option: if option == Capacity::Spot {
                    Capacity::ManagedSpot
                } else {
                    Capacity::Managed
                },
                availability_zone: zones.get(index).cloned(),
                capacity_provider: name.clone(),
                count: 2,
                usd_per_hour: plan.cost.usd_per_hour,
                registered: registered.expect("a row"),
                tasks: IndexMap::from([(service.clone(), 3)]),
                spare: IndexMap::new(),
                interruption_band: None,
                existing: false,
                attributes: IndexMap::new(),
            });
        }
        plan.services.push(PlannedService {
            service_name: service,
            desired_count: 6 * kinds.len() as u64,
            capacity_provider_strategy: vec![StrategyItem {
                capacity_provider: name.clone(),
                base: 0,
                weight: 1,
            }],
            placement_strategy: Vec::new(),
            usd_per_hour: plan.cost.usd_per_hour,
            marginal_usd_per_task_hour: None,
        });
        plan.capacity_providers.push(PlannedProvider {
            name,
            kind: ProviderKind::ManagedInstances,
            instance_types: kinds.into_iter().map(str::to_owned).collect(),
            purchase_option: Some(option),
            availability_zones: zones,
            min_size: 0,
            desired_capacity: 2,
            max_size: 2,
            managed_scaling: ManagedScaling::default(),
            usd_per_hour: plan.cost.usd_per_hour,
            certificate: None,
            mode: None,
            schedule: Vec::new(),
        });
    }
    plan
}

/// Nothing but Managed Instances.
pub fn only_managed() -> FleetPlan {
    let mut plan = plan(1);
    plan.capacity_providers.clear();
    plan.instances.clear();
    plan.services.clear();
    plan.fargate_tasks.clear();
    with_managed(plan, "")
}

/// Settings for the validators: beside groups, hostile, alone, and with a volume's size.
pub fn for_validators() -> Vec<Settings> {
    let mut alone = exported(&only_managed());
    alone.root_volume_gib = Some(30);
    let mut all = vec![alone, exported(&with_managed(plan(3), ""))];
    all.extend((0..2).map(|seed| exported(&with_managed(hostile_plan(seed), HOSTILE[0]))));
    all
}

fn of_file(settings: &Settings, name: &str) -> Value {
    let files = cli(settings);
    let file = files.iter().find(|file| file.name == name);
    serde_json::from_str(&file.unwrap_or_else(|| panic!("{name}")).text).expect("JSON")
}

#[test]
fn every_format_asks_for_the_plans_types_and_nothing_that_is_not_known() {
    let settings = exported(&with_managed(plan(3), ""));
    let created = of_file(&settings, "30-managed-managed-on-demand-create.json");
    assert_eq!(created["cluster"], "prod");
    let own = &created["managedInstancesProvider"];
    assert_eq!(own["infrastructureRoleArn"], "@INFRASTRUCTURE_ROLE_ARN@");
    let template = &own["instanceLaunchTemplate"];
    assert_eq!(template["capacityOptionType"], "ON_DEMAND");
    let requirements = json!({"vCpuCount": {"min": 2, "max": 8}, "memoryMiB": {"min": 8192, "max": 65536},
        "allowedInstanceTypes": ["m7i.large", "r5a.2xlarge"], "onDemandMaxPricePercentageOverLowestPrice": 999_999});
    assert_eq!(template["instanceRequirements"], requirements);
    // UpdateCapacityProvider has no way of buying.
    let updated = of_file(&settings, "30-managed-managed-spot-update.json");
    let template = &updated["managedInstancesProvider"]["instanceLaunchTemplate"];
    assert_eq!(template.get("capacityOptionType"), None);
    let protection = "spotMaxPricePercentageOverLowestPrice";
    assert_eq!(template["instanceRequirements"][protection], 999_999);

    let template: Value = serde_json::from_str(&cloudformation_json(&settings)).expect("JSON");
    let resource = &template["Resources"]["ProviderManagedSpot"]["Properties"];
    assert_eq!(resource["ClusterName"], json!({"Ref": "ClusterName"}));
    let own = &resource["ManagedInstancesProvider"];
    assert_eq!(
        own["InfrastructureRoleArn"],
        json!({"Ref": "ManagedInfrastructureRoleArn"})
    );
    let launch = &own["InstanceLaunchTemplate"];
    assert_eq!(launch["CapacityOptionType"], "SPOT");
    let vcpus = json!({"Min": 2, "Max": 2});
    assert_eq!(launch["InstanceRequirements"]["VCpuCount"], vcpus);
    let service = &template["Resources"]["ServiceOnManagedSpot"]["Properties"];
    let item = &service["CapacityProviderStrategy"][0];
    assert_eq!(
        item["CapacityProvider"],
        json!({"Ref": "ProviderManagedSpot"})
    );
    assert_eq!(service.get("PlacementStrategies"), None);

    let text = terraform_json_text(&settings, TerraformStyle::Resources);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let provider = &document["resource"]["aws_ecs_capacity_provider"]["managed_on_demand"];
    assert_eq!(provider["cluster"], "${var.cluster_name}");
    let launch = &provider["managed_instances_provider"][0]["instance_launch_template"][0];
    let types = &launch["instance_requirements"][0]["allowed_instance_types"];
    assert_eq!(types, &json!(["m7i.large", "r5a.2xlarge"]));

    let text = terraform_json_text(&settings, TerraformStyle::Modules);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let cluster = &document["module"]["ecs"];
    assert_eq!(cluster["create_infrastructure_iam_role"], false);
    let managed = &cluster["capacity_providers"]["managed_spot"]["managed_instances_provider"];
    let launch = &managed["instance_launch_template"];
    assert_eq!(launch["capacity_option_type"], "SPOT");
    assert_eq!(
        launch["instance_requirements"]["memory_mib"],
        json!({"min": 8192, "max": 8192})
    );

    let text = cdk(&settings);
    assert!(text.contains("managedInfrastructureRoleArn"), "{text}");
    assert!(text.contains("vCpuCount"), "{text}");
    let document: Value = serde_json::from_str(&as_json(&settings)).expect("JSON");
    assert_eq!(document["managedInstances"][1]["plannedCapacity"], 2);
    assert!(as_csv(&settings).contains("managed-spot,m7g.large,spot"));
}

#[test]
fn they_are_not_on_the_list_that_the_call_takes_and_alone_there_is_no_list() {
    let beside = exported(&with_managed(plan(3), ""));
    let list = of_file(&beside, "40-cluster-capacity-providers.json")["capacityProviders"].clone();
    let listed = list.as_array().expect("a list");
    assert!(!listed.is_empty());
    assert!(
        listed
            .iter()
            .all(|name| !name.as_str().expect("a name").starts_with("managed-"))
    );
    // What AWS documents and what it takes may differ: the script tries both.
    let with = of_file(&beside, "40-cluster-capacity-providers-with-managed.json");
    let with = with["capacityProviders"].as_array().expect("a list").len();
    assert_eq!(with, listed.len() + 2);
    let script = cli(&beside).pop().expect("a script").text;
    assert!(script.contains("\nput_list 40-cluster-capacity-providers-with-managed.json 40-"));
    // Terraform reads them on the list, and would take them off.
    let text = terraform_json_text(&beside, TerraformStyle::Resources);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let of_terraform =
        document["resource"]["aws_ecs_cluster_capacity_providers"]["this"]["capacity_providers"]
            .to_string();
    assert!(of_terraform.contains("aws_ecs_capacity_provider.managed_spot.name"));

    let alone = exported(&only_managed());
    assert!(!alone.writes_association);
    let files = cli(&alone);
    assert!(files.iter().all(|file| !file.name.starts_with("40-")));
    let script = &files.last().expect("a script").text;
    assert!(
        script.contains("managed_provider 'prod' 'managed-spot'"),
        "{script}"
    );
    assert!(!script.contains("SUBNET_IDS_") && !script.contains("launch_template"));
    assert!(!cloudformation_json(&alone).contains("ClusterCapacityProviderAssociations"));
}

#[test]
fn what_ecs_would_refuse_of_them_is_an_error() {
    let of = |plan: &FleetPlan| {
        let facts = bayplan::export::Facts::of_catalogue(&type_facts);
        let found = settings(plan, &facts).expect_err("refused").0;
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        codes.join(" ")
    };
    let mut two = only_managed();
    let other = two.services[1].capacity_provider_strategy[0].clone();
    two.services[0].capacity_provider_strategy.push(other);
    assert_eq!(of(&two), "X16");
    let mut none = only_managed();
    none.capacity_providers[0].instance_types.clear();
    assert_eq!(of(&none), "X16");
    let mut unknown = only_managed();
    unknown.capacity_providers[1].instance_types = vec!["z9.large".to_owned()];
    assert_eq!(of(&unknown), "X01");
}
