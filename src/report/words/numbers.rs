//! Numbers as people read them.

use jiff::Timestamp;

/// A fraction in percent with two decimals, rounded up: what is claimed is never better than what is proven.
pub fn percent_rounded_up(fraction: f64) -> String {
    // The tiny allowance keeps a fraction such as 0.0008 from becoming 0.09 % by binary rounding.
    // Adding zero turns the negative zero, which `max` may return, into zero.
    let hundredths = (fraction * 10_000.0 - 1e-6).ceil().max(0.0) + 0.0;
    format!("{:.2} %", hundredths / 100.0)
}

/// An amount in USD to the cent, with separators between thousands.
pub fn cents(amount: f64) -> String {
    group_thousands(&format!("{amount:.2}"))
}

/// A number as text, with separators between thousands.
pub fn grouped(number: &str) -> String {
    group_thousands(number)
}

/// A count with separators between thousands.
pub fn count(number: u64) -> String {
    group_thousands(&number.to_string())
}

/// `1 instance`, `2 instances`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Digits of a number as text, with separators between thousands.
pub fn group_thousands(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}
/// A moment in UTC, of seconds since 1970.
pub fn moment(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string())
}
