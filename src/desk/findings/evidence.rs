//! Evidence: everything that judging needs, read in one place into plain structs.
//!
//! | read                     | by            | judged by                       |
//! |--------------------------|---------------|---------------------------------|
//! | a chunk of trades        | [`read`]      | `judge::trade`                  |
//! | lines without a trade    | [`lines`]     | `judge::line`                   |
//! | vouchers without a trade | [`vouchers`]  | `judge::voucher`                |
//! | suspense, answered lines | [`rest`]      | `judge::unclaimed`, `judge::gone` |
//! | balances of statements   | [`rest`]      | `judge::gap`                    |
//! | accounts that look odd   | [`accounts`]  | `judge::account`                |
//! | what only a plan needs   | `plan_evidence` | the `plan` of a cause         |
//!
//! A prefetch pass runs the same functions: rows that are not cached yet come back empty and are fetched
//! together.

use crate::desk::in_force::InForce;
use crate::domain::id::TradeNo;
use crate::domain::kind::Kinds;
use crate::domain::line_name;
use crate::domain::matching::MatchOutcome;
use crate::domain::position::TradePosition;
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::domain::trade_news::Claim;
use crate::domain::voucher::VoucherKind;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::StatementRow;
use crate::store::account_evidence::StatementGap;
use crate::store::answered::{GoneLine, Unclaimed};
use crate::store::matching::LineOwner;
use crate::store::named_lines::NamedLine;
use crate::store::positions::positions;
use crate::store::takeover::{Sought, Unexplained};
use crate::store::watched::{Crossing, MovedAccounts, Watched};
use crate::store::{
    Reader, StoreError, account_evidence, answered, coverage, matching, named_lines, statements, takeover,
    trade_news, trades, watched,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a trade.
pub(crate) struct TradeEvidence {
    /// The trade with everything booked for it.
    pub position: TradePosition,
    /// The channel's line that reversed the trade before it was imported (冲正先到).
    pub reversed_by: Option<String>,
    /// The channel's lines about the trade: the one that answers it and further ones of the same payment, or the one
    /// that revokes it; read only if the comparison found a difference, or a list claims one.
    pub lines: Vec<StatementRow>,
    /// What was decided about its line, if several trades or lines bear its reference.
    pub contest: Option<MatchOutcome>,
    /// The trade that has the line which this one might have; read only if the trade has none.
    pub line_owner: Option<LineOwner>,
    /// What may belong together where that is ambiguous.
    pub candidates: Candidates,
    /// All succeeded refunds of the same payment, oldest first; empty unless the trade is a refund, and of an
    /// unknown payment unless the trade differs from the channel.
    pub refunds: Vec<Refund>,
    /// What later trade lists claim against what is known, until a case decides.
    pub claims: Vec<Claim>,
    /// The refunded payment; read only for the last of several refunds without an adjustment of its own.
    pub payment: Option<Payment>,
}

/// Trades and lines of one reference, of which some may belong together.
#[derive(Default)]
pub(crate) struct Candidates {
    /// The trades, oldest first.
    pub trades: Vec<TradeNo>,
    /// The channel's lines.
    pub lines: Vec<StatementRow>,
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
    let claims = trade_news::open_claims(reader, from, until)?;
    let positions = positions(reader, from, until)?;
    let mut trades = Vec::with_capacity(positions.len());
    for position in positions {
        let reversed_by = reversed.iter().find(|(id, _)| *id == position.id).map(|(_, line)| line.clone());
        let mut evidence = TradeEvidence {
            position,
            reversed_by,
            lines: Vec::new(),
            contest: None,
            line_owner: None,
            candidates: Candidates::default(),
            refunds: Vec::new(),
            claims: Vec::new(),
            payment: None,
        };
        let of_trade = claims.iter().filter(|(id, _)| *id == evidence.position.id);
        evidence.claims = of_trade.map(|(_, claim)| claim.clone()).collect();
        if evidence.differs_from_channel() || !evidence.claims.is_empty() {
            let found = matching::lines_of_trade(reader, evidence.position.id)?;
            evidence.lines = statements::lines_in(reader, &found.lines)?;
            evidence.contest = found.outcome;
        }
        if evidence.position.recon == ReconStatus::Short && evidence.lines.is_empty() {
            let contest = evidence.contest.as_ref();
            evidence.line_owner = matching::line_owner(reader, evidence.position.id, contest)?;
        }
        if evidence.position.recon == ReconStatus::Ambiguous {
            let trade = &evidence.position.trade;
            evidence.candidates = Candidates {
                trades: trades::trades_with_ref(reader, trade.channel, &trade.channel_ref)?,
                lines: statements::lines_of(reader, trade.channel.as_str(), trade.channel_ref.as_str())?,
            };
        }
        if kinds.get(evidence.position.trade.kind).is_some_and(|kind| kind.claimed_if_twice) {
            if evidence.position.family.is_some() {
                add_refunds(&mut evidence);
            } else if evidence.differs_from_channel() {
                read_refunds(reader, &mut evidence)?;
            }
        }
        trades.push(evidence);
    }
    Ok(trades)
}

/// Reads all refunds of the payment that a refund names, if the ledger does not know the payment.
fn read_refunds<R: Reader + ?Sized>(reader: &mut R, evidence: &mut TradeEvidence) -> Result<(), StoreError> {
    let trade = &evidence.position.trade;
    let Some(original) = &trade.original_ref else { return Ok(()) };
    let refund = |(trade, amount_minor, fee_minor)| Refund { trade, amount_minor, fee_minor };
    let refunds = trades::refunds_of(reader, trade.kind, trade.channel, original, trade.currency)?;
    evidence.refunds = refunds.into_iter().map(refund).collect();
    Ok(())
}

/// Adds all refunds of the payment that a refund names, and for the last of them the payment.
fn add_refunds(evidence: &mut TradeEvidence) {
    let position = &evidence.position;
    let trade = &position.trade;
    let Some((original, family)) = trade.original_ref.as_ref().zip(position.family.as_ref()) else { return };
    let at_channel = family
        .trades()
        .iter()
        .filter(|other| other.channel == trade.channel && other.currency == trade.currency);
    evidence.refunds = at_channel
        .clone()
        .filter(|other| {
            other.original_ref.as_ref() == Some(original)
                && other.kind == trade.kind
                && other.status == TradeStatus::Succeeded
        })
        .map(|other| Refund { trade: other.id, amount_minor: other.amount_minor, fee_minor: other.fee_minor })
        .collect();
    let adjusted = position
        .vouchers
        .iter()
        .any(|voucher| voucher.kind == VoucherKind::Adjust && voucher.event.is_none() && !voucher.reversed);
    let is_last = evidence.refunds.last().is_some_and(|last| last.trade == position.id);
    if !adjusted && is_last && evidence.refunds.len() > 1 {
        let payment = at_channel.clone().find(|other| other.channel_ref == *original);
        evidence.payment =
            payment.map(|other| Payment { amount_minor: other.amount_minor, fee_minor: other.fee_minor });
    }
}

/// What hangs on no trade, line or account.
pub(crate) struct Rest {
    /// Money in suspense that no trade put there.
    pub unclaimed: Vec<Unclaimed>,
    /// Lines that cases answered and that no statement lists any more as they were.
    pub gone: Vec<GoneLine>,
    /// Statements of accounts that do not go on from the ones before.
    pub gaps: Vec<StatementGap>,
}

/// What is known of a channel's line without a trade.
pub(crate) struct LineEvidence {
    /// Row of the line.
    pub id: i64,
    /// Name of the channel.
    pub channel: String,
    /// The line.
    pub row: StatementRow,
    /// Its name among the lines of the channel: its reference, and what tells it from others that bear it.
    pub name: String,
    /// Whether it is listed by another line here too, which stands for both.
    pub is_again: bool,
    /// Whether its trade may still come: it happened shortly before the cut.
    pub awaits_trade: bool,
    /// Whether it reverses a payment that neither the channel nor we list.
    pub reverses_unknown: bool,
}

/// Reads the lines of channels without a trade; only those in rows `among`, if there are any.
pub(crate) fn lines<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    among: Option<&BTreeSet<i64>>,
) -> Result<Vec<LineEvidence>, Refusal> {
    let known = coverage::known_days(reader)?;
    let rows = statements::orphan_lines(reader, among)?;
    let ids: BTreeSet<i64> = rows.iter().map(|(id, ..)| *id).collect();
    let mut names = names_of_shared(reader, &ids)?;
    let mut lines = Vec::with_capacity(rows.len());
    for (id, channel, row) in rows {
        let (name, is_again) = names.remove(&id).unwrap_or_else(|| (row.line.channel_ref.to_string(), false));
        let awaits_trade = channel.parse().is_ok_and(|channel| in_force.awaits_trade(channel, &row, &known));
        let reverses_unknown = reverses_unknown(reader, &channel, &row)?;
        lines.push(LineEvidence { id, channel, row, name, is_again, awaits_trade, reverses_unknown });
    }
    Ok(lines)
}

/// Returns the names of those of some lines without a trade whose reference other lines bear too, by row, and whether
/// another of them lists the same payment before.
fn names_of_shared<R: Reader + ?Sized>(
    reader: &mut R,
    among: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, (String, bool)>, StoreError> {
    let mut names = BTreeMap::new();
    for (channel, channel_ref) in named_lines::shared(reader, among)? {
        let lines = named_lines::bearing(reader, channel, channel_ref.as_str())?;
        let mut before: Vec<&NamedLine> = Vec::new();
        for line in lines.iter().filter(|line| among.contains(&line.row)) {
            let is_again = before.iter().any(|other| other.marked().is_same(&line.marked()));
            names.insert(line.row, (name_beside(line, &lines), is_again));
            before.push(line);
        }
    }
    Ok(names)
}

/// Returns the name of a line among those of its reference, as findings have it. A payment is told from other
/// payments alone, so that what is given back of it does not change its name; the rest from all others. What
/// nothing tells apart is numbered by fee and place.
pub(crate) fn name_beside(line: &NamedLine, lines: &[NamedLine]) -> String {
    let is_payment = line.listed.line.kind == LineKind::Pay;
    let counts = |other: &&NamedLine| !is_payment || other.listed.line.kind == LineKind::Pay;
    let is_other = |other: &&NamedLine| other.row != line.row && !other.marked().is_same(&line.marked());
    let others = || lines.iter().filter(counts).filter(is_other);
    let apart = line.marked().apart_from(others().map(NamedLine::marked));
    let mut name = line_name::joined(line.listed.line.channel_ref.as_str(), &apart);
    let alike = |other: &NamedLine| {
        let own = apart.iter().map(String::as_str).collect::<Vec<_>>();
        other.marked().has(&own) && other.marked().apart_from([line.marked()]).is_empty()
    };
    let place = |line: &NamedLine| (line.listed.line.fee_minor, line.row);
    let before = others().filter(|other| alike(other) && place(other) < place(line)).count();
    if before > 0 {
        name = line_name::joined(&name, &[(before + 1).to_string()]);
    }
    name
}

/// Reads the vouchers of an older system that name no event of a trade: those behind the place `since`, and of those in
/// `known` the ones that nothing explains yet.
pub(crate) fn vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    since: i64,
    known: &BTreeSet<i64>,
) -> Result<Vec<Unexplained>, StoreError> {
    takeover::unexplained(reader, Sought::Since { voucher: since, known })
}

/// Reads what hangs on no trade, line or account.
pub(crate) fn rest<R: Reader + ?Sized>(reader: &mut R) -> Result<Rest, StoreError> {
    Ok(Rest {
        unclaimed: answered::unclaimed(reader)?,
        gone: answered::gone(reader)?,
        gaps: account_evidence::gaps(reader)?,
    })
}

fn reverses_unknown<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    row: &StatementRow,
) -> Result<bool, StoreError> {
    // What is refunded was paid before: only a revocation can come before what it revokes.
    let original = row.line.original_ref.as_ref().filter(|_| row.line.kind == LineKind::Revoke);
    let Some((original, channel)) = original.zip(channel.parse::<Channel>().ok()) else { return Ok(false) };
    // If the channel itself lists the payment, the line reverses nothing in advance.
    let theirs = statements::lines_of(reader, channel.as_str(), original.as_str())?;
    if theirs.iter().any(|line| line.line.kind == LineKind::Pay) {
        return Ok(false);
    }
    Ok(trades::trades_with_ref(reader, channel, original)?.is_empty())
}

/// What is known of an account whose balance is odd.
pub(crate) struct AccountEvidence {
    /// The account.
    pub account: Watched,
    /// The voucher that took it there.
    pub crossing: Option<Crossing>,
    /// Its holder, if it has one.
    pub holder: Option<String>,
}

/// Reads the accounts whose balance is odd.
pub(crate) fn accounts<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    moved: MovedAccounts<'_>,
) -> Result<Vec<AccountEvidence>, StoreError> {
    let mut found = Vec::new();
    for account in watched::watched(reader, moved)? {
        let crossing = watched::crossing(reader, &account)?;
        let holder = in_force.currencies.holder(&account.account).map(ToString::to_string);
        found.push(AccountEvidence { account, crossing, holder });
    }
    Ok(found)
}
