//! How a bill that was refused differs from the statements that stand, before it takes their place.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::action::BillFile;
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::differences::Differences;
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;

/// A bill that was refused because it differs from what stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedBill {
    /// The file.
    pub bill: BillFile,
    /// The refusal, with the differences.
    pub refusal: Refusal,
}

impl RefusedBill {
    /// Returns how it differs.
    #[must_use]
    pub fn differences(&self) -> Option<&Differences> {
        match &self.refusal {
            Refusal::Rejected(rejection) => rejection.differences.as_deref(),
            Refusal::Fault { .. } => None,
        }
    }
}

/// How a refused bill differs.
pub type DifferencesScreen = DocumentScreen<DifferencesDocument>;

impl DifferencesScreen {
    /// Returns the screen of a refused bill.
    #[must_use]
    pub fn at(refused: RefusedBill) -> Self {
        Self::with_content(DifferencesDocument, refused)
    }
}

/// The lines that a refused bill adds, lacks and changes, and what rests on those that stand.
#[derive(Debug, Clone)]
pub struct DifferencesDocument;

impl Document for DifferencesDocument {
    type Content = RefusedBill;
    const FOOTER: &'static [Command] = &[Command::Supersede, Command::Back];

    fn request(&self) -> Option<Request> {
        None
    }
    fn content(_: Answer) -> Option<RefusedBill> {
        None
    }
    fn links(&self, _: &RefusedBill) -> usize {
        0
    }
    fn open(&self, _: Option<&RefusedBill>, _: usize) -> Option<Route> {
        None
    }
    fn name(&self, refused: Option<&RefusedBill>, _: usize) -> Option<String> {
        refused.map(|refused| refused.bill.path.clone())
    }
    fn status(&self, refused: Option<&RefusedBill>, around: &Surroundings) -> StatusLine {
        let Some(differences) = refused.and_then(RefusedBill::differences) else {
            return StatusLine::default();
        };
        let counts = [
            ("added", differences.added.to_string()),
            ("gone", differences.gone.to_string()),
            ("changed", differences.changed.to_string()),
        ];
        StatusLine::of(i18n::text(around.view.lang, "status.differences", &counts), Tone::Warn)
    }
    fn crumb(&self, refused: Option<&RefusedBill>, _: Lang) -> Option<String> {
        let path = refused?.bill.path.as_str();
        path.rsplit(['/', '\\']).next().map(str::to_owned)
    }
}
