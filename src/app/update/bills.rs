//! Statements of channels and accounts: listed and withdrawn.

use super::call::{Availability, Call, ensure};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::statement::BillState;
use crate::protocol::account_statements::{AccountStatementRow, WithdrawAccountStatement};
use crate::protocol::bills::{BillRow, WithdrawBill};
use crate::protocol::request::Request;

macro_rules! bill_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Bills = "bills", "zd", On(&[K::ChannelDays, K::Reconcile, K::AccountBeside]), None(Look)
            => bills::list, bills::has_statements;
        WithdrawBill = "withdraw-bill", "zfzd",
            On(&[K::Bills, K::Bill, K::AccountStatements, K::AccountStatement]), Draft(Make)
            => bills::withdraw, bills::can_withdraw;
    } };
}

/// Lists the statements of the channel's day, or of the account.
pub fn list(call: &mut Call) {
    if let Some(route) = statements(call.state) {
        call.state.push(&route, call.effects);
    }
}

/// Returns the statements of the channel's day that the screen shows or that is under the cursor, or of the account.
fn statements(state: &State) -> Option<Route> {
    match state.screen() {
        Screen::ChannelDays(days) => days.list.selected().map(|day| Route::Bills(day.channel, day.day)),
        Screen::Reconcile(day) => Some(Route::Bills(day.of.channel, day.of.day)),
        Screen::AccountBeside(account) => Some(Route::AccountStatements(account.of.code.clone())),
        _ => None,
    }
}

pub fn has_statements(state: &State) -> Availability {
    ensure(statements(state).is_some(), Unavailable::NoRow)
}

/// Withdraws the statement; a reason is required.
pub fn withdraw(call: &mut Call) {
    let (of_channel, of_account) =
        (bill(call.state).map(|bill| bill.id), account_statement(call.state).map(|row| row.id));
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.withdraw_bill", Command::WithdrawBill, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    if let Some(id) = of_channel {
        let request = Request::BillWithdraw(WithdrawBill { id, reason: reason.clone() });
        call.send(Errand::WithdrawBill { id, reason }, request);
    } else if let Some(id) = of_account {
        let request = Request::AccountStatementWithdraw(WithdrawAccountStatement { id, reason });
        call.send(Errand::WithdrawAccountStatement(id), request);
    }
}

fn account_statement(state: &State) -> Option<&AccountStatementRow> {
    match state.screen() {
        Screen::AccountStatements(statements) => statements.list.selected(),
        Screen::AccountStatement(screen) => screen.content.as_ref().map(|detail| &detail.statement),
        _ => None,
    }
}

fn bill(state: &State) -> Option<&BillRow> {
    match state.screen() {
        Screen::Bills(bills) => bills.list.selected(),
        Screen::Bill(bill) => bill.content.as_ref().map(|detail| &detail.bill),
        _ => None,
    }
}

pub fn can_withdraw(state: &State) -> Availability {
    let of_account = account_statement(state).map(|row| row.state);
    let state = bill(state).map(|bill| bill.state).or(of_account).ok_or(Unavailable::NoRow)?;
    ensure(matches!(state, BillState::Standing | BillState::Held), Unavailable::BillState(state))
}
