//! The terminal, shared by all event loops: its input, and the drawing of frames.

use super::paint::Paint;
use crate::app::{Key, Press};
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyModifiers};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use futures_util::StreamExt;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use std::io::{self, BufWriter, Stdout};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind};

/// At most thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);

/// Input from the terminal.
pub enum Input {
    /// A key, pasted text, or a new size.
    Event(Event),
    /// The terminal is gone.
    Gone,
}

/// The terminal.
pub struct Console {
    /// Where frames go.
    pub screen: Terminal<Paint<BufWriter<Stdout>>>,
    size: (u16, u16),
    events: EventStream,
    hangup: Signal,
    terminate: Signal,
    /// When the last frame and the one before were drawn.
    drawn: (Instant, Instant),
}

impl Console {
    /// Returns the terminal, which must have been taken over already.
    pub fn new() -> anyhow::Result<Self> {
        // The size comes from the kernel, not from the terminal: nothing is written and nothing waited for.
        // A terminal without a size (0 by 0) is taken for one of the usual size.
        let size = crossterm::terminal::size().ok().filter(|(columns, rows)| *columns > 0 && *rows > 0);
        let size = size.unwrap_or((80, 24));
        // A fixed viewport: the inline and full-screen ones may ask the terminal where its cursor is.
        let area = Rect::new(0, 0, size.0, size.1);
        let viewport = Viewport::Fixed(area);
        let backend = Paint::new(BufWriter::with_capacity(1 << 16, io::stdout()), area);
        let screen = Terminal::with_options(backend, TerminalOptions { viewport })?;
        let now = Instant::now();
        let drawn = now.checked_sub(FRAME * 2).unwrap_or(now);
        Ok(Self {
            screen,
            size,
            events: EventStream::new(),
            hangup: tokio::signal::unix::signal(SignalKind::hangup())?,
            terminate: tokio::signal::unix::signal(SignalKind::terminate())?,
            drawn: (drawn, drawn),
        })
    }

    /// Returns columns and rows.
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Takes the new size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) -> anyhow::Result<()> {
        let area = Rect::new(0, 0, columns, rows);
        self.size = (columns, rows);
        self.screen.backend_mut().resize(area);
        self.screen.resize(area)?;
        Ok(())
    }

    /// Waits for the next input.
    pub async fn next_input(&mut self) -> Input {
        tokio::select! {
            event = self.events.next() => match event {
                Some(Ok(event)) => Input::Event(event),
                Some(Err(_)) | None => Input::Gone,
            },
            _ = self.hangup.recv() => Input::Gone,
            _ = self.terminate.recv() => Input::Gone,
        }
    }

    /// Returns the next event, if there is one already. Polled with the task's own waker: the stream keeps
    /// the first waker it gets until an event comes, and with another waker the task would never be woken.
    pub async fn ready(&mut self) -> Option<Event> {
        let polled = std::future::poll_fn(|context| match self.events.poll_next_unpin(context) {
            Poll::Ready(event) => Poll::Ready(event),
            Poll::Pending => Poll::Ready(None),
        });
        polled.await.and_then(Result::ok)
    }

    /// Returns how long the next frame has to wait. Two frames may follow each other at once, that of a key
    /// and that of its answer; after that they keep the frame rate.
    pub fn pace(&self) -> Duration {
        let (last, before) = self.drawn;
        FRAME.saturating_sub(last.elapsed()).min((FRAME * 2).saturating_sub(before.elapsed()))
    }

    /// Draws a frame as a synchronized update, so that the terminal never shows it half drawn.
    pub fn draw(&mut self, frame: impl FnOnce(&mut Frame)) -> anyhow::Result<()> {
        queue!(self.screen.backend_mut(), BeginSynchronizedUpdate)?;
        self.screen.draw(frame)?;
        execute!(self.screen.backend_mut(), EndSynchronizedUpdate)?;
        self.drawn = (Instant::now(), self.drawn.0);
        Ok(())
    }
}

/// Converts a key event of the terminal library.
pub fn press(event: KeyEvent) -> Option<Press> {
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
