//! The trace of a replay as JSON Lines and as CSV. The events of a minute come before the minute's own record, which is the
//! state at its end.

mod csv;
mod json_lines;
#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;

pub use self::csv::{COLUMNS, render as to_csv};
pub use self::json_lines::render as to_json_lines;
