//! The sign-off of an account's days (对账确认).

use super::call::{Availability, Call, ensure};
use super::typed_options::typed_options;
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::id::AccountCode;
use crate::domain::period;
use crate::domain::sign_off::Keeper;
use crate::protocol::request::Request;
use crate::protocol::sign_offs::SignOffAccount;
use jiff::civil::Date;

macro_rules! sign_off_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        SignOff = "sign-off", "dzqr", On(&[K::AccountBeside]), Draft(MakeOrCheck), takes "argument.sign_off"
            => sign_offs::sign_off, sign_offs::has_days;
    } };
}

/// Signs off the days of the account up to the last one shown, or one that is named.
pub fn sign_off(call: &mut Call) {
    let Some((account, last)) = account(call.state) else { return };
    let Some(line) = call.argument else {
        let prompt = Prompt::new("prompt.sign_off", Command::SignOff, "");
        return call.prompt(prompt.explained("day", last.to_string()));
    };
    match asked(line, account, last) {
        Some(ask) => call.send(Errand::SignOff, Request::SignOff(ask)),
        None => call.refuse("why.sign_off"),
    }
}

/// Reads `[NOTE] [--day DAY] [--holder NAME --due DAY [--item ITEM …]]`.
fn asked(line: &str, account: AccountCode, last: Date) -> Option<SignOffAccount> {
    let spaced = format!(" {line}");
    let (note, options) = typed_options(&spaced)?;
    let note = Some(note).filter(|note| !note.is_empty());
    let (mut day, mut holder, mut due, mut items) = (last, None, None, Vec::new());
    for option in options {
        match option {
            ("day", told) => day = period::parse_date(told).ok()?,
            ("due", told) => due = Some(period::parse_date(told).ok()?),
            ("item", told) => items.push(told.to_owned()),
            ("holder", told) => holder = Some(told.parse().ok()?),
            _ => return None,
        }
    }
    let keeper = match (holder, due) {
        (Some(holder), Some(due)) => Some(Keeper { holder, due }),
        (None, None) if items.is_empty() => None,
        _ => return None,
    };
    Some(SignOffAccount { account, day, keeper, items, note })
}

/// Returns the account that the screen shows, and its last day.
fn account(state: &State) -> Option<(AccountCode, Date)> {
    let Screen::AccountBeside(screen) = state.screen() else { return None };
    let found = screen.content.as_ref()?;
    Some((found.account.clone(), found.days.last()?.day))
}

pub fn has_days(state: &State) -> Availability {
    ensure(account(state).is_some(), Unavailable::Loading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_off_is_written_as_on_the_command_line() {
        let last: Date = "2018-09-12".parse().unwrap();
        let read = |line: &str| asked(line, "1001".parse().unwrap(), last);
        let even = read("").unwrap();
        assert_eq!((even.day, even.note, even.keeper), (last, None, None));
        let told = read("asked the bank --holder li --due 2018-09-14 --day 2018-09-11").unwrap();
        assert_eq!(told.note.as_deref(), Some("asked the bank"));
        let keeper = told.keeper.unwrap();
        assert_eq!((keeper.holder.as_str(), keeper.due.to_string()), ("li", "2018-09-14".to_owned()));
        assert_eq!(told.day.to_string(), "2018-09-11");
        let handed = read("on leave --holder li --due 2018-09-14 --item V00003 --item start").unwrap();
        assert_eq!(handed.items, ["V00003", "start"]);
        for bad in
            ["x --item all", "x --holder li", "x --due 2018-09-14", "x --day soon", "x --who li", "--due"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
