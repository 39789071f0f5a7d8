//! Steps as an operator writes them.

use crate::app::message::{Message, Tone};
use crate::domain::event::Event;
use crate::protocol::steps::{self, StepRequest};
use std::str::FromStr;

/// Reads a step: `reverse VOUCHER [mode]`, `repost TRADE [event] [fact=value …]`, `supplement TRADE
/// [event]`, `park TRADE [event]` or `park CHANNEL/REFERENCE`, `unpark VOUCHER ACCOUNT`, `stub
/// CHANNEL/REFERENCE`, `counter TRADE AMOUNT WHY`.
///
/// # Errors
/// What the line lacks.
pub fn step_request(line: &str) -> Result<StepRequest, Message> {
    let bad = || Message::new("why.step", Tone::Warn);
    let mut words = line.split_whitespace();
    let (verb, name) = (words.next().ok_or_else(bad)?, words.next().ok_or_else(bad)?);
    let rest: Vec<&str> = words.collect();
    let event = || rest.iter().find_map(|word| Event::from_str(word).ok());
    match verb {
        "reverse" | "冲" | "冲销" => Ok(StepRequest::Reverse(steps::Reverse {
            voucher_no: name.parse().map_err(|_| bad())?,
            mode: rest.first().map(|mode| mode.parse()).transpose().map_err(|_| bad())?,
        })),
        "repost" | "重记" => {
            let mut set = Vec::new();
            for word in rest.iter().filter(|word| Event::from_str(word).is_err()) {
                let (fact, value) = word.split_once('=').ok_or_else(bad)?;
                set.push((fact.to_owned(), value.to_owned()));
            }
            Ok(StepRequest::Repost(steps::Repost {
                trade_no: name.parse().map_err(|_| bad())?,
                event: event(),
                set,
            }))
        }
        "supplement" | "补" | "补账" => Ok(StepRequest::Supplement(steps::Supplement {
            trade_no: name.parse().map_err(|_| bad())?,
            event: event(),
        })),
        "park" | "挂账" => Ok(match name.parse() {
            Ok(line) => StepRequest::ParkLine(steps::ParkLine { line: Some(line), lines: Vec::new() }),
            Err(_) => StepRequest::Park(steps::Park {
                trade_no: name.parse().map_err(|_| bad())?,
                event: event(),
                instead_of: None,
                lines: Vec::new(),
            }),
        }),
        "unpark" | "销账" => {
            let to = rest.first().and_then(|account| account.parse().ok()).ok_or_else(bad)?;
            Ok(StepRequest::Unpark(steps::Unpark {
                voucher_no: name.parse().map_err(|_| bad())?,
                to,
                line: None,
            }))
        }
        "counter" | "反交易" => {
            let (amount, because) = rest.split_first().ok_or_else(bad)?;
            Ok(StepRequest::Counter(steps::Counter {
                trade_no: None,
                of: name.parse().map_err(|_| bad())?,
                trade_kind: None,
                amount: Some((*amount).to_owned()),
                fee: None,
                evidence: None,
                because: (!because.is_empty()).then(|| because.join(" ")),
            }))
        }
        "stub" | "登记冲正" => {
            Ok(StepRequest::Stub(steps::Stub { line: name.parse().map_err(|_| bad())? }))
        }
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::voucher::Mode;

    #[test]
    fn steps_are_read_in_either_language_and_nonsense_is_refused() {
        let reverse = step_request("reverse J00001 red").unwrap();
        assert!(matches!(reverse, StepRequest::Reverse(steps::Reverse { mode: Some(Mode::Red), .. })));
        assert_eq!(step_request("冲销 J00001 red").unwrap(), reverse);
        let StepRequest::Repost(steps::Repost { event, set, .. }) =
            step_request("repost T0002 cleared merchant=M2").unwrap()
        else {
            panic!()
        };
        assert_eq!(event, Some(Event::Cleared));
        assert_eq!(set, [("merchant".to_owned(), "M2".to_owned())]);
        let parked = step_request("park BANK/B500").unwrap();
        assert!(
            matches!(&parked, StepRequest::ParkLine(steps::ParkLine { line: Some(line), .. }) if line.to_string() == "BANK/B500")
        );
        assert_eq!(step_request("挂账 BANK/B500").unwrap(), parked);
        assert!(matches!(step_request("park T0003").unwrap(), StepRequest::Park(_)));
        assert_eq!(
            step_request("unpark V00001 2001.A").unwrap(),
            step_request("销账 V00001 2001.A").unwrap()
        );
        assert_eq!(
            step_request("counter T1 5.00 paid in error").unwrap(),
            step_request("反交易 T1 5.00 paid in error").unwrap()
        );
        assert!(matches!(step_request("stub WECHAT/R0").unwrap(), StepRequest::Stub(_)));
        for bad in [
            "unpark V00001",
            "stub T0001",
            "",
            "reverse",
            "reverse J1 sideways",
            "repost T1 customer",
            "delete J1",
        ] {
            assert_eq!(step_request(bad).unwrap_err().key, "why.step", "{bad:?}");
        }
    }
}
