//! The staff's home: who is when, who waits, what is missing for whom; and one visit with everything about it.

pub mod pages;
