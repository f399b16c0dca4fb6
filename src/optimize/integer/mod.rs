//! From fractional to whole bins: diving, the restricted master as an integer program, neighbourhoods.

pub mod blocks;
pub mod diving;
pub mod downsize;
pub mod neighbourhood;
pub mod restricted_master;
