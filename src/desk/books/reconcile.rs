//! Reconciliation of a channel's day: counts and sums by status, and the rows that do not match. Every standing line
//! of the day counts once and every trade once, payments and refunds apart.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::desk::missing;
use crate::domain::kind::Kind;
use crate::domain::matching::MatchOutcome;
use crate::domain::rejection::Rejection;
use crate::domain::statement::{BillState, LineKind, StatementLine};
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::domain::turnover::minor;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{
    ListChannelDays, MissingBill, ReconCount, ReconRow, ReconSum, ReconcileChannel, Reconciliation,
};
use crate::protocol::trades::awaits_trade;
use crate::protocol::watch::Watch;
use crate::store::matching::Contests;
use crate::store::reconcile::DayTrade;
use crate::store::{bills, reconcile, statements, watermark};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Most rows listed; the counts cover all of them.
const LISTED: usize = 1000;
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

/// Sums of payments and of what went out.
#[derive(Debug, Default, Clone, Copy)]
struct Sides {
    ours: [i128; 2],
    theirs: [i128; 2],
}

#[derive(Debug, Default)]
struct Count {
    rows: i64,
    sides: Sides,
}

/// Counts by status, and the rows that do not match.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<(String, ReconStatus), Count>,
    only: BTreeMap<String, Sides>,
    rows: Vec<ReconRow>,
    more: bool,
    differs: bool,
}

/// What a row adds to the sums: ours, and the channel's lines of the day with their kinds.
struct Weight {
    ours_go_out: bool,
    theirs: Vec<(LineKind, i64)>,
}

/// Returns the place of a kind of line in the sums, and its sign: what was revoked is taken off the payments.
const fn place(kind: LineKind) -> (usize, i128) {
    match kind {
        LineKind::Pay => (0, 1),
        LineKind::Refund => (1, 1),
        LineKind::Revoke => (0, -1),
    }
}

impl Tally {
    fn add(&mut self, mut row: ReconRow, weight: &Weight) {
        let ours = i128::from(
            row.ours_minor.filter(|_| row.our_status == Some(TradeStatus::Succeeded)).unwrap_or(0),
        );
        let way = usize::from(weight.ours_go_out);
        let sign = |way: usize| if way == 0 { 1 } else { -1 };
        let mut theirs = [0_i128; 2];
        for (kind, amount_minor) in &weight.theirs {
            let (way, sign) = place(*kind);
            if let Some(sum) = theirs.get_mut(way) {
                *sum += sign * i128::from(*amount_minor);
            }
        }
        let currency = row.their_currency.clone().unwrap_or_else(|| row.currency.clone());
        let count = self.counts.entry((row.currency.clone(), row.recon)).or_default();
        count.rows += 1;
        if let Some(sum) = count.sides.ours.get_mut(way) {
            *sum += ours;
        }
        let count = self.counts.entry((currency.clone(), row.recon)).or_default();
        for (sum, more) in count.sides.theirs.iter_mut().zip(theirs) {
            *sum += more;
        }
        if row.their_currency.is_none() {
            // What is listed on another day is not the day's, but no difference of the row either.
            let listed = row.theirs_minor.filter(|_| !is_over(row.their_status)).unwrap_or(0);
            let their_way = row.line_kind.map_or(way, |kind| place(kind).0);
            let their_sign = row.line_kind.map_or(1, |kind| place(kind).1);
            let effect = sign(their_way) * their_sign * i128::from(listed) - sign(way) * ours;
            row.effect_minor = i64::try_from(effect).unwrap_or(if effect < 0 { i64::MIN } else { i64::MAX });
        }
        let only = self.only.entry(currency).or_default();
        match row.recon {
            ReconStatus::Matched => return,
            ReconStatus::Waiting | ReconStatus::Unmatched => {}
            _ => self.differs = true,
        }
        if row.trade_no.is_none() || ours == 0 {
            for (sum, more) in only.theirs.iter_mut().zip(theirs) {
                *sum += more;
            }
        } else if (row.theirs_minor.is_none() || is_over(row.their_status))
            && let Some(sum) = only.ours.get_mut(way)
        {
            *sum += ours;
        }
        if self.rows.len() < LISTED {
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

impl OpenLedger {
    pub(crate) fn reconcile(
        &mut self,
        context: &Context,
        channel: Channel,
        day: Date,
    ) -> Result<Reconciliation, Refusal> {
        let mut all = bills::list(&mut *self.engine, true, Some(channel.as_str()), Some(&day.to_string()))?;
        all.sort_by_key(|bill| (bill.state != BillState::Standing, bill.id));
        let standing: Vec<_> = all.iter().filter(|bill| bill.state == BillState::Standing).collect();
        let missing = missing::missing(&mut *self.engine, &self.in_force, context.now, Some((channel, day)))?;
        let missing: Vec<MissingBill> = missing
            .into_iter()
            .flat_map(|days| days.missing)
            .map(|one| MissingBill { merchant_no: one.number, covers: one.covers, ready: one.ready })
            .collect();
        let mut tally = Tally::default();
        let mut contested = Vec::new();
        let kinds = &self.in_force.kinds;
        let goes_out = |kind: &str| {
            let kind = kinds.read(kind).ok();
            kind.and_then(Kind::comes_in) == Some(false)
        };
        reconcile::trades(&mut *self.engine, channel, day, &mut |trade| {
            if trade.row.recon == ReconStatus::Ambiguous {
                contested.push(trade);
                return Ok(());
            }
            let theirs = trade.row.line_kind.zip(trade.row.theirs_minor);
            let theirs =
                theirs.filter(|_| trade.row.statement_day == Some(day) && !is_over(trade.row.their_status));
            let ours_go_out = trade
                .row
                .line_kind
                .map_or_else(|| goes_out(&trade.row.kind), |kind| kind == LineKind::Refund);
            tally.add(trade.row, &Weight { ours_go_out, theirs: theirs.into_iter().collect() });
            Ok(())
        })?;
        let mut contests = Contests::default();
        let mut answered = BTreeSet::new();
        for DayTrade { id, mut row } in contested {
            let resolved = contests.resolve(&mut *self.engine, id, (channel, &row.channel_ref))?;
            row.recon = resolved.recon;
            let mut weight = Weight { ours_go_out: goes_out(&row.kind), theirs: Vec::new() };
            if let MatchOutcome::Line { line, key, again, .. } = resolved.outcome {
                let rows: Vec<i64> = std::iter::once(line).chain(again).collect();
                answered.extend(rows.iter().copied());
                let lines = statements::lines_in(&mut *self.engine, &rows)?;
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
                        weight.theirs.push((line.kind, line.paid_minor()));
                    }
                }
                if let Some(first) = lines.into_iter().next() {
                    weight.ours_go_out = first.line.kind == LineKind::Refund;
                    row.their_status = Some(first.line.status);
                    row.statement_day = first.day;
                    row.line_kind = Some(first.line.kind);
                    let currency = first.line.currency.code().to_owned();
                    row.their_currency = Some(currency).filter(|currency| *currency != row.currency);
                    row.statement = Some(first.file);
                    row.line = i64::try_from(first.line.line).ok();
                }
            }
            tally.add(row, &weight);
        }
        self.other_lines((channel, day), &answered, &mut contests, &mut tally)?;
        let sums = self.recon_sums(channel, day, &tally)?;
        let mut currencies: Vec<String> = tally.counts.keys().map(|(currency, _)| currency.clone()).collect();
        currencies.dedup();
        if currencies.is_empty() {
            currencies.push(self.in_force.currency().code().to_owned());
        }
        let mut counts = Vec::new();
        for currency in currencies {
            for recon in ORDER {
                let count = tally.counts.remove(&(currency.clone(), recon)).unwrap_or_default();
                counts.push(counted(recon, &currency, &count)?);
            }
        }
        Ok(Reconciliation {
            channel,
            day,
            cut_from: self.in_force.policy.cut_from(),
            cut_until: self.in_force.policy.cut_until(),
            lines: standing.iter().map(|bill| bill.lines).sum(),
            statements: standing.iter().map(|bill| bill.file.clone()).collect(),
            differs: tally.differs || !missing.is_empty(),
            bills: all,
            missing,
            counts,
            sums,
            rows: tally.rows,
            more: tally.more,
        })
    }

    /// Adds the lines that are no trade's plain line, but those in `taken`.
    fn other_lines(
        &mut self,
        (channel, day): (Channel, Date),
        taken: &BTreeSet<i64>,
        contests: &mut Contests,
        tally: &mut Tally,
    ) -> Result<(), Refusal> {
        let newest = watermark::newest_day(&mut *self.engine)?;
        for other in reconcile::other_lines(&mut *self.engine, channel, day)? {
            if taken.contains(&other.id) {
                continue;
            }
            let Some(row) = statements::lines_in(&mut *self.engine, &[other.id])?.pop() else { continue };
            let is_ambiguous = other.is_contested
                && contests.is_ambiguous(&mut *self.engine, other.id, (channel, &row.line.channel_ref))?;
            let recon = if is_ambiguous {
                ReconStatus::Ambiguous
            } else if other.is_answered || other.is_netted || row.line.moves_nothing() {
                // An order that a discount pays whole moves no money, so nothing is missing here.
                ReconStatus::Matched
            } else if awaits_trade(&row, newest.as_deref(), &self.in_force.policy.cut_from()) {
                ReconStatus::Waiting
            } else {
                ReconStatus::Long
            };
            let theirs = (row.line.kind, row.line.paid_minor());
            let counts = !is_over(Some(row.line.status));
            let weight = Weight {
                ours_go_out: row.line.kind == LineKind::Refund,
                theirs: Some(theirs).filter(|_| counts).into_iter().collect(),
            };
            tally.add(reconcile::line_row(row, recon), &weight);
        }
        Ok(())
    }

    /// Returns the sums of a day: the channel's are read from its lines alone.
    fn recon_sums(&mut self, channel: Channel, day: Date, tally: &Tally) -> Result<Vec<ReconSum>, Refusal> {
        let mut all: BTreeMap<String, Sides> = BTreeMap::new();
        for sum in reconcile::line_sums(&mut *self.engine, channel, day)? {
            let (way, sign) = place(sum.kind);
            if let Some(side) = all.entry(sum.currency).or_default().theirs.get_mut(way) {
                *side += sign * i128::from(sum.amount_minor);
            }
        }
        for ((currency, _), count) in &tally.counts {
            for (sum, more) in all.entry(currency.clone()).or_default().ours.iter_mut().zip(count.sides.ours)
            {
                *sum += more;
            }
        }
        let mut sums = Vec::new();
        for (currency, sides) in all {
            let only = tally.only.get(&currency).copied().unwrap_or_default();
            for (way, ours, theirs, only_ours, only_channel) in [
                (LineKind::Pay, sides.ours[0], sides.theirs[0], only.ours[0], only.theirs[0]),
                (LineKind::Refund, sides.ours[1], sides.theirs[1], only.ours[1], only.theirs[1]),
            ] {
                sums.push(ReconSum {
                    currency: currency.clone(),
                    way,
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
    let Sides { ours: [ours, our_refunds], theirs: [theirs, their_refunds] } = count.sides;
    Ok(ReconCount {
        recon,
        currency: currency.to_owned(),
        count: count.rows,
        ours_minor: minor(ours)?,
        theirs_minor: minor(theirs)?,
        our_refunds_minor: minor(our_refunds)?,
        their_refunds_minor: minor(their_refunds)?,
    })
}

impl Handle for ListChannelDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(crate::store::reconcile::channel_days(&mut *ledger.engine)?)
    }
}

impl Handle for ReconcileChannel {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { channel, day } = self;
        if ledger.in_force.channels.get(channel).is_none() {
            return Err(Channel::unknown(channel.as_str(), ledger.in_force.channels.codes()).into());
        }
        Ok(Box::new(ledger.reconcile(context, channel, day)?))
    }
}
