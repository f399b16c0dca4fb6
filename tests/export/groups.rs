//! Plain settings as JSON and CSV, limits, and sameness from run to run.

use std::collections::{BTreeMap, BTreeSet};

use bayplan::domain::capacity::Capacity;
use bayplan::domain::placement::PlacementStrategy;
use bayplan::domain::plan::{FleetPlan, GroupMode};
use bayplan::export::{
    Facts, TerraformStyle, as_csv, as_json, cloudformation_yaml, settings, terraform_hcl,
};
use serde_json::Value;

use super::cli::{read_group, read_service, read_strategy};
use super::deployed::{Deployed, items, text, wanted};
use super::plans::{HOSTILE, PLANS, exported, hostile_plan, plan, type_facts};
use super::special_plans::{large_plan, mixed_plan};

fn read(document: &Value) -> Deployed {
    let mut deployed = Deployed::default();
    for group in items(&document["groups"]) {
        let settings = &group["autoScalingGroup"];
        let template = &settings["MixedInstancesPolicy"]["LaunchTemplate"];
        let template = text(&template["LaunchTemplateSpecification"]["LaunchTemplateName"]);
        let images = BTreeMap::from([(template, text(&group["imageParameter"]))]);
        let read = read_group(settings, &group["capacityProvider"], &images);
        deployed
            .groups
            .insert(text(&settings["AutoScalingGroupName"]), read);
    }
    let association = &document["clusterCapacityProviders"];
    deployed.providers = items(&association["capacityProviders"])
        .iter()
        .map(text)
        .collect();
    deployed.default_strategy = read_strategy(&association["defaultCapacityProviderStrategy"]);
    for service in items(&document["services"]) {
        deployed
            .services
            .insert(text(&service["service"]), read_service(service));
    }
    deployed
}

#[test]
fn plain_settings_say_what_the_plan_says() {
    for seed in 0..PLANS {
        for plan in [plan(seed), hostile_plan(seed)] {
            let settings = exported(&plan);
            let document = serde_json::from_str(&as_json(&settings)).expect("JSON");
            assert_eq!(read(&document), wanted(&plan, &settings), "seed {seed}");
            let csv = as_csv(&settings);
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let rows: Vec<BTreeMap<String, String>> = reader
                .deserialize()
                .map(|row| row.expect("a row"))
                .collect();
            assert_eq!(rows.len(), settings.groups.len());
            for (row, group) in rows.iter().zip(&settings.groups) {
                assert_eq!(row["group"], group.name);
                assert_eq!(row["instance_types"], group.instance_types.join(" "));
                assert_eq!(row["max_size"], group.max_size.to_string());
            }
        }
    }
}

#[test]
fn the_same_plan_gives_the_same_names_in_any_order_of_groups() {
    let mut plan = hostile_plan(11);
    let names = |plan: &FleetPlan| {
        let mut names: Vec<String> = exported(plan)
            .groups
            .iter()
            .map(|group| group.name.clone())
            .collect();
        names.sort();
        names
    };
    let before = names(&plan);
    plan.capacity_providers.reverse();
    assert_eq!(names(&plan), before);
}

fn codes(plan: &FleetPlan) -> Vec<&'static str> {
    match settings(plan, &Facts::of_catalogue(&type_facts)) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.0.iter().map(|finding| finding.code).collect(),
    }
}

fn with_groups() -> FleetPlan {
    (0..PLANS)
        .map(plan)
        .find(|plan| {
            let mut providers = plan.instances.iter().map(|row| &row.capacity_provider);
            let all: BTreeSet<_> = providers.clone().collect();
            all.len() == 2 && providers.all(|name| name != "FARGATE") && plan.instances.len() == 2
        })
        .expect("one of them")
}

/// 20 providers and 40 types are still exported.
#[test]
fn a_plan_at_the_limits_is_exported_whole() {
    let plan = large_plan();
    let settings = exported(&plan);
    assert_eq!(settings.providers().len(), 20);
    assert_eq!(settings.groups[0].instance_types.len(), 40);
    let document: Value = serde_json::from_str(&as_json(&settings)).expect("JSON");
    assert_eq!(read(&document), wanted(&plan, &settings));
}

/// A group of both purchase options says how many of its instances are On-Demand.
#[test]
fn a_mixed_group_has_a_base_and_a_percentage() {
    let settings = exported(&mixed_plan());
    let bought: BTreeSet<(bool, u64)> = (settings.groups.iter())
        .map(|group| (group.on_demand_base > 0, group.on_demand_percent))
        .collect();
    assert_eq!(
        bought,
        BTreeSet::from([(false, 0), (false, 100), (true, 0)])
    );
    let csv = as_csv(&settings);
    let mixed = settings
        .groups
        .iter()
        .find(|group| group.on_demand_base > 0);
    let mixed = mixed.expect("a mixed group");
    let cells = format!(",{},0,", mixed.on_demand_base);
    assert!(
        csv.lines()
            .any(|line| line.starts_with(&mixed.group) && line.contains(&cells))
    );
}

/// What ECS would refuse to spread by is found, and not written into a template.
#[test]
fn a_field_that_is_none_is_refused() {
    for field in HOSTILE {
        let mut plan = with_groups();
        let field = format!("attribute:{field}");
        plan.services[0].placement_strategy = vec![PlacementStrategy::Spread(field.clone())];
        assert_eq!(codes(&plan), ["X08"], "{field:?}");
    }
}

/// Tasks that name no capacity go to neither a GPU group nor Spot while there is another.
#[test]
fn the_default_strategy_is_the_steadiest_group() {
    let mut plan = large_plan();
    for (provider, (kind, option)) in plan.capacity_providers.iter_mut().zip([
        ("g5.2xlarge", Capacity::OnDemand),
        ("m7i.large", Capacity::Spot),
        ("m7g.large", Capacity::OnDemand),
    ]) {
        provider.instance_types = vec![kind.to_owned()];
        provider.purchase_option = Some(option);
    }
    plan.capacity_providers.truncate(3);
    let names: Vec<String> = plan
        .capacity_providers
        .iter()
        .map(|p| p.name.clone())
        .collect();
    plan.instances.truncate(1);
    let row = plan.instances[0].clone();
    plan.instances = (names.iter().zip([9, 8, 1]))
        .map(|(name, count)| {
            let mut row = row.clone();
            (row.capacity_provider, row.count) = (name.clone(), count);
            row
        })
        .collect();
    for service in &mut plan.services {
        service.capacity_provider_strategy.clear();
    }
    assert_eq!(exported(&plan).default_strategy[0].provider, names[2]);
}

#[test]
fn limits_of_aws_are_held_and_said_all_at_once() {
    let mut plan = with_groups();
    plan.capacity_providers[0].instance_types = vec!["m7i.large".to_owned(); 41];
    plan.capacity_providers[1].managed_scaling.target_capacity = Some(900);
    let spare = plan.capacity_providers[1].clone();
    while plan.capacity_providers.len() < 21 {
        let mut more = spare.clone();
        more.name = format!("more-{}", plan.capacity_providers.len());
        plan.capacity_providers.push(more);
    }
    let codes = codes(&plan);
    for code in ["X04", "X05", "X11"] {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
}

#[test]
fn what_ecs_refuses_in_a_strategy_is_found() {
    let mut plan = with_groups();
    let group = plan.capacity_providers[0].name.clone();
    let service = &mut plan.services[0];
    let item = |provider: &str, weight| bayplan::domain::plan::StrategyItem {
        capacity_provider: provider.to_owned(),
        base: 0,
        weight,
    };
    service.capacity_provider_strategy = vec![item(&group, 0), item("nowhere", 0)];
    service.placement_strategy = vec![PlacementStrategy::Spread("pile".to_owned())];
    assert_eq!(codes(&plan), ["X07", "X09", "X08"]);
}

#[test]
fn sizes_and_names_that_aws_would_refuse_are_located() {
    let mut plan = with_groups();
    plan.capacity_providers[0].min_size = plan.capacity_providers[0].max_size + 1;
    let again = plan.capacity_providers[0].clone();
    plan.capacity_providers.push(again);
    let last = plan.capacity_providers.len() - 1;
    let findings = settings(&plan, &Facts::of_catalogue(&type_facts)).expect_err("refused");
    let found: Vec<(&str, &str)> = (findings.0.iter())
        .map(|finding| (finding.code, finding.place.as_str()))
        .collect();
    let of_last = format!("capacityProviders[{last}]");
    let its_name = format!("{of_last}.name");
    assert_eq!(
        found,
        [
            ("X13", "capacityProviders[0]"),
            ("X13", of_last.as_str()),
            ("X14", its_name.as_str()),
        ]
    );
}

#[test]
fn a_group_that_says_not_how_it_is_bought_is_not_taken_for_on_demand() {
    let mut plan = with_groups();
    plan.capacity_providers[0].purchase_option = None;
    let findings = settings(&plan, &Facts::of_catalogue(&type_facts)).expect_err("refused");
    let codes: Vec<&str> = findings.0.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["X15"]);
}

#[test]
fn a_packed_group_says_why_it_may_shrink() {
    let mut plan = with_groups();
    for provider in &mut plan.capacity_providers {
        provider.mode = Some(GroupMode::Elastic);
        provider.certificate = None;
        provider.min_size = 1;
        provider.max_size = provider.desired_capacity + 1;
    }
    let settings = exported(&plan);
    for text in [
        terraform_hcl(&settings, TerraformStyle::Resources),
        cloudformation_yaml(&settings),
    ] {
        let text = text.replace(['\n', '#'], " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("takes empty instances away down to the minimum"),
            "{text}"
        );
        assert!(!text.contains("the plan's own limits"), "{text}");
        assert!(
            text.contains("Packed, so that instances fall empty"),
            "{text}"
        );
    }
    assert!(settings.groups.iter().all(|group| group.scaling.enabled));

    // Services that spread their tasks over such groups are not packed.
    for service in &mut plan.services {
        service.placement_strategy = vec![PlacementStrategy::Spread("instanceId".to_owned())];
    }
    let text = cloudformation_yaml(&exported(&plan));
    assert!(!text.contains("Packed, so that"), "{text}");
}

#[test]
fn a_type_of_another_catalogue_is_located() {
    let mut plan = with_groups();
    plan.capacity_providers[0].instance_types[0] = "m99.huge".to_owned();
    let findings = settings(&plan, &Facts::of_catalogue(&type_facts)).expect_err("unknown");
    assert_eq!(findings.0[0].place, "capacityProviders[0].instanceTypes[0]");
    assert!(
        findings
            .to_string()
            .starts_with("error[X01] capacityProviders[0]")
    );
}

#[test]
fn one_image_a_group() {
    let mut plan = with_groups();
    plan.capacity_providers[0].instance_types = vec!["m7i.large".into(), "m7g.large".into()];
    assert_eq!(codes(&plan), ["X03"]);
}

#[test]
fn one_base_is_kept_and_large_weights_become_small() {
    let mut plan = with_groups();
    let names: Vec<String> = plan
        .instances
        .iter()
        .map(|row| row.capacity_provider.clone())
        .collect();
    let service = &mut plan.services[0];
    service.capacity_provider_strategy = (names.iter().zip([4_000_000_u64, 1_000_000]))
        .map(|(name, weight)| bayplan::domain::plan::StrategyItem {
            capacity_provider: name.clone(),
            base: 2,
            weight,
        })
        .collect();
    let settings = exported(&plan);
    let items: Vec<(u64, u64)> = settings.services[0]
        .strategy
        .iter()
        .map(|item| (item.base, item.weight))
        .collect();
    assert_eq!(items, [(2, 4), (0, 1)]);
}

/// Weights above ECS's 1,000 are rounded, and what that costs is said.
#[test]
fn the_rounding_error_is_printed() {
    let mut plan = with_groups();
    let rows: Vec<(String, u64)> = (plan.instances.iter())
        .map(|row| (row.capacity_provider.clone(), row.count))
        .collect();
    let name = plan.services[0].service_name.clone();
    for (row, tasks) in plan.instances.iter_mut().zip([1_000_003, 1]) {
        row.count = 1;
        row.tasks.insert(name.clone(), tasks);
    }
    plan.services[0].capacity_provider_strategy = (rows.iter().zip([1_000_003, 1]))
        .map(
            |((provider, _), weight)| bayplan::domain::plan::StrategyItem {
                capacity_provider: provider.clone(),
                base: 0,
                weight,
            },
        )
        .collect();
    let settings = exported(&plan);
    let service = &settings.services[0];
    let weights: Vec<u64> = service.strategy.iter().map(|item| item.weight).collect();
    assert_eq!(weights, [1000, 1]);
    // 1,000,004 tasks at 1 in 1,001 give the second provider 999.005 and not 1.
    assert!(
        service.rounding.contains("at most 998.01"),
        "{}",
        service.rounding
    );
    assert!(settings.notes.iter().any(|note| note.contains("998.01")));
}
