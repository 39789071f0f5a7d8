//! The checklist of a case: the items of its cause's playbook, and their ticks.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored;
use crate::domain::case::CaseVerb;
use crate::domain::case::checked_note;
use crate::domain::id::CaseNo;
use crate::domain::playbook::{self, ChecklistRule};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::Lang;
use crate::protocol::cases::CaseRow;
use crate::protocol::checklists::{CheckRow, Checklist, ShowChecklist, TickItem};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::cases;
use crate::store::cases::ticks::NewTick;

/// Returns the policy's rule for open required items.
pub(crate) const fn rule(policy: &Policy) -> ChecklistRule {
    policy.checklist
}

/// Returns the required items without a tick.
pub(crate) fn open_items(items: &[CheckRow]) -> Vec<String> {
    items.iter().filter(|item| item.required && item.ticks.is_empty()).map(|item| item.item.clone()).collect()
}

impl OpenLedger {
    pub(crate) fn checklist(&mut self, context: &Context, case_no: &CaseNo) -> Result<Checklist, Refusal> {
        let row = self.case_row(case_no)?;
        Ok(Checklist { case_no: case_no.clone(), checklist: self.check_rows(context, &row)? })
    }

    pub(crate) fn check_rows(&mut self, context: &Context, row: &CaseRow) -> Result<Vec<CheckRow>, Refusal> {
        let Some(cause) = row.cause else { return Ok(Vec::new()) };
        let ticks = cases::ticks::list(&mut *self.engine, &row.case_no)?;
        let items = playbook::checklist(cause).map_err(authored::rejection)?;
        Ok(items
            .into_iter()
            .map(|item| CheckRow {
                ticks: ticks.iter().filter(|(of, _)| *of == item.id).map(|(_, tick)| tick.clone()).collect(),
                text: if context.lang == Lang::Zh { item.zh } else { item.en },
                required: item.required,
                evidence: item.evidence.map(|kind| kind.as_str().to_owned()),
                item: item.id,
            })
            .collect())
    }

    /// Ticks an item; its operator then counts as one who worked on the case.
    pub(crate) fn tick(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        tick: NewTick<'_>,
    ) -> Result<Checklist, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        row.state
            .after(CaseVerb::Stage, 1, self.in_force.policy.four_eyes)
            .map_err(|r| r.with("case", case_no))?;
        let items = self.check_rows(context, &row)?;
        let item = items.iter().find(|item| item.item == tick.item);
        let item = item.ok_or_else(|| Rejection::not_found("item", tick.item))?;
        let note = tick.note.map(|note| checked_note("note", note)).transpose()?;
        if let Some((name, fingerprint)) = tick.file {
            checked_note("file", name)?;
            if fingerprint.len() != 64 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(Rejection::new(Code::BadValue)
                    .with("what", "fingerprint")
                    .with("value", fingerprint.escape_debug())
                    .into());
            }
        }
        if let Some(kind) = &item.evidence
            && note.is_none()
            && tick.file.is_none()
        {
            return Err(Rejection::new(Code::EvidenceRequired)
                .with("item", tick.item)
                .with("evidence", kind)
                .into());
        }
        let tick = NewTick { note, ..tick };
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            cases::ticks::insert(sink, case_no, tick, &context.operator, context.now)
        })?;
        self.checklist(context, case_no)
    }
}

impl Handle for ShowChecklist {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        ledger.checklist(context, &case_no)
    }
}

impl Handle for TickItem {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, item, note, file } = self;
        let file = file.as_ref().map(|(name, fingerprint)| (name.as_str(), fingerprint.as_str()));
        let tick = crate::store::cases::ticks::NewTick { item: &item, note: note.as_deref(), file };
        ledger.tick(context, &case_no, tick)
    }

    fn replay(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: Option<CaseNo>,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.checklist(context, &self.case_no)
    }
}
