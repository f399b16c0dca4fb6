//! Explanations as people read them.

mod levers;
pub mod markdown;
pub mod text;
mod words;

#[cfg(test)]
mod tests;
