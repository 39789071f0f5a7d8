//! A profile proposed for a table: its first rows are split in every way, and the way that gives most headings that
//! are known is taken.

use super::columns_made;
use super::decoded::decoded;
use super::fields::Fields;
use super::json_lines::refused_line;
use super::lines::{Encoding, Line, Lines, io_reason};
use super::reason::{FileError, Reason};
use crate::files::profile::{
    HEADINGS, Makes, SHIPPED_PROFILES, SampleTable, TableProfile, TextEncoding, fits, guess, known_headings,
};
use std::io::Read;

/// Rows that a proposal is made from.
const SAMPLE_ROWS: usize = 1_000;

/// The ways in which rows are split.
const DELIMITERS: [(&str, u8); 4] = [(",", b','), (";", b';'), ("tab", b'\t'), ("|", b'|')];

/// Returns a profile for a table; `note` returns the words of a comment, by key and facts. Without `makes` it is one of
/// what the table's headings fit best.
///
/// # Errors
/// A file that is empty or cannot be read as text; `name` is what errors call it.
pub fn guess_profile(
    input: impl Read,
    name: &str,
    makes: Option<Makes>,
    note: &dyn Fn(&str, &[(&str, String)]) -> String,
) -> Result<String, Box<FileError>> {
    let lines = sample(input).map_err(|error| error.in_file(name))?;
    if lines.is_empty() {
        return Err(FileError::whole(Reason::Empty {}).in_file(name));
    }
    let parse = |text| TableProfile::parse("", text, columns_made).ok();
    let shipped: Vec<TableProfile> = SHIPPED_PROFILES
        .iter()
        .map(|shipped| shipped.text)
        .chain(HEADINGS.iter().copied())
        .filter_map(parse)
        .collect();
    let tables = DELIMITERS.map(|(word, byte)| split(&lines, word, byte));
    let proposals: Vec<Proposal<'_>> = Makes::ALL
        .iter()
        .filter(|one| makes.is_none_or(|makes| **one == makes))
        .filter_map(|makes| propose(*makes, &shipped, &tables))
        .collect();
    // Of several that fit equally well the first: trades, then the others.
    let most = proposals.iter().map(|one| one.fits).max();
    let best = proposals.iter().find(|one| Some(one.fits) == most);
    Ok(best.map_or_else(String::new, |one| {
        guess(one.makes, one.table, &one.known, columns_made(one.makes), note)
    }))
}

/// What a table may be read as.
struct Proposal<'t> {
    makes: Makes,
    table: &'t SampleTable,
    known: Vec<&'t TableProfile>,
    /// How much speaks for it.
    fits: usize,
}

/// Returns what speaks for reading a table as one of a format, split the way that gives most headings that are known.
fn propose<'t>(makes: Makes, shipped: &'t [TableProfile], tables: &'t [SampleTable]) -> Option<Proposal<'t>> {
    let known: Vec<&TableProfile> = shipped.iter().filter(|profile| profile.makes == makes).collect();
    let most = tables.iter().map(|table| known_headings(table, &known)).max()?;
    let table = tables.iter().find(|table| known_headings(table, &known) == most)?;
    Some(Proposal { makes, table, fits: fits(makes, table, &known, most), known })
}

/// Returns the first lines of a file.
fn sample(input: impl Read) -> Result<Vec<String>, Box<FileError>> {
    let text = decoded(input, TextEncoding::Auto).map_err(|error| FileError::at(1, io_reason(&error)))?;
    let mut lines = Lines::with_blank_lines(text, Encoding::Either);
    let mut found = Vec::new();
    while found.len() < SAMPLE_ROWS {
        let Some(line) = lines.next()? else { break };
        if refused_line(line.text).is_none() {
            found.push(line.text.to_owned());
        }
    }
    Ok(found)
}

/// Splits the lines one way; a line that cannot be split so is left out.
fn split(lines: &[String], delimiter: &'static str, byte: u8) -> SampleTable {
    let mut fields = Fields::delimited(byte);
    let mut rows = Vec::new();
    for text in lines {
        if let Ok(record) = fields.split(Line { number: 1, text }) {
            rows.push(record.iter().map(str::to_owned).collect());
        }
    }
    SampleTable { delimiter, rows }
}

#[cfg(test)]
mod tests {
    use super::super::tables_kit::settings;
    use super::super::{TriedRow, read_profile, try_profile};
    use super::*;

    const ZH: &str = include_str!("../../../tests/data/profiles/trades-zh.csv");
    const EN: &str = include_str!("../../../tests/data/profiles/trades-en.csv");

    fn guessed(table: impl AsRef<[u8]>) -> String {
        guess_profile(table.as_ref(), "t.csv", None, &|key, _| key.to_owned()).unwrap()
    }

    /// Rows that a proposal takes, and the reasons of those that it refuses.
    fn tried(profile: &str, table: &[u8]) -> (usize, Vec<&'static str>) {
        let settings = settings(profile);
        let profile = settings.profile.clone().unwrap();
        let (mut taken, mut refused) = (0, Vec::new());
        let mut each = |row: TriedRow| match row.error {
            Some(error) => refused.push(error.reason.key()),
            None => taken += usize::from(row.skipped.is_none()),
        };
        try_profile(table, "t.csv", &settings, &profile, &mut each).unwrap();
        (taken, refused)
    }

    #[test]
    fn a_table_with_usual_headings_is_read_as_proposed() {
        let english = EN.replace(",Note", ",Memo");
        let with_semicolons = ZH.replace("\"1,100.00\"", "1100.00").replace(',', ";");
        let gbk = encoding_rs::GBK.encode(&ZH.replace('¥', "￥")).0.into_owned();
        for (table, count) in
            [(ZH.as_bytes(), 4), (&gbk, 4), (with_semicolons.as_bytes(), 4), (english.as_bytes(), 3)]
        {
            let proposed = guessed(table);
            // The sample has one time without seconds.
            let proposed = proposed.replace("   # cli.guess.time\n", "\n");
            assert_eq!(tried(&proposed, table), (count, vec![]), "{proposed}");
        }
        assert!(guessed(&english).contains("# cli.guess.left"));
    }

    #[test]
    fn what_is_not_sure_is_asked_and_what_is_missing_is_refused() {
        let table =
            "流水号,交易类型,订单号,金额,交易时间,状态\nA,支付,A,\"1.000,00\",01/02/2018 09:00:00,挂起\n";
        let proposed = guessed(table);
        for asked in [
            "decimal = \",\"\nthousands = \".\"",
            "# \"挂起\" = \"?\"   # cli.guess.word",
            "patterns = [\"%d/%m/%Y %H:%M:%S\"]   # cli.guess.times",
            "# [fields.channel]",
            "# [fields.currency]",
        ] {
            assert!(proposed.contains(asked), "{asked} in\n{proposed}");
        }
        let mistakes = read_profile("p.toml", &proposed).unwrap_err();
        let missing: Vec<&str> = mistakes.iter().filter_map(|mistake| mistake.arg("name")).collect();
        assert_eq!(missing, ["channel", "currency"]);
    }

    #[test]
    fn a_statement_and_a_journal_are_told_by_their_columns() {
        let statement = "账单日期,商户号,业务类型,商户订单号,渠道流水号,订单金额,币种,手续费,状态,完成时间\n\
            2018-09-12,M1,支付,R1,N1,10.00,CNY,0.06,成功,2018-09-12 09:00:00\n\
            2018-09-12,M1,退款,R2,N2,5.00,CNY,0.00,成功,2018-09-12 10:00:00\n";
        let proposed = guessed(statement);
        assert!(
            proposed.contains("makes = \"statement\"") && proposed.contains("# [fields.channel]"),
            "{proposed}"
        );
        let with_channel = format!("{proposed}\n[fields.channel]\nvalue = \"BANK\"\n");
        assert_eq!(tried(&with_channel, statement.as_bytes()), (2, vec![]), "{proposed}");
        let signed = statement
            .replace("业务类型,", "")
            .replace("支付,", "")
            .replace("退款,", "")
            .replace(",5.00", ",-5.00");
        let proposed = guessed(&signed);
        assert!(proposed.contains("sign_of = \"amount\""), "{proposed}");
        let with_channel = format!("{proposed}\n[fields.channel]\nvalue = \"BANK\"\n");
        assert_eq!(tried(&with_channel, signed.as_bytes()), (2, vec![]), "{proposed}");

        let pair = "凭证号,日期,科目编码,摘要,借方金额,贷方金额\n记-1,2018-09-12,1001,收款,5.00,\n记-1,2018-09-12,2190,收款,,5.00\n";
        let sided = "Voucher,Date,Account,Side,Amount\nJ1,2018-09-12,1001,Debit,-5.00\nJ1,2018-09-12,2190,Credit,-5.00\n";
        for (table, told) in [(pair, "side_of = \"amount\""), (sided, "\"Debit\" = \"debit\"")] {
            let proposed = guessed(table);
            assert!(proposed.contains("makes = \"journal\"") && proposed.contains(told), "{proposed}");
            // The second entry completes the voucher.
            assert_eq!(tried(&proposed, table.as_bytes()).1, [""; 0], "{proposed}");
        }
        // A list of trades stays one, and anybody may say what a table is.
        assert!([ZH, EN].iter().all(|table| guessed(table).contains("makes = \"trades\"")));
        let told = guess_profile(statement.as_bytes(), "t", Some(Makes::Trades), &|key, _| key.to_owned());
        assert!(told.unwrap().contains("makes = \"trades\""));
    }

    #[test]
    fn anything_gives_a_proposal_or_a_reason() {
        assert_eq!(
            guess_profile(b"".as_slice(), "t", None, &|_, _| String::new()).unwrap_err().reason,
            Reason::Empty {}
        );
        for bytes in [b"\"".as_slice(), b"a,b\n\"c", b",,,\n", b"x"] {
            assert!(guessed(bytes).contains("makes = \"trades\""));
        }
        assert!(guess_profile(b"a\xff\xff\n".as_slice(), "t", None, &|_, _| String::new()).is_err());
    }
}
