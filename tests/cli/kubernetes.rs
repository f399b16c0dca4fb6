//! Documents of Kubernetes through the real binary: planned, checked, explained, and refused where ECS is needed.

use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, bayplan, plan_json};

const SHOP: &str = "\
version: 1
cluster: shop
region: us-east-1
availabilityZones: [us-east-1a, us-east-1b]
policy: {allowedInstanceTypes: [m5.*, m6g.*]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front}
spec:
  replicas: 4
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {kubernetes.io/arch: amd64}
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector: {matchLabels: {app: web}}
      containers:
      - name: web
        resources: {requests: {cpu: 500m, memory: 1Gi}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        resources: {requests: {cpu: \"1\", memory: 6Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
";

pub fn output(args: &[&str], files: &[&Path]) -> (String, String, Option<i32>) {
    let output = bayplan()
        .args(args)
        .args(files)
        .output()
        .expect("the binary runs");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code(),
    )
}

#[test]
fn manifests_are_planned_checked_and_told_with_the_words_of_kubernetes() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0);
    assert_eq!(plan["cluster"], "shop");
    let rows = plan["instances"].as_array().expect("rows");
    let count = |name: &str| -> u64 {
        let of_row = |row: &Value| {
            row["tasks"][name].as_u64().unwrap_or(0) * row["count"].as_u64().unwrap_or(0)
        };
        rows.iter().map(of_row).sum()
    };
    assert_eq!((count("front/web"), count("default/db")), (4, 2));
    assert!(
        rows.iter()
            .all(|row| row["registered"]["pods"].as_u64() > Some(0)
                && row["registered"]["enis"] == 0)
    );
    let cost = &plan["cost"];
    assert!(cost["boundUsdPerHour"].as_f64() <= cost["idealUsdPerHour"].as_f64());
    assert_eq!(cost["usdPerHour"], cost["idealUsdPerHour"]);
    let written = folder.write("plan.json", &plan.to_string());
    let (said, _, exit) = output(&["check"], &[&file, &written]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.starts_with("ok: ") && said.contains(" nodes for 2 workloads"),
        "{said}"
    );
    let mut forged = plan.clone();
    forged["instances"][0]["registered"]["pods"] = 500.into();
    let forged = folder.write("forged.json", &forged.to_string());
    let (said, _, exit) = output(&["check"], &[&file, &forged]);
    assert_eq!(exit, Some(12));
    assert!(said.contains("V08") && said.contains("500 pods"), "{said}");
    let (text, _, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(0));
    for word in ["nodes", "pods", "workloads", "no NodePool"] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    let (text, said, exit) = output(&["explain"], &[&file, &written]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(text.contains("front/web"), "{text}");
}

/// Words of ECS that stand in a text, markup apart.
pub fn words_of_ecs(text: &str) -> Vec<String> {
    const WORDS: [&str; 15] = [
        "task",
        "tasks",
        "Task",
        "Tasks",
        "service",
        "services",
        "Service",
        "Services",
        "ENI",
        "ENIs",
        "awsvpc",
        "container instance",
        "container instances",
        "capacity provider",
        "capacity providers",
    ];
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '[');
    let stands = |word: &&str| {
        (text.match_indices(*word)).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
        })
    };
    let found = WORDS.iter().copied().filter(stands);
    found.map(str::to_owned).collect()
}

/// What a page shows, tags, scripts and styles left out.
pub fn shown(page: &str) -> String {
    let mut shown = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let raw = ["script", "style"]
            .into_iter()
            .find(|name| rest[1..].starts_with(name));
        let end = raw.map_or_else(|| ">".to_owned(), |name| format!("</{name}>"));
        rest = rest.find(&end).map_or("", |at| &rest[at + end.len()..]);
    }
    shown + rest
}

#[test]
fn no_word_of_ecs_is_left_in_what_people_read() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    for (args, files) in [
        (&["plan"][..], &[file.as_path()][..]),
        (&["plan", "--format", "markdown"], &[&file]),
        (&["explain"], &[&file, &plan]),
        (&["explain", "--why-not", "m5.4xlarge"], &[&file, &plan]),
        (&["what-if", "--set", "policy.maxPods=4"], &[&file]),
        (&["report", "--no-curves", "--format", "markdown"], &[&file]),
        (&["check"], &[&file, &plan]),
    ] {
        let (text, said, exit) = output(args, files);
        assert_eq!(exit, Some(0), "{args:?}: {said}");
        assert_eq!(
            words_of_ecs(&text),
            Vec::<String>::new(),
            "{args:?}: {text}"
        );
        assert!(!text.contains("Auto Scaling"), "{args:?}: {text}");
    }
    let (page, said, exit) = output(&["report", "--no-curves", "--format", "html"], &[&file]);
    assert_eq!(exit, Some(0), "{said}");
    let text = shown(&page);
    assert_eq!(words_of_ecs(&text), Vec::<String>::new(), "{text}");
    for word in ["Nodes", "Pods", "workload", "Proven bound"] {
        assert!(text.contains(word), "no {word} in {text}");
    }
}

#[test]
fn a_forged_plan_is_found_whichever_field_it_is() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, _) = plan_json(&file, &[]);
    for (path, value) in [
        ("/instances/0/count", Value::from(7)),
        ("/instances/0/usdPerHour", Value::from(0.01)),
        ("/instances/0/instanceType", Value::from("m5.24xlarge")),
        ("/instances/0/availabilityZone", Value::from("us-east-1f")),
        ("/instances/0/purchaseOption", Value::from("spot")),
        ("/instances/0/registered/pods", Value::from(500)),
        ("/instances/0/registered/cpu", Value::from(99_000)),
        ("/instances/0/registered/memoryMib", Value::from(999_999)),
        ("/instances/0/tasks/front~1web", Value::from(40)),
        ("/cost/usdPerHour", Value::from(0.01)),
        ("/cost/boundUsdPerHour", Value::from(9.9)),
        ("/services/0/serviceName", Value::from("front/other")),
    ] {
        let mut forged = plan.clone();
        *forged
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("no {path} in {plan}")) = value;
        let forged = folder.write("forged.json", &forged.to_string());
        let (said, wrong, exit) = output(&["check"], &[&file, &forged]);
        assert_eq!(exit, Some(12), "{path}: {said}{wrong}");
        assert_eq!(words_of_ecs(&said), Vec::<String>::new(), "{path}: {said}");
    }
}

#[test]
fn what_needs_the_scheduler_of_ecs_says_so() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    let metrics = folder.write("metrics.csv", "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks\nfront/web,2026-01-01T00:00:00Z,1,1,1,1\n");
    let metrics = metrics.to_str().expect("a path");
    let of_file = ["--metrics", metrics, "--once"];
    for (args, files) in [
        (vec!["simulate"], vec![file.as_path()]),
        (vec!["export", "--format", "terraform"], vec![&plan]),
        (vec!["apply"], vec![&file, &plan]),
        ([&["rightsize"], &of_file[..]].concat(), vec![&file]),
    ] {
        let (_, said, exit) = output(&args, &files);
        assert_eq!(exit, Some(20), "{args:?}: {said}");
        assert!(
            said.contains(&format!("`{}` is for ECS", args[0])),
            "{said}"
        );
    }
    let (_, said, exit) = output(&["plan", "--managed-instances", "allowed"], &[&file]);
    assert_eq!(exit, Some(20), "{said}");
    assert!(said.contains("E1506"), "{said}");
    let (_, said, exit) = output(&["plan", "--max-moves", "3"], &[&file]);
    assert_eq!(exit, Some(2), "{said}");
    assert!(said.contains("scheduler of ECS"), "{said}");
}

#[test]
fn policy_keys_of_kubernetes_are_flags() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, _) = plan_json(&file, &["--max-pods", "2"]);
    let rows = plan["instances"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["registered"]["pods"] == 2));
    assert_eq!(
        rows.iter()
            .filter_map(|row| row["count"].as_u64())
            .sum::<u64>(),
        3
    );
    let (plan, exit) = plan_json(&file, &["--tolerated-taints", "dedicated=x:NoSchedule"]);
    assert_eq!(exit, 10);
    let reasons = plan["unplaced"][0]["reasons"].to_string();
    assert!(
        reasons.contains("no taint dedicated=x:NoSchedule"),
        "{reasons}"
    );
}

#[test]
fn presets_change_what_the_policy_of_kubernetes_can_say() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (text, said, exit) = output(
        &[
            "what-if",
            "--preset",
            "graviton,zones",
            "--set",
            "maxPods=4",
        ],
        &[&file],
    );
    assert_eq!(exit, Some(0), "{said}");
    for row in ["arm64 alone", "amd64 alone", "1 zone"] {
        assert!(text.contains(row), "no {row} in {text}");
    }
    assert_eq!(words_of_ecs(&text), Vec::<String>::new(), "{text}");
    // The policy of the file's own document still holds where one key of it is changed.
    assert!(!text.contains("c6a.large"), "{text}");
    let (_, said, exit) = output(&["what-if", "--preset", "fargate"], &[&file]);
    assert_eq!(exit, Some(2), "{said}");
    assert!(said.contains("is for ECS"), "{said}");
    let (_, said, exit) = output(&["what-if", "--set", "front/web.replicas=9"], &[&file]);
    assert_eq!(exit, Some(20), "{said}");
    assert!(
        said.contains("no setting of documents of Kubernetes"),
        "{said}"
    );
}

/// Nodes of today beside the workloads of the shop: some of a type that nobody sells, one cordoned.
fn with_nodes(types: &[&str], cordoned: usize) -> String {
    let nodes: Vec<String> = (types.iter().enumerate())
        .map(|(place, name)| {
            format!(
                "---\n{{kind: Node, apiVersion: v1, metadata: {{name: n{place}, labels: {{node.kubernetes.io/instance-type: {name}, \
                 karpenter.sh/capacity-type: on-demand, topology.kubernetes.io/zone: us-east-1a}}}}, spec: {{unschedulable: {}}}}}\n",
                place < cordoned
            )
        })
        .collect();
    format!("{SHOP}{}", nodes.concat())
}

#[test]
fn today_without_a_price_of_one_node_says_which_and_what_the_others_cost() {
    let folder = Folder::new();
    let types = ["x9.huge", "m5.large", "m5.large", "m5.xlarge"];
    let file = folder.write("shop.yaml", &with_nodes(&types, 0));
    let (plan, exit) = plan_json(&file, &["--root-volume-gib", "0"]);
    assert_eq!(exit, 0);
    assert_eq!(plan["cost"]["currentUsdPerHour"], Value::Null);
    let text = plan["assumptions"].to_string();
    assert!(
        text.contains("1 of 4 nodes has no price (1 x9.huge); the others cost 0.384 USD/h"),
        "{text}"
    );
    let (text, said, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.contains("what today costs is not shown: x9.huge has no On-Demand price"),
        "{said}"
    );
    assert!(text.contains("1 of 4 nodes has no price"), "{text}");
}

#[test]
fn nodes_on_which_no_pod_starts_are_in_todays_cost_and_it_is_said() {
    let folder = Folder::new();
    let file = folder.write(
        "shop.yaml",
        &with_nodes(&["m5.large", "m5.large", "m5.large"], 2),
    );
    let (plan, _) = plan_json(&file, &["--root-volume-gib", "0"]);
    assert_eq!(plan["cost"]["currentUsdPerHour"], 0.288);
    let text = plan["assumptions"].to_string();
    assert!(
        text.contains("today's cost counts 2 nodes that are cordoned or not ready"),
        "{text}"
    );
    let (_, said, exit) = output(&["plan", "--keep-instances", "all"], &[&file]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.contains("W2008") && said.contains("`n0`, `n1`"),
        "{said}"
    );
}

#[test]
fn two_pods_in_a_zone_that_keep_apart_are_found_in_a_forged_plan() {
    let apart = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: db}}, topologyKey: topology.kubernetes.io/zone}]}}\n      containers:\n      - name: db";
    let text = SHOP.replace("      containers:\n      - name: db", apart);
    let folder = Folder::new();
    let file = folder.write("shop.yaml", &text);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0);
    let rows = plan["instances"].as_array().expect("rows");
    for zone in ["us-east-1a", "us-east-1b"] {
        let of_zone = rows.iter().filter(|row| row["availabilityZone"] == zone);
        let pods: u64 = of_zone
            .map(|row| {
                row["tasks"]["default/db"].as_u64().unwrap_or(0)
                    * row["count"].as_u64().unwrap_or(0)
            })
            .sum();
        assert_eq!(pods, 1, "{plan}");
    }
    // Headroom is no third pod where there are two zones.
    let (roomy, exit) = plan_json(&file, &["--headroom-percent", "50"]);
    assert_eq!((exit, &roomy["unplaced"]), (0, &Value::Array(Vec::new())));
    let (rows, said, exit) = output(
        &[
            "what-if",
            "--set",
            "availabilityZones=[us-east-1a]",
            "--format",
            "json",
        ],
        &[&file],
    );
    assert_eq!(exit, Some(0), "{said}");
    let rows: Value = serde_json::from_str(&rows).expect("JSON");
    let of_one_zone = &rows["scenarios"][0];
    assert_eq!(
        of_one_zone["changeUsdPerHour"],
        Value::Null,
        "{of_one_zone}"
    );
    assert_eq!(of_one_zone["unplaced"][0]["count"], 1);
    let mut forged = plan.clone();
    for row in forged["instances"].as_array_mut().expect("rows") {
        row["availabilityZone"] = "us-east-1a".into();
    }
    let forged = folder.write("forged.json", &forged.to_string());
    let (said, _, exit) = output(&["check"], &[&file, &forged]);
    assert_eq!(exit, Some(12), "{said}");
    assert!(
        said.contains("V29") && said.contains("at most 1 in a zone"),
        "{said}"
    );
}

/// A cluster whose names are the words of ECS, with a workload that asks for a label which no node has.
const NAMED: &str = "\
cluster: tasks
region: us-east-1
availabilityZones: [us-east-1a, us-east-1b]
policy: {allowedInstanceTypes: [m5.*], toleratedTaints: ['service:NoSchedule']}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: task, namespace: services}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: task}}
    spec:
      tolerations: [{operator: Exists}]
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: karpenter.sh/nodepool, operator: In, values: [tasks, services]}]}]
      containers:
      - {name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: service, namespace: services}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: service}}
    spec:
      tolerations: [{operator: Exists}]
      nodeSelector: {tier: task}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: tier, operator: In, values: [task, services]}]}]
      containers:
      - {name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: intolerant, namespace: services}
spec:
  template:
    metadata: {labels: {app: intolerant}}
    spec:
      containers:
      - {name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}
---
kind: Node
apiVersion: v1
metadata:
  name: n1
  labels: {node.kubernetes.io/instance-type: m5.large, karpenter.sh/nodepool: tasks, karpenter.sh/capacity-type: on-demand, topology.kubernetes.io/zone: us-east-1a}
";

#[test]
fn what_the_user_wrote_is_kept_whatever_words_it_has() {
    let folder = Folder::new();
    let file = folder.write("named.yaml", NAMED);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 10);
    let plan = folder.write("plan.json", &plan.to_string());
    for (args, files, of_reasons) in [
        (&["plan"][..], &[file.as_path()][..], true),
        (&["plan", "--format", "markdown"], &[&file], true),
        (&["explain"], &[&file, &plan], false),
        (&["what-if", "--set", "policy.maxPods=40"], &[&file], false),
        (
            &["report", "--no-curves", "--format", "markdown"],
            &[&file, &plan],
            true,
        ),
        (
            &["report", "--no-curves", "--format", "html"],
            &[&file, &plan],
            true,
        ),
    ] {
        let (text, said, _) = output(args, files);
        let text = if args.contains(&"html") {
            shown(&text)
        } else {
            text
        };
        let text = text.replace("\n      ", " ");
        assert!(
            text.contains("services/task") || !text.contains("/task"),
            "{args:?}: {text}{said}"
        );
        for wrong in [
            "workloads/",
            "/pod",
            "pods in us-east-1",
            "(pod",
            "workloads)",
            "workload:NoSchedule",
        ] {
            assert!(!text.contains(wrong), "{args:?}: {wrong} in {text}");
        }
        if of_reasons {
            for own in ["tier In (task, services)", "no taint service:NoSchedule"] {
                assert!(text.contains(own), "{args:?}: no {own} in {text}");
            }
        }
    }
}

#[test]
fn a_type_is_looked_at_with_the_labels_of_the_pools_of_today() {
    let folder = Folder::new();
    let file = folder.write("named.yaml", NAMED);
    let (plan, _) = plan_json(&file, &[]);
    let plan = folder.write("plan.json", &plan.to_string());
    let (text, said, exit) = output(&["explain", "--why-not", "m5.4xlarge"], &[&file, &plan]);
    assert_eq!(exit, Some(0), "{said}");
    let text = text.replace("\n    ", " ");
    assert!(!text.contains("services/task (`"), "{text}");
    assert!(text.contains("services/service (`"), "{text}");
    let (levers, said, exit) = output(&["explain", "--levers"], &[&file, &plan]);
    assert_eq!(exit, Some(0), "{said}");
    for of_ecs in ["fargate", "eniTrunking", "managedInstances"] {
        assert!(!levers.contains(of_ecs), "{levers}");
    }
    for said in [
        "services/service: what its pods ask of nodes, taints, zones and each other alone rules it out",
        "policy.toleratedTaints = [service:NoSchedule]",
    ] {
        assert!(text.contains(said), "no {said} in {text}");
    }
    let (_, said, _) = output(&["plan", "--format", "json"], &[&file]);
    assert!(said.contains("W2030") && said.contains("pods"), "{said}");
    assert!(!said.contains(" tasks "), "{said}");
    let (text, _, _) = output(&["plan"], &[&file]);
    assert!(
        text.contains("would unlock it: a toleration of service:NoSchedule"),
        "{text}"
    );
}

#[test]
fn tables_of_nodes_name_their_columns_after_what_they_hold() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    for (table, column) in [
        ("instances", "x_AllocatableMillicores"),
        ("services", "x_WorkloadName"),
        ("plans", "x_NodePools"),
    ] {
        let args = ["report", "--no-curves", "--format", "csv", "--table", table];
        let (text, said, exit) = output(&args, &[&file]);
        assert_eq!(exit, Some(0), "{said}");
        let headings = text.lines().next().unwrap_or_default();
        assert!(
            headings.split(',').any(|it| it == column),
            "no {column} in {headings}"
        );
        for word in [
            "Task",
            "Ecs",
            "CpuUnits",
            "AutoScaling",
            "CapacityProvider",
            "Registered",
        ] {
            assert!(!headings.contains(word), "{word} in {headings}");
        }
    }
}
