//! Words for how a trade and a line of its channel came together, and for what kept others apart. The command line
//! uses them as well.

use crate::domain::apart::ApartBy;
use crate::domain::money::{Currency, Money};
use crate::domain::trade::TradeStatus;
use crate::domain::trade_news::ListedFact;
use crate::i18n::{self, Lang};
use crate::protocol::matches::{NamedOriginal, RelatedTrade, told_first};
use crate::protocol::reports::ReconRow;
use crate::protocol::trades::{ApartField, FollowUp, MatchedPair, Rival, RivalField};

/// Returns how a pair came together: `auto, by reference (match@1)`, with who decided it if a person did.
#[must_use]
pub fn pair(lang: Lang, pair: &MatchedPair) -> String {
    let key = i18n::word(lang, &format!("match_key.{}", pair.key));
    let mut args = vec![("key", key), ("rules", pair.rules.clone())];
    let text = match &pair.decided {
        Some(decided) => {
            args.push(("operator", decided.operator.to_string()));
            args.push(("at", decided.at.local().to_string().replace('T', " ")));
            args.push(("reason", decided.reason.clone()));
            args.extend(decided.first.as_ref().map(|first| ("first", told_first(lang, first))));
            "match_words.decided"
        }
        None => "match_words.auto",
    };
    i18n::text(lang, text, &args)
}

/// Returns how the trade and the line of a row came together, with the line; `None` if they did not.
#[must_use]
pub fn row(lang: Lang, row: &ReconRow) -> Option<String> {
    let mut args = vec![("key", i18n::word(lang, &format!("match_key.{}", row.key?)))];
    args.push(("rules", row.rules.clone().unwrap_or_default()));
    let text = match &row.decided_by {
        Some(operator) => {
            args.push(("operator", operator.to_string()));
            "match_words.by_person"
        }
        None => "match_words.auto",
    };
    let line = row.statement.as_ref().zip(row.line).map(|(file, line)| format!("{file}:{line}  "));
    Some(format!("{}{}", line.unwrap_or_default(), i18n::text(lang, text, &args)))
}

/// Returns the line of a pair as people name it: `bill.csv:12`.
#[must_use]
pub fn line_name(pair: &MatchedPair) -> String {
    format!("{}:{}", pair.line.file, pair.line.line.line)
}

/// Returns that a refund did not reach the customer, where the channel says so, and who has seen to it.
#[must_use]
pub fn follow_up(lang: Lang, note: &FollowUp) -> String {
    let mut args =
        vec![("trouble", note.trouble.clone()), ("file", note.file.clone()), ("line", note.line.to_string())];
    if let Some(noted) = &note.noted {
        let key = if noted.done { "match_words.follow_up_done" } else { "match_words.follow_up_open" };
        let facts = [
            ("operator", noted.operator.to_string()),
            ("at", noted.at.local().to_string().replace('T', " ")),
            ("note", noted.note.clone()),
        ];
        args.push(("noted", i18n::text(lang, key, &facts)));
    }
    i18n::text(lang, "match_words.follow_up", &args)
}

/// Returns in one sentence that a trade fits a line as well as another one, and what tells the two apart.
#[must_use]
pub fn rival(lang: Lang, rival: &Rival) -> String {
    let fact = |field: &RivalField| {
        let value = |text: &str| match field.fact {
            ListedFact::Status => i18n::word(lang, &format!("state.trade.{text}")),
            _ if text.is_empty() => "–".to_owned(),
            _ => text.to_owned(),
        };
        let name = i18n::word(lang, &format!("listed.{}", field.fact));
        let args = [("fact", name), ("other", value(&field.other)), ("this", value(&field.this))];
        i18n::text(lang, "match_words.rival_field", &args)
    };
    let mut args = vec![("trade", rival.trade_no.to_string()), ("beside", rival.beside.to_string())];
    if !rival.differs.is_empty() {
        let facts: Vec<String> = rival.differs.iter().map(fact).collect();
        args.push(("facts", facts.join(separator(lang))));
    }
    let key = if rival.differs.is_empty() { "match_words.same_rival" } else { "match_words.rival" };
    i18n::text(lang, key, &args)
}

/// Returns the payment that a trade or a line goes back on, in sentences: what it is, what was undone of it and by
/// which trades, and where the channel lists it. `kind` names a kind of trades.
#[must_use]
pub fn original(lang: Lang, original: &NamedOriginal, kind: impl Fn(&str) -> String) -> Vec<String> {
    let amount = |minor, currency: Currency| format!("{} {currency}", Money::new(minor, currency).grouped());
    let status = |status: TradeStatus| i18n::word(lang, &format!("state.trade.{status}"));
    let reference = ("ref", original.channel_ref.to_string());
    let args = |trade: &RelatedTrade| {
        vec![
            ("trade", trade.trade_no.to_string()),
            ("kind", kind(trade.kind.as_str())),
            ("status", status(trade.status)),
            ("amount", amount(trade.amount_minor, trade.currency)),
        ]
    };
    let mut said = Vec::new();
    match &original.trade {
        Some(of) => {
            let mut facts = args(&of.trade);
            facts.push(reference);
            facts.push(("undone", amount(of.undone_minor, of.trade.currency)));
            facts.push(("left", amount(of.left_minor, of.trade.currency)));
            said.push(i18n::text(lang, "match_words.original", &facts));
            said.extend(
                of.undone_by.iter().map(|by| i18n::text(lang, "match_words.original_undone", &args(by))),
            );
        }
        None => said.push(i18n::text(lang, "match_words.original_unknown", &[reference])),
    }
    said.extend(original.lines.iter().map(|row| {
        let facts = [
            ("line", format!("{}:{}", row.file, row.line.line)),
            ("amount", amount(row.line.amount_minor, row.line.currency)),
            ("status", status(row.line.status)),
        ];
        i18n::text(lang, "match_words.original_listed", &facts)
    }));
    said
}

/// Returns what stands between the parts of a list within a sentence.
#[must_use]
pub const fn separator(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "; ",
        Lang::Zh => "；",
    }
}

/// Returns in one sentence what keeps a trade and a line apart by a field.
#[must_use]
pub fn apart(lang: Lang, field: &ApartField) -> String {
    let theirs = match field.field {
        ApartBy::Statement => i18n::word(lang, &format!("state.bill.{}", field.theirs)),
        ApartBy::Kind => i18n::word(lang, &format!("line.{}", field.theirs)),
        ApartBy::Status => i18n::word(lang, &format!("state.trade.{}", field.theirs)),
        _ => field.theirs.clone(),
    };
    let ours = match field.field {
        ApartBy::Status => i18n::word(lang, &format!("state.trade.{}", field.ours)),
        _ => field.ours.clone(),
    };
    i18n::text(lang, &format!("apart.{}", field.field), &[("ours", ours), ("theirs", theirs)])
}
