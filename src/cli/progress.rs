//! What long commands report on a terminal while they run: progress, and a lost connection.

use crate::i18n::{Lang, text, word};
use crate::protocol::connection::{Connection, ConnectionState};
use crate::protocol::watch::{Progress, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Work that shows a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongWork {
    /// Scanning for findings.
    Findings,
    /// Exporting vouchers.
    Export,
    /// Making sample data.
    Generate,
    /// Reading a file.
    Import,
    /// Posting or clearing.
    Post,
    /// Trying rules.
    Rules,
    /// Working on the steps of a case.
    Steps,
    /// Verifying the ledger.
    Verify,
}

impl LongWork {
    const fn key(self) -> &'static str {
        match self {
            Self::Findings => "cli.progress.findings",
            Self::Export => "cli.progress.export",
            Self::Generate => "cli.progress.generate",
            Self::Import => "cli.progress.import",
            Self::Post => "cli.progress.post",
            Self::Rules => "cli.progress.rules",
            Self::Steps => "cli.progress.steps",
            Self::Verify => "cli.progress.verify",
        }
    }
}

/// A progress bar for long work. Changes of a remote connection are reported for any work; without a
/// terminal nothing is written.
pub struct TerminalWatch {
    shown: Option<ProgressBar>,
    lang: Lang,
    is_seen: bool,
}

impl TerminalWatch {
    /// Returns the bar for `work`; without work it only reports changes of the connection. `quiet`
    /// shows neither.
    pub fn new(work: Option<LongWork>, lang: Lang, quiet: bool) -> Self {
        let is_seen = is_seen(quiet);
        let shown = work.filter(|_| is_seen).map(|work| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
            let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {per_sec}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style);
            bar.set_message(word(lang, work.key()));
            bar
        });
        Self { shown, lang, is_seen }
    }

    /// Removes the bar from the terminal.
    pub fn finish(&self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn is_seen(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}

/// Returns the report on a changed connection. A loss is reported with the first attempt to reconnect.
fn report(connection: &Connection, lang: Lang) -> Option<String> {
    let args = |n: u32| [("address", connection.address.clone()), ("n", n.to_string())];
    match connection.state {
        ConnectionState::Down => None,
        ConnectionState::Reconnecting(n) => Some(text(lang, "cli.connection.reconnecting", &args(n))),
        ConnectionState::Up => Some(text(lang, "cli.connection.up", &args(0))),
    }
}

impl Watch for TerminalWatch {
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

    fn connection(&mut self, connection: &Connection) {
        let Some(report) = report(connection, self.lang).filter(|_| self.is_seen) else { return };
        match &self.shown {
            Some(bar) => bar.println(report),
            // A closed stderr is ignored.
            None => drop(writeln!(std::io::stderr(), "{report}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_reported_while_it_is_restored_and_when_it_is_up() {
        let connection =
            |state| Connection { address: "ssh://b/l.db".to_owned(), state, round_trip_ms: None, role: None };
        for (state, words) in [
            (ConnectionState::Down, None),
            (
                ConnectionState::Reconnecting(2),
                Some("The connection to ssh://b/l.db was lost; reconnecting (2)."),
            ),
            (ConnectionState::Up, Some("The connection to ssh://b/l.db is restored.")),
        ] {
            assert_eq!(report(&connection(state), Lang::En).as_deref(), words);
        }
        assert_eq!(
            report(&connection(ConnectionState::Reconnecting(2)), Lang::Zh).as_deref(),
            Some("与 ssh://b/l.db 的连接已断，重新连接（第2次）。")
        );
    }
}
