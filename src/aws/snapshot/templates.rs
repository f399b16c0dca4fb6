//! The launch template versions that groups launch from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{list, text};
use crate::aws::actions::Action;
use crate::aws::call::{Api, Call};
use crate::aws::errors::{CallError, Cause};
use crate::aws::pace::Clock;
use crate::aws::reader::Reader;

/// What EC2's codes for a template or a version that is not there begin with.
const NOT_THERE: &str = "InvalidLaunchTemplate";

/// Versions that were found, and what is said of those that were not.
#[derive(Debug, Default)]
pub(super) struct Templates {
    pub versions: Vec<Value>,
    pub notes: Vec<String>,
}

/// Reads the versions. A template may be gone while its group is still there: that is said, and stops nothing.
pub(super) async fn read<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    groups: &[Value],
) -> Result<Templates, CallError> {
    let one = async |(template, versions): &(String, Vec<String>)| {
        let call = Call::new(Action::DescribeLaunchTemplateVersions);
        let call = call
            .about(std::slice::from_ref(template))
            .versions(versions);
        match reader.pages(call).await {
            Err(CallError {
                cause: Cause::Rejected { code, .. },
                ..
            }) if code.starts_with(NOT_THERE) => {
                let versions = versions.join(", ");
                Ok(Err(format!(
                    "launch template {template}, version {versions}, is not there any more ({code})"
                )))
            }
            Err(error) => Err(error),
            Ok(answer) => Ok(Ok(answer.items)),
        }
    };
    let mut templates = Templates::default();
    for answer in reader.each(&wanted(groups), one).await? {
        match answer {
            Ok(versions) => templates.versions.extend(versions),
            Err(note) => templates.notes.push(note),
        }
    }
    Ok(templates)
}

/// Each template by its id, or by its name where a group knows no id, with the versions that groups launch from.
fn wanted(groups: &[Value]) -> Vec<(String, Vec<String>)> {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for reference in groups.iter().flat_map(references) {
        let names = ["LaunchTemplateId", "LaunchTemplateName"].map(|key| text(reference, key));
        let Some(name) = names.into_iter().find(|name| !name.is_empty()) else {
            continue;
        };
        let version = match text(reference, "Version") {
            "" => "$Default",
            version => version,
        };
        let versions = wanted.entry(name.to_owned()).or_default();
        versions.insert(version.to_owned());
    }
    let all = wanted.into_iter();
    all.map(|(name, versions)| (name, versions.into_iter().collect()))
        .collect()
}

/// References to templates: a group's own, its mixed policy's, those of overrides.
fn references(group: &Value) -> Vec<&Value> {
    let mixed = &group["MixedInstancesPolicy"]["LaunchTemplate"];
    let overrides = list(mixed, "Overrides").iter();
    let overrides = overrides.map(|one| &one["LaunchTemplateSpecification"]);
    let own = [
        &group["LaunchTemplate"],
        &mixed["LaunchTemplateSpecification"],
    ];
    let all = own.into_iter().chain(overrides);
    all.filter(|reference| reference.is_object()).collect()
}
