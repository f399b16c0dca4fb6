//! Terraform: resources of the AWS provider or inputs of terraform-aws-modules, in HCL with the reason of each setting or in
//! the JSON form.

use serde_json::{Map, Value as Json};

use super::reasons;
use super::tree::{comment, pretty};
use crate::domain::settings::{Image, Settings};

use ids::Ids;
use language::{Block, set};

mod existing;
mod ids;
mod instances;
mod json;
mod language;
mod managed;
mod modules;
mod native;
mod reset_limits;
mod services;
mod user_data;
mod variables;

/// How the Terraform is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TerraformStyle {
    /// Resources of the AWS provider.
    #[default]
    Resources,
    /// Inputs of terraform-aws-modules/ecs and terraform-aws-modules/autoscaling.
    Modules,
}

/// Terraform's native syntax.
#[must_use]
pub fn terraform_hcl(settings: &Settings, style: TerraformStyle) -> String {
    let mut text = comment(requirements(style), "#", 0);
    for note in &settings.notes {
        text.push_str(&comment(note, "#", 0));
    }
    text.push('\n');
    text.push_str(&native::hcl(&blocks(settings, style)));
    text
}

/// Terraform's JSON syntax, in which the property `//` is a comment.
#[must_use]
pub fn terraform_json_text(settings: &Settings, style: TerraformStyle) -> String {
    let notes = settings.notes.iter().map(String::as_str);
    let notes: Vec<&str> = [requirements(style)].into_iter().chain(notes).collect();
    let mut document = Map::from_iter([("//".to_owned(), Json::from(notes.join("\n")))]);
    if let Json::Object(blocks) = json::terraform_json(&blocks(settings, style)) {
        document.extend(blocks);
    }
    pretty(&Json::Object(document))
}

/// No `terraform` block: the root module has its own, and may have only one list of providers.
const fn requirements(style: TerraformStyle) -> &'static str {
    match style {
        TerraformStyle::Resources => {
            "For Terraform 1.5 or later with the provider hashicorp/aws 6."
        }
        TerraformStyle::Modules => {
            "For Terraform 1.5.7 or later with the provider hashicorp/aws 6, as the modules ask for."
        }
    }
}

fn blocks(settings: &Settings, style: TerraformStyle) -> Vec<Block> {
    let ids = Ids::new(settings, style);
    let mut blocks = variables::variables(settings, style);
    for image in settings.images() {
        let name = set("name", image.parameter());
        let labels = ["aws_ssm_parameter", &image_id(image)];
        blocks.push(Block::new("data", labels, vec![name]).because(reasons::IMAGE));
    }
    for (template, id) in settings.templates.iter().zip(&ids.templates) {
        blocks.push(instances::launch_template(settings, template, id));
    }
    blocks.extend(instances::outside(settings, &ids));
    match style {
        TerraformStyle::Resources => {
            for (group, id) in settings.groups.iter().zip(&ids.groups) {
                blocks.extend(instances::group(settings, &ids, group, id));
            }
            for (managed, id) in settings.managed.iter().zip(&ids.managed) {
                if managed.writes_provider {
                    blocks.push(managed::capacity_provider(settings, managed, id));
                }
            }
            if settings.writes_association {
                blocks.push(services::association(settings, &ids));
            }
            for (service, id) in settings.services.iter().zip(&ids.services) {
                blocks.push(services::service(settings, &ids, service, id));
                blocks.extend(services::scalable_target(service, id, style));
                blocks.extend(services::scheduled_counts(service, id));
            }
        }
        TerraformStyle::Modules => {
            blocks.extend(modules::modules(settings, &ids));
            for (service, id) in settings.services.iter().zip(&ids.services) {
                if !service.schedule.is_empty() {
                    blocks.extend(services::scalable_target(service, id, style));
                    blocks.extend(services::scheduled_counts(service, id));
                }
            }
        }
    }
    blocks.extend(reset_limits::blocks(settings));
    blocks.extend(existing::moved(settings, &ids));
    blocks.extend(existing::imports(settings, &ids));
    blocks
}

/// The name of an image's parameter.
fn image_id(image: Image) -> String {
    format!("image_{}", image.word())
}
