//! Where a folder or a file may be given, `s3://BUCKET/PREFIX` is a bucket. A build without AWS has none.

use std::path::Path;

/// What an address of a bucket begins with.
const SCHEME: &str = "s3://";

/// The address of a bucket that is given in a folder's place.
pub fn address(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.starts_with(SCHEME))
}

#[cfg(feature = "aws")]
pub use with_aws::open;

#[cfg(feature = "aws")]
mod with_aws {
    use std::sync::Arc;

    use crate::aws::connection::{Connection, block_on};
    use crate::aws::objects::{Objects, Place};
    use crate::cli::aws_args::AwsArgs;
    use crate::cli::diagnostics::Diagnostics;
    use crate::cli::exit::{Exit, Failure};
    use crate::cli::snapshot::{no_connection, still_trying};

    /// The objects of an address, with the flags of the connection; nothing is asked yet.
    ///
    /// # Errors
    /// When it is no address, or there is no connection.
    pub fn open(
        address: &str,
        (region, aws): (Option<&str>, &AwsArgs),
        diagnostics: Diagnostics,
    ) -> Result<Objects, Failure> {
        let place = Place::read(address)
            .map_err(|why| Failure::new(Exit::Usage, format!("{address}: {why}")))?;
        let connection = block_on(async { Connection::open(&aws.options(region)).await })
            .map_err(|error| Failure::new(Exit::AwsFailure, error.to_string()))?
            .map_err(|error| no_connection(&error))?;
        let hears = Arc::new(move |error: &_| diagnostics.warning(&still_trying(error)));
        Ok(Objects::new(connection, place, hears))
    }
}

/// The failure of a build that has no AWS.
#[cfg(not(feature = "aws"))]
pub fn none(address: &str) -> super::exit::Failure {
    let message = format!(
        "{address} is a bucket, and this build of bayplan has no AWS in it: build it with the cargo feature `aws`, or give a folder"
    );
    super::exit::Failure::new(super::exit::Exit::Usage, message)
}
