//! Where ledgers are: addresses and profiles, the line to another host, and the server's end of it.

use super::{Failure, Outcome, Session};
use crate::config::{Address, Config, Profile, RqliteAddress};
use crate::desk::{Desk, Service};
use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Role;
use crate::i18n::text;
use crate::remote::client::{self, Client};
use crate::remote::known::Known;
use crate::remote::server;
use crate::remote::ssh::Ssh;
use crate::store::rqlite::{Cluster, Keys};
use directories::ProjectDirs;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

/// The program that makes lines to other hosts, where it is not the `ssh` in the path.
const SSH_CLIENT: &str = "STORNO_SSH";
/// Another configuration file for it.
const SSH_CONFIG: &str = "STORNO_SSH_CONFIG";
/// Our program's name on the other hosts.
const SSH_PROGRAM: &str = "STORNO_SSH_PROGRAM";
/// User and password of a cluster, with a colon between.
const RQLITE_CREDENTIALS: &str = "STORNO_RQLITE_CREDENTIALS";
/// Certificates that a cluster's own must descend from.
const RQLITE_CA: &str = "STORNO_RQLITE_CA";
/// Another configuration file of ours.
const CONFIG: &str = "STORNO_CONFIG";
/// Another folder for what is remembered.
const STATE: &str = "STORNO_STATE";

/// A ledger that was opened.
pub struct Opened {
    /// Who answers for it.
    pub service: Box<dyn Service>,
    /// The zone of its days.
    pub zone: TimeZone,
    /// Who works there.
    pub operator: Operator,
    /// Whether a server decided that.
    pub operator_is_fixed: bool,
}

impl Opened {
    /// A desk in this process.
    pub fn here(desk: Desk, session: &Session) -> Self {
        let (zone, operator) = (desk.zone().clone(), session.context.operator.clone());
        Self { service: Box::new(desk), zone, operator, operator_is_fixed: false }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "storno")
}

/// Where the user's configuration is.
fn config_file() -> Option<PathBuf> {
    environment(CONFIG)
        .map(PathBuf::from)
        .or_else(|| folders().map(|folders| folders.config_dir().join("config.toml")))
}

/// The user's configuration; empty where there is none.
pub fn config() -> Result<Config, Failure> {
    let Some(file) = config_file().filter(|file| file.exists() || environment(CONFIG).is_some()) else {
        return Ok(Config::default());
    };
    let (_, text) = super::ledger::read_text(&file)?;
    Ok(Config::parse(&file.display().to_string(), &text)?)
}

fn known() -> Known {
    let folder = environment(STATE).map(PathBuf::from).or_else(|| {
        folders().map(|folders| folders.state_dir().unwrap_or(folders.data_local_dir()).to_path_buf())
    });
    folder.map_or_else(Known::default, |folder| Known::in_file(folder.join("ledgers.json")))
}

/// The profile of a name, or the one of an address that has none.
pub fn profile(name: &str) -> Result<Profile, Failure> {
    match config()?.named(name) {
        Some(profile) => Ok(profile.clone()),
        None => Ok(Profile::plain(name.parse()?)),
    }
}

/// The cluster of an address with what lets us in. A password comes from the environment or from a file that nobody else can
/// read, never from the command line.
pub fn cluster(address: &RqliteAddress, profile: &Profile) -> Result<Cluster, Failure> {
    let credentials = match (environment(RQLITE_CREDENTIALS), &profile.credentials) {
        (Some(both), _) => Some(("environment".to_owned(), both)),
        (None, Some(file)) => {
            let mode = std::fs::metadata(file)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(Rejection::new(Code::OpenSecret).with("file", file.display()).into());
            }
            Some(super::ledger::read_text(file)?)
        }
        (None, None) => None,
    };
    let credentials = match credentials {
        None => None,
        Some((name, both)) => {
            let pair = both.trim_end().split_once(':');
            let (user, password) = pair.ok_or_else(|| {
                Rejection::new(Code::BadConfig).with("file", name).with("detail", "user:password")
            })?;
            Some((user.to_owned(), password.to_owned()))
        }
    };
    let authority = environment(RQLITE_CA).map(PathBuf::from).or_else(|| profile.authority.clone());
    let authority = authority.map(std::fs::read).transpose()?;
    Ok(Cluster { hosts: address.hosts.clone(), tls: address.tls, credentials, authority })
}

/// Keys for batches and orders.
pub fn keys() -> Keys {
    Arc::new(|| super::ledger::new_id().ok())
}

/// Opens the ledger of that name or at that address.
pub fn connect(session: &Session, name: &str) -> Result<Opened, Failure> {
    let profile = profile(name)?;
    let read_only = session.global.read_only || profile.read_only;
    match &profile.address {
        Address::Local(path) => {
            let desk = Desk::open(path, read_only)?;
            Ok(Opened::here(desk, session))
        }
        Address::Ssh(ssh) => {
            let dial = Ssh {
                client: environment(SSH_CLIENT).unwrap_or_else(|| "ssh".to_owned()).into(),
                config: environment(SSH_CONFIG).map(PathBuf::from),
                user: ssh.user.clone(),
                host: ssh.host.clone(),
                port: ssh.port,
                program: profile
                    .program
                    .clone()
                    .or_else(|| environment(SSH_PROGRAM))
                    .unwrap_or_else(|| "storno".to_owned()),
            };
            let terms = client::Terms {
                address: profile.address.to_string(),
                ledger: ssh.path.clone(),
                read_only,
                operator: session.context.operator.clone(),
                time_is_told: session.global.now.is_some(),
                known: known(),
                keys: Box::new(|| super::ledger::new_id().ok()),
            };
            let client = Client::connect(Box::new(dial), terms, &mut crate::desk::Unwatched)?;
            let zone = crate::domain::period::parse_zone(&client.welcome().ledger.zone)?;
            let operator = client.welcome().operator.clone();
            let operator_is_fixed = client.welcome().operator_is_fixed;
            Ok(Opened { service: Box::new(client), zone, operator, operator_is_fixed })
        }
        Address::Rqlite(rqlite) => {
            let desk = Desk::open_cluster(cluster(rqlite, &profile)?, keys(), read_only)?;
            Ok(Opened::here(desk, session))
        }
    }
}

/// A named ledger as it is listed.
#[derive(Serialize)]
struct Named {
    name: String,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_head_seq: Option<i64>,
}

impl Session {
    /// Serves the ledger over standard input and output.
    pub(super) fn serve(
        &mut self,
        restrict_to: Option<PathBuf>,
        role: Option<Role>,
    ) -> Result<Outcome, Failure> {
        let ledger = self.global.ledger.as_deref().map(super::ledger::local_path).transpose()?;
        let terms = server::Terms {
            ledger,
            restrict_to,
            operator: self.global.operator.clone(),
            role,
            read_only: self.global.read_only,
            now: self.global.now,
        };
        let clock = || crate::runtime::now(&TimeZone::UTC);
        server::serve(std::io::stdin().lock(), std::io::stdout(), &terms, &clock)?;
        Ok(Outcome::Done)
    }

    /// Lists the named ledgers, or forgets what was seen at an address.
    pub(super) fn ledgers(&mut self, forget: Option<&str>) -> Result<Outcome, Failure> {
        let known = known();
        if let Some(name) = forget {
            let address = profile(name)?.address.to_string();
            if !known.forget(&address) {
                return Err(Rejection::new(Code::NotFound)
                    .with("what", "ledger")
                    .with("name", address)
                    .into());
            }
            let words = text(self.lang, "cli.ledgers.forgotten", &[("address", &address)]);
            return self.print_object(&serde_json::json!({ "forgotten": address }), &words);
        }
        let rows: Vec<Named> = config()?
            .ledgers
            .into_iter()
            .map(|(name, profile)| {
                let address = profile.address.to_string();
                let last_head_seq = known.recall(&address).map(|seen| seen.head_seq);
                Named { name, address, role: profile.role, read_only: profile.read_only, last_head_seq }
            })
            .collect();
        let cells = rows.iter().map(|row| {
            let role = row.role.clone().unwrap_or_default();
            let seen = row.last_head_seq.map(|seq| seq.to_string()).unwrap_or_default();
            [row.name.clone(), row.address.clone(), role, row.read_only.to_string(), seen]
        });
        let words = super::show::ledgers(cells, self.lang);
        self.print_object(&rows, words.trim_end())
    }
}
