//! Availability Zones.

use serde_json::{Value, json};

use super::{cluster, file, import, problems};

#[test]
fn zones_keep_the_order_of_the_file_whether_names_or_ids_or_both() {
    let zones = json!(["us-east-1c", "use1-az1", {"zoneName": "us-east-1a", "zoneId": "use1-az2"}, {"zoneId": "use1-az4"}]);
    let read = cluster(&json!({"availabilityZones": zones})).zones;
    let shown: Vec<_> = read
        .iter()
        .map(|zone| (zone.name.as_deref(), zone.id.as_deref(), zone.label()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some("us-east-1c"), None, "us-east-1c"),
            (None, Some("use1-az1"), "use1-az1"),
            (Some("us-east-1a"), Some("use1-az2"), "us-east-1a"),
            (None, Some("use1-az4"), "use1-az4"),
        ]
    );
}

#[test]
fn a_zone_given_twice_is_an_error_at_the_second() {
    for zones in [
        json!(["us-east-1a", "us-east-1a"]),
        json!(["us-east-1a", {"zoneName": "us-east-1a", "zoneId": "use1-az2"}]),
        json!([{"zoneName": "us-east-1b", "zoneId": "use1-az2"}, "use1-az2"]),
        json!([{"zoneName": "us-east-1b", "zoneId": "use1-az2"}, {"zoneName": "us-east-1a", "zoneId": "use1-az2"}]),
    ] {
        let found =
            problems(&json!({"availabilityZones": zones, "policy": {"surviveZoneLoss": true}}));
        assert_eq!(found, ["E1603 availabilityZones[1]"], "{zones}");
    }
}

#[test]
fn what_is_no_zone_is_an_error() {
    let found = |zone: Value| problems(&json!({"availabilityZones": ["us-east-1b", zone]}));
    assert_eq!(found(json!("")), ["E1106 availabilityZones[1]"]);
    assert_eq!(found(json!({})), ["E1105 availabilityZones[1]"]);
    assert_eq!(
        found(json!({"zoneName": "us-east-1a", "zoneid": "x"})),
        ["E1103 availabilityZones[1].zoneid"]
    );
}

#[test]
fn what_the_region_does_not_have_is_an_error() {
    let zones = json!(["us-east-1a", "us-east-1-bos-1a", "use1-az4", "eu-west-1a",
        {"zoneName": "us-west-2b"}, "us-east-1z", "use1-az9", "euw1-az1"]);
    let wrong = [1, 3, 4, 5, 6, 7].map(|index| format!("E1605 availabilityZones[{index}]"));
    assert_eq!(problems(&json!({"availabilityZones": zones})), wrong);
}

#[test]
fn an_answer_of_ec2_names_zones_and_gives_ids() {
    let described = |name: &str, id: &str, more: Value| {
        let mut zone = json!({"ZoneName": name, "ZoneId": id, "State": "available",
            "ZoneType": "availability-zone", "RegionName": "us-east-1"});
        for (key, value) in more.as_object().expect("an object") {
            zone[key] = value.clone();
        }
        zone
    };
    let answer = json!([
        described("us-east-1a", "use1-az4", json!({})),
        described("us-east-1b", "use1-az6", json!({})),
        described(
            "us-east-1-bos-1a",
            "use1-bos1-az1",
            json!({"ZoneType": "local-zone"})
        ),
        described("us-east-1c", "use1-az1", json!({"State": "unavailable"}))
    ]);
    let shown = |sections: &Value| -> Vec<(Option<String>, Option<String>)> {
        let zones = cluster(sections).zones;
        zones.into_iter().map(|zone| (zone.name, zone.id)).collect()
    };
    let pair = |name: &str, id: &str| (Some(name.to_owned()), Some(id.to_owned()));
    let both = vec![
        pair("us-east-1a", "use1-az4"),
        pair("us-east-1b", "use1-az6"),
    ];
    assert_eq!(
        shown(&json!({"availabilityZones": {"AvailabilityZones": answer}})),
        both
    );
    assert_eq!(shown(&json!({"AvailabilityZones": answer})), both);
    let chosen = json!({"availabilityZones": ["us-east-1b"], "AvailabilityZones": answer});
    assert_eq!(shown(&chosen), [pair("us-east-1b", "use1-az6")]);
}

#[test]
fn without_zones_those_of_what_was_pasted_are_used_and_said() {
    let subnets = json!([{"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1b", "AvailabilityZoneId": "use1-az6"},
        {"SubnetId": "subnet-2", "AvailabilityZone": "us-east-1f"}]);
    let instance = json!({"ec2InstanceId": "i-1", "instanceType": "m5.large",
        "attributes": [{"name": "ecs.availability-zone", "value": "us-east-1d"}]});
    let group = json!({"AutoScalingGroupName": "g", "AvailabilityZones": ["us-east-1a"],
        "VPCZoneIdentifier": "subnet-1, subnet-9"});
    let names = |sections: &Value| -> Vec<String> {
        let imported = import(&file(sections)).expect("readable");
        assert_eq!(imported.warnings.len(), 1, "{:?}", imported.warnings);
        assert_eq!(imported.warnings[0].code, "W2012");
        imported
            .cluster
            .zones
            .iter()
            .map(|zone| zone.label().to_owned())
            .collect()
    };
    let all =
        json!({"autoScalingGroups": [group], "containerInstances": [instance], "Subnets": subnets});
    assert_eq!(names(&all), ["us-east-1a", "us-east-1b", "us-east-1d"]);
    assert_eq!(
        names(&json!({"containerInstances": [instance]})),
        ["us-east-1d"]
    );
    assert_eq!(
        names(&json!({"subnets": subnets})),
        ["us-east-1b", "us-east-1f"]
    );
}

#[test]
fn local_zones_of_what_was_pasted_are_not_planned_with_and_are_said() {
    let group = json!({"AutoScalingGroupName": "g", "AvailabilityZones": ["us-east-1a", "us-east-1-bos-1a"]});
    let imported = import(&file(&json!({"autoScalingGroups": [group]}))).expect("readable");
    let names: Vec<_> = (imported.cluster.zones.iter())
        .map(crate::domain::cluster::Zone::label)
        .collect();
    assert_eq!(names, ["us-east-1a"]);
    let said: Vec<&str> = imported
        .warnings
        .iter()
        .map(|it| it.cause.as_str())
        .collect();
    assert!(
        said.iter()
            .any(|it| it.contains("us-east-1-bos-1a") && it.contains("Local Zones")),
        "{said:?}"
    );
}
