//! The sheet in which people decide about findings: a row each, with columns for the decision, its reason, its last day
//! and a note. It is written in one language and read in either.

use crate::domain::decision::{DecisionVerdict, FindingDecision};
use crate::domain::money::Money;
use crate::domain::period::parse_date;
use crate::files::export::escape_formula;
use crate::files::import::CellRow;
use crate::i18n::{self, Lang};
use crate::protocol::decisions::{Decided, DecidedRow, DecisionRow, ProposedFinding};
use crate::protocol::names::Names;
use jiff::civil::{Date, DateTime};

/// A column of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SheetColumn {
    Finding,
    Cause,
    Severity,
    Trade,
    Channel,
    Day,
    Party,
    Amount,
    Effect,
    Currency,
    AgeDays,
    Due,
    Holder,
    Detail,
    Proposed,
    Decision,
    Reason,
    Until,
    Note,
    Mark,
}

impl SheetColumn {
    /// The columns in their order, each with the key of its heading.
    pub(super) const ALL: [(Self, &str); 20] = [
        (Self::Finding, "finding"),
        (Self::Cause, "cause"),
        (Self::Severity, "severity"),
        (Self::Trade, "trade"),
        (Self::Channel, "channel"),
        (Self::Day, "day"),
        (Self::Party, "party"),
        (Self::Amount, "amount"),
        (Self::Effect, "effect"),
        (Self::Currency, "currency"),
        (Self::AgeDays, "age_days"),
        (Self::Due, "due"),
        (Self::Holder, "holder"),
        (Self::Detail, "detail"),
        (Self::Proposed, "proposed"),
        (Self::Decision, "decision"),
        (Self::Reason, "reason"),
        (Self::Until, "until"),
        (Self::Note, "note"),
        (Self::Mark, "mark"),
    ];

    /// Columns without which no decision can be read.
    const NEEDED: [Self; 3] = [Self::Finding, Self::Decision, Self::Mark];

    /// Returns the heading in a language.
    pub(super) fn heading(key: &str, lang: Lang) -> String {
        i18n::word(lang, &format!("decision_sheet.{key}"))
    }

    /// Returns whether a person fills it in.
    pub(super) const fn is_answer(self) -> bool {
        matches!(self, Self::Decision | Self::Reason | Self::Until | Self::Note)
    }

    /// Returns whether a heading names the column with this key, in any language.
    fn is_named(key: &str, heading: &str) -> bool {
        let heading = heading.trim_start_matches('\u{feff}').trim();
        heading.eq_ignore_ascii_case(key)
            || [Lang::En, Lang::Zh]
                .iter()
                .any(|lang| heading.eq_ignore_ascii_case(&Self::heading(key, *lang)))
    }
}

/// What a cell of the sheet holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SheetCell {
    /// Text.
    Text(String),
    /// An amount in major units, with its decimals.
    Amount(String),
    /// A number.
    Number(i64),
    /// A day.
    Day(Date),
    /// A moment.
    Time(DateTime),
}

impl SheetCell {
    /// Returns the cell as plain text.
    fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Amount(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Time(time) => time.to_string().replace('T', " "),
        }
    }
}

/// Letter in front of a mark, without which a spreadsheet program may take its digits for a number.
const MARK_LETTER: char = 'm';

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// Returns the word for a decision that the sheet offers.
pub(super) fn decision_word(decision: FindingDecision, lang: Lang) -> String {
    i18n::word(lang, &format!("decision_word.{decision}"))
}

/// Returns the cells of a finding, in the order of the columns.
pub(super) fn cells(row: &ProposedFinding, names: &Names, lang: Lang) -> Vec<SheetCell> {
    let finding = &row.finding;
    let text = |text: Option<String>| SheetCell::Text(text.unwrap_or_default());
    let label = |family: &str, word: &str| SheetCell::Text(i18n::word(lang, &format!("{family}.{word}")));
    // Without thousands marks it is a number to a spreadsheet of any country.
    let money = |minor| SheetCell::Amount(Money::grouped_in(minor, &finding.currency).replace(',', ""));
    let cell = |column: SheetColumn| match column {
        SheetColumn::Finding => SheetCell::Text(finding.finding.clone()),
        SheetColumn::Cause => label("cause", finding.cause.as_str()),
        SheetColumn::Severity => label("severity", finding.severity.as_str()),
        SheetColumn::Trade => {
            text(finding.trade_no.as_ref().map(ToString::to_string).or_else(|| finding.channel_ref.clone()))
        }
        SheetColumn::Channel => text(row.channel.map(|channel| names.channel(lang, channel.as_str()))),
        SheetColumn::Day => SheetCell::Day(row.day),
        SheetColumn::Party => text(row.party.clone()),
        SheetColumn::Amount => money(finding.amount_minor),
        SheetColumn::Effect => row.effect_minor.map_or_else(|| text(None), money),
        SheetColumn::Currency => SheetCell::Text(finding.currency.clone()),
        SheetColumn::AgeDays => SheetCell::Number(finding.age_seconds.div_euclid(DAY_SECONDS).max(0)),
        SheetColumn::Due => finding.due.map_or_else(|| text(None), |due| SheetCell::Time(due.local())),
        SheetColumn::Holder => text(row.holder.clone()),
        SheetColumn::Detail => SheetCell::Text(finding.detail.clone()),
        SheetColumn::Proposed => SheetCell::Text(row.proposed.clone()),
        SheetColumn::Mark => SheetCell::Text(format!("{MARK_LETTER}{}", finding.mark)),
        SheetColumn::Decision | SheetColumn::Reason | SheetColumn::Until | SheetColumn::Note => text(None),
    };
    SheetColumn::ALL.iter().map(|(column, _)| cell(*column)).collect()
}

/// Returns the sheet as CSV: UTF-8 with a byte order mark; texts that would be formulas get a quote in front.
#[must_use]
pub fn decision_csv(rows: &[ProposedFinding], names: &Names, lang: Lang) -> Vec<u8> {
    let mut builder = ::csv::WriterBuilder::new();
    builder.terminator(::csv::Terminator::CRLF);
    let mut writer = builder.from_writer("\u{feff}".as_bytes().to_vec());
    let heads = SheetColumn::ALL.iter().map(|(_, key)| SheetColumn::heading(key, lang));
    // A vector takes every row.
    let _ = writer.write_record(heads);
    for row in rows {
        let cells = cells(row, names, lang);
        let _ = writer.write_record(cells.iter().map(|cell| escape_formula(&cell.text()).into_owned()));
    }
    writer.into_inner().unwrap_or_default()
}

/// What a file with decisions says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadDecisions {
    /// The decisions that can be read.
    pub rows: Vec<DecisionRow>,
    /// Those that cannot.
    pub bad: Vec<DecidedRow>,
    /// Findings without a decision.
    pub undecided: u64,
}

impl ReadDecisions {
    /// Returns what became of the decisions, with those that cannot be read in their places.
    #[must_use]
    pub fn with(self, mut decided: Decided) -> Decided {
        decided.rows.extend(self.bad);
        decided.rows.sort_by_key(|row| row.line);
        decided.undecided = self.undecided;
        decided
    }
}

/// Reads the decisions of a file. What cannot be read is told in a language.
///
/// # Errors
/// The heading of a column that is missing.
pub fn read_decisions(rows: &[CellRow], lang: Lang) -> Result<ReadDecisions, String> {
    let places = |cells: &[String]| {
        SheetColumn::ALL.map(|(_, key)| cells.iter().position(|cell| SheetColumn::is_named(key, cell)))
    };
    let known = |cells: &[String]| places(cells).iter().flatten().count();
    let Some(head) = (0..rows.len()).max_by_key(|at| (known(&rows[*at].1), std::cmp::Reverse(*at))) else {
        return Err(SheetColumn::heading("finding", lang));
    };
    let (_, headings) = &rows[head];
    let found = places(headings);
    let place = |wanted: SheetColumn| {
        let at = SheetColumn::ALL.iter().position(|(column, _)| *column == wanted);
        at.and_then(|at| found[at])
    };
    for (column, key) in SheetColumn::ALL {
        if SheetColumn::NEEDED.contains(&column) && place(column).is_none() {
            return Err(SheetColumn::heading(key, lang));
        }
    }
    let mut read = ReadDecisions::default();
    for (line, cells) in &rows[head + 1..] {
        let row = SheetRow { line: *line, cells, headings, place: &place };
        match row.decision() {
            Ok(Some(decided)) => read.rows.push(decided),
            Ok(None) => read.undecided += u64::from(!row.cell(SheetColumn::Finding).is_empty()),
            Err(wrong) => read.bad.push(row.bad(&wrong, lang)),
        }
    }
    Ok(read)
}

/// A row of the file, and where its columns are.
struct SheetRow<'r> {
    line: u64,
    cells: &'r [String],
    headings: &'r [String],
    place: &'r dyn Fn(SheetColumn) -> Option<usize>,
}

/// A cell that cannot be read, and the key of the reason.
struct WrongCell {
    column: SheetColumn,
    key: &'static str,
    decision: Option<FindingDecision>,
}

impl SheetRow<'_> {
    fn cell(&self, column: SheetColumn) -> &str {
        let cell = (self.place)(column).and_then(|at| self.cells.get(at));
        cell.map_or("", |cell| cell.trim())
    }

    /// Returns the decision of the row; `None` if there is none.
    fn decision(&self) -> Result<Option<DecisionRow>, WrongCell> {
        let word = self.cell(SheetColumn::Decision);
        let finding = self.cell(SheetColumn::Finding);
        if word.is_empty() {
            return Ok(None);
        }
        let is_meant = |decision: &&FindingDecision| {
            let words = [Lang::En, Lang::Zh].map(|lang| decision_word(**decision, lang));
            word.eq_ignore_ascii_case(decision.as_str()) || words.iter().any(|known| known == word)
        };
        let Some(decision) = FindingDecision::ALL.iter().find(is_meant).copied() else {
            let column = SheetColumn::Decision;
            return Err(WrongCell { column, key: "decision.unknown", decision: None });
        };
        let wrong = |column, key| WrongCell { column, key, decision: Some(decision) };
        if finding.is_empty() {
            return Err(wrong(SheetColumn::Finding, "decision.no_finding"));
        }
        let mark = self.cell(SheetColumn::Mark).trim_start_matches(MARK_LETTER);
        if mark.is_empty() && decision != FindingDecision::Leave {
            return Err(wrong(SheetColumn::Mark, "decision.no_mark"));
        }
        let until = match self.cell(SheetColumn::Until) {
            "" => None,
            text => Some(day(text).ok_or_else(|| wrong(SheetColumn::Until, "decision.no_day"))?),
        };
        let given = |column| Some(self.cell(column).to_owned()).filter(|text| !text.is_empty());
        Ok(Some(DecisionRow {
            line: self.line,
            finding: finding.to_owned(),
            mark: mark.to_owned(),
            decision,
            reason: given(SheetColumn::Reason),
            until,
            note: given(SheetColumn::Note),
        }))
    }

    /// Returns the row as one that cannot be carried out.
    fn bad(&self, wrong: &WrongCell, lang: Lang) -> DecidedRow {
        let at = (self.place)(wrong.column);
        let name = at.and_then(|at| self.headings.get(at)).cloned();
        let words = FindingDecision::ALL.iter().map(|decision| decision_word(*decision, lang));
        let args = [
            ("value", self.cell(wrong.column).escape_debug().to_string()),
            ("allowed", words.collect::<Vec<_>>().join(", ")),
        ];
        DecidedRow {
            line: self.line,
            column: at.map(|at| at + 1).zip(name),
            finding: self.cell(SheetColumn::Finding).to_owned(),
            decision: wrong.decision,
            verdict: DecisionVerdict::Ineligible,
            case_no: None,
            code: None,
            what: i18n::text(lang, wrong.key, &args),
        }
    }
}

/// Returns a day as people and spreadsheet programs write it: `2018-09-20`, `2018/9/20`, `2018年9月20日`, also with
/// a time of midnight behind.
fn day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next().unwrap_or_default().trim_end_matches('日');
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    parse_date(&format!("{year}-{month:0>2}-{day:0>2}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        for text in [
            "2018-09-02",
            "2018/9/2",
            "2018.9.2",
            "2018年9月2日",
            "2018-09-02 00:00:00",
            "2018-09-02T00:00:00",
        ] {
            assert_eq!(day(text).map(|day| day.to_string()).as_deref(), Some("2018-09-02"), "{text}");
        }
        for text in ["", "2/9/2018", "2018-13-01", "2018-02-30", "43345", "tomorrow"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn headings_and_words_of_either_language_are_read_wherever_they_stand() {
        let row = |line: u64, cells: &[&str]| (line, cells.iter().map(|cell| (*cell).to_owned()).collect());
        for (heads, words) in [
            (["Mark of the facts", "Finding", "Decision", "Note"], ["plan", "LEAVE"]),
            (["要素标记", "差错编号", "决定", "说明"], ["更正", "保留"]),
            (["mark", "finding", "decision", "note"], ["plan", "leave"]),
        ] {
            let rows: Vec<CellRow> = vec![
                row(1, &["our findings"]),
                row(2, &heads),
                row(4, &["m1f", "short/T1", words[0], "x"]),
                row(5, &["", "short/T2", words[1]]),
                row(6, &["m2f", "short/T3", ""]),
                row(7, &["m2f", "short/T4", "?"]),
            ];
            let read = read_decisions(&rows, Lang::En).unwrap();
            let told = read.rows.iter().map(|row| (row.line, row.decision, row.mark.as_str()));
            let expected = [(4, FindingDecision::Plan, "1f"), (5, FindingDecision::Leave, "")];
            assert_eq!(told.collect::<Vec<_>>(), expected);
            assert_eq!((read.undecided, read.bad.len(), read.bad[0].line), (1, 1, 7));
        }
        assert_eq!(
            read_decisions(&[row(1, &["Finding", "Decision"])], Lang::En).unwrap_err(),
            "Mark of the facts"
        );
        assert!(read_decisions(&[], Lang::En).is_err());
    }
}
