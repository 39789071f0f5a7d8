//! A file before it is imported: what it was recognised as and what it comes to, or why it is refused. Nothing of it is
//! taken by looking.

use super::Route;
use super::behaviour::{ScreenBehaviour, StatusLine, Surroundings};
use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::list::{Cursor, Links};
use crate::app::message::Tone;
use crate::domain::differences::Differences;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::intake::{ImportAnswer, LocalFile};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;

/// A file that is looked at.
#[derive(Debug, Clone)]
pub struct ImportScreen {
    /// The file, with what is said beside it.
    pub file: LocalFile,
    /// What the dry run found, once it has ended.
    pub found: Option<Result<ImportAnswer, Refusal>>,
    /// It has no links: the cursor keys scroll it.
    pub links: Links,
}

impl ImportScreen {
    /// Returns the screen of a file.
    #[must_use]
    pub fn at(file: LocalFile) -> Self {
        Self { file, found: None, links: Links::default() }
    }

    /// Returns the file's answer, if it may be taken and brings something new.
    #[must_use]
    pub fn new_file(&self) -> Option<&ImportAnswer> {
        let answer = self.found.as_ref()?.as_ref().ok()?;
        let is_known = answer.imported_before.is_some() || answer.ended.is_some();
        (!is_known).then_some(answer)
    }

    /// Returns true if the file may take the place of what stands, if it is told to.
    #[must_use]
    pub fn may_supersede(&self) -> bool {
        match &self.found {
            Some(Ok(answer)) => answer.ended.is_some() || answer.until.is_some(),
            Some(Err(Refusal::Rejected(rejection))) => {
                rejection.code == Code::BillConflict
                    && (rejection.differences.is_some() || is_of_account(rejection))
            }
            _ => false,
        }
    }
}

/// Returns true if a conflict is one of account statements: it names the account.
fn is_of_account(rejection: &Rejection) -> bool {
    rejection.args.iter().any(|(name, _)| name == "account")
}

/// Returns how a refused file differs from what stands.
#[must_use]
pub fn differences(refusal: &Refusal) -> Option<&Differences> {
    match refusal {
        Refusal::Rejected(rejection) => rejection.differences.as_deref(),
        Refusal::Fault { .. } => None,
    }
}

impl ScreenBehaviour for ImportScreen {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        Vec::new()
    }
    fn file(&self) -> Option<&LocalFile> {
        Some(&self.file)
    }
    fn take_dry_run(&mut self, found: Result<ImportAnswer, Refusal>) {
        self.found = Some(found);
        self.links = Links::default();
    }
    fn take(&mut self, _: SlotPart, _: Answer) -> bool {
        false
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.found.is_some()
    }
    fn open(&self) -> Option<Route> {
        None
    }
    fn name(&self) -> Option<String> {
        Some(self.file.path.clone())
    }
    fn footer(&self) -> &'static [Command] {
        &[Command::TakeFile, Command::Supersede, Command::ImportOptions, Command::Import, Command::Back]
    }
    fn status(&self, around: &Surroundings) -> StatusLine {
        let lang = around.view.lang;
        let (key, tone) = match &self.found {
            None => return StatusLine::default(),
            Some(Err(refusal)) => {
                if let Some(found) = differences(refusal) {
                    let counts = [
                        ("added", found.added.to_string()),
                        ("gone", found.gone.to_string()),
                        ("changed", found.changed.to_string()),
                    ];
                    return StatusLine::of(i18n::text(lang, "status.differences", &counts), Tone::Warn);
                }
                ("import_screen.refused", Tone::Bad)
            }
            Some(Ok(_)) if self.new_file().is_some() => ("import_screen.good", Tone::Good),
            Some(Ok(_)) => ("import_screen.known", Tone::Warn),
        };
        StatusLine::of(i18n::word(lang, key), tone)
    }
    fn crumb(&self, _: Lang) -> Option<String> {
        self.file.path.rsplit(['/', '\\']).next().map(str::to_owned)
    }
}
