//! Forms of a simulation.
