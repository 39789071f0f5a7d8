//! The days of channels: those with statements, and those for which one never came.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::desk::missing::{Asked, missing};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{ChannelDay, ListChannelDays};
use crate::protocol::watch::Watch;
use crate::store::reconcile;
use std::cmp::Reverse;

impl OpenLedger {
    /// Returns the days with statements, and those for which one never came; newest first.
    fn channel_days(&mut self, context: &Context) -> Result<Vec<ChannelDay>, Refusal> {
        let mut days = reconcile::channel_days(&mut *self.engine)?;
        for channel in missing(&mut *self.engine, &self.in_force, context.now, Asked::default())?.days {
            for one in channel.missing {
                let known = days.iter_mut().find(|day| (day.day, day.channel) == (one.day, one.channel));
                if let Some(day) = known {
                    day.missing += 1;
                } else {
                    let (statements, lines) = (0, 0);
                    days.push(ChannelDay {
                        day: one.day,
                        channel: one.channel,
                        statements,
                        lines,
                        missing: 1,
                    });
                }
            }
        }
        days.sort_by(|a, b| (Reverse(a.day), a.channel.as_str()).cmp(&(Reverse(b.day), b.channel.as_str())));
        Ok(days)
    }
}

impl Handle for ListChannelDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.channel_days(context)
    }
}
