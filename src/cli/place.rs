//! Where ledgers are: addresses and profiles, the line to another host, and the server's end of it.

use super::{Failure, Outcome, Session};
use crate::app::{LedgerLocation, NamedLedger};
use crate::config::{Address, Config, Profile, RqliteAddress, SshAddress};
use crate::desk::ledger::OpenLedger;
use crate::desk::service::Desk;
use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Role;
use crate::i18n::text;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::remote::client::{self, Client};
use crate::remote::known::{Known, Proof, Seen};
use crate::remote::server;
use crate::remote::ssh::Ssh;
use crate::runtime::{Ledgers, Opened};
use crate::store::engine::rqlite::{Cluster, Keys};
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

/// A desk in this process.
pub fn here(desk: Desk, operator: &Operator, asked: &str) -> Opened {
    Opened {
        zone: desk.ledger().in_force().zone.clone(),
        service: Box::new(desk),
        operator: operator.clone(),
        operator_is_fixed: false,
        asked: asked.to_owned(),
        location: LedgerLocation::default(),
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

/// Forgets what was seen at an address.
pub fn forget(address: &str) {
    let _ = known().forget(address);
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
            let pair = both.trim_end_matches(['\r', '\n']).split_once(':');
            let (user, password) = pair.ok_or_else(|| {
                Rejection::new(Code::BadConfig).with("file", name).with("detail", "user:password")
            })?;
            Some((user.to_owned(), password.to_owned()))
        }
    };
    let authority = environment(RQLITE_CA).map(PathBuf::from).or_else(|| profile.authority.clone());
    let authority = authority.map(std::fs::read).transpose()?;
    let (known, name) = (known(), profile.address.to_string());
    let seen = known.recall(&name);
    let place = seen.as_ref().and_then(|seen| seen.place).unwrap_or(0);
    let key = seen.and_then(|seen| seen.key).unwrap_or_default();
    let remember: Arc<dyn Fn(i64, &str) + Send + Sync> =
        Arc::new(move |place, key| known.remember_place(&name, place, key));
    let hosts = address.hosts.clone();
    Ok(Cluster { hosts, tls: address.tls, credentials, authority, place, key, remember: Some(remember) })
}

/// Keys for batches and orders.
pub fn keys() -> Keys {
    Arc::new(|| super::ledger::new_id().ok())
}

/// Opens ledgers for one operator.
#[derive(Clone)]
pub struct Opener {
    operator: Operator,
    read_only: bool,
    time_is_told: bool,
}

impl Opener {
    /// As the command line says.
    pub fn of(session: &Session) -> Self {
        Self {
            operator: session.context.operator.clone(),
            read_only: session.global.read_only,
            time_is_told: session.global.now.is_some(),
        }
    }

    /// Opens the ledger of that name or at that address.
    pub fn open(&self, name: &str, watch: &mut dyn Watch) -> Result<Opened, Failure> {
        let config = config()?;
        let profile = match config.named(name) {
            Some(profile) => profile.clone(),
            None => Profile::plain(name.parse()?),
        };
        let read_only = self.read_only || profile.read_only;
        let mut opened = match &profile.address {
            Address::Local(path) => {
                here(OpenLedger::open(path, read_only).map(Desk::from)?, &self.operator, name)
            }
            Address::Ssh(ssh) => self.dial(ssh, &profile, read_only, watch)?,
            Address::Rqlite(rqlite) => {
                let (there, address) = (cluster(rqlite, &profile)?, profile.address.to_string());
                let opened = OpenLedger::open_cluster(there.clone(), keys(), read_only).map(Desk::from);
                let mut desk = opened.map_err(|refusal| set_back_or_exchanged(refusal, there, &address))?;
                met_before(&mut desk, &address)?;
                here(desk, &self.operator, name)
            }
        };
        let elsewhere = !matches!(profile.address, Address::Local(_));
        name.clone_into(&mut opened.asked);
        opened.location = LedgerLocation {
            name: config.named(name).is_some().then(|| name.to_owned()),
            address: elsewhere.then(|| profile.address.to_string()),
            role: profile.role,
            colour: profile.colour,
        };
        Ok(opened)
    }

    /// Makes the line to a ledger on another host.
    fn dial(
        &self,
        ssh: &SshAddress,
        profile: &Profile,
        read_only: bool,
        watch: &mut dyn Watch,
    ) -> Result<Opened, Failure> {
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
            operator: self.operator.clone(),
            time_is_told: self.time_is_told,
            known: known(),
            keys: Box::new(|| super::ledger::new_id().ok()),
        };
        let client = Client::connect(Box::new(dial), terms, watch)?;
        let welcome = client.welcome();
        Ok(Opened {
            zone: crate::domain::period::parse_zone(&welcome.ledger.zone)?,
            operator: welcome.operator.clone(),
            operator_is_fixed: welcome.operator_is_fixed,
            asked: String::new(),
            location: LedgerLocation::default(),
            service: Box::new(client),
        })
    }
}

/// A cluster without the batch that was seen there may hold another ledger, which is worth saying.
fn set_back_or_exchanged(refusal: Refusal, cluster: Cluster, address: &str) -> Refusal {
    let now = Cluster { place: 0, key: String::new(), remember: None, ..cluster };
    let info = || {
        OpenLedger::open_cluster(now, keys(), true)
            .map(Desk::from)
            .and_then(|mut desk| desk.ledger_mut().ledger_info())
            .ok()
    };
    let seen = || known().recall(address).filter(|seen| !seen.ledger_id.is_empty());
    if refusal.code() != "STORNO-HEAD-BACK" {
        return refusal;
    }
    let (Some(seen), Some(info)) = (seen(), info()) else { return refusal };
    seen.compare(&Seen::of(&info), address).err().unwrap_or(refusal)
}

/// Compares a cluster's ledger with the one that was seen there before, and remembers it.
fn met_before(desk: &mut Desk, address: &str) -> Result<(), Refusal> {
    let (known, info) = (known(), desk.ledger_mut().ledger_info()?);
    let before = known.recall(address);
    let (place, key) = before.as_ref().map_or_else(Default::default, |seen| (seen.place, seen.key.clone()));
    let now = Seen { place, key, ..Seen::of(&info) };
    // Of a ledger that was only written to from here, nothing but the place is known.
    if let Some(seen) = before.filter(|seen| !seen.ledger_id.is_empty())
        && let Proof::Holds(seq, hash) = seen.compare(&now, address)?
        && !desk.ledger_mut().holds_seal(seq, &hash)?
    {
        return Err(seen.gone_back(now.head_seq, address));
    }
    known.remember(address, &now);
    Ok(())
}

/// Opens the ledger of that name or at that address.
pub fn connect(session: &Session, name: &str, watch: &mut dyn Watch) -> Result<Opened, Failure> {
    Opener::of(session).open(name, watch)
}

/// The ledgers of the configuration, and the way to any.
pub fn ledgers(session: &Session) -> Result<Ledgers, Failure> {
    let known = known();
    let named = config()?.ledgers.into_iter().map(|(name, profile)| {
        let address = profile.address.to_string();
        let Profile { role, read_only, colour, .. } = profile;
        NamedLedger { name, address, role, read_only, colour, last_head: None }
    });
    let opener = Opener::of(session);
    let open = move |name: &str, watch: &mut dyn Watch| {
        opener.open(name, watch).map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Usage(detail) => fault(&detail),
            Failure::Closed => fault("closed"),
        })
    };
    let last_head = move |address: &str| known.recall(address).map(|seen| seen.head_seq);
    Ok(Ledgers { named: named.collect(), open: Arc::new(open), last_head: Box::new(last_head) })
}

fn fault(detail: &str) -> Refusal {
    Refusal::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), detail.to_owned())] }
}

/// A named ledger as it is listed.
#[derive(Serialize)]
struct Listed {
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
        let rows: Vec<Listed> = config()?
            .ledgers
            .into_iter()
            .map(|(name, profile)| {
                let address = profile.address.to_string();
                let last_head_seq = known.recall(&address).map(|seen| seen.head_seq);
                Listed { name, address, role: profile.role, read_only: profile.read_only, last_head_seq }
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
