//! Numbers as spreadsheets write them in other languages and formats: `1,024` with a comma between thousands, `0,5` with a
//! comma before decimals.
//!
//! In a file of commas a comma in a cell, which is quoted there, stands between thousands; before vCPUs and GB, which no task has
//! thousands of, only where other numbers show that it does. In files of semicolons, tabs or bars the
//! numbers themselves show what a mark is: `0.5`, `1,024.5` and `1,048,576` have a point before decimals, `0,5`, `1.024,5` and
//! `1.048.576` a comma. Where none of them does, one mark before exactly three digits (`1.024`) could be either: it is an error in a
//! column of whole numbers, and nothing is guessed. `512.0`, as data frames write whole numbers, is 512. Spaces, narrow ones among
//! them, and apostrophes between thousands are neither: they go.

use std::borrow::Cow;

/// What stands between thousands where neither comma nor point does: spaces that do not break among them.
const BETWEEN_THOUSANDS: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}'];

/// What stands before the decimals of a file's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimals {
    /// A point; commas stand between thousands.
    Point,
    /// A comma; points stand between thousands.
    Comma,
    /// No number shows it, or some show the one and some the other.
    Unsaid,
}

impl Decimals {
    /// What the numbers of a file show whose cells stand apart by that separator.
    pub(super) fn of<'a>(separator: u8, cells: impl Iterator<Item = &'a str>) -> Self {
        if separator == b',' {
            Self::Point
        } else {
            Self::shown(cells)
        }
    }

    /// What numbers show, whatever separates them.
    pub(super) fn shown<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let mut shown = Self::Unsaid;
        for found in cells.filter_map(shown_by) {
            if shown != Self::Unsaid && shown != found {
                return Self::Unsaid;
            }
            shown = found;
        }
        shown
    }
}

/// What stands before the decimals of a number, where it can be only one of point and comma.
pub(super) fn shown_by(cell: &str) -> Option<Decimals> {
    let cell = without_spaces(cell).map_or(Cow::Borrowed(cell), Cow::Owned);
    let (number, _) = number_and_unit(&cell);
    let both = number.contains(',') && number.contains('.');
    let mark = number.rfind(['.', ','])?;
    let (before, after) = (&number[..mark], &number[mark + 1..]);
    let is_point = number[mark..].starts_with('.');
    let repeated = before.contains(['.', ',']) && !both;
    let grouped = |text: &str| {
        let mut groups = text.split(['.', ',']);
        let first = groups.next().unwrap_or("");
        (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
    };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if before.is_empty() || after.is_empty() || digits == 0 {
        return None;
    }
    let is_decimal_mark = if repeated {
        // Between thousands, if they are thousands.
        return grouped(number).then_some(if is_point {
            Decimals::Comma
        } else {
            Decimals::Point
        });
    } else if both {
        let (thousands, decimal) = if is_point { (',', '.') } else { ('.', ',') };
        before.matches(decimal).count() == 0 && before.contains(thousands) && grouped(before)
    } else {
        !could_be_thousands(number)
    };
    is_decimal_mark.then_some(if is_point {
        Decimals::Point
    } else {
        Decimals::Comma
    })
}

/// Whether a number has one mark that may stand before decimals or between thousands: `1.024`, `12,000`, and not `0.250`.
pub(super) fn could_be_thousands(cell: &str) -> bool {
    let (number, _) = number_and_unit(cell);
    number.split_once(['.', ',']).is_some_and(|(whole, rest)| {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (1..=3).contains(&whole.len())
            && !whole.starts_with('0')
            && rest.len() == 3
            && digits(whole)
            && digits(rest)
    })
}

/// The number that a cell begins with, and what follows it.
fn number_and_unit(cell: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    let end = cell.find(|c: char| !is_part(c)).unwrap_or(cell.len());
    cell.split_at(end)
}

/// A cell with its number in digits and a point, what follows the number unchanged; other cells as they are.
pub(super) fn plain(cell: &str, decimals: Decimals) -> Cow<'_, str> {
    let pointed = match without_spaces(cell) {
        Some(cell) => Cow::Owned(with_a_point(&cell, decimals).into_owned()),
        None => with_a_point(cell, decimals),
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

fn with_a_point(cell: &str, decimals: Decimals) -> Cow<'_, str> {
    let (number, unit) = number_and_unit(cell);
    let plain = match decimals {
        Decimals::Point => regrouped(number, ',', '.'),
        Decimals::Comma => regrouped(number, '.', ','),
        // A comma that can stand before decimals alone does, whatever other cells show.
        Decimals::Unsaid if shown_by(number) == Some(Decimals::Comma) => {
            regrouped(number, '.', ',')
        }
        Decimals::Unsaid if shown_by(number) == Some(Decimals::Point) => {
            regrouped(number, ',', '.')
        }
        Decimals::Unsaid => None,
    };
    plain.map_or(Cow::Borrowed(cell), |plain| Cow::Owned(plain + unit))
}

/// A number without the marks between its thousands and with a point before its decimals; `None` where it is no such number.
fn regrouped(number: &str, thousands: char, decimal: char) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match number.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let mut groups = whole.split(thousands);
    let first = groups.next().filter(|first| digits(first))?;
    let others: Vec<&str> = groups.collect();
    let in_threes = others.iter().all(|group| group.len() == 3 && digits(group));
    let grouped = others.is_empty() || (first.len() <= 3 && in_threes);
    if !grouped || !fraction.is_none_or(digits) {
        return None;
    }
    let whole = format!("{first}{}", others.concat());
    Some(fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_what_the_file_shows_them_to_be() {
        use Decimals::{Comma, Point, Unsaid};
        for (decimals, cell, expected) in [
            (Point, "1,024", "1024"),
            (Point, "1,048,576 MiB", "1048576 MiB"),
            (Point, "1,024.5", "1024.5"),
            (Point, "0,5", "0,5"),
            (Point, "10,24", "10,24"),
            (Point, "1.024", "1.024"),
            (Unsaid, "0,5", "0.5"),
            (Unsaid, "1,5 GB", "1.5 GB"),
            (Unsaid, "0,500", "0.500"),
            (Unsaid, "1,024", "1,024"),
            (Unsaid, "1.024", "1.024"),
            (Unsaid, "1.048.576", "1048576"),
            (Unsaid, "512", "512"),
            (Unsaid, "1,2,3", "1,2,3"),
            (Unsaid, "x,5", "x,5"),
            (Unsaid, "1\u{a0}024", "1024"),
            (Point, "1\u{202f}048\u{202f}576", "1048576"),
            (Unsaid, "2 048,5 MiB", "2048.5 MiB"),
            (Unsaid, "1'024", "1024"),
            (Comma, "1.024", "1024"),
            (Comma, "1.024 MiB", "1024 MiB"),
            (Comma, "1.024,5", "1024.5"),
            (Comma, "0,500", "0.500"),
            (Comma, "1,500", "1.500"),
            (Comma, "1.02", "1.02"),
            (Point, "1 vCPU", "1 vCPU"),
            (Point, "512.0", "512"),
            (Point, "4.00", "4"),
            (Unsaid, "2,0 GB", "2 GB"),
            (Point, "1.0 vCPU", "1 vCPU"),
            (Point, "1.000", "1.000"),
            (Point, "0.50", "0.50"),
            (Point, "1.0.0", "1.0.0"),
            (Point, ".0", ".0"),
            (Point, "1 GB", "1 GB"),
            (Point, "12 34", "12 34"),
            (Point, "1024 512", "1024 512"),
            (Point, "é", "é"),
        ] {
            assert_eq!(plain(cell, decimals), expected, "{cell} {decimals:?}");
        }
    }

    #[test]
    fn a_number_shows_its_marks_where_they_can_be_only_one_thing() {
        for cell in ["0.5", "1024.125", "0.250", "1,024.5", "1,048,576", "2.5 GB"] {
            assert_eq!(shown_by(cell), Some(Decimals::Point), "{cell}");
        }
        for cell in ["0,5", "1024,125", "0,250", "1.024,5", "1.048.576", "2,5 GB"] {
            assert_eq!(shown_by(cell), Some(Decimals::Comma), "{cell}");
        }
        for cell in [
            "512", "1.024", "12,000", "1.0.0", "x", "", ".", "1.", ",5", "1,02,3.4",
        ] {
            assert_eq!(shown_by(cell), None, "{cell}");
        }
        let of = |separator, cells: &[&str]| Decimals::of(separator, cells.iter().copied());
        assert_eq!(of(b';', &["1.024", "0,5"]), Decimals::Comma);
        assert_eq!(of(b'\t', &["1,024", "0.5"]), Decimals::Point);
        assert_eq!(of(b';', &["0.5", "0,5"]), Decimals::Unsaid);
        assert_eq!(of(b';', &["1.024"]), Decimals::Unsaid);
        assert_eq!(of(b',', &["0,5"]), Decimals::Point);
    }
}
