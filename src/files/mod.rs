//! Files of the outside world: what the trade layer, an older ledger and the channels hand us.
//!
//! A pure parsing layer over the domain's types. It reads bytes and gives trades, vouchers and statement lines, or
//! says exactly which line and column it refuses and why. It knows no SQL, clock, terminal or environment, and it
//! streams: memory stays flat whatever the size of the file.

pub mod import;
