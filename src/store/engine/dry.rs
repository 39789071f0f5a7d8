//! A sink for dry runs: it reads from the ledger and drops what is written.

use super::{Param, Reader, Row, Sink, StoreError};

/// A sink that reads from below and drops what is written.
pub struct Dry<'r, R: Reader + ?Sized>(pub &'r mut R);

impl<R: Reader + ?Sized> Reader for Dry<'_, R> {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.read(sql, params, each)
    }
}

impl<R: Reader + ?Sized> Sink for Dry<'_, R> {
    fn run(&mut self, _: &str, _: &[Param<'_>]) -> Result<(), StoreError> {
        Ok(())
    }
}
