//! The facts of a trade as rules see them: the imported trade with its amendments applied.

use super::super::amendment::AmendableFact;
use super::super::id::Party;
use super::super::money::{Currency, Money};
use super::super::period::parse_date;
use super::super::rejection::{Code, Rejection};
use super::super::trade::{Channel, Trade, TradeKind, TradeStatus};
use super::super::undoing::{Contradiction, Held, Undoing};
use super::super::vocabulary::vocabulary;
use jiff::civil::Date;
use std::borrow::Cow;

vocabulary! {
    /// A fact that is text; usable in account templates and conditions.
    Fact, "fact" {
        /// Number of the trade.
        TradeNo = "trade_no",
        /// Kind of the trade.
        Kind = "kind",
        /// Product.
        Product = "product",
        /// Channel.
        Channel = "channel",
        /// The channel's reference.
        ChannelRef = "channel_ref",
        /// The channel's reference of the trade it refers to.
        Original = "original",
        /// The customer.
        Customer = "customer",
        /// The merchant.
        Merchant = "merchant",
        /// Currency.
        Currency = "currency",
        /// Currency of the counter amount of an exchange.
        CounterCurrency = "counter_currency",
    }
}

/// The facts of a trade that rules may use. Borrowed from the trade; an amended fact is owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Number of the trade.
    pub trade_no: Cow<'a, str>,
    /// The kind whose rules apply: its own, or for a counter trade the original's.
    pub kind: TradeKind,
    /// Whether it is a counter trade (反交易): the rules apply with debit and credit exchanged.
    pub turned: bool,
    /// Its product.
    pub product: Option<Cow<'a, str>>,
    /// Its channel.
    pub channel: Channel,
    /// The channel's reference.
    pub channel_ref: Cow<'a, str>,
    /// The channel's reference of the trade it refers to.
    pub original: Option<Cow<'a, str>>,
    /// Amount in minor units.
    pub amount_minor: i64,
    /// The channel's fee in minor units; negative if the channel returns it.
    pub fee_minor: i64,
    /// Part of the amount that the merchant bears as a discount, in minor units.
    pub merchant_discount_minor: i64,
    /// Currency of amount and fee.
    pub currency: Currency,
    /// Of an exchange: what comes or goes in the other currency.
    pub counter_amount: Option<Money>,
    /// The customer.
    pub customer: Option<Cow<'a, str>>,
    /// The merchant.
    pub merchant: Option<Cow<'a, str>>,
    /// State of the trade.
    pub status: TradeStatus,
    /// Day of the trade in the ledger's zone; rates of that day apply.
    pub business_date: Date,
    /// What the trade goes back on, if the ledger knows it.
    pub undoing: Option<Box<Undoing>>,
}

impl<'a> From<&'a Trade> for Facts<'a> {
    fn from(trade: &'a Trade) -> Self {
        Self {
            trade_no: Cow::Borrowed(trade.trade_no.as_str()),
            kind: trade.counters.unwrap_or(trade.kind),
            turned: trade.counters.is_some(),
            product: trade.product.as_deref().map(Cow::Borrowed),
            channel: trade.channel,
            channel_ref: Cow::Borrowed(trade.channel_ref.as_str()),
            original: trade.original_ref.as_ref().map(|r| Cow::Borrowed(r.as_str())),
            amount_minor: trade.amount_minor,
            fee_minor: trade.fee_minor,
            merchant_discount_minor: trade.merchant_discount_minor,
            currency: trade.currency,
            counter_amount: trade.counter_amount,
            customer: trade.customer.as_ref().map(|p| Cow::Borrowed(p.as_str())),
            merchant: trade.merchant.as_ref().map(|p| Cow::Borrowed(p.as_str())),
            status: trade.status,
            business_date: trade.business_date,
            undoing: None,
        }
    }
}

impl Facts<'_> {
    /// Returns what the channel pays, or takes back of a refund, in minor units: the amount without the
    /// discount that the merchant bears.
    #[must_use]
    pub const fn paid_minor(&self) -> i64 {
        self.amount_minor.saturating_sub(self.merchant_discount_minor)
    }

    /// Applies an amendment to the trade. Amounts are decimals in major units; an empty customer, merchant
    /// or product removes the fact.
    ///
    /// # Errors
    /// [`Code::BadValue`] for a value that the fact cannot have.
    pub fn set(&mut self, fact: AmendableFact, value: &str) -> Result<(), Rejection> {
        let owned = || if value.is_empty() { None } else { Some(Cow::Owned(value.to_owned())) };
        match fact {
            AmendableFact::Amount => {
                let amount = read_amount("amount", value, self.currency)?;
                if amount < 0 {
                    return Err(bad("amount", value));
                }
                self.amount_minor = amount;
            }
            AmendableFact::Fee => self.fee_minor = read_amount("fee", value, self.currency)?,
            AmendableFact::MerchantDiscount => {
                let discount = read_amount("merchant_discount", value, self.currency)?;
                if discount < 0 {
                    return Err(bad("merchant_discount", value));
                }
                self.merchant_discount_minor = discount;
            }
            AmendableFact::Customer => self.customer = party(value)?,
            AmendableFact::Merchant => self.merchant = party(value)?,
            AmendableFact::Product => self.product = owned(),
            AmendableFact::Channel => self.channel = value.parse()?,
            AmendableFact::BusinessDate => self.business_date = parse_date(value)?,
        }
        Ok(())
    }

    /// Returns the day whose rules and rates apply: the trade's own, and of a counter trade the original's, so
    /// that what was taken is what is given back.
    #[must_use]
    pub fn rule_date(&self) -> Date {
        let original = self.undoing.as_ref().filter(|_| self.turned);
        original.map_or(self.business_date, |undoing| undoing.business_date)
    }

    /// Returns how the trade contradicts the one that it goes back on.
    #[must_use]
    pub fn contradiction(&self) -> Option<Contradiction> {
        self.undoing.as_ref()?.contradiction(Held {
            amount_minor: self.amount_minor,
            currency: self.currency,
            channel: self.channel,
            customer: self.customer.as_deref(),
            merchant: self.merchant.as_deref(),
        })
    }

    /// Returns the text of a fact; `None` if the trade does not have it.
    #[must_use]
    pub fn text(&self, fact: Fact) -> Option<&str> {
        match fact {
            Fact::TradeNo => Some(&self.trade_no),
            Fact::Kind => Some(self.kind.as_str()),
            Fact::Product => self.product.as_deref(),
            Fact::Channel => Some(self.channel.as_str()),
            Fact::ChannelRef => Some(&self.channel_ref),
            Fact::Original => self.original.as_deref(),
            Fact::Customer => self.customer.as_deref(),
            Fact::Merchant => self.merchant.as_deref(),
            Fact::Currency => Some(self.currency.code()),
            Fact::CounterCurrency => self.counter_amount.map(|money| money.currency.code()),
        }
    }
}

fn bad(what: &str, value: &str) -> Rejection {
    Rejection::new(Code::BadValue).with("what", what).with("value", value.escape_debug())
}

fn read_amount(what: &str, value: &str, currency: Currency) -> Result<i64, Rejection> {
    Money::parse(value, currency).map(|m| m.minor).map_err(|e| bad(what, value).with("why", e))
}

fn party(value: &str) -> Result<Option<Cow<'static, str>>, Rejection> {
    if value.is_empty() {
        return Ok(None);
    }
    let party: Party = value.parse()?;
    Ok(Some(Cow::Owned(party.as_str().to_owned())))
}
