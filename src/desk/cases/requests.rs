//! Answers the requests about cases.

use crate::desk::findings::page::causes_meant;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{
    ApproveCase, DropStep, HandOverCase, ListCases, RejectCase, RestageCase, RestoreStep, ShowCase,
    StageStep, SubmitCase, WithdrawCase,
};
use crate::protocol::checklists::{ShowChecklist, TickItem};
use crate::protocol::context::Context;
use crate::protocol::opening::{OpenCase, OpenCases, OpenCasesByPolicy};
use crate::protocol::page::Slice;
use crate::protocol::preview::PreviewCase;
use crate::protocol::receipt::CommitCase;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::cases;

/// Answers a repeated change of a case with the case as it is now.
macro_rules! replay_shows_case {
    () => {
        fn replay(
            self,
            ledger: &mut OpenLedger,
            context: &Context,
            _: Option<CaseNo>,
            watch: &mut dyn Watch,
        ) -> Result<Self::Answer, Refusal> {
            Ok(Box::new(ledger.case(context, &self.case_no, Slice::ALL, watch)?))
        }
    };
}

impl Handle for ListCases {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        let meant = filter.text.as_ref().map(|text| causes_meant(text, context.lang));
        let meant = meant.unwrap_or_default();
        Ok(cases::cases(&mut *ledger.engine, &filter, &meant, &page)?)
    }
}

impl Handle for PreviewCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, slice } = self;
        Ok(Box::new(ledger.preview(context, &case_no, slice, watch)?))
    }
}

impl Handle for ShowCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, slice } = self;
        Ok(Box::new(ledger.case(context, &case_no, slice, watch)?))
    }
}

impl Handle for OpenCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { opening } = self;
        Ok(Box::new(ledger.case_open(context, &opening, watch)?))
    }

    fn replay(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        opened: Option<CaseNo>,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let case_no = opened.ok_or_else(|| Rejection::new(Code::OrderDone))?;
        Ok(Box::new(ledger.case(context, &case_no, Slice::ALL, watch)?))
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

impl Handle for HandOverCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, to } = self;
        Ok(Box::new(ledger.case_hand(context, &case_no, &to)?))
    }

    replay_shows_case!();
}

impl Handle for OpenCasesByPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.case_auto(context, watch)
    }
}

impl Handle for OpenCases {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { bulk } = self;
        ledger.case_bulk(context, &bulk, watch)
    }
}

impl Handle for StageStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step, reason } = self;
        Ok(Box::new(ledger.stage(context, &case_no, &step, reason.as_deref(), watch)?))
    }

    replay_shows_case!();
}

impl Handle for DropStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step } = self;
        Ok(Box::new(ledger.stage_drop(context, &case_no, step, true, watch)?))
    }

    replay_shows_case!();
}

impl Handle for RestoreStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step } = self;
        Ok(Box::new(ledger.stage_drop(context, &case_no, step, false, watch)?))
    }

    replay_shows_case!();
}

impl Handle for RestageCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_restage(context, &case_no, watch)?))
    }

    replay_shows_case!();
}

impl Handle for SubmitCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_submit(context, &case_no, watch)?))
    }

    replay_shows_case!();
}

impl Handle for ApproveCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, seen } = self;
        Ok(Box::new(ledger.case_approve(context, &case_no, seen.as_deref())?))
    }

    replay_shows_case!();
}

impl Handle for RejectCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, reason } = self;
        Ok(Box::new(ledger.case_reject(context, &case_no, &reason)?))
    }

    replay_shows_case!();
}

impl Handle for WithdrawCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_withdraw(context, &case_no)?))
    }

    replay_shows_case!();
}

impl Handle for CommitCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, key } = self;
        ledger.commit_case(context, &case_no, key.as_deref(), watch)
    }
}
