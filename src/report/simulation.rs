//! A simulation for people and spreadsheets.

pub mod csv;
pub mod markdown;
pub mod text;
pub(super) mod words;

#[cfg(test)]
mod tests;
