//! The seal of a voucher: SHA-256 over the previous hash and a length-prefixed canonical form.
//!
//! Every field is written as its length in bytes (decimal), a colon, and its UTF-8 bytes; an absent field
//! as `-`. The order of fields is that of [`Seal::voucher`] and [`Seal::entry`]; the page on the file
//! format repeats it with a short program, so that anyone can verify a ledger without Storno. Balances are
//! those of the public views: positive on the account's normal side.

use super::account::{Account, AccountStatus};
use super::id::{AccountCode, VoucherNo};
use super::rejection::{Code, Rejection};
use super::voucher::{Draft, Entry, Line, Voucher, VoucherKind};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// First field of every seal; it changes with the layout.
pub const LAYOUT: &str = "storno-voucher-1";

/// The hash before the first voucher.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The fields of a voucher in sealing order, as the public view prints them.
#[derive(Debug, Clone, Copy)]
pub struct SealedVoucher<'a> {
    /// Hash of the previous voucher.
    pub prev_hash: &'a str,
    /// Number in the ledger, from 1.
    pub seq: i64,
    /// Voucher number.
    pub voucher_no: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Mode.
    pub mode: &'a str,
    /// Trade.
    pub trade_no: Option<&'a str>,
    /// Event.
    pub event: Option<&'a str>,
    /// Number of the voucher that it reverses.
    pub reverses: Option<&'a str>,
    /// Case.
    pub case_no: Option<&'a str>,
    /// Accounting day.
    pub accounting_date: &'a str,
    /// Business day.
    pub business_date: &'a str,
    /// Value date.
    pub value_date: &'a str,
    /// Reason code.
    pub reason: Option<&'a str>,
    /// Rule.
    pub rule: Option<&'a str>,
    /// Maker.
    pub maker: &'a str,
    /// Checker.
    pub checker: Option<&'a str>,
    /// Time of posting, RFC 3339.
    pub posted_at: &'a str,
    /// Memo.
    pub memo: &'a str,
}

/// The fields of an entry in sealing order.
#[derive(Debug, Clone, Copy)]
pub struct SealedEntry<'a> {
    /// Line number.
    pub line: i64,
    /// Account code.
    pub account: &'a str,
    /// Number of the entry in the account's chain.
    pub account_seq: i64,
    /// Side.
    pub side: &'a str,
    /// Signed minor units.
    pub amount_minor: i64,
    /// Mode.
    pub mode: &'a str,
    /// Balance before on the normal side.
    pub balance_before_minor: i64,
    /// Balance after on the normal side.
    pub balance_after_minor: i64,
    /// Currency.
    pub currency: &'a str,
}

/// Builds canonical forms and hashes them; reuses its buffer.
#[derive(Debug, Default)]
pub struct Seal {
    form: Vec<u8>,
}

impl Seal {
    /// Starts the form of a voucher.
    pub fn voucher(&mut self, v: &SealedVoucher<'_>) {
        self.form.clear();
        self.text(LAYOUT);
        self.text(v.prev_hash);
        self.number(v.seq);
        self.text(v.voucher_no);
        self.text(v.kind);
        self.text(v.mode);
        self.maybe(v.trade_no);
        self.maybe(v.event);
        self.maybe(v.reverses);
        self.maybe(v.case_no);
        self.text(v.accounting_date);
        self.text(v.business_date);
        self.text(v.value_date);
        self.maybe(v.reason);
        self.maybe(v.rule);
        self.text(v.maker);
        self.maybe(v.checker);
        self.text(v.posted_at);
        self.text(v.memo);
    }

    /// Adds an entry; entries come in line order.
    pub fn entry(&mut self, e: &SealedEntry<'_>) {
        self.number(e.line);
        self.text(e.account);
        self.number(e.account_seq);
        self.text(e.side);
        self.number(e.amount_minor);
        self.text(e.mode);
        self.number(e.balance_before_minor);
        self.number(e.balance_after_minor);
        self.text(e.currency);
    }

    /// Returns the hash: 64 lower-case hex digits.
    #[must_use]
    pub fn finish(&self) -> String {
        hex(&Sha256::digest(&self.form))
    }

    fn text(&mut self, text: &str) {
        let length = text.len();
        // Most fields have fewer than 100 bytes.
        let (tens, ones) = (DIGITS[length / 10 % 10], DIGITS[length % 10]);
        match length {
            0..10 => self.form.extend_from_slice(&[ones, b':']),
            10..100 => self.form.extend_from_slice(&[tens, ones, b':']),
            _ => {
                self.form.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
                self.form.push(b':');
            }
        }
        self.form.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        let mut digits = itoa::Buffer::new();
        self.text(digits.format(number));
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.form.push(b'-'),
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Returns `bytes` as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Returns the SHA-256 of `bytes` as lower-case hex; used as fingerprint of files and of idempotent
/// requests.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The head of an account's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The account.
    pub account: Account,
    /// The account's row in the ledger.
    pub id: i64,
    /// Number of its last entry; 0 if it has none.
    pub seq: i64,
    /// Balance on its normal side, minor units.
    pub balance_minor: i64,
}

/// Largest absolute balance: half of the range of 64 bits, so that one more entry cannot overflow.
const MAX_BALANCE: i64 = i64::MAX / 2;

/// Turns a draft into the next voucher: numbers, balances, hash. `heads` must contain the head of every
/// account that the draft names; they advance with the entries, and stay unchanged if the draft is refused.
///
/// # Errors
/// [`Code::TooFewEntries`], [`Code::Unbalanced`], [`Code::AccountUnknown`], [`Code::AccountNotActive`],
/// [`Code::Floor`] (not for the history of an older system, which is booked as it was), [`Code::Overflow`].
#[expect(clippy::implicit_hasher, reason = "there is one map of heads, the appender's")]
pub fn place(
    draft: &Draft,
    seq: i64,
    prev_hash: &str,
    heads: &mut HashMap<AccountCode, Head>,
    seal: &mut Seal,
) -> Result<Voucher, Rejection> {
    draft.check()?;
    let mut entries = Vec::with_capacity(draft.lines.len());
    let mut result = Ok(());
    for (number, line) in (1_i64..).zip(&draft.lines) {
        match next_entry(line, number, heads) {
            Ok(entry) => entries.push(entry),
            Err(rejection) => {
                result = Err(rejection);
                break;
            }
        }
    }
    let whole = result
        .and_then(|()| floors_hold(&entries, heads, draft))
        .and_then(|()| balanced_per_currency(&entries));
    if let Err(rejection) = whole {
        for entry in entries.iter().rev() {
            if let Some(head) = heads.get_mut(&entry.account) {
                head.seq = entry.account_seq - 1;
                head.balance_minor = entry.balance_before_minor;
            }
        }
        return Err(rejection);
    }
    Ok(sealed(draft, seq, prev_hash, entries, seal))
}

fn next_entry(line: &Line, number: i64, heads: &mut HashMap<AccountCode, Head>) -> Result<Entry, Rejection> {
    let head = heads
        .get_mut(&line.account)
        .ok_or_else(|| Rejection::new(Code::AccountUnknown).with("account", &line.account))?;
    if head.account.status != AccountStatus::Active {
        return Err(Rejection::account_not_active(&line.account, head.account.status));
    }
    let change = if line.side == head.account.normal_side { line.amount_minor } else { -line.amount_minor };
    let after = head
        .balance_minor
        .checked_add(change)
        .filter(|after| after.abs() <= MAX_BALANCE)
        .ok_or_else(|| Rejection::new(Code::Overflow).with("account", &line.account))?;
    let entry = Entry {
        line: number,
        account: line.account.clone(),
        account_seq: head.seq + 1,
        side: line.side,
        amount_minor: line.amount_minor,
        mode: line.mode,
        balance_before_minor: head.balance_minor,
        balance_after_minor: after,
        currency: head.account.currency,
    };
    head.seq += 1;
    head.balance_minor = after;
    Ok(entry)
}

/// Refuses a voucher that leaves an account below its floor after taking from it. Between its lines the
/// balance may be lower.
fn floors_hold(
    entries: &[Entry],
    heads: &HashMap<AccountCode, Head>,
    draft: &Draft,
) -> Result<(), Rejection> {
    if draft.kind == VoucherKind::Import && draft.case_no.is_none() {
        return Ok(());
    }
    for (at, entry) in entries.iter().enumerate() {
        let Some(head) = heads.get(&entry.account).filter(|head| head.seq == entry.account_seq) else {
            continue;
        };
        let Some(floor) = head.account.floor_minor.filter(|floor| head.balance_minor < *floor) else {
            continue;
        };
        let first = entries.iter().take(at).find(|other| other.account == entry.account).unwrap_or(entry);
        let before = first.balance_before_minor;
        if head.balance_minor < before {
            let money = |minor| super::money::Money::new(minor, head.account.currency);
            let after = head.balance_minor;
            return Err(Rejection::below_floor(&entry.account, money(before), money(after), money(floor)));
        }
    }
    Ok(())
}

fn balanced_per_currency(entries: &[Entry]) -> Result<(), Rejection> {
    for first in entries {
        let sum: i64 = entries
            .iter()
            .filter(|entry| entry.currency == first.currency)
            .map(|entry| entry.side.debit_positive(entry.amount_minor))
            .sum();
        if sum != 0 {
            return Err(Rejection::new(Code::Unbalanced)
                .with("currency", first.currency)
                .with("difference_minor", sum));
        }
    }
    Ok(())
}

fn sealed(draft: &Draft, seq: i64, prev_hash: &str, entries: Vec<Entry>, seal: &mut Seal) -> Voucher {
    let mut voucher = Voucher {
        seq,
        voucher_no: draft.voucher_no.clone().unwrap_or_else(|| VoucherNo::numbered(seq)),
        kind: draft.kind,
        mode: draft.mode,
        trade_no: draft.trade_no.clone(),
        event: draft.event,
        reverses: draft.reverses.clone(),
        reversed_by: None,
        case_no: draft.case_no.clone(),
        accounting_date: draft.accounting_date,
        business_date: draft.business_date,
        value_date: draft.value_date,
        reason: draft.reason.clone(),
        rule: draft.rule.clone(),
        maker: draft.maker.clone(),
        checker: draft.checker.clone(),
        posted_at: draft.posted_at,
        memo: draft.memo.clone(),
        prev_hash: prev_hash.to_owned(),
        hash: String::new(),
        entries,
    };
    voucher.hash = hash_of(&voucher, seal);
    voucher
}

/// Returns the hash that `voucher` must have.
#[must_use]
pub fn hash_of(voucher: &Voucher, seal: &mut Seal) -> String {
    seal.voucher(&SealedVoucher {
        prev_hash: &voucher.prev_hash,
        seq: voucher.seq,
        voucher_no: voucher.voucher_no.as_str(),
        kind: voucher.kind.as_str(),
        mode: voucher.mode.as_str(),
        trade_no: voucher.trade_no.as_ref().map(AsRef::as_ref),
        event: voucher.event.as_ref().map(super::event::Event::as_str),
        reverses: voucher.reverses.as_ref().map(AsRef::as_ref),
        case_no: voucher.case_no.as_ref().map(AsRef::as_ref),
        accounting_date: &voucher.accounting_date.to_string(),
        business_date: &voucher.business_date.to_string(),
        value_date: &voucher.value_date.to_string(),
        reason: voucher.reason.as_deref(),
        rule: voucher.rule.as_ref().map(AsRef::as_ref),
        maker: voucher.maker.as_str(),
        checker: voucher.checker.as_ref().map(AsRef::as_ref),
        posted_at: &voucher.posted_at.to_string(),
        memo: &voucher.memo,
    });
    for entry in &voucher.entries {
        seal.entry(&SealedEntry {
            line: entry.line,
            account: entry.account.as_str(),
            account_seq: entry.account_seq,
            side: entry.side.as_str(),
            amount_minor: entry.amount_minor,
            mode: entry.mode.as_str(),
            balance_before_minor: entry.balance_before_minor,
            balance_after_minor: entry.balance_after_minor,
            currency: entry.currency.code(),
        });
    }
    seal.finish()
}
