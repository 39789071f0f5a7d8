//! Findings that a committed case had closed and that are there again.

use crate::desk::ledger::OpenLedger;
use crate::domain::finding::Finding;
use crate::i18n::{self, Lang};
use crate::protocol::refusal::Refusal;
use crate::store::cases;

impl OpenLedger {
    /// Says of a finding with its words whether it is there again, and which case had closed it.
    pub(crate) fn one_told_again(&mut self, finding: Finding, lang: Lang) -> Result<Finding, Refusal> {
        let known = finding.clone();
        Ok(self.told_again(vec![finding], lang)?.pop().unwrap_or(known))
    }

    /// Says of findings with their words which of them are there again, and which case had closed each.
    pub(crate) fn told_again(
        &mut self,
        mut found: Vec<Finding>,
        lang: Lang,
    ) -> Result<Vec<Finding>, Refusal> {
        let names: Vec<&str> = found.iter().map(|finding| finding.finding.as_str()).collect();
        let closed = cases::closed_by(&mut *self.engine, &names)?;
        for finding in &mut found {
            if let Some(case_no) = closed.get(&finding.finding) {
                let args = [("detail", finding.detail.clone()), ("case", case_no.to_string())];
                finding.detail = i18n::text(lang, "finding.again", &args);
                finding.closed_by = Some(case_no.clone());
            }
        }
        Ok(found)
    }
}
