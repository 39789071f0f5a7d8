//! Verification of a ledger from the first voucher to the last: every hash, link, number and balance, in
//! constant memory.
//!
//! Vouchers are read a chunk at a time, entries first, so that a voucher's texts go from the engine's row
//! into the seal without a copy. Kept for the whole walk is one small record per account. One thread
//! hashes and checks; another reads entries ahead of it, and then checks the counts of live postings,
//! which need another order.

mod account_statements;
mod counts;
mod cursors;
mod entries;
mod facts;
mod texts;

pub use facts::TextsInForce;

use super::append::ledger_head;
use super::engine::row::side_of;
use super::engine::{Engine, Param, Reader, Row, StoreError, all, first};
use super::vouchers::{SEALED_VOUCHERS, sealed_column as sealed};
use crate::domain::chain::{GENESIS, Seal, SealedEntry, SealedVoucher};
use crate::domain::voucher::Mode;
use counts::miscounted;
use cursors::{ChainCursor, account_at, accounts};
use entries::{CHUNK, Coming, RawEntry, read_ahead, read_entries};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

/// Chunks of entries read ahead: few enough to stay in the cache, enough that neither thread waits for
/// each chunk.
const AHEAD: usize = 8;

/// Limit of reported problems; a damaged ledger may have millions, and the first explain the rest.
pub const MAX_PROBLEMS: usize = 100;

/// A defect of the ledger; its text is `verify.<check>` with the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// The check that failed.
    pub check: &'static str,
    /// The voucher.
    pub voucher_no: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// Named facts.
    pub args: Vec<(String, String)>,
}

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walk {
    /// Vouchers checked.
    pub vouchers: i64,
    /// Entries checked.
    pub entries: i64,
    /// Row (`seq`) of the last voucher.
    pub head_seq: i64,
    /// Hash of the last voucher.
    pub head_hash: String,
    /// The defects, at most [`MAX_PROBLEMS`].
    pub defects: Vec<Defect>,
}

struct Walker<'w> {
    /// By row, ascending; rows are numbered from 1 without gaps unless one was removed by force.
    accounts: Vec<ChainCursor>,
    /// Entries of the current chunk.
    entries: Vec<RawEntry>,
    /// Entries of the chunks to come, if another thread reads them.
    coming: Option<Coming>,
    seal: Seal,
    walk: Walk,
    prev_hash: String,
    reversals: Vec<(i64, i64)>,
    /// Range of each day's vouchers: the head when it opened, and when it was sealed.
    days: HashMap<String, (i64, i64)>,
    /// Closed days still to be compared, in order of their seals.
    ahead: VecDeque<(i64, String)>,
    moved: HashMap<String, HashMap<i64, (i64, i64)>>,
    progress: &'w mut dyn FnMut(i64, i64) -> bool,
}

/// Verifies the whole ledger. `progress` gets the vouchers done and in all, and cancels by returning
/// `false`.
///
/// # Errors
/// A fault of the engine (a file too damaged to read), or `STORNO-CANCELLED`.
pub fn walk(engine: &mut dyn Engine, progress: &mut dyn FnMut(i64, i64) -> bool) -> Result<Walk, StoreError> {
    let stop = AtomicBool::new(false);
    let head = ledger_head(engine)?;
    let second_reader = engine.second_reader();
    std::thread::scope(|scope| {
        let (send, coming) = sync_channel(AHEAD);
        let until = head.0;
        let counting = second_reader.map(|mut other| {
            let stop = &stop;
            scope.spawn(move || {
                read_ahead(&mut *other, until, &send);
                drop(send);
                miscounted(&mut *other, stop)
            })
        });
        let coming = counting.is_some().then_some(coming);
        let mut walk = walk_vouchers(engine, head, coming, progress)
            .inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
        let events = match counting {
            Some(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            None => miscounted(engine, &stop),
        }?;
        let defects = events.into_iter().map(|event| Defect {
            check: "event",
            voucher_no: None,
            account: None,
            args: vec![("event".to_owned(), event)],
        });
        let texts = texts::changed(engine)?.into_iter().map(|(what, version)| Defect {
            check: "text",
            voucher_no: None,
            account: None,
            args: vec![("what".to_owned(), what.to_owned()), ("version".to_owned(), version.to_string())],
        });
        let recounted = texts::recounted(engine)?.into_iter().map(|bill| Defect {
            check: "lines",
            voucher_no: None,
            account: None,
            args: vec![("bill".to_owned(), bill.to_string())],
        });
        let of_accounts = account_statements::defects(engine)?.into_iter();
        walk.defects.extend(defects.chain(texts).chain(recounted).chain(of_accounts));
        walk.defects.truncate(MAX_PROBLEMS);
        Ok(walk)
    })
}

/// Walks the vouchers up to a head, then the ends of all chains. Entries come from another thread, or are
/// read here.
fn walk_vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    (head, hash): (i64, String),
    coming: Option<Coming>,
    progress: &mut dyn FnMut(i64, i64) -> bool,
) -> Result<Walk, StoreError> {
    let mut walker = Walker {
        accounts: accounts(reader)?,
        entries: Vec::new(),
        coming,
        seal: Seal::default(),
        walk: Walk { head_seq: head, head_hash: hash, ..Walk::default() },
        prev_hash: GENESIS.to_owned(),
        reversals: Vec::new(),
        days: day_spans(reader)?,
        ahead: VecDeque::new(),
        moved: HashMap::new(),
        progress,
    };
    let closed = walker.days.iter().filter(|(_, (_, sealed))| *sealed < i64::MAX);
    let mut days: Vec<(i64, String)> = closed.map(|(day, (_, sealed))| (*sealed, day.clone())).collect();
    days.sort();
    walker.moved = days.iter().map(|(_, day)| (day.clone(), HashMap::new())).collect();
    walker.ahead = days.into();
    let mut from = 1;
    while from <= head {
        let until = head.min(from + CHUNK - 1);
        walker.chunk(reader, from, until)?;
        walker.closings(reader, until)?;
        if !(walker.progress)(until, head) {
            return Err(StoreError::rejected(crate::domain::rejection::Code::Cancelled));
        }
        from = until + 1;
    }
    walker.closings(reader, i64::MAX)?;
    walker.mirrors(reader)?;
    walker.ends(reader)?;
    Ok(walker.walk)
}

/// Verifies only what came after a seal, and returns the number of defects: hashes, links, numbers,
/// balances, mirrors.
pub fn defects_since<R: Reader + ?Sized>(reader: &mut R, sealed: i64, hash: &str) -> Result<i64, StoreError> {
    let (head, head_hash) = ledger_head(reader)?;
    let mut cursors = accounts(reader)?;
    for cursor in &mut cursors {
        let known = first(
            reader,
            "SELECT seq, after_minor FROM entry WHERE account = ?1 AND voucher <= ?2 ORDER BY seq DESC LIMIT 1",
            &[Param::Int(cursor.id), Param::Int(sealed)],
            |row| Ok((row.int(0)?, row.int(1)?)),
        )?;
        (cursor.seq, cursor.balance) = known.unwrap_or((0, 0));
    }
    let mut walker = Walker {
        accounts: cursors,
        seal: Seal::default(),
        walk: Walk { head_seq: head, head_hash, ..Walk::default() },
        prev_hash: hash.to_owned(),
        reversals: Vec::new(),
        entries: Vec::new(),
        coming: None,
        days: day_spans(reader)?,
        ahead: VecDeque::new(),
        moved: HashMap::new(),
        progress: &mut |_, _| true,
    };
    let mut from = sealed + 1;
    while from <= head {
        let until = head.min(from + CHUNK - 1);
        walker.chunk(reader, from, until)?;
        from = until + 1;
    }
    walker.mirrors(reader)?;
    Ok(i64::try_from(walker.walk.defects.len()).unwrap_or(i64::MAX))
}

fn day_spans<R: Reader + ?Sized>(reader: &mut R) -> Result<HashMap<String, (i64, i64)>, StoreError> {
    let rows = all(reader, "SELECT day, opened_seq, state = 'closed', head_seq FROM day", &[], |row| {
        let sealed = if row.flag(2)? { row.maybe_int(3)?.unwrap_or(0) } else { i64::MAX };
        Ok((row.text(0)?.to_owned(), (row.int(1)?, sealed)))
    })?;
    Ok(rows.into_iter().collect())
}

impl Walker<'_> {
    fn defect(
        &mut self,
        check: &'static str,
        voucher: Option<&str>,
        account: Option<&str>,
        args: &[(&str, String)],
    ) {
        if self.walk.defects.len() < MAX_PROBLEMS {
            self.walk.defects.push(Defect {
                check,
                voucher_no: voucher.map(str::to_owned),
                account: account.map(str::to_owned),
                args: args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            });
        }
    }

    fn chunk<R: Reader + ?Sized>(&mut self, reader: &mut R, from: i64, until: i64) -> Result<(), StoreError> {
        let range = [Param::Int(from), Param::Int(until)];
        let mut entries = std::mem::take(&mut self.entries);
        if let Some(read) = self.coming.as_ref().and_then(|coming| coming.recv().ok()) {
            entries = read?;
        } else {
            entries.clear();
            read_entries(reader, from, until, &mut entries)?;
        }
        let mut next = 0;
        let mut expected = from;
        reader.read(
            &format!(
                "SELECT {}, v.reverses FROM {SEALED_VOUCHERS} WHERE v.id BETWEEN ?1 AND ?2 ORDER BY v.id",
                sealed::SQL
            ),
            &range,
            &mut |row| {
                let seq = row.int(sealed::SEQ)?;
                while expected < seq {
                    self.defect("sequence", None, None, &[("seq", expected.to_string())]);
                    expected += 1;
                }
                expected = seq + 1;
                while entries.get(next).is_some_and(|entry| entry.voucher < seq) {
                    next += 1;
                }
                let start = next;
                while entries.get(next).is_some_and(|entry| entry.voucher == seq) {
                    next += 1;
                }
                self.voucher(row, seq, entries.get(start..next).unwrap_or_default())
            },
        )?;
        self.entries = entries;
        Ok(())
    }

    fn voucher(&mut self, row: &Row<'_>, seq: i64, entries: &[RawEntry]) -> Result<(), StoreError> {
        let voucher_no = row.text(sealed::VOUCHER_NO)?;
        let prev_hash = row.text(sealed::PREV_HASH)?;
        let hash = row.text(sealed::HASH)?;
        self.walk.vouchers += 1;
        if prev_hash != self.prev_hash {
            self.defect("link", Some(voucher_no), None, &[]);
        }
        self.prev_hash.clear();
        self.prev_hash.push_str(hash);
        self.seal.voucher(&SealedVoucher {
            prev_hash,
            seq,
            voucher_no,
            kind: row.text(sealed::KIND)?,
            mode: row.text(sealed::MODE)?,
            trade_no: row.maybe_text(sealed::TRADE_NO)?,
            event: row.maybe_text(sealed::EVENT)?,
            reverses: row.maybe_text(sealed::REVERSES)?,
            case_no: row.maybe_text(sealed::CASE_NO)?,
            accounting_date: row.text(sealed::ACCOUNTING_DATE)?,
            business_date: row.text(sealed::BUSINESS_DATE)?,
            value_date: row.text(sealed::VALUE_DATE)?,
            reason: row.maybe_text(sealed::REASON)?,
            rule: row.maybe_text(sealed::RULE)?,
            maker: row.text(sealed::MAKER)?,
            checker: row.maybe_text(sealed::CHECKER)?,
            posted_at: row.text(sealed::POSTED_AT)?,
            memo: row.text(sealed::MEMO)?,
        });
        for entry in entries {
            self.entry(voucher_no, entry);
        }
        if self.seal.finish() != hash {
            self.defect("hash", Some(voucher_no), None, &[]);
        }
        self.balance(voucher_no, entries);
        let day = row.text(sealed::ACCOUNTING_DATE)?;
        if let Some(moved) = self.moved.get_mut(day) {
            for entry in entries {
                let (debit, credit) = moved.entry(entry.account).or_default();
                let sum = if entry.side == 1 { debit } else { credit };
                *sum = sum.saturating_add(entry.amount);
            }
        }
        let (opened, sealed) = self.days.get(day).copied().unwrap_or((0, i64::MAX));
        if seq > sealed {
            self.defect("closed", Some(voucher_no), None, &[("day", day.to_owned())]);
        }
        if seq <= opened {
            self.defect("early", Some(voucher_no), None, &[("day", day.to_owned())]);
        }
        if let Some(original) = row.maybe_int(sealed::END)? {
            self.reversals.push((seq, original));
        }
        Ok(())
    }

    fn entry(&mut self, voucher_no: &str, entry: &RawEntry) {
        self.walk.entries += 1;
        let Some(account) = account_at(&mut self.accounts, entry.account) else {
            self.defect("account", Some(voucher_no), Some(&entry.account.to_string()), &[]);
            return;
        };
        let (number, balance) = (account.seq, account.balance);
        (account.seq, account.balance) = (entry.seq, entry.after);
        let normal = account.normal;
        self.seal.entry(&SealedEntry {
            line: entry.line,
            account: &account.code,
            account_seq: entry.seq,
            side: side_of(entry.side).as_str(),
            amount_minor: entry.amount,
            mode: entry.mode.map_or("?", Mode::as_str),
            balance_before_minor: normal.debit_positive(entry.before),
            balance_after_minor: normal.debit_positive(entry.after),
            currency: &entry.currency,
        });
        let follows = entry.seq == number + 1;
        let adds_up = entry.before == balance
            && entry.side.checked_mul(entry.amount).and_then(|change| entry.before.checked_add(change))
                == Some(entry.after);
        if !follows || !adds_up {
            let code = account.code.clone();
            let check = if follows { "balance" } else { "chain" };
            self.defect(check, Some(voucher_no), Some(&code), &[("number", entry.seq.to_string())]);
        }
    }

    fn balance(&mut self, voucher_no: &str, entries: &[RawEntry]) {
        let balanced = entries.iter().all(|first| {
            let sum: i128 = entries
                .iter()
                .filter(|entry| entry.currency == first.currency)
                .map(|entry| i128::from(entry.side) * i128::from(entry.amount))
                .sum();
            sum == 0
        });
        if entries.len() < 2 || !balanced {
            self.defect("unbalanced", Some(voucher_no), None, &[]);
        }
    }

    /// Compares the closing balances of days whose seal the walk has passed with what moved on them.
    fn closings<R: Reader + ?Sized>(&mut self, reader: &mut R, passed: i64) -> Result<(), StoreError> {
        while let Some((_, day)) = self.ahead.pop_front_if(|(seq, _)| *seq <= passed) {
            let mut moved = self.moved.remove(&day).unwrap_or_default();
            let rows = all(
                reader,
                "SELECT account, debit_minor, credit_minor, balance_minor FROM day_balance WHERE day = ?1",
                &[Param::Text(&day)],
                |row| Ok((row.int(0)?, (row.int(1)?, row.int(2)?), row.int(3)?)),
            )?;
            let mut wrong = Vec::new();
            for (account, sums, balance) in rows {
                let known = moved.remove(&account);
                let Some(cursor) = account_at(&mut self.accounts, account) else { continue };
                cursor.closing = cursor.closing.saturating_add(sums.0).saturating_sub(sums.1);
                if known != Some(sums) || cursor.closing != balance {
                    wrong.push(cursor.code.clone());
                }
            }
            for account in moved.keys() {
                wrong.extend(account_at(&mut self.accounts, *account).map(|cursor| cursor.code.clone()));
            }
            for code in wrong {
                self.defect("closing", None, Some(&code), &[("day", day.clone())]);
            }
        }
        Ok(())
    }

    /// Checks that every reversal undoes exactly what its original booked, account by account; in a later
    /// year profit and loss comes back as the result of earlier years.
    fn mirrors<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<(), StoreError> {
        for (reversal, original) in std::mem::take(&mut self.reversals) {
            let off = first(
                reader,
                "SELECT (SELECT voucher_no FROM voucher WHERE id = ?1) FROM entry e WHERE voucher IN (?1, ?2) \
                 GROUP BY CASE WHEN (SELECT substr(accounting_date, 1, 4) FROM voucher WHERE id = ?1) \
                   > (SELECT substr(accounting_date, 1, 4) FROM voucher WHERE id = ?2) \
                   AND (SELECT class IN ('income', 'expense', 'equity') FROM account a WHERE a.id = e.account) \
                   THEN 0 ELSE account END \
                 HAVING sum(side * amount_minor) <> 0 LIMIT 1",
                &[Param::Int(reversal), Param::Int(original)],
                |row| Ok(row.maybe_text(0)?.map(str::to_owned)),
            )?;
            if let Some(voucher_no) = off {
                self.defect("mirror", voucher_no.as_deref(), None, &[]);
            }
        }
        Ok(())
    }

    /// Checks what no voucher row shows: entries after the head, heads of chains by the index, seals of
    /// days.
    fn ends<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<(), StoreError> {
        let orphans = first(
            reader,
            "SELECT count(*) FROM entry WHERE voucher > ?1",
            &[Param::Int(self.walk.head_seq)],
            |row| row.int(0),
        )?;
        if orphans.unwrap_or(0) > 0 {
            self.defect("orphan", None, None, &[("count", orphans.unwrap_or(0).to_string())]);
        }
        let mut cursor = std::mem::take(&mut self.accounts).into_iter().peekable();
        let heads = "SELECT a.id, (SELECT seq FROM entry WHERE account = a.id ORDER BY seq DESC LIMIT 1), \
             (SELECT after_minor FROM entry WHERE account = a.id ORDER BY seq DESC LIMIT 1) FROM account a ORDER BY a.id";
        reader.read(heads, &[], &mut |row| {
            let (id, head) = (row.int(0)?, (row.maybe_int(1)?.unwrap_or(0), row.maybe_int(2)?.unwrap_or(0)));
            while cursor.next_if(|walked| walked.id < id).is_some() {}
            if let Some(walked) = cursor.next_if(|walked| walked.id == id)
                && head != (walked.seq, walked.balance)
                && orphans == Some(0)
            {
                self.defect("head", None, Some(&walked.code), &[]);
            }
            Ok(())
        })?;
        let days = all(
            reader,
            "SELECT d.day FROM (SELECT day, head_seq, head_hash FROM day WHERE state = 'closed' \
             UNION ALL SELECT period, head_seq, head_hash FROM period) d WHERE d.head_seq > 0 AND NOT EXISTS \
             (SELECT 1 FROM voucher v WHERE v.id = d.head_seq AND v.hash = d.head_hash)",
            &[],
            |row| Ok(row.text(0)?.to_owned()),
        )?;
        for day in days {
            self.defect("tail", None, None, &[("day", day)]);
        }
        Ok(())
    }
}

/// Returns whether the ledger holds a voucher with this hash in this row; (0, genesis) counts as held.
pub fn holds<R: Reader + ?Sized>(reader: &mut R, seq: i64, hash: &str) -> Result<bool, StoreError> {
    let found = first(
        reader,
        "SELECT 1 FROM voucher WHERE id = ?1 AND hash = ?2",
        &[Param::Int(seq), Param::Text(hash)],
        |_| Ok(()),
    )?;
    Ok(found.is_some() || (seq == 0 && hash == GENESIS))
}
