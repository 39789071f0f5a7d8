//! To a record by its number, from the palette.

use super::call::Call;
use crate::app::screens::Route;
use std::str::FromStr;

macro_rules! goto_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        GotoTrade = "trade", "jyh", Anywhere, None(Look), takes "argument.trade" => goto::trade;
        GotoVoucher = "voucher", "pzh", Anywhere, None(Look), takes "argument.voucher" => goto::voucher;
        GotoAccount = "account", "zhm", Anywhere, None(Look), takes "argument.account" => goto::account;
        GotoCase = "case", "gdh", Anywhere, None(Look), takes "argument.case" => goto::case;
    } };
}

pub fn trade(call: &mut Call) {
    go_to(call, Route::Trade);
}

pub fn voucher(call: &mut Call) {
    go_to(call, Route::Voucher);
}

pub fn account(call: &mut Call) {
    go_to(call, Route::Chain);
}

pub fn case(call: &mut Call) {
    go_to(call, Route::Case);
}

fn go_to<T: FromStr>(call: &mut Call, route: impl Fn(T) -> Route) {
    match call.argument.unwrap_or_default().parse() {
        Ok(number) => call.state.push(&route(number), call.effects),
        Err(_) => call.refuse_argument(),
    }
}
