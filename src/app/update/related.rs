//! From a row to what belongs to it: its trade, its family, why it is booked so.

use super::call::{Availability, Call, ensure};
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::id::AccountCode;

macro_rules! related_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Explain = "explain", "sm", On(&[K::Trades, K::Trade, K::Findings, K::Finding]), None(Look), waits true
            => related::explain, related::has_trade;
        Lineage = "lineage", "llqm",
            On(&[K::Trades, K::Trade, K::Chain, K::Vouchers, K::Voucher, K::Findings, K::Finding, K::Case, K::Reconcile]),
            None(Look), waits true => related::lineage, related::has_trade_or_voucher;
        Trail = "trail", "zjll",
            On(&[K::Trades, K::Trade, K::Chain, K::Vouchers, K::Voucher, K::Lineage, K::AccountBeside, K::Reconcile, K::Trail]),
            None(Look), waits true => related::trail, related::has_key;
        GoTrade = "trade-of", "jy",
            On(&[K::Findings, K::Finding, K::Vouchers, K::Voucher, K::Cases, K::Case, K::Chain, K::Reconcile]),
            None(Look), waits true => related::trade, related::has_trade;
        AccountBeside = "beside", "yddz", On(&[K::Accounts, K::Chain]), None(Look), waits true
            => related::beside, related::has_account;
    } };
}

pub fn explain(call: &mut Call) {
    if let Some(trade) = call.state.screen().behave().trade() {
        call.state.push(&Route::Explain(trade), call.effects);
    }
}

pub fn trade(call: &mut Call) {
    if let Some(trade) = call.state.screen().behave().trade() {
        call.state.push(&Route::Trade(trade), call.effects);
    }
}

pub fn lineage(call: &mut Call) {
    let screen = call.state.screen().behave();
    let route = match screen.trade() {
        Some(trade) => Route::Lineage(Some(trade), None),
        None => Route::Lineage(None, screen.voucher()),
    };
    call.state.push(&route, call.effects);
}

/// Follows the money of what is under the cursor.
pub fn trail(call: &mut Call) {
    if let Some(key) = key(call.state) {
        call.state.push(&Route::Trail(key), call.effects);
    }
}

pub fn has_key(state: &State) -> Availability {
    ensure(key(state).is_some(), Unavailable::NoRow)
}

/// Returns what a trail can begin with: the voucher or trade under the cursor, else what is named there.
fn key(state: &State) -> Option<String> {
    let screen = state.screen().behave();
    match state.screen() {
        Screen::AccountBeside(_) | Screen::Trail(_) | Screen::Lineage(_) => screen.name(),
        _ => {
            let voucher = screen.voucher().map(|voucher| voucher.to_string());
            let trade = screen.trade().map(|trade| trade.to_string());
            voucher.or(trade).or_else(|| screen.name())
        }
    }
}

/// Shows the selected account, or the one whose chain is shown, beside its statements.
pub fn beside(call: &mut Call) {
    if let Some(code) = account(call.state) {
        call.state.push(&Route::AccountBeside(code), call.effects);
    }
}

pub fn has_account(state: &State) -> Availability {
    ensure(account(state).is_some(), Unavailable::NoRow)
}

fn account(state: &State) -> Option<AccountCode> {
    match state.screen() {
        Screen::Chain(chain) => Some(chain.of.code.clone()),
        Screen::Accounts(accounts) => accounts.list.selected().map(|row| row.account.code.clone()),
        _ => None,
    }
}

pub fn has_trade(state: &State) -> Availability {
    ensure(state.screen().behave().trade().is_some(), Unavailable::NoTrade)
}

pub fn has_trade_or_voucher(state: &State) -> Availability {
    let screen = state.screen().behave();
    ensure(screen.trade().is_some() || screen.voucher().is_some(), Unavailable::NoTrade)
}
