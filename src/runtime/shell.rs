//! The event loop: events in, effects out, a frame when something has changed.

use super::console::{Console, Input, press};
use super::local_files::paths_from;
use super::worker::Worker;
use super::{Clock, End};
use crate::app::{Action, Effect, State, update};
use crate::protocol::service::Service;
use crate::ui;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{Event, KeyEventKind};
use crossterm::execute;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A screen just opened stays undrawn for so many milliseconds: its answer usually comes sooner, and a
/// blank screen before it would only flicker.
const BLANK: u64 = 12;
/// Interval of the spinner. Four times a second is lively and cheap.
pub const TURN: Duration = Duration::from_millis(250);
/// A request that has run this long is shown; the loop wakes for that.
pub const PATIENCE: Duration = Duration::from_millis(crate::app::PATIENCE + 5);

/// The shell around the state.
pub struct Shell<'c> {
    /// The workstation.
    pub state: State,
    clock: Clock,
    start: Instant,
    worker: Worker,
    replies: UnboundedReceiver<Action>,
    console: &'c mut Console,
    end: Option<End>,
}

impl<'c> Shell<'c> {
    /// Returns a shell over a service. The terminal must have been taken over already.
    pub fn new(
        mut state: State,
        clock: Clock,
        service: Box<dyn Service>,
        console: &'c mut Console,
    ) -> anyhow::Result<Self> {
        let (sender, replies) = unbounded_channel();
        let worker = Worker::start(service, sender)?;
        state.size = console.size();
        Ok(Self { state, clock, start: Instant::now(), worker, replies, console, end: None })
    }

    /// Runs until the operator leaves or the terminal goes away.
    pub async fn run(&mut self, effects: Vec<Effect>) -> anyhow::Result<End> {
        self.carry_out(effects)?;
        while self.end.is_none() {
            if self.state.dirty && self.pause().is_zero() {
                self.draw()?;
            }
            let wait = self.wait();
            tokio::select! {
                input = self.console.next_input() => match input {
                    Input::Event(event) => {
                        self.take(event)?;
                        // Key repeats that arrived while a frame was drawn are taken at once.
                        while let Some(event) = self.console.ready().await {
                            self.take(event)?;
                        }
                    }
                    // The terminal is gone, and with it the operator: nothing is left to do.
                    Input::Gone => break,
                },
                reply = self.replies.recv() => match reply {
                    Some(reply) => {
                        self.tick()?;
                        self.act(reply)?;
                        while let Ok(reply) = self.replies.try_recv() {
                            self.act(reply)?;
                        }
                    }
                    None => break,
                },
                () = tokio::time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => self.tick()?,
            }
        }
        Ok(self.end.take().unwrap_or(End::Left))
    }

    /// Returns the time until the next timer; `None` to wait for an event.
    fn wait(&self) -> Option<Duration> {
        if self.state.dirty {
            return Some(self.pause());
        }
        let rest = self.state.resting.map(|resting| self.until(resting.due));
        let turn = if self.state.slow().is_some() { TURN } else { PATIENCE };
        let turn = (!self.state.pending.is_empty()).then_some(turn);
        rest.into_iter().chain(turn).min()
    }

    /// Returns how long the next frame has to wait: for the frame rate, and for the first answer of a blank
    /// screen.
    fn pause(&self) -> Duration {
        let pace = self.console.pace();
        let blank = self.state.blank_since().map(|since| self.until(since + BLANK));
        pace.max(blank.unwrap_or_default())
    }

    /// Returns the time until `millis` milliseconds after the start.
    fn until(&self, millis: u64) -> Duration {
        Duration::from_millis(millis).saturating_sub(self.start.elapsed())
    }

    fn tick(&mut self) -> anyhow::Result<()> {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.act(Action::Tick(self.clock.now(), millis))
    }

    fn take(&mut self, event: Event) -> anyhow::Result<()> {
        let action = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => press(key).map(Action::Press),
            Event::Paste(text) => Some(Action::Paste(text)),
            Event::Resize(columns, rows) => {
                self.console.resize(columns, rows)?;
                Some(Action::Resize(columns, rows))
            }
            _ => None,
        };
        if let Some(action) = action {
            self.tick()?;
            self.act(action)?;
        }
        Ok(())
    }

    fn act(&mut self, action: Action) -> anyhow::Result<()> {
        let effects = update(&mut self.state, action);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            match effect {
                Effect::Ask(ask) => self.worker.ask(*ask, self.clock.now()),
                Effect::Import(import) => self.worker.import(*import, self.clock.now()),
                Effect::FindPaths(typed) => {
                    let found = paths_from(&typed);
                    self.act(Action::Paths { typed, found })?;
                }
                Effect::Cancel(id) => self.worker.cancel(id),
                Effect::Copy(text) => {
                    execute!(self.console.screen.backend_mut(), CopyToClipboard::to_clipboard_from(text))?;
                }
                Effect::Export { path, text, rows } => {
                    let result =
                        write_new(&path, &text).map(|()| rows).map_err(|error| format!("{path}: {error}"));
                    self.act(Action::Exported(result))?;
                }
                Effect::Ledger(to) => self.end = Some(End::Ledger(to)),
                Effect::Quit => self.end = Some(End::Left),
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let mut seen = self.state.viewport;
        let state = &self.state;
        self.console.draw(|frame| seen = ui::render(state, frame))?;
        self.state.dirty = false;
        // More room than before may mean that a list wants its next page.
        self.act(Action::Drawn(seen))
    }
}

/// Writes a file that must not exist yet.
fn write_new(path: &str, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv").display().to_string();
        write_new(&path, "one").unwrap();
        assert_eq!(write_new(&path, "two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    }
}
