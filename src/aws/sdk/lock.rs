//! The launch template that is the lock on a cluster: its name can be created once, and its versions are numbered by EC2 one
//! after another, whoever makes them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    RequestLaunchTemplateData, ResourceType, ShutdownBehavior, Tag, TagSpecification,
};

use crate::apply::state::OURS;
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// The tag by which the policies let a lock be released.
const LOCK: &str = "bayplan:lock";

/// A version of a lock: its number, and what its maker wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Number of the newest version.
    pub version: i64,
    /// Its description.
    pub words: String,
}

/// A template has to hold something; nothing is ever launched from it.
fn data() -> RequestLaunchTemplateData {
    RequestLaunchTemplateData::builder()
        .instance_initiated_shutdown_behavior(ShutdownBehavior::Terminate)
        .build()
}

pub(super) async fn create(client: &Client, name: &str, words: &str) -> Result<(), CallError> {
    let tag = |key: &str| Tag::builder().key(key).value("true").build();
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::LaunchTemplate)
        .tags(tag(OURS))
        .tags(tag(LOCK))
        .build();
    client
        .create_launch_template()
        .launch_template_name(name)
        .version_description(words)
        .launch_template_data(data())
        .tag_specifications(tags)
        .send()
        .await
        .map_err(|error| CallError::of(Action::CreateLaunchTemplate, &error))?;
    Ok(())
}

/// Makes the next version; its number tells whether anybody made one meanwhile.
pub(super) async fn renew(
    client: &Client,
    name: &str,
    words: &str,
    token: &str,
) -> Result<i64, CallError> {
    let action = Action::CreateLaunchTemplateVersion;
    let answer = client
        .create_launch_template_version()
        .launch_template_name(name)
        .version_description(words)
        .client_token(token)
        .launch_template_data(data())
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    let version = answer
        .launch_template_version()
        .and_then(|version| version.version_number);
    version.ok_or_else(|| CallError::incomplete(action, "the version's number"))
}

/// The newest version; none where nobody holds the lock.
pub(super) async fn held(client: &Client, name: &str) -> Result<Option<Held>, CallError> {
    let action = Action::DescribeLaunchTemplateVersions;
    let answer = client
        .describe_launch_template_versions()
        .launch_template_name(name)
        .versions("$Latest")
        .send()
        .await;
    let answer = match answer.map_err(|error| CallError::of(action, &error)) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let newest = answer.launch_template_versions().first();
    Ok(newest.and_then(|version| {
        Some(Held {
            version: version.version_number?,
            words: version.version_description().unwrap_or_default().to_owned(),
        })
    }))
}

pub(super) async fn release(client: &Client, name: &str) -> Result<(), CallError> {
    client
        .delete_launch_template()
        .launch_template_name(name)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DeleteLaunchTemplate, &error))?;
    Ok(())
}
