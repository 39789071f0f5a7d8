//! Writes changed cells to the terminal in few bytes, because over a slow connection every byte costs time.
//!
//! The library's backend writes both colours whenever one changes, each as a long code, and positions the
//! cursor again after every Chinese character. Here one code carries only what changed; the cursor is not
//! positioned after a wide character; a few unchanged cells are reprinted if that is shorter than skipping
//! them; and long runs of blanks are erased. A blank has no visible colour of its own unless it is reversed
//! or underlined, so no code is spent on it.

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Runs of at least this many blanks are erased; shorter ones are cheaper printed than erased and skipped.
const MANY_BLANKS: u16 = 10;

/// The attributes that are visible on blanks.
const SHOWS_ON_BLANKS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// Attributes with the code that switches them on and the one that switches them off.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// A terminal backend on a writer.
pub struct Paint<W: Write> {
    inner: CrosstermBackend<W>,
    shown: Buffer,
    cursor_hidden: bool,
}

impl<W: Write> Paint<W> {
    /// Returns a backend for a blank terminal of this size.
    pub fn new(writer: W, area: Rect) -> Self {
        Self { inner: CrosstermBackend::new(writer), shown: Buffer::empty(area), cursor_hidden: false }
    }

    /// Takes the new size of the terminal, which is cleared next.
    pub fn resize(&mut self, area: Rect) {
        self.shown = Buffer::empty(area);
    }
}

impl<W: Write> Write for Paint<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

/// The style of the next character.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Returns true if a blank looks the same with either pen.
    fn blank_alike(self, other: Self) -> bool {
        self.bg == other.bg
            && !self.modifier.intersects(SHOWS_ON_BLANKS)
            && !other.modifier.intersects(SHOWS_ON_BLANKS)
    }

    /// Returns the code that changes this pen to another.
    fn change(self, to: Self) -> String {
        if to == Self::default() {
            return "\x1b[m".to_owned();
        }
        let mut codes: Vec<String> = Vec::new();
        let mut now = self.modifier;
        for (attribute, _, off) in ATTRIBUTES {
            if now.contains(attribute) && !to.modifier.contains(attribute) {
                codes.push(off.to_owned());
                // Bold and dim share one code for off, and so do both kinds of blinking.
                for (other, _, same) in ATTRIBUTES {
                    if same == off {
                        now.remove(other);
                    }
                }
            }
        }
        for (attribute, on, _) in ATTRIBUTES {
            if to.modifier.contains(attribute) && !now.contains(attribute) {
                codes.push(on.to_owned());
            }
        }
        if self.fg != to.fg {
            codes.push(colour(to.fg, 30));
        }
        if self.bg != to.bg {
            codes.push(colour(to.bg, 40));
        }
        format!("\x1b[{}m", codes.join(";"))
    }
}

/// Returns the code of a colour; `base` is 30 for the foreground and 40 for the background.
fn colour(colour: Color, base: u16) -> String {
    let named = match colour {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
        Color::Indexed(index) => return format!("{};5;{index}", base + 8),
    };
    (base + named).to_string()
}

/// Returns the shortest code that moves the cursor.
fn step(from: Option<Position>, to: Position) -> String {
    let whole =
        if to.x == 0 { format!("\x1b[{}H", to.y + 1) } else { format!("\x1b[{};{}H", to.y + 1, to.x + 1) };
    match from {
        Some(from) if from == to => String::new(),
        Some(from) if from.y == to.y && from.x + 1 == to.x => "\x1b[C".to_owned(),
        Some(from) if from.y == to.y && from.x < to.x => format!("\x1b[{}C", to.x - from.x),
        Some(from) if from.y + 1 == to.y && to.x == 0 => "\r\n".to_owned(),
        _ => whole,
    }
}

/// Writes the cells at these positions, given in reading order, from the buffer to be shown.
fn paint(out: &mut impl Write, shown: &Buffer, places: &[Position]) -> io::Result<()> {
    let columns = shown.area.width;
    let mut places = places.iter().copied().peekable();
    let mut pen = Pen::default();
    let mut at: Option<Position> = None;
    while let Some(place) = places.next() {
        let Position { x, y } = place;
        let cell = &shown[place];
        out.write_all(bridge(shown, at, place, pen).as_bytes())?;
        let wanted = Pen::of(cell);
        let blank = cell.symbol() == " ";
        if wanted != pen && !(blank && pen.blank_alike(wanted)) {
            out.write_all(pen.change(wanted).as_bytes())?;
            pen = wanted;
        }
        if !blank {
            out.write_all(cell.symbol().as_bytes())?;
            let width = u16::try_from(cell.symbol().width()).unwrap_or(1);
            // At the right edge the cursor stays on the last character until the next is printed.
            at = Some(Position { x: x + width, y }).filter(|next| next.x < columns);
            continue;
        }
        let alike = |x: &u16| shown[(*x, y)].symbol() == " " && pen.blank_alike(Pen::of(&shown[(*x, y)]));
        let end = (x + 1..columns).find(|x| !alike(x)).unwrap_or(columns);
        let mut last = x;
        while let Some(next) = places.next_if(|next| next.y == y && next.x < end) {
            last = next.x;
        }
        let count = last + 1 - x;
        // Not every terminal erases with the background colour.
        let erasable = pen.bg == Color::Reset && !pen.modifier.intersects(SHOWS_ON_BLANKS);
        at = if erasable && end == columns && (count > 3 || last + 1 == columns) {
            out.write_all(b"\x1b[K")?;
            Some(place)
        } else if erasable && count >= MANY_BLANKS {
            write!(out, "\x1b[{count}X")?;
            Some(place)
        } else {
            out.write_all(" ".repeat(usize::from(count)).as_bytes())?;
            Some(Position { x: last + 1, y }).filter(|next| next.x < columns)
        };
    }
    if pen != Pen::default() {
        out.write_all(b"\x1b[m")?;
    }
    Ok(())
}

/// Returns the cursor movement: reprints the cells in between if they have the current style and that is
/// shorter than an escape sequence.
fn bridge(shown: &Buffer, from: Option<Position>, to: Position, pen: Pen) -> String {
    let code = step(from, to);
    let Some(from) = from.filter(|from| from.y == to.y && from.x < to.x) else { return code };
    if usize::from(to.x - from.x) > code.len() {
        return code;
    }
    let mut between = String::new();
    for x in from.x..to.x {
        let cell = &shown[(x, to.y)];
        let same = Pen::of(cell) == pen || (cell.symbol() == " " && pen.blank_alike(Pen::of(cell)));
        if !same || cell.symbol().width() != 1 {
            return code;
        }
        between.push_str(cell.symbol());
    }
    if between.len() < code.len() { between } else { code }
}

impl<W: Write> Backend for Paint<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut places = Vec::new();
        for (x, y, cell) in content {
            let width = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
            let mut edge = x + width;
            for covered in x..x + width {
                let Some(shown) = self.shown.cell_mut((covered, y)) else { continue };
                edge = edge.max(covered + u16::try_from(shown.symbol().width()).unwrap_or(1));
                // A cell covered by a wide character is not part of `content`, but its content is gone.
                if covered == x {
                    shown.clone_from(cell);
                    places.push(Position { x, y });
                } else {
                    shown.reset();
                    shown.set_style(cell.style());
                }
            }
            // If a narrow character replaces a wide one, redraw the freed cell too: some terminals keep it
            // as a zero-width cell and shift the rest to the left.
            let halves = x + width..edge.min(self.shown.area.width);
            places.extend(halves.map(|x| Position { x, y }));
        }
        places.dedup();
        paint(&mut self.inner, &self.shown, &places)
    }
    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_hidden, true) { Ok(()) } else { self.inner.hide_cursor() }
    }
    fn show_cursor(&mut self) -> io::Result<()> {
        self.cursor_hidden = false;
        self.inner.show_cursor()
    }
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }
    fn clear(&mut self) -> io::Result<()> {
        self.shown.reset();
        self.inner.clear()
    }
    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.shown.reset();
        self.inner.clear_region(clear_type)
    }
    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }
    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }
    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Style;
    use std::num::NonZero;

    const COLUMNS: u16 = 24;
    const ROWS: u16 = 4;

    /// Returns a screen of some words in some styles.
    fn screen(words: &[(u16, u16, String, u8)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
        for (x, y, word, look) in words {
            let styles = [
                Style::new(),
                Style::new().fg(Color::Yellow),
                Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD),
                Style::new().add_modifier(Modifier::DIM),
                Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
                Style::new().fg(Color::Indexed(200)).bg(Color::Blue),
                Style::new().add_modifier(Modifier::UNDERLINED | Modifier::ITALIC),
                Style::new().bg(Color::Rgb(1, 2, 3)),
            ];
            let room = usize::from(COLUMNS - x);
            let style = Style::reset().patch(styles[usize::from(*look) % styles.len()]);
            buffer.set_stringn(*x, *y, word, room, style);
        }
        buffer
    }

    type Seen = Vec<(String, Option<(vt100::Color, bool, bool)>, vt100::Color, bool, bool)>;

    /// Returns what a reader sees: letters with their style, blanks with what is visible of theirs.
    fn seen(terminal: &vt100::Parser) -> Seen {
        let cells = (0..ROWS).flat_map(|y| (0..COLUMNS).map(move |x| (y, x)));
        cells
            .map(|(y, x)| {
                let cell = terminal.screen().cell(y, x).unwrap();
                let text = cell.contents().trim().to_owned();
                let letters = (!text.is_empty()).then(|| (cell.fgcolor(), cell.bold(), cell.italic()));
                (text, letters, cell.bgcolor(), cell.inverse(), cell.underline())
            })
            .collect()
    }

    fn terminal() -> vt100::Parser {
        let cells = |count| NonZero::new(count).unwrap();
        vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0)
    }

    /// Words on even columns and of even widths: what remains of half a wide character depends on the
    /// terminal.
    fn words() -> impl Strategy<Value = Vec<(u16, u16, String, u8)>> {
        let wide = Just("记错账户".to_owned());
        let word = prop_oneof!["([a-z]{2}){1,4}", wide, "(  ){1,10}", Just("│ 1,234.56".to_owned())];
        prop::collection::vec(((0..COLUMNS / 2).prop_map(|x| x * 2), 0..ROWS, word, 0_u8..8), 0..14)
    }

    #[test]
    fn the_other_half_of_a_wide_character_is_erased_with_it() {
        let line = |words: &str| screen(&[(0, 0, words.to_owned(), 0)]);
        let (before, after) = (line("记错账户记错|"), line("            |"));
        let mut bytes = Vec::new();
        let mut brush = Paint::new(&mut bytes, before.area);
        brush.draw(Buffer::empty(before.area).diff(&before).into_iter()).unwrap();
        brush.draw(before.diff(&after).into_iter()).unwrap();
        drop(brush);
        // In tmux the remaining half stays a zero-width cell, and the bar behind it moves to the left.
        let told = String::from_utf8(bytes).unwrap();
        assert!(told.ends_with("|\x1b[1H\x1b[12X"), "{told:?}");
    }

    proptest! {
        #[test]
        fn what_is_painted_over_is_seen_as_the_library_would_paint_it(
            before in words(),
            after in words(),
            then in words(),
        ) {
            let (first, second, third) = (screen(&before), screen(&after), screen(&then));
            let blank = Buffer::empty(first.area);
            let (mut ours, mut theirs) = (terminal(), terminal());
            let mut bytes = Vec::new();
            let mut brush = Paint::new(&mut bytes, first.area);
            for (from, to) in [(&blank, &first), (&first, &second), (&second, &third)] {
                brush.draw(from.diff(to).into_iter()).unwrap();
            }
            drop(brush);
            ours.process(&bytes);
            let mut long = Vec::new();
            for (from, to) in [(&blank, &first), (&first, &second), (&second, &third)] {
                CrosstermBackend::new(&mut long).draw(from.diff(to).into_iter()).unwrap();
            }
            let mut anew = Vec::new();
            CrosstermBackend::new(&mut anew).draw(blank.diff(&third).into_iter()).unwrap();
            theirs.process(&anew);
            prop_assert_eq!(seen(&ours), seen(&theirs));
            prop_assert!(bytes.len() <= long.len(), "{} bytes instead of {}", bytes.len(), long.len());
        }
    }
}
