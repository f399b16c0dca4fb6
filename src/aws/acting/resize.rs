//! Another task size: the definition of it, found or registered, and the service deployed with it.
//!
//! Neither call has a token. A revision that was registered and not deployed yet, by a run that was killed in between or whose answer was lost, is
//! the newest of its family, carries our tag, has these sizes and is in all else what the service runs; so it is used and no second one is made.
//! A service is deployed again only where a reading shows that it does not run the definition.

use serde_json::Value;

use super::{ATTEMPTS, Acting, BETWEEN};
use crate::apply::state::{SizeState, State, Target};
use crate::aws::actions::Action;
use crate::aws::allowed;
use crate::aws::call::{Call, list_key};
use crate::aws::errors::{CallError, Cause};
use crate::aws::sdk::Definition;

/// Gives a service's tasks another size.
pub(super) fn resize(live: &Acting<'_>, service: &str, to: &SizeState) -> Result<(), CallError> {
    let definition = match to.revision {
        Some(revision) => format!("{}:{revision}", to.family),
        None => revision(live, service, to)?,
    };
    let mut attempt = 1;
    loop {
        let once = async || {
            let deployed = live.sdk.deploy(&live.cluster, service, &definition).await;
            match deployed {
                // Not for the pace to try again: what it is tells the reading.
                Err(error) if matches!(error.cause, Cause::Passing { .. }) => Ok(Err(error)),
                other => other.map(Ok),
            }
        };
        let Err(error) = live.answer(live.pace.call(Action::UpdateService, once))? else {
            return Ok(());
        };
        if runs(live, service)?.ends_with(&format!("/{}", name(&definition))) {
            return Ok(());
        }
        if attempt >= ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
        std::thread::sleep(BETWEEN);
    }
}

/// Family and revision at the end of an ARN, or without one.
fn name(definition: &str) -> &str {
    definition.rsplit('/').next().unwrap_or(definition)
}

/// The definition that a service runs, by its ARN.
fn runs(live: &Acting<'_>, service: &str) -> Result<String, CallError> {
    let described = live.described(&Target::Service(service.to_owned()))?;
    let arn = described.and_then(|item| item["taskDefinition"].as_str().map(str::to_owned));
    arn.ok_or_else(|| CallError::incomplete(Action::DescribeServices, "the task definition"))
}

/// The task definition that a service runs, in the API's own keys; `None` where there is no such service.
pub(super) fn described(live: &Acting<'_>, service: &str) -> Result<Option<Value>, CallError> {
    let target = Target::Service(service.to_owned());
    let found = live.described(&target)?;
    // A service that was deleted is described for a while.
    if found.is_none_or(|found| State::of(&target, &found).is_none()) {
        return Ok(None);
    }
    let action = Action::DescribeTaskDefinition;
    let about = [name(&runs(live, service)?).to_owned()];
    let look = |answer: &Value| match answer.get(list_key(action)) {
        Some(definition) if definition.is_object() => Ok(allowed::keep(action, definition)),
        _ => Err(CallError::incomplete(action, "`taskDefinition`")),
    };
    let call = Call::new(action).about(&about);
    live.answer(live.reader.answer(&call, look)).map(Some)
}

/// A revision of these sizes: one that waits to be used, or a new one.
fn revision(live: &Acting<'_>, service: &str, to: &SizeState) -> Result<String, CallError> {
    let now = whole(live, name(&runs(live, service)?))?;
    if let Some(found) = waiting(live, &now, to)? {
        return Ok(found);
    }
    let mut attempt = 1;
    loop {
        let once = async || match live.sdk.register(&now, to).await {
            Err(error) if matches!(error.cause, Cause::Passing { .. }) => Ok(Err(error)),
            other => other.map(Ok),
        };
        let action = Action::RegisterTaskDefinition;
        let error = match live.answer(live.pace.call(action, once))? {
            Ok(arn) => return Ok(arn),
            Err(error) => error,
        };
        if let Some(found) = waiting(live, &now, to)? {
            return Ok(found);
        }
        if attempt >= ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
        std::thread::sleep(BETWEEN);
    }
}

/// The newest revision of a family, where it is ours, has these sizes and differs in nothing else from what the service runs.
fn waiting(
    live: &Acting<'_>,
    now: &Definition,
    to: &SizeState,
) -> Result<Option<String>, CallError> {
    let newest = whole(live, now.family())?;
    let is_it =
        newest.is_ours() && newest.is_like(now) && newest.size().is_some_and(|size| to.is(&size));
    Ok(is_it.then(|| newest.arn().to_owned()))
}

fn whole(live: &Acting<'_>, name: &str) -> Result<Definition, CallError> {
    let action = Action::DescribeTaskDefinition;
    let read = async || live.sdk.definition(name).await;
    let found = live.answer(live.pace.call(action, read))?;
    found.ok_or_else(|| CallError::incomplete(action, "the task definition"))
}
