//! Sessions about findings that people accept without booking.

use super::pictures::{draw, shown};
use super::session::Session;
use storno::app::{Action, Key, Overlay, Press, Screen};
use storno::domain::finding::Finding;

/// Types a text into the prompt and presses Enter.
fn answer(session: &mut Session, text: &str) {
    for c in text.chars() {
        session.act(Action::Press(Press::plain(Key::Char(c))));
    }
    session.keys("Enter");
}

/// The findings of the list that is shown.
fn rows(session: &Session) -> Vec<Finding> {
    let Screen::Findings(findings) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    findings.list.rows.clone()
}

fn names(session: &Session) -> Vec<String> {
    rows(session).iter().map(|one| one.finding.clone()).collect()
}

fn said(session: &Session) -> &str {
    &session.state.message.as_ref().unwrap().key
}

#[test]
fn two_people_accept_a_finding_and_the_accepted_ones_are_shown_when_asked() {
    let mut session = Session::new();
    session.keys(r#"5 / "T0007" Enter a"#);
    assert_eq!(names(&session), ["short/T0007"]);
    session.keys("Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.acceptance", "a code alone says too little");
    answer(&mut session, "written off --until 2018-10-01");
    assert_eq!(said(&session), "said.acceptance_asked", "{:?}", session.state.overlay);
    assert_eq!(names(&session), ["short/T0007"]);
    session.keys(r#": "operator_op2" Enter 1"#);
    let Screen::Overview(overview) = session.state.screen() else { panic!() };
    let asked = overview.overview.as_ref().unwrap().acceptances_for_me.clone();
    assert_eq!(asked.iter().map(|one| one.finding.as_str()).collect::<Vec<_>>(), ["short/T0007"]);
    session.keys(r#"5 / "T0007" Enter a"#);
    answer(&mut session, "seen");
    assert_eq!(said(&session), "said.finding_accepted", "{:?}", session.state.overlay);
    assert!(names(&session).is_empty());
    session.keys("F");
    let accepted = rows(&session);
    let one = accepted[0].acceptance.as_ref().unwrap();
    assert_eq!(
        (accepted[0].finding.as_str(), one.operator.as_str(), one.until.map(|day| day.to_string())),
        ("short/T0007", "op2", Some("2018-10-01".to_owned()))
    );
    session.keys("Enter");
    let size = session.state.size;
    let picture = shown(draw(&mut session.state, size).backend().buffer());
    assert!(picture.contains("accepted by op2 at"), "{picture}");
    session.keys("Esc a");
    assert_eq!(said(&session), "why.nothing_to_accept");
    session.keys("1");
    let picture = shown(draw(&mut session.state, size).backend().buffer());
    assert!(picture.contains("accepted without booking: 1, 40.00"), "{picture}");
    session.keys("5 F U");
    answer(&mut session, "the channel asks again");
    assert_eq!(said(&session), "said.finding_reopened");
    assert!(names(&session).is_empty());
    session.keys("F");
    assert!(names(&session).contains(&"short/T0007".to_owned()));
}
