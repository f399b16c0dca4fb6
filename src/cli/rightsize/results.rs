//! Where a nightly run's results go: a folder, or a bucket.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::InputArgs;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::objects::address;
use crate::cli::output::Destination;

/// A place that can be written to, as far as that can be seen before.
pub(super) enum Results {
    /// A folder that is there.
    Folder(PathBuf),
    /// A bucket whose names can be listed.
    #[cfg(feature = "aws")]
    Bucket(Box<crate::aws::objects::Objects>),
}

impl Results {
    /// Makes the folder, or finds the bucket.
    pub(super) fn open(
        place: &Path,
        input: &InputArgs,
        diagnostics: Diagnostics,
    ) -> Result<Self, Failure> {
        if let Some(address) = address(place) {
            return bucket(address, input, diagnostics);
        }
        fs::create_dir_all(place).map_err(|error| {
            let message = format!("cannot make {}: {error}", place.display());
            Failure::new(Exit::Usage, message)
        })?;
        Destination::File(place.join("rightsize.json")).check()?;
        Ok(Self::Folder(place.to_owned()))
    }

    /// Writes one of them, whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => {
                Destination::File(folder.join(name)).write(text.as_bytes())?;
            }
            #[cfg(feature = "aws")]
            Self::Bucket(objects) => {
                let put = objects.put(name, text.as_bytes(), false);
                put.map_err(|why| refused(objects, name, &why))?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "aws")]
fn refused(
    objects: &crate::aws::objects::Objects,
    name: &str,
    why: &crate::aws::objects::ObjectError,
) -> Failure {
    let message = format!("{}{name}: {why}", objects.place());
    Failure::new(Exit::AwsFailure, message)
}

#[cfg(feature = "aws")]
fn bucket(address: &str, input: &InputArgs, diagnostics: Diagnostics) -> Result<Results, Failure> {
    let connection = (input.region.as_deref(), &input.aws);
    let objects = crate::cli::objects::open(address, connection, diagnostics)?;
    objects
        .names("")
        .map_err(|why| refused(&objects, "", &why))?;
    Ok(Results::Bucket(Box::new(objects)))
}

#[cfg(not(feature = "aws"))]
fn bucket(
    address: &str,
    _input: &InputArgs,
    _diagnostics: Diagnostics,
) -> Result<Results, Failure> {
    Err(crate::cli::objects::none(address))
}
