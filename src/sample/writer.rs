//! Writes trades, vouchers of the previous system and the channels' bills into the ledger, batch by
//! batch, through the same appender and statements as an import.

use crate::domain::chain::fingerprint;
use crate::domain::event::Event;
use crate::domain::id::{ChannelRef, VoucherNo};
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{Coverage, LineKind, StatementHead, StatementLine};
use crate::domain::trade::{Channel, Trade, TradeKind, TradeStatus};
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::i18n::{self, Lang};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::sample::description::{BillEntry, Description};
use crate::sample::happening::{Booking, Collected, Deviation, Happening};
use crate::sample::plan::Generated;
use crate::store::append::{Appender, Refs};
use crate::store::imports::{FileRecord, Numbered};
use crate::store::{Engine, Sink, StoreError, bills, imports, positions, statements, trades};
use jiff::civil::Date;
use std::collections::HashMap;

/// Writes batches of sample trades with their vouchers, and bills at the end of each day.
pub(super) struct SampleWriter<'d> {
    pub engine: &'d mut dyn Engine,
    pub appender: &'d mut Appender,
    pub kinds: &'d Kinds,
    pub description: &'d Description,
    pub context: &'d Context,
    pub seed: u64,
    pub written: Generated,
    memos: HashMap<(TradeKind, Event), String>,
    /// Row numbers of the day's trades so far: first, and one past the last.
    rows: Option<(i64, i64)>,
    /// Deviations of the day's bills, by channel reference.
    deviations: HashMap<ChannelRef, Deviation>,
}

impl<'d> SampleWriter<'d> {
    pub fn new(
        engine: &'d mut dyn Engine,
        (appender, kinds, description): (&'d mut Appender, &'d Kinds, &'d Description),
        context: &'d Context,
        seed: u64,
    ) -> Self {
        Self {
            engine,
            appender,
            kinds,
            description,
            context,
            seed,
            written: Generated::default(),
            memos: HashMap::new(),
            rows: None,
            deviations: HashMap::new(),
        }
    }

    fn memo(&mut self, kind: TradeKind, event: Event) -> String {
        let (kinds, description, lang) = (self.kinds, self.description, self.context.lang);
        self.memos.entry((kind, event)).or_insert_with(|| memo(kinds, description, lang, kind, event)).clone()
    }

    /// Writes a batch: its trades with their vouchers, then the second events at the moment `later`:
    /// clearing, and the arrival of payouts.
    pub fn write(&mut self, batch: &[Happening], later: Moment) -> Result<(), Refusal> {
        let mut drafts = Vec::new();
        for (place, happening) in batch.iter().enumerate() {
            for booking in &happening.booked {
                drafts.push((place, self.draft(&happening.trade, happening.event, booking)));
            }
        }
        for (place, happening) in batch.iter().enumerate() {
            if let Some((event, lines)) = &happening.later {
                let booking = Booking { posted_at: later, lines: lines.clone() };
                drafts.push((place, self.draft(&happening.trade, *event, &booking)));
            }
        }
        let mut first = 0;
        let (appender, kinds) = (&mut *self.appender, self.kinds);
        let committed = self.engine.commit(&mut |sink| {
            appender.begin(sink)?;
            first = imports::next_id(sink, Numbered::Trade)?;
            put(kinds, appender, sink, batch, &mut drafts, first)
        });
        if let Err(error) = committed {
            self.appender.forget();
            return Err(error.into());
        }
        let count = batch.len() as u64;
        let next = first.saturating_add_unsigned(count);
        self.rows = Some((self.rows.map_or(first, |(from, _)| from), next));
        for happening in batch {
            if let Some(deviation) = happening.deviation {
                self.deviations.insert(happening.trade.channel_ref.clone(), deviation);
            }
        }
        self.written.trades += count;
        self.written.vouchers += drafts.len() as u64;
        Ok(())
    }

    /// Returns a voucher of the previous system. It names no rule: that system had its own.
    fn draft(&mut self, trade: &Trade, event: Event, booking: &Booking) -> Draft {
        Draft {
            voucher_no: None,
            kind: VoucherKind::Import,
            mode: Mode::Normal,
            trade_no: Some(trade.trade_no.clone()),
            event: Some(event),
            reverses: None,
            case_no: None,
            accounting_date: trade.business_date,
            business_date: trade.business_date,
            value_date: trade.business_date,
            reason: None,
            rule: None,
            maker: self.context.operator.clone(),
            checker: None,
            posted_at: booking.posted_at,
            memo: self.memo(trade.kind, event),
            lines: booking.lines.clone(),
        }
    }

    /// Ends a day. If its bills have arrived (`billed`), writes them from the day's trades and returns
    /// what the channels owe us by them.
    pub fn end_day(&mut self, day: Date, billed: Option<Moment>) -> Result<Vec<Collected>, Refusal> {
        let rows = self.rows.take();
        let deviations = std::mem::take(&mut self.deviations);
        let Some(at) = billed else { return Ok(Vec::new()) };
        let (from, until) = rows.unwrap_or((1, 1));
        let (seed, context) = (self.seed, self.context);
        let (description, kinds) = (self.description, self.kinds);
        let mut lines = 0;
        let mut collected = Vec::new();
        self.engine.commit(&mut |sink| {
            let mut bills = Bills::begin(sink, description, kinds)?;
            let mut next = from;
            while next < until {
                let last = (next + positions::CHUNK).min(until) - 1;
                for trade in trades::trade_range(sink, next, last)? {
                    bills.list(sink, &trade, deviations.get(&trade.channel_ref).copied())?;
                }
                next = last + 1;
            }
            lines = bills.counts.iter().sum();
            collected = bills.collected(at);
            bills.end(sink, day, at, seed, context)
        })?;
        self.written.statement_lines += lines;
        Ok(collected)
    }
}

fn put(
    kinds: &Kinds,
    appender: &mut Appender,
    sink: &mut dyn Sink,
    batch: &[Happening],
    drafts: &mut [(usize, Draft)],
    first: i64,
) -> Result<(), StoreError> {
    for (row, happening) in (first..).zip(batch) {
        let events = [Some(happening.event), happening.later.as_ref().map(|(event, _)| *event)];
        let numbered = |event| kinds.number(event).map(|number| (event, number));
        let events: Vec<(Event, i64)> = events.into_iter().flatten().filter_map(numbered).collect();
        trades::insert_trade(sink, row, &happening.trade, &events)?;
    }
    for (place, draft) in drafts {
        draft.voucher_no = Some(older_number(appender.head().0 + 1)?);
        let trade = first.saturating_add_unsigned(*place as u64);
        appender.append(sink, draft, Refs { trade: Some(trade), ..Refs::default() })?;
    }
    Ok(())
}

/// Returns the previous system's number of the voucher at ledger sequence `seq`.
fn older_number(seq: i64) -> Result<VoucherNo, Rejection> {
    format!("J{seq:06}").parse()
}

/// Returns what the older system wrote on the voucher of an event: the name of the kind, or of a later event.
fn memo(kinds: &Kinds, description: &Description, lang: Lang, kind: TradeKind, event: Event) -> String {
    let Some(known) = kinds.get(kind).filter(|known| known.first_event() == event) else {
        return i18n::word(lang, &format!("generate.memo.{event}"));
    };
    let settlement = description.settlement.as_ref().filter(|settlement| settlement.kind == kind);
    let own =
        settlement.and_then(|own| if lang == Lang::Zh { own.memo.clone() } else { own.memo_en.clone() });
    own.unwrap_or_else(|| if lang == Lang::Zh { known.name.clone() } else { known.name_en.clone() })
}

/// The bills of one day while they are written.
struct Bills<'d> {
    description: &'d Description,
    kinds: &'d Kinds,
    /// The channels that send bills.
    of: Vec<(Channel, &'d BillEntry)>,
    statement: i64,
    counts: Vec<u64>,
    /// Amounts and fees by currency, in minor units; refunds and chargebacks are negative.
    sums: Vec<Vec<(Currency, i64, i64)>>,
}

impl<'d> Bills<'d> {
    fn begin(
        sink: &mut dyn Sink,
        description: &'d Description,
        kinds: &'d Kinds,
    ) -> Result<Self, StoreError> {
        let of = description.billing();
        Ok(Self {
            description,
            kinds,
            statement: imports::next_id(sink, Numbered::Statement)?,
            counts: vec![0; of.len()],
            sums: vec![Vec::new(); of.len()],
            of,
        })
    }

    /// Adds a trade to its channel's bill, if the channel sends bills and knows of it.
    fn list(
        &mut self,
        sink: &mut dyn Sink,
        trade: &Trade,
        deviation: Option<Deviation>,
    ) -> Result<(), StoreError> {
        let place = self.of.iter().position(|(channel, _)| *channel == trade.channel);
        let (Some(place), Some(kind)) = (place, self.kinds.get(trade.kind)) else { return Ok(()) };
        let known = match deviation {
            Some(Deviation::Missing) => false,
            Some(_) => true,
            // A bill lists the customers' trades; the channel's payment to us is in its fund bill.
            None => trade.status == TradeStatus::Succeeded && kind.listed,
        };
        let Some(count) = self.counts.get_mut(place).filter(|_| known) else { return Ok(()) };
        *count += 1;
        let (amount_minor, fee_minor) = match deviation {
            Some(Deviation::Amounts { amount_minor, fee_minor }) => (amount_minor, fee_minor),
            _ => (trade.amount_minor, trade.fee_minor),
        };
        let back = kind.comes_in() == Some(false);
        if let Some(sums) = self.sums.get_mut(place) {
            let signed = if back { -amount_minor } else { amount_minor };
            match sums.iter_mut().find(|(currency, ..)| *currency == trade.currency) {
                Some((_, amounts, fees)) => (*amounts, *fees) = (*amounts + signed, *fees + fee_minor),
                None => sums.push((trade.currency, signed, fee_minor)),
            }
        }
        let line = StatementLine {
            // Line 1 of the file is its header.
            line: *count + 1,
            kind: if back { LineKind::Refund } else { LineKind::Pay },
            channel_ref: trade.channel_ref.clone(),
            original_ref: trade.original_ref.clone(),
            channel_no: channel_no(self.description, trade, back, *count),
            amount_minor,
            fee_minor,
            currency: trade.currency,
            status: TradeStatus::Succeeded,
            occurred_at: trade.occurred_at,
            merchant_no: None,
            merchant_discount_minor: 0,
            channel_discount_minor: 0,
            trouble: None,
        };
        let statement = self.statement.saturating_add_unsigned(place as u64);
        statements::insert_line(sink, statement, trade.channel, &line)
    }

    /// Returns what each channel owes us in each currency; nothing if more was refunded than collected.
    fn collected(&self, at: Moment) -> Vec<Collected> {
        let owed = self.of.iter().zip(&self.sums);
        let owed = owed.flat_map(|((channel, _), sums)| {
            sums.iter().map(|(currency, amount_minor, fee_minor)| Collected {
                channel: *channel,
                amount_minor: *amount_minor,
                fee_minor: *fee_minor,
                currency: *currency,
                at,
            })
        });
        owed.filter(|owed| owed.amount_minor > 0 && owed.amount_minor > owed.fee_minor).collect()
    }

    /// Writes the heads of the bills.
    fn end(
        self,
        sink: &mut dyn Sink,
        day: Date,
        at: Moment,
        seed: u64,
        context: &Context,
    ) -> Result<(), StoreError> {
        for ((id, (channel, bill)), rows) in (self.statement..).zip(self.of).zip(self.counts) {
            let head = StatementHead {
                channel,
                day: Some(day),
                merchant_id: Some(bill.merchant.clone()),
                sub_merchant: None,
                covers: Coverage::All,
                until: None,
                format: bill.format.clone(),
            };
            let file = format!("{}-{}.csv", bill.file, day.strftime("%Y%m%d"));
            let others = bills::standing(sink, channel.as_str(), &day.to_string())?;
            if let Some(other) = others.into_iter().find(|other| head.overlaps(&other.head)) {
                return Err(Rejection::new(Code::BillConflict)
                    .with("file", file)
                    .with("other", other.file)
                    .with("channel", channel)
                    .with("day", day)
                    .into());
            }
            let record = FileRecord {
                fingerprint: &fingerprint(format!("{seed}/{channel}/{day}").as_bytes()),
                kind: "bill",
                file: &file,
                rows,
                operator: &context.operator,
                now: at,
            };
            statements::insert_statement(sink, id, &head, None, &record)?;
        }
        Ok(())
    }
}

/// Returns the channel's own number of a trade, in the channel's format.
fn channel_no(description: &Description, trade: &Trade, back: bool, count: u64) -> String {
    let date = trade.business_date.strftime("%Y%m%d");
    let Some(channel) = description.channel(trade.channel) else { return format!("{date}{count:013}") };
    let form = channel.number_back.as_ref().filter(|_| back).unwrap_or(&channel.number);
    format!("{}{date}{}{count:0width$}", form.before, form.after, width = form.digits)
}
