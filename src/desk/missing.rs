//! Statements that never came: days on which a channel has trades and no statement that stands covers them.
//!
//! They are missing from the hour at which the channel's statement can be fetched. Where a channel names no such hour,
//! a day is missing once statements of an earlier and of a later day stand and none lists a trade of it.

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
use std::ops::RangeInclusive;

/// For how long before and after its statements a merchant number is expected to be billed.
const LEARNT_DAYS: i64 = 7;

/// For how long after its last statement a merchant number counts as in use: a trade that no statement lists may be of
/// it. A channel may make no statement for days without trades.
const IN_USE_DAYS: i64 = 31;

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
    /// From when it could be fetched; since when a later one stands if the channel does not say.
    pub ready: Moment,
    /// The later day with a statement by which it is missed, if the channel does not say when it could be fetched.
    pub later: Option<Date>,
}

impl From<&MissingStatement> for MissingBill {
    fn from(missing: &MissingStatement) -> Self {
        let MissingStatement { number, covers, ready, later, .. } = missing;
        Self { merchant_no: number.clone(), covers: *covers, ready: *ready, later: *later }
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
    let mut trades: BTreeMap<Channel, BTreeSet<Date>> = BTreeMap::new();
    for (channel, day) in coverage::trade_days(reader)? {
        let days = trades.entry(channel).or_default();
        days.extend(channel_days(in_force, channel, day));
    }
    if let Some((channel, day)) = asked.only {
        trades.retain(|known, days| {
            days.retain(|of| *of == day);
            *known == channel && !days.is_empty()
        });
    }
    let mut numbered: BTreeMap<(Channel, Date), BTreeSet<String>> = BTreeMap::new();
    for (channel, day, number) in coverage::numbered_days(reader)? {
        for day in channel_days(in_force, channel, day) {
            numbered.entry((channel, day)).or_default().insert(number.clone());
        }
    }
    let mut standing: BTreeMap<Channel, Vec<Standing>> = BTreeMap::new();
    for bill in bills::list(reader, false, None, None)? {
        if state(&bill) == BillState::Standing && bill.head.day.is_some() {
            let stands = Standing { head: bill.head, since: bill.imported_at };
            standing.entry(stands.head.channel).or_default().push(stands);
        }
    }
    let mut found = Missing::default();
    for channel in in_force.channels.all() {
        let Some(days) = trades.get(&channel.code) else { continue };
        let heads = standing.get(&channel.code).map_or(&[][..], Vec::as_slice);
        if heads.is_empty() && channel.statement_ready_minute.is_none() {
            continue;
        }
        let mut missing = Vec::new();
        for day in days {
            let ready = ready(channel, *day);
            if let Some(ready) = ready.filter(|ready| *ready > now) {
                found.next = Some(found.next.map_or(ready, |next| next.min(ready)));
                continue;
            }
            let named = numbered.get(&(channel.code, *day));
            let (channel_code, of_trades) = (channel.code, named.is_some());
            let of = |number: &Number, is_later: bool| Expected {
                channel: channel_code,
                day: *day,
                number: number.clone(),
                of_trades,
                is_later,
                ready,
            };
            let numbers = expected(channel, *day, named, heads);
            let known = missing.len();
            for number in &numbers {
                missing.extend(of(number, false).missing(
                    reader,
                    &in_force.kinds,
                    (heads, asked.otherwise),
                )?);
            }
            // What is missing of no number in particular may be that of a number learnt later, or billed longer ago.
            if of_trades || (missing.len() > known && numbers.contains(&(None, None))) {
                continue;
            }
            for number in learnt(*day, -IN_USE_DAYS..=LEARNT_DAYS, heads).difference(&numbers) {
                missing.extend(of(number, true).missing(
                    reader,
                    &in_force.kinds,
                    (heads, asked.otherwise),
                )?);
            }
        }
        let first_statement = heads.iter().filter_map(|stands| stands.head.day).min();
        found.days.push(MissingDays { first_statement, missing });
    }
    Ok(found)
}

/// A statement that stands.
struct Standing {
    head: StatementHead,
    /// When it was imported.
    since: Moment,
}

/// Returns the days of a channel that trades of a business day may belong to: after a cut that is not midnight they
/// belong to the next one, and by another clock to either side.
fn channel_days(in_force: &InForce, channel: Channel, day: Date) -> impl Iterator<Item = Date> + use<> {
    let (is_ahead, is_apart) = (in_force.has_early_cut(channel), in_force.has_own_clock(channel));
    let next = (is_ahead || is_apart).then(|| day.tomorrow().ok()).flatten();
    let before = is_apart.then(|| day.yesterday().ok()).flatten();
    before.into_iter().chain([day]).chain(next)
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
    standing: &[Standing],
) -> BTreeSet<Number> {
    let plain = |number: &String| (Some(number.clone()), None);
    if let Some(named) = named {
        return named.iter().map(plain).collect();
    }
    let mut numbers: BTreeSet<Number> = channel.merchants.iter().map(plain).collect();
    numbers.extend(learnt(day, -LEARNT_DAYS..=-1, standing));
    if numbers.is_empty() {
        numbers.insert((None, None));
    }
    numbers
}

/// Returns the merchant numbers that were billed on days that lie so many days behind a day.
fn learnt(day: Date, days: RangeInclusive<i64>, standing: &[Standing]) -> BTreeSet<Number> {
    let shifted = |days: i64| day.saturating_add(Span::new().days(days));
    let near = shifted(*days.start())..=shifted(*days.end());
    let heads = standing.iter().map(|stands| &stands.head);
    let named =
        heads.filter(|head| head.merchant_id.is_some() && head.day.is_some_and(|of| near.contains(&of)));
    named.map(|head| (head.merchant_id.clone(), head.sub_merchant.clone())).collect()
}

/// A statement that is expected.
struct Expected {
    channel: Channel,
    day: Date,
    number: Number,
    /// Whether trades name the number.
    of_trades: bool,
    /// Whether statements of this day and later ones, or of longer ago, alone name the number: a trade that is listed
    /// says nothing of it.
    is_later: bool,
    /// From when it can be fetched, if the channel says.
    ready: Option<Moment>,
}

impl Expected {
    /// Returns true if a statement is of this merchant number, or may be.
    fn is_of(&self, head: &StatementHead, standing: &[Standing]) -> bool {
        let (Some(merchant), sub) = &self.number else { return true };
        if head.merchant_id.is_none() {
            return true;
        }
        if sub.is_some() {
            return head.merchant_id.as_ref() == Some(merchant)
                && (head.sub_merchant.is_none() || head.sub_merchant == *sub);
        }
        // A number that no statement is of may be that of one merchant among others in a provider's bill.
        names(head, merchant) || (head.sub_merchant.is_none() && self.is_of_no(standing))
    }

    /// Returns true if no statement is of this merchant number.
    fn is_of_no(&self, standing: &[Standing]) -> bool {
        let (Some(merchant), None) = &self.number else { return false };
        !standing.iter().any(|stands| names(&stands.head, merchant))
    }

    /// Returns since when it is missed, and the later day that tells so: from the hour at which it can be fetched, else
    /// once statements of an earlier and of a later day stand.
    fn missed_since(&self, covers: Coverage, standing: &[Standing]) -> Option<(Moment, Option<Date>)> {
        if let Some(ready) = self.ready {
            return Some((ready, None));
        }
        let alike =
            |stands: &&Standing| stands.head.covers.holds(covers) && self.is_of(&stands.head, standing);
        let neighbours =
            || standing.iter().filter(alike).filter_map(|stands| Some((stands.head.day?, stands.since)));
        let later = neighbours().filter(|(day, _)| *day > self.day).min_by_key(|(day, since)| (*since, *day));
        let (day, since) = later.filter(|_| neighbours().any(|(day, _)| day < self.day))?;
        Some((since, Some(day)))
    }

    /// Returns what is missing of it.
    fn missing<R: Reader + ?Sized>(
        &self,
        reader: &mut R,
        kinds: &Kinds,
        (standing, otherwise): (&[Standing], Option<&BTreeMap<i64, BillState>>),
    ) -> Result<Option<MissingStatement>, StoreError> {
        let heads = standing.iter().map(|stands| &stands.head);
        let of_day: Vec<&StatementHead> =
            heads.filter(|head| head.day == Some(self.day) && self.is_of(head, standing)).collect();
        let mut open = Vec::new();
        let mut missed = None;
        for covers in [Coverage::Payments, Coverage::Refunds] {
            let covering: Vec<_> = of_day.iter().filter(|head| head.covers.holds(covers)).collect();
            // Whether a provider's bill is of this merchant too, its lines tell: of one that it does not list it
            // says nothing.
            let unlisted = self.is_of_no(standing) && covering.iter().any(|head| head.merchant_id.is_some());
            if !unlisted && covering.iter().any(|head| head.until.is_none()) {
                continue;
            }
            let Some(since) = self.missed_since(covers, standing) else { continue };
            // Without an hour another day's statement may list them; a number learnt later may be in use since then
            // only.
            let elsewhere = self.ready.is_none() || self.is_later;
            if self.ready.is_none() && unlisted {
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
                unlisted: unlisted || elsewhere,
                otherwise,
            };
            if coverage::any_trade(reader, sought)? {
                open.push(covers);
                missed = missed.into_iter().chain([since]).min();
            }
        }
        let Some((ready, later)) = missed else { return Ok(None) };
        let covers = match open.as_slice() {
            [one] if !of_day.is_empty() => *one,
            _ => Coverage::All,
        };
        let (merchant, sub) = self.number.clone();
        let number = sub.or(merchant);
        Ok(Some(MissingStatement { channel: self.channel, day: self.day, number, covers, ready, later }))
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
