//! One finding: what should be booked and what is booked, line by line, and the proposed correction in words.

use super::{step_mode, step_words};
use crate::app::{Tone, format};
use crate::domain::account::Side;
use crate::protocol::findings::{Booked, ComparedLine, Plan};
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns the finding as a document.
pub fn finding(look: Look, plan: &Plan, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    if let Some(row) = &plan.trade {
        doc.extend(super::lines::trade_lines(look, row, cells));
    }
    if let Some(finding) = &plan.finding {
        let lines = text::wrap(&finding.detail, cells);
        doc.extend(lines.into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    doc.gap();
    compare(look, plan, cells, &mut doc);
    if !plan.lines.is_empty() {
        doc.heading(look.word("finding.channel"));
        for row in &plan.lines {
            super::lines::channel_line(look, row, cells, &mut doc);
        }
    }
    doc.extend(super::lines::candidates(look, &plan.candidates, cells));
    doc.heading(look.word("finding.proposed"));
    let number = 4;
    for step in &plan.steps {
        let words = step_words(look, step);
        let mode = step_mode(look, step);
        for (n, part) in
            text::wrap(&format!("{words}  {mode}"), cells.saturating_sub(number)).into_iter().enumerate()
        {
            let before = if n == 0 { step.step.to_string() } else { String::new() };
            doc.push(Strip::of(text::left(&before, number - 2), Tone::Accent).and(part, Tone::Strong));
        }
        for why in text::wrap(&step.why, cells.saturating_sub(number)) {
            doc.push(Strip::of("  ", Tone::Dim).and(why, Tone::Dim));
        }
    }
    doc.extend(text::wrap(&plan.why, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
    if plan.steps.is_empty() {
        doc.push(Strip::of(look.word("finding.no_steps"), Tone::Dim));
    }
    doc
}

fn compare(look: Look, plan: &Plan, cells: usize, doc: &mut Doc) {
    let rule = plan.rule.as_ref().map(|rule| look.text("finding.rule", &[("rule", rule.clone())]));
    let expected = look.word("finding.expected");
    let two = cells + 2 >= crate::ui::TWO_PANES;
    let half = if two { (cells - 2) / 2 } else { cells };
    let right = if two { cells - 2 - half } else { cells };
    let mut left =
        vec![Strip::of(format!("{expected}  "), Tone::Title).and(rule.unwrap_or_default(), Tone::Dim)];
    if plan.expected.is_empty() {
        left.push(Strip::of(look.word("finding.nothing_expected"), Tone::Dim));
    }
    left.extend(lines(look, &plan.expected, half));
    let mut booked: Vec<Strip> = Vec::new();
    for (link, one) in plan.booked.iter().enumerate() {
        if link > 0 {
            booked.push(Strip::empty());
        }
        booked.push(booked_head(look, one).linked(link));
        booked.extend(lines(look, &one.lines, right));
    }
    if plan.booked.is_empty() {
        booked.push(Strip::of(look.word("finding.booked"), Tone::Title));
        booked.push(Strip::of(look.word("finding.nothing_booked"), Tone::Warn));
    }
    if two {
        doc.extend(text::beside(left, booked, half, right));
    } else {
        doc.extend(left);
        doc.gap();
        doc.extend(booked);
    }
}

fn booked_head(look: Look, booked: &Booked) -> Strip {
    let day = format::day(booked.accounting_date, look.state.now);
    Strip::of(format!("{}  ", look.word("finding.booked")), Tone::Title)
        .and(format!("{}, {day}", booked.voucher_no), Tone::Plain)
}

/// Cells of a space and the code of a currency.
const CODE_CELLS: usize = 4;

/// Returns lines of one side: `Dr 1101.WECHAT  name      100.00◀`.
fn lines(look: Look, lines: &[ComparedLine], cells: usize) -> Vec<Strip> {
    let decimals_of = |line: &ComparedLine| line.currency.exponent();
    let several = look.view().several_currencies;
    let code = |line: &ComparedLine| if several { format!(" {}", line.currency) } else { String::new() };
    let code_cells = if several { CODE_CELLS } else { 0 };
    let most = lines.iter().map(decimals_of).max().unwrap_or(0);
    let money = |line: &ComparedLine| text::amount_width(line.amount_minor, decimals_of(line), most);
    let amount_cells = lines.iter().map(money).max().unwrap_or(0);
    let account_cells = lines.iter().map(|line| text::width(line.account.as_str())).max().unwrap_or(0);
    lines
        .iter()
        .map(|line| {
            let side = look.word(match line.side {
                Side::Debit => "side.short.debit",
                Side::Credit => "side.short.credit",
            });
            let tone = if line.differs { Tone::Differ } else { Tone::Plain };
            let amount = text::amount(line.amount_minor, decimals_of(line), most, "", amount_cells);
            let mark = if line.differs { "◀" } else { " " };
            let room = cells.saturating_sub(amount_cells + code_cells + 2);
            let head = Strip::of(format!("{side} "), Tone::Dim)
                .and(text::left(line.account.as_str(), account_cells), tone)
                .and(format!("  {}", line.account_name), Tone::Dim)
                .fit(room);
            head.and(" ", Tone::Plain).and(amount, tone).and(code(line), Tone::Dim).and(mark, Tone::Differ)
        })
        .collect()
}
