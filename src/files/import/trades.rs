//! Trades exported by the trade layer: a CSV whose columns are found by name.
//!
//! The format is our own and read strictly: an unknown column or word is a mistake, not a variant.

use super::bad_rows::BadRows;
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::mapped::{self, RowReader, TriedRow};
use super::reader::{Reader, Settings, Summary};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use crate::domain::kind::PartyFact;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::trade::{ClearingStatus, SettlementStatus, Trade, TradeStatus};
use crate::domain::trade_news::ListedTrade;
use crate::files::column::{Accepts, FileColumn, optional, required, words_of};
use crate::files::profile::TableProfile;
use jiff::tz::TimeZone;
use std::io::Read;

/// The reader of trades.
pub(super) static READER: Reader =
    Reader { option: "csv", marks: &[Mark::Columns(&["trade_no", "trade_status"])], columns: COLUMNS };

/// The columns; their order is free.
const COLUMNS: &[FileColumn] = &[
    required("trade_no", Accepts::Name),
    required("kind", Accepts::TradeKind),
    optional("product", Accepts::Text),
    required("channel", Accepts::Channel),
    required("out_trade_no", Accepts::Name),
    optional("original_out_trade_no", Accepts::Name),
    required("amount", Accepts::Amount),
    required("currency", Accepts::Currency),
    optional("counter_amount", Accepts::Amount),
    optional("counter_currency", Accepts::Currency),
    required("channel_fee", Accepts::Amount),
    optional("merchant_discount", Accepts::Amount),
    optional("customer", Accepts::Name),
    optional("merchant", Accepts::Name),
    optional("merchant_no", Accepts::Name),
    optional("channel_no", Accepts::Name),
    required("trade_time", Accepts::Time),
    required("trade_status", Accepts::Words(|| words_of(STATUSES))),
    required("clearing_status", Accepts::Words(|| words_of(CLEARINGS))),
    optional("settlement_status", Accepts::Words(|| words_of(SETTLEMENTS))),
    optional("settled_time", Accepts::Time),
];

/// The words of the column `trade_status`.
pub(super) const STATUSES: &[(&str, TradeStatus)] = &[
    ("SUCCESS", TradeStatus::Succeeded),
    ("FAILED", TradeStatus::Failed),
    ("PROCESSING", TradeStatus::Processing),
    ("UNKNOWN", TradeStatus::Unknown),
    ("CREATED", TradeStatus::Created),
    ("CLOSED", TradeStatus::Closed),
];

/// The words of the column `clearing_status`.
const CLEARINGS: &[(&str, ClearingStatus)] = &[
    ("UNCLEARED", ClearingStatus::Uncleared),
    ("CLEARED", ClearingStatus::Cleared),
    ("EXCLUDED", ClearingStatus::Excluded),
];

/// The words of the column `settlement_status`.
const SETTLEMENTS: &[(&str, SettlementStatus)] = &[
    ("UNSETTLED", SettlementStatus::Unsettled),
    ("SETTLING", SettlementStatus::Settling),
    ("SETTLED", SettlementStatus::Settled),
    ("RETURNED", SettlementStatus::Returned),
];

/// Indexes of the columns.
struct Columns {
    trade_no: usize,
    kind: usize,
    product: Option<usize>,
    channel: usize,
    channel_ref: usize,
    original_ref: Option<usize>,
    amount: usize,
    currency: usize,
    /// Amount and currency of the other side of an exchange.
    counter: Option<(usize, usize)>,
    fee: usize,
    merchant_discount: Option<usize>,
    customer: Option<usize>,
    merchant: Option<usize>,
    merchant_no: Option<usize>,
    channel_no: Option<usize>,
    time: usize,
    status: usize,
    clearing: usize,
    settlement: Option<usize>,
    settled_at: Option<usize>,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        header.check(COLUMNS)?;
        Ok(Self {
            trade_no: header.need(&["trade_no"])?,
            kind: header.need(&["kind"])?,
            product: header.find(&["product"]),
            channel: header.need(&["channel"])?,
            channel_ref: header.need(&["out_trade_no"])?,
            original_ref: header.find(&["original_out_trade_no"]),
            amount: header.need(&["amount"])?,
            currency: header.need(&["currency"])?,
            counter: match header.find(&["counter_amount"]) {
                Some(amount) => Some((amount, header.need(&["counter_currency"])?)),
                None => None,
            },
            fee: header.need(&["channel_fee"])?,
            merchant_discount: header.find(&["merchant_discount"]),
            customer: header.find(&["customer"]),
            merchant: header.find(&["merchant"]),
            merchant_no: header.find(&["merchant_no"]),
            channel_no: header.find(&["channel_no"]),
            time: header.need(&["trade_time"])?,
            status: header.need(&["trade_status"])?,
            clearing: header.need(&["clearing_status"])?,
            settlement: header.find(&["settlement_status"]),
            settled_at: header.find(&["settled_time"]),
        })
    }

    /// Returns the other side of an exchange; `None` if both its fields are empty.
    fn counter_amount(&self, row: &Row<'_>, own: Currency) -> Result<Option<Money>, Box<FileError>> {
        let Some((amount, currency)) = self.counter else { return Ok(None) };
        if row.raw(amount).is_empty() && row.raw(currency).is_empty() {
            return Ok(None);
        }
        let other = row.currency(currency, row.raw(currency))?;
        if other == own {
            return Err(row.refuse(currency, Reason::SameCurrency { value: other.code().to_owned() }));
        }
        match row.amount_unsigned(amount, row.raw(amount), other)? {
            0 => Err(row.refuse(amount, Reason::ZeroAmount {})),
            minor => Ok(Some(Money::new(minor, other))),
        }
    }

    fn trade(&self, row: &Row<'_>, settings: &Settings) -> Result<Trade, Box<FileError>> {
        row.printable()?;
        let currency = row.currency(self.currency, row.raw(self.currency))?;
        let amount_minor = row.amount_unsigned(self.amount, row.raw(self.amount), currency)?;
        let merchant_discount_minor = match self.merchant_discount {
            Some(index) => discount(row, index, Money::new(amount_minor, currency))?,
            None => 0,
        };
        let occurred_at = time(row, self.time, &settings.zone)?;
        let words = |index: Option<usize>| index.map(|index| row.raw(index)).filter(|text| !text.is_empty());
        let trade = Trade {
            trade_no: row.name(self.trade_no, row.raw(self.trade_no))?,
            kind: row.code(self.kind, &settings.codes.kinds)?,
            product: words(self.product).map(str::to_owned),
            channel: row.code(self.channel, &settings.codes.channels)?,
            channel_ref: row.name(self.channel_ref, row.raw(self.channel_ref))?,
            original_ref: row.maybe_name(self.original_ref)?,
            amount_minor,
            merchant_discount_minor,
            fee_minor: row.amount(self.fee, row.raw(self.fee), currency)?,
            currency,
            counter_amount: self.counter_amount(row, currency)?,
            customer: row.maybe_name(self.customer)?,
            merchant: row.maybe_name(self.merchant)?,
            occurred_at,
            business_date: occurred_at.date(),
            status: mapped(row, self.status, STATUSES)?,
            clearing: mapped(row, self.clearing, CLEARINGS)?,
            counters: None,
            merchant_no: row.maybe_number(self.merchant_no)?,
            channel_no: row.maybe_number(self.channel_no)?,
        };
        self.check_parties(row, &trade, settings)?;
        Ok(trade)
    }

    /// Reads a row whole: the trade, and whether its money has moved.
    fn listed(&self, row: &Row<'_>, settings: &Settings) -> Result<ListedTrade, Box<FileError>> {
        let trade = self.trade(row, settings)?;
        let is_said = |index: &usize| !row.raw(*index).is_empty();
        let settlement = self.settlement.filter(is_said).map(|index| mapped(row, index, SETTLEMENTS));
        let settled_at = self.settled_at.filter(is_said).map(|index| time(row, index, &settings.zone));
        let settled_at = settled_at.transpose()?.unwrap_or(trade.occurred_at);
        let says_discount = self.merchant_discount.is_some_and(|index| is_said(&index));
        Ok(ListedTrade { settlement: settlement.transpose()?, settled_at, trade, says_discount })
    }

    /// Refuses a trade that lacks a party of its kind, in the party's column if the file has it.
    fn check_parties(&self, row: &Row<'_>, trade: &Trade, settings: &Settings) -> Result<(), Box<FileError>> {
        let needed = settings.codes.parties.iter().filter(|(kind, _)| *kind == trade.kind);
        for (kind, party) in needed {
            let trade_kind = kind.to_string();
            let (column, named, reason) = match party {
                PartyFact::Customer => {
                    (self.customer, trade.customer.is_some(), Reason::NoCustomer { trade_kind })
                }
                PartyFact::Merchant => {
                    (self.merchant, trade.merchant.is_some(), Reason::NoMerchant { trade_kind })
                }
            };
            if !named {
                return Err(row.refuse(column.unwrap_or(self.kind), reason));
            }
        }
        Ok(())
    }
}

/// Returns a discount in minor units, at most the amount that it is a part of; an empty field is none.
pub(super) fn discount(row: &Row<'_>, index: usize, amount: Money) -> Result<i64, Box<FileError>> {
    let text = row.raw(index);
    if text.is_empty() {
        return Ok(0);
    }
    let minor = row.amount_unsigned(index, text, amount.currency)?;
    if minor > amount.minor {
        let (value, amount) = (shown(text), amount.to_string());
        return Err(row.refuse(index, Reason::DiscountTooLarge { value, amount }));
    }
    Ok(minor)
}

/// Translates a word of the file to the domain's word.
pub(super) fn mapped<T: Copy>(row: &Row<'_>, index: usize, words: &[(&str, T)]) -> Result<T, Box<FileError>> {
    let text = row.raw(index);
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        row.unknown_word(index, &all)
    })
}

/// Parses a local time in a zone, or RFC 3339 converted to it.
pub(super) fn time(row: &Row<'_>, index: usize, zone: &TimeZone) -> Result<Moment, Box<FileError>> {
    let text = row.raw(index);
    if !text.as_bytes().get(10).is_some_and(|mark| matches!(mark, b'T' | b't')) {
        return row.local_time(index, text, zone);
    }
    text.parse::<Moment>()
        .map(|moment| moment.in_zone(zone))
        .map_err(|_| row.refuse(index, Reason::BadTime { value: shown(text) }))
}

/// The rows of a table as trades.
struct TradeRows<'s>(&'s Settings);

impl RowReader for TradeRows<'_> {
    type Columns = Columns;
    type Taken = ListedTrade;

    fn open(&mut self, header: &Header) -> Result<Columns, Box<FileError>> {
        Columns::of(header)
    }

    fn take(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        _: &str,
        _: &mut BadRows<'_>,
    ) -> Result<ListedTrade, Box<FileError>> {
        columns.listed(row, self.0)
    }
}

/// Tells what each row of a table would become by a profile.
pub(super) fn tried(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    mapped::tried(input, profile, &mut TradeRows(settings), each)
}

/// Reads a trades file, or a table by the profile of the settings.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(u64, ListedTrade) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    if let Some(profile) = &settings.profile {
        return mapped::read(input, profile, bad, &mut TradeRows(settings), each);
    }
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = Header::first_line(&mut lines, &mut fields)?;
    let columns = Columns::of(&header)?;
    let mut rows = 0;
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        let trade =
            fields.split(line).and_then(|record| columns.listed(&header.row(record, number)?, settings));
        match trade {
            Ok(trade) => each(number, trade).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, line.text)?,
        }
        rows += 1;
    }
    Ok(Summary { lines: rows, items: rows, last_line_ended: lines.ended() })
}

#[cfg(test)]
mod tests {
    use super::super::{Codes, Format, read_trades};
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::period::parse_zone;

    const SAMPLE: &str = include_str!("../../../tests/data/local-trades-20180912.csv");

    fn settings() -> Settings {
        Settings {
            currency: Currency::CNY,
            zone: parse_zone("Asia/Shanghai").unwrap(),
            codes: Codes::named(),
            profile: None,
            day: None,
        }
    }

    fn trades(text: impl AsRef<[u8]>) -> Result<(Vec<Trade>, Summary), FileError> {
        let mut found = Vec::new();
        let mut each = |_, listed: ListedTrade| -> Result<(), ()> {
            found.push(listed.trade);
            Ok(())
        };
        match read_trades(text.as_ref(), "t.csv", &settings(), Format::LocalTrades, &mut each) {
            Ok(summary) => Ok((found, summary)),
            Err(ReadError::File(error)) => Err(*error),
            Err(ReadError::Each(())) => unreachable!(),
        }
    }

    #[test]
    fn the_sample_reads_whole() {
        let (found, summary) = trades(SAMPLE).unwrap();
        assert_eq!(summary, Summary { lines: 18, items: 18, last_line_ended: true });
        let first = &found[0];
        assert_eq!((first.trade_no.as_str(), first.amount_minor, first.fee_minor), ("T0001", 10_000, 60));
        assert_eq!(first.occurred_at.to_string(), "2018-09-12T09:00:01+08:00");
        assert_eq!((first.status, first.clearing), (TradeStatus::Succeeded, ClearingStatus::Uncleared));
        assert_eq!((first.merchant.as_ref(), first.original_ref.as_ref()), (None, None));
        let refund = &found[8];
        assert_eq!(
            (refund.kind, refund.fee_minor, refund.product.as_ref()),
            (crate::domain::trade::TradeKind::REFUND, -30, None)
        );
        assert_eq!(refund.original_ref.as_ref().unwrap().as_str(), "SYN20180912W002");
        let late = found.iter().find(|trade| trade.trade_no.as_str() == "T0006").unwrap();
        assert_eq!(late.business_date.to_string(), "2018-09-13");
    }

    #[test]
    fn a_list_may_tell_whether_and_when_the_money_moved() {
        let rows: Vec<&str> = SAMPLE.lines().take(4).collect();
        let text = format!(
            "{},settlement_status,settled_time\n{},SETTLED,2018-09-14 08:00:00\n{},SETTLED,\n{},,\n",
            rows[0], rows[1], rows[2], rows[3]
        );
        let mut found = Vec::new();
        let mut each = |_, listed: ListedTrade| -> Result<(), ()> {
            found.push((listed.is_settled(), listed.settled_at.date() == listed.trade.business_date));
            Ok(())
        };
        read_trades(text.as_bytes(), "t.csv", &settings(), Format::LocalTrades, &mut each).unwrap();
        assert_eq!(found, [(true, false), (true, true), (false, true)]);
        let error = trades(text.replacen("SETTLED", "PAID", 1)).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (Some(2), "unknown_word"));
    }

    #[test]
    fn marks_line_ends_quotes_and_order_make_no_difference() {
        let plain = trades(SAMPLE).unwrap().0;
        let quoted = SAMPLE.replace("agreement", "\"agreement\"").replace("T0001", "\"T0001\"");
        let turned: String =
            SAMPLE.lines().map(|line| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n").collect();
        let variants = [
            SAMPLE.replace("\r\n", "\n"),
            format!("\u{feff}{SAMPLE}"),
            format!("{SAMPLE}\r\n\n"),
            quoted,
            turned,
        ];
        for text in variants {
            assert_eq!(trades(&text).unwrap().0, plain, "{text}");
        }
        assert!(!trades(SAMPLE.trim_end()).unwrap().1.last_line_ended);
    }

    #[test]
    fn times_with_offset_are_seen_in_the_ledgers_zone() {
        let text = SAMPLE.replace("2018-09-12 09:00:01", "2018-09-11T17:00:01Z");
        let first = trades(text).unwrap().0.remove(0);
        assert_eq!(first.occurred_at.to_string(), "2018-09-12T01:00:01+08:00");
        assert_eq!(first.business_date.to_string(), "2018-09-12");
    }

    #[test]
    fn other_iso_currencies_have_their_own_decimals() {
        let yen = trades(SAMPLE.replace("100.00,CNY,0.60", "100,JPY,1")).unwrap().0.remove(0);
        assert_eq!((yen.amount_minor, yen.currency.code()), (100, "JPY"));
    }

    #[test]
    fn each_mistake_has_its_line_column_and_reason() {
        let cases: &[(&str, &str, u64, usize, &str)] = &[
            ("trade_no,", "trade_id,", 1, 1, "unknown_column"),
            (",customer,", ",merchant,", 1, 11, "duplicate_column"),
            ("T0002,pay", "T0002,paid", 3, 2, "unknown_word"),
            ("direct,WECHAT", "direct,WEPAY", 3, 4, "unknown_word"),
            ("100.00,CNY", "100.00,RMB", 2, 8, "unknown_currency"),
            ("100.00,CNY", "-100.00,CNY", 2, 7, "negative_amount"),
            ("100.00,CNY", ",CNY", 2, 7, "empty_field"),
            ("100.00,CNY", "100.005,CNY", 2, 7, "too_precise"),
            ("100.00,CNY", "10000000000000.01,CNY", 2, 7, "too_large"),
            ("100.00,CNY", "１00.00,CNY", 2, 7, "not_a_number"),
            ("100.00,CNY", "\"1,000.00\",CNY", 2, 7, "not_a_number"),
            ("2018-09-12 09:00:01", "2018-02-30 09:00:01", 2, 12, "bad_time"),
            ("2018-09-12 09:00:01", "2018-09-12T09:00:01", 2, 12, "bad_time"),
            ("SUCCESS,CLEARED", "DONE,CLEARED", 3, 13, "unknown_word"),
            ("SUCCESS,CLEARED", "SUCCESS,cleared", 3, 14, "unknown_word"),
            ("SUCCESS,CLEARED", "SUCCESS", 3, 14, "too_few_fields"),
            ("SUCCESS,CLEARED", "SUCCESS,CLEARED,", 3, 15, "too_many_fields"),
            ("T0001", "", 2, 1, "empty_field"),
            ("T0001", " T0001", 2, 1, "bad_name"),
            ("T0001,topup", "\"T0001,topup", 2, 1, "unterminated_quote"),
            ("T0001,topup", "\"T0001\"x,topup", 2, 1, "text_after_quote"),
            ("agreement", "agree\tment", 2, 3, "control_character"),
        ];
        for (from, to, line, column, key) in cases {
            let error = trades(SAMPLE.replacen(from, to, 1)).unwrap_err();
            let found = (error.line, error.column.as_ref().map(|c| c.number), error.reason.key());
            assert_eq!(found, (Some(*line), Some(*column), *key), "{from} → {to}: {error}");
            assert_eq!(error.file, "t.csv");
        }
        let without = SAMPLE.replacen("trade_no,", "", 1);
        let missing = trades(without).unwrap_err();
        assert_eq!(missing.reason, Reason::MissingColumn { name: "trade_no".to_owned() });
        assert_eq!(trades("").unwrap_err().reason, Reason::Empty {});
        let gbk = encoding_rs::GBK.encode(&SAMPLE.replace("agreement", "协议支付")).0.into_owned();
        assert_eq!(trades(gbk).unwrap_err().reason.key(), "wrong_encoding");
    }

    #[test]
    fn numbers_of_the_channel_are_those_that_it_wrote() {
        for column in ["merchant_no", "channel_no"] {
            let with = |value: &str| {
                let (header, rows) = SAMPLE.split_once('\n').unwrap();
                let row = rows.lines().next().unwrap();
                trades(format!("{column},{header}\n{value},{row}\n"))
            };
            let trade = with("4200001").unwrap().0.remove(0);
            let numbers = [trade.merchant_no, trade.channel_no];
            assert_eq!(numbers.into_iter().flatten().collect::<Vec<_>>(), ["4200001"]);
            for (value, key) in [("4.2E+27", "scientific_notation"), ("4200001 ", "bad_name")] {
                let error = with(value).unwrap_err();
                let place = (error.line, error.column.as_ref().map(|c| c.number), error.reason.key());
                assert_eq!(place, (Some(2), Some(1), key), "{column}: {error}");
            }
        }
    }

    #[test]
    fn an_amount_may_be_zero_and_a_discount_is_part_of_it() {
        let zero = trades(SAMPLE.replacen("100.00,CNY,0.60", "0.00,CNY,0.00", 1)).unwrap().0.remove(0);
        assert!(zero.moves_nothing());
        let with = |value: &str| {
            let (head, rows) = SAMPLE.split_once("\r\n").unwrap();
            let rows: Vec<String> = rows.lines().map(|row| format!("{value},{row}")).collect();
            trades(format!("merchant_discount,{head}\n{}\n", rows[..1].join("\n")))
        };
        for (value, minor) in [("", 0), ("0", 0), ("8.50", 850), ("100.00", 10_000)] {
            assert_eq!(with(value).unwrap().0[0].merchant_discount_minor, minor, "{value}");
        }
        for (value, key) in [("100.01", "discount_too_large"), ("-1.00", "negative_amount")] {
            let error = with(value).unwrap_err();
            let place = (error.line, error.column.as_ref().map(|column| column.number), error.reason.key());
            assert_eq!(place, (Some(2), Some(1), key), "{value}");
        }
    }

    #[test]
    fn the_receivers_own_error_comes_through() {
        let mut each = |line, _| if line == 3 { Err("enough") } else { Ok(()) };
        let error =
            read_trades(SAMPLE.as_bytes(), "t.csv", &settings(), Format::LocalTrades, &mut each).unwrap_err();
        assert_eq!(error, ReadError::Each("enough"));
    }
}
