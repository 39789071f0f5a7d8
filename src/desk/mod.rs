//! The desk: the domain service the workstation and the command line talk to.
//!
//! Requests and answers are plain serialisable data, so that the same conversation works in-process, over a pipe and
//! over a network. Nothing here knows SQL; the desk reads and writes through [`crate::store`].

pub mod answer;
mod case;
mod commit;
mod compare;
mod expect;
mod findings;
pub mod generate;
pub mod import;
mod lineage;
pub mod local;
mod plan;
mod post;
mod query;
pub mod request;
mod resolve;

pub use answer::*;
pub use local::Desk;
pub use request::*;

use crate::i18n::{self, Lang};

/// Follows a long piece of work: hears how far it has come and may ask it to stop.
pub trait Watch {
    /// Called now and then while work goes on.
    fn progress(&mut self, progress: Progress);
    /// Whether the asker gave up. Work stops at the next safe place and writes nothing more.
    fn cancelled(&self) -> bool;
}

/// A watch nobody looks at.
#[derive(Debug, Default, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&mut self, _: Progress) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Something that answers requests: a desk in this process, or one on another host.
pub trait Service: Send {
    /// Answers one request.
    ///
    /// # Errors
    /// [`Refusal`]: the books forbid it, or something technical is in the way. Nothing is half done.
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal>;
}

impl Refusal {
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
        i18n::text(lang, &format!("refusal.{}.message", self.code()), &args)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self, lang: Lang) -> String {
        i18n::text(lang, &format!("refusal.{}.hint", self.code()), self.args())
    }
}
