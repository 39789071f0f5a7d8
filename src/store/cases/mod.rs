//! Cases (工单): opening, states, pages, one case; steps, log, checklist and receipts in files of their
//! own.

pub mod log;
pub mod receipts;
pub mod steps;
pub mod ticks;

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::page::{List, prefix_end};
use crate::domain::case::{CaseLogVerb, CaseState};
use crate::domain::finding::{Cause, Finding};
use crate::domain::id::{AccountCode, CaseNo, Operator};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{AboutRow, CaseFilter, CaseRow};
use crate::protocol::page::{Page, Rows};
use std::collections::{BTreeMap, HashMap};

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase<'a> {
    /// Cause, if a finding is behind it.
    pub cause: Option<&'a str>,
    /// What it is about, in order; empty if not known yet.
    pub about: &'a [About],
    /// Operator who opens it.
    pub maker: &'a Operator,
    /// Time of opening.
    pub now: Moment,
    /// Reason code.
    pub reason: &'a str,
    /// Note.
    pub note: Option<&'a str>,
}

/// A finding that a case is about, or a trade without a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The finding's identity.
    pub finding: Option<String>,
    /// Row of the trade; `None` for what only a channel reports.
    pub trade: Option<i64>,
    /// Whether to open the case although another one holds the finding.
    pub again: bool,
}

/// Returns the number of the last case; 0 if there is none.
pub fn last_case<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    Ok(first(reader, "SELECT coalesce(max(n), 0) FROM case_file", &[], |row| row.int(0))?.unwrap_or(0))
}

/// Opens case number `n` and logs it. Fails with [`Code::Held`] if another case holds a finding.
pub fn insert_case<S: Sink + ?Sized>(sink: &mut S, case: &NewCase<'_>, n: i64) -> Result<CaseNo, StoreError> {
    let case_no = CaseNo::numbered(n);
    let now = case.now.to_string();
    let first = case.about.first();
    sink.run(
        "INSERT INTO case_file (n, case_no, cause, trade, finding, state, maker, opened_at, reason, note) \
         VALUES (?1, ?2, ?3, ?4, ?5, 'open', ?6, ?7, ?8, ?9)",
        &[
            Param::Int(n),
            Param::Text(case_no.as_str()),
            Param::maybe(case.cause),
            Param::maybe_int(first.and_then(|about| about.trade)),
            Param::maybe(first.and_then(|about| about.finding.as_ref())),
            Param::Text(case.maker.as_str()),
            Param::Text(&now),
            Param::Text(case.reason),
            Param::maybe(case.note),
        ],
    )?;
    for (n, about) in (1..).zip(case.about) {
        if let Some(finding) = &about.finding
            && !about.again
            && let Some(holder) = held_by(sink, finding)?
        {
            return Err(Rejection::new(Code::Held).with("finding", finding).with("case", holder).into());
        }
        sink.run(
            "INSERT INTO case_finding (case_no, n, finding, trade, again) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                Param::Text(case_no.as_str()),
                Param::Int(n),
                Param::maybe(about.finding.as_ref()),
                Param::maybe_int(about.trade),
                Param::Int(i64::from(about.again)),
            ],
        )?;
    }
    log::append(sink, &case_no, case.maker, CaseLogVerb::Open, case.note, case.now)?;
    Ok(case_no)
}

/// Returns the case that holds a finding and is not over.
pub fn held_by<R: Reader + ?Sized>(reader: &mut R, finding: &str) -> Result<Option<CaseNo>, StoreError> {
    first(
        reader,
        "SELECT c.case_no FROM case_finding f JOIN case_file c ON c.case_no = f.case_no \
         WHERE f.finding = ?1 AND c.state NOT IN ('committed', 'withdrawn') ORDER BY c.n LIMIT 1",
        &[Param::Text(finding)],
        |row| row.parse(0),
    )
}

/// Returns the last committed case about a finding.
///
/// # Errors
/// A fault of the engine.
pub fn committed_about<R: Reader + ?Sized>(
    reader: &mut R,
    finding: &str,
) -> Result<Option<CaseNo>, StoreError> {
    first(
        reader,
        "SELECT c.case_no FROM case_finding f JOIN case_file c ON c.case_no = f.case_no \
         WHERE f.finding = ?1 AND c.state = 'committed' ORDER BY c.n DESC LIMIT 1",
        &[Param::Text(finding)],
        |row| row.parse(0),
    )
}

/// Returns the case that holds each of these findings and is not over.
///
/// # Errors
/// A fault of the engine.
pub fn holders<R: Reader + ?Sized>(
    reader: &mut R,
    findings: &[&str],
) -> Result<HashMap<String, CaseNo>, StoreError> {
    let sql = "SELECT f.finding, c.case_no FROM json_each(?1) j CROSS JOIN case_finding f ON f.finding = j.value \
         CROSS JOIN case_file c ON c.case_no = f.case_no WHERE c.state NOT IN ('committed', 'withdrawn') ORDER BY c.n DESC";
    let sought = serde_json::json!(findings).to_string();
    let found =
        all(reader, sql, &[Param::Text(&sought)], |row| Ok((row.text(0)?.to_owned(), row.parse(1)?)))?;
    Ok(found.into_iter().collect())
}

/// Returns the case that holds each finding that one holds.
///
/// # Errors
/// A fault of the engine.
pub fn all_holders<R: Reader + ?Sized>(reader: &mut R) -> Result<HashMap<String, CaseNo>, StoreError> {
    let sql = "SELECT f.finding, c.case_no FROM case_file c CROSS JOIN case_finding f ON f.case_no = c.case_no \
         WHERE c.state NOT IN ('committed', 'withdrawn') AND f.finding IS NOT NULL ORDER BY c.n DESC";
    let found = all(reader, sql, &[], |row| Ok((row.text(0)?.to_owned(), row.parse(1)?)))?;
    Ok(found.into_iter().collect())
}

/// Returns the last committed case about each of these findings that did something about what the finding is about: its
/// trade or line, its voucher or account.
///
/// # Errors
/// A fault of the engine.
pub fn closed_by<R: Reader + ?Sized>(
    reader: &mut R,
    findings: &[Finding],
) -> Result<BTreeMap<String, CaseNo>, StoreError> {
    let sought: Vec<serde_json::Value> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "finding": finding.finding,
                "trade": finding.trade_no,
                "event": finding.event,
                "channel": finding.channel,
                "ref": finding.channel_ref,
                "voucher": finding.voucher_no,
                "account": finding.account.as_ref().filter(|_| is_about_account(finding.cause)),
                "claim": finding.cause == Cause::FactsDiffer,
            })
        })
        .collect();
    let found = all(
        reader,
        &format!(
            "SELECT f.finding, c.case_no FROM json_each(?1) j CROSS JOIN case_finding f ON f.finding = j.value ->> 'finding' \
             CROSS JOIN case_file c ON c.case_no = f.case_no WHERE c.state = 'committed' \
                AND CASE WHEN j.value ->> 'trade' IS NOT NULL THEN {DID_ON_TRADE} \
                         WHEN j.value ->> 'ref' IS NOT NULL AND j.value ->> 'voucher' IS NULL THEN {DID_ON_LINE} \
                         WHEN j.value ->> 'account' IS NOT NULL THEN {DID_ON_ACCOUNT} \
                         ELSE {DID_ON_VOUCHER} END \
             ORDER BY c.n"
        ),
        &[Param::Text(&serde_json::json!(sought).to_string())],
        |row| Ok((row.text(0)?.to_owned(), row.parse(1)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// Returns whether findings of a cause are about an account, whatever voucher took it there.
const fn is_about_account(cause: Cause) -> bool {
    matches!(cause, Cause::BelowFloor | Cause::UnknownParty | Cause::DebtOpen)
}

/// Whether case `c` changed the trade of a finding `j`, decided a claim about it, booked its event, or booked a trade
/// that goes back on it. A claim is not decided by booking.
const DID_ON_TRADE: &str = "EXISTS (SELECT 1 FROM trade t WHERE t.trade_no = j.value ->> 'trade' AND ( \
    EXISTS (SELECT 1 FROM trade_status x WHERE x.trade = t.id AND x.case_no = c.case_no) \
    OR EXISTS (SELECT 1 FROM amendment x WHERE x.trade = t.id AND x.case_no = c.case_no) \
    OR EXISTS (SELECT 1 FROM trade_news w JOIN claim_dismissal x ON x.claim = w.n WHERE w.trade = t.id AND x.case_no = c.case_no) \
    OR (NOT j.value ->> 'claim' AND (EXISTS ( \
        SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.case_no = c.case_no \
           AND (j.value ->> 'event' IS NULL OR v.event IS NULL \
             OR EXISTS (SELECT 1 FROM event e WHERE e.id = v.event AND e.event = j.value ->> 'event'))) \
      OR EXISTS (SELECT 1 FROM trade u JOIN voucher v ON v.trade = u.id AND v.case_no = c.case_no \
                  WHERE u.original_ref = t.channel_ref AND u.channel = t.channel)))))";

/// Whether case `c` answered the line of a finding `j`, or booked a trade for it.
const DID_ON_LINE: &str = "(EXISTS ( \
      SELECT 1 FROM answered_line a WHERE a.channel_ref = j.value ->> 'ref' AND a.channel = j.value ->> 'channel' AND a.case_no = c.case_no) \
    OR EXISTS (SELECT 1 FROM trade t JOIN voucher v ON v.trade = t.id AND v.case_no = c.case_no \
                WHERE t.channel_ref = j.value ->> 'ref' AND t.channel = j.value ->> 'channel'))";

/// Whether case `c` booked on the account of a finding `j`.
const DID_ON_ACCOUNT: &str = "EXISTS (SELECT 1 FROM voucher v JOIN entry e ON e.voucher = v.id JOIN account a ON a.id = e.account \
     WHERE v.case_no = c.case_no AND a.code = j.value ->> 'account')";

/// Whether case `c` took the voucher of a finding `j` back, or cleared what it put into suspense.
const DID_ON_VOUCHER: &str = "EXISTS (SELECT 1 FROM voucher o WHERE o.voucher_no = j.value ->> 'voucher' AND ( \
    EXISTS (SELECT 1 FROM voucher v WHERE v.reverses = o.id AND v.case_no = c.case_no) \
    OR EXISTS (SELECT 1 FROM open_item i JOIN voucher v ON v.id = i.cleared_by WHERE i.voucher = o.id AND v.case_no = c.case_no)))";

/// Returns at most `most` of what a case is about, in order.
pub fn about<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    most: usize,
) -> Result<Vec<AboutRow>, StoreError> {
    all(
        reader,
        "SELECT f.finding, (SELECT t.trade_no FROM trade t WHERE t.id = f.trade) FROM case_finding f \
         WHERE f.case_no = ?1 ORDER BY f.n LIMIT ?2",
        &[Param::Text(case_no.as_str()), Param::Int(i64::try_from(most).unwrap_or(i64::MAX))],
        |row| Ok(AboutRow { finding: row.maybe_text(0)?.map(str::to_owned), trade_no: row.maybe_parse(1)? }),
    )
}

/// Sets the state of a case, with its checker and the time of the decision.
pub fn set_state<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    state: CaseState,
    checker: Option<&Operator>,
    decided_at: Option<Moment>,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET state = ?2, checker = ?3, decided_at = ?4 WHERE case_no = ?1",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(state.as_str()),
            Param::maybe(checker),
            Param::maybe(decided_at.map(|at| at.to_string()).as_ref()),
        ],
    )
}

/// Sets the reason of a case.
pub fn set_reason<S: Sink + ?Sized>(sink: &mut S, case_no: &CaseNo, reason: &str) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET reason = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(reason)],
    )
}

/// Sets the maker of a case; log the hand-over first.
pub fn set_maker<S: Sink + ?Sized>(sink: &mut S, case_no: &CaseNo, to: &Operator) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET maker = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(to.as_str())],
    )
}

/// Stores the plan that the case was previewed with, as JSON.
pub fn set_planned<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    planned: &str,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET planned = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(planned)],
    )
}

/// Returns the plan that the case was previewed with, as JSON.
pub fn planned<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<String>, StoreError> {
    Ok(first(
        reader,
        "SELECT planned FROM case_file WHERE case_no = ?1",
        &[Param::Text(case_no.as_str())],
        |row| Ok(row.maybe_text(0)?.map(str::to_owned)),
    )?
    .flatten())
}

columns! {
    mod case_column from 0 => {
        CASE_NO = "c.case_no",
        CAUSE = "c.cause",
        STATE = "c.state",
        MAKER = "c.maker",
        CHECKER = "c.checker",
        OPENED_AT = "c.opened_at",
        DECIDED_AT = "c.decided_at",
        TRADE_NO = "(SELECT t.trade_no FROM trade t WHERE t.id = c.trade)",
        FINDING = "c.finding",
        REASON = "c.reason",
        NOTE = "c.note",
        STEPS = "(SELECT count(*) FROM case_step s WHERE s.case_no = c.case_no AND s.dropped = 0)",
        VOUCHERS = "(SELECT count(*) FROM voucher v WHERE v.case_no = c.case_no)",
        FINDINGS = "(SELECT count(*) FROM case_finding f WHERE f.case_no = c.case_no)",
    }
}

fn case_row(row: &Row<'_>) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        case_no: row.parse(case_column::CASE_NO)?,
        cause: row.maybe_parse(case_column::CAUSE)?,
        state: row.parse(case_column::STATE)?,
        maker: row.parse(case_column::MAKER)?,
        checker: row.maybe_parse(case_column::CHECKER)?,
        opened_at: row.parse(case_column::OPENED_AT)?,
        decided_at: row.maybe_parse(case_column::DECIDED_AT)?,
        trade_no: row.maybe_parse(case_column::TRADE_NO)?,
        finding: row.maybe_text(case_column::FINDING)?.map(str::to_owned),
        reason: row.text(case_column::REASON)?.to_owned(),
        note: row.maybe_text(case_column::NOTE)?.map(str::to_owned),
        steps: row.int(case_column::STEPS)?,
        vouchers: row.int(case_column::VOUCHERS)?,
        findings: row.int(case_column::FINDINGS)?,
    })
}

/// Returns a page of cases, newest first. `meant` are the causes that the filter's text names.
pub fn cases<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &CaseFilter,
    meant: &[Cause],
    page: &Page,
) -> Result<Rows<CaseRow>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List {
        key_value: "(SELECT n FROM case_file WHERE case_no = ?)",
        newest_first: true,
        ..List::of(case_column::SQL, "case_file c", "c.n")
    };
    if let Some(state) = filter.state {
        list.only("c.state = ?", Param::Text(state.as_str()));
    }
    if filter.undone {
        list.conditions.push("c.state NOT IN ('committed', 'withdrawn')".to_owned());
    }
    if let Some(day) = &day {
        list.only(
            "EXISTS (SELECT 1 FROM case_finding f JOIN trade t ON t.id = f.trade \
              WHERE f.case_no = c.case_no AND t.business_date = ? \
              UNION ALL SELECT 1 FROM json_each(c.planned, '$.days') d WHERE c.planned IS NOT NULL AND d.value = ?)",
            Param::Text(day),
        );
    }
    if !text.is_empty() {
        list.params.extend([Param::Text(&text), Param::Text(&end)]);
        let (from, until) = (list.params.len() - 1, list.params.len());
        let starts = |what: &str| format!("({what} >= ?{from} AND {what} < ?{until})");
        let mut any: Vec<String> = ["c.case_no", "c.maker"].map(starts).to_vec();
        any.push(format!(
            "EXISTS (SELECT 1 FROM case_finding f JOIN trade t ON t.id = f.trade WHERE f.case_no = c.case_no AND {})",
            starts("t.trade_no")
        ));
        any.extend(meant.iter().map(|cause| format!("c.cause = '{cause}'")));
        list.conditions.push(format!("({})", any.join(" OR ")));
    }
    list.page(reader, page, case_row)
}

/// Limit of cases read that are not over; more than an operator works on.
const MAX_CASES: usize = 1000;

/// Returns the cases that are not over, oldest first.
pub fn undone<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<CaseRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {} FROM case_file c WHERE c.state NOT IN ('committed', 'withdrawn') \
             ORDER BY c.n LIMIT {MAX_CASES}",
            case_column::SQL
        ),
        &[],
        case_row,
    )
}

/// Returns the cases that are staged, submitted or approved and whose plan moves an account, oldest first.
pub fn staged_on<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
) -> Result<Vec<CaseRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {} FROM case_file c WHERE c.state IN ('staged', 'submitted', 'approved') AND c.planned IS NOT NULL \
             AND EXISTS (SELECT 1 FROM json_each(c.planned, '$.heads') h WHERE json_extract(h.value, '$[0]') = ?1) \
             ORDER BY c.n LIMIT {MAX_CASES}",
            case_column::SQL
        ),
        &[Param::Text(account.as_str())],
        case_row,
    )
}

/// Returns the cases about a trade.
pub fn cases_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<CaseRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {} FROM case_file c WHERE c.case_no IN \
             (SELECT f.case_no FROM case_finding f WHERE f.trade = ?1) ORDER BY c.n",
            case_column::SQL
        ),
        &[Param::Int(trade)],
        case_row,
    )
}

/// Returns one case.
pub fn case<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<CaseRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {} FROM case_file c WHERE c.case_no = ?1", case_column::SQL),
        &[Param::Text(case_no.as_str())],
        case_row,
    )
}
