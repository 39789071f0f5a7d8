//! The account of the books that a statement of a bank or channel is of.

use super::importer::Importer;
use crate::domain::account::{Account, AccountRole};
use crate::domain::account_statement::AccountHead;
use crate::domain::chart::subject_of;
use crate::domain::id::AccountCode;
use crate::domain::rejection::Rejection;
use crate::files::import::Format;
use crate::protocol::bills::FileOptions;
use crate::protocol::refusal::Refusal;
use crate::store::append::Appender;
use crate::store::{Sink, account_statements, accounts};

/// An account at its holder: the books' account, and the holder's number of it.
pub(super) type At = (AccountCode, String);

impl Importer<'_> {
    /// Returns the books' account that a statement is of, and its number at the holder; `None` if another number of the
    /// file is asked for. An account of the chart that has no posting yet is opened.
    pub(super) fn account_of(
        &self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        head: &AccountHead,
        format: Format,
        options: &FileOptions,
    ) -> Result<Option<At>, Refusal> {
        let told = options.number.as_ref().map(|number| number.trim().to_owned());
        if head.number.is_some() && told.is_some() && head.number != told {
            return Ok(None);
        }
        let number = head.number.clone().or(told).unwrap_or_default();
        let currency = head.currency;
        self.in_force
            .currencies
            .must_keep(currency)
            .map_err(|rejection| rejection.with("file", self.file))?;
        let before = account_statements::accounts_of_number(sink, &number, currency, format.as_str())?;
        let code = match (&options.account, before.as_slice()) {
            (Some(told), [known]) if told != known && !number.is_empty() => {
                let other = self.unusable("import.account_other");
                return Err(other.with("number", &number).with("account", known).with("told", told).into());
            }
            (Some(told), _) => told.clone(),
            (None, [known]) => known.clone(),
            (None, _) => {
                let shown = if number.is_empty() { "–" } else { &number };
                return Err(self.unusable("import.account_unknown").with("number", shown).into());
            }
        };
        let account = self.account_in_books(sink, appender, &code)?;
        if account.currency != currency {
            let other = self.unusable("import.account_currency");
            let of_account = account.currency.code();
            return Err(other
                .with("account", &code)
                .with("currency", of_account)
                .with("told", currency.code())
                .into());
        }
        Ok(Some((code, number)))
    }

    /// Returns an account that a bank or channel may keep for us.
    fn account_in_books(
        &self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        code: &AccountCode,
    ) -> Result<Account, Refusal> {
        let subject = subject_of(&self.in_force.chart, code);
        let known = accounts::account(sink, code)?.map(|row| row.account);
        let is_visible = known.as_ref().is_some_and(|account| account.customer_visible);
        if is_visible || subject.is_some_and(|subject| subject.customer_visible || subject.is_of_parties()) {
            return Err(self.unusable("import.account_of_party").with("account", code).into());
        }
        // The leaves of channels are those that channels name, so that a slip of the pen opens none.
        let is_channel = subject.is_some_and(|subject| subject.role == Some(AccountRole::Channel));
        let may_open = !is_channel || self.is_of_channel(code);
        let account = match known {
            None if may_open => appender.account(sink, code)?.map(|head| head.account.clone()),
            known => known,
        };
        account.ok_or_else(|| Rejection::not_found("account", code).into())
    }

    /// Returns whether an account is that of a channel's money, in one of the ledger's currencies.
    fn is_of_channel(&self, code: &AccountCode) -> bool {
        let (main, currency) = (self.in_force.currencies.main(), self.in_force.currencies.of(code));
        let mut named = self.in_force.channels.all().iter().filter_map(|channel| channel.account.clone());
        named.any(|account| account.in_currency(currency, main).as_ref() == Ok(code))
    }
}
