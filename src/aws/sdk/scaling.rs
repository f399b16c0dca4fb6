//! Application Auto Scaling: the limits of services' counts.

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ScalableTarget, ServiceNamespace};
use serde_json::Value;

use super::{list, object, plain, some, text};
use crate::aws::call::Call;
use crate::aws::errors::CallError;

pub(super) async fn targets(client: &Client, call: &Call) -> Result<Value, CallError> {
    let answer = client
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .set_resource_ids(some(&call.about))
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    Ok(object([
        (
            "ScalableTargets",
            list(answer.scalable_targets.as_ref(), target),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

fn target(target: &ScalableTarget) -> Value {
    object([
        ("ServiceNamespace", text(Some(target.service_namespace()))),
        ("ResourceId", text(Some(target.resource_id()))),
        ("ScalableDimension", text(Some(target.scalable_dimension()))),
        ("MinCapacity", plain(Some(target.min_capacity()))),
        ("MaxCapacity", plain(Some(target.max_capacity()))),
    ])
}
