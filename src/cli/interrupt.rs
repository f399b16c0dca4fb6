//! Ctrl-C: once ends the search with the best plan so far, twice ends the process.

use std::process;
use std::sync::OnceLock;

use crate::optimize::stop::Interrupt;

use super::diagnostics::Diagnostics;
use super::exit::Exit;

/// Raised by the first signal.
static INTERRUPT: Interrupt = Interrupt::new();

/// Whether signals were taken over, which a process does once.
static INSTALLED: OnceLock<bool> = OnceLock::new();

/// Takes over Ctrl-C (and SIGTERM) from here on. Before this a signal ends the process at once, which is right
/// while there is nothing to save.
pub fn install(diagnostics: Diagnostics) -> &'static Interrupt {
    install_saying(
        diagnostics,
        "interrupted: ending with the best plan so far; again to end at once",
    )
}

/// As [`install`], with what is said at the first signal.
pub fn install_saying(diagnostics: Diagnostics, said: &'static str) -> &'static Interrupt {
    let installed = INSTALLED.get_or_init(|| {
        ctrlc::set_handler(move || {
            if INTERRUPT.is_raised() {
                process::exit(Exit::Interrupted as i32);
            }
            INTERRUPT.raise();
            diagnostics.warning(said);
        })
        .is_ok()
    });
    if !installed {
        diagnostics.warning("cannot take over Ctrl-C: it will end the command at once");
    }
    &INTERRUPT
}
