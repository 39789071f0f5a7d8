//! A channel's statement is withdrawn, or a held one takes the place of those that it overlaps.

use crate::desk::corrections::effect::{Effect, Resolved, StatementEnd, row};
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::comparison::MovedLines;
use crate::domain::finding::Note;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::domain::step::StepKind;
use crate::protocol::bills::BillRow;
use crate::protocol::steps::{Statement, StepRow};
use crate::store::bills::Rests;
use crate::store::{Reader, StoreError, bills, statements};

impl Step for Statement {
    fn row(&self, number: i64) -> StepRow {
        row(number, StepKind::Statement, None, None)
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let reader = &mut *resolver.reader;
        let (bill, _) =
            bills::one(reader, self.bill)?.ok_or_else(|| Rejection::not_found("bill", self.bill))?;
        let fits = match self.state {
            BillState::Standing => bill.state == BillState::Held,
            _ => matches!(bill.state, BillState::Held | BillState::Standing),
        };
        if !fits {
            return Err(Rejection::new(Code::BillState).with("bill", bill.id).into());
        }
        let replaced =
            if self.state == BillState::Standing { overlapped(reader, &bill)? } else { Vec::new() };
        if let Some(wider) = replaced.iter().find(|other| other.head.is_wider_than(&bill.head)) {
            let narrower =
                Rejection::new(Code::BillConflict).with("file", &bill.file).with("other", &wider.file);
            return Err(narrower.with("problem", "import.narrower").into());
        }
        let mut shaken = Rests::default();
        for other in replaced.iter().chain(std::iter::once(&bill)) {
            let rests = bills::rests(reader, other.id)?;
            shaken.cases.extend(rests.cases);
            shaken.matches.extend(rests.matches);
            shaken.parties.extend(rests.parties);
            shaken.closed_day = shaken.closed_day.or(rests.closed_day);
        }
        let files: Vec<&str> = replaced.iter().map(|other| other.file.as_str()).collect();
        let key = if replaced.is_empty() { "why.statement" } else { "why.statement_replaces" };
        let mut default = Note::new(key).with("file", &bill.file).with("state", self.state);
        if !files.is_empty() {
            default = default.with("others", files.join(", "));
        }
        for (name, mut found) in
            [("cases", shaken.cases), ("trades", shaken.matches), ("parties", shaken.parties)]
        {
            found.sort();
            found.dedup();
            if !found.is_empty() {
                default = default.with(name, found.join(", "));
            }
        }
        if let Some(day) = shaken.closed_day {
            default = default.with("day", day);
        }
        let moved = moved(reader, &bill, self.state, &replaced)?.sums();
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        let replaces = replaced.into_iter().map(|other| other.id).collect();
        let reason = self.because.clone();
        let end = StatementEnd { statement: bill.id, state: self.state, replaces, moved, reason };
        let effect = Effect::Statement(end);
        Ok(Resolved { row, trade: None, effect })
    }
}

/// Returns the statements that a held one would take the place of.
fn overlapped<R: Reader + ?Sized>(reader: &mut R, bill: &BillRow) -> Result<Vec<BillRow>, StoreError> {
    let day = bill.head.day.map(|day| day.to_string()).unwrap_or_default();
    let mut others = bills::standing(reader, bill.head.channel.as_str(), &day)?;
    others.retain(|other| other.contradicts(&bill.head, bill.lines.unsigned_abs()));
    Ok(others)
}

/// Reads the lines that go or come with the step.
fn moved<R: Reader + ?Sized>(
    reader: &mut R,
    bill: &BillRow,
    state: BillState,
    replaced: &[BillRow],
) -> Result<MovedLines, StoreError> {
    let mut moved = MovedLines::default();
    let stood = Some(bill).filter(|bill| bill.state == BillState::Standing && state != BillState::Standing);
    for other in replaced.iter().chain(stood) {
        statements::each_line(reader, other.id, &mut |_, line| moved.goes(&line))?;
    }
    if state == BillState::Standing {
        statements::each_line(reader, bill.id, &mut |_, line| moved.comes(&line))?;
    }
    Ok(moved)
}
