//! Matching of trades and lines of one reference. What is plain the schema decides (`trade_recon`); where several
//! trades or lines bear one reference, [`crate::domain::matching`] does, on what is read here.

use super::engine::{Param, Reader, StoreError, all, first};
use super::named_lines::{self, NamedLine};
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::matching::{ContestedLine, ContestedTrade, MatchKey, MatchOutcome, Matching, decide};
use crate::domain::trade::{Channel, ReconStatus, Trade};
use crate::protocol::trades::StatementRow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What was decided about a trade whose line is not plain, with its comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedMatch {
    /// What was decided.
    pub outcome: MatchOutcome,
    /// Result of the comparison with the channel.
    pub recon: ReconStatus,
}

/// Matchings by channel and reference, each decided once.
#[derive(Debug, Default)]
pub struct Contests {
    known: BTreeMap<(Channel, ChannelRef), Matching>,
}

impl Contests {
    fn of<R: Reader + ?Sized>(
        &mut self,
        reader: &mut R,
        channel: Channel,
        channel_ref: &ChannelRef,
    ) -> Result<&Matching, StoreError> {
        Ok(match self.known.entry((channel, channel_ref.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(matching(reader, channel, channel_ref)?),
        })
    }

    /// Returns whether several trades of its reference fit a line equally well.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn is_ambiguous<R: Reader + ?Sized>(
        &mut self,
        reader: &mut R,
        line: i64,
        (channel, channel_ref): (Channel, &ChannelRef),
    ) -> Result<bool, StoreError> {
        Ok(self.of(reader, channel, channel_ref)?.ambiguous.contains(&line))
    }

    /// Returns what is decided about the trade in a row, which bears a contested reference.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn resolve<R: Reader + ?Sized>(
        &mut self,
        reader: &mut R,
        trade: i64,
        (channel, channel_ref): (Channel, &ChannelRef),
    ) -> Result<ResolvedMatch, StoreError> {
        let matching = self.of(reader, channel, channel_ref)?;
        let outcome = matching.trades.get(&trade).cloned().unwrap_or(MatchOutcome::Absent);
        let recon = match &outcome {
            MatchOutcome::Line { again, .. } if !again.is_empty() => ReconStatus::Duplicate,
            MatchOutcome::Line { line, .. } => compared(reader, trade, *line)?,
            MatchOutcome::Ambiguous => ReconStatus::Ambiguous,
            MatchOutcome::SecondTry(_) => ReconStatus::Matched,
            MatchOutcome::Doubles(_) | MatchOutcome::Rematch { .. } => ReconStatus::Short,
            MatchOutcome::Taken(_) | MatchOutcome::Absent => absent(reader, trade)?,
        };
        Ok(ResolvedMatch { outcome, recon })
    }
}

/// Decides which lines of a channel's reference answer which trades. Trades and lines that a person decided about are
/// left out.
///
/// # Errors
/// A fault of the engine.
pub fn matching<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Matching, StoreError> {
    let params = [Param::Text(channel_ref.as_str()), Param::Text(channel.as_str())];
    let trades = all(
        reader,
        "SELECT n.id, n.trade_no, n.kind, n.status_now, n.paid_now, n.currency, n.occurred_at, n.channel_no, n.merchant_no, \
                (SELECT k.day FROM day_known k WHERE k.last_trade >= n.id ORDER BY k.last_trade, k.day LIMIT 1), \
                (SELECT k.day FROM day_known k WHERE k.day >= n.business_date ORDER BY k.day LIMIT 1) \
         FROM trade_now n WHERE n.channel_ref = ?1 AND n.channel = ?2 AND NOT EXISTS (SELECT 1 FROM match_now d WHERE d.trade = n.id)",
        &params,
        |row| {
            Ok(ContestedTrade {
                id: row.int(0)?,
                trade_no: row.parse(1)?,
                kind: row.parse(2)?,
                status: row.parse(3)?,
                amount_minor: row.int(4)?,
                currency: row.parse(5)?,
                occurred_at: row.parse(6)?,
                channel_no: row.maybe_text(7)?.map(str::to_owned),
                merchant_no: row.maybe_text(8)?.map(str::to_owned),
                known: row.maybe_parse(9)?,
                signed: row.maybe_parse(10)?,
            })
        },
    )?;
    let (is_open, of_merchant) = (super::answered::unanswered(), super::answered::of_merchant("d"));
    let lines = format!(
        "SELECT l.id, l.channel_no, l.status, l.amount_minor - l.merchant_discount_minor, l.currency, l.occurred_at, \
                coalesce(l.merchant_no, s.sub_merchant, s.merchant_id), \
                (SELECT k.day FROM day_known k WHERE k.last_statement >= (SELECT min(x.statement) FROM statement_line x \
                   WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.kind = l.kind AND x.channel_no = l.channel_no \
                     AND x.amount_minor = l.amount_minor) ORDER BY k.last_statement, k.day LIMIT 1), \
                {is_open} \
         FROM standing_line l JOIN statement s ON s.id = l.statement WHERE l.channel_ref = ?1 AND l.channel = ?2 \
         AND NOT EXISTS (SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade WHERE d.channel_ref = l.channel_ref \
             AND o.channel = l.channel AND d.line_kind = l.kind AND d.channel_no = l.channel_no AND {of_merchant}) \
         AND NOT EXISTS (SELECT 1 FROM line_revoked v WHERE v.payment = l.id)"
    );
    let lines = all(reader, &lines, &params, |row| {
        Ok(ContestedLine {
            id: row.int(0)?,
            channel_no: row.text(1)?.to_owned(),
            status: row.parse(2)?,
            amount_minor: row.int(3)?,
            currency: row.parse(4)?,
            occurred_at: row.parse(5)?,
            merchant_no: row.maybe_text(6)?.map(str::to_owned),
            known: row.maybe_parse(7)?,
            is_answered: !row.flag(8)?,
        })
    })?;
    let fits = all(
        reader,
        "SELECT f.trade, f.line FROM trade t CROSS JOIN trade_fits f ON f.trade = t.id WHERE t.channel_ref = ?1 AND t.channel = ?2",
        &params,
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    Ok(decide(&trades, &lines, &fits))
}

/// Returns the comparison of a trade with a line that answers it.
fn compared<R: Reader + ?Sized>(reader: &mut R, trade: i64, line: i64) -> Result<ReconStatus, StoreError> {
    let sql = "SELECT recon FROM trade_compared WHERE trade = ?1 AND line = ?2";
    let found = first(reader, sql, &[Param::Int(trade), Param::Int(line)], |row| row.parse(0))?;
    Ok(found.unwrap_or(ReconStatus::Unmatched))
}

/// Returns what a trade is that no line answers.
fn absent<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<ReconStatus, StoreError> {
    let found =
        first(reader, "SELECT recon FROM trade_absent WHERE trade = ?1", &[Param::Int(trade)], |row| {
            row.parse(0)
        })?;
    Ok(found.unwrap_or(ReconStatus::Unmatched))
}

/// The lines about a trade and how they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinesOf {
    /// Rows of the lines: the one that answers it and further ones of the same payment, or the one that revokes it.
    pub lines: Vec<i64>,
    /// By what the first was found; `None` without a line.
    pub key: Option<MatchKey>,
    /// What was decided, if several trades or lines bear the reference.
    pub outcome: Option<MatchOutcome>,
}

/// Returns the rows of the lines about a trade.
///
/// # Errors
/// A fault of the engine.
pub fn lines_of_trade<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<LinesOf, StoreError> {
    let plain = first(
        reader,
        "SELECT (SELECT r.line FROM trade_revoked r WHERE r.trade = t.id ORDER BY r.line LIMIT 1), \
                (SELECT d.line FROM trade_decided d WHERE d.trade = t.id LIMIT 1), \
                (SELECT o.line FROM trade_own_line o WHERE o.trade = t.id LIMIT 1), \
                EXISTS (SELECT 1 FROM trade_fits f WHERE f.trade = t.id), t.channel, t.channel_ref, t.channel_no \
         FROM trade t WHERE t.id = ?1",
        &[Param::Int(trade)],
        |row| {
            Ok((
                [row.maybe_int(0)?, row.maybe_int(1)?, row.maybe_int(2)?],
                row.flag(3)?,
                row.parse::<Channel>(4)?,
                row.parse::<ChannelRef>(5)?,
                row.maybe_text(6)?.is_some(),
            ))
        },
    )?;
    let Some(([revoked, decided, own], fits, channel, channel_ref, numbered)) = plain else {
        return Ok(LinesOf::default());
    };
    if let Some(line) = revoked.or(decided).or(own) {
        let key = match (revoked, decided) {
            (None, Some(_)) => MatchKey::Decision,
            (None, None) if numbered => MatchKey::ChannelNo,
            _ => MatchKey::Reference,
        };
        return Ok(LinesOf { lines: vec![line], key: Some(key), outcome: None });
    }
    if !fits {
        return Ok(LinesOf::default());
    }
    let mut matching = matching(reader, channel, &channel_ref)?;
    let outcome = matching.trades.remove(&trade);
    Ok(match &outcome {
        Some(MatchOutcome::Line { line, key, again, .. }) => LinesOf {
            lines: std::iter::once(*line).chain(again.iter().copied()).collect(),
            key: Some(*key),
            outcome,
        },
        _ => LinesOf { lines: Vec::new(), key: None, outcome },
    })
}

/// Another trade that has the line which a trade might have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOwner {
    /// Its number.
    pub trade_no: TradeNo,
    /// Whether it succeeded: both can not have happened then, as the channel has one payment for them.
    pub succeeded: bool,
    /// Whether people gave it the line; otherwise it fits better.
    pub by_people: bool,
}

/// Returns which trade has the line that a trade without one might have, as people decided or by the `outcome` of the
/// matching; `None` if the channel lists no such line.
///
/// # Errors
/// A fault of the engine.
pub fn line_owner<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
    outcome: Option<&MatchOutcome>,
) -> Result<Option<LineOwner>, StoreError> {
    if let Some(MatchOutcome::Doubles(other) | MatchOutcome::Taken(other)) = outcome {
        let sql = "SELECT status_now = 'succeeded' FROM trade_now WHERE trade_no = ?1";
        let succeeded = first(reader, sql, &[Param::Text(other.as_str())], |row| row.flag(0))?;
        let owner = |succeeded| LineOwner { trade_no: other.clone(), succeeded, by_people: false };
        return Ok(succeeded.map(owner));
    }
    let sql = format!(
        "SELECT o.trade_no, o.status_now = 'succeeded' FROM trade_may m JOIN statement_line l ON l.id = m.line \
           JOIN match_now d ON d.channel_ref = l.channel_ref AND d.line_kind = l.kind AND d.channel_no = l.channel_no AND {} \
           JOIN trade_now o ON o.id = d.trade AND o.channel = l.channel \
         WHERE m.trade = ?1 AND o.id <> m.trade ORDER BY o.id LIMIT 1",
        super::answered::of_merchant("d")
    );
    first(reader, &sql, &[Param::Int(trade)], |row| {
        Ok(LineOwner { trade_no: row.parse(0)?, succeeded: row.flag(1)?, by_people: true })
    })
}

/// Returns the rows of the lines that no trade answers although a trade of their reference might: its trades have
/// other lines. `among`, rows in a JSON array, restricts them to the references of these lines. In the order of the
/// lines.
///
/// # Errors
/// A fault of the engine.
pub fn unanswered_lines<R: Reader + ?Sized>(
    reader: &mut R,
    among: Option<&str>,
) -> Result<Vec<i64>, StoreError> {
    let read = |row: &super::engine::Row<'_>| Ok((row.parse::<Channel>(0)?, row.parse::<ChannelRef>(1)?));
    let contested = match among {
        // One scan of each index finds the references that are borne more than once. Of a day whose bill was
        // replaced each line stands once.
        None => all(
            reader,
            "SELECT channel, channel_ref FROM standing_line GROUP BY channel_ref, channel HAVING count(*) > 1 \
             UNION SELECT channel, channel_ref FROM trade GROUP BY channel_ref, channel HAVING count(*) > 1 ORDER BY 1, 2",
            &[],
            read,
        )?,
        Some(rows) => all(
            reader,
            "SELECT DISTINCT l.channel, l.channel_ref FROM json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value \
             WHERE (SELECT count(*) FROM standing_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel) > 1 \
                OR (SELECT count(*) FROM trade t WHERE t.channel_ref = l.channel_ref AND t.channel = l.channel) > 1 ORDER BY 1, 2",
            &[Param::Text(rows)],
            read,
        )?,
    };
    let mut rows = BTreeSet::new();
    for (channel, channel_ref) in contested {
        let Matching { unanswered, .. } = matching(reader, channel, &channel_ref)?;
        for row in unanswered {
            if counts(reader, row)? {
                rows.insert(row);
            }
        }
    }
    Ok(rows.into_iter().collect())
}

/// Returns whether a line that no trade answers is to be told: a trade fits it, so that it is not told already, and no
/// case has answered it.
fn counts<R: Reader + ?Sized>(reader: &mut R, line: i64) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM statement_line l WHERE l.id = ?1 AND {} AND EXISTS (SELECT 1 FROM trade_fits f WHERE f.line = l.id)",
        super::answered::unanswered()
    );
    Ok(first(reader, &sql, &[Param::Int(line)], |_| Ok(()))?.is_some())
}

/// Returns the lines about a trade: the one that answers it and further ones of the same payment, or the one that
/// revokes it.
///
/// # Errors
/// A fault of the engine.
pub fn lines<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<StatementRow>, StoreError> {
    let found = lines_of_trade(reader, trade)?;
    super::statements::lines_in(reader, &found.lines)
}

/// Returns the trades of a channel's reference that fit a line as well as others do; of one line, if it is named.
///
/// # Errors
/// A fault of the engine.
pub fn rivals<R: Reader + ?Sized>(
    reader: &mut R,
    (channel, channel_ref): (Channel, &ChannelRef),
    line: Option<i64>,
) -> Result<Vec<Trade>, StoreError> {
    let found = matching(reader, channel, channel_ref)?;
    let mut trades = Vec::new();
    for (row, _) in found.trades.iter().filter(|(_, outcome)| **outcome == MatchOutcome::Ambiguous) {
        let sql = "SELECT 1 FROM trade_fits WHERE trade = ?1 AND line = coalesce(?2, line) LIMIT 1";
        let line = line.map_or(Param::Null, Param::Int);
        if first(reader, sql, &[Param::Int(*row), line], |_| Ok(()))?.is_some() {
            trades.extend(super::trades::trade_range(reader, *row, *row)?);
        }
    }
    Ok(trades)
}

/// Returns the standing lines of a channel's reference that no trade needs: those that none answers, then the further
/// ones of payments that the channel took more than once. A payment that several statements list under one number is
/// one.
///
/// # Errors
/// A fault of the engine.
pub fn spare_lines<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Vec<NamedLine>, StoreError> {
    payments_without_trade(reader, (channel, channel_ref), true)
}

/// Returns the standing lines of a channel's reference that no trade answers, each payment once.
///
/// # Errors
/// A fault of the engine.
pub fn open_lines<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Vec<NamedLine>, StoreError> {
    payments_without_trade(reader, (channel, channel_ref), false)
}

/// Returns the first line of each payment of a reference that no trade answers, and then, if `further`, of those that
/// the channel took more than once.
fn payments_without_trade<R: Reader + ?Sized>(
    reader: &mut R,
    (channel, channel_ref): (Channel, &ChannelRef),
    further: bool,
) -> Result<Vec<NamedLine>, StoreError> {
    let found = matching(reader, channel, channel_ref)?;
    let (mut answering, mut more) = (BTreeSet::new(), BTreeSet::new());
    for outcome in found.trades.into_values() {
        if let MatchOutcome::Line { line, again, .. } = outcome {
            answering.insert(line);
            more.extend(again.into_iter().filter(|_| further));
        }
    }
    let all: Vec<i64> = found
        .unanswered
        .iter()
        .copied()
        .chain(more.iter().copied())
        .chain(answering.iter().copied())
        .collect();
    let known = named_lines::in_rows(reader, &all)?;
    let answering: Vec<&NamedLine> = known.iter().filter(|line| answering.contains(&line.row)).collect();
    let mut payments: Vec<NamedLine> = Vec::new();
    for row in found.unanswered.into_iter().chain(more) {
        let Some(line) = known.iter().find(|line| line.row == row) else { continue };
        let is_same = |other: &NamedLine| other.marked().is_same(&line.marked());
        if !answering.iter().copied().chain(&payments).any(is_same) {
            payments.push(line.clone());
        }
    }
    Ok(payments)
}
