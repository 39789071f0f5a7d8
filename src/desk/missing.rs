//! Statements that never came: days on which a channel has trades and no statement that stands covers them, from the
//! hour at which the channel's statement can be fetched. A channel that names no such hour is not judged.

use crate::desk::in_force::InForce;
use crate::domain::channel::ChannelDefinition;
use crate::domain::kind::{Kind, Kinds};
use crate::domain::period::{Moment, parse_zone};
use crate::domain::statement::{BillState, Coverage, StatementHead};
use crate::domain::trade::{Channel, TradeKind};
use crate::protocol::bills::BillRow;
use crate::protocol::reports::MissingBill;
use crate::store::coverage::Sought;
use crate::store::{Reader, StoreError, bills, coverage};
use jiff::Span;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// For how long a merchant number that statements named is expected to be billed again.
const LEARNT_DAYS: i64 = 7;

/// A statement that never came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingStatement {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// The merchant number, where it is known.
    pub number: Option<String>,
    /// Which lines no statement covers.
    pub covers: Coverage,
    /// From when it could be fetched.
    pub ready: Moment,
}

impl From<&MissingStatement> for MissingBill {
    fn from(missing: &MissingStatement) -> Self {
        Self { merchant_no: missing.number.clone(), covers: missing.covers, ready: missing.ready }
    }
}

/// Statements that never came, of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingDays {
    /// The first day of the channel with a statement that stands; `None` if there is none.
    pub first_statement: Option<Date>,
    /// What is missing, in order of days.
    pub missing: Vec<MissingStatement>,
}

/// Statements that never came, of all channels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    /// By channel.
    pub days: Vec<MissingDays>,
    /// From when the next statement could be fetched that is not here yet.
    pub next: Option<Moment>,
}

/// Merchant and sub-merchant that a statement is of; a number that only trades or the channel's data name is
/// the merchant.
type Number = (Option<String>, Option<String>);

/// Which statements that never came are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// Those of one channel's day alone.
    pub only: Option<(Channel, Date)>,
    /// Statements, by row, that are taken to stand otherwise than they do.
    pub otherwise: Option<&'a BTreeMap<i64, BillState>>,
}

/// Reads the statements that never came, by channel.
pub(crate) fn missing<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    now: Moment,
    asked: Asked<'_>,
) -> Result<Missing, StoreError> {
    if !reader.is_prefetch() {
        while reader.prefetch_pass()? {
            let _ = read(reader, in_force, now, asked);
        }
    }
    read(reader, in_force, now, asked)
}

fn read<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    now: Moment,
    asked: Asked<'_>,
) -> Result<Missing, StoreError> {
    let state = |bill: &BillRow| {
        asked.otherwise.and_then(|otherwise| otherwise.get(&bill.id)).copied().unwrap_or(bill.state)
    };
    let judged: Vec<&ChannelDefinition> =
        in_force.channels.all().iter().filter(|channel| channel.statement_ready_minute.is_some()).collect();
    if judged.is_empty() {
        return Ok(Missing::default());
    }
    let mut days: BTreeMap<Channel, BTreeSet<Date>> = BTreeMap::new();
    for (channel, day) in coverage::trade_days(reader)? {
        if asked.only.is_none_or(|only| only == (channel, day)) {
            days.entry(channel).or_default().insert(day);
        }
    }
    let mut numbered: BTreeMap<(Channel, Date), BTreeSet<String>> = BTreeMap::new();
    for (channel, day, number) in coverage::numbered_days(reader)? {
        numbered.entry((channel, day)).or_default().insert(number);
    }
    let mut found = Missing::default();
    for channel in judged {
        let Some(days) = days.get(&channel.code) else { continue };
        let heads: Vec<StatementHead> = bills::list(reader, false, Some(channel.code.as_str()), None)?
            .into_iter()
            .filter(|bill| state(bill) == BillState::Standing && bill.head.day.is_some())
            .map(|bill| bill.head)
            .collect();
        let mut missing = Vec::new();
        for day in days {
            let Some(ready) = ready(channel, *day) else { continue };
            if ready > now {
                found.next = Some(found.next.map_or(ready, |next| next.min(ready)));
                continue;
            }
            let named = numbered.get(&(channel.code, *day));
            for number in expected(channel, *day, named, &heads) {
                let of_trades = named.is_some();
                let of = Expected { channel: channel.code, day: *day, number, of_trades, ready };
                missing.extend(of.missing(reader, &in_force.kinds, &heads)?);
            }
        }
        found
            .days
            .push(MissingDays { first_statement: heads.iter().filter_map(|head| head.day).min(), missing });
    }
    Ok(found)
}

/// Returns when the statement of a day can be fetched; `None` if the channel does not say.
fn ready(channel: &ChannelDefinition, day: Date) -> Option<Moment> {
    let minute = channel.statement_ready_minute?;
    let midnight = day.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
    let local = midnight.checked_add(Span::new().minutes(minute)).ok()?;
    Moment::from_local(local, &parse_zone(&channel.zone).ok()?).ok()
}

/// Returns the merchant numbers that a day's statements are expected of: those of its trades, else those that the
/// channel's data name or that were billed in the days before, else none in particular.
fn expected(
    channel: &ChannelDefinition,
    day: Date,
    named: Option<&BTreeSet<String>>,
    heads: &[StatementHead],
) -> BTreeSet<Number> {
    let plain = |number: &String| (Some(number.clone()), None);
    if let Some(named) = named {
        return named.iter().map(plain).collect();
    }
    let since = day.saturating_sub(Span::new().days(LEARNT_DAYS));
    let before = |head: &&StatementHead| head.day.is_some_and(|of| since <= of && of < day);
    let mut numbers: BTreeSet<Number> = channel.merchants.iter().map(plain).collect();
    let learnt = heads.iter().filter(before).filter(|head| head.merchant_id.is_some());
    numbers.extend(learnt.map(|head| (head.merchant_id.clone(), head.sub_merchant.clone())));
    if numbers.is_empty() {
        numbers.insert((None, None));
    }
    numbers
}

/// A statement that is expected.
struct Expected {
    channel: Channel,
    day: Date,
    number: Number,
    /// Whether trades name the number.
    of_trades: bool,
    ready: Moment,
}

impl Expected {
    /// Returns true if a statement is of this merchant number, or may be.
    fn is_of(&self, head: &StatementHead, heads: &[StatementHead]) -> bool {
        let (Some(merchant), sub) = &self.number else { return true };
        if head.merchant_id.is_none() {
            return true;
        }
        if sub.is_some() {
            return head.merchant_id.as_ref() == Some(merchant)
                && (head.sub_merchant.is_none() || head.sub_merchant == *sub);
        }
        // A number that no statement is of may be that of one merchant among others in a provider's bill.
        names(head, merchant) || (head.sub_merchant.is_none() && self.is_of_no(heads))
    }

    /// Returns true if no statement is of this merchant number.
    fn is_of_no(&self, heads: &[StatementHead]) -> bool {
        let (Some(merchant), None) = &self.number else { return false };
        !heads.iter().any(|head| names(head, merchant))
    }

    /// Returns what is missing of it.
    fn missing<R: Reader + ?Sized>(
        &self,
        reader: &mut R,
        kinds: &Kinds,
        heads: &[StatementHead],
    ) -> Result<Option<MissingStatement>, StoreError> {
        let of_day: Vec<&StatementHead> =
            heads.iter().filter(|head| head.day == Some(self.day) && self.is_of(head, heads)).collect();
        let mut open = Vec::new();
        for covers in [Coverage::Payments, Coverage::Refunds] {
            let covering: Vec<_> = of_day.iter().filter(|head| head.covers.holds(covers)).collect();
            // Whether a provider's bill is of this merchant too, its lines tell: of one that it does not list it
            // says nothing.
            let unlisted = self.is_of_no(heads) && covering.iter().any(|head| head.merchant_id.is_some());
            if !unlisted && covering.iter().any(|head| head.until.is_none()) {
                continue;
            }
            let codes = listed(kinds, covers);
            let codes: Vec<&str> = codes.iter().map(TradeKind::as_str).collect();
            let until = covering.iter().filter_map(|head| head.until).max().map(|until| until.to_string());
            let sought = Sought {
                channel: self.channel,
                day: self.day,
                kinds: &codes,
                // Which trades without a number went by this one is not known.
                number: self.number.0.as_deref().filter(|_| self.of_trades),
                after: until.as_deref().filter(|_| !unlisted),
                unlisted,
            };
            if coverage::any_trade(reader, sought)? {
                open.push(covers);
            }
        }
        let covers = match open.as_slice() {
            [] => return Ok(None),
            [one] if !of_day.is_empty() => *one,
            _ => Coverage::All,
        };
        let (merchant, sub) = self.number.clone();
        let number = sub.or(merchant);
        Ok(Some(MissingStatement { channel: self.channel, day: self.day, number, covers, ready: self.ready }))
    }
}

/// Returns true if a statement is of a merchant number, as its own or as that of a sub-merchant.
fn names(head: &StatementHead, merchant: &String) -> bool {
    head.merchant_id.as_ref() == Some(merchant) || head.sub_merchant.as_ref() == Some(merchant)
}

/// Returns the codes of the kinds of trades that lines of a bill of payments, or of refunds, stand for.
fn listed(kinds: &Kinds, covers: Coverage) -> Vec<TradeKind> {
    let refunds = covers == Coverage::Refunds;
    let is_listed = |kind: &Kind| kind.listed && kind.undoes.is_empty() != refunds;
    kinds.in_files().filter(|code| kinds.get(*code).is_some_and(is_listed)).collect()
}
