//! How the formats that people read look.

use bayplan::domain::plan::FleetPlan;
use bayplan::export::{TerraformStyle, cdk, cli, cloudformation_yaml, terraform_hcl};

use super::plans::{PLANS, exported, plan};

/// The first plan with one group and one Fargate service.
fn small() -> FleetPlan {
    (0..PLANS)
        .map(plan)
        .find(|plan| {
            plan.instances.len() == 1 && plan.fargate_tasks.len() == 2 && plan.services.len() < 5
        })
        .expect("one of them")
}

#[test]
fn cloudformation_with_its_reasons() {
    insta::assert_snapshot!(cloudformation_yaml(&exported(&small())));
}

#[test]
fn terraform_with_its_reasons() {
    insta::assert_snapshot!(terraform_hcl(
        &exported(&small()),
        TerraformStyle::Resources
    ));
}

#[test]
fn terraform_modules_with_their_reasons() {
    insta::assert_snapshot!(terraform_hcl(&exported(&small()), TerraformStyle::Modules));
}

#[test]
fn cdk_with_its_reasons() {
    insta::assert_snapshot!(cdk(&exported(&small())));
}

#[test]
fn the_script_with_its_reasons() {
    let files = cli(&exported(&small()));
    insta::assert_snapshot!(files.last().expect("the script").text);
}
