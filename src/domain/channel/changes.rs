//! What a newer version of the channels changes.

use super::{ChannelDefinition, Channels};
use crate::domain::field_change::{Differences, FieldChange};
use crate::domain::vocabulary::vocabulary;

vocabulary! {
    /// A field of a channel, as a channel file calls it.
    ChannelField, "field of a channel" {
        /// The channel itself: it is new.
        Channel = "channel",
        /// Its name.
        Name = "name",
        /// Its English name.
        NameEn = "name_en",
        /// What it is.
        Type = "type",
        /// The account of its money.
        Account = "account",
        /// The readers of its files.
        Readers = "readers",
        /// The end of its business day.
        Cut = "cut",
        /// The zone of its times.
        Zone = "zone",
        /// Within what its payment numbers are unique.
        PaymentNumbers = "payment_numbers",
        /// Within what its refund numbers are unique.
        RefundNumbers = "refund_numbers",
        /// Whether a refund has a number of its own.
        RefundsNumbered = "refunds_numbered",
        /// Merchant numbers in use.
        Merchants = "merchants",
        /// How it takes its fee.
        Fee = "fee",
        /// The calendar of its service windows.
        Calendar = "calendar",
        /// When its statement can be fetched.
        StatementReady = "statement_ready",
    }
}

impl FieldChange<ChannelField> {
    /// Returns whether the channel's money would be on another account. A channel that had none yet gets one:
    /// nothing can be booked by it.
    #[must_use]
    pub fn moves_money(&self) -> bool {
        self.field == ChannelField::Account && self.was.is_some()
    }
}

impl Channels {
    /// Returns what these channels change about those of an earlier version, in the order of the file.
    #[must_use]
    pub fn changes_from(&self, before: &Self) -> Vec<FieldChange<ChannelField>> {
        let changes = self.channels.iter().map(|channel| {
            let earlier = before.get(channel.code);
            let added = || vec![FieldChange::added(&channel.code, ChannelField::Channel)];
            earlier.map_or_else(added, |earlier| channel.changes_from(earlier))
        });
        changes.flatten().collect()
    }
}

impl ChannelDefinition {
    /// Returns what this channel changes about an earlier version of it, in the order of its fields.
    #[must_use]
    pub fn changes_from(&self, before: &Self) -> Vec<FieldChange<ChannelField>> {
        let mut changes = Differences::of(&self.code);
        changes.values(ChannelField::Name, &before.name, &self.name);
        changes.values(ChannelField::NameEn, &before.name_en, &self.name_en);
        changes.values(ChannelField::Type, &before.kind, &self.kind);
        let account = |channel: &Self| channel.account.as_ref().map(ToString::to_string);
        changes.compare(ChannelField::Account, account(before), account(self));
        changes.sets(ChannelField::Readers, &before.readers, &self.readers);
        changes.values(ChannelField::Cut, &time(before.cut_minute), &time(self.cut_minute));
        changes.values(ChannelField::Zone, &before.zone, &self.zone);
        changes.values(ChannelField::PaymentNumbers, &before.payment_numbers, &self.payment_numbers);
        changes.values(ChannelField::RefundNumbers, &before.refund_numbers, &self.refund_numbers);
        changes.values(ChannelField::RefundsNumbered, &before.refunds_numbered, &self.refunds_numbered);
        changes.sets(ChannelField::Merchants, &before.merchants, &self.merchants);
        changes.values(ChannelField::Fee, &before.fee, &self.fee);
        changes.compare(ChannelField::Calendar, before.calendar.clone(), self.calendar.clone());
        let ready = |channel: &Self| channel.statement_ready_minute.map(time);
        changes.compare(ChannelField::StatementReady, ready(before), ready(self));
        changes.done()
    }
}

/// Returns a minute of the day as a file writes it: `23:00`.
fn time(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "id = \"x\"\n[[channel]]\ncode = \"PIX\"\nname = \"即时支付\"\nname_en = \"Pix\"\n\
                          type = \"clearing\"\naccount = \"1101.PIX\"\nreaders = [\"a\", \"b\"]\nzone = \"Europe/Berlin\"\n";

    fn read(text: &str) -> Channels {
        Channels::parse("c.toml", text, None).unwrap()
    }

    #[test]
    fn each_field_that_differs_is_a_change() {
        let text = BEFORE
            .replace("clearing", "bank")
            .replace("1101.PIX", "1102.PIX")
            .replace("\"a\", \"b\"", "\"b\", \"a\"")
            .replace(
                "Europe/Berlin\"",
                "UTC\"\ncut = \"23:00\"\nrefund_numbers = \"order\"\nrefunds_numbered = false",
            )
            + "statement_ready = \"09:30\"\npayment_numbers = \"merchant\"\ncalendar = \"cn\"\n\
               [[channel]]\ncode = \"CASH\"\nname = \"现金\"\nname_en = \"cash\"\ntype = \"other\"\nzone = \"UTC\"\n";
        let told: Vec<_> = read(&text)
            .changes_from(&read(BEFORE))
            .into_iter()
            .map(|change| {
                let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                format!(
                    "{}.{}: {} -> {}",
                    change.code,
                    change.field,
                    value(change.was),
                    value(change.will_be)
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "PIX.type: clearing -> bank",
                "PIX.account: 1101.PIX -> 1102.PIX",
                "PIX.cut: 24:00 -> 23:00",
                "PIX.zone: Europe/Berlin -> UTC",
                "PIX.payment_numbers: channel -> merchant",
                "PIX.refund_numbers: channel -> order",
                "PIX.refunds_numbered: true -> false",
                "PIX.calendar: - -> cn",
                "PIX.statement_ready: - -> 09:30",
                "CASH.channel: - -> CASH",
            ]
        );
    }
}
