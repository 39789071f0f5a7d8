//! Who asks, when, and in which language.

use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use serde::{Deserialize, Serialize};

/// Who asks, when, and in which language. Given with every request, because the desk reads no clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The operator.
    pub operator: Operator,
    /// The time.
    pub now: Moment,
    /// The language of explanations.
    pub lang: Lang,
}
