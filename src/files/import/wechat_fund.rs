//! WeChat Pay's fund bill (资金账单): what moved on the merchant's account, of each of its types (basic, operation,
//! fees). A fee is a line of its own, and a refund is net of the fee that was given back.
//!
//! The file does not name the merchant number, and each line has the balance after it.

use super::account::{AccountCheck, AccountSummary};
use super::bad_rows::BadRows;
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Line, Lines};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row, civil};
use crate::domain::account_statement::{AccountHead, AccountLine, AccountLineKind, AccountPart};
use crate::domain::id::ChannelRef;
use crate::domain::money::Currency;
use std::io::Read;

/// The reader of WeChat's fund bills.
pub(super) static READER: Reader =
    Reader {
        option: "wechat-fund", marks: &[Mark::Columns(&["记账时间", "资金流水单号"])], columns: &[]
    };

/// WeChat's fund bills are in yuan, as their column names say.
const CURRENCY: Currency = Currency::CNY;

/// Name of the footer's count; its first line begins with it.
const COUNT: &str = "资金流水总笔数";

/// Directions (收支类型).
const DIRECTIONS: &[&str] = &["收入", "支出"];

/// What the types of business (业务类型) are. The name of the business (业务名称) says it where the type does not.
const KINDS: &[(&str, AccountLineKind)] = &[
    ("交易手续费", AccountLineKind::Fee),
    ("手续费", AccountLineKind::Fee),
    ("服务费", AccountLineKind::Fee),
    ("退款", AccountLineKind::Refund),
    ("交易", AccountLineKind::Payment),
    ("分账", AccountLineKind::Sharing),
    ("提现", AccountLineKind::Payout),
    ("结算", AccountLineKind::Payout),
    ("充值", AccountLineKind::TopUp),
    ("冻结", AccountLineKind::Reserve),
    ("解冻", AccountLineKind::Reserve),
    ("保证金", AccountLineKind::Reserve),
    ("付款", AccountLineKind::Transfer),
    ("转账", AccountLineKind::Transfer),
    ("红包", AccountLineKind::Transfer),
    ("利息", AccountLineKind::Interest),
    ("拒付", AccountLineKind::Dispute),
    ("赔付", AccountLineKind::Compensation),
    ("调账", AccountLineKind::Correction),
];

/// Indexes of the columns.
struct Columns {
    time: usize,
    business_no: usize,
    number: usize,
    business: usize,
    kind: usize,
    direction: usize,
    amount: usize,
    balance: usize,
    remark: usize,
    voucher_no: usize,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        Ok(Self {
            time: header.need(&["记账时间"])?,
            business_no: header.need(&["微信支付业务单号"])?,
            number: header.need(&["资金流水单号"])?,
            business: header.need(&["业务名称"])?,
            kind: header.need(&["业务类型"])?,
            direction: header.need(&["收支类型"])?,
            amount: header.need(&["收支金额(元)", "收支金额（元）", "收支金额"])?,
            balance: header.need(&["账户结余(元)", "账户结余（元）", "账户结余"])?,
            remark: header.need(&["备注"])?,
            voucher_no: header.need(&["业务凭证号"])?,
        })
    }

    fn line(&self, row: &Row<'_>) -> Result<AccountLine, Box<FileError>> {
        let time = row.raw(self.time);
        let time =
            civil(time).ok_or_else(|| row.refuse(self.time, Reason::BadTime { value: shown(time) }))?;
        let amount = row.amount_unsigned(self.amount, row.raw(self.amount), CURRENCY)?;
        let amount_minor = match row.raw(self.direction) {
            "收入" => amount,
            "支出" => -amount,
            _ => return Err(row.unknown_word(self.direction, DIRECTIONS)),
        };
        let number: ChannelRef = row.name(self.number, row.raw(self.number))?;
        let (business, kind) = (row.text(self.business), row.text(self.kind));
        let words = if business == kind { kind.to_owned() } else { format!("{business} {kind}") };
        Ok(AccountLine {
            line: row.line,
            day: time.date(),
            time: Some(time.time()),
            value_day: None,
            amount_minor,
            balance_minor: Some(row.amount(self.balance, row.raw(self.balance), CURRENCY)?),
            kind: kind_of(kind, business),
            words: words.trim().to_owned(),
            number: number.as_str().to_owned(),
            channel_no: row.maybe_number(Some(self.business_no))?,
            reference: row.maybe_name(Some(self.voucher_no))?,
            batch: None,
            counterparty: String::new(),
            text: row.text(self.remark).to_owned(),
        })
    }
}

/// Returns what a line is by its type of business, or else by the name of the business.
fn kind_of(kind: &str, business: &str) -> AccountLineKind {
    let named = |words: &str| KINDS.iter().find(|(word, _)| words.contains(word)).map(|(_, kind)| *kind);
    named(kind).or_else(|| named(business)).unwrap_or(AccountLineKind::Other)
}

/// Reads a fund bill as the statement of one account.
pub(super) fn read<E>(
    input: impl Read,
    _settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut lines = Lines::new(input, Encoding::Either);
    let Some(first) = lines.next()? else { return Err(FileError::whole(Reason::Empty {}).into()) };
    let header = names(first)?;
    let columns = Columns::of(&header)?;
    let head = AccountHead {
        number: None,
        holder: None,
        currency: CURRENCY,
        from: None,
        to: None,
        until: None,
        sequence: None,
        opening_minor: None,
    };
    let (mut check, mut rows) = (AccountCheck::new(&head), 0);
    each(AccountPart::Begins(Box::new(head))).map_err(ReadError::Each)?;
    let mut fields = Fields::new(Style::Backtick);
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        if line.text.trim_start_matches(['"', '`', ' ']).starts_with(COUNT) {
            if bad.any() {
                return Ok(AccountSummary { statements: 1, rows });
            }
            let footer = names(line)?;
            check_footer(&mut lines, &footer, &check)?;
            let end = check.end(None).map_err(|reason| FileError::at(number, reason))?;
            each(AccountPart::Ends(end)).map_err(ReadError::Each)?;
            return Ok(AccountSummary { statements: 1, rows });
        }
        let read = fields.split(line).and_then(|record| {
            let read = columns.line(&header.row(record, number)?)?;
            check.add(&read).map_err(|reason| header.refuse(columns.balance, number, reason))?;
            Ok(read)
        });
        match read {
            Ok(line) => {
                rows += 1;
                each(AccountPart::Line(Box::new(line))).map_err(ReadError::Each)?;
            }
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::FooterMissing { what: COUNT.to_owned() }).into())
}

/// Reads a line of names, of the columns or of the footer's figures.
fn names(line: Line<'_>) -> Result<Header, Box<FileError>> {
    let plain = |name: &str| name.trim_matches(['"', '`', ' ', '\t']).to_owned();
    Header::new(line.text.split(',').map(plain), line.number)
}

/// Reads the line of figures under `names` and the end of the file, and compares.
fn check_footer<R: Read>(
    lines: &mut Lines<R>,
    names: &Header,
    check: &AccountCheck,
) -> Result<(), Box<FileError>> {
    let at = lines.number();
    let Some(line) = lines.next()? else {
        return Err(FileError::at(at, Reason::FooterMissing { what: COUNT.to_owned() }));
    };
    let number = line.number;
    let mut fields = Fields::new(Style::Backtick);
    let row = names.row(fields.split(line)?, number)?;
    let ((incomes, income), (spends, spent)) = (check.came_in, check.went_out);
    for (name, actual) in [(COUNT, incomes + spends), ("收入笔数", incomes), ("支出笔数", spends)] {
        let index = names.need(&[name])?;
        let text = row.raw(index);
        let expected: u64 =
            text.parse().map_err(|_| row.refuse(index, Reason::BadFooter { value: shown(text) }))?;
        if expected != actual {
            return Err(row.refuse(index, Reason::FooterCount { name: name.to_owned(), expected, actual }));
        }
    }
    for (name, actual) in [("收入金额", income), ("支出金额", spent)] {
        let index = names.need(&[name])?;
        let expected = row.amount(index, row.raw(index), CURRENCY)?;
        if expected.abs() != actual.abs() {
            return Err(row.refuse(
                index,
                Reason::FooterSum {
                    name: name.to_owned(),
                    expected: check.shown(expected),
                    actual: check.shown(actual.abs()),
                },
            ));
        }
    }
    // A file cut off inside its last figure has too few decimals there.
    let last = row.raw(names.len() - 1);
    let is_short = last.split_once('.').is_none_or(|(_, decimals)| decimals.len() < 2);
    let cut = is_short.then(|| row.refuse(names.len() - 1, Reason::BadFooter { value: shown(last) }));
    match lines.next()? {
        Some(more) => Err(FileError::at(more.number, Reason::TextAfterFooter {})),
        None => cut.filter(|_| !lines.ended()).map_or(Ok(()), Err),
    }
}

#[cfg(test)]
#[path = "wechat_fund_tests.rs"]
mod tests;
