//! Alipay's account detail (账务明细): what moved on the account, in the form of its trade detail. For many
//! products it is the only bill.
//!
//! Income and expense have a column each; the expense is negative or positive, depending on the generator. Alipay
//! says of the balance that it is for information: under load it need not follow from the line before. Complete is
//! what fits the totals at the end.

use super::account::{AccountCheck, AccountSummary};
use super::alipay_totals::{Said, Sign, beginning, footer};
use super::bad_rows::BadRows;
use super::bill::CHINA;
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row, amount, civil};
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountLineKind, AccountPart};
use crate::domain::id::ChannelRef;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use std::io::Read;
use std::str::FromStr;

/// The reader of Alipay's account details.
pub(super) static READER: Reader = Reader {
    option: "alipay-account",
    marks: &[
        Mark::Columns(&["账务流水号", "业务流水号"]),
        Mark::Title("支付宝账务明细"),
        Mark::Title("账务明细列表"),
    ],
    columns: &[],
};

/// Alipay's amounts are in yuan, as their column names say.
const CURRENCY: Currency = Currency::CNY;

/// First column of the header.
const NUMBER: &str = "账务流水号";

/// Labels of the totals.
const TOTALS: [&str; 2] = ["支出合计", "收入合计"];

/// What the types of business (业务类型) are. The first word that a type has decides.
const KINDS: &[(&str, AccountLineKind)] = &[
    ("退费", AccountLineKind::Fee),
    ("收费", AccountLineKind::Fee),
    ("服务费", AccountLineKind::Fee),
    ("手续费", AccountLineKind::Fee),
    ("交易退款", AccountLineKind::Refund),
    ("退款", AccountLineKind::Refund),
    ("在线支付", AccountLineKind::Payment),
    ("交易付款", AccountLineKind::Payment),
    ("分账", AccountLineKind::Sharing),
    ("提现", AccountLineKind::Payout),
    ("转账", AccountLineKind::Transfer),
    ("红包", AccountLineKind::Transfer),
    ("充值", AccountLineKind::TopUp),
    ("冻结", AccountLineKind::Reserve),
    ("保证金", AccountLineKind::Reserve),
    ("利息", AccountLineKind::Interest),
    ("赔付", AccountLineKind::Compensation),
    ("调账", AccountLineKind::Correction),
];

/// Returns what a line is by its type of business.
fn kind_of(words: &str) -> AccountLineKind {
    let known = KINDS.iter().find(|(word, _)| words.contains(word));
    known.map_or(AccountLineKind::Other, |(_, kind)| *kind)
}

/// Indexes of the columns. Newer files have more columns, and all of them in another order.
struct Columns {
    number: usize,
    business_no: usize,
    /// Our order number, and that of the platform on which the order was made.
    orders: [Option<usize>; 2],
    time: usize,
    income: usize,
    expense: usize,
    balance: usize,
    kind: usize,
    counterparty: Vec<usize>,
    texts: Vec<usize>,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        let found = |names: &[&str]| names.iter().filter_map(|name| header.find(&[name])).collect();
        Ok(Self {
            number: header.need(&[NUMBER])?,
            business_no: header.need(&["业务流水号"])?,
            orders: [Some(header.need(&["商户订单号"])?), header.find(&["业务基础订单号"])],
            time: header.need(&["发生时间"])?,
            income: header.need(&["收入金额(+元)", "收入金额(元)", "收入金额"])?,
            expense: header.need(&["支出金额(-元)", "支出金额(元)", "支出金额"])?,
            balance: header.need(&["账户余额(元)", "账户余额"])?,
            kind: header.need(&["业务类型"])?,
            counterparty: found(&["对方名称", "对方账号", "对方账户"]),
            texts: found(&["商品名称", "业务描述", "备注"]),
        })
    }

    fn line(&self, row: &Row<'_>, said: &Said, expenses: &mut Sign) -> Result<AccountLine, Box<FileError>> {
        let time = row.text(self.time);
        let time =
            civil(time).ok_or_else(|| row.refuse(self.time, Reason::BadTime { value: shown(time) }))?;
        let is_late = time.date() > said.to || said.until.is_some_and(|until| time > until);
        if time < said.start || is_late {
            let shown_time = |time: DateTime| time.to_string().replace('T', " ");
            let to = said.until.map_or_else(|| said.to.to_string(), shown_time);
            let is_whole = said.start.time() == Time::midnight();
            let from = if is_whole { said.from.to_string() } else { shown_time(said.start) };
            let value = shown(row.text(self.time));
            return Err(row.refuse(self.time, Reason::OutsidePeriod { from, to, value }));
        }
        let number: ChannelRef = row.name(self.number, row.text(self.number))?;
        let balance = row.text(self.balance);
        let balance = Some(balance).filter(|text| !text.is_empty());
        let words = row.text(self.kind);
        let mut reference = None;
        for index in self.orders.into_iter().flatten() {
            reference = reference.or(maybe(row, index)?);
        }
        Ok(AccountLine {
            line: row.line,
            day: time.date(),
            time: Some(time.time()),
            value_day: None,
            amount_minor: self.amount(row, expenses)?,
            balance_minor: balance.map(|text| row.amount(self.balance, text, CURRENCY)).transpose()?,
            kind: kind_of(words),
            words: words.to_owned(),
            number: number.as_str().to_owned(),
            channel_no: maybe(row, self.business_no)?.map(|number: ChannelRef| number.as_str().to_owned()),
            reference,
            batch: None,
            counterparty: joined(row, &self.counterparty),
            text: joined(row, &self.texts),
        })
    }

    /// Returns the amount, which is in one of the two columns; zero if it is in none.
    fn amount(&self, row: &Row<'_>, expenses: &mut Sign) -> Result<i64, Box<FileError>> {
        let filled = |index: usize| Some(row.text(index)).filter(|text| !text.is_empty());
        let (income, expense) = (filled(self.income), filled(self.expense));
        if income.is_none() && expense.is_none() {
            return Err(row.refuse(self.income, Reason::InAndOut {}));
        }
        let income = income.map_or(Ok(0), |text| row.amount_unsigned(self.income, text, CURRENCY))?;
        let expense = expense.map_or(Ok(0), |text| row.amount(self.expense, text, CURRENCY))?;
        expenses.check(row, self.expense, expense)?;
        if income != 0 && expense != 0 {
            return Err(row.refuse(self.income, Reason::InAndOut {}));
        }
        Ok(income - expense.abs())
    }
}

/// Parses a number; `None` if the field is empty.
fn maybe<T: FromStr>(row: &Row<'_>, index: usize) -> Result<Option<T>, Box<FileError>> {
    let text = row.text(index);
    if text.is_empty() { Ok(None) } else { row.name(index, text).map(Some) }
}

/// Returns the texts of these fields that say something, each once.
fn joined(row: &Row<'_>, indexes: &[usize]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for text in indexes.iter().map(|index| row.text(*index)) {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join(" ")
}

/// Reads an account detail as the statement of one account.
pub(super) fn read<E>(
    input: impl Read,
    _settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut lines = Lines::new(input, Encoding::Either);
    let mut fields = Fields::new(Style::Lenient);
    let (preamble, header) = beginning(&mut lines, &mut fields, NUMBER)?;
    let columns = Columns::of(&header)?;
    let said = preamble.finish()?;
    let head = AccountHead {
        number: said.account.clone(),
        holder: None,
        currency: CURRENCY,
        from: Some(said.from),
        to: Some(said.to),
        until: said.until.and_then(moment),
        sequence: None,
        opening_minor: None,
    };
    let (mut check, mut zeros, mut rows) = (AccountCheck::loose(&head), 0, 0);
    let mut expenses = Sign::default();
    each(AccountPart::Begins(Box::new(head))).map_err(ReadError::Each)?;
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        if line.text.starts_with('#') {
            if bad.any() {
                return Ok(AccountSummary { statements: 1, rows });
            }
            if !line.text.contains("列表结束") {
                return Err(FileError::at(number, Reason::BadFooter { value: shown(line.text) }).into());
            }
            let end = end(&mut lines, &said, &check, zeros)?;
            each(AccountPart::Ends(end)).map_err(ReadError::Each)?;
            return Ok(AccountSummary { statements: 1, rows });
        }
        let read = fields.split(line).and_then(|record| {
            let read = columns.line(&header.row(record, number)?, &said, &mut expenses)?;
            check.add(&read).map_err(|reason| header.refuse(columns.balance, number, reason))?;
            Ok(read)
        });
        match read {
            Ok(line) => {
                rows += 1;
                zeros += u64::from(line.amount_minor == 0);
                each(AccountPart::Line(Box::new(line))).map_err(ReadError::Each)?;
            }
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::FooterMissing { what: "账务明细列表结束".to_owned() }).into())
}

/// Returns the instant of a time by Alipay's clock.
fn moment(time: DateTime) -> Option<Moment> {
    CHINA.to_timestamp(time).ok().map(|at| Moment::new(at, &TimeZone::fixed(CHINA)))
}

/// Reads the lines after the list and compares them with the rows, of which `zeros` have no amount.
fn end<R: Read>(
    lines: &mut Lines<R>,
    said: &Said,
    check: &AccountCheck,
    zeros: u64,
) -> Result<AccountEnd, Box<FileError>> {
    // Rows without an amount are counted with those of money that came in; the file may count them on either side.
    let (incomes, income) = (check.came_in.0.saturating_sub(zeros), check.came_in.1);
    let sides = [check.went_out, (incomes, income)];
    let exported = footer(lines, TOTALS, &mut |at, label, figures| {
        let (count, sum) = sides[at];
        compare(label, figures, (count, count + zeros), sum, check)
    })?;
    let at = lines.number();
    let end = check.end(None).map_err(|reason| FileError::at(at, reason))?;
    // Exported while its last day still ran: what came later is in no statement yet.
    let early = exported.filter(|time| time.date() <= said.to);
    let early = early.filter(|time| said.until.is_none_or(|until| *time < until));
    Ok(AccountEnd { until: early.and_then(moment), ..end })
}

/// Compares the figures of a total, such as `3笔，共-81.47元`, with the count, between two numbers, and the sum.
fn compare(
    label: &str,
    figures: &str,
    (least, most): (u64, u64),
    actual: i64,
    check: &AccountCheck,
) -> Result<(), Reason> {
    let bad = || Reason::BadFooter { value: shown(figures) };
    let (count, sum) = figures.split_once(['，', ',']).ok_or_else(bad)?;
    let count = count.trim().strip_suffix('笔').ok_or_else(bad)?;
    let expected: u64 = count.trim().parse().map_err(|_| bad())?;
    if expected < least || expected > most {
        return Err(Reason::FooterCount { name: label.to_owned(), expected, actual: least });
    }
    let sum = sum.trim().strip_prefix('共').and_then(|sum| sum.strip_suffix('元')).ok_or_else(bad)?;
    let expected = amount(sum, CURRENCY)?;
    // The sum of expenses is negative or positive, as the rows are.
    if expected.abs() == actual.abs() && (actual <= 0 || expected >= 0) {
        return Ok(());
    }
    let (expected, actual) = (check.shown(expected), check.shown(actual));
    Err(Reason::FooterSum { name: label.to_owned(), expected, actual })
}

#[cfg(test)]
#[path = "alipay_account_tests.rs"]
mod tests;
