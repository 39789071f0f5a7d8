//! The workstation as a pure state machine: [`update()`] takes an [`Action`], changes the [`State`] and
//! returns the [`Effect`]s that the shell shall carry out.
//!
//! Nothing here reads a clock, a file or a terminal, so a whole session is a table of (state, keys, state).
//! The desk is reached only by [`Effect::Ask`]; its answers come back as [`Action::Reply`]. The newest
//! request of a slot wins: an outdated answer is dropped. Write requests share one slot and go one at a
//! time, so that a key held down cannot commit twice.
//!
//! Data lies in this folder and in `screens`; what changes it lies in `update`, which imports it and is
//! imported by none of it.

#[macro_use]
mod update;

mod action;
mod command;
mod cursor;
mod errand;
pub mod format;
mod keymap;
pub mod list;
mod location;
mod marks;
pub mod match_words;
mod message;
mod overlay;
mod palette;
pub mod picker;
mod places;
mod press;
pub mod screens;
mod state;
pub mod table;
mod theme_name;
mod unavailable;
mod viewport;

#[cfg(test)]
mod words_test;

pub use action::{Action, DeskRequest, Effect, ImportRequest, Slot, SlotPart};
pub use command::{Command, Danger, Where};
pub use keymap::{Keymap, KeymapError};
pub use location::LedgerLocation;
pub use message::{Message, Tone};
pub use overlay::{Confirm, Decision, Help, Notice, Overlay, Prompt};
pub use palette::Palette;
pub use picker::{NamedLedger, Picker, PickerAction, PickerEffect};
pub use places::{OpenScreen, Screen};
pub use press::{Key, Press};
pub use screens::{Route, ScreenKind};
pub use state::{PATIENCE, Pending, Resting, Setup, State};
pub use theme_name::ThemeName;
pub use unavailable::Unavailable;
pub use update::{Match, matches, update, why_not};
pub use viewport::Viewport;
