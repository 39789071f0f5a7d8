use super::*;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// Results of [`PROBE`] as nodes of 8.26 give them; the ledger's schema is the newest.
const LEDGER: &str = r#"{"values":[[1398035022,5,1,30]]}"#;
const EMPTY: &str = r#"{"values":[[0,0,1,0]]}"#;
const THEIRS: &str = r#"{"values":[[0,0,1,1]]}"#;
const NO_LEDGER: &str = r#"{"error":"no such table: batch"}"#;

/// A node that gives these results, one answer after the other. Joined, it returns the requested
/// paths.
fn node(answers: &'static [&'static [&'static str]]) -> (Cluster, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = vec![listener.local_addr().unwrap().to_string()];
    let asked =
        std::thread::spawn(move || answers.iter().map(|results| answer(&listener, results)).collect());
    (Cluster { hosts, ..Cluster::default() }, asked)
}

fn answer(listener: &TcpListener, results: &[&str]) -> String {
    let mut stream = BufReader::new(listener.accept().unwrap().0);
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim().to_ascii_lowercase()
    };
    let path = line().split(' ').nth(1).unwrap().to_owned();
    let headers: Vec<String> = std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty())).collect();
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")).unwrap();
    stream.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
    let body = format!(r#"{{"results":[{}]}}"#, results.join(","));
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
    path
}

const PROBED: &str = "/db/query?transaction&level=weak";
const THROUGH_LOG: &str = "/db/request?transaction";

#[test]
fn a_node_that_lags_is_not_taken_for_an_empty_one() {
    let keys: Keys = Arc::new(|| Some("k".to_owned()));
    // It has become leader and knows nothing yet; a read through the log waits until it does.
    let (cluster, asked) = node(&[&[EMPTY], &["{}", LEDGER]]);
    assert!(Rqlite::open(cluster, Arc::clone(&keys), true).is_ok());
    assert_eq!(asked.join().unwrap(), [PROBED, THROUGH_LOG]);
    let (cluster, asked) = node(&[&[EMPTY], &["{}", LEDGER], &["{}", r#"{"values":[[5]]}"#]]);
    let made = Rqlite::create(cluster, Arc::clone(&keys)).map(|_| ());
    assert!(matches!(&made, Err(StoreError::Rejected(told)) if told.code == Code::Exists), "{made:?}");
    assert_eq!(asked.join().unwrap(), [PROBED, THROUGH_LOG, THROUGH_LOG]);
    // The log confirms that there is no ledger; the cluster may still hold something else.
    let (cluster, asked) = node(&[&[EMPTY], &[NO_LEDGER], &[THEIRS]]);
    let made = Rqlite::create(cluster, Arc::clone(&keys)).map(|_| ());
    assert!(matches!(&made, Err(StoreError::Fault(Fault::NotALedger { .. }))), "{made:?}");
    assert_eq!(asked.join().unwrap(), [PROBED, THROUGH_LOG, PROBED]);
    let (cluster, asked) = node(&[&[EMPTY], &[NO_LEDGER], &[EMPTY]]);
    let opened = Rqlite::open(cluster, Arc::clone(&keys), true).map(|_| ());
    assert!(matches!(&opened, Err(StoreError::Fault(Fault::Missing { .. }))), "{opened:?}");
    assert_eq!(asked.join().unwrap(), [PROBED, THROUGH_LOG, PROBED]);
}

#[test]
fn an_unknown_cluster_is_read_through_the_log_first() {
    const LAST: &str = r#"{"values":[[7,"k7",null]]}"#;
    const ONE: &str = r#"{"values":[[1]]}"#;
    let keys: Keys = Arc::new(|| Some("k".to_owned()));
    let (cluster, asked) = node(&[&[LEDGER], &["{}", LAST, ONE], &[LAST, ONE]]);
    let mut ledger = Rqlite::open(cluster, keys, true).ok().unwrap();
    for sql in ["SELECT 1", "SELECT 1 AS again"] {
        ledger.read(sql, &[], &mut |row| row.int(0).map(drop)).unwrap();
    }
    assert_eq!(asked.join().unwrap(), [PROBED, THROUGH_LOG, PROBED]);
}
