//! A profile proposed for a table: its first rows are split in every way, and the way that gives most headings that
//! are known is taken.

use super::decoded::decoded;
use super::fields::Fields;
use super::lines::{Encoding, Line, Lines, io_reason};
use super::reason::{FileError, Reason};
use super::{Format, columns_made};
use crate::files::profile::{
    Makes, SHIPPED_PROFILES, SampleTable, TableProfile, TextEncoding, guess, known_headings,
};
use std::io::Read;

/// Rows that a proposal is made from.
const SAMPLE_ROWS: usize = 1_000;

/// The ways in which rows are split.
const DELIMITERS: [(&str, u8); 4] = [(",", b','), (";", b';'), ("tab", b'\t'), ("|", b'|')];

/// Returns a profile for a table of trades; `note` returns the words of a comment, by key and facts.
///
/// # Errors
/// A file that is empty or cannot be read as text; `name` is what errors call it.
pub fn guess_profile(
    input: impl Read,
    name: &str,
    note: &dyn Fn(&str, &[(&str, String)]) -> String,
) -> Result<String, Box<FileError>> {
    let lines = sample(input).map_err(|error| error.in_file(name))?;
    if lines.is_empty() {
        return Err(FileError::whole(Reason::Empty {}).in_file(name));
    }
    let columns = Format::made_by(Makes::Trades).columns();
    let parse = |text| TableProfile::parse("", text, columns_made).ok();
    let shipped = SHIPPED_PROFILES.iter().filter_map(|shipped| parse(shipped.text));
    let known: Vec<TableProfile> = shipped.filter(|profile| profile.makes == Makes::Trades).collect();
    let tables = DELIMITERS.map(|(word, byte)| split(&lines, word, byte));
    let most = tables.iter().map(|table| known_headings(table, &known)).max().unwrap_or_default();
    let best = tables.iter().find(|table| known_headings(table, &known) == most);
    Ok(best.map_or_else(String::new, |table| guess(table, &known, columns, note)))
}

/// Returns the first lines of a file.
fn sample(input: impl Read) -> Result<Vec<String>, Box<FileError>> {
    let text = decoded(input, TextEncoding::Auto).map_err(|error| FileError::at(1, io_reason(&error)))?;
    let mut lines = Lines::with_blank_lines(text, Encoding::Either);
    let mut found = Vec::new();
    while found.len() < SAMPLE_ROWS {
        let Some(line) = lines.next()? else { break };
        found.push(line.text.to_owned());
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
    use super::super::{Codes, Settings, TriedRow, read_profile, try_profile};
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::period::parse_zone;

    const ZH: &str = include_str!("../../../tests/data/profiles/trades-zh.csv");
    const EN: &str = include_str!("../../../tests/data/profiles/trades-en.csv");

    fn guessed(table: impl AsRef<[u8]>) -> String {
        guess_profile(table.as_ref(), "t.csv", &|key, _| key.to_owned()).unwrap()
    }

    /// Rows that a proposal takes, and the reasons of those that it refuses.
    fn tried(profile: &str, table: &[u8]) -> (usize, Vec<&'static str>) {
        let profile = read_profile("p.toml", profile).unwrap();
        let settings = Settings {
            currency: Currency::CNY,
            zone: parse_zone("Asia/Shanghai").unwrap(),
            codes: Codes::named(),
            profile: None,
            day: None,
        };
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
    fn anything_gives_a_proposal_or_a_reason() {
        assert_eq!(
            guess_profile(b"".as_slice(), "t", &|_, _| String::new()).unwrap_err().reason,
            Reason::Empty {}
        );
        for bytes in [b"\"".as_slice(), b"a,b\n\"c", b",,,\n", b"x"] {
            assert!(guessed(bytes).contains("makes = \"trades\""));
        }
        assert!(guess_profile(b"a\xff\xff\n".as_slice(), "t", &|_, _| String::new()).is_err());
    }
}
