//! A simulation for people and spreadsheets.

pub mod csv;
pub mod markdown;
pub mod text;
mod words;

#[cfg(test)]
mod tests;
