//! `init`: a new ledger, in a file or in a cluster.

use crate::cli::files::{new_id, read_text};
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::place;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::choice;
use crate::config::Address;
use crate::desk::Desk;
use crate::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, DEFAULT_POLICY};
use crate::desk::ledger::OpenLedger;
use crate::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::i18n::text;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::store::settings::Settings;
use clap::Args;
use std::path::PathBuf;

/// Makes a ledger.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[arg(value_name = "LEDGER")]
    address: String,
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[arg(long, default_value = "CNY", value_name = "CODES")]
    currency: String,
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[arg(long, default_value_t = LedgerRole::Test, value_parser = choice::<LedgerRole>())]
    role: LedgerRole,
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: String,
}

impl RunCommand for InitArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.must_write()?;
        let profile = place::profile(&self.address)?;
        let chart = own_or(self.chart.as_ref(), DEFAULT_CHART)?;
        let rules = own_or(self.rules.as_ref(), DEFAULT_RULES)?;
        let policy = own_or(self.policy.as_ref(), DEFAULT_POLICY)?;
        let settings = self.settings(&profile.address)?;
        let new = NewLedger {
            settings,
            policy: (&policy.0, &policy.1),
            chart: (&chart.0, &chart.1),
            channels: DEFAULT_CHANNELS,
            kinds: DEFAULT_KINDS,
            rules: (&rules.0, &rules.1),
        };
        let (operator, now) = (&session.context.operator, session.context.now);
        let mut desk = match &profile.address {
            Address::Local(path) => OpenLedger::create(path, &new, operator, now).map(Desk::from)?,
            Address::Rqlite(rqlite) => {
                let cluster = place::cluster(rqlite, &profile)?;
                let made = OpenLedger::create_in_cluster(cluster, place::keys(), &new, operator, now)
                    .map(Desk::from)?;
                // A ledger that was seen at this address before no longer exists.
                place::forget(&profile.address.to_string());
                made
            }
            Address::Ssh(_) => {
                return Err(Rejection::new(Code::LocalOnly).with("address", &profile.address).into());
            }
        };
        let ledger = ask_for(&mut desk, &session.context, ShowLedger {}, &mut Unwatched)?;
        let args = [("path", profile.address.to_string()), ("id", ledger.ledger_id.clone())];
        session.print_object(&ledger, &text(session.lang, "cli.made", &args))
    }
}

impl InitArgs {
    fn settings(&self, address: &Address) -> Result<Settings, Failure> {
        let read = |code: &str| {
            let bad = Rejection::new(Code::BadValue).with("what", "currency");
            code.parse().map_err(|_| Failure::from(bad.with("value", code.escape_debug())))
        };
        let currencies = self.currency.split(',').map(read).collect::<Result<Vec<Currency>, _>>()?;
        let currency = currencies.first().copied().unwrap_or(Currency::CNY);
        crate::domain::period::parse_zone(&self.zone)?;
        let name = match address {
            Address::Local(path) => {
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            }
            other => other.to_string(),
        };
        let (role, zone) = (self.role, self.zone.clone());
        Ok(Settings { ledger_id: new_id()?, name, role, currency, currencies, zone })
    }
}

/// Returns name and text of the operator's file, or of the default.
fn own_or(file: Option<&PathBuf>, default: (&str, &str)) -> Result<(String, String), Failure> {
    match file {
        Some(path) => read_text(path),
        None => Ok((default.0.to_owned(), default.1.to_owned())),
    }
}
