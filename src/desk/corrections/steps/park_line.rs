//! Money that came or went without a trade is put into suspense: a channel's line, or the given lines.

use crate::desk::corrections::effect::{Effect, Item, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::account::Side;
use crate::domain::chart;
use crate::domain::dating::posting_day;
use crate::domain::finding::Note;
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{StatementLine, proves};
use crate::domain::step::StepKind;
use crate::domain::trade::TradeStatus;
use crate::domain::voucher::{Draft, Line, Mode, VoucherKind};
use crate::protocol::steps::{LineRef, ParkLine, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError};
use jiff::civil::Date;

impl Step for ParkLine {
    fn row(&self, number: i64) -> StepRow {
        StepRow {
            line: self.line.as_ref().map(ToString::to_string),
            lines: self.lines.clone(),
            ..row(number, StepKind::Park, None, None)
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (at, asked) = (self.line.as_ref(), &self.lines);
        let (mut whole, mut of, mut claimed, mut amount) = (None, None, None, None);
        let (day, mut lines) = match at {
            Some(at) => {
                let line = resolver.claim_line(at, |_| true)?.listed.line;
                claimed = Some(LineRef::of(at.channel, &line));
                if !proves(&line, TradeStatus::Succeeded) {
                    return Err(Rejection::new(Code::NoEvidence)
                        .with("status", TradeStatus::Succeeded)
                        .with("channel", at.channel)
                        .into());
                }
                let day = line.occurred_at.date();
                // Money received is a liability, money paid is a claim.
                whole = Some(if line.kind.comes_in() { -line.paid_minor() } else { line.paid_minor() });
                let paid = Money::new(line.paid_minor(), line.currency);
                amount = Some(resolver.call.in_force.currencies.amount(paid));
                let booked = resolver.lines_of_channel_line(at, &line, day)?;
                of = booked.first().cloned();
                (day, if asked.is_empty() { booked } else { Vec::new() })
            }
            None => (resolver.call.today(), Vec::new()),
        };
        if lines.is_empty() {
            lines = resolver.given_lines(asked, Mode::Normal, false)?;
        }
        resolver.refuse_accounts_of_unknown_parties(&lines)?;
        let item = resolver.open_item_of(&lines)?;
        if let (Some(at), Some(of)) = (at, &of) {
            let own =
                lines.iter().filter(|line| !chart::is_suspense(&resolver.call.in_force.chart, &line.account));
            // Beside suspense there is the channel's own account with what the line says, and nothing else.
            if !own.eq([of]) {
                let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
                return Err(bad.into());
            }
        }
        if let (Some(at), Some(whole), Item::Open { amount_minor, .. }) = (at, whole, &item)
            && *amount_minor != whole
        {
            // A part would leave the rest of the line unaccounted for.
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.into());
        }
        let account =
            lines.iter().find(|line| chart::is_suspense(&resolver.call.in_force.chart, &line.account));
        let account = account.map_or_else(String::new, |line| line.account.to_string());
        let date = posting_day(day, resolver.call.today(), resolver.days)?;
        if date.year() > day.year() {
            resolver.call.in_force.to_prior_year(&mut lines)?;
        }
        let mut memo = Note::new("memo.unclaimed");
        if let Some(at) = at {
            memo = memo.with("line", at);
        }
        let default = Note::new("why.park").with("account", account).with("day", date);
        let default = default.with_some("line", at).with_some("amount", amount.as_ref());
        let draft = Draft {
            lines,
            ..resolver.draft(
                VoucherKind::Park,
                Mode::Normal,
                (None, None),
                (date, day, day),
                resolver.words(&memo),
            )
        };
        let row = StepRow {
            mode: Some(Mode::Normal),
            accounting_date: Some(date),
            why: resolver.words(&why.unwrap_or(default)),
            ..self.row(number)
        };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs: Refs::default(),
            original: None,
            amendments: Vec::new(),
            item: Some(item),
            line: claimed,
            arises: false,
        };
        Ok(Resolved { row, trade: None, effect })
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// What the channel pays by the line, between its own account and suspense: money received is a liability,
    /// money paid is a claim.
    fn lines_of_channel_line(
        &self,
        at: &LineRef,
        line: &StatementLine,
        day: Date,
    ) -> Result<Vec<Line>, StoreError> {
        let account = self.channel_account(at.channel, day, line.currency)?;
        let side = if line.kind.comes_in() { Side::Debit } else { Side::Credit };
        let suspense = chart::needed(&self.call.in_force.chart, chart::suspense_on(side.other()))?;
        let booked = |side, account: AccountCode| Line {
            side,
            account,
            amount_minor: line.paid_minor(),
            mode: Mode::Normal,
        };
        Ok(vec![
            booked(side, account),
            booked(side.other(), self.call.in_force.account_in(&suspense.code, line.currency)?),
        ])
    }
}
