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
use crate::domain::statement::{LineKind, StatementLine, proves};
use crate::domain::step::StepKind;
use crate::domain::trade::TradeStatus;
use crate::domain::voucher::{Draft, Line, Mode, VoucherKind};
use crate::protocol::steps::{LineRef, ParkLine, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError, answered};
use jiff::civil::Date;
use std::collections::BTreeMap;

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
        let (mut whole, mut moved, mut claimed, mut amount) = (None, None, None, None);
        let (day, mut lines) = match at {
            Some(at) => {
                let listed = resolver.claim_line(at, |_| true)?.listed;
                claimed = Some(LineRef::of(at.channel, listed.marked()));
                let line = listed.line;
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
                moved = Some(resolver.outside_suspense(&booked));
                (day, if asked.is_empty() { booked } else { Vec::new() })
            }
            None => (resolver.call.today(), Vec::new()),
        };
        if lines.is_empty() {
            lines = resolver.given_lines(asked, Mode::Normal, false)?;
        }
        resolver.refuse_accounts_of_unknown_parties(&lines)?;
        let item = resolver.open_item_of(&lines)?;
        // Beside suspense there is what the line says on the channel's own account, with its fee, and nothing else.
        if let (Some(at), Some(moved)) = (at, &moved)
            && resolver.outside_suspense(&lines) != *moved
        {
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.with("allowed", resolver.options_for(moved)).into());
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
        let mut memo = match &claimed {
            Some(line) if answered::is_further(resolver.reader, line)? => {
                let is_paid = line.kind.is_none_or(LineKind::comes_in);
                let key = if is_paid { "memo.paid_again" } else { "memo.refunded_again" };
                Note::new(key).with("ref", &line.channel_ref)
            }
            _ => Note::new("memo.unclaimed"),
        };
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
    /// Returns what lines book on each account that is not in suspense, debit-positive.
    fn outside_suspense(&self, lines: &[Line]) -> BTreeMap<AccountCode, i128> {
        let mut sums = BTreeMap::new();
        for line in lines.iter().filter(|line| !chart::is_suspense(&self.call.in_force.chart, &line.account))
        {
            *sums.entry(line.account.clone()).or_default() += i128::from(line.debit_positive());
        }
        sums
    }

    /// Returns the options of the command line that book these sums, for a refusal.
    fn options_for(&self, sums: &BTreeMap<AccountCode, i128>) -> String {
        let option = |(account, sum): (&AccountCode, &i128)| {
            let side = if *sum < 0 { Side::Credit } else { Side::Debit };
            let minor = i64::try_from(sum.unsigned_abs()).unwrap_or(i64::MAX);
            let money = Money::new(minor, self.call.in_force.currencies.of(account));
            format!("--{side} {account}={money}")
        };
        sums.iter().map(option).collect::<Vec<_>>().join(" ")
    }

    /// Returns everything that the line moves: what the channel pays, between its own account and suspense, as a
    /// liability if it was received and as a claim if it was paid, and the fee that the channel keeps or gives back.
    fn lines_of_channel_line(
        &self,
        at: &LineRef,
        line: &StatementLine,
        day: Date,
    ) -> Result<Vec<Line>, StoreError> {
        let account = self.channel_account(at.channel, day, line.currency)?;
        let side = if line.kind.comes_in() { Side::Debit } else { Side::Credit };
        let suspense = chart::needed(&self.call.in_force.chart, chart::suspense_on(side.other()))?;
        let suspense = self.call.in_force.account_in(&suspense.code, line.currency)?;
        let fee = self.fee_lines(at.channel, line, &account)?;
        let booked = |side, account: AccountCode| Line {
            side,
            account,
            amount_minor: line.paid_minor(),
            mode: Mode::Normal,
        };
        let mut lines = vec![booked(side, account), booked(side.other(), suspense)];
        lines.extend(fee);
        Ok(lines)
    }
}
