//! `bayplan rightsize`.

use std::fmt::Write as _;

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, Folder, bayplan, plan_json};

/// 2026-03-02, a Monday, and the 63 days after it.
const MONDAY: i64 = 1_772_409_600;
const HOURS: i64 = 63 * 24;

/// Use of the two services of [`CLUSTER`]: `api` next to nothing, `worker` nearly all.
fn metrics() -> String {
    let mut text =
        "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks\n".to_owned();
    for hour in 0..HOURS {
        let ripple = (hour * 7_919) % 41;
        let at = jiff::Timestamp::from_second(MONDAY + hour * 3_600).expect("a time");
        let _ = writeln!(text, "api,{at},{},60,{},5", 80 + ripple, 200 + ripple);
        let _ = writeln!(
            text,
            "worker,{at},{},600,{},3",
            880 + ripple,
            3_500 + ripple
        );
    }
    text
}

fn shop() -> Folder {
    let folder = Folder::new();
    folder.write("c.json", CLUSTER);
    folder.write("m.csv", &metrics());
    folder
}

/// A shop in which less saves instances.
fn busy_shop() -> Folder {
    let folder = shop();
    let busy = CLUSTER
        .replace("\"desiredCount\": 5", "\"desiredCount\": 60")
        .replace(", \"networkMode\": \"awsvpc\"", "");
    folder.write("c.json", &busy);
    folder
}

fn rightsize(folder: &Folder, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = bayplan();
    command
        .arg("rightsize")
        .arg(folder.path("c.json"))
        .args(["--quiet", "--metrics"])
        .arg(folder.path("m.csv"))
        .args(arguments);
    command
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = rightsize(folder, &[&["--format", "json"], arguments].concat())
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn measured_use_goes_into_the_plans_where_burstable_types_may_be_bought() {
    let folder = busy_shop();
    let written = folder.path("w.json");
    let run = |more: &[&str]| -> (Value, Value) {
        let write = [
            "--write-cluster",
            written.to_str().expect("UTF-8"),
            "--once",
        ];
        let found = json(&folder, &[&write[..], more].concat());
        let text = std::fs::read_to_string(&written).expect("written");
        (found, serde_json::from_str(&text).expect("JSON"))
    };
    let (_, without) = run(&[]);
    assert!(without["services"][0]["measuredCpu"].is_null());
    let burstable = [
        "--burstable",
        "required",
        "--allowed-instance-types",
        "t3.*",
    ];
    let (found, with) = run(&burstable);
    // 60 CPU units of a task of `api` in the mean and 600 of `worker`, whatever they reserve.
    assert_eq!(with["services"][0]["measuredCpu"], 60);
    assert_eq!(with["services"][1]["measuredCpu"], 600);
    let (planned, _) = plan_json(&written, &[&burstable[..], &["--quiet"]].concat());
    assert_eq!(
        planned["cost"]["usdPerHour"],
        found["fleet"]["plannedUsdPerHour"]
    );
    let assumptions = planned["assumptions"].to_string();
    assert!(
        assumptions.contains("use in the mean, as measured"),
        "{assumptions}"
    );
}

#[test]
fn counts_by_the_hour_are_left_out_where_the_policy_is_not_planned_over_a_week() {
    let folder = Folder::new();
    let service = r#"{"serviceName": "a", "desiredCount": 20, "minCount": 4, "maxCount": 24, "cpu": 512, "memory": 900,
        "networkMode": "awsvpc"}"#;
    folder.write(
        "c.json",
        &format!(
            r#"{{"version": 1, "cluster": "r", "region": "us-east-1", "services": [{service}], "policy": {{"eniTrunking": true}}}}"#
        ),
    );
    let mut rows =
        "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks\n".to_owned();
    let days = (1..=31)
        .map(|day| (10, day))
        .chain((1..=11).map(|day| (11, day)));
    for (month, day) in days {
        for hour in 0..24 {
            let tasks = if (8..20).contains(&hour) { 20 } else { 4 };
            let _ = writeln!(
                rows,
                "a,2026-{month}-{day:02}T{hour:02}:00:00Z,380,370,700,{tasks}"
            );
        }
    }
    folder.write("m.csv", &rows);
    let run = |more: &[&str]| -> (Value, String) {
        let output = bayplan()
            .arg("rightsize")
            .arg(folder.path("c.json"))
            .arg("--metrics")
            .arg(folder.path("m.csv"))
            .args(["--once", "--work-limit", "300000", "--format", "json"])
            .args(more)
            .assert()
            .success();
        let output = output.get_output();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (serde_json::from_slice(&output.stdout).expect("JSON"), said)
    };
    let (by_hour, said) = run(&[]);
    assert!(by_hour["services"][0]["profile"].is_array(), "{by_hour}");
    assert!(!said.contains("no counts by the hour"), "{said}");
    let (flat, said) = run(&["--burstable", "included"]);
    assert!(flat["services"][0]["profile"].is_null(), "{flat}");
    assert!(
        said.contains("no counts by the hour of the week are proposed")
            && said.contains("burstable types"),
        "{said}"
    );
}

#[test]
fn the_saving_is_that_of_the_plans_of_both_files() {
    let folder = shop();
    let written = folder.path("w.json");
    let found = json(
        &folder,
        &["--write-cluster", written.to_str().expect("UTF-8")],
    );
    let api = &found["services"][0];
    assert_eq!(
        (
            &api["serviceName"],
            &api["cpuVerdict"],
            &api["memoryVerdict"]
        ),
        (&"api".into(), &"shrink".into(), &"shrink".into())
    );
    assert_eq!((&api["cpu"], &api["memoryMib"]), (&128.into(), &288.into()));
    assert_eq!(api["flags"], serde_json::json!([]));
    let evidence =
        serde_json::json!({"days": 63, "hours": HOURS, "exceededToday": 0, "exceededProposed": 0});
    assert_eq!(api["evidence"], evidence);
    assert_eq!(found["services"][1]["cpuVerdict"], "keep");
    let (today, _) = plan_json(&folder.path("c.json"), &[]);
    let (planned, _) = plan_json(&written, &[]);
    assert_eq!(
        found["fleet"]["todayUsdPerHour"],
        today["cost"]["usdPerHour"]
    );
    assert_eq!(
        found["fleet"]["plannedUsdPerHour"],
        planned["cost"]["usdPerHour"]
    );
    // What was proposed is what a second run finds, and leaves.
    let again = bayplan()
        .arg("rightsize")
        .arg(&written)
        .arg("--metrics")
        .arg(folder.path("m.csv"))
        .args(["--detailed-exitcode", "--format", "csv"])
        .assert()
        .code(0);
    let table = String::from_utf8_lossy(&again.get_output().stdout).into_owned();
    assert!(
        table.contains("api,5,128,128,keep,288,288,keep,"),
        "{table}"
    );
}

#[test]
fn the_table_says_sizes_reasons_and_what_is_guaranteed() {
    let folder = shop();
    let output = rightsize(&folder, &[]).output().expect("the binary runs");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
    let markdown = rightsize(&folder, &["--format", "markdown"])
        .output()
        .expect("the binary runs");
    assert!(String::from_utf8_lossy(&markdown.stdout).contains("| api | 5 | 512 → 128 | shrink |"));
}

#[test]
fn proposals_have_an_exit_code_where_it_is_asked_for() {
    let folder = shop();
    rightsize(&folder, &["--detailed-exitcode"])
        .assert()
        .code(3);
    rightsize(&folder, &[]).assert().code(0);
}

#[test]
fn metrics_of_other_services_are_named_and_faults_end_with_20() {
    let folder = shop();
    folder.write("m.csv", &metrics().replace("\napi,", "\napl,"));
    bayplan()
        .arg("rightsize")
        .arg(folder.path("c.json"))
        .arg("--metrics")
        .arg(folder.path("m.csv"))
        .assert()
        .code(0)
        .stderr(predicate::str::contains("did you mean `api`?"))
        .stdout(predicate::str::contains("the metrics do not name it"));
    folder.write("m.csv", "service,timestamp\n");
    rightsize(&folder, &[])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("m.csv:1: error[M1002] (heading)"));
}

#[test]
fn the_written_file_is_no_input_of_the_same_run() {
    let folder = shop();
    let folder_itself = folder.path("no/such/folder/w.json");
    rightsize(
        &folder,
        &["--write-cluster", folder_itself.to_str().expect("UTF-8")],
    )
    .assert()
    .code(2);
    let over = folder.path("m.csv");
    rightsize(&folder, &["--output", over.to_str().expect("UTF-8")])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("would replace the input"));
}

fn with_history(folder: &Folder, arguments: &[&str]) -> Value {
    let history = format!("sqlite:{}", folder.path("h.sqlite").display());
    json(folder, &[&["--history", &history], arguments].concat())
}

fn history(folder: &Folder, arguments: &[&str]) -> assert_cmd::Command {
    let history = format!("sqlite:{}", folder.path("h.sqlite").display());
    let mut command = bayplan();
    command
        .arg("history")
        .args(arguments)
        .args(["--history", &history]);
    command
}

#[test]
fn less_is_proposed_once_three_runs_agree_and_at_once_where_it_is_asked_for() {
    let folder = shop();
    let limits = ["--ideal", "--work-limit", "10000"];
    for run in 1..=2 {
        let found = with_history(&folder, &limits);
        let api = &found["services"][0];
        assert_eq!(
            (&api["cpuVerdict"], &api["cpu"]),
            (&"keep".into(), &512.into()),
            "{run}"
        );
        let reasons = api["reasons"].to_string();
        assert!(
            reasons.contains(&format!("{run} of 3 runs agree")),
            "{reasons}"
        );
    }
    let once = with_history(&folder, &["--once", "--ideal", "--work-limit", "10000"]);
    assert_eq!(once["services"][0]["cpuVerdict"], "shrink");
    let third = with_history(&folder, &limits);
    assert_eq!(
        (
            &third["services"][0]["cpuVerdict"],
            &third["services"][0]["cpu"]
        ),
        (&"shrink".into(), &128.into())
    );
    history(&folder, &["list"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("4 runs"));
    let export = history(&folder, &["export"])
        .output()
        .expect("the binary runs");
    let export: Value = serde_json::from_slice(&export.stdout).expect("JSON");
    assert_eq!(export["runs"].as_array().map(Vec::len), Some(4));
    assert_eq!(export["runs"][0]["services"][0]["cpuWanted"], 128);
    assert_eq!(export["runs"][0]["services"][0]["cpuProposed"], 512);
    history(&folder, &["show", "4"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("Run 4: shop"));
    history(&folder, &["show", "9"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("there is no run 9"));
}

#[test]
fn a_damaged_history_is_set_aside_and_said() {
    let folder = shop();
    folder.write(
        "h.sqlite",
        &"no database at all, and long enough to be looked at ".repeat(10),
    );
    let place = format!("sqlite:{}", folder.path("h.sqlite").display());
    bayplan()
        .arg("rightsize")
        .arg(folder.path("c.json"))
        .arg("--metrics")
        .arg(folder.path("m.csv"))
        .args(["--ideal", "--work-limit", "10000", "--history", &place])
        .assert()
        .code(0)
        .stderr(predicate::str::contains(
            "h.sqlite is damaged: it is kept as",
        ));
    assert!(
        folder.names().contains(&"h.sqlite.damaged-1".to_owned()),
        "{:?}",
        folder.names()
    );
    history(&folder, &["list", "--format", "csv"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("api,512,1024,128,288,512,1024"));
    bayplan()
        .args(["history", "list", "--history", "mysql://db/x"])
        .assert()
        .code(2);
    bayplan()
        .args(["history", "list", "--history", "sqlite:/nowhere/h"])
        .assert()
        .code(20);
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let place = "postgres://me:s3cret@127.0.0.1:1/x?connect_timeout=2";
    let why = if cfg!(feature = "postgres") {
        "connect"
    } else {
        "build it with the cargo feature `postgres`"
    };
    bayplan()
        .args(["history", "list", "--history", place])
        .assert()
        .code(20)
        .stderr(predicate::str::contains(
            "the history postgres://me@127.0.0.1:1/x cannot be used",
        ))
        .stderr(predicate::str::contains(why))
        .stderr(predicate::str::contains("s3cret").not());
    for wrong in [
        ["--history", "postgres://me:s3cret@h:port/x"],
        ["--webhook", "htp://s3cret"],
    ] {
        let folder = shop();
        let refused = rightsize(&folder, &wrong).output().expect("it runs");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && !said.contains("s3cret"),
            "{said}"
        );
    }
}

const QUICKLY: [&str; 3] = ["--ideal", "--work-limit", "10000"];

#[test]
fn bills_of_fleets_without_a_place_for_every_task_are_no_saving() {
    let folder = shop();
    // Eight vCPUs for what uses a tenth of one, and no instance with so many.
    folder.write("c.json", &CLUSTER.replace("\"cpu\": 512", "\"cpu\": 8192"));
    let small = ["--allowed-instance-types", "m6i.large"];
    for sizes in ["alone", "slack"] {
        let asked = ["--sizes", sizes, "--frontier"];
        let found = json(&folder, &[&small[..], &asked].concat());
        assert_eq!(found["fleet"]["today"]["unplacedTasks"], 5);
        assert_eq!(found["fleet"]["planned"]["unplacedTasks"], 0);
        assert_eq!(found["services"][0]["cpuVerdict"], "shrink", "{sizes}");
        let points = found["frontier"].as_array().expect("points");
        assert!(
            points.iter().all(|point| point["changes"] != 0),
            "{points:?}"
        );
        assert!(!points.is_empty());
    }
    let worth = json(&folder, &[&small[..], &["--min-saving", "5%"]].concat());
    assert_eq!(worth["services"][0]["cpuVerdict"], "shrink");
    rightsize(&folder, &small)
        .assert()
        .code(0)
        .stdout(predicate::str::contains("with 5 tasks without a place"))
        .stdout(predicate::str::contains("% less").not());
}

/// The figures of metrics in another unit, or after all others.
#[test]
fn what_looks_wrong_in_metrics_is_said_and_more_than_a_machine_has_is_refused() {
    let folder = shop();
    let said = |text: &str| {
        folder.write("m.csv", text);
        let output = bayplan()
            .arg("rightsize")
            .arg(folder.path("c.json"))
            .args(["--ideal", "--work-limit", "10000", "--metrics"])
            .arg(folder.path("m.csv"))
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, late) = said(&format!(
        "{}api,2027-03-02T00:00:00Z,80,60,200,5\n",
        metrics()
    ));
    assert_eq!(code, Some(0));
    assert!(late.contains("M2002") && late.contains("`api`"), "{late}");
    let bytes = metrics().replace(",60,2", ",60,2000000002");
    let (code, refused) = said(&bytes);
    assert_eq!(code, Some(20));
    assert!(
        refused.contains("is more than any machine has"),
        "{refused}"
    );
}

#[test]
fn what_saves_too_little_is_not_made_smaller() {
    let folder = busy_shop();
    let found = json(&folder, &[&["--min-saving", "99%"][..], &QUICKLY].concat());
    let api = &found["services"][0];
    assert_eq!(
        (&api["cpuVerdict"], &api["cpu"]),
        (&"keep".into(), &512.into())
    );
    assert!(api["reasons"].to_string().contains("--min-saving"), "{api}");
    assert_eq!(
        found["fleet"]["todayUsdPerHour"],
        found["fleet"]["plannedUsdPerHour"]
    );
    let found = json(&folder, &[&["--min-saving", "0.1%"][..], &QUICKLY].concat());
    assert_eq!(found["services"][0]["cpuVerdict"], "shrink");
}

#[test]
fn a_nightly_run_leaves_results_figures_and_lines_for_programs() {
    let folder = shop();
    folder.write("m.csv", &metrics().replace("\nworker,", "\nwork,"));
    let results = folder.path("results");
    let figures = folder.path("run.prom");
    let output = bayplan()
        .arg("rightsize")
        .arg(folder.path("c.json"))
        .arg("--metrics")
        .arg(folder.path("m.csv"))
        .args(["--log-format", "json", "--format", "json"])
        .args(QUICKLY)
        .arg("--results")
        .arg(&results)
        .arg("--prometheus")
        .arg(&figures)
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let line: Value = serde_json::from_str(line).expect("one object a line");
        assert!(
            line["time"].is_string() && line["message"].is_string(),
            "{line}"
        );
    }
    let kept = std::fs::read(results.join("rightsize.json")).expect("written");
    assert_eq!(kept, output.stdout);
    for name in [
        "rightsize.csv",
        "rightsize.md",
        "rightsize.txt",
        "cluster.json",
    ] {
        assert!(results.join(name).exists(), "{name}");
    }
    let figures = std::fs::read_to_string(figures).expect("written");
    let line = "bayplan_rightsize_service_cpu_units{cluster=\"shop\",region=\"us-east-1\",service=\"api\",kind=\"proposed\"} 128\n";
    assert!(figures.contains(line), "{figures}");
    assert!(figures.contains(
        "bayplan_rightsize_services{cluster=\"shop\",region=\"us-east-1\",kind=\"all\"} 2\n"
    ));
}

#[test]
fn a_near_equal_fleet_leaves_the_last_one_and_applied_proposals_are_found() {
    let folder = shop();
    let plan = folder.path("plan.json");
    let arguments = [
        &["--once", "--write-plan", plan.to_str().expect("UTF-8")][..],
        &QUICKLY,
    ]
    .concat();
    let written = folder.path("w.json");
    let both = [
        &arguments[..],
        &["--write-cluster", written.to_str().expect("UTF-8")],
    ]
    .concat();
    let first = with_history(&folder, &both);
    assert_eq!(first["fleet"]["lastFleet"], Value::Null);
    let kept = std::fs::read_to_string(&plan).expect("a plan");
    bayplan()
        .arg("check")
        .arg(&written)
        .arg(&plan)
        .assert()
        .code(0);
    let second = with_history(&folder, &arguments);
    assert_eq!(second["fleet"]["lastFleet"]["stays"], true, "{second}");
    assert_eq!(second["fleet"]["lastFleet"]["run"], 1);
    assert_eq!(std::fs::read_to_string(&plan).expect("a plan"), kept);
    // Whoever deploys the service applies it; the next run finds that.
    std::fs::copy(&written, folder.path("c.json")).expect("applied");
    with_history(&folder, &arguments);
    let export = history(&folder, &["export"])
        .output()
        .expect("the binary runs");
    let export: Value = serde_json::from_slice(&export.stdout).expect("JSON");
    assert_eq!(export["changes"][0]["service"], "api");
    assert_eq!(export["changes"][0]["proposedBy"], 2);
    assert_eq!(export["changes"][0]["after"], serde_json::json!([128, 288]));
    assert_eq!(
        (
            &export["outcomes"][1]["proposed"],
            &export["outcomes"][1]["applied"]
        ),
        (&1.into(), &1.into())
    );
    assert_eq!(
        export["outcomes"][1]["promisedUsdPerHour"],
        export["outcomes"][1]["measuredUsdPerHour"]
    );
    history(&folder, &["show", "3"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("Sizes that became others"));
}

#[test]
fn what_runs_is_held_against_the_fleet_that_was_planned() {
    let folder = shop();
    let arguments = [&["--once"][..], &QUICKLY].concat();
    let first = with_history(&folder, &arguments);
    let planned = first["fleet"]["planned"]["instances"]
        .as_u64()
        .expect("instances");
    let second = with_history(&folder, &arguments);
    assert_eq!(second["fleet"]["lastFleet"]["drift"], Value::Null);
    // Two instances of a type that no plan would take.
    let running = |id: u32| {
        serde_json::json!({"containerInstanceArn": format!("i-{id}"), "status": "ACTIVE", "agentConnected": true,
            "attributes": [{"name": "ecs.instance-type", "value": "m5.24xlarge"}]})
    };
    let mut cluster: Value = serde_json::from_str(CLUSTER).expect("JSON");
    cluster["containerInstances"] = serde_json::json!([running(1), running(2)]);
    folder.write("c.json", &cluster.to_string());
    let third = with_history(&folder, &arguments);
    let drift = &third["fleet"]["lastFleet"]["drift"];
    assert_eq!(drift["instancesMissing"], planned, "{third}");
    assert_eq!(drift["instancesUnplanned"], 2, "{third}");
    let place = format!("sqlite:{}", folder.path("h.sqlite").display());
    let text = [&arguments[..], &["--history", &place]].concat();
    rightsize(&folder, &text)
        .assert()
        .code(0)
        .stdout(predicate::str::contains(
            "what runs is not the fleet of run 3",
        ));
}

#[test]
fn room_is_given_back_at_the_same_bill_and_a_second_run_leaves_it() {
    let folder = busy_shop();
    let alone = json(&folder, &QUICKLY);
    let (written, plan) = (folder.path("w.json"), folder.path("plan.json"));
    let files = [
        "--write-cluster",
        written.to_str().expect("UTF-8"),
        "--write-plan",
        plan.to_str().expect("UTF-8"),
    ];
    let slack = json(
        &folder,
        &[&["--sizes", "slack"][..], &files, &QUICKLY].concat(),
    );
    let bill = |found: &Value| found["fleet"]["plannedUsdPerHour"].clone();
    assert_eq!(bill(&slack), bill(&alone));
    let api = &slack["services"][0];
    assert_eq!(
        api["asked"],
        serde_json::json!({"cpu": 128, "memoryMib": 288})
    );
    let cpu = api["cpu"].as_u64().expect("a number");
    assert!((128..=512).contains(&cpu), "{api}");
    assert!(
        api["memoryMib"].as_u64().expect("a number") > 288,
        "the fleet has room for more: {api}"
    );
    bayplan()
        .arg("check")
        .arg(&written)
        .arg(&plan)
        .assert()
        .code(0);
    bayplan()
        .arg("rightsize")
        .arg(&written)
        .arg("--metrics")
        .arg(folder.path("m.csv"))
        .args(["--sizes", "slack", "--detailed-exitcode"])
        .args(QUICKLY)
        .assert()
        .code(0);
}

#[test]
fn sizes_chosen_with_the_fleet_risk_no_more_and_few_cuts_have_their_bills() {
    let folder = busy_shop();
    let found = json(
        &folder,
        &[&["--sizes", "joint", "--frontier"][..], &QUICKLY].concat(),
    );
    let number = |value: &Value| value.as_f64().expect("a number");
    let (joint, planned) = (
        &found["joint"],
        number(&found["fleet"]["plannedUsdPerHour"]),
    );
    assert!(
        number(&joint["boundUsdPerHour"]) <= planned + 1e-9,
        "{joint}"
    );
    assert!(planned <= number(&joint["aloneUsdPerHour"]), "{joint}");
    let (risk, allowed) = (
        number(&joint["servicesAboveAnHourAtMost"]),
        number(&joint["servicesAboveAnHourAllowed"]),
    );
    assert!(risk <= allowed + 1e-12 && allowed < 0.02, "{joint}");
    let points = found["frontier"].as_array().expect("points");
    let today = number(&found["fleet"]["todayUsdPerHour"]);
    assert_eq!(points[0]["changes"], 0);
    assert!((number(&points[0]["usdPerHour"]) - today).abs() < 1e-9);
    let bills: Vec<f64> = points
        .iter()
        .map(|point| number(&point["usdPerHour"]))
        .collect();
    assert!(bills.windows(2).all(|pair| pair[1] < pair[0]), "{bills:?}");
    assert!(bills[bills.len() - 1] <= planned + 1e-9, "{bills:?}");
    // The bound of few cuts is one of few cuts.
    let bounds: Vec<f64> = points
        .iter()
        .map(|point| number(&point["boundUsdPerHour"]))
        .collect();
    let below = bounds
        .iter()
        .zip(&bills)
        .all(|(bound, bill)| *bound <= bill + 1e-9);
    assert!(
        below && bounds[0] > bounds[bounds.len() - 1],
        "{bounds:?} {bills:?}"
    );
    let text = rightsize(&folder, &[&["--frontier"][..], &QUICKLY].concat())
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("Sizes and fleet") && text.contains("1 cut: "),
        "{text}"
    );
}

#[test]
fn a_report_draws_use_against_sizes() {
    let folder = shop();
    let report = |arguments: &[&str]| {
        let output = bayplan()
            .arg("report")
            .arg(folder.path("c.json"))
            .arg("--metrics")
            .arg(folder.path("m.csv"))
            .args(["--no-curves", "--ideal", "--work-limit", "10000"])
            .args(arguments)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let page = report(&[]);
    assert!(page.contains("id=\"sizes\"") && page.contains("<bdi>api</bdi>"));
    let about = "CPU units of the busiest task, largest hour of the day: at most 120 in the days from 62 before the last one; \
                 today&#x27;s size 512, proposed 128";
    assert!(page.contains(about), "the picture in words");
    let table = report(&["--format", "csv", "--table", "sizes"]);
    assert!(
        table.contains("api,5,512,128,shrink,1024,288,shrink,"),
        "{table}"
    );
}
