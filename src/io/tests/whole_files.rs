//! Formats, the contract's example, CSV, and findings over a whole file.

use serde_json::json;

use super::{file, import};
use crate::domain::cluster::Zone;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::{PlacementConstraint, PlacementStrategy};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::task::{LaunchType, NetworkMode};
use crate::io::{ImportOptions, read_cluster};

/// The example that the file format is specified by.
const CONTRACT: &str = r#"{ "version": 1, "cluster": "prod", "region": "us-east-1",
  "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
  "taskDefinitions": [ { "family": "api", "revision": 7, "cpu": "512", "memory": "1024", "networkMode": "awsvpc",
      "requiresCompatibilities": ["EC2","FARGATE"], "runtimePlatform": {"cpuArchitecture": "X86_64"},
      "containerDefinitions": [ {"name":"api","cpu":512,"memory":1024,"memoryReservation":512,"portMappings":[{"containerPort":80}]} ] } ],
  "services": [ { "serviceName": "api", "desiredCount": 12, "taskDefinition": "api:7", "schedulingStrategy": "REPLICA",
      "placementConstraints": [ {"type":"memberOf","expression":"attribute:ecs.instance-type =~ m7i.*"} ],
      "placementStrategy": [ {"type":"spread","field":"attribute:ecs.availability-zone"}, {"type":"binpack","field":"memory"} ],
      "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200},
      "minCount": 6, "maxCount": 40, "onDemandBase": 2, "spotMaxShare": 0.7 } ],
  "standaloneTasks": [], "capacityProviders": [], "autoScalingGroups": [], "launchTemplates": [], "containerInstances": [], "tasks": [],
  "policy": { } }"#;

#[test]
fn the_example_of_the_contract_is_read_field_by_field() {
    let imported = import(CONTRACT).expect("a cluster");
    assert!(imported.warnings.is_empty());
    let cluster = imported.cluster;
    assert_eq!(cluster.name, "prod");
    let zones: Vec<_> = cluster.zones.iter().map(Zone::label).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    let service = &cluster.services[0];
    assert_eq!(service.task.name, "api:7");
    assert_eq!(service.task.cpu, CpuUnits::new(512));
    assert_eq!(service.task.memory, MemoryMib::new(1024));
    assert_eq!(service.task.network_mode, NetworkMode::Awsvpc);
    assert!(service.task.host_ports.is_empty());
    assert_eq!(
        service.task.requires_compatibilities,
        [LaunchType::Ec2, LaunchType::Fargate]
    );
    assert_eq!(service.desired_count, 12);
    assert_eq!((service.min_count, service.max_count), (Some(6), Some(40)));
    assert_eq!(service.policy.on_demand_base, Some(2));
    assert_eq!(
        service.policy.spot_max_share,
        Some("0.7".parse().expect("0.7"))
    );
    assert!(matches!(
        &service.placement_constraints[..],
        [PlacementConstraint::MemberOf(_)]
    ));
    assert_eq!(
        service.placement_strategy[1],
        PlacementStrategy::Binpack("memory".to_owned())
    );
}

#[test]
fn json_and_yaml_give_the_same_cluster() {
    // JSON is YAML too; the extension decides which parser reads it.
    let options = ImportOptions::default();
    let as_json = read_cluster(CONTRACT, "c.json", &options).expect("JSON");
    let as_yaml = read_cluster(CONTRACT, "c.yaml", &options).expect("YAML");
    let sniffed = read_cluster(CONTRACT, "c", &options).expect("sniffed");
    assert_eq!(as_json.cluster, as_yaml.cluster);
    assert_eq!(as_json.cluster, sniffed.cluster);
}

#[test]
fn what_is_no_cluster_file_is_said() {
    for (text, code) in [
        (r#"{"family": "t", "containerDefinitions": []}"#, "E1005"),
        ("[]", "E1005"),
        (r#"{"version": 2, "region": "r", "services": []}"#, "E1101"),
        (r#"{"version": 1, "services": []}"#, "E1102"),
        (r#"{"version": 1, "region": "r"}"#, "E1105"),
        (
            r#"{"version": 1, "region": "r", "services": [], "service": []}"#,
            "E1103",
        ),
        ("{", "E1001"),
    ] {
        let findings = import(text).expect_err(text).findings;
        assert_eq!(findings[0].code, code, "{text}");
        assert_eq!(findings.len(), 1, "{text}");
    }
}

#[test]
fn a_flat_csv_gives_bridge_services_named_after_the_file() {
    let text = "\u{feff}cpu, service ,memory_mib,desired_count,host_ports,architectures,network_mode\r\n\
                256,web,512,3,80;53/udp,X86_64;ARM64,\r\n\
                0.5 vCPU,api,1 GB,2,,,awsvpc\r\n";
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    for name in ["shop.csv", "shop"] {
        let cluster = read_cluster(text, name, &options)
            .expect("a cluster")
            .cluster;
        assert_eq!(cluster.name, "shop");
        let [api, web] = &cluster.services[..] else {
            panic!("two services")
        };
        assert_eq!(api.task.memory, MemoryMib::new(1024));
        assert_eq!(api.task.network_mode, NetworkMode::Awsvpc);
        assert_eq!(web.task.network_mode, NetworkMode::Bridge);
        assert_eq!(web.task.host_ports.len(), 2);
        assert_eq!(web.task.architectures.len(), 2);
        assert_eq!(web.desired_count, 3);
    }
}

#[test]
fn further_columns_of_a_csv_are_tags_and_said_once() {
    let text =
        "sep=;\r\nService Name;vCPU;Memory GB;Count;Team;Cost Centre;\r\nweb;0,5;1;3;shop;17;\r\n";
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        today: Some(UsdPerHour::from_month(900.into())),
        ..ImportOptions::default()
    };
    let imported = read_cluster(text, "shop.csv", &options).expect("a flat CSV");
    let service = &imported.cluster.services[0];
    assert_eq!(service.task.cpu, CpuUnits::new(512));
    let tag = |name: &str| service.tags.get(name).map(String::as_str);
    assert_eq!(
        (tag("Team"), tag("Cost Centre")),
        (Some("shop"), Some("17"))
    );
    assert_eq!(service.tags.len(), 2);
    assert_eq!(
        imported
            .cluster
            .deployed
            .bill
            .map(UsdPerHour::usd_per_month),
        Some(900.into())
    );
    let said: Vec<_> = imported
        .warnings
        .iter()
        .filter(|w| w.code == "W2009")
        .collect();
    assert!(
        said.len() == 1 && said[0].cause.contains("`Team`, `Cost Centre`"),
        "{said:?}"
    );
}

/// CPU, memory and count of each service, or codes, places and lines of what is wrong.
type Flat = Result<Vec<(u64, u64, u64)>, Vec<String>>;

/// Services of a flat CSV, or codes and places of its errors; and the codes of warnings.
fn flat(text: &str) -> (Flat, Vec<&'static str>) {
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    match read_cluster(text, "shop.csv", &options) {
        Ok(it) => {
            let sizes = (it.cluster.services.iter()).map(|service| {
                let (cpu, memory) = (service.task.cpu.get(), service.task.memory.get());
                (cpu, memory, service.desired_count)
            });
            (
                Ok(sizes.collect()),
                it.warnings.iter().map(|w| w.code).collect(),
            )
        }
        Err(found) => {
            let places = (found.findings.iter()).map(|it| {
                let line = it.line.expect("a line");
                format!("{} {} {line}", it.code, it.place)
            });
            (Err(places.collect()), Vec::new())
        }
    }
}

#[test]
fn a_number_of_a_csv_that_could_be_read_in_two_ways_is_an_error_unless_the_file_shows_it() {
    let heading = "service;cpu;memory_mib;desired_count\n";
    let semicolons = |rows: &str| flat(&format!("{heading}{rows}"));
    let (ambiguous, _) = semicolons("a;512;1.024;1.000\n;;;\nb;1,000;1024 MiB;2\n");
    assert_eq!(
        ambiguous,
        Err(vec![
            "E1108 rows[0].memory_mib 2".to_owned(),
            "E1108 rows[0].desired_count 2".to_owned(),
            "E1108 rows[1].cpu 4".to_owned(),
        ])
    );
    let (tabs, _) = flat("service\tcpu\tmemory_mib\tdesired_count\nweb\t512\t1024\t1.000\n");
    assert_eq!(tabs, Err(vec!["E1108 rows[0].desired_count 2".to_owned()]));
    let shown = semicolons("a;0,5;1.024;1.000\nb;1;1.048.576;2\n");
    assert_eq!(
        shown,
        (
            Ok(vec![(512, 1024, 1000), (1024, 1_048_576, 2)]),
            vec!["W2014", "W2014"]
        )
    );
    let english = flat("service\tcpu\tmemory_mib\tdesired_count\nweb\t0.5\t1,024\t1.000\n");
    assert_eq!(english, (Ok(vec![(512, 1024, 1)]), vec!["W2014", "W2014"]));
    let in_gb = flat("service;vCPU;Memory GB;Count\nweb;1.000;1.500;3\n");
    assert_eq!(in_gb, (Ok(vec![(1024, 1536, 3)]), vec![]));
    let (commas, _) = flat("service,cpu,memory_mib,desired_count\nweb,512.000,\"1,024\",4\n");
    assert!(commas.is_err(), "a part of a CPU unit is none: {commas:?}");
    let (commas, _) = flat("service,cpu,memory_mib,desired_count\nweb,512.0,\"1,024\",4\n");
    assert_eq!(commas, Ok(vec![(512, 1024, 4)]));
}

#[test]
fn what_stands_for_nothing_is_an_empty_cell_where_a_column_may_be_empty() {
    let heading =
        "service,cpu,memory_mib,desired_count,gpu,network_mode,host_ports,architectures\n";
    for nothing in [
        "", "-", "\u{2014}", "NaN", "nan", "<NA>", "NA", "N/A", "n/a", "#N/A", "null", "NULL",
    ] {
        let cells = format!("{nothing},{nothing},{nothing},{nothing}");
        let (read, warnings) = flat(&format!(
            "{heading}web,512,1024,2,{cells}\n{nothing},{nothing},,,{cells}\n"
        ));
        assert_eq!(read, Ok(vec![(512, 1024, 2)]), "{nothing}");
        assert_eq!(warnings, [] as [&str; 0], "{nothing}");
    }
    let (none, _) = flat(&format!("{heading}web,512,1024,2,None,none,None,none\n"));
    assert_eq!(none, Ok(vec![(512, 1024, 2)]), "none is a network mode");
    let (infinite, _) = flat(&format!("{heading}web,512,1024,2,inf,,,\n"));
    assert_eq!(infinite, Err(vec!["E1104 rows[0].gpu 2".to_owned()]));
    for nothing in ["NaN", "-", "None", "N/A"] {
        let (needed, _) = flat(&format!("{heading}web,512,1024,{nothing},,,,\n"));
        assert_eq!(
            needed,
            Err(vec!["E1104 rows[0].desired_count 2".to_owned()]),
            "{nothing}"
        );
        let (needed, _) = flat(&format!("{heading}web,{nothing},{nothing},2,,,,\n"));
        let both = ["E1108 rows[0].cpu 2", "E1108 rows[0].memory_mib 2"].map(str::to_owned);
        assert_eq!(needed, Err(both.to_vec()), "{nothing}");
    }
}

#[test]
fn a_comma_before_vcpus_or_gb_stands_between_thousands_only_where_the_file_shows_it() {
    for (heading, rows) in [
        (
            "service,vCPU,memory_mib,desired_count",
            "web,\"1,024\",1024,2",
        ),
        ("service,cpu,Memory GB,desired_count", "web,512,\"1,024\",2"),
        (
            "service,cpu,memory_mib,desired_count",
            "web,512,\"1,024 GB\",2",
        ),
        (
            "service,vCPU,memory_mib,desired_count",
            "web,\"1,024\",1024,2\nb,\"0,5\",1024,1",
        ),
    ] {
        let (read, _) = flat(&format!("{heading}\n{rows}\n"));
        let found = read.expect_err("could be read in two ways");
        assert!(
            found[0].starts_with("E1108 rows[0]."),
            "{heading}: {found:?}"
        );
    }
    let shown = flat("service,cpu,Memory GB,desired_count\nweb,512,\"1,024\",2\nb,512,0.5,2\n");
    let sizes = vec![(512, 512, 2), (512, 1024 * 1024, 2)];
    assert_eq!(shown, (Ok(sizes), vec!["W2014"]));
    let (mib, warnings) =
        flat("service,cpu,memory_mib,desired_count\nweb,\"1,024\",\"2,048\",\"1,000\"\n");
    assert_eq!((mib, warnings), (Ok(vec![(1024, 2048, 1000)]), vec![]));
}

#[test]
fn what_is_said_of_a_cell_quotes_it_as_the_file_has_it() {
    let causes = |text: &str| -> Vec<String> {
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        let findings = read_cluster(text, "c.csv", &options).expect_err("wrong");
        findings
            .findings
            .iter()
            .map(|it| it.cause.clone())
            .collect()
    };
    let heading = "service;cpu;memory_mib;desired_count\n";
    let decimals = causes(&format!("{heading}a;1,024;512;1,5\nb;512;512,5;2\n"));
    for written in ["`1,024`", "`1,5`", "`512,5`"] {
        assert!(
            decimals.iter().any(|cause| cause.contains(written)),
            "{written}: {decimals:?}"
        );
    }
    let is_quoted = |read: &str| decimals.iter().any(|cause| cause.contains(read));
    assert!(
        !["`1.024`", "`1.5`", "`512.5`"].into_iter().any(is_quoted),
        "{decimals:?}"
    );
    let of_vcpus = causes("service,vCPU,Memory GB,Count\na,0.0001,0.00001,2\n");
    assert!(
        of_vcpus.iter().any(|cause| cause.contains("`0.0001`")),
        "{of_vcpus:?}"
    );
}

#[test]
fn lists_in_csv_cells_are_separated_as_people_do() {
    for cell in ["80;443", "\"80,443\"", "80 443", "\"80, 443\"", "80|443"] {
        let text = format!("service,cpu,memory_mib,desired_count,host_ports\nweb,1,64,2,{cell}\n");
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        let imported = read_cluster(&text, "shop.csv", &options).expect("a flat CSV");
        let ports = &imported.cluster.services[0].task.host_ports;
        let shown: Vec<String> = ports.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["80/tcp", "443/tcp"], "{cell}");
    }
}

#[test]
fn wrong_csv_rows_are_all_reported_with_their_lines() {
    let text = "service,cpu,memory_mib,desired_count\nweb,x,512,3\nweb,1,,-3\nb,1,2\n";
    let findings = read_cluster(text, "shop.csv", &ImportOptions::default()).expect_err("wrong");
    let found: Vec<_> = findings
        .findings
        .iter()
        .map(|f| (f.code, f.line.unwrap_or(0), f.place.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("E1102", 1, "(the whole file)"),
            ("E1108", 2, "rows[0].cpu"),
            ("E1301", 3, "rows[1].service"),
            ("E1201", 3, "rows[1]"),
            ("E1106", 3, "rows[1].desired_count"),
            ("E1105", 4, "rows[2]"),
            ("E1007", 4, "rows[2]"),
        ]
    );
    let heading = "service,cpuz,memory_mib,memory_mib\n";
    let findings = read_cluster(heading, "s.csv", &ImportOptions::default()).expect_err("wrong");
    let codes: Vec<_> = findings.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["E1006"; 4]);
    assert!((findings.findings.iter()).any(|f| f.remedy.contains("did you mean `cpu`")));
}

#[test]
fn names_in_a_csv_that_are_paths_or_stand_for_nothing_are_errors() {
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    let found = |name: &str| -> Vec<String> {
        let text =
            format!("service,cpu,memory_mib,desired_count\nweb,256,512,1\n{name},128,300,3\n");
        let read = read_cluster(&text, "shop.csv", &options);
        let findings = read.map_or_else(|findings| findings.findings, |_| Vec::new());
        (findings.iter())
            .map(|f| format!("{} {}", f.code, f.place))
            .collect()
    };
    for name in ["team-a/api", "N/A", "nan", "-", "NULL"] {
        assert_eq!(found(name), ["E1307 rows[1].service"], "{name}");
    }
    for name in [
        "api",
        "nano",
        "arn:aws:ecs:us-east-1:1:service/shop/api",
        "app & db",
    ] {
        assert!(found(name).is_empty(), "{name}");
    }
}

#[test]
fn environment_values_and_secrets_never_appear_in_findings() {
    let secret = "hunter2-swordfish";
    let text = file(
        &json!({"taskDefinitions": [{"family": "t", "memory": secret.len(), "cpu": {},
        "containerDefinitions": [{"cpu": [], "environment": [{"name": "PASSWORD", "value": secret},
            {"name": "NVIDIA_VISIBLE_DEVICES", "value": secret}],
            "secrets": [{"name": "S", "valueFrom": secret}], "command": [secret]}]}]}),
    );
    let findings = import(&text).expect_err("wrong");
    assert!(!findings.to_string().contains(secret), "{findings}");
    let broken = text.replace(&format!("\"{secret}\""), &format!("{secret}\""));
    for name in ["c.json", "c.yaml"] {
        let findings = read_cluster(&broken, name, &ImportOptions::default()).expect_err("broken");
        assert!(!findings.to_string().contains("hunter2"), "{findings}");
    }
}

#[test]
fn a_file_full_of_mistakes_is_explained_in_one_go() {
    let text = include_str!("mistakes.json");
    let findings = read_cluster(text, "mistakes.json", &ImportOptions::default());
    insta::assert_snapshot!(findings.expect_err("wrong").to_string());
}

#[test]
fn csv_as_spreadsheets_write_it_is_read() {
    let read = |text: &str, columns: &[(&str, &str)]| {
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            columns: columns
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
            zones: vec!["us-east-1a".to_owned()],
            ..ImportOptions::default()
        };
        let imported =
            read_cluster(text, "c.csv", &options).unwrap_or_else(|e| panic!("{text}: {e}"));
        let codes: Vec<_> = imported.warnings.iter().map(|w| w.code).collect();
        let service = &imported.cluster.services[0];
        assert_eq!(imported.cluster.zones.len(), 1);
        (
            (
                service.task.cpu.get(),
                service.task.memory.get(),
                service.desired_count,
            ),
            codes,
        )
    };
    let of = (512, 1024, 12);
    for (text, columns, warnings) in [
        (
            "service;cpu;memory_mib;desired_count\nweb;512;1024;12\n",
            &[][..],
            vec![],
        ),
        (
            "service\tcpu\tmemory_mib\tdesired_count\nweb\t512\t1024\t12\n",
            &[],
            vec![],
        ),
        (
            "Service Name,CPU,Memory,Count\nweb,0.5,1,12\n",
            &[],
            vec!["W2014", "W2014"],
        ),
        (
            "Service,vCPU,Memory (GB),Tasks\nweb,0.5,1,12\n",
            &[],
            vec![],
        ),
        (
            "Service,vCPU units,RAM MB,Replicas\nweb,512,1024,12\n",
            &[],
            vec![],
        ),
        (
            "Team;Service;CPU units;Memory MiB;Desired count\na;web;512;1024;12\n",
            &[],
            vec!["W2009"],
        ),
        (
            "ECS service,CPU (vCPU),Memory (GB),DesiredTaskCount\nweb,0.5,1,12\n",
            &[],
            vec![],
        ),
        (
            "Service,CPU (vCPU),Memory reservation (GB),Number of tasks\nweb,0.5,1,12\n",
            &[],
            vec![],
        ),
        // Of several headings for one thing the surest counts; an application is not the service beside it.
        (
            "App,Service,Task CPU,CPU,Memory MiB,Running count,Desired count\nshop,web,9,512,1024,7,12\n",
            &[],
            vec!["W2009"],
        ),
        (
            "Services of shop;;;\n;;;\nservice;cpu;memory_mib;desired_count\nweb;512;1\u{a0}024;12\n",
            &[],
            vec!["W2009"],
        ),
        (
            "| Service | CPU units | Memory | Desired count |\n|---|--:|---:|---|\n| web | 512 | 1 GiB | 12 |\n",
            &[],
            vec![],
        ),
        (
            "who,load,memory,count\nweb,0.5,1,12\n",
            &[("service", "who"), ("cpu", "load")],
            vec!["W2014", "W2014"],
        ),
    ] {
        assert_eq!(read(text, columns), (of, warnings), "{text}");
    }
}

#[test]
fn parts_of_a_unit_are_vcpus_only_where_nothing_says_that_the_numbers_are_units() {
    for (heading, other, is_read) in [
        ("cpu", "2", true),
        ("cpu", "512", false),
        ("CPU units", "512", false),
        ("CPU units", "2", false),
        ("vCPU", "512", true),
    ] {
        let text =
            format!("service,{heading},Memory MiB,Count\nweb,0.5,2048,1\napi,{other},2048,3\n");
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        let read = read_cluster(&text, "c.csv", &options);
        let codes: Vec<&str> = match &read {
            Ok(_) => Vec::new(),
            Err(error) => error.findings.iter().map(|it| it.code).collect(),
        };
        assert_eq!(read.is_ok(), is_read, "{heading} {other}: {codes:?}");
        assert!(
            is_read || codes.contains(&"E1108"),
            "{heading} {other}: {codes:?}"
        );
    }
}

#[test]
fn columns_that_a_flag_names_must_be_there() {
    let text = "service,cpu,memory_mib,desired_count\nweb,1,64,2\n";
    for (ours, theirs) in [("cpu", "vCPU"), ("colour", "cpu")] {
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            columns: vec![(ours.to_owned(), theirs.to_owned())],
            ..ImportOptions::default()
        };
        let findings = read_cluster(text, "c.csv", &options).expect_err("no such column");
        assert_eq!(findings.findings[0].code, "E1006", "{ours}={theirs}");
    }
}

#[test]
fn empty_rows_and_a_row_of_sums_are_no_services() {
    let read = |rows: &str| {
        let text = format!("service;team;cpu;memory_mib;desired_count\n{rows}");
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        let imported = read_cluster(&text, "c.csv", &options)?;
        let names = (imported.cluster.services.iter()).map(|service| service.name.clone());
        let sums = imported.warnings.iter().filter(|w| w.code == "W2020");
        let lines = sums.map(|warning| warning.line).collect::<Vec<_>>();
        Ok::<_, crate::io::Findings>((names.collect::<Vec<_>>(), lines))
    };
    let shop = "web;shop;512;1024;12\n;;;;\napi;shop;256;512;6\n";
    let both = vec!["api".to_owned(), "web".to_owned()];
    for sums in ["Total;;;;18\n", ";;;;18\n", ";Total:;768;;18\n;;;;\n"] {
        let (names, lines) = read(&format!("{shop}{sums}")).expect("a row of sums");
        assert_eq!((names, lines), (both.clone(), vec![Some(5)]), "{sums}");
    }
    // Another number, or the cells of a service: a service like the others, or a mistake.
    let (names, lines) = read(&format!("{shop}total;shop;256;512;4\n")).expect("a service");
    assert_eq!((names.len(), lines.len()), (3, 0));
    assert!(read(&format!("{shop};;;;17\n")).is_err());
}

#[test]
fn a_wrong_heading_below_a_title_is_reported_where_it_stands() {
    let text =
        "Export of today\n\nservice,cpu,cpu units,memory_mib,desired_count\nweb,512,x,1024,2\n";
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    let lines = |text: &str| match read_cluster(text, "c.csv", &options) {
        Ok(imported) => (imported.warnings.iter())
            .map(|w| (w.code, w.line))
            .collect::<Vec<_>>(),
        Err(findings) => (findings.findings.iter())
            .map(|f| (f.code, f.line))
            .collect(),
    };
    let mut found = lines(text);
    found.sort_unstable();
    assert_eq!(found, [("W2009", Some(1)), ("W2009", Some(3))]);
    let wrong = text
        .replace(",x,", ",512,")
        .replace(",512,512,", ",-1,512,");
    assert!(
        lines(&wrong).contains(&("E1108", Some(4))),
        "{:?}",
        lines(&wrong)
    );
}

#[test]
fn single_answers_of_aws_without_a_version_lack_that_and_are_nothing_else() {
    let answers = json!({
        "region": "us-east-1",
        "service": {"serviceName": "web", "desiredCount": 1, "taskDefinition": "web:3"},
        "taskDefinition": {"family": "web", "revision": 3, "containerDefinitions": [{"name": "c", "memory": 64}]},
    });
    let findings = import(&answers.to_string()).expect_err("no version");
    let codes: Vec<&str> = findings.findings.iter().map(|it| it.code).collect();
    assert!(
        codes.contains(&"E1101") && !codes.contains(&"E1005"),
        "{codes:?}"
    );
    let mut whole = answers;
    whole["version"] = json!(1);
    let cluster = import(&whole.to_string()).expect("a cluster").cluster;
    assert_eq!(cluster.services[0].task.memory, MemoryMib::new(64));
}

#[test]
fn other_documents_are_named_for_what_they_are() {
    let cases = [
        (
            r#"{"version": 1, "status": "optimal", "cost": {"usdPerHour": 1}, "services": []}"#,
            "this is a plan",
        ),
        (
            r#"{"version": 4, "terraform_version": "1.9.0", "resources": []}"#,
            "a state or a plan of Terraform",
        ),
        (
            r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}"#,
            "a template of CloudFormation",
        ),
        (
            r#"{"services": {"web": {"image": "nginx"}}}"#,
            "a file of Docker Compose",
        ),
        (
            r#"{"family": "a", "containerDefinitions": []}"#,
            "this is a task definition",
        ),
        (
            r#"{"serviceArns": ["arn:aws:ecs:us-east-1:1:service/prod/web"]}"#,
            "this is an answer of a List call, which holds names alone",
        ),
        (
            r#"{"cluster": "prod", "serviceName": "web", "taskDefinition": "web:3", "desiredCount": 2}"#,
            "this is one service",
        ),
        (
            r#"{"cluster": "prod", "taskDefinition": "web:3", "count": 2}"#,
            "this is the input of a task run by itself",
        ),
        (
            r#"{"cluster": "prod", "service": "web", "taskDefinition": "web:3", "desiredCount": 2}"#,
            "this is one service",
        ),
        (
            r#"{"AWSEBDockerrunVersion": 2, "containerDefinitions": [{"name": "php", "memory": 128}]}"#,
            "a Dockerrun file of Elastic Beanstalk",
        ),
        (
            r#"{"version": 0.0, "Resources": [{"TargetService": {}}]}"#,
            "an AppSpec file of CodeDeploy",
        ),
        (
            r#"{"version": 1, "task_definition": {"task_size": {"mem_limit": "0.5GB"}}}"#,
            "a file of parameters of the ECS CLI",
        ),
        (
            r#"{"name": "web", "type": "Load Balanced Web Service", "image": {"port": 80}, "cpu": 256}"#,
            "a manifest of Copilot",
        ),
        (
            r#"{"region": "us-east-1", "service_definition": "s.json", "task_definition": "t.json"}"#,
            "a configuration of ecspresso",
        ),
        (
            r#"{"jobDefinitionName": "j", "containerProperties": {"vcpus": 1}}"#,
            "a job definition of AWS Batch",
        ),
        (
            r#"[{"name": "web", "image": "nginx", "cpu": 256, "memory": 512}]"#,
            "this is a list of containers",
        ),
        (
            r#"[{"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx"}]}]"#,
            "this is a list of task definitions",
        ),
        (
            r#"[{"name": "web", "imageUri": "nginx"}]"#,
            "this is a list of images",
        ),
        (
            r#"[{"services": []}]"#,
            "a cluster file is an object, this is a list",
        ),
    ];
    for (text, kind) in cases {
        let findings = read_cluster(text, "c.json", &ImportOptions::default()).expect_err(kind);
        let found = &findings.findings[0];
        assert_eq!(
            (found.code, findings.findings.len()),
            ("E1005", 1),
            "{text}"
        );
        assert!(found.cause.contains(kind), "{}", found.cause);
    }
    let two = "{\"services\": []}\n{\"taskDefinition\": {}}\n";
    let findings =
        read_cluster(two, "c.json", &ImportOptions::default()).expect_err("two documents");
    let found = &findings.findings[0];
    assert_eq!((found.code, found.line), ("E1001", Some(2)));
    assert!(
        found.cause.contains("another JSON document"),
        "{}",
        found.cause
    );
}
