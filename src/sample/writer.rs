//! Writes trades, vouchers of the previous system and the channels' bills into the ledger, batch by
//! batch, through the same appender and statements as an import.

use crate::desk::in_force::InForce;
use crate::domain::chain::fingerprint;
use crate::domain::event::Event;
use crate::domain::id::{Operator, TradeNo, VoucherNo};
use crate::domain::kind::Kinds;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, Trade, TradeKind};
use crate::domain::trade_news::TradeNews;
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::i18n::{self, Lang};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::sample::channel_bills::ChannelBills;
use crate::sample::description::Description;
use crate::sample::happening::{Booking, Collected, Deviation, Happening};
use crate::sample::plan::Generated;
use crate::store::append::{Appender, Refs};
use crate::store::imports::{FileRecord, Numbered};
use crate::store::trade_news::{self, ToldBy};
use crate::store::{Engine, Sink, StoreError, imports, positions, takeover, trades};
use jiff::civil::Date;
use std::collections::HashMap;

/// Writes batches of sample trades with their vouchers, and bills at the end of each day.
pub(super) struct SampleWriter<'d> {
    pub engine: &'d mut dyn Engine,
    pub appender: &'d mut Appender,
    in_force: &'d InForce,
    pub description: &'d Description,
    pub context: &'d Context,
    pub seed: u64,
    pub written: Generated,
    memos: HashMap<(TradeKind, Event), String>,
    /// Row numbers of the day's trades so far: first, and one past the last.
    rows: Option<(i64, i64)>,
    /// Deviations of the day's bills, by trade.
    deviations: HashMap<TradeNo, Deviation>,
    /// What the channels alone know of the day.
    unrecorded: Vec<(Trade, Option<Deviation>)>,
    /// Trades of the day before that come with this day's bills.
    late: Vec<Trade>,
    /// Trades of the day before that happened after their channel's cut, so that its bill of this day lists them.
    after_cut: Vec<(Trade, Option<Deviation>)>,
    /// What the day's later list says against trades, by their rows.
    claims: Vec<(i64, TradeNews)>,
    /// Channels whose bill of the day replaces an earlier one.
    replaced: Vec<Channel>,
}

/// A voucher to be written.
struct Slip {
    draft: Draft,
    /// Place of its trade in the batch, if it names one.
    place: Option<usize>,
    /// Whether somebody accepted it.
    accepted: bool,
}

/// Reason on opening balances that somebody accepted, and who did: whoever brings a voucher in does not accept it.
const OPENING: &str = "opening balance";
const ACCEPTED_BY: &str = "takeover";

impl<'d> SampleWriter<'d> {
    pub fn new(
        engine: &'d mut dyn Engine,
        (appender, in_force, description): (&'d mut Appender, &'d InForce, &'d Description),
        context: &'d Context,
        seed: u64,
    ) -> Self {
        Self {
            engine,
            appender,
            in_force,
            description,
            context,
            seed,
            written: Generated::default(),
            memos: HashMap::new(),
            rows: None,
            deviations: HashMap::new(),
            unrecorded: Vec::new(),
            late: Vec::new(),
            after_cut: Vec::new(),
            claims: Vec::new(),
            replaced: Vec::new(),
        }
    }

    fn memo(&mut self, kind: TradeKind, event: Event) -> String {
        let (kinds, description, lang) = (&self.in_force.kinds, self.description, self.context.lang);
        self.memos.entry((kind, event)).or_insert_with(|| memo(kinds, description, lang, kind, event)).clone()
    }

    /// Writes a batch: its trades with their vouchers, then the second events at the moment `later`:
    /// clearing, and the arrival of payouts.
    pub fn write(&mut self, batch: &[Happening], later: Moment) -> Result<(), Refusal> {
        let recorded: Vec<&Happening> = batch.iter().filter(|happening| happening.recorded).collect();
        let mut slips = Vec::new();
        for (place, happening) in recorded.iter().enumerate() {
            for booking in &happening.booked {
                let draft = self.draft(
                    Some((&happening.trade, happening.event)),
                    happening.trade.business_date,
                    booking,
                );
                slips.push(Slip { draft, place: Some(place), accepted: false });
            }
            for stray in &happening.strays {
                let draft = self.draft(None, happening.trade.business_date, &stray.booking);
                let draft = Draft { voucher_no: Some(stray.voucher_no.clone()), ..draft };
                slips.push(Slip { draft, place: None, accepted: stray.accepted });
            }
        }
        for (place, happening) in recorded.iter().enumerate() {
            if let Some((event, lines)) = &happening.later {
                let booking = Booking { posted_at: later, lines: lines.clone(), wrong_day: None };
                let draft =
                    self.draft(Some((&happening.trade, *event)), happening.trade.business_date, &booking);
                slips.push(Slip { draft, place: Some(place), accepted: false });
            }
        }
        let mut first = 0;
        let (appender, kinds) = (&mut *self.appender, &self.in_force.kinds);
        let accepted_by: Operator = ACCEPTED_BY.parse()?;
        let committed = self.engine.commit(&mut |sink| {
            appender.begin(sink)?;
            first = imports::next_id(sink, Numbered::Trade)?;
            put((kinds, &accepted_by), appender, sink, &recorded, &mut slips, first)
        });
        if let Err(error) = committed {
            self.appender.forget();
            return Err(error.into());
        }
        let count = recorded.len() as u64;
        let next = first.saturating_add_unsigned(count);
        if count > 0 {
            self.rows = Some((self.rows.map_or(first, |(from, _)| from), next));
        }
        self.written.trades += count;
        self.written.vouchers += slips.len() as u64;
        for (row, happening) in (first..).zip(recorded) {
            self.claims.extend(happening.claim.iter().map(|claim| (row, claim.clone())));
        }
        for happening in batch {
            if !happening.recorded {
                self.unrecorded.push((happening.trade.clone(), happening.deviation));
            } else if let Some(deviation) = happening.deviation {
                if deviation == Deviation::Replaced {
                    self.replaced.push(happening.trade.channel);
                }
                self.deviations.insert(happening.trade.trade_no.clone(), deviation);
            }
        }
        Ok(())
    }

    /// Returns a voucher of the previous system. It names no rule: that system had its own.
    fn draft(&mut self, of: Option<(&Trade, Event)>, day: Date, booking: &Booking) -> Draft {
        let memo = match of {
            Some((trade, event)) => self.memo(trade.kind, event),
            None => i18n::word(self.context.lang, "generate.memo.stray"),
        };
        Draft {
            voucher_no: None,
            kind: VoucherKind::Import,
            mode: Mode::Normal,
            trade_no: of.map(|(trade, _)| trade.trade_no.clone()),
            event: of.map(|(_, event)| event),
            reverses: None,
            case_no: None,
            accounting_date: day,
            business_date: booking.wrong_day.unwrap_or(day),
            value_date: day,
            reason: None,
            rule: None,
            maker: self.context.operator.clone(),
            checker: None,
            posted_at: booking.posted_at,
            memo,
            lines: booking.lines.clone(),
        }
    }

    /// Ends a day. If its bills have arrived (`billed`), writes those of all channels but `lost` from the day's trades,
    /// and what a later list says against them; returns what the channels owe us by the bills.
    pub fn end_day(
        &mut self,
        day: Date,
        billed: Option<Moment>,
        lost: Option<Channel>,
    ) -> Result<Vec<Collected>, Refusal> {
        let rows = self.rows.take();
        let deviations = std::mem::take(&mut self.deviations);
        let unrecorded = std::mem::take(&mut self.unrecorded);
        let late = std::mem::take(&mut self.late);
        let after_cut = std::mem::take(&mut self.after_cut);
        let claims = std::mem::take(&mut self.claims);
        let replaced = std::mem::take(&mut self.replaced);
        let Some(at) = billed else { return Ok(Vec::new()) };
        let (from, until) = rows.unwrap_or((1, 1));
        let (seed, context) = (self.seed, self.context);
        let (description, in_force) = (self.description, self.in_force);
        let kinds = &in_force.kinds;
        let mut lines = 0;
        let mut collected = Vec::new();
        let (mut deferred, mut of_next_day) = (Vec::new(), Vec::new());
        self.engine.commit(&mut |sink| {
            deferred.clear();
            of_next_day.clear();
            let mut bills = ChannelBills::begin(sink, (description, kinds), lost, &replaced)?;
            let mut list = |bills: &mut ChannelBills<'_>, sink: &mut dyn Sink, trade: &Trade, deviation| {
                if in_force.channel_day(trade.channel, trade.occurred_at) > day {
                    of_next_day.push((trade.clone(), deviation));
                    return Ok(());
                }
                bills.list(sink, trade, deviation)
            };
            for (trade, deviation) in &after_cut {
                bills.list(sink, trade, *deviation)?;
            }
            for trade in &late {
                bills.list_late(sink, trade)?;
            }
            let mut next = from;
            while next < until {
                let last = (next + positions::CHUNK).min(until) - 1;
                for trade in trades::trade_range(sink, next, last)? {
                    let deviation = deviations.get(&trade.trade_no).copied();
                    list(&mut bills, sink, &trade, deviation)?;
                    if deviation == Some(Deviation::NextDay) {
                        deferred.push(trade);
                    }
                }
                next = last + 1;
            }
            for (trade, deviation) in &unrecorded {
                list(&mut bills, sink, trade, *deviation)?;
            }
            lines = bills.lines();
            collected = bills.collected(at);
            tell(sink, (day, at), seed, context, &claims)?;
            bills.end(sink, day, at, seed, context)
        })?;
        (self.late, self.after_cut) = (deferred, of_next_day);
        self.written.statement_lines += lines;
        Ok(collected)
    }
}

/// Writes what a list that comes with the bills of a day says against its trades.
fn tell(
    sink: &mut dyn Sink,
    (day, at): (Date, Moment),
    seed: u64,
    context: &Context,
    claims: &[(i64, TradeNews)],
) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    let fingerprint = fingerprint(format!("{seed}/trades/{day}").as_bytes());
    let record = FileRecord {
        fingerprint: &fingerprint,
        kind: "trades",
        file: &format!("trades-{}-again.csv", day.strftime("%Y%m%d")),
        rows: claims.len() as u64,
        operator: &context.operator,
        now: at,
    };
    imports::insert_file(sink, &record)?;
    let by = ToldBy { file: &fingerprint, operator: &context.operator, now: at };
    claims.iter().try_for_each(|(row, news)| trade_news::insert(sink, *row, news, by))
}

fn put(
    (kinds, accepted_by): (&Kinds, &Operator),
    appender: &mut Appender,
    sink: &mut dyn Sink,
    batch: &[&Happening],
    slips: &mut [Slip],
    first: i64,
) -> Result<(), StoreError> {
    for (row, happening) in (first..).zip(batch) {
        let events = [Some(happening.event), happening.later.as_ref().map(|(event, _)| *event)];
        let numbered = |event| kinds.number(event).map(|number| (event, number));
        let events: Vec<(Event, i64)> = events.into_iter().flatten().filter_map(numbered).collect();
        trades::insert_trade(sink, row, &happening.trade, &events)?;
    }
    for Slip { draft, place, accepted } in slips {
        if draft.trade_no.is_some() {
            draft.voucher_no = Some(older_number(appender.head().0 + 1)?);
        }
        let trade = place.map(|place| first.saturating_add_unsigned(place as u64));
        let voucher = appender.append(sink, draft, Refs { trade, ..Refs::default() })?;
        if *accepted {
            takeover::accept(sink, voucher.seq, OPENING, accepted_by, draft.posted_at)?;
        }
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
