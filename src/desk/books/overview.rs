//! The overview: the ledger, its days, and the cases and matches that wait for the operator.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::CaseState;
use crate::domain::chart;
use crate::domain::takeover::Standing;
use crate::protocol::context::Context;
use crate::protocol::ledger::{LedgerInfo, Overview, ShowLedger, ShowOverview};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::ledger_head;
use crate::store::{acceptances, cases, days, decisions, takeover, unposted};

/// Most unposted events counted for the overview; beyond it the screen says "many".
const COUNTED: i64 = 100_000;

impl OpenLedger {
    pub(crate) fn overview(&mut self, context: &Context) -> Result<Overview, Refusal> {
        let me = &context.operator;
        let waiting_for_me = cases::undone(&mut *self.engine)?
            .into_iter()
            .filter(|case| match case.state {
                CaseState::Submitted => !self.in_force.policy.four_eyes || case.maker != *me,
                CaseState::Approved | CaseState::Open | CaseState::Staged | CaseState::Rejected => {
                    case.maker == *me
                }
                CaseState::Committed | CaseState::Withdrawn => false,
            })
            .collect();
        let matches_for_me = decisions::asked(&mut *self.engine)?
            .into_iter()
            .filter(|one| !self.in_force.policy.four_eyes || !one.operator.is_same_person(me))
            .collect();
        let acceptances_for_me = acceptances::asked(&mut *self.engine)?
            .into_iter()
            .filter(|one| !self.in_force.policy.four_eyes || !one.operator.is_same_person(me))
            .collect();
        let standing = takeover::standing(&mut *self.engine)?;
        let takeover_asked = match standing {
            Standing::Beside => {
                takeover::rows(&mut *self.engine)?.into_iter().map(|row| row.operator).collect()
            }
            Standing::Books => Vec::new(),
        };
        Ok(Overview {
            standing,
            takeover_asked,
            ledger: self.ledger_info()?,
            waiting_for_me,
            matches_for_me,
            acceptances_for_me,
            days: days::days(&mut *self.engine, true)?,
            unposted_events: unposted::unbooked_count(&mut *self.engine, COUNTED)?,
            verified: self.verified,
            loosened: self.loosenings()?.pop(),
            missing_roles: chart::missing_roles(&self.in_force.chart)
                .into_iter()
                .map(|(role, _)| role)
                .collect(),
        })
    }

    /// Returns the ledger's settings and its head.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn ledger_info(&mut self) -> Result<LedgerInfo, Refusal> {
        let (head_seq, head_hash) = ledger_head(&mut *self.engine)?;
        Ok(LedgerInfo {
            ledger_id: self.in_force.settings.ledger_id.clone(),
            name: self.in_force.settings.name.clone(),
            role: self.in_force.settings.role,
            currency: self.in_force.currency().code().to_owned(),
            currencies: if self.in_force.currencies.others().is_empty() {
                Vec::new()
            } else {
                self.in_force.currencies.all().map(|currency| currency.code().to_owned()).collect()
            },
            zone: self.in_force.settings.zone.clone(),
            four_eyes: self.in_force.policy.four_eyes,
            read_only: self.engine.read_only(),
            head_seq,
            head_hash,
            names: self.in_force.names.clone(),
        })
    }
}

impl Handle for ShowLedger {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.ledger_info()?))
    }
}

impl Handle for ShowOverview {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.overview(context)?))
    }
}
