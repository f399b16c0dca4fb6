//! The replica does what ECS is documented to do: cases that follow directly from the documentation.

mod placement;
mod roadmap_105;
mod scaling;
mod scenarios;
mod support;
mod today;
