//! The palette as it stands open: its line and its cursor.

use tui_input::Input;

/// The palette: a line and a cursor among what fits it.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// The line.
    pub input: Input,
    /// The match under the cursor.
    pub cursor: usize,
}
