//! Addresses of ledgers.
//!
//! | form | ledger |
//! |---|---|
//! | `path/to/ledger.db` | a local file |
//! | `ssh://[user@]host[:port]/path` | a file on another host; `/~/path` is relative to the user's home |
//! | `rqlite://host:4001[,host2:4001…]` | a cluster; `rqlites://` with TLS |

use crate::domain::rejection::{Code, Rejection};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Address of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A local file.
    Local(PathBuf),
    /// A file on another host.
    Ssh(SshAddress),
    /// A cluster.
    Rqlite(RqliteAddress),
}

/// A file on another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshAddress {
    /// The user; `None` leaves it to the configuration of `ssh`.
    pub user: Option<String>,
    /// The host, or its name in that configuration.
    pub host: String,
    /// The port; `None` leaves it to the configuration of `ssh`.
    pub port: Option<u16>,
    /// The path on the host; a relative one starts at the user's home.
    pub path: String,
}

/// A rqlite cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RqliteAddress {
    /// Hosts with ports, in the order in which they are tried.
    pub hosts: Vec<String>,
    /// True for TLS.
    pub tls: bool,
}

/// The default port of a cluster.
const RQLITE_PORT: u16 = 4001;

impl FromStr for Address {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.is_empty() { Err(bad(text)) } else { Ok(Self::Local(PathBuf::from(text))) };
        };
        match scheme {
            "ssh" => ssh(rest).map(Self::Ssh),
            "rqlite" => rqlite(rest, false).map(Self::Rqlite),
            "rqlites" => rqlite(rest, true).map(Self::Rqlite),
            _ => None,
        }
        .ok_or_else(|| bad(text))
    }
}

/// Returns the refusal of a text that is no address.
fn bad(text: &str) -> Rejection {
    Rejection::new(Code::BadValue)
        .with("what", "ledger")
        .with("value", without_password(text).escape_debug())
        .with("allowed", "path, ssh://[user@]host[:port]/path, rqlite[s]://host[:port][,host…]")
}

/// Returns the address without the text between the user's colon and the last `@`: passwords must not
/// get into messages or logs.
fn without_password(text: &str) -> String {
    let begins = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(begins);
    match rest.rsplit_once('@').and_then(|(user, place)| Some((user.split_once(':')?.0, place))) {
        Some((user, place)) => format!("{scheme}{user}:…@{place}"),
        None => text.to_owned(),
    }
}

fn ssh(rest: &str) -> Option<SshAddress> {
    let (authority, path) = rest.split_once('/')?;
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = host_and_port(place)?;
    // ssh would take a leading dash for an option; a colon in the user would be a password.
    let is_valid = |name: &str| {
        !name.is_empty()
            && !name.starts_with('-')
            && name.chars().all(|c| c.is_alphanumeric() || "-_.:%".contains(c))
    };
    let user_is_valid = user.is_none_or(|user| is_valid(user) && !user.contains(':'));
    let path = match path.strip_prefix("~/") {
        Some(below) => below.to_owned(),
        None => format!("/{path}"),
    };
    let path_is_valid = !path.ends_with('/') && !path.contains('\0');
    (is_valid(&host) && user_is_valid && path_is_valid).then(|| SshAddress {
        user: user.map(str::to_owned),
        host,
        port,
        path,
    })
}

/// Splits host and port. An IPv6 address is in brackets.
fn host_and_port(place: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        let address: std::net::Ipv6Addr = host.parse().ok()?;
        let port = match after.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None if after.is_empty() => None,
            None => return None,
        };
        return Some((address.to_string(), port));
    }
    match place.split_once(':') {
        Some((host, port)) => Some((host.to_owned(), Some(port.parse().ok()?))),
        None => Some((place.to_owned(), None)),
    }
}

fn rqlite(rest: &str, tls: bool) -> Option<RqliteAddress> {
    let hosts: Option<Vec<String>> = rest
        .trim_end_matches('/')
        .split(',')
        .map(|place| {
            let (host, port) = host_and_port(place)?;
            let plain =
                !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            plain.then(|| format!("{host}:{}", port.unwrap_or(RQLITE_PORT)))
        })
        .collect();
    hosts.filter(|hosts| !hosts.is_empty()).map(|hosts| RqliteAddress { hosts, tls })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Ssh(ssh) => {
                f.write_str("ssh://")?;
                if let Some(user) = &ssh.user {
                    write!(f, "{user}@")?;
                }
                if ssh.host.contains(':') {
                    write!(f, "[{}]", ssh.host)?;
                } else {
                    f.write_str(&ssh.host)?;
                }
                if let Some(port) = ssh.port {
                    write!(f, ":{port}")?;
                }
                if ssh.path.starts_with('/') { f.write_str(&ssh.path) } else { write!(f, "/~/{}", ssh.path) }
            }
            Self::Rqlite(cluster) => {
                write!(f, "rqlite{}://{}", if cluster.tls { "s" } else { "" }, cluster.hosts.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for (text, written) in [
            ("day.db", "day.db"),
            ("/srv/day.db", "/srv/day.db"),
            ("ssh://ops@books:2222/srv/day.db", "ssh://ops@books:2222/srv/day.db"),
            ("ssh://books/~/day.db", "ssh://books/~/day.db"),
            ("ssh://[::1]:22/day.db", "ssh://[::1]:22/day.db"),
            ("rqlite://a", "rqlite://a:4001"),
            ("rqlite://127.0.0.1:4101,b:4003", "rqlite://127.0.0.1:4101,b:4003"),
            ("rqlites://[::1]", "rqlites://[::1]:4001"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), written);
            assert_eq!(written.parse::<Address>().unwrap(), address);
        }
        let Address::Ssh(home) = "ssh://books/~/day.db".parse().unwrap() else { panic!("ssh") };
        assert_eq!((home.path.as_str(), home.user, home.port), ("day.db", None, None));
    }

    #[test]
    fn incomplete_and_dangerous_addresses_are_refused() {
        for text in [
            "",
            "http://books/day.db",
            "ssh://books",
            "ssh:///day.db",
            "ssh://-oProxyCommand=x/day.db",
            "ssh://-x@books/day.db",
            "ssh://user:secret@books/day.db",
            "ssh://books:70000/day.db",
            "ssh://books/",
            "ssh://a b/day.db",
            "rqlite://",
            "rqlite://a,,b",
            "rqlite://user:secret@a:4001",
            "rqlite://a:x",
        ] {
            let refused = text.parse::<Address>().unwrap_err();
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
