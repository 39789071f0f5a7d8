//! The connection to a ledger on another host, as its user sees it.

use crate::domain::role::Role;

/// A connection to a ledger on another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Address of the ledger.
    pub address: String,
    /// Up, lost, or reconnecting.
    pub state: ConnectionState,
    /// Round-trip time in milliseconds, once measured.
    pub round_trip_ms: Option<u64>,
    /// Role that the server gives this session.
    pub role: Option<Role>,
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Requests can be sent.
    Up,
    /// Lost.
    Down,
    /// Reconnecting; the number of the attempt.
    Reconnecting(u32),
}
