//! Where a new group's launch template and subnets come from: flags, else today's group for the same image. Images, instance
//! profiles, user data and security groups are never made up.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{GroupState, State, Target, TemplateVersion};
use super::today::Today;
use crate::domain::deployed::Deployed;
use crate::domain::settings::{Image, Template};

/// What the caller gives.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Launch template versions by the image that they are for; `None` stands for every image.
    pub templates: BTreeMap<Option<Image>, TemplateVersion>,
    /// Subnets.
    pub subnets: Vec<String>,
}

/// What the snapshot's groups are made of.
#[derive(Debug, Clone)]
pub struct KnownGroup {
    /// Name.
    pub name: String,
    /// The image that its types need; `None` where they need several or are not known.
    pub image: Option<Image>,
    /// Names and values of the attributes that its instances register with.
    pub attributes: BTreeMap<String, Option<String>>,
    /// The numbers that `$Latest` and `$Default` of its template stood for, where the snapshot has them.
    pub numbered: Option<TemplateVersion>,
}

/// Today's groups as sources; `image` answers for an instance type.
#[must_use]
pub fn known_groups(
    deployed: &Deployed,
    today: &Today,
    image: &dyn Fn(&str) -> Option<Image>,
) -> Vec<KnownGroup> {
    (deployed.groups.iter())
        .map(|group| {
            let images: Option<BTreeSet<Image>> = group
                .instance_types
                .iter()
                .map(|kind| image(kind))
                .collect();
            let images = images.filter(|images| images.len() == 1);
            let numbered = match today.state(&Target::Group(group.name.clone())) {
                Some(State::Group(state)) => {
                    (state.template.as_ref()).and_then(|it| today.numbered(it))
                }
                _ => None,
            };
            KnownGroup {
                name: group.name.clone(),
                image: images.and_then(|images| images.first().copied()),
                attributes: (group.attributes.iter())
                    .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                    .collect(),
                numbered,
            }
        })
        .collect()
}

/// What a new group lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// No launch template for its image.
    Template {
        /// The new group.
        group: String,
        /// The image.
        image: Image,
    },
    /// A group of today has the image, but its instances do not register these attributes.
    Attributes {
        /// The new group.
        group: String,
        /// Today's group.
        source: String,
        /// Names.
        attributes: BTreeSet<String>,
    },
    /// The launch template that it would have, of a flag or of today's group, asks for Spot instances itself.
    Market {
        /// The new group.
        group: String,
        /// The template.
        template: TemplateVersion,
    },
    /// No subnet is known in these zones.
    Subnets {
        /// The new group.
        group: String,
        /// Zones.
        zones: BTreeSet<String>,
    },
}

/// Sources for new groups.
#[derive(Debug)]
pub struct Sources<'a> {
    /// From the caller.
    pub given: &'a Given,
    /// Today's groups, in the file's order.
    pub known: &'a [KnownGroup],
    /// The snapshot.
    pub today: &'a Today,
}

impl Sources<'_> {
    /// The launch template of a new group.
    ///
    /// # Errors
    /// What is missing.
    pub fn template(&self, group: &str, planned: &Template) -> Result<TemplateVersion, Missing> {
        let given = &self.given.templates;
        let market = |template: &TemplateVersion| Missing::Market {
            group: group.to_owned(),
            template: template.clone(),
        };
        if let Some(template) = given.get(&Some(planned.image)).or_else(|| given.get(&None)) {
            return if self.today.has_market(template) {
                Err(market(template))
            } else {
                Ok(template.clone())
            };
        }
        let mut lacking = None;
        for known in self
            .known
            .iter()
            .filter(|known| known.image == Some(planned.image))
        {
            let Some(template) = &known.numbered else {
                continue;
            };
            if self.today.has_market(template) {
                lacking.get_or_insert_with(|| market(template));
                continue;
            }
            let absent: BTreeSet<String> = (planned.attributes.iter())
                .filter(|(name, value)| known.attributes.get(*name) != Some(*value))
                .map(|(name, _)| name.clone())
                .collect();
            if absent.is_empty() {
                return Ok(template.clone());
            }
            lacking.get_or_insert(Missing::Attributes {
                group: group.to_owned(),
                source: known.name.clone(),
                attributes: absent,
            });
        }
        Err(lacking.unwrap_or_else(|| Missing::Template {
            group: group.to_owned(),
            image: planned.image,
        }))
    }

    /// The subnets of a new group: those given, else all of today's groups, in its zones. Where no zone is planned, all.
    ///
    /// # Errors
    /// The zones without one.
    pub fn subnets(&self, group: &str, zones: &[String]) -> Result<BTreeSet<String>, Missing> {
        let of_groups = (self.today.groups())
            .filter_map(|name| self.today.state(&Target::Group(name.to_owned())))
            .filter_map(|state| match state {
                State::Group(GroupState { subnets, .. }) => Some(subnets),
                _ => None,
            })
            .flatten();
        let all: BTreeSet<String> = if self.given.subnets.is_empty() {
            of_groups.cloned().collect()
        } else {
            self.given.subnets.iter().cloned().collect()
        };
        if zones.is_empty() && !all.is_empty() {
            return Ok(all);
        }
        let zone = |subnet: &String| self.today.zone(subnet).unwrap_or_default().to_owned();
        let reached: BTreeSet<String> = all.iter().map(zone).collect();
        let wanted: BTreeSet<String> = zones.iter().cloned().collect();
        let without: BTreeSet<String> = wanted.difference(&reached).cloned().collect();
        if !without.is_empty() || all.is_empty() {
            return Err(Missing::Subnets {
                group: group.to_owned(),
                zones: without,
            });
        }
        let is_wanted = |subnet: &String| wanted.contains(&zone(subnet));
        Ok(all.into_iter().filter(is_wanted).collect())
    }
}
