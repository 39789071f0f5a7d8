//! The context of a request: operator, time and language.

use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use serde::{Deserialize, Serialize};

/// Operator, time and language of a request. Passed with every request, because the desk reads no clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The operator who makes the request.
    pub operator: Operator,
    /// The time of the request.
    pub now: Moment,
    /// Language of texts in the answer.
    pub lang: Lang,
}
