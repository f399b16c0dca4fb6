//! Instance types that launch templates name.

use super::cursor::{Cursor, Log};

/// Versions of launch templates, as `describe-launch-template-versions` prints them.
pub(super) struct LaunchTemplates<'a>(Vec<Cursor<'a>>);

impl<'a> LaunchTemplates<'a> {
    /// The versions among these; an entry without data is a template, which names no type.
    pub(super) fn new(items: impl IntoIterator<Item = Cursor<'a>>) -> Self {
        let versions = items.into_iter();
        Self(
            versions
                .filter(|item| item.get("LaunchTemplateData").is_some())
                .collect(),
        )
    }

    /// The instance type of the version that a group refers to, by id or by name.
    /// Source: Amazon EC2 Auto Scaling API reference, `LaunchTemplateSpecification`: without a version it is
    /// the default one.
    pub(super) fn instance_type(&self, reference: &Cursor<'_>) -> Option<String> {
        let version = text(reference, "Version").unwrap_or("$Default");
        let of_template = || (self.0.iter()).filter(|item| is_same(item, reference));
        let number = |item: &Cursor<'_>| {
            text(item, "VersionNumber").and_then(|text| text.parse::<u64>().ok())
        };
        let found = match version {
            "$Latest" => of_template().max_by_key(|item| number(item)),
            "$Default" => of_template()
                .find(|item| {
                    let flag = item.get("DefaultVersion");
                    flag.and_then(|flag| flag.boolean(&mut Log::default())) == Some(true)
                })
                // A single version that says nothing of defaults is the one there is.
                .or_else(|| of_template().next().filter(|_| of_template().count() == 1)),
            version => of_template().find(|item| text(item, "VersionNumber") == Some(version)),
        };
        text(&found?.get("LaunchTemplateData")?, "InstanceType").map(str::to_owned)
    }
}

fn is_same(version: &Cursor<'_>, reference: &Cursor<'_>) -> bool {
    ["LaunchTemplateId", "LaunchTemplateName"]
        .iter()
        .any(|key| {
            let asked = text(reference, key);
            asked.is_some() && text(version, key) == asked
        })
}

/// A field that is left alone where it is no text.
fn text<'a>(holder: &Cursor<'a>, key: &str) -> Option<&'a str> {
    holder.get(key)?.text(&mut Log::default())
}
