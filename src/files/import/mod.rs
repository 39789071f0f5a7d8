//! Readers of files: trades, journals of older systems, channel bills, and account statements.
//!
//! One file a format. Each has a `static READER` that says what the format is called on the command line
//! and how it is recognised, and a function `read`; the list `formats!` below is the only place that
//! names them all.
//!
//! | module | job |
//! |---|---|
//! | `trades`, `journal`, `wechat`, `alipay`, `statement` | the readers; `*_totals` check the footers of bills |
//! | `unionpay`, `unionpay_errors` | two more; `unionpay_file` is what they share |
//! | `wechat_fund`, `alipay_account`, `account_csv` | readers of account statements |
//! | `camt`, `mt940`, `ofx` | those of banks; `camt_entry`, `mt940_text`, `bank_codes`: what is in a booking |
//! | `account` | whether balances and lines of an account statement add up |
//! | `xml` | XML and SGML, element by element |
//! | `lines`, `fields`, `row` | bytes to lines, lines to fields, fields to typed values |
//! | `fixed` | the same for records of fixed width |
//! | `mapped`, `decoded`, `guessed` | a table of somebody else's, read by a profile; one proposed for it |
//! | `spreadsheet`, `json_lines`, `database` | tables that are no text, `rendered` as text |
//! | `head`, `foreign`, `detect` | recognise a file by its beginning |
//! | `download` | what the name of a downloaded bill tells |
//! | `format_words` | the words of the formats |
//! | `source`, `gzip`, `zip_entries` | a file on disk, what is in a gzip, or the one importable file in a zip |
//! | `bad_rows` | whether a bad row ends the reading, or is told and reading goes on |
//! | `reason` | why a file is refused, with line and column |
//!
//! Every reader works line by line, because in all these formats a record is a line: a line break inside a
//! quoted field would be a control character in a name, which the books do not accept. Line numbers are
//! therefore exact, a truncated file is detected, and GBK can be decoded a line at a time (its trail bytes
//! are never a line feed).
//!
//! A reader passes each record on as soon as it is read, before it has seen the end of the file. The caller
//! must therefore discard everything if the reader ends in an error: write inside one transaction, or read
//! twice. Readers never panic, whatever the bytes.

mod account;
mod account_csv;
mod alipay;
mod alipay_account;
mod alipay_totals;
mod bad_rows;
mod bank_codes;
mod bill;
mod camt;
mod camt_entry;
mod cells;
mod database;
mod decoded;
mod detect;
mod download;
mod fields;
mod fixed;
mod foreign;
mod format_words;
mod guessed;
mod gzip;
mod head;
mod journal;
mod json_lines;
mod lines;
mod mapped;
mod mt940;
mod mt940_text;
mod ofx;
mod reader;
mod reason;
mod rendered;
mod row;
mod source;
mod spreadsheet;
mod statement;
mod trades;
mod unionpay;
mod unionpay_errors;
mod unionpay_file;
mod voucher_index;
mod wechat;
mod wechat_fund;
mod wechat_totals;
mod xml;
mod zip_entries;

#[cfg(test)]
mod account_kit;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tables_kit;

pub use crate::files::column::{Accepts, FileColumn};
pub use account::AccountSummary;
pub use bill::{BillHead, BillSummary};
pub use cells::{CellRow, table_cells};
pub use detect::detect;
pub use download::Download;
pub use foreign::Foreign;
pub use guessed::guess_profile;
pub use journal::{JournalVoucher, MAX_VOUCHER_LINES};
pub use lines::MAX_LINE_BYTES;
pub use mapped::{SkippedRow, TriedRow};
pub use reader::{Codes, FileKind, Settings, Summary};
pub use reason::{Column, FileError, ReadError, Reason};
pub use source::{MAX_UNPACKED_BYTES, Source, open, opened, read_error, table, table_opened, unknown_table};
pub use zip_entries::MAX_ZIP_ENTRIES;

use crate::domain::account_statement::AccountPart;
use crate::domain::authored::AuthoredError;
use crate::domain::statement::StatementLine;
use crate::domain::trade::Channel;
use crate::domain::trade_news::ListedTrade;
use crate::files::profile::{Makes, TableProfile};
use bad_rows::{BadRows, Survey};
use reader::Reader;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::io::Read;

/// Declares [`Format`] and, for each group, the function that reads its formats.
macro_rules! formats {
    (
        trades { $($(#[doc = $tdoc:literal])+ $trades:ident = $tword:literal in $tmodule:ident;)+ }
        journals { $($(#[doc = $jdoc:literal])+ $journal:ident = $jword:literal in $jmodule:ident;)+ }
        bills { $($(#[doc = $bdoc:literal])+ $bill:ident = $bword:literal in $bmodule:ident;)+ }
        accounts { $($(#[doc = $adoc:literal])+ $account:ident = $aword:literal in $amodule:ident;)+ }
    ) => {
        /// A format that can be imported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Format {
            $($(#[doc = $tdoc])+ #[serde(rename = $tword)] $trades,)+
            $($(#[doc = $jdoc])+ #[serde(rename = $jword)] $journal,)+
            $($(#[doc = $bdoc])+ #[serde(rename = $bword)] $bill,)+
            $($(#[doc = $adoc])+ #[serde(rename = $aword)] $account,)+
        }

        impl Format {
            /// Every format: trades, journals, bills, account statements, each in the order of declaration.
            pub const ALL: &'static [Self] =
                &[$(Self::$trades,)+ $(Self::$journal,)+ $(Self::$bill,)+ $(Self::$account,)+];

            /// The word that is stored and printed; its name for people is `file.kind.<word>` in the locales.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$trades => $tword,)+
                    $(Self::$journal => $jword,)+
                    $(Self::$bill => $bword,)+
                    $(Self::$account => $aword,)+
                }
            }

            /// Returns what a file of this format contains.
            #[must_use]
            pub const fn kind(self) -> FileKind {
                match self {
                    $(Self::$trades => FileKind::Trades,)+
                    $(Self::$journal => FileKind::Journal,)+
                    $(Self::$bill => FileKind::Bill,)+
                    $(Self::$account => FileKind::Account,)+
                }
            }

            /// What the format's reader says of itself.
            const fn reader(self) -> &'static Reader {
                match self {
                    $(Self::$trades => &$tmodule::READER,)+
                    $(Self::$journal => &$jmodule::READER,)+
                    $(Self::$bill => &$bmodule::READER,)+
                    $(Self::$account => &$amodule::READER,)+
                }
            }
        }

        /// Reads a trades file; `each` gets the line number, from 1, and the trade.
        ///
        /// `name` is what errors call the file.
        ///
        /// # Errors
        /// [`ReadError::File`] if the file is refused, or `format` is not one of trades;
        /// [`ReadError::Each`] with the error of `each`.
        pub fn read_trades<E>(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(u64, ListedTrade) -> Result<(), E>,
        ) -> Result<Summary, ReadError<E>> {
            match format {
                $(Format::$trades => $tmodule::read(input, settings, &mut BadRows::Refuse, each),)+
                other => Err(another_kind(other, &[$($tword),+]).into()),
            }
            .map_err(|error| error.in_file(name))
        }

        /// Reads a journal file; `each` gets the vouchers in the order of the file, in the ledger's currency.
        ///
        /// `name` is what errors call the file.
        ///
        /// # Errors
        /// [`ReadError::File`] if the file is refused, or `format` is not a journal; [`ReadError::Each`]
        /// with the error of `each`.
        pub fn read_journal<E>(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(JournalVoucher) -> Result<(), E>,
        ) -> Result<Summary, ReadError<E>> {
            match format {
                $(Format::$journal => $jmodule::read(input, settings, &mut BadRows::Refuse, each),)+
                other => Err(another_kind(other, &[$($jword),+]).into()),
            }
            .map_err(|error| error.in_file(name))
        }

        /// Reads a channel's bill.
        ///
        /// `name` is what errors call the file. Times are the channel's clock, which is China's (+08:00) whatever
        /// the ledger's zone.
        ///
        /// # Errors
        /// [`ReadError::File`] if the file is refused, with [`Reason::NotABill`] if `format` is not a bill;
        /// [`ReadError::Each`] with the error of `each`.
        pub fn read_bill<E>(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
        ) -> Result<BillSummary, ReadError<E>> {
            match format {
                $(Format::$bill => $bmodule::read(input, settings, &mut BadRows::Refuse, each),)+
                other => Err(FileError::whole(Reason::NotABill { format: other.as_str().to_owned() }).into()),
            }
            .map_err(|error| error.in_file(name))
        }

        /// Reads a file of account statements; `each` gets its parts in the order of the file.
        ///
        /// `name` is what errors call the file.
        ///
        /// # Errors
        /// [`ReadError::File`] if the file is refused, or `format` is not one of account statements;
        /// [`ReadError::Each`] with the error of `each`.
        pub fn read_account<E>(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
        ) -> Result<AccountSummary, ReadError<E>> {
            match format {
                $(Format::$account => $amodule::read(input, settings, &mut BadRows::Refuse, each),)+
                other => Err(another_kind(other, &[$($aword),+]).into()),
            }
            .map_err(|error| error.in_file(name))
        }

        /// Passes the trades of a list to `each`, with their lines, leaving out bad rows.
        ///
        /// # Errors
        /// Why the file cannot be read on, or what is wrong with it as a whole; nothing for another kind of file.
        pub fn good_trades(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(u64, ListedTrade),
        ) -> Result<(), Box<FileError>> {
            let bad = &mut BadRows::Tell(Survey { each: &mut |_, _| (), count: 0 });
            let mut each = |line, listed| {
                each(line, listed);
                Ok(())
            };
            whole(name, match format {
                $(Format::$trades => $tmodule::read(input, settings, bad, &mut each).map(|_| ()),)+
                _ => Ok(()),
            })
        }

        /// Passes the lines of a bill to `each`, leaving out bad rows.
        ///
        /// # Errors
        /// Why the file cannot be read on, or what is wrong with it as a whole; nothing for another kind of file.
        pub fn good_lines(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(StatementLine),
        ) -> Result<(), Box<FileError>> {
            let bad = &mut BadRows::Tell(Survey { each: &mut |_, _| (), count: 0 });
            let mut each = |line| {
                each(line);
                Ok(())
            };
            whole(name, match format {
                $(Format::$bill => $bmodule::read(input, settings, bad, &mut each).map(|_| ()),)+
                _ => Ok(()),
            })
        }

        /// Reads a whole file for its bad rows: `each` gets the error of every one, and its text.
        ///
        /// `name` is what errors call the file. If a row is bad, sums in a footer are not compared.
        ///
        /// # Errors
        /// Why the file cannot be read on, or what is wrong with it as a whole.
        pub fn survey(
            input: impl Read,
            name: &str,
            settings: &Settings,
            format: Format,
            each: &mut dyn FnMut(FileError, &str),
        ) -> Result<(), Box<FileError>> {
            let mut each = |error: FileError, row: &str| each(FileError { file: name.to_owned(), ..error }, row);
            let bad = &mut BadRows::Tell(Survey { each: &mut each, count: 0 });
            let read: Result<(), ReadError<Infallible>> = match format {
                $(Format::$trades => $tmodule::read(input, settings, bad, &mut |_, _| Ok(())).map(|_| ()),)+
                $(Format::$journal => $jmodule::read(input, settings, bad, &mut |_| Ok(())).map(|_| ()),)+
                $(Format::$bill => $bmodule::read(input, settings, bad, &mut |_| Ok(())).map(|_| ()),)+
                $(Format::$account => $amodule::read(input, settings, bad, &mut |_| Ok(())).map(|_| ()),)+
            };
            whole(name, read)
        }
    };
}

formats! {
    trades {
        /// Trades of the trade layer.
        LocalTrades = "storno-trades-csv" in trades;
    }
    journals {
        /// Vouchers of an older system.
        LocalJournal = "storno-journal-csv" in journal;
    }
    bills {
        /// WeChat Pay's trade bill (交易账单).
        WechatTrade = "wechat-trade" in wechat;
        /// Alipay's trade detail (业务明细).
        AlipayTrade = "alipay-trade" in alipay;
        /// UnionPay's file of trades (ZM).
        UnionpayTrade = "unionpay-trade" in unionpay;
        /// UnionPay's file of error trades (差错交易, ZME).
        UnionpayErrors = "unionpay-errors" in unionpay_errors;
        /// A channel's statement as a plain CSV of our own.
        Statement = "storno-statement-csv" in statement;
    }
    accounts {
        /// WeChat Pay's fund bill (资金账单).
        WechatFund = "wechat-fund" in wechat_fund;
        /// Alipay's account detail (账务明细).
        AlipayAccount = "alipay-account" in alipay_account;
        /// An account statement as a plain CSV of our own.
        AccountCsv = "storno-account-csv" in account_csv;
        /// A bank's statement in XML (ISO 20022 camt.053, camt.052).
        IsoCamt = "iso-camt" in camt;
        /// A bank's statement in SWIFT's MT940.
        Mt940 = "mt940" in mt940;
        /// A bank's statement in OFX.
        Ofx = "ofx" in ofx;
    }
}

/// Passes the vouchers of a journal to `each`, leaving out those with bad rows.
///
/// # Errors
/// Why the file cannot be read on, or what is wrong with it as a whole.
pub fn good_vouchers(
    input: impl Read,
    name: &str,
    settings: &Settings,
    each: &mut dyn FnMut(JournalVoucher),
) -> Result<(), Box<FileError>> {
    let bad = &mut BadRows::Tell(Survey { each: &mut |_, _| (), count: 0 });
    let read: Result<_, ReadError<Infallible>> = journal::read(input, settings, bad, &mut |voucher| {
        each(voucher);
        Ok(())
    });
    whole(name, read.map(|_| ()))
}

/// Returns what is wrong with a file as a whole that was read past its bad rows.
fn whole(name: &str, read: Result<(), ReadError<Infallible>>) -> Result<(), Box<FileError>> {
    match read {
        Ok(()) => Ok(()),
        Err(ReadError::File(error)) => Err(error.in_file(name)),
        Err(ReadError::Each(never)) => match never {},
    }
}

/// Returns the columns of a journal with their numbers, from 1.
///
/// # Errors
/// Why the file has no head of a journal.
pub fn journal_columns(input: impl Read) -> Result<Vec<(&'static str, usize)>, Box<FileError>> {
    journal::column_numbers(input)
}

/// Returns the channel that a bill itself names; `None` for a format that belongs to one channel.
///
/// # Errors
/// Why the file is refused.
pub fn channel_named(
    input: impl Read,
    name: &str,
    settings: &Settings,
    format: Format,
) -> Result<Option<Channel>, Box<FileError>> {
    match format {
        Format::Statement => {
            statement::channel(input, settings).map(Some).map_err(|error| error.in_file(name))
        }
        _ => Ok(None),
    }
}

/// Reads a profile.
///
/// # Errors
/// Every mistake with its line and column.
pub fn read_profile(file: &str, text: &str) -> Result<TableProfile, Vec<AuthoredError>> {
    TableProfile::parse(file, text, columns_made)
}

/// Returns the columns that a profile may fill.
const fn columns_made(makes: Makes) -> &'static [FileColumn] {
    match makes {
        Makes::Trades | Makes::Statement => Format::made_by(makes).columns(),
        Makes::Journal => journal::TABLE_COLUMNS,
        Makes::Account => account_csv::TABLE_COLUMNS,
    }
}

/// Tells what each row of a table would become by a profile, without an end at the first that is refused.
///
/// `name` is what errors call the file.
///
/// # Errors
/// What is wrong with the table as a whole: its header, its encoding, its footer.
pub fn try_profile(
    input: impl Read,
    name: &str,
    settings: &Settings,
    profile: &TableProfile,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    let mut each = |mut row: TriedRow| {
        row.error = row.error.map(|error| FileError { file: name.to_owned(), ..error });
        each(row);
    };
    match profile.makes {
        Makes::Trades => trades::tried(input, settings, profile, &mut each),
        Makes::Journal => journal::tried(input, settings, profile, &mut each),
        Makes::Statement => statement::tried(input, settings, profile, &mut each),
        Makes::Account => account_csv::tried(input, settings, profile, &mut each),
    }
    .map_err(|error| error.in_file(name))
}

/// A refusal of a format of another kind than the function reads.
fn another_kind(format: Format, allowed: &[&str]) -> Box<FileError> {
    FileError::whole(Reason::UnknownWord { value: format.as_str().to_owned(), allowed: allowed.join(", ") })
}
