//! The profile that a command names: a shipped one, or a file.

use super::files::read_text;
use super::outcome::Failure;
use crate::domain::authored::rejection_as;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::read_profile;
use crate::files::profile::{SHIPPED_PROFILES, TableProfile};
use std::path::Path;

/// Returns the file name and text of a profile, by the name of a shipped one or the path of a file.
///
/// # Errors
/// A refusal that names the shipped profiles; a fault if a file cannot be read.
pub fn profile_text(named: &str) -> Result<(String, String), Failure> {
    if let Some(shipped) = SHIPPED_PROFILES.iter().find(|shipped| shipped.name == named) {
        return Ok((shipped.file.to_owned(), shipped.text.to_owned()));
    }
    let path = Path::new(named);
    // A word without an ending is a name that is not shipped rather than a file that is not there.
    if !path.exists() && path.extension().is_none() {
        let names: Vec<&str> = SHIPPED_PROFILES.iter().map(|shipped| shipped.name).collect();
        return Err(Rejection::new(Code::BadValue)
            .with("what", "profile")
            .with("value", named.escape_debug())
            .with("allowed", names.join(", "))
            .into());
    }
    read_text(path, Code::BadProfile)
}

/// Returns a profile, by the name of a shipped one or the path of a file.
///
/// # Errors
/// As [`profile_text`], or every mistake of the profile.
pub fn profile_named(named: &str) -> Result<TableProfile, Failure> {
    let (file, text) = profile_text(named)?;
    let bad = |mistakes| rejection_as(Code::BadProfile, mistakes);
    Ok(read_profile(&file, &text).map_err(bad)?)
}
