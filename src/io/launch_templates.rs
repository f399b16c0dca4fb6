//! Instance types and ways of buying that launch templates, and launch configurations before them, name.

use super::codes;
use super::cursor::{Cursor, Log};
use crate::domain::capacity::Capacity;

/// What groups launch from.
pub(super) struct LaunchTemplates<'a> {
    /// As `describe-launch-template-versions` prints them.
    versions: Vec<Cursor<'a>>,
    /// As `describe-launch-configurations` prints them.
    configurations: Vec<Cursor<'a>>,
}

impl<'a> LaunchTemplates<'a> {
    /// The versions among the templates; an entry without data is a template, which names no type.
    pub(super) fn new(
        templates: impl IntoIterator<Item = Cursor<'a>>,
        configurations: Vec<Cursor<'a>>,
    ) -> Self {
        let versions = templates.into_iter();
        Self {
            versions: versions
                .filter(|item| item.get("LaunchTemplateData").is_some())
                .collect(),
            configurations,
        }
    }

    /// The instance type that a group launches by itself: its template's or its configuration's.
    pub(super) fn instance_type(&self, group: &Cursor<'_>) -> Option<String> {
        let holder = self.of(group)?;
        text(&holder, "InstanceType").map(str::to_owned)
    }

    /// Attributes by which what a group launches from chooses its types, where it names none.
    pub(super) fn requirements(&self, group: &Cursor<'_>) -> Option<Cursor<'a>> {
        self.of(group)?.get("InstanceRequirements")
    }

    /// How what a group launches from buys: Spot where it asks for that, else On-Demand. Another market than Spot is said,
    /// and taken as On-Demand.
    /// Source: Amazon EC2 API reference, `LaunchTemplateInstanceMarketOptionsRequest`; Amazon EC2 Auto Scaling API
    /// reference, `LaunchConfiguration`: a group of one with a `SpotPrice` launches Spot instances.
    pub(super) fn market(&self, group: &Cursor<'_>, log: &mut Log) -> Capacity {
        let Some(holder) = self.of(group) else {
            return Capacity::OnDemand;
        };
        if holder.get("SpotPrice").is_some() {
            return Capacity::Spot;
        }
        let market = holder.get("InstanceMarketOptions");
        let Some(market) = market.and_then(|market| market.get("MarketType")) else {
            return Capacity::OnDemand;
        };
        match market.text(&mut Log::default()) {
            Some("spot") => Capacity::Spot,
            Some(other) => {
                market.warning(
                    log,
                    codes::OTHER_MARKET,
                    format!("instances of the market `{other}` are taken as On-Demand"),
                    "what they cost is not known here; leave their group out of the file, or read their figures with care",
                );
                Capacity::OnDemand
            }
            // What is no text is said where the template is read.
            None => Capacity::OnDemand,
        }
    }

    /// The data of the version, or the configuration, that a group refers to.
    fn of(&self, group: &Cursor<'_>) -> Option<Cursor<'a>> {
        if let Some(reference) = reference(group) {
            return self.version(&reference)?.get("LaunchTemplateData");
        }
        let name = text(group, "LaunchConfigurationName")?;
        let mut configurations = self.configurations.iter();
        configurations
            .find(|item| text(item, "LaunchConfigurationName") == Some(name))
            .cloned()
    }

    /// The version that a group refers to, by id or by name.
    /// Source: Amazon EC2 Auto Scaling API reference, `LaunchTemplateSpecification`: without a version it is
    /// the default one.
    fn version(&self, reference: &Cursor<'_>) -> Option<Cursor<'a>> {
        let version = text(reference, "Version").unwrap_or("$Default");
        let of_template = || (self.versions.iter()).filter(|item| is_same(item, reference));
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
        found.cloned()
    }
}

/// The launch template that a group names, by itself or in its mixed instances policy.
pub(super) fn reference<'a>(group: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mixed = (group.get("MixedInstancesPolicy"))
        .and_then(|policy| policy.get("LaunchTemplate"))
        .and_then(|template| template.get("LaunchTemplateSpecification"));
    mixed.or_else(|| group.get("LaunchTemplate"))
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
