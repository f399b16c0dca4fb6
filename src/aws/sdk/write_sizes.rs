//! A service's task size: the definition that it runs is registered again with other sizes, all else as it stands.
//!
//! Elastic Inference is no more, and nothing that names it can be registered again: that member alone is left out. What is registered is what `DescribeTaskDefinition` answers, member by member of the SDK's types, secrets and environment among them: it goes
//! from AWS to AWS, and nothing of it is kept or shown.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{Tag, TaskDefinition, TaskDefinitionField};

use super::number;
use super::write_ecs::ours;
use crate::apply::state::{OURS, SizeState};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// A task definition and its tags.
#[derive(Clone)]
pub struct Definition {
    of: TaskDefinition,
    tags: Vec<Tag>,
}

/// Without what it holds.
impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definition")
            .field("arn", &self.of.task_definition_arn)
            .finish_non_exhaustive()
    }
}

impl Definition {
    /// Its ARN.
    pub fn arn(&self) -> &str {
        self.of.task_definition_arn().unwrap_or_default()
    }

    /// Its family.
    pub fn family(&self) -> &str {
        self.of.family().unwrap_or_default()
    }

    /// Whether bayplan registered it.
    pub fn is_ours(&self) -> bool {
        self.tags.iter().any(|tag| tag.key() == Some(OURS))
    }

    /// Whether it is another one of the same family in nothing but its sizes: what somebody changed beside them is not taken over.
    pub fn is_like(&self, other: &Self) -> bool {
        bare(&self.of) == bare(&other.of)
    }

    /// Its sizes; `None` where one is no whole number.
    pub fn size(&self) -> Option<SizeState> {
        let whole = |text: Option<&str>| match text {
            None => Some(None),
            Some(text) => text.trim().parse().ok().map(Some),
        };
        let of = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
        let containers = self.of.container_definitions().iter().map(|container| {
            let size = crate::apply::state::ContainerSize {
                cpu: u64::try_from(container.cpu).unwrap_or_default(),
                memory: of(container.memory),
                memory_reservation: of(container.memory_reservation),
            };
            Some((container.name()?.to_owned(), size))
        });
        Some(SizeState {
            family: self.family().to_owned(),
            revision: u64::try_from(self.of.revision).ok(),
            cpu: whole(self.of.cpu())?,
            memory: whole(self.of.memory())?,
            containers: containers.collect::<Option<_>>()?,
        })
    }
}

/// A definition without its sizes and what AWS writes of a revision.
fn bare(of: &TaskDefinition) -> TaskDefinition {
    let mut bare = of.clone();
    (bare.cpu, bare.memory) = (None, None);
    (bare.task_definition_arn, bare.status) = (None, None);
    bare.revision = 0;
    (bare.registered_at, bare.deregistered_at, bare.registered_by) = (None, None, None);
    for container in bare.container_definitions.iter_mut().flatten() {
        container.cpu = 0;
        (container.memory, container.memory_reservation) = (None, None);
    }
    bare
}

/// A definition with other sizes. Containers that the size does not name stay as they are.
fn sized(of: &TaskDefinition, to: &SizeState) -> TaskDefinition {
    let mut sized = of.clone();
    let text = |amount: Option<u64>| amount.map(|amount| amount.to_string());
    (sized.cpu, sized.memory) = (text(to.cpu), text(to.memory));
    for container in sized.container_definitions.iter_mut().flatten() {
        let size = container
            .name
            .as_ref()
            .and_then(|name| to.containers.get(name));
        if let Some(size) = size {
            container.cpu = number(size.cpu);
            container.memory = size.memory.map(number);
            container.memory_reservation = size.memory_reservation.map(number);
        }
    }
    sized
}

pub(super) async fn definition(
    client: &Client,
    name: &str,
) -> Result<Option<Definition>, CallError> {
    let action = Action::DescribeTaskDefinition;
    let answer = client
        .describe_task_definition()
        .task_definition(name)
        .include(TaskDefinitionField::Tags)
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    let tags = answer.tags.unwrap_or_default();
    Ok(answer.task_definition.map(|of| Definition { of, tags }))
}

pub(super) async fn register(
    client: &Client,
    of: &Definition,
    to: &SizeState,
) -> Result<String, CallError> {
    let action = Action::RegisterTaskDefinition;
    let mut tags = of.tags.clone();
    // AWS's own are not anybody's to give.
    tags.retain(|tag| {
        tag.key()
            .is_none_or(|key| !key.starts_with("aws:") && key != OURS)
    });
    tags.extend(ours());
    let to = sized(&of.of, to);
    let answer = client
        .register_task_definition()
        .set_family(to.family)
        .set_task_role_arn(to.task_role_arn)
        .set_execution_role_arn(to.execution_role_arn)
        .set_network_mode(to.network_mode)
        .set_container_definitions(to.container_definitions)
        .set_volumes(to.volumes)
        .set_placement_constraints(to.placement_constraints)
        .set_requires_compatibilities(to.requires_compatibilities)
        .set_cpu(to.cpu)
        .set_memory(to.memory)
        .set_pid_mode(to.pid_mode)
        .set_ipc_mode(to.ipc_mode)
        .set_proxy_configuration(to.proxy_configuration)
        .set_ephemeral_storage(to.ephemeral_storage)
        .set_runtime_platform(to.runtime_platform)
        .set_enable_fault_injection(to.enable_fault_injection)
        .set_tags(Some(tags))
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    let made = answer
        .task_definition
        .and_then(|made| made.task_definition_arn);
    made.ok_or_else(|| CallError::incomplete(action, "the ARN of the new revision"))
}

pub(super) async fn deploy(
    client: &Client,
    cluster: &str,
    service: &str,
    definition: &str,
) -> Result<(), CallError> {
    client
        .update_service()
        .cluster(cluster)
        .service(service)
        .task_definition(definition)
        .send()
        .await
        .map_err(|error| CallError::of(Action::UpdateService, &error))?;
    Ok(())
}
