//! How channel statements stand, and their changes; nothing is deleted.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::statements::lines_where;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::statement::{BillState, StatementHead};
use crate::protocol::bills::{BillChange, BillRow};
use crate::protocol::trades::StatementRow;

columns! {
    /// A statement `s` with its last change `c`.
    mod bill from 0 => {
        ID = "s.id",
        FILE = "s.file",
        CHANNEL = "s.channel",
        DAY = "s.day",
        MERCHANT = "s.merchant_id",
        SUB_MERCHANT = "s.sub_merchant",
        COVERS = "s.lists",
        UNTIL = "s.until",
        FORMAT = "s.format",
        LINES = "s.rows",
        IMPORTED_AT = "s.imported_at",
        OPERATOR = "s.operator",
        STATE = "c.state",
        CHANGED_AT = "c.at",
        CHANGED_BY = "c.operator",
        REASON = "c.reason",
        REPLACED_BY = "c.by_statement",
        CASE_NO = "c.case_no",
    }
}

/// Join of each statement with its last change.
const FROM: &str = "FROM statement s LEFT JOIN statement_change c ON c.statement = s.id \
    AND c.n = (SELECT max(x.n) FROM statement_change x WHERE x.statement = s.id)";

/// Condition on [`FROM`]: the statement counts.
const STANDS: &str = "(c.state IS NULL OR c.state = 'standing')";

fn change_row(row: &Row<'_>, state: BillState) -> Result<BillChange, StoreError> {
    Ok(BillChange {
        state,
        at: row.parse(bill::CHANGED_AT)?,
        operator: row.parse(bill::CHANGED_BY)?,
        reason: row.text(bill::REASON)?.to_owned(),
        replaced_by: row.maybe_int(bill::REPLACED_BY)?,
        case_no: row.maybe_text(bill::CASE_NO)?.map(str::to_owned),
    })
}

fn bill_row(row: &Row<'_>) -> Result<BillRow, StoreError> {
    let state: Option<BillState> = row.maybe_parse(bill::STATE)?;
    let changed = state.map(|state| change_row(row, state)).transpose()?;
    Ok(BillRow {
        id: row.int(bill::ID)?,
        file: row.text(bill::FILE)?.to_owned(),
        head: StatementHead {
            channel: row.parse(bill::CHANNEL)?,
            day: row.maybe_parse(bill::DAY)?,
            merchant_id: row.maybe_text(bill::MERCHANT)?.map(str::to_owned),
            sub_merchant: row.maybe_text(bill::SUB_MERCHANT)?.map(str::to_owned),
            covers: row.parse(bill::COVERS)?,
            until: row.maybe_parse(bill::UNTIL)?,
            format: row.text(bill::FORMAT)?.to_owned(),
        },
        lines: row.int(bill::LINES)?,
        state: state.unwrap_or(BillState::Standing),
        imported_at: row.parse(bill::IMPORTED_AT)?,
        operator: row.parse(bill::OPERATOR)?,
        changed,
    })
}

/// Returns statements, newest day first; of `channel` and `day` if they are given, and unless `all` only those that
/// count or are held.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    all_of_them: bool,
    channel: Option<&str>,
    day: Option<&str>,
) -> Result<Vec<BillRow>, StoreError> {
    let state =
        if all_of_them { "1" } else { "(c.state IS NULL OR c.state = 'standing' OR c.state = 'held')" };
    let sql = format!(
        "SELECT {} {FROM} WHERE {state} AND (?1 IS NULL OR s.channel = ?1) AND (?2 IS NULL OR s.day = ?2) \
         ORDER BY s.day DESC, s.channel, s.id",
        bill::SQL
    );
    all(reader, &sql, &[Param::maybe(channel), Param::maybe(day)], bill_row)
}

/// Returns the statements of a channel's day that count, in order of arrival.
pub fn standing<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    day: &str,
) -> Result<Vec<BillRow>, StoreError> {
    let sql =
        format!("SELECT {} {FROM} WHERE s.channel = ?1 AND s.day = ?2 AND {STANDS} ORDER BY s.id", bill::SQL);
    all(reader, &sql, &[Param::Text(channel), Param::Text(day)], bill_row)
}

/// Returns one statement with its fingerprint.
pub fn one<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<(BillRow, String)>, StoreError> {
    let sql = format!("SELECT {}, s.fingerprint {FROM} WHERE s.id = ?1", bill::SQL);
    first(reader, &sql, &[Param::Int(id)], |row| Ok((bill_row(row)?, row.text(bill::END)?.to_owned())))
}

/// Returns the statement with lines whose file has this content and that is held, else one that counts.
pub fn of_content<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
) -> Result<Option<BillRow>, StoreError> {
    let sql = format!(
        "SELECT {} {FROM} WHERE (s.fingerprint = ?1 OR (s.fingerprint > ?1 || '/' AND s.fingerprint < ?1 || '0')) \
            AND s.rows > 0 AND ({STANDS} OR c.state = 'held') ORDER BY coalesce(c.state, '') = 'held' DESC, s.id LIMIT 1",
        bill::SQL
    );
    first(reader, &sql, &[Param::Text(fingerprint)], bill_row)
}

/// Returns the changes of a statement, in order.
pub fn changes<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Vec<BillChange>, StoreError> {
    let sql = format!(
        "SELECT {} FROM statement s JOIN statement_change c ON c.statement = s.id WHERE s.id = ?1 ORDER BY c.n",
        bill::SQL
    );
    all(reader, &sql, &[Param::Int(id)], |row| change_row(row, row.parse(bill::STATE)?))
}

/// Returns the first lines of a statement, at most `limit`.
pub fn lines<R: Reader + ?Sized>(
    reader: &mut R,
    id: i64,
    limit: usize,
) -> Result<Vec<StatementRow>, StoreError> {
    lines_where(reader, &format!("s.id = ?1 ORDER BY l.id LIMIT {limit}"), &[Param::Int(id)])
}

/// What rests on a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rests {
    /// Numbers of the committed cases that took something from its lines, or from what it does not list.
    pub cases: Vec<String>,
    /// Trades of its day that a person matched with a line.
    pub matches: Vec<String>,
    /// Its day, if that is closed.
    pub closed_day: Option<String>,
    /// Customers and merchants of the trades that these cases and matches are about, at most [`PARTIES`].
    pub parties: Vec<String>,
}

/// Most customers and merchants that are named.
pub const PARTIES: usize = 20;

impl Rests {
    /// Returns true if something rests on the statement.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.cases.is_empty() || !self.matches.is_empty() || self.closed_day.is_some()
    }
}

/// Condition on a row `x` about a trade and the statement ?1.
const ABOUT: &str = "EXISTS (SELECT 1 FROM statement_about b WHERE b.statement = ?1 AND b.trade = x.trade)";

/// Reads what rests on a statement.
pub fn rests<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Rests, StoreError> {
    let text = |row: &Row<'_>| Ok(row.text(0)?.to_owned());
    let id = [Param::Int(id)];
    let decided = "SELECT x.trade, x.case_no FROM trade_status x WHERE x.case_no <> '' UNION ALL SELECT x.trade, x.case_no FROM amendment x";
    let cases = format!(
        "SELECT a.case_no FROM answered_line a WHERE EXISTS (SELECT 1 FROM statement_line l \
            WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND l.statement = ?1 AND {}) \
         UNION SELECT x.case_no FROM ({decided}) x WHERE {ABOUT}",
        super::answered::of_line()
    );
    let matches = format!(
        "SELECT DISTINCT t.trade_no FROM match_decision x CROSS JOIN trade t ON t.id = x.trade WHERE {ABOUT}"
    );
    let parties = format!(
        "SELECT DISTINCT coalesce(t.customer, t.merchant) FROM ({decided} UNION ALL SELECT x.trade, NULL FROM match_decision x) x \
           CROSS JOIN trade t ON t.id = x.trade \
          WHERE coalesce(t.customer, t.merchant) IS NOT NULL AND {ABOUT} ORDER BY 1 LIMIT {PARTIES}"
    );
    let day =
        "SELECT d.day FROM day d JOIN statement b ON b.day = d.day WHERE b.id = ?1 AND d.state = 'closed'";
    Ok(Rests {
        cases: all(reader, &cases, &id, text)?,
        matches: all(reader, &matches, &id, text)?,
        closed_day: first(reader, day, &id, text)?,
        parties: all(reader, &parties, &id, text)?,
    })
}

/// A change of a statement that is to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewChange<'c> {
    /// The statement.
    pub statement: i64,
    /// Its state from now on.
    pub state: BillState,
    /// Of a replaced one: the statement in its place.
    pub by_statement: Option<i64>,
    /// The case that decides it.
    pub case_no: Option<&'c str>,
    /// Why.
    pub reason: &'c str,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: &'c Operator,
}

/// Adds a change of a statement.
pub fn change<S: Sink + ?Sized>(sink: &mut S, change: NewChange<'_>) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO statement_change (statement, n, state, by_statement, case_no, reason, at, operator) \
         SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM statement_change WHERE statement = ?1",
        &[
            Param::Int(change.statement),
            Param::Text(change.state.as_str()),
            Param::maybe_int(change.by_statement),
            Param::maybe(change.case_no),
            Param::Text(change.reason),
            Param::Text(&change.at.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::sqlite::unguarded;

    /// Of a statement's many lines and the many trades of its days only those of the decided trades are read.
    #[test]
    fn what_rests_on_a_statement_is_found_from_the_decisions() {
        let mut memory = unguarded().unwrap();
        let sql = format!("EXPLAIN QUERY PLAN SELECT x.trade FROM match_decision x WHERE {ABOUT}");
        let plan = all(&mut memory, &sql, &[Param::Int(1)], |row| Ok(row.text(3)?.to_owned())).unwrap();
        let scans: Vec<&String> = plan.iter().filter(|step| step.starts_with("SCAN")).collect();
        assert!(
            scans.iter().all(|step| ["x", "policy"].iter().any(|small| step[5..].starts_with(small))),
            "{plan:#?}"
        );
        let by_line =
            plan.iter().filter(|step| step.contains("statement_line_ref (channel_ref=? AND channel=?)"));
        assert_eq!(by_line.count(), 2, "{plan:#?}");
    }
}
