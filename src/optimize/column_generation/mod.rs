//! Column generation: the restricted master, stabilised pricing rounds, and the proven bound.

pub mod bound;
pub mod master;
pub mod pool;
pub mod resource_prices;
pub mod rounds;
