//! Matches that people decide. A decision is logged and never changed; the next one about the trade takes its place.

use crate::desk::handle::Handle;
use crate::desk::intake::about_trade::answers_with_trade;
use crate::desk::ledger::OpenLedger;
use crate::domain::hand_match::{HandMatch, HandMatchState};

use crate::domain::kind::Kind;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::second_person::must_be_another;
use crate::protocol::context::Context;
use crate::protocol::matches::{LineName, ListMatches, MatchTrade, UndoMatch};
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{StatementRow, TradeRow};
use crate::protocol::watch::Watch;
use crate::store::decisions::{self, MatchDecision, decide_line, decisions_of, holder_of, undo_decision};
use crate::store::{StoreError, named_lines};

impl OpenLedger {
    /// Decides that a trade and a line belong together. With four eyes on the first person proposes it, and the same
    /// decision of another one puts it in force.
    ///
    /// # Errors
    /// [`Code::NotFound`] without such a trade or standing line, [`Code::BadValue`] if several lines have the number or
    /// the line is of another kind, [`Code::TradeConflict`] if it was decided for another trade,
    /// for its reason as [`given`], [`Code::FourEyes`] if the same person decides again.
    fn match_trade(&mut self, context: &Context, request: &MatchTrade) -> Result<(), Refusal> {
        let MatchTrade { trade_no, line, reason } = request;
        let reason = given(reason)?;
        let trade = self.trade_row(trade_no)?;
        let row = self.line_for(&trade, line)?;
        let four_eyes = self.in_force.policy.four_eyes;
        self.engine.commit(&mut |sink| {
            if let Some(other) =
                holder_of(sink, line.channel, row.marked())?.filter(|other| other != trade_no)
            {
                let taken = Rejection::new(Code::TradeConflict).with("trade", other).with("answers", line);
                return Err(StoreError::from(taken));
            }
            let (in_force, asked) = decisions_of(sink, trade.id)?;
            let is_of = |one: &&HandMatch| one.state != HandMatchState::UndoAsked && one.is_of(row.marked());
            if asked.is_none() && in_force.as_ref().is_some_and(|one| is_of(&one)) {
                return Ok(());
            }
            let first = asked.as_ref().filter(is_of);
            let first_person = first.filter(|_| four_eyes).map(|first| &first.operator);
            must_be_another(first_person, &context.operator, "match.alone")?;
            let decision = MatchDecision {
                line: row.marked(),
                is_agreed: !four_eyes || first.is_some(),
                reason,
                operator: &context.operator,
                now: context.now,
            };
            decide_line(sink, trade.id, &decision)
        })?;
        Ok(())
    }

    /// Returns the only standing line with a name that may answer a trade.
    fn line_for(&mut self, trade: &TradeRow, name: &LineName) -> Result<StatementRow, Refusal> {
        let bad = |problem: &str, rule: &str| {
            Rejection::new(Code::BadValue)
                .with("what", "channel line")
                .with("value", name)
                .with("problem", problem)
                .with("broken_rule", rule)
                .with("trade", &trade.trade.trade_no)
        };
        if name.channel != trade.trade.channel {
            let other = bad("match.other_channel", "channel").with("allowed", trade.trade.channel);
            return Err(other.with("theirs", name.channel).into());
        }
        let mut lines = named_lines::named(&mut *self.engine, name.channel, &name.number, true)?;
        if lines.is_empty() {
            return Err(Rejection::not_found("channel line", name).into());
        }
        let comes_in = self.in_force.kinds.get(trade.trade.kind).and_then(Kind::comes_in);
        lines.retain(|one| comes_in.is_none_or(|comes_in| comes_in == one.listed.line.kind.comes_in()));
        let mut lines = named_lines::payments(lines);
        if lines.len() > 1 {
            let several = named_lines::refuse_several(&mut *self.engine, name.channel, name, &lines)?;
            let several = several
                .map(|refused| refused.with("broken_rule", "one_line").with("trade", &trade.trade.trade_no));
            return Err(several.unwrap_or_else(|| bad("match.several_lines", "one_line")).into());
        }
        let way = if comes_in == Some(true) { "match.not_in" } else { "match.not_out" };
        let only = lines.pop().ok_or_else(|| bad(way, "direction"))?;
        Ok(only.listed)
    }

    /// Ends the match of a trade that is in force, or drops what one person asked for. With four eyes on the first
    /// person proposes the end of a match in force, and the same decision of another one ends it.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is nothing to undo, for its reason as [`given`], [`Code::FourEyes`] if the same
    /// person decides again.
    fn undo_match(&mut self, context: &Context, request: &UndoMatch) -> Result<(), Refusal> {
        let UndoMatch { trade_no, reason } = request;
        let reason = given(reason)?;
        let trade = self.trade_row(trade_no)?;
        let four_eyes = self.in_force.policy.four_eyes;
        self.engine.commit(&mut |sink| {
            let (in_force, asked) = decisions_of(sink, trade.id)?;
            if in_force.is_none() && asked.is_none() {
                return Err(StoreError::from(Rejection::not_found("match", trade_no)));
            }
            let first = asked.as_ref().filter(|one| one.state == HandMatchState::UndoAsked);
            let first_person = first.filter(|_| four_eyes).map(|first| &first.operator);
            must_be_another(first_person, &context.operator, "match.alone")?;
            // What nobody else has agreed to yet is dropped by one person.
            let is_agreed = !four_eyes || in_force.is_none() || first.is_some();
            undo_decision(sink, trade.id, is_agreed, (reason, &context.operator, context.now))
        })?;
        Ok(())
    }
}

impl Handle for ListMatches {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let mut found = decisions::asked(&mut *ledger.engine)?;
        if !self.waiting {
            found.extend(decisions::in_force(&mut *ledger.engine)?);
        }
        Ok(found)
    }
}

answers_with_trade!(MatchTrade, match_trade);
answers_with_trade!(UndoMatch, undo_match);
