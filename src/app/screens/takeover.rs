//! The takeover from an older system: what the ledger is, and what was done about it.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::format;
use crate::app::message::Tone;
use crate::domain::finding::Cause;
use crate::domain::takeover::Standing;
use crate::protocol::answer::Answer;
use crate::protocol::findings::FindingFilter;
use crate::protocol::request::Request;
use crate::protocol::takeover::{ShowTakeover, Takeover};

/// The takeover.
pub type TakeoverScreen = DocumentScreen<TakeoverDocument>;

impl TakeoverScreen {
    /// Returns the screen.
    #[must_use]
    pub fn at() -> Self {
        Self::new(TakeoverDocument)
    }
}

/// What the ledger is to an older system; its link leads to the vouchers that no trade explains.
#[derive(Debug, Clone)]
pub struct TakeoverDocument;

impl Document for TakeoverDocument {
    type Content = Box<Takeover>;
    const FOOTER: &'static [Command] = &[Command::EndTakeover, Command::Open];

    fn request(&self) -> Option<Request> {
        Some(Request::Takeover(ShowTakeover {}))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Takeover(takeover) = answer { Some(takeover) } else { None }
    }
    fn links(&self, takeover: &Self::Content) -> usize {
        usize::from(takeover.unexplained > 0)
    }
    fn open(&self, takeover: Option<&Self::Content>, link: usize) -> Option<Route> {
        let filter = FindingFilter { cause: Some(Cause::Unexplained), ..FindingFilter::default() };
        (link < self.links(takeover?)).then_some(Route::Findings(filter))
    }
    fn name(&self, takeover: Option<&Self::Content>, _: usize) -> Option<String> {
        takeover.map(|takeover| takeover.standing.to_string())
    }
    fn status(&self, takeover: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(takeover) = takeover else { return StatusLine::default() };
        let tone = if takeover.standing == Standing::Books { Tone::Good } else { Tone::Warn };
        StatusLine::of(format::label(around.view.lang, "standing", takeover.standing.as_str()), tone)
    }
}
