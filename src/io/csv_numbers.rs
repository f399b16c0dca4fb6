//! Numbers as spreadsheets write them in other languages and formats: `1,024` with a comma between thousands, `0,5` with a
//! comma before decimals.
//!
//! In a file of commas a comma in a cell, which is quoted there, stands between thousands. In a file of semicolons or tabs
//! it stands before decimals; `512.0`, as data frames write whole numbers, is 512. What could be either, such as `1,024` in a file of semicolons, is left as it is, and is an
//! error where it is read. Spaces, narrow ones among them, and apostrophes between thousands are neither: they go.

use std::borrow::Cow;

/// What stands between thousands where neither comma nor point does: spaces that do not break among them.
const BETWEEN_THOUSANDS: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}'];

/// A cell with its number in digits and a point, what follows the number unchanged; other cells as they are.
pub(super) fn plain(cell: &str, separator: u8) -> Cow<'_, str> {
    let pointed = match without_spaces(cell) {
        Some(cell) => Cow::Owned(with_a_point(&cell, separator).into_owned()),
        None => with_a_point(cell, separator),
    };
    match without_zeros(&pointed) {
        Some(whole) => Cow::Owned(whole),
        None => pointed,
    }
}

/// A whole number without the one or two zeros that data frames and spreadsheets write behind its point; `None` where there are
/// none. Three may be thousands.
fn without_zeros(cell: &str) -> Option<String> {
    let (whole, rest) = cell.split_once('.')?;
    let zeros = rest.bytes().take_while(|&byte| byte == b'0').count();
    let unit = &rest[zeros..];
    let is_whole = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    let ends = unit
        .chars()
        .next()
        .is_none_or(|next| !next.is_ascii_digit() && !matches!(next, '.' | ','));
    (is_whole && (1..=2).contains(&zeros) && ends).then(|| whole.to_owned() + unit)
}

/// A cell without what stands between the thousands of its number, all of the same kind; `None` where nothing does.
fn without_spaces(cell: &str) -> Option<String> {
    let first = cell.find(|c: char| !c.is_ascii_digit())?;
    let between = cell[first..].chars().next()?;
    if !BETWEEN_THOUSANDS.contains(&between) || !(1..=3).contains(&first) {
        return None;
    }
    let mut number = cell[..first].to_owned();
    let mut rest = &cell[first..];
    while let Some(after) = rest.strip_prefix(between) {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits != 3 {
            break;
        }
        number.push_str(&after[..digits]);
        rest = &after[digits..];
    }
    (number.len() > first).then(|| number + rest)
}

fn with_a_point(cell: &str, separator: u8) -> Cow<'_, str> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    let end = cell.find(|c: char| !is_part(c)).unwrap_or(cell.len());
    let (number, unit) = cell.split_at(end);
    let Some((whole, rest)) = number.split_once(',') else {
        return Cow::Borrowed(cell);
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let plain = if separator == b',' {
        let (thousands, decimals) = rest
            .split_once('.')
            .map_or((rest, None), |(a, b)| (a, Some(b)));
        let in_threes = thousands
            .split(',')
            .all(|group| group.len() == 3 && digits(group));
        let grouped = digits(whole) && whole.len() <= 3 && in_threes && decimals.is_none_or(digits);
        grouped.then(|| number.replace(',', ""))
    } else {
        let decimal = digits(whole) && digits(rest) && rest.len() != 3;
        decimal.then(|| format!("{whole}.{rest}"))
    };
    plain.map_or(Cow::Borrowed(cell), |plain| Cow::Owned(plain + unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_what_the_separator_leaves_them_to_be() {
        for (separator, cell, expected) in [
            (b',', "1,024", "1024"),
            (b',', "1,048,576 MiB", "1048576 MiB"),
            (b',', "1,024.5", "1024.5"),
            (b',', "0,5", "0,5"),
            (b',', "10,24", "10,24"),
            (b';', "0,5", "0.5"),
            (b'\t', "1,5 GB", "1.5 GB"),
            (b';', "1,024", "1,024"),
            (b';', "512", "512"),
            (b';', "1,2,3", "1,2,3"),
            (b';', "x,5", "x,5"),
            (b';', "1\u{a0}024", "1024"),
            (b',', "1\u{202f}048\u{202f}576", "1048576"),
            (b';', "2 048,5 MiB", "2048.5 MiB"),
            (b'\t', "1'024", "1024"),
            (b',', "1 vCPU", "1 vCPU"),
            (b',', "512.0", "512"),
            (b',', "4.00", "4"),
            (b';', "2,0 GB", "2 GB"),
            (b',', "1.0 vCPU", "1 vCPU"),
            (b';', "1.000", "1.000"),
            (b',', "0.50", "0.50"),
            (b',', "1.0.0", "1.0.0"),
            (b',', ".0", ".0"),
            (b',', "1 GB", "1 GB"),
            (b',', "12 34", "12 34"),
            (b',', "1024 512", "1024 512"),
            (b',', "é", "é"),
        ] {
            assert_eq!(plain(cell, separator), expected, "{cell}");
        }
    }
}
