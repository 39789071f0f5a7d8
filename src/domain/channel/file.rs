//! The file format of channels (`channels.toml` of a template).

use super::{ChannelDefinition, ChannelScope, Channels, FeeTaken, UniqueWithin};
use crate::domain::authored::{AuthoredError, FormReader, Span};
use crate::domain::chart;
use crate::domain::field_change::FieldChange;
use crate::domain::id::AccountCode;
use crate::domain::trade::Channel;
use serde::Deserialize;
use std::fmt::Display;
use toml::Spanned;

/// Minutes of a day.
const MINUTES_OF_DAY: i64 = 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelsForm {
    id: String,
    channel: Vec<Spanned<ChannelForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelForm {
    code: Spanned<String>,
    name: Spanned<String>,
    name_en: Spanned<String>,
    #[serde(rename = "type")]
    kind: Spanned<String>,
    account: Option<Spanned<String>>,
    #[serde(default)]
    readers: Vec<Spanned<String>>,
    cut: Option<Spanned<String>>,
    zone: Spanned<String>,
    payment_numbers: Option<Spanned<String>>,
    refund_numbers: Option<Spanned<String>>,
    #[serde(default = "yes")]
    refunds_numbered: bool,
    #[serde(default)]
    merchants: Vec<Spanned<String>>,
    fee: Option<Spanned<String>>,
    calendar: Option<Spanned<String>>,
    statement_ready: Option<Spanned<String>>,
}

const fn yes() -> bool {
    true
}

impl Channels {
    /// Reads a channel file; `before` are the channels in force so far.
    ///
    /// # Errors
    /// As [`Channels::check`], of which it checks the file alone.
    pub fn parse(file: &str, text: &str, before: Option<&Self>) -> Result<Self, Vec<AuthoredError>> {
        Self::check(file, text, ChannelScope { before, ..ChannelScope::default() })
    }

    /// Reads a channel file and checks what it names.
    ///
    /// # Errors
    /// Every mistake with its line and column: bad codes, words, names, zones and times, duplicate channels,
    /// a reader that two channels have, accounts, readers and calendars that do not exist, a channel in force
    /// that is missing, another account of a channel that is booked by it.
    pub fn check(file: &str, text: &str, scope: ChannelScope<'_>) -> Result<Self, Vec<AuthoredError>> {
        let (mut reader, form) = FormReader::open::<ChannelsForm>(file, text)?;
        // Also of channels with a mistake, which are not missing.
        let codes =
            form.channel.iter().filter_map(|channel| Channel::of_text(channel.get_ref().code.get_ref()));
        let codes: Vec<Channel> = codes.collect();
        let mut channels: Vec<ChannelDefinition> = Vec::new();
        for channel in form.channel {
            let channel = channel.into_inner();
            let place = channel.code.span();
            let readers = channel.readers.clone();
            let account = channel.account.as_ref().map_or_else(|| place.clone(), Spanned::span);
            check_names(&mut reader, &channel, scope);
            let Some(channel) = read_channel(&mut reader, channel) else { continue };
            if channels.iter().any(|known| known.code == channel.code) {
                reader.error(place, "channelfile.duplicate", &[("channel", &channel.code)]);
            }
            for word in readers {
                if let Some(other) = channels.iter().find(|known| known.readers.contains(word.get_ref())) {
                    let args: [(&str, &dyn Display); 2] =
                        [("reader", word.get_ref()), ("channel", &other.code)];
                    reader.error(word.span(), "channelfile.reader_taken", &args);
                }
            }
            check_account(&mut reader, &channel, account, scope);
            channels.push(channel);
        }
        let missing = scope.before.iter().flat_map(|before| before.codes());
        for missing in missing.filter(|code| !codes.contains(code)) {
            reader.error(0..0, "channelfile.channel_gone", &[("channel", &missing)]);
        }
        if channels.is_empty() && reader.mistakes() == 0 {
            reader.error(0..0, "channelfile.empty", &[]);
        }
        reader.close(Some(Self { id: form.id, channels }))
    }
}

/// Checks that account, readers and calendar of a channel exist.
fn check_names(reader: &mut FormReader<'_>, form: &ChannelForm, scope: ChannelScope<'_>) {
    if let (Some(account), Some(subjects)) = (&form.account, scope.chart) {
        let well_formed = account.get_ref().parse::<AccountCode>().is_ok();
        if well_formed && !chart::has_account(subjects, account.get_ref()) {
            reader.error(account.span(), "rulefile.unknown_account", &[("account", account.get_ref())]);
        }
    }
    for (known, names, what) in [
        (scope.readers, form.readers.as_slice(), "reader"),
        (scope.calendars, form.calendar.as_slice(), "calendar"),
    ] {
        let Some(known) = known else { continue };
        for name in names.iter().filter(|name| !known.contains(&name.get_ref().as_str())) {
            reader.bad_word(name, what, known);
        }
    }
}

/// Checks that the money of a channel stays on its account if there is any.
fn check_account(
    reader: &mut FormReader<'_>,
    channel: &ChannelDefinition,
    place: Span,
    scope: ChannelScope<'_>,
) {
    let booked = scope.booked.iter().find(|(code, _)| *code == channel.code);
    let before = scope.before.and_then(|before| before.get(channel.code));
    let (Some((_, trades)), Some(before)) = (booked, before) else { return };
    for change in channel.changes_from(before).into_iter().filter(FieldChange::moves_money) {
        let was = change.was.unwrap_or_default();
        let mut args: Vec<(&str, &dyn Display)> =
            vec![("channel", &channel.code), ("was", &was), ("trades", trades)];
        match &change.will_be {
            Some(will_be) => {
                args.push(("will_be", will_be));
                reader.error(place.clone(), "channelfile.account_moves", &args);
            }
            None => reader.error(place.clone(), "channelfile.account_gone", &args),
        }
    }
}

fn read_channel(reader: &mut FormReader<'_>, form: ChannelForm) -> Option<ChannelDefinition> {
    let code = Channel::of_text(form.code.get_ref());
    if code.is_none() {
        reader.error(form.code.span(), "channelfile.bad_code", &[("code", form.code.get_ref())]);
    }
    for name in [&form.name, &form.name_en] {
        if name.get_ref().trim().is_empty() {
            reader.error(name.span(), "channelfile.empty_name", &[("channel", form.code.get_ref())]);
        }
    }
    let kind = reader.word(&form.kind);
    let account = match &form.account {
        None => Some(None),
        Some(text) => {
            let account: Option<AccountCode> = text.get_ref().parse().ok();
            if account.is_none() {
                reader.error(text.span(), "rulefile.unknown_account", &[("account", text.get_ref())]);
            }
            account.map(Some)
        }
    };
    let _ = reader.zone(&form.zone);
    let cut_minute = match &form.cut {
        None => Some(MINUTES_OF_DAY),
        Some(text) => minute(reader, text),
    };
    let statement_ready_minute = match &form.statement_ready {
        None => Some(None),
        Some(text) => minute(reader, text).map(Some),
    };
    let mut word = |text: &Option<Spanned<String>>| match text {
        None => Some(UniqueWithin::Channel),
        Some(text) => reader.word(text),
    };
    let (payment_numbers, refund_numbers) = (word(&form.payment_numbers), word(&form.refund_numbers));
    let fee = match &form.fee {
        None => Some(FeeTaken::Kept),
        Some(text) => reader.word(text),
    };
    let texts = |texts: Vec<Spanned<String>>| texts.into_iter().map(Spanned::into_inner).collect();
    Some(ChannelDefinition {
        code: code?,
        name: form.name.into_inner(),
        name_en: form.name_en.into_inner(),
        kind: kind?,
        account: account?,
        readers: texts(form.readers),
        cut_minute: cut_minute?,
        zone: form.zone.into_inner(),
        payment_numbers: payment_numbers?,
        refund_numbers: refund_numbers?,
        refunds_numbered: form.refunds_numbered,
        merchants: texts(form.merchants),
        fee: fee?,
        calendar: form.calendar.map(Spanned::into_inner),
        statement_ready_minute: statement_ready_minute?,
    })
}

/// Reads a time of day (`23:00`, at most `24:00`) as minutes after midnight.
fn minute(reader: &mut FormReader<'_>, text: &Spanned<String>) -> Option<i64> {
    let parts = text.get_ref().split_once(':');
    let number = |part: &str| (part.len() == 2).then(|| part.parse::<i64>().ok()).flatten();
    let read = parts.and_then(|(hours, minutes)| number(hours).zip(number(minutes)));
    let minute =
        read.filter(|(_, minutes)| (0..60).contains(minutes)).map(|(hours, minutes)| hours * 60 + minutes);
    let minute = minute.filter(|minute| (0..=MINUTES_OF_DAY).contains(minute));
    if minute.is_none() {
        reader.error(text.span(), "calendar.bad_time", &[("value", text.get_ref())]);
    }
    minute
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../assets/templates/cn-wallet/channels.toml");

    fn channel(code: &str) -> String {
        format!(
            "\n[[channel]]\ncode = \"{code}\"\nname = \"渠道\"\nname_en = \"channel\"\ntype = \"card\"\nzone = \"Europe/Berlin\"\n"
        )
    }

    #[test]
    fn the_shipped_channels_are_those_that_the_program_names() {
        let channels = Channels::parse("china.toml", SHIPPED, None).unwrap();
        assert_eq!(channels.codes().collect::<Vec<_>>(), Channel::NAMED);
        assert!(channels.is_bank(Channel::BANK) && !channels.is_bank(Channel::HVPS));
        assert_eq!(channels.of_reader("wechat-trade").map(|found| found.code), Some(Channel::WECHAT));
        assert_eq!(channels.get(Channel::WECHAT).map(|found| found.cut_minute), Some(1440));
    }

    #[test]
    fn an_unknown_channel_is_refused_with_the_nearest() {
        let channels = Channels::parse("china.toml", SHIPPED, None).unwrap();
        assert_eq!(channels.read("WECHAT").map(|known| known.code), Ok(Channel::WECHAT));
        for (text, nearest) in [("WECAHT", Some("WECHAT")), ("wechat", Some("WECHAT")), ("STRIPE", None)] {
            let refused = channels.read(text).unwrap_err();
            assert_eq!((refused.arg("value"), refused.arg("nearest")), (Some(text), nearest));
            assert!(refused.arg("allowed").unwrap().starts_with("WECHAT, ALIPAY"));
        }
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let good = format!("id = \"x\"\n{}", channel("STRIPE"));
        let two = format!("{good}readers = [\"acme\"]\n{}readers = [\"acme\"]\n", channel("PIX"));
        let cases = [
            (good.replace("STRIPE", "stripe"), 4, "channelfile.bad_code"),
            (good.replace("渠道", ""), 5, "channelfile.empty_name"),
            (good.replace("\"card\"", "\"cart\""), 7, "rulefile.bad_word"),
            (good.replace("Europe", "Europa"), 8, "calendar.bad_zone"),
            (format!("{good}cut = \"24:01\"\n"), 9, "calendar.bad_time"),
            (format!("{good}cut = \"9:00\"\n"), 9, "calendar.bad_time"),
            (format!("{good}fee = \"free\"\n"), 9, "rulefile.bad_word"),
            (format!("{good}{}", channel("STRIPE")), 11, "channelfile.duplicate"),
            (two, 17, "channelfile.reader_taken"),
        ];
        for (text, line, key) in cases {
            let errors = Channels::parse("c.toml", &text, None).unwrap_err();
            assert_eq!((errors[0].line, errors[0].key.as_str()), (line, key), "{text}\n{errors:?}");
        }
        let scope = ChannelScope {
            before: None,
            chart: Some(&[]),
            readers: Some(&["wechat-trade"]),
            calendars: Some(&["cn"]),
            booked: &[],
        };
        let names = "account = \"1101.X\"\nreaders = [\"wechat-trad\"]\ncalendar = \"de\"\n";
        let errors = Channels::check("c.toml", &format!("{good}{names}"), scope).unwrap_err();
        let told: Vec<_> =
            errors.iter().map(|e| (e.line, e.column, e.key.as_str(), e.nearest.as_deref())).collect();
        assert_eq!(
            told,
            [
                (9, 11, "rulefile.unknown_account", None),
                (10, 12, "rulefile.bad_word", Some("wechat-trade")),
                (11, 12, "rulefile.bad_word", None),
            ]
        );
        let before = Channels::parse("c.toml", &good, None).unwrap();
        let errors = Channels::parse("c.toml", &good.replace("STRIPE", "PIX"), Some(&before)).unwrap_err();
        assert_eq!(errors[0].key, "channelfile.channel_gone");
    }

    #[test]
    fn an_account_moves_unless_the_channel_is_booked_by_it() {
        let good = format!("id = \"x\"\n{}account = \"1101.A\"\n", channel("STRIPE"));
        let before = Channels::parse("c.toml", &good, None).unwrap();
        let [moved, gone] =
            ["account = \"1101.B\"\n", ""].map(|to| good.replace("account = \"1101.A\"\n", to));
        let check = |text: &str, before: &Channels, booked: &[(Channel, i64)]| {
            Channels::check(
                "c.toml",
                text,
                ChannelScope { before: Some(before), booked, ..ChannelScope::default() },
            )
        };
        let booked = [(Channel::of_text("STRIPE").unwrap(), 2)];
        assert!(check(&moved, &before, &[]).is_ok() && check(&gone, &before, &[]).is_ok());
        assert!(check(&good, &before, &booked).is_ok());
        for (text, place, key, will_be) in [
            (&moved, (9, 11), "channelfile.account_moves", Some("1101.B")),
            (&gone, (4, 8), "channelfile.account_gone", None),
        ] {
            let errors = check(text, &before, &booked).unwrap_err();
            let told: Vec<_> =
                errors.iter().map(|e| ((e.line, e.column), e.key.as_str(), e.arg("will_be"))).collect();
            assert_eq!(told, [(place, key, will_be)]);
            assert_eq!((errors[0].arg("was"), errors[0].arg("trades")), (Some("1101.A"), Some("2")));
        }
        let without = Channels::parse("c.toml", &gone, None).unwrap();
        assert!(check(&good, &without, &booked).is_ok(), "nothing was booked by no account");
    }
}
