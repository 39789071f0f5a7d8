//! Entries of a chunk of vouchers, read by the walk itself or ahead of it by another thread.

use crate::domain::voucher::Mode;
use crate::store::engine::{Param, Reader, StoreError};
use std::sync::mpsc::{Receiver, SyncSender};

/// Vouchers of one chunk: their entries fit the processor's cache between being read and being sealed.
pub(super) const CHUNK: i64 = 256;

/// Initial capacity of a chunk's entries.
pub(super) const USUAL_ENTRIES: usize = 2048;

/// An entry as stored.
pub(super) struct RawEntry {
    pub voucher: i64,
    pub line: i64,
    pub account: i64,
    pub seq: i64,
    pub side: i64,
    pub amount: i64,
    pub mode: Option<Mode>,
    pub before: i64,
    pub after: i64,
    pub currency: compact_str::CompactString,
}

/// Chunks of entries read by another thread, or the error that ended it.
pub(super) type Coming = Receiver<Result<Vec<RawEntry>, StoreError>>;

/// Reads the entries of one chunk after the other until the receiver is gone.
pub(super) fn read_ahead<R: Reader + ?Sized>(
    reader: &mut R,
    head: i64,
    send: &SyncSender<Result<Vec<RawEntry>, StoreError>>,
) {
    let mut from = 1;
    while from <= head {
        let until = head.min(from + CHUNK - 1);
        let mut entries = Vec::with_capacity(USUAL_ENTRIES);
        let read = read_entries(reader, from, until, &mut entries);
        let failed = read.is_err();
        if send.send(read.map(|()| entries)).is_err() || failed {
            break;
        }
        from = until + 1;
    }
}

/// Appends the entries of the vouchers `from..=until`.
pub(super) fn read_entries<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
    entries: &mut Vec<RawEntry>,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT voucher, line, account, seq, side, amount_minor, mode, before_minor, after_minor, currency FROM entry \
         WHERE voucher BETWEEN ?1 AND ?2 ORDER BY voucher, line",
        &[Param::Int(from), Param::Int(until)],
        &mut |row| {
            entries.push(RawEntry {
                voucher: row.int(0)?,
                line: row.int(1)?,
                account: row.int(2)?,
                seq: row.int(3)?,
                side: row.int(4)?,
                amount: row.int(5)?,
                mode: row.text(6)?.parse().ok(),
                before: row.int(7)?,
                after: row.int(8)?,
                currency: row.text(9)?.into(),
            });
            Ok(())
        },
    )
}
