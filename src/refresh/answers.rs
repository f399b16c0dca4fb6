//! Two APIs that are none: answers recorded in files, and one that fails where it is told to.

use std::cell::Cell;
use std::path::PathBuf;

use serde_json::Value;

use super::api::{ApiFailure, CatalogueApi, Question, Request};

/// Answers recorded in a folder: `REGION/OPERATION.json`, for pages after the first `REGION/OPERATION.TOKEN.json`;
/// products are `GetProducts-SERVICE`, and `GetProducts-SERVICE-FAMILY` where a family is asked for.
#[derive(Debug, Clone)]
pub struct RecordedAnswers {
    folder: PathBuf,
}

impl RecordedAnswers {
    /// The answers of a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn name(question: &Question) -> String {
        let operation = question.action();
        let operation = operation.split(':').next_back().unwrap_or(operation);
        let Question::Products { service, filters } = question else {
            return operation.to_owned();
        };
        match filters.iter().find(|(field, _)| *field == "productFamily") {
            Some((_, family)) => format!("{operation}-{service}-{family}"),
            None => format!("{operation}-{service}"),
        }
    }
}

impl CatalogueApi for RecordedAnswers {
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure> {
        let mut name = Self::name(&request.question);
        if let Some(token) = token {
            name = format!("{name}.{token}");
        }
        let path = self
            .folder
            .join(&request.region)
            .join(format!("{name}.json"));
        let failed = |why: String| ApiFailure {
            message: format!("{}: {}: {why}", request.question.action(), path.display()),
            is_refused: false,
        };
        let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }
}

/// An API that fails at some of its calls, counted from 0, and answers the others as another does.
pub struct Failing<'a, A> {
    api: &'a A,
    fails_at: Box<dyn Fn(usize) -> bool + 'a>,
    is_refused: bool,
    calls: Cell<usize>,
}

impl<'a, A> Failing<'a, A> {
    /// Fails at the calls that `fails_at` names, for want of the permission or for another reason.
    pub fn new(api: &'a A, is_refused: bool, fails_at: impl Fn(usize) -> bool + 'a) -> Self {
        Self {
            api,
            fails_at: Box::new(fails_at),
            is_refused,
            calls: Cell::new(0),
        }
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.calls.get()
    }
}

impl<A: CatalogueApi> CatalogueApi for Failing<'_, A> {
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure> {
        let call = self.calls.replace(self.calls.get() + 1);
        if (self.fails_at)(call) {
            return Err(ApiFailure {
                message: format!("{} failed at call {call}", request.question.action()),
                is_refused: self.is_refused,
            });
        }
        self.api.page(request, token)
    }
}
