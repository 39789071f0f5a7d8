//! What the made-up trades of a ledger look like: a file of its template (`sample.toml`). It names the kinds
//! of trades, the channels, shares, amounts and fees; the program itself knows none of them.

use crate::desk::in_force::InForce;
use crate::domain::authored;
use crate::domain::channel::Channels;
use crate::domain::event::Event;
use crate::domain::kind::{Kinds, PartyFact};
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, TradeKind};
use crate::sample::mistake::Mistake;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest amount of a made-up trade in minor units: a thousand of them still fit 64 bits with every rate.
const MAX_AMOUNT: i64 = 100_000_000_000;

/// Largest rate of a fee in ten-thousandths, and largest fixed fee in minor units.
const MAX_FEE: i64 = 10_000;

/// Largest value of a currency, in ten-thousandths of the main one: beyond any of today's.
const MAX_VALUE: i64 = 100_000_000;

/// The description of a ledger's made-up trades.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub holder: Holder,
    /// The kind in which a mistake is made if no other is needed, and which takes the place of a trade that is
    /// not possible.
    pub plain: TradeKind,
    /// The kind with a merchant's fee.
    pub charged: TradeKind,
    /// What is added to the amount of such a trade, so that it has a fee; in minor units.
    pub charged_extra: i64,
    /// The kind in which merchants bear discounts, if the rules book them.
    pub discounted: Option<TradeKind>,
    pub trade: Vec<TradeEntry>,
    pub channel: Vec<ChannelEntry>,
    /// Currencies of the trades that the ledger keeps; empty for the main one alone.
    #[serde(default)]
    pub currency: Vec<CurrencyEntry>,
    /// Tables of amounts, by name.
    pub amount: BTreeMap<String, Vec<AmountRow>>,
    pub payout: Option<PayoutEntry>,
    pub settlement: Option<SettlementEntry>,
    pub outside_window: Option<OutsideWindow>,
    pub over_limit: Option<OverLimit>,
}

/// Whose balances are kept: nothing is paid out that they do not cover.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Holder {
    pub party: PartyFact,
    /// Subject of the balances.
    pub account: String,
    /// Subject of what is held back from a balance.
    pub held: Option<String>,
}

/// What happens in a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flow {
    /// Money comes in.
    Sale,
    /// Money of an earlier sale goes back.
    Refund,
    /// A balance is paid out.
    Payout,
    /// A payout comes back.
    Returned,
    /// The payer's bank takes a sale back.
    Dispute,
    /// What was held back is released.
    Release,
    /// A part of a balance is changed into another currency.
    Exchange,
}

/// A kind of trade that is made up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TradeEntry {
    pub kind: TradeKind,
    pub flow: Flow,
    /// How often, among the shares of all entries.
    pub share: u16,
    pub product: Option<String>,
    /// Name of the table of its amounts, for a sale.
    pub amount: Option<String>,
    #[serde(default)]
    pub parties: Vec<PartyFact>,
    /// One of how many may be gone back on later; 0 for none.
    #[serde(default)]
    pub remembered: u32,
    /// The second event, for a sale of an earlier day, or a payout that the bank covers.
    pub later: Option<Event>,
    /// Channels on which it happens, for a dispute, a release and an exchange.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Fee of the channel, for a dispute.
    #[serde(default)]
    pub fee_minor: i64,
    /// What the holder must have beyond the amount, in minor units, if the holder pays it.
    #[serde(default)]
    pub margin_minor: i64,
}

/// A channel of made-up trades.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelEntry {
    pub code: Channel,
    /// How often money comes in by it, among the weights of all channels.
    #[serde(default)]
    pub weight: u16,
    /// What it keeps of an amount, in ten-thousandths, rounded half up.
    #[serde(default)]
    pub fee_rate: i64,
    /// What it keeps of every payment besides, in minor units.
    #[serde(default)]
    pub fee_fixed: i64,
    /// Whether it gives its fee back with a refund.
    #[serde(default = "yes")]
    pub fee_returned: bool,
    /// What its references begin with, and those of some kinds.
    pub prefix: String,
    #[serde(default)]
    pub prefixes: BTreeMap<String, String>,
    pub bill: Option<BillEntry>,
    #[serde(default)]
    pub number: NumberForm,
    /// Numbers of money that goes back, if they look different.
    pub number_back: Option<NumberForm>,
}

/// A currency of made-up trades.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CurrencyEntry {
    pub code: Currency,
    /// How often trades are in it, among the shares of all currencies.
    pub share: u16,
    /// Value of one of it, in ten-thousandths of the main currency.
    pub value: i64,
    /// Channels of payouts in it, if not those of all payouts.
    #[serde(default)]
    pub payouts: Vec<Channel>,
}

/// The bill of a channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BillEntry {
    /// What the name of the file begins with.
    pub file: String,
    pub format: String,
    pub merchant: String,
}

/// How a channel numbers trades: two texts around the date, and the digits of a count.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberForm {
    #[serde(default)]
    pub before: String,
    #[serde(default)]
    pub after: String,
    pub digits: usize,
}

impl Default for NumberForm {
    fn default() -> Self {
        Self { before: String::new(), after: String::new(), digits: 13 }
    }
}

/// A row of a table of amounts: one of a list, or a number of a range times and plus something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AmountRow {
    pub share: u16,
    #[serde(default)]
    pub of: Vec<i64>,
    #[serde(default)]
    pub from: i64,
    /// End of the range, exclusive.
    #[serde(default)]
    pub to: i64,
    #[serde(default = "one")]
    pub times: i64,
    #[serde(default)]
    pub plus: i64,
}

/// Payouts; amounts in minor units.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayoutEntry {
    /// Channels, of which one is drawn.
    pub channels: Vec<Channel>,
    pub fee_minor: i64,
    pub least: i64,
    /// Amounts are multiples of this.
    pub step: i64,
    /// What stays in the balance.
    pub keep: i64,
    /// Most that one of `channels` takes.
    pub most: i64,
    pub large: Option<LargePayout>,
}

/// The channel of large payouts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LargePayout {
    pub channel: Channel,
    pub from: i64,
    pub fee_minor: i64,
}

/// How channels pay what they collected.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementEntry {
    pub kind: TradeKind,
    /// What the older system wrote on its vouchers; left out: the name of the kind.
    pub memo: Option<String>,
    pub memo_en: Option<String>,
}

/// A payout outside of its channel's hours.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutsideWindow {
    pub channel: Channel,
    pub amount_minor: i64,
}

/// A payout above the limit of its channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverLimit {
    pub channels: Vec<Channel>,
    pub amount_minor: i64,
}

const fn yes() -> bool {
    true
}

const fn one() -> i64 {
    1
}

/// Returns the refusal of a value in the file.
fn bad(key: &str, value: impl std::fmt::Display) -> Rejection {
    Rejection::new(Code::BadValue).with("what", format!("sample.toml: {key}")).with("value", value)
}

impl Description {
    /// Reads the description of a ledger with these channels and kinds.
    ///
    /// # Errors
    /// [`Code::BadRules`] with the line for what is no such file; [`Code::BadValue`] for a kind or channel
    /// that the ledger does not have, or a share, range or name that cannot be used.
    pub fn read((file, text): (&str, &str), in_force: &InForce) -> Result<Self, Rejection> {
        let mut read: Self = authored::read_form(file, text).map_err(authored::rejection)?;
        read.currency.retain(|entry| in_force.currencies.keeps(entry.code));
        read.check(&in_force.kinds, &in_force.channels)?;
        Ok(read)
    }

    fn check(&self, kinds: &Kinds, channels: &Channels) -> Result<(), Rejection> {
        let named = self.trade.iter().map(|entry| entry.kind);
        for kind in named.chain(self.settlement.iter().map(|settlement| settlement.kind)) {
            kinds.get(kind).ok_or_else(|| TradeKind::unknown(kind.as_str(), kinds.codes()))?;
        }
        let named = self.trade.iter().flat_map(|entry| &entry.channels);
        let named = named.chain(self.channel.iter().map(|entry| &entry.code));
        let named = named.chain(self.payout.iter().flat_map(|payout| &payout.channels));
        let named = named.chain(self.currency.iter().flat_map(|currency| &currency.payouts));
        let named =
            named.chain(self.payout.iter().flat_map(|payout| &payout.large).map(|large| &large.channel));
        let named = named.chain(self.outside_window.iter().map(|outside| &outside.channel));
        for channel in named.chain(self.over_limit.iter().flat_map(|over| &over.channels)) {
            channels.get(*channel).ok_or_else(|| Channel::unknown(channel.as_str(), channels.codes()))?;
        }
        for kind in [self.plain, self.charged].into_iter().chain(self.discounted) {
            if !self.entry(kind).is_some_and(|entry| entry.flow == Flow::Sale) {
                return Err(bad("plain, charged, discounted", kind));
            }
        }
        if self.channel.iter().all(|channel| channel.weight == 0) {
            return Err(bad("weight", 0));
        }
        for entry in &self.trade {
            let table = entry.amount.as_deref().unwrap_or_default();
            if entry.flow == Flow::Sale && self.amount.get(table).is_none_or(Vec::is_empty) {
                return Err(bad("amount", table).with("allowed", self.tables()));
            }
            if entry.flow == Flow::Payout && self.payout.is_none() {
                return Err(bad("flow", "payout"));
            }
        }
        let unusable = |row: &&AmountRow| row.share == 0 || (row.of.is_empty() && row.from >= row.to);
        if let Some(row) = self.amount.values().flatten().find(unusable) {
            return Err(bad("share, from, to", format!("{}, {}, {}", row.share, row.from, row.to)));
        }
        let mut amounts = self.amount.values().flatten().flat_map(|row| {
            let ends = [row.from, row.to].map(|end| end.saturating_mul(row.times).saturating_add(row.plus));
            row.of.iter().copied().chain(ends.into_iter().filter(|_| row.of.is_empty()))
        });
        if let Some(amount) = amounts.find(|amount| !(0..=MAX_AMOUNT).contains(amount)) {
            return Err(bad("amount", amount).with("allowed", format!("0-{MAX_AMOUNT}")));
        }
        let mut fees = self.channel.iter().flat_map(|channel| [channel.fee_rate, channel.fee_fixed]);
        if let Some(fee) = fees.find(|fee| !(0..=MAX_FEE).contains(fee)) {
            return Err(bad("fee_rate, fee_fixed", fee).with("allowed", format!("0-{MAX_FEE}")));
        }
        if self.trade.iter().all(|entry| entry.share == 0) {
            return Err(bad("share", 0));
        }
        if let Some(entry) =
            self.currency.iter().find(|entry| entry.share == 0 || !(1..=MAX_VALUE).contains(&entry.value))
        {
            let said = format!("{}, {}", entry.share, entry.value);
            return Err(bad("share, value", said).with("allowed", format!("1-{MAX_VALUE}")));
        }
        if let Some(payout) =
            self.payout.as_ref().filter(|payout| payout.step < 1 || payout.channels.is_empty())
        {
            return Err(bad("payout", payout.step));
        }
        Ok(())
    }

    fn tables(&self) -> String {
        self.amount.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Returns what is said about a kind.
    pub fn entry(&self, kind: TradeKind) -> Option<&TradeEntry> {
        self.trade.iter().find(|entry| entry.kind == kind)
    }

    /// Returns what is said about a channel.
    pub fn channel(&self, code: Channel) -> Option<&ChannelEntry> {
        self.channel.iter().find(|entry| entry.code == code)
    }

    /// Returns the first entry that goes this way.
    pub fn flowing(&self, flow: Flow) -> Option<&TradeEntry> {
        self.trade.iter().find(|entry| entry.flow == flow)
    }

    /// Draws what happens next.
    pub fn any(&self, rng: &mut fastrand::Rng) -> Option<&TradeEntry> {
        drawn(&self.trade, |entry| entry.share, rng)
    }

    /// Returns the channels with bills whose day ends at midnight.
    pub fn billing_until_midnight(&self, channels: &Channels) -> Vec<Channel> {
        const MIDNIGHT: i64 = 24 * 60;
        let ends_then =
            |channel: &Channel| channels.get(*channel).is_some_and(|known| known.cut_minute == MIDNIGHT);
        self.billing().into_iter().map(|(channel, _)| channel).filter(ends_then).collect()
    }

    /// Draws a channel by which money comes in.
    pub fn incoming(&self, rng: &mut fastrand::Rng) -> Option<Channel> {
        drawn(&self.channel, |entry| entry.weight, rng).map(|entry| entry.code)
    }

    /// Draws the currency of the next trade; `main` without a draw if there is no other.
    pub fn draw_currency(&self, main: Currency, rng: &mut fastrand::Rng) -> Currency {
        match self.currency.as_slice() {
            [] => main,
            [only] => only.code,
            several => drawn(several, |entry| entry.share, rng).map_or(main, |entry| entry.code),
        }
    }

    /// Returns the currencies of the trades.
    pub fn currencies(&self, main: Currency) -> Vec<Currency> {
        let named: Vec<_> = self.currency.iter().map(|entry| entry.code).collect();
        if named.is_empty() { vec![main] } else { named }
    }

    /// Returns the channels of payouts in a currency, of which one is drawn.
    pub fn payout_channels(&self, currency: Currency) -> &[Channel] {
        let own = self.currency.iter().find(|entry| entry.code == currency && !entry.payouts.is_empty());
        let all = self.payout.as_ref().map(|payout| payout.channels.as_slice());
        own.map(|entry| entry.payouts.as_slice()).or(all).unwrap_or_default()
    }

    /// Returns what an amount of one currency is in another, at their values and a rate that is better or
    /// worse by up to a hundredth; `None` if that is less than a minor unit or too much.
    pub fn exchanged(&self, from: Money, to: Currency, rng: &mut fastrand::Rng) -> Option<Money> {
        let value = |code| self.currency.iter().find(|entry| entry.code == code).map(|entry| entry.value);
        let unit = |currency: Currency| 10_i128.pow(currency.exponent());
        let rate = i128::from(value(from.currency)?) * i128::from(rng.i64(9_900..=10_100)) * unit(to);
        let minor = i128::from(from.minor) * rate / (i128::from(value(to)?) * 10_000 * unit(from.currency));
        let minor = i64::try_from(minor).ok().filter(|minor| (1..=MAX_AMOUNT).contains(minor))?;
        Some(Money::new(minor, to))
    }

    /// Draws an amount of a table, in minor units.
    pub fn draw_amount(&self, table: Option<&str>, rng: &mut fastrand::Rng) -> i64 {
        let rows = table.and_then(|table| self.amount.get(table));
        let Some(row) = rows.and_then(|rows| drawn(rows, |row| row.share, rng)) else { return 0 };
        match row.of.len() {
            0 => rng.i64(row.from..row.to) * row.times + row.plus,
            count => row.of.get(rng.usize(0..count)).copied().unwrap_or_default(),
        }
    }

    /// Returns what a channel keeps of an amount; both in minor units.
    pub fn channel_fee(&self, channel: Channel, amount_minor: i64) -> i64 {
        let Some(entry) = self.channel(channel) else { return 0 };
        let fixed = if amount_minor == 0 { 0 } else { entry.fee_fixed };
        (amount_minor * entry.fee_rate + 5000) / 10_000 + fixed
    }

    /// Returns the fee of a payout by this channel, in minor units.
    pub fn payout_fee(&self, channel: Channel) -> i64 {
        let Some(payout) = &self.payout else { return 0 };
        let large = payout.large.filter(|large| large.channel == channel);
        large.map_or(payout.fee_minor, |large| large.fee_minor)
    }

    /// Returns what the reference of a trade begins with.
    pub fn prefix(&self, channel: Channel, kind: TradeKind) -> &str {
        self.channel(channel).map_or("X", |entry| {
            entry.prefixes.get(kind.as_str()).map_or(entry.prefix.as_str(), String::as_str)
        })
    }

    /// Returns the channels that send bills.
    pub fn billing(&self) -> Vec<(Channel, &BillEntry)> {
        self.channel.iter().filter_map(|entry| entry.bill.as_ref().map(|bill| (entry.code, bill))).collect()
    }

    /// Returns whether a mistake can be made in these trades at all.
    pub fn knows(&self, mistake: Mistake) -> bool {
        match mistake {
            Mistake::OutsideWindow => self.outside_window.is_some(),
            Mistake::OverLimit => self.over_limit.is_some(),
            Mistake::MerchantDiscount => self.discounted.is_some(),
            Mistake::PayoutOverdue => self.payout.is_some(),
            Mistake::StatementMissing => !self.billing().is_empty(),
            Mistake::UndoneFailed => self.flowing(Flow::Refund).is_some(),
            other => !other.needs_past_payment() || self.flowing(Flow::Refund).is_some(),
        }
    }

    /// Returns the mistakes that can be made in these trades.
    pub fn mistakes(&self) -> impl Iterator<Item = Mistake> {
        Mistake::ALL.iter().copied().filter(|mistake| self.knows(*mistake))
    }
}

/// Draws one of a list by the shares of its members.
fn drawn<'r, T>(of: &'r [T], share: impl Fn(&T) -> u16, rng: &mut fastrand::Rng) -> Option<&'r T> {
    let total: u32 = of.iter().map(|member| u32::from(share(member))).sum();
    if total == 0 {
        return None;
    }
    let mut at = rng.u32(0..total);
    of.iter().find(|member| {
        let share = u32::from(share(member));
        let found = at < share;
        at = at.saturating_sub(share);
        found
    })
}
