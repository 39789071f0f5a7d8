//! Themes: how each tone looks.

use crate::app::{ThemeName, Tone};
use crate::config::Colour;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A theme.
// Read from a map, so that the code that reads a look is compiled once and not for each field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, Look>")]
pub struct Theme {
    plain: Look,
    dim: Look,
    strong: Look,
    title: Look,
    accent: Look,
    good: Look,
    warn: Look,
    bad: Look,
    differ: Look,
    selected: Look,
    border: Look,
    prod: Look,
    prod_frame: Look,
}

impl TryFrom<BTreeMap<String, Look>> for Theme {
    type Error = String;

    fn try_from(mut looks: BTreeMap<String, Look>) -> Result<Self, String> {
        let mut look = |name: &str| looks.remove(name).ok_or_else(|| format!("missing field `{name}`"));
        let theme = Self {
            plain: look("plain")?,
            dim: look("dim")?,
            strong: look("strong")?,
            title: look("title")?,
            accent: look("accent")?,
            good: look("good")?,
            warn: look("warn")?,
            bad: look("bad")?,
            differ: look("differ")?,
            selected: look("selected")?,
            border: look("border")?,
            prod: look("prod")?,
            prod_frame: look("prod_frame")?,
        };
        match looks.into_keys().next() {
            Some(name) => Err(format!("unknown field `{name}`")),
            None => Ok(theme),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    #[serde(default)]
    fg: Option<String>,
    #[serde(default)]
    bg: Option<String>,
    #[serde(default)]
    mods: Vec<String>,
}

impl Look {
    fn style(&self) -> Style {
        let colour = |name: &Option<String>| name.as_ref().and_then(|name| name.parse::<Color>().ok());
        let mut style = Style { fg: colour(&self.fg), bg: colour(&self.bg), ..Style::default() };
        for name in &self.mods {
            style = style.add_modifier(match name.as_str() {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                _ => Modifier::empty(),
            });
        }
        style
    }
}

static THEMES: LazyLock<[Theme; 4]> = LazyLock::new(|| {
    [
        include_str!("../../assets/themes/dark.toml"),
        include_str!("../../assets/themes/light.toml"),
        include_str!("../../assets/themes/high-contrast.toml"),
        include_str!("../../assets/themes/mono.toml"),
    ]
    // A theme that does not parse fails a test; at run time it is merely plain.
    .map(|text| toml::from_str(text).unwrap_or_default())
});

impl Theme {
    /// Returns a theme by its name.
    #[must_use]
    pub fn named(name: ThemeName) -> &'static Self {
        &THEMES[name as usize]
    }

    /// Returns how a tone looks.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.plain.style(),
            Tone::Dim => self.dim.style(),
            Tone::Title => self.title.style(),
            Tone::Accent => self.accent.style(),
            Tone::Good => self.good.style(),
            Tone::Warn => self.warn.style(),
            Tone::Bad => self.bad.style(),
            Tone::Differ => self.differ.style(),
            Tone::Named(colour) if self.accent.fg.is_some() => Style::new().fg(terminal(colour)),
            // A theme without colours has none for names either.
            Tone::Strong | Tone::Named(_) => self.strong.style(),
        }
    }

    /// Returns how the row under the cursor looks.
    #[must_use]
    pub fn selected(&self) -> Style {
        self.selected.style()
    }

    /// Returns how lines between panes look.
    #[must_use]
    pub fn border(&self) -> Style {
        self.border.style()
    }

    /// Returns how the word PROD looks.
    #[must_use]
    pub fn prod(&self) -> Style {
        self.prod.style()
    }

    /// Returns how the frame of a production ledger looks.
    #[must_use]
    pub fn prod_frame(&self) -> Style {
        self.prod_frame.style()
    }
}

const fn terminal(colour: Colour) -> Color {
    match colour {
        Colour::Red => Color::Red,
        Colour::Green => Color::Green,
        Colour::Yellow => Color::Yellow,
        Colour::Blue => Color::Blue,
        Colour::Magenta => Color::Magenta,
        Colour::Cyan => Color::Cyan,
        Colour::White => Color::White,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_parses_with_colours_and_modifiers_that_exist() {
        for name in ThemeName::ALL {
            let path = format!("{}/assets/themes/{}.toml", env!("CARGO_MANIFEST_DIR"), name.as_str());
            let text = std::fs::read_to_string(path).unwrap();
            let looks: BTreeMap<String, Look> = toml::from_str(&text).unwrap();
            let _: Theme = toml::from_str(&text).unwrap();
            for (part, look) in looks {
                for colour in look.fg.iter().chain(&look.bg) {
                    assert!(colour.parse::<Color>().is_ok(), "{name:?} {part}: {colour}");
                }
                for modifier in &look.mods {
                    let known = ["bold", "dim", "italic", "underlined", "reversed"];
                    assert!(known.contains(&modifier.as_str()), "{name:?} {part}: {modifier}");
                }
            }
        }
    }

    #[test]
    fn mono_has_no_colour_anywhere() {
        let theme = Theme::named(ThemeName::Mono);
        let tones = [
            Tone::Plain,
            Tone::Dim,
            Tone::Title,
            Tone::Accent,
            Tone::Good,
            Tone::Warn,
            Tone::Bad,
            Tone::Named(Colour::Red),
        ];
        for style in tones.map(|tone| theme.tone(tone)).into_iter().chain([theme.selected(), theme.prod()]) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
