//! The line that the system's `ssh` makes: it keeps the user's configuration, agents, jump hosts and known hosts.
//!
//! Nothing is asked of the user here (`BatchMode`): who needs a password or a first look at a host key logs in once by hand.
//! What `ssh` says on its error output is logged, and told apart for the message when there is no line.

use super::client::{Call, Dial, Ending, Lost};
use crate::protocol::refusal::Refusal;
use std::fmt::Display;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Bytes of the error output that are kept.
const KEPT: usize = 8 << 10;
/// How long a program whose line has ended may take to end by itself.
const GRACE: Duration = Duration::from_millis(500);
/// Steps of that wait.
const STEP: Duration = Duration::from_millis(10);
/// What `ssh` ends with when it is `ssh` that failed, not the program there.
const TRANSPORT: i32 = 255;

/// Where to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    /// The client, found in the path where it names no folder.
    pub client: PathBuf,
    /// Another configuration file than the user's.
    pub config: Option<PathBuf>,
    /// The user there; `None` leaves it to the configuration.
    pub user: Option<String>,
    /// The host, or its name in the configuration.
    pub host: String,
    /// The port; `None` leaves it to the configuration.
    pub port: Option<u16>,
    /// The program there.
    pub program: String,
}

impl Ssh {
    /// The words of the command, without the client's own name.
    fn words(&self) -> Vec<String> {
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
        // Behind the dashes a host cannot be taken for an option.
        words.extend(["--".to_owned(), self.host.clone(), format!("{} serve --stdio", self.program)]);
        words
    }
}

impl Dial for Ssh {
    fn dial(&mut self) -> Result<Call, Refusal> {
        let mut command = Command::new(&self.client);
        command.args(self.words());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C at the terminal is for us: the line ends when we end it.
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
        let said = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&said);
        let listener = std::thread::Builder::new().name("storno-ssh-said".to_owned());
        let spawned = listener.spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                let text = String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()).into_owned();
                tracing::info!(said = text.trim_end(), "ssh");
                if let Ok(mut kept) = kept.lock()
                    && kept.len() < KEPT
                {
                    kept.push_str(&text);
                }
            }
        });
        let listener = spawned.map_err(|error| super::fault("STORNO-IO", &[("detail", &error)]))?;
        let host = self.host.clone();
        let program = self.program.clone();
        let end = Running { child, said, listener: Some(listener), host, program };
        Ok(Call { input: Box::new(input), output: Box::new(output), end: Box::new(end) })
    }
}

/// A running `ssh`.
struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    listener: Option<std::thread::JoinHandle<()>>,
    host: String,
    program: String,
}

impl Running {
    /// Waits a moment for its end, then makes it end. `None` where it had to.
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

impl Ending for Running {
    fn why(&mut self, noise: &str) -> Lost {
        let code = self.end();
        if let Some(listener) = self.listener.take()
            && code.is_some()
        {
            // Its end is the program's end; a grandchild that holds the pipe is not waited for.
            let mut waited = Duration::ZERO;
            while !listener.is_finished() && waited < GRACE {
                std::thread::sleep(STEP);
                waited += STEP;
            }
        }
        let said = self.said.lock().map(|said| said.clone()).unwrap_or_default();
        explain(code, &said, noise, &self.host, &self.program)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What there is to say about a line that is not: by the exit code, by what `ssh` said, by what came instead.
#[must_use]
pub fn explain(code: Option<i32>, said: &str, noise: &str, host: &str, program: &str) -> Lost {
    let said = said.trim();
    // The last line says why; the ones before are banners and warnings.
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let has = |words: &str| said.contains(words);
    let lost = |code: &str, again: bool, detail: &dyn Display| Lost {
        refusal: super::fault(code, &[("host", &host), ("program", &program), ("detail", detail)]),
        again,
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
        // A program too old to know `serve` says how it is used.
        Some(2) => lost("STORNO-PROTOCOL", false, &last),
        Some(other) => lost("STORNO-SERVER", true, &format!("{other}: {last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_have_no_line_is_told_apart() {
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
        for (code, said, noise, wanted, again) in cases {
            let lost = explain(code, said, noise, "h", "storno");
            assert_eq!((lost.refusal.code(), lost.again), (wanted, again), "{said}");
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
        let words = ssh.words();
        let dashes = words.iter().position(|word| word == "--").unwrap();
        assert_eq!(words[dashes + 1..], ["h", "storno serve --stdio"]);
        assert!(words[..dashes].windows(2).any(|pair| pair == ["-p", "2222"]));
    }
}
