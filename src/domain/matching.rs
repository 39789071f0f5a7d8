//! Which line of a channel answers which trade, where several trades or several lines bear one reference.
//!
//! Pure: the store reads one channel's trades and lines of one reference and which of them may belong together
//! (`trade_fits` in the schema). The best fit by the stated keys is taken first, then the best of what is left.
//! Where two trades fit a line equally well, none is taken. Each line answers one trade at most and the other way
//! round, and the result does not depend on the order in which trades and statements came, but for days that are
//! closed: a pair that agreed when the trade's day closed stays, and a better fit that comes later is told.

use super::id::TradeNo;
use super::money::Currency;
use super::period::Moment;
use super::trade::{TradeKind, TradeStatus};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Version of the stated keys, and of the order in which they decide.
pub const KEYS: &str = "match@1";

vocabulary! {
    /// By what a trade and a line of its channel were found to belong together.
    MatchKey, "key of a match" {
        /// A person decided it.
        Decision = "decision",
        /// Both name the channel's own number.
        ChannelNo = "channel_no",
        /// Kind, reference and, for a refund, its original: nothing else bears them.
        Reference = "reference",
        /// Beside them the merchant number.
        Merchant = "merchant",
        /// Beside them the best fit by status, amount and time.
        Fit = "fit",
    }
}

/// A trade of a contested reference, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestedTrade {
    /// Row.
    pub id: i64,
    /// Number.
    pub trade_no: TradeNo,
    /// Kind.
    pub kind: TradeKind,
    /// Status.
    pub status: TradeStatus,
    /// What is paid of it, in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Time.
    pub occurred_at: Moment,
    /// The channel's own number, if the trade layer tells it.
    pub channel_no: Option<String>,
    /// The merchant number it went by, if the trade layer tells it.
    pub merchant_no: Option<String>,
    /// The first day at whose close the trade was known; `None` if none closed since it came.
    pub known: Option<Date>,
    /// The first closed day from its business day on: with its close the trade's own day was signed.
    pub signed: Option<Date>,
}

/// A line of a contested reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestedLine {
    /// Row.
    pub id: i64,
    /// The channel's own number.
    pub channel_no: String,
    /// The state it proves.
    pub status: TradeStatus,
    /// What the channel pays, in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Time in the channel's clock.
    pub occurred_at: Moment,
    /// The merchant number that the line or its statement names.
    pub merchant_no: Option<String>,
    /// The first day at whose close the line was known, under whatever statement; `None` if none closed since it came.
    pub known: Option<Date>,
    /// Whether a case has accounted for it, for instance by putting its money into suspense.
    pub is_answered: bool,
}

/// What was decided about a trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchOutcome {
    /// A line answers it. `again` are further lines of the same payment: the channel took it more than once.
    Line {
        /// Row of the line.
        line: i64,
        /// By what.
        key: MatchKey,
        /// Rows of the further lines.
        again: Vec<i64>,
        /// Row of the further line that fits better, if the trade keeps the one that its day was signed with.
        better: Option<i64>,
    },
    /// It succeeded and fits a line better than the trade whose day was signed with it, which keeps the line.
    Rematch {
        /// Row of the line.
        line: i64,
        /// The trade that keeps it.
        kept_by: TradeNo,
    },
    /// It fits a line as well as another trade does.
    Ambiguous,
    /// It failed, and another trade of the reference has the line: its second try.
    SecondTry(TradeNo),
    /// It succeeded with the amount of another trade of the reference, which has the only line.
    Doubles(TradeNo),
    /// Another trade of the reference, of another amount, kind or status, fits its line better and has it.
    Taken(TradeNo),
    /// No line answers it.
    Absent,
}

/// What was decided about the trades and lines of one reference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    /// By row of the trade.
    pub trades: BTreeMap<i64, MatchOutcome>,
    /// Rows of lines that no trade answers.
    pub unanswered: BTreeSet<i64>,
    /// Rows of the lines that several trades fit equally well.
    pub ambiguous: BTreeSet<i64>,
}

/// How well a trade and a line fit: smaller is better, compared in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    key: u8,
    answered: bool,
    status: u8,
    other_amount: u64,
    seconds: u64,
}

/// A trade and a line that may belong together, by their places.
#[derive(Debug, Clone, Copy)]
struct Pair {
    trade: usize,
    line: usize,
    score: Score,
}

/// Decides which lines answer which trades. `fits` are the rows of trades and lines that may belong together.
#[must_use]
pub fn decide(trades: &[ContestedTrade], lines: &[ContestedLine], fits: &[(i64, i64)]) -> Matching {
    // By what names them, not by the order of arrival.
    let mut trades: Vec<&ContestedTrade> = trades.iter().collect();
    trades.sort_by(|a, b| a.trade_no.as_str().cmp(b.trade_no.as_str()));
    let mut lines: Vec<&ContestedLine> = lines.iter().collect();
    lines.sort_by(|a, b| line_order(a).cmp(&line_order(b)));
    let mut pairs = pairs_of(&trades, &lines, fits);
    pairs.sort_by_key(|pair| (pair.score, pair.trade, pair.line));
    let signed = signed_pairs(&trades, &lines, &pairs);
    let is_signed =
        |pair: &Pair| signed.iter().any(|(kept, _)| kept.trade == pair.trade || kept.line == pair.line);
    let open: Vec<Pair> = pairs.iter().filter(|pair| !is_signed(pair)).copied().collect();
    let (mut taken, ambiguous) = take(&open);
    taken.extend(signed.iter().map(|(pair, _)| *pair));
    let mut found = Matching::default();
    let taken_by = |line: usize| taken.iter().find(|pair| pair.line == line).map(|pair| pair.trade);
    for (at, line) in lines.iter().enumerate() {
        if ambiguous.1.contains(&at) {
            found.ambiguous.insert(line.id);
        } else if taken_by(at).is_none() {
            found.unanswered.insert(line.id);
        }
    }
    for (at, trade) in trades.iter().enumerate() {
        let mine = || pairs.iter().filter(move |pair| pair.trade == at);
        let outcome = if let Some(pair) = taken.iter().find(|pair| pair.trade == at) {
            let Some(line) = lines.get(pair.line) else { continue };
            let again: Vec<i64> = mine()
                .filter_map(|other| lines.get(other.line))
                .filter(|other| found.unanswered.contains(&other.id) && same_merchant(line, other))
                .filter(|other| !other.is_answered && !is_over(other.status))
                .map(|other| other.id)
                .collect();
            let kept = signed.iter().find(|(kept, _)| kept.trade == at);
            let key = kept
                .map_or_else(|| key_of(trade, line, pair.score, contested(&pairs, pair)), |(_, key)| *key);
            let better = mine()
                .filter(|other| kept.is_some() && other.score < pair.score)
                .filter_map(|other| lines.get(other.line))
                .find(|other| again.contains(&other.id));
            MatchOutcome::Line { line: line.id, key, again, better: better.map(|line| line.id) }
        } else if ambiguous.0.contains(&at) {
            MatchOutcome::Ambiguous
        } else if let Some(kept) = mine().find_map(|pair| {
            let beaten = |kept: &Pair| kept.line == pair.line && pair.score < kept.score;
            signed
                .iter()
                .map(|(kept, _)| kept)
                .find(|kept| beaten(kept) && trade.status == TradeStatus::Succeeded)
        }) {
            let (Some(line), Some(other)) = (lines.get(kept.line), trades.get(kept.trade)) else { continue };
            MatchOutcome::Rematch { line: line.id, kept_by: other.trade_no.clone() }
        } else {
            let other = mine().find_map(|pair| taken_by(pair.line)).and_then(|other| trades.get(other));
            beside(trade, other.copied())
        };
        if let MatchOutcome::Line { again, .. } = &outcome {
            for line in again {
                found.unanswered.remove(line);
            }
        }
        found.trades.insert(trade.id, outcome);
    }
    found
}

/// Returns whether something else might have the trade or the line of a pair.
fn contested(pairs: &[Pair], pair: &Pair) -> bool {
    pairs.iter().any(|other| (other.trade == pair.trade) != (other.line == pair.line))
}

/// Returns the pairs that closed days were signed with, each with its key: at every close the best fits among what was
/// known then, of those trades whose own day had closed. A pair that does not agree, or no longer does, binds nobody.
fn signed_pairs(
    trades: &[&ContestedTrade],
    lines: &[&ContestedLine],
    pairs: &[Pair],
) -> Vec<(Pair, MatchKey)> {
    let closed_at = |pair: &Pair| {
        let (trade, line) = (trades.get(pair.trade)?, lines.get(pair.line)?);
        Some(trade.known?.max(line.known?).max(trade.signed?))
    };
    let closes: BTreeSet<Date> = pairs.iter().filter_map(closed_at).collect();
    let mut signed: Vec<(Pair, MatchKey)> = Vec::new();
    for close in closes {
        let was_known = |pair: &Pair| {
            let (trade, line) = (trades.get(pair.trade), lines.get(pair.line));
            let (trade, line) = (trade.and_then(|trade| trade.known), line.and_then(|line| line.known));
            trade.is_some_and(|day| day <= close) && line.is_some_and(|day| day <= close)
        };
        let is_bound =
            |pair: &Pair| signed.iter().any(|(kept, _)| kept.trade == pair.trade || kept.line == pair.line);
        let known: Vec<Pair> =
            pairs.iter().filter(|pair| was_known(pair) && !is_bound(pair)).copied().collect();
        for pair in take(&known).0 {
            let (Some(trade), Some(line)) = (trades.get(pair.trade), lines.get(pair.line)) else { continue };
            if closed_at(&pair).is_some_and(|day| day <= close) && agree(trade, line) {
                signed.push((pair, key_of(trade, line, pair.score, contested(&known, &pair))));
            }
        }
    }
    signed
}

/// Returns whether a trade and a line that belong together say the same.
fn agree(trade: &ContestedTrade, line: &ContestedLine) -> bool {
    (trade.status, trade.amount_minor, trade.currency)
        == (TradeStatus::Succeeded, line.amount_minor, line.currency)
        && line.status == TradeStatus::Succeeded
}

/// Returns what a trade without a line is beside one of the same reference that has it.
fn beside(trade: &ContestedTrade, other: Option<&ContestedTrade>) -> MatchOutcome {
    let Some(other) = other else { return MatchOutcome::Absent };
    match trade.status {
        TradeStatus::Failed | TradeStatus::Closed => MatchOutcome::SecondTry(other.trade_no.clone()),
        TradeStatus::Succeeded
            if (other.kind, other.amount_minor, other.currency)
                == (trade.kind, trade.amount_minor, trade.currency) =>
        {
            MatchOutcome::Doubles(other.trade_no.clone())
        }
        _ => MatchOutcome::Taken(other.trade_no.clone()),
    }
}

fn line_order(line: &ContestedLine) -> (&str, Option<&str>, Moment, i64, &str) {
    let merchant = line.merchant_no.as_deref();
    (&line.channel_no, merchant, line.occurred_at, line.amount_minor, line.status.as_str())
}

/// Returns whether nothing moved, or will.
const fn is_over(status: TradeStatus) -> bool {
    matches!(status, TradeStatus::Failed | TradeStatus::Closed)
}

fn same_merchant(one: &ContestedLine, other: &ContestedLine) -> bool {
    one.merchant_no.is_none() || other.merchant_no.is_none() || one.merchant_no == other.merchant_no
}

fn key_of(trade: &ContestedTrade, line: &ContestedLine, score: Score, contested: bool) -> MatchKey {
    match score.key {
        0 => MatchKey::ChannelNo,
        _ if !contested => MatchKey::Reference,
        1 if trade.merchant_no == line.merchant_no => MatchKey::Merchant,
        _ => MatchKey::Fit,
    }
}

fn pairs_of(trades: &[&ContestedTrade], lines: &[&ContestedLine], fits: &[(i64, i64)]) -> Vec<Pair> {
    let allowed: BTreeSet<(i64, i64)> = fits.iter().copied().collect();
    let mut pairs = Vec::new();
    for (at, trade) in trades.iter().enumerate() {
        for (to, line) in lines.iter().enumerate() {
            if allowed.contains(&(trade.id, line.id)) {
                pairs.push(Pair { trade: at, line: to, score: score(trade, line) });
            }
        }
    }
    pairs
}

fn score(trade: &ContestedTrade, line: &ContestedLine) -> Score {
    let named = |ours: &Option<String>, theirs: Option<&str>| ours.is_some() && ours.as_deref() == theirs;
    let key = if named(&trade.channel_no, Some(line.channel_no.as_str()).filter(|no| !no.is_empty())) {
        0
    } else if named(&trade.merchant_no, line.merchant_no.as_deref()) {
        1
    } else {
        2
    };
    let status = match (trade.status, line.status) {
        (ours, theirs) if ours == theirs || is_over(ours) && is_over(theirs) => 0,
        (ours, theirs) if is_over(ours) != is_over(theirs) && (is_over(ours) || is_over(theirs)) => 2,
        _ => 1,
    };
    let other_amount = if trade.currency == line.currency {
        trade.amount_minor.abs_diff(line.amount_minor)
    } else {
        u64::MAX
    };
    Score {
        key,
        answered: line.is_answered,
        status,
        other_amount,
        seconds: trade.occurred_at.seconds_since(line.occurred_at).unsigned_abs(),
    }
}

/// Places of trades and of lines.
type Places = (BTreeSet<usize>, BTreeSet<usize>);

/// Takes the best pairs first; `pairs` is in order of its scores. Returns those taken, and what fits equally
/// well and is left to a person.
fn take(pairs: &[Pair]) -> (Vec<Pair>, Places) {
    let mut taken = Vec::new();
    let (mut trades, mut lines) = (BTreeSet::new(), BTreeSet::new());
    let mut ambiguous: Places = (BTreeSet::new(), BTreeSet::new());
    for equal in pairs.chunk_by(|a, b| a.score == b.score) {
        let free = |pair: &&Pair| !trades.contains(&pair.trade) && !lines.contains(&pair.line);
        let mut left: Vec<Pair> = equal.iter().filter(free).copied().collect();
        while let Some(first) = left.first().copied() {
            let (group, rest) = connected(first, left);
            left = rest;
            let of_trades: BTreeSet<usize> = group.iter().map(|pair| pair.trade).collect();
            let of_lines: BTreeSet<usize> = group.iter().map(|pair| pair.line).collect();
            let all_alike = group.len() == of_trades.len() * of_lines.len();
            if all_alike && of_trades.len() <= of_lines.len() {
                // There is a line for each, and which is whose makes no difference.
                for (trade, line) in of_trades.iter().zip(&of_lines) {
                    trades.insert(*trade);
                    lines.insert(*line);
                    taken.push(Pair { trade: *trade, line: *line, score: first.score });
                }
            } else {
                trades.extend(&of_trades);
                lines.extend(&of_lines);
                ambiguous.0.extend(of_trades);
                ambiguous.1.extend(of_lines);
            }
        }
    }
    (taken, ambiguous)
}

/// Splits equal pairs into those connected with `first` by shared trades and lines, and the others.
fn connected(first: Pair, pairs: Vec<Pair>) -> (Vec<Pair>, Vec<Pair>) {
    let (mut trades, mut lines) = (BTreeSet::from([first.trade]), BTreeSet::from([first.line]));
    let (mut group, mut rest): (Vec<Pair>, Vec<Pair>) = (Vec::new(), pairs);
    loop {
        let (near, far): (Vec<Pair>, Vec<Pair>) =
            rest.into_iter().partition(|pair| trades.contains(&pair.trade) || lines.contains(&pair.line));
        if near.is_empty() {
            return (group, far);
        }
        trades.extend(near.iter().map(|pair| pair.trade));
        lines.extend(near.iter().map(|pair| pair.line));
        group.extend(near);
        rest = far;
    }
}

#[cfg(test)]
mod tests;
