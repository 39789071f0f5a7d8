//! Where ledgers are: configuration, addresses, and how each kind of ledger is opened.

use super::files::new_id;
use super::outcome::{Failure, io_fault};
use crate::app::{LedgerLocation, NamedLedger};
use crate::config::{Address, Config, Profile, RqliteAddress, SshAddress};
use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::remote::client::{self, Client};
use crate::remote::known::{HEAD_BACK, KnownHead, KnownHeads, Proof};
use crate::remote::ssh::Ssh;
use crate::runtime::local_files::read_text;
use crate::runtime::{Ledgers, Opened};
use crate::store::engine::rqlite::{Cluster, Keys};
use directories::ProjectDirs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

/// SSH client to use instead of the `ssh` in the path.
const SSH_CLIENT: &str = "STORNO_SSH";
/// Configuration file of the SSH client, instead of the user's.
const SSH_CONFIG: &str = "STORNO_SSH_CONFIG";
/// Name of the `storno` program on other hosts.
const SSH_PROGRAM: &str = "STORNO_SSH_PROGRAM";
/// Credentials of a cluster, `user:password`.
const RQLITE_CREDENTIALS: &str = "STORNO_RQLITE_CREDENTIALS";
/// File with the CA certificates for a cluster's certificate.
const RQLITE_CA: &str = "STORNO_RQLITE_CA";
/// Configuration file to use instead of the user's.
const CONFIG: &str = "STORNO_CONFIG";
/// Folder for remembered state, instead of the user's.
const STATE: &str = "STORNO_STATE";

/// Returns a desk in this process as an open ledger; `asked` is the name or address that the user gave.
pub fn here(desk: Desk, operator: &Operator, asked: &str) -> Opened {
    Opened {
        zone: desk.ledger().in_force().zone.clone(),
        names: desk.ledger().in_force().names.clone(),
        currencies: desk.ledger().in_force().currencies.clone(),
        service: Box::new(desk),
        operator: operator.clone(),
        operator_is_fixed: false,
        asked: asked.to_owned(),
        location: LedgerLocation::default(),
    }
}

/// Returns an environment variable; an empty one counts as unset.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the user's folders for this program.
fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "storno")
}

/// Returns the path of the user's configuration.
fn config_file() -> Option<PathBuf> {
    environment(CONFIG)
        .map(PathBuf::from)
        .or_else(|| folders().map(|folders| folders.config_dir().join("config.toml")))
}

/// Reads the user's configuration; it is empty if there is no file.
pub fn config() -> Result<Config, Failure> {
    let Some(file) = config_file().filter(|file| file.exists() || environment(CONFIG).is_some()) else {
        return Ok(Config::default());
    };
    let (_, text) = read_text(&file, Code::BadConfig)?;
    Ok(Config::parse(&file.display().to_string(), &text)?)
}

/// Returns the heads that were seen at remote addresses.
pub fn known() -> KnownHeads {
    let folder = environment(STATE).map(PathBuf::from).or_else(|| {
        folders().map(|folders| folders.state_dir().unwrap_or(folders.data_local_dir()).to_path_buf())
    });
    folder.map_or_else(KnownHeads::default, |folder| KnownHeads::in_file(folder.join("ledgers.json")))
}

/// Forgets the head that was seen at an address.
pub fn forget(address: &str) {
    let _ = known().forget(address);
}

/// Returns the profile of a name; an address that no profile names gets an empty one.
pub fn profile(name: &str) -> Result<Profile, Failure> {
    match config()?.named(name) {
        Some(profile) => Ok(profile.clone()),
        None => Ok(Profile::plain(name.parse()?)),
    }
}

/// Returns how to connect to a cluster. Credentials come from the environment, or from a file that only
/// the user can read; never from the command line, which other users of the host can see.
pub fn cluster(address: &RqliteAddress, profile: &Profile) -> Result<Cluster, Failure> {
    let credentials = match (environment(RQLITE_CREDENTIALS), &profile.credentials) {
        (Some(both), _) => Some(("environment".to_owned(), both)),
        (None, Some(file)) => {
            let mode = std::fs::metadata(file)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(Rejection::new(Code::OpenSecret).with("file", file.display()).into());
            }
            Some(read_text(file, Code::BadConfig)?)
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

/// Returns a source of idempotency keys for batches and requests.
pub fn keys() -> Keys {
    Arc::new(|| new_id().ok())
}

/// Opens ledgers for one operator.
#[derive(Clone)]
pub struct Opener {
    /// The operator.
    pub operator: Operator,
    /// True if the ledger must not be written, whatever its profile says.
    pub read_only: bool,
    /// True if the command line gave a time, which a remote desk then takes instead of its clock.
    pub time_is_given: bool,
}

impl Opener {
    /// Opens a ledger by its name in the configuration, or by its address.
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
            Address::Ssh(ssh) => self.connect(ssh, &profile, read_only, watch)?,
            Address::Rqlite(rqlite) => {
                let (there, address) = (cluster(rqlite, &profile)?, profile.address.to_string());
                // Read before connecting: another session may remember a newer head meanwhile.
                let before = known().recall(&address);
                let opened = OpenLedger::open_cluster(there.clone(), keys(), read_only).map(Desk::from);
                let mut desk = opened.map_err(|refusal| explain_head_back(refusal, there, &address))?;
                check_known_head(&mut desk, before, &address)?;
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

    /// Connects to a ledger on another host.
    fn connect(
        &self,
        ssh: &SshAddress,
        profile: &Profile,
        read_only: bool,
        watch: &mut dyn Watch,
    ) -> Result<Opened, Failure> {
        let starter = Ssh {
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
        let terms = client::ClientTerms {
            address: profile.address.to_string(),
            ledger: ssh.path.clone(),
            read_only,
            operator: self.operator.clone(),
            time_is_given: self.time_is_given,
            known: known(),
            keys: Box::new(|| new_id().ok()),
        };
        let client = Client::connect(Box::new(starter), terms, watch)?;
        let welcome = client.welcome();
        Ok(Opened {
            zone: crate::domain::period::parse_zone(&welcome.ledger.zone)?,
            names: welcome.ledger.names.clone(),
            currencies: welcome.ledger.kept(),
            operator: welcome.operator.clone(),
            operator_is_fixed: welcome.operator_is_fixed,
            asked: String::new(),
            location: LedgerLocation::default(),
            service: Box::new(client),
        })
    }
}

/// Returns a more exact refusal if a cluster no longer holds the batch that was seen: it may hold
/// another ledger.
fn explain_head_back(refusal: Refusal, cluster: Cluster, address: &str) -> Refusal {
    let now = Cluster { place: 0, key: String::new(), remember: None, ..cluster };
    let info = || {
        OpenLedger::open_cluster(now, keys(), true)
            .map(Desk::from)
            .and_then(|mut desk| desk.ledger_mut().ledger_info())
            .ok()
    };
    let seen = || known().recall(address).filter(|seen| !seen.ledger_id.is_empty());
    if refusal.code() != HEAD_BACK {
        return refusal;
    }
    let (Some(seen), Some(info)) = (seen(), info()) else { return refusal };
    seen.compare(&KnownHead::of(&info), address).err().unwrap_or(refusal)
}

/// Compares a cluster's ledger with the head that was seen there `before`, and remembers its head.
fn check_known_head(desk: &mut Desk, before: Option<KnownHead>, address: &str) -> Result<(), Refusal> {
    let (known, info) = (known(), desk.ledger_mut().ledger_info()?);
    let (place, key) = before.as_ref().map_or_else(Default::default, |seen| (seen.place, seen.key.clone()));
    let now = KnownHead { place, key, ..KnownHead::of(&info) };
    // A ledger that was only written, never opened, from here has a known batch but no known head.
    if let Some(seen) = before.filter(|seen| !seen.ledger_id.is_empty())
        && let Proof::Holds(seq, hash) = seen.compare(&now, address)?
        && !desk.ledger_mut().holds_seal(seq, &hash)?
    {
        return Err(seen.gone_back(now.head_seq, address));
    }
    known.remember(address, &now);
    Ok(())
}

/// Returns the configured ledgers with what opens any ledger, for the workstation.
pub fn ledgers(opener: Opener) -> Result<Ledgers, Failure> {
    let known = known();
    let named = config()?.ledgers.into_iter().map(|(name, profile)| {
        let address = profile.address.to_string();
        let Profile { role, read_only, colour, .. } = profile;
        NamedLedger { name, address, role, read_only, colour, last_head: None }
    });
    let open = move |name: &str, watch: &mut dyn Watch| {
        opener.open(name, watch).map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Usage(detail) => io_fault(detail),
            Failure::Closed => io_fault("closed"),
        })
    };
    let last_head = move |address: &str| known.recall(address).map(|head| head.head_seq);
    Ok(Ledgers { named: named.collect(), open: Arc::new(open), last_head: Box::new(last_head) })
}
