//! Answers the requests about accounting days and periods.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::protocol::context::Context;
use crate::protocol::days::{CheckDay, CloseDay, ClosePeriod, CutDay, ListDays, ListPeriods, OpenDay};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::days::{self};

impl Handle for ListDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(days::days(&mut *ledger.engine, false)?)
    }
}

impl Handle for OpenDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_open(context, day)
    }
}

impl Handle for CutDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_cut(context, day)
    }
}

impl Handle for CheckDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_checks(context, day)
    }
}

impl Handle for ClosePeriod {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { period } = self;
        ledger.period_close(context, period)
    }
}

impl Handle for ListPeriods {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.periods()
    }
}

impl Handle for CloseDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_close(context, day)
    }
}
