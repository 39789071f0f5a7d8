//! Where a ledger is, and what the configuration says about it.

use crate::config::Colour;
use crate::domain::role::LedgerRole;

/// Where a ledger is, and what the configuration says about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerLocation {
    /// Its name in the configuration.
    pub name: Option<String>,
    /// Its address, if it is not a local file.
    pub address: Option<String>,
    /// Its purpose, if configured.
    pub role: Option<LedgerRole>,
    /// The colour of its name, if configured.
    pub colour: Option<Colour>,
}

impl LedgerLocation {
    /// Returns what to call it: the configured name, else its address. A local file brings a name of its own.
    #[must_use]
    pub fn called(&self) -> Option<&str> {
        let address =
            || self.address.as_deref().map(|text| text.split_once("://").map_or(text, |(_, at)| at));
        self.name.as_deref().or_else(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_called_by_its_name_or_by_where_it_is() {
        let address = Some("ssh://ops@books/srv/day.db".to_owned());
        let location = LedgerLocation { address, ..LedgerLocation::default() };
        assert_eq!(location.called(), Some("ops@books/srv/day.db"));
        let named = LedgerLocation { name: Some("books".to_owned()), ..location };
        assert_eq!(named.called(), Some("books"));
        assert_eq!(LedgerLocation::default().called(), None);
    }
}
