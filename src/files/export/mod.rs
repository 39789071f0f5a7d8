//! Writers of vouchers in formats of other programs.
//!
//! One file a format. Each has a `static WRITER` that says what the format is called, and a type that
//! implements `WriteVouchers`; the list `writers!` below is the only place that names them all.
//!
//! The caller begins an [`Exporter`] with what is exported, gives it each voucher with its entries, oldest
//! first, and ends it.

mod csv;
mod formula;

pub use formula::escape_formula;

use crate::domain::money::Currency;
use crate::domain::voucher::Voucher;
use jiff::civil::Date;
use serde::Serialize;
use std::io;

/// What a writer says of itself.
#[derive(Debug)]
pub struct Writer {
    /// The word on the command line; its description is `cli.writer.<word>` in the locales.
    pub word: &'static str,
    /// The usual ending of such a file, without the point.
    pub ending: &'static str,
    /// The media type (MIME).
    pub media: &'static str,
}

/// What is exported, for formats that say so in their head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Name of the ledger.
    pub ledger: String,
    /// Currency of its new accounts.
    pub currency: Currency,
    /// First accounting day; `None` for the ledger's first.
    pub from: Option<Date>,
    /// Last accounting day; `None` for the ledger's last.
    pub to: Option<Date>,
}

/// What an export contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Written {
    /// Vouchers.
    pub vouchers: u64,
    /// Entries.
    pub entries: u64,
}

/// How a format is written.
trait WriteVouchers<W: io::Write>: Sized {
    /// Writes the head.
    fn begin(out: W, scope: &Scope) -> io::Result<Self>;

    /// Writes one voucher with its entries.
    fn voucher(&mut self, voucher: &Voucher) -> io::Result<()>;

    /// Writes the foot and flushes.
    fn end(self) -> io::Result<W>;
}

/// Declares [`Format`] and, with a variant for each format, the [`Exporter`] that writes it.
macro_rules! writers {
    ($($(#[doc = $doc:literal])+ $name:ident in $module:ident;)+) => {
        /// A format that can be written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Format {
            /// Every format, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns what the format's writer says of itself.
            #[must_use]
            pub const fn writer(self) -> &'static Writer {
                match self { $(Self::$name => &$module::WRITER,)+ }
            }
        }

        enum Target<W: io::Write> {
            $($name($module::Vouchers<W>),)+
        }

        impl<W: io::Write> Target<W> {
            fn begin(format: Format, out: W, scope: &Scope) -> io::Result<Self> {
                Ok(match format { $(Format::$name => Self::$name(WriteVouchers::begin(out, scope)?),)+ })
            }

            fn voucher(&mut self, voucher: &Voucher) -> io::Result<()> {
                match self { $(Self::$name(writer) => writer.voucher(voucher),)+ }
            }

            fn end(self) -> io::Result<W> {
                match self { $(Self::$name(writer) => writer.end(),)+ }
            }
        }
    };
}

writers! {
    /// CSV with one row an entry.
    Csv in csv;
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.writer().word)
    }
}

/// An export under way. Vouchers are written one at a time; none is kept.
pub struct Exporter<W: io::Write> {
    target: Target<W>,
    written: Written,
}

impl<W: io::Write> Exporter<W> {
    /// Begins an export by writing its head to `out`. Small writes are not buffered: give a buffered writer.
    ///
    /// # Errors
    /// The error of `out`.
    pub fn begin(format: Format, out: W, scope: &Scope) -> io::Result<Self> {
        Ok(Self { target: Target::begin(format, out, scope)?, written: Written::default() })
    }

    /// Writes a voucher with its entries.
    ///
    /// # Errors
    /// The error of the output.
    pub fn voucher(&mut self, voucher: &Voucher) -> io::Result<()> {
        self.written.vouchers += 1;
        self.written.entries += voucher.entries.len() as u64;
        self.target.voucher(voucher)
    }

    /// Ends the export and returns the output, flushed, and what was written.
    ///
    /// # Errors
    /// The error of the output.
    pub fn end(self) -> io::Result<(W, Written)> {
        Ok((self.target.end()?, self.written))
    }
}
