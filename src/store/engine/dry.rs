//! A sink for dry runs: it reads from the ledger and drops what is written.

use super::{EachRow, Param, Reader, Sink, StoreError};

/// A sink that reads from an engine and drops what is written.
pub struct Dry<'r, R: Reader + ?Sized>(pub &'r mut R);

impl<R: Reader + ?Sized> Reader for Dry<'_, R> {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        self.0.read(sql, params, each)
    }

    fn is_prefetch(&self) -> bool {
        self.0.is_prefetch()
    }
}

impl<R: Reader + ?Sized> Sink for Dry<'_, R> {
    fn run(&mut self, _: &str, _: &[Param<'_>]) -> Result<(), StoreError> {
        Ok(())
    }
}
