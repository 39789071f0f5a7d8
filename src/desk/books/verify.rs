//! Verification of the whole ledger, and of a seal kept outside of it.

use crate::desk::handle::Handle;
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::ledger::{CheckSeal, Problem, Verified, VerifyLedger};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::verify::{Defect, MAX_PROBLEMS, TextsInForce, walk};

pub(crate) fn problem(defect: Defect, context: &Context) -> Problem {
    let mut args = defect.args;
    args.extend(defect.voucher_no.clone().map(|voucher| ("voucher".to_owned(), voucher)));
    args.extend(defect.account.clone().map(|account| ("account".to_owned(), account)));
    Problem {
        check: defect.check.to_owned(),
        detail: i18n::text(context.lang, &format!("verify.{}", defect.check), &args),
        voucher_no: defect.voucher_no,
        account: defect.account,
    }
}

impl OpenLedger {
    /// Verifies the whole ledger; a quick run leaves out the engine's own check of its file.
    pub(crate) fn verify(
        &mut self,
        context: &Context,
        VerifyLedger { quick, findings }: VerifyLedger,
        watch: &mut dyn Watch,
    ) -> Result<Verified, Refusal> {
        let walked = walk(&mut *self.engine, &mut |done, total| {
            watch.progress(Progress { done: done.unsigned_abs(), total: Some(total.unsigned_abs()) });
            !watch.cancelled()
        })?;
        let InForce { policy, rules, channels, kinds, zone, .. } = &self.in_force;
        let texts = TextsInForce { policy, rules, channels, kinds, zone };
        let misread = texts.misread(&mut *self.engine)?;
        let changed = self.engine.schema_changes()?.into_iter().map(|object| Defect {
            check: "schema",
            voucher_no: None,
            account: None,
            args: vec![("object".to_owned(), object)],
        });
        let file = if quick { Vec::new() } else { self.engine.integrity()? };
        let file = file.into_iter().map(|detail| Defect {
            check: "file",
            voucher_no: None,
            account: None,
            args: vec![("detail".to_owned(), detail)],
        });
        let kept = if findings { self.verify_findings(context, watch)? } else { Vec::new() };
        let problems: Vec<Problem> = walked
            .defects
            .into_iter()
            .chain(misread)
            .chain(changed)
            .chain(file)
            .chain(kept.into_iter().take(MAX_PROBLEMS))
            .map(|defect| problem(defect, context))
            .collect();
        self.verified = Some(problems.is_empty());
        Ok(Verified {
            ok: problems.is_empty(),
            vouchers: walked.vouchers,
            entries: walked.entries,
            head_seq: walked.head_seq,
            head_hash: walked.head_hash,
            problems,
            loosened: self.loosenings()?,
        })
    }

    /// Returns whether the ledger still holds the voucher of a seal: `seq` and `hash` of a former head.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn holds_seal(&mut self, seq: i64, hash: &str) -> Result<bool, Refusal> {
        Ok(crate::store::verify::holds(&mut *self.engine, seq, hash)?)
    }
}

impl Handle for CheckSeal {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { seq, hash } = self;
        ledger.holds_seal(seq, &hash)
    }
}

impl Handle for VerifyLedger {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.verify(context, self, watch)
    }
}
