//! One case, like a change that is staged: its steps, the preview, what is left to do.

use super::Route;
use super::behaviour::{ScreenBehaviour, StatusLine, Surroundings};
use super::cases::state;
use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{Cursor, Links};
use crate::app::message::Tone;
use crate::domain::case::CaseState;
use crate::domain::id::{CaseNo, TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::cases::{BookedVoucher, CaseDetail, ShowCase};
use crate::protocol::page::Slice;
use crate::protocol::preview::{GuardState, Preview, PreviewCase};
use crate::protocol::request::Request;
use crate::protocol::steps::StepRow;

/// Number of steps held of a case, with the vouchers they book.
const WINDOW: usize = 120;

/// Steps by which the window moves: the rest stays, so that the reader keeps orientation.
const TURN: i64 = 60;

const FOOTER: &[Command] = &[
    Command::Commit,
    Command::Approve,
    Command::Submit,
    Command::Reject,
    Command::StepAdd,
    Command::StepDrop,
    Command::Tick,
    Command::Undo,
    Command::Withdraw,
];

/// A case that is over cannot be changed any more.
const FINAL_FOOTER: &[Command] = &[Command::Lineage];

/// A change of the draft that can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftChange {
    /// This step was added.
    Added(i64),
    /// This step was dropped.
    Dropped(i64),
}

/// One case.
#[derive(Debug, Clone)]
pub struct CaseScreen {
    /// Its number.
    pub case_no: CaseNo,
    /// The case, once it has come.
    pub detail: Option<Box<CaseDetail>>,
    /// The dry run of the commit.
    pub preview: Option<Box<Preview>>,
    /// Links: the steps, then the booked vouchers.
    pub links: Links,
    /// Changes of the draft, newest last.
    pub undo: Vec<DraftChange>,
    /// Changes taken back, newest last.
    pub redo: Vec<DraftChange>,
    /// First step of the window: only a part of a long case is held.
    pub from: i64,
    /// Name of the link under the cursor when the window moved, to find it again.
    held: Option<String>,
}

impl CaseScreen {
    /// Returns the screen of a case.
    #[must_use]
    pub fn at(case_no: CaseNo) -> Self {
        let (undo, redo) = (Vec::new(), Vec::new());
        let links = Links::default();
        Self { case_no, detail: None, preview: None, links, undo, redo, from: 1, held: None }
    }

    /// Returns the window.
    #[must_use]
    pub const fn slice(&self) -> Slice {
        Slice { from: self.from, limit: WINDOW }
    }

    /// Takes the case from an answer, as far as the window reaches.
    pub fn show(&mut self, mut detail: Box<CaseDetail>) {
        let slice = self.slice();
        detail.staged.retain(|step| slice.holds(step.step));
        detail.booked.truncate(WINDOW);
        self.detail = Some(detail);
        self.links.resize(self.steps().len() + self.booked().len());
        if let Some(last) = self.links.jump.take() {
            self.links.cursor = if last { self.links.count.saturating_sub(1) } else { 0 };
        } else if let Some(held) = self.held.take() {
            let names = (0..self.links.count).map(|at| self.name_at(at));
            if let Some(at) = names.into_iter().position(|name| name.as_ref() == Some(&held)) {
                self.links.cursor = at;
            }
        }
    }

    /// Returns the locale key of what to do next.
    fn next(&self, detail: &CaseDetail, around: &Surroundings) -> &'static str {
        let mine = detail.row.maker == *around.operator;
        match detail.row.state {
            CaseState::Open => "case.next.open",
            CaseState::Staged if around.four_eyes => "case.next.staged",
            CaseState::Staged => "case.next.staged_alone",
            CaseState::Submitted if around.four_eyes && mine => "case.next.submitted_mine",
            CaseState::Submitted => "case.next.submitted",
            CaseState::Approved if self.obstacle().is_some() => "case.next.blocked",
            CaseState::Approved => "case.next.approved",
            CaseState::Committed => "case.next.committed",
            CaseState::Rejected => "case.next.rejected",
            CaseState::Withdrawn => "case.next.withdrawn",
        }
    }

    fn booked(&self) -> &[BookedVoucher] {
        self.detail.as_ref().map_or(&[], |detail| &detail.booked)
    }

    /// Returns the name of a link: a step's number, or a booked voucher's.
    fn name_at(&self, at: usize) -> Option<String> {
        let steps = self.steps();
        match steps.get(at) {
            Some(step) => Some(step.step.to_string()),
            None => self.booked().get(at - steps.len()).map(|voucher| voucher.voucher_no.to_string()),
        }
    }

    /// Returns whether steps come before the window, and after it.
    #[must_use]
    pub fn more(&self) -> (bool, bool) {
        let last = self.detail.as_ref().map_or(0, |detail| detail.last_step);
        (self.from > 1, self.slice().from.saturating_add_unsigned(WINDOW as u64) <= last)
    }

    /// Returns the number of staged steps, without the dropped ones.
    #[must_use]
    pub fn step_count(&self) -> usize {
        let steps = self.detail.as_ref().map_or(0, |detail| detail.row.steps);
        usize::try_from(steps).unwrap_or_default()
    }

    /// Returns the staged steps of the window, without the dropped ones.
    #[must_use]
    pub fn steps(&self) -> Vec<&StepRow> {
        let staged = self.detail.iter().flat_map(|detail| &detail.staged);
        staged.filter(|step| !step.dropped).collect()
    }

    /// Returns the step under the cursor.
    #[must_use]
    pub fn step(&self) -> Option<&StepRow> {
        self.steps().get(self.links.cursor).copied()
    }

    /// Returns the state of the case.
    #[must_use]
    pub fn state(&self) -> Option<CaseState> {
        self.detail.as_ref().map(|detail| detail.row.state)
    }

    /// Returns what the commit would move, per currency in minor units: the debits of all entries, whatever
    /// their sign.
    #[must_use]
    pub fn gross(&self) -> &[(String, i64)] {
        self.preview.as_ref().map_or(&[], |preview| &preview.gross)
    }

    /// Returns the number of vouchers that the commit would write.
    #[must_use]
    pub fn vouchers(&self) -> usize {
        self.preview.as_ref().map_or(0, |preview| preview.count.vouchers)
    }

    /// Returns the first check of the commit that fails.
    #[must_use]
    pub fn obstacle(&self) -> Option<&crate::protocol::preview::Guard> {
        self.preview.as_ref()?.guards.iter().find(|g| g.state == GuardState::Fail)
    }
}

impl ScreenBehaviour for CaseScreen {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        let case_no = self.case_no.clone();
        vec![
            (SlotPart::Main, Request::Case(ShowCase { case_no: case_no.clone(), slice: self.slice() })),
            (SlotPart::Extra, Request::Preview(PreviewCase { case_no, slice: self.slice() })),
        ]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        match answer {
            Answer::Case(detail) => self.show(detail),
            Answer::Preview(preview) => self.preview = Some(preview),
            _ => return false,
        }
        true
    }
    fn turn(&mut self) -> bool {
        let (before, after) = self.more();
        if let Some(end) = self.links.jump.filter(|end| if *end { after } else { before }) {
            let last = self.detail.as_ref().map_or(1, |detail| detail.last_step);
            self.from = if end { last.saturating_sub_unsigned(WINDOW as u64 - 1).max(1) } else { 1 };
            return true;
        }
        self.links.jump = None;
        let last = self.links.cursor + 1 >= self.links.count;
        let from = match (before, after) {
            (_, true) if last => self.from + TURN,
            (true, _) if self.links.cursor == 0 => (self.from - TURN).max(1),
            _ => return false,
        };
        self.held = self.name_at(self.links.cursor);
        self.from = from;
        true
    }
    fn lost(&mut self, part: SlotPart) {
        if part == SlotPart::Extra {
            self.preview = None;
        }
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.detail.is_some()
    }
    fn open(&self) -> Option<Route> {
        if let Some(step) = self.step() {
            let voucher = step.voucher_no.clone().map(Route::Voucher);
            return voucher.or_else(|| step.trade_no.clone().map(Route::Trade));
        }
        self.voucher().map(Route::Voucher)
    }
    fn name(&self) -> Option<String> {
        Some(self.case_no.to_string())
    }
    fn trade(&self) -> Option<TradeNo> {
        self.detail.as_ref()?.row.trade_no.clone()
    }
    fn voucher(&self) -> Option<VoucherNo> {
        if let Some(step) = self.step() {
            return step.voucher_no.clone();
        }
        let at = self.links.cursor.checked_sub(self.steps().len())?;
        self.booked().get(at).map(|voucher| voucher.voucher_no.clone())
    }
    fn footer(&self) -> &'static [Command] {
        if self.state().is_some_and(CaseState::is_final) { FINAL_FOOTER } else { FOOTER }
    }
    fn status(&self, around: &Surroundings) -> StatusLine {
        let Some(detail) = &self.detail else { return StatusLine::default() };
        let lang = around.view.lang;
        let (state, tone) = state(lang, detail.row.state);
        let next = i18n::text(lang, self.next(detail, around), &[("maker", detail.row.maker.to_string())]);
        let left = vec![(state, tone), (format!(" · {next}"), Tone::Plain)];
        let mut right = i18n::text(lang, "case.steps", &[("n", self.step_count().to_string())]);
        for (code, sum) in self.gross() {
            right = format!("{right} · {}", format::money(*sum, code));
        }
        // What to do next about a case is worth more than a figure that the body shows too.
        StatusLine { left, right: vec![(right, Tone::Dim)], right_yields: true }
    }
    fn crumb(&self, lang: Lang) -> Option<String> {
        let cause = self.detail.as_ref().and_then(|detail| detail.row.cause);
        let word = cause.map(|cause| format!(" {}", format::label(lang, "cause", cause.as_str())));
        Some(format!("{}{}", self.case_no, word.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// Returns the desk's answer for a part of a case with `all` steps.
    fn part(slice: Slice, all: i64) -> Answer {
        let step =
            |n: i64| json!({ "step": n, "kind": "reverse", "voucher_no": format!("J{n:05}"), "why": "" });
        let staged: Vec<_> = (1..=all).filter(|n| slice.holds(*n)).map(step).collect();
        let detail = json!({
            "case_no": "C0001", "cause": null, "state": "staged", "maker": "op1", "checker": null,
            "opened_at": "2018-09-13T12:00:00+08:00", "decided_at": null, "trade_no": null, "finding": null,
            "reason": "manual", "note": null, "steps": all, "vouchers": 0, "findings": 0,
            "staged": staged, "last_step": all, "log": [], "booked": [],
        });
        Answer::Case(serde_json::from_value(detail).unwrap())
    }

    #[test]
    fn the_window_of_a_long_case_follows_the_cursor_to_either_end_and_back() {
        let all = 10_000;
        let mut view = CaseScreen::at("C0001".parse().unwrap());
        view.take(SlotPart::Main, part(view.slice(), all));
        let mut seen = BTreeSet::new();
        for down in [true, false] {
            loop {
                let step = view.step().unwrap().step;
                seen.insert(step);
                let at = if down { view.links.cursor + 1 } else { view.links.cursor.saturating_sub(1) };
                view.cursor_mut().set(at);
                if view.turn() {
                    let under = view.step().unwrap().step;
                    view.take(SlotPart::Main, part(view.slice(), all));
                    assert_eq!(view.step().unwrap().step, under, "the cursor stays on its step");
                }
                assert!(view.steps().len() <= WINDOW);
                if view.step().unwrap().step == step {
                    break;
                }
            }
            assert_eq!(view.step().unwrap().step, if down { all } else { 1 });
        }
        assert_eq!(seen.len(), 10_000);
        for (end, step) in [(true, all), (false, 1)] {
            let jump = if end { view.cursor_mut().to_bottom() } else { view.cursor_mut().to_top() };
            assert!(!jump && view.turn());
            view.take(SlotPart::Main, part(view.slice(), all));
            assert_eq!(view.step().unwrap().step, step, "to either end at once");
        }
        assert_eq!(view.step_count(), 10_000);
    }
}
