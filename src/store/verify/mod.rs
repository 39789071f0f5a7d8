//! Checking a ledger from its first voucher to its last: every hash, link, number and balance, in flat memory.
//!
//! Vouchers are read a chunk at a time, entries first, so that a voucher's texts go from the engine's row straight into
//! the seal without a copy. What is kept for the whole walk is one small record an account. One thread hashes and checks;
//! another reads entries ahead of it, and then checks the counts of live postings, which need another order.

use super::append::ledger_head;
use super::engine::{Engine, Param, Reader, Row, StoreError, all, first, row::side_of};
use crate::domain::account::Side;
use crate::domain::chain::{GENESIS, Seal, SealedEntry, SealedVoucher};
use crate::domain::voucher::Mode;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Vouchers of one chunk: their entries fit the processor's cache between being read and being sealed.
const CHUNK: i64 = 256;

/// Chunks whose entries are read ahead: little enough to stay in the cache, enough that neither thread waits for each chunk.
const AHEAD: usize = 8;

/// Events whose counts are checked at once; a walk that was stopped waits for no more than these.
const EVENTS: i64 = 4096;

/// Entries that a chunk has room for from the start.
const USUAL_ENTRIES: usize = 2048;

/// Events reported whose count is wrong.
const MAX_MISCOUNTED: i64 = 20;

/// Problems reported; a damaged ledger may have millions, and the first tell the story.
pub const MAX_PROBLEMS: usize = 100;

/// A place where the ledger is not whole, before words: the text is `verify.<check>` with the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Which check failed.
    pub check: &'static str,
    /// The voucher.
    pub voucher_no: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// Named facts.
    pub args: Vec<(String, String)>,
}

/// What the walk found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walk {
    /// Vouchers checked.
    pub vouchers: i64,
    /// Entries checked.
    pub entries: i64,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash.
    pub head_hash: String,
    /// What is wrong.
    pub defects: Vec<Defect>,
}

struct Standing {
    id: i64,
    code: String,
    normal: Side,
    seq: i64,
    balance: i64,
    /// Balance at the end of the closed days compared so far.
    closing: i64,
}

struct RawEntry {
    voucher: i64,
    line: i64,
    account: i64,
    seq: i64,
    side: i64,
    amount: i64,
    mode: Option<Mode>,
    before: i64,
    after: i64,
    currency: compact_str::CompactString,
}

/// Entries read by another thread: chunk after chunk, or why there are no more.
type Coming = Receiver<Result<Vec<RawEntry>, StoreError>>;

struct Walker<'w> {
    /// By row, ascending; rows are numbered from 1 without gaps unless somebody took one out.
    accounts: Vec<Standing>,
    /// Entries of the chunk at hand.
    entries: Vec<RawEntry>,
    /// Where those of the chunks to come arrive, if another thread reads them.
    coming: Option<Coming>,
    seal: Seal,
    walk: Walk,
    prev_hash: String,
    reversals: Vec<(i64, i64)>,
    /// Days with the places of the head when each opened and was sealed, between which its vouchers lie.
    days: HashMap<String, (i64, i64)>,
    /// Closed days whose balances are still to be compared, in order, and what moved on each: kept no longer than until
    /// the walk passes the seal.
    ahead: VecDeque<(i64, String)>,
    moved: HashMap<String, HashMap<i64, (i64, i64)>>,
    progress: &'w mut dyn FnMut(i64, i64) -> bool,
}

/// Walks the whole ledger. `progress` hears vouchers done and in all, and stops the walk by answering `false`.
///
/// # Errors
/// A fault of the engine (a file too damaged to read), or `STORNO-CANCELLED`.
pub fn walk(engine: &mut dyn Engine, progress: &mut dyn FnMut(i64, i64) -> bool) -> Result<Walk, StoreError> {
    let stop = AtomicBool::new(false);
    let head = ledger_head(engine)?;
    let beside = engine.beside();
    std::thread::scope(|scope| {
        let (send, coming) = sync_channel(AHEAD);
        let until = head.0;
        let counting = beside.map(|mut other| {
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
        walk.defects.extend(defects);
        walk.defects.truncate(MAX_PROBLEMS);
        Ok(walk)
    })
}

/// Events whose count of live postings is not what the vouchers say, as trade and event; some of them where they are many.
fn miscounted<R: Reader + ?Sized>(reader: &mut R, stop: &AtomicBool) -> Result<Vec<String>, StoreError> {
    let chunk = "SELECT max(id) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)";
    let mut found = Vec::new();
    let mut after = i64::MIN;
    while found.is_empty() && !stop.load(Ordering::Relaxed) {
        let last = first(reader, chunk, &[Param::Int(after), Param::Int(EVENTS)], |row| row.maybe_int(0))?;
        let Some(last) = last.flatten() else { break };
        reader.read(
            "SELECT (SELECT t.trade_no FROM trade t WHERE t.id = e.trade), e.event FROM event e \
             LEFT JOIN voucher v ON v.trade = e.trade AND v.event = e.id \
             AND (v.kind = 'post' OR v.kind = 'repost' OR v.kind = 'supplement' OR v.kind = 'import') \
             LEFT JOIN voucher r ON r.reverses = v.id WHERE e.id > ?1 AND e.id <= ?2 \
             GROUP BY e.id HAVING e.live <> sum(v.id IS NOT NULL AND r.id IS NULL) LIMIT ?3",
            &[Param::Int(after), Param::Int(last), Param::Int(MAX_MISCOUNTED)],
            &mut |row| {
                // An event without its trade is for the file's own check of its references.
                if let Some(trade) = row.maybe_text(0)? {
                    found.push(format!("{trade} {}", row.text(1)?));
                }
                Ok(())
            },
        )?;
        after = last;
    }
    Ok(found)
}

/// Reads the entries of one chunk after the other as long as somebody waits for them.
fn read_ahead<R: Reader + ?Sized>(
    reader: &mut R,
    head: i64,
    send: &SyncSender<Result<Vec<RawEntry>, StoreError>>,
) {
    let mut from = 1;
    while from <= head {
        let until = head.min(from + CHUNK - 1);
        let mut entries = Vec::with_capacity(USUAL_ENTRIES);
        let read = read_entries(reader, from, until, &mut entries);
        let failed = read.is_err();
        if send.send(read.map(|()| entries)).is_err() || failed {
            break;
        }
        from = until + 1;
    }
}

/// Adds the entries of the vouchers `from..=until`.
fn read_entries<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
    entries: &mut Vec<RawEntry>,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT voucher, line, account, seq, side, amount_minor, mode, before_minor, after_minor, currency FROM entry \
         WHERE voucher BETWEEN ?1 AND ?2 ORDER BY voucher, line",
        &[Param::Int(from), Param::Int(until)],
        &mut |row| {
            entries.push(RawEntry {
                voucher: row.int(0)?,
                line: row.int(1)?,
                account: row.int(2)?,
                seq: row.int(3)?,
                side: row.int(4)?,
                amount: row.int(5)?,
                mode: row.text(6)?.parse().ok(),
                before: row.int(7)?,
                after: row.int(8)?,
                currency: row.text(9)?.into(),
            });
            Ok(())
        },
    )
}

/// The walk over the vouchers and what they leave behind, up to a head. Entries come from another thread, or are read here.
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

/// Walks only what came after a seal, and counts what is wrong: hashes, links, numbers, balances, mirrors.
///
/// # Errors
/// A fault of the engine.
pub fn defects_since<R: Reader + ?Sized>(reader: &mut R, sealed: i64, hash: &str) -> Result<i64, StoreError> {
    let (head, head_hash) = ledger_head(reader)?;
    let mut standings = accounts(reader)?;
    for standing in &mut standings {
        let known = first(
            reader,
            "SELECT seq, after_minor FROM entry WHERE account = ?1 AND voucher <= ?2 ORDER BY seq DESC LIMIT 1",
            &[Param::Int(standing.id), Param::Int(sealed)],
            |row| Ok((row.int(0)?, row.int(1)?)),
        )?;
        (standing.seq, standing.balance) = known.unwrap_or((0, 0));
    }
    let mut walker = Walker {
        accounts: standings,
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

fn accounts<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Standing>, StoreError> {
    all(reader, "SELECT id, code, normal FROM account ORDER BY id", &[], |row| {
        Ok(Standing {
            id: row.int(0)?,
            code: row.text(1)?.to_owned(),
            normal: side_of(row.int(2)?),
            seq: 0,
            balance: 0,
            closing: 0,
        })
    })
}

/// The account in row `id`: at its own place, or by search where rows are missing.
fn account_at(accounts: &mut [Standing], id: i64) -> Option<&mut Standing> {
    let place = id.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let own = place.filter(|at| accounts.get(*at).is_some_and(|known| known.id == id));
    let at = own.or_else(|| accounts.binary_search_by_key(&id, |known| known.id).ok())?;
    accounts.get_mut(at)
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
            "SELECT v.id, v.voucher_no, v.kind, v.mode, t.trade_no, x.event, o.voucher_no, v.case_no, v.accounting_date, \
             v.business_date, v.value_date, v.reason, v.rule, v.maker, v.checker, v.posted_at, v.memo, v.prev_hash, v.hash, \
             v.reverses FROM voucher v LEFT JOIN trade t ON t.id = v.trade LEFT JOIN event x ON x.id = v.event \
             LEFT JOIN voucher o ON o.id = v.reverses WHERE v.id BETWEEN ?1 AND ?2 ORDER BY v.id",
            &range,
            &mut |row| {
                let seq = row.int(0)?;
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
        let voucher_no = row.text(1)?;
        let prev_hash = row.text(17)?;
        let hash = row.text(18)?;
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
            kind: row.text(2)?,
            mode: row.text(3)?,
            trade_no: row.maybe_text(4)?,
            event: row.maybe_text(5)?,
            reverses: row.maybe_text(6)?,
            case_no: row.maybe_text(7)?,
            accounting_date: row.text(8)?,
            business_date: row.text(9)?,
            value_date: row.text(10)?,
            reason: row.maybe_text(11)?,
            rule: row.maybe_text(12)?,
            maker: row.text(13)?,
            checker: row.maybe_text(14)?,
            posted_at: row.text(15)?,
            memo: row.text(16)?,
        });
        for entry in entries {
            self.entry(voucher_no, entry);
        }
        if self.seal.finish() != hash {
            self.defect("hash", Some(voucher_no), None, &[]);
        }
        self.balance(voucher_no, entries);
        let day = row.text(8)?;
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
        if let Some(original) = row.maybe_int(19)? {
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

    /// The closing balances of the days whose seal the walk has passed are what moved on them.
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
                let Some(standing) = account_at(&mut self.accounts, account) else { continue };
                standing.closing = standing.closing.saturating_add(sums.0).saturating_sub(sums.1);
                if known != Some(sums) || standing.closing != balance {
                    wrong.push(standing.code.clone());
                }
            }
            for account in moved.keys() {
                wrong.extend(account_at(&mut self.accounts, *account).map(|standing| standing.code.clone()));
            }
            for code in wrong {
                self.defect("closing", None, Some(&code), &[("day", day.clone())]);
            }
        }
        Ok(())
    }

    /// Every reversal takes back exactly what its original booked, account by account; in a later year what was profit and loss
    /// comes back as the result of earlier years.
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

    /// What no voucher row shows: entries behind the head, heads of chains by the index, closing seals.
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
        let mut standing = std::mem::take(&mut self.accounts).into_iter().peekable();
        let heads = "SELECT a.id, (SELECT seq FROM entry WHERE account = a.id ORDER BY seq DESC LIMIT 1), \
             (SELECT after_minor FROM entry WHERE account = a.id ORDER BY seq DESC LIMIT 1) FROM account a ORDER BY a.id";
        reader.read(heads, &[], &mut |row| {
            let (id, head) = (row.int(0)?, (row.maybe_int(1)?.unwrap_or(0), row.maybe_int(2)?.unwrap_or(0)));
            while standing.next_if(|walked| walked.id < id).is_some() {}
            if let Some(walked) = standing.next_if(|walked| walked.id == id)
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

/// Whether the ledger holds a voucher of this hash at this place.
///
/// # Errors
/// A fault of the engine.
pub fn holds<R: Reader + ?Sized>(reader: &mut R, seq: i64, hash: &str) -> Result<bool, StoreError> {
    let found = first(
        reader,
        "SELECT 1 FROM voucher WHERE id = ?1 AND hash = ?2",
        &[Param::Int(seq), Param::Text(hash)],
        |_| Ok(()),
    )?;
    Ok(found.is_some() || (seq == 0 && hash == GENESIS))
}
