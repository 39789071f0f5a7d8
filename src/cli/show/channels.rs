//! The channels in force.

use super::{L, Layout, Show, changes, heads, label, set_head};
use crate::domain::channel::ChannelDefinition;
use crate::i18n::Lang;
use crate::protocol::channels::ChannelsAnswer;

impl Show for ChannelsAnswer {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(
            lang,
            &[
                ("code", L),
                ("name", L),
                ("type", L),
                ("account", L),
                ("readers", L),
                ("day_ends", L),
                ("fee_taken", L),
                ("merchants", L),
            ],
        );
        for channel in &self.channels {
            table.row(vec![
                channel.code.to_string(),
                if lang == Lang::Zh { channel.name.clone() } else { channel.name_en.clone() },
                label(lang, "channel_type", channel.kind),
                channel.account.as_ref().map_or_else(String::new, ToString::to_string),
                channel.readers.join(" "),
                day_ends(channel),
                label(lang, "fee_taken", channel.fee),
                channel.merchants.join(" "),
            ]);
        }
        let head = set_head(&self.id, self.version, self.operator.as_ref(), self.loaded_at, lang);
        let changed =
            self.changes.as_ref().map_or_else(String::new, |all| format!("\n{}", changes(all, lang)));
        format!("{head}{}{changed}", table.text())
    }
}

/// Returns the end of the channel's business day with its zone: `24:00 Asia/Shanghai`.
fn day_ends(channel: &ChannelDefinition) -> String {
    let minute = channel.cut_minute;
    format!("{:02}:{:02} {}", minute / 60, minute % 60, channel.zone)
}
