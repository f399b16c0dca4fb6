//! Flags of the connection to AWS. A build without AWS has none.

use clap::Args;

/// How to reach AWS; what is not given is looked up as AWS's own tools do.
#[cfg(feature = "aws")]
#[derive(Debug, Clone, Default, Args)]
pub struct AwsArgs {
    /// Profile of the shared AWS configuration files [default: `AWS_PROFILE`, else `default`]
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,
    /// Role to assume with the credentials found
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    pub role_arn: Option<String>,
    /// Endpoint of all AWS services [default: `AWS_ENDPOINT_URL`, else AWS's own]
    #[arg(long, value_name = "URL", help_heading = "AWS")]
    pub endpoint_url: Option<String>,
}

/// No flags.
#[cfg(not(feature = "aws"))]
#[derive(Debug, Clone, Default, Args)]
pub struct AwsArgs {}

#[cfg(feature = "aws")]
impl AwsArgs {
    /// The connection that these flags and a Region describe.
    pub fn options(&self, region: Option<&str>) -> crate::aws::connection::ConnectOptions {
        crate::aws::connection::ConnectOptions {
            region: region.map(str::to_owned),
            profile: self.profile.clone(),
            role_arn: self.role_arn.clone(),
            endpoint_url: self.endpoint_url.clone(),
        }
    }
}
