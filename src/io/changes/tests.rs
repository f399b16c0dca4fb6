use super::*;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::MemoryMib;

const FILE: &str = r#"{"version": 1, "cluster": "c", "region": "us-east-1",
  "taskDefinitions": [{"family": "web", "cpu": "256", "memory": "512", "containerDefinitions": []}],
  "services": [
    {"serviceName": "api", "desiredCount": 3, "cpu": 512, "memory": 1024},
    {"serviceName": "api-v2", "desiredCount": 3, "cpu": 512, "memory": 1024},
    {"serviceName": "web", "desiredCount": 2, "taskDefinition": "web"}]}"#;

fn changed(changes: &[&str]) -> Result<ClusterDocument, Findings> {
    let document = ClusterDocument::parse(FILE, "c.json").expect("a document");
    let changes: Vec<Change> = (changes.iter())
        .map(|text| {
            let (path, value) = text.split_once('=').expect("PATH=VALUE");
            Change::try_new(path, value).expect("a change")
        })
        .collect();
    document.with(&changes)
}

fn cluster(changes: &[&str]) -> crate::domain::cluster::Cluster {
    let document = changed(changes).expect("paths that exist");
    let imported = document.import(&ImportOptions::default());
    imported.expect("a valid cluster").cluster
}

#[test]
fn paths_long_and_short_with_stars_and_quotes_lead_to_their_places() {
    let cluster = cluster(&[
        "services.api.desiredCount=40",
        "\"api-v2\".desiredCount=41",
        "services.api*.cpu=128",
        "policy.spotMaxShare=0.5",
        "headroomPercent=10",
        "services[2].desiredCount=42",
        "services.api.deploymentConfiguration.maximumPercent=150",
        "availabilityZones=[us-east-1a, us-east-1b]",
    ]);
    let counts: Vec<u64> = cluster.services.iter().map(|s| s.desired_count).collect();
    assert_eq!(counts, [40, 41, 42]);
    assert_eq!(cluster.services[1].task.cpu.get(), 128);
    assert_eq!(cluster.services[2].task.cpu.get(), 256);
    assert_eq!(cluster.policy.headroom_percent.to_string(), "10");
    assert_eq!(
        cluster.services[0].deployment.map(|d| d.maximum_percent),
        Some(150)
    );
    assert_eq!(cluster.zones.len(), 2);
}

#[test]
fn the_size_of_a_service_with_a_task_definition_can_be_set_at_the_service() {
    let cluster = cluster(&["services.*.architectures=[ARM64]", "web.memory=2 GB"]);
    let both =
        |s: &crate::domain::service::Service| s.task.architectures == [CpuArchitecture::Arm64];
    assert!(cluster.services.iter().all(both));
    assert_eq!(cluster.services[2].task.memory, MemoryMib::new(2048));
}

#[test]
fn a_name_with_dots_takes_the_keys_of_any_other() {
    let file = FILE.replace("\"api-v2\"", "\"api.v2\"");
    let document = ClusterDocument::parse(&file, "c.json").expect("a document");
    let set = |path: &str| {
        let change = Change::try_new(path, "[ARM64]").expect("a change");
        let changed = document.with(&[change])?;
        let imported = changed.import(&ImportOptions::default())?;
        Ok::<_, Findings>(imported.cluster.services[1].task.architectures.clone())
    };
    for path in [
        "\"api.v2\".architectures",
        "services.*.architectures",
        "services[1].architectures",
    ] {
        assert_eq!(set(path).expect(path), [CpuArchitecture::Arm64], "{path}");
    }
    assert!(set("\"api.v2\".architecturse").is_err());
}

#[test]
fn a_changed_document_is_what_a_file_written_that_way_is() {
    let written = FILE.replace("\"desiredCount\": 3", "\"desiredCount\": 7");
    let written = crate::io::read_cluster(&written, "c.json", &ImportOptions::default());
    let changed = cluster(&["services.api*.desiredCount=7"]);
    assert_eq!(changed, written.expect("valid").cluster);
}

#[test]
fn a_csv_can_be_changed_like_any_other_file() {
    let text = "service,cpu,memory_mib,desired_count\napi,512,1024,5\nweb,256,512,2\n";
    let document = ClusterDocument::parse(text, "c.csv").expect("a document");
    let change = Change::try_new("api.desiredCount", "9").expect("a change");
    let policy = Change::of_policy("maxInstances", &serde_json::json!(7));
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    let cluster = (document.with(&[change, policy]).expect("paths")).import(&options);
    let cluster = cluster.expect("valid").cluster;
    assert_eq!(cluster.name, "c");
    assert_eq!(cluster.services[0].desired_count, 9);
    assert_eq!(cluster.policy.max_instances, 7);
}

#[test]
fn paths_that_lead_nowhere_are_errors_with_a_suggestion() {
    let findings = changed(&[
        "servces.api.desiredCount=1",
        "services.apu.desiredCount=1",
        "api.desierdCount=1",
        "policy.spotMaxShar=1",
        "spotMaxShar=1",
        "services.api=1",
        "services[9].cpu=1",
        "api.desiredCount.x=1",
        "web.hostPorts=[80]",
        "taskDefinitions.web.runtimePlatform.cpuArch=ARM64",
    ]);
    insta::assert_snapshot!(findings.expect_err("wrong paths").to_string());
}

#[test]
fn wrong_values_are_the_importers_to_find() {
    let document = changed(&["api.desiredCount=many", "web.memory=0"]).expect("paths that exist");
    let findings = document
        .import(&ImportOptions::default())
        .expect_err("wrong values");
    assert_eq!(findings.findings.len(), 2, "{findings}");
}

#[test]
fn malformed_changes_are_errors() {
    for path in ["", "a..b", "a.", "a[x].b", "a[1", "\"a", "\"a\"b"] {
        assert!(Change::try_new(path, "1").is_err(), "{path}");
    }
}

#[test]
fn task_definitions_are_found_by_family_revision_and_arn_and_in_pasted_output_of_the_cli() {
    let definition = r#"{"family": "web", "revision": 7, "cpu": "256", "memory": "512", "containerDefinitions": []}"#;
    let service = r#"{"serviceName": "web", "desiredCount": 2, "taskDefinition": "web:7"}"#;
    let plain = format!(
        r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "taskDefinitions": [{definition}],
            "services": [{service}]}}"#
    );
    let pasted = format!(
        r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "taskDefinitions": [{{"taskDefinition": {definition}}}],
            "services": {{"services": [{service}], "failures": []}}}}"#
    );
    for file in [plain, pasted] {
        let document = ClusterDocument::parse(&file, "c.json").expect("a document");
        let set = |path: &str, value: &str| {
            let change = Change::try_new(path, value).expect("a change");
            let changed = document.with(&[change])?;
            let imported = changed.import(&ImportOptions::default())?;
            Ok::<_, Findings>(imported.cluster.services[0].clone())
        };
        for path in [
            "taskDefinitions.web:7.memory",
            "taskDefinitions.web.memory",
            "web.memory",
        ] {
            let service = set(path, "2048").expect(path);
            assert_eq!(service.task.memory, MemoryMib::new(2048), "{path}");
        }
        assert_eq!(set("web.desiredCount", "9").expect("set").desired_count, 9);
        assert!(set("taskDefinitions.web:8.memory", "2048").is_err());
    }
}

#[test]
fn settings_of_kubernetes_keep_what_a_change_does_not_name() {
    let settings = "region: us-east-1\npolicy: {allowedInstanceTypes: [m5.*], maxPods: 9}\n";
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c}]}}}\n";
    let object = r#"{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": []}}}}"#;
    let policy =
        r#""region": "us-east-1", "policy": {"allowedInstanceTypes": ["m5.*"], "maxPods": 9}"#;
    for (file, text) in [
        ("c.yaml", format!("{settings}---\n{web}")),
        (
            "c.yaml",
            format!("{web}---\n{settings}---\nregion: us-east-1\n"),
        ),
        (
            "c.json",
            format!(r#"{{"kind": "List", "items": [{object}], {policy}}}"#),
        ),
        (
            "c.json",
            format!(r#"{{"kind": "List", "items": [{{{policy}}}, {object}]}}"#),
        ),
    ] {
        let document = ClusterDocument::parse(&text, file).expect("a document");
        assert_eq!(document.text("region"), Some("us-east-1"), "{text}");
        let change = Change::try_new("policy.maxPods", "4").expect("a change");
        let changed = document.with(&[change]).expect("a setting");
        let read = changed.import(&ImportOptions::default());
        let cluster = read.unwrap_or_else(|it| panic!("{text}: {it}")).cluster;
        assert_eq!(cluster.policy.max_pods, Some(4), "{text}");
        let allowed = cluster.policy.allowed_instance_types.as_deref();
        assert_eq!(allowed, Some(&["m5.*".to_owned()][..]), "{text}");
        for path in ["services.*.architectures", "default/web.replicas"] {
            let change = Change::try_new(path, "4").expect("a change");
            let findings = document.with(&[change]).expect_err("no setting");
            assert_eq!(findings.findings[0].code, "E1908");
            assert!(findings.to_string().contains("documents of Kubernetes"));
        }
    }
    // What stands twice with two values is an error with a change as without.
    let twice = format!("{settings}---\n{web}---\npolicy: {{maxPods: 1}}\n");
    let document = ClusterDocument::parse(&twice, "c.yaml").expect("a document");
    let changes = [Change::try_new("region", "eu-west-1").expect("a change")];
    for changed in [
        document.clone(),
        document.with(&changes).expect("a setting"),
    ] {
        let said = changed
            .import(&ImportOptions::default())
            .expect_err("two policies");
        assert_eq!(said.findings[0].code, "E1002", "{said}");
    }
    // A list of objects without more takes settings too.
    let document = ClusterDocument::parse(&format!("[{object}]"), "c.json").expect("a document");
    let changes = ["region=us-east-1", "maxPods=4"].map(|text| {
        let (path, value) = text.split_once('=').expect("PATH=VALUE");
        Change::try_new(path, value).expect("a change")
    });
    let changed = document.with(&changes).expect("settings");
    let read = changed.import(&ImportOptions::default());
    let cluster = read.unwrap_or_else(|it| panic!("{it}")).cluster;
    assert_eq!(
        (cluster.policy.max_pods, cluster.services.len()),
        (Some(4), 1)
    );
}
