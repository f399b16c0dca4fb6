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
fn a_name_of_another_region_is_a_warning() {
    let zones = json!(["us-east-1a", "us-east-1-bos-1a", "use1-az4", "eu-west-1a", {"zoneName": "us-west-2b"}]);
    let warnings = import(&file(&json!({"availabilityZones": zones})))
        .expect("read")
        .warnings;
    let places: Vec<_> = warnings
        .iter()
        .map(|w| (w.code, w.place.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            ("W2007", "availabilityZones[3]"),
            ("W2007", "availabilityZones[4]")
        ]
    );
}
