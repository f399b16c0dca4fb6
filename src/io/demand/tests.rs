//! Demand over time, read.

use crate::domain::week::WeeklyCounts;
use crate::io::{ImportOptions, Imported, read_cluster};

fn read(services: &str, beside: &str) -> Result<Imported, String> {
    let text =
        format!(r#"{{"version": 1, "region": "us-east-1", "services": [{services}]{beside}}}"#);
    read_cluster(&text, "c.json", &ImportOptions::default())
        .map_err(|findings| findings.to_string())
}

fn service(name: &str, more: &str) -> String {
    format!(r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": 256, "memory": 512{more}}}"#)
}

fn profile(counts: &[u64]) -> String {
    format!(r#", "profile": {counts:?}"#)
}

#[test]
fn profiles_of_a_day_become_a_week_and_a_flat_one_is_its_number() {
    let mut day = [2; 24];
    day[9] = 7;
    let services = [
        service("a", &profile(&day)),
        service("b", &profile(&[9; 168])),
        service("c", ""),
    ];
    let cluster = read(&services.join(","), "").expect("a cluster").cluster;
    let week = cluster.week.as_ref().expect("a week");
    assert_eq!(week.counts.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(week.counts.get("a"), WeeklyCounts::new(&day).as_ref());
    assert_eq!(cluster.services[1].desired_count, 9);
    let at = cluster.at_hour(33);
    let counts: Vec<u64> = at.services.iter().map(|s| s.desired_count).collect();
    assert_eq!((counts, at.week), (vec![7, 9, 4], None));
}

#[test]
fn everything_wrong_with_demand_is_said_at_once() {
    let services = [
        service("a", &profile(&[1; 25])),
        service("b", &format!(r#", "maxCount": 8{}"#, profile(&[9; 24]))),
        service("d", r#", "schedulingStrategy": "DAEMON", "profile": [1]"#),
    ];
    let beside = r#", "demand": {"hourly": 1, "periods": [
        {"name": "day", "hoursPerWeek": 100, "counts": {"z": 3}},
        {"name": "day", "hoursPerWeek": 60, "counts": {}}]}"#;
    let said = read(&services.join(","), beside).expect_err("nothing to plan");
    for part in [
        "25 counts",
        "some hour's count passes `maxCount` 8",
        "`hourly` is not a key of `demand`",
        "no service is called `z`",
        "two periods are called `day`",
        "the periods have 160 hours together",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn periods_are_laid_one_after_the_other_and_who_is_not_named_keeps_its_count() {
    let services = [service("a", ""), service("b", "")];
    let beside = r#", "demand": {"periods": [
        {"name": "day", "hoursPerWeek": 100, "counts": {"a": 9, "b": 4}},
        {"name": "night", "hoursPerWeek": 68, "counts": {"b": 1}}]}"#;
    let cluster = read(&services.join(","), beside)
        .expect("a cluster")
        .cluster;
    let week = cluster.week.expect("a week");
    assert_eq!((week.counts["a"].at(99), week.counts["a"].at(100)), (9, 4));
    assert_eq!((week.counts["b"].at(99), week.counts["b"].at(100)), (4, 1));
    assert_eq!(week.periods[1].hours, 100..168);
}

#[test]
fn a_service_has_its_counts_from_one_place() {
    let mut day = [2; 24];
    day[0] = 1;
    let beside =
        r#", "demand": {"periods": [{"name": "all", "hoursPerWeek": 168, "counts": {"a": 9}}]}"#;
    let said = read(&service("a", &profile(&day)), beside).expect_err("two places");
    assert!(
        said.contains("has its counts from `services[0].profile` already"),
        "{said}"
    );
}

#[test]
fn rows_of_a_file_are_read_and_located() {
    let rows = super::profiles::rows("service,hour,count\na,0,3\na,1,4\n").expect("rows");
    assert_eq!(rows["a"].len(), 2);
    let wrong =
        super::profiles::rows("service,hour,count\na,168,3\na,1,4\na,1,4\n").expect_err("wrong");
    assert_eq!(wrong.len(), 2);
    assert!(wrong[0].starts_with("line 2"), "{wrong:?}");
    assert!(
        wrong[1].starts_with("line 4: hour 1 of `a` a second time"),
        "{wrong:?}"
    );
}
