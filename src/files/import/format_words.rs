//! The words of the formats: as stored, as options, and which one a profile makes.

use super::Format;
use super::reader::FileKind;
use super::reason::{Reason, shown};
use crate::files::column::FileColumn;
use crate::files::profile::Makes;

impl Format {
    /// Returns the format whose rows a profile makes.
    #[must_use]
    pub const fn made_by(makes: Makes) -> Self {
        match makes {
            Makes::Trades => Self::LocalTrades,
            Makes::Journal => Self::LocalJournal,
            Makes::Statement => Self::Statement,
            Makes::Account => Self::AccountCsv,
        }
    }

    /// Returns whether the rows have no year, so that the day of the file is needed to read them.
    #[must_use]
    pub const fn needs_day(self) -> bool {
        matches!(self, Self::UnionpayTrade | Self::UnionpayErrors)
    }

    /// The word of the option `--format`; formats of different kinds may share one.
    #[must_use]
    pub const fn option(self) -> &'static str {
        self.reader().option
    }

    /// Returns the columns of a format of our own; none of a channel's.
    #[must_use]
    pub const fn columns(self) -> &'static [FileColumn] {
        self.reader().columns
    }

    /// Returns every word of the option `--format` once: those of bills first, then our own.
    #[must_use]
    pub fn options() -> Vec<&'static str> {
        let is_bill = |format: &&Self| format.kind() == FileKind::Bill;
        let (bills, local): (Vec<&Self>, Vec<&Self>) = Self::ALL.iter().partition(is_bill);
        let mut words = Vec::new();
        for format in bills.into_iter().chain(local) {
            if !words.contains(&format.option()) {
                words.push(format.option());
            }
        }
        words
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Format {
    type Err = Reason;
    fn from_str(text: &str) -> Result<Self, Reason> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let allowed: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            Reason::UnknownWord { value: shown(text), allowed: allowed.join(", ") }
        })
    }
}
