//! What commitments cover and what is left to pay, hour by hour, in exact decimals.
//!
//! ```text
//! use        x_o: instance-hours of type o on On-Demand at list price c_o; Fargate as USD of list price, c = 1
//! commitment p: costs K_p whether used or not, holds Q_p; one hour of o takes q_po of it. A Savings Plan of κ USD/h has K = Q = κ and
//!            q the rate of o; n Reserved Instances have Q = n · factor of their size, and q the factor of o's
//! covered    e_po ≥ 0,  Σ_o q_po e_po ≤ Q_p,  Σ_p e_po ≤ x_o
//! bill       Σ_o c_o x_o + Σ_p K_p − Σ_po c_o e_po
//! ```
//! AWS chooses `e`: Reserved Instances first, then EC2 Instance Savings Plans, then Compute Savings Plans; within one the highest
//! saving first, of equal ones the lowest rate ([`bill`]). Parts of an instance-hour count; what an hour does not use is lost.
//! Source: AWS Savings Plans user guide, "Understanding how Savings Plans apply to your AWS usage".
//!
//! For prices `γ_p ≥ 0` of what commitments hold, every choice of `e` leaves at least
//! `Σ_o x_o min(c_o, min_p γ_p q_po) + Σ_p (K_p − γ_p Q_p)` to pay: the fleet planned at those prices bounds every bill
//! ([`prices`]). Of a plan that is still to be bought `K = Q`, and with `γ ≤ 1` it adds nothing.

mod best;
pub mod bill;
mod estimate;
pub mod pool;
pub mod pooled;
pub mod prices;
pub mod said;
#[cfg(test)]
mod tests;
pub mod usage;

pub use best::best;
