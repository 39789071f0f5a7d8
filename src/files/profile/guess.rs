//! A profile proposed for a table, from its headings and values.
//!
//! The headings and words that are known are those of the shipped profiles. What is not sure is a comment: a field
//! that must be filled and is not found is left out, so that the proposal is refused until somebody has decided.

use super::definition::{CellSource, Field, Makes, NumberForm, SignRule, TableProfile, TimeForm};
use super::heading::folded;
use super::number::plain;
use super::time::time;
use crate::domain::account::Side;
use crate::domain::statement::LineKind;
use crate::files::column::{Accepts, FileColumn};

/// Rows in which a header is looked for.
const HEADER_ROWS: usize = 30;

/// Currency signs and units around amounts.
const SIGNS: [&str; 6] = ["¥", "￥", "元", "$", "€", "£"];

/// First cells of rows that are sums.
const SUMS: [&str; 6] = ["合计", "小计", "总计", "Total", "TOTAL", "Subtotal"];

/// Patterns of times, those that no other could mean first.
const PATTERNS: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H%M%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
];

/// Words of a note: key of the text, and facts.
pub(crate) type CommentWords<'n> = dyn Fn(&str, &[(&str, String)]) -> String + 'n;

/// The first rows of a table, split one way.
pub(crate) struct SampleTable {
    /// The word of the delimiter.
    pub(crate) delimiter: &'static str,
    /// Its rows.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Returns how well a way of splitting fits: how many headings are known in the best row.
pub(crate) fn known_headings(table: &SampleTable, known: &[&TableProfile]) -> usize {
    header(table, known).map_or(0, |(_, count)| count)
}

/// Returns how much speaks for reading a table as one of a format, of whose headings `count` are known in it. Debits
/// and credits make a journal; a balance makes an account statement; a fee, the channel's number and a merchant number
/// without a customer make a statement.
pub(crate) fn fits(makes: Makes, table: &SampleTable, known: &[&TableProfile], count: usize) -> usize {
    let (at, _) = header(table, known).unwrap_or_default();
    let heads: Vec<&str> = table.rows.get(at).into_iter().flatten().map(|head| head.trim()).collect();
    let note = |_: &str, _: &[(&str, String)]| String::new();
    let guesser = Guesser { makes, known, heads: &heads, rows: Vec::new(), note: &note };
    let has = |name| guesser.find(name).is_some();
    let is_told = match makes {
        Makes::Trades => has("customer"),
        Makes::Journal => guesser.pair().is_some() || (has("account") && has("side") && has("amount")),
        Makes::Statement => has("channel_fee") && has("channel_no") && has("merchant_no"),
        Makes::Account => has("balance"),
    };
    // A customer is no channel's business, so a table with one is a list of trades before it is a statement.
    let more = match makes {
        Makes::Trades => 3 * heads.len(),
        Makes::Statement => heads.len(),
        Makes::Journal => 5 * heads.len(),
        Makes::Account => 6 * heads.len(),
    };
    count + if is_told { more } else { 0 }
}

/// Returns the index of the row that has most headings that are known, and how many.
fn header(table: &SampleTable, known: &[&TableProfile]) -> Option<(usize, usize)> {
    let count = |row: &Vec<String>| {
        let is_known = |cell: &&String| {
            let fields = known.iter().flat_map(|profile| &profile.fields);
            fields.into_iter().any(|field| is_heading(field, &folded(cell)))
        };
        row.iter().filter(is_known).count()
    };
    let rows = table.rows.iter().take(HEADER_ROWS).map(count).enumerate();
    rows.max_by(|(a, most), (b, more)| most.cmp(more).then(b.cmp(a))).filter(|(_, count)| *count > 0)
}

/// Returns whether a folded heading is one of a field's: its own name, or a spelling of a shipped profile.
fn is_heading(field: &Field, heading: &str) -> bool {
    let spelt = field.columns().concat().iter().any(|name| folded(name) == heading);
    spelt || heading == field.name
}

/// Returns a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Returns a proposal; `columns` are those of the format that is made.
pub(crate) fn guess(
    makes: Makes,
    table: &SampleTable,
    known: &[&TableProfile],
    columns: &'static [FileColumn],
    note: &CommentWords<'_>,
) -> String {
    let (at, _) = header(table, known).unwrap_or_default();
    let heads: Vec<&str> = table.rows.get(at).into_iter().flatten().map(|head| head.trim()).collect();
    let rows: Vec<&Vec<String>> = table.rows.iter().skip(at + 1).filter(|row| !is_sum(row)).collect();
    let guesser = Guesser { makes, known, heads: &heads, rows, note };
    let mut out = format!("# {}\nmakes = \"{makes}\"\n", note("cli.guess.head", &[]));
    if let Some(sum) = table.rows.iter().skip(at + 1).find(|row| is_sum(row)) {
        let index = sum.iter().position(|cell| !cell.trim().is_empty()).unwrap_or_default();
        let (head, value) = (heads.get(index).copied().unwrap_or_default(), sum[index].trim());
        out.push_str(&format!("skip = [{{ columns = [{}], is = [{}] }}]\n", quoted(head), quoted(value)));
    }
    out.push_str("\n[table]\n");
    out.push_str(&format!("delimiter = {}\n", quoted(table.delimiter)));
    let mut used = Vec::new();
    for column in columns {
        out.push_str(&guesser.field(column, &mut used));
    }
    let left: Vec<&str> =
        heads.iter().filter(|head| !head.is_empty() && !used.contains(*head)).copied().collect();
    if !left.is_empty() {
        out.push_str(&format!("\n# {}\n", note("cli.guess.left", &[("columns", left.join(", "))])));
    }
    out
}

/// Returns whether the first cell with text of a row names a sum.
fn is_sum(row: &[String]) -> bool {
    let first = row.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty());
    first.is_some_and(|cell| SUMS.contains(&cell))
}

/// What a proposal is made from.
struct Guesser<'g> {
    makes: Makes,
    known: &'g [&'g TableProfile],
    heads: &'g [&'g str],
    rows: Vec<&'g Vec<String>>,
    note: &'g CommentWords<'g>,
}

impl<'g> Guesser<'g> {
    /// Returns the definitions of a field in the shipped profiles.
    fn known(&self, name: &'g str) -> impl Iterator<Item = &'g Field> + use<'g> {
        self.known.iter().flat_map(|profile| &profile.fields).filter(move |field| field.name == name)
    }

    /// Returns the index of a field's column: that of the spelling that is named first.
    fn find(&self, name: &'g str) -> Option<usize> {
        let columns = self.known(name).flat_map(|field| field.columns().concat());
        let spellings: Vec<String> = std::iter::once(name.to_owned()).chain(columns).collect();
        self.spelt(&spellings)
    }

    /// Returns the index of the column with the first of these spellings that the table has.
    fn spelt(&self, spellings: &[String]) -> Option<usize> {
        let heads: Vec<String> = self.heads.iter().map(|head| folded(head)).collect();
        spellings.iter().find_map(|spelling| heads.iter().position(|head| *head == folded(spelling)))
    }

    /// Returns the indexes of the columns of debits and of credits, if the table has both.
    fn pair(&self) -> Option<(usize, usize)> {
        self.known("amount").find_map(|field| match &field.from {
            CellSource::DebitAndCredit(debit, credit) => Some((self.spelt(debit)?, self.spelt(credit)?)),
            _ => None,
        })
    }

    /// Returns whether the amounts of the table's only column of them have signs that tell a side or a direction.
    fn is_signed(&self) -> bool {
        let amounts = self.find("amount").map_or_else(Vec::new, |index| self.values(index));
        self.pair().is_none() && amounts.iter().any(|value| value.contains('-'))
    }

    /// Returns the lines of a field that other fields tell: which side or direction an amount has.
    fn told(&self, column: &FileColumn, used: &mut Vec<&'g str>) -> Option<String> {
        let head = format!("\n[fields.{}]\n", column.name);
        match (self.makes, column.name, self.pair()) {
            (Makes::Journal, "side", Some(_)) => Some(format!("{head}side_of = \"amount\"\n")),
            (Makes::Journal, "amount", Some((debit, credit))) => {
                let name = |index: usize| self.heads.get(index).copied().unwrap_or_default();
                used.extend([name(debit), name(credit)]);
                let values = [self.values(debit), self.values(credit)].concat();
                let columns = format!(
                    "debit_columns = [{}]\ncredit_columns = [{}]\n",
                    quoted(name(debit)),
                    quoted(name(credit))
                );
                Some(format!("{head}{columns}{}", self.numbers(column, &values)))
            }
            (Makes::Journal, "side", None) | (Makes::Statement, "kind", _)
                if self.find(column.name).is_none() && self.is_signed() =>
            {
                let (plus, minus) = match self.makes {
                    Makes::Journal => (Side::Debit.as_str(), Side::Credit.as_str()),
                    _ => (LineKind::Pay.as_str(), LineKind::Refund.as_str()),
                };
                let map = format!("map = {{ \"+\" = \"{plus}\", \"-\" = \"{minus}\" }}");
                Some(format!(
                    "{head}sign_of = \"amount\"\n{map}   # {}\n",
                    (self.note)("cli.guess.signs", &[])
                ))
            }
            _ => None,
        }
    }

    /// Returns the different values of a column that are not empty, in order.
    fn values(&self, index: usize) -> Vec<&'g str> {
        let mut values: Vec<&str> = Vec::new();
        for row in &self.rows {
            let value = row.get(index).map_or("", |cell| cell.trim());
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Returns the lines of a field; none if it is optional and not found.
    fn field(&self, column: &'static FileColumn, used: &mut Vec<&'g str>) -> String {
        if let Some(told) = self.told(column, used) {
            return told;
        }
        let head = format!("\n[fields.{}]\n", column.name);
        let Some(index) = self.find(column.name) else { return self.missing(column, &head) };
        let name = self.heads.get(index).copied().unwrap_or_default();
        used.push(name);
        let mut out = format!("{head}columns = [{}]\n", quoted(name));
        let values = self.values(index);
        match column.accepts {
            Accepts::Amount => out.push_str(&self.numbers(column, &values)),
            Accepts::Time | Accepts::Date => out.push_str(&self.times(&values)),
            Accepts::TradeKind | Accepts::Channel | Accepts::Words(_) => {
                out.push_str(&self.map(column, &values));
            }
            _ => {}
        }
        out
    }

    /// Returns the lines of a field that has no column.
    fn missing(&self, column: &FileColumn, head: &str) -> String {
        if !column.required {
            return String::new();
        }
        // What a shipped profile always fills the same way without knowing the table.
        let constant = self.known(column.name).find_map(|field| match &field.from {
            CellSource::Constant(value) => Some(value.as_str()),
            _ => None,
        });
        // Which channel's table it is, only the user knows.
        let constant = constant.filter(|_| !matches!(column.accepts, Accepts::Channel));
        let is_yuan = self.heads.iter().any(|head| head.contains('元'));
        let value = match column.accepts {
            Accepts::Amount if column.name == "channel_fee" => Some("0"),
            Accepts::Currency => constant.or(Some("CNY")).filter(|_| is_yuan),
            _ => constant,
        };
        if let Some(value) = value {
            return format!(
                "{head}# {}\nvalue = {}\n",
                (self.note)("cli.guess.constant", &[]),
                quoted(value)
            );
        }
        let asked = (self.note)("cli.guess.missing", &[("field", column.name.to_owned())]);
        format!("\n# {asked}\n# [fields.{}]\n# columns = [\"?\"]\n", column.name)
    }

    /// Returns what the words of a column mean.
    fn map(&self, column: &FileColumn, values: &[&str]) -> String {
        let mut own: Vec<&str> = if let Accepts::Words(words) = column.accepts {
            words()
        } else {
            let maps = self.known(column.name).filter_map(|field| field.map.as_ref()).flatten();
            maps.map(|(_, value)| value.as_str()).collect()
        };
        own.sort_unstable();
        own.dedup();
        if values.iter().all(|value| own.contains(value)) {
            return String::new();
        }
        let mut out = format!("[fields.{}.map]\n", column.name);
        for value in values {
            let mut maps = self.known(column.name).filter_map(|field| field.map.as_ref()).flatten();
            let meant = maps.find(|(word, _)| word == value).map(|(_, meant)| meant.as_str());
            if let Some(meant) = meant.or_else(|| own.contains(value).then_some(value)) {
                out.push_str(&format!("{} = {}\n", quoted(value), quoted(meant)));
            } else {
                let asked = (self.note)("cli.guess.word", &[("words", own.join(", "))]);
                out.push_str(&format!("# {} = \"?\"   # {asked}\n", quoted(value)));
            }
        }
        out
    }

    /// Returns how the numbers of a column are written.
    fn numbers(&self, column: &FileColumn, values: &[&str]) -> String {
        let mut out = String::new();
        let signs: Vec<&str> =
            SIGNS.into_iter().filter(|sign| values.iter().any(|value| value.contains(sign))).collect();
        if !signs.is_empty() {
            let signs: Vec<String> = signs.iter().map(|sign| quoted(sign)).collect();
            out.push_str(&format!("strip = [{}]\n", signs.join(", ")));
        }
        let bare: Vec<String> = values
            .iter()
            .map(|value| value.replace(SIGNS.map(|sign| sign.chars().next().unwrap_or(' ')), ""))
            .collect();
        let fits = |decimal: char, thousands: Option<char>| {
            let form = NumberForm { decimal, thousands, scale: 0, sign: SignRule::AsIs };
            bare.iter().all(|value| plain(value, &form).is_some())
        };
        let ways = [('.', None), ('.', Some(',')), (',', None), (',', Some('.')), (',', Some(' '))];
        match ways.into_iter().find(|(decimal, thousands)| fits(*decimal, *thousands)) {
            None => out.push_str(&format!("# {}\n", (self.note)("cli.guess.number", &[]))),
            Some((decimal, thousands)) => {
                if decimal != '.' {
                    out.push_str(&format!("decimal = {}\n", quoted(&decimal.to_string())));
                }
                if let Some(mark) = thousands {
                    out.push_str(&format!("thousands = {}\n", quoted(&mark.to_string())));
                }
            }
        }
        // A negative amount of a journal with sides is a red entry, and stays one.
        let is_red = self.makes == Makes::Journal && (self.pair().is_some() || self.find("side").is_some());
        if column.name == "amount" && !is_red && bare.iter().any(|value| value.contains('-')) {
            out.push_str(&format!("sign = \"absolute\"   # {}\n", (self.note)("cli.guess.sign", &[])));
        }
        if column.name == "channel_fee" {
            out.push_str("if_empty = \"0\"\n");
        }
        out
    }

    /// Returns the patterns of the times of a column.
    fn times(&self, values: &[&str]) -> String {
        let reads = |pattern: &&&str, value: &str| {
            time(value, &TimeForm { patterns: vec![(**pattern).to_owned()], zone: None }).is_some()
        };
        let all: Vec<&&str> =
            PATTERNS.iter().filter(|pattern| values.iter().all(|value| reads(pattern, value))).collect();
        let quote = |patterns: &[&&str]| {
            let patterns: Vec<String> = patterns.iter().map(|pattern| quoted(pattern)).collect();
            patterns.join(", ")
        };
        match all.as_slice() {
            [] => {
                let some: Vec<&&str> = PATTERNS
                    .iter()
                    .filter(|pattern| values.iter().any(|value| reads(pattern, value)))
                    .collect();
                let asked = (self.note)("cli.guess.time", &[]);
                format!("patterns = [{}]   # {asked}\n", quote(&some))
            }
            [only] => format!("patterns = [{}]\n", quote(&[*only])),
            [first, others @ ..] => {
                let others: Vec<&str> = others.iter().map(|pattern| **pattern).collect();
                let asked = (self.note)("cli.guess.times", &[("others", others.join(", "))]);
                format!("patterns = [{}]   # {asked}\n", quote(&[*first]))
            }
        }
    }
}
