//! The overview of what needs attention: findings by cause and age, waiting cases, days, the chain.

use super::Route;
use super::behaviour::ScreenBehaviour;
use super::days::day_route;
use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::list::{Cursor, Links};
use crate::protocol::answer::Answer;
use crate::protocol::findings::{FindingFilter, FindingSummary, SummariseFindings};
use crate::protocol::ledger::ShowOverview;
use crate::protocol::request::Request;
use crate::protocol::vouchers::VoucherFilter;

/// A group of links on the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A cause, by its index in the summary.
    Cause(usize),
    /// What people accepted without booking.
    Accepted,
    /// A waiting case, by its index.
    Case(usize),
    /// A match by hand that waits, by its index.
    Match(usize),
    /// A finding that a second person may accept, by its index.
    Acceptance(usize),
    /// A day, by its index.
    Day(usize),
    /// The chain.
    Chain,
    /// What the ledger is to an older system.
    Takeover,
}

/// The overview.
#[derive(Debug, Clone, Default)]
pub struct OverviewScreen {
    /// The part that is quick to read.
    pub overview: Option<Box<crate::protocol::ledger::Overview>>,
    /// The count of findings; on a large ledger it comes later.
    pub summary: Option<FindingSummary>,
    /// The links.
    pub links: Links,
}

impl OverviewScreen {
    /// Returns the overview, still empty.
    #[must_use]
    pub fn at() -> Self {
        Self::default()
    }

    /// Returns what can be opened, in drawing order.
    #[must_use]
    pub fn targets(&self) -> Vec<Group> {
        let causes = self.summary.as_ref().map_or(0, |summary| summary.causes.len());
        let (waiting, matches, acceptances, days) = self.overview.as_ref().map_or((0, 0, 0, 0), |overview| {
            let (matches, acceptances) = (overview.matches_for_me.len(), overview.acceptances_for_me.len());
            (overview.waiting_for_me.len(), matches, acceptances, overview.days.len())
        });
        let mut targets: Vec<Group> = (0..causes).map(Group::Cause).collect();
        let is_accepted = self.summary.as_ref().is_some_and(|summary| !summary.accepted.is_empty());
        targets.extend(is_accepted.then_some(Group::Accepted));
        targets.extend((0..waiting).map(Group::Case));
        targets.extend((0..matches).map(Group::Match));
        targets.extend((0..acceptances).map(Group::Acceptance));
        targets.extend((0..days).map(Group::Day));
        if self.overview.is_some() {
            targets.extend([Group::Chain, Group::Takeover]);
        }
        targets
    }

    fn route(&self, group: Group) -> Option<Route> {
        match group {
            Group::Cause(at) => {
                let cause = self.summary.as_ref()?.causes.get(at)?.cause;
                Some(Route::Findings(FindingFilter { cause: Some(cause), ..FindingFilter::default() }))
            }
            Group::Accepted => {
                Some(Route::Findings(FindingFilter { accepted: true, ..FindingFilter::default() }))
            }
            Group::Acceptance(at) => {
                let asked = self.overview.as_ref()?.acceptances_for_me.get(at)?;
                Some(Route::Finding(asked.finding.clone(), asked.finding.clone()))
            }
            Group::Case(at) => {
                let case = self.overview.as_ref()?.waiting_for_me.get(at)?;
                Some(Route::Case(case.case_no.clone()))
            }
            Group::Match(at) => {
                let asked = self.overview.as_ref()?.matches_for_me.get(at)?;
                Some(Route::Trade(asked.trade_no.clone()))
            }
            Group::Day(at) => self.overview.as_ref()?.days.get(at).map(day_route),
            Group::Chain => Some(Route::Vouchers(VoucherFilter::default())),
            Group::Takeover => Some(Route::Takeover),
        }
    }

    fn recount(&mut self) {
        let before = self.targets().get(self.links.cursor).copied();
        let count = self.targets().len();
        self.links.resize(count);
        // The summary comes later but is drawn first: a cursor that was not moved stays at the top.
        if self.links.cursor > 0
            && let Some(at) = before.and_then(|group| self.targets().iter().position(|g| *g == group))
        {
            self.links.cursor = at;
        }
    }
}

impl ScreenBehaviour for OverviewScreen {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        vec![
            (SlotPart::Main, Request::Overview(ShowOverview {})),
            (SlotPart::Extra, Request::FindingSummary(SummariseFindings {})),
        ]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        match answer {
            Answer::Overview(overview) => self.overview = Some(overview),
            Answer::FindingSummary(summary) => self.summary = Some(summary),
            _ => return false,
        }
        self.recount();
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.overview.is_some()
    }
    fn open(&self) -> Option<Route> {
        self.targets().get(self.links.cursor).and_then(|group| self.route(*group))
    }
    fn name(&self) -> Option<String> {
        match self.targets().get(self.links.cursor)? {
            Group::Cause(at) => self.summary.as_ref()?.causes.get(*at).map(|count| count.cause.to_string()),
            Group::Case(at) => {
                self.overview.as_ref()?.waiting_for_me.get(*at).map(|case| case.case_no.to_string())
            }
            Group::Match(at) => {
                self.overview.as_ref()?.matches_for_me.get(*at).map(|asked| asked.trade_no.to_string())
            }
            Group::Accepted => self.summary.as_ref().map(|summary| summary.accepted.count.to_string()),
            Group::Acceptance(at) => {
                self.overview.as_ref()?.acceptances_for_me.get(*at).map(|asked| asked.finding.clone())
            }
            Group::Day(at) => self.overview.as_ref()?.days.get(*at).map(|day| day.day.to_string()),
            Group::Chain => self.overview.as_ref().map(|overview| overview.ledger.head_hash.clone()),
            Group::Takeover => self.overview.as_ref().map(|overview| overview.standing.to_string()),
        }
    }
    fn footer(&self) -> &'static [Command] {
        &[Command::Open, Command::PostDue, Command::Import, Command::Verify]
    }
    fn groups(&self) -> Vec<usize> {
        let kind = |group: &Group| std::mem::discriminant(group);
        let targets = self.targets();
        (0..targets.len()).filter(|at| *at == 0 || kind(&targets[*at]) != kind(&targets[at - 1])).collect()
    }
}
