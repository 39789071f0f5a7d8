//! Statements of banks in XML (ISO 20022): the statement of an account (camt.053, every version), and the report of
//! the running day (camt.052), which covers the account until the time that it says.
//!
//! Only booked entries become lines. A batch becomes a line for each transaction if their amounts, with the charges
//! that are taken out of them, make the amount of the entry, and one line otherwise. Several statements in one file
//! are several statements. A line is named by the line of the file at which its entry begins.

use super::account::{self, AccountCheck, AccountSummary};
use super::bad_rows::BadRows;
use super::camt_entry::{Entry, Status};
use super::head::{Head, Mark};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{amount, civil};
use super::xml::{Elements, Markup, Step, declared_encoding};
use crate::domain::account_statement::{AccountHead, AccountPart};
use crate::domain::money::Currency;
use crate::domain::period::{Moment, parse_date};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use std::io::Read;

/// The reader of statements in XML.
pub(super) static READER: Reader = Reader { option: "camt", marks: &[Mark::First(is_camt)], columns: &[] };

/// Elements that hold a statement of an account, and a report of the running day.
const STATEMENT: &str = "/BkToCstmrStmt/Stmt";
const REPORT: &str = "/BkToCstmrAcctRpt/Rpt";

fn is_camt(head: &Head<'_>) -> bool {
    head.first().starts_with('<') && (head.contains("BkToCstmrStmt") || head.contains("BkToCstmrAcctRpt"))
}

/// Words of a direction (CdtDbtInd).
const DIRECTIONS: &[&str] = &["CRDT", "DBIT"];

/// A local time of the file, and the instant if it says the offset.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    local: DateTime,
    /// Whether it has a time of day.
    is_timed: bool,
    moment: Option<Moment>,
}

/// A balance.
#[derive(Debug, Clone, Default)]
struct Balance {
    code: String,
    minor: Option<i64>,
    is_debit: Option<bool>,
    day: Option<Date>,
}

/// What a statement says of itself before its first entry.
#[derive(Debug, Default)]
struct Known {
    is_report: bool,
    number: Option<String>,
    holder: Option<String>,
    currency: Option<Currency>,
    id: Option<String>,
    /// Number of the statement, electronic or else legal.
    sequence: Option<String>,
    page: Option<String>,
    is_last_page: bool,
    from: Option<Stamp>,
    to: Option<Stamp>,
    created: Option<Stamp>,
    balance: Balance,
    /// Balances by their codes: opening, closing of the statement before, closing, interim.
    opening: Option<i64>,
    previous: Option<i64>,
    closing: Option<(i64, Option<Date>)>,
    interim: (Option<i64>, Option<i64>),
    /// Counts and sums that the statement tells: entries, credits, debits.
    entries_told: Option<u64>,
    told: [(Option<u64>, Option<i64>); 2],
    /// Counts and sums of the entries that are booked, and of all: credits, debits.
    booked: [(u64, i64); 2],
    all: [(u64, i64); 2],
}

impl Known {
    /// Takes an element of text that is not of an entry; `name` is its path in the statement.
    fn take(&mut self, name: &str, elements: &Elements<'_>) -> Result<(), Reason> {
        let text = elements.text();
        let word = || Some(text.to_owned()).filter(|text| !text.is_empty());
        match name {
            "Id" => self.id = word(),
            "ElctrncSeqNb" => self.sequence = word(),
            "LglSeqNb" if self.sequence.is_none() => self.sequence = word(),
            "StmtPgntn/PgNb" | "RptPgntn/PgNb" => self.page = word(),
            "StmtPgntn/LastPgInd" | "RptPgntn/LastPgInd" => self.is_last_page = flag(text)?,
            "CreDtTm" => self.created = Some(stamp(text)?),
            "FrToDt/FrDtTm" => self.from = Some(stamp(text)?),
            "FrToDt/ToDtTm" => self.to = Some(stamp(text)?),
            "Acct/Id/IBAN" | "Acct/Id/Othr/Id" => self.number = word(),
            "Acct/Ccy" => self.is_in(text)?,
            "Acct/Svcr/FinInstnId/BIC" | "Acct/Svcr/FinInstnId/BICFI" => self.holder = word(),
            "Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId" | "Acct/Svcr/FinInstnId/Nm" if self.holder.is_none() => {
                self.holder = word();
            }
            "Bal/Tp/CdOrPrtry/Cd" => text.clone_into(&mut self.balance.code),
            "Bal/Amt" => self.balance.minor = Some(self.amount(elements)?),
            "Bal/CdtDbtInd" => self.balance.is_debit = Some(is_debit(text)?),
            "Bal/Dt/Dt" | "Bal/Dt/DtTm" => self.balance.day = Some(stamp(text)?.local.date()),
            "Bal" => self.take_balance()?,
            "TxsSummry/TtlNtries/NbOfNtries" => self.entries_told = Some(count(text)?),
            "TxsSummry/TtlCdtNtries/NbOfNtries" => self.told[0].0 = Some(count(text)?),
            "TxsSummry/TtlDbtNtries/NbOfNtries" => self.told[1].0 = Some(count(text)?),
            "TxsSummry/TtlCdtNtries/Sum" => self.told[0].1 = Some(self.amount(elements)?),
            "TxsSummry/TtlDbtNtries/Sum" => self.told[1].1 = Some(self.amount(elements)?),
            _ => {}
        }
        Ok(())
    }

    /// Takes the currency that an amount or the account names.
    fn is_in(&mut self, code: &str) -> Result<(), Reason> {
        let named: Currency = code.parse().map_err(|_| Reason::UnknownCurrency { value: shown(code) })?;
        let first = *self.currency.get_or_insert(named);
        if first != named {
            let (first, here) = (first.code().to_owned(), named.code().to_owned());
            return Err(Reason::MixedCurrencies { first, here });
        }
        Ok(())
    }

    /// Returns an amount without sign of the account's currency.
    fn amount(&mut self, elements: &Elements<'_>) -> Result<i64, Reason> {
        if !elements.currency().is_empty() {
            self.is_in(elements.currency())?;
        }
        let currency = self.currency.ok_or_else(|| Reason::MissingPart { name: "Ccy".to_owned() })?;
        unsigned(elements.text(), currency)
    }

    /// Takes the balance whose element ends.
    fn take_balance(&mut self) -> Result<(), Reason> {
        let Balance { code, minor, is_debit, day } = std::mem::take(&mut self.balance);
        let missing = |name: &str| Reason::MissingPart { name: name.to_owned() };
        if !matches!(code.as_str(), "OPBD" | "PRCD" | "CLBD" | "ITBD") {
            return Ok(());
        }
        let minor = minor.ok_or_else(|| missing("Amt"))?;
        let minor = if is_debit.ok_or_else(|| missing("CdtDbtInd"))? { -minor } else { minor };
        match (code.as_str(), self.interim.0) {
            ("OPBD", _) => self.opening = self.opening.or(Some(minor)),
            ("PRCD", _) => self.previous = self.previous.or(Some(minor)),
            ("CLBD", _) => self.closing = Some((minor, day)),
            (_, None) => self.interim.0 = Some(minor),
            (..) => self.interim.1 = Some(minor),
        }
        Ok(())
    }

    /// Balance forward. A page of a statement, or a report, may begin with an interim balance.
    fn opening(&self) -> Option<i64> {
        let begins_interim = self.closing.is_some() || self.interim.1.is_some();
        self.opening.or(self.previous).or_else(|| self.interim.0.filter(|_| begins_interim))
    }

    /// Closing balance. A page, or a report, may end with an interim balance.
    fn closing(&self) -> Option<i64> {
        self.closing.map(|(minor, _)| minor).or(self.interim.1).or(self.interim.0)
    }

    /// Returns the last day that the statement says it covers.
    fn told_to(&self) -> Option<Date> {
        let closes = self.closing.and_then(|(_, day)| day);
        self.to.map(|stamp| match closes {
            // Some banks name the midnight at which the last day ends, others the one at which it begins.
            Some(day)
                if stamp.local.time() == Time::midnight()
                    && day.tomorrow().ok() == Some(stamp.local.date()) =>
            {
                day
            }
            _ => stamp.local.date(),
        })
    }

    /// Returns the head, once nothing of it can follow any more.
    fn head(&self, zone: &TimeZone) -> Result<AccountHead, Reason> {
        let currency = self.currency.ok_or_else(|| Reason::MissingPart { name: "Acct/Ccy".to_owned() })?;
        if self.number.is_none() {
            return Err(Reason::MissingPart { name: "Acct/Id".to_owned() });
        }
        let from = self.from.map(|stamp| stamp.local.date());
        let closes = self.closing.and_then(|(_, day)| day);
        let until = self.to.filter(|stamp| stamp.is_timed && stamp.local.time() != Time::midnight());
        let until = until.or(self.created).filter(|_| self.is_report);
        let page = self.page.as_deref().filter(|page| *page != "1" || !self.is_last_page);
        let sequence = self.sequence.clone().or_else(|| self.id.clone());
        Ok(AccountHead {
            number: self.number.clone(),
            holder: self.holder.clone(),
            currency,
            from,
            to: until.map(|stamp| stamp.local.date()).or(self.told_to()).or(closes),
            until: until
                .and_then(|stamp| stamp.moment.or_else(|| Moment::from_local(stamp.local, zone).ok())),
            sequence: sequence
                .map(|number| page.map_or_else(|| number.clone(), |page| format!("{number}/{page}"))),
            opening_minor: self.opening(),
        })
    }

    /// Counts an entry with this amount, booked or not.
    fn count(&mut self, minor: i64, is_booked: bool) -> Result<(), Reason> {
        let side = usize::from(minor < 0);
        for tally in [is_booked.then_some(&mut self.booked), Some(&mut self.all)].into_iter().flatten() {
            tally[side].0 += 1;
            let sum = tally[side].1.checked_add(minor.abs());
            tally[side].1 = sum.ok_or(Reason::SumTooLarge {})?;
        }
        Ok(())
    }

    /// Compares the entries with what the statement tells of them. Some banks count booked entries only.
    fn check_summary(&self, check: &AccountCheck) -> Result<(), Reason> {
        let counted = |tally: &[(u64, i64); 2]| tally[0].0 + tally[1].0;
        let counts = [
            ("TtlNtries", self.entries_told, counted(&self.all), counted(&self.booked)),
            ("TtlCdtNtries", self.told[0].0, self.all[0].0, self.booked[0].0),
            ("TtlDbtNtries", self.told[1].0, self.all[1].0, self.booked[1].0),
        ];
        for (name, told, all, booked) in counts {
            if let Some(expected) = told.filter(|told| *told != all && *told != booked) {
                return Err(Reason::FooterCount { name: name.to_owned(), expected, actual: booked });
            }
        }
        for (side, name) in ["TtlCdtNtries/Sum", "TtlDbtNtries/Sum"].into_iter().enumerate() {
            let (all, booked) = (self.all[side].1, self.booked[side].1);
            if let Some(told) = self.told[side].1.filter(|told| *told != all && *told != booked) {
                let (expected, actual) = (check.shown(told), check.shown(booked));
                return Err(Reason::FooterSum { name: name.to_owned(), expected, actual });
            }
        }
        Ok(())
    }
}

/// A statement that is being read.
#[derive(Default)]
struct Statement {
    known: Known,
    /// Bytes of its path, with the slash behind it.
    base: usize,
    entry: Option<Entry>,
    /// Line of the file at which that entry begins.
    entry_line: u64,
    /// Whether the entry that is being read has been refused.
    is_refused: bool,
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
        check.covers(self.known.from.map(|stamp| stamp.local.date()), self.known.told_to());
        Ok(check)
    }

    /// Takes an element of text of an entry, or one of the statement; `name` is its path in the statement.
    fn take(&mut self, name: &str, elements: &Elements<'_>) -> Result<(), Reason> {
        let Some(inner) = name.strip_prefix("Ntry/") else { return self.known.take(name, elements) };
        let Some(entry) = self.entry.as_mut().filter(|_| !self.is_refused) else { return Ok(()) };
        match inner {
            "Amt" => entry.minor = Some(self.known.amount(elements)?),
            "CdtDbtInd" => entry.is_debit = Some(is_debit(elements.text())?),
            "RvslInd" => entry.is_reversal = flag(elements.text())?,
            "BookgDt/Dt" | "BookgDt/DtTm" => {
                let stamp = stamp(elements.text())?;
                entry.booked = Some((stamp.local.date(), stamp.is_timed.then(|| stamp.local.time())));
            }
            "ValDt/Dt" | "ValDt/DtTm" => entry.value_day = Some(stamp(elements.text())?.local.date()),
            _ => entry.take(inner, elements.text(), elements.currency(), self.known.currency)?,
        }
        Ok(())
    }
}

/// Reads statements in XML.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut elements = Elements::new(input, Markup::Xml, declared_encoding)?;
    let mut summary = AccountSummary::default();
    let mut statement: Option<Statement> = None;
    while let Some(step) = elements.next()? {
        let Some(open) = statement.as_mut() else {
            let path = elements.path();
            let is_report = path.ends_with(REPORT);
            if step == Step::Opens && (is_report || path.ends_with(STATEMENT)) {
                let known = Known { is_report, is_last_page: true, ..Known::default() };
                statement = Some(Statement { known, base: path.len() + 1, ..Statement::default() });
            }
            continue;
        };
        let name = elements.path().get(open.base..).unwrap_or_default();
        let taken = match (step, name) {
            (Step::Opens, "Ntry") => {
                open.entry = Some(Entry::default());
                open.entry_line = elements.line();
                open.is_refused = false;
                Ok(())
            }
            (Step::Opens, _) => Ok(()),
            (Step::Closes, "") => {
                open.begin(settings, &elements, each)?;
                if !bad.any() {
                    let end = ended(open).map_err(|reason| elements.refuse(reason))?;
                    each(end).map_err(ReadError::Each)?;
                }
                summary.statements += 1;
                statement = None;
                continue;
            }
            (Step::Closes, "Ntry") => {
                let entry = open.entry.take().filter(|_| !open.is_refused).unwrap_or_default();
                if open.is_refused {
                    Ok(())
                } else {
                    book(open, &entry, &mut summary, settings, &elements, each)?
                }
            }
            (Step::Closes, name) => open.take(name, &elements),
        };
        if let Err(reason) = taken {
            let is_entry = name == "Ntry" || name.starts_with("Ntry/");
            let error = elements.refuse(reason);
            if !is_entry {
                return Err(error.into());
            }
            open.is_refused = true;
            bad.take(error, elements.text())?;
        }
    }
    if summary.statements == 0 {
        return Err(FileError::whole(Reason::MissingPart { name: "Stmt".to_owned() }).into());
    }
    Ok(summary)
}

/// Passes on the lines of an entry that ends. The inner error is one of the entry.
fn book<E>(
    statement: &mut Statement,
    entry: &Entry,
    summary: &mut AccountSummary,
    settings: &Settings,
    elements: &Elements<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<Result<(), Reason>, ReadError<E>> {
    let (status, minor) = match entry.status_and_amount() {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    if let Err(reason) = statement.known.count(minor, status == Status::Booked) {
        return Ok(Err(reason));
    }
    if status != Status::Booked {
        return Ok(Ok(()));
    }
    let lines = match entry.lines() {
        Ok(lines) => lines,
        Err(reason) => return Ok(Err(reason)),
    };
    let at = statement.entry_line;
    let check = statement.begin(settings, elements, each)?;
    for mut line in lines {
        summary.rows += 1;
        line.line = at;
        if let Err(reason) = check.add(&line) {
            return Ok(Err(reason));
        }
        each(AccountPart::Line(Box::new(line))).map_err(ReadError::Each)?;
    }
    Ok(Ok(()))
}

/// Returns the end of a statement whose entries make its balances and sums.
fn ended(statement: &Statement) -> Result<AccountPart, Reason> {
    let Some(check) = &statement.check else { return Err(Reason::Empty {}) };
    statement.known.check_summary(check)?;
    check.end(statement.known.closing()).map(AccountPart::Ends)
}

/// Parses an amount without sign.
fn unsigned(text: &str, currency: Currency) -> Result<i64, Reason> {
    let minor = amount(text, currency)?;
    if minor < 0 {
        return Err(Reason::NegativeAmount { value: shown(text) });
    }
    Ok(minor)
}

fn is_debit(text: &str) -> Result<bool, Reason> {
    match text {
        "CRDT" => Ok(false),
        "DBIT" => Ok(true),
        _ => Err(Reason::UnknownWord { value: shown(text), allowed: DIRECTIONS.join(", ") }),
    }
}

fn flag(text: &str) -> Result<bool, Reason> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Reason::UnknownWord { value: shown(text), allowed: "true, false".to_owned() }),
    }
}

fn count(text: &str) -> Result<u64, Reason> {
    text.parse().map_err(|_| Reason::BadFooter { value: shown(text) })
}

/// Parses a date, or a time with or without its offset.
fn stamp(text: &str) -> Result<Stamp, Reason> {
    let day = text.get(..10).and_then(|day| parse_date(day).ok());
    let day = day.ok_or_else(|| Reason::BadDate { value: shown(text) })?;
    if text.as_bytes().get(10) != Some(&b'T') {
        return Ok(Stamp { local: day.to_datetime(Time::midnight()), is_timed: false, moment: None });
    }
    let local = text.get(..19).and_then(|local| civil(&local.replace('T', " ")));
    let local = local.ok_or_else(|| Reason::BadTime { value: shown(text) })?;
    let instant: Option<Timestamp> = text.parse().ok();
    let moment = instant.and_then(|instant| {
        let seconds = local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second() - instant.as_second();
        let offset = Offset::from_seconds(i32::try_from(seconds).ok()?).ok()?;
        Some(Moment::new(instant, &TimeZone::fixed(offset)))
    });
    Ok(Stamp { local, is_timed: true, moment })
}

#[cfg(test)]
#[path = "camt_tests.rs"]
mod tests;
