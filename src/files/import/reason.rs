//! Reasons for refusing a file: the place, and a reason with a stable key and named facts. The sentences,
//! which also say what to do, are in the locales under `file.<key>`.

use super::foreign::Foreign;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest excerpt of a file in an error, in characters.
pub(super) const SHOWN_CHARS: usize = 60;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $key:literal { $($field:ident: $type:ty),* },)+) => {
        /// Why a file is refused.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "key", rename_all = "snake_case")]
        pub enum Reason {
            /// The file is recognised as one that Storno does not import.
            Foreign {
                /// Its kind.
                kind: Foreign,
            },
            $($(#[doc = $doc])+ $name { $(#[doc = concat!("Fact `", stringify!($field), "` of the text.")] $field: $type),* },)+
        }

        impl Reason {
            /// Returns the keys of all reasons, to check that the locales are complete.
            #[must_use]
            pub fn keys() -> Vec<&'static str> {
                let mut keys = vec![$($key),+];
                keys.extend(Foreign::ALL.iter().map(|kind| kind.refusal_key()));
                keys
            }

            /// Returns the names of the facts of a key.
            #[cfg(test)]
            fn facts(key: &str) -> Vec<&'static str> {
                match key {
                    $($key => vec![$(stringify!($field)),*],)+
                    _ => vec!["kind"],
                }
            }

            /// Returns the stable key; the text is `file.<key>` in the locales.
            #[must_use]
            pub fn key(&self) -> &'static str {
                match self {
                    Self::Foreign { kind } => kind.refusal_key(),
                    $(Self::$name { .. } => $key,)+
                }
            }

            /// Returns the facts that the text names.
            #[must_use]
            pub fn args(&self) -> Vec<(&'static str, String)> {
                match self {
                    Self::Foreign { kind } => vec![("kind", kind.as_str().to_owned())],
                    $(Self::$name { $($field),* } => vec![$((stringify!($field), $field.to_string())),*],)+
                }
            }
        }
    };
}

reasons! {
    /// The file could not be read.
    Unreadable = "unreadable" { detail: String },
    /// No bytes, or blank lines only.
    Empty = "empty" {},
    /// The file has no known format.
    Unrecognised = "unrecognised" { start: String },
    /// A bill was requested in a format that is not one.
    NotABill = "not_a_bill" { format: String },
    /// Bytes that are not text in the expected encoding; `byte` counts from 1 in the whole file.
    WrongEncoding = "wrong_encoding" { expected: String, byte: u64 },
    /// A line longer than the limit.
    LineTooLong = "line_too_long" { limit: usize },
    /// An empty line that is not at the end.
    BlankLine = "blank_line" {},
    /// A control character.
    ControlCharacter = "control_character" { character: String },
    /// A quoted field that does not end on its line.
    UnterminatedQuote = "unterminated_quote" {},
    /// Text between a closing quote and the next comma.
    TextAfterQuote = "text_after_quote" {},
    /// A required column is missing.
    MissingColumn = "missing_column" { name: String },
    /// An unknown column.
    UnknownColumn = "unknown_column" { name: String },
    /// A duplicate column.
    DuplicateColumn = "duplicate_column" { name: String },
    /// No column for a field that a profile must fill.
    MissingColumnOf = "missing_column_of" { field: String, names: String },
    /// A field that a profile reads from above the header is not there.
    MissingAbove = "missing_above" { field: String, names: String },
    /// Two columns that a profile would read as one field.
    TwoColumnsOf = "two_columns_of" { field: String, first: String, second: String },
    /// A word that the profile's map of a field does not have.
    NotInMap = "not_in_map" { value: String, field: String, words: String },
    /// A number that is not written as the profile says.
    NumberMarks = "number_marks" { value: String, decimal: String, thousands: String },
    /// A time or date that fits none of the profile's patterns.
    NoPattern = "no_pattern" { value: String, patterns: String },
    /// Two columns that a profile says are the same differ.
    NotSame = "not_same" { value: String, column: String, other: String },
    /// Money in both or none of the columns of money in and money out.
    InAndOut = "in_and_out" {},
    /// A row with fewer fields than the header.
    TooFewFields = "too_few_fields" { expected: usize, found: usize },
    /// A row with more fields than the header.
    TooManyFields = "too_many_fields" { expected: usize, found: usize },
    /// A required field is empty.
    EmptyField = "empty_field" {},
    /// Not a valid name: too long, with surrounding blanks, or with control characters.
    BadName = "bad_name" { value: String, limit: usize },
    /// Not one of a closed list of words.
    UnknownWord = "unknown_word" { value: String, allowed: String },
    /// Not an ISO 4217 currency.
    UnknownCurrency = "unknown_currency" { value: String },
    /// A currency that the ledger does not keep.
    CurrencyNotKept = "currency_not_kept" { value: String, kept: String },
    /// Another currency than that of the account.
    CurrencyOfAccount = "currency_of_account" { value: String, account: String },
    /// An exchange into the currency that it comes from.
    SameCurrency = "same_currency" { value: String },
    /// Not a plain decimal number.
    NotANumber = "not_a_number" { value: String },
    /// A number that a spreadsheet program wrote in scientific notation.
    ScientificNotation = "scientific_notation" { value: String },
    /// More decimals than the currency has.
    TooPrecise = "too_precise" { value: String, currency: String },
    /// An amount larger than a ledger may hold.
    TooLarge = "too_large" { value: String },
    /// A negative amount where none is allowed.
    NegativeAmount = "negative_amount" { value: String },
    /// A zero amount where none is allowed.
    ZeroAmount = "zero_amount" {},
    /// A discount larger than the amount it is a part of.
    DiscountTooLarge = "discount_too_large" { value: String, amount: String },
    /// A sum that does not fit 64 bits.
    SumTooLarge = "sum_too_large" {},
    /// Not a valid time.
    BadTime = "bad_time" { value: String },
    /// Not a valid date.
    BadDate = "bad_date" { value: String },
    /// A trade without the customer that its kind names.
    NoCustomer = "no_customer" { trade_kind: String },
    /// A trade without the merchant that its kind names.
    NoMerchant = "no_merchant" { trade_kind: String },
    /// An event without the trade it belongs to.
    EventWithoutTrade = "event_without_trade" { event: String },
    /// Line numbers of a voucher do not run 1, 2, 3…
    LineNumber = "line_number" { voucher: String, expected: u64, found: String },
    /// A voucher continues after another one began.
    VoucherReturns = "voucher_returns" { voucher: String, first_line: u64, line: u64 },
    /// Lines of one voucher differ in what they must share.
    VoucherDiffers = "voucher_differs" { voucher: String, first_line: u64, first: String, here: String },
    /// A voucher with one line only.
    VoucherTooShort = "voucher_too_short" { voucher: String },
    /// A voucher with more lines than the limit.
    VoucherTooLong = "voucher_too_long" { voucher: String, limit: usize },
    /// Debits and credits of a voucher differ.
    Unbalanced = "unbalanced" { voucher: String, debit: String, credit: String },
    /// A record of fixed width that is shorter or longer.
    RecordWidth = "record_width" { expected: usize, found: usize },
    /// A field of fixed width that runs into the next one.
    FieldsJoined = "fields_joined" {},
    /// Not an amount in minor units with zeros in front.
    BadMinorAmount = "bad_minor_amount" { value: String },
    /// An amount that is not what the others of its row come to.
    AmountsDiffer = "amounts_differ" { value: String, expected: String },
    /// Not a time without a year.
    BadShortTime = "bad_short_time" { value: String },
    /// A time without a year that is after the day of its file, or long before it.
    YearUnclear = "year_unclear" { value: String, day: String, days: i32 },
    /// A bill whose rows have no year, and nothing that says its day.
    DayUnknown = "day_unknown" {},
    /// An error trade of which it is not known which way its money goes.
    ErrorWayUnknown = "error_way_unknown" { value: String, word: String, known: String },
    /// A field of a WeChat bill without its back-tick.
    MissingBacktick = "missing_backtick" {},
    /// Rows of several days in the bill of one day.
    MixedDays = "mixed_days" { first: String, first_line: u64, here: String },
    /// The last line of a plain statement is missing or has another form.
    StatementTotals = "statement_totals" { found: String },
    /// Rows of several channels, days or merchant numbers in a plain statement.
    MixedStatements = "mixed_statements" { first: String, here: String },
    /// The last line of a plain account statement is missing or has another form.
    AccountTotals = "account_totals" { found: String },
    /// Rows of several accounts, currencies or periods in a file of one account.
    MixedAccounts = "mixed_accounts" { first: String, here: String },
    /// An account statement without a row that names the account and a day.
    AccountOfNothing = "account_of_nothing" {},
    /// Rows of several days in a channel's table that is read as one statement.
    SeveralDays = "several_days" { first: String, here: String },
    /// A day before or after all rows of a table.
    DayNotInTable = "day_not_in_table" { day: String, from: String, to: String },
    /// A table without a footer whose last line has no end.
    CutLastLine = "cut_last_line" {},
    /// A plain statement without a row that names its channel and day.
    StatementOfNothing = "statement_of_nothing" {},
    /// Other rows beside the one of a plain statement without lines.
    NotTheOnlyRow = "not_the_only_row" {},
    /// Rows of several currencies.
    MixedCurrencies = "mixed_currencies" { first: String, here: String },
    /// The same kind of amount with both signs, so that the sign is not reliable.
    MixedSigns = "mixed_signs" { first_line: u64, value: String },
    /// The bill's head lacks something required.
    PreambleMissing = "preamble_missing" { what: String },
    /// A bill of several days.
    MoreThanOneDay = "more_than_one_day" { from: String, to: String },
    /// A row outside the bill's day.
    OutsideDay = "outside_day" { day: String, value: String },
    /// A row outside the days of an account statement.
    OutsidePeriod = "outside_period" { from: String, to: String, value: String },
    /// More received than ordered.
    ReceivedTooMuch = "received_too_much" { value: String, amount: String },
    /// The header once more between the rows.
    HeaderAgain = "header_again" {},
    /// The file ends before the end of its footer.
    FooterMissing = "footer_missing" { what: String },
    /// A footer that cannot be read.
    BadFooter = "bad_footer" { value: String },
    /// The footer's count differs from the rows.
    FooterCount = "footer_count" { name: String, expected: u64, actual: u64 },
    /// A sum in the footer differs from the rows.
    FooterSum = "footer_sum" { name: String, expected: String, actual: String },
    /// A balance that does not follow from the line before.
    BalanceBreaks = "balance_breaks" { expected: String, actual: String },
    /// A page of a statement whose first pages are not before it in the file.
    PageBeforeMissing = "page_before_missing" {},
    /// A page of a statement that goes on, without its next page behind it.
    PageAfterMissing = "page_after_missing" {},
    /// Balance forward and lines that are not the closing balance.
    BalanceSum = "balance_sum" { opening: String, sum: String, closing: String },
    /// Text after the footer.
    TextAfterFooter = "text_after_footer" {},
    /// Text in an encoding that is not read.
    UnknownEncoding = "unknown_encoding" { value: String },
    /// XML or SGML that cannot be read.
    BadXml = "bad_xml" { detail: String },
    /// XML with a document type or entities of its own.
    XmlEntities = "xml_entities" {},
    /// XML whose elements are nested deeper than the limit.
    XmlTooDeep = "xml_too_deep" { limit: usize },
    /// A tag or text of XML longer than the limit.
    XmlTooLong = "xml_too_long" { limit: usize },
    /// An element or field that a statement must have is missing.
    MissingPart = "missing_part" { name: String },
    /// An element or field that cannot be read.
    BadPart = "bad_part" { name: String, value: String },
    /// A gzip that is cut off or damaged.
    GzipDamaged = "gzip_damaged" { detail: String },
    /// A spreadsheet that cannot be read.
    SpreadsheetDamaged = "spreadsheet_damaged" { detail: String },
    /// A spreadsheet without the sheet that the profile names.
    NoSheet = "no_sheet" { sheet: String, sheets: String },
    /// All sheets of a spreadsheet are hidden, and the profile names none.
    NoVisibleSheet = "no_visible_sheet" { sheets: String },
    /// The sheet that is read has no cells.
    EmptySheet = "empty_sheet" { sheet: String, sheets: String },
    /// A table ends before the row in which its profile has the header.
    NoHeaderRow = "no_header_row" { row: u64 },
    /// A date is the number by which a spreadsheet program counts it.
    DateNumber = "date_number" { value: String },
    /// A line that is no JSON object.
    BadJson = "bad_json" { detail: String },
    /// A JSON object has a key twice.
    RepeatedKey = "repeated_key" { name: String },
    /// A database without a query in the profile.
    NoQuery = "no_query" {},
    /// A query that fails, or that does more than read.
    BadQuery = "bad_query" { detail: String },
    /// A zip that cannot be unpacked.
    ZipDamaged = "zip_damaged" { detail: String },
    /// A zip with a password.
    ZipEncrypted = "zip_encrypted" { entry: String },
    /// No importable file in the zip.
    ZipWithoutBill = "zip_without_bill" { entries: String },
    /// More than one importable file in the zip.
    ZipManyBills = "zip_many_bills" { entries: String },
    /// More files in the zip than the limit.
    ZipTooManyEntries = "zip_too_many_entries" { limit: usize },
    /// More bytes in the zip's file than the limit.
    UnpackedTooLarge = "unpacked_too_large" { limit: u64 },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())?;
        for (name, value) in self.args() {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

/// Formats an excerpt of a file for an error: control characters escaped, truncated with `…`.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == SHOWN_CHARS {
            shown.push('…');
            break;
        }
        if c.is_control() {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A column in an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Number, from 1; 0 for the constant of a profile.
    pub number: usize,
    /// Name in the file's header, if it has one.
    pub name: Option<String>,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}

/// A refused file with place and reason. Its `Display` is for logs; people get the locale's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}{}{}: {reason}", part(":", self.line.as_ref()), part(":", self.column.as_ref()))]
pub struct FileError {
    /// Name of the file as the caller gave it (`bill.zip:2088…_业务明细.csv` inside a zip).
    pub file: String,
    /// Line, from 1, if the error is in one.
    pub line: Option<u64>,
    /// Column, if the error is in one.
    pub column: Option<Column>,
    /// The reason.
    pub reason: Reason,
}

fn part<T: fmt::Display>(before: &str, value: Option<&T>) -> String {
    value.map_or_else(String::new, |value| format!("{before}{value}"))
}

impl FileError {
    /// Returns an error of the whole file; [`Self::in_file`] names it.
    pub(super) fn whole(reason: Reason) -> Box<Self> {
        Box::new(Self { file: String::new(), line: None, column: None, reason })
    }

    /// Returns an error at a line, from 1.
    pub(super) fn at(line: u64, reason: Reason) -> Box<Self> {
        Box::new(Self { file: String::new(), line: Some(line), column: None, reason })
    }

    /// Adds the column; `index` counts from 0.
    pub(super) fn in_column(mut self: Box<Self>, index: usize, name: Option<&str>) -> Box<Self> {
        self.column = Some(Column { number: index + 1, name: name.map(shown) });
        self
    }

    /// Adds the column that a profile read.
    pub(super) fn in_origin(mut self: Box<Self>, column: Column) -> Box<Self> {
        self.column = Some(column);
        self
    }

    /// Names the file.
    pub(super) fn in_file(mut self: Box<Self>, name: &str) -> Box<Self> {
        name.clone_into(&mut self.file);
        self
    }
}

/// Why reading ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The file is refused.
    #[error(transparent)]
    File(#[from] Box<FileError>),
    /// The receiver of the records failed.
    #[error("{0}")]
    Each(E),
}

impl<E> ReadError<E> {
    pub(super) fn in_file(self, name: &str) -> Self {
        match self {
            Self::File(error) => Self::File(error.in_file(name)),
            Self::Each(error) => Self::Each(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_file_line_column_and_reason() {
        let error = FileError::at(7, Reason::NotANumber { value: shown("１\t0") })
            .in_column(6, Some("amount"))
            .in_file("trades.csv");
        assert_eq!(error.to_string(), "trades.csv:7:7 (amount): not_a_number value=１\\t0");
        assert_eq!(FileError::whole(Reason::Empty {}).in_file("a").to_string(), "a: empty");
    }

    #[test]
    fn an_error_survives_the_wire() {
        for reason in [
            Reason::Foreign { kind: Foreign::Pdf },
            Reason::Empty {},
            Reason::FooterCount { name: "总交易单数".to_owned(), expected: 8, actual: 7 },
        ] {
            let error = *FileError::at(3, reason).in_column(0, None).in_file("b.csv");
            let wire = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<FileError>(&wire).unwrap(), error, "{wire}");
        }
    }

    #[test]
    fn every_reason_has_a_text_in_both_languages_with_its_facts() {
        let locale: toml::Table = include_str!("../../../assets/locales/files.toml").parse().unwrap();
        assert_eq!(locale["_version"].as_integer(), Some(2));
        let kinds = super::super::Format::ALL.iter().map(|format| format.as_str());
        let kinds = kinds.chain(Foreign::ALL.iter().map(|kind| kind.as_str()));
        let keys = Reason::keys().into_iter().map(|key| format!("file.{key}"));
        for key in keys.chain(kinds.map(|kind| format!("file.kind.{kind}"))) {
            for language in ["en", "zh-CN"] {
                let text = locale.get(&key).and_then(|texts| texts.get(language)?.as_str());
                assert!(text.is_some_and(|text| !text.trim().is_empty()), "{key} in {language}");
            }
            let holes = |language: &str| {
                let text = locale[&key][language].as_str().unwrap();
                let mut names: Vec<String> = text
                    .match_indices("%{")
                    .map(|(at, _)| text[at + 2..].split('}').next().unwrap().to_owned())
                    .collect();
                names.sort();
                names.dedup();
                names
            };
            assert_eq!(holes("en"), holes("zh-CN"), "{key}: the languages name different facts");
            let facts = Reason::facts(key.trim_start_matches("file."));
            for hole in holes("en") {
                assert!(facts.contains(&hole.as_str()), "{key}: no fact {hole}");
            }
        }
    }
}
