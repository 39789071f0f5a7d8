//! How trades and lines of channels came together, and what kept others apart.

use super::{C, L, Layout, R, Show, label, money};
use crate::app::match_words;
use crate::domain::hand_match::HandMatch;
use crate::domain::trade::ReconStatus;
use crate::i18n::{text as words, word};
use crate::protocol::matches::{MatchExplanation, told};
use crate::protocol::trades::MatchCandidate;

impl Show for Vec<MatchExplanation> {
    fn text(&self, layout: &Layout) -> String {
        self.iter().map(|one| explanation(one, layout)).collect()
    }
}

impl Show for Vec<HandMatch> {
    fn text(&self, layout: &Layout) -> String {
        if self.is_empty() {
            return format!("{}\n", word(layout.lang, "cli.match.none"));
        }
        let mut table = layout.heads(&[("trade", L), ("line", L), ("state", L), ("detail", L)]);
        for one in self {
            table.row(vec![
                one.trade_no.to_string(),
                one.line_name(),
                word(layout.lang, &format!("hand_match_state.{}", one.state)),
                told(layout.lang, one),
            ]);
        }
        table.text()
    }
}

/// Returns how one trade or line compares with the other side.
pub(super) fn explanation(one: &MatchExplanation, layout: &Layout) -> String {
    let lang = layout.lang;
    let mut args = vec![("about", one.about.clone()), ("recon", label(lang, "recon", one.recon))];
    let key = match &one.pair {
        Some(pair) => {
            args.push(("trade", pair.trade_no.to_string()));
            args.push(("line", match_words::line_name(pair)));
            args.push(("how", match_words::pair(lang, pair)));
            "cli.match.pair"
        }
        None if one.recon == ReconStatus::Ambiguous => "cli.match.ambiguous",
        None => "cli.match.no_pair",
    };
    let mut shown = format!("{}\n", words(lang, key, &args));
    if let Some(asked) = &one.asked {
        shown.push_str(&format!("  {}\n", told(lang, asked)));
    }
    for field in &one.differs {
        shown.push_str(&format!("  {}\n", match_words::apart(lang, field)));
    }
    if !one.candidates.is_empty() {
        shown.push_str(&candidates(&one.candidates, layout));
    }
    for rival in &one.rivals {
        shown.push_str(&format!("{}\n", match_words::rival(lang, rival)));
    }
    if let Some(original) = &one.original {
        for said in match_words::original(lang, original, |kind| layout.kind(kind)) {
            shown.push_str(&format!("  {said}\n"));
        }
    }
    shown
}

/// Returns what comes nearest, with the field that kept each from matching.
pub(super) fn candidates(near: &[MatchCandidate], layout: &Layout) -> String {
    let lang = layout.lang;
    let mut table = layout.heads(&[
        ("nearest", L),
        ("reference", L),
        ("amount", R),
        ("currency", C),
        ("time", L),
        ("kept_by", L),
        ("differs_too", L),
    ]);
    for one in near {
        let name = match (&one.trade_no, &one.line) {
            (Some(trade_no), _) => trade_no.to_string(),
            (None, Some(row)) => format!("{}:{}", row.file, row.line.line),
            (None, None) => String::new(),
        };
        let mut fields = one.differs.iter().map(|field| match_words::apart(lang, field));
        let kept_by = fields.next().unwrap_or_else(|| word(lang, "match_words.fits"));
        let rest: Vec<String> = fields.collect();
        table.row(vec![
            name,
            one.channel_ref.to_string(),
            money(one.amount_minor, &one.currency),
            one.currency.clone(),
            one.occurred_at.local().to_string().replace('T', " "),
            kept_by,
            rest.join(match_words::separator(lang)),
        ]);
    }
    format!("{}\n{}", word(lang, "cli.match.nearest"), table.text())
}
