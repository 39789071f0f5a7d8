//! A refusal: why a request has no answer, in the words of the reader's language.

use crate::domain::rejection::{Code, Rejection};
use crate::i18n::{self, Lang};
use serde::{Deserialize, Serialize};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The books forbid it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Something technical is in the way.
    #[error("{code} {args:?}")]
    Fault {
        /// Stable code, for example `STORNO-LOCKED`.
        code: String,
        /// Named facts.
        args: Vec<(String, String)>,
    },
}

impl Refusal {
    /// An error of input or output.
    #[must_use]
    pub fn io(error: &std::io::Error) -> Self {
        Self::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), error.to_string())] }
    }

    /// A fault of the program itself, such as an answer of the wrong kind.
    #[must_use]
    pub fn internal() -> Self {
        Self::Fault { code: "STORNO-INTERNAL".to_owned(), args: Vec::new() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected(rejection) => rejection.code.as_str(),
            Self::Fault { code, .. } => code,
        }
    }

    fn args(&self) -> &[(String, String)] {
        match self {
            Self::Rejected(rejection) => &rejection.args,
            Self::Fault { args, .. } => args,
        }
    }

    /// What went wrong and where, in one sentence. A refusal of a file carries the key of its own text as `problem`.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let mut args = self.args().to_vec();
        if let Some((_, key)) = args.iter().find(|(name, _)| name == "problem") {
            let words = i18n::text(lang, key, &args);
            args.push(("words".to_owned(), words));
        }
        if let Some((_, what)) = args.iter_mut().find(|(name, _)| name == "what") {
            let key = format!("what.{}", what.replace(' ', "_"));
            if i18n::has(lang, &key) {
                *what = i18n::word(lang, &key);
            }
        }
        let message = i18n::text(lang, &format!("refusal.{}.message", self.code()), &args);
        self.placed(lang, message)
    }

    /// The message with the line of a file or the step of a case in front, where the refusal came from one.
    fn placed(&self, lang: Lang, message: String) -> String {
        let value =
            |wanted: &str| self.args().iter().find(|(name, _)| name == wanted).map(|(_, v)| v.as_str());
        let place = value("place").filter(|_| self.code() != Code::BadFile.as_str());
        match (place, value("step")) {
            (Some(place), _) => {
                i18n::text(lang, "refusal.at_place", &[("place", place), ("message", &message)])
            }
            (None, Some(step)) => {
                i18n::text(lang, "refusal.at_step", &[("step", step), ("message", &message)])
            }
            (None, None) => message,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self, lang: Lang) -> String {
        let problem = self.args().iter().find(|(name, _)| name == "problem");
        let own = problem.map(|(_, key)| format!("{key}.hint")).filter(|key| i18n::has(lang, key));
        if let Some(key) = own {
            return i18n::text(lang, &key, self.args());
        }
        i18n::text(lang, &format!("refusal.{}.hint", self.code()), self.args())
    }
}
