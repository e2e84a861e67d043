//! Reading images for another facility: is it the right patient, who reads it, who may sign, who is told of an urgent finding
//! and when, what the requester still has to do. The guideline on dental teleradiology and our own design rules, as pure functions.

pub mod assign;
pub mod clock;
pub mod duty;
pub mod monitor;
pub mod reader;
pub mod same_patient;
pub mod terminal;
pub mod urgent;

mod kana;
