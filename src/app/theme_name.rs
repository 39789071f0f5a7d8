//! Names of the themes that come with the program; what they look like is in `ui`.

use std::str::FromStr;

/// A theme that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ThemeName {
    /// The terminal's sixteen colours on a dark background.
    #[default]
    Dark,
    /// The terminal's sixteen colours on a light background.
    Light,
    /// Few colours, strong contrast.
    HighContrast,
    /// No colours, only bold, dim and reverse; the default under `NO_COLOR`.
    Mono,
}

impl ThemeName {
    /// Every theme.
    pub const ALL: &'static [Self] = &[Self::Dark, Self::Light, Self::HighContrast, Self::Mono];

    /// Its name in configuration and palette.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }
}

impl FromStr for ThemeName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or_else(|| text.to_owned())
    }
}
