//! Check of the statements of accounts: lines, sums, balances, and that one statement counts for each day.

use crate::store::engine::{Reader, StoreError, all};
use crate::store::verify::Defect;

/// Statement and account, for each check that a statement fails.
const CHECKS: [(&str, &str); 4] = [
    // Lines in places other than 1 to n have another last place than there are lines.
    (
        "account_lines",
        "SELECT s.id, s.account FROM account_statement s \
           LEFT JOIN (SELECT statement, count(*) AS lines, sum(amount_minor) AS moved, min(n) AS first, max(n) AS last \
                        FROM account_line GROUP BY statement) l ON l.statement = s.id \
          WHERE s.rows <> coalesce(l.lines, 0) OR s.sum_minor <> coalesce(l.moved, 0) OR l.first <> 1 OR l.last <> l.lines \
          UNION ALL SELECT DISTINCT l.statement, NULL FROM account_line l WHERE l.statement NOT IN (SELECT id FROM account_statement)",
    ),
    (
        "account_balance",
        "SELECT s.id, s.account FROM account_statement s WHERE (s.opening_minor IS NULL) <> (s.closing_minor IS NULL) \
             OR s.opening_minor + s.sum_minor <> s.closing_minor",
    ),
    (
        "account_twice",
        "SELECT max(s.id), s.account FROM standing_account_statement s GROUP BY s.account, s.number, s.day HAVING count(*) > 1",
    ),
    (
        "account_end",
        "SELECT c.statement, s.account FROM account_statement_change c LEFT JOIN account_statement s ON s.id = c.statement \
           LEFT JOIN account_statement b ON b.id = c.by_statement \
          WHERE s.id IS NULL OR c.n <> 1 OR (c.state = 'replaced' AND (b.id IS NULL OR b.id <= s.id OR b.account <> s.account \
             OR b.number <> s.number OR b.day <> s.day)) \
          UNION ALL SELECT s.id, s.account FROM account_statement s WHERE s.account NOT IN (SELECT code FROM account) \
          UNION ALL SELECT last, NULL FROM (SELECT max(id) AS last, count(*) AS statements FROM account_statement) WHERE last <> statements",
    ),
];

/// Returns a defect for each check that a statement fails: its lines are not those that it says, its balances do not
/// follow from them, another one counts for its day too, or it, its account or the one in its place is not there.
pub(super) fn defects<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Defect>, StoreError> {
    let mut found = Vec::new();
    for (check, sql) in CHECKS {
        found.extend(all(reader, sql, &[], |row| {
            let statement = ("statement".to_owned(), row.int(0)?.to_string());
            let account = row.maybe_text(1)?.map(str::to_owned);
            Ok(Defect { check, voucher_no: None, account, args: vec![statement] })
        })?);
    }
    Ok(found)
}
