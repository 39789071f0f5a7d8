//! Unpacks the gzip downloads of channels as a stream.

use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, Read};

/// The first bytes of a gzip.
pub(super) const GZIP: &[u8] = b"\x1f\x8b";

/// Marks an error of a reader as that of a damaged gzip.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct GzipError(io::Error);

/// Unpacks a gzip; a cut or damaged one ends in an error that carries a [`GzipError`].
pub(super) struct Gunzip<R>(MultiGzDecoder<BufReader<R>>);

impl<R: Read> Gunzip<R> {
    /// Unpacks from the beginning of a gzip.
    pub(super) fn new(input: R) -> Self {
        Self(MultiGzDecoder::new(BufReader::new(input)))
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::new(io::ErrorKind::InvalidData, GzipError(error)),
        })
    }
}
