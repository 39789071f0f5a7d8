//! The overview: findings by cause at the left; waiting cases, the days and the chain at the right.

use crate::app::screens::overview::{Group, OverviewScreen};
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, Viewport, format};
use crate::domain::case::CaseState;
use crate::domain::finding::Severity;
use crate::domain::hand_match::HandMatchState;
use crate::domain::period::DayState;
use crate::protocol::findings::FindingSummary;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};
use crate::ui::{Look, grid, lists};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the overview.
pub fn overview(look: Look, buffer: &mut Buffer, area: Rect, screen: &OverviewScreen) -> Viewport {
    let two = usize::from(area.width) >= crate::ui::TWO_PANES;
    let seen = Viewport { rows: usize::from(area.height), lines: 0, top: 0 };
    let right_cells = if area.width >= 120 { 40 } else { 24 };
    if !two {
        let mut doc = findings(look, screen, doc::cells(area.width));
        doc.gap();
        doc.extend(others(look, screen, doc::cells(area.width)).0);
        return doc::draw(buffer, area, doc, Some(&screen.links), look.theme);
    }
    let left = Rect { width: area.width - right_cells - 1, ..area };
    let right = Rect { x: left.right() + 1, width: right_cells, ..area };
    for y in area.y..area.bottom() {
        buffer.set_stringn(left.right(), y, "│", 1, look.theme.border());
    }
    let (first, second) =
        (findings(look, screen, doc::cells(left.width)), others(look, screen, doc::cells(right.width)));
    doc::draw(buffer, left, first, Some(&screen.links), look.theme);
    doc::draw(buffer, right, second, Some(&screen.links), look.theme);
    seen
}

fn findings(look: Look, screen: &OverviewScreen, cells: usize) -> Doc {
    let mut doc = Doc::default();
    let Some(summary) = &screen.summary else {
        doc.push(Strip::of(look.word("overview.findings"), Tone::Title));
        doc.push(Strip::of(look.word("overview.counting"), Tone::Dim));
        return doc;
    };
    if summary.causes.is_empty() {
        doc.push(Strip::of(look.word("overview.findings"), Tone::Title));
        doc.push(Strip::empty());
        let n = summary.trades.to_string();
        let words = look.text("overview.no_findings", &[("n", n)]);
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Good)));
        let hint = look.word("overview.no_findings.hint");
        doc.extend(text::wrap(&hint, cells).into_iter().map(|line| Strip::of(line, Tone::Dim)));
    } else {
        let laid = grid::lay(&cause_table(look, summary), cells, look.state.lang);
        doc.push(laid.head);
        for (link, (line, under)) in laid.rows.into_iter().enumerate() {
            doc.extend(std::iter::once(line).chain(under).map(|line| line.linked(link)));
        }
    }
    if !summary.accepted.is_empty() {
        let accepted = &summary.accepted;
        let sum = if accepted.totals.is_empty() {
            format::amount(accepted.amount_minor, format::decimals(look.state.currency()))
        } else {
            format::totals(&accepted.totals)
        };
        let words = look.text("overview.accepted", &[("count", accepted.count.to_string()), ("sum", sum)]);
        let link = screen.targets().iter().position(|target| *target == Group::Accepted);
        doc.gap();
        doc.push(Strip::of(words, Tone::Dim).fit(cells).linked(link.unwrap_or(usize::MAX)));
    }
    doc.gap();
    for (key, days) in [("overview.found", &summary.found_by_day), ("overview.fixed", &summary.fixed_by_day)]
    {
        if days.iter().any(|n| *n > 0) {
            let values: Vec<i64> = days.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect();
            let bars = lists::bars(&values, cells.saturating_sub(24));
            let line = Strip::of(format!("{}  ", text::left(&look.word(key), 6)), Tone::Dim);
            let span = look.text("overview.days_shown", &[("n", days.len().to_string())]);
            doc.push(line.and(bars, Tone::Accent).and(format!("  {span}"), Tone::Dim));
        }
    }
    doc
}

fn cause_table(look: Look, summary: &FindingSummary) -> Table {
    let lang = look.state.lang;
    let several = look.view().several_currencies;
    let columns = vec![
        Column::text("overview.findings", 10, 60).grow(),
        Column::number("column.count"),
        Column::number("column.oldest").shed(1),
        Column::number("column.at_stake"),
    ];
    let rows = summary
        .causes
        .iter()
        .map(|count| {
            let tone = match count.cause.severity() {
                Severity::High => Tone::Bad,
                Severity::Medium => Tone::Warn,
                Severity::Low => Tone::Plain,
                Severity::Info => Tone::Dim,
            };
            Row::from(vec![
                Cell::toned(look.word(&format!("cause_long.{}", count.cause)), tone),
                Cell::text(count.count.to_string()),
                Cell::text(format::age(lang, count.oldest_seconds)),
                Cell::sums(count.amount_minor, look.state.currency(), &count.totals, several),
            ])
        })
        .collect();
    Table::new(columns, rows, several)
}

fn others(look: Look, screen: &OverviewScreen, cells: usize) -> Doc {
    let mut doc = Doc::default();
    let Some(overview) = &screen.overview else { return doc };
    let targets = screen.targets();
    let link = |group: Group| targets.iter().position(|target| *target == group).unwrap_or(usize::MAX);
    doc.push(Strip::of(look.word("overview.waiting"), Tone::Title));
    if overview.waiting_for_me.is_empty()
        && overview.matches_for_me.is_empty()
        && overview.acceptances_for_me.is_empty()
    {
        doc.push(Strip::of(look.word("overview.nothing_waits"), Tone::Dim));
    }
    for (at, case) in overview.waiting_for_me.iter().enumerate() {
        let words = match case.state {
            CaseState::Submitted => look.text("overview.asks", &[("operator", case.maker.to_string())]),
            state => {
                let state = format::label(look.state.lang, "state.case", state.as_str());
                look.text("overview.yours", &[("state", state)])
            }
        };
        let strip = Strip::of(format!("{}  ", case.case_no), Tone::Plain).and(words, Tone::Warn);
        doc.push(strip.fit(cells).linked(link(Group::Case(at))));
    }
    for (at, asked) in overview.matches_for_me.iter().enumerate() {
        let key = if asked.state == HandMatchState::UndoAsked {
            "overview.asks_undo"
        } else {
            "overview.asks_match"
        };
        let words = look.text(key, &[("operator", asked.operator.to_string())]);
        let strip = Strip::of(format!("{}  ", asked.trade_no), Tone::Plain).and(words, Tone::Warn);
        doc.push(strip.fit(cells).linked(link(Group::Match(at))));
    }
    for (at, asked) in overview.acceptances_for_me.iter().enumerate() {
        let words = look.text("overview.asks_acceptance", &[("operator", asked.operator.to_string())]);
        let strip = Strip::of(format!("{}  ", asked.finding), Tone::Plain).and(words, Tone::Warn);
        doc.push(strip.fit(cells).linked(link(Group::Acceptance(at))));
    }
    doc.heading(look.word("overview.days"));
    if overview.days.is_empty() {
        doc.push(Strip::of(look.word("overview.no_days"), Tone::Dim));
    }
    for (at, day) in overview.days.iter().enumerate() {
        let state = format::label(look.state.lang, "state.day", day.state.as_str());
        let mut strip = Strip::of(format!("{} {state}  ", format::day(day.day, look.state.now)), Tone::Plain);
        strip = if day.blockers > 0 {
            strip.and(look.text("overview.blockers", &[("n", day.blockers.to_string())]), Tone::Warn)
        } else if day.day == look.state.now.date() {
            strip.and(look.word("overview.today"), Tone::Dim)
        } else if day.state == DayState::Open {
            strip.and(look.word("overview.may_close"), Tone::Good)
        } else {
            strip
        };
        doc.push(strip.fit(cells).linked(link(Group::Day(at))));
    }
    doc.heading(look.word("overview.chain"));
    let n = overview.ledger.head_seq.to_string();
    let (key, tone) = match overview.verified {
        Some(true) => ("overview.intact", Tone::Good),
        Some(false) => ("overview.broken", Tone::Bad),
        None => ("overview.unchecked", Tone::Plain),
    };
    let vouchers = Strip::of(look.text("overview.vouchers", &[("n", n)]), Tone::Plain);
    doc.push(vouchers.fit(cells).linked(link(Group::Chain)));
    doc.push(Strip::of(look.word(key), tone));
    let head = format::short_hash(&overview.ledger.head_hash);
    doc.push(Strip::of(look.text("overview.head", &[("hash", head)]), Tone::Dim));
    let standing = format::label(look.state.lang, "standing", overview.standing.as_str());
    let asked = overview
        .takeover_asked
        .first()
        .map(|operator| look.text("overview.takeover_asked", &[("operator", operator.to_string())]));
    doc.push(Strip::of(standing, Tone::Plain).fit(cells).linked(link(Group::Takeover)));
    if let Some(asked) = asked {
        doc.extend(text::wrap(&asked, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    if let Some(change) = &overview.loosened {
        let args = [
            ("version", change.version.to_string()),
            ("operator", change.operator.to_string()),
            ("day", format::day(change.loaded_at.date(), look.state.now)),
        ];
        let words = look.text("overview.loosened", &args);
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    for role in &overview.missing_roles {
        let words = look.word(&format!("role_missing.{role}"));
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    doc
}
