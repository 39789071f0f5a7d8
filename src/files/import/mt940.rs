//! Statements of banks in SWIFT's MT940, in the blocks of a message or without them.
//!
//! Pages of one statement (60M, 62M) that follow each other in a file are one statement; one whose other pages are not
//! there is refused. A booking without an entry date is booked on its value date. The text must be UTF-8, since nothing
//! in the file names another encoding.

use super::account::{AccountCheck, AccountSummary};
use super::bad_rows::BadRows;
use super::bank_codes::kind_of_code;
use super::head::{Head, Mark};
use super::lines::{Encoding, Line, Lines};
use super::mt940_text::{add_details, reference};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::amount;
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountPart};
use crate::domain::money::Currency;
use jiff::civil::Date;
use std::io::Read;

/// The reader of MT940.
pub(super) static READER: Reader = Reader { option: "mt940", marks: &[Mark::First(is_mt940)], columns: &[] };

/// Longest field in bytes: field 86 has six lines of 65 characters, some banks write more.
const MAX_FIELD_BYTES: usize = 16 * 1024;

fn is_mt940(head: &Head<'_>) -> bool {
    head.contains(":20:") && head.contains(":25:") && (head.contains(":60F:") || head.contains(":60M:"))
}

/// Balances that a statement ends with: the tag, and the words of errors.
const CLOSING: &str = ":62F:";

/// A field: its tag, its lines joined with line feeds, the line of its tag.
#[derive(Debug, Default)]
struct Field {
    tag: String,
    text: String,
    line: u64,
}

/// A balance: minor units, currency and day.
struct Balance {
    minor: i64,
    currency: Currency,
    day: Date,
}

/// What of a message was read.
#[derive(Debug, Default)]
struct Message {
    /// Whether it is in the blocks of SWIFT, whose end is marked.
    in_block: bool,
    holder: Option<String>,
    account: Option<String>,
    sequence: Option<String>,
}

/// A statement that has begun and not ended.
struct Statement {
    account: Option<String>,
    /// Its number without the page, and the page that was read last.
    number: Option<String>,
    page: Option<u32>,
    /// Its head, until it is passed on.
    head: Option<AccountHead>,
    check: AccountCheck,
    currency: Currency,
    /// The line whose text may follow.
    pending: Option<AccountLine>,
    /// Closing balance of its page, the line of it, and its day.
    closing: Option<(i64, u64, Date)>,
    /// Whether a further page may follow.
    goes_on: bool,
}

struct Mt940<'a, 'f, E> {
    bad: &'a mut BadRows<'f>,
    each: &'a mut dyn FnMut(AccountPart) -> Result<(), E>,
    field: Option<Field>,
    message: Option<Message>,
    statement: Option<Statement>,
    summary: AccountSummary,
    holder: Option<String>,
}

/// Reads statements in MT940.
pub(super) fn read<E>(
    input: impl Read,
    _settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut lines = Lines::with_blank_lines(input, Encoding::Utf8);
    let mut reader = Mt940 {
        bad,
        each,
        field: None,
        message: None,
        statement: None,
        summary: AccountSummary::default(),
        holder: None,
    };
    let mut any = false;
    let mut is_marked_end = true;
    while let Some(line) = lines.next()? {
        any = true;
        is_marked_end = line.text.starts_with('-');
        reader.line(line)?;
    }
    let at = lines.number();
    if !any {
        return Err(FileError::whole(Reason::Empty {}).into());
    }
    if reader.message.as_ref().is_some_and(|message| message.in_block) {
        return Err(FileError::at(at, Reason::FooterMissing { what: "-}".to_owned() }).into());
    }
    reader.end_message(at)?;
    if !is_marked_end && !lines.ended() {
        return Err(FileError::at(at, Reason::CutLastLine {}).into());
    }
    reader.end_statement()?;
    if reader.summary.statements == 0 {
        return Err(missing(at, ":20:").into());
    }
    Ok(reader.summary)
}

impl<E> Mt940<'_, '_, E> {
    fn line(&mut self, line: Line<'_>) -> Result<(), ReadError<E>> {
        let text = line.text;
        if let Some(behind) = text.strip_prefix("-}") {
            self.end_message(line.number)?;
            return self.blocks(behind.trim_end(), line.number);
        }
        if text.trim_end() == "-" && self.message.as_ref().is_some_and(|message| !message.in_block) {
            return self.end_message(line.number);
        }
        if text.starts_with('{') && self.message.is_none() {
            return self.blocks(text.trim_end(), line.number);
        }
        match tag(text) {
            Some((tag, value)) => {
                self.end_field()?;
                if tag == "20" {
                    let in_block = self.message.as_ref().is_some_and(|message| message.in_block);
                    if !in_block {
                        self.end_message(line.number)?;
                    }
                    let holder = self.holder.clone();
                    self.message = Some(Message { in_block, holder, ..Message::default() });
                } else if self.message.is_none() {
                    return Err(missing(line.number, ":20:").into());
                }
                self.field = Some(Field { tag: tag.to_owned(), text: value.to_owned(), line: line.number });
            }
            None => match &mut self.field {
                Some(field) => {
                    field.text.push('\n');
                    field.text.push_str(text);
                    if field.text.len() > MAX_FIELD_BYTES {
                        let reason = Reason::XmlTooLong { limit: MAX_FIELD_BYTES };
                        return Err(FileError::at(line.number, reason).into());
                    }
                }
                // Some banks write their name and the number of the message type before it.
                None if is_preface(text) => {}
                None => return Err(bad_part(line.number, ":20:", text).into()),
            },
        }
        Ok(())
    }

    /// Takes the blocks before a message: `{1:...}{2:...}{4:`, and those behind the one before it.
    fn blocks(&mut self, text: &str, line: u64) -> Result<(), ReadError<E>> {
        if text.is_empty() {
            return Ok(());
        }
        if let Some((_, block)) = text.split_once("{1:F01") {
            self.holder = bank(block);
        }
        if let Some((_, block)) = text.split_once("{2:O") {
            // Type, time and date of the message are before the sender's address.
            self.holder = block.get(13..).and_then(bank).or_else(|| self.holder.take());
        }
        let Some((_, behind)) = text.split_once("{4:") else {
            return if text.ends_with('}') { Ok(()) } else { Err(bad_part(line, "{4:", text).into()) };
        };
        self.message = Some(Message { in_block: true, holder: self.holder.clone(), ..Message::default() });
        if behind.is_empty() { Ok(()) } else { self.line(Line { number: line, text: behind }) }
    }

    /// Takes the field whose lines have all been read.
    fn end_field(&mut self) -> Result<(), ReadError<E>> {
        let (Some(field), Some(message)) = (self.field.take(), self.message.as_mut()) else { return Ok(()) };
        let value = field.text.trim();
        let is_closed = self.statement.as_ref().is_some_and(|statement| statement.closing.is_some());
        match field.tag.as_str() {
            "25" | "25P" => message.account = value.lines().next().map(str::to_owned),
            "28C" | "28" => message.sequence = Some(value.to_owned()),
            "60F" | "60M" => {
                let opening = balance(&field)?;
                self.begin(&field, &opening)?;
            }
            "61" => {
                self.pass_on()?;
                let Some(statement) = self.statement.as_mut().filter(|_| !is_closed) else {
                    return Err(missing(field.line, ":60F:").into());
                };
                match booking(&field, statement.currency) {
                    Ok(line) => statement.pending = Some(line),
                    Err(error) => self.bad.take(error, &field.text)?,
                }
            }
            "86" if !is_closed => {
                if let Some(line) = self.statement.as_mut().and_then(|statement| statement.pending.as_mut()) {
                    add_details(line, &field.text);
                }
                self.pass_on()?;
            }
            "62F" | "62M" => {
                self.pass_on()?;
                let closing = balance(&field)?;
                let Some(statement) = self.statement.as_mut().filter(|_| !is_closed) else {
                    return Err(missing(field.line, ":60F:").into());
                };
                is_same(&field, statement.currency, &closing)?;
                statement.closing = Some((closing.minor, field.line, closing.day));
                statement.goes_on = field.tag == "62M";
                if let Some(head) = &mut statement.head {
                    (head.from, head.to) = (Some(closing.day), Some(closing.day));
                }
                self.pass_head()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins a statement, or goes on with the one whose page has ended.
    fn begin(&mut self, field: &Field, opening: &Balance) -> Result<(), ReadError<E>> {
        let Some(message) = &self.message else { return Ok(()) };
        let sequence = message.sequence.as_deref();
        let number = sequence.map(|number| number.split('/').next().unwrap_or_default().to_owned());
        let page =
            sequence.and_then(|number| number.split_once('/')).and_then(|(_, page)| page.trim().parse().ok());
        if let Some(statement) = &mut self.statement {
            let Some((closing, ..)) = statement.closing else {
                return Err(missing(field.line, CLOSING).into());
            };
            let is_page =
                statement.goes_on && statement.account == message.account && statement.number == number;
            if is_page && field.tag == "60M" {
                is_same(field, statement.currency, opening)?;
                let is_next = |(before, page): (u32, u32)| before.checked_add(1) == Some(page);
                if statement.page.zip(page).is_some_and(|pages| !is_next(pages)) {
                    return Err(FileError::at(field.line, Reason::PageBeforeMissing {}).into());
                }
                if closing != opening.minor {
                    let (expected, actual) =
                        (statement.check.shown(closing), statement.check.shown(opening.minor));
                    return Err(FileError::at(field.line, Reason::BalanceBreaks { expected, actual }).into());
                }
                statement.closing = None;
                statement.page = page;
                return Ok(());
            }
            self.end_statement()?;
        }
        if field.tag == "60M" {
            return Err(FileError::at(field.line, Reason::PageBeforeMissing {}).into());
        }
        let Some(message) = &self.message else { return Ok(()) };
        let Some(account) = message.account.clone() else { return Err(missing(field.line, ":25:").into()) };
        let bank = account.split_once('/').map(|(bank, _)| bank.to_owned());
        let holder = bank.or_else(|| message.holder.clone());
        let head = AccountHead {
            // With the bank's code, since two banks may give out one number.
            number: Some(account.clone()),
            holder,
            currency: opening.currency,
            from: None,
            to: None,
            until: None,
            sequence: message.sequence.clone(),
            opening_minor: Some(opening.minor),
        };
        self.statement = Some(Statement {
            account: Some(account),
            number,
            page,
            check: AccountCheck::new(&head),
            head: Some(head),
            currency: opening.currency,
            pending: None,
            closing: None,
            goes_on: false,
        });
        Ok(())
    }

    /// Passes on the head if that was not done yet.
    fn pass_head(&mut self) -> Result<(), ReadError<E>> {
        match self.statement.as_mut().and_then(|statement| statement.head.take()) {
            Some(head) => (self.each)(AccountPart::Begins(Box::new(head))).map_err(ReadError::Each),
            None => Ok(()),
        }
    }

    /// Passes on the line whose text can no longer follow.
    fn pass_on(&mut self) -> Result<(), ReadError<E>> {
        let Some(line) = self.statement.as_mut().and_then(|statement| statement.pending.take()) else {
            return Ok(());
        };
        self.pass_head()?;
        let Some(statement) = &mut self.statement else { return Ok(()) };
        statement.check.add(&line).map_err(|reason| FileError::at(line.line, reason))?;
        self.summary.rows += 1;
        (self.each)(AccountPart::Line(Box::new(line))).map_err(ReadError::Each)
    }

    /// Ends a message; its statement ends with it, or goes on with the next page.
    fn end_message(&mut self, line: u64) -> Result<(), ReadError<E>> {
        self.end_field()?;
        if self.message.take().is_none() {
            return Ok(());
        }
        match &self.statement {
            Some(Statement { closing: Some(_), goes_on: true, .. }) => Ok(()),
            Some(Statement { closing: Some(_), .. }) => self.end_statement(),
            Some(_) => Err(missing(line, CLOSING).into()),
            None => Err(missing(line, ":60F:").into()),
        }
    }

    /// Ends the statement if there is one, with its last closing balance.
    fn end_statement(&mut self) -> Result<(), ReadError<E>> {
        let Some(statement) = self.statement.take() else { return Ok(()) };
        self.summary.statements += 1;
        if let Some((_, line, _)) = statement.closing.filter(|_| statement.goes_on) {
            return Err(FileError::at(line, Reason::PageAfterMissing {}).into());
        }
        let Some((closing, line, day)) = statement.closing.filter(|_| !self.bad.any()) else { return Ok(()) };
        let end = statement.check.end(Some(closing)).map_err(|reason| FileError::at(line, reason))?;
        // The day of the closing balance is the last one, also if nothing was booked on it.
        (self.each)(AccountPart::Ends(AccountEnd { to: Some(day), ..end })).map_err(ReadError::Each)
    }
}

fn missing(line: u64, name: &str) -> Box<FileError> {
    FileError::at(line, Reason::MissingPart { name: name.to_owned() })
}

fn bad_part(line: u64, name: &str, value: &str) -> Box<FileError> {
    FileError::at(line, Reason::BadPart { name: name.to_owned(), value: shown(value) })
}

/// Splits the tag from the text of its field: `:61:180912...`.
fn tag(text: &str) -> Option<(&str, &str)> {
    let (tag, value) = text.strip_prefix(':')?.split_once(':')?;
    let (digits, letter) = tag.split_at_checked(2)?;
    let is_tag = digits.bytes().all(|byte| byte.is_ascii_digit())
        && letter.len() <= 1
        && letter.bytes().all(|byte| byte.is_ascii_uppercase());
    is_tag.then_some((tag, value))
}

fn is_preface(text: &str) -> bool {
    text.len() <= 35 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

/// Returns the BIC of a terminal's address: bank, terminal, branch.
fn bank(address: &str) -> Option<String> {
    let (bank, branch) = (address.get(..8)?, address.get(9..12)?);
    let is_bank = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (is_bank(bank) && is_bank(branch)).then(|| format!("{bank}{branch}"))
}

/// Parses `180912`, of this century.
fn day(text: &str) -> Option<Date> {
    let number = |from: usize| -> Option<i8> {
        let digits = text.get(from..from + 2)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    Date::new(2000 + i16::from(number(0)?), number(2)?, number(4)?).ok()
}

/// Returns the day of the year nearest to `value_day` that is written as `0912`.
fn entry_day(text: &str, value_day: Date) -> Option<Date> {
    let years = (value_day.year() - 1)..=(value_day.year() + 1);
    let days = years.filter_map(|year| {
        let (month, day) = (text.get(..2)?.parse().ok()?, text.get(2..4)?.parse().ok()?);
        Date::new(year, month, day).ok()
    });
    days.min_by_key(|day| day.duration_since(value_day).abs())
}

/// Parses an amount without sign, with a comma before its decimals.
fn unsigned(text: &str, currency: Currency) -> Result<i64, Reason> {
    let is_amount = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.matches(',').count() <= 1;
    if !is_amount {
        return Err(Reason::BadPart { name: "15d".to_owned(), value: shown(text) });
    }
    amount(text.trim_end_matches(',').replace(',', ".").as_str(), currency)
}

/// Parses a balance: `C180912EUR1000,00`.
fn balance(field: &Field) -> Result<Balance, Box<FileError>> {
    let text = field.text.trim();
    let bad = || bad_part(field.line, &format!(":{}:", field.tag), text);
    let mark = text.get(..1).ok_or_else(bad)?;
    let date = text.get(1..7).ok_or_else(bad)?;
    let day = day(date).ok_or_else(|| FileError::at(field.line, Reason::BadDate { value: shown(date) }))?;
    let code = text.get(7..10).ok_or_else(bad)?;
    let unknown = || FileError::at(field.line, Reason::UnknownCurrency { value: shown(code) });
    let currency: Currency = code.parse().map_err(|_| unknown())?;
    let minor = unsigned(text.get(10..).unwrap_or_default(), currency)
        .map_err(|reason| FileError::at(field.line, reason))?;
    match mark {
        "C" => Ok(Balance { minor, currency, day }),
        "D" => Ok(Balance { minor: -minor, currency, day }),
        _ => Err(bad()),
    }
}

/// Refuses a balance in another currency than the statement's.
fn is_same(field: &Field, currency: Currency, balance: &Balance) -> Result<(), Box<FileError>> {
    if balance.currency == currency {
        return Ok(());
    }
    let (first, here) = (currency.code().to_owned(), balance.currency.code().to_owned());
    Err(FileError::at(field.line, Reason::MixedCurrencies { first, here }))
}

/// Parses a booking: value date, entry date, mark, third letter of the currency, amount, type, reference of the
/// owner, reference of the bank; on a second line what else the bank says.
fn booking(field: &Field, currency: Currency) -> Result<AccountLine, Box<FileError>> {
    let (text, further) = field.text.split_once('\n').unwrap_or((&field.text, ""));
    let bad = || bad_part(field.line, ":61:", text);
    let refuse = |reason| FileError::at(field.line, reason);
    let date = text.get(..6).ok_or_else(bad)?;
    let value_day = day(date).ok_or_else(|| refuse(Reason::BadDate { value: shown(date) }))?;
    let mut rest = text.get(6..).ok_or_else(bad)?;
    let mut day = value_day;
    if let Some(date) = rest.get(..4).filter(|date| date.bytes().all(|byte| byte.is_ascii_digit())) {
        day = entry_day(date, value_day).ok_or_else(|| refuse(Reason::BadDate { value: shown(date) }))?;
        rest = rest.get(4..).unwrap_or_default();
    }
    let marks = [("RC", -1), ("RD", 1), ("C", 1), ("D", -1)];
    let mark = marks.into_iter().find_map(|(mark, sign)| Some((rest.strip_prefix(mark)?, sign)));
    let (behind, sign) = mark.ok_or_else(bad)?;
    let behind = behind.strip_prefix(|letter: char| letter.is_ascii_uppercase()).unwrap_or(behind);
    let end = behind.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(behind.len());
    let (amount, behind) = behind.split_at_checked(end).ok_or_else(bad)?;
    let minor = unsigned(amount, currency).map_err(refuse)?;
    let (code, references) = behind.split_at_checked(4).ok_or_else(bad)?;
    if !code.starts_with(['N', 'F', 'S']) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(bad());
    }
    let (own, number) = references.split_once("//").unwrap_or((references, ""));
    Ok(AccountLine {
        line: field.line,
        day,
        time: None,
        value_day: Some(value_day),
        amount_minor: sign * minor,
        balance_minor: None,
        kind: kind_of_code(code),
        words: code.to_owned(),
        number: number.trim().to_owned(),
        channel_no: None,
        reference: reference(own),
        batch: None,
        counterparty: String::new(),
        text: further.split('\n').map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned(),
    })
}

#[cfg(test)]
#[path = "mt940_tests.rs"]
mod tests;
