//! A simulation for people and spreadsheets.

pub mod assumptions;
pub mod csv;
pub mod document;
pub mod events;
pub mod markdown;
pub mod notes;
pub mod text;
pub(super) mod words;

#[cfg(test)]
mod tests;
