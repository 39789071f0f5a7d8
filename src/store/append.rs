//! Putting vouchers at the end of the ledger.
//!
//! An [`Appender`] knows where the ledger and the chains it has met stand. It opens accounts whose subject lets their
//! leaves open by themselves, opens the accounting day with its first posting, gives each draft its place with the
//! domain's code, and writes it. Handing it a [`Dry`] sink runs exactly the same without writing: that is the preview.

use super::row::{Param, Row};
use super::{Fault, Reader, Sink, StoreError, first};
use crate::domain::account::{Account, AccountStatus, Side, Subject};
use crate::domain::chain::{GENESIS, Head, Seal, place};
use crate::domain::dating::Days;
use crate::domain::id::AccountCode;
use crate::domain::money::Currency;
use crate::domain::period::{DayState, Moment, Period};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Draft, Mode, Voucher};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

/// Accounts whose heads are kept at a time; a batch touches far fewer, and a million would be some 200 MB.
const MAX_HEADS: usize = 100_000;

/// Rows a draft refers to, by their place in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refs {
    /// Row of the trade.
    pub trade: Option<i64>,
    /// Place of the voucher it takes back.
    pub reverses: Option<i64>,
}

/// A sink that reads from below and drops what is written.
pub struct Dry<'r, R: Reader + ?Sized>(pub &'r mut R);

impl<R: Reader + ?Sized> Reader for Dry<'_, R> {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.read(sql, params, each)
    }
}

impl<R: Reader + ?Sized> Sink for Dry<'_, R> {
    fn run(&mut self, _: &str, _: &[Param<'_>]) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Knows where the ledger stands and writes behind it.
#[derive(Debug, Default)]
pub struct Appender {
    subjects: HashMap<String, Subject>,
    currency: Option<Currency>,
    seq: i64,
    hash: String,
    heads: HashMap<AccountCode, Head>,
    next_account: i64,
    days: BTreeMap<Date, DayState>,
    seal: Seal,
    /// The insertion of an entry like almost all of them: normal, in the ledger's currency.
    plain_entry: String,
}

impl Days for Appender {
    fn state(&self, day: Date) -> Option<DayState> {
        self.days.get(&day).copied()
    }

    fn last_closed(&self) -> Option<Date> {
        self.days.iter().rev().find(|(_, state)| **state == DayState::Closed).map(|(day, _)| *day)
    }
}

impl Appender {
    /// An appender for a ledger with these subjects, whose new accounts are in `currency`.
    #[must_use]
    pub fn new(subjects: &[Subject], currency: Currency) -> Self {
        Self {
            subjects: subjects.iter().map(|subject| (subject.code.clone(), subject.clone())).collect(),
            currency: Some(currency),
            plain_entry: insert_entry("'normal'", &format!("'{}'", currency.code())),
            ..Self::default()
        }
    }

    /// Another one for the same chart, that knows nothing of the ledger yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            subjects: self.subjects.clone(),
            currency: self.currency,
            plain_entry: self.plain_entry.clone(),
            ..Self::default()
        }
    }

    /// Looks where the ledger stands; to be called at the start of every batch. Chains met before are kept where nobody
    /// else wrote since.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn begin<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<(), StoreError> {
        let (seq, hash) = ledger_head(reader)?;
        if seq != self.seq || hash != self.hash || self.is_crowded() {
            self.heads.clear();
        }
        (self.seq, self.hash) = (seq, hash);
        self.next_account =
            first(reader, "SELECT coalesce(max(id), 0) + 1 FROM account", &[], |row| row.int(0))?
                .unwrap_or(1);
        self.days.clear();
        let days = &mut self.days;
        // The last day of a locked month or year counts as closed, opened or not: nothing in it opens any more.
        reader.read("SELECT period FROM period", &[], &mut |row| {
            days.insert(row.parse::<Period>(0)?.last_day(), DayState::Closed);
            Ok(())
        })?;
        reader.read("SELECT day, state FROM day", &[], &mut |row| {
            days.insert(row.parse(0)?, row.parse(1)?);
            Ok(())
        })
    }

    /// Whether it holds so many chains that it is time to begin anew.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.heads.len() > MAX_HEADS
    }

    /// Forgets the chains; to be called when a batch was lost.
    pub fn forget(&mut self) {
        self.heads.clear();
        self.seq = -1;
    }

    /// The accounting days as last read, and opened since.
    #[must_use]
    pub const fn days(&self) -> &BTreeMap<Date, DayState> {
        &self.days
    }

    /// Place and hash of the last voucher.
    #[must_use]
    pub fn head(&self) -> (i64, &str) {
        (self.seq, &self.hash)
    }

    /// Where an account's chain stands; `None` where the account does not exist and cannot open by itself.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn account<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        code: &AccountCode,
    ) -> Result<Option<&Head>, StoreError> {
        if !self.heads.contains_key(code) {
            let head = match account_head(sink, code)? {
                Some(head) => head,
                None => match self.open_leaf(sink, code)? {
                    Some(head) => head,
                    None => return Ok(None),
                },
            };
            self.heads.insert(code.clone(), head);
        }
        Ok(self.heads.get(code))
    }

    fn open_leaf<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        code: &AccountCode,
    ) -> Result<Option<Head>, StoreError> {
        let Some(subject) = self.subjects.get(code.subject()) else { return Ok(None) };
        let (Some(leaf), true, Some(currency)) = (code.leaf(), subject.opens_leaves, self.currency) else {
            return Ok(None);
        };
        let account = Account {
            code: code.clone(),
            name: format!("{} {leaf}", subject.name),
            class: subject.class,
            normal_side: subject.normal_side,
            currency,
            status: AccountStatus::Active,
            customer_visible: subject.customer_visible,
            floor_minor: subject.floor_minor,
        };
        let id = self.next_account;
        insert_account(sink, id, &subject.code, &account)?;
        self.next_account += 1;
        Ok(Some(Head { account, id, seq: 0, balance_minor: 0 }))
    }

    /// Opens an accounting day where it was never opened.
    ///
    /// # Errors
    /// [`Code::DayNotOpen`] where it takes no postings.
    pub fn open_day<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        day: Date,
        now: Moment,
    ) -> Result<(), StoreError> {
        if !self.takes_postings(day) {
            return Err(Rejection::new(Code::DayNotOpen).with("day", day).into());
        }
        if self.days.contains_key(&day) {
            return Ok(());
        }
        sink.run(
            "INSERT INTO day (day, state, opened_at, opened_seq) VALUES (?1, 'open', ?2, ?3)",
            &[Param::Text(&day.to_string()), Param::Text(&now.to_string()), Param::Int(self.seq)],
        )?;
        self.days.insert(day, DayState::Open);
        Ok(())
    }

    /// Gives the draft its place behind the head and writes it.
    ///
    /// # Errors
    /// What [`place`] refuses; a guard's refusal; a fault. After any error of the sink the batch is lost and
    /// [`Appender::forget`] is due; after a refusal of the domain nothing has moved.
    pub fn append<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        draft: &Draft,
        refs: Refs,
    ) -> Result<Voucher, StoreError> {
        for line in &draft.lines {
            if self.account(sink, &line.account)?.is_none() {
                return Err(Rejection::new(Code::AccountUnknown).with("account", &line.account).into());
            }
        }
        if !self.takes_postings(draft.accounting_date) {
            return Err(Rejection::new(Code::DayNotOpen).with("day", draft.accounting_date).into());
        }
        let voucher = place(draft, self.seq + 1, &self.hash, &mut self.heads, &mut self.seal)?;
        self.open_day(sink, draft.accounting_date, draft.posted_at)?;
        self.write(sink, &voucher, refs)?;
        self.seq = voucher.seq;
        self.hash.clone_from(&voucher.hash);
        Ok(voucher)
    }

    fn write<S: Sink + ?Sized>(&self, sink: &mut S, voucher: &Voucher, refs: Refs) -> Result<(), StoreError> {
        for entry in &voucher.entries {
            let Some(head) = self.heads.get(&entry.account) else {
                return Err(Fault::Internal { detail: format!("no head of {}", entry.account) }.into());
            };
            let raw = |minor| head.account.normal_side.debit_positive(minor);
            let all = [
                Param::Int(voucher.seq),
                Param::Int(entry.line),
                Param::Int(head.id),
                Param::Int(entry.account_seq),
                Param::Int(entry.side.debit_positive(1)),
                Param::Int(entry.amount_minor),
                Param::Int(raw(entry.balance_before_minor)),
                Param::Int(raw(entry.balance_after_minor)),
                Param::Text(entry.mode.as_str()),
                Param::Text(entry.currency.code()),
            ];
            if entry.mode == Mode::Normal && Some(entry.currency) == self.currency {
                sink.run(&self.plain_entry, &all[..8])?;
            } else {
                sink.run(&insert_entry("?9", "?10"), &all)?;
            }
        }
        let event = refs.trade.zip(voucher.event).map(|(trade, event)| event_id(trade, event));
        sink.run(
            // It takes the next place by itself: for a row that is named, SQLite would keep a journal of each statement.
            // That this is the place it was given follows from its entries and its previous hash.
            "INSERT OR FAIL INTO voucher (voucher_no, kind, mode, trade, event, reverses, case_no, accounting_date, \
             business_date, value_date, reason, rule, maker, checker, posted_at, memo, prev_hash, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            &[
                Param::Text(voucher.voucher_no.as_str()),
                Param::Text(voucher.kind.as_str()),
                Param::Text(voucher.mode.as_str()),
                refs.trade.map_or(Param::Null, Param::Int),
                event.map_or(Param::Null, Param::Int),
                refs.reverses.map_or(Param::Null, Param::Int),
                Param::maybe(voucher.case_no.as_ref()),
                Param::Text(&voucher.accounting_date.to_string()),
                Param::Text(&voucher.business_date.to_string()),
                Param::Text(&voucher.value_date.to_string()),
                Param::maybe(voucher.reason.as_ref()),
                Param::maybe(voucher.rule.as_ref()),
                Param::Text(voucher.maker.as_str()),
                Param::maybe(voucher.checker.as_ref()),
                Param::Text(&voucher.posted_at.to_string()),
                Param::Text(&voucher.memo),
                Param::Text(&voucher.prev_hash),
                Param::Text(&voucher.hash),
            ],
        )
    }
}

/// The insertion of an entry, its mode and currency as SQL.
fn insert_entry(mode: &str, currency: &str) -> String {
    format!(
        "INSERT OR FAIL INTO entry (voucher, line, account, seq, side, amount_minor, mode, before_minor, after_minor, currency) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, {mode}, ?7, ?8, {currency})"
    )
}

/// Row of an event: eight times the trade's row, and the event's own number.
#[must_use]
pub fn event_id(trade: i64, event: crate::domain::event::Event) -> i64 {
    use crate::domain::event::Event;
    trade * 8
        + match event {
            Event::Captured => 1,
            Event::Cleared => 2,
            Event::Settled => 3,
            Event::Refunded => 4,
        }
}

/// Place and hash of the last voucher.
///
/// # Errors
/// A fault of the engine.
pub fn ledger_head<R: Reader + ?Sized>(reader: &mut R) -> Result<(i64, String), StoreError> {
    let head = first(reader, "SELECT id, hash FROM voucher ORDER BY id DESC LIMIT 1", &[], |row| {
        Ok((row.int(0)?, row.text(1)?.to_owned()))
    })?;
    Ok(head.unwrap_or_else(|| (0, GENESIS.to_owned())))
}

/// Where an existing account's chain stands.
///
/// # Errors
/// A fault of the engine.
pub fn account_head<R: Reader + ?Sized>(
    reader: &mut R,
    code: &AccountCode,
) -> Result<Option<Head>, StoreError> {
    let found = first(
        reader,
        "SELECT id, name, class, normal, currency, status, customer_visible, floor_minor FROM account WHERE code = ?1",
        &[Param::Text(code.as_str())],
        |row| {
            let account = Account {
                code: code.clone(),
                name: row.text(1)?.to_owned(),
                class: row.parse(2)?,
                normal_side: side_of(row.int(3)?),
                currency: row.parse(4)?,
                status: row.parse(5)?,
                customer_visible: row.flag(6)?,
                floor_minor: row.maybe_int(7)?,
            };
            Ok(Head { id: row.int(0)?, account, seq: 0, balance_minor: 0 })
        },
    )?;
    let Some(mut head) = found else { return Ok(None) };
    let last = first(
        reader,
        "SELECT seq, after_minor FROM entry WHERE account = ?1 ORDER BY seq DESC LIMIT 1",
        &[Param::Int(head.id)],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    if let Some((seq, after)) = last {
        head.seq = seq;
        head.balance_minor = head.account.normal_side.debit_positive(after);
    }
    Ok(Some(head))
}

/// The side stored as 1 or -1.
#[must_use]
pub const fn side_of(stored: i64) -> Side {
    if stored < 0 { Side::Credit } else { Side::Debit }
}

/// Adds an account.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_account<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    subject: &str,
    account: &Account,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO account (id, code, subject, name, class, normal, currency, status, customer_visible, floor_minor) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            Param::Int(id),
            Param::Text(account.code.as_str()),
            Param::Text(subject),
            Param::Text(&account.name),
            Param::Text(account.class.as_str()),
            Param::Int(account.normal_side.debit_positive(1)),
            Param::Text(account.currency.code()),
            Param::Text(account.status.as_str()),
            Param::Int(i64::from(account.customer_visible)),
            account.floor_minor.map_or(Param::Null, Param::Int),
        ],
    )
}
