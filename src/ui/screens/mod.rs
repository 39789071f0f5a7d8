//! What each screen draws, as documents; lists are in [`super::lists`].

mod cases;
mod findings;
mod journal;
mod overview;
mod reports;
mod trades;

pub use cases::{case, case_side};
pub use findings::finding;
pub use journal::{lineage, voucher, voucher_beside};
pub use overview::overview;
pub use reports::{explain, receipt, verified};
pub use trades::trade;

use super::text::Strip;
use super::{Look, grid};
use crate::app::screens::{BookList, ReconList, Screen};
use crate::app::table::Table;
use crate::app::{Tone, format};
use crate::domain::trade::ReconStatus;
use crate::domain::voucher::Mode;
use crate::protocol::cases::CaseFilter;
use crate::protocol::findings::FindingFilter;
use crate::protocol::steps::StepRow;
use crate::protocol::trades::TradeFilter;
use crate::protocol::vouchers::VoucherFilter;

/// The line under the crumbs: what the place is filtered by or what state it is in, and a figure at the right.
pub fn status(look: Look, screen: &Screen) -> (Strip, Strip) {
    match screen {
        Screen::Trades(trades) => (trade_filter(look, &trades.of.filter), Strip::empty()),
        Screen::Findings(findings) => (finding_filter(look, &findings.of.filter), Strip::empty()),
        Screen::Vouchers(vouchers) => (voucher_filter(look, &vouchers.of.filter), Strip::empty()),
        Screen::Accounts(accounts) => {
            let words = if accounts.of.prefix.is_empty() {
                look.word("filter.all")
            } else {
                accounts.of.prefix.clone()
            };
            (filter_strip(look, words), Strip::empty())
        }
        Screen::Subjects(_) => (Strip::of(look.word("status.subjects"), Tone::Dim), Strip::empty()),
        Screen::Cases(cases) => (case_filter(look, &cases.of.filter), Strip::empty()),
        Screen::Days(_) => (Strip::of(look.word("status.days"), Tone::Dim), Strip::empty()),
        Screen::ChannelDays(_) => (Strip::of(look.word("status.channel_days"), Tone::Dim), Strip::empty()),
        Screen::Reconcile(day) => reconcile_status(look, &day.of),
        Screen::Books(books) => books_status(look, &books.of),
        Screen::Chain(chain) => journal::chain_status(look, chain),
        Screen::Finding(view) => findings::status(look, view),
        Screen::Case(view) => cases::status(look, view),
        Screen::Trade(view) => trades::status(look, view),
        Screen::Voucher(view) => journal::status(look, view),
        Screen::Lineage(_) => (Strip::of(look.word("status.lineage"), Tone::Dim), Strip::empty()),
        Screen::Explain(_) => (Strip::of(look.word("status.explain"), Tone::Dim), Strip::empty()),
        Screen::Receipt(_) => (Strip::of(look.word("status.receipt"), Tone::Good), Strip::empty()),
        Screen::Verified(_) => (Strip::of(look.word("status.verified"), Tone::Bad), Strip::empty()),
        Screen::Overview(_) => (Strip::empty(), Strip::empty()),
    }
}

/// How many rows of a channel's day stand in each state.
fn reconcile_status(look: Look, day: &ReconList) -> (Strip, Strip) {
    let words = day.counts.iter().filter(|count| count.count > 0).map(|count| {
        let tone = match count.recon {
            ReconStatus::Matched => Tone::Good,
            ReconStatus::Waiting | ReconStatus::Unmatched => Tone::Warn,
            _ => Tone::Bad,
        };
        let word = format::label(look.state.lang, "recon", count.recon.as_str());
        Strip::of(format!("{word} {}  ", count.count), tone)
    });
    (Strip(words.flat_map(|strip| strip.0).collect()), Strip::empty())
}

/// Which day the turnover is of, and whether it leads from the opening to the closing balances.
fn books_status(look: Look, books: &BookList) -> (Strip, Strip) {
    let Some(report) = &books.report else { return (Strip::empty(), Strip::empty()) };
    let day = look.text("status.turnover", &[("day", report.to.to_string())]);
    let (key, tone) =
        if report.holds { ("status.holds", Tone::Good) } else { ("status.does_not_hold", Tone::Bad) };
    (Strip::of(format!("{day}  "), Tone::Plain).and(look.word(key), tone), Strip::empty())
}

/// Whether a filter hides rows of the list.
pub fn is_filtered(screen: &Screen) -> bool {
    match screen {
        Screen::Trades(trades) => trades.of.filter != TradeFilter::default(),
        Screen::Findings(findings) => findings.of.filter != FindingFilter::default(),
        Screen::Vouchers(vouchers) => vouchers.of.filter != VoucherFilter::default(),
        Screen::Accounts(accounts) => !accounts.of.prefix.is_empty(),
        Screen::Cases(cases) => cases.of.filter != CaseFilter::default(),
        _ => false,
    }
}

fn filter_strip(look: Look, words: String) -> Strip {
    Strip::of(format!("{} ", look.word("filter.word")), Tone::Dim).and(words, Tone::Plain)
}

/// The words of a filter with its text behind them, or that there is none.
fn filter_words(look: Look, mut words: Vec<String>, text: Option<&String>) -> Strip {
    words.extend(text.map(|text| format!("/{text}")));
    if words.is_empty() {
        words.push(look.word("filter.all"));
    }
    filter_strip(look, words.join(" · "))
}

fn trade_filter(look: Look, filter: &TradeFilter) -> Strip {
    let mut words = Vec::new();
    if filter.unposted {
        words.push(look.word("filter.unposted"));
    }
    if filter.with_findings {
        words.push(look.word("filter.with_findings"));
    }
    words.extend(filter.day.map(|day| day.to_string()));
    words.extend(filter.channel.clone());
    words.extend(filter.kind.as_ref().map(|kind| format::label(look.state.lang, "kind", kind)));
    words.extend(filter.customer.clone());
    filter_words(look, words, filter.text.as_ref())
}

fn finding_filter(look: Look, filter: &FindingFilter) -> Strip {
    let mut words = Vec::new();
    words.extend(filter.cause.map(|cause| format::label(look.state.lang, "cause", cause.as_str())));
    words.extend(filter.day.map(|day| day.to_string()));
    words.extend(filter.trade_no.as_ref().map(ToString::to_string));
    filter_words(look, words, filter.text.as_ref())
}

fn case_filter(look: Look, filter: &CaseFilter) -> Strip {
    let mut words = Vec::new();
    words.extend(filter.state.map(|state| format::label(look.state.lang, "state.case", state.as_str())));
    if filter.undone {
        words.push(look.word("filter.undone"));
    }
    words.extend(filter.day.map(|day| day.to_string()));
    filter_words(look, words, filter.text.as_ref())
}

fn voucher_filter(look: Look, filter: &VoucherFilter) -> Strip {
    let mut words = Vec::new();
    words.extend(filter.day.map(|day| day.to_string()));
    words.extend(filter.trade_no.as_ref().map(ToString::to_string));
    words.extend(filter.case_no.as_ref().map(ToString::to_string));
    filter_words(look, words, filter.text.as_ref())
}

/// What a step does, in a few words: `reverse J00001`, `re-post T0001 captured customer=A`.
pub fn step_words(look: Look, step: &StepRow) -> String {
    let lang = look.state.lang;
    let key = format!("step.{}", step.kind);
    let verb = if crate::i18n::has(lang, &key) { look.word(&key) } else { step.kind.to_string() };
    let mut words = vec![verb];
    words.extend(step.voucher_no.as_ref().map(ToString::to_string));
    if step.voucher_no.is_none() {
        words.extend(step.trade_no.as_ref().map(ToString::to_string));
        words.extend(step.event.map(|event| format::label(lang, "event", event.as_str())));
    }
    words.extend(step.account.as_ref().map(ToString::to_string));
    words.extend(step.set.iter().map(|(fact, value)| format!("{fact}={value}")));
    words.extend(
        step.status.map(|status| format!("→ {}", format::label(lang, "state.trade", status.as_str()))),
    );
    words.join(" ")
}

/// How and when a step is booked: `wipe 09-12`.
pub fn step_mode(look: Look, step: &StepRow) -> String {
    let lang = look.state.lang;
    let mut words = Vec::new();
    words.extend(
        step.mode.filter(|mode| *mode != Mode::Normal).map(|mode| format::label(lang, "mode", mode.as_str())),
    );
    words.extend(step.accounting_date.map(|day| format::day(day, look.state.now)));
    words.join(" ")
}

/// A table as lines of a document, its head first.
fn table_lines(look: Look, table: &Table, cells: usize) -> Vec<Strip> {
    let laid = grid::lay(table, cells, look.state.lang);
    let mut lines = vec![laid.head];
    for (row, under) in laid.rows {
        lines.push(row);
        lines.extend(under);
    }
    lines
}

/// A label and its value: `channel  WECHAT`.
fn fact(look: Look, key: &str, value: impl Into<String>) -> Strip {
    Strip::of(format!("{} ", look.word(key)), Tone::Dim).and(value, Tone::Plain).and("   ", Tone::Plain)
}

/// Facts set one behind the other, a new line where there is no more room.
fn facts(cells: usize, facts: impl IntoIterator<Item = Strip>) -> Vec<Strip> {
    let mut lines = vec![Strip::empty()];
    for fact in facts {
        let used = lines.last().map_or(0, Strip::width);
        if used > 0 && used + fact.width() > cells + 3 {
            lines.push(Strip::empty());
        }
        if let Some(line) = lines.last_mut() {
            line.0.extend(fact.0);
        }
    }
    lines
}
