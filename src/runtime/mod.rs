//! The imperative shell: terminal, clock, worker thread, files. All decisions are made in [`crate::app`].
//!
//! One thread draws and reads input; another owns the desk and answers one request at a time, so that no
//! request can block the screen. A newer request for a slot stops the older one. The screen is drawn only
//! when something has changed, at most thirty times a second, as a synchronized update. The terminal is
//! never queried: over a slow connection the answer may come late or never.

mod choice;
mod console;
pub mod local_files;
mod paint;
mod shell;
mod terminal;
mod worker;

use crate::app::{Keymap, LedgerLocation, NamedLedger, Picker, Route, Setup, State, ThemeName};
use crate::domain::currencies::Currencies;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use crate::protocol::names::Names;
use crate::protocol::refusal::Refusal;
use crate::protocol::service::Service;
use crate::protocol::watch::Watch;
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// How the workstation is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The operator, unless a server decides who works.
    pub operator: Operator,
    /// Language of the interface.
    pub lang: Lang,
    /// Theme; `None` for mono under `NO_COLOR` and dark otherwise.
    pub theme: Option<ThemeName>,
    /// Borders and symbols in ASCII only.
    pub ascii: bool,
    /// A fixed time, for demonstrations and tests; `None` for the system's clock.
    pub now: Option<Moment>,
    /// The user's key file (TOML), which overrides the shipped one.
    pub keys: Option<String>,
    /// The first screen.
    pub start: Route,
}

impl Options {
    /// Returns the default options for an operator and a language.
    #[must_use]
    pub const fn new(operator: Operator, lang: Lang) -> Self {
        Self { operator, lang, theme: None, ascii: false, now: None, keys: None, start: Route::Overview }
    }
}

/// A ledger that was opened.
pub struct Opened {
    /// The service that answers requests.
    pub service: Box<dyn Service>,
    /// Time zone of its days.
    pub zone: TimeZone,
    /// Names of its kinds of trades, events and channels.
    pub names: Names,
    /// The currencies that it keeps.
    pub currencies: Currencies,
    /// The operator there.
    pub operator: Operator,
    /// True if a server decided who works.
    pub operator_is_fixed: bool,
    /// The name or address by which it was opened.
    pub asked: String,
    /// Where it is.
    pub location: LedgerLocation,
}

/// Opens the ledger of a name or at an address; the watch tells when the attempt was cancelled.
pub type Open = Arc<dyn Fn(&str, &mut dyn Watch) -> Result<Opened, Refusal> + Send + Sync>;

/// The ledgers one can go to.
pub struct Ledgers {
    /// The configured ledgers.
    pub named: Vec<NamedLedger>,
    /// Opens one by name or address.
    pub open: Open,
    /// Returns the last head seen at an address.
    pub last_head: Box<dyn Fn(&str) -> Option<i64>>,
}

/// How work on a ledger ends.
enum End {
    /// The operator leaves.
    Left,
    /// The operator goes to the ledger of that name or address, or to the choice between all.
    Ledger(Option<String>),
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

/// Returns the current time in whole seconds, in `zone`.
#[must_use]
pub fn now(zone: &TimeZone) -> Moment {
    let whole = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    Moment::new(whole, zone)
}

/// Runs the workstation until the operator leaves: on an open ledger, or from the choice between all.
///
/// # Errors
/// A key file that cannot be used, or a terminal that cannot be set up. The terminal is restored either way.
pub fn run(opened: Option<Opened>, ledgers: Ledgers, mut options: Options) -> anyhow::Result<()> {
    let mut keymap = Keymap::shipped().context("shipped keys")?;
    if let Some(keys) = &options.keys {
        keymap = keymap.with(keys).context("key file")?;
    }
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    options.theme.get_or_insert(if no_colour { ThemeName::Mono } else { ThemeName::Dark });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _guard = terminal::TerminalGuard::enter()?;
    let result = runtime.block_on(from_ledger_to_ledger(opened, ledgers, options, &keymap));
    // A worker in the middle of a long request must not hold the terminal.
    runtime.shutdown_background();
    result
}

/// Runs one ledger after the other, with the choice between them when none is open.
async fn from_ledger_to_ledger(
    mut opened: Option<Opened>,
    mut ledgers: Ledgers,
    mut options: Options,
    keymap: &Keymap,
) -> anyhow::Result<()> {
    let mut console = console::Console::new()?;
    let mut wanted: Option<String> = None;
    loop {
        let theme = options.theme.unwrap_or_default();
        let Some(ledger) = opened.take() else {
            let mut named = ledgers.named.clone();
            for one in &mut named {
                one.last_head = (ledgers.last_head)(&one.address);
            }
            let mut picker =
                Picker::new(options.operator.clone(), options.lang, theme, keymap.clone(), named);
            picker.ascii = options.ascii;
            let mut choice = choice::Choice::new(picker, Arc::clone(&ledgers.open), &mut console);
            opened = choice.run(wanted.take().as_deref()).await?;
            options.lang = choice.picker.lang;
            if opened.is_none() {
                return Ok(());
            }
            continue;
        };
        let clock = Clock { fixed: options.now, zone: ledger.zone };
        let (state, effects) = State::new(Setup {
            operator: ledger.operator,
            lang: options.lang,
            theme,
            ascii: options.ascii,
            now: clock.now(),
            may_switch_operator: !ledger.operator_is_fixed,
            keymap: keymap.clone(),
            start: options.start.clone(),
            location: ledger.location,
            ledgers: ledgers.named.iter().map(|one| one.name.clone()).collect(),
        });
        let mut shell = shell::Shell::new(state, clock, ledger.service, &mut console)?;
        let End::Ledger(to) = shell.run(effects).await? else { return Ok(()) };
        (options.lang, options.theme) = (shell.state.lang, Some(shell.state.theme));
        // A ledger without a configured name must be found again, too.
        if ledgers.named.iter().all(|one| one.name != ledger.asked) {
            ledgers.named.push(NamedLedger::at(&ledger.asked));
        }
        wanted = to;
    }
}
