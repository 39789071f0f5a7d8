//! Requests to a cluster: the hosts one after the other, credentials, TLS.

use super::answer::Outcome;
use crate::store::engine::{Fault, StoreError};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How long one answer may take: a batch of thousands of rows, replicated.
const ANSWER: Duration = Duration::from_mins(1);
/// How long a host may take to be reached.
const REACH: Duration = Duration::from_secs(5);
/// How long a cluster without a leader is waited for; electing one takes two to three seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pause between two rounds over the hosts.
const PAUSE: Duration = Duration::from_millis(150);
/// Largest answer that is read.
const LARGEST: u64 = 1 << 30;

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A look at the leader's own state, whatever it holds.
    Look,
    /// The same in a ledger; through the log where another node may lead now.
    Read,
    /// A look through the log: what was written before is seen, whoever leads.
    ReadSurely,
    /// A batch, all or nothing.
    Write,
}

/// A write that changes nothing. Behind it, what was written before is seen; nodes of 8.26 answer with old rows to `level=strong`
/// while they catch up.
const NOTHING: &str = "DELETE FROM batch WHERE 0";

impl To {
    /// Where it is sent, and whether [`NOTHING`] goes before it. All statements of a request see one state. A node that has just
    /// become leader may not have caught up with its log, so what is asked after any trouble goes through it.
    const fn path(self, troubled: bool) -> (&'static str, bool) {
        match self {
            Self::Read if troubled => Self::ReadSurely.path(false),
            Self::Look | Self::Read => ("/db/query?transaction&level=weak", false),
            Self::ReadSurely => ("/db/request?transaction", true),
            Self::Write => ("/db/execute?transaction", false),
        }
    }
}

/// Where a cluster is and how to be let in.
#[derive(Clone, Default)]
pub struct Cluster {
    /// Hosts with ports, in the order in which they are tried.
    pub hosts: Vec<String>,
    /// Whether the way there is encrypted.
    pub tls: bool,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// Certificates (PEM) that the hosts' own must descend from; `None` for the usual ones.
    pub authority: Option<Vec<u8>>,
    /// How far it had come when it was last seen; a node that knows less has not caught up.
    pub place: i64,
    /// The key of the batch there, where it is known.
    pub key: String,
    /// Who is told how far it has come, and by which batch.
    pub remember: Option<Arc<dyn Fn(i64, &str) + Send + Sync>>,
}

/// Credentials are nobody's to see.
impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("hosts", &self.hosts).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// What came back, if anything did.
pub enum Sent {
    /// An answer.
    Answered(u16, Vec<u8>),
    /// The request did not reach the host: nothing was done.
    Unsent(String),
    /// The line broke on the way: nobody knows.
    Broken(String),
}

/// A client of a cluster.
pub struct Http {
    agent: Agent,
    cluster: Cluster,
    /// Which host answered last.
    at: usize,
    authorization: Option<String>,
    /// Whether something went wrong since the last answer, so that another node may lead now.
    troubled: bool,
}

impl Http {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// A fault where the certificates cannot be read.
    pub fn new(cluster: Cluster) -> Result<Self, StoreError> {
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &cluster.authority {
            let certificates: Vec<_> = parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(Fault::Io { detail: "no certificate in the authority file".to_owned() }.into());
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let agent = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            // Nodes pass requests on themselves; who sends us elsewhere is no node.
            .max_redirects(0)
            .timeout_resolve(Some(REACH))
            .timeout_connect(Some(REACH))
            .timeout_send_request(Some(ANSWER))
            .timeout_send_body(Some(ANSWER))
            .timeout_recv_response(Some(ANSWER))
            .timeout_recv_body(Some(ANSWER))
            .user_agent(concat!("storno/", env!("CARGO_PKG_VERSION")))
            // A cluster is asked directly, or through what its address names.
            .proxy(None)
            .build()
            .new_agent();
        let authorization = cluster.credentials.as_ref().map(|(user, password)| {
            use base64::Engine as _;
            let both = format!("{user}:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both))
        });
        Ok(Self { agent, cluster, at: 0, authorization, troubled: true })
    }

    /// The cluster.
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The host that is asked now.
    pub fn host(&self) -> &str {
        self.cluster.hosts.get(self.at).map_or("", String::as_str)
    }

    const fn next_host(&mut self) {
        self.at = (self.at + 1) % self.cluster.hosts.len();
    }

    /// Sends one request to the host that is asked now.
    fn send(&self, path: &str, body: &[u8]) -> Sent {
        let scheme = if self.cluster.tls { "https" } else { "http" };
        let mut request = self
            .agent
            .post(format!("{scheme}://{}{path}", self.host()))
            .header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(error) => {
                let told = format!("{}: {error}", self.host());
                let before = matches!(error, ureq::Error::HostNotFound | ureq::Error::ConnectionFailed)
                    || matches!(
                        &error,
                        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
                    )
                    || matches!(
                        &error,
                        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::BadUri(_)
                    )
                    || matches!(&error, ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused);
                return if before { Sent::Unsent(told) } else { Sent::Broken(told) };
            }
        };
        let status = response.status().as_u16();
        match response.body_mut().with_config().limit(LARGEST).read_to_vec() {
            Ok(body) => Sent::Answered(status, body),
            Err(error) => Sent::Broken(format!("{}: {error}", self.host())),
        }
    }

    /// Asks until some host answers: for requests that do no harm twice. `read` takes status, body, and how many results there
    /// should be: those of the statements are the last ones.
    ///
    /// # Errors
    /// What the cluster refused, or a fault where no host answers for a while.
    pub fn ask<T>(
        &mut self,
        to: To,
        statements: &[Json],
        read: impl Fn(u16, &[u8], usize) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        loop {
            let mut why = String::new();
            for _ in 0..self.cluster.hosts.len() {
                let (path, surely) = to.path(self.troubled);
                let asked: Vec<Json> =
                    surely.then(|| json!([NOTHING])).into_iter().chain(statements.iter().cloned()).collect();
                let body =
                    serde_json::to_vec(&asked).map_err(|e| Fault::Internal { detail: e.to_string() })?;
                match self.send(path, &body) {
                    Sent::Answered(status, body) => match read(status, &body, asked.len()) {
                        Outcome::Done(done) => {
                            // Where nobody knows how far the cluster has come, only the log can tell.
                            self.troubled &= to == To::Look && self.cluster.place == 0;
                            return Ok(done);
                        }
                        Outcome::Refused(error) => return Err(error),
                        Outcome::Unclear(told) => why = told,
                    },
                    Sent::Unsent(told) | Sent::Broken(told) => why = told,
                }
                self.troubled = true;
                self.next_host();
            }
            if start.elapsed() > PATIENCE {
                return Err(Fault::Unreachable { detail: why }.into());
            }
            tracing::warn!(why, "no host of the cluster answers");
            std::thread::sleep(PAUSE);
        }
    }

    /// Sends a batch once, to the first host that can be reached. Its answer may be unclear.
    pub fn order<T>(&mut self, body: &[u8], read: impl Fn(u16, &[u8]) -> Outcome<T>) -> Outcome<T> {
        let mut why = String::new();
        for _ in 0..self.cluster.hosts.len() {
            match self.send(To::Write.path(false).0, body) {
                Sent::Answered(status, body) => {
                    let outcome = read(status, &body);
                    if matches!(outcome, Outcome::Unclear(_)) {
                        self.troubled = true;
                        self.next_host();
                    }
                    return outcome;
                }
                Sent::Broken(told) => {
                    self.troubled = true;
                    self.next_host();
                    return Outcome::Unclear(told);
                }
                Sent::Unsent(told) => {
                    why = told;
                    self.troubled = true;
                    self.next_host();
                }
            }
        }
        Outcome::Unclear(why)
    }
}
