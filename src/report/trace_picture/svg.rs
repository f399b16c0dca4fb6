//! SVG as text: escaping, numbers, a few elements.

use std::fmt::Write as _;

use crate::domain::text::is_unseen;

/// Which point of a text its position names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An SVG in the making.
pub(super) struct Drawing {
    text: String,
}

/// A number with at most one decimal, without a trailing zero.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Text that is safe between tags and in attributes; characters that XML does not allow or that turn text around become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            unseen if is_unseen(unseen) => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Drawing {
    /// A page of that size with its style, title and description.
    pub(super) fn new(width: f64, height: f64, style: &str, title: &str, about: &str) -> Self {
        let (width, height) = (number(width), number(height));
        let (title, about) = (escape(title), escape(about));
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"bp\" role=\"img\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
             <title>{title}</title>\n<desc>{about}</desc>\n<style>{style}</style>\n\
             <rect class=\"bp-page\" width=\"{width}\" height=\"{height}\"/>\n"
        );
        Self { text }
    }

    /// The whole document.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    fn push(&mut self, arguments: std::fmt::Arguments<'_>) {
        (self.text.write_fmt(arguments)).expect("writing to a string does not fail");
        self.text.push('\n');
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
            number(at.0),
            number(at.1),
            anchor.name(),
            escape(text)
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        ));
    }

    pub(super) fn disc(&mut self, at: (f64, f64), radius: f64, class: &str) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            number(at.0),
            number(at.1),
            number(radius)
        ));
    }

    pub(super) fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            number(at.0),
            number(at.1),
            number(size.0),
            number(size.1)
        ));
    }

    pub(super) fn path(&mut self, data: &str, class: &str) {
        self.push(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }
}
