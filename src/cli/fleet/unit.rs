//! `bayplan fleet unit`: one unit in its own process, with limits. Its answer is a document, or why there is none as data.

use std::ffi::OsString;
use std::iter;

use serde_json::json;

use super::UnitRunArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;
use crate::cli::run::within;
use crate::domain::reading::system_refused;
use crate::fleet::errors_of;

/// Runs it.
pub(super) fn run(args: &UnitRunArgs) -> Result<Exit, Failure> {
    limit(args).map_err(|why| Failure::new(Exit::Bug, format!("no limits can be set: {why}")))?;
    let words = iter::once("bayplan").chain(args.words.iter().map(String::as_str));
    match within(words.map(OsString::from)) {
        Ok(exit) => Ok(exit),
        // No result, which would be kept for good: with more memory, or tomorrow, there is another.
        Err(failure) if system_refused() => Err(Failure {
            exit: Exit::AwsFailure,
            ..failure
        }),
        Err(failure) => {
            let errors = json!({"errors": errors_of(&failure.message)});
            Destination::Stdout.write(format!("{errors}\n").as_bytes())?;
            Ok(failure.exit)
        }
    }
}

/// Takes the limits upon itself: of address space, and of life without the process that waits for it.
#[cfg(unix)]
fn limit(args: &UnitRunArgs) -> Result<(), String> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let said = |error: nix::Error| error.desc().to_owned();
    let (_, most) = getrlimit(Resource::RLIMIT_AS).map_err(said)?;
    let bytes = args.memory_mib.saturating_mul(1 << 20).min(most);
    setrlimit(Resource::RLIMIT_AS, bytes, most).map_err(said)?;
    #[cfg(target_os = "linux")]
    {
        use nix::sys::prctl::set_pdeathsig;
        use nix::sys::signal::Signal;
        use nix::unistd::getppid;

        set_pdeathsig(Signal::SIGKILL).map_err(said)?;
        if getppid().as_raw().unsigned_abs() != args.parent {
            return Err("whoever waited for this unit is gone".to_owned());
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn limit(_args: &UnitRunArgs) -> Result<(), String> {
    Ok(())
}
