//! `init`: a new ledger, in a file or in a cluster.

use crate::cli::files::new_id;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::place;
use crate::cli::printable::printable;
use crate::cli::session::{RunCommand, Session};
use crate::cli::show;
use crate::cli::template_files::ChosenTemplate;
use crate::cli::values::choice;
use crate::config::Address;
use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::desk::open::NewLedger;
use crate::domain::authored::rejection;
use crate::domain::ledger_template::LedgerTemplate;
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::i18n::{text, word};
use crate::protocol::ledger::{ShowLedger, ShowOverview};
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::runtime::local_files::read_text;
use crate::store::settings::Settings;
use clap::Args;
use std::path::PathBuf;

/// Makes a ledger.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[arg(value_name = "LEDGER")]
    address: Option<String>,
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    channels: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    kinds: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[arg(long, value_name = "CODES")]
    currency: Option<String>,
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[arg(long, default_value_t = LedgerRole::Test, value_parser = choice::<LedgerRole>())]
    role: LedgerRole,
    #[arg(long)]
    zone: Option<String>,
    #[arg(long)]
    books: bool,
}

impl RunCommand for InitArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.must_write()?;
        let Some(address) = self.address.as_ref().or(session.global.ledger.as_ref()) else {
            return Err(Failure::Usage(word(session.lang, "cli.no_new_ledger")));
        };
        let profile = place::profile(address)?;
        let template = ChosenTemplate::named(self.template.as_deref())?;
        let template = template.files()?;
        let chart = own_or(self.chart.as_ref(), Code::BadRules, template.chart)?;
        let channels = own_or(self.channels.as_ref(), Code::BadChannels, template.channels)?;
        let kinds = own_or(self.kinds.as_ref(), Code::BadKinds, template.kinds)?;
        let rules = own_or(self.rules.as_ref(), Code::BadRules, template.rules)?;
        let policy = own_or(self.policy.as_ref(), Code::BadPolicy, template.policy)?;
        let settings = self.settings(&profile.address, &template)?;
        let new = NewLedger {
            policy: (&policy.0, &policy.1),
            chart: (&chart.0, &chart.1),
            channels: (&channels.0, &channels.1),
            kinds: (&kinds.0, &kinds.1),
            rules: (&rules.0, &rules.1),
            ..NewLedger::of(settings, &template)
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
        if self.books {
            let begun = desk.ledger_mut().begin_as_books(operator, now);
            if let (Err(_), Address::Local(path)) = (&begun, &profile.address) {
                // The file was made above, and is not what was asked for.
                let _ = std::fs::remove_file(path);
            }
            begun?;
        }
        let ledger = ask_for(&mut desk, &session.context, ShowLedger {}, &mut Unwatched)?;
        let overview = ask_for(&mut desk, &session.context, ShowOverview {}, &mut Unwatched)?;
        let args = [("path", profile.address.to_string()), ("id", ledger.ledger_id.clone())];
        let made = printable(&text(session.lang, "cli.made", &args));
        let lacks = show::missing_roles(&overview.missing_roles, session.lang);
        session.print_table(&ledger, &format!("{made}\n{lacks}"))
    }
}

impl InitArgs {
    fn settings(&self, address: &Address, template: &LedgerTemplate<'_>) -> Result<Settings, Failure> {
        let head = template.read_head().map_err(rejection)?;
        let read = |code: &str| {
            let bad = Rejection::new(Code::BadValue).with("what", "currency");
            code.parse().map_err(|_| Failure::from(bad.with("value", code.escape_debug())))
        };
        let currencies = match &self.currency {
            Some(codes) => codes.split(',').map(read).collect::<Result<Vec<Currency>, _>>()?,
            None => head.currencies,
        };
        let currency = currencies.first().copied().unwrap_or(Currency::CNY);
        let zone = self.zone.clone().unwrap_or(head.zone);
        crate::domain::period::parse_zone(&zone)?;
        let name = match address {
            Address::Local(path) => {
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            }
            other => other.to_string(),
        };
        Ok(Settings { ledger_id: new_id()?, name, role: self.role, currency, currencies, zone })
    }
}

/// Returns name and text of the operator's file, or of the default; `code` is that of mistakes in it.
fn own_or(file: Option<&PathBuf>, code: Code, default: (&str, &str)) -> Result<(String, String), Failure> {
    match file {
        Some(path) => Ok(read_text(path, code)?),
        None => Ok((default.0.to_owned(), default.1.to_owned())),
    }
}
