//! A trade's own status is corrected as its channel proves it.

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::steps::repost::by_list;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::chain::fingerprint;
use crate::domain::finding::Note;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::proves;
use crate::domain::step::StepKind;
use crate::domain::trade::{ReconStatus, TradeStatus};
use crate::domain::trade_news::{Claim, ListedFact};
use crate::protocol::steps::{Status, StepRow};
use crate::store::{Reader, StoreError, matching, trade_news};

impl Step for Status {
    fn row(&self, number: i64) -> StepRow {
        StepRow {
            status: Some(self.status),
            ..row(number, StepKind::Status, Some(self.trade_no.clone()), None)
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (trade_no, status) = (&self.trade_no, self.status);
        let position = resolver.position(trade_no)?;
        let trade = &position.trade;
        if resolver.earlier.status.get(&position.id) == Some(&status) {
            let twice = Rejection::new(Code::Nothing).with("what", status).with("trade", trade_no);
            return Err(twice.into());
        }
        if let Some(file) = self.proof.as_ref().filter(|file| file.fingerprint == fingerprint(b"")) {
            let empty = Rejection::new(Code::BadFile).with("file", &file.name).with("place", &file.name);
            return Err(empty.with("problem", "step.empty_proof").into());
        }
        let lines = matching::lines(resolver.reader, position.id)?;
        let proven = match (status, lines.as_slice()) {
            (TradeStatus::Failed, []) => position.recon == ReconStatus::Short,
            (_, [line]) if line.line.revokes(&trade.channel_ref) => status == TradeStatus::Failed,
            (_, [line]) => proves(&line.line, status),
            _ => false,
        };
        let taken_back = status == TradeStatus::Failed && resolver.was_taken_back(trade)?;
        // A line that tells the known status stands above any file.
        let told_otherwise = lines.iter().any(|line| proves(&line.line, position.status_now));
        let by_file =
            resolver.call.in_force.policy.status_by_file && !proven && !taken_back && !told_otherwise;
        let said = self.because.as_deref().map(str::trim).filter(|said| !said.is_empty());
        let shown = self.proof.as_ref().zip(said).filter(|_| by_file);
        // A later list is such a file, and the ledger has its fingerprint.
        let listed = if by_file && shown.is_none() {
            let claims = trade_news::open_claims(resolver.reader, position.id, position.id)?;
            let says = |claim: &&Claim| claim.fact == ListedFact::Status && same(&claim.value, status);
            claims.iter().rev().map(|(_, claim)| claim).find(says).map(by_list)
        } else {
            None
        };
        if !proven && !taken_back && shown.is_none() && listed.is_none() {
            return Err(Rejection::new(Code::NoEvidence)
                .with("trade", trade_no)
                .with("status", status)
                .with("channel", trade.channel)
                .into());
        }
        if status != TradeStatus::Succeeded {
            let amount_minor = resolver.facts(&position)?.amount_minor;
            resolver.refuse_if_undone_below(&position, (amount_minor, 0))?;
        }
        resolver.earlier.status.insert(position.id, status);
        let owner = if lines.is_empty() && !taken_back {
            let outcome = matching::lines_of_trade(resolver.reader, position.id)?.outcome;
            matching::line_owner(resolver.reader, position.id, outcome.as_ref())?
        } else {
            None
        };
        let key = match lines.as_slice() {
            _ if taken_back => "why.stubbed",
            _ if owner.is_some() => "why.line_of_other",
            [] => "why.absent",
            _ => "why.status",
        };
        let by_file = shown.is_some() || listed.is_some();
        let default = if let Some((file, said)) = shown {
            Note::new("why.by_file").with("status", status).with("file", &file.name).with("because", said)
        } else {
            let proven = || Note::new(key).with("status", status).with("channel", trade.channel);
            let other = owner.as_ref().map(|owner| &owner.trade_no);
            listed.unwrap_or_else(|| proven().with("ref", &trade.channel_ref).with_some("other", other))
        };
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        Ok(Resolved {
            row,
            trade: Some(trade_no.clone()),
            effect: Effect::Status {
                trade: position.id,
                status,
                amount: position.trade.amount(),
                proven: !by_file,
            },
        })
    }
}

/// Returns true if a list tells a status; to have failed and to be closed are the same for the books.
fn same(told: &str, status: TradeStatus) -> bool {
    let over = |status| matches!(status, TradeStatus::Failed | TradeStatus::Closed);
    told.parse().is_ok_and(|told: TradeStatus| told == status || (over(told) && over(status)))
}
