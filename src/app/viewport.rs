//! How much of a list or document fits on the screen.

/// What the last frame had room for; the shell reports it after drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewport {
    /// Lines of the list or document that fit.
    pub rows: usize,
    /// Lines of the whole document.
    pub lines: usize,
    /// First line of the document that is shown.
    pub top: usize,
}
