//! Starting the server program over the system's `ssh`, with the user's configuration, agents, jump
//! hosts and known hosts.
//!
//! `ssh` never prompts here (`BatchMode`): users who need a password, or have to accept a host key, log in
//! once by hand. Its error output is logged, and classified for the message if there is no connection.

use super::connection::{ChildProcess, Disconnect, Pipe, StartServer};
use crate::protocol::refusal::Refusal;
use std::fmt::Display;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Maximum bytes of the error output that are kept.
const MAX_STDERR: usize = 8 << 10;
/// Time that the process has to end by itself after its connection ended.
const GRACE: Duration = Duration::from_millis(500);
/// Interval at which the end is checked.
const STEP: Duration = Duration::from_millis(10);
/// Exit code of `ssh` if `ssh` itself failed, not the program on the host.
const TRANSPORT: i32 = 255;

/// Host and options of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    /// The SSH client; searched in the path unless it names a folder.
    pub client: PathBuf,
    /// Configuration file to use instead of the user's.
    pub config: Option<PathBuf>,
    /// The user on the host; `None` leaves it to the configuration.
    pub user: Option<String>,
    /// The host, or its name in the configuration.
    pub host: String,
    /// The port; `None` leaves it to the configuration.
    pub port: Option<u16>,
    /// The `storno` program on the host.
    pub program: String,
}

impl Ssh {
    /// Returns the arguments of the SSH client.
    fn arguments(&self) -> Vec<String> {
        let mut words: Vec<String> = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"]
            .into_iter()
            .chain(["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2"])
            .map(str::to_owned)
            .collect();
        if let Some(config) = &self.config {
            words.extend(["-F".to_owned(), config.display().to_string()]);
        }
        if let Some(port) = self.port {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        if let Some(user) = &self.user {
            words.extend(["-l".to_owned(), user.clone()]);
        }
        // After `--` a host cannot be taken for an option.
        words.extend(["--".to_owned(), self.host.clone(), format!("{} serve --stdio", self.program)]);
        words
    }
}

impl StartServer for Ssh {
    fn start(&mut self) -> Result<Pipe, Refusal> {
        let mut command = Command::new(&self.client);
        command.args(self.arguments());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C at the terminal must not reach the child: the client ends the connection itself.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| {
            let client = self.client.display().to_string();
            match error.kind() {
                std::io::ErrorKind::NotFound => super::fault("STORNO-SSH-MISSING", &[("client", &client)]),
                _ => super::fault("STORNO-IO", &[("detail", &format!("{client}: {error}"))]),
            }
        })?;
        let (Some(output), Some(input), Some(mut errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(super::fault("STORNO-IO", &[("detail", &"pipes")]));
        };
        let stderr = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&stderr);
        let listener = std::thread::Builder::new().name("storno-ssh-said".to_owned());
        let spawned = listener.spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                let text = String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()).into_owned();
                tracing::info!(stderr = text.trim_end(), "ssh");
                if let Ok(mut kept) = kept.lock()
                    && kept.len() < MAX_STDERR
                {
                    kept.push_str(&text);
                }
            }
        });
        let listener = spawned.map_err(|error| super::fault("STORNO-IO", &[("detail", &error)]))?;
        let (host, program) = (self.host.clone(), self.program.clone());
        let process = Running { child, stderr, listener: Some(listener), host, program };
        Ok(Pipe { input: Box::new(input), output: Box::new(output), process: Box::new(process) })
    }
}

/// A running SSH client.
struct Running {
    child: Child,
    stderr: Arc<Mutex<String>>,
    listener: Option<std::thread::JoinHandle<()>>,
    host: String,
    program: String,
}

impl Running {
    /// Waits for the process to end, kills it after [`GRACE`], and returns its exit code; `None` if it
    /// was killed.
    fn end(&mut self) -> Option<i32> {
        let mut waited = Duration::ZERO;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.code(),
                Ok(None) if waited < GRACE => {
                    std::thread::sleep(STEP);
                    waited += STEP;
                }
                _ => {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    return None;
                }
            }
        }
    }
}

impl ChildProcess for Running {
    fn disconnect(&mut self, noise: &str) -> Disconnect {
        let code = self.end();
        if let Some(listener) = self.listener.take()
            && code.is_some()
        {
            // The rest of the error output is read, but a grandchild that holds the pipe open is not
            // waited for.
            let mut waited = Duration::ZERO;
            while !listener.is_finished() && waited < GRACE {
                std::thread::sleep(STEP);
                waited += STEP;
            }
        }
        let stderr = self.stderr.lock().map(|stderr| stderr.clone()).unwrap_or_default();
        explain(code, &stderr, noise, &self.host, &self.program)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns why there is no connection: by the exit code, by the error output, and by `noise`, what the
/// program printed instead of the protocol.
#[must_use]
pub fn explain(code: Option<i32>, stderr: &str, noise: &str, host: &str, program: &str) -> Disconnect {
    let stderr = stderr.trim();
    // The last line says why; the lines before are banners and warnings.
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let has = |words: &str| stderr.contains(words);
    let lost = |code: &str, retry: bool, detail: &dyn Display| Disconnect {
        refusal: super::fault(code, &[("host", &host), ("program", &program), ("detail", detail)]),
        retry,
    };
    if !noise.trim().is_empty() {
        return lost("STORNO-NOISE", false, &noise.trim().escape_debug());
    }
    match code {
        Some(TRANSPORT)
            if has("REMOTE HOST IDENTIFICATION HAS CHANGED") || has("Host key verification failed") =>
        {
            lost("STORNO-SSH-HOST-KEY", false, &last)
        }
        Some(TRANSPORT) if has("Permission denied") || has("Too many authentication failures") => {
            lost("STORNO-SSH-AUTH", false, &last)
        }
        Some(TRANSPORT) if has("Could not resolve hostname") || has("Name or service not known") => {
            lost("STORNO-SSH-HOST", false, &last)
        }
        Some(TRANSPORT) if has("Connection refused") => lost("STORNO-SSH-REFUSED", true, &last),
        Some(TRANSPORT | 0) | None => lost("STORNO-LINE", true, &last),
        Some(127 | 126) => lost("STORNO-NO-PROGRAM", false, &last),
        // A version of the program that does not know `serve` prints its usage.
        Some(2) => lost("STORNO-PROTOCOL", false, &last),
        Some(other) => lost("STORNO-SERVER", true, &format!("{other}: {last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_have_no_connection_is_told_apart() {
        let cases: [(Option<i32>, &str, &str, &str, bool); 11] = [
            (
                Some(255),
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\r\n",
                "",
                "STORNO-SSH-HOST-KEY",
                false,
            ),
            (
                Some(255),
                "No ED25519 host key is known for h and you have requested strict checking.\r\nHost key verification failed.",
                "",
                "STORNO-SSH-HOST-KEY",
                false,
            ),
            (
                Some(255),
                "ssh: connect to host h port 22: Connection refused\r\n",
                "",
                "STORNO-SSH-REFUSED",
                true,
            ),
            (Some(255), "u@h: Permission denied (publickey).\r\n", "", "STORNO-SSH-AUTH", false),
            (
                Some(255),
                "ssh: Could not resolve hostname h: Name or service not known",
                "",
                "STORNO-SSH-HOST",
                false,
            ),
            (Some(255), "Connection to h closed by remote host.", "", "STORNO-LINE", true),
            (Some(255), "Timeout, server h not responding.", "", "STORNO-LINE", true),
            (Some(127), "bash: line 1: storno: command not found", "", "STORNO-NO-PROGRAM", false),
            (Some(2), "error: unrecognized subcommand 'serve'", "", "STORNO-PROTOCOL", false),
            (Some(0), "", "Welcome to h!\n", "STORNO-NOISE", false),
            (None, "", "", "STORNO-LINE", true),
        ];
        for (code, stderr, noise, wanted, retry) in cases {
            let lost = explain(code, stderr, noise, "h", "storno");
            assert_eq!((lost.refusal.code(), lost.retry), (wanted, retry), "{stderr}");
        }
    }

    #[test]
    fn a_host_is_never_an_option() {
        let ssh = Ssh {
            client: "ssh".into(),
            config: None,
            user: Some("u".to_owned()),
            host: "h".to_owned(),
            port: Some(2222),
            program: "storno".to_owned(),
        };
        let arguments = ssh.arguments();
        let dashes = arguments.iter().position(|word| word == "--").unwrap();
        assert_eq!(arguments[dashes + 1..], ["h", "storno serve --stdio"]);
        assert!(arguments[..dashes].windows(2).any(|pair| pair == ["-p", "2222"]));
    }
}
