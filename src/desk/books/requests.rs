//! Answers the requests about the lists and reports of the books.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::protocol::accounts::{ListAccounts, ListChain, ListSubjects, ShowAccount, ShowChart};
use crate::protocol::context::Context;
use crate::protocol::ledger::{CheckSeal, ShowLedger, ShowOverview, VerifyLedger};
use crate::protocol::lineage::ShowLineage;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{
    ListChannelDays, ReconcileChannel, ReportBalanceDays, ReportCustomerStatement, ReportTrialBalance,
    ReportTurnover,
};
use crate::protocol::rules::{ExplainTrade, Explanation};
use crate::protocol::trades::{ListEvents, ListTrades, ShowTrade};
use crate::protocol::vouchers::{ListVouchers, ShowVoucher};
use crate::protocol::watch::Watch;
use crate::store::accounts::{self};
use crate::store::events::{self};
use crate::store::vouchers::{self};

impl Handle for CheckSeal {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { seq, hash } = self;
        ledger.holds_seal(seq, &hash)
    }
}

impl Handle for ShowChart {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(ledger.in_force.chart.clone())
    }
}

impl Handle for ShowLedger {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.ledger_info()?))
    }
}

impl Handle for ShowOverview {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.overview(context)?))
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

impl Handle for ListAccounts {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { prefix, page } = self;
        Ok(accounts::accounts(&mut *ledger.engine, &prefix, &page)?)
    }
}

impl Handle for ListSubjects {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(accounts::subjects(&mut *ledger.engine, ledger.in_force.currency().code())?)
    }
}

impl Handle for ShowAccount {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { code, as_of } = self;
        Ok(Box::new(ledger.account(&code, as_of.as_ref())?))
    }
}

impl Handle for ReportTurnover {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { of, from, to } = self;
        Ok(Box::new(ledger.turnover(context, of, from, to)?))
    }
}

impl Handle for ReportTrialBalance {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { as_of } = self;
        Ok(Box::new(ledger.trial_balance(as_of)?))
    }
}

impl Handle for ReportBalanceDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { account, from, to } = self;
        Ok(Box::new(ledger.balance_days(&account, from, to)?))
    }
}

impl Handle for ReportCustomerStatement {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { holder, from, to } = self;
        Ok(Box::new(ledger.statement(context, &holder, from, to)?))
    }
}

impl Handle for ListChannelDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(crate::store::reconcile::channel_days(&mut *ledger.engine)?)
    }
}

impl Handle for ReconcileChannel {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { channel, day } = self;
        Ok(Box::new(ledger.reconcile(channel, day)?))
    }
}

impl Handle for ListChain {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { account, page } = self;
        ledger.account(&account, None)?;
        Ok(vouchers::chain(&mut *ledger.engine, &account, &page)?)
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

impl Handle for ShowLineage {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no, voucher_no } = self;
        ledger.lineage(context, trade_no, voucher_no)
    }
}

impl Handle for ExplainTrade {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no } = self;
        Ok(Explanation { events: ledger.explain(context, &trade_no)?, trade_no })
    }
}

impl Handle for VerifyLedger {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.verify(context, watch)
    }
}
