//! Cells of a flat CSV that stand for nothing.

/// What data frames and spreadsheets write where nothing is, in lower case: what pandas reads as nothing, and dashes.
const NOTHING: [&str; 15] = [
    "", "-", "--", "\u{2013}", "\u{2014}", "nan", "-nan", "<na>", "na", "n/a", "#n/a", "#na",
    "null", "nil", "none",
];

/// Whether a cell is empty or holds one of the words for it, in any casing.
pub(super) fn is_nothing(cell: &str) -> bool {
    NOTHING.contains(&cell.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_nothing;

    #[test]
    fn words_for_nothing_are_known_in_any_casing_and_numbers_and_names_are_none() {
        for cell in [
            "", " ", "-", "\u{2014}", "NaN", "<NA>", "N/A", "#N/A", "None", "NULL", "nil",
        ] {
            assert!(is_nothing(cell), "{cell}");
        }
        for cell in ["0", "-1", "no", "nano", "bridge", "none-yet", "inf"] {
            assert!(!is_nothing(cell), "{cell}");
        }
    }
}
