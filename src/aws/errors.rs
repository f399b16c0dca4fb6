//! Why a call to AWS failed: who is to do something about it, and what.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::accounts;
use super::actions::Action;
use super::policies;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The call.
    pub action: Action,
    /// Why.
    pub cause: Cause,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The permission is missing.
    Refused {
        /// AWS's words.
        said: String,
    },
    /// The credentials are not accepted: unknown, expired, or wrongly signed.
    Credentials {
        /// AWS's words, or the credential chain's.
        said: String,
    },
    /// Too many calls in too short a time.
    Throttled,
    /// Something that may be over at the next attempt: a fault of the server, the network, a time limit.
    Passing {
        /// What happened.
        said: String,
    },
    /// AWS refuses the request as it stands.
    Rejected {
        /// AWS's code, such as `ClusterNotFoundException`.
        code: String,
        /// AWS's words.
        said: String,
    },
    /// The answer lacks something that it must have.
    Incomplete {
        /// What it lacks.
        what: String,
    },
}

impl CallError {
    /// What the SDK says of a call.
    pub fn of<E>(action: Action, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let cause = match error {
            // A success in words that are none.
            SdkError::ServiceError(service) if service.raw().status().is_success() => {
                Cause::Passing {
                    said: "the answer cannot be read".to_owned(),
                }
            }
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let metadata = service.err().meta();
                let said = metadata.message().unwrap_or("no reason given");
                Cause::of_service(metadata.code(), said, status)
            }
            SdkError::ConstructionFailure(_) => Cause::Rejected {
                code: "not sent".to_owned(),
                said: innermost(error),
            },
            _ => Cause::Passing {
                said: innermost(error),
            },
        };
        Self { action, cause }
    }

    /// An answer that lacks something.
    pub fn incomplete(action: Action, what: impl Into<String>) -> Self {
        let what = what.into();
        Self {
            action,
            cause: Cause::Incomplete { what },
        }
    }

    /// Whether the permission is missing.
    pub const fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused { .. })
    }
}

impl Cause {
    /// What a service's error code and HTTP status mean.
    pub fn of_service(code: Option<&str>, said: &str, status: u16) -> Self {
        let said = accounts::hidden(said);
        match code.unwrap_or_default() {
            "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "UnauthorizedException"
            | "NotAuthorized" => Self::Refused { said },
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidClientTokenIdException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired"
            | "AuthFailure"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "OptInRequired" => Self::Credentials { said },
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "BandwidthLimitExceeded"
            | "SlowDown" => Self::Throttled,
            _ if status == 429 => Self::Throttled,
            code if status >= 500 => Self::Passing {
                said: if code.is_empty() {
                    format!("HTTP {status}: {said}")
                } else {
                    format!("{code}: {said}")
                },
            },
            code => Self::Rejected {
                code: if code.is_empty() {
                    format!("HTTP {status}")
                } else {
                    code.to_owned()
                },
                said,
            },
        }
    }

    /// Whether another attempt may go better.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Passing { .. } | Self::Incomplete { .. }
        )
    }
}

/// The words of the innermost error, without account numbers: those around it only say that there is one.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    accounts::hidden(&inner.to_string())
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = self.action;
        match &self.cause {
            Cause::Refused { said } => write!(
                f,
                "{action} is not allowed: {said}\nthis statement in the policy of the role or user gives the permission (data/iam has them all; put your own in place of capitals):\n{}",
                policies::statement(action)
            ),
            Cause::Credentials { said } => write!(
                f,
                "{action}: AWS does not accept the credentials: {said}\nlog in again, or choose others with --profile or AWS_PROFILE"
            ),
            Cause::Throttled => write!(
                f,
                "{action}: AWS refuses for too many calls, at every attempt; others use the same account's rate: try again later"
            ),
            Cause::Passing { said } => {
                write!(f, "{action} failed at every attempt: {said}\ntry again")
            }
            Cause::Rejected { code, said } => write!(f, "{action}: {code}: {said}"),
            Cause::Incomplete { what } => write!(f, "{action}: the answer lacks {what}"),
        }
    }
}

impl Error for CallError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_all_protocols_mean_what_they_say() {
        let cause = |code, status| Cause::of_service(Some(code), "why", status);
        assert!(matches!(
            cause("AccessDeniedException", 400),
            Cause::Refused { .. }
        ));
        assert!(matches!(
            cause("UnauthorizedOperation", 403),
            Cause::Refused { .. }
        ));
        assert!(matches!(
            cause("ExpiredToken", 403),
            Cause::Credentials { .. }
        ));
        for code in ["Throttling", "ThrottlingException", "RequestLimitExceeded"] {
            assert_eq!(cause(code, 400), Cause::Throttled);
        }
        assert!(matches!(
            cause("ServerException", 500),
            Cause::Passing { .. }
        ));
        assert!(matches!(
            Cause::of_service(None, "", 503),
            Cause::Passing { .. }
        ));
        assert!(matches!(
            cause("ClusterNotFoundException", 400),
            Cause::Rejected { .. }
        ));
    }

    #[test]
    fn what_aws_says_is_said_again_without_account_numbers() {
        let said = "User: arn:aws:iam::123456789012:user/x is not authorized";
        for (code, status) in [
            ("AccessDenied", 403),
            ("ExpiredToken", 403),
            ("ServerException", 500),
            ("ClusterNotFoundException", 400),
        ] {
            let error = CallError {
                action: Action::ListTasks,
                cause: Cause::of_service(Some(code), said, status),
            };
            let text = error.to_string();
            assert!(!text.contains("123456789012"), "{text}");
            assert!(text.contains("arn:aws:iam::000000000000:user/x"), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_action_and_the_statement_that_gives_it() {
        let error = CallError {
            action: Action::ListTasks,
            cause: Cause::Refused {
                said: "User is not authorized".to_owned(),
            },
        };
        insta::assert_snapshot!(error);
    }
}
