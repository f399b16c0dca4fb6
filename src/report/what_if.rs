//! Comparisons of scenarios as people and spreadsheets read them.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
mod premises;
mod rows;
pub mod text;

#[cfg(test)]
mod tests;
