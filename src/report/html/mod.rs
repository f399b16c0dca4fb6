//! The cost analysis as one HTML file that needs nothing else: style, script, pictures and data are inside, and its
//! content security policy forbids it to fetch anything.
//!
//! | module | makes |
//! |---|---|
//! | [`page`] | the page, and its policy |
//! | `decision` | the four amounts at the top |
//! | `day` | what an ordinary day does to the fleet, as bars |
//! | `bars` | breakdowns of the bill as bars |
//! | `packings` | instances as bars of their tasks |
//! | `chart` | trade-off curves as inline SVG |
//! | `tables` | every number, with its CSV |
//!
//! Text from outside reaches the page only through templates that escape it.

mod bars;
mod chart;
mod day;
mod decision;
mod packings;
pub mod page;
mod tables;
