//! The loop: events in, effects out, a frame when something changed.

use super::Clock;
use super::paint::Paint;
use super::worker::Worker;
use crate::app::{Action, Effect, Key, Press, State, update};
use crate::desk::Service;
use crate::ui;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use futures_util::StreamExt;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Stdout, Write};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// At most thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// A place just opened stays undrawn for so long: its answer usually comes sooner, and a blank screen before it would
/// only flicker.
const BLANK: u64 = 12;
/// While something runs, the spinner turns this often. Four times a second is lively and cheap.
const TURN: Duration = Duration::from_millis(250);
/// When a request has run this long it shows; the loop wakes for that.
const PATIENCE: Duration = Duration::from_millis(crate::app::PATIENCE + 5);

type Screen = Terminal<Paint<BufWriter<Stdout>>>;

/// The shell around the state.
pub struct Shell {
    state: State,
    clock: Clock,
    start: Instant,
    worker: Worker,
    replies: UnboundedReceiver<Action>,
    screen: Screen,
    /// When the last frame was drawn, and the one before.
    drawn: (Instant, Instant),
    quit: bool,
}

impl Shell {
    /// A shell over a desk. The terminal is already ours.
    pub fn new(mut state: State, clock: Clock, service: Box<dyn Service>) -> anyhow::Result<Self> {
        let (sender, replies) = unbounded_channel();
        let worker = Worker::start(service, sender)?;
        // The size comes from the kernel, not from the terminal: nothing is written and nothing waited for.
        // A terminal that never said its size (0 by 0) is taken for the usual one.
        let size = crossterm::terminal::size().ok().filter(|(columns, rows)| *columns > 0 && *rows > 0);
        let (columns, rows) = size.unwrap_or((80, 24));
        state.size = (columns, rows);
        // A fixed viewport: the inline and full-screen ones may ask the terminal where its cursor is.
        let area = Rect::new(0, 0, columns, rows);
        let viewport = Viewport::Fixed(area);
        let backend = Paint::new(BufWriter::with_capacity(1 << 16, io::stdout()), area);
        let screen = Terminal::with_options(backend, TerminalOptions { viewport })?;
        let start = Instant::now();
        let drawn = start.checked_sub(FRAME * 2).unwrap_or(start);
        Ok(Self { state, clock, start, worker, replies, screen, drawn: (drawn, drawn), quit: false })
    }

    /// Runs until the operator leaves or the terminal goes away.
    pub async fn run(mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        self.carry_out(effects)?;
        let mut events = EventStream::new();
        let mut hangup = signal(tokio::signal::unix::SignalKind::hangup())?;
        let mut terminate = signal(tokio::signal::unix::SignalKind::terminate())?;
        while !self.quit {
            if self.state.dirty && self.pause().is_zero() {
                self.draw()?;
            }
            let wait = self.wait();
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => {
                        self.take(event)?;
                        // Repeats that piled up while a frame was drawn are taken in one go.
                        while let Some(event) = ready(&mut events).await {
                            self.take(event)?;
                        }
                    }
                    // The terminal is gone: there is nobody to ask and nothing to lose.
                    Some(Err(_)) | None => break,
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
                _ = hangup.recv() => break,
                _ = terminate.recv() => break,
                () = tokio::time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => self.tick()?,
            }
        }
        Ok(())
    }

    /// How long nothing needs to be done; `None` for as long as nothing happens.
    fn wait(&self) -> Option<Duration> {
        if self.state.dirty {
            return Some(self.pause());
        }
        let rest = self.state.resting.map(|resting| self.until(resting.due));
        let turn = if self.state.slow().is_some() { TURN } else { PATIENCE };
        let turn = (!self.state.pending.is_empty()).then_some(turn);
        rest.into_iter().chain(turn).min()
    }

    /// How long the next frame has to wait. Two may follow each other at once, a key's and its answer's; then they keep
    /// their distance.
    fn pause(&self) -> Duration {
        let (last, before) = self.drawn;
        let pace = FRAME.saturating_sub(last.elapsed()).min((FRAME * 2).saturating_sub(before.elapsed()));
        let blank = self.state.blank_since().map(|since| self.until(since + BLANK));
        pace.max(blank.unwrap_or_default())
    }

    /// How long until so many milliseconds after the start.
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
                let area = Rect::new(0, 0, columns, rows);
                self.screen.backend_mut().resize(area);
                self.screen.resize(area)?;
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
                Effect::Cancel(id) => self.worker.cancel(id),
                Effect::Copy(text) => {
                    execute!(self.screen.backend_mut(), CopyToClipboard::to_clipboard_from(text))?;
                }
                Effect::Export { path, text, rows } => {
                    let result =
                        write_new(&path, &text).map(|()| rows).map_err(|error| format!("{path}: {error}"));
                    self.act(Action::Exported(result))?;
                }
                Effect::Ledger(_) | Effect::Quit => self.quit = true,
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        queue!(self.screen.backend_mut(), BeginSynchronizedUpdate)?;
        let mut seen = self.state.seen;
        let state = &self.state;
        self.screen.draw(|frame| seen = ui::render(state, frame))?;
        execute!(self.screen.backend_mut(), EndSynchronizedUpdate)?;
        self.state.dirty = false;
        self.drawn = (Instant::now(), self.drawn.0);
        // More room than before may mean that a list wants its next page.
        self.act(Action::Seen(seen))
    }
}

/// The next event, if there is one already. Polled with the task's own waker: the stream keeps the first waker it sees
/// until an event comes, and one that wakes nobody would leave the workstation deaf.
async fn ready(events: &mut EventStream) -> Option<Event> {
    let polled = std::future::poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    });
    polled.await.and_then(Result::ok)
}

fn signal(kind: tokio::signal::unix::SignalKind) -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(kind)
}

/// Writes a file that must not exist yet.
fn write_new(path: &str, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A key of the terminal in our words.
fn press(event: KeyEvent) -> Option<Press> {
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::F(n) => Key::F(n),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        _ => return None,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Press { key, ctrl, alt })
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
