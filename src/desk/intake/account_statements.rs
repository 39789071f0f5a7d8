//! The statements of accounts at banks and channels: the list of them, and taking one out.

use super::account_proposals::{agreed_or_proposed, shaken};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::protocol::account_statements::{
    AccountStatementDetail, AccountStatementRow, ListAccountStatements, ShowAccountStatement,
    WithdrawAccountStatement,
};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::{account_evidence, account_statements};

/// Most lines of a statement that are shown.
const LINES: usize = 1000;

impl OpenLedger {
    fn account_statement(&mut self, id: i64) -> Result<Box<AccountStatementDetail>, Refusal> {
        let engine = &mut *self.engine;
        let statement = account_statements::one(engine, id)?
            .ok_or_else(|| Rejection::not_found("account statement", id))?;
        let standing: &[i64] = if statement.state == BillState::Standing { &[id] } else { &[] };
        let rests = shaken(engine, standing, self.in_force.policy.four_eyes)?;
        let (mut rows, mut more) = (Vec::new(), false);
        account_statements::each_line(engine, id, &mut |line| {
            if rows.len() < LINES {
                rows.push(line);
            } else {
                more = true;
            }
        })?;
        Ok(Box::new(AccountStatementDetail {
            parts: account_evidence::parts(engine, id)?,
            statement,
            rows,
            more,
            rests,
        }))
    }
}

impl Handle for ListAccountStatements {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<AccountStatementRow>, Refusal> {
        Ok(account_statements::list(&mut *ledger.engine, self.all, self.account.as_ref())?)
    }
}

impl Handle for ShowAccountStatement {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<AccountStatementDetail>, Refusal> {
        ledger.account_statement(self.id)
    }
}

impl Handle for WithdrawAccountStatement {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<AccountStatementDetail>, Refusal> {
        let (id, reason) = (self.id, given(&self.reason)?);
        let precondition = ledger.precondition_of_all();
        let four_eyes = ledger.in_force.policy.four_eyes;
        ledger.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let row = account_statements::one(sink, id)?
                .ok_or_else(|| Rejection::not_found("account statement", id))?;
            match row.state {
                BillState::Standing if four_eyes && account_evidence::rests(sink, id)?.any() => {
                    if !agreed_or_proposed(sink, context, &[id], None, reason)? {
                        return Ok(());
                    }
                }
                BillState::Held | BillState::Standing => {}
                BillState::Withdrawn => return Ok(()),
                BillState::Replaced => {
                    let by = row.changed.and_then(|change| change.replaced_by).unwrap_or_default();
                    return Err(Rejection::new(Code::BillState).with("bill", id).with("by", by).into());
                }
            }
            account_statements::end(sink, id, None, reason, (context.now, &context.operator))
        })?;
        ledger.account_statement(id)
    }
}
