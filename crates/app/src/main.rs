//! The program `haruka`.

fn main() {}
