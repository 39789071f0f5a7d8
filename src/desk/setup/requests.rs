//! Answers the requests about policy, rules and calendars.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::protocol::calendars::{CheckCalendar, ListCalendars, LoadCalendar};
use crate::protocol::context::Context;
use crate::protocol::policy::{ListReasons, LoadPolicy, ShowPolicy};
use crate::protocol::refusal::Refusal;
use crate::protocol::rules::{ListRules, LoadRules};
use crate::protocol::watch::Watch;

impl Handle for LoadRules {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        ledger.load_rules(context, &file, &text)?;
        ledger.rule_sets()
    }
}

impl Handle for ListRules {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.rule_sets()
    }
}

impl Handle for ShowPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.policy_answer()?))
    }
}

impl Handle for LoadPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        Ok(Box::new(ledger.policy_load(context, &file, &text)?))
    }
}

impl Handle for ListReasons {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(ledger.reasons(context))
    }
}

impl Handle for CheckCalendar {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no } = self;
        Ok(Box::new(ledger.calendar_check(context, &trade_no)?))
    }
}

impl Handle for ListCalendars {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.calendars()
    }
}

impl Handle for LoadCalendar {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        ledger.calendar_load(context, &file, &text)
    }
}
