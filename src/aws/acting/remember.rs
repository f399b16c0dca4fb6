//! What is about to be deleted, in whole, and made anew from that.
//!
//! What hangs on a group is told by calls of its own. One that the caller may not make stops no deletion that is allowed: it is written
//! down that nobody knows.

use serde_json::Value;

use super::Acting;
use crate::apply::remembered::{Lost, Remembered};
use crate::apply::state::{State, Target};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// Calls that tell what hangs on a group and does not come back with it.
const HANGING: [Action; 3] = [
    Action::DescribePolicies,
    Action::DescribeScheduledActions,
    Action::DescribeNotificationConfigurations,
];

/// A group or a provider in whole.
pub(super) fn remember(
    live: &Acting<'_>,
    target: &Target,
) -> Result<Option<Remembered>, CallError> {
    match target {
        Target::Group(name) => group(live, name),
        Target::Provider(name) => provider(live, name),
        // Neither clusters nor services are deleted.
        Target::Cluster(_) | Target::Service(_) | Target::Size(_) => Ok(None),
    }
}

fn group(live: &Acting<'_>, name: &str) -> Result<Option<Remembered>, CallError> {
    let action = Action::DescribeAutoScalingGroups;
    let attempt = async || live.sdk.group_in_whole(name).await;
    let Some(mut found) = live.answer(live.pace.call(action, attempt))? else {
        return Ok(None);
    };
    let action = Action::DescribeLifecycleHooks;
    let attempt = async || live.sdk.hooks(name).await;
    match known(action, live.answer(live.pace.call(action, attempt)))? {
        Ok(Value::Array(hooks)) if hooks.is_empty() => {}
        Ok(hooks) => found.request["LifecycleHooks"] = hooks,
        Err(unknown) => found.lost.push(unknown),
    }
    for action in HANGING {
        let attempt = async || live.sdk.hanging(action, name).await;
        match known(action, live.answer(live.pace.call(action, attempt)))? {
            Ok(hanging) => found.lost.extend(hanging),
            Err(unknown) => found.lost.push(unknown),
        }
    }
    Ok(Some(found))
}

/// What a call told, or that it may not be made.
fn known<T>(action: Action, told: Result<T, CallError>) -> Result<Result<T, Lost>, CallError> {
    match told {
        Ok(told) => Ok(Ok(told)),
        Err(error) if error.is_refused() => Ok(Err(Lost::NotTold(action.name().to_owned()))),
        Err(error) => Err(error),
    }
}

fn provider(live: &Acting<'_>, name: &str) -> Result<Option<Remembered>, CallError> {
    let target = Target::Provider(name.to_owned());
    let described = live.described(&target)?;
    let state = described.and_then(|value| State::of(&target, &value));
    let Some(State::Provider(state)) = state else {
        return Ok(None);
    };
    let action = Action::DescribeCapacityProviders;
    let attempt = async || live.sdk.provider_in_whole(name).await;
    let found = live.answer(live.pace.call(action, attempt))?;
    Ok(found.map(|mut found| {
        found.request["state"] = serde_json::to_value(state).unwrap_or_default();
        found
    }))
}

/// Makes it anew.
pub(super) fn make_anew(
    live: &Acting<'_>,
    target: &Target,
    as_it_was: &Remembered,
) -> Result<(), CallError> {
    let request = &as_it_was.request;
    match target {
        Target::Group(name) => live.change(Action::CreateAutoScalingGroup, async || {
            live.sdk.group_anew(name, request).await
        }),
        Target::Provider(name) => {
            let group = request["state"]["group"].as_str().unwrap_or_default();
            let arn = live.arn_of(group)?;
            live.change(Action::CreateCapacityProvider, async || {
                live.sdk.provider_anew(name, request, &arn).await
            })
        }
        Target::Cluster(_) | Target::Service(_) | Target::Size(_) => Ok(()),
    }
}
