//! Why a command cannot be run now: a typed reason, from which its text follows. No code decides on the text.

use super::message::{Message, Tone};
use crate::domain::case::CaseState;
use crate::domain::role::Role;
use crate::domain::statement::BillState;
use crate::i18n::{self, Lang};
use jiff::civil::Date;

/// Why a command cannot be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unavailable {
    /// The command does not belong to this screen.
    Elsewhere,
    /// The ledger is read-only.
    ReadOnly,
    /// The role of the session does not allow it.
    Role(Role),
    /// A write request is still running.
    Busy,
    /// A write request is still running, and leaving would leave open whether it was carried out.
    ChangeRuns,
    /// What the command is about has not come yet.
    Loading,
    /// There is no row under the cursor.
    NoRow,
    /// There is no trade under the cursor.
    NoTrade,
    /// There is neither a trade nor a line of a channel under the cursor.
    NothingToMatch,
    /// The finding is accepted already, or there is none under the cursor.
    NothingToAccept,
    /// The finding is not accepted.
    NotAccepted,
    /// This is the first screen: there is none to go back to.
    FirstScreen,
    /// The server decides who works here.
    FixedOperator,
    /// The configuration names no ledgers.
    NoLedgers,
    /// There is nothing to cancel.
    NothingRuns,
    /// The screen was not opened from a list.
    NoList,
    /// The finding is about a statement line that no trade of ours belongs to.
    ChannelOnly,
    /// The plan proposes no steps.
    NoSteps,
    /// The day is closed already.
    DayClosed,
    /// Something keeps the day from closing.
    Blockers {
        /// Number of things in the way.
        count: i64,
        /// The day.
        day: Date,
    },
    /// The case is in a state that does not allow it.
    CaseState(CaseState),
    /// The case has to be approved first.
    NeedsApproval,
    /// A check of the commit fails; its text.
    Guard(String),
    /// The case has no steps.
    NothingStaged,
    /// The maker of a case cannot approve it.
    FourEyes,
    /// The case has no checklist.
    NoChecklist,
    /// Only the maker can hand a case over.
    NotMaker,
    /// There is no step under the cursor.
    NoStep,
    /// No change of the draft can be taken back.
    NothingToUndo,
    /// No change of the draft was taken back.
    NothingToRedo,
    /// The statement counts no more.
    BillState(BillState),
    /// Nothing is marked that could be matched.
    NothingMarked,
    /// There is no match by hand under the cursor that could be taken back.
    NoHandMatch,
    /// The file cannot be imported as it is.
    FileRefused,
    /// The file was imported before.
    FileKnown,
    /// The file contradicts nothing that stands.
    NothingToSupersede,
    /// It is no voucher of an older system that no trade explains.
    NotUnexplained,
    /// The takeover from an older system is over.
    IsTheBooks,
}

impl Unavailable {
    /// Returns true if the reason lies in the case as it was last read; another operator may have changed
    /// it since.
    #[must_use]
    pub const fn may_be_outdated(&self) -> bool {
        matches!(self, Self::CaseState(_) | Self::NeedsApproval | Self::Guard(_))
    }

    /// Returns the reason as a message.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        let tone = match self {
            Self::Loading => Tone::Dim,
            Self::Guard(_) => Tone::Bad,
            _ => Tone::Warn,
        };
        let message = Message::new(self.key(), tone);
        match self {
            Self::Role(role) => message.with("role", i18n::word(lang, &format!("session.{role}"))),
            Self::Blockers { count, day } => message.with("n", count).with("day", day),
            Self::CaseState(state) => message.with("state", i18n::word(lang, &format!("state.case.{state}"))),
            Self::BillState(state) => message.with("state", i18n::word(lang, &format!("state.bill.{state}"))),
            Self::Guard(text) => message.with("guard", text),
            _ => message,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Elsewhere => "why.elsewhere",
            Self::ReadOnly => "why.read_only",
            Self::Role(_) => "why.role",
            Self::Busy => "why.busy",
            Self::ChangeRuns => "why.order_runs",
            Self::Loading => "why.loading",
            Self::NoRow => "why.no_row",
            Self::NoTrade => "why.no_trade",
            Self::NothingToMatch => "why.nothing_to_match",
            Self::NothingToAccept => "why.nothing_to_accept",
            Self::NotAccepted => "why.not_accepted",
            Self::FirstScreen => "why.root",
            Self::FixedOperator => "why.operator",
            Self::NoLedgers => "why.no_ledgers",
            Self::NothingRuns => "why.nothing_runs",
            Self::NoList => "why.no_list",
            Self::ChannelOnly => "why.channel_only",
            Self::NoSteps => "why.no_steps",
            Self::DayClosed => "why.day_closed",
            Self::Blockers { .. } => "why.blockers",
            Self::CaseState(_) => "why.case_state",
            Self::NeedsApproval => "why.needs_approval",
            Self::Guard(_) => "why.guard",
            Self::NothingStaged => "why.nothing_staged",
            Self::FourEyes => "why.four_eyes",
            Self::NoChecklist => "why.no_checklist",
            Self::NotMaker => "why.not_maker",
            Self::NoStep => "why.no_step",
            Self::NothingToUndo => "why.nothing_to_undo",
            Self::NothingToRedo => "why.nothing_to_redo",
            Self::BillState(_) => "why.bill_state",
            Self::NothingMarked => "why.nothing_marked",
            Self::NoHandMatch => "why.no_hand_match",
            Self::FileRefused => "why.file_refused",
            Self::FileKnown => "why.file_known",
            Self::NothingToSupersede => "why.nothing_to_supersede",
            Self::NotUnexplained => "why.not_unexplained",
            Self::IsTheBooks => "why.is_the_books",
        }
    }
}
