//! The screens with a number: each command goes to one, from wherever it is given.

use super::call::{Call, leave};
use crate::app::screens::Route;
use crate::protocol::cases::CaseFilter;
use crate::protocol::findings::FindingFilter;
use crate::protocol::trades::TradeFilter;
use crate::protocol::vouchers::VoucherFilter;

macro_rules! tab_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Overview = "overview", "zl", Anywhere, None(Look) => tabs::overview;
        Trades = "trades", "jy", Anywhere, None(Look) => tabs::trades;
        Accounts = "accounts", "zh", Anywhere, None(Look) => tabs::accounts;
        Journal = "journal", "pz", Anywhere, None(Look) => tabs::journal;
        Findings = "findings", "cc", Anywhere, None(Look) => tabs::findings;
        Cases = "cases", "gd", Anywhere, None(Look) => tabs::cases;
        Reconcile = "reconcile", "dz", Anywhere, None(Look) => tabs::reconcile;
        Days = "days", "kjr", Anywhere, None(Look) => tabs::days;
        Books = "turnover", "fse", Anywhere, None(Look) => tabs::turnover;
    } };
}

/// Goes back to the overview, which is always the first screen.
pub fn overview(call: &mut Call) {
    leave_all(call);
    call.load();
}

pub fn trades(call: &mut Call) {
    go_to(call, &Route::Trades(TradeFilter::default()));
}

pub fn accounts(call: &mut Call) {
    go_to(call, &Route::Subjects);
}

pub fn journal(call: &mut Call) {
    go_to(call, &Route::Vouchers(VoucherFilter::default()));
}

pub fn findings(call: &mut Call) {
    go_to(call, &Route::Findings(FindingFilter::default()));
}

pub fn cases(call: &mut Call) {
    go_to(call, &Route::Cases(CaseFilter::default()));
}

pub fn reconcile(call: &mut Call) {
    go_to(call, &Route::ChannelDays);
}

pub fn days(call: &mut Call) {
    go_to(call, &Route::Days);
}

pub fn turnover(call: &mut Call) {
    go_to(call, &Route::Books(None, None));
}

fn go_to(call: &mut Call, route: &Route) {
    leave_all(call);
    call.state.push(route, call.effects);
}

fn leave_all(call: &mut Call) {
    while call.state.open_screens.len() > 1 {
        leave(call.state, call.effects);
    }
}
