//! The word that was probably meant.

/// Longest word in bytes that is compared: the work grows with the square of the length, and no word of ours
/// is as long.
const MAX_BYTES: usize = 64;

/// Returns the candidate most like `word`, whatever their case; `None` if none is close. Of several equally
/// close ones it is the first by the alphabet.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.len() > MAX_BYTES {
        return None;
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    // A word that shares no character is not like it.
    let far = (length / 3).clamp(1, 3).min(length.saturating_sub(1));
    let measured = candidates.into_iter().map(|candidate| {
        let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
        (distance, candidate)
    });
    measured.filter(|(distance, _)| *distance <= far).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let words = ["findings", "voucher", "vouchers"];
        assert_eq!(nearest("vuocher", words), Some("voucher"));
        assert_eq!(nearest("finding", words), Some("findings"));
        assert_eq!(nearest("VOUCHER", words), Some("voucher"));
        assert_eq!(nearest("frob", words), None);
        assert_eq!(nearest("x", ["a", "y"]), None);
        assert_eq!(nearest(&"voucher".repeat(20), words), None);
    }
}
