//! Why a call to AWS failed: who is to do something about it, and what.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::accounts;
use super::actions::Action;
use super::policies;
use crate::domain::text::visible;

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
            SdkError::ConstructionFailure(_) => Cause::not_sent(error),
            // An endpoint that is none, for one: no attempt goes better.
            SdkError::DispatchFailure(failure) if failure.is_user() => Cause::not_sent(error),
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

    /// Whether AWS knows nothing of the name asked about.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.cause, Cause::Rejected { code, said } if code.contains("NotFound") || said.contains("not found"))
    }

    /// Whether the name is taken already.
    pub fn is_taken(&self) -> bool {
        matches!(&self.cause, Cause::Rejected { code, .. } if code.contains("AlreadyExists"))
    }

    /// Whether a bucket has no object of the name.
    pub fn is_no_object(&self) -> bool {
        matches!(&self.cause, Cause::Rejected { code, .. } if code == "NoSuchKey")
    }

    /// Whether an object was to be written where there is none, and there is one.
    pub fn is_there_already(&self) -> bool {
        matches!(&self.cause, Cause::Rejected { code, .. } if ["PreconditionFailed", "HTTP 412"].contains(&code.as_str()))
    }

    /// Whether the permission is missing.
    pub const fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused { .. })
    }
}

/// Codes of what may be over at the next attempt though the status says that the request is at fault. Source: the SDK's own
/// lists of transient errors, and the services' common errors.
const PASSING: [&str; 10] = [
    // Somebody writes the same object at this moment.
    "ConditionalRequestConflict",
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalError",
    "InternalFailure",
    "InternalServerException",
    "ServerException",
    "ServiceUnavailable",
    "Unavailable",
    "IDPCommunicationError",
];

impl Cause {
    /// A request that was never on its way.
    fn not_sent(error: &(dyn Error + 'static)) -> Self {
        Self::Rejected {
            code: "not sent".to_owned(),
            said: innermost(error),
        }
    }

    /// What there is to say of it in a few words.
    pub fn said(&self) -> &str {
        match self {
            Self::Refused { said }
            | Self::Credentials { said }
            | Self::Passing { said }
            | Self::Rejected { said, .. } => said,
            Self::Throttled => "AWS refuses for too many calls",
            Self::Incomplete { what } => what,
        }
    }

    /// What a service's error code and HTTP status mean.
    pub fn of_service(code: Option<&str>, said: &str, status: u16) -> Self {
        let said = visible(&accounts::hidden(said));
        let code = code.map(visible);
        match code.as_deref().unwrap_or_default() {
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
            | "ProvisionedThroughputExceededException"
            | "TransactionInProgressException"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException"
            | "SlowDown" => Self::Throttled,
            _ if status == 429 => Self::Throttled,
            code if status >= 500 || status == 408 || PASSING.contains(&code) => Self::Passing {
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

    /// What kind of failure it is, without anybody's words.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "is not allowed",
            Self::Credentials { .. } => "does not accept the credentials",
            Self::Throttled => "was refused for too many calls each time",
            Self::Passing { .. } => "failed each time",
            Self::Rejected { .. } => "takes no such request",
            Self::Incomplete { .. } => "gives incomplete answers",
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

/// The words of the innermost error, without account numbers and what a program wrote to stderr: those around it only say that
/// there is one.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    visible(&accounts::hidden(&without_stderr(&inner.to_string())))
}

/// What comes before the stderr of a credential process, of which nobody knows what it holds.
fn without_stderr(said: &str) -> String {
    match said.split_once(" Stderr:") {
        Some((before, _)) => {
            format!("{before} What it wrote to stderr is not shown: run it by itself to see")
        }
        None => said.to_owned(),
    }
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
    fn what_may_be_over_at_the_next_attempt_is_known_by_its_code_too() {
        for (code, status) in [
            (None, 408),
            (Some("RequestTimeout"), 400),
            (Some("ServerException"), 400),
            (Some("Unavailable"), 400),
        ] {
            let cause = Cause::of_service(code, "why", status);
            assert!(
                matches!(cause, Cause::Passing { .. }) && cause.may_pass(),
                "{code:?}"
            );
        }
        assert_eq!(
            Cause::of_service(Some("PriorRequestNotComplete"), "", 400),
            Cause::Throttled
        );
    }

    #[test]
    fn the_stderr_of_a_credential_process_and_line_breaks_are_not_repeated() {
        let said = "Error retrieving credentials: external process exited with code exit status: 1. Stderr: token=abc";
        let error = std::io::Error::other(said);
        let shown = innermost(&error);
        assert!(
            !shown.contains("abc") && shown.contains("exit status: 1"),
            "{shown}"
        );
        let error = CallError {
            action: Action::ListTasks,
            cause: Cause::of_service(Some("ClientException"), "no\nerror: forged", 400),
        };
        assert_eq!(
            error.to_string(),
            "ecs:ListTasks: ClientException: no⟨U+000A⟩error: forged"
        );
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
