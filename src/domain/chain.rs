//! The seal of a voucher: SHA-256 over the hash before and a length-prefixed canonical form.
//!
//! Every field is written as its byte length in decimal, a colon, and its UTF-8 bytes; an absent field as `-`. The
//! order of fields is that of [`Seal::voucher`] and [`Seal::entry`], and the file format page repeats it with a
//! short program, so that an outsider can verify a ledger without Storno. Balances are those of the public views:
//! positive on the account's normal side.

use sha2::{Digest, Sha256};

/// First field of every seal; a change of the layout changes it.
pub const LAYOUT: &str = "storno-voucher-1";

/// The hash before the first voucher.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The fields of a voucher in sealing order, as the public view prints them.
#[derive(Debug, Clone, Copy)]
pub struct SealedVoucher<'a> {
    /// Hash of the voucher before.
    pub prev_hash: &'a str,
    /// Place in the ledger.
    pub seq: i64,
    /// Number.
    pub voucher_no: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Mode.
    pub mode: &'a str,
    /// Trade.
    pub trade_no: Option<&'a str>,
    /// Event.
    pub event: Option<&'a str>,
    /// Number of the voucher it takes back.
    pub reverses: Option<&'a str>,
    /// Case.
    pub case_no: Option<&'a str>,
    /// Accounting day.
    pub accounting_date: &'a str,
    /// Business day.
    pub business_date: &'a str,
    /// Value date.
    pub value_date: &'a str,
    /// Reason code.
    pub reason: Option<&'a str>,
    /// Rule.
    pub rule: Option<&'a str>,
    /// Maker.
    pub maker: &'a str,
    /// Checker.
    pub checker: Option<&'a str>,
    /// When, RFC 3339.
    pub posted_at: &'a str,
    /// What for.
    pub memo: &'a str,
}

/// The fields of an entry in sealing order.
#[derive(Debug, Clone, Copy)]
pub struct SealedEntry<'a> {
    /// Line number.
    pub line: i64,
    /// Account code.
    pub account: &'a str,
    /// Number in the account's chain.
    pub account_seq: i64,
    /// Side.
    pub side: &'a str,
    /// Signed minor units.
    pub amount_minor: i64,
    /// Mode.
    pub mode: &'a str,
    /// Balance before on the normal side.
    pub balance_before_minor: i64,
    /// Balance after on the normal side.
    pub balance_after_minor: i64,
    /// Currency.
    pub currency: &'a str,
}

/// Builds canonical forms and hashes them; keeps its buffer from voucher to voucher.
#[derive(Debug, Default)]
pub struct Seal {
    form: String,
}

impl Seal {
    /// Starts the form of a voucher.
    pub fn voucher(&mut self, v: &SealedVoucher<'_>) {
        self.form.clear();
        self.text(LAYOUT);
        self.text(v.prev_hash);
        self.number(v.seq);
        self.text(v.voucher_no);
        self.text(v.kind);
        self.text(v.mode);
        self.maybe(v.trade_no);
        self.maybe(v.event);
        self.maybe(v.reverses);
        self.maybe(v.case_no);
        self.text(v.accounting_date);
        self.text(v.business_date);
        self.text(v.value_date);
        self.maybe(v.reason);
        self.maybe(v.rule);
        self.text(v.maker);
        self.maybe(v.checker);
        self.text(v.posted_at);
        self.text(v.memo);
    }

    /// Adds an entry; entries come in line order.
    pub fn entry(&mut self, e: &SealedEntry<'_>) {
        self.number(e.line);
        self.text(e.account);
        self.number(e.account_seq);
        self.text(e.side);
        self.number(e.amount_minor);
        self.text(e.mode);
        self.number(e.balance_before_minor);
        self.number(e.balance_after_minor);
        self.text(e.currency);
    }

    /// The hash, 64 lower-case hex digits.
    #[must_use]
    pub fn finish(&self) -> String {
        hex(&Sha256::digest(self.form.as_bytes()))
    }

    fn text(&mut self, text: &str) {
        self.form.push_str(itoa::Buffer::new().format(text.len()));
        self.form.push(':');
        self.form.push_str(text);
    }

    fn number(&mut self, number: i64) {
        let mut digits = itoa::Buffer::new();
        self.text(digits.format(number));
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.form.push('-'),
        }
    }
}

/// Lower-case hex of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// SHA-256 of `bytes` as lower-case hex; fingerprints of files and of idempotent requests.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
