//! An entry of a statement in XML: one booking of the bank, or a batch of transactions with one amount.

use super::bank_codes::{kind_of_code, kind_of_family};
use super::reason::{Reason, shown};
use super::row::amount;
use crate::domain::account_statement::{AccountLine, AccountLineKind};
use crate::domain::id::ChannelRef;
use crate::domain::money::Currency;
use jiff::civil::{Date, Time};

/// Most transactions of one entry that are kept: an entry with more is one line.
const MAX_DETAILS: usize = 20_000;

/// Most bytes of text of one entry's transactions that are kept: an entry with more is one line.
const MAX_DETAIL_BYTES: usize = 16 * 1024 * 1024;

/// Longest text of a line in bytes; remittance information that is longer ends with an ellipsis.
const MAX_TEXT_BYTES: usize = 4 * 1024;

/// Stands in place of an end-to-end id that the payer did not give.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Whether an entry is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Booked.
    Booked,
    /// Pending, of a future day, or for information.
    NotBooked,
}

/// The bank transaction code of an entry or a transaction.
#[derive(Debug, Clone, Default)]
struct Code {
    domain: String,
    family: String,
    sub_family: String,
    own: String,
}

impl Code {
    /// Takes an element; `name` is its path in the code.
    fn take(&mut self, name: &str, text: &str) {
        match name {
            "Domn/Cd" => text.clone_into(&mut self.domain),
            "Domn/Fmly/Cd" => text.clone_into(&mut self.family),
            "Domn/Fmly/SubFmlyCd" => text.clone_into(&mut self.sub_family),
            "Prtry/Cd" => text.clone_into(&mut self.own),
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.family.is_empty() && self.own.is_empty()
    }

    /// What the bank calls it: `PMNT-RCDT-ESCT NTRF+166`.
    fn words(&self) -> String {
        let parts = [&self.domain, &self.family, &self.sub_family].map(String::as_str);
        let code: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let words = [code.join("-"), self.own.clone()].join(" ");
        words.trim().to_owned()
    }

    fn kind(&self) -> AccountLineKind {
        match kind_of_family(&self.family, &self.sub_family) {
            AccountLineKind::Other => kind_of_code(&self.own),
            kind => kind,
        }
    }
}

/// Charges: the record that is being read, and the sum of those taken out of the amount.
#[derive(Debug, Clone, Default)]
struct Charges {
    minor: Option<i64>,
    is_credit: bool,
    is_beside: bool,
    sum: i64,
}

impl Charges {
    /// Takes an element; `name` is its path in the charges, with the record of newer versions or without.
    fn take(&mut self, name: &str, text: &str, minor: Option<i64>) {
        match name.strip_prefix("Rcrd/").unwrap_or(name) {
            "Amt" => self.minor = minor,
            "CdtDbtInd" => self.is_credit = text == "CRDT",
            "ChrgInclInd" => self.is_beside = matches!(text, "false" | "0"),
            "Rcrd" | "" => {
                let Self { minor, is_credit, is_beside, sum } = std::mem::take(self);
                let minor = minor.filter(|_| !is_beside).unwrap_or(0);
                self.sum = sum.saturating_add(if is_credit { minor } else { -minor });
            }
            _ => {}
        }
    }
}

/// A party: name and account.
#[derive(Debug, Clone, Default)]
struct Party {
    name: String,
    ultimate: String,
    account: String,
}

/// A transaction of an entry.
#[derive(Debug, Clone, Default)]
struct Detail {
    /// Amount without sign, and where it stands: a smaller rank is nearer to what was booked.
    minor: Option<(u8, i64)>,
    is_debit: Option<bool>,
    code: Code,
    charges: Charges,
    bank_no: String,
    end_to_end: String,
    instruction: String,
    transaction: String,
    creditor_ref: String,
    debtor: Party,
    creditor: Party,
    remittance: String,
    further: String,
}

impl Detail {
    /// Takes an element; `name` is its path in the transaction, `minor` its amount in the account's currency.
    fn take(&mut self, name: &str, text: &str, minor: Option<i64>) {
        let mut ranked = |rank: u8| {
            let found = minor.map(|minor| (rank, minor));
            if let (Some(new), None) = (found, self.minor.filter(|(known, _)| *known <= rank)) {
                self.minor = Some(new);
            }
        };
        match name {
            "Amt" => ranked(0),
            "AmtDtls/TxAmt/Amt" => ranked(1),
            "AmtDtls/InstdAmt/Amt" => ranked(2),
            "CdtDbtInd" => self.is_debit = Some(text == "DBIT"),
            "Refs/AcctSvcrRef" => text.clone_into(&mut self.bank_no),
            "Refs/EndToEndId" => text.clone_into(&mut self.end_to_end),
            "Refs/InstrId" => text.clone_into(&mut self.instruction),
            "Refs/TxId" => text.clone_into(&mut self.transaction),
            "RmtInf/Strd/CdtrRefInf/Ref" => {
                text.clone_into(&mut self.creditor_ref);
                add(&mut self.remittance, text);
            }
            "RmtInf/Ustrd" | "RmtInf/Strd/AddtlRmtInf" | "RmtInf/Strd/RfrdDocInf/Nb" => {
                add(&mut self.remittance, text);
            }
            "AddtlTxInf" => add(&mut self.further, text),
            _ => self.take_nested(name, text, minor),
        }
    }

    fn take_nested(&mut self, name: &str, text: &str, minor: Option<i64>) {
        if let Some(name) = name.strip_prefix("BkTxCd/") {
            return self.code.take(name, text);
        }
        if let Some(name) = name.strip_prefix("Chrgs") {
            return self.charges.take(name.trim_start_matches('/'), text, minor);
        }
        let Some(name) = name.strip_prefix("RltdPties/") else { return };
        let (party, name) = match (name.strip_prefix("Dbtr"), name.strip_prefix("Cdtr")) {
            (Some(name), _) => (&mut self.debtor, name),
            (_, Some(name)) => (&mut self.creditor, name),
            _ => match (name.strip_prefix("UltmtDbtr/"), name.strip_prefix("UltmtCdtr/")) {
                (Some("Nm" | "Pty/Nm"), _) => return text.clone_into(&mut self.debtor.ultimate),
                (_, Some("Nm" | "Pty/Nm")) => return text.clone_into(&mut self.creditor.ultimate),
                _ => return,
            },
        };
        match name {
            "/Nm" | "/Pty/Nm" => text.clone_into(&mut party.name),
            "Acct/Id/IBAN" | "Acct/Id/Othr/Id" => text.clone_into(&mut party.account),
            _ => {}
        }
    }

    /// Who paid the amount or was paid: name and account.
    fn counterparty(&self, is_debtor: bool) -> String {
        let party = if is_debtor { &self.debtor } else { &self.creditor };
        let name = if party.name.is_empty() { &party.ultimate } else { &party.name };
        [name.as_str(), party.account.as_str()].join(" ").trim().to_owned()
    }

    /// Bytes of its texts.
    fn bytes(&self) -> usize {
        let parties = [&self.debtor, &self.creditor].map(|party| party.name.len() + party.account.len());
        self.remittance.len() + self.further.len() + parties.iter().sum::<usize>() + self.end_to_end.len()
    }
}

/// Appends a text after a blank, up to the longest text of a line.
fn add(text: &mut String, more: &str) {
    if more.is_empty() || text.ends_with('…') {
        return;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    let left = MAX_TEXT_BYTES.saturating_sub(text.len());
    if more.len() <= left {
        text.push_str(more);
        return;
    }
    let end = (0..=left).rev().find(|end| more.is_char_boundary(*end)).unwrap_or(0);
    text.push_str(more.get(..end).unwrap_or_default());
    text.push('…');
}

/// An entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Amount without sign.
    pub(super) minor: Option<i64>,
    pub(super) is_debit: Option<bool>,
    /// Whether it takes another entry back. Its direction is its own nevertheless.
    pub(super) is_reversal: bool,
    pub(super) booked: Option<(Date, Option<Time>)>,
    pub(super) value_day: Option<Date>,
    status: Option<Status>,
    reference: String,
    bank_no: String,
    code: Code,
    charges: Charges,
    batch: String,
    message: String,
    further: String,
    detail: Detail,
    details: Vec<Detail>,
    detail_bytes: usize,
    /// Whether it has more transactions than are kept.
    has_more: bool,
}

impl Entry {
    /// Takes an element of text that ends; `name` is its path in the entry.
    pub(super) fn take(
        &mut self,
        name: &str,
        text: &str,
        named: &str,
        currency: Option<Currency>,
    ) -> Result<(), Reason> {
        // Amounts of transactions in other currencies are no part of the entry.
        let own = currency.filter(|own| named.is_empty() || own.code() == named);
        let minor = match own.filter(|_| name.ends_with("/Amt") && !text.is_empty()) {
            Some(own) => Some(amount(text, own)?),
            None => None,
        };
        match name {
            "NtryRef" => text.clone_into(&mut self.reference),
            "AcctSvcrRef" => text.clone_into(&mut self.bank_no),
            "Sts" if text.is_empty() && self.status.is_some() => {}
            "Sts" | "Sts/Cd" | "Sts/Prtry" => {
                self.status = Some(match text {
                    "BOOK" => Status::Booked,
                    "PDNG" | "FUTR" | "INFO" => Status::NotBooked,
                    _ => {
                        let allowed = "BOOK, PDNG, FUTR, INFO".to_owned();
                        return Err(Reason::UnknownWord { value: shown(text), allowed });
                    }
                });
            }
            "AddtlNtryInf" => add(&mut self.further, text),
            "NtryDtls/Btch/PmtInfId" => text.clone_into(&mut self.batch),
            "NtryDtls/Btch/MsgId" => text.clone_into(&mut self.message),
            "NtryDtls/TxDtls" => self.take_detail(),
            _ => {
                if let Some(name) = name.strip_prefix("NtryDtls/TxDtls/") {
                    self.detail.take(name, text, minor);
                } else if let Some(name) = name.strip_prefix("BkTxCd/") {
                    self.code.take(name, text);
                } else if let Some(name) = name.strip_prefix("Chrgs") {
                    self.charges.take(name.trim_start_matches('/'), text, minor);
                }
            }
        }
        Ok(())
    }

    /// Takes the transaction that ends.
    fn take_detail(&mut self) {
        let detail = std::mem::take(&mut self.detail);
        self.detail_bytes = self.detail_bytes.saturating_add(detail.bytes());
        self.has_more |= self.details.len() == MAX_DETAILS || self.detail_bytes > MAX_DETAIL_BYTES;
        if self.has_more {
            self.details = Vec::new();
        } else {
            self.details.push(detail);
        }
    }

    /// Returns whether it is booked, and its amount: negative if money went out.
    pub(super) fn status_and_amount(&self) -> Result<(Status, i64), Reason> {
        let missing = |name: &str| Reason::MissingPart { name: format!("Ntry/{name}") };
        let minor = self.minor.ok_or_else(|| missing("Amt"))?;
        let is_debit = self.is_debit.ok_or_else(|| missing("CdtDbtInd"))?;
        let status = self.status.ok_or_else(|| missing("Sts"))?;
        Ok((status, if is_debit { -minor } else { minor }))
    }

    /// Returns its lines; their numbers are to be given.
    pub(super) fn lines(&self) -> Result<Vec<AccountLine>, Reason> {
        let (_, minor) = self.status_and_amount()?;
        let missing = || Reason::MissingPart { name: "Ntry/BookgDt".to_owned() };
        let (day, time) = self.booked.ok_or_else(missing)?;
        let whole = AccountLine {
            line: 0,
            day,
            time,
            value_day: self.value_day,
            amount_minor: minor,
            balance_minor: None,
            kind: self.code.kind(),
            words: self.code.words(),
            number: self.bank_no.clone(),
            channel_no: None,
            reference: None,
            batch: self.batch_no(),
            counterparty: String::new(),
            text: self.further.clone(),
        };
        if let Some(lines) = self.parts(&whole) {
            return Ok(lines);
        }
        Ok(match self.details.as_slice() {
            [detail] => vec![self.part(&whole, detail, minor)],
            _ => vec![whole],
        })
    }

    /// Names the batch of several transactions.
    fn batch_no(&self) -> Option<String> {
        let is_batch = self.has_more || self.details.len() > 1;
        let of_entry = [&self.bank_no, &self.reference].into_iter().filter(|_| is_batch);
        [&self.batch, &self.message].into_iter().chain(of_entry).find(|name| !name.is_empty()).cloned()
    }

    /// Returns a line for each transaction and for the charges; `None` if their amounts are not the entry's, or if
    /// one line says as much.
    fn parts(&self, whole: &AccountLine) -> Option<Vec<AccountLine>> {
        let is_debit = whole.amount_minor < 0;
        let mut amounts = Vec::with_capacity(self.details.len());
        let (mut sum, mut charges) = (0_i64, self.charges.sum);
        for detail in &self.details {
            let (_, minor) = detail.minor?;
            let minor = if detail.is_debit.unwrap_or(is_debit) { -minor } else { minor };
            sum = sum.checked_add(minor)?;
            charges = charges.checked_add(detail.charges.sum)?;
            amounts.push(minor);
        }
        let are_charged = sum != whole.amount_minor && charges != 0;
        if amounts.is_empty() || amounts.len() == 1 && !are_charged {
            return None;
        }
        if sum != whole.amount_minor && sum.checked_add(charges)? != whole.amount_minor {
            return None;
        }
        let mut lines = Vec::with_capacity(amounts.len() + 1);
        for (detail, minor) in self.details.iter().zip(amounts) {
            let part = self.part(whole, detail, minor);
            let charge = fee(&part, detail.charges.sum);
            lines.push(part);
            lines.extend(charge.filter(|_| are_charged));
        }
        lines.extend(fee(whole, self.charges.sum).filter(|_| are_charged));
        Some(lines)
    }

    /// Returns the line of a transaction with this amount.
    fn part(&self, whole: &AccountLine, detail: &Detail, minor: i64) -> AccountLine {
        let code = if detail.code.is_empty() { &self.code } else { &detail.code };
        let number = if detail.bank_no.is_empty() { &self.bank_no } else { &detail.bank_no };
        let mut text = [&detail.remittance, &detail.further, &self.further]
            .into_iter()
            .find(|text| !text.is_empty())
            .cloned()
            .unwrap_or_default();
        let names = [&detail.end_to_end, &detail.instruction, &detail.creditor_ref];
        let name = names.into_iter().find(|name| !name.is_empty() && *name != NOT_PROVIDED);
        let reference: Option<ChannelRef> = name.and_then(|name| name.parse().ok());
        if let (Some(name), None) = (name, &reference) {
            add(&mut text, name);
        }
        // Those of a reversal are the parties of what it takes back.
        let is_debtor = (minor >= 0) != self.is_reversal;
        AccountLine {
            amount_minor: minor,
            kind: code.kind(),
            words: code.words(),
            number: number.clone(),
            channel_no: Some(detail.transaction.clone())
                .filter(|number| !number.is_empty() && number != NOT_PROVIDED),
            reference,
            counterparty: detail.counterparty(is_debtor),
            text,
            ..whole.clone()
        }
    }
}

/// Returns the line of charges beside another line.
fn fee(line: &AccountLine, minor: i64) -> Option<AccountLine> {
    (minor != 0).then(|| AccountLine { amount_minor: minor, kind: AccountLineKind::Fee, ..line.clone() })
}
