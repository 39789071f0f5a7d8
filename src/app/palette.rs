//! The open palette: its line and its cursor.

use tui_input::Input;

/// The palette: a line, and a cursor among the commands that match it.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// The line.
    pub input: Input,
    /// The match under the cursor.
    pub cursor: usize,
}
