//! What came nearest to a trade or a line that nothing matched, and what kept it apart. Read only when one trade or
//! one finding is asked for: what bears the same reference, and what is open on the other side with the same amount
//! about the same time, out of the findings in memory.

use crate::desk::findings::memory::Remembered;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Finding};
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::kind::Kinds;
use crate::domain::money::Money;
use crate::domain::nearest_match::{Apart, ApartBy, MOST, MatchSide, NearMatch, Sum, closest, kept_apart};
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, Trade};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{StatementRow, TradeRow};
use crate::protocol::watch::Unwatched;
use crate::store::near_lines::{NearLine, near_lines};
use crate::store::{decisions, matching, trades};

/// Most trades that are read of one reference, and most open candidates that are looked at.
const MOST_READ: usize = 8;

impl OpenLedger {
    /// Returns what came nearest to what a finding `short` or `long` is about, and the one field that kept each from
    /// matching; nothing for other findings.
    pub(crate) fn nearest_to(
        &mut self,
        context: &Context,
        finding: &Finding,
    ) -> Result<Vec<NearMatch>, Refusal> {
        let reference = finding.channel_ref.as_deref().and_then(|text| text.parse().ok());
        let (Cause::Short | Cause::Long, Some((channel, reference))) =
            (finding.cause, finding.channel.zip(reference))
        else {
            return Ok(Vec::new());
        };
        let mut near = match &finding.trade_no {
            Some(trade_no) => {
                let trade = self.trade_row_of(trade_no)?;
                self.lines_near(context, finding, &trade)?
            }
            None => self.trades_near(context, finding, (channel, &reference))?,
        };
        near.truncate(MOST);
        for one in &mut near {
            self.word(context, one);
        }
        Ok(near)
    }

    /// Returns the lines near to a trade.
    fn lines_near(
        &mut self,
        context: &Context,
        finding: &Finding,
        trade: &TradeRow,
    ) -> Result<Vec<NearMatch>, Refusal> {
        let (channel, reference) = (trade.trade.channel, &trade.trade.channel_ref);
        let own = matching::lines_of_trade(&mut *self.engine, trade.id)?.lines;
        let lines = near_lines(&mut *self.engine, channel, reference, &own)?;
        let first_own = lines.iter().find(|line| own.first() == Some(&line.id)).cloned();
        let mut near = Vec::new();
        for line in &lines {
            let apart = match &first_own {
                Some(first) if first.id == line.id => other_status(trade, line),
                Some(first) if own.contains(&line.id) => {
                    Some(Apart { by: ApartBy::TradeTaken, ours: place(&first.row), theirs: place(&line.row) })
                }
                _ => match apart(&self.in_force.kinds, &trade.trade, line) {
                    None => self.holder(trade, line)?.map(|holder| Apart {
                        by: ApartBy::LineTaken,
                        ours: trade.trade.trade_no.to_string(),
                        theirs: holder.to_string(),
                    }),
                    apart => apart,
                },
            };
            near.extend(apart.map(|apart| of_line(&line.row, apart)));
        }
        if !own.is_empty() || finding.cause != Cause::Short {
            return Ok(near);
        }
        for other in self.open_near(context, finding, Cause::Long)? {
            let Some(other_ref) = other.channel_ref.as_deref().and_then(|text| text.parse().ok()) else {
                continue;
            };
            let lines = near_lines(&mut *self.engine, channel, &other_ref, &[])?;
            let same = lines.into_iter().find(|line| line.row.line.paid_minor() == other.amount_minor);
            let Some(line) = same.filter(|line| apart(&self.in_force.kinds, &trade.trade, line).is_none())
            else {
                continue;
            };
            near.push(of_line(&line.row, other_reference(reference, &other_ref)));
        }
        Ok(near)
    }

    /// Returns the trades near to a line that the finding is about.
    fn trades_near(
        &mut self,
        context: &Context,
        finding: &Finding,
        (channel, reference): (Channel, &ChannelRef),
    ) -> Result<Vec<NearMatch>, Refusal> {
        let fact = |name: &str| {
            let known = finding.note.args.iter().find(|(known, _)| known == name);
            known.map_or("", |(_, value)| value)
        };
        let is_meant =
            |line: &NearLine| line.row.file == fact("file") && line.row.line.line.to_string() == fact("line");
        let lines = near_lines(&mut *self.engine, channel, reference, &[])?;
        let Some(line) = lines.iter().find(|line| is_meant(line)).or_else(|| lines.first()) else {
            return Ok(Vec::new());
        };
        let mut near = Vec::new();
        let same = trades::trades_with_ref(&mut *self.engine, channel, reference)?;
        for trade_no in same.iter().take(MOST_READ) {
            let trade = self.trade_row_of(trade_no)?;
            let apart = match apart(&self.in_force.kinds, &trade.trade, line) {
                None => {
                    let has = matching::lines(&mut *self.engine, trade.id)?.into_iter().next();
                    has.filter(|row| *row != line.row).map(|row| Apart {
                        by: ApartBy::TradeTaken,
                        ours: place(&row),
                        theirs: place(&line.row),
                    })
                }
                apart => apart,
            };
            near.extend(apart.map(|apart| of_trade(&trade, apart)));
        }
        for other in self.open_near(context, finding, Cause::Short)? {
            let Some(trade_no) = &other.trade_no else { continue };
            let trade = self.trade_row_of(trade_no)?;
            if trade.trade.channel_ref != *reference
                && apart(&self.in_force.kinds, &trade.trade, line).is_none()
            {
                near.push(of_trade(&trade, other_reference(&trade.trade.channel_ref, reference)));
            }
        }
        Ok(near)
    }

    /// Returns the open findings of a cause, at the channel of `finding`, with its amount about its time.
    fn open_near(
        &mut self,
        context: &Context,
        finding: &Finding,
        cause: Cause,
    ) -> Result<Vec<Finding>, Refusal> {
        self.update_findings(context, &mut Unwatched)?;
        let wanted =
            Sum { amount_minor: finding.amount_minor, currency: &finding.currency, at: finding.since };
        // A `long` with a trade is matched already.
        let rows = if cause == Cause::Long { 0..=0 } else { 1..=i64::MAX };
        let open = self.memory.found.range(rows).flat_map(|(_, found)| found);
        let open = open.filter(|one| one.cause == cause && one.channel == finding.channel);
        let sums = open
            .map(|one| (Sum { amount_minor: one.amount_minor, currency: &one.currency, at: one.since }, one));
        let near = closest(wanted, sums, MOST_READ);
        Ok(near.into_iter().map(Remembered::whole).collect::<Result<_, _>>()?)
    }

    /// Returns the other trade that a line answers.
    fn holder(&mut self, trade: &TradeRow, line: &NearLine) -> Result<Option<TradeNo>, Refusal> {
        let (channel, reference) = (trade.trade.channel, &trade.trade.channel_ref);
        if let Some(holder) = decisions::holder_of(&mut *self.engine, channel, &line.row.line)? {
            return Ok(Some(holder));
        }
        let same = trades::trades_with_ref(&mut *self.engine, channel, reference)?;
        for other in same.into_iter().filter(|other| *other != trade.trade.trade_no).take(MOST_READ) {
            let Some(row) = trades::trade_id(&mut *self.engine, &other)? else { continue };
            if matching::lines_of_trade(&mut *self.engine, row)?.lines.contains(&line.id) {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    fn trade_row_of(&mut self, trade_no: &TradeNo) -> Result<TradeRow, Refusal> {
        let found = trades::trade(&mut *self.engine, trade_no)?;
        Ok(found.ok_or_else(|| crate::domain::rejection::Rejection::not_found("trade", trade_no))?)
    }

    /// Puts a candidate into words.
    fn word(&self, context: &Context, near: &mut NearMatch) {
        let key = match near.apart_by {
            ApartBy::Kind => "explain.apart_kind",
            ApartBy::ChannelNo => "explain.apart_channel_no",
            ApartBy::Original => "explain.apart_original",
            ApartBy::MerchantNo => "explain.apart_merchant_no",
            ApartBy::Status => "explain.apart_status",
            ApartBy::LineTaken => "explain.apart_line_taken",
            ApartBy::TradeTaken => "explain.apart_trade_taken",
            ApartBy::Reference => "explain.apart_reference",
        };
        let values = [("ours", near.ours.clone()), ("theirs", near.theirs.clone())];
        let amount = self.in_force.currencies.amount(Money::new(near.amount_minor, near.currency));
        let facts = [
            ("ref", near.channel_ref.to_string()),
            ("amount", amount),
            ("at", near.occurred_at.local().to_string().replace('T', " ")),
            ("why", i18n::text(context.lang, key, &values)),
        ];
        near.detail = match (&near.trade_no, &near.line) {
            (Some(trade_no), _) => {
                let facts = [&facts[..], &[("trade", trade_no.to_string())]].concat();
                i18n::text(context.lang, "explain.near_trade", &facts)
            }
            (None, line) => {
                let facts = [&facts[..], &[("line", line.clone().unwrap_or_default())]].concat();
                i18n::text(context.lang, "explain.near_line", &facts)
            }
        };
    }
}

/// Returns the field by which a trade and a line of one reference contradict each other.
fn apart(kinds: &Kinds, trade: &Trade, line: &NearLine) -> Option<Apart> {
    let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let theirs = &line.row.line;
    // Only a line that gives back names an original that counts.
    let gives_back = theirs.kind != LineKind::Pay;
    let original = |named: Option<&ChannelRef>| named.filter(|_| gives_back).map(ToString::to_string);
    let ours = MatchSide {
        kind: trade.kind.to_string(),
        channel_no: trade.channel_no.clone(),
        original_ref: original(trade.original_ref.as_ref()),
        merchant_nos: trade.merchant_no.iter().cloned().collect(),
    };
    let side = MatchSide {
        kind: theirs.kind.to_string(),
        channel_no: told(&theirs.channel_no),
        original_ref: original(theirs.original_ref.as_ref()),
        merchant_nos: line.merchant_nos.clone(),
    };
    kept_apart(&ours, &side, kinds_fit(kinds, trade, line))
}

/// Returns whether a line of this kind may answer a trade of this kind, as `trade_fits` in the schema has it.
fn kinds_fit(kinds: &Kinds, trade: &Trade, line: &NearLine) -> bool {
    let is = |code, comes_in, undoes| {
        kinds
            .get(code)
            .is_some_and(|kind| kind.comes_in() == Some(comes_in) && kind.undoes_another() == undoes)
    };
    let (pays, refunds) = (|code| is(code, true, false), |code| is(code, false, true));
    let theirs = &line.row.line;
    match theirs.kind {
        LineKind::Pay => !refunds(trade.kind) && !trade.counters.is_some_and(pays),
        LineKind::Revoke if theirs.original_ref.as_ref() == Some(&theirs.channel_ref) => {
            kinds.get(trade.kind).is_some_and(crate::domain::kind::Kind::undoes_another)
        }
        LineKind::Refund | LineKind::Revoke => !pays(trade.kind) && !trade.counters.is_some_and(refunds),
    }
}

/// Returns how the states of a trade and its own line differ, if they do.
fn other_status(trade: &TradeRow, line: &NearLine) -> Option<Apart> {
    let revoked = line.row.line.revokes(&trade.trade.channel_ref);
    let theirs = if revoked { line.row.line.kind.to_string() } else { line.row.line.status.to_string() };
    let ours = trade.status_now.to_string();
    (ours != theirs).then_some(Apart { by: ApartBy::Status, ours, theirs })
}

fn other_reference(ours: &ChannelRef, theirs: &ChannelRef) -> Apart {
    Apart { by: ApartBy::Reference, ours: ours.to_string(), theirs: theirs.to_string() }
}

/// Returns where a line is, as `file:line`.
fn place(row: &StatementRow) -> String {
    format!("{}:{}", row.file, row.line.line)
}

fn of_line(row: &StatementRow, apart: Apart) -> NearMatch {
    let line = &row.line;
    NearMatch {
        trade_no: None,
        line: Some(place(row)),
        channel_ref: line.channel_ref.clone(),
        amount_minor: line.paid_minor(),
        currency: line.currency,
        occurred_at: line.occurred_at,
        apart_by: apart.by,
        ours: apart.ours,
        theirs: apart.theirs,
        detail: String::new(),
    }
}

fn of_trade(row: &TradeRow, apart: Apart) -> NearMatch {
    let trade = &row.trade;
    NearMatch {
        trade_no: Some(trade.trade_no.clone()),
        line: None,
        channel_ref: trade.channel_ref.clone(),
        amount_minor: trade.amount_minor.saturating_sub(trade.merchant_discount_minor),
        currency: trade.currency,
        occurred_at: trade.occurred_at,
        apart_by: apart.by,
        ours: apart.ours,
        theirs: apart.theirs,
        detail: String::new(),
    }
}
