//! Cells of CSV files that spreadsheets open.

/// A cell that a spreadsheet shows and does not compute: text that begins like a formula gets an
/// apostrophe before it (OWASP, "CSV Injection"). Quotes, commas and line ends are the CSV writer's.
#[must_use]
pub fn text_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
