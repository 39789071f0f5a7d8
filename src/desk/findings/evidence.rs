//! Evidence: everything that judging needs, read in one place into plain structs.
//!
//! | read                     | by            | judged by                       |
//! |--------------------------|---------------|---------------------------------|
//! | a chunk of trades        | [`read`]      | `judge::trade`                  |
//! | what has no trade        | [`unmatched`] | `judge::line`, `judge::unclaimed`, `judge::voucher` |
//! | accounts that look odd   | [`accounts`]  | `judge::account`                |
//! | what only a plan needs   | `plan_evidence` | the `plan` of a cause         |
//!
//! A prefetch pass runs the same functions: rows that are not cached yet come back empty and are fetched
//! together.

use crate::desk::in_force::InForce;
use crate::domain::kind::Kinds;
use crate::domain::position::TradePosition;
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::domain::voucher::VoucherKind;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{StatementRow, awaits_trade};
use crate::store::answered::Unclaimed;
use crate::store::positions::positions;
use crate::store::takeover::Unexplained;
use crate::store::watched::{Crossing, Oddity, Touched, Watched};
use crate::store::{Reader, StoreError, answered, statements, takeover, trades, watched, watermark};

/// Most statement lines without a trade that are reported: in a bill imported before its trades every line
/// has none.
const MAX_LINES: usize = 10_000;

/// What is known of a trade.
pub(crate) struct TradeEvidence {
    /// The trade with everything booked for it.
    pub position: TradePosition,
    /// The channel's line that reversed the trade before it was imported (冲正先到).
    pub reversed_by: Option<String>,
    /// The channel's lines of the trade's reference; read only if the comparison found a difference.
    pub lines: Vec<StatementRow>,
    /// All succeeded refunds of the same payment, oldest first; empty unless the trade is a refund.
    pub refunds: Vec<Refund>,
    /// The refunded payment; read only for the last of several refunds without an adjustment of its own.
    pub payment: Option<Payment>,
}

/// A refund, in minor units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refund {
    /// Row of the trade.
    pub trade: i64,
    /// Amount paid back.
    pub amount_minor: i64,
    /// The channel's fee, negative if it is given back.
    pub fee_minor: i64,
}

/// A payment that was refunded, in minor units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payment {
    /// Amount paid.
    pub amount_minor: i64,
    /// The channel's fee.
    pub fee_minor: i64,
}

impl TradeEvidence {
    /// Returns true unless the trade failed or was closed.
    pub(crate) fn happened(&self) -> bool {
        !matches!(self.position.status_now, TradeStatus::Failed | TradeStatus::Closed)
    }

    fn differs_from_channel(&self) -> bool {
        !matches!(self.position.recon, ReconStatus::Unmatched | ReconStatus::Matched)
    }
}

/// Reads the evidence of the trades in rows `from..=until`, prefetching first for an engine that wants it.
pub(crate) fn read<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    from: i64,
    until: i64,
) -> Result<Vec<TradeEvidence>, StoreError> {
    if !reader.is_prefetch() {
        while reader.prefetch_pass()? {
            let _ = read_rows(reader, kinds, from, until);
        }
    }
    read_rows(reader, kinds, from, until)
}

fn read_rows<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    from: i64,
    until: i64,
) -> Result<Vec<TradeEvidence>, StoreError> {
    let reversed = answered::taken_back(reader, from, until)?;
    let positions = positions(reader, from, until)?;
    let mut trades = Vec::with_capacity(positions.len());
    for position in positions {
        let reversed_by = reversed.iter().find(|(id, _)| *id == position.id).map(|(_, line)| line.clone());
        let mut evidence =
            TradeEvidence { position, reversed_by, lines: Vec::new(), refunds: Vec::new(), payment: None };
        if evidence.differs_from_channel() {
            let trade = &evidence.position.trade;
            evidence.lines =
                statements::lines_of(reader, trade.channel.as_str(), trade.channel_ref.as_str())?;
        }
        if kinds.get(evidence.position.trade.kind).is_some_and(|kind| kind.claimed_if_twice) {
            read_refunds(reader, &mut evidence)?;
        }
        trades.push(evidence);
    }
    Ok(trades)
}

fn read_refunds<R: Reader + ?Sized>(reader: &mut R, evidence: &mut TradeEvidence) -> Result<(), StoreError> {
    let trade = &evidence.position.trade;
    let Some(original) = &trade.original_ref else { return Ok(()) };
    let refund = |(trade, amount_minor, fee_minor)| Refund { trade, amount_minor, fee_minor };
    let refunds = trades::refunds_of(reader, trade.kind, trade.channel, original, trade.currency)?;
    evidence.refunds = refunds.into_iter().map(refund).collect();
    let adjusted =
        evidence.position.vouchers.iter().any(|voucher| {
            voucher.kind == VoucherKind::Adjust && voucher.event.is_none() && !voucher.reversed
        });
    let is_last = evidence.refunds.last().is_some_and(|last| last.trade == evidence.position.id);
    if !adjusted && is_last && evidence.refunds.len() > 1 {
        let payment = trades::original_of(reader, trade.channel, original, trade.currency)?;
        evidence.payment = payment.map(|(amount_minor, fee_minor)| Payment { amount_minor, fee_minor });
    }
    Ok(())
}

/// What no trade explains.
pub(crate) struct Unmatched {
    /// Lines of channels without a trade.
    pub lines: Vec<LineEvidence>,
    /// Money in suspense that no trade put there.
    pub unclaimed: Vec<Unclaimed>,
    /// Vouchers of an older system that name no event of a trade.
    pub vouchers: Vec<Unexplained>,
}

/// What is known of a channel's line without a trade.
pub(crate) struct LineEvidence {
    /// Name of the channel.
    pub channel: String,
    /// The line.
    pub row: StatementRow,
    /// Whether its trade may still come: it happened shortly before the cut.
    pub awaits_trade: bool,
    /// Whether it reverses a payment that neither the channel nor we list.
    pub reverses_unknown: bool,
}

/// Reads what no trade explains.
pub(crate) fn unmatched<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
) -> Result<Unmatched, Refusal> {
    let newest = watermark::newest_day(reader)?;
    let cut_from = in_force.policy.cut_from();
    let rows = statements::orphan_lines(reader, MAX_LINES)?;
    let mut lines = Vec::with_capacity(rows.len());
    for (channel, row) in rows {
        let awaits_trade = awaits_trade(&row, newest.as_deref(), &cut_from);
        let reverses_unknown = reverses_unknown(reader, &channel, &row)?;
        lines.push(LineEvidence { channel, row, awaits_trade, reverses_unknown });
    }
    let vouchers = takeover::unexplained(reader, None, MAX_LINES)?;
    Ok(Unmatched { lines, unclaimed: answered::unclaimed(reader)?, vouchers })
}

fn reverses_unknown<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    row: &StatementRow,
) -> Result<bool, StoreError> {
    let original = row.line.original_ref.as_ref().filter(|_| row.line.kind != LineKind::Pay);
    let Some((original, channel)) = original.zip(channel.parse::<Channel>().ok()) else { return Ok(false) };
    // If the channel itself lists the payment, the line reverses nothing in advance.
    let theirs = statements::lines_of(reader, channel.as_str(), original.as_str())?;
    if theirs.iter().any(|line| line.line.kind == LineKind::Pay) {
        return Ok(false);
    }
    Ok(trades::trades_with_ref(reader, channel, original)?.is_empty())
}

/// Trades of an account, and of its holder, that are looked at: of more the newest tell enough.
const MAX_TRADES: i64 = 10_000;

/// What is known of an account whose balance is odd.
pub(crate) struct AccountEvidence {
    /// The account.
    pub account: Watched,
    /// The voucher that took it there.
    pub crossing: Option<Crossing>,
    /// Rows of the trades that moved it or are its holder's.
    pub trades: Vec<i64>,
}

/// Reads the accounts whose balance is odd.
pub(crate) fn accounts<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    touched: Touched<'_>,
) -> Result<Vec<AccountEvidence>, StoreError> {
    let mut found = Vec::new();
    for account in watched::watched(reader, touched)? {
        let crossing = watched::crossing(reader, &account)?;
        let mut trades = Vec::new();
        if account.oddity != Oddity::Debt {
            trades = watched::trades_on(reader, account.row, MAX_TRADES)?;
            if let Some(holder) = in_force.currencies.holder(&account.account) {
                trades.extend(watched::trades_of(reader, holder, MAX_TRADES)?);
            }
        }
        found.push(AccountEvidence { account, crossing, trades });
    }
    Ok(found)
}
