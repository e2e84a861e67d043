//! `cargo xtask COMMAND`: builds, runs and tests the house. `help` lists the commands.

fn main() {}
