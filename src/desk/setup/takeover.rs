//! The takeover from an older system: shown, ended by two people, and its vouchers accepted by name.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::Operator;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::takeover::{TakeoverVerb, wish_to_end};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::takeover::{
    AcceptVoucher, AcceptedVoucher, EndTakeover, ShowTakeover, Takeover, TakeoverStep,
};
use crate::protocol::watch::Watch;
use crate::store::takeover::{self, Sought, TakeoverRow};
use crate::store::vouchers;
use std::collections::BTreeSet;

impl OpenLedger {
    /// Returns what the ledger is to an older system.
    pub(crate) fn takeover(&mut self) -> Result<Takeover, Refusal> {
        let standing = takeover::standing(&mut *self.engine)?;
        let step = |row: TakeoverRow| TakeoverStep {
            verb: row.verb,
            reason: row.reason,
            at: row.at,
            operator: row.operator,
        };
        let accepted = |row: takeover::Accepted| AcceptedVoucher {
            voucher_no: row.voucher_no,
            reason: row.reason,
            at: row.at,
            operator: row.operator,
        };
        let all = Sought::Since { voucher: 0, known: &BTreeSet::new() };
        Ok(Takeover {
            standing,
            needs_second: self.in_force.policy.four_eyes,
            steps: takeover::rows(&mut *self.engine)?.into_iter().map(step).collect(),
            unexplained: takeover::unexplained(&mut *self.engine, all)?.len() as u64,
            accepted: takeover::accepted(&mut *self.engine)?.into_iter().map(accepted).collect(),
        })
    }

    /// Makes a ledger that nothing is in the books from the start.
    ///
    /// # Errors
    /// [`Code::BadValue`] if something is in it, or a fault.
    pub fn begin_as_books(&mut self, operator: &Operator, now: Moment) -> Result<(), Refusal> {
        let step = TakeoverRow {
            verb: TakeoverVerb::Begin,
            reason: "init --books".to_owned(),
            at: now,
            operator: operator.clone(),
        };
        Ok(self.engine.commit(&mut |sink| takeover::add(sink, &step))?)
    }

    /// Ends the takeover, or asks for a second person.
    ///
    /// # Errors
    /// As [`wish_to_end`] and [`given`].
    fn end_takeover(&mut self, context: &Context, why: &str) -> Result<Takeover, Refusal> {
        let precondition = self.precondition_of_all();
        let why = given(why)?;
        let before = takeover::rows(&mut *self.engine)?;
        let standing = takeover::standing(&mut *self.engine)?;
        let asked = before.into_iter().filter(|row| row.verb == TakeoverVerb::Ask);
        let asked: Vec<_> = asked.map(|row| row.operator).collect();
        let verb = wish_to_end(standing, &asked, &context.operator, &self.in_force.policy)?;
        let (operator, reason) = (context.operator.clone(), why.to_owned());
        let step = TakeoverRow { verb, reason, at: context.now, operator };
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            takeover::add(sink, &step)
        })?;
        self.takeover()
    }

    /// Accepts a voucher of the older system that no trade explains, such as its opening balances.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such voucher, or a trade explains it; [`Code::FourEyes`] if the operator
    /// brought it in; [`Code::ApprovalLimit`] if it moves more than the operator may approve.
    fn accept_voucher(&mut self, context: &Context, request: &AcceptVoucher) -> Result<Takeover, Refusal> {
        let precondition = self.precondition_of_all();
        let why = given(&request.reason)?;
        let found = takeover::unexplained(&mut *self.engine, Sought::Named(&request.voucher_no))?.pop();
        let Some(voucher) = found else {
            return Err(Rejection::not_found("unexplained voucher", &request.voucher_no).into());
        };
        let (policy, operator) = (&self.in_force.policy, &context.operator);
        if policy.four_eyes && voucher.maker.is_same_person(operator) {
            return Err(Rejection::new(Code::FourEyes).with("operator", operator).into());
        }
        let moved = vouchers::moved(&mut *self.engine, voucher.row)?;
        for (code, minor) in moved {
            let bad = |_| Rejection::new(Code::BadValue).with("what", "currency").with("value", &code);
            let currency: Currency = code.parse().map_err(bad)?;
            let limit = self.in_force.policy.limit_of(operator, currency);
            if let Some(limit) = limit.filter(|limit| minor > *limit) {
                return Err(Rejection::new(Code::ApprovalLimit)
                    .with("operator", operator)
                    .with("voucher", &voucher.voucher_no)
                    .with("amount", Money::new(minor, currency).grouped())
                    .with("limit", Money::new(limit, currency).grouped())
                    .into());
            }
        }
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            takeover::accept(sink, voucher.row, why, &context.operator, context.now)
        })?;
        self.takeover()
    }
}

impl Handle for ShowTakeover {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.takeover()?))
    }
}

impl Handle for EndTakeover {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.end_takeover(context, &self.reason)?))
    }
}

impl Handle for AcceptVoucher {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.accept_voucher(context, &self)?))
    }
}
