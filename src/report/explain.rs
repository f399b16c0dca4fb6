//! Explanations as people read them.

pub mod markdown;
pub mod text;
mod words;

#[cfg(test)]
mod tests;
