//! The statements of channels: the list of them, and taking one out.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::differences::Shaken;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::files::import::{FileKind, Format};
use crate::protocol::bills::{BillDetail, BillRow, ListBills, ShowBill, WithdrawBill};
use crate::protocol::context::Context;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::bills::NewChange;
use crate::store::{Reader, StoreError, bills};

/// Most lines of a statement that are shown.
const LINES: usize = 1000;

impl OpenLedger {
    /// Returns one statement with its changes and the first of its lines.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such statement.
    pub(crate) fn bill(&mut self, id: i64) -> Result<BillDetail, Refusal> {
        let engine = &mut *self.engine;
        let (bill, fingerprint) = bills::one(engine, id)?.ok_or_else(|| Rejection::not_found("bill", id))?;
        let changes = bills::changes(engine, id)?;
        let mut rows: Vec<_> = bills::lines(engine, id, LINES + 1)?.into_iter().map(|row| row.line).collect();
        let more = rows.len() > LINES;
        rows.truncate(LINES);
        let standing: &[i64] = if bill.state == BillState::Standing { &[id] } else { &[] };
        let rests = shaken(engine, standing, self.in_force.policy.four_eyes)?;
        Ok(BillDetail { bill, fingerprint, changes, rows, more, rests })
    }

    /// Adds to the answer about a bill that was imported before whether it is held, and where it ends if that is before
    /// the end of its day.
    pub(super) fn as_known(
        &mut self,
        context: &Context,
        mut answer: ImportAnswer,
        format: Format,
        fingerprint: &str,
    ) -> Result<ImportAnswer, Refusal> {
        if format.kind() != FileKind::Bill || answer.ended.is_some() {
            return Ok(answer);
        }
        let Some(bill) = bills::of_content(&mut *self.engine, fingerprint)? else { return Ok(answer) };
        answer.held = bill.state == BillState::Held;
        answer.statement = answer.held.then_some(bill.id);
        let today = self.in_force.channel_day(bill.head.channel, context.now);
        let is_over = bill.head.day.is_some_and(|day| day < today);
        answer.until = bill.head.until.filter(|_| is_over && !answer.held);
        Ok(answer)
    }

    /// Takes a statement out; one that is out already stays as it is.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such statement, [`Code::BillState`] if another took its place,
    /// [`Code::BillRests`] with four eyes if something rests on it; for its reason as [`given`].
    pub(crate) fn withdraw_bill(
        &mut self,
        context: &Context,
        id: i64,
        reason: &str,
    ) -> Result<BillDetail, Refusal> {
        let reason = given(reason)?;
        let four_eyes = self.in_force.policy.four_eyes;
        let precondition = self.precondition_of_all();
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let (bill, _) = bills::one(sink, id)?.ok_or_else(|| Rejection::not_found("bill", id))?;
            match bill.state {
                BillState::Standing if four_eyes => refuse_if_rested_on(sink, id)?,
                BillState::Held | BillState::Standing => {}
                BillState::Withdrawn => return Ok(()),
                BillState::Replaced => {
                    let by = bill.changed.and_then(|change| change.replaced_by).unwrap_or_default();
                    return Err(Rejection::new(Code::BillState).with("bill", id).with("by", by).into());
                }
            }
            let change = NewChange {
                statement: id,
                state: BillState::Withdrawn,
                by_statement: None,
                case_no: None,
                reason,
                at: context.now,
                operator: &context.operator,
            };
            bills::change(sink, change)
        })?;
        self.bill(id)
    }
}

/// Returns what rests on statements.
pub(super) fn shaken<R: Reader + ?Sized>(
    reader: &mut R,
    statements: &[i64],
    four_eyes: bool,
) -> Result<Shaken, StoreError> {
    let mut shaken = Shaken::default();
    for statement in statements {
        let rests = bills::rests(reader, *statement)?;
        shaken.cases.extend(rests.cases);
        shaken.trades.extend(rests.matches);
        shaken.parties.extend(rests.parties);
        shaken.closed_day = shaken.closed_day.or(rests.closed_day);
    }
    Ok(shaken.settled(four_eyes))
}

/// Refuses to take a statement out alone if a committed case, a match or a closed day rests on it.
fn refuse_if_rested_on<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<(), StoreError> {
    let rests = bills::rests(reader, id)?;
    if !rests.any() {
        return Ok(());
    }
    let mut rejection = Rejection::new(Code::BillRests).with("bill", id);
    if !rests.cases.is_empty() {
        rejection = rejection.with("cases", rests.cases.join(", "));
    }
    if !rests.matches.is_empty() {
        rejection = rejection.with("trades", rests.matches.join(", "));
    }
    if let Some(day) = rests.closed_day {
        rejection = rejection.with("day", day);
    }
    Err(rejection.into())
}

impl Handle for ListBills {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<BillRow>, Refusal> {
        let (channel, day) =
            (self.channel.map(|channel| channel.to_string()), self.day.map(|day| day.to_string()));
        Ok(bills::list(&mut *ledger.engine, self.all, channel.as_deref(), day.as_deref())?)
    }
}

impl Handle for ShowBill {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<BillDetail>, Refusal> {
        ledger.bill(self.id).map(Box::new)
    }
}

impl Handle for WithdrawBill {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<BillDetail>, Refusal> {
        ledger.withdraw_bill(context, self.id, &self.reason).map(Box::new)
    }
}
