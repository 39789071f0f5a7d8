//! Answers on a screen of their own: why a trade is booked as it is, a receipt, what a verification found.

use crate::app::screens::trades::recon;
use crate::app::{Tone, format, match_words};
use crate::domain::account::Side;
use crate::domain::id::Operator;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::takeover::{Standing, TakeoverVerb};
use crate::protocol::ledger::Verified;
use crate::protocol::receipt::Receipt;
use crate::protocol::rules::Explanation;
use crate::protocol::takeover::Takeover;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns why a trade is booked as it is.
pub fn explain(look: Look, explanation: &Explanation, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    for event in &explanation.events {
        let name = look.view().event(event.event);
        let rule = event.rule.clone().unwrap_or_else(|| look.word("explain.no_rule"));
        let due = look.word(if event.due { "explain.due" } else { "explain.not_due" });
        doc.gap();
        doc.push(
            Strip::of(format!("{name}  "), Tone::Title)
                .and(format!("{rule}  "), Tone::Strong)
                .and(due, if event.due { Tone::Good } else { Tone::Dim }),
        );
        doc.extend(text::wrap(&event.why, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
        for (name, expression, value) in &event.factors {
            let factor = Strip::of(format!("  {} = ", text::left(name, 14)), Tone::Plain)
                .and(value.as_str(), Tone::Strong);
            doc.push_beside(factor, expression, Tone::Dim, cells);
        }
        let several = look.view().several_currencies;
        let code = |currency: Currency| if several { format!(" {currency}") } else { String::new() };
        let wide = event.lines.iter().map(|line| text::width(&line.account)).max().unwrap_or(0);
        for line in &event.lines {
            let side = look.word(match line.side {
                Side::Debit => "side.short.debit",
                Side::Credit => "side.short.credit",
            });
            let entry = Strip::of(format!("  {side} {}  ", text::left(&line.account, wide)), Tone::Plain)
                .and(text::right(&line.value, 14), Tone::Strong)
                .and(code(line.currency), Tone::Strong);
            let rule = format!("{} = {}", line.template, line.expression);
            doc.push_beside(entry, &rule, Tone::Dim, cells);
        }
    }
    if explanation.events.is_empty() {
        doc.push(Strip::of(look.word("explain.none"), Tone::Dim));
    }
    if let Some(matching) = &explanation.matching {
        doc.heading(look.word("trade.channel"));
        let (word, tone) = recon(look.state.lang, matching.recon);
        let said = match &matching.pair {
            Some(pair) => super::lines::pair_words(look, pair),
            None => look.word("match_words.none"),
        };
        let said_in = if matching.pair.is_some() { Tone::Plain } else { Tone::Dim };
        doc.push_beside(Strip::of(word, tone), &said, said_in, cells);
        for field in &matching.differs {
            let words = match_words::apart(look.state.lang, field);
            for part in text::wrap(&words, cells.saturating_sub(2)) {
                doc.push(Strip::of(format!("  {part}"), Tone::Warn));
            }
        }
        doc.extend(super::lines::candidates(look, &matching.candidates, cells));
        for rival in &matching.rivals {
            doc.push(Strip::of(match_words::rival(look.state.lang, rival), Tone::Warn).fit(cells));
        }
        if let Some(original) = &matching.original {
            for said in match_words::original(look.state.lang, original, |kind| look.view().kind(kind)) {
                doc.extend(text::wrap(&said, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
            }
        }
    }
    doc
}

/// Returns a receipt; its vouchers are links.
pub fn receipt(look: Look, receipt: &Receipt, width: u16) -> Doc {
    let cells = doc::cells(width);
    let lang = look.state.lang;
    let mut doc = Doc::default();
    let key = if receipt.replayed { "receipt.replayed" } else { "receipt.committed" };
    let args = [("case", receipt.case_no.to_string()), ("n", receipt.vouchers.len().to_string())];
    doc.push(Strip::of(look.text(key, &args), Tone::Good));
    doc.heading(look.word("receipt.vouchers"));
    for (at, voucher) in receipt.vouchers.iter().enumerate() {
        let kind = format::label(lang, "vkind", voucher.kind.as_str());
        let mode = format::label(lang, "mode", voucher.mode.as_str());
        let hash = if cells >= 100 { voucher.hash.clone() } else { format::short_hash(&voucher.hash) };
        let line = Strip::of(text::left(voucher.voucher_no.as_str(), 10), Tone::Strong)
            .and(text::left(&format!("{kind} · {mode}"), 26), Tone::Plain)
            .and(hash, Tone::Dim);
        doc.push(line.linked(at));
    }
    doc.gap();
    doc.push(Strip::of(look.text("receipt.key", &[("key", receipt.key.clone())]), Tone::Dim));
    doc.heading(look.word("receipt.next"));
    let next = if receipt.next.is_empty() { look.word("receipt.next_default") } else { receipt.next.clone() };
    doc.extend(text::wrap(&next, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
    doc
}

/// Returns what the ledger is to an older system, what was done about it, and what was accepted.
pub fn takeover(look: Look, takeover: &Takeover, width: u16) -> Doc {
    let cells = doc::cells(width);
    let lang = look.state.lang;
    let mut doc = Doc::default();
    let is_asked = takeover.needs_second && takeover.steps.iter().any(|step| step.verb == TakeoverVerb::Ask);
    let key = match (takeover.standing, is_asked) {
        (Standing::Books, _) => "cli.takeover.books",
        (Standing::Beside, true) => "takeover.asked",
        (Standing::Beside, false) => "cli.takeover.beside",
    };
    doc.extend(text::wrap(&look.word(key), cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
    if takeover.unexplained > 0 {
        doc.gap();
        let words = look.text("takeover.unexplained", &[("count", takeover.unexplained.to_string())]);
        let lines = text::wrap(&words, cells).into_iter();
        doc.extend(lines.map(|line| Strip::of(line, Tone::Warn).linked(0)));
    }
    let done = |at: Moment, operator: &Operator| format!("{} {operator}", format::time(at, look.state.now));
    if !takeover.steps.is_empty() {
        doc.heading(look.word("takeover.steps"));
    }
    for step in &takeover.steps {
        let verb = format::label(lang, "takeover_verb", step.verb.as_str());
        let line = Strip::of(format!("{verb}  "), Tone::Strong);
        let line = line.and(done(step.at, &step.operator), Tone::Dim);
        doc.push_beside(line, &step.reason, Tone::Plain, cells);
    }
    if !takeover.accepted.is_empty() {
        doc.heading(look.word("takeover.accepted"));
    }
    for voucher in &takeover.accepted {
        let line = Strip::of(format!("{}  ", voucher.voucher_no), Tone::Strong);
        let line = line.and(done(voucher.at, &voucher.operator), Tone::Dim);
        doc.push_beside(line, &voucher.reason, Tone::Plain, cells);
    }
    doc
}

/// Returns what verification found; its problems are links.
pub fn verified(look: Look, verified: &Verified, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    let args = [
        ("vouchers", verified.vouchers.to_string()),
        ("entries", verified.entries.to_string()),
        ("n", verified.problems.len().to_string()),
    ];
    let words = look.text("verified.summary", &args);
    doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Bad)));
    doc.push(Strip::of(look.word("verified.hint"), Tone::Plain));
    doc.gap();
    for (at, problem) in verified.problems.iter().enumerate() {
        let what = problem.voucher_no.clone().or_else(|| problem.account.clone()).unwrap_or_default();
        let line = Strip::of(text::left(&problem.check, 12), Tone::Bad)
            .and(text::left(&what, 14), Tone::Strong)
            .and(problem.detail.as_str(), Tone::Plain);
        doc.push(line.fit(cells).linked(at));
    }
    doc
}
