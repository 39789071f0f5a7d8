//! The profiles that the program brings along.

/// A profile's name on the command line, and its text.
pub struct ShippedProfile {
    /// Its name.
    pub name: &'static str,
    /// Name of its file.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Declares a shipped profile by the name of its file in `assets/profiles`.
macro_rules! shipped {
    ($name:literal) => {
        ShippedProfile {
            name: $name,
            file: concat!($name, ".toml"),
            text: include_str!(concat!("../../../assets/profiles/", $name, ".toml")),
        }
    };
}

/// The shipped profiles, in the order in which they are listed.
pub const SHIPPED_PROFILES: &[ShippedProfile] = &[
    shipped!("trades-zh"),
    shipped!("trades-en"),
    shipped!("journal-zh"),
    shipped!("journal-en"),
    shipped!("stripe-balance"),
    shipped!("adyen-settlement"),
    shipped!("spdb-gateway"),
    shipped!("icbc-account"),
    shipped!("icbc-account-side"),
    shipped!("ccb-account"),
    shipped!("cmb-account"),
    shipped!("boc-account"),
    shipped!("bocom-account"),
    shipped!("abc-account"),
    shipped!("spdb-account"),
];

/// Usual headings of tables that no shipped profile reads, as profiles: a proposal is made from these as well.
pub(crate) const HEADINGS: &[&str] = &[
    include_str!("../../../assets/headings/statement.toml"),
    include_str!("../../../assets/headings/journal.toml"),
];
