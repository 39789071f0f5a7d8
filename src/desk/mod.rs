//! The desk: the domain service the workstation and the command line talk to.
//!
//! Requests and answers are plain serialisable data, so that the same conversation works in-process, over a pipe and
//! over a network. Nothing here knows SQL; the desk reads and writes through [`crate::store`].

pub mod answer;
mod basis;
mod books;
mod calendar;
mod case;
mod check;
mod commit;
mod compare;
mod day;
mod expect;
mod findings;
mod found;
pub mod generate;
pub mod import;
mod lineage;
pub mod local;
pub(crate) mod names;
mod opening;
mod plan;
pub mod policy;
mod post;
mod query;
mod reconcile;
pub mod report;
pub mod request;
mod resolve;

pub use answer::*;
pub use local::Desk;
pub use report::*;
pub use request::*;

use crate::domain::rejection::Code;
use crate::domain::role::Role;
use crate::i18n::{self, Lang};

/// Follows a long piece of work: hears how far it has come and may ask it to stop.
pub trait Watch {
    /// Called now and then while work goes on.
    fn progress(&mut self, progress: Progress);
    /// Whether the asker gave up. Work stops at the next safe place and writes nothing more.
    fn cancelled(&self) -> bool;
    /// Called where the way to the ledger changes: it broke, it is dialled again, it stands.
    fn line(&mut self, _: &Line) {}
}

/// The way to a ledger on another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where to.
    pub address: String,
    /// Whether it stands.
    pub state: LineState,
    /// Time for a word there and one back, in milliseconds, once measured.
    pub round_trip_ms: Option<u64>,
    /// What the other side lets the session do.
    pub role: Option<Role>,
}

/// Whether the way to a ledger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// It does.
    Up,
    /// It broke.
    Down,
    /// It is dialled again, for the so-manieth time.
    Dialling(u32),
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

    /// Takes a file over that lies here, wherever the ledger is.
    ///
    /// # Errors
    /// As [`Desk::take_over`].
    fn import(
        &mut self,
        context: &Context,
        incoming: import::Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<import::ImportAnswer, Refusal>;

    /// The preview of a case with all its steps and without entries: each entry is heard as it comes, so that nobody need hold
    /// them all.
    ///
    /// # Errors
    /// As [`Service::ask`], and what `hear` answers.
    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &crate::domain::id::CaseNo,
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        let request = Request::Preview { case_no: case_no.clone(), slice: Slice::ALL };
        let Answer::Preview(mut preview) = self.ask(context, request, watch)? else {
            return Err(Refusal::Fault { code: "STORNO-INTERNAL".to_owned(), args: Vec::new() });
        };
        for entry in std::mem::take(&mut preview.entries) {
            hear(entry).map_err(|error| crate::store::Fault::Io { detail: error.to_string() })?;
        }
        Ok(*preview)
    }

    /// The way to the ledger where it is on another host.
    fn line(&self) -> Option<Line> {
        None
    }

    /// Called now and then while nothing is asked: looks whether the line still stands, and dials it again where it broke.
    fn tend(&mut self, _: &mut dyn Watch) {}
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
