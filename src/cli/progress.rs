//! What long commands tell on the way, on a terminal only: how far they are, and that a line broke.

use crate::i18n::{Lang, text, word};
use crate::protocol::connection::{Connection, ConnectionState};
use crate::protocol::request::Request;
use crate::protocol::watch::{Progress, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};

/// A bar for what takes long; the line is told of either way, and nothing where nobody looks.
pub struct Bar {
    shown: Option<ProgressBar>,
    lang: Lang,
    is_seen: bool,
}

impl Bar {
    /// A bar for requests that may take long.
    pub fn new(request: &Request, lang: Lang, quiet: bool) -> Self {
        let key = match request {
            Request::Post { .. } | Request::Clear { .. } => "cli.progress.post",
            Request::CaseOpen { .. }
            | Request::CaseBulk { .. }
            | Request::Preview { .. }
            | Request::Case { .. }
            | Request::Stage { .. }
            | Request::StageDrop { .. }
            | Request::StageRestore { .. }
            | Request::CaseRestage { .. }
            | Request::CaseSubmit { .. }
            | Request::Commit { .. } => "cli.progress.steps",
            Request::Verify => "cli.progress.verify",
            Request::Findings { .. } | Request::FindingSummary => "cli.progress.findings",
            _ => return Self { shown: None, lang, is_seen: is_seen(quiet) },
        };
        Self::of(key, lang, quiet)
    }

    /// A bar that counts rows of a file.
    pub fn rows(lang: Lang, quiet: bool) -> Self {
        Self::of("cli.progress.import", lang, quiet)
    }

    /// A bar that counts the vouchers of an export.
    pub fn export(lang: Lang, quiet: bool) -> Self {
        Self::of("cli.progress.export", lang, quiet)
    }

    /// A bar for making test data.
    pub fn generate(lang: Lang, quiet: bool) -> Self {
        Self::of("cli.progress.generate", lang, quiet)
    }

    fn of(key: &str, lang: Lang, quiet: bool) -> Self {
        if !is_seen(quiet) {
            return Self { shown: None, lang, is_seen: false };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_message(word(lang, key));
        Self { shown: Some(bar), lang, is_seen: true }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn is_seen(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}

/// What is said of a line; that it broke is said with the first try to dial it again.
fn told(line: &Connection, lang: Lang) -> Option<String> {
    let args = |n: u32| [("address", line.address.clone()), ("n", n.to_string())];
    match line.state {
        ConnectionState::Down => None,
        ConnectionState::Dialling(n) => Some(text(lang, "cli.line.dialling", &args(n))),
        ConnectionState::Up => Some(text(lang, "cli.line.up", &args(0))),
    }
}

impl Watch for Bar {
    fn progress(&mut self, progress: Progress) {
        if let Some(bar) = &self.shown {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn connection(&mut self, line: &Connection) {
        let Some(told) = told(line, self.lang).filter(|_| self.is_seen) else { return };
        match &self.shown {
            Some(bar) => bar.println(told),
            // Whoever closed the terminal needs no telling.
            None => drop(writeln!(std::io::stderr(), "{told}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_of_while_it_is_dialled_and_when_it_stands() {
        let line =
            |state| Connection { address: "ssh://b/l.db".to_owned(), state, round_trip_ms: None, role: None };
        for (state, words) in [
            (ConnectionState::Down, None),
            (ConnectionState::Dialling(2), Some("The line to ssh://b/l.db broke; dialling again (2).")),
            (ConnectionState::Up, Some("The line to ssh://b/l.db stands again.")),
        ] {
            assert_eq!(told(&line(state), Lang::En).as_deref(), words);
        }
        assert_eq!(
            told(&line(ConnectionState::Dialling(2)), Lang::Zh).as_deref(),
            Some("与 ssh://b/l.db 的连接已断，重新连接（第2次）。")
        );
    }
}
