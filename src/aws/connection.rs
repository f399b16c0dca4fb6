//! Credentials, Region and endpoint by the SDK's default chain, with the flags laid over it; one client a service.

use std::env;
use std::error::Error;
use std::future::Future;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::ProvideCredentials as _;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use thiserror::Error;

use super::{endpoint, policies, profiles};
use crate::domain::text::visible;

/// What flags say of the connection; what they leave open is the default chain's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Region.
    pub region: Option<String>,
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// Endpoint of all services.
    pub endpoint_url: Option<String>,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// No Region is known.
    #[error(
        "no Region: give --region, or set AWS_REGION, or `region` in the profile of ~/.aws/config"
    )]
    NoRegion,
    /// No credentials are found, or a role cannot be assumed.
    #[error(
        "no AWS credentials: {said}\nlog in (`aws sso login --profile NAME` where the profile uses SSO), choose a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials {
        /// What the credential chain says.
        said: String,
    },
    /// The token of a login by SSO is missing or over.
    #[error(
        "the login by SSO is missing or has ended: {said}\nlog in again with `aws sso login`, with --profile NAME where you use one"
    )]
    SsoLogin {
        /// What the credential chain says.
        said: String,
    },
    /// Nothing says within the time whether there are credentials.
    #[error(
        "no AWS credentials within {seconds} s: a credential process that waits, or a server that does not answer\nlog in before, or choose others with --profile or AWS_PROFILE"
    )]
    Slow {
        /// The time.
        seconds: u64,
    },
    /// A role may not be assumed.
    #[error(
        "sts:AssumeRole is not allowed: {said}\nthis statement in the policy of who assumes it gives the permission (put your own in place of capitals), and the role's trust policy has to name who assumes it:\n{statement}"
    )]
    Role {
        /// What AWS says.
        said: String,
        /// The statement that gives the permission.
        statement: String,
    },
    /// No configuration file has the profile.
    #[error(
        "there is no profile `{}` in ~/.aws/config and ~/.aws/credentials (or the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name)",
        visible(name)
    )]
    NoProfile {
        /// Its name.
        name: String,
    },
    /// What is given as an endpoint is none.
    #[error(
        "{place}: `{}` is no endpoint: write it as https://HOST or http://HOST:PORT",
        visible(url)
    )]
    Endpoint {
        /// The flag or the environment's variable.
        place: String,
        /// What it says.
        url: String,
    },
}

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for an answer to one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// The same of CloudWatch: one answer may hold 100,800 points, which take their time to be put together, sent and read.
const POINTS_TIMEOUT: Duration = Duration::from_secs(90);
/// The longest wait for credentials. A process that asks a person for a second factor takes a while.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_mins(1);

/// An account and Region, with credentials.
#[derive(Debug, Clone)]
pub struct Connection {
    config: SdkConfig,
    region: String,
}

impl Connection {
    /// Finds Region and credentials.
    ///
    /// # Errors
    /// When there is no Region, there are no credentials, or the endpoint is none.
    pub async fn open(options: &ConnectOptions) -> Result<Self, ConnectError> {
        let flag = options.endpoint_url.as_deref();
        let environment = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        if let Some((place, url)) = endpoint::unusable(flag, environment) {
            return Err(ConnectError::Endpoint { place, url });
        }
        // Without it the chain would go on to credentials of a container or a machine, which are somebody else's.
        if let Some(name) = options
            .profile
            .as_ref()
            .filter(|name| !profiles::is_there(name))
        {
            return Err(ConnectError::NoProfile { name: name.clone() });
        }
        let mut config = shared(options).load().await;
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or(ConnectError::NoRegion)?;
        if let Some(profile) = &options.profile {
            let provider = of_profile(profile, &region);
            config = shared(options).credentials_provider(provider).load().await;
        }
        if let Some(role) = &options.role_arn {
            let provider = AssumeRoleProvider::builder(role)
                .session_name("bayplan")
                .configure(&config)
                .build()
                .await;
            config = shared(options).credentials_provider(provider).load().await;
        }
        let Some(provider) = config.credentials_provider() else {
            return Err(ConnectError::NoCredentials {
                said: "there is no credential chain".to_owned(),
            });
        };
        credentials(provider.provide_credentials(), CREDENTIALS_TIMEOUT).await?;
        Ok(Self { config, region })
    }

    /// The Region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// What clients are made from.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// What a client is made from whose answers are long.
    pub fn config_of_points(&self) -> SdkConfig {
        let timeouts = timeouts(POINTS_TIMEOUT);
        self.config.to_builder().timeout_config(timeouts).build()
    }

    /// Another Region of the same account: some services are in few of them.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let region = region.to_owned();
        let config = (self.config.to_builder())
            .region(Region::new(region.clone()))
            .build();
        Self { config, region }
    }
}

fn timeouts(of_an_attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(of_an_attempt)
        .build()
}

/// The default chain with the flags. Attempts are counted in `pace`, not here.
fn shared(options: &ConnectOptions) -> aws_config::ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .identity_cache(
            IdentityCache::lazy()
                .load_timeout(CREDENTIALS_TIMEOUT)
                .build(),
        )
        .timeout_config(timeouts(ATTEMPT_TIMEOUT));
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

/// The credentials of a profile that a flag names, which keys in the environment do not go before; else those of the
/// container or machine, which the profile need not name.
fn of_profile(profile: &str, region: &str) -> CredentialsProviderChain {
    let config = ProviderConfig::default().with_region(Some(Region::new(region.to_owned())));
    let own = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(profile)
        .build();
    let container = EcsCredentialsProvider::builder().configure(&config).build();
    let machine = ImdsCredentialsProvider::builder()
        .configure(&config)
        .build();
    CredentialsProviderChain::first_try("Profile", own)
        .or_else("EcsContainer", container)
        .or_else("Ec2InstanceMetadata", machine)
}

/// Looks for credentials before the first call, so that their absence is not said of a call.
async fn credentials<T, E: Error + 'static>(
    looking: impl Future<Output = Result<T, E>>,
    longest: Duration,
) -> Result<(), ConnectError> {
    match tokio::time::timeout(longest, looking).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(without(&error)),
        Err(_) => Err(ConnectError::Slow {
            seconds: longest.as_secs(),
        }),
    }
}

/// Why there are no credentials: a role that may not be assumed is no lack of them.
fn without(error: &(dyn Error + 'static)) -> ConnectError {
    let said = super::errors::innermost(error);
    let (mut is_refused, mut is_of_sso) = (false, false);
    let mut inner = Some(error);
    while let Some(error) = inner {
        let text = error.to_string();
        is_refused |= text.contains("AccessDenied");
        is_of_sso |= text.contains("SSO token") || text.contains("SSO session");
        inner = error.source();
    }
    if is_refused {
        ConnectError::Role {
            said,
            statement: policies::assume_role(),
        }
    } else if is_of_sso {
        ConnectError::SsoLogin { said }
    } else {
        ConnectError::NoCredentials { said }
    }
}

/// This moment as RFC 3339, to the second.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let moment = DateTime::from_secs(i64::try_from(seconds).unwrap_or_default());
    moment.fmt(Format::DateTime).unwrap_or_default()
}

/// Runs what talks to AWS to its end, on this thread.
///
/// # Errors
/// When the system gives no event queue.
pub fn block_on<F: Future>(work: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_for(looking: impl Future<Output = io::Result<()>>) -> Result<(), ConnectError> {
        block_on(async { credentials(looking, Duration::from_millis(20)).await })
            .expect("an event queue")
    }

    #[test]
    fn credentials_that_do_not_come_are_not_waited_for_without_end() {
        let never = looked_for(std::future::pending());
        assert_eq!(never, Err(ConnectError::Slow { seconds: 0 }));
        assert_eq!(looked_for(async { Ok(()) }), Ok(()));
    }

    #[test]
    fn a_role_that_may_not_be_assumed_is_named_with_the_statement() {
        let denied = io::Error::other("unhandled error (AccessDenied)");
        let said = without(&denied).to_string();
        assert!(
            said.starts_with("sts:AssumeRole is not allowed: "),
            "{said}"
        );
        assert!(
            said.contains("\"sts:AssumeRole\"") && said.contains("role/ROLE"),
            "{said}"
        );
        let expired = io::Error::other("the SSO token has expired and cannot be refreshed");
        assert!(matches!(without(&expired), ConnectError::SsoLogin { .. }));
        let none = io::Error::other("no providers in chain provided credentials");
        assert!(matches!(without(&none), ConnectError::NoCredentials { .. }));
    }
}
