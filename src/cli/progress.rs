//! A progress bar for long commands, on a terminal only.

use crate::desk::{Progress, Request, Watch};
use crate::i18n::{Lang, word};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar, or nothing where nobody looks.
pub struct Bar(Option<ProgressBar>);

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
            | Request::CaseSubmit { .. }
            | Request::Commit { .. } => "cli.progress.steps",
            Request::Verify => "cli.progress.verify",
            Request::Findings { .. } | Request::FindingSummary => "cli.progress.findings",
            _ => return Self(None),
        };
        Self::of(key, lang, quiet)
    }

    /// A bar that counts rows of a file.
    pub fn rows(lang: Lang, quiet: bool) -> Self {
        Self::of("cli.progress.import", lang, quiet)
    }

    /// A bar for making test data.
    pub fn generate(lang: Lang, quiet: bool) -> Self {
        Self::of("cli.progress.generate", lang, quiet)
    }

    fn of(key: &str, lang: Lang, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_message(word(lang, key));
        Self(Some(bar))
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Bar {
    fn progress(&mut self, progress: Progress) {
        if let Some(bar) = &self.0 {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
    }

    fn cancelled(&self) -> bool {
        false
    }
}
