//! What a person may match with a trade or a line: what the other side has open on its day and the days beside it.

use crate::desk::day_tally::{DayScope, tally_in_ledger};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::kind::Kind;
use crate::domain::rejection::Rejection;
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus};
use crate::protocol::context::Context;
use crate::protocol::matches::{LineName, ListMatchChoices, MatchChoices, MatchSide};
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::ReconRow;
use crate::protocol::trades::TradeRow;
use crate::protocol::watch::Watch;
use crate::store::{coverage, decisions, named_lines, reconcile};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Most rows of a day that are looked at.
const LOOKED_AT: usize = 20_000;
/// Most rows listed.
const LISTED: usize = 500;

/// What a match is sought for, as far as it was read.
enum Sought<'n> {
    /// A trade.
    Trade(Box<TradeRow>),
    /// Lines of a name, as rows without a trade.
    Lines(&'n LineName, Vec<ReconRow>),
}

impl OpenLedger {
    /// Returns what may be matched with a trade or a line, the nearest first: by reference, amount and time.
    ///
    /// # Errors
    /// [`crate::domain::rejection::Code::NotFound`] without such a trade or standing line, or a fault.
    fn match_choices(&mut self, of: &MatchSide) -> Result<MatchChoices, Refusal> {
        let (channel, day, sought) = match of {
            MatchSide::Trade(trade_no) => {
                let row = self.trade_row(trade_no)?;
                (row.trade.channel, row.trade.business_date, Sought::Trade(Box::new(row)))
            }
            MatchSide::Line(name) => {
                let (channel, day, lines) = self.lines_sought(name)?;
                (channel, day, Sought::Lines(name, lines))
            }
        };
        let (mut rows, mut more) = self.open_rows(channel, day)?;
        let target = rows.iter().find(|row| is_target(of, row)).cloned();
        let target = match (target, sought) {
            (Some(row), _) => row,
            (None, Sought::Trade(trade)) => self.row_on_its_day(&trade)?,
            (None, Sought::Lines(name, lines)) => {
                lines.into_iter().next().ok_or_else(|| Rejection::not_found("channel line", name))?
            }
        };
        let comes_in = self.comes_in(&target);
        rows.retain(|row| match of {
            // The line that it has by now, or one without a trade.
            MatchSide::Trade(_) if is_target(of, row) => row.line.is_some(),
            MatchSide::Trade(_) => row.trade_no.is_none() && is_same_way(comes_in, self.comes_in(row)),
            MatchSide::Line(_) => row.trade_no.is_some() && is_same_way(comes_in, self.comes_in(row)),
        });
        let amount = |row: &ReconRow| row.ours_minor.or(row.theirs_minor).unwrap_or(0);
        rows.sort_by_key(|row| {
            (
                row.channel_ref != target.channel_ref,
                row.currency != target.currency,
                amount(row).abs_diff(amount(&target)),
                row.occurred_at.seconds_since(target.occurred_at).unsigned_abs(),
            )
        });
        more |= rows.len() > LISTED;
        rows.truncate(LISTED);
        let mut asked = decisions::asked(&mut *self.engine)?;
        asked.retain(|one| {
            one.concerns(target.trade_no.as_ref(), Some(channel), Some(target.channel_ref.as_str()))
        });
        Ok(MatchChoices { channel, target, rows, more, asked })
    }

    /// Returns whether the money of a row comes in by its trade's kind or else its line's; `None` if either way is
    /// possible.
    fn comes_in(&self, row: &ReconRow) -> Option<bool> {
        if row.trade_no.is_none() {
            return row.line_kind.map(LineKind::comes_in);
        }
        self.in_force.kinds.get(row.kind.parse().ok()?).and_then(Kind::comes_in)
    }

    /// Returns the channel, the day, and the lines of a name as rows without a trade.
    fn lines_sought(&mut self, name: &LineName) -> Result<(Channel, Date, Vec<ReconRow>), Refusal> {
        let lines = named_lines::named(&mut *self.engine, name.channel, &name.number, true)?;
        let lines: Vec<_> = lines.into_iter().map(|line| line.listed).collect();
        let first = lines.first().ok_or_else(|| Rejection::not_found("channel line", name))?;
        let day = first.day.unwrap_or_else(|| first.line.occurred_at.local().date());
        let rows = lines.into_iter().map(|row| reconcile::line_row(row, ReconStatus::Matched)).collect();
        Ok((name.channel, day, rows))
    }

    /// Returns the rows that do not match on a channel's day and the days beside it, each once; and whether there are
    /// more of them.
    fn open_rows(&mut self, channel: Channel, day: Date) -> Result<(Vec<ReconRow>, bool), Refusal> {
        let known = coverage::known_days(&mut *self.engine)?;
        let days = [Some(day), day.yesterday().ok(), day.tomorrow().ok()];
        let (mut rows, mut more) = (Vec::new(), false);
        let mut seen = BTreeSet::new();
        for day in days.into_iter().flatten() {
            let scope = DayScope { channel, day, known: &known, most: LOOKED_AT };
            let tally = tally_in_ledger(&mut *self.engine, &self.in_force, scope)?;
            more |= tally.more;
            let is_new = |row: &ReconRow| {
                let line = row.statement.clone().filter(|_| row.trade_no.is_none());
                seen.insert((row.trade_no.clone(), line, row.line.filter(|_| row.trade_no.is_none())))
            };
            rows.extend(tally.rows.into_iter().filter(is_new));
        }
        Ok((rows, more))
    }

    /// Returns the row of a trade that matches by now.
    fn row_on_its_day(&mut self, trade: &TradeRow) -> Result<ReconRow, Refusal> {
        let mut found = None;
        reconcile::trades(&mut *self.engine, &[trade.id], &mut |trade| {
            found = Some(trade.row);
            Ok(())
        })?;
        found.ok_or_else(|| Rejection::not_found("trade", &trade.trade.trade_no).into())
    }
}

/// Returns whether the money of two rows may go the same way; a match of others is refused.
fn is_same_way(one: Option<bool>, other: Option<bool>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// Returns whether a row is the one that another is sought for.
fn is_target(of: &MatchSide, row: &ReconRow) -> bool {
    match of {
        MatchSide::Trade(trade_no) => row.trade_no.as_ref() == Some(trade_no),
        MatchSide::Line(name) => row.trade_no.is_none() && row.line_number() == name.number,
    }
}

impl Handle for ListMatchChoices {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.match_choices(&self.of)?))
    }
}
