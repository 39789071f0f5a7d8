//! The trail of money, level by level: what each comes to, and where two of them differ.

use crate::app::screens::trail::item_name;
use crate::app::{Tone, format};
use crate::protocol::trail::{Trail, TrailItem, TrailLevel, TrailPart, TrailRow};
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::Strip;

/// Returns the trail; every item is a link.
pub fn trail(look: Look, trail: &Trail, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    let mut link = 0;
    for part in &trail.parts {
        let account =
            part.account.as_ref().map_or_else(|| look.word("trail.no_account"), ToString::to_string);
        doc.heading(format!("{account}, {}", part.currency));
        for level in &part.levels {
            doc.push(level_line(look, part, level));
            for row in &level.rows {
                doc.push(row_line(look, row, &part.currency, cells).linked(link));
                link += 1;
            }
            let left = level.count.saturating_sub(level.rows.len() as u64);
            if left > 0 {
                doc.push(Strip::of(look.text("trail.more", &[("n", left.to_string())]), Tone::Dim));
            }
        }
    }
    doc
}

/// Returns what a level comes to, and whether that is what the one above comes to.
fn level_line(look: Look, part: &TrailPart, level: &TrailLevel) -> Strip {
    let money = |minor: i64| format::money(minor, &part.currency);
    let facts = [
        ("level", look.word(&format!("trail_stage.{}", level.stage))),
        ("sum", money(level.sum_minor)),
        ("count", level.count.to_string()),
    ];
    let mut line = Strip::of(look.text("trail.level", &facts), Tone::Title);
    if let Some(without) = level.without_minor {
        line = line.and(look.text("trail.without", &[("sum", money(without))]), Tone::Dim);
    }
    match level.difference_minor {
        None => line,
        Some(0) => line.and(look.word("trail.agrees"), Tone::Good),
        Some(minor) => {
            line.and(look.text(part.differs_key(level.stage), &[("sum", money(minor))]), Tone::Bad)
        }
    }
}

fn row_line(look: Look, row: &TrailRow, currency: &str, cells: usize) -> Strip {
    let place = match &row.item {
        TrailItem::Line { file, line, .. } => format!("{file}:{line}"),
        TrailItem::Payout { paid_in: Some(place), .. } => format!("{}:{}", place.file, place.line),
        TrailItem::Account { voucher_no: Some(voucher_no), .. } => voucher_no.to_string(),
        _ => String::new(),
    };
    let said: Vec<&str> = [row.text.as_str(), &place].into_iter().filter(|word| !word.is_empty()).collect();
    let left =
        Strip::of(format!("  {}  ", item_name(&row.item)), Tone::Strong).and(said.join(" · "), Tone::Dim);
    let day = row.day.map_or_else(String::new, |day| format!("  {}", format::day(day, look.state.now)));
    let right = Strip::of(format::money(row.amount_minor, currency), Tone::Plain).and(day, Tone::Dim);
    left.and_right(right, cells)
}
