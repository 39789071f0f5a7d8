//! What comes nearest to the trade or line of a finding that one side alone has.

use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Finding};
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::MatchCandidate;
use crate::store::{candidates, statements, trades};

impl OpenLedger {
    /// Returns what comes nearest on the other side of a finding that one side alone has the trade; nothing for
    /// other findings.
    pub(crate) fn candidates_for(&mut self, finding: &Finding) -> Result<Vec<MatchCandidate>, Refusal> {
        if !matches!(finding.cause, Cause::Short | Cause::Long | Cause::Overdue | Cause::Ambiguous) {
            return Ok(Vec::new());
        }
        let (engine, kinds) = (&mut *self.engine, &self.in_force.kinds);
        if let Some(trade_no) = &finding.trade_no {
            let Some(row) = trades::trade_id(engine, trade_no)? else { return Ok(Vec::new()) };
            if candidates::pair_of(engine, row)?.is_some() {
                return Ok(Vec::new());
            }
            return Ok(candidates::lines_near(engine, kinds, row, candidates::FEW)?);
        }
        let (Some(channel), Some(number)) = (finding.channel, &finding.channel_ref) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for line in statements::rows_of(engine, channel.as_str(), number)? {
            if candidates::trade_of_line(engine, line)?.is_none() {
                found.extend(candidates::trades_near(engine, kinds, line, candidates::FEW)?);
            }
        }
        Ok(found)
    }
}
