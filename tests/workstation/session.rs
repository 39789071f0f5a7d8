//! A session of the workstation, driven by keys, as the shell would drive it.

use super::desk::{SampleDesk, now, operator};
use std::collections::VecDeque;
use storno::app::{
    Action, Effect, Key, Keymap, LedgerLocation, Press, Route, Screen, Setup, State, ThemeName, Viewport,
    update,
};
use storno::domain::case::CaseState;
use storno::i18n::Lang;
use storno::protocol::context::Context;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;
use storno::runtime::local_files::{import_local, paths_from};

/// A workstation with the desk of the sample day behind it, driven by keys.
pub struct Session {
    pub state: State,
    pub desk: SampleDesk,
    pub effects: Vec<Effect>,
    /// Whether the desk answers at once.
    pub answers: bool,
    /// Requests that the desk has not answered yet.
    pub held: Vec<Effect>,
}

impl Session {
    pub fn new() -> Self {
        Self::with(Lang::En, (80, 24), SampleDesk::new())
    }

    pub fn with(lang: Lang, size: (u16, u16), desk: SampleDesk) -> Self {
        let (mut state, effects) = State::new(Setup {
            operator: operator("op1"),
            lang,
            theme: ThemeName::Mono,
            ascii: false,
            now: now(),
            may_switch_operator: true,
            keymap: Keymap::shipped().unwrap(),
            start: Route::Overview,
            location: LedgerLocation::default(),
            ledgers: Vec::new(),
        });
        state.size = size;
        state.viewport = Viewport { rows: usize::from(size.1).saturating_sub(8).max(1), lines: 0, top: 0 };
        let mut session = Self { state, desk, effects: Vec::new(), answers: true, held: Vec::new() };
        session.run(effects);
        session
    }

    fn run(&mut self, effects: Vec<Effect>) {
        let mut todo: VecDeque<Effect> = effects.into();
        while let Some(effect) = todo.pop_front() {
            match effect {
                Effect::Ask(_) if !self.answers => self.held.push(effect),
                Effect::Ask(ask) => {
                    let context =
                        Context { operator: ask.operator.clone(), now: self.state.now, lang: ask.lang };
                    let result = Box::new(self.desk.ask(&context, ask.request.clone(), &mut Unwatched));
                    todo.extend(update(&mut self.state, Action::Reply { id: ask.id, result }));
                }
                Effect::Import(import) => {
                    let context =
                        Context { operator: import.operator.clone(), now: self.state.now, lang: import.lang };
                    let (desk, watch) = (&mut self.desk, &mut Unwatched);
                    let result = import_local(desk, &context, import.file.clone(), import.dry_run, watch);
                    let action = Action::Imported { id: import.id, result: Box::new(result) };
                    todo.extend(update(&mut self.state, action));
                }
                Effect::FindPaths(typed) => {
                    let found = paths_from(&typed);
                    todo.extend(update(&mut self.state, Action::Paths { typed, found }));
                }
                other => self.effects.push(other),
            }
        }
    }

    /// Lets the desk answer what it held back, in this order.
    pub fn release(&mut self, newest_first: bool) {
        self.answers = true;
        let mut held = std::mem::take(&mut self.held);
        if newest_first {
            held.reverse();
        }
        self.run(held);
    }

    pub fn act(&mut self, action: Action) {
        let effects = update(&mut self.state, action);
        self.run(effects);
    }

    /// Presses keys: words of the key file, or plain text in quotes.
    pub fn keys(&mut self, keys: &str) -> usize {
        let mut count = 0;
        for word in keys.split_whitespace() {
            if let Some(text) = word.strip_prefix('"') {
                for c in text.trim_end_matches('"').replace('_', " ").chars() {
                    self.act(Action::Press(Press::plain(Key::Char(c))));
                    count += 1;
                }
            } else {
                self.state.millis += 200;
                self.act(Action::Press(word.parse::<Press>().unwrap()));
                count += 1;
            }
        }
        count
    }

    /// Returns the state of the case on the screen.
    pub fn case_state(&self) -> CaseState {
        match self.state.screen() {
            Screen::Case(view) => view.state().unwrap(),
            other => panic!("no case: {:?}", other.kind()),
        }
    }
}
