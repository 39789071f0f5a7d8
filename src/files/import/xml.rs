//! XML and SGML, element by element, in constant memory.
//!
//! Element names are without prefix, whatever the namespace. A document type and entities of the file's own are
//! refused, and depth, tags and texts have limits, so that a small file cannot grow in memory. SGML is XML whose
//! elements with text need no end tag, as OFX 1 has it.

use super::decoded::decoded_from;
use super::lines::io_reason;
use super::reason::{FileError, Reason, SHOWN_CHARS, shown};
use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use std::io::{self, BufRead, BufReader, Cursor, Read};

/// Deepest nesting: a statement's elements are at most about fifteen deep.
const MAX_DEPTH: usize = 40;

/// Longest tag, comment or text in bytes: the longest texts of the formats are below 2 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// Bytes at the beginning in which the encoding is declared.
const DECLARED_BYTES: u64 = 1024;

/// Size of the read buffer in bytes.
const BUFFER_BYTES: usize = 32 * 1024;

/// The attribute that is kept of each element: the currency of an amount.
const CURRENCY: &str = "Ccy";

/// Whether elements with text need an end tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Every element ends with its tag.
    Xml,
    /// An element of text ends where the next tag begins.
    Sgml,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// An element begins: the last one of the path.
    Opens,
    /// The last element of the path ends.
    Closes,
}

/// A tag that waits until the element of text before it has ended.
enum Waiting {
    Open(String, (u64, usize)),
    Close(String),
}

/// The elements of a file.
pub(super) struct Elements<'r> {
    reader: Reader<Counted<Box<dyn Read + 'r>>>,
    markup: Markup,
    buffer: Vec<u8>,
    /// Names of the open elements with a slash before each.
    path: String,
    depth: usize,
    text: String,
    /// The attribute [`CURRENCY`] of the element that was opened last.
    currency: String,
    /// Whether the last element of the path has ended and leaves it at the next step.
    closing: bool,
    /// Whether the last element of the path is an open one without elements in it.
    is_leaf: bool,
    waiting: Option<Waiting>,
    /// Line and index of the byte in it where the last tag began.
    place: (u64, usize),
    began: bool,
}

impl<'r> Elements<'r> {
    /// Returns the elements of a file in the encoding that `encoding` finds in its first bytes.
    pub(super) fn new(
        mut input: impl Read + 'r,
        markup: Markup,
        encoding: fn(&[u8]) -> Result<&'static Encoding, Reason>,
    ) -> Result<Self, Box<FileError>> {
        let mut start = Vec::new();
        let read = (&mut input).take(DECLARED_BYTES).read_to_end(&mut start);
        read.map_err(|error| FileError::whole(io_reason(&error)))?;
        if start.trim_ascii().is_empty() {
            return Err(FileError::whole(Reason::Empty {}));
        }
        let encoding = encoding(&start).map_err(|reason| FileError::at(1, reason))?;
        let text = decoded_from(Cursor::new(start).chain(input), encoding);
        let mut reader = Reader::from_reader(Counted::new(text));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        if markup == Markup::Sgml {
            config.allow_dangling_amp = true;
            config.allow_unmatched_ends = true;
            config.check_end_names = false;
        }
        Ok(Self {
            reader,
            markup,
            buffer: Vec::new(),
            path: String::new(),
            depth: 0,
            text: String::new(),
            currency: String::new(),
            closing: false,
            is_leaf: false,
            waiting: None,
            place: (1, 0),
            began: false,
        })
    }

    /// The names from the outermost element to the one that the last step was about, with a slash before each.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The text of an element that closes, without blanks around it and line breaks in it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The currency that is an attribute of the element of text that closes; empty if there is none.
    pub(super) fn currency(&self) -> &str {
        &self.currency
    }

    /// The line of the tag at which the element of the last step began or ended, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.place.0
    }

    /// Returns a refusal of the element that the last step was about.
    pub(super) fn refuse(&self, reason: Reason) -> Box<FileError> {
        let whole = self.path.trim_start_matches('/');
        // Of a long path the inner elements say where it is.
        let inner = whole.match_indices('/').find(|(at, _)| whole.len() - at < SHOWN_CHARS);
        let name = match inner {
            Some((at, _)) if whole.len() > SHOWN_CHARS => format!("…{}", whole.get(at..).unwrap_or_default()),
            _ => whole.to_owned(),
        };
        let name = Some(name.as_str()).filter(|name| !name.is_empty());
        FileError::at(self.place.0, reason).in_column(self.place.1, name)
    }

    /// Returns the next step; `None` at the end, where all elements have ended.
    pub(super) fn next(&mut self) -> Result<Option<Step>, Box<FileError>> {
        self.leave();
        match self.waiting.take() {
            Some(Waiting::Open(name, place)) => {
                self.place = place;
                return self.open(&name).map(Some);
            }
            Some(Waiting::Close(name)) => return self.close(name).map(Some),
            None => {}
        }
        loop {
            let input = self.reader.get_mut();
            input.left = MAX_BYTES;
            let place = (input.line, input.index);
            self.buffer.clear();
            let before = self.text.len();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.broken(&error)),
            };
            match event {
                Event::Start(tag) => {
                    let name = tag.local_name().as_ref().to_owned();
                    if self.markup == Markup::Sgml && self.is_leaf && !self.text.trim().is_empty() {
                        self.waiting = Some(Waiting::Open(name, place));
                        self.closing = true;
                        return Ok(Some(Step::Closes));
                    }
                    let currency = currency(&tag);
                    self.place = place;
                    if self.depth == 0 && self.began {
                        return Err(self.refuse(Reason::TextAfterFooter {}));
                    }
                    self.currency = currency.map_err(|detail| self.refuse(Reason::BadXml { detail }))?;
                    return self.open(&name).map(Some);
                }
                Event::End(tag) => {
                    if !self.is_leaf {
                        self.place = place;
                    }
                    let name = tag.local_name().as_ref().to_owned();
                    return self.close(name).map(Some);
                }
                Event::Text(text) => append(&mut self.text, &text),
                Event::CData(text) => append(&mut self.text, &text),
                Event::GeneralRef(reference) => {
                    let known = resolve_xml_entity(&reference).map(str::to_owned);
                    let character = || reference.resolve_char_ref().ok().flatten().map(String::from);
                    let is_sgml = self.markup == Markup::Sgml;
                    let text =
                        known.or_else(character).or_else(|| is_sgml.then(|| format!("&{};", &*reference)));
                    match text {
                        Some(text) => append(&mut self.text, &text),
                        None => return Err(self.refuse(Reason::XmlEntities {})),
                    }
                }
                Event::DocType(_) => {
                    self.place = place;
                    return Err(self.refuse(Reason::XmlEntities {}));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
                Event::Eof => return self.end().map(|()| None),
            }
            if self.text.len() > MAX_BYTES {
                return Err(self.refuse(Reason::XmlTooLong { limit: MAX_BYTES }));
            }
            if self.depth == 0 {
                self.outside()?;
            }
            let added = self.text.get(before..).unwrap_or_default();
            if let Some(control) = added.chars().find(|c| c.is_control()) {
                let character = format!("U+{:04X}", u32::from(control));
                return Err(self.refuse(Reason::ControlCharacter { character }));
            }
        }
    }

    /// Takes the element that has ended out of the path.
    fn leave(&mut self) {
        if self.closing {
            self.path.truncate(self.path.rfind('/').unwrap_or(0));
            self.depth -= 1;
            self.closing = false;
            self.is_leaf = false;
            self.text.clear();
        }
    }

    fn open(&mut self, name: &str) -> Result<Step, Box<FileError>> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(Reason::XmlTooDeep { limit: MAX_DEPTH }));
        }
        // A tag whose end is damaged has the next tag in its name, which would count as two elements of the path.
        if name.contains('/') {
            return Err(self.refuse(Reason::BadXml { detail: format!("<{}>", shown(name)) }));
        }
        self.path.push('/');
        self.path.push_str(name);
        self.depth += 1;
        self.text.clear();
        (self.is_leaf, self.began) = (true, true);
        Ok(Step::Opens)
    }

    /// Ends the last element of the path, and at the next step the one of this name if that is another one.
    fn close(&mut self, name: String) -> Result<Step, Box<FileError>> {
        let is_open = self.path.split('/').skip(1).any(|open| open == name);
        if !is_open {
            return Err(self.refuse(Reason::BadXml { detail: format!("</{}>", shown(&name)) }));
        }
        if self.path.rsplit('/').next() != Some(name.as_str()) {
            self.waiting = Some(Waiting::Close(name));
        }
        self.closing = true;
        Ok(Step::Closes)
    }

    /// Checks text outside of all elements: blanks only, or the header of an SGML file.
    fn outside(&mut self) -> Result<(), Box<FileError>> {
        let is_header = self.markup == Markup::Sgml && !self.began;
        if !is_header && !self.text().trim_start_matches('\u{feff}').is_empty() {
            let value = shown(self.text());
            return Err(FileError::at(
                self.reader.get_ref().line,
                if self.began { Reason::TextAfterFooter {} } else { Reason::BadXml { detail: value } },
            ));
        }
        Ok(())
    }

    /// Checks the end of the file.
    fn end(&self) -> Result<(), Box<FileError>> {
        let line = self.reader.get_ref().line;
        match self.path.split('/').nth(1) {
            Some(open) => {
                Err(FileError::at(line, Reason::FooterMissing { what: format!("</{}>", shown(open)) }))
            }
            None if self.began => Ok(()),
            None => Err(FileError::whole(Reason::Empty {})),
        }
    }

    /// Returns the refusal of what the XML reader does not read.
    fn broken(&self, error: &quick_xml::Error) -> Box<FileError> {
        let input = self.reader.get_ref();
        let reason = match error {
            _ if input.left == 0 => Reason::XmlTooLong { limit: MAX_BYTES },
            quick_xml::Error::Io(error) => io_reason(error),
            error => Reason::BadXml { detail: shown(&error.to_string()) },
        };
        FileError::at(input.line, reason)
    }
}

/// Returns the encoding that the declaration of an XML file names: UTF-8 if it names none.
pub(super) fn declared_encoding(start: &[u8]) -> Result<&'static Encoding, Reason> {
    let (text, is_marked) = match start.strip_prefix(b"\xef\xbb\xbf") {
        Some(text) => (text, true),
        None => (start, false),
    };
    let text = String::from_utf8_lossy(text.trim_ascii_start());
    let declaration = text.strip_prefix("<?xml").and_then(|text| text.split("?>").next());
    let named = declaration.and_then(|text| text.split_once("encoding")).map(|(_, text)| text.trim_start());
    let Some(named) = named.filter(|_| !is_marked) else { return Ok(UTF_8) };
    let named = named.trim_start_matches(['=', ' ', '"', '\'']);
    known_encoding(named.split(['"', '\'']).next().unwrap_or_default())
}

/// Returns the encoding of a name; refuses one whose characters are not at least one byte of ASCII.
pub(super) fn known_encoding(name: &str) -> Result<&'static Encoding, Reason> {
    let known = Encoding::for_label(name.as_bytes()).filter(|known| known.is_ascii_compatible());
    known.ok_or_else(|| Reason::UnknownEncoding { value: shown(name) })
}

/// Returns the attribute [`CURRENCY`] of a tag.
fn currency(tag: &BytesStart<'_>) -> Result<String, String> {
    let mut currency = String::new();
    if tag.attributes_raw().is_empty() {
        return Ok(currency);
    }
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| shown(&error.to_string()))?;
        if attribute.key.local_name().as_ref() == CURRENCY {
            attribute.value.trim().clone_into(&mut currency);
        }
    }
    Ok(currency)
}

/// Appends text, with blanks in place of line breaks and tabs.
fn append(text: &mut String, more: &str) {
    if !more.contains(['\n', '\r', '\t']) {
        text.push_str(more);
        return;
    }
    for word in more.split_inclusive(char::is_whitespace) {
        match word.strip_suffix(['\n', '\r', '\t']) {
            Some(before) => {
                text.push_str(before);
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            None => text.push_str(word),
        }
    }
}

/// Counts the lines of what is read, and limits how much is read at once.
struct Counted<R> {
    input: BufReader<R>,
    line: u64,
    /// Bytes of the line that are read.
    index: usize,
    /// Bytes that may be read until the next event; 0 if it is longer.
    left: usize,
}

impl<R: Read> Counted<R> {
    fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(BUFFER_BYTES, input), line: 1, index: 0, left: MAX_BYTES }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let read = self.input.buffer().get(..count).unwrap_or_default();
        match read.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                self.line += read.iter().fold(0, |lines, byte| lines + u64::from(*byte == b'\n'));
                self.index = count - last - 1;
            }
            None => self.index += count,
        }
        self.left = self.left.saturating_sub(count);
        self.input.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each element of text with its path, in order.
    fn leaves(text: &str, markup: Markup) -> Result<Vec<String>, FileError> {
        let mut elements = Elements::new(text.as_bytes(), markup, |_| Ok(UTF_8)).map_err(|error| *error)?;
        let (mut found, mut opened) = (Vec::new(), String::new());
        while let Some(step) = elements.next().map_err(|error| *error)? {
            match step {
                Step::Opens => elements.path().clone_into(&mut opened),
                Step::Closes if opened == elements.path() => {
                    found.push(format!("{}={}{}", opened, elements.text(), elements.currency()));
                }
                Step::Closes => {}
            }
        }
        Ok(found)
    }

    fn refused(text: &str) -> String {
        leaves(text, Markup::Xml).unwrap_err().to_string()
    }

    #[test]
    fn elements_are_read_with_prefix_entities_and_cdata() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\r\n<!-- x --><n:a xmlns:n=\"u\">\r\n <n:b Ccy=\"EUR\">1 &amp; \
                    &#x32;<![CDATA[<3>]]>\r\n  4</n:b><c/>\r\n</n:a>\r\n";
        assert_eq!(leaves(text, Markup::Xml).unwrap(), ["/a/b=1 & 2<3>   4EUR", "/a/c="]);
    }

    #[test]
    fn a_tag_without_its_end_is_refused() {
        for markup in [Markup::Xml, Markup::Sgml] {
            let error = leaves("<a><b!1</b></a></b></a>", markup).unwrap_err().to_string();
            assert!(error.contains("bad_xml"), "{error}");
        }
    }

    #[test]
    fn elements_of_text_need_no_end_in_sgml() {
        let text = "HEAD:1\r\n\r\n<A><B>AT&T &nbsp;<C><D>1<E>2</C><F>3</F></A>";
        assert_eq!(
            leaves(text, Markup::Sgml).unwrap(),
            ["/A/B=AT&T &nbsp;", "/A/C/D=1", "/A/C/E=2", "/A/F=3"]
        );
        let error = leaves("<A><B>1</A></C>", Markup::Sgml).unwrap_err();
        assert_eq!(error.to_string(), ":1:12: bad_xml detail=</C>");
    }

    #[test]
    fn what_is_no_statement_is_refused_with_its_place() {
        let deep = "<a>".repeat(41);
        let long = format!("<a>{}</a>", "x".repeat(200_000));
        let pieces = format!("<a>{}</a>", "x<!---->".repeat(100_000));
        let entity = "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>";
        for (text, expected) in [
            ("", ": empty"),
            (" \n", ": empty"),
            ("x<a/>", ":1: bad_xml detail=x"),
            ("<a>\n<b>1</c></a>", ":2"),
            ("<a>\n<b>1", ":2: footer_missing what=</a>"),
            ("<a/>\n<b/>", ":2:1: text_after_footer"),
            ("<a/>\nx", ":2: text_after_footer"),
            ("<a>&b;</a>", ":1:1 (a): xml_entities"),
            ("<a>\u{1}</a>", ":1:1 (a): control_character character=U+0001"),
            ("<a>\n <b c='1' c='2'/></a>", ":2:2 (a): bad_xml"),
            (entity, ":1:1: xml_entities"),
            (&deep, "xml_too_deep limit=40"),
            (&long, ":1: xml_too_long limit=65536"),
            (&pieces, "xml_too_long limit=65536"),
        ] {
            let error = refused(text);
            assert!(error.contains(expected), "{error}");
        }
    }
}
