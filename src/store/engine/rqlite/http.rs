//! HTTP requests to a cluster: hosts tried in order, credentials, TLS.

use super::answer::Outcome;
use crate::store::engine::{Fault, StoreError};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Timeout of an answer: a batch of thousands of rows is replicated first.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Timeout of a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout for a cluster without a leader; an election takes two to three seconds.
const LEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// Pause between two rounds over all hosts.
const RETRY_PAUSE: Duration = Duration::from_millis(150);
/// Limit of an answer in bytes.
const MAX_ANSWER_BYTES: u64 = 1 << 30;

/// RequestKind of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A read of the leader's own state, whether it holds a ledger or not.
    Probe,
    /// A read of a ledger; through the log if the leader may have changed.
    Read,
    /// A read through the log: it sees everything written before, whichever node leads.
    ReadThroughLog,
    /// A batch, all or nothing.
    Write,
}

/// A write that changes nothing. A read after it in the same request sees everything written before;
/// nodes of 8.26 answer `level=strong` with old rows while they catch up.
const NO_OP: &str = "DELETE FROM batch WHERE 0";

impl RequestKind {
    /// Returns the path, and whether [`NO_OP`] goes first. All statements of a request see one state. A
    /// new leader may not have caught up with its log, so after any trouble reads go through the log.
    const fn path(self, failed: bool) -> (&'static str, bool) {
        match self {
            Self::Read if failed => Self::ReadThroughLog.path(false),
            Self::Probe | Self::Read => ("/db/query?transaction&level=weak", false),
            Self::ReadThroughLog => ("/db/request?transaction", true),
            Self::Write => ("/db/execute?transaction", false),
        }
    }
}

/// Address and credentials of a cluster.
#[derive(Clone, Default)]
pub struct Cluster {
    /// Hosts with ports, in the order in which they are tried.
    pub hosts: Vec<String>,
    /// Whether to use TLS.
    pub tls: bool,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// Root certificates (PEM) for the hosts; `None` for the system's.
    pub authority: Option<Vec<u8>>,
    /// Number of the last batch seen; a node with a lower one lags.
    pub place: i64,
    /// Key of that batch, if known.
    pub key: String,
    /// Stores number and key of the last batch seen.
    pub remember: Option<Arc<dyn Fn(i64, &str) + Send + Sync>>,
}

/// Leaves the credentials out.
impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("hosts", &self.hosts).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Result of one attempt.
pub enum Sent {
    /// Status and body of an answer.
    Answered(u16, Vec<u8>),
    /// The request did not reach the host: nothing was done.
    Unsent(String),
    /// The connection broke: it is unknown whether the request arrived.
    Broken(String),
}

/// A client of a cluster.
pub struct Http {
    agent: Agent,
    cluster: Cluster,
    /// Index of the host that answered last.
    at: usize,
    authorization: Option<String>,
    /// Whether a request failed since the last answer, so that the leader may have changed.
    failed: bool,
}

impl Http {
    /// Creates a client; sends nothing yet.
    ///
    /// # Errors
    /// A fault if the certificates cannot be read.
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
            // Nodes forward requests themselves; a redirection does not come from a node.
            .max_redirects(0)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_send_request(Some(ANSWER_TIMEOUT))
            .timeout_send_body(Some(ANSWER_TIMEOUT))
            .timeout_recv_response(Some(ANSWER_TIMEOUT))
            .timeout_recv_body(Some(ANSWER_TIMEOUT))
            .user_agent(concat!("storno/", env!("CARGO_PKG_VERSION")))
            // Clusters are reached directly, without the proxies of the environment.
            .proxy(None)
            .build()
            .new_agent();
        let authorization = cluster.credentials.as_ref().map(|(user, password)| {
            use base64::Engine as _;
            let both = format!("{user}:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both))
        });
        Ok(Self { agent, cluster, at: 0, authorization, failed: true })
    }

    /// Returns the cluster.
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Returns the current host.
    pub fn host(&self) -> &str {
        self.cluster.hosts.get(self.at).map_or("", String::as_str)
    }

    const fn next_host(&mut self) {
        self.at = (self.at + 1) % self.cluster.hosts.len();
    }

    /// Sends one request to the current host.
    fn attempt(&self, path: &str, body: &[u8]) -> Sent {
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
                let detail = format!("{}: {error}", self.host());
                let unsent = matches!(error, ureq::Error::HostNotFound | ureq::Error::ConnectionFailed)
                    || matches!(
                        &error,
                        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
                    )
                    || matches!(
                        &error,
                        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::BadUri(_)
                    )
                    || matches!(&error, ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused);
                return if unsent { Sent::Unsent(detail) } else { Sent::Broken(detail) };
            }
        };
        let status = response.status().as_u16();
        match response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec() {
            Ok(body) => Sent::Answered(status, body),
            Err(error) => Sent::Broken(format!("{}: {error}", self.host())),
        }
    }

    /// Sends a repeatable request until a host answers. `read` gets status, body and the expected number
    /// of results; those of the statements are the last ones.
    ///
    /// # Errors
    /// The cluster's refusal, or a fault if no host answers for some time.
    pub fn send<T>(
        &mut self,
        kind: RequestKind,
        statements: &[Json],
        read: impl Fn(u16, &[u8], usize) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        loop {
            let mut why = String::new();
            for _ in 0..self.cluster.hosts.len() {
                let (path, through_log) = kind.path(self.failed);
                let sent: Vec<Json> = through_log
                    .then(|| json!([NO_OP]))
                    .into_iter()
                    .chain(statements.iter().cloned())
                    .collect();
                let body =
                    serde_json::to_vec(&sent).map_err(|e| Fault::Internal { detail: e.to_string() })?;
                match self.attempt(path, &body) {
                    Sent::Answered(status, body) => match read(status, &body, sent.len()) {
                        Outcome::Done(done) => {
                            // If the last batch is unknown, only the log can tell it.
                            self.failed &= kind == RequestKind::Probe && self.cluster.place == 0;
                            return Ok(done);
                        }
                        Outcome::Refused(error) => return Err(error),
                        Outcome::Unclear(detail) => why = detail,
                    },
                    Sent::Unsent(detail) | Sent::Broken(detail) => why = detail,
                }
                self.failed = true;
                self.next_host();
            }
            if start.elapsed() > LEADER_TIMEOUT {
                return Err(Fault::Unreachable { detail: why }.into());
            }
            tracing::warn!(why, "no host of the cluster answers");
            std::thread::sleep(RETRY_PAUSE);
        }
    }

    /// Sends a batch once, to the first host that can be reached. The outcome may be unclear.
    pub fn send_once<T>(&mut self, body: &[u8], read: impl Fn(u16, &[u8]) -> Outcome<T>) -> Outcome<T> {
        let mut why = String::new();
        for _ in 0..self.cluster.hosts.len() {
            match self.attempt(RequestKind::Write.path(false).0, body) {
                Sent::Answered(status, body) => {
                    let outcome = read(status, &body);
                    if matches!(outcome, Outcome::Unclear(_)) {
                        self.failed = true;
                        self.next_host();
                    }
                    return outcome;
                }
                Sent::Broken(detail) => {
                    self.failed = true;
                    self.next_host();
                    return Outcome::Unclear(detail);
                }
                Sent::Unsent(detail) => {
                    why = detail;
                    self.failed = true;
                    self.next_host();
                }
            }
        }
        Outcome::Unclear(why)
    }
}
