//! Text in another encoding as UTF-8, while it is read.

use crate::files::profile::TextEncoding;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Cursor, Read};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// Bytes of UTF-8 that decoding a chunk may give: each byte of Windows-1252 at most three.
const TEXT_BYTES: usize = CHUNK_BYTES * 3 + 16;

/// Text that is not in its encoding.
#[derive(Debug, thiserror::Error)]
#[error("byte {byte} is not valid {expected}")]
pub(super) struct WrongText {
    /// Name of the encoding.
    pub(super) expected: &'static str,
    /// The wrong byte, from 1.
    pub(super) byte: u64,
}

/// A reader of UTF-8 over one of another encoding.
struct Decoded<R> {
    input: R,
    decoder: Decoder,
    expected: &'static str,
    raw: Vec<u8>,
    /// What of `raw` is not decoded yet.
    left: std::ops::Range<usize>,
    text: Vec<u8>,
    /// What of `text` is not passed on yet.
    ready: std::ops::Range<usize>,
    /// Bytes before `raw`.
    before: u64,
    ended: bool,
}

/// Returns the text of a table as UTF-8, or as it is if lines are decoded one by one.
///
/// # Errors
/// What reading the first bytes fails with.
pub(super) fn decoded<'r>(
    mut input: impl Read + 'r,
    encoding: TextEncoding,
) -> io::Result<Box<dyn Read + 'r>> {
    if encoding == TextEncoding::Windows1252 {
        return Ok(Box::new(Decoded::new(
            input,
            WINDOWS_1252.new_decoder_without_bom_handling(),
            "Windows-1252",
        )));
    }
    if !matches!(encoding, TextEncoding::Auto | TextEncoding::Utf16) {
        return Ok(Box::new(input));
    }
    let mut start = Vec::new();
    (&mut input).take(2).read_to_end(&mut start)?;
    let decoder = match start.as_slice() {
        [0xfe, 0xff] => UTF_16BE.new_decoder(),
        [0xff, 0xfe] => UTF_16LE.new_decoder(),
        _ if encoding == TextEncoding::Utf16 => UTF_16LE.new_decoder_without_bom_handling(),
        _ => return Ok(Box::new(Cursor::new(start).chain(input))),
    };
    Ok(Box::new(Decoded::new(Cursor::new(start).chain(input), decoder, "UTF-16")))
}

/// Returns text in this encoding, of at most two bytes a character or UTF-8, as UTF-8.
pub(super) fn decoded_from<'r>(input: impl Read + 'r, encoding: &'static Encoding) -> Box<dyn Read + 'r> {
    Box::new(Decoded::new(input, encoding.new_decoder_without_bom_handling(), encoding.name()))
}

impl<R: Read> Decoded<R> {
    fn new(input: R, decoder: Decoder, expected: &'static str) -> Self {
        let (raw, text) = (vec![0; CHUNK_BYTES], vec![0; TEXT_BYTES]);
        Self { input, decoder, expected, raw, left: 0..0, text, ready: 0..0, before: 0, ended: false }
    }

    /// Decodes what is left of the chunk, or the next one.
    fn fill(&mut self) -> io::Result<()> {
        if self.left.is_empty() {
            self.before += self.left.end as u64;
            let count = self.input.read(&mut self.raw)?;
            self.left = 0..count;
            self.ended = count == 0;
        }
        let chunk = self.raw.get(self.left.clone()).unwrap_or_default();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(chunk, &mut self.text, self.ended);
        self.left.start += read;
        self.ready = 0..written;
        if let DecoderResult::Malformed(bad, after) = result {
            let byte =
                (self.before + self.left.start as u64).saturating_sub(u64::from(bad) + u64::from(after)) + 1;
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                WrongText { expected: self.expected, byte },
            ));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.ended {
            self.fill()?;
        }
        let count = self.ready.len().min(buffer.len());
        let ready = self.ready.start..self.ready.start + count;
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), self.text.get(ready)) {
            to.copy_from_slice(from);
        }
        self.ready.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: TextEncoding) -> io::Result<String> {
        let mut text = String::new();
        decoded(bytes, encoding)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_16_is_known_by_its_mark_and_read_in_either_order() {
        let text = "金额,amount 𝄞\n".repeat(9_000);
        let marked = format!("\u{feff}{text}");
        for bytes in [utf16(&marked, u16::to_le_bytes), utf16(&marked, u16::to_be_bytes)] {
            assert_eq!(read(&bytes, TextEncoding::Auto).unwrap(), text);
        }
        assert_eq!(read(&utf16(&text, u16::to_le_bytes), TextEncoding::Utf16).unwrap(), text);
        assert_eq!(read(text.as_bytes(), TextEncoding::Auto).unwrap(), text);
        assert_eq!(read(b"a", TextEncoding::Auto).unwrap(), "a");
        assert_eq!(read(b"", TextEncoding::Utf16).unwrap(), "");
    }

    #[test]
    fn windows_1252_has_one_byte_a_character() {
        assert_eq!(read(b"\x80 5, M\xfcller", TextEncoding::Windows1252).unwrap(), "€ 5, Müller");
    }

    #[test]
    fn half_a_character_is_named_by_its_place() {
        for (bytes, byte) in [(b"\xff\xfea\0\x00\xd8b\0".as_slice(), 5), (b"\xff\xfea\0b".as_slice(), 5)] {
            let error = read(bytes, TextEncoding::Auto).unwrap_err();
            let wrong = error.get_ref().unwrap().downcast_ref::<WrongText>().unwrap();
            assert_eq!((wrong.expected, wrong.byte), ("UTF-16", byte), "{bytes:?}");
        }
    }
}
