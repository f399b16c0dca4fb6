//! All pages and batches of a call, paced, a few at a time; what comes out is what is allowed of it.

use std::cell::Cell;
use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::actions::Action;
use super::allowed;
use super::call::{Api, Call, batch_size, list_key};
use super::errors::CallError;
use super::pace::{Clock, MachineClock, Pace};

/// Calls that wait for their answers at a time. Their tokens limit them too; this bounds sockets and memory.
const AT_A_TIME: usize = 16;

/// Things that were asked for and are not there: they went away meanwhile.
const GONE: &str = "MISSING";

/// Reads answers whole.
#[derive(Debug)]
pub struct Reader<A, C: Clock = MachineClock> {
    api: A,
    pace: Pace<C>,
    free: Semaphore,
    attempts: Cell<u64>,
}

/// What an answer has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    /// What is allowed of its items.
    pub items: Vec<Value>,
    /// ARN or name, and reason, of those that AWS could not describe.
    pub failures: Vec<(String, String)>,
}

impl<A: Api, C: Clock> Reader<A, C> {
    /// Reads what an API answers, at a pace.
    pub fn new(api: A, pace: Pace<C>) -> Self {
        Self {
            api,
            pace,
            free: Semaphore::new(AT_A_TIME),
            attempts: Cell::new(0),
        }
    }

    /// Attempts of calls up to now.
    pub fn attempts(&self) -> u64 {
        self.attempts.get()
    }

    /// One answer, looked at whole before anything of it is kept.
    ///
    /// # Errors
    /// Why the last attempt failed.
    pub async fn answer<T>(
        &self,
        call: &Call,
        look: impl Fn(&Value) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let attempt = async || {
            // The semaphore is never closed.
            let _free = self.free.acquire().await;
            self.attempts.set(self.attempts.get() + 1);
            look(&self.api.answer(call).await?)
        };
        self.pace.call(call.action, attempt).await
    }

    /// All pages of a call.
    ///
    /// # Errors
    /// Why a page cannot be had.
    pub async fn pages(&self, first: Call) -> Result<Items, CallError> {
        let mut all = Items::default();
        let mut call = first;
        let mut seen = BTreeSet::new();
        loop {
            let look = |answer: &Value| {
                let page = items_of(&call, answer)?;
                let token = token(answer);
                // A token that comes again leads round for ever.
                if token.as_ref().is_some_and(|token| seen.contains(token)) {
                    return Err(CallError::incomplete(
                        call.action,
                        "a way to the page after the next",
                    ));
                }
                Ok((page, token))
            };
            let (page, token) = self.answer(&call, look).await?;
            all.items.extend(page.items);
            all.failures.extend(page.failures);
            match token {
                Some(token) => {
                    seen.insert(token.clone());
                    call = call.after(token);
                }
                None => return Ok(all),
            }
        }
    }

    /// A call about many things, as many at a time as it takes, all pages of each; in the order asked.
    ///
    /// # Errors
    /// Why a batch cannot be had.
    pub async fn batches(&self, call: Call, about: &[String]) -> Result<Items, CallError> {
        let calls = about.chunks(batch_size(call.action));
        let calls = calls.map(|batch| self.pages(call.clone().about(batch)));
        let parts: Vec<Items> = stream::iter(calls)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        let mut all = Items::default();
        for part in parts {
            all.items.extend(part.items);
            all.failures.extend(part.failures);
        }
        Ok(all)
    }

    /// A call for each of many things, in their order.
    ///
    /// # Errors
    /// Why one cannot be had.
    pub async fn each<T, R>(
        &self,
        things: &[T],
        one: impl AsyncFn(&T) -> Result<R, CallError>,
    ) -> Result<Vec<R>, CallError> {
        let calls = things.iter().map(|thing| one(thing));
        stream::iter(calls).buffered(AT_A_TIME).try_collect().await
    }
}

/// The names, ARNs or ids that a list call gives.
pub fn texts(items: &[Value]) -> Vec<String> {
    (items.iter())
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// What an answer has of what it is about. AWS always has the list, empty or not; what was asked for by name is there
/// or among the failures.
fn items_of(call: &Call, answer: &Value) -> Result<Items, CallError> {
    let action = call.action;
    let key = list_key(action);
    let Some(list) = answer.get(key).and_then(Value::as_array) else {
        return Err(CallError::incomplete(action, format!("`{key}`")));
    };
    let failures = answer.get("failures").and_then(Value::as_array);
    let failures: Vec<(String, String)> = failures.map_or_else(Vec::new, |failures| {
        let part =
            |failure: &Value, key: &str| failure[key].as_str().unwrap_or_default().to_owned();
        let pair = |failure| (part(failure, "arn"), part(failure, "reason"));
        failures.iter().map(pair).collect()
    });
    let is_by_name = matches!(
        action,
        Action::DescribeServices | Action::DescribeTasks | Action::DescribeContainerInstances
    );
    if is_by_name && list.len() + failures.len() < call.about.len() {
        let missing = call.about.len() - list.len() - failures.len();
        return Err(CallError::incomplete(
            action,
            format!("{missing} of those asked for"),
        ));
    }
    Ok(Items {
        items: list
            .iter()
            .map(|item| allowed::keep(action, item))
            .collect(),
        failures,
    })
}

/// Whether a failure only says that a thing went away between two calls.
pub fn is_gone(failure: &(String, String)) -> bool {
    failure.1 == GONE
}

fn token(answer: &Value) -> Option<String> {
    let tokens = ["nextToken", "NextToken"].iter();
    let mut tokens = tokens.filter_map(|key| answer.get(*key)?.as_str());
    tokens.find(|token| !token.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Pages whose tokens go round.
    #[derive(Debug)]
    struct Round(&'static [&'static str], Cell<usize>);

    impl Api for Round {
        async fn answer(&self, _: &Call) -> Result<Value, CallError> {
            let at = self.1.replace(self.1.get() + 1);
            Ok(json!({"serviceArns": [], "nextToken": self.0[at % self.0.len()]}))
        }
    }

    /// Nobody waits in tests.
    #[derive(Debug)]
    struct NoWait;

    impl Clock for NoWait {
        fn now(&self) -> std::time::Duration {
            std::time::Duration::ZERO
        }

        async fn sleep(&self, _: std::time::Duration) {}
    }

    #[test]
    fn tokens_that_go_round_end_with_the_name_of_the_action() {
        for round in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
            let reader = Reader::new(Round(round, Cell::new(0)), Pace::new(NoWait));
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let pages = (runtime.expect("a runtime"))
                .block_on(reader.pages(Call::new(Action::ListServices)));
            let error = pages.expect_err("no end");
            assert_eq!(
                error.to_string(),
                "ecs:ListServices: the answer lacks a way to the page after the next"
            );
        }
    }
}
