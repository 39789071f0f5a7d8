//! The event loop of the choice between ledgers. A ledger is opened on a thread of its own, so that the
//! choice can be drawn and changed meanwhile; a cancelled attempt ends by itself and is not waited for.

use super::console::{Console, Input, press};
use super::shell::{PATIENCE, TURN};
use super::{Open, Opened};
use crate::app::{Picker, PickerAction, PickerEffect};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::ui;
use crossterm::event::{Event, KeyEventKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Tried = (u64, Result<Opened, Refusal>);

/// The shell around the choice.
pub struct Choice<'c> {
    /// The choice.
    pub picker: Picker,
    console: &'c mut Console,
    open: Open,
    start: Instant,
    tell: UnboundedSender<Tried>,
    tried: UnboundedReceiver<Tried>,
    gone: Arc<AtomicBool>,
}

impl<'c> Choice<'c> {
    /// Returns a choice on the terminal.
    pub fn new(picker: Picker, open: Open, console: &'c mut Console) -> Self {
        let (tell, tried) = unbounded_channel();
        let gone = Arc::new(AtomicBool::new(false));
        Self { picker, console, open, start: Instant::now(), tell, tried, gone }
    }

    /// Runs until a ledger is open or the operator leaves; `wanted` is opened at once.
    pub async fn run(&mut self, wanted: Option<&str>) -> anyhow::Result<Option<Opened>> {
        if let Some(name) = wanted {
            let effects = self.picker.open(name);
            self.carry_out(effects)?;
        }
        loop {
            if self.picker.dirty && self.console.pace().is_zero() {
                let picker = &self.picker;
                self.console.draw(|frame| ui::render_picker(picker, frame))?;
                self.picker.dirty = false;
            }
            let wait = self.wait();
            let leave = tokio::select! {
                input = self.console.next_input() => match input {
                    Input::Event(event) => {
                        let mut leave = self.take(&event)?;
                        while let Some(event) = self.console.ready().await {
                            leave |= self.take(&event)?;
                        }
                        leave
                    }
                    Input::Gone => true,
                },
                Some((number, result)) = self.tried.recv() => {
                    self.tick();
                    match result {
                        Ok(opened) if self.picker.opening.as_ref().is_some_and(|one| one.number == number) => {
                            return Ok(Some(opened));
                        }
                        Ok(_) => {}
                        Err(refusal) => {
                            self.picker.update(PickerAction::Failed(number, refusal));
                        }
                    }
                    false
                }
                () = tokio::time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => {
                    self.tick();
                    false
                }
            };
            if leave {
                return Ok(None);
            }
        }
    }

    fn wait(&self) -> Option<Duration> {
        if self.picker.dirty {
            return Some(self.console.pace());
        }
        let turn = if self.picker.slow().is_some() { TURN } else { PATIENCE };
        self.picker.opening.is_some().then_some(turn)
    }

    fn tick(&mut self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.picker.update(PickerAction::Tick(millis));
    }

    /// Takes an event; returns true if the operator leaves.
    fn take(&mut self, event: &Event) -> anyhow::Result<bool> {
        self.tick();
        let picked = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => press(*key).map(PickerAction::Press),
            Event::Resize(columns, rows) => {
                self.console.resize(*columns, *rows)?;
                Some(PickerAction::Resize)
            }
            _ => None,
        };
        let effects = picked.map(|picked| self.picker.update(picked)).unwrap_or_default();
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<PickerEffect>) -> anyhow::Result<bool> {
        let mut leave = false;
        for effect in effects {
            match effect {
                PickerEffect::Open(number, name) => self.try_to_open(number, name)?,
                PickerEffect::GiveUp => self.gone.store(true, Ordering::Relaxed),
                PickerEffect::Quit => leave = true,
            }
        }
        Ok(leave)
    }

    fn try_to_open(&mut self, number: u64, name: String) -> anyhow::Result<()> {
        self.gone = Arc::new(AtomicBool::new(false));
        let (open, tell, gone) = (Arc::clone(&self.open), self.tell.clone(), Arc::clone(&self.gone));
        let thread = std::thread::Builder::new().name(super::worker::NAME.to_owned());
        thread.spawn(move || {
            let mut watch = AttemptWatch(gone);
            let opened = catch_unwind(AssertUnwindSafe(|| open(&name, &mut watch)));
            let opened = opened.unwrap_or_else(|_| {
                let args = vec![("detail".to_owned(), "panic".to_owned())];
                Err(Refusal::Fault { code: "STORNO-INTERNAL".to_owned(), args })
            });
            // If the receiver is gone, the ledger is closed with the message.
            let _ = tell.send((number, opened));
        })?;
        Ok(())
    }
}

impl Drop for Choice<'_> {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

/// The watch of one attempt.
struct AttemptWatch(Arc<AtomicBool>);

impl Watch for AttemptWatch {
    fn progress(&mut self, _: Progress) {}
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
