//! A page of text under construction: lines, headings, tables and lists.

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use crate::domain::text::visible;

/// Sentences are broken at this width; tables are as wide as they need.
const LINE_WIDTH: usize = 110;

/// Whether the text may carry ANSI escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emphasis {
    /// Plain text.
    Plain,
    /// Bold headings, and colour where something is wrong.
    Ansi,
}

pub(super) fn new_table(header: &[&str], right_aligned: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(header.to_vec());
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right_aligned.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(super) fn add_row(table: &mut Table, cells: &[String]) {
    table.add_row(cells.iter().map(|cell| visible(cell)).collect::<Vec<_>>());
}

/// Breaks a text between words into lines of at most `width` characters; a longer word has a line to itself.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
            used = length;
        } else if used + 1 + length <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + length;
        } else {
            lines.push(word.to_owned());
            used = length;
        }
    }
    lines
}

/// The report under construction.
pub(super) struct Page {
    pub text: String,
    emphasis: Emphasis,
}

impl Page {
    pub fn new(emphasis: Emphasis) -> Self {
        Self {
            text: String::new(),
            emphasis,
        }
    }

    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub fn styled_line(&mut self, line: &str, style: Style) {
        let line = visible(line);
        match self.emphasis {
            Emphasis::Plain => self.line(&line),
            Emphasis::Ansi => self.line(&format!("{style}{line}{style:#}")),
        }
    }

    pub fn heading(&mut self, title: &str) {
        self.line("");
        self.styled_line(title, Style::new().bold());
    }

    pub fn fact(&mut self, name: &str, value: &str) {
        self.line(&format!("  {name:<7} {}", visible(value)));
    }

    pub fn table(&mut self, title: &str, table: &Table) {
        self.heading(title);
        for row in table.lines() {
            self.line(&format!("  {row}"));
        }
    }

    /// A list item, its further lines indented like its first.
    pub fn item(&mut self, bullet: &str, text: &str) {
        let indent = " ".repeat(bullet.len());
        let width = LINE_WIDTH - bullet.len();
        for (index, line) in wrap(&visible(text), width).iter().enumerate() {
            let start = if index == 0 { bullet } else { &indent };
            self.line(&format!("{start}{line}"));
        }
    }

    pub fn list(&mut self, title: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.heading(title);
        for item in items {
            self.item("  - ", item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one unbreakable", 4), ["one", "unbreakable"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
