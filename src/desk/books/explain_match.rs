//! Explains how a trade or a channel's line compares with the other side: the pair and how it came about, or what came
//! nearest and which field kept it from matching.

use crate::desk::day_tally::of_other_line;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::hand_match::HandMatch;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus, Trade};
use crate::domain::trade_news::ListedFact;
use crate::domain::undoing::Relative;
use crate::protocol::context::Context;
use crate::protocol::matches::{
    ExplainMatch, LineName, MatchExplanation, NamedOriginal, OriginalTrade, RelatedTrade,
};
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{ApartField, Rival, RivalField};
use crate::protocol::watch::Watch;
use crate::store::matching::Contests;
use crate::store::{
    candidates, coverage, decisions, matching, named_lines, reconcile, relatives, statements,
};

impl OpenLedger {
    /// Explains how a trade compares with its channel.
    pub(crate) fn explain_trade_match(&mut self, trade_no: &TradeNo) -> Result<MatchExplanation, Refusal> {
        let row = self.trade_row(trade_no)?;
        let pair = candidates::pair_of(&mut *self.engine, row.id)?;
        let differs = self.pair_differs(row.id, row.recon)?;
        let near = if pair.is_none() && candidates::is_open(row.recon) {
            candidates::lines_near(&mut *self.engine, &self.in_force.kinds, row.id, candidates::MANY)?
        } else {
            Vec::new()
        };
        let rivals = if row.recon == ReconStatus::Ambiguous {
            self.rivals((row.trade.channel, &row.trade.channel_ref), None, Some(&row.trade))?
        } else {
            Vec::new()
        };
        Ok(MatchExplanation {
            about: trade_no.to_string(),
            recon: row.recon,
            pair,
            asked: decisions::decisions_of(&mut *self.engine, row.id)?.1,
            differs,
            candidates: near,
            rivals,
            original: match &row.trade.original_ref {
                Some(named) => Some(self.named_original((row.trade.channel, named), Some(row.id))?),
                None => None,
            },
        })
    }

    /// Returns the payment that a trade, in row `by`, or a line names, with what was undone of it.
    fn named_original(
        &mut self,
        of: (Channel, &ChannelRef),
        by: Option<i64>,
    ) -> Result<NamedOriginal, Refusal> {
        let (channel, channel_ref) = of;
        let mut lines = statements::lines_of(&mut *self.engine, channel.as_str(), channel_ref.as_str())?;
        lines.retain(|row| row.line.kind == LineKind::Pay);
        let family = relatives::family(&mut *self.engine, channel, channel_ref, false)?;
        let kinds = &self.in_force.kinds;
        let original = family.named(kinds, of, by);
        let trade = original.map(|original| {
            let whole = original.amount_minor;
            let left = family.left_of(kinds, original.id).map_or(whole, |left| left.amount_minor);
            let undone_by = family.undone_by(kinds, original.id);
            OriginalTrade {
                trade: related(original),
                undone_minor: whole.saturating_sub(left),
                left_minor: left.max(0),
                undone_by: undone_by.into_iter().map(related).collect(),
            }
        });
        Ok(NamedOriginal { channel_ref: channel_ref.clone(), trade, lines })
    }

    /// Returns what a trade and its line do not agree on, if the comparison found a difference.
    fn pair_differs(&mut self, trade: i64, recon: ReconStatus) -> Result<Vec<ApartField>, Refusal> {
        if recon == ReconStatus::Matched {
            return Ok(Vec::new());
        }
        Ok(candidates::pair_differs(&mut *self.engine, &self.in_force.kinds, trade)?)
    }

    /// Explains each line of a number.
    fn explain_lines(&mut self, name: &LineName) -> Result<Vec<MatchExplanation>, Refusal> {
        let lines = named_lines::named(&mut *self.engine, name.channel, &name.number, true)?;
        if lines.is_empty() {
            return Err(Rejection::not_found("channel line", name).into());
        }
        let mut found = Vec::with_capacity(lines.len());
        for line in &lines {
            // Of several, each goes by a name that says which of them it is.
            let about = match lines.as_slice() {
                [_] => name.to_string(),
                _ => named_lines::name_of(&mut *self.engine, name.channel, line, false)?.to_string(),
            };
            found.push(self.explain_line((name, about), line.row)?);
        }
        Ok(found)
    }

    fn explain_line(
        &mut self,
        (name, about): (&LineName, String),
        line: i64,
    ) -> Result<MatchExplanation, Refusal> {
        if let Some((trade, trade_no)) = candidates::trade_of_line(&mut *self.engine, line)? {
            let row = self.trade_row(&trade_no)?;
            let recon = row.recon;
            let pair = candidates::pair_of(&mut *self.engine, trade)?;
            let differs = self.pair_differs(trade, recon)?;
            let asked = decisions::decisions_of(&mut *self.engine, trade)?.1;
            let (candidates, rivals) = (Vec::new(), Vec::new());
            let named = row.trade.original_ref.or_else(|| pair.as_ref()?.line.line.original_ref.clone());
            let original = match &named {
                Some(named) => Some(self.named_original((name.channel, named), Some(trade))?),
                None => None,
            };
            return Ok(MatchExplanation { about, recon, pair, asked, differs, candidates, rivals, original });
        }
        let asked = self.asked_for_line(name.channel, line)?;
        let recon = self.recon_of_line(name.channel, line)?;
        let near = if candidates::is_open(recon) {
            candidates::trades_near(&mut *self.engine, &self.in_force.kinds, line, candidates::MANY)?
        } else {
            Vec::new()
        };
        let row = statements::lines_in(&mut *self.engine, &[line])?.pop();
        let named = row.as_ref().and_then(|row| row.line.original_ref.as_ref());
        let original = match named {
            Some(named) => Some(self.named_original((name.channel, named), None)?),
            None => None,
        };
        let rivals = match &row {
            Some(row) if recon == ReconStatus::Ambiguous => {
                self.rivals((name.channel, &row.line.channel_ref), Some(line), None)?
            }
            _ => Vec::new(),
        };
        let differs = Vec::new();
        Ok(MatchExplanation { about, recon, pair: None, asked, differs, candidates: near, rivals, original })
    }

    /// Returns the trades of a reference that fit a line equally well, with what tells each from `beside`, or else from
    /// the first of them.
    fn rivals(
        &mut self,
        of: (Channel, &ChannelRef),
        line: Option<i64>,
        beside: Option<&Trade>,
    ) -> Result<Vec<Rival>, Refusal> {
        let mut trades = matching::rivals(&mut *self.engine, of, line)?;
        trades.retain(|trade| beside.is_none_or(|own| own.trade_no != trade.trade_no));
        let beside = match beside {
            Some(own) => own.clone(),
            None if trades.is_empty() => return Ok(Vec::new()),
            None => trades.remove(0),
        };
        let told = |trade: Trade| {
            let differs = told_apart(&beside, &trade);
            Rival { trade_no: trade.trade_no, beside: beside.trade_no.clone(), differs }
        };
        Ok(trades.into_iter().map(told).collect())
    }

    /// Returns the match by hand with a line that waits for a second person.
    fn asked_for_line(&mut self, channel: Channel, line: i64) -> Result<Option<HandMatch>, Refusal> {
        let Some(row) = statements::lines_in(&mut *self.engine, &[line])?.pop() else { return Ok(None) };
        let mut asked = decisions::asked(&mut *self.engine)?;
        asked.retain(|one| one.channel == channel && one.is_of(row.marked()));
        Ok(asked.pop())
    }

    /// Returns what a line is that no trade has, as the channel's day tells it.
    fn recon_of_line(&mut self, channel: Channel, line: i64) -> Result<ReconStatus, Refusal> {
        let Some(row) = statements::lines_in(&mut *self.engine, &[line])?.pop() else {
            return Ok(ReconStatus::Unmatched);
        };
        let Some(other) = reconcile::other_line(&mut *self.engine, line)? else {
            return Ok(ReconStatus::Unmatched);
        };
        let known = coverage::known_days(&mut *self.engine)?;
        let of = (channel, &known);
        Ok(of_other_line(&mut *self.engine, &self.in_force, &mut Contests::default(), of, (&other, &row))?)
    }
}

fn related(trade: &Relative) -> RelatedTrade {
    RelatedTrade {
        trade_no: trade.trade_no.clone(),
        kind: trade.kind,
        status: trade.status,
        amount_minor: trade.amount_minor,
        currency: trade.currency,
    }
}

/// Returns the facts in which two trades differ that fit a line equally well.
fn told_apart(other: &Trade, this: &Trade) -> Vec<RivalField> {
    let time = |at: Moment| at.local().to_string().replace('T', " ");
    let shown = |trade: &Trade| {
        let text = |value: Option<String>| value.unwrap_or_default();
        [
            (ListedFact::Customer, text(trade.customer.as_ref().map(ToString::to_string))),
            (ListedFact::Merchant, text(trade.merchant.as_ref().map(ToString::to_string))),
            (ListedFact::Product, text(trade.product.clone())),
            (ListedFact::Kind, trade.kind.to_string()),
            (ListedFact::Amount, Money::new(trade.amount_minor, trade.currency).to_string()),
            (ListedFact::Status, trade.status.to_string()),
            (ListedFact::OccurredAt, time(trade.occurred_at)),
        ]
    };
    let both = shown(other).into_iter().zip(shown(this));
    both.filter(|((_, other), (_, this))| other != this)
        .map(|((fact, other), (_, this))| RivalField { fact, other, this })
        .collect()
}

impl Handle for ExplainMatch {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { target } = self;
        let line = target.parse::<LineName>().ok();
        match line.filter(|line| ledger.in_force.channels.get(line.channel).is_some()) {
            Some(name) => ledger.explain_lines(&name),
            None => Ok(vec![ledger.explain_trade_match(&target.parse()?)?]),
        }
    }
}
