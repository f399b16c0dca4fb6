//! The policy and the flags that override it.

use serde_json::json;

use super::{cluster, file, policy_problems};
use crate::domain::policy::{CountBasis, Inclusion, KeepInstances};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::io::{ImportOptions, read_cluster};

#[test]
fn every_built_policy_key_is_read_exactly() {
    let policy = cluster(&json!({"policy": {
        "allowedInstanceTypes": ["m7g.*"], "excludedInstanceTypes": ["m7g.metal"],
        "currentGenerationOnly": true, "bareMetal": "included", "burstable": "required",
        "headroomPercent": 0.1, "keepInstances": "all", "maxInstances": 10, "minVcpus": 2,
        "maxVcpus": 8, "eniTrunking": true, "memoryOverhead": {"percent": 7.25, "fixedMib": 100},
        "reservedCpu": 128, "reservedMemory": "1 GB", "rootVolumeGib": 8,
        "instanceUsdPerHour": 0.1, "savingsPlanDiscount": 0.28}}))
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
}

#[test]
fn a_policy_key_that_is_not_built_is_an_error_unless_it_changes_nothing() {
    let neutral = json!({"purchaseOptions": ["on-demand"], "fargate": "forbidden", "onDemandBase": 0,
        "spotMaxShare": 1, "spotMaxSharePerPool": 1.0, "zoneSpread": "any", "surviveZoneLoss": false,
        "deploymentSurge": false, "minInstances": 0, "maxInstanceTypes": null,
        "maxCapacityProviders": 6});
    cluster(&json!({"policy": neutral}));
    let changing = json!({"purchaseOptions": ["on-demand", "spot"], "fargate": "allowed",
        "onDemandBase": 1, "spotMaxShare": 0.5, "spotMaxSharePerPool": 0.5, "zoneSpread": "some",
        "surviveZoneLoss": true, "deploymentSurge": true, "minInstances": 1, "maxInstanceTypes": 2,
        "maxCapacityProviders": 3});
    let found = policy_problems(&changing);
    assert_eq!(found.len(), changing.as_object().expect("an object").len());
    assert!(
        found
            .iter()
            .all(|problem| problem.starts_with("E1901 policy."))
    );
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
        };
        read_cluster(&text, "cluster.json", &options)
    };
    let imported = with(json!({"headroomPercent": 0.1, "at": "max"})).expect("read");
    assert_eq!(imported.cluster.policy.headroom_percent.to_string(), "0.1");
    assert_eq!(imported.cluster.policy.count_basis, CountBasis::Max);
    assert_eq!(imported.cluster.region, "eu-west-1");
    assert_eq!(imported.warnings[0].code, "W2001");
    let findings = with(json!({"instanceUsdPerHour": "x"}))
        .expect_err("no amount")
        .findings;
    assert_eq!(
        findings.last().expect("a finding").place,
        "--instance-usd-per-hour"
    );
}
