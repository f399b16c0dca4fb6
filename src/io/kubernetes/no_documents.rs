//! Files around Kubernetes that hold no objects: what they are, and what to give in their place.
//!
//! A table of `kubectl`, its message, a template of Helm before it is rendered, a kustomization, an answer that failed.

use crate::io::codes;
use crate::io::findings::Findings;

use super::documents::TEMPLATE_OF_HELM;
use super::objects::Objects;
use super::passed_over::stands_for_pods;

/// What a file that could not be read is, by its text, in place of what a parser says of it.
pub(in crate::io) fn instead_of(text: &str, mut findings: Findings) -> Findings {
    let is_of_parser = |code: &str| [codes::SYNTAX, codes::UNSUPPORTED_YAML].contains(&code);
    // Quoted braces are YAML; then it is a value that is not understood.
    let by_template =
        (findings.findings.iter()).any(|it| is_of_parser(it.code) || it.cause.contains("{{"));
    let told = of_kubectl(text).or_else(|| of_helm(text).filter(|_| by_template));
    let Some((cause, remedy)) = told else {
        return findings;
    };
    findings.findings.truncate(1);
    for finding in &mut findings.findings {
        finding.code = codes::NOT_A_CLUSTER_FILE;
        "(the whole file)".clone_into(&mut finding.place);
        cause.clone_into(&mut finding.cause);
        remedy.clone_into(&mut finding.remedy);
    }
    findings
}

const AS_JSON: &str = "give what the same command prints with `-o json`";

fn of_kubectl(text: &str) -> Option<(&'static str, &'static str)> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let is_table = ["NAME ", "NAMESPACE "].iter().any(|head| {
        first
            .strip_prefix(head)
            .is_some_and(|rest| rest.starts_with("  ") || rest.contains("  "))
    });
    if is_table {
        return Some(("this is a table that `kubectl` prints for people", AS_JSON));
    }
    if first.starts_with("No resources found") {
        let remedy =
            "name the namespace, or all with `-A`, and give what `kubectl … -o json` prints";
        return Some(("`kubectl` found nothing", remedy));
    }
    let is_message = [
        "error: ",
        "Error from server",
        "Unable to connect to the server",
    ];
    let failed = is_message.iter().any(|head| first.starts_with(head));
    failed.then_some(("this is what `kubectl` said when it failed", AS_JSON))
}

fn of_helm(text: &str) -> Option<(&'static str, &'static str)> {
    let is_template = text.contains("{{") && text.contains("kind:");
    is_template.then_some(TEMPLATE_OF_HELM)
}

/// What documents without workload and node are.
pub(super) fn without_workloads(objects: &Objects<'_>) -> (&'static str, &'static str) {
    let has = |kind: &str| objects.of_kind(kind).next().is_some() || objects.is_alone(kind);
    if has("Kustomization") {
        return (
            "this is a kustomization, which names the files of its objects",
            "give what `kubectl kustomize FOLDER` prints",
        );
    }
    if has("Status") {
        return ("this is an answer of Kubernetes that failed", AS_JSON);
    }
    if has("Table") {
        return (
            "this is a table that the API of Kubernetes writes for `kubectl`",
            AS_JSON,
        );
    }
    let cause = if objects.passed_over().any(stands_for_pods) {
        "these documents of Kubernetes hold kinds that pods come from and that are not read (a CronJob, custom resources), and no workload and no node"
    } else {
        "these documents of Kubernetes hold no workload and no node"
    };
    (
        cause,
        "give what `kubectl get deployments,statefulsets,daemonsets,replicasets,jobs,pods,nodes -A -o json` prints",
    )
}
