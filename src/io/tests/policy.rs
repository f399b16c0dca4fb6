//! The policy and the flags that override it.

use serde_json::json;

use super::{cluster, file, import, policy_problems, problems};
use crate::domain::policy::{
    CountBasis, FargateUse, Inclusion, KeepInstances, Policy, PurchaseOptions, ZoneSpread,
};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::io::{ImportOptions, read_cluster};

#[test]
fn every_policy_key_is_read_exactly() {
    let policy = cluster(&json!({"policy": {
        "allowedInstanceTypes": ["m7g.*"], "excludedInstanceTypes": ["m7g.metal"],
        "currentGenerationOnly": true, "bareMetal": "included", "burstable": "required",
        "headroomPercent": 0.1, "keepInstances": "all", "maxInstances": 10, "minVcpus": 2,
        "maxVcpus": 8, "eniTrunking": true, "memoryOverhead": {"percent": 7.25, "fixedMib": 100},
        "reservedCpu": 128, "reservedMemory": "1 GB", "rootVolumeGib": 8,
        "instanceUsdPerHour": 0.1, "savingsPlanDiscount": 0.28, "purchaseOptions": ["spot", "on-demand"],
        "fargate": "allowed", "onDemandBase": 2, "spotMaxShare": 0.7, "spotMaxSharePerPool": "0.25",
        "zoneSpread": "any", "surviveZoneLoss": true, "deploymentSurge": true, "minInstances": 3,
        "maxInstanceTypes": 4, "maxCapacityProviders": 5},
        "availabilityZones": ["us-east-1a", "us-east-1b"]}))
    .policy;
    assert_eq!(
        policy.allowed_instance_types,
        Some(vec!["m7g.*".to_owned()])
    );
    assert_eq!(policy.excluded_instance_types, ["m7g.metal"]);
    assert_eq!(policy.bare_metal, Inclusion::Included);
    assert_eq!(policy.burstable, Inclusion::Required);
    assert_eq!(policy.headroom_percent.to_string(), "0.1");
    assert_eq!(policy.keep_instances, KeepInstances::All);
    assert_eq!((policy.min_vcpus, policy.max_vcpus), (Some(2), Some(8)));
    let overhead = policy.memory_overhead.expect("given");
    assert_eq!(overhead.percent.to_string(), "7.25");
    assert_eq!(overhead.per_vcpu_mib.to_string(), "0");
    assert_eq!(policy.reserved_cpu, CpuUnits::new(128));
    assert_eq!(policy.reserved_memory, MemoryMib::new(1024));
    assert_eq!(policy.instance_usd_per_hour.to_string(), "0.1");
    assert_eq!(policy.savings_plan_discount.to_string(), "0.28");
    assert!(policy.current_generation_only && policy.eni_trunking);
    assert_eq!((policy.max_instances, policy.root_volume_gib), (10, 8));
    assert!(policy.purchase_options.on_demand && policy.purchase_options.spot);
    assert_eq!(policy.fargate, FargateUse::Allowed);
    assert_eq!(policy.on_demand_base, 2);
    assert_eq!(policy.spot_max_share.to_string(), "0.7");
    assert_eq!(policy.spot_max_share_per_pool.to_string(), "0.25");
    assert_eq!(policy.zone_spread, Some(ZoneSpread::Any));
    assert!(policy.survive_zone_loss && policy.keeps_room_for_rollouts());
    assert_eq!(policy.min_instances, 3);
    assert_eq!(policy.max_instance_types, Some(4));
    assert_eq!(policy.max_capacity_providers, Some(5));
}

#[test]
fn null_leaves_the_default_of_every_key() {
    let nulls = json!({"purchaseOptions": null, "fargate": null, "onDemandBase": null,
        "spotMaxShare": null, "spotMaxSharePerPool": null, "zoneSpread": null, "surviveZoneLoss": null,
        "deploymentSurge": null, "minInstances": null, "maxInstanceTypes": null,
        "maxCapacityProviders": null, "allowedInstanceTypes": null, "maxVcpus": null});
    assert_eq!(cluster(&json!({"policy": nulls})).policy, Policy::default());
}

#[test]
fn spot_alone_contradicts_every_demand_for_on_demand_tasks() {
    let spot =
        |key: &str, value: serde_json::Value| json!({"purchaseOptions": ["spot"], key: value});
    assert_eq!(
        policy_problems(&spot("onDemandBase", json!(1))),
        ["E1505 policy.onDemandBase"]
    );
    assert_eq!(
        policy_problems(&spot("spotMaxShare", json!(0.99))),
        ["E1505 policy.spotMaxShare"]
    );
    let service = |extra: serde_json::Value| {
        let mut service = json!({"serviceName": "s", "desiredCount": 4, "cpu": 256, "memory": 512});
        for (key, value) in extra.as_object().expect("an object") {
            service[key] = value.clone();
        }
        json!({"services": [service], "policy": {"purchaseOptions": ["spot"]}})
    };
    assert_eq!(
        problems(&service(json!({"onDemandBase": 2, "spotMaxShare": 0.5}))),
        [
            "E1505 services[0].onDemandBase",
            "E1505 services[0].spotMaxShare"
        ]
    );
    for harmless in [
        json!({"onDemandBase": 0, "spotMaxShare": 1}),
        json!({"onDemandBase": 2, "launchType": "EXTERNAL"}),
        json!({"onDemandBase": 2, "schedulingStrategy": "DAEMON"}),
    ] {
        let policy = cluster(&service(harmless)).policy;
        let spot_alone = PurchaseOptions {
            on_demand: false,
            spot: true,
        };
        assert_eq!(policy.purchase_options, spot_alone);
    }
    let mut kept = service(json!({"onDemandBase": 2}));
    kept["policy"]["keepInstances"] = json!("all");
    cluster(&kept);
}

#[test]
fn an_even_spread_without_zones_is_a_warning() {
    let warned = |sections: serde_json::Value| {
        let warnings = import(&file(&sections)).expect("read").warnings;
        warnings
            .iter()
            .map(|w| format!("{} {}", w.code, w.place))
            .collect::<Vec<_>>()
    };
    let even = json!({"zoneSpread": "even"});
    assert_eq!(warned(json!({"policy": even})), ["W2003 policy.zoneSpread"]);
    assert!(warned(json!({"policy": even, "availabilityZones": ["us-east-1a"]})).is_empty());
}

#[test]
fn wrong_policies_are_errors() {
    for (policy, expected) in [
        (
            json!({"headroomPercentage": 5}),
            "E1103 policy.headroomPercentage",
        ),
        (json!({"at": "max"}), "E1103 policy.at"),
        (
            json!({"headroomPercent": -1}),
            "E1106 policy.headroomPercent",
        ),
        (
            json!({"savingsPlanDiscount": 28}),
            "E1106 policy.savingsPlanDiscount",
        ),
        (
            json!({"allowedInstanceTypes": "m7g.*"}),
            "E1104 policy.allowedInstanceTypes",
        ),
        (
            json!({"allowedInstanceTypes": ["m7g.[a]"]}),
            "E1501 policy.allowedInstanceTypes[0]",
        ),
        (
            json!({"allowedInstanceTypes": []}),
            "E1106 policy.allowedInstanceTypes",
        ),
        (
            json!({"minVcpus": 9, "maxVcpus": 8}),
            "E1502 policy.minVcpus",
        ),
        (json!({"bareMetal": "yes"}), "E1107 policy.bareMetal"),
        (json!({"eniTrunking": "true"}), "E1104 policy.eniTrunking"),
        (
            json!({"memoryOverhead": {"percents": 1}}),
            "E1103 policy.memoryOverhead.percents",
        ),
        (
            json!({"purchaseOptions": []}),
            "E1106 policy.purchaseOptions",
        ),
        (
            json!({"purchaseOptions": ["spot", "ondemand"]}),
            "E1107 policy.purchaseOptions[1]",
        ),
        (
            json!({"purchaseOptions": "spot"}),
            "E1104 policy.purchaseOptions",
        ),
        (json!({"fargate": true}), "E1104 policy.fargate"),
        (json!({"fargate": "always"}), "E1107 policy.fargate"),
        (json!({"spotMaxShare": 1.1}), "E1106 policy.spotMaxShare"),
        (
            json!({"spotMaxSharePerPool": -0.1}),
            "E1106 policy.spotMaxSharePerPool",
        ),
        (json!({"onDemandBase": 0.5}), "E1104 policy.onDemandBase"),
        (json!({"zoneSpread": "evn"}), "E1107 policy.zoneSpread"),
        (
            json!({"maxInstanceTypes": 0}),
            "E1106 policy.maxInstanceTypes",
        ),
        (
            json!({"maxCapacityProviders": 0}),
            "E1106 policy.maxCapacityProviders",
        ),
        (
            json!({"minInstances": 9, "maxInstances": 8}),
            "E1503 policy.minInstances",
        ),
        (json!({"minInstances": 5001}), "E1503 policy.minInstances"),
        (
            json!({"surviveZoneLoss": true}),
            "E1504 policy.surviveZoneLoss",
        ),
        (json!([]), "E1104 policy"),
    ] {
        assert_eq!(policy_problems(&policy), [expected], "{policy}");
    }
}

#[test]
fn flags_override_the_file_and_are_named_as_flags() {
    let text = file(&json!({"policy": {"headroomPercent": 5}}));
    let with = |flags: serde_json::Value| {
        let options = ImportOptions {
            region: Some("eu-west-1".to_owned()),
            policy_overrides: flags.as_object().expect("an object").clone(),
            ..ImportOptions::default()
        };
        read_cluster(&text, "cluster.json", &options)
    };
    let imported = with(json!({"headroomPercent": 0.1, "at": "max"})).expect("read");
    assert_eq!(imported.cluster.policy.headroom_percent.to_string(), "0.1");
    assert_eq!(imported.cluster.policy.count_basis, CountBasis::Max);
    assert_eq!(imported.cluster.region, "eu-west-1");
    assert_eq!(imported.warnings[0].code, "W2001");
    let findings = with(json!({"surviveZoneLoss": true, "minInstances": 9, "maxInstances": 8}))
        .expect_err("contradictions")
        .findings;
    let places: Vec<_> = findings
        .iter()
        .filter(|finding| finding.code.starts_with('E'))
        .map(|finding| finding.place.as_str())
        .collect();
    assert_eq!(places, ["--min-instances", "--survive-zone-loss"]);
    let findings = with(json!({"instanceUsdPerHour": "x"}))
        .expect_err("no amount")
        .findings;
    assert_eq!(
        findings.last().expect("a finding").place,
        "--instance-usd-per-hour"
    );
}
