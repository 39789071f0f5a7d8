//! What two people decide: the second one is another person than the first.

use super::id::Operator;
use super::rejection::{Code, Rejection};

/// Returns the refusal of a person who has said the same before; `problem` is the key of what is still needed.
#[must_use]
pub fn same_person(operator: &Operator, problem: &str) -> Rejection {
    Rejection::new(Code::FourEyes).with("operator", operator).with("problem", problem)
}

/// Refuses a person who is the `first` of the two; without a first one anybody may begin.
///
/// # Errors
/// [`Code::FourEyes`], as [`same_person`].
pub fn must_be_another(
    first: Option<&Operator>,
    operator: &Operator,
    problem: &str,
) -> Result<(), Rejection> {
    match first {
        Some(first) if first.is_same_person(operator) => Err(same_person(operator, problem)),
        _ => Ok(()),
    }
}
