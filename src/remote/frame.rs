//! Frames: four bytes of length, most significant first, then that many bytes of JSON.
//!
//! A frame that ends early is ignored, so that a message is acted on as a whole or not at all.

use super::messages::MAX_FRAME;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Why a frame could not be read.
#[derive(Debug)]
pub enum FrameError {
    /// The input ended, between two frames or within one.
    Ended,
    /// Reading failed.
    Broken(io::Error),
    /// The frame is longer than [`MAX_FRAME`], or is not the expected message.
    Garbled(String),
}

/// Reads one frame.
///
/// # Errors
/// [`FrameError`]; a frame longer than [`MAX_FRAME`] is not read at all.
pub fn read<T: DeserializeOwned>(input: &mut impl Read) -> Result<T, FrameError> {
    let mut length = [0; 4];
    fill(input, &mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(FrameError::Garbled(format!("a frame of {length} bytes")));
    }
    let mut body = Vec::new();
    // The buffer grows as bytes arrive, so that a length alone does not reserve memory.
    let wanted = u64::try_from(length).unwrap_or(u64::MAX);
    input.take(wanted).read_to_end(&mut body).map_err(FrameError::Broken)?;
    if body.len() < length {
        return Err(FrameError::Ended);
    }
    serde_json::from_slice(&body).map_err(|error| FrameError::Garbled(error.to_string()))
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<(), FrameError> {
    input.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => FrameError::Ended,
        _ => FrameError::Broken(error),
    })
}

/// Writes one frame and flushes the output.
///
/// # Errors
/// The output's errors; `InvalidData` for a message longer than [`MAX_FRAME`], of which nothing is written.
pub fn write<T: Serialize>(output: &mut impl Write, message: &T) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_FRAME);
    let Some(length) = length else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {} bytes", body.len())));
    };
    // One write, so that a short message travels in one packet.
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&body);
    output.write_all(&frame)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_cut_frame_is_ignored() {
        let mut line = Vec::new();
        write(&mut line, &("费", i64::MAX)).unwrap();
        write(&mut line, &("", i64::MIN)).unwrap();
        let mut input = line.as_slice();
        assert_eq!(read::<(String, i64)>(&mut input).unwrap(), ("费".to_owned(), i64::MAX));
        assert_eq!(read::<(String, i64)>(&mut input).unwrap(), (String::new(), i64::MIN));
        assert!(matches!(read::<(String, i64)>(&mut input), Err(FrameError::Ended)));
        for cut in 1..line.len() {
            let mut half = &line[..cut];
            let mut whole = 0;
            while read::<(String, i64)>(&mut half).is_ok() {
                whole += 1;
            }
            assert_eq!(whole, usize::from(cut >= 4 + line[3] as usize), "cut at {cut}");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_and_what_is_no_json_are_refused() {
        let mut long: &[u8] = &[0xff, 0xff, 0xff, 0xff, b'x'];
        assert!(matches!(read::<u8>(&mut long), Err(FrameError::Garbled(_))));
        let mut noise: &[u8] = &[0, 0, 0, 3, b'a', b'b', b'c'];
        assert!(matches!(read::<u8>(&mut noise), Err(FrameError::Garbled(_))));
    }
}
