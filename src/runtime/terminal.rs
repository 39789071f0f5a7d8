//! Takes over the terminal and restores it, whatever happens in between.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// While it lives, the terminal is taken over.
#[derive(Debug)]
pub struct TerminalGuard(());

impl TerminalGuard {
    /// Switches to raw mode, alternate screen and bracketed paste. The mouse is left to the terminal,
    /// because operators select amounts with it.
    pub fn enter() -> io::Result<Self> {
        hook_panics();
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self(());
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        Ok(guard)
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal; only the first call has an effect.
fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        // Ends a synchronized update that a panic may have left open.
        let _ = execute!(
            out,
            terminal::EndSynchronizedUpdate,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = out.flush();
        let _ = terminal::disable_raw_mode();
    }
}

/// A panic of the drawing thread restores the terminal before it is printed. One of the worker only goes to
/// the log: the workstation goes on and shows it.
fn hook_panics() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            tracing::error!(panic = %info, "panic");
            let worker = std::thread::current().name() == Some(super::worker::NAME);
            if worker && TAKEN.load(Ordering::SeqCst) {
                return;
            }
            restore();
            before(info);
        }));
    });
}
