//! What was posted or imported.

use super::{Layout, Show, label};
use crate::i18n::{Lang, text as words, word};
use crate::protocol::intake::ImportAnswer;
use crate::protocol::posting::Posted;

impl Show for Posted {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [
            ("posted", self.posted.to_string()),
            ("already", self.already.to_string()),
            ("waiting", self.waiting.to_string()),
            ("refused", self.refused.len().to_string()),
        ];
        let mut shown = words(lang, "cli.posted", &args);
        shown.push('\n');
        for refused in &self.refused {
            shown.push_str(&format!(
                "{} {} {}: {}\n",
                refused.trade_no,
                layout.event(refused.event),
                refused.code,
                refused.message
            ));
        }
        for (trade_no, why) in &self.nothing {
            shown.push_str(&format!("{trade_no}: {why}\n"));
        }
        shown
    }

    fn reports(&self) -> bool {
        !self.refused.is_empty()
    }
}

/// Returns the text about an imported file.
pub fn imported(answer: &ImportAnswer, lang: Lang) -> String {
    let mut args = vec![
        ("file", answer.file.clone()),
        ("format", word(lang, &format!("file.kind.{}", answer.format))),
        ("rows", answer.rows.to_string()),
        ("added", answer.added.to_string()),
        ("already", answer.already.to_string()),
        ("at", answer.imported_before.clone().unwrap_or_default()),
    ];
    for (name, count) in [("moved", answer.moved_on), ("contradicting", answer.contradicting)] {
        args.extend((count > 0).then(|| (name, count.to_string())));
    }
    let key = match (&answer.imported_before, answer.dry_run) {
        (Some(_), _) => "cli.imported_before",
        (None, true) => "cli.import_tried",
        (None, false) => "cli.imported",
    };
    if let Some(case_no) = &answer.case_no {
        args.push(("case", case_no.to_string()));
        let key = match (&answer.imported_before, answer.dry_run) {
            (Some(_), _) => "cli.import_staged_before",
            (None, true) => "cli.import_stage_tried",
            (None, false) => "cli.import_staged",
        };
        return words(lang, key, &args);
    }
    let mut shown = words(lang, key, &args);
    if let Some(account) = &answer.account {
        let accounts: Vec<String> = account.accounts.iter().map(ToString::to_string).collect();
        let args = [
            ("accounts", accounts.join(", ")),
            ("from", account.from.to_string()),
            ("to", account.to.to_string()),
            ("days", account.days.to_string()),
        ];
        shown = format!("{shown} {}", words(lang, "cli.import_account", &args));
    }
    if let Some(ended) = &answer.ended {
        let state = label(lang, "state.bill", ended.state);
        let args = [("bill", ended.id.to_string()), ("state", state)];
        return format!("{shown} {}", words(lang, "cli.import_ended", &args));
    }
    if let Some(id) = answer.statement.filter(|_| answer.held) {
        return format!("{shown} {}", words(lang, "cli.import_held", &[("bill", id.to_string())]));
    }
    if answer.held {
        let rests = answer.differences.as_ref().filter(|differences| !differences.shakes.is_empty());
        let rests = rests
            .map_or_else(String::new, |differences| words(lang, "bill.rests", &differences.shakes.facts()));
        let proposed = words(lang, "cli.import_account_proposed", &[("rests", rests)]);
        return format!("{shown} {}", proposed.trim_end());
    }
    if let Some(until) = &answer.until {
        let until = until.local().to_string().replace('T', " ");
        return format!("{shown} {}", words(lang, "cli.import_until", &[("until", until)]));
    }
    if answer.replaces.is_empty() {
        return shown;
    }
    let files: Vec<String> =
        answer.replaces.iter().map(|bill| format!("{} ({})", bill.file, bill.id)).collect();
    let mut args = vec![("files", files.join(", "))];
    if let Some(differences) = &answer.differences {
        args.push(("added", differences.added.to_string()));
        args.push(("gone", differences.gone.to_string()));
        args.push(("changed", differences.changed.to_string()));
    }
    let key = match (answer.extends, &answer.account) {
        (true, _) => "cli.import_extends",
        (false, Some(_)) => "cli.import_account_supersedes",
        (false, None) => "cli.import_supersedes",
    };
    let mut shown = format!("{shown} {}", words(lang, key, &args));
    for bill in &answer.replaces {
        let Some(rest) = &bill.rest else { continue };
        let covers = label(lang, "covers", rest.covers);
        let args = [("file", bill.file.clone()), ("covers", covers), ("bill", rest.id.to_string())];
        shown.push_str(&format!(" {}", words(lang, "cli.import_rest", &args)));
    }
    shown
}
