//! The plan of a sample ledger: how many trades, over which days, with which mistakes.

use crate::domain::finding::Cause;
use crate::domain::id::TradeNo;
use crate::domain::rejection::{Code, Rejection};
use crate::sample::mistake::Mistake;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Most customers of one plan: the balances of each take 24 bytes of memory.
pub const MAX_ACCOUNTS: u64 = 1_000_000;

/// Most trades of one plan; longer trade numbers would be hard to read.
pub const MAX_TRADES: u64 = 1_000_000_000;

/// Most days of one plan: ten years.
pub const MAX_DAYS: u32 = 3660;

/// A share in parts per million, parsed from `0.5%`, `200ppm` or a plain share such as `0.002`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Rate(u32);

impl Rate {
    /// Parts of the whole.
    pub const WHOLE: u32 = 1_000_000;

    /// Returns a share of this many parts per million, at most the whole.
    #[must_use]
    pub const fn per_million(parts: u32) -> Self {
        Self(if parts > Self::WHOLE { Self::WHOLE } else { parts })
    }

    /// Returns the parts per million.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ppm", self.0)
    }
}

impl FromStr for Rate {
    type Err = Rejection;
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let (digits, whole) = if let Some(digits) = text.strip_suffix('%') {
            (digits, 100)
        } else if let Some(digits) = text.strip_suffix("ppm") {
            (digits, Self::WHOLE)
        } else {
            (text, 1)
        };
        let parts = digits
            .trim()
            .parse::<Decimal>()
            .ok()
            .and_then(|share| share.checked_mul(Decimal::from(Self::WHOLE / whole)))
            .filter(Decimal::is_integer)
            .and_then(|parts| u32::try_from(parts).ok())
            .filter(|parts| *parts <= Self::WHOLE);
        parts.map(Self).ok_or_else(|| {
            Rejection::new(Code::BadValue)
                .with("what", "rate")
                .with("value", text.escape_debug())
                .with("allowed", "0.5%, 200ppm, 0.002")
        })
    }
}

/// Which mistakes are planted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Planting {
    /// No mistakes: every trade is booked and listed correctly.
    #[default]
    None,
    /// One of each, at moments chosen by the seed.
    OneOfEach,
    /// At random, at the plan's rate of errors.
    Random,
    /// This number of each mistake, at moments chosen by the seed.
    Chosen(Vec<(Mistake, u32)>),
}

/// Plan of a sample ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplePlan {
    /// Number of trades, planted ones included.
    pub trades: u64,
    /// Number of customers.
    pub accounts: u64,
    /// Number of merchants.
    pub merchants: u64,
    /// Share of trades with a mistake if they are planted at random.
    pub errors: Rate,
    /// Seed: the same plan, seed and context give the same ledger, to the last hash.
    pub seed: u64,
    /// First business day.
    pub first_day: Date,
    /// Number of days; moments after now are left out.
    pub days: u32,
    /// Which mistakes are planted.
    pub planted: Planting,
    /// Writes trades and bills without vouchers, as work for posting. Mistakes of posting are then not
    /// planted.
    pub leave_unposted: bool,
}

impl SamplePlan {
    /// Returns a plan without mistakes, with one merchant for five customers.
    #[must_use]
    pub fn new(trades: u64, accounts: u64, seed: u64, first_day: Date, days: u32) -> Self {
        Self {
            trades,
            accounts,
            merchants: (accounts / 5).max(1),
            errors: Rate::default(),
            seed,
            first_day,
            days,
            planted: Planting::None,
            leave_unposted: false,
        }
    }

    /// Returns the last day.
    ///
    /// # Errors
    /// [`Code::BadValue`] if a number is out of range or the first day lies after `today`.
    pub(super) fn last_day(&self, today: Date) -> Result<Date, Rejection> {
        let bad = |what: &str, value: String| {
            Rejection::new(Code::BadValue).with("what", what).with("value", value)
        };
        for (what, value, most) in [
            ("trades", self.trades, MAX_TRADES),
            ("accounts", self.accounts, MAX_ACCOUNTS),
            ("merchants", self.merchants, MAX_ACCOUNTS),
            ("days", u64::from(self.days), u64::from(MAX_DAYS)),
        ] {
            if value == 0 || value > most {
                return Err(bad(what, value.to_string()).with("allowed", format!("1-{most}")));
            }
        }
        if self.first_day > today {
            return Err(bad("first day", self.first_day.to_string()).with("allowed", format!("<= {today}")));
        }
        let last = self.first_day.saturating_add(jiff::Span::new().days(i64::from(self.days) - 1));
        Ok(last.min(today))
    }
}

/// A planted mistake, with the finding that it should cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Number of the trade; `None` if the ledger has none, or it is not about one.
    pub trade_no: Option<TradeNo>,
    /// Cause that findings should report.
    pub cause: Cause,
    /// Identity of the finding.
    pub finding: String,
    /// Row of the scenario table.
    pub scenario: String,
    /// Description of the mistake in the language of the context.
    pub note: String,
}

/// Counts of what was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Generated {
    /// Trades written.
    pub trades: u64,
    /// Vouchers written.
    pub vouchers: u64,
    /// Lines of channel bills written.
    pub statement_lines: u64,
    /// Mistakes planted.
    pub planted: u64,
}
