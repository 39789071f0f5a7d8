//! Trades in detail and as lists, and single vouchers.

use crate::desk::handle::Handle;
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::rejection::Rejection;
use crate::domain::voucher::Voucher;
use crate::protocol::context::Context;
use crate::protocol::page::{Page, Rows};
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{ListEvents, ListTrades, ShowTrade, TradeDetail, TradeFilter, TradeRow};
use crate::protocol::vouchers::{ListVouchers, ShowVoucher};
use crate::protocol::watch::Watch;
use crate::store::{
    amendments, candidates, cases, decisions, events, statements, trade_news, trades, vouchers,
};

impl OpenLedger {
    pub(crate) fn trade_row(&mut self, trade_no: &TradeNo) -> Result<TradeRow, Refusal> {
        Ok(trades::trade(&mut *self.engine, trade_no)?
            .ok_or_else(|| Rejection::not_found("trade", trade_no))?)
    }

    pub(crate) fn voucher(&mut self, voucher_no: &VoucherNo) -> Result<Voucher, Refusal> {
        Ok(vouchers::voucher(&mut *self.engine, voucher_no)?
            .ok_or_else(|| Rejection::not_found("voucher", voucher_no))?)
    }

    pub(crate) fn trade_detail(
        &mut self,
        context: &Context,
        trade_no: &TradeNo,
    ) -> Result<TradeDetail, Refusal> {
        let row = self.trade_row(trade_no)?;
        let findings = self.findings_of(context, row.id)?;
        let mut near = Vec::new();
        // The findings that have candidates exclude each other.
        for finding in &findings {
            near.extend(self.candidates_for(finding)?);
        }
        Ok(TradeDetail {
            candidates: near,
            events: events::events_of(&mut *self.engine, row.id)?,
            vouchers: vouchers::vouchers_of(&mut *self.engine, row.id)?,
            lines: statements::lines_of(
                &mut *self.engine,
                row.trade.channel.as_str(),
                row.trade.channel_ref.as_str(),
            )?,
            matched: candidates::pair_of(&mut *self.engine, row.id)?,
            match_asked: decisions::decisions_of(&mut *self.engine, row.id)?.1,
            follow_up: trades::follow_up(&mut *self.engine, row.id)?,
            findings,
            cases: cases::cases_of(&mut *self.engine, row.id)?,
            amendments: amendments::amendments(&mut *self.engine, row.id)?,
            told: trade_news::history(&mut *self.engine, row.id)?,
            row,
        })
    }

    pub(crate) fn trades(
        &mut self,
        context: &Context,
        filter: &TradeFilter,
        page: &Page,
        watch: &mut dyn Watch,
    ) -> Result<Rows<TradeRow>, Refusal> {
        if !filter.with_findings {
            return Ok(trades::trades(&mut *self.engine, filter, None, page)?);
        }
        let rows = self.rows_with_findings(context, watch)?;
        Ok(trades::trades(&mut *self.engine, filter, Some(&rows), page)?)
    }

    /// Returns the number of trades in the ledger.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn trade_count(&mut self) -> Result<u64, Refusal> {
        Ok(trades::last_trade(&mut *self.engine)?.unsigned_abs())
    }
}

impl Handle for ListTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        let InForce { channels, kinds, .. } = &ledger.in_force;
        filter.channel.as_deref().map(|text| channels.read(text)).transpose()?;
        filter.kind.as_deref().map(|text| kinds.read(text)).transpose()?;
        ledger.trades(context, &filter, &page, watch)
    }
}

impl Handle for ShowTrade {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no } = self;
        Ok(Box::new(ledger.trade_detail(context, &trade_no)?))
    }
}

impl Handle for ListEvents {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { unposted, page } = self;
        Ok(events::events(&mut *ledger.engine, unposted, &page)?)
    }
}

impl Handle for ListVouchers {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        Ok(vouchers::vouchers(&mut *ledger.engine, &filter, &page)?)
    }
}

impl Handle for ShowVoucher {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { voucher_no } = self;
        Ok(Box::new(ledger.voucher(&voucher_no)?))
    }
}
