//! Bodies of requests to a cluster.

use crate::domain::rejection::{Code, Rejection};
use crate::store::engine::{Fault, Param, StoreError};
use serde_json::Value as Json;

/// Limit of a request in bytes; a longer one is refused before it is sent.
const MAX_REQUEST_BYTES: usize = 64 << 20;

/// Serialises the statements of a request.
///
/// # Errors
/// [`Code::TooMuch`] if it is too long.
pub(super) fn body(statements: &Json) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(statements).map_err(|e| Fault::Internal { detail: e.to_string() })?;
    if body.len() > MAX_REQUEST_BYTES {
        return Err(Rejection::new(Code::TooMuch)
            .with("bytes", body.len())
            .with("limit", MAX_REQUEST_BYTES)
            .into());
    }
    Ok(body)
}

/// Returns a statement with its values as the cluster takes it.
pub(super) fn statement((sql, params): (&str, Vec<Param<'_>>)) -> Json {
    let values = params.into_iter().map(|param| match param {
        Param::Null => Json::Null,
        Param::Int(value) => Json::from(value),
        Param::Text(text) => Json::from(text),
    });
    std::iter::once(Json::from(sql)).chain(values).collect()
}
