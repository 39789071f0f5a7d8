//! Channel lines without a trade, and how cases answered them: by a voucher without a trade, into
//! suspense or out of it, or by a note that the channel took a payment back before it arrived.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::id::{AccountCode, ChannelRef, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, Trade};
use crate::protocol::steps::LineRef;
use jiff::civil::Date;

/// Condition on an answer `a`: its voucher is not reversed.
const STANDS: &str =
    "(a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher))";

/// Returns the condition that what was said under an alias, `a` or `d`, is of the merchant number of a line `l`, as far
/// as both name one.
pub(super) fn of_merchant(said: &str) -> String {
    format!(
        "({said}.merchant_no IS NULL OR {said}.merchant_no = coalesce(l.merchant_no, \
          (SELECT coalesce(b.sub_merchant, b.merchant_id) FROM statement b WHERE b.id = l.statement), {said}.merchant_no))"
    )
}

/// Returns the condition that an answer `a` may be of the merchant number that a parameter names: of that number, or of
/// a sub-merchant whose line stands in a bill of that number.
fn of_number(param: &str) -> String {
    format!(
        "(a.merchant_no IS NULL OR {param} IS NULL OR a.merchant_no = {param} OR EXISTS ( \
           SELECT 1 FROM known_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel \
              AND l.merchant = a.merchant_no AND l.billed = {param}))"
    )
}

/// Returns the condition that an answer `a` is of a line `l` of its reference.
pub(super) fn of_line() -> String {
    format!(
        "(a.line_kind IS NULL OR a.line_kind = l.kind) \
         AND (a.channel_no IS NULL OR l.channel_no = '' OR a.channel_no = l.channel_no) AND {}",
        of_merchant("a")
    )
}

/// Condition on a line `l`: no case has answered it.
pub(super) fn unanswered() -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM answered_line a WHERE a.channel_ref = l.channel_ref AND a.channel = l.channel \
         AND {} AND {STANDS})",
        of_line()
    )
}

/// Reason why a trade may not be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bar {
    /// The channel took it back before it arrived, according to this line.
    TakenBack(ChannelRef),
    /// Its money was booked without a trade, by this voucher.
    Booked(VoucherNo),
}

/// How a case answered a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// By the voucher at this place (`voucher.id`).
    Booked(i64),
    /// As taking back in advance the payment with this reference.
    TakenBack(ChannelRef),
}

/// Returns whether any line was ever answered: in most ledgers none was, and nothing more is read.
pub fn any<R: Reader + ?Sized>(reader: &mut R) -> Result<bool, StoreError> {
    Ok(first(reader, "SELECT 1 FROM answered_line LIMIT 1", &[], |_| Ok(()))?.is_some())
}

/// Returns why a trade may not be posted; `None` if it may. A case that answered a refund's line with the
/// reference of the payment says nothing of the payment, nor does one that answered another line of the reference.
pub fn bar<R: Reader + ?Sized>(reader: &mut R, trade: &Trade) -> Result<Option<Bar>, StoreError> {
    let Trade { channel, channel_ref, kind, .. } = trade;
    let concerned = "SELECT 1 FROM answered_line WHERE channel_ref = ?2 AND channel = ?1 \
                     UNION ALL SELECT 1 FROM answered_line WHERE original_ref = ?2 AND channel = ?1 LIMIT 1";
    let of = [Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())];
    if first(reader, concerned, &of, |_| Ok(()))?.is_none() {
        return Ok(None);
    }
    let (own, merchant) = own_line(reader, trade)?;
    let [at, reference] = of;
    let params = [at, reference, Param::Text(kind.as_str()), Param::maybe(merchant.as_deref())];
    let is_own = of_number("?4");
    let stub = format!(
        "SELECT a.channel_ref FROM answered_line a WHERE a.original_ref = ?2 AND a.channel = ?1 \
         AND ?3 NOT IN (SELECT kind FROM undoes_now) AND {is_own} LIMIT 1"
    );
    if let Some(line) = first(reader, &stub, &params, |row| row.parse(0))? {
        return Ok(Some(Bar::TakenBack(line)));
    }
    let booked = format!(
        "SELECT v.voucher_no, a.channel_no FROM answered_line a JOIN voucher v ON v.id = a.voucher WHERE a.channel_ref = ?2 AND a.channel = ?1 \
         AND {is_own} AND (a.line_kind IS NULL OR EXISTS (SELECT 1 FROM kind_answered w WHERE w.kind = ?3 AND w.line_kind = a.line_kind)) \
         AND v.kind = 'park' AND {STANDS} ORDER BY a.n"
    );
    let read = |row: &Row<'_>| Ok((row.parse(0)?, row.maybe_text(1)?.map(str::to_owned)));
    let booked: Vec<(VoucherNo, Option<String>)> = all(reader, &booked, &params, read)?;
    let is_own = |number: &Option<String>| number.is_none() || own.is_none() || *number == own;
    Ok(booked.into_iter().find(|(_, number)| is_own(number)).map(|(voucher, _)| Bar::Booked(voucher)))
}

/// Returns the channel's own number and the merchant number of a trade: as the trade names each, or that of the line
/// that answers it.
fn own_line<R: Reader + ?Sized>(
    reader: &mut R,
    trade: &Trade,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let own = (trade.channel_no.clone(), trade.merchant_no.clone());
    if own.0.is_some() && own.1.is_some() {
        return Ok(own);
    }
    let Some(row) = super::trades::trade_id(reader, &trade.trade_no)? else { return Ok(own) };
    let Some(line) = super::matching::lines(reader, row)?.into_iter().next() else { return Ok(own) };
    Ok((own.0.or_else(|| line.line.number()), own.1.or(line.merchant)))
}

/// Returns how a line is answered, as far as its name tells it from others: the number of the voucher, or an inner
/// `None` for a payment taken back in advance. `None` if it is not answered.
pub fn answer_of<R: Reader + ?Sized>(
    reader: &mut R,
    line: &LineRef,
) -> Result<Option<Option<VoucherNo>>, StoreError> {
    let sql = format!(
        "SELECT (SELECT v.voucher_no FROM voucher v WHERE v.id = a.voucher) FROM answered_line a \
         WHERE a.channel_ref = ?2 AND a.channel = ?1 AND (a.line_kind IS NULL OR ?3 IS NULL OR a.line_kind = ?3) \
         AND (a.channel_no IS NULL OR ?4 IS NULL OR a.channel_no = ?4) \
         AND (a.merchant_no IS NULL OR ?5 IS NULL OR a.merchant_no = ?5) AND {STANDS} LIMIT 1"
    );
    let params = [
        Param::Text(line.channel.as_str()),
        Param::Text(line.channel_ref.as_str()),
        Param::maybe(line.kind.as_ref().map(|kind| kind.as_str())),
        Param::maybe(line.channel_no.as_deref()),
        Param::maybe(line.merchant_no.as_deref()),
    ];
    first(reader, &sql, &params, |row| row.maybe_parse(0))
}

/// Returns the trades in rows `from..=until` that a channel took back before they arrived: row, and
/// reference of the channel's line.
pub fn taken_back<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = format!(
        "SELECT t.id, a.channel_ref FROM answered_line a CROSS JOIN trade t ON t.channel_ref = a.original_ref AND t.channel = a.channel \
         WHERE a.original_ref IS NOT NULL AND t.id BETWEEN ?1 AND ?2 AND {} ORDER BY t.id",
        of_number("t.merchant_no")
    );
    all(reader, &sql, &[Param::Int(from), Param::Int(until)], |row| {
        Ok((row.int(0)?, row.text(1)?.to_owned()))
    })
}

/// Returns the rows of all trades that an answer concerns.
pub fn trades<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT t.id FROM answered_line a CROSS JOIN trade t ON t.channel_ref = coalesce(a.original_ref, a.channel_ref) \
               AND t.channel = a.channel";
    all(reader, sql, &[], |row| row.int(0))
}

/// Condition on a line `l`: it is a further payment, or a further refund, of a trade, which has another line.
const FURTHER: &str = "EXISTS (SELECT 1 FROM trade t JOIN kind_answered w ON w.kind = t.kind AND w.line_kind = l.kind \
      WHERE t.channel_ref = l.channel_ref AND t.channel = l.channel) \
    AND EXISTS (SELECT 1 FROM known_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.kind = l.kind \
      AND x.channel_no <> l.channel_no \
      AND x.merchant IS coalesce(l.merchant_no, (SELECT coalesce(b.sub_merchant, b.merchant_id) FROM statement b WHERE b.id = l.statement)))";

/// Returns whether a line is a further payment, or a further refund, of a trade, which has another line.
pub fn is_further<R: Reader + ?Sized>(reader: &mut R, line: &LineRef) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM statement_line l WHERE l.channel_ref = ?2 AND l.channel = ?1 AND l.kind = ?3 AND l.channel_no = ?4 \
         AND (?5 IS NULL OR ?5 = coalesce(l.merchant_no, (SELECT coalesce(b.sub_merchant, b.merchant_id) FROM statement b WHERE b.id = l.statement), ?5)) \
         AND {FURTHER} LIMIT 1"
    );
    let params = [
        Param::Text(line.channel.as_str()),
        Param::Text(line.channel_ref.as_str()),
        Param::maybe(line.kind.as_ref().map(|kind| kind.as_str())),
        Param::maybe(line.channel_no.as_deref()),
        Param::maybe(line.merchant_no.as_deref()),
    ];
    Ok(first(reader, &sql, &params, |_| Ok(()))?.is_some())
}

/// Returns the line that a voucher answered, as far as the answer tells it from others.
pub fn line_of<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Option<LineRef>, StoreError> {
    let sql = "SELECT channel, channel_ref, line_kind, channel_no, merchant_no FROM answered_line WHERE voucher = ?1";
    first(reader, sql, &[Param::Int(voucher)], |row| {
        Ok(LineRef {
            kind: row.maybe_parse(2)?,
            channel_no: row.maybe_text(3)?.map(str::to_owned),
            merchant_no: row.maybe_text(4)?.map(str::to_owned),
            ..LineRef::by_reference(row.parse(0)?, row.parse(1)?)
        })
    })
}

/// An open item without a trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    /// The voucher that opened it.
    pub voucher_no: VoucherNo,
    /// Accounting day of that voucher.
    pub accounting_date: Date,
    /// The suspense account.
    pub account: AccountCode,
    /// Debit-positive minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Time of the channel's line, or of the voucher if there is none.
    pub since: Moment,
    /// The line that brought it.
    pub line: Option<(Channel, ChannelRef)>,
    /// The channel's own number of that line, where the answer names it.
    pub channel_no: Option<String>,
    /// The merchant number of that line, where the answer names it.
    pub merchant_no: Option<String>,
    /// Kind of that line, if it is a further payment or refund of a trade, which has another line.
    pub further: Option<LineKind>,
}

/// Returns the open items without a trade, oldest first.
pub fn unclaimed<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Unclaimed>, StoreError> {
    let sql = format!(
        "SELECT v.voucher_no, v.accounting_date, c.code, o.amount_minor, c.currency, \
                coalesce((SELECT l.occurred_at FROM statement_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel \
                           AND {of_line} ORDER BY l.id LIMIT 1), v.posted_at), a.channel, a.channel_ref, a.channel_no, \
                (SELECT l.kind FROM statement_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND l.kind = a.line_kind \
                    AND l.channel_no = a.channel_no AND {of_merchant} AND {FURTHER} LIMIT 1), a.merchant_no \
           FROM open_item o CROSS JOIN voucher v ON v.id = o.voucher CROSS JOIN account c ON c.id = o.account \
           LEFT JOIN answered_line a ON a.voucher = v.id \
          WHERE v.trade IS NULL AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.voucher) \
            AND (o.cleared_by IS NULL OR EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.cleared_by)) ORDER BY o.voucher",
        of_line = of_line(),
        of_merchant = of_merchant("a"),
    );
    all(reader, &sql, &[], |row| {
        let line = match (row.maybe_parse(6)?, row.maybe_parse(7)?) {
            (Some(channel), Some(channel_ref)) => Some((channel, channel_ref)),
            _ => None,
        };
        Ok(Unclaimed {
            voucher_no: row.parse(0)?,
            accounting_date: row.parse(1)?,
            account: row.parse(2)?,
            amount_minor: row.int(3)?,
            currency: row.text(4)?.to_owned(),
            since: row.parse(5)?,
            line,
            channel_no: row.maybe_text(8)?.map(str::to_owned),
            further: row.maybe_parse(9)?,
            merchant_no: row.maybe_text(10)?.map(str::to_owned),
        })
    })
}

/// A line that a case answered and that no standing statement lists any more as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneLine {
    /// The channel.
    pub channel: Channel,
    /// The line's reference.
    pub channel_ref: ChannelRef,
    /// What tells the answer from others about the reference: the channel's own number, the kind of the line, and else
    /// its place among the answers; empty if there are no others.
    pub apart: Vec<String>,
    /// The voucher that answered it; `None` for a note that it took a payment back in advance.
    pub voucher_no: Option<VoucherNo>,
    /// The case.
    pub case_no: String,
    /// When the case answered it.
    pub at: Moment,
    /// The line's amount then, in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// The file that listed it.
    pub file: String,
    /// Whether a standing statement lists it with other facts.
    pub changed: bool,
}

/// Returns the answered lines that are gone or changed since, in order of the answers.
pub fn gone<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<GoneLine>, StoreError> {
    let sql = format!(
        "SELECT a.channel, a.channel_ref, (SELECT v.voucher_no FROM voucher v WHERE v.id = a.voucher), a.case_no, a.at, \
                o.amount_minor, o.currency, (SELECT s.file FROM statement s WHERE s.id = o.statement), \
                EXISTS (SELECT 1 FROM standing_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND {of_merchant}), \
                EXISTS (SELECT 1 FROM answered_line b WHERE b.channel_ref = a.channel_ref AND b.channel = a.channel AND b.n <> a.n), \
                coalesce(a.channel_no, ''), coalesce(a.line_kind, ''), a.n \
           FROM answered_line a JOIN statement_line o ON o.id = ( \
                SELECT max(l.id) FROM statement_line l JOIN statement s ON s.id = l.statement \
                 WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND {of_line} AND s.imported_at <= a.at) \
          WHERE {STANDS} AND NOT EXISTS (SELECT 1 FROM standing_line l WHERE l.channel_ref = a.channel_ref \
                AND l.channel = a.channel AND l.kind = o.kind AND l.amount_minor = o.amount_minor AND {of_line} \
                AND l.fee_minor = o.fee_minor AND l.currency = o.currency) ORDER BY a.n",
        of_merchant = of_merchant("a"),
        of_line = of_line(),
    );
    all(reader, &sql, &[], |row| {
        // Of several answers, one has been taken back or is about another line: numbered, each has a name of its own.
        let apart = if row.flag(9)? {
            let number = row.text(10)?;
            let place = row.int(12)?.to_string();
            [number.to_owned(), row.text(11)?.to_owned(), place]
                .into_iter()
                .filter(|mark| !mark.is_empty())
                .collect()
        } else {
            Vec::new()
        };
        Ok(GoneLine {
            apart,
            channel: row.parse(0)?,
            channel_ref: row.parse(1)?,
            voucher_no: row.maybe_parse(2)?,
            case_no: row.text(3)?.to_owned(),
            at: row.parse(4)?,
            amount_minor: row.int(5)?,
            currency: row.text(6)?.to_owned(),
            file: row.text(7)?.to_owned(),
            changed: row.flag(8)?,
        })
    })
}

/// Adds a case's answer to a line.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    line: &LineRef,
    answer: &Answer,
    change: super::amendments::Change<'_>,
) -> Result<(), StoreError> {
    let (voucher, original) = match answer {
        Answer::Booked(voucher) => (Some(*voucher), None),
        Answer::TakenBack(original) => (None, Some(original.as_str())),
    };
    sink.run(
        "INSERT INTO answered_line (n, channel, channel_ref, voucher, original_ref, case_no, at, operator, line_kind, channel_no, merchant_no) \
         SELECT coalesce(max(n), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM answered_line",
        &[
            Param::Text(line.channel.as_str()),
            Param::Text(line.channel_ref.as_str()),
            Param::maybe_int(voucher),
            Param::maybe(original),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
            Param::maybe(line.kind.as_ref().map(|kind| kind.as_str())),
            Param::maybe(line.channel_no.as_deref()),
            Param::maybe(line.merchant_no.as_deref()),
        ],
    )
}

impl Bar {
    /// Returns the refusal to post this trade.
    #[must_use]
    pub fn rejection(&self, trade_no: &TradeNo) -> Rejection {
        match self {
            Self::TakenBack(line) => {
                Rejection::new(Code::AlreadyReversed).with("trade", trade_no).with("line", line)
            }
            Self::Booked(voucher) => {
                Rejection::new(Code::LineAnswered).with("trade", trade_no).with("voucher", voucher)
            }
        }
    }
}
