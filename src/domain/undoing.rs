//! A trade that goes back on another (refund, chargeback, return, counter trade, representment), held against it:
//! what was left of the original, and what contradicts it.
//!
//! Trades that name one original make a [`Family`]. Those of lower rows come before: in the order in which the
//! ledger learnt of them, each is held against what the earlier ones left. A trade that is undone itself counts
//! for what is left of it, so what was won back of a chargeback can be refunded again.
//!
//! Limits: an original that the ledger does not know contradicts nothing.

use super::id::{ChannelRef, Party, TradeNo};
use super::kind::{Kind, Kinds, Undoable};
use super::money::Currency;
use super::trade::{Channel, Trade, TradeKind, TradeStatus};
use jiff::civil::Date;
use std::collections::HashMap;

mod contradiction;
mod left;
mod named;
#[cfg(test)]
mod tests;

pub use contradiction::{Contradiction, Held, HeldFact};
pub use left::Left;

/// How deep trades that undo each other are followed: a payment, its chargeback, that one's representment, and
/// the counter trade of it.
const MAX_DEPTH: u8 = 4;

/// A trade of a family, as it is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// Row of the trade.
    pub id: i64,
    /// Its number.
    pub trade_no: TradeNo,
    /// Its kind.
    pub kind: TradeKind,
    /// For a counter trade, the original's kind.
    pub counters: Option<TradeKind>,
    /// Its channel.
    pub channel: Channel,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
    /// The channel's reference of the trade it refers to.
    pub original_ref: Option<ChannelRef>,
    /// Amount in minor units.
    pub amount_minor: i64,
    /// The part of it that the merchant bears as a discount, in minor units.
    pub merchant_discount_minor: i64,
    /// The channel's fee in minor units, negative if it is given back.
    pub fee_minor: i64,
    /// Currency of amount and fee.
    pub currency: Currency,
    /// The customer.
    pub customer: Option<String>,
    /// The merchant.
    pub merchant: Option<String>,
    /// Its status.
    pub status: TradeStatus,
    /// Its day in the ledger's zone.
    pub business_date: Date,
}

impl Relative {
    /// Returns a trade as it was recorded.
    #[must_use]
    pub fn of(id: i64, trade: &Trade) -> Self {
        let name = |party: &Option<Party>| party.as_ref().map(|party| party.as_str().to_owned());
        Self {
            id,
            trade_no: trade.trade_no.clone(),
            kind: trade.kind,
            counters: trade.counters,
            channel: trade.channel,
            channel_ref: trade.channel_ref.clone(),
            original_ref: trade.original_ref.clone(),
            amount_minor: trade.amount_minor,
            merchant_discount_minor: trade.merchant_discount_minor,
            fee_minor: trade.fee_minor,
            currency: trade.currency,
            customer: name(&trade.customer),
            merchant: name(&trade.merchant),
            status: trade.status,
            business_date: trade.business_date,
        }
    }
}

/// The trades with a channel reference and those that refer to it, directly or through each other, by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family(Vec<Relative>);

/// What a trade goes back on, as far as the ledger knows it. Amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoing {
    /// The original.
    pub original: TradeNo,
    /// Its channel.
    pub channel: Channel,
    /// Amount of the original; of a representment that names the payment, of all its chargebacks.
    pub original_minor: i64,
    /// The channel's fee of the original.
    pub fee_minor: i64,
    /// Currency of the original.
    pub currency: Currency,
    /// Customer of the original.
    pub customer: Option<String>,
    /// Merchant of the original.
    pub merchant: Option<String>,
    /// Status of the original.
    pub status: TradeStatus,
    /// Whether the original stands: its money has moved.
    pub stands: bool,
    /// Whether the original itself contradicts what it goes back on, so that nothing of it is booked to its parties.
    pub is_refused: bool,
    /// What is booked of the original to its parties: less than its amount if it undoes more than was left itself.
    pub booked_minor: i64,
    /// Day of the original.
    pub business_date: Date,
    /// What trades before this one have undone of the original.
    pub undone_minor: i64,
    /// The merchant's discount in what they have undone.
    pub undone_discount_minor: i64,
    /// Whether no more may be undone than is left.
    pub limited: bool,
}

impl Undoing {
    /// Returns what trades before this one left of what is booked of the original, in minor units.
    #[must_use]
    pub const fn left_minor(&self) -> i64 {
        self.booked_minor.saturating_sub(self.undone_minor)
    }

    /// Returns how a trade contradicts its original; `None` if it agrees with it. The first of several counts:
    /// that the original did not succeed or is refused itself, another party, channel or currency, too high an amount.
    #[must_use]
    pub fn contradiction(&self, held: Held<'_>) -> Option<Contradiction> {
        let original = || self.original.clone();
        if !self.stands {
            return Some(Contradiction::Status { original: original(), status: self.status });
        }
        if self.is_refused {
            return Some(Contradiction::Refused { original: original() });
        }
        let (merchant, customer) = (self.merchant.as_deref(), self.customer.as_deref());
        let other_customer = customer.is_some() && held.customer.is_some() && customer != held.customer;
        let (channels, currencies) = ((self.channel, held.channel), (self.currency, held.currency));
        let facts = [
            // Without a merchant the customer would pay for it, and the other way round.
            (HeldFact::Merchant, merchant, held.merchant, merchant != held.merchant),
            (HeldFact::Customer, customer, held.customer, other_customer),
            (
                HeldFact::Channel,
                Some(channels.0.as_str()),
                Some(channels.1.as_str()),
                channels.0 != channels.1,
            ),
            (
                HeldFact::Currency,
                Some(currencies.0.code()),
                Some(currencies.1.code()),
                currencies.0 != currencies.1,
            ),
        ];
        if let Some((fact, theirs, ours, _)) = facts.into_iter().find(|(.., differs)| *differs) {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let (theirs, ours) = (text(theirs), text(ours));
            return Some(Contradiction::Fact { original: original(), fact, theirs, ours });
        }
        let left_minor = self.left_minor();
        (self.limited && held.amount_minor > left_minor).then(|| Contradiction::TooMuch {
            original: original(),
            left_minor: left_minor.max(0),
            currency: self.currency,
        })
    }
}

impl Family {
    /// Returns the family of these trades, each once.
    #[must_use]
    pub fn new(mut trades: Vec<Relative>) -> Self {
        trades.sort_by_key(|relative| relative.id);
        trades.dedup_by_key(|relative| relative.id);
        Self(trades)
    }

    /// Returns its trades by row.
    #[must_use]
    pub fn trades(&self) -> &[Relative] {
        &self.0
    }

    /// Returns what the trades that undo one of the family give back of its channel fee, in minor units.
    #[must_use]
    pub fn fee_returned(&self, kinds: &Kinds, original: i64) -> i64 {
        let Ok(at) = self.0.binary_search_by_key(&original, |relative| relative.id) else { return 0 };
        Tree::of(&self.0, kinds).fee_returned(at)
    }

    /// Returns what the trades that undo one of the family leave of it; `None` if the family has no such row.
    #[must_use]
    pub fn left_of(&self, kinds: &Kinds, original: i64) -> Option<Left> {
        let at = self.0.binary_search_by_key(&original, |relative| relative.id).ok()?;
        let tree = Tree::of(&self.0, kinds);
        let of = self.0.get(at)?;
        Some(Left {
            whole: (of.amount_minor, of.merchant_discount_minor),
            amount_minor: tree.standing(at, i64::MAX, 0, amount),
            discount_minor: tree.standing(at, i64::MAX, 0, discount),
        })
    }

    /// Returns what a trade of the family goes back on; `None` if it goes back on nothing that is known.
    #[must_use]
    pub fn undoing(&self, kinds: &Kinds, trade: i64) -> Option<Undoing> {
        let at = self.0.binary_search_by_key(&trade, |relative| relative.id).ok()?;
        Tree::of(&self.0, kinds).undoing(at, 0)
    }
}

/// A sum in minor units that a trade has.
type Of = fn(&Relative) -> i64;

/// The amount of a trade.
const fn amount(trade: &Relative) -> i64 {
    trade.amount_minor
}

/// The merchant's discount of a trade.
const fn discount(trade: &Relative) -> i64 {
    trade.merchant_discount_minor
}

/// A family with the original of each of its trades.
struct Tree<'f> {
    trades: &'f [Relative],
    kinds: &'f Kinds,
    /// Place of the original of each trade.
    originals: Vec<Option<usize>>,
    /// Places of the trades that undo each trade, by row.
    undone_by: Vec<Vec<usize>>,
    /// Trades without an original that undo trades of the original that they name.
    loose: Vec<&'f Relative>,
}

impl<'f> Tree<'f> {
    fn of(trades: &'f [Relative], kinds: &'f Kinds) -> Self {
        let mut by_ref: HashMap<&ChannelRef, Vec<usize>> = HashMap::new();
        for (at, trade) in trades.iter().enumerate() {
            by_ref.entry(&trade.channel_ref).or_default().push(at);
        }
        let originals: Vec<Option<usize>> = trades
            .iter()
            .map(|trade| {
                let named = by_ref.get(trade.original_ref.as_ref()?)?;
                let candidates = named.iter().filter_map(|at| Some((*at, trades.get(*at)?)));
                original_among(kinds, trade, candidates)
            })
            .collect();
        let mut undone_by = vec![Vec::new(); trades.len()];
        for (at, original) in originals.iter().enumerate() {
            if let Some(list) = original.and_then(|original| undone_by.get_mut(original)) {
                list.push(at);
            }
        }
        let mut tree = Self { trades, kinds, originals, undone_by, loose: Vec::new() };
        let without = trades.iter().zip(&tree.originals).filter(|(_, original)| original.is_none());
        tree.loose = without
            .map(|(trade, _)| trade)
            .filter(|trade| trade.original_ref.is_some() && !tree.undone_siblings(trade).is_empty())
            .collect();
        tree
    }

    fn original(&self, at: usize) -> Option<usize> {
        self.originals.get(at).copied().flatten()
    }

    /// Returns what the trade at a place goes back on; what that goes back on is followed from `depth` on.
    fn undoing(&self, at: usize, depth: u8) -> Option<Undoing> {
        let trade = self.trades.get(at)?;
        let limited = self.kinds.get(trade.kind).is_none_or(|kind| kind.undoes_up_to == Undoable::Rest);
        let Some(original) = self.original(at) else { return self.undoing_siblings(trade, limited, depth) };
        let of = self.trades.get(original)?;
        let booked_minor = self.booked_minor(of, depth);
        let first_event = self.kinds.get(of.kind).and_then(|kind| kind.event(kind.first_event()));
        Some(Undoing {
            original: of.trade_no.clone(),
            channel: of.channel,
            original_minor: of.amount_minor,
            fee_minor: of.fee_minor,
            currency: of.currency,
            customer: of.customer.clone(),
            merchant: of.merchant.clone(),
            status: of.status,
            stands: of.status == TradeStatus::Succeeded
                || first_event.is_some_and(|event| event.status.contains(&of.status)),
            is_refused: booked_minor.is_none(),
            booked_minor: booked_minor.unwrap_or(of.amount_minor),
            business_date: of.business_date,
            undone_minor: self.undone(original, trade.id, amount),
            undone_discount_minor: self.undone(original, trade.id, discount),
            limited,
        })
    }

    /// Returns what is booked of a trade to its parties, in minor units: what is left of its original, if it undoes
    /// more; `None` if nothing is, because nothing is left or it contradicts its original otherwise.
    fn booked_minor(&self, trade: &Relative, depth: u8) -> Option<i64> {
        let whole = Some(trade.amount_minor);
        let Ok(at) = self.trades.binary_search_by_key(&trade.id, |other| other.id) else { return whole };
        // Trades that name each other come to an end.
        let undoing = if depth == MAX_DEPTH { None } else { self.undoing(at, depth + 1) };
        let held = Held {
            amount_minor: trade.amount_minor,
            currency: trade.currency,
            channel: trade.channel,
            customer: trade.customer.as_deref(),
            merchant: trade.merchant.as_deref(),
        };
        match undoing.and_then(|undoing| undoing.contradiction(held)) {
            None => whole,
            Some(Contradiction::TooMuch { left_minor, .. }) => Some(left_minor).filter(|left| *left > 0),
            Some(_) => None,
        }
    }

    /// Returns the trades before a row that undo the one at a place, succeeded and in its currency.
    fn undoing_before(&self, original: usize, before: i64) -> impl Iterator<Item = (usize, &'f Relative)> {
        let currency = self.trades.get(original).map(|trade| trade.currency);
        let places = self.undone_by.get(original).into_iter().flatten().copied();
        places.filter_map(|at| Some((at, self.trades.get(at)?))).filter(move |(_, other)| {
            other.id < before && other.status == TradeStatus::Succeeded && Some(other.currency) == currency
        })
    }

    /// Returns what the trades that undo the one at a place give back of its channel fee; what a dispute costs
    /// is no part of it.
    fn fee_returned(&self, original: usize) -> i64 {
        let taken = self.trades.get(original).map_or(0, |trade| trade.fee_minor);
        self.undoing_before(original, i64::MAX)
            .map(|(_, other)| other.fee_minor.saturating_neg())
            .filter(|given| given.signum() == taken.signum())
            .fold(0, i64::saturating_add)
    }

    /// Returns what trades before a row have undone of the one at a place, in minor units.
    fn undone(&self, at: usize, before: i64, of: Of) -> i64 {
        self.trades.get(at).map_or(0, of).saturating_sub(self.standing(at, before, 0, of))
    }

    /// Returns what trades before a row leave of the one at a place, in minor units.
    fn standing(&self, at: usize, before: i64, depth: u8, of: Of) -> i64 {
        let Some(trade) = self.trades.get(at) else { return 0 };
        if depth == MAX_DEPTH {
            return of(trade);
        }
        let undone = self
            .undoing_before(at, before)
            .map(|(other, _)| self.standing(other, before, depth + 1, of))
            .fold(0, i64::saturating_add);
        let won_back = self
            .loose
            .iter()
            .filter(|other| {
                other.id < before
                    && other.status == TradeStatus::Succeeded
                    && other.currency == trade.currency
                    && other.channel == trade.channel
                    && other.original_ref.as_ref() == Some(&trade.channel_ref)
            })
            .map(|other| of(other))
            .fold(0, i64::saturating_add);
        of(trade).saturating_sub(undone.saturating_sub(won_back).max(0))
    }

    /// A trade that names the payment, although it undoes what undid the payment: a representment is held
    /// against all chargebacks of the payment.
    fn undoing_siblings(&self, trade: &Relative, limited: bool, depth: u8) -> Option<Undoing> {
        let undone = self.undone_siblings(trade);
        let first = *undone.first()?;
        let succeeded: Vec<&Relative> = undone
            .into_iter()
            .filter(|other| other.status == TradeStatus::Succeeded && other.currency == first.currency)
            .collect();
        let is_any = !succeeded.is_empty();
        let (booked, parts): (Vec<&Relative>, Vec<i64>) =
            succeeded.into_iter().filter_map(|other| Some((other, self.booked_minor(other, depth)?))).unzip();
        let first = booked.first().copied().unwrap_or(first);
        let before = self.loose.iter().filter(|other| {
            other.id < trade.id
                && other.status == TradeStatus::Succeeded
                && other.channel == trade.channel
                && other.original_ref == trade.original_ref
                && undoes(self.kinds, other, first.kind)
        });
        let (before, sum) = (before.copied().collect::<Vec<_>>(), |trades: &[&Relative], of: Of| {
            trades.iter().map(|other| of(other)).fold(0, i64::saturating_add)
        });
        Some(Undoing {
            original: first.trade_no.clone(),
            channel: first.channel,
            original_minor: sum(&booked, amount),
            fee_minor: booked.iter().map(|other| other.fee_minor).fold(0, i64::saturating_add),
            currency: first.currency,
            customer: first.customer.clone(),
            merchant: first.merchant.clone(),
            status: first.status,
            stands: is_any,
            is_refused: is_any && booked.is_empty(),
            booked_minor: parts.into_iter().fold(0, i64::saturating_add),
            business_date: first.business_date,
            undone_minor: sum(&before, amount),
            undone_discount_minor: sum(&before, discount),
            limited,
        })
    }

    /// Returns the trades of the same original that a trade undoes: those that succeeded first.
    fn undone_siblings(&self, trade: &Relative) -> Vec<&'f Relative> {
        let mut undone: Vec<&Relative> = self
            .trades
            .iter()
            .filter(|other| {
                other.id != trade.id
                    && other.channel == trade.channel
                    && other.original_ref == trade.original_ref
                    && undoes(self.kinds, trade, other.kind)
            })
            .collect();
        undone.sort_by_key(|other| (other.status != TradeStatus::Succeeded, other.id));
        undone
    }
}

/// Returns the place of the trade that another goes back on: of several with its reference the one at its
/// channel that succeeded, in its currency and of its parties.
fn original_among<'f>(
    kinds: &Kinds,
    trade: &Relative,
    candidates: impl Iterator<Item = (usize, &'f Relative)>,
) -> Option<usize> {
    let same = |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
    candidates
        .filter(|(_, other)| other.id != trade.id && undoes(kinds, trade, other.kind))
        // Another channel may use the same reference for a trade of its own.
        .filter(|(_, other)| {
            other.channel == trade.channel
                || same(&trade.merchant, &other.merchant)
                || same(&trade.customer, &other.customer)
        })
        .min_by_key(|(_, other)| {
            (
                other.channel != trade.channel,
                other.status != TradeStatus::Succeeded,
                other.currency != trade.currency,
                (other.merchant != trade.merchant, other.customer != trade.customer),
                other.id,
            )
        })
        .map(|(at, _)| at)
}

/// Returns whether trades of a kind undo such as undo another, so that they may name the payment itself.
#[must_use]
pub fn undoes_what_undid(kinds: &Kinds, kind: TradeKind) -> bool {
    let undone = kinds.get(kind).into_iter().flat_map(|kind| &kind.undoes);
    undone.filter_map(|kind| kinds.get(*kind)).any(Kind::undoes_another)
}

/// Returns whether a trade may undo one of a kind.
fn undoes(kinds: &Kinds, trade: &Relative, undone: TradeKind) -> bool {
    if let Some(countered) = trade.counters {
        return countered == undone;
    }
    kinds.get(trade.kind).is_some_and(|kind| kind.undoes.contains(&undone))
}
