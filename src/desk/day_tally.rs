//! The comparison of a channel's day: every standing line of the day counts once and every trade once, payments and
//! refunds apart. Reconciliation shows it of the ledger, a preview also as it would be after the case.
//!
//! A trade counts on the day of its line if it has one, else on its own day; the other day may list it, but not sum
//! it. What a line revokes is taken off the payments, if that payment is known. A revocation of nothing that is known
//! is money out that no sum of payments may hide: it has sums of its own. A line that two standing statements list
//! counts once; if they are of two days, on the day that the line is of by its own time.

mod agreed;

use self::agreed::Agreed;
use crate::desk::in_force::InForce;
use crate::domain::cut::KnownDays;
use crate::domain::kind::Kind;
use crate::domain::matching::MatchOutcome;
use crate::domain::rejection::Rejection;
use crate::domain::statement::{LineKind, StatementLine};
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::domain::turnover::minor;
use crate::protocol::bills::ListedAgain;
use crate::protocol::reports::{ReconCount, ReconRow, ReconSum};
use crate::protocol::trades::StatementRow;
use crate::store::matching::Contests;
use crate::store::reconcile::{DayTrade, OtherLine};
use crate::store::row_set::RowSet;
use crate::store::{Engine, Reader, StoreError, named_lines, reconcile, statements};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The statuses in the order of display.
const ORDER: [ReconStatus; 11] = [
    ReconStatus::Matched,
    ReconStatus::Long,
    ReconStatus::Short,
    ReconStatus::AmountDiff,
    ReconStatus::FeeDiff,
    ReconStatus::Duplicate,
    ReconStatus::Ambiguous,
    ReconStatus::DateDiff,
    ReconStatus::Overdue,
    ReconStatus::Waiting,
    ReconStatus::Unmatched,
];

/// A channel's day, and what the comparison needs besides what is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayScope<'d> {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// What the ledger has of each channel.
    pub known: &'d BTreeMap<Channel, KnownDays>,
    /// Most rows listed; counts and sums cover all of them.
    pub most: usize,
}

/// Sums of payments, of refunds and whatever else went out, and of revocations of nothing that is known.
type Ways = [i128; 3];

const PAID: usize = 0;
const REFUNDED: usize = 1;
const REVOKED: usize = 2;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sides {
    ours: Ways,
    theirs: Ways,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    rows: i64,
    sides: Sides,
}

/// Counts by status, and the rows that do not match.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DayTally {
    counts: BTreeMap<(String, ReconStatus), Count>,
    only: BTreeMap<String, Sides>,
    /// What trades add up to whose kind the channel's bills do not list; the sums leave it out.
    unlisted: BTreeMap<String, Ways>,
    /// What the channel's lines add up to, whatever the trades are.
    lines: BTreeMap<String, Ways>,
    /// The rows that do not match, at most as many as were wanted.
    pub rows: Vec<ReconRow>,
    /// True if there are more of them.
    pub more: bool,
    /// Lines that another standing statement of the day lists too, the first of them.
    pub again: Vec<ListedAgain>,
    /// True if something differs, beyond what waits for a statement.
    pub differs: bool,
}

/// What a row adds to the sums: ours, and the channel's lines of the day by way.
struct Weight {
    ours_way: usize,
    /// Whether our trade counts on this day.
    ours_are_of_day: bool,
    /// Whether the channel's bills list the kind of our trade.
    ours_are_listed: bool,
    theirs: Vec<(usize, i128)>,
}

/// Returns the way of a kind of line in the sums.
const fn way_of(kind: LineKind) -> usize {
    match kind {
        LineKind::Pay => PAID,
        LineKind::Refund => REFUNDED,
        LineKind::Revoke => REVOKED,
    }
}

/// Returns the way of a kind of line while it is not known what it revokes, and its sign there.
const fn place(kind: LineKind) -> (usize, i128) {
    match kind {
        LineKind::Pay | LineKind::Refund => (way_of(kind), 1),
        LineKind::Revoke => (PAID, -1),
    }
}

impl DayTally {
    /// Adds a row; it is listed if it does not match and there are fewer than `most`.
    fn add(&mut self, mut row: ReconRow, weight: &Weight, most: usize) {
        let ours = i128::from(
            row.ours_minor.filter(|_| row.our_status == Some(TradeStatus::Succeeded)).unwrap_or(0),
        );
        let counted = if weight.ours_are_of_day { ours } else { 0 };
        let way = weight.ours_way;
        let sign = |way: usize| if way == PAID { 1 } else { -1 };
        let mut theirs = Ways::default();
        for (way, amount) in &weight.theirs {
            if let Some(sum) = theirs.get_mut(*way) {
                *sum += amount;
            }
        }
        if !weight.ours_are_listed
            && let Some(sum) = self.unlisted.entry(row.currency.clone()).or_default().get_mut(way)
        {
            *sum += counted;
        }
        let currency = row.their_currency.clone().unwrap_or_else(|| row.currency.clone());
        let count = self.counts.entry((row.currency.clone(), row.recon)).or_default();
        count.rows += 1;
        if let Some(sum) = count.sides.ours.get_mut(way) {
            *sum += counted;
        }
        let count = self.counts.entry((currency.clone(), row.recon)).or_default();
        for (sum, more) in count.sides.theirs.iter_mut().zip(theirs) {
            *sum += more;
        }
        if let Some(sums) = self.lines.get_mut(&currency) {
            // What was taken off the payments revokes none of them.
            sums[PAID] += theirs[REVOKED];
            sums[REVOKED] += theirs[REVOKED];
        }
        if row.their_currency.is_none() && row.recon != ReconStatus::Unmatched {
            // What is listed on another day is not the day's, but no difference of the row either.
            let listed = row.theirs_minor.filter(|_| !is_over(row.their_status)).unwrap_or(0);
            let their_way = row.line_kind.map_or(way, way_of);
            let effect = sign(their_way) * i128::from(listed) - sign(way) * ours;
            row.effect_minor = i64::try_from(effect).unwrap_or(if effect < 0 { i64::MIN } else { i64::MAX });
        }
        let only = self.only.entry(currency).or_default();
        match row.recon {
            ReconStatus::Matched => return,
            ReconStatus::Waiting | ReconStatus::Unmatched => {}
            _ => self.differs = true,
        }
        // No bill covers a trade that is not compared, so it is not only with us.
        let is_compared = row.recon != ReconStatus::Unmatched;
        if row.trade_no.is_none() || ours == 0 {
            for (sum, more) in only.theirs.iter_mut().zip(theirs) {
                *sum += more;
            }
        } else if is_compared
            && (row.theirs_minor.is_none() || is_over(row.their_status))
            && let Some(sum) = only.ours.get_mut(way)
        {
            *sum += counted;
        }
        if self.rows.len() < most {
            self.rows.push(row);
        } else {
            self.more = true;
        }
    }
}

/// Returns whether a line says that nothing happened.
const fn is_over(status: Option<TradeStatus>) -> bool {
    matches!(status, Some(TradeStatus::Failed | TradeStatus::Closed))
}

/// Trades of a day that are worth a second reader, which takes as long to open as some hundreds are compared.
const WORTH_A_SECOND: i64 = 10_000;

/// Compares the trades and lines of a channel's day in the ledger; a long day with a second reader, if the engine has
/// one.
pub(crate) fn tally_in_ledger(
    engine: &mut dyn Engine,
    in_force: &InForce,
    scope: DayScope<'_>,
) -> Result<DayTally, StoreError> {
    let (trades, middle) = reconcile::middle(engine, scope.channel, scope.day)?;
    let second = if trades > WORTH_A_SECOND { engine.second_reader() } else { None };
    compared(engine, second.map(|second| (second, middle)), in_force, scope)
}

/// Compares the trades and lines of a channel's day.
pub(crate) fn tally<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    scope: DayScope<'_>,
) -> Result<DayTally, StoreError> {
    compared(reader, None, in_force, scope)
}

/// Compares the trades and lines of a channel's day; trades behind a row with a second reader, if there is one.
fn compared<R: Reader + ?Sized>(
    reader: &mut R,
    second: Option<(Box<dyn Engine>, i64)>,
    in_force: &InForce,
    scope: DayScope<'_>,
) -> Result<DayTally, StoreError> {
    let DayScope { channel, day, most, .. } = scope;
    let mut tally = DayTally::default();
    let mut contested = Vec::new();
    let kinds = &in_force.kinds;
    let way_of_kind = |kind: &str| {
        let kind = kinds.read(kind).ok();
        if kind.and_then(Kind::comes_in) == Some(false) { REFUNDED } else { PAID }
    };
    let is_listed = |kind: &str| kinds.read(kind).map_or(true, |kind| kind.listed);
    let DayRest { trades, own, lines } = tally.add_agreed(reader, second, channel, day)?;
    reconcile::trades(reader, &trades, &mut |trade| {
        if trade.row.recon == ReconStatus::Ambiguous {
            contested.push(trade);
            return Ok(());
        }
        let theirs = trade.row.line_kind.zip(trade.row.theirs_minor);
        let theirs =
            theirs.filter(|_| trade.row.statement_day == Some(day) && !is_over(trade.row.their_status));
        let ours_way = trade.row.line_kind.map_or_else(|| way_of_kind(&trade.row.kind), way_of);
        let ours_are_listed = is_listed(&trade.row.kind);
        let theirs =
            theirs.map(|(kind, amount_minor)| (way_of(kind), i128::from(amount_minor))).into_iter().collect();
        let ours_are_of_day = trade.row.statement_day.map_or_else(|| own.contains(trade.id), |of| of == day);
        tally.add(trade.row, &Weight { ours_way, ours_are_of_day, ours_are_listed, theirs }, most);
        Ok(())
    })?;
    let mut contests = Contests::default();
    let mut answered = BTreeSet::new();
    for DayTrade { id, mut row } in contested {
        let resolved = contests.resolve(reader, id, (channel, &row.channel_ref))?;
        row.recon = resolved.recon;
        let (ours_way, ours_are_of_day) = (way_of_kind(&row.kind), own.contains(id));
        let mut weight = Weight { ours_way, ours_are_of_day, ours_are_listed: true, theirs: Vec::new() };
        if let MatchOutcome::Line { line, key, again, .. } = resolved.outcome {
            let rows: Vec<i64> = std::iter::once(line).chain(again).collect();
            answered.extend(rows.iter().copied());
            let lines = named_lines::each_once(reader, &rows)?;
            let all_of = |of: fn(&StatementLine) -> i64| {
                lines.iter().map(|row| of(&row.line)).fold(0, i64::saturating_add)
            };
            row.theirs_minor = Some(all_of(StatementLine::paid_minor));
            row.their_fee_minor = Some(all_of(|line| line.fee_minor));
            row.key = Some(key);
            row.how = reconcile::how(row.key);
            row.rules = reconcile::rules(row.key);
            for listed in &lines {
                let line = &listed.line;
                if listed.day == Some(day) && !is_over(Some(line.status)) {
                    weight.theirs.push((way_of(line.kind), i128::from(line.paid_minor())));
                }
            }
            if let Some(first) = lines.into_iter().next() {
                weight.ours_way = way_of(first.line.kind);
                weight.ours_are_of_day = first.day.map_or(weight.ours_are_of_day, |of| of == day);
                row.their_status = Some(first.line.status);
                row.statement_day = first.day;
                row.line_kind = Some(first.line.kind);
                let currency = first.line.currency.code().to_owned();
                row.their_currency = Some(currency).filter(|currency| *currency != row.currency);
                row.statement = Some(first.file);
                row.line = i64::try_from(first.line.line).ok();
                row.channel_no = first.line.number();
            }
        }
        tally.add(row, &weight, most);
    }
    let lines: Vec<i64> = lines.into_iter().filter(|line| !answered.contains(line)).collect();
    other_lines(reader, in_force, scope, &lines, &mut contests, &mut tally)?;
    Ok(tally)
}

/// Adds those of some lines that are no trade's plain line.
fn other_lines<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    scope: DayScope<'_>,
    lines: &[i64],
    contests: &mut Contests,
    tally: &mut DayTally,
) -> Result<(), StoreError> {
    let DayScope { channel, known, most, .. } = scope;
    for other in reconcile::other_lines(reader, lines)? {
        let Some(row) = statements::lines_in(reader, &[other.id])?.pop() else { continue };
        let recon = of_other_line(reader, in_force, contests, (channel, known), (&other, &row))?;
        let paid = i128::from(row.line.paid_minor());
        let theirs = if other.is_netted {
            let (way, sign) = place(row.line.kind);
            (way, sign * paid)
        } else {
            (way_of(row.line.kind), paid)
        };
        let counts = !is_over(Some(row.line.status));
        let weight = Weight {
            ours_way: way_of(row.line.kind),
            ours_are_of_day: false,
            ours_are_listed: true,
            theirs: Some(theirs).filter(|_| counts).into_iter().collect(),
        };
        tally.add(reconcile::line_row(row, recon), &weight, most);
    }
    Ok(())
}

/// Returns what a line is that is no trade's plain line; `known` is what the ledger has of each channel.
pub(crate) fn of_other_line<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    contests: &mut Contests,
    (channel, known): (Channel, &BTreeMap<Channel, KnownDays>),
    (other, row): (&OtherLine, &StatementRow),
) -> Result<ReconStatus, StoreError> {
    if other.is_contested && contests.is_ambiguous(reader, other.id, (channel, &row.line.channel_ref))? {
        return Ok(ReconStatus::Ambiguous);
    }
    Ok(if other.is_answered || other.is_netted || row.line.moves_nothing() {
        // An order that a discount pays whole moves no money, so nothing is missing here.
        ReconStatus::Matched
    } else if in_force.awaits_trade(channel, row, known) {
        ReconStatus::Waiting
    } else {
        ReconStatus::Long
    })
}

/// Rows of a day's trades and lines that take more than one look.
struct DayRest {
    trades: Vec<i64>,
    /// Those of them that are of the day by their own time.
    own: RowSet,
    lines: Vec<i64>,
}

impl DayTally {
    /// Adds the pairs that agree in everything, which are nearly all, and the sums of the lines; returns the rest.
    fn add_agreed<R: Reader + ?Sized>(
        &mut self,
        reader: &mut R,
        second: Option<(Box<dyn Engine>, i64)>,
        channel: Channel,
        day: Date,
    ) -> Result<DayRest, StoreError> {
        let Agreed { sums, taken, others: mut trades } = match second {
            Some(second) => Agreed::read_by_two(reader, second, (channel, day))?,
            None => Agreed::read(reader, (channel, day), i64::MIN..=i64::MAX)?,
        };
        let own = trades.iter().copied().collect();
        for sum in sums {
            let (way, sign) = place(sum.kind);
            let count = self.counts.entry((sum.currency, ReconStatus::Matched)).or_default();
            count.rows += sum.rows;
            if sum.is_of_day {
                if let Some(ours) = count.sides.ours.get_mut(way) {
                    *ours += sum.paid;
                }
                if let Some(theirs) = count.sides.theirs.get_mut(way) {
                    *theirs += sign * sum.paid;
                }
            }
        }
        let mut lines = Vec::new();
        let again = named_lines::listed_again(reader, channel, day, &mut self.again)?;
        reconcile::lines(reader, channel, day, &mut |line| {
            if again.contains(&line.id) {
                return Ok(());
            }
            if !taken.contains(line.id) {
                lines.push(line.id);
            }
            if !is_over(Some(line.status)) {
                let (way, sign) = place(line.kind);
                let sides = match self.lines.get_mut(line.currency) {
                    Some(sides) => sides,
                    None => self.lines.entry(line.currency.to_owned()).or_default(),
                };
                if let Some(side) = sides.get_mut(way) {
                    *side += sign * i128::from(line.paid_minor);
                }
            }
            Ok(())
        })?;
        trades.extend(reconcile::answered_by(reader, &lines)?);
        lines.sort_unstable();
        Ok(DayRest { trades: trades.into_iter().collect(), own, lines })
    }

    /// Returns the number of rows that do not match.
    pub(crate) fn open(&self) -> i64 {
        let open = self.counts.iter().filter(|((_, recon), _)| *recon != ReconStatus::Matched);
        open.map(|(_, count)| count.rows).fold(0, i64::saturating_add)
    }

    /// Returns counts and sums by status, of each currency in the order of display; of `main` if there is nothing.
    ///
    /// # Errors
    /// [`crate::domain::rejection::Code`] of a sum that is too large.
    pub(crate) fn counts(&self, main: &str) -> Result<Vec<ReconCount>, Rejection> {
        let mut currencies: Vec<&str> = self.counts.keys().map(|(currency, _)| currency.as_str()).collect();
        currencies.dedup();
        if currencies.is_empty() {
            currencies.push(main);
        }
        let nothing = Count::default();
        let mut counts = Vec::new();
        for currency in currencies {
            for recon in ORDER {
                let count = self.counts.get(&(currency.to_owned(), recon)).unwrap_or(&nothing);
                counts.push(counted(recon, currency, count)?);
            }
        }
        Ok(counts)
    }

    /// Returns the sums of the day by currency and way; the channel's are those of its lines alone.
    ///
    /// # Errors
    /// The refusal of a sum that is too large.
    pub(crate) fn sums(&self) -> Result<Vec<ReconSum>, Rejection> {
        let mut all: BTreeMap<&str, Sides> = BTreeMap::new();
        for (currency, theirs) in &self.lines {
            all.entry(currency).or_default().theirs = *theirs;
        }
        for ((currency, _), count) in &self.counts {
            for (sum, more) in all.entry(currency).or_default().ours.iter_mut().zip(count.sides.ours) {
                *sum += more;
            }
        }
        for (currency, unlisted) in &self.unlisted {
            for (sum, less) in all.entry(currency).or_default().ours.iter_mut().zip(unlisted) {
                *sum -= less;
            }
        }
        let mut sums = Vec::new();
        for (currency, sides) in all {
            let only = self.only.get(currency).copied().unwrap_or_default();
            for (kind, way) in
                [(LineKind::Pay, PAID), (LineKind::Refund, REFUNDED), (LineKind::Revoke, REVOKED)]
            {
                let [ours, theirs, only_ours, only_channel] =
                    [&sides.ours, &sides.theirs, &only.ours, &only.theirs]
                        .map(|sums| sums.get(way).copied().unwrap_or_default());
                if way == REVOKED && [ours, theirs, only_ours, only_channel] == [0; 4] {
                    continue;
                }
                sums.push(ReconSum {
                    currency: currency.to_owned(),
                    way: kind,
                    ours_minor: minor(ours)?,
                    theirs_minor: minor(theirs)?,
                    only_channel_minor: minor(only_channel)?,
                    only_ours_minor: minor(only_ours)?,
                });
            }
        }
        Ok(sums)
    }
}

fn counted(recon: ReconStatus, currency: &str, count: &Count) -> Result<ReconCount, Rejection> {
    let Sides { ours: [ours, our_refunds, our_revoked], theirs: [theirs, their_refunds, their_revoked] } =
        count.sides;
    Ok(ReconCount {
        recon,
        currency: currency.to_owned(),
        count: count.rows,
        ours_minor: minor(ours)?,
        theirs_minor: minor(theirs)?,
        our_refunds_minor: minor(our_refunds)?,
        their_refunds_minor: minor(their_refunds)?,
        our_revoked_minor: minor(our_revoked)?,
        their_revoked_minor: minor(their_revoked)?,
    })
}
