//! Questions about single things: a trade, an account, a voucher, why a trade is booked as it is, whether all is whole.

use super::expect::{Due, facts_of};
use super::local::Desk;
use super::resolve::missing;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::money::{Currency, Money};
use crate::domain::rule::Facts;
use crate::domain::voucher::Voucher;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::ledger::{Problem, Verified};
use crate::protocol::refusal::Refusal;
use crate::protocol::rules::{ExplainedEvent, ExplainedLine};
use crate::protocol::trades::{TradeDetail, TradeRow};
use crate::protocol::watch::{Progress, Watch};
use crate::store::verify::{Defect, walk};
use crate::store::{cases, list, scan};

impl Desk {
    pub(super) fn trade_row(&mut self, trade_no: &TradeNo) -> Result<TradeRow, Refusal> {
        Ok(list::trade(&mut *self.engine, trade_no)?.ok_or_else(|| missing("trade", trade_no))?)
    }

    pub(super) fn voucher(&mut self, voucher_no: &VoucherNo) -> Result<Voucher, Refusal> {
        Ok(list::voucher(&mut *self.engine, voucher_no)?.ok_or_else(|| missing("voucher", voucher_no))?)
    }

    pub(super) fn trade_detail(
        &mut self,
        context: &Context,
        trade_no: &TradeNo,
    ) -> Result<TradeDetail, Refusal> {
        let row = self.trade_row(trade_no)?;
        Ok(TradeDetail {
            events: list::events_of(&mut *self.engine, row.id)?,
            vouchers: list::vouchers_of(&mut *self.engine, row.id)?,
            lines: list::lines_of(
                &mut *self.engine,
                row.trade.channel.as_str(),
                row.trade.channel_ref.as_str(),
            )?,
            findings: self.findings_of(context, row.id)?,
            cases: cases::cases_of(&mut *self.engine, row.id)?,
            amendments: cases::amendments(&mut *self.engine, row.id)?,
            row,
        })
    }

    /// Why a trade is booked as it is, event by event.
    pub(super) fn explain(
        &mut self,
        context: &Context,
        trade_no: &TradeNo,
    ) -> Result<Vec<ExplainedEvent>, Refusal> {
        let row = self.trade_row(trade_no)?;
        let Some(standing) = scan::standing(&mut *self.engine, row.id, row.id)?.pop() else {
            return Err(missing("trade", trade_no).into());
        };
        let facts = facts_of(&standing.trade, standing.status_now, &standing.amendments)?;
        let stands = |event: Event| standing.events.iter().any(|(known, live)| *known == event && *live > 0);
        let mut events: Vec<Event> = standing.events.iter().map(|(event, _)| *event).collect();
        if let Some(set) = self.rules.in_force(facts.business_date) {
            events.extend(set.events(&facts).map(|(event, _)| event));
        }
        events.sort_unstable();
        events.dedup();
        Ok(events
            .into_iter()
            .map(|event| {
                let due = self.judge().due(&facts, standing.trade.occurred_at, event, context.now, stands);
                let why = i18n::note(context.lang, &due_note(&due, facts.currency));
                self.explain_event(context, &facts, event, (due == Due::Yes, why))
            })
            .collect())
    }

    fn explain_event(
        &self,
        context: &Context,
        facts: &Facts<'_>,
        event: Event,
        (due, mut why): (bool, String),
    ) -> ExplainedEvent {
        let Some(set) = self.rules.in_force(facts.business_date) else {
            return ExplainedEvent { event, rule: None, due, why, factors: Vec::new(), lines: Vec::new() };
        };
        let explained = set.explain(facts, event);
        if let Some(failure) = &explained.failure {
            why = Refusal::from(failure.clone()).message(context.lang);
        }
        let money = |minor: i64| Money::new(minor, facts.currency).to_string();
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
                    value: line.computed_minor.map_or_else(|| "–".to_owned(), money),
                })
                .collect(),
        }
    }

    /// Checks the whole ledger.
    pub(super) fn verify(&mut self, context: &Context, watch: &mut dyn Watch) -> Result<Verified, Refusal> {
        let walked = walk(&mut *self.engine, &mut |done, total| {
            watch.progress(Progress { done: done.unsigned_abs(), total: Some(total.unsigned_abs()) });
            !watch.cancelled()
        })?;
        let changed = self.engine.schema_changes()?.into_iter().map(|object| Defect {
            check: "schema",
            voucher_no: None,
            account: None,
            args: vec![("object".to_owned(), object)],
        });
        let problems: Vec<Problem> =
            walked.defects.into_iter().chain(changed).map(|defect| problem(defect, context)).collect();
        self.verified = Some(problems.is_empty());
        Ok(Verified {
            ok: problems.is_empty(),
            vouchers: walked.vouchers,
            entries: walked.entries,
            head_seq: walked.head_seq,
            head_hash: walked.head_hash,
            problems,
            loosened: self.loosenings()?,
        })
    }

    /// Checks that the ledger still holds the voucher a kept seal names: place and hash of a former head.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn holds_seal(&mut self, seq: i64, hash: &str) -> Result<bool, Refusal> {
        Ok(crate::store::verify::holds(&mut *self.engine, seq, hash)?)
    }
}

fn problem(defect: Defect, context: &Context) -> Problem {
    let mut args = defect.args;
    args.extend(defect.voucher_no.clone().map(|voucher| ("voucher".to_owned(), voucher)));
    args.extend(defect.account.clone().map(|account| ("account".to_owned(), account)));
    Problem {
        check: defect.check.to_owned(),
        detail: i18n::text(context.lang, &format!("verify.{}", defect.check), &args),
        voucher_no: defect.voucher_no,
        account: defect.account,
    }
}

fn due_note(due: &Due, currency: Currency) -> Note {
    match due {
        Due::Yes => Note::new("due.yes"),
        Due::No(note) => note.clone(),
        Due::Waiting { system, until } => {
            Note::new("finding.window").with("system", system).with("until", until)
        }
        Due::Late { ended } => Note::new("finding.late").with("ended", ended),
        Due::OverLimit { system, limit_minor, suggestion } => Note::new("due.over_limit")
            .with("system", system)
            .with("limit", Money::new(*limit_minor, currency).grouped())
            .with("instead", suggestion.map_or("–", crate::domain::trade::Channel::as_str)),
    }
}
