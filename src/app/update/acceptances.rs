//! Findings accepted without booking (已确认差异), and taken back.

use super::call::{Availability, Call, ensure, has_name};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::findings::about;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::finding::Finding;
use crate::protocol::acceptances::{AcceptFinding, UndoAcceptance};
use crate::protocol::request::Request;
use jiff::civil::Date;

macro_rules! acceptance_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        AcceptFinding = "accept-finding", "qrcy", On(&[K::Findings, K::Finding]), Draft(MakeOrCheck),
            takes "argument.acceptance", waits true => acceptances::accept, acceptances::can_accept;
        ReopenFinding = "reopen-finding", "cxqrcy", On(&[K::Findings, K::Finding]), Draft(MakeOrCheck),
            takes "argument.reason", waits true => acceptances::reopen, acceptances::can_reopen;
        AcceptedFindings = "accepted-findings", "yqrcy", On(&[K::Findings]), None(Look)
            => acceptances::show;
    } };
}

/// What introduces the last day in the line that is typed.
const UNTIL: &str = "--until";

/// Shows the accepted findings instead of the open ones, or these again.
pub fn show(call: &mut Call) {
    if let Screen::Findings(findings) = call.state.screen_mut() {
        findings.of.filter.accepted = !findings.of.filter.accepted;
    }
    call.load();
}

/// Accepts the finding; the line has a reason code, a note and, if wanted, the last day.
pub fn accept(call: &mut Call) {
    let Some((finding, name, cause)) =
        selected(call.state).map(|one| (one.finding.clone(), about(one), one.cause.as_str()))
    else {
        return;
    };
    let Some(line) = call.argument else {
        // Each cause is a reason code too, so the line may begin with one that holds.
        let prompt = Prompt::new("prompt.accept_finding", Command::AcceptFinding, format!("{cause} "));
        return call.prompt(prompt.explained("finding", name));
    };
    match read(line) {
        Ok((reason, note, until)) => {
            let request = AcceptFinding { finding, reason, note, until, file: None };
            call.send(Errand::AcceptFinding, Request::FindingAccept(request));
        }
        Err(key) => call.refuse(key),
    }
}

/// Reads reason code, note and last day of a line; the error is the locale key of what is wrong.
fn read(line: &str) -> Result<(String, String, Option<Date>), &'static str> {
    let (said, until) = match line.split_once(UNTIL) {
        Some((said, day)) => (said, Some(day.trim().parse().map_err(|_| "why.acceptance_day")?)),
        None => (line, None),
    };
    let (reason, note) = said.trim().split_once(char::is_whitespace).ok_or("why.acceptance")?;
    Ok((reason.to_owned(), note.trim().to_owned(), until))
}

/// Takes the acceptance back; a reason is required.
pub fn reopen(call: &mut Call) {
    let Some((finding, name)) = selected(call.state).map(|one| (one.finding.clone(), about(one))) else {
        return;
    };
    let Some(reason) = call.argument else {
        let prompt = Prompt::new("prompt.reopen_finding", Command::ReopenFinding, "");
        return call.prompt(prompt.explained("finding", name));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    call.send(Errand::ReopenFinding, Request::FindingReopen(UndoAcceptance { finding, reason }));
}

/// Returns the finding under the cursor, or the one that is shown.
fn selected(state: &State) -> Option<&Finding> {
    match state.screen() {
        Screen::Findings(findings) => findings.list.selected(),
        Screen::Finding(finding) => finding.content.as_ref().and_then(|plan| plan.finding.as_ref()),
        _ => None,
    }
}

pub fn can_accept(state: &State) -> Availability {
    has_name(state)?;
    if !state.screen().behave().loaded() {
        return Err(Unavailable::Loading);
    }
    ensure(selected(state).is_some_and(|one| !one.is_accepted()), Unavailable::NothingToAccept)
}

pub fn can_reopen(state: &State) -> Availability {
    if !state.screen().behave().loaded() {
        return Err(Unavailable::Loading);
    }
    ensure(selected(state).is_some_and(|one| one.acceptance.is_some()), Unavailable::NotAccepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_reason_a_note_and_perhaps_a_day() {
        let of = |line: &str| {
            read(line).map(|(reason, note, until)| (reason, note, until.map(|day| day.to_string())))
        };
        let right = |reason: &str, note: &str, until: Option<&str>| {
            Ok((reason.to_owned(), note.to_owned(), until.map(str::to_owned)))
        };
        assert_eq!(of("short  agreed by phone "), right("short", "agreed by phone", None));
        assert_eq!(of("short agreed --until 2018-09-20"), right("short", "agreed", Some("2018-09-20")));
        assert_eq!(of("short"), Err("why.acceptance"));
        assert_eq!(of("short agreed --until soon"), Err("why.acceptance_day"));
    }
}
