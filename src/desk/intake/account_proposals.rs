//! Statements of accounts that two people decide about: the first one proposes, the other one does the same.

use crate::domain::differences::Shaken;
use crate::domain::second_person::same_person;
use crate::protocol::context::Context;
use crate::store::account_evidence::{self, next_proposal, propose};
use crate::store::{Reader, Sink, StoreError};

/// Returns what rests on account statements.
pub(super) fn shaken<R: Reader + ?Sized>(
    reader: &mut R,
    statements: &[i64],
    four_eyes: bool,
) -> Result<Shaken, StoreError> {
    let mut shaken = Shaken::default();
    for statement in statements {
        let rests = account_evidence::rests(reader, *statement)?;
        shaken.cases.extend(rests.cases);
        shaken.account_matches.extend(rests.matches);
        shaken.later_days.extend(rests.goes_on);
        shaken.closed_day = shaken.closed_day.or(rests.closed_day);
    }
    Ok(shaken.settled(four_eyes))
}

/// Returns whether another person has proposed the same about each of these statements: that `file` (fingerprint and
/// name) takes its place; without a file, that it is withdrawn. If not, it is proposed.
///
/// # Errors
/// [`Code::FourEyes`](crate::domain::rejection::Code::FourEyes) if the same person has proposed it.
pub(super) fn agreed_or_proposed(
    sink: &mut dyn Sink,
    context: &Context,
    statements: &[i64],
    file: Option<(&str, &str)>,
    reason: &str,
) -> Result<bool, StoreError> {
    let (mut is_agreed, mut new) = (true, Vec::new());
    for statement in statements {
        let known = account_evidence::proposals(sink, *statement, file.map(|(fingerprint, _)| fingerprint))?;
        let (own, others): (Vec<_>, Vec<_>) =
            known.iter().partition(|one| one.operator.is_same_person(&context.operator));
        is_agreed &= !others.is_empty();
        if own.is_empty() && others.is_empty() {
            new.push(*statement);
        }
    }
    if is_agreed {
        return Ok(true);
    }
    if new.is_empty() {
        return Err(same_person(&context.operator, "account_statement.alone").into());
    }
    for (n, statement) in (next_proposal(sink)?..).zip(new) {
        propose(sink, n, statement, file, reason, (context.now, &context.operator))?;
    }
    Ok(false)
}
