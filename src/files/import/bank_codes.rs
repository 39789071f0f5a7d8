//! What banks call a booking: the type of SWIFT (`NTRF`), the business code of German banks (GVC), the bank
//! transaction code of ISO 20022. Only codes with one meaning become a kind.

use crate::domain::account_statement::AccountLineKind;

/// Types of SWIFT's field 61, without the letter before them.
const SWIFT: &[(&str, AccountLineKind)] = &[
    ("CHG", AccountLineKind::Fee),
    ("COM", AccountLineKind::Fee),
    ("INT", AccountLineKind::Interest),
    ("CMP", AccountLineKind::Compensation),
    ("TRF", AccountLineKind::Transfer),
    ("DDT", AccountLineKind::Transfer),
    ("STO", AccountLineKind::Transfer),
    ("CHK", AccountLineKind::Transfer),
    ("CMS", AccountLineKind::Transfer),
    ("CMT", AccountLineKind::Transfer),
    ("CMZ", AccountLineKind::Transfer),
];

/// Business codes of German banks.
const GVC: &[(&str, AccountLineKind)] =
    &[("808", AccountLineKind::Fee), ("814", AccountLineKind::Interest), ("116", AccountLineKind::Transfer)];

/// Sub-families of ISO 20022's bank transaction codes.
const SUB_FAMILIES: &[(&str, AccountLineKind)] = &[
    ("CHRG", AccountLineKind::Fee),
    ("FEES", AccountLineKind::Fee),
    ("COMM", AccountLineKind::Fee),
    ("COME", AccountLineKind::Fee),
    ("COMI", AccountLineKind::Fee),
    ("COMT", AccountLineKind::Fee),
    ("INTR", AccountLineKind::Interest),
    ("ADJT", AccountLineKind::Correction),
    ("CAJT", AccountLineKind::Correction),
    ("DAJT", AccountLineKind::Correction),
];

/// Families of ISO 20022's bank transaction codes that are payments between accounts.
const TRANSFERS: &[&str] = &["ICDT", "RCDT", "IRCT", "RRCT", "IDDT", "RDDT", "ICHQ", "RCHQ"];

fn find(codes: &[(&str, AccountLineKind)], code: &str) -> Option<AccountLineKind> {
    codes.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
}

/// Returns what a booking is by a bank's code: `NTRF`, `808`, or several with a plus between them.
pub(super) fn kind_of_code(code: &str) -> AccountLineKind {
    let of_part = |part: &str| {
        let of_type = part.strip_prefix(['N', 'F', 'S']).and_then(|part| find(SWIFT, part));
        of_type.or_else(|| find(GVC, part))
    };
    code.split('+').find_map(of_part).unwrap_or(AccountLineKind::Other)
}

/// Returns what a booking is by its family and sub-family of ISO 20022.
pub(super) fn kind_of_family(family: &str, sub_family: &str) -> AccountLineKind {
    let of_family = || TRANSFERS.contains(&family).then_some(AccountLineKind::Transfer);
    find(SUB_FAMILIES, sub_family).or_else(of_family).unwrap_or(AccountLineKind::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_one_meaning_become_a_kind() {
        for (code, kind) in [
            ("NTRF", AccountLineKind::Transfer),
            ("NCHG", AccountLineKind::Fee),
            ("FINT", AccountLineKind::Interest),
            ("NMSC", AccountLineKind::Other),
            ("NMSC+808+900", AccountLineKind::Fee),
            ("TRF", AccountLineKind::Other),
            ("", AccountLineKind::Other),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
        assert_eq!(kind_of_family("RCDT", "ESCT"), AccountLineKind::Transfer);
        assert_eq!(kind_of_family("RCDT", "CHRG"), AccountLineKind::Fee);
        assert_eq!(kind_of_family("MCRD", "POSP"), AccountLineKind::Other);
    }
}
