//! A compiled rule set: checked and immutable.

use super::condition::Condition;
use super::expression::Expression;
use super::facts::Facts;
use super::template::{Alias, Template};
use crate::domain::account::{Side, Subject};
use crate::domain::authored::AuthoredError;
use crate::domain::channel::Channels;
use crate::domain::currencies::Currencies;
use crate::domain::event::Event;
use crate::domain::id::RuleName;
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::domain::vocabulary::vocabulary;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::HashMap;

vocabulary! {
    /// The part of a trade that a line books. A wrong amount in a fee line is a wrong fee, elsewhere a
    /// wrong amount.
    LinePart, "part" {
        /// The trade's amount.
        Principal = "principal",
        /// Our fee.
        Fee = "fee",
        /// The channel's fee.
        ChannelFee = "channel_fee",
    }
}

/// The name under which a rule set has the account between the two currencies of an exchange: the chart's
/// subject with the role `position`.
pub(super) const POSITION: &str = "position";

/// The name under which a rule set has each channel's own account.
pub const CHANNEL_ACCOUNT: &str = "CH";

/// Slot of the trade's amount among the values of one evaluation.
pub(super) const AMOUNT: usize = 0;
/// Slot of the channel fee.
pub(super) const FEE: usize = 1;
/// Slot of the counter amount of an exchange.
pub(super) const COUNTER: usize = 2;
/// Slot of the number of decimals of the trade's currency.
pub(super) const DECIMALS: usize = 3;
/// Slot of the number of decimals of the counter amount's currency.
pub(super) const COUNTER_DECIMALS: usize = 4;
/// Slot of what earlier trades have undone of the trade that this one goes back on.
pub(super) const UNDONE: usize = 5;
/// Slot of the amount of the trade that it goes back on.
pub(super) const ORIGINAL_AMOUNT: usize = 6;
/// Slot of the channel fee of the trade that it goes back on.
pub(super) const ORIGINAL_FEE: usize = 7;
/// Slot of the discount that the merchant bears.
pub(super) const MERCHANT_DISCOUNT: usize = 8;
/// Slot of the merchant's discount in what earlier trades have undone.
pub(super) const UNDONE_DISCOUNT: usize = 9;
/// First slot of the coefficients; the factors follow them.
pub(super) const FIRST_COEFFICIENT: usize = 10;

/// Rules of one version, in force from a day until the next set's.
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) valid_from: Date,
    pub(super) aliases: Vec<Alias>,
    pub(super) coefficients: Vec<Coefficient>,
    pub(super) factors: Vec<Factor>,
    pub(super) rules: Vec<Rule>,
    /// Channels whose account the file itself names under [`CHANNEL_ACCOUNT`].
    pub(super) accounts_named: Vec<Channel>,
    /// Channels of a rule that names none: all that the ledger knows.
    pub(super) channels: Vec<Channel>,
    /// Every event of any kind, in order.
    pub(super) events: Vec<Event>,
    /// The ledger's main currency: accounts in another have it in their code.
    pub(super) currency: Currency,
    /// Roundings that say their number of decimals themselves.
    pub(super) own_decimals: Vec<OwnDecimals>,
}

/// A rounding that says its number of decimals itself, whatever the currency.
#[derive(Debug, Clone)]
pub(super) struct OwnDecimals {
    pub(super) decimals: u32,
    /// Its place and expression.
    pub(super) remark: AuthoredError,
}

/// What a rule set is made for: the ledger's chart, channels, kinds of trades and currencies.
#[derive(Debug, Clone, Copy)]
pub struct RuleScope<'a> {
    /// The chart of accounts.
    pub chart: &'a [Subject],
    /// The channels.
    pub channels: &'a Channels,
    /// The kinds of trades.
    pub kinds: &'a Kinds,
    /// The ledger's currencies; in each of them every rule must balance.
    pub currencies: &'a Currencies,
}

/// A dated table of rates.
#[derive(Debug, Clone)]
pub(super) struct Coefficient {
    pub(super) name: String,
    /// Rows for all merchants, the most specific first.
    pub(super) general: Vec<Row>,
    /// Rows for one merchant, the most specific first.
    pub(super) by_merchant: HashMap<String, Vec<Row>>,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) channel: Option<Channel>,
    pub(super) product: Option<String>,
    pub(super) valid_from: Date,
    pub(super) valid_to: Option<Date>,
    pub(super) value: Decimal,
}

/// A named expression.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) name: String,
    pub(super) expression: Expression,
}

/// How one event of one kind of trade is booked.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) id: String,
    pub(super) name: RuleName,
    pub(super) version: i64,
    pub(super) note: String,
    pub(super) kind: TradeKind,
    pub(super) event: Event,
    pub(super) channels: Option<Vec<Channel>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) due: Vec<TradeStatus>,
    pub(super) within_window: bool,
    pub(super) after: Option<Event>,
    pub(super) lines: Vec<RuleLine>,
    /// Slots of the coefficients and factors that its lines need, in the order of computation.
    pub(super) needs: Vec<usize>,
}

/// One line of a rule.
#[derive(Debug, Clone)]
pub struct RuleLine {
    pub(super) side: Side,
    pub(super) account: Template,
    /// The amount; `None` for the line that balances the lines before it.
    pub(super) amount: Option<Expression>,
    pub(super) part: LinePart,
    pub(super) flip: bool,
    /// Whether the line is in the currency of the counter amount.
    pub(super) counter: bool,
}

impl Row {
    /// Returns how specific a row is; the most specific row that applies counts.
    pub(super) const fn rank(&self) -> u8 {
        (if self.product.is_some() { 2 } else { 0 }) + (if self.channel.is_some() { 1 } else { 0 })
    }

    pub(super) fn in_force(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|end| date <= end)
    }

    /// Returns whether both rows apply to the same trades on some day.
    pub(super) fn competes_with(&self, other: &Self) -> bool {
        self.channel == other.channel
            && self.product == other.product
            && self.valid_to.is_none_or(|end| other.valid_from <= end)
            && other.valid_to.is_none_or(|end| self.valid_from <= end)
    }

    fn applies(&self, facts: &Facts<'_>) -> bool {
        self.in_force(facts.rule_date())
            && self.channel.is_none_or(|channel| channel == facts.channel)
            && self.product.as_deref().is_none_or(|product| facts.product.as_deref() == Some(product))
    }
}

impl Coefficient {
    /// Returns the row for a trade: its merchant's own first, then by product and channel, by product, by
    /// channel, and last the general one.
    pub(super) fn row(&self, facts: &Facts<'_>) -> Option<&Row> {
        let own = facts.merchant.as_deref().and_then(|merchant| self.by_merchant.get(merchant));
        own.into_iter().flatten().chain(&self.general).find(|row| row.applies(facts))
    }
}

impl RuleSet {
    /// Returns the name of the set.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its version, which vouchers booked by it name.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// First business date it is in force on.
    #[must_use]
    pub const fn valid_from(&self) -> Date {
        self.valid_from
    }

    /// Returns the set with another first business date.
    #[must_use]
    pub fn valid_since(mut self, from: Date) -> Self {
        self.valid_from = from;
        self
    }

    /// Its rules, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the rule of that name and version.
    #[must_use]
    pub fn rule(&self, name: &RuleName) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == *name)
    }

    /// Returns the rule for an event of a trade, whatever the trade's status. There is at most one: a set
    /// in which two could apply is not accepted.
    #[must_use]
    pub fn rule_for(&self, facts: &Facts<'_>, event: Event) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.applies(facts, event))
    }

    /// Returns the account of a channel's money: the one under the name [`CHANNEL_ACCOUNT`], if the set has
    /// it.
    #[must_use]
    pub fn channel_account(&self, channel: Channel) -> Option<&str> {
        self.aliases
            .iter()
            .find(|alias| alias.name == CHANNEL_ACCOUNT)
            .and_then(|alias| alias.account(channel))
    }

    /// Returns whether the set itself names the account of a channel's money, so that the one of the channel
    /// file does not count.
    #[must_use]
    pub fn names_account(&self, channel: Channel) -> bool {
        self.accounts_named.contains(&channel)
    }

    /// Returns a remark on each rounding whose number of decimals is not that of one of these currencies, with
    /// the first such currency: it books parts of the minor unit, or loses some.
    #[must_use]
    pub fn other_decimals(&self, currencies: &Currencies) -> Vec<AuthoredError> {
        let unlike = |rounding: &OwnDecimals| {
            let currency = currencies.all().find(|currency| currency.exponent() != rounding.decimals)?;
            let mut remark = rounding.remark.clone();
            remark.args.push(("currency".to_owned(), currency.code().to_owned()));
            remark.args.push(("exponent".to_owned(), currency.exponent().to_string()));
            Some(remark)
        };
        self.own_decimals.iter().filter_map(unlike).collect()
    }

    /// Returns true if an amount of a rule depends on the discount that the merchant bears.
    pub(super) fn reads_discount(&self) -> bool {
        let lines = self.rules.iter().flat_map(|rule| &rule.lines).filter_map(|line| line.amount.as_ref());
        let factors = self.factors.iter().map(|factor| &factor.expression);
        lines.chain(factors).any(|expression| expression.slots().contains(&MERCHANT_DISCOUNT))
    }

    /// Returns every event that a rule books for this trade, whatever its status.
    pub fn events(&self, facts: &Facts<'_>) -> impl Iterator<Item = (Event, &Rule)> {
        self.events.iter().filter_map(|event| self.rule_for(facts, *event).map(|rule| (*event, rule)))
    }

    /// Returns the slots that lines need, directly or through factors; each slot comes after those that it
    /// needs itself.
    pub(super) fn needs(&self, lines: &[RuleLine]) -> Vec<usize> {
        let mut wanted: Vec<usize> = lines
            .iter()
            .filter_map(|line| line.amount.as_ref())
            .flat_map(|amount| amount.slots().to_vec())
            .collect();
        let mut index = 0;
        while let Some(slot) = wanted.get(index).copied() {
            let factor = slot.checked_sub(self.first_factor()).and_then(|index| self.factors.get(index));
            let inner = factor.map(|factor| factor.expression.slots().to_vec()).unwrap_or_default();
            wanted.extend(inner.into_iter().filter(|slot| !wanted.contains(slot)).collect::<Vec<_>>());
            index += 1;
        }
        // A factor only uses coefficients and the factors above it, which have lower slots.
        wanted.retain(|slot| *slot >= FIRST_COEFFICIENT);
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    pub(super) const fn first_factor(&self) -> usize {
        FIRST_COEFFICIENT + self.coefficients.len()
    }
}

impl Rule {
    /// Id within the set (`topup.captured`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Id and version as vouchers name it (`topup.captured@1`).
    #[must_use]
    pub const fn name(&self) -> &RuleName {
        &self.name
    }

    /// Returns the version of its set.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Its note, written by the author of the rule.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Returns the kind of trade it books.
    #[must_use]
    pub const fn kind(&self) -> TradeKind {
        self.kind
    }

    /// Returns the event it books.
    #[must_use]
    pub const fn event(&self) -> Event {
        self.event
    }

    /// Returns the channels that it applies to; `None` for all.
    #[must_use]
    pub fn channels(&self) -> Option<&[Channel]> {
        self.channels.as_deref()
    }

    /// Its conditions on other facts; all must hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Returns whether the event is due for a trade in this state (subject to [`Self::within_window`] and
    /// [`Self::after`]).
    #[must_use]
    pub fn is_due_status(&self, status: TradeStatus) -> bool {
        self.due.contains(&status)
    }

    /// Returns the states in which the event is due.
    #[must_use]
    pub fn due(&self) -> &[TradeStatus] {
        &self.due
    }

    /// Returns whether the event of a trade that is still *processing* is due only if it occurred inside its
    /// channel's service window and limit. For other states the window does not matter.
    #[must_use]
    pub const fn within_window(&self) -> bool {
        self.within_window
    }

    /// Returns the event that must be posted before this one is due.
    #[must_use]
    pub const fn after(&self) -> Option<Event> {
        self.after
    }

    /// Its lines.
    #[must_use]
    pub fn template_lines(&self) -> &[RuleLine] {
        &self.lines
    }

    /// Returns whether the rule applies to this event of this trade.
    #[must_use]
    pub fn applies(&self, facts: &Facts<'_>, event: Event) -> bool {
        self.kind == facts.kind
            && self.event == event
            && self.channels.as_ref().is_none_or(|channels| channels.contains(&facts.channel))
            && self.conditions.iter().all(|condition| condition.holds(facts))
    }
}

impl RuleLine {
    /// Side.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Account template as written.
    #[must_use]
    pub fn account(&self) -> &str {
        self.account.text()
    }

    /// Amount expression as written; `None` for the line that balances the voucher.
    #[must_use]
    pub fn amount(&self) -> Option<&str> {
        self.amount.as_ref().map(Expression::text)
    }

    /// Returns the part of the trade it books.
    #[must_use]
    pub const fn part(&self) -> LinePart {
        self.part
    }

    /// Returns whether a negative amount moves the line to the other side.
    #[must_use]
    pub const fn flips(&self) -> bool {
        self.flip
    }
}
