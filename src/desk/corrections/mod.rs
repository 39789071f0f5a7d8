//! Corrections: the steps of a case, what they would book, and the planner that proposes them.

pub mod case_run;
pub mod dry_run;
pub mod earlier_steps;
pub mod effect;
pub mod held;
pub mod new_numbers;
pub mod obstacles;
pub mod planner;
pub mod resolver;
pub mod run;
pub mod staged;
pub mod steps;
