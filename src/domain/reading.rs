//! Files that shape a result, read so that it is known afterwards whether the system itself refused.
//!
//! That a file is not there says something of the input. That there is no memory for it, or that the disk fails, says something of the
//! moment: whoever keeps results for good must not keep that one.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

static REFUSED: AtomicBool = AtomicBool::new(false);

/// The bytes of a file.
///
/// # Errors
/// As [`fs::read`].
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path).inspect_err(note)
}

/// Keeps in mind that the system refused, where it did.
pub fn note(error: &io::Error) {
    if is_of_the_moment(error) {
        REFUSED.store(true, Ordering::Relaxed);
    }
}

/// Whether the system refused to read any file of this process, for lack of something or for a fault.
#[must_use]
pub fn system_refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// No memory, no file descriptors, a fault of the disk, a network file system that does not answer. Source: errno(3).
fn is_of_the_moment(error: &io::Error) -> bool {
    use io::ErrorKind::{
        Deadlock, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable, OutOfMemory,
        ResourceBusy, StaleNetworkFileHandle, TimedOut, WouldBlock,
    };
    const EIO: i32 = 5;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    let is_kind = [
        Deadlock,
        HostUnreachable,
        Interrupted,
        NetworkDown,
        NetworkUnreachable,
        OutOfMemory,
        ResourceBusy,
        StaleNetworkFileHandle,
        TimedOut,
        WouldBlock,
    ]
    .contains(&error.kind());
    is_kind || (error.raw_os_error()).is_some_and(|code| [EIO, ENFILE, EMFILE].contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_the_moment_says_nothing_of_the_file() {
        for kind in [io::ErrorKind::OutOfMemory, io::ErrorKind::TimedOut] {
            assert!(is_of_the_moment(&kind.into()), "{kind:?}");
        }
        for code in [5, 12, 23, 24] {
            assert!(
                is_of_the_moment(&io::Error::from_raw_os_error(code)),
                "{code}"
            );
        }
        for kind in [
            io::ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::IsADirectory,
        ] {
            assert!(!is_of_the_moment(&kind.into()), "{kind:?}");
        }
    }
}
