//! What the project says of itself: the direction of its imports, its schemas, the README's console blocks, and the action for pull requests.

mod architecture;
mod circles;
mod plan_diff_action;
mod published;
mod readme;
