//! The independent checker: feasibility and cost of a plan, derived again from cluster, catalogue and the
//! plan document alone.
//!
//! Nothing here is shared with the code that made the plan. Every rule is a file under `rules`, with a
//! code that stays ([`Rule::code`]); all violations come back together, and no document makes it panic.

mod certify;
mod checker;
mod commitments;
mod facts;
mod fargate;
mod instance_price;
mod money;
mod offers;
mod packing;
mod proof;
mod rules;
mod transport;
mod violation;
mod week;

pub use certify::{CheckedPlan, Rejected, certify};
pub use checker::{check, first_row_without_room};
pub use packing::check_packing;
pub use proof::{ProofFault, check_packing_proof, check_proof, not_carried};
pub use violation::{Rule, Violation};

#[cfg(test)]
mod tests;
