//! Everything the workstation knows at one moment.

use super::action::{DeskRequest, Effect, ImportRequest, Slot, SlotPart};
use super::command::Command;
use super::errand::Errand;
use super::keymap::Keymap;
use super::location::LedgerLocation;
use super::message::Message;
use super::overlay::Overlay;
use super::places::{OpenScreen, Screen};
use super::press::Press;
use super::screens::behaviour::{StatusLine, Surroundings, View};
use super::screens::{Route, ScreenKind};
use super::theme_name::ThemeName;
use super::viewport::Viewport;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::role::{LedgerRole, Role};
use crate::i18n::Lang;
use crate::protocol::connection::Connection;
use crate::protocol::intake::LocalFile;
use crate::protocol::ledger::{LedgerInfo, ShowLedger};
use crate::protocol::names::Names;
use crate::protocol::request::Request;
use crate::protocol::watch::Progress;

/// Columns from which a list shows the detail of the selected row beside it.
pub const WIDE: u16 = 120;
/// A request that takes longer than this, in milliseconds, shows that it runs. Shorter ones would only
/// flicker.
pub const PATIENCE: u64 = 150;

/// While the cursor moves on within this time, in milliseconds, the detail beside the list is not
/// requested: a key held down repeats some thirty times a second, and a detail that is gone with the next
/// row cannot be read.
const REST: u64 = 120;

/// What the workstation starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The operator.
    pub operator: Operator,
    /// Language of the interface.
    pub lang: Lang,
    /// Theme.
    pub theme: ThemeName,
    /// Borders and symbols in ASCII only.
    pub ascii: bool,
    /// The time.
    pub now: Moment,
    /// True if the operator may switch to another name; false if a server decides who works.
    pub may_switch_operator: bool,
    /// Keys.
    pub keymap: Keymap,
    /// The first screen.
    pub start: Route,
    /// Where the ledger is.
    pub location: LedgerLocation,
    /// The ledgers that the configuration names.
    pub ledgers: Vec<String>,
}

/// A request the desk has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its number.
    pub id: u64,
    /// Where its answer belongs.
    pub slot: Slot,
    /// When it was sent, milliseconds since the start.
    pub since: u64,
    /// Its progress, once reported.
    pub progress: Option<Progress>,
}

/// A detail beside the list that is requested once the cursor rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// Since when the detail shown is not that of the selected row, milliseconds since the start.
    pub since: u64,
    /// When it is requested if the cursor stays, milliseconds since the start.
    pub due: u64,
}

/// The workstation.
#[allow(clippy::struct_excessive_bools, reason = "independent settings, not states of a machine")]
#[derive(Debug, Clone)]
pub struct State {
    /// The operator.
    pub operator: Operator,
    /// True if the operator may switch to another name.
    pub may_switch_operator: bool,
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: ThemeName,
    /// ASCII borders and symbols.
    pub ascii: bool,
    /// The time of the books, as of the last action.
    pub now: Moment,
    /// Milliseconds since the start.
    pub millis: u64,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The ledger, once known.
    pub ledger: Option<LedgerInfo>,
    /// Where it is.
    pub location: LedgerLocation,
    /// The connection, if the ledger is on another host; with the round trip as shown.
    pub connection: Option<Connection>,
    /// Names of the ledgers one can go to.
    pub ledgers: Vec<String>,
    /// The open screens, the current one last. Never empty.
    pub open_screens: Vec<OpenScreen>,
    /// The overlay over the current screen.
    pub overlay: Option<Overlay>,
    /// How the last command went.
    pub message: Option<Message>,
    /// Requests not answered yet.
    pub pending: Vec<Pending>,
    /// Keys.
    pub keymap: Keymap,
    /// Presses of a sequence not complete yet.
    pub typed: Vec<Press>,
    /// True if the screen is out of date.
    pub dirty: bool,
    /// What the last frame had room for.
    pub viewport: Viewport,
    /// The detail beside the list, while it waits for the cursor to rest.
    pub resting: Option<Resting>,
    pub(super) moved_at: Option<u64>,
    /// A command that waits for data: serial number of its screen, and the command.
    pub(super) awaited: Option<(u32, Command)>,
    /// True while it is run after that wait.
    pub(super) resumed: bool,
    /// The folder of the file that was imported last, with a `/` at its end; empty for none yet.
    pub(super) last_folder: String,
    pub(super) errand: Option<Errand>,
    pub(super) change_given_up: bool,
    pub(super) next_id: u64,
    pub(super) next_serial: u32,
}

impl State {
    /// Returns a workstation that has just been opened, and its first requests.
    #[must_use]
    pub fn new(setup: Setup) -> (Self, Vec<Effect>) {
        let mut state = Self {
            operator: setup.operator,
            may_switch_operator: setup.may_switch_operator,
            lang: setup.lang,
            theme: setup.theme,
            ascii: setup.ascii,
            now: setup.now,
            millis: 0,
            size: (80, 24),
            ledger: None,
            location: setup.location,
            connection: None,
            ledgers: setup.ledgers,
            open_screens: Vec::new(),
            overlay: None,
            message: None,
            pending: Vec::new(),
            keymap: setup.keymap,
            typed: Vec::new(),
            dirty: true,
            viewport: Viewport { rows: 16, lines: 0, top: 0 },
            resting: None,
            moved_at: None,
            awaited: None,
            resumed: false,
            last_folder: String::new(),
            errand: None,
            change_given_up: false,
            next_id: 1,
            next_serial: 1,
        };
        let mut effects = Vec::new();
        state.push(&Route::Overview, &mut effects);
        if setup.start != Route::Overview {
            // The overview normally loads the ledger's info. Another start screen replaces it before that
            // answer comes, so the info is requested here.
            effects
                .push(state.ask(Slot { screen: 0, part: SlotPart::Ledger }, Request::Ledger(ShowLedger {})));
            state.push(&setup.start, &mut effects);
        }
        (state, effects)
    }

    /// Returns the current open screen.
    ///
    /// # Panics
    /// Never: the stack always holds the overview.
    #[must_use]
    pub fn current(&self) -> &OpenScreen {
        &self.open_screens[self.open_screens.len() - 1]
    }

    pub(super) fn current_mut(&mut self) -> &mut OpenScreen {
        let last = self.open_screens.len() - 1;
        &mut self.open_screens[last]
    }

    /// Returns the current screen.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.current().screen
    }

    pub(super) fn screen_mut(&mut self) -> &mut Screen {
        &mut self.current_mut().screen
    }

    /// Returns the kind of the current screen.
    #[must_use]
    pub fn kind(&self) -> ScreenKind {
        self.screen().kind()
    }

    /// Returns what screens need to put their rows into words.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            lang: self.lang,
            now: self.now,
            names: self.names(),
            several_currencies: self.ledger.as_ref().is_some_and(|ledger| !ledger.currencies.is_empty()),
        }
    }

    /// Returns the names of the ledger's codes; none while nothing is known of the ledger yet.
    #[must_use]
    pub fn names(&self) -> &Names {
        const NONE: &Names = &Names::NONE;
        self.ledger.as_ref().map_or(NONE, |ledger| &ledger.names)
    }

    /// Returns the status line of the current screen.
    #[must_use]
    pub fn status(&self) -> StatusLine {
        let below = self.open_screens.len().checked_sub(2).and_then(|at| self.open_screens.get(at));
        let list = below.filter(|below| below.screen.kind().has_table());
        let position = list.map(|list| list.screen.behave().cursor().position()).unwrap_or_default();
        let around = Surroundings {
            view: self.view(),
            operator: &self.operator,
            four_eyes: self.has_four_eyes(),
            position_below: &position,
        };
        self.screen().behave().status(&around)
    }

    /// Returns true if the terminal is wide enough for a detail beside the list.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Returns true if there is room for a detail: beside the list on a wide terminal; the checks of a day
    /// are below their list on any.
    fn shows_side(&self) -> bool {
        self.is_wide() || self.kind() == ScreenKind::Days
    }

    /// Returns true if the ledger is a production ledger, by its own setting or the configuration.
    #[must_use]
    pub fn is_prod(&self) -> bool {
        self.role() == Some(LedgerRole::Prod)
    }

    /// Returns the purpose of the ledger: `prod` if its setting or the configuration says so, else its
    /// setting.
    #[must_use]
    pub fn role(&self) -> Option<LedgerRole> {
        let configured = self.location.role;
        let own = self.ledger.as_ref().map(|ledger| ledger.role);
        configured.filter(|role| *role == LedgerRole::Prod).or(own).or(configured)
    }

    /// Returns the role of the session, if a server gave it one.
    #[must_use]
    pub fn session(&self) -> Option<Role> {
        self.connection.as_ref().and_then(|connection| connection.role)
    }

    /// Returns true if nothing can be written to the ledger.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.ledger.as_ref().is_some_and(|ledger| ledger.read_only)
    }

    /// Returns true if a case needs two people; also while nothing is known of the ledger yet.
    #[must_use]
    pub fn has_four_eyes(&self) -> bool {
        self.ledger.as_ref().is_none_or(|ledger| ledger.four_eyes)
    }

    /// Returns the currency of the ledger.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.ledger.as_ref().map_or("CNY", |ledger| ledger.currency.as_str())
    }

    /// Returns the oldest request that takes longer than [`PATIENCE`].
    #[must_use]
    pub fn slow(&self) -> Option<&Pending> {
        self.pending.iter().find(|pending| self.millis.saturating_sub(pending.since) >= PATIENCE)
    }

    /// Returns true while data of the current screen is on its way.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        let serial = self.current().serial;
        self.pending.iter().any(|pending| {
            pending.slot.screen == serial && matches!(pending.slot.part, SlotPart::Main | SlotPart::Extra)
        })
    }

    /// Returns true if the detail beside the list takes longer than [`PATIENCE`].
    #[must_use]
    pub fn is_detail_late(&self) -> bool {
        let slot = Slot { screen: self.current().serial, part: SlotPart::Side };
        let late = |since: u64| self.millis.saturating_sub(since) >= PATIENCE;
        self.resting.is_some_and(|resting| late(resting.since))
            || self.pending.iter().any(|pending| pending.slot == slot && late(pending.since))
    }

    /// Returns when the current screen requested its data, if it has nothing to show yet.
    #[must_use]
    pub fn blank_since(&self) -> Option<u64> {
        let place = self.current();
        let slot = Slot { screen: place.serial, part: SlotPart::Main };
        let blank = place.failure.is_none() && !place.screen.behave().loaded();
        self.pending.iter().find(|pending| blank && pending.slot == slot).map(|pending| pending.since)
    }

    /// Returns true if leaving would lose marks or the history of a draft, which are stored nowhere else.
    #[must_use]
    pub fn is_editing(&self) -> bool {
        self.open_screens.iter().any(|place| {
            let drafted =
                matches!(&place.screen, Screen::Case(view) if !view.undo.is_empty() || !view.redo.is_empty());
            drafted || !place.screen.behave().cursor().marks().is_empty()
        })
    }

    /// Returns true while a write request is on its way.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.errand.is_some()
    }

    pub(super) fn ask(&mut self, slot: Slot, request: Request) -> Effect {
        let id = self.register(slot);
        Effect::Ask(Box::new(DeskRequest {
            id,
            slot,
            operator: self.operator.clone(),
            lang: self.lang,
            request,
        }))
    }

    pub(super) fn import(&mut self, slot: Slot, file: LocalFile, dry_run: bool) -> Effect {
        let id = self.register(slot);
        let (operator, lang) = (self.operator.clone(), self.lang);
        Effect::Import(Box::new(ImportRequest { id, slot, operator, lang, file, dry_run }))
    }

    /// Notes a request as pending instead of an older one of its slot; returns its number.
    fn register(&mut self, slot: Slot) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.pending.retain(|pending| pending.slot != slot);
        self.pending.push(Pending { id, slot, since: self.millis, progress: None });
        id
    }

    /// Opens a screen on top of the current one.
    ///
    /// Requests of the screen left behind are cancelled: the desk answers one at a time, and a long count
    /// must not block the rest. They are sent again when the operator comes back.
    pub(super) fn push(&mut self, route: &Route, effects: &mut Vec<Effect>) {
        if let Some(covered) = self.open_screens.last_mut() {
            let serial = covered.serial;
            covered.stale |= self.pending.iter().any(|pending| pending.slot.screen == serial);
            self.drop_pending_of_current(effects);
        }
        let serial = self.next_serial;
        self.next_serial += 1;
        self.open_screens.push(OpenScreen {
            serial,
            screen: Screen::at(route.clone()),
            failure: None,
            stale: false,
        });
        self.load(effects);
    }

    /// Requests everything that the current screen shows.
    pub(super) fn load(&mut self, effects: &mut Vec<Effect>) {
        let place = self.current_mut();
        place.stale = false;
        let (serial, requests) = (place.serial, place.screen.behave().requests());
        self.drop_pending(Slot { screen: serial, part: SlotPart::More }, effects);
        for (part, request) in requests {
            let effect = self.ask(Slot { screen: serial, part }, request);
            effects.push(effect);
        }
        if let Some(file) = self.screen().behave().file().cloned() {
            let effect = self.import(Slot { screen: serial, part: SlotPart::Main }, file, true);
            effects.push(effect);
        }
        self.load_side(effects);
    }

    /// Requests the detail of a newly selected row, at once or when the cursor rests.
    pub(super) fn follow(&mut self, effects: &mut Vec<Effect>) {
        let moves_on = self.moved_at.is_some_and(|at| self.millis.saturating_sub(at) < REST);
        self.moved_at = Some(self.millis);
        if moves_on && self.shows_side() && self.screen().behave().side().is_some() {
            let since = self.resting.map_or(self.millis, |resting| resting.since);
            self.resting = Some(Resting { since, due: self.millis + REST });
        } else {
            self.load_side(effects);
        }
    }

    /// Requests the detail that waited, once the cursor has rested.
    pub(super) fn rest(&mut self, effects: &mut Vec<Effect>) {
        if self.resting.is_some_and(|resting| resting.due <= self.millis) {
            self.load_side(effects);
        }
    }

    /// Requests the detail beside the list, if there is room for one.
    pub(super) fn load_side(&mut self, effects: &mut Vec<Effect>) {
        self.resting = None;
        if !self.shows_side() {
            return;
        }
        let serial = self.current().serial;
        if let Some(request) = self.screen().behave().side() {
            let effect = self.ask(Slot { screen: serial, part: SlotPart::Side }, request);
            effects.push(effect);
        }
    }

    /// Marks every open screen as outdated, so that it is read again once it is shown.
    pub(super) fn mark_all_stale(&mut self) {
        for place in &mut self.open_screens {
            place.stale = true;
        }
    }

    /// Cancels the reads of the current screen.
    pub(super) fn drop_pending_of_current(&mut self, effects: &mut Vec<Effect>) {
        let serial = self.current().serial;
        for part in [SlotPart::Main, SlotPart::More, SlotPart::Extra, SlotPart::Side] {
            self.drop_pending(Slot { screen: serial, part }, effects);
        }
    }

    pub(super) fn drop_pending(&mut self, slot: Slot, effects: &mut Vec<Effect>) {
        let gone: Vec<u64> = self.pending.iter().filter(|p| p.slot == slot).map(|p| p.id).collect();
        self.pending.retain(|pending| pending.slot != slot);
        effects.extend(gone.into_iter().map(Effect::Cancel));
    }

    pub(super) fn say(&mut self, message: Message) {
        self.message = Some(message);
    }
}
