//! Lines that several screens show: a trade with its states, a line of a channel's statement.

use crate::app::screens::trades::{posting, recon, status};
use crate::app::{Tone, format, match_words};
use crate::domain::trade::{ClearingStatus, SettlementStatus};
use crate::protocol::trades::MatchCandidate;
use crate::protocol::trades::{MatchedPair, StatementRow, TradeRow};
use crate::ui::Look;
use crate::ui::doc::Doc;
use crate::ui::text::{self, Strip};

/// Returns a trade's facts on one line and its five states on the next. The channel stands by its name if that
/// fits, else by its code.
pub fn trade_lines(look: Look, row: &TradeRow, cells: usize) -> Vec<Strip> {
    let trade = &row.trade;
    let kind = look.view().kind(trade.kind.as_str());
    let facts = |channel: &str| {
        Strip::of(format!("{}  ", trade.trade_no), Tone::Strong)
            .and(format!("{kind}  {channel}  {}", trade.channel_ref), Tone::Plain)
    };
    let exchange = trade.counter_amount.zip(trade.rate());
    let exchange =
        exchange.map_or_else(String::new, |(counter, rate)| format!(" → {} ({rate})", format::of(counter)));
    let discount = match trade.merchant_discount_minor {
        0 => String::new(),
        minor => {
            let minor = format::money(minor, trade.currency.code());
            format!(" − {minor} {}", look.word("column.by_merchant"))
        }
    };
    let money = Strip::of(format!("{}{discount}{exchange}", format::of(trade.amount())), Tone::Strong)
        .and(format!("   {}", format::time(trade.occurred_at, look.state.now)), Tone::Dim);
    let fits = |facts: &Strip| facts.width() + money.width() + 2 <= cells;
    let named = facts(&look.view().channel(trade.channel));
    let facts = if fits(&named) { named } else { facts(trade.channel.as_str()) };
    let mut lines = if fits(&facts) { vec![facts.and_right(money, cells)] } else { vec![facts, money] };
    let states = states(look, row);
    let mut line = Strip::empty();
    for (words, tone) in states {
        if line.width() + text::width(&words) > cells {
            lines.push(std::mem::take(&mut line));
        }
        line = line.and(format!("{words}   "), tone);
    }
    lines.push(line);
    lines
}

/// Returns the five states of a trade with their symbols.
fn states(look: Look, row: &TradeRow) -> Vec<(String, Tone)> {
    let lang = look.state.lang;
    let (trade, tone) = status(lang, row.status_now);
    let mut states = vec![(format!("{} {trade}", look.word("trade.word")), tone)];
    states.push(posting(lang, row.posting));
    let clearing = if row.clearing_now == ClearingStatus::Cleared { "●" } else { "○" };
    let word = format::label(lang, "clearing", row.clearing_now.as_str());
    states.push((format!("{clearing} {word}"), Tone::Plain));
    let settled = if row.settlement == SettlementStatus::Settled { "●" } else { "○" };
    let word = format::label(lang, "settlement", row.settlement.as_str());
    states.push((format!("{settled} {word}"), Tone::Plain));
    states.push(recon(lang, row.recon));
    states
}

/// Adds a line of a channel's statement.
pub fn channel_line(look: Look, row: &StatementRow, cells: usize, doc: &mut Doc) {
    let line = &row.line;
    let kind = format::label(look.state.lang, "line", line.kind.as_str());
    let (state, tone) = status(look.state.lang, line.status);
    let code = line.currency.to_string();
    let discount = match line.merchant_discount_minor {
        0 => String::new(),
        minor => format!("− {} {}  ", format::money(minor, &code), look.word("column.by_merchant")),
    };
    let facts = Strip::of(format!("{kind}  "), Tone::Plain)
        .and(format!("{}  ", format::money(line.amount_minor, &code)), Tone::Strong)
        .and(discount, Tone::Plain)
        .and(format!("{} {}  ", look.word("column.fee"), format::money(line.fee_minor, &code)), Tone::Plain)
        .and(state, tone);
    let place = format!("{}  {}:{}", format::time(line.occurred_at, look.state.now), row.file, line.line);
    doc.push_beside(facts, &place, Tone::Dim, cells);
}

/// Returns the line of a pair, and how the two came together.
pub fn pair_words(look: Look, pair: &MatchedPair) -> String {
    format!("{}  {}", match_words::line_name(pair), match_words::pair(look.state.lang, pair))
}

/// Returns what comes nearest to a trade or a line that nothing answers, each with the field that kept it from
/// matching; nothing if nothing does.
pub fn candidates(look: Look, near: &[MatchCandidate], cells: usize) -> Vec<Strip> {
    if near.is_empty() {
        return Vec::new();
    }
    let mut strips = vec![Strip::empty(), Strip::of(look.word("match_words.nearest"), Tone::Title)];
    for one in near {
        let name = match (&one.trade_no, &one.line) {
            (Some(trade_no), _) => trade_no.to_string(),
            (None, Some(row)) => format!("{}  {}:{}", row.line.channel_ref, row.file, row.line.line),
            (None, None) => String::new(),
        };
        let head = Strip::of(format!("{}  ", format::money(one.amount_minor, &one.currency)), Tone::Strong)
            .and(format!("{}  ", format::time(one.occurred_at, look.state.now)), Tone::Plain)
            .and(name, Tone::Plain);
        strips.push(head.fit(cells));
        if one.differs.is_empty() {
            strips.push(Strip::of("  ", Tone::Plain).and(look.word("match_words.fits"), Tone::Warn));
        }
        for (at, field) in one.differs.iter().enumerate() {
            let tone = if at == 0 { Tone::Warn } else { Tone::Dim };
            for part in text::wrap(&match_words::apart(look.state.lang, field), cells.saturating_sub(2)) {
                strips.push(Strip::of("  ", Tone::Plain).and(part, tone));
            }
        }
    }
    strips
}
