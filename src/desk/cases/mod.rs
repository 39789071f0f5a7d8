//! A case from opening to commit: staging, checklist, review by a second person, preview, commit.

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

mod approver_limit;
mod checklist;
pub(crate) mod checks;
mod commit;
mod customer_view;
mod decisions;
mod detail;
mod draft;
mod journal;
mod opening;
mod precondition;
mod preview;
mod proposals;
mod reconciled_days;
mod review;
mod stage;
mod take_back;
