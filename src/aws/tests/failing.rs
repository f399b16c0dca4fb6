//! An API that fails.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::aws::actions::Action;
use crate::aws::call::{Api, Call};
use crate::aws::errors::{CallError, Cause};

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The call fails.
    Fails(Cause),
    /// The answer comes, and is empty.
    Empty,
}

/// Another API, of which some calls fail.
#[derive(Debug)]
pub struct Failing<A> {
    api: A,
    fault: Fault,
    /// The first call that fails, counted from 0, and how many do.
    first: u64,
    many: u64,
    action: Option<Action>,
    count: Cell<u64>,
}

impl<A> Failing<A> {
    /// Fails from call `first` on, `many` times.
    pub fn at(api: A, first: u64, many: u64, fault: Fault) -> Self {
        Self {
            api,
            fault,
            first,
            many,
            action: None,
            count: Cell::new(0),
        }
    }

    /// Fails at every call of an action.
    pub fn of(api: A, action: Action, fault: Fault) -> Self {
        Self {
            action: Some(action),
            ..Self::at(api, 0, u64::MAX, fault)
        }
    }

    /// Calls up to now.
    pub fn count(&self) -> u64 {
        self.count.get()
    }
}

impl<A: Api> Api for Failing<A> {
    async fn answer(&self, call: &Call) -> Result<Value, CallError> {
        let number = self.count.get();
        self.count.set(number + 1);
        let is_it = match self.action {
            Some(action) => action == call.action,
            None => number >= self.first && number - self.first < self.many,
        };
        match &self.fault {
            Fault::Fails(cause) if is_it => Err(CallError {
                action: call.action,
                cause: cause.clone(),
            }),
            Fault::Empty if is_it => Ok(json!({})),
            _ => self.api.answer(call).await,
        }
    }
}

impl<A: Api> Api for &A {
    async fn answer(&self, call: &Call) -> Result<Value, CallError> {
        (*self).answer(call).await
    }
}
