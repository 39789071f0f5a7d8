//! Statements of channels: importing one, taking it in place of another, withdrawing it.

use super::call::{Availability, Call, ensure};
use super::typed_options::typed_options;
use crate::app::action::{BillFile, ImportFile};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::period;
use crate::domain::statement::BillState;
use crate::domain::trade::Channel;
use crate::protocol::bills::{BillRow, FileOptions, WithdrawBill};
use crate::protocol::request::Request;
use jiff::civil::Date;

macro_rules! bill_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        ImportBill = "import-bill", "drzd",
            On(&[K::Overview, K::Findings, K::Finding, K::ChannelDays, K::Reconcile, K::Bills, K::Differences]),
            Draft(Make), takes "argument.bill" => bills::import;
        Bills = "bills", "zd", On(&[K::ChannelDays, K::Reconcile]), None(Look) => bills::list, bills::has_day;
        WithdrawBill = "withdraw-bill", "zfzd", On(&[K::Bills, K::Bill]), Draft(Make)
            => bills::withdraw, bills::can_withdraw;
        Supersede = "supersede", "thzd", On(&[K::Differences]), Draft(Make) => bills::supersede;
    } };
}

/// Imports a bill: the argument is its file, and what is said beside it as on the command line.
pub fn import(call: &mut Call) {
    let Some(line) = call.argument else {
        return call.prompt(Prompt::new("prompt.import_bill", Command::ImportBill, ""));
    };
    match bill_file(line) {
        Some(bill) => call.import(ImportFile::Bill(bill)),
        None => call.refuse("why.bill_file"),
    }
}

/// Reads `FILE [--day DAY] [--until TIME]`.
fn bill_file(line: &str) -> Option<BillFile> {
    let (path, told) = typed_options(line)?;
    let mut options = FileOptions::default();
    for option in told {
        match option {
            ("day", day) => options.day = Some(period::parse_date(day).ok()?),
            ("until", time) => options.until = Some(time.to_owned()),
            _ => return None,
        }
    }
    (!path.is_empty()).then_some(BillFile { path, options })
}

/// Lists the statements of the day.
pub fn list(call: &mut Call) {
    if let Some((channel, day)) = channel_day(call.state) {
        call.state.push(&Route::Bills(channel, day), call.effects);
    }
}

/// Returns the channel's day that the screen shows or that is under the cursor.
fn channel_day(state: &State) -> Option<(Channel, Date)> {
    match state.screen() {
        Screen::ChannelDays(days) => days.list.selected().map(|day| (day.channel, day.day)),
        Screen::Reconcile(day) => Some((day.of.channel, day.of.day)),
        _ => None,
    }
}

pub fn has_day(state: &State) -> Availability {
    ensure(channel_day(state).is_some(), Unavailable::NoRow)
}

/// Withdraws the statement; a reason is required.
pub fn withdraw(call: &mut Call) {
    let Some(id) = bill(call.state).map(|bill| bill.id) else { return };
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.withdraw_bill", Command::WithdrawBill, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    let request = Request::BillWithdraw(WithdrawBill { id, reason: reason.clone() });
    call.send(Errand::WithdrawBill { id, reason }, request);
}

fn bill(state: &State) -> Option<&BillRow> {
    match state.screen() {
        Screen::Bills(bills) => bills.list.selected(),
        Screen::Bill(bill) => bill.content.as_ref().map(|detail| &detail.bill),
        _ => None,
    }
}

pub fn can_withdraw(state: &State) -> Availability {
    let bill = bill(state).ok_or(Unavailable::NoRow)?;
    let counts = matches!(bill.state, BillState::Standing | BillState::Held);
    ensure(counts, Unavailable::BillState(bill.state))
}

/// Takes the refused bill in place of what stands; a reason is required.
pub fn supersede(call: &mut Call) {
    let Screen::Differences(screen) = call.state.screen() else { return };
    let Some(mut bill) = screen.content.as_ref().map(|refused| refused.bill.clone()) else { return };
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.supersede", Command::Supersede, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    bill.options.supersede = Some(reason.to_owned());
    call.import(ImportFile::Bill(bill));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_named_as_on_the_command_line() {
        let plain = bill_file(" my files/a bill.csv ").unwrap();
        assert_eq!((plain.path.as_str(), &plain.options), ("my files/a bill.csv", &FileOptions::default()));
        let told = bill_file("a--b.csv --until 18:00 --day 2018-09-12").unwrap();
        assert_eq!(told.path, "a--b.csv");
        assert_eq!(told.options.day, Some("2018-09-12".parse().unwrap()));
        assert_eq!(told.options.until.as_deref(), Some("18:00"));
        for bad in ["", " --day 2018-09-12", "a.csv --day", "a.csv --day tomorrow", "a.csv --force yes"] {
            assert_eq!(bill_file(bad), None, "{bad:?}");
        }
    }
}
