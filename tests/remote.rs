//! A ledger on another host: the server's options decide, every failed connection is explained, and a
//! connection lost at any moment loses nothing and books nothing twice.
//!
//! Tests that need a real sshd are ignored by default; `.ci/test` runs them.

use crate::support;
use crate::support::place::{PROGRAM, Place, Sshd, narrow, pipe, script};
use crate::support::{NOW, Ran, SAMPLES, Shop, TRADES, data, ended, four_race, ready, topup};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often the connection is killed in each test that does so.
fn times() -> usize {
    std::env::var("STORNO_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// A ledger whose server is started with these options, whatever the client asks for.
fn forced(words: &str) -> Shop {
    let shop = Shop::sample_at(Place::File);
    let ledger = shop.ledger();
    moved(shop, Place::Script(format!("exec {PROGRAM} serve --stdio {}", words.replace("LEDGER", &ledger))))
}

/// Moves the client's view of the ledger to another place.
fn moved(mut shop: Shop, place: Place) -> Shop {
    shop.place = place;
    shop
}

#[test]
fn what_the_server_is_told_stands_over_what_the_client_says() {
    let shop = forced("--ledger LEDGER --operator boss --role maker");
    // The client's path and operator are ignored.
    let elsewhere = "ssh://pipe/nowhere/else.db";
    let case = shop.json(&[
        "case",
        "open",
        "--trade",
        "T0001",
        "--plan",
        "--ledger",
        elsewhere,
        "--operator",
        "somebody",
    ]);
    assert_eq!(case["maker"], "boss");
    shop.run(&["case", "approve", "C0001", "--operator", "op2"]).refused("STORNO-ROLE");
    shop.run(&["policy", "load", &shop.file("p.toml", "four_eyes = false\n")]).refused("STORNO-ROLE");
    shop.run(&["day", "close", "2018-09-12", "--yes"]).refused("STORNO-ROLE");
    shop.done(&["case", "submit", "C0001"]);

    let ledger = shop.ledger();
    let words = format!("exec {PROGRAM} serve --stdio --ledger {ledger} --operator second --role checker");
    let checker = Shop::at(Place::Script(words));
    checker.run(&["case", "open", "--trade", "T0003"]).refused("STORNO-ROLE");
    checker.run(&["import", "trades", &data("local-trades-20180912.csv")]).refused("STORNO-ROLE");
    checker.done(&["case", "approve", "C0001"]);
    checker.done(&["commit", "C0001"]);
    assert_eq!(
        shop.text("SELECT maker || ' ' || checker FROM v_case WHERE case_no = 'C0001'"),
        "boss second"
    );
}

/// Who may stage proposes to accept a finding, who may approve puts that in force.
#[test]
fn a_maker_proposes_to_accept_a_finding_and_a_checker_puts_that_in_force() {
    let shop = forced("--ledger LEDGER --operator boss --role maker");
    let ledger = shop.ledger();
    let served = |operator: &str, role: &str| {
        let words =
            format!("exec {PROGRAM} serve --stdio --ledger {ledger} --operator {operator} --role {role}");
        Shop::at(Place::Script(words))
    };
    let accept = |shop: &Shop, finding: &str| {
        shop.run(&["accept", finding, "--reason", "short", "--note", "written off"])
    };
    accept(&served("second", "checker"), "short/T0007").refused("STORNO-ROLE");
    assert_eq!(accept(&shop, "short/T0007").code, 0);
    accept(&served("third", "maker"), "short/T0007").refused("STORNO-ROLE");
    accept(&served("boss", "checker"), "short/T0007").refused("STORNO-FOUR-EYES");
    assert_eq!(accept(&served("second", "checker"), "short/T0007").code, 0);
    let accepted = shop.json(&["findings", "--accepted"]);
    assert_eq!(
        (&accepted[0]["finding"], &accepted[0]["acceptance"]["first"]["operator"]),
        (&"short/T0007".into(), &"boss".into())
    );
}

#[test]
fn a_viewer_looks_and_changes_nothing() {
    let shop = forced("--ledger LEDGER --role viewer");
    let before = shop.views();
    assert!(shop.done(&["trade", "T0001"]).contains("T0001"));
    assert!(!shop.findings(&[]).is_empty());
    for order in [
        &["post", "--due"] as &[&str],
        &["case", "open", "--trade", "T0001"],
        &["day", "open", "2018-09-14"],
        &["clear"],
    ] {
        shop.run(order).refused("STORNO-ROLE");
    }
    assert_eq!(shop.views(), before);
    // The server's own database connection cannot write either.
    let read_only = forced("--ledger LEDGER --read-only");
    read_only.run(&["post", "--due"]).ended(3, "STORNO-READ-ONLY");
}

#[test]
fn a_server_stays_in_its_folder() {
    let shop = Shop::sample_at(Place::File);
    let folder = shop.path("open");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(shop.ledger(), folder.join("in.db")).unwrap();
    std::os::unix::fs::symlink(shop.ledger(), folder.join("out.db")).unwrap();
    let words = format!("exec {PROGRAM} serve --stdio --restrict-to {}", folder.display());
    let shop = moved(shop, Place::Script(words));
    let inside = [format!("ssh://pipe{}/in.db", folder.display()), "ssh://pipe/in.db".to_owned()];
    for address in &inside {
        assert_eq!(shop.run(&["trade", "T0001", "--ledger", address]).code, 0, "{address}");
    }
    for outside in [
        format!("ssh://pipe{}", shop.ledger()),
        format!("ssh://pipe{}/../day.db", folder.display()),
        format!("ssh://pipe{}/out.db", folder.display()),
        "ssh://pipe/etc/passwd".to_owned(),
    ] {
        shop.run(&["trade", "T0001", "--ledger", &outside]).ended(3, "STORNO-NO-LEDGER");
    }
}

#[test]
fn a_production_ledger_keeps_its_own_time() {
    let shop = Shop::at(Place::File);
    shop.done(&["init", &shop.ledger(), "--role", "prod"]);
    let shop = moved(shop, Place::Pipe);
    shop.run(&["trades"]).refused("STORNO-CLOCK");
    let mut command = Command::new(PROGRAM);
    shop.place.equip(&mut command, shop.folder.path());
    command.env_remove("STORNO_NOW").args(["trades", "--ledger", &shop.address(), "--operator", "op1"]);
    assert!(command.output().unwrap().status.success());
}

#[test]
fn every_way_to_have_no_line_says_why() {
    let shop = Shop::sample_at(Place::File);
    let greeting = r#"{"protocol":[7,9],"program":"9.0.0","schema":1}"#;
    let newer =
        format!("printf '\\001storno-desk\\n\\000\\000\\000\\{:03o}%s' '{greeting}'; cat", greeting.len());
    for (text, code, exit) in [
        ("echo 'ssh: connect to host h port 22: Connection refused' >&2; exit 255", "STORNO-SSH-REFUSED", 3),
        ("echo 'u@h: Permission denied (publickey).' >&2; exit 255", "STORNO-SSH-AUTH", 3),
        ("echo 'Host key verification failed.' >&2; exit 255", "STORNO-SSH-HOST-KEY", 3),
        ("echo 'ssh: Could not resolve hostname h: nope' >&2; exit 255", "STORNO-SSH-HOST", 3),
        ("echo 'bash: line 1: storno: command not found' >&2; exit 127", "STORNO-NO-PROGRAM", 3),
        ("echo 'error: unrecognized subcommand' >&2; exit 2", "STORNO-PROTOCOL", 3),
        ("echo 'Welcome to h'; exec STORNO serve --stdio", "STORNO-NOISE", 3),
        ("echo 'Last login: never'; cat", "STORNO-NOISE", 3),
        ("exit 0", "STORNO-LINE", 3),
        (newer.as_str(), "STORNO-PROTOCOL", 3),
    ] {
        let tried = Shop::at(Place::Script(text.replace("STORNO", PROGRAM)));
        for lang in ["en", "zh-CN"] {
            let ran =
                tried.run(&["trades", "--ledger", &format!("ssh://h{}", shop.ledger()), "--lang", lang]);
            ran.ended(exit, code);
        }
    }
    let missing = shop
        .command(&["trades", "--ledger", "ssh://h/day.db"])
        .env("STORNO_SSH", "/nowhere/ssh")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("STORNO-SSH-MISSING"));
}

#[test]
fn a_ledger_that_was_exchanged_or_set_back_is_refused() {
    let shop = Shop::sample_at(Place::File);
    let before = std::fs::read(shop.ledger()).unwrap();
    let shop = moved(shop, Place::Pipe);
    shop.run(&["post", "--due"]);
    shop.done(&["seal"]);
    for leftover in ["day.db-wal", "day.db-shm"] {
        let _ = std::fs::remove_file(shop.path(leftover));
    }
    std::fs::write(shop.ledger(), &before).unwrap();
    shop.run(&["trades"]).ended(3, "STORNO-HEAD-BACK");
    shop.done(&["ledgers", "--forget", &shop.address()]);
    shop.done(&["trades"]);
    // As many vouchers, but another history.
    let other = Shop::sample_at(Place::File);
    std::fs::copy(other.ledger(), shop.ledger()).unwrap();
    shop.run(&["trades"]).ended(3, "STORNO-LEDGER-CHANGED");
}

#[test]
fn a_file_is_read_here_and_posted_there() {
    let shop = moved(Shop::empty_at(Place::File), Place::Pipe);
    for (kind, file) in SAMPLES {
        let taken = shop.json(&["import", kind, &data(file)]);
        assert_eq!(taken["file"], file);
        assert!(taken["added"].as_u64().unwrap() > 0);
        let again = shop.json(&["import", kind, &data(file)]);
        assert!(again["imported_before"].is_string() && again["added"] == 0);
    }
    let bad = shop.file("bad.csv", format!("{TRADES}{}", topup("T1", "1.001", "A", "2018-09-12 10:00:00")));
    let refused = shop.run(&["import", "trades", &bad]);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("bad.csv:2"), "{refused:?}");
    let here = Shop::sample_at(Place::File);
    assert_eq!(shop.views(), here.views());
}

/// Imports and postings count as seen too, so a ledger restored from before them is refused.
#[test]
fn a_ledger_put_back_before_an_import_is_refused() {
    let shop = Shop::empty_at(Place::Pipe);
    let file = shop.path("day.db");
    let rows = topup("T1", "1.00", "C1", "2018-09-12 10:00:00");
    shop.done(&["import", "trades", &shop.file("few.csv", format!("{TRADES}{rows}"))]);
    let before = std::fs::read(&file).unwrap();
    shop.done(&["post", "--due"]);
    std::fs::write(&file, before).unwrap();
    let _ = std::fs::remove_file(shop.path("day.db-wal"));
    shop.run(&["seal"]).ended(3, "STORNO-HEAD-BACK");
}

/// Commits case after case while something is killed; every commit must succeed, and exactly once.
fn commits_survive(shop: &Shop, cases: &[String], mut kill: impl FnMut(&Shop, &Child)) {
    let mut vouchers = std::collections::BTreeSet::new();
    let (mut replayed, mut refused) = (0, 0);
    for case in cases {
        let child = shop.command(&["commit", case, "--json"]).spawn().unwrap();
        kill(shop, &child);
        let mut ran = ended(child);
        if ran.code == 3 {
            // The connection was never made, so nothing was requested, and the program says so.
            ran.ended(3, "STORNO-LINE");
            refused += 1;
            assert_eq!(shop.text(&format!("SELECT state FROM v_case WHERE case_no = '{case}'")), "staged");
            ran = shop.run(&["commit", case, "--json"]);
        }
        let receipt = ran.json();
        replayed += usize::from(receipt["replayed"] == true);
        let number = receipt["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned();
        assert!(vouchers.insert(number), "{case}: two cases with one voucher: {ran:?}");
    }
    let count = i64::try_from(cases.len()).unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), count);
    assert_eq!(shop.number("SELECT count(*) FROM v_event WHERE live_vouchers <> 1"), 0);
    assert_eq!(shop.number("SELECT count(*) FROM v_case WHERE state = 'committed'"), count);
    let local = Shop::at(Place::File);
    assert_eq!(local.json(&["verify", "--ledger", &shop.ledger()])["ok"], true);
    println!("of {count}: {replayed} answers were lost and found again, {refused} lines never stood");
}

/// Waits until the script has written the process to kill, then this long, then kills it.
fn kill_after(shop: &Shop, pause: Duration) {
    let note = shop.path("pid");
    let start = Instant::now();
    let pid = loop {
        if let Ok(text) = std::fs::read_to_string(&note)
            && text.ends_with('\n')
        {
            break text.trim().to_owned();
        }
        if start.elapsed() > Duration::from_secs(5) {
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
    };
    std::thread::sleep(pause);
    let _ = Command::new("kill").args(["-9", &pid]).stderr(Stdio::null()).status();
    let _ = std::fs::remove_file(&note);
}

/// Random delays spread over the duration of a commit.
fn moments(span: std::ops::Range<u64>) -> impl FnMut() -> Duration {
    let mut chance = fastrand::Rng::with_seed(20_180_912);
    move || Duration::from_micros(chance.u64(span.start * 1000..span.end * 1000))
}

#[test]
fn a_server_killed_at_any_moment_loses_nothing_that_was_answered() {
    let (shop, cases) = ready(Place::File, times());
    let text = format!("echo $$ > {}; exec {PROGRAM} serve --stdio", shop.path("pid").display());
    let shop = moved(shop, Place::Script(text));
    let mut moment = moments(5..45);
    commits_survive(&shop, &cases, |shop, _| kill_after(shop, moment()));
}

#[test]
#[ignore = "needs sshd"]
fn a_connection_killed_at_any_moment_loses_nothing_that_was_answered() {
    let (shop, cases) = ready(Place::File, times());
    let sshd = Sshd::start(&[]);
    let text =
        format!("echo $$ > {}; exec ssh -F {} \"$@\"", shop.path("pid").display(), sshd.config.display());
    let text = text.replace("\"$@\"", "$(echo \"$@\" | sed 's/ -- pipe / -- ledger /')");
    let shop = moved(shop, Place::Script(text));
    // Connecting takes most of a command's time, and how much differs between machines, so the moments are
    // spread over the time of a whole command.
    let start = Instant::now();
    shop.done(&["trades"]);
    let whole = u64::try_from(start.elapsed().as_millis()).unwrap();
    std::fs::remove_file(shop.path("pid")).unwrap();
    let mut moment = moments(whole / 4..whole * 5 / 4);
    commits_survive(&shop, &cases, |shop, _| kill_after(shop, moment()));
}

#[test]
fn four_clients_over_pipes_book_every_correction_once() {
    let (shop, cases) = ready(Place::File, 12);
    four_race(&moved(shop, Place::Pipe), &cases);
}

#[test]
#[ignore = "needs sshd"]
fn four_clients_over_ssh_book_every_correction_once() {
    let (shop, cases) = ready(Place::File, 12);
    four_race(&moved(shop, Place::Ssh), &cases);
}

#[test]
#[ignore = "needs sshd"]
fn a_real_sshd_refuses_and_forces() {
    let shop = Shop::sample_at(Place::File);
    let ledger = shop.ledger();
    let command = format!(
        "restrict,command=\"{PROGRAM} serve --stdio --ledger {ledger} --operator boss --role viewer\""
    );
    let sshd = Sshd::start(&[&command]);
    let ask = |config: &std::path::Path, words: &[&str]| {
        let mut command = shop.command(&[words, &["--ledger", "ssh://ledger/anything"]].concat());
        command.env("STORNO_SSH_CONFIG", config).env("STORNO_SSH_PROGRAM", PROGRAM).env_remove("STORNO_SSH");
        let ran = command.output().unwrap();
        Ran {
            code: ran.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&ran.stdout).into_owned(),
            err: String::from_utf8_lossy(&ran.stderr).into_owned(),
            words: words.join(" "),
        }
    };
    assert!(ask(&sshd.config, &["trade", "T0001"]).out.contains("T0001"));
    ask(&sshd.config, &["post", "--due"]).refused("STORNO-ROLE");
    // Another server at the same address: its host key is unknown.
    let other = Sshd::start(&[]);
    let text = std::fs::read_to_string(&sshd.config).unwrap();
    let exchanged = text.replace(&format!("Port {}", sshd.port), &format!("Port {}", other.port));
    let known = std::fs::read_to_string(sshd.path("known_hosts")).unwrap();
    let old = shop.file("old_hosts", known.replace(&sshd.port.to_string(), &other.port.to_string()));
    let exchanged = exchanged.replace(&sshd.path("known_hosts").display().to_string(), &old);
    let config = shop.path("exchanged");
    std::fs::write(&config, exchanged).unwrap();
    ask(&config, &["trades"]).ended(3, "STORNO-SSH-HOST-KEY");
    // A key that the server does not accept.
    let strange =
        text.replace(&sshd.path("user").display().to_string(), &other.path("user").display().to_string());
    std::fs::write(&config, strange).unwrap();
    ask(&config, &["trades"]).ended(3, "STORNO-SSH-AUTH");
    // No server at this port.
    let port = support::place::free_port();
    std::fs::write(&config, text.replace(&format!("Port {}", sshd.port), &format!("Port {port}"))).unwrap();
    ask(&config, &["trades"]).ended(3, "STORNO-SSH-REFUSED");
}

/// A commit over a connection takes one round trip, and a drill-down at most two, counted in frames.
#[test]
fn a_commit_over_a_line_is_one_question_and_one_answer() {
    let (shop, cases) = ready(Place::File, 1);
    // Everything the client sends is recorded, frame by frame.
    let said = shop.path("said");
    let plain = pipe(shop.folder.path());
    let text = format!("tee {} | exec {} \"$@\"", said.display(), plain.display());
    let spy = script(shop.folder.path(), "spy", &text);
    let shop = moved(shop, Place::Pipe);
    let ran = shop.command(&["commit", &cases[0]]).env("STORNO_SSH", spy).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let bytes = std::fs::read(said).unwrap();
    let mut frames = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (frame, left) = after.split_at(u32::from_be_bytes(*length) as usize);
        frames.push(serde_json::from_slice::<serde_json::Value>(frame).unwrap());
        rest = left;
    }
    let asked: Vec<_> =
        frames.iter().filter_map(|frame| frame["ask"]["request"]["request"].as_str()).collect();
    assert_eq!(asked, ["commit"], "{frames:#?}");
    assert!(frames[0]["ledger"].is_string() && NOW.starts_with("2018"));
}

/// A maker brings journals in beside an older system; into the books only as steps of a case, which another approves.
#[test]
fn a_served_maker_books_no_journal_alone_once_the_ledger_is_the_books() {
    let journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
                   P1,1,,,2018-09-12,6711,debit,5.00,x\nP1,2,,,2018-09-12,6001,credit,5.00,x\n";
    let shop = Shop::at(Place::File);
    shop.done(&["init", &shop.ledger(), "--books"]);
    shop.done(&["case", "open", "--note", "salaries"]);
    let serve =
        format!("exec {PROGRAM} serve --stdio --ledger {} --operator boss --role maker", shop.ledger());
    let shop = moved(shop, Place::Script(serve));
    let file = shop.file("journal.csv", journal);
    shop.run(&["import", "journal", &file]).refused("STORNO-TAKEN-OVER");
    assert_eq!(shop.json(&["import", "journal", &file, "--case", "C0001"])["added"], 1);
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "approve", "C0001", "--operator", "op2"]).refused("STORNO-ROLE");
    shop.run(&["commit", "C0001"]).refused("STORNO-CASE-STATE");
    assert_eq!(shop.number("SELECT count(*) FROM voucher"), 0);
    assert_eq!(shop.text("SELECT operator FROM journal_file"), "boss");
}

/// An import that the role does not allow is refused before the server reads the file.
#[test]
fn a_viewer_s_file_is_refused_before_it_is_taken_in() {
    use storno::domain::role::Role;
    use storno::remote::messages::{Asker, FromClient, FromServer, Greeting, MAGIC, Open, PROTOCOL};
    use storno::remote::{frame, server};
    let shop = Shop::empty_at(Place::File);
    let operator: storno::domain::id::Operator = "op1".parse().unwrap();
    let asker = Asker { operator: operator.clone(), now: None, lang: storno::i18n::Lang::En };
    let ledger = shop.ledger();
    let format = storno::files::import::Format::LocalTrades;
    let file = "many.csv".to_owned();
    let answers = |role| {
        let mut said = Vec::new();
        let (ledger, operator) = (ledger.clone(), operator.clone());
        let open = Open { protocol: PROTOCOL.1, program: String::new(), ledger, read_only: false, operator };
        frame::write(&mut said, &open).unwrap();
        let import = FromClient::Import {
            id: 7,
            asker: asker.clone(),
            file: file.clone(),
            format,
            dry_run: true,
            bill: Box::default(),
            case_no: None,
            profile: None,
            refused_after: None,
        };
        frame::write(&mut said, &import).unwrap();
        let (mut there, here) = std::os::unix::net::UnixStream::pair().unwrap();
        let terms = server::ServerTerms { role: Some(role), ..Default::default() };
        let clock = || NOW.parse().unwrap();
        server::serve(said.as_slice(), here, &terms, &clock).unwrap();
        let mut word = vec![0; MAGIC.len()];
        std::io::Read::read_exact(&mut there, &mut word).unwrap();
        let _: Greeting = frame::read(&mut there).unwrap();
        let mut refused = Vec::new();
        while let Ok(answer) = frame::read::<FromServer>(&mut there) {
            if let FromServer::Refused { id, refusal } = answer {
                refused.push((id, refusal.code().to_owned()));
            }
        }
        refused
    };
    assert_eq!(answers(Role::Viewer), [(7, "STORNO-ROLE".to_owned())]);
    assert_eq!(answers(Role::Checker), [(7, "STORNO-ROLE".to_owned())]);
    assert_eq!(answers(Role::Maker), []);
}

/// Twice as long as a silent server is waited for.
#[test]
fn a_file_that_takes_half_a_minute_over_a_slow_link_is_imported_once() {
    let shop = Shop::empty_at(Place::File);
    let count = 5_000;
    let line = |n| topup(&format!("N{n:06}"), "1.00", "A", "2018-09-12 10:00:00");
    let trades = format!("{TRADES}{}", (0..count).map(line).collect::<String>());
    let file = shop.file("many.csv", &trades);
    let bytes = u32::try_from(trades.len()).unwrap();
    let ssh = narrow(shop.folder.path(), bytes / 22);
    let shop = moved(shop, Place::Script(format!("exec {} \"$@\"", ssh.display())));
    let begun = Instant::now();
    let told = shop.json(&["import", "trades", &file]);
    assert_eq!(told["added"], count);
    assert!(begun.elapsed() > Duration::from_secs(20), "the link was slow");
}
