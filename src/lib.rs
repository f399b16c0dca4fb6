//! bayplan: capacity planner and placement optimizer for Amazon ECS.

pub mod catalogue;
pub mod check;
pub mod domain;
pub mod formulate;
pub mod io;
pub mod optimize;
pub mod planner;
