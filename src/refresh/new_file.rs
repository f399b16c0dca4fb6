//! New files of the directory before they take the place of the old ones, and what is left of them by a refresh that was
//! killed.

use std::fs;
use std::io;
use std::path::Path;

use crate::io::write_atomically_as;

/// What names of temporary files of a refresh begin with: no other command writes any of that name.
const NEW: &str = ".bayplan-refresh-new-";

/// Replaces a file in one step.
///
/// # Errors
/// Those of writing the temporary file and renaming it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_atomically_as(path, bytes, NEW)
}

/// Removes what is left of the temporary files of refreshes that were killed. Only for whoever has the directory's lock, or
/// ends the process that has it. What cannot be removed stays: it is in nobody's way.
pub fn clear(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(NEW) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_refresh_leaves_is_cleared_and_nothing_else() {
        let directory = tempfile::tempdir().expect("a folder");
        let path = |name: &str| directory.path().join(name);
        write(&path("spot_prices.csv"), b"new").expect("written");
        for name in [
            &format!("{NEW}a1b2c3"),
            ".bayplan-a1b2c3",
            ".bayplan-refresh.lock",
        ] {
            fs::write(path(name), "half").expect("written");
        }
        clear(directory.path());
        let mut left: Vec<String> = (fs::read_dir(directory.path()).expect("a folder").flatten())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".bayplan-a1b2c3",
                ".bayplan-refresh.lock",
                "spot_prices.csv"
            ]
        );
    }
}
