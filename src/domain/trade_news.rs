//! What a later trade list tells of a trade that is known already: that it moved on, or something that
//! contradicts what is known.
//!
//! A list moves on what is not final (status, clearing, settlement). It never takes back what was final, and
//! never changes a fact of the trade: what it says otherwise is a claim, which stays beside the trade until
//! a case decides.

use super::amendment::AmendableFact;
use super::event::Event;
use super::id::ChannelRef;
use super::kind::{Kind, Kinds};
use super::money::{Currency, Money};
use super::period::Moment;
use super::rule::Facts;
use super::statement::StatementLine;
use super::trade::{ClearingStatus, SettlementStatus, Trade, TradeStatus};
use super::vocabulary::vocabulary;

vocabulary! {
    /// A fact of a trade that a trade list tells.
    ListedFact, "listed fact" {
        /// The trade's own state.
        Status = "status",
        /// Whether it is cleared.
        Clearing = "clearing",
        /// Whether its money has moved.
        Settlement = "settlement",
        /// Its kind.
        Kind = "kind",
        /// Its product.
        Product = "product",
        /// Its channel.
        Channel = "channel",
        /// The channel's reference.
        ChannelRef = "channel_ref",
        /// The reference of the trade that it goes back to.
        OriginalRef = "original_ref",
        /// Amount and currency.
        Amount = "amount",
        /// The channel's fee.
        Fee = "fee",
        /// The part of the amount that the merchant bears as a discount.
        MerchantDiscount = "merchant_discount",
        /// The other side of an exchange.
        CounterAmount = "counter_amount",
        /// The customer.
        Customer = "customer",
        /// The merchant.
        Merchant = "merchant",
        /// The time of the trade.
        OccurredAt = "occurred_at",
    }
}

impl ListedFact {
    /// Returns what is known of the fact now, corrections included; of status, clearing and settlement as
    /// the first list told them.
    #[must_use]
    pub fn known(self, trade: &Trade, facts: &Facts<'_>) -> String {
        let money = |minor| money(Money::new(minor, facts.currency));
        let said =
            |words: &Option<std::borrow::Cow<'_, str>>| words.as_deref().unwrap_or_default().to_owned();
        match self {
            Self::Amount => money(facts.amount_minor),
            Self::Fee => money(facts.fee_minor),
            Self::MerchantDiscount => money(facts.merchant_discount_minor),
            Self::Customer => said(&facts.customer),
            Self::Merchant => said(&facts.merchant),
            Self::Product => said(&facts.product),
            Self::Status => facts.status.to_string(),
            _ => self.of_trade(trade),
        }
    }

    /// Returns the fact that an amendment can change to what a list says; `None` if none can.
    #[must_use]
    pub const fn amendable(self) -> Option<AmendableFact> {
        match self {
            Self::Amount => Some(AmendableFact::Amount),
            Self::Fee => Some(AmendableFact::Fee),
            Self::MerchantDiscount => Some(AmendableFact::MerchantDiscount),
            Self::Customer => Some(AmendableFact::Customer),
            Self::Merchant => Some(AmendableFact::Merchant),
            Self::Product => Some(AmendableFact::Product),
            _ => None,
        }
    }

    /// Returns what a trade as listed says of the fact; empty if it says nothing, and for settlement.
    /// Amounts are in major units, with their currency.
    #[must_use]
    pub fn of_trade(self, trade: &Trade) -> String {
        let said = |fact: Option<&dyn std::fmt::Display>| fact.map_or_else(String::new, ToString::to_string);
        match self {
            Self::Status => trade.status.to_string(),
            Self::Clearing => trade.clearing.to_string(),
            Self::Settlement => String::new(),
            Self::Kind => trade.kind.to_string(),
            Self::Product => said(trade.product.as_ref().map(|product| product as _)),
            Self::Channel => trade.channel.to_string(),
            Self::ChannelRef => trade.channel_ref.to_string(),
            Self::OriginalRef => said(trade.original_ref.as_ref().map(|original| original as _)),
            Self::Amount => money(trade.amount()),
            Self::Fee => money(trade.fee()),
            Self::MerchantDiscount => money(Money::new(trade.merchant_discount_minor, trade.currency)),
            Self::CounterAmount => trade.counter_amount.map_or_else(String::new, money),
            Self::Customer => said(trade.customer.as_ref().map(|customer| customer as _)),
            Self::Merchant => said(trade.merchant.as_ref().map(|merchant| merchant as _)),
            Self::OccurredAt => trade.occurred_at.to_string(),
        }
    }
}

/// Writes an amount in major units, with its currency.
fn money(amount: Money) -> String {
    format!("{amount} {}", amount.currency)
}

/// A row of a trade list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTrade {
    /// The trade.
    pub trade: Trade,
    /// Whether its money has moved, if the list tells that.
    pub settlement: Option<SettlementStatus>,
    /// When it moved; the time of the trade if the list names none.
    pub settled_at: Moment,
    /// Whether the list says which part of the amount the merchant bears as a discount.
    pub says_discount: bool,
}

impl ListedTrade {
    /// Returns true if the list says that the money has moved.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settlement == Some(SettlementStatus::Settled)
    }

    /// Returns what the list says of a fact that no list moves on; `None` if it leaves the fact out. A column
    /// that is missing and an empty field both leave it out.
    fn said(&self, fact: ListedFact) -> Option<String> {
        if fact == ListedFact::MerchantDiscount && !self.says_discount {
            return None;
        }
        Some(fact.of_trade(&self.trade)).filter(|value| !value.is_empty())
    }
}

/// What is known of a trade when a later list comes.
#[derive(Debug, Clone, Copy)]
pub struct KnownTrade<'k> {
    /// The trade as the first list told it.
    pub trade: &'k Trade,
    /// Its state now.
    pub status: TradeStatus,
    /// Its clearing now.
    pub clearing: ClearingStatus,
    /// Whether its money has moved.
    pub settled: bool,
    /// The trade with the facts that cases corrected, by their listed words.
    pub corrected: &'k [(ListedFact, String)],
    /// What later lists told, claims included.
    pub told: &'k [(ListedFact, String)],
}

/// Something that a later list tells of a known trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeNews {
    /// The fact.
    pub fact: ListedFact,
    /// What the list says of it.
    pub value: String,
    /// True if it contradicts what is known; false if the trade moves on by it.
    pub claim: bool,
}

/// What a list says against what is known of a trade, until a case decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its row.
    pub n: i64,
    /// The fact.
    pub fact: ListedFact,
    /// What the list says of it.
    pub value: String,
    /// Name of the list.
    pub file: String,
    /// When the list was imported.
    pub at: Moment,
}

/// Seconds that the channel's clock and ours may differ by.
const CLOCKS_APART: u64 = 60;

impl Claim {
    /// Returns whether a channel's line agrees with the trade as it is known and contradicts the claim, in a fact that
    /// no amount tells: the way of the money, the original of a refund, or the time.
    #[must_use]
    pub fn is_denied(&self, trade: &Trade, line: &StatementLine, kinds: &Kinds) -> bool {
        match self.fact {
            ListedFact::Kind => {
                let listed = kinds.read(&self.value).ok().and_then(Kind::comes_in);
                let known = kinds.get(trade.kind).and_then(Kind::comes_in);
                let theirs = line.kind.comes_in();
                known == Some(theirs) && listed == Some(!theirs)
            }
            ListedFact::OriginalRef => {
                let is_told = |original: &ChannelRef| original.as_str() == self.value;
                trade.original_ref.is_some()
                    && line.original_ref == trade.original_ref
                    && !line.original_ref.as_ref().is_some_and(is_told)
            }
            ListedFact::OccurredAt => {
                let apart = |at: Moment| line.occurred_at.seconds_since(at).unsigned_abs();
                let listed = self.value.parse::<Moment>().ok();
                apart(trade.occurred_at) <= CLOCKS_APART && listed.is_some_and(|at| apart(at) > CLOCKS_APART)
            }
            _ => false,
        }
    }

    /// Returns whether what is known of the trade agrees with the claim by now: `facts` with all
    /// corrections, and `is_booked` saying which events are booked.
    #[must_use]
    pub fn is_agreed(&self, trade: &Trade, facts: &Facts<'_>, is_booked: impl Fn(Event) -> bool) -> bool {
        let said = |words: Option<&str>| words.unwrap_or_default() == self.value;
        match self.fact {
            // To have failed and to be closed are the same for the books.
            ListedFact::Status => {
                let over = |status: &str| matches!(status, "failed" | "closed");
                facts.status.as_str() == self.value || (over(facts.status.as_str()) && over(&self.value))
            }
            ListedFact::Clearing => {
                is_booked(Event::CLEARED) == (self.value == ClearingStatus::Cleared.as_str())
            }
            ListedFact::Settlement => !is_booked(Event::SETTLED),
            _ => said(Some(&self.fact.known(trade, facts))),
        }
    }

    /// Returns the amount that it claims, in minor units of a currency; `None` if it is about something else
    /// or in another currency.
    #[must_use]
    pub fn minor(&self, currency: Currency) -> Option<i64> {
        if !matches!(self.fact, ListedFact::Amount | ListedFact::Fee | ListedFact::MerchantDiscount) {
            return None;
        }
        let (amount, code) = self.value.split_once(' ')?;
        (code == currency.code())
            .then(|| Money::parse(amount, currency).ok())
            .flatten()
            .map(|money| money.minor)
    }
}

/// Returns whether a list may move a trade on from one state to another:
///
/// | from | to |
/// |---|---|
/// | created | any other |
/// | processing | succeeded, failed, closed |
/// | unknown | processing, succeeded, failed, closed |
/// | failed | closed |
#[must_use]
pub fn may_move(from: TradeStatus, to: TradeStatus) -> bool {
    use TradeStatus::{Closed, Created, Failed, Processing, Succeeded, Unknown};
    match from {
        Created => to != Created,
        // Sent is sent: that an answer was lost takes nothing back, least of all a payout that is booked.
        Processing => matches!(to, Succeeded | Failed | Closed),
        Unknown => !matches!(to, Created | Unknown),
        Failed => to == Closed,
        Succeeded | Closed => false,
    }
}

/// Returns what a row of a later list tells that is not known: nothing if it is the trade as known, as first
/// listed, or what a list told before. A list that is behind (a trade still in process that has succeeded
/// since) tells nothing, and nor does one of a fact that it leaves out.
#[must_use]
pub fn news(known: KnownTrade<'_>, listed: &ListedTrade, settlement_matters: bool) -> Vec<TradeNews> {
    if *known.trade == listed.trade && listed.settlement.is_none() {
        return Vec::new();
    }
    ListedFact::ALL
        .iter()
        .filter_map(|fact| {
            let (value, claim) = match fact {
                ListedFact::Status => of_status(known.status, listed.trade.status)?,
                ListedFact::Clearing => of_clearing(known.clearing, listed.trade.clearing)?,
                ListedFact::Settlement if settlement_matters => of_settlement(known.settled, listed)?,
                ListedFact::Settlement => return None,
                _ => (listed.said(*fact)?, true),
            };
            let is_known = value == fact.of_trade(known.trade)
                || said(known.corrected, *fact, &value)
                || said(known.told, *fact, &value);
            (!is_known).then_some(TradeNews { fact: *fact, value, claim })
        })
        .collect()
}

fn said(facts: &[(ListedFact, String)], fact: ListedFact, value: &str) -> bool {
    facts.iter().any(|(known, told)| *known == fact && told == value)
}

fn of_status(now: TradeStatus, listed: TradeStatus) -> Option<(String, bool)> {
    let is_final =
        matches!(listed, TradeStatus::Succeeded | TradeStatus::Failed | TradeStatus::Closed) && now != listed;
    // To have failed and to be closed are the same for the books.
    let same = now == TradeStatus::Closed && listed == TradeStatus::Failed;
    let moves = may_move(now, listed);
    (moves || (is_final && !same)).then(|| (listed.to_string(), !moves))
}

fn of_clearing(now: ClearingStatus, listed: ClearingStatus) -> Option<(String, bool)> {
    if now == listed || listed == ClearingStatus::Uncleared {
        return None;
    }
    Some((listed.to_string(), now != ClearingStatus::Uncleared))
}

fn of_settlement(settled: bool, listed: &ListedTrade) -> Option<(String, bool)> {
    let status = listed.settlement?;
    match (settled, status) {
        (false, SettlementStatus::Settled) => Some((status.to_string(), false)),
        (true, SettlementStatus::Returned) => Some((status.to_string(), true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::trade::{Channel, TradeKind};

    fn trade() -> Trade {
        let occurred_at: Moment = "2018-09-12T10:00:00+08:00".parse().unwrap();
        Trade {
            trade_no: "T1".parse().unwrap(),
            kind: TradeKind::TOPUP,
            product: None,
            channel: Channel::WECHAT,
            channel_ref: "R1".parse().unwrap(),
            original_ref: None,
            merchant_no: None,
            channel_no: None,
            amount_minor: 10_000,
            merchant_discount_minor: 0,
            fee_minor: 60,
            currency: Currency::CNY,
            counter_amount: None,
            customer: Some("A".parse().unwrap()),
            merchant: None,
            occurred_at,
            business_date: occurred_at.date(),
            status: TradeStatus::Processing,
            clearing: ClearingStatus::Uncleared,
            counters: None,
        }
    }

    fn known(trade: &Trade, status: TradeStatus) -> KnownTrade<'_> {
        let clearing = trade.clearing;
        KnownTrade { trade, status, clearing, settled: false, corrected: &[], told: &[] }
    }

    fn told(known: KnownTrade<'_>, change: impl Fn(&mut ListedTrade)) -> Vec<(String, bool)> {
        let (settled_at, trade) = (known.trade.occurred_at, known.trade.clone());
        let mut listed = ListedTrade { settled_at, settlement: None, trade, says_discount: true };
        change(&mut listed);
        let news = news(known, &listed, true);
        news.into_iter().map(|news| (format!("{} {}", news.fact, news.value), news.claim)).collect()
    }

    #[test]
    fn only_what_is_not_final_moves_on() {
        use TradeStatus::{Closed, Created, Failed, Processing, Succeeded, Unknown};
        let moves = [
            (Created, vec![Processing, Succeeded, Failed, Unknown, Closed]),
            (Processing, vec![Succeeded, Failed, Closed]),
            (Unknown, vec![Processing, Succeeded, Failed, Closed]),
            (Failed, vec![Closed]),
            (Succeeded, vec![]),
            (Closed, vec![]),
        ];
        for (from, allowed) in moves {
            let may: Vec<_> = TradeStatus::ALL.iter().copied().filter(|to| may_move(from, *to)).collect();
            assert_eq!(may, allowed, "{from}");
        }
    }

    #[test]
    fn a_final_status_told_otherwise_is_a_claim_and_an_older_list_is_no_news() {
        let trade = trade();
        let listed = |now, status| told(known(&trade, now), |row| row.trade.status = status);
        let moved = |status: &str| vec![(format!("status {status}"), false)];
        let claim = |status: &str| vec![(format!("status {status}"), true)];
        assert_eq!(listed(TradeStatus::Processing, TradeStatus::Succeeded), moved("succeeded"));
        assert_eq!(listed(TradeStatus::Succeeded, TradeStatus::Failed), claim("failed"));
        assert_eq!(listed(TradeStatus::Failed, TradeStatus::Succeeded), claim("succeeded"));
        for (now, status) in [
            (TradeStatus::Succeeded, TradeStatus::Processing),
            (TradeStatus::Succeeded, TradeStatus::Created),
            (TradeStatus::Processing, TradeStatus::Unknown),
            (TradeStatus::Succeeded, TradeStatus::Succeeded),
            (TradeStatus::Closed, TradeStatus::Failed),
        ] {
            assert_eq!(listed(now, status), [], "{now} {status}");
        }
        let said = [(ListedFact::Status, "failed".to_owned())];
        let again = KnownTrade { told: &said, ..known(&trade, TradeStatus::Succeeded) };
        assert_eq!(told(again, |row| row.trade.status = TradeStatus::Failed), [], "a claim is made once");
    }

    #[test]
    fn facts_told_otherwise_are_claims_unless_a_case_corrected_them_so() {
        let trade = trade();
        let now = known(&trade, TradeStatus::Processing);
        let change = |row: &mut ListedTrade| {
            row.trade.amount_minor = 12_000;
            row.trade.customer = Some("B".parse().unwrap());
            row.trade.status = TradeStatus::Succeeded;
        };
        let all = [("status succeeded", false), ("amount 120.00 CNY", true), ("customer B", true)];
        assert_eq!(told(now, change), all.map(|(fact, claim)| (fact.to_owned(), claim)));
        let corrected = [(ListedFact::Amount, "120.00 CNY".to_owned())];
        let by_case = KnownTrade { corrected: &corrected, ..now };
        assert_eq!(told(by_case, |row| row.trade.amount_minor = 12_000), []);
    }

    #[test]
    fn a_fact_that_a_list_leaves_out_is_not_told_otherwise() {
        let whole = Trade {
            product: Some("agreement".to_owned()),
            original_ref: Some("R0".parse().unwrap()),
            merchant: Some("M1".parse().unwrap()),
            counter_amount: Some(Money::new(1_000, "USD".parse().unwrap())),
            merchant_discount_minor: 500,
            ..trade()
        };
        let now = known(&whole, TradeStatus::Processing);
        let left_out = |row: &mut ListedTrade| {
            let Trade { product, original_ref, customer, merchant, counter_amount, .. } = &mut row.trade;
            (*product, *original_ref, *customer, *merchant, *counter_amount) = (None, None, None, None, None);
            (row.trade.merchant_discount_minor, row.says_discount) = (0, false);
        };
        assert_eq!(told(now, left_out), []);
        let none = told(now, |row| row.trade.merchant_discount_minor = 0);
        assert_eq!(none, [("merchant_discount 0.00 CNY".to_owned(), true)], "a discount of nothing is told");
        let bare = trade();
        let named =
            told(known(&bare, TradeStatus::Processing), |row| row.trade.merchant.clone_from(&whole.merchant));
        assert_eq!(named, [("merchant M1".to_owned(), true)], "what is told for the first time is a claim");
    }

    #[test]
    fn clearing_and_settlement_move_on_once() {
        let trade = trade();
        let now = known(&trade, TradeStatus::Processing);
        let cleared = KnownTrade { clearing: ClearingStatus::Cleared, settled: true, ..now };
        let clear = |known, clearing| told(known, |row: &mut ListedTrade| row.trade.clearing = clearing);
        assert_eq!(clear(now, ClearingStatus::Cleared), [("clearing cleared".to_owned(), false)]);
        assert_eq!(clear(cleared, ClearingStatus::Excluded), [("clearing excluded".to_owned(), true)]);
        assert_eq!(clear(cleared, ClearingStatus::Uncleared), []);
        let settle = |known, status| told(known, |row: &mut ListedTrade| row.settlement = Some(status));
        assert_eq!(settle(now, SettlementStatus::Settled), [("settlement settled".to_owned(), false)]);
        assert_eq!(settle(now, SettlementStatus::Settling), []);
        assert_eq!(settle(cleared, SettlementStatus::Settled), []);
        assert_eq!(settle(cleared, SettlementStatus::Returned), [("settlement returned".to_owned(), true)]);
    }
}
