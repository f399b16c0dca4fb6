//! Who runs an attempt: a process of a machine.
//!
//! A machine is one start of it and one room of process ids: two containers of one machine have the same start and process ids of their own.

use std::fs;
use std::path::Path;
use std::process;

use serde::{Deserialize, Serialize};

/// A process of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    machine: String,
    process: u32,
}

impl Runner {
    /// This process.
    #[must_use]
    pub fn this() -> Self {
        Self::of(&machine(), process::id())
    }

    pub(super) fn of(machine: &str, process: u32) -> Self {
        Self {
            machine: machine.to_owned(),
            process,
        }
    }

    #[cfg(test)]
    pub(super) fn with_process(self, process: u32) -> Self {
        Self { process, ..self }
    }

    /// Whether it may be there still: a process of this machine that is gone is not, of any other nothing is known.
    #[must_use]
    pub fn may_live(&self) -> bool {
        let is_known = !self.machine.is_empty() && self.machine == machine();
        !is_known || is_there(self.process)
    }
}

/// Whether a process of this machine is there, and has not ended with nobody to take its leave of it.
fn is_there(process: u32) -> bool {
    let Ok(stat) = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"))
    else {
        return false;
    };
    // The state stands behind the name, which may hold brackets itself.
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    !state.starts_with(['Z', 'X'])
}

/// A word for this start of this machine and its room of process ids; none where the system tells neither.
fn machine() -> String {
    let start = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let room = fs::read_link("/proc/self/ns/pid");
    match (start, room) {
        (Ok(start), Ok(room)) => format!("{} {}", start.trim(), room.display()),
        _ => String::new(),
    }
}
