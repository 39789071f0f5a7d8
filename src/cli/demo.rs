//! stub
use super::{Failure, Outcome, Session};
use std::path::Path;
impl Session {
    pub(super) fn demo(&mut self, _: u64, _: Option<&Path>, _: bool) -> Result<Outcome, Failure> {
        Err(Failure::Usage(String::new()))
    }
    pub(super) fn generate(
        &mut self,
        _: &str,
        _: u64,
        _: u64,
        _: &str,
        _: u64,
        _: Option<&Path>,
    ) -> Result<Outcome, Failure> {
        Err(Failure::Usage(String::new()))
    }
}
