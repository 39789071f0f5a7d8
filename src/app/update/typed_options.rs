//! A typed line with options, as on the command line.

/// Splits `TEXT --name value …` into the text and its options; `None` if an option has no value. A text that begins
/// with an option has a blank before it.
pub(super) fn typed_options(line: &str) -> Option<(String, Vec<(&str, &str)>)> {
    let mut parts = line.split(" --");
    let text = parts.next().unwrap_or_default().trim().to_owned();
    let options = parts.map(|option| option.trim().split_once(' ').map(|(name, value)| (name, value.trim())));
    Some((text, options.collect::<Option<_>>()?))
}
