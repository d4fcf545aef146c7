//! The house rules, held by tests: ranks, circles, file sizes, module docs, the code map, and which module may use which crate.

mod circles;
mod code;
mod graph;
mod house;
mod rooms;
