//! Many clusters together: one commitment for all, two clusters as one, the same service in several sizes.
#![cfg(unix)]

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, fleet as said};

fn write(folder: &Folder, name: &str, services: &[Value]) {
    fs::create_dir_all(folder.path("in")).expect("made");
    let document = json!({"version": 1, "cluster": name, "region": "us-east-1", "services": services,
        "policy": {"allowedInstanceTypes": ["m7i.large"]}});
    folder.write(&format!("in/{name}.json"), &document.to_string());
}

/// An amount in a line of the text, `NAME AMOUNT …`.
fn amount(text: &str, before: &str) -> f64 {
    let at = text
        .find(before)
        .unwrap_or_else(|| panic!("{before}: {text}"))
        + before.len();
    let word = text[at..].split_whitespace().next().expect("an amount");
    let plain = word.replace(',', "");
    (plain.trim_end_matches([';', '.']).parse()).unwrap_or_else(|_| panic!("{word}"))
}

/// The text with its lines joined.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn clusters_that_peak_at_other_times_save_by_one_commitment() {
    let folder = Folder::new();
    let by_day = |by_day: u64, by_night: u64| -> Vec<u64> {
        (0..24)
            .map(|hour| if hour < 12 { by_day } else { by_night })
            .collect()
    };
    for (name, hours, memory) in [("day", by_day(12, 3), 900), ("night", by_day(3, 12), 1100)] {
        let service = json!({"serviceName": "shop", "desiredCount": 4, "cpu": 900, "memory": memory, "profile": hours});
        write(&folder, name, &[service]);
    }
    let list = [
        "list",
        "in",
        "--output",
        "m.jsonl",
        "--",
        "--work-limit",
        "200000",
    ];
    said(&list, &folder, 0);
    said(&["run", "m.jsonl", "--out", "out"], &folder, 0);
    let plain = ["gather", "m.jsonl", "--out", "out", "--to", "plain"];
    let (text, _) = said(&plain, &folder, 0);
    assert!(!text.contains("Commitments"), "{text}");
    assert!(
        one_line(&text).contains("shop: 900 CPU units, 900 to 1,100 MiB in 2 clusters"),
        "{text}"
    );
    let pooled = [
        "gather",
        "m.jsonl",
        "--out",
        "out",
        "--to",
        "pooled",
        "--commit",
        "ec2-instance",
    ];
    let (text, _) = said(&pooled, &folder, 0);
    let saves = amount(&text, "Pooling saves ");
    let less = amount(&text, "each for itself: ");
    let together = amount(&text, "for all together: ");
    let most = amount(&text, "no amounts of these plans more than ");
    assert!(saves > 1.0 && less > 0.0, "{text}");
    assert!((together - less - saves).abs() < 0.02, "{text}");
    // One family alone: the amount is proven best.
    assert!((most - together).abs() < 0.02, "{text}");
    for name in ["commitments.parquet", "sizes.parquet"] {
        assert!(folder.path("pooled").join(name).exists(), "{name}");
    }
    let page = fs::read_to_string(folder.path("pooled/fleet.html")).expect("a page");
    assert!(page.contains("Pooling saves") && page.contains("Same service, other sizes"));
    // No rates of Compute Savings Plans are known without a file.
    let compute = [
        "gather", "m.jsonl", "--out", "out", "--to", "x", "--commit", "compute",
    ];
    let (_, why) = said(&compute, &folder, 20);
    assert!(why.contains("--savings-plan-rates"), "{why}");
    folder.write(
        "rates.csv",
        "region,instance_type,kind,term_years,payment,usd_per_hour,basis\nus-east-1,m7i,compute,1,no-upfront,0.07,offering\n",
    );
    let compute = [&compute[..], &["--savings-plan-rates", "rates.csv"]].concat();
    let (text, _) = said(&compute, &folder, 0);
    assert!(amount(&text, "Pooling saves ") > 1.0, "{text}");
}

#[test]
fn two_clusters_of_one_vpc_are_planned_as_one_and_the_saving_is_proven() {
    let folder = Folder::new();
    let service = |name: &str, count: u64, subnet: &str| {
        json!({"serviceName": name, "desiredCount": count, "cpu": 256, "memory": 512,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet]}}})
    };
    write(&folder, "a", &[service("web", 1, "subnet-1")]);
    write(&folder, "b", &[service("web", 1, "subnet-1")]);
    write(&folder, "c", &[service("api", 1, "subnet-2")]);
    let list = [
        "list",
        "in",
        "--output",
        "m.jsonl",
        "--",
        "--ideal",
        "--work-limit",
        "20000",
    ];
    said(&list, &folder, 0);
    // Nothing was run: nothing has a plan.
    let merge = ["merge", "m.jsonl", "--out", "out", "--to", "one"];
    let (text, _) = said(&merge, &folder, 0);
    assert!(text.starts_with("fewer than two clusters"), "{text}");
    said(&["run", "m.jsonl", "--out", "out"], &folder, 0);
    let (text, _) = said(&merge, &folder, 0);
    assert!(text.starts_with("1 pair in one/fleet.jsonl"), "{text}");
    let (text, _) = said(&["run", "one/fleet.jsonl", "--out", "out"], &folder, 0);
    assert_eq!(text, "4 units: 3 had a result, 1 planned now\n");
    let gather = [
        "gather",
        "one/fleet.jsonl",
        "--out",
        "out",
        "--to",
        "report",
    ];
    let (text, _) = said(&gather, &folder, 0);
    assert!(text.starts_with("3 units: 3 with a plan\n"), "{text}");
    let words = one_line(&text);
    let saves = amount(&words, "merge a.json and b.json: saves ");
    let most = amount(&words, "proven at most ");
    let any = amount(&words.replace(", and ", " and-"), " and-");
    // One instance in place of two, and each of the three plans is proven cheapest.
    assert!(
        saves > 50.0 && (saves - most).abs() < 0.01 && (saves - any).abs() < 0.01,
        "{text}"
    );
    assert!(folder.path("report/merges.parquet").exists());

    // VPCs of subnets by a file: all three are of one.
    let subnet = |id: &str| json!({"SubnetId": id, "VpcId": "vpc-1"});
    let answer = json!({"Subnets": [subnet("subnet-1"), subnet("subnet-2")]});
    folder.write("subnets.json", &answer.to_string());
    let by_file = [&merge[..], &["--subnets", "subnets.json", "--most", "2"]].concat();
    let (text, _) = said(&by_file, &folder, 0);
    assert!(
        text.starts_with("2 pairs of 3 found in one/fleet.jsonl"),
        "{text}"
    );

    // By name, and what cannot be.
    let pair = |second: &str| -> Vec<String> {
        let pair = ["--pair", "a.json", second];
        let words = merge.iter().chain(&pair);
        words.map(|word| (*word).to_owned()).collect()
    };
    let run = |words: Vec<String>, code: i32| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        said(&words, &folder, code)
    };
    let (text, _) = run(pair("c.json"), 0);
    assert!(text.starts_with("1 pair in"), "{text}");
    let (_, why) = run(pair("d.json"), 20);
    assert!(why.contains("d.json: no unit"), "{why}");
    let (_, why) = run(pair("a.json"), 20);
    assert!(why.contains("two different units"), "{why}");
    let union = fs::read_dir(folder.path("one")).expect("a folder");
    let union = union
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| fs::read_to_string(path).expect("a file"))
        .find(|text| text.contains("a-and-b"));
    let union: Value = serde_json::from_str(&union.expect("a union")).expect("JSON");
    let names: Vec<&str> = (union["services"].as_array().expect("a list").iter())
        .filter_map(|service| service["serviceName"].as_str())
        .collect();
    assert_eq!(names, ["web", "b-web"]);
}
