//! Statements and journals from tables of somebody else's, read by profiles.

use super::super::tables_kit::{self, place, settings, settings_of, shipped};
use super::super::{
    BillSummary, FileError, Format, JournalVoucher, Summary, TriedRow, channel_named, read_profile, survey,
    try_profile,
};
use crate::domain::account::Side;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::Channel;
use std::sync::Arc;

/// A profile of a channel's table.
const STATEMENT: &str = r#"makes = "statement"
[table]
thousands = ","
[fields.channel]
value = "BANK"
[fields.day]
columns = ["时间"]
patterns = ["%Y%m%d %H%M%S"]
[fields.merchant_no]
columns = ["商户"]
[fields.kind]
sign_of = "amount"
map = { "+" = "pay", "-" = "refund" }
[fields.reference]
columns = ["订单"]
[fields.original_reference]
columns = ["原订单"]
[fields.channel_no]
columns = ["流水"]
[fields.amount]
columns = ["金额"]
sign = "absolute"
[fields.merchant_discount]
columns = ["商家优惠"]
[fields.channel_fee]
columns = ["手续费"]
if_empty = "0"
[fields.currency]
value = "CNY"
[fields.status]
value = "SUCCESS"
[fields.time]
columns = ["时间"]
patterns = ["%Y%m%d %H%M%S"]
"#;

const STRIPE: &str = include_str!("../../../tests/data/profiles/stripe-balance.csv");
const ADYEN: &str = include_str!("../../../tests/data/profiles/adyen-settlement.csv");

/// Reads a day of a channel's table by a shipped profile, with the channels of a ledger that has them.
fn foreign(name: &str, day: &str, table: &str) -> Result<Vec<StatementLine>, FileError> {
    let profile = read_profile("p.toml", shipped(name)).unwrap().of_day(day.parse().ok());
    let mut settings = settings_of(Some(Arc::new(profile)));
    settings.codes.channels.extend(["STRIPE", "ADYEN"].map(|code| code.parse::<Channel>().unwrap()));
    tables_kit::lines(&settings, table.as_bytes()).map(|(lines, _)| lines)
}

/// Kind, reference, channel's number, amount and fee of lines.
fn told(lines: &[StatementLine]) -> Vec<(LineKind, &str, &str, i64, i64)> {
    let told = lines.iter().map(|line| {
        let (reference, number) = (line.channel_ref.as_str(), line.channel_no.as_str());
        (line.kind, reference, number, line.amount_minor, line.fee_minor)
    });
    told.collect()
}

#[test]
fn stripes_balance_report_is_a_statement() {
    let lines = foreign("stripe-balance", "2018-09-12", STRIPE).unwrap();
    assert_eq!(
        told(&lines),
        [
            (LineKind::Pay, "ch_SYN0001", "txn_SYN0001", 11_000, 349),
            (LineKind::Refund, "re_SYN0002", "txn_SYN0002", 4_000, 0),
        ]
    );
    assert_eq!(lines[0].currency.code(), "EUR");
    assert_eq!(lines[0].occurred_at.to_string(), "2018-09-12T16:00:01+08:00", "in the ledger's zone");
    assert_eq!(foreign("stripe-balance", "2018-09-13", STRIPE).unwrap().len(), 1);
    let error =
        foreign("stripe-balance", "2018-09-12", &STRIPE.replacen("charge", "dispute", 1)).unwrap_err();
    assert_eq!(place(&error), (Some(2), Some(10), "not_in_map"));
    let dashboard = "id,Type,Source,Amount,Fee,Destination Platform Fee,Net,Currency,Created (UTC),Description\n\
        txn_1,payment,py_1,30.00,1.17,,28.83,usd,2018-09-12 21:56,Order 3\n\
        txn_2,payout,po_1,-28.83,0.00,,-28.83,usd,2018-09-12 22:00,PAYOUT\n";
    let lines = foreign("stripe-balance", "", dashboard).unwrap();
    assert_eq!(told(&lines), [(LineKind::Pay, "py_1", "txn_1", 3_000, 117)]);
}

#[test]
fn adyens_settlement_details_are_a_statement() {
    let lines = foreign("adyen-settlement", "2018-09-12", ADYEN).unwrap();
    assert_eq!(
        told(&lines),
        [
            (LineKind::Pay, "SYN-ORDER-1", "8800000000000011", 11_000, 33),
            (LineKind::Pay, "SYN-ORDER-2", "8800000000000012", 5_000, 75),
            (LineKind::Refund, "SYN-REFUND-1", "8800000000000013", 4_000, 10),
        ]
    );
    assert_eq!(lines[2].original_ref.as_ref().unwrap().as_str(), "SYN-ORDER-1");
    assert_eq!(lines[0].occurred_at.to_string(), "2018-09-12T16:00:01+08:00");
    assert_eq!(lines[0].merchant_no.as_deref(), Some("SynShop"));
    for (from, to, expected) in [
        (",1,EUR", ",1,USD", (Some(2), Some(10), "not_same")),
        ("CEST", "MST", (Some(2), Some(7), "not_in_map")),
        ("Settled", "Chargeback", (Some(2), Some(8), "not_in_map")),
        (",,110.00", ",110.00,110.00", (Some(2), Some(11), "in_and_out")),
        (",0.11,", ",0.1x,", (Some(2), Some(18), "number_marks")),
    ] {
        let error = foreign("adyen-settlement", "2018-09-12", &ADYEN.replacen(from, to, 1)).unwrap_err();
        assert_eq!(place(&error), expected, "{to}");
    }
}

/// Without a header, with thousands marks in the amounts and a count in the last line.
#[test]
fn a_bank_gateways_settlement_file_is_a_statement() {
    const SPDB: &str = "IPER|20180912|20180912171911|SYN20180912B001|000835000001|900000000000001|1a|1,000.00|0.50|999.50|00|||\r\n\
        IPER|20180912|20180912180502|SYN20180912B002|000835000002|900000000000001|1a|0.01|0.00|0.01|00|||\r\n\
        共有 2        条记录\r\n";
    let lines = foreign("spdb-gateway", "", SPDB).unwrap();
    assert_eq!(
        told(&lines),
        [
            (LineKind::Pay, "SYN20180912B001", "000835000001", 100_000, 50),
            (LineKind::Pay, "SYN20180912B002", "000835000002", 1, 0),
        ]
    );
    assert_eq!(lines[0].merchant_no.as_deref(), Some("900000000000001"));
    assert_eq!((lines[0].line, lines[0].occurred_at.to_string().as_str()), (1, "2018-09-12T17:19:11+08:00"));
    for (from, to, expected) in [
        ("共有 2 ", "共有 3 ", (Some(3), None, "footer_count")),
        ("共有 2        条记录\r\n", "", (Some(2), None, "footer_missing")),
        ("|00|", "|01|", (Some(1), Some(11), "not_in_map")),
        ("IPER", "IPSR", (Some(1), Some(1), "not_in_map")),
        ("1,000.00", "1.000,00", (Some(1), Some(8), "number_marks")),
        ("|0.50|", "|", (Some(1), Some(11), "unknown_word")),
        ("|1a|1,000.00|0.50|999.50|00|||", "", (Some(1), Some(7), "too_few_fields")),
        ("20180912171911", "20180912", (Some(1), Some(3), "no_pattern")),
    ] {
        let error = foreign("spdb-gateway", "", &SPDB.replacen(from, to, 1)).unwrap_err();
        assert_eq!(place(&error), expected, "{from} {to}: {error}");
    }
    let header = shipped("spdb-gateway").replacen("[table]", "[table]\nheader = 1", 1);
    let mistakes = read_profile("p.toml", &header).unwrap_err();
    assert_eq!(mistakes[0].reason(), "profilefile.no_header", "{mistakes:?}");
}

const LINES: &str = "时间,商户,订单,原订单,流水,金额,商家优惠,手续费\n\
    20260302 100000,M1,R1,,N1,\"1,100.00\",10.00,6.60\n\
    20260302 110000,M1,R2,R1,N2,-40.00,,-0.20\n";

/// The day after.
const LATER: &str = "20260304 090000,M1,R3,,N3,5.00,,\n";

fn statement(profile: &str, day: &str, table: &str) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let profile = read_profile("p.toml", profile).unwrap().of_day(day.parse().ok());
    tables_kit::lines(&settings_of(Some(Arc::new(profile))), table.as_bytes())
}

#[test]
fn a_channels_table_is_a_statement() {
    let (lines, summary) = statement(STATEMENT, "", LINES).unwrap();
    let [paid, refunded] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((paid.kind, paid.amount_minor, paid.merchant_discount_minor), (LineKind::Pay, 110_000, 1_000));
    assert_eq!((refunded.kind, refunded.amount_minor, refunded.fee_minor), (LineKind::Refund, 4_000, -20));
    assert_eq!((paid.channel_ref.as_str(), paid.channel_no.as_str()), ("R1", "N1"));
    assert_eq!(refunded.original_ref.as_ref().unwrap().as_str(), "R1");
    assert_eq!(paid.occurred_at.to_string(), "2026-03-02T10:00:00+08:00");
    assert_eq!((summary.rows, summary.pay_minor, summary.refund_minor), (2, 109_000, 4_000));
    let head = summary.head;
    assert_eq!(
        (head.day.unwrap().to_string().as_str(), head.merchant_id.as_deref()),
        ("2026-03-02", Some("M1"))
    );
    assert_eq!(head.covers, Coverage::All);
    let refunds = format!("{STATEMENT}[fields.covers]\nvalue = \"refunds\"\n");
    let error = statement(&refunds, "", LINES).unwrap_err();
    // The kind comes from no column of its own.
    assert_eq!(place(&error), (Some(2), Some(0), "unknown_word"));
    let table = LINES.replace("R1,,N1,\"1,100.00\",10.00", "R1,R0,N1,-5.00,");
    assert_eq!(statement(&refunds, "", &table).unwrap().1.head.covers, Coverage::Refunds);
}

#[test]
fn a_table_of_several_days_is_read_a_day_at_a_time() {
    let table = format!("{LINES}{LATER}");
    let error = statement(STATEMENT, "", &table).unwrap_err();
    assert_eq!(place(&error), (Some(4), Some(1), "several_days"));
    let of = |day: &str| {
        let (lines, summary) = statement(STATEMENT, day, &table)?;
        Ok::<_, FileError>((lines.len(), summary.head.day.map(|day| day.to_string())))
    };
    assert_eq!(of("2026-03-02").unwrap(), (2, Some("2026-03-02".to_owned())));
    assert_eq!(of("2026-03-04").unwrap(), (1, Some("2026-03-04".to_owned())));
    assert_eq!(of("2026-03-03").unwrap(), (0, None), "a day between others may have no lines");
    for day in ["2026-03-01", "2026-03-05"] {
        assert_eq!(of(day).unwrap_err().reason.key(), "day_not_in_table", "{day}");
    }
    let mut taken = 0;
    let settings = settings(STATEMENT);
    let profile = settings.profile.clone().unwrap();
    let mut each = |row: TriedRow| taken += usize::from(row.error.is_none());
    try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut each).unwrap();
    assert_eq!(taken, 3, "a trial shows the rows of each day");
}

#[test]
fn the_day_of_a_moment_is_that_of_the_channels_clock() {
    let profile = STATEMENT.replace("%Y%m%d %H%M%S", "%Y-%m-%dT%H:%M:%S%:z");
    let table =
        |time: &str| format!("时间,商户,订单,原订单,流水,金额,商家优惠,手续费\n{time},M1,R1,,N1,5.00,,\n");
    for (time, in_shanghai, in_new_york) in [
        ("2026-03-02T23:30:00+00:00", "2026-03-03", "2026-03-02"),
        ("2026-03-02T00:30:00Z", "2026-03-02", "2026-03-01"),
        ("2026-03-03T01:00:00+08:00", "2026-03-03", "2026-03-02"),
    ] {
        let days = [None, Some("America/New_York")].map(|zone| {
            let mut settings = settings(&profile);
            if let Some(zone) = zone {
                let clock = crate::domain::period::parse_zone(zone).unwrap();
                settings.codes.clocks = vec![("BANK".parse().unwrap(), clock)];
            }
            let (lines, summary) = tables_kit::lines(&settings, table(time).as_bytes()).unwrap();
            let day = summary.head.day.unwrap().to_string();
            assert_eq!(lines[0].occurred_at.local().date().to_string(), day, "the line is of its day");
            day
        });
        assert_eq!(days, [in_shanghai, in_new_york], "{time}");
    }
}

#[test]
fn a_channels_table_is_refused_as_a_statement_is() {
    for (table, expected) in [
        (LINES.replace("110000,M1", "110000,M2"), (Some(3), Some(2), "mixed_statements")),
        (LINES.replace("R2,R1", ",R1").replace("-40", "40"), (Some(3), Some(3), "empty_field")),
        (LINES.replace(",10.00,", ",1200.00,"), (Some(2), Some(7), "discount_too_large")),
        (LINES.replace("-40.00", "-40.005"), (Some(3), Some(6), "too_precise")),
        (LINES.replace("N1", "4.2E+27"), (Some(2), Some(5), "scientific_notation")),
        (LINES.trim_end().to_owned(), (Some(3), None, "cut_last_line")),
    ] {
        assert_eq!(place(&statement(STATEMENT, "", &table).unwrap_err()), expected, "{table}");
    }
    let footer =
        "[footer]\nstarts = [\"合计\"]\ncount = \"合计,{}笔\"\n[[footer.sums]]\ncolumns = [\"金额\"]\n";
    let profile = format!("{STATEMENT}{footer}");
    assert_eq!(statement(&profile, "", &format!("{LINES}合计,2笔,,,,1060.00,,")).unwrap().0.len(), 2);
    let days = format!("{LINES}{LATER}合计,3笔,,,,1065.00,,\n");
    assert_eq!(statement(&profile, "2026-03-02", &days).unwrap().0.len(), 2, "the footer is of all days");
    for (footer, key) in
        [("合计,3笔,,,,1060.00,,\n", "footer_count"), ("合计,2笔,,,,1060.01,,\n", "footer_sum")]
    {
        assert_eq!(statement(&profile, "", &format!("{LINES}{footer}")).unwrap_err().reason.key(), key);
    }
    assert_eq!(statement(&profile, "", LINES).unwrap_err().reason.key(), "footer_missing");
}

#[test]
fn the_channel_of_a_table_is_that_of_its_first_row_or_of_its_profile() {
    let channel = |profile: &str, table: &str| {
        channel_named(table.as_bytes(), "t.csv", &settings(profile), Format::Statement)
    };
    let head = LINES.lines().next().unwrap();
    let by_row = STATEMENT.replace("value = \"BANK\"", "columns = [\"商户\"]\nmap = { \"M1\" = \"ALIPAY\" }");
    assert_eq!(channel(&by_row, LINES).unwrap(), Some(Channel::ALIPAY));
    assert_eq!(channel(&by_row, head).unwrap_err().reason.key(), "statement_of_nothing");
    for table in [LINES, head] {
        assert_eq!(channel(STATEMENT, table).unwrap(), Some(Channel::BANK));
    }
    let unknown = STATEMENT.replace("BANK", "PAYPAL");
    assert_eq!(channel(&unknown, head).unwrap_err().reason.key(), "statement_of_nothing");
}

/// A profile of a journal with columns of debits and credits.
const JOURNAL: &str = r#"makes = "journal"
[table]
thousands = ","
[fields.voucher_no]
columns = ["凭证号"]
[fields.accounting_date]
columns = ["日期"]
patterns = ["%Y/%m/%d"]
[fields.account]
columns = ["科目"]
[fields.side]
side_of = "amount"
[fields.amount]
debit_columns = ["借方金额", "借方"]
credit_columns = ["贷方金额", "贷方"]
[fields.memo]
columns = ["摘要"]
"#;

const VOUCHERS: &str = "凭证号,日期,科目,摘要,借方金额,贷方金额\n\
    记-1,2026/3/2,1001,收款,\"1,000.00\",\n\
    记-1,2026/3/2,2190,收款,,\"1,000.00\"\n\
    记-2,2026/3/3,1001,冲错,-20.00,0\n\
    记-2,2026/3/3,2190,冲错,0,-20.00\n";

fn journal(profile: &str, table: &str) -> Result<(Vec<JournalVoucher>, Summary), FileError> {
    tables_kit::vouchers(&settings(profile), table.as_bytes())
}

#[test]
fn shipped_profiles_read_their_journals() {
    const ZH: &str = include_str!("../../../tests/data/profiles/journal-zh.csv");
    const EN: &str = include_str!("../../../tests/data/profiles/journal-en.csv");
    for (name, table) in [("journal-zh", ZH), ("journal-en", EN)] {
        let (vouchers, summary) = journal(shipped(name), table).unwrap();
        assert_eq!((summary.lines, summary.items, summary.last_line_ended), (4, 2, true), "{name}");
        let told: Vec<(&str, Side, i64)> = vouchers
            .iter()
            .flat_map(|voucher| &voucher.lines)
            .map(|line| (line.account.as_str(), line.side, line.amount_minor))
            .collect();
        assert_eq!(
            told,
            [
                ("1001", Side::Debit, 110_000),
                ("2190", Side::Credit, 110_000),
                ("1001", Side::Debit, -5_000),
                ("2190", Side::Credit, -5_000),
            ],
            "{name}"
        );
        assert_eq!(vouchers[0].accounting_date.to_string(), "2018-09-12", "{name}");
    }
}

#[test]
fn a_table_with_debits_and_credits_is_a_journal() {
    let (vouchers, summary) = journal(JOURNAL, VOUCHERS).unwrap();
    assert_eq!((summary.lines, summary.items, vouchers.len()), (4, 2, 2));
    let lines = |at: usize| -> Vec<(Side, i64)> {
        vouchers[at].lines.iter().map(|line| (line.side, line.amount_minor)).collect()
    };
    assert_eq!(lines(0), [(Side::Debit, 100_000), (Side::Credit, 100_000)]);
    assert_eq!(lines(1), [(Side::Debit, -2_000), (Side::Credit, -2_000)], "red entries stay on their side");
    assert_eq!((vouchers[1].first_line, vouchers[1].memo.as_str()), (4, "冲错"));
    assert_eq!(vouchers[1].accounting_date.to_string(), "2026-03-03");
}

#[test]
fn a_table_with_a_column_of_sides_or_with_signs_is_a_journal() {
    let amount = "[fields.amount]\ndebit_columns = [\"借方金额\", \"借方\"]\ncredit_columns = [\"贷方金额\", \"贷方\"]\n";
    let sided = JOURNAL
        .replace(
            "side_of = \"amount\"",
            "columns = [\"方向\"]\nmap = { \"借\" = \"debit\", \"贷\" = \"credit\" }",
        )
        .replace(amount, "[fields.amount]\ncolumns = [\"金额\"]\n");
    let table = "凭证号,日期,科目,方向,金额\nA,2026/3/2,1001,借,-1.00\nA,2026/3/2,2190,贷,-1.00\n";
    assert_eq!(journal(&sided, table).unwrap().0[0].lines[1].side, Side::Credit);
    assert_eq!(
        place(&journal(&sided, &table.replace('借', "收")).unwrap_err()),
        (Some(2), Some(4), "not_in_map")
    );
    let signed = JOURNAL
        .replace(
            "side_of = \"amount\"",
            "sign_of = \"amount\"\nmap = { \"+\" = \"debit\", \"-\" = \"credit\" }",
        )
        .replace(amount, "[fields.amount]\ncolumns = [\"金额\"]\nsign = \"absolute\"\n");
    let table = "凭证号,日期,科目,金额\nA,2026/3/2,1001,1.00\nA,2026/3/2,2190,-1.00\n";
    let lines = &journal(&signed, table).unwrap().0[0].lines;
    assert_eq!((lines[1].side, lines[1].amount_minor), (Side::Credit, 100));
}

#[test]
fn a_journals_table_is_refused_as_a_journal_is() {
    for (table, expected) in [
        (VOUCHERS.replace("0,-20.00", "0,-20.01"), (Some(4), None, "unbalanced")),
        (VOUCHERS.replace("-20.00,0", "-20.00,1.00"), (Some(4), Some(5), "in_and_out")),
        (VOUCHERS.replace("-20.00,0", ","), (Some(4), Some(5), "in_and_out")),
        (VOUCHERS.replacen("记-2", "记-3", 1), (Some(4), None, "voucher_too_short")),
        (VOUCHERS.replacen("2026/3/3", "2026/3/4", 1), (Some(5), Some(2), "voucher_differs")),
        (VOUCHERS.replacen("2026/3/2", "2026-3-2", 1), (Some(2), Some(2), "no_pattern")),
        (format!("{VOUCHERS}记-1,2026/3/2,1001,,1.00,\n"), (Some(6), Some(1), "voucher_returns")),
    ] {
        assert_eq!(place(&journal(JOURNAL, &table).unwrap_err()), expected, "{table}");
        let mut told = Vec::new();
        let (settings, format) = (settings(JOURNAL), Format::LocalJournal);
        survey(table.as_bytes(), "t.csv", &settings, format, &mut |error, _| told.push(place(&error)))
            .unwrap();
        assert!(told.contains(&expected), "{told:?}");
        let mut refused = Vec::new();
        let profile = settings.profile.clone().unwrap();
        let mut each = |row: TriedRow| refused.extend(row.error.as_ref().map(place));
        try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut each).unwrap();
        assert_eq!(refused, told);
    }
    assert!(!journal(JOURNAL, VOUCHERS.trim_end()).unwrap().1.last_line_ended);
}

#[test]
fn sides_need_columns_of_debits_and_credits() {
    let keys = |profile: &str| -> Vec<String> {
        read_profile("p.toml", profile).unwrap_err().into_iter().map(|mistake| mistake.key).collect()
    };
    let one = JOURNAL.replace("credit_columns = [\"贷方金额\", \"贷方\"]\n", "");
    assert_eq!(keys(&one), ["profilefile.one_side"]);
    let none = one.replace("debit_columns", "columns");
    assert_eq!(keys(&none), ["profilefile.side_of_none"]);
    assert_eq!(keys(&JOURNAL.replace("side_of = \"amount\"", "side_of = \"sum\"")), ["rulefile.bad_word"]);
}
