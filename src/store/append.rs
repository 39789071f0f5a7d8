//! Appending vouchers to the ledger.
//!
//! An [`Appender`] caches the head of the ledger and of the chains it has met. It opens accounts of
//! subjects whose leaves open automatically, opens the accounting day with its first posting, gives each
//! draft its number and balances with the domain's code, and writes it. With a
//! [`Dry`](super::engine::dry::Dry) sink the same code runs without writing: that is the preview.

use super::accounts::{account_head, insert_account};
use super::engine::{Fault, Param, Reader, Sink, StoreError, first};
use super::event_id::EventId;
use super::events::row_of;
use crate::domain::account::{Account, AccountStatus, Subject};
use crate::domain::chain::{GENESIS, Head, Seal, place};
use crate::domain::currencies::Currencies;
use crate::domain::dating::{DayStates, closed_day};
use crate::domain::id::AccountCode;
use crate::domain::period::{DayState, Moment, Period};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Draft, Mode, Voucher};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

/// Limit of cached account heads; a batch touches far fewer, and a million would take some 200 MB.
const MAX_HEADS: usize = 100_000;

/// Rows that a draft refers to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refs {
    /// Row of the trade.
    pub trade: Option<i64>,
    /// Row (`seq`) of the voucher it reverses.
    pub reverses: Option<i64>,
    /// Row of the event, if the same batch may write it: a cluster cannot read what its batch has written.
    pub event: Option<EventId>,
}

/// Appends vouchers behind the ledger's head.
#[derive(Debug, Default)]
pub struct Appender {
    subjects: HashMap<String, Subject>,
    currencies: Option<Currencies>,
    seq: i64,
    hash: String,
    heads: HashMap<AccountCode, Head>,
    next_account: i64,
    days: BTreeMap<Date, DayState>,
    seal: Seal,
    /// INSERT of the usual entry: mode normal, in the ledger's currency.
    plain_entry: String,
}

impl Appender {
    /// Creates an appender for a ledger with these subjects and currencies; the code of a new account says
    /// which currency it is in.
    #[must_use]
    pub fn new(subjects: &[Subject], currencies: &Currencies) -> Self {
        Self {
            subjects: subjects.iter().map(|subject| (subject.code.clone(), subject.clone())).collect(),
            currencies: Some(currencies.clone()),
            plain_entry: insert_entry("'normal'", &format!("'{}'", currencies.main().code())),
            ..Self::default()
        }
    }

    /// Creates another appender for the same chart, with empty caches.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            subjects: self.subjects.clone(),
            currencies: self.currencies.clone(),
            plain_entry: self.plain_entry.clone(),
            ..Self::default()
        }
    }

    /// Reads the ledger's head and days; call it at the start of every batch. Cached chains are kept
    /// unless another session wrote since.
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
        // The last day of a locked month or year counts as closed, opened or not: nothing in it opens any
        // more.
        reader.read("SELECT period FROM period", &[], &mut |row| {
            days.insert(row.parse::<Period>(0)?.last_day(), DayState::Closed);
            Ok(())
        })?;
        reader.read("SELECT day, state FROM day", &[], &mut |row| {
            days.insert(row.parse(0)?, row.parse(1)?);
            Ok(())
        })
    }

    /// Returns whether the cache of chains is full.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.heads.len() > MAX_HEADS
    }

    /// Clears the cached chains; call it when a batch was lost.
    pub fn forget(&mut self) {
        self.heads.clear();
        self.seq = -1;
    }

    /// Returns the accounting days as last read, and those opened since.
    #[must_use]
    pub const fn days(&self) -> &BTreeMap<Date, DayState> {
        &self.days
    }

    /// Returns row (`seq`) and hash of the last voucher.
    #[must_use]
    pub fn head(&self) -> (i64, &str) {
        (self.seq, &self.hash)
    }

    /// Returns the head of an account's chain; opens the account if its subject allows that, else `None`.
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
        let (Some(leaf), Some(currencies)) = (code.leaf(), &self.currencies) else { return Ok(None) };
        // A subject without leaves for holders still has one for each currency beside the main one.
        if subject.opens_leaves != currencies.holder(code).is_some() {
            return Ok(None);
        }
        let currency = currencies.of(code);
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

    /// Opens an accounting day, unless it is open.
    ///
    /// # Errors
    /// [`Code::DayNotOpen`] if the day takes no postings.
    pub fn open_day<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        day: Date,
        now: Moment,
    ) -> Result<(), StoreError> {
        if !self.days.takes_postings(day) {
            return Err(closed_day(day).into());
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

    /// Gives the draft its number and balances behind the head, and writes it.
    ///
    /// # Errors
    /// What [`place`] refuses, a guard's refusal, a fault. After an error of the sink the batch is lost
    /// and [`Appender::forget`] must be called; after a refusal of the domain nothing has changed.
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
        if !self.days.takes_postings(draft.accounting_date) {
            return Err(closed_day(draft.accounting_date).into());
        }
        let voucher = place(draft, self.seq + 1, &self.hash, &mut self.heads, &mut self.seal)?;
        self.open_day(sink, draft.accounting_date, draft.posted_at)?;
        self.write(sink, &voucher, refs)?;
        self.seq = voucher.seq;
        self.hash.clone_from(&voucher.hash);
        Ok(voucher)
    }

    fn write<S: Sink + ?Sized>(&self, sink: &mut S, voucher: &Voucher, refs: Refs) -> Result<(), StoreError> {
        let main = self.currencies.as_ref().map(Currencies::main);
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
            if entry.mode == Mode::Normal && Some(entry.currency) == main {
                sink.run(&self.plain_entry, &all[..8])?;
            } else {
                sink.run(&insert_entry("?9", "?10"), &all)?;
            }
        }
        let event = match (refs.event, refs.trade.zip(voucher.event)) {
            (Some(event), Some(_)) => Some(event.row()),
            (None, Some((trade, event))) => row_of(sink, trade, event)?.map(EventId::row),
            (_, None) => None,
        };
        sink.run(
            // SQLite assigns the next row: for an explicit row it would keep a statement journal. That it
            // is `seq` follows from the entries and the previous hash.
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

/// Returns the INSERT of an entry, with mode and currency as SQL.
fn insert_entry(mode: &str, currency: &str) -> String {
    format!(
        "INSERT OR FAIL INTO entry (voucher, line, account, seq, side, amount_minor, mode, before_minor, after_minor, currency) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, {mode}, ?7, ?8, {currency})"
    )
}

/// Returns row (`seq`) and hash of the last voucher.
pub fn ledger_head<R: Reader + ?Sized>(reader: &mut R) -> Result<(i64, String), StoreError> {
    let head = first(reader, "SELECT id, hash FROM voucher ORDER BY id DESC LIMIT 1", &[], |row| {
        Ok((row.int(0)?, row.text(1)?.to_owned()))
    })?;
    Ok(head.unwrap_or_else(|| (0, GENESIS.to_owned())))
}
