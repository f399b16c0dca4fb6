//! Amazon ECS. Its protocol is JSON: the SDK's answers become the documents again that they were read from.

use aws_sdk_ecs::Client;
use aws_smithy_json::codec::{JsonCodec, JsonCodecSettings};
use aws_smithy_schema::Schema;
use aws_smithy_schema::codec::Codec as _;
use aws_smithy_schema::serde::{SerializableStruct, ShapeSerializer as _};
use serde_json::Value;

use super::some;
use crate::aws::actions::Action;
use crate::aws::call::Call;
use crate::aws::errors::CallError;

/// Items on a page of a list. Source: Amazon ECS API reference.
const PAGE: i32 = 100;

/// Makes one attempt of a call to ECS.
macro_rules! send {
    ($call:expr, $request:expr) => {
        match $request.send().await {
            Ok(answer) => json($call.action, &answer),
            Err(error) => Err(CallError::of($call.action, &error)),
        }
    };
}

pub(super) async fn clusters(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_clusters()
        .set_clusters(some(&call.about))
        .include(aws_sdk_ecs::types::ClusterField::Attachments);
    send!(call, request)
}

pub(super) async fn list_services(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .list_services()
        .set_cluster(call.cluster.clone())
        .max_results(PAGE)
        .set_next_token(call.token.clone());
    send!(call, request)
}

pub(super) async fn services(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_services()
        .set_cluster(call.cluster.clone())
        .set_services(some(&call.about));
    send!(call, request)
}

pub(super) async fn task_definition(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_task_definition()
        .set_task_definition(call.about.first().cloned());
    send!(call, request)
}

pub(super) async fn capacity_providers(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_capacity_providers()
        .set_cluster(call.cluster.clone())
        .set_capacity_providers(some(&call.about))
        .set_next_token(call.token.clone());
    send!(call, request)
}

pub(super) async fn list_instances(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .list_container_instances()
        .set_cluster(call.cluster.clone())
        .max_results(PAGE)
        .set_next_token(call.token.clone());
    send!(call, request)
}

pub(super) async fn instances(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_container_instances()
        .set_cluster(call.cluster.clone())
        .set_container_instances(some(&call.about));
    send!(call, request)
}

pub(super) async fn list_tasks(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .list_tasks()
        .set_cluster(call.cluster.clone())
        .set_desired_status(call.status.map(Into::into))
        .max_results(PAGE)
        .set_next_token(call.token.clone());
    send!(call, request)
}

pub(super) async fn tasks(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_tasks()
        .set_cluster(call.cluster.clone())
        .set_tasks(some(&call.about));
    send!(call, request)
}

pub(super) async fn settings(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .list_account_settings()
        .name(aws_sdk_ecs::types::SettingName::AwsvpcTrunking)
        .effective_settings(true)
        .set_next_token(call.token.clone());
    send!(call, request)
}

/// Deployments of the one service asked about, the newest among them.
pub(super) async fn deployments(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .list_service_deployments()
        .set_cluster(call.cluster.clone())
        .set_service(call.about.first().cloned())
        .max_results(PAGE)
        .set_next_token(call.token.clone());
    send!(call, request)
}

/// What services were when a deployment of theirs began.
pub(super) async fn revisions(client: &Client, call: &Call) -> Result<Value, CallError> {
    let request = client
        .describe_service_revisions()
        .set_service_revision_arns(some(&call.about));
    send!(call, request)
}

fn json<T: SerializableStruct>(action: Action, answer: &T) -> Result<Value, CallError> {
    let codec = JsonCodec::new(JsonCodecSettings::builder().use_json_name(false).build());
    let mut serializer = codec.create_serializer();
    let unreadable = || CallError::incomplete(action, "what would make it JSON");
    let schema: &Schema<'_> = answer.schema();
    (serializer.write_struct(schema, answer)).map_err(|_| unreadable())?;
    serde_json::from_slice(&serializer.finish()).map_err(|_| unreadable())
}
