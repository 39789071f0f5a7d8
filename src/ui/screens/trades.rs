//! One trade: its facts, its states, and everything the books and the channel say about it.

use super::{fact, facts, table_lines};
use crate::app::screens::cases::state as case_state;
use crate::app::screens::findings::cause as cause_word;
use crate::app::screens::journal::entries;
use crate::app::screens::trades::posting;
use crate::app::{Tone, format, match_words};
use crate::protocol::trades::TradeDetail;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns the trade as a document; its links are those of the trade screen.
pub fn trade(look: Look, detail: &TradeDetail, width: u16, linked: bool) -> Doc {
    let cells = doc::cells(width);
    let lang = look.state.lang;
    let row = &detail.row;
    let mut doc = Doc::default();
    doc.extend(super::lines::trade_lines(look, row, cells));
    doc.extend(facts(cells, trade_facts(look, detail)));
    let mut link = 0;
    let mut linking = |strips: Vec<Strip>| -> Vec<Strip> {
        link += 1;
        strips.into_iter().map(|strip| if linked { strip.linked(link - 1) } else { strip }).collect()
    };
    if !detail.findings.is_empty() {
        doc.heading(look.word("trade.findings_head"));
    }
    for finding in &detail.findings {
        let (word, tone) = cause_word(lang, finding.cause);
        let mut said = Doc::default();
        said.push_beside(Strip::of(word, tone), &finding.detail, Tone::Plain, cells);
        doc.extend(linking(said.0));
    }
    doc.heading(look.word("trade.events"));
    for event in &detail.events {
        let (state, tone) = posting(lang, event.posting);
        let name = look.view().event(event.event);
        let money = format::money(event.amount_minor, row.trade.currency.code());
        doc.push(
            Strip::of(text::left(&name, 12), Tone::Plain)
                .and(text::left(&state, 16), tone)
                .and(format!("{}  {money}", format::time(event.occurred_at, look.state.now)), Tone::Dim),
        );
    }
    doc.heading(look.word("trade.vouchers"));
    if detail.vouchers.is_empty() {
        doc.push(Strip::of(look.word("trade.no_vouchers"), Tone::Dim));
    }
    for voucher in &detail.vouchers {
        doc.extend(linking(vec![super::journal::voucher_line(look, voucher).fit(cells)]));
        let table = entries(&voucher.entries, look.view());
        let lines = table_lines(look, &table, cells.saturating_sub(2));
        doc.extend(lines.into_iter().map(|line| {
            let mut indented = Strip::of("  ", Tone::Plain);
            indented.0.extend(line.0);
            indented
        }));
    }
    doc.heading(look.word("trade.channel"));
    if detail.lines.is_empty() {
        doc.push(Strip::of(look.word("trade.no_lines"), Tone::Dim));
    }
    for line in &detail.lines {
        super::lines::channel_line(look, line, cells, &mut doc);
    }
    if let Some(note) = &detail.follow_up {
        let words = text::wrap(&match_words::follow_up(lang, note), cells);
        doc.extend(words.into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    if let Some(pair) = &detail.matched {
        let words = text::wrap(&super::lines::pair_words(look, pair), cells);
        doc.extend(words.into_iter().map(|line| Strip::of(line, Tone::Dim)));
    }
    for (words, tone) in super::matches::asked(look, detail.match_asked.as_slice()) {
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, tone)));
    }
    doc.extend(super::lines::candidates(look, &detail.candidates, cells));
    if !detail.told.is_empty() {
        doc.heading(look.word("trade.lists"));
    }
    for told in &detail.told {
        let (key, tone) = match (told.claim, &told.dismissed) {
            (false, _) => ("trade.told", Tone::Plain),
            (true, None) => ("trade.claimed", Tone::Warn),
            (true, Some(_)) => ("trade.dismissed", Tone::Dim),
        };
        let args = [
            ("file", told.file.clone()),
            ("fact", crate::i18n::word(lang, &format!("listed.{}", told.fact))),
            ("theirs", told.value.clone()),
            ("reason", told.dismissed.clone().unwrap_or_default()),
        ];
        doc.push(Strip::of(look.text(key, &args), tone).fit(cells));
    }
    if !detail.cases.is_empty() || !detail.amendments.is_empty() {
        doc.heading(look.word("trade.cases"));
    }
    for case in &detail.cases {
        let (state, tone) = case_state(lang, case.state);
        let strip = Strip::of(format!("{}  ", case.case_no), Tone::Plain).and(state, tone);
        doc.extend(linking(vec![strip.fit(cells)]));
    }
    for (fact, value, case) in &detail.amendments {
        let args = [("fact", fact.clone()), ("value", value.clone()), ("case", case.to_string())];
        doc.push(Strip::of(look.text("trade.amended", &args), Tone::Warn));
    }
    if let Some(original) = &row.original_trade_no {
        doc.gap();
        doc.extend(linking(vec![fact(look, "trade.original", original.to_string()).fit(cells)]));
    }
    doc
}

fn trade_facts(look: Look, detail: &TradeDetail) -> Vec<Strip> {
    let trade = &detail.row.trade;
    let mut list = Vec::new();
    list.extend(trade.product.as_ref().map(|product| fact(look, "column.product", product.as_str())));
    list.extend(trade.customer.as_ref().map(|party| fact(look, "column.customer", party.as_str())));
    list.extend(trade.merchant.as_ref().map(|party| fact(look, "column.merchant", party.as_str())));
    list.push(fact(look, "column.fee", format::of(trade.fee())));
    list.push(fact(look, "column.business_date", trade.business_date.to_string()));
    list.extend(trade.original_ref.as_ref().map(|original| fact(look, "column.original", original.as_str())));
    list
}
