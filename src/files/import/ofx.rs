//! Statements in OFX: version 1 (SGML, whose elements of text need no end) and version 2 (XML), of bank accounts and
//! of credit cards.
//!
//! The file tells no balance forward. Its ledger balance is the closing balance if it is of the last day, or of an
//! earlier one without bookings after it. Dates are as the file writes them, in the zone in brackets if it has one.
//! A line is named by the line of the file at which its transaction begins.

use super::account::{self, AccountCheck, AccountSummary};
use super::bad_rows::BadRows;
use super::head::{Head, Mark};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::amount;
use super::xml::{Elements, Markup, Step, declared_encoding, known_encoding};
use crate::domain::account_statement::{AccountHead, AccountLine, AccountLineKind, AccountPart};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use encoding_rs::{Encoding, UTF_8};
use jiff::civil::{Date, Time, time};
use jiff::tz::{Offset, TimeZone};
use std::io::Read;

/// The reader of OFX.
pub(super) static READER: Reader = Reader { option: "ofx", marks: &[Mark::First(is_ofx)], columns: &[] };

fn is_ofx(head: &Head<'_>) -> bool {
    let starts = ["OFXHEADER", "<?xml", "<?OFX", "<OFX"].iter().any(|start| head.first().starts_with(start));
    starts && (head.contains("<OFX>") || head.contains("OFXHEADER"))
}

/// Types of transactions (TRNTYPE) with one meaning.
const KINDS: &[(&str, AccountLineKind)] = &[
    ("FEE", AccountLineKind::Fee),
    ("SRVCHG", AccountLineKind::Fee),
    ("INT", AccountLineKind::Interest),
    ("XFER", AccountLineKind::Transfer),
    ("PAYMENT", AccountLineKind::Transfer),
    ("REPEATPMT", AccountLineKind::Transfer),
    ("DIRECTDEP", AccountLineKind::Transfer),
    ("DIRECTDEBIT", AccountLineKind::Transfer),
    ("CHECK", AccountLineKind::Transfer),
];

/// Times of day that banks write if they know none.
const NO_TIMES: [Time; 2] = [Time::midnight(), time(12, 0, 0, 0)];

/// A date of the file, with its time of day and its zone if it has them.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    day: Date,
    time: Option<Time>,
    zone: Option<Offset>,
}

/// What a statement says of itself.
#[derive(Debug, Default)]
struct Known {
    number: Option<String>,
    holder: Option<String>,
    currency: Option<Currency>,
    from: Option<Stamp>,
    to: Option<Stamp>,
    balance: Option<i64>,
    balance_at: Option<Stamp>,
    /// Last day of its bookings.
    last: Option<Date>,
}

impl Known {
    /// Takes an element of text; `name` is its path in the statement.
    fn take(&mut self, name: &str, elements: &Elements<'_>) -> Result<(), Reason> {
        let text = elements.text();
        if text.is_empty() {
            return Ok(());
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        // The account itself, and not one in a list of other balances.
        let is_own = name.starts_with("BANKACCTFROM/") || name.starts_with("CCACCTFROM/");
        match last {
            "CURDEF" => {
                let unknown = || Reason::UnknownCurrency { value: shown(text) };
                self.currency = Some(text.parse().map_err(|_| unknown())?);
            }
            "ACCTID" if is_own => self.number = Some(text.to_owned()),
            "BANKID" if is_own => self.holder = Some(text.to_owned()),
            "DTSTART" => self.from = Some(stamp(text)?),
            "DTEND" => self.to = Some(stamp(text)?),
            "BALAMT" if name.starts_with("LEDGERBAL/") => self.balance = Some(self.amount(text)?),
            "DTASOF" if name.starts_with("LEDGERBAL/") => self.balance_at = Some(stamp(text)?),
            _ => {}
        }
        Ok(())
    }

    fn currency(&self) -> Result<Currency, Reason> {
        self.currency.ok_or_else(|| Reason::MissingPart { name: "CURDEF".to_owned() })
    }

    /// Parses an amount, with a point or a comma before its decimals.
    fn amount(&self, text: &str) -> Result<i64, Reason> {
        let currency = self.currency()?;
        // A comma before more digits than the currency has decimals would be one between thousands.
        let is_decimal = |decimals: &str| (1..=currency.exponent() as usize).contains(&decimals.len());
        let has_comma = text.split_once(',').is_some_and(|(_, decimals)| is_decimal(decimals));
        let pointed =
            if has_comma && !text.contains('.') { text.replacen(',', ".", 1) } else { text.to_owned() };
        let digits = pointed.trim_start_matches(['+', '-']);
        let sign = if pointed.starts_with('-') { "-" } else { "" };
        let is_signed_once = pointed.len() - digits.len() <= 1;
        if digits.starts_with('.') && is_signed_once {
            return amount(&format!("{sign}0{digits}"), currency);
        }
        amount(&pointed, currency).map_err(|reason| match reason {
            Reason::NotANumber { .. } => Reason::NotANumber { value: shown(text) },
            reason => reason,
        })
    }

    /// Returns the head, once the dates of its list are known.
    fn head(&self, zone: &TimeZone) -> Result<AccountHead, Reason> {
        let number = self.number.clone().ok_or_else(|| Reason::MissingPart { name: "ACCTID".to_owned() })?;
        Ok(AccountHead {
            number: Some(number),
            holder: self.holder.clone(),
            currency: self.currency()?,
            from: self.from.map(|stamp| stamp.day),
            to: self.to.map(|stamp| stamp.day),
            until: self.to.and_then(|stamp| until(stamp, zone)),
            sequence: None,
            opening_minor: None,
        })
    }

    /// Returns the ledger balance if no booking can lie between it and the last one of the list.
    fn closing(&self) -> Option<i64> {
        let at = self.balance_at?.day;
        let is_last = self.last.is_none_or(|last| last <= at) && self.to.is_none_or(|to| at <= to.day);
        self.balance.filter(|_| is_last)
    }
}

/// A transaction.
#[derive(Debug, Default)]
struct Transaction {
    /// Line of the file at which it begins.
    at: u64,
    kind: String,
    posted: Option<Stamp>,
    available: Option<Stamp>,
    minor: Option<i64>,
    number: String,
    check: String,
    bank_ref: String,
    name: String,
    account: String,
    text: String,
}

impl Transaction {
    /// Takes an element of text; `name` is its path in the transaction.
    fn take(&mut self, name: &str, text: &str, known: &Known) -> Result<(), Reason> {
        if text.is_empty() {
            return Ok(());
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        match last {
            "TRNTYPE" => text.clone_into(&mut self.kind),
            "DTPOSTED" => self.posted = Some(stamp(text)?),
            "DTAVAIL" => self.available = Some(stamp(text)?),
            "TRNAMT" => self.minor = Some(known.amount(text)?),
            "FITID" => text.clone_into(&mut self.number),
            "CHECKNUM" => text.clone_into(&mut self.check),
            "REFNUM" => text.clone_into(&mut self.bank_ref),
            "NAME" => text.clone_into(&mut self.name),
            "ACCTID" => text.clone_into(&mut self.account),
            "MEMO" | "MEMO2" => {
                if !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.text.push_str(text);
            }
            // A correction of what an earlier file told is no booking.
            "CORRECTACTION" => {
                return Err(Reason::BadPart { name: "CORRECTACTION".to_owned(), value: shown(text) });
            }
            "CURSYM" if !name.contains("ORIGCURRENCY") => {
                let first = known.currency()?.code().to_owned();
                if first != text {
                    return Err(Reason::MixedCurrencies { first, here: shown(text) });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns its line.
    fn line(self) -> Result<AccountLine, Reason> {
        let missing = |name: &str| Reason::MissingPart { name: format!("STMTTRN/{name}") };
        let posted = self.posted.ok_or_else(|| missing("DTPOSTED"))?;
        let kind = KINDS.iter().find(|(word, _)| *word == self.kind).map(|(_, kind)| *kind);
        let party = [self.name, self.account].join(" ");
        Ok(AccountLine {
            line: self.at,
            day: posted.day,
            time: posted.time.filter(|time| !NO_TIMES.contains(time)),
            value_day: self.available.map(|stamp| stamp.day),
            amount_minor: self.minor.ok_or_else(|| missing("TRNAMT"))?,
            balance_minor: None,
            kind: kind.unwrap_or(AccountLineKind::Other),
            words: self.kind,
            number: self.number,
            channel_no: Some(self.bank_ref).filter(|number| !number.is_empty()),
            reference: self.check.parse().ok(),
            batch: None,
            counterparty: party.trim().to_owned(),
            text: self.text,
        })
    }
}

/// A statement that is being read.
#[derive(Default)]
struct Statement {
    known: Known,
    /// Bytes of its path, with the slash behind it.
    base: usize,
    /// The transaction that is being read, and the bytes of its path.
    transaction: Option<(Transaction, usize)>,
    /// Its check, once its head was passed on.
    check: Option<AccountCheck>,
}

impl Statement {
    /// Passes on the head if that was not done yet, and returns the check.
    fn begin<E>(
        &mut self,
        settings: &Settings,
        elements: &Elements<'_>,
        each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
    ) -> Result<&mut AccountCheck, ReadError<E>> {
        let head = || self.known.head(&settings.zone).map_err(|reason| elements.refuse(reason));
        let check = account::begun(&mut self.check, head, each)?;
        check.covers(self.known.from.map(|stamp| stamp.day), self.known.to.map(|stamp| stamp.day));
        Ok(check)
    }
}

/// Reads statements in OFX.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut elements = Elements::new(input, Markup::Sgml, encoding)?;
    let mut summary = AccountSummary::default();
    let mut statement: Option<Statement> = None;
    while let Some(step) = elements.next()? {
        let path = elements.path();
        let Some(open) = statement.as_mut() else {
            if step == Step::Opens && (path.ends_with("/STMTRS") || path.ends_with("/CCSTMTRS")) {
                statement = Some(Statement { base: path.len() + 1, ..Statement::default() });
            }
            continue;
        };
        if step == Step::Opens {
            if path.ends_with("/STMTTRN") && open.transaction.is_none() {
                let begun = Transaction { at: elements.line(), ..Transaction::default() };
                open.transaction = Some((begun, path.len()));
            }
            continue;
        }
        if path.len() < open.base {
            let closing = open.known.closing();
            let check = open.begin(settings, &elements, each)?;
            if !bad.any() {
                let end = check.end(closing).map_err(|reason| elements.refuse(reason))?;
                each(AccountPart::Ends(end)).map_err(ReadError::Each)?;
            }
            summary.statements += 1;
            statement = None;
            continue;
        }
        match &mut open.transaction {
            Some((transaction, base)) if path.len() > *base => {
                let name = path.get(*base + 1..).unwrap_or_default();
                if let Err(reason) = transaction.take(name, elements.text(), &open.known) {
                    bad.take(elements.refuse(reason), elements.text())?;
                    // What is left of it is passed over.
                    open.transaction = Some((Transaction::default(), usize::MAX));
                }
            }
            Some((_, base)) if path.ends_with("/STMTTRN") => {
                let is_refused = *base == usize::MAX;
                let transaction = open.transaction.take().filter(|_| !is_refused);
                let Some((transaction, _)) = transaction else { continue };
                match transaction.line() {
                    Ok(line) => book(open, line, &mut summary, settings, &elements, each)?,
                    Err(reason) => bad.take(elements.refuse(reason), elements.text())?,
                }
            }
            Some(_) => {}
            None => {
                let name = path.get(open.base..).unwrap_or_default();
                open.known.take(name, &elements).map_err(|reason| elements.refuse(reason))?;
            }
        }
    }
    if summary.statements == 0 {
        return Err(FileError::whole(Reason::MissingPart { name: "STMTRS".to_owned() }).into());
    }
    Ok(summary)
}

/// Passes on a line.
fn book<E>(
    statement: &mut Statement,
    line: AccountLine,
    summary: &mut AccountSummary,
    settings: &Settings,
    elements: &Elements<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<(), ReadError<E>> {
    statement.known.last = statement.known.last.max(Some(line.day));
    let check = statement.begin(settings, elements, each)?;
    check.add(&line).map_err(|reason| elements.refuse(reason))?;
    summary.rows += 1;
    each(AccountPart::Line(Box::new(line))).map_err(ReadError::Each)
}

/// Returns the encoding that the header names: UTF-8 if it names none.
fn encoding(start: &[u8]) -> Result<&'static Encoding, Reason> {
    let header = String::from_utf8_lossy(start);
    let header = header.split("<OFX>").next().unwrap_or_default();
    let named = |name: &str| {
        let (_, value) = header.split_once(name)?;
        value.split(|c: char| c.is_whitespace() || c == '<').next()
    };
    if start.starts_with(b"\xef\xbb\xbf") || named("ENCODING:").is_some_and(|name| name != "USASCII") {
        return Ok(UTF_8);
    }
    match named("CHARSET:") {
        None => declared_encoding(start),
        Some("" | "NONE") => Ok(UTF_8),
        Some("936") => known_encoding("gbk"),
        Some(page) if page.bytes().all(|byte| byte.is_ascii_digit()) => {
            known_encoding(&format!("windows-{page}"))
        }
        Some(name) => known_encoding(name.strip_prefix("8859-1").map_or(name, |_| "iso-8859-1")),
    }
}

/// Parses a date: `20180912`, `20180912090001`, `20180912090001.000[+8:CST]`.
fn stamp(text: &str) -> Result<Stamp, Reason> {
    let bad = || Reason::BadDate { value: shown(text) };
    let number = |from: usize, to: usize| -> Option<i16> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let part = |from: usize| number(from, from + 2).and_then(|part| i8::try_from(part).ok());
    let date = || Date::new(number(0, 4)?, part(4)?, part(6)?).ok();
    let day = date().ok_or_else(bad)?;
    let is_timed = text.as_bytes().get(8).is_some_and(u8::is_ascii_digit);
    let clock = || Time::new(part(8)?, part(10)?, part(12).unwrap_or(0), 0).ok();
    let bad_time = || Reason::BadTime { value: shown(text) };
    let time = if is_timed { Some(clock().ok_or_else(bad_time)?) } else { None };
    let zone = text.split_once('[').and_then(|(_, zone)| {
        let hours = zone.split([':', ']']).next().unwrap_or_default().trim();
        let (hours, minutes) = hours.split_once('.').unwrap_or((hours, "0"));
        let whole: i32 = hours.parse().ok()?;
        // Hundredths of an hour: `+5.5` and `+5.50` are half past.
        let part: i32 = format!("{minutes:0<2}").get(..2)?.parse().ok()?;
        let seconds =
            whole.checked_mul(3600)?.checked_add(if hours.starts_with('-') { -36 } else { 36 } * part)?;
        Offset::from_seconds(seconds).ok()
    });
    Ok(Stamp { day, time, zone })
}

/// Returns the instant of the list's end, if it is one within its day.
fn until(stamp: Stamp, zone: &TimeZone) -> Option<Moment> {
    let time =
        stamp.time.filter(|time| !NO_TIMES.contains(time) && (time.hour(), time.minute()) != (23, 59))?;
    let own = stamp.zone.map(TimeZone::fixed);
    Moment::from_local(stamp.day.to_datetime(time), own.as_ref().unwrap_or(zone)).ok()
}

#[cfg(test)]
#[path = "ofx_tests.rs"]
mod tests;
