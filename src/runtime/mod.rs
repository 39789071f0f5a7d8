//! The imperative shell: terminal, clock, worker thread, files. Everything that decides anything is in [`crate::app`].
//!
//! One thread draws and listens; another owns the desk and answers one request at a time, so that nothing the books
//! do can make the screen stand still. A newer request for the same slot tells the older one to stop. The screen is
//! drawn only when something changed, at most thirty times a second, inside a synchronized-output bracket, and the
//! terminal is never asked anything: over a slow line the answer may come late or never.

mod paint;
mod shell;
mod terminal;
mod worker;

#[cfg(test)]
mod fixture_test;

use crate::app::{Keymap, Route, Setup, State, ThemeName, Whereabouts};
use crate::desk::Service;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How the workstation is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who works.
    pub operator: Operator,
    /// Language of the interface.
    pub lang: Lang,
    /// Theme; `None` takes mono under `NO_COLOR` and dark otherwise.
    pub theme: Option<ThemeName>,
    /// Borders and symbols in ASCII only.
    pub ascii: bool,
    /// A clock that stands still, for demonstrations and tests; `None` takes the system's.
    pub now: Option<Moment>,
    /// Zone of the ledger's days.
    pub zone: TimeZone,
    /// Whether the operator may call himself otherwise: not where a server decides who is who.
    pub may_switch_operator: bool,
    /// A key file of the user's (TOML), over the shipped one.
    pub keys: Option<String>,
    /// Where to start.
    pub start: Route,
    /// Where the ledger is.
    pub whereabouts: Whereabouts,
}

impl Options {
    /// The usual options for an operator in a language.
    #[must_use]
    pub fn new(operator: Operator, lang: Lang, zone: TimeZone) -> Self {
        Self {
            operator,
            lang,
            theme: None,
            ascii: false,
            now: None,
            zone,
            may_switch_operator: true,
            keys: None,
            start: Route::Overview,
            whereabouts: Whereabouts::default(),
        }
    }

    fn clock(&self) -> Clock {
        Clock { fixed: self.now, zone: self.zone.clone() }
    }
}

/// The only clock of the workstation.
#[derive(Debug, Clone)]
struct Clock {
    fixed: Option<Moment>,
    zone: TimeZone,
}

impl Clock {
    fn now(&self) -> Moment {
        self.fixed.unwrap_or_else(|| now(&self.zone))
    }
}

/// What the clock shows, in whole seconds, as seen in `zone`.
#[must_use]
pub fn now(zone: &TimeZone) -> Moment {
    let whole = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    Moment::new(whole, zone)
}

/// Runs the workstation over a desk until the operator leaves.
///
/// # Errors
/// A key file that cannot be used, or a terminal that cannot be set up. The terminal is restored either way.
pub fn run(service: Box<dyn Service>, options: Options) -> anyhow::Result<()> {
    let mut keymap = Keymap::shipped().context("shipped keys")?;
    if let Some(keys) = &options.keys {
        keymap = keymap.with(keys).context("key file")?;
    }
    let clock = options.clock();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = options.theme.unwrap_or(if no_colour { ThemeName::Mono } else { ThemeName::Dark });
    let (state, effects) = State::new(Setup {
        operator: options.operator,
        lang: options.lang,
        theme,
        ascii: options.ascii,
        now: clock.now(),
        may_switch_operator: options.may_switch_operator,
        keymap,
        start: options.start,
        whereabouts: options.whereabouts,
        ledgers: Vec::new(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _guard = terminal::Guard::enter()?;
    let result = runtime.block_on(shell::Shell::new(state, clock, service)?.run(effects));
    // A worker in the middle of a long request must not keep the terminal.
    runtime.shutdown_background();
    result
}
