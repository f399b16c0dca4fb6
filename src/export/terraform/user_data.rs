//! User data of launch templates as an expression.

use std::fmt::Write as _;

use super::super::user_data::{Placeholders, lines};
use super::native::quoted;
use crate::domain::settings::{Settings, Template};

/// Marks that stand for variables in the script before it is cut into pieces. `\u{1}` occurs in no exported name.
const CLUSTER: &str = "\u{1}var.cluster_name";
const RESERVED: &str = "\u{1}tostring(var.reserved_memory_mib)";

/// The script, joined from plain pieces and variables: `base64encode(join("", [ … ]))`.
pub(super) fn user_data(settings: &Settings, template: &Template) -> String {
    let values = Placeholders {
        cluster: CLUSTER,
        reserved_memory: RESERVED,
    };
    let pieces: Vec<String> = (lines(settings, template, &values).iter())
        .map(|line| match line.split_once('\u{1}') {
            Some((before, expression)) => {
                format!("join(\"\", [{}, {expression}])", quoted(before))
            }
            None => quoted(line),
        })
        .collect();
    let lines: String = pieces.iter().fold(String::new(), |mut text, piece| {
        let _ = writeln!(text, "    {piece},");
        text
    });
    format!("base64encode(join(\"\\n\", [\n{lines}  ]))")
}
