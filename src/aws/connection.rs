//! Credentials, Region and endpoint by the SDK's default chain, with the flags laid over it; one client a service.

use std::future::Future;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::ProvideCredentials as _;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use thiserror::Error;

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
        "no AWS credentials: {said}\nlog in, choose a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials {
        /// What the credential chain says.
        said: String,
    },
}

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for an answer to one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);

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
    /// When there is no Region or there are no credentials.
    pub async fn open(options: &ConnectOptions) -> Result<Self, ConnectError> {
        let mut config = shared(options).load().await;
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or(ConnectError::NoRegion)?;
        if let Some(role) = &options.role_arn {
            let provider = AssumeRoleProvider::builder(role)
                .session_name("bayplan")
                .configure(&config)
                .build()
                .await;
            config = shared(options).credentials_provider(provider).load().await;
        }
        credentials(&config).await?;
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

/// The default chain with the flags. Attempts are counted in `pace`, not here.
fn shared(options: &ConnectOptions) -> aws_config::ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
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

/// Looks for credentials before the first call, so that their absence is not said of a call.
async fn credentials(config: &SdkConfig) -> Result<(), ConnectError> {
    let no = |said: String| ConnectError::NoCredentials { said };
    let Some(provider) = config.credentials_provider() else {
        return Err(no("there is no credential chain".to_owned()));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(no(super::errors::innermost(&error))),
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
