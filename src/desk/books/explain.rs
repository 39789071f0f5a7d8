//! Explains how a trade is booked: the rule, its conditions and its lines, event by event.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::due::Due;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::TradeNo;
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Facts;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::rules::{ExplainTrade, ExplainedEvent, ExplainedLine, Explanation};
use crate::protocol::watch::Watch;
use crate::store::positions;

/// Returns why an event is due or not; `in_money` words minor units of its trade's currency.
pub(crate) fn due_note(due: &Due, in_money: impl FnOnce(i64) -> String) -> Note {
    match due {
        Due::Yes => Note::new("due.yes"),
        Due::No(why) => why.note(),
        Due::Waiting { system, until } => {
            Note::new("finding.window").with("system", system).with("until", until)
        }
        Due::Late { ended } => Note::new("finding.late").with("ended", ended),
        Due::OverLimit { system, limit_minor, suggestion } => Note::new("due.over_limit")
            .with("system", system)
            .with("limit", in_money(*limit_minor))
            .with("instead", suggestion.as_ref().map_or("–", crate::domain::trade::Channel::as_str)),
    }
}

impl OpenLedger {
    /// Explains each event of a trade.
    pub(crate) fn explain(
        &mut self,
        context: &Context,
        trade_no: &TradeNo,
    ) -> Result<Vec<ExplainedEvent>, Refusal> {
        let row = self.trade_row(trade_no)?;
        let Some(position) = positions::positions(&mut *self.engine, row.id, row.id)?.pop() else {
            return Err(Rejection::not_found("trade", trade_no).into());
        };
        let facts = position.facts(&self.in_force.kinds)?;
        let is_booked =
            |event: Event| position.events.iter().any(|(known, live)| *known == event && *live > 0);
        let mut events: Vec<Event> = position.events.iter().map(|(event, _)| *event).collect();
        if let Some(set) = self.in_force.rules.in_force(facts.rule_date()) {
            events.extend(set.events(&facts).map(|(event, _)| event));
        }
        events.sort_unstable();
        events.dedup();
        Ok(events
            .into_iter()
            .map(|event| {
                let due =
                    self.in_force.due(&facts, position.trade.occurred_at, event, context.now, is_booked);
                let in_money = |minor| self.in_force.currencies.amount(Money::new(minor, facts.currency));
                let why = self.in_force.names.note(context.lang, &due_note(&due, in_money));
                self.explain_event(context, &facts, event, (due == Due::Yes, why))
            })
            .collect())
    }

    pub(crate) fn explain_event(
        &self,
        context: &Context,
        facts: &Facts<'_>,
        event: Event,
        (due, mut why): (bool, String),
    ) -> ExplainedEvent {
        let Some(set) = self.in_force.rules.in_force(facts.rule_date()) else {
            return ExplainedEvent { event, rule: None, due, why, factors: Vec::new(), lines: Vec::new() };
        };
        let explained = set.explain(facts, event);
        if let Some(failure) = &explained.failure {
            let names = &self.in_force.names;
            why = names.refusal(context.lang, failure.clone().into()).message(context.lang);
        }
        ExplainedEvent {
            event,
            rule: explained.rule.map(|rule| rule.to_string()),
            due,
            why,
            factors: explained
                .values
                .into_iter()
                .map(|value| (value.name, value.source, value.value))
                .collect(),
            lines: explained
                .lines
                .into_iter()
                .map(|line| ExplainedLine {
                    side: line.side,
                    template: line.template,
                    account: line.account.unwrap_or_default(),
                    expression: line.expression.unwrap_or_else(|| i18n::word(context.lang, "explain.rest")),
                    value: line
                        .computed_minor
                        .map_or_else(|| "–".to_owned(), |minor| Money::new(minor, line.currency).to_string()),
                    currency: line.currency,
                })
                .collect(),
        }
    }
}

impl Handle for ExplainTrade {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no } = self;
        let matching = Some(Box::new(ledger.explain_trade_match(&trade_no)?));
        Ok(Explanation { events: ledger.explain(context, &trade_no)?, matching, trade_no })
    }
}
