//! CSV with one row an entry: the journal in order (序时账) for spreadsheets and auditors.
//!
//! UTF-8 without byte order mark, a comma between fields, quotes as in RFC 4180, a line feed after each
//! row. The first row has the column names:
//!
//! | column | content |
//! |---|---|
//! | `voucher_no` | number of the voucher (凭证号) |
//! | `line` | number of the entry in the voucher, from 1 (分录号) |
//! | `accounting_date` | day it is booked on (会计日期), `YYYY-MM-DD` |
//! | `business_date` | day of the trade (业务日期) |
//! | `value_date` | day that interest counts from (起息日) |
//! | `account` | account code (科目账户) |
//! | `debit`, `credit` | amount in major units with the currency's decimals, on its side (借方、贷方), else empty |
//! | `currency` | ISO 4217 code |
//! | `memo` | what for (摘要) |
//! | `voucher_kind` | `post`, `reverse`, `repost`, … (凭证种类) |
//! | `mode` | `normal`, `wipe`, `red`, `blue`, `difference` (冲账方式); red amounts (红字) are negative |
//! | `trade_no`, `event` | trade and event that it books; empty if none |
//! | `reverses` | number of the voucher that it reverses; empty if none |
//! | `case_no`, `reason` | case and reason code of a correction; empty if none |
//! | `maker`, `checker` | who made and who approved it (制单、复核) |
//! | `posted_at` | time of posting, RFC 3339 |
//!
//! Texts that a spreadsheet program would run as a formula get a quote in front ([`escape_formula`]).

use super::{Scope, WriteVouchers, Writer, escape_formula};
use crate::domain::account::Side;
use crate::domain::money::Money;
use crate::domain::voucher::Voucher;
use std::fmt::Display;
use std::io;

/// The writer of CSV.
pub(super) static WRITER: Writer = Writer { word: "csv", ending: "csv", media: "text/csv" };

const COLUMNS: [&str; 20] = [
    "voucher_no",
    "line",
    "accounting_date",
    "business_date",
    "value_date",
    "account",
    "debit",
    "credit",
    "currency",
    "memo",
    "voucher_kind",
    "mode",
    "trade_no",
    "event",
    "reverses",
    "case_no",
    "reason",
    "maker",
    "checker",
    "posted_at",
];

/// An export as CSV under way.
pub(super) struct Vouchers<W: io::Write> {
    out: csv::Writer<W>,
}

impl<W: io::Write> WriteVouchers<W> for Vouchers<W> {
    fn begin(out: W, _scope: &Scope) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(COLUMNS)?;
        Ok(Self { out })
    }

    fn voucher(&mut self, voucher: &Voucher) -> io::Result<()> {
        let of_voucher = [
            voucher.accounting_date.to_string(),
            voucher.business_date.to_string(),
            voucher.value_date.to_string(),
        ];
        let origin = [
            text(voucher.trade_no.as_ref()),
            text(voucher.event),
            text(voucher.reverses.as_ref()),
            text(voucher.case_no.as_ref()),
            text(voucher.reason.as_ref()),
            text(Some(&voucher.maker)),
            text(voucher.checker.as_ref()),
            voucher.posted_at.to_string(),
        ];
        let (number, memo) = (text(Some(&voucher.voucher_no)), escape_formula(&voucher.memo));
        for entry in &voucher.entries {
            let amount = Money::new(entry.amount_minor, entry.currency).to_string();
            let (debit, credit) = match entry.side {
                Side::Debit => (amount.as_str(), ""),
                Side::Credit => ("", amount.as_str()),
            };
            self.out.write_field(&number)?;
            self.out.write_field(entry.line.to_string())?;
            for field in &of_voucher {
                self.out.write_field(field)?;
            }
            self.out.write_field(text(Some(&entry.account)))?;
            for field in [debit, credit, entry.currency.code(), &memo] {
                self.out.write_field(field)?;
            }
            for field in [voucher.kind.as_str(), entry.mode.as_str()] {
                self.out.write_field(field)?;
            }
            for field in &origin {
                self.out.write_field(field)?;
            }
            self.out.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    fn end(self) -> io::Result<W> {
        self.out.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Returns the text of a field, empty if there is no value.
fn text(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| escape_formula(&value.to_string()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Exporter, Format, Written};
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::voucher::{Entry, Mode, VoucherKind};

    fn entry(line: i64, account: &str, side: Side, amount_minor: i64, currency: Currency) -> Entry {
        Entry {
            line,
            account: account.parse().unwrap(),
            account_seq: 1,
            side,
            amount_minor,
            mode: if amount_minor < 0 { Mode::Red } else { Mode::Normal },
            balance_before_minor: 0,
            balance_after_minor: amount_minor,
            currency,
        }
    }

    fn voucher(memo: &str, entries: Vec<Entry>) -> Voucher {
        Voucher {
            seq: 1,
            voucher_no: "V00001".parse().unwrap(),
            kind: VoucherKind::Post,
            mode: Mode::Normal,
            trade_no: Some("T0001".parse().unwrap()),
            event: Some(crate::domain::event::Event::CAPTURED),
            reverses: None,
            reversed_by: None,
            case_no: None,
            accounting_date: "2018-09-12".parse().unwrap(),
            business_date: "2018-09-12".parse().unwrap(),
            value_date: "2018-09-12".parse().unwrap(),
            reason: None,
            rule: None,
            maker: "ana".parse().unwrap(),
            checker: None,
            posted_at: "2018-09-13T12:00:00+08:00".parse().unwrap(),
            memo: memo.to_owned(),
            prev_hash: String::new(),
            hash: String::new(),
            entries,
        }
    }

    fn written(vouchers: &[Voucher]) -> (String, Written) {
        let scope = Scope { ledger: "t".to_owned(), currency: Currency::CNY, from: None, to: None };
        let mut exporter = Exporter::begin(Format::Csv, Vec::new(), &scope).unwrap();
        for voucher in vouchers {
            exporter.voucher(voucher).unwrap();
        }
        let (bytes, written) = exporter.end().unwrap();
        (String::from_utf8(bytes).unwrap(), written)
    }

    #[test]
    fn an_entry_is_a_row_with_its_amount_on_its_side() {
        let entries = vec![
            entry(1, "1101.WECHAT", Side::Debit, 10_000, Currency::CNY),
            entry(2, "2001.A", Side::Credit, 10_000, Currency::CNY),
        ];
        let (text, written) = written(&[voucher("top-up, \"first\"", entries)]);
        let expected = "voucher_no,line,accounting_date,business_date,value_date,account,debit,credit,currency,memo,\
            voucher_kind,mode,trade_no,event,reverses,case_no,reason,maker,checker,posted_at\n\
            V00001,1,2018-09-12,2018-09-12,2018-09-12,1101.WECHAT,100.00,,CNY,\"top-up, \"\"first\"\"\",\
            post,normal,T0001,captured,,,,ana,,2018-09-13T12:00:00+08:00\n\
            V00001,2,2018-09-12,2018-09-12,2018-09-12,2001.A,,100.00,CNY,\"top-up, \"\"first\"\"\",\
            post,normal,T0001,captured,,,,ana,,2018-09-13T12:00:00+08:00\n";
        assert_eq!(text, expected);
        assert_eq!(written, Written { vouchers: 1, entries: 2 });
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency_and_red_ones_their_sign() {
        let yen: Currency = "JPY".parse().unwrap();
        let entries =
            vec![entry(1, "1001", Side::Debit, -5, yen), entry(2, "1002", Side::Credit, -123, Currency::CNY)];
        let (text, _) = written(&[voucher("", entries)]);
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split(',').collect()).collect();
        assert_eq!((rows[0][6], rows[0][7], rows[0][8], rows[0][11]), ("-5", "", "JPY", "red"));
        assert_eq!((rows[1][6], rows[1][7], rows[1][8], rows[1][11]), ("", "-1.23", "CNY", "red"));
    }

    #[test]
    fn a_text_is_no_formula() {
        let entries = vec![entry(1, "1001", Side::Debit, 1, Currency::CNY)];
        let (text, _) = written(&[voucher("=HYPERLINK(A1)", entries)]);
        assert!(text.contains(",'=HYPERLINK(A1),"), "{text}");
    }

    #[test]
    fn an_empty_export_is_its_head() {
        let (text, written) = written(&[]);
        assert_eq!((text.lines().count(), written), (1, Written::default()));
    }
}
