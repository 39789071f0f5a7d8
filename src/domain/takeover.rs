//! The takeover from an older system (旧系统切换): first the ledger stands beside it and takes its journals, then
//! the ledger is the books, and is never beside another system again.

use super::id::Operator;
use super::policy::Policy;
use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;

vocabulary! {
    /// What a ledger is to an older system.
    Standing, "standing" {
        /// It takes the journals of an older system (并行).
        Beside = "beside",
        /// Entries come by rules and cases alone (正式账簿).
        Books = "books",
    }
}

vocabulary! {
    /// A step of the takeover.
    TakeoverVerb, "step of the takeover" {
        /// The ledger was made as the books.
        Begin = "begin",
        /// The first of two people wants to end the takeover.
        Ask = "ask",
        /// The takeover has ended.
        End = "end",
    }
}

/// Returns what an operator's wish to end the takeover comes to: the end of it, or a request that a second
/// person confirms. `asked_by` is who has asked for it before.
///
/// # Errors
/// [`Code::TakenOver`] if the ledger is the books, [`Code::FourEyes`] if the operator has asked for it alone,
/// [`Code::NotAllowed`] if the policy names admins and neither of the two is one.
pub fn wish_to_end(
    standing: Standing,
    asked_by: &[Operator],
    operator: &Operator,
    policy: &Policy,
) -> Result<TakeoverVerb, Rejection> {
    if standing == Standing::Books {
        return Err(Rejection::new(Code::TakenOver));
    }
    if !policy.four_eyes {
        return policy.may_change(operator).map(|()| TakeoverVerb::End);
    }
    let mut others = asked_by.iter().filter(|other| !other.is_same_person(operator)).peekable();
    if others.peek().is_none() {
        return if asked_by.is_empty() {
            Ok(TakeoverVerb::Ask)
        } else {
            Err(Rejection::new(Code::FourEyes).with("operator", operator))
        };
    }
    if others.any(|other| policy.may_change(other).is_ok()) {
        return Ok(TakeoverVerb::End);
    }
    policy.may_change(operator).map(|()| TakeoverVerb::End)
}

#[cfg(test)]
mod tests {
    use super::super::money::Currency;
    use super::*;

    fn wish(asked: &[&str], operator: &str, policy: &str) -> Result<TakeoverVerb, Code> {
        let policy = Policy::parse("p.toml", policy, Currency::CNY).unwrap();
        let asked: Vec<Operator> = asked.iter().map(|name| name.parse().unwrap()).collect();
        wish_to_end(Standing::Beside, &asked, &operator.parse().unwrap(), &policy)
            .map_err(|refused| refused.code)
    }

    #[test]
    fn two_people_end_it_where_four_eyes_are_on() {
        assert_eq!(wish(&[], "op1", ""), Ok(TakeoverVerb::Ask));
        assert_eq!(wish(&["op1"], "OP1", ""), Err(Code::FourEyes));
        assert_eq!(wish(&["op1"], "op2", ""), Ok(TakeoverVerb::End));
        assert_eq!(wish(&[], "op1", "four_eyes = false"), Ok(TakeoverVerb::End));
    }

    #[test]
    fn one_of_them_is_an_admin_if_the_policy_names_any() {
        let named = "admins = [\"boss\"]";
        assert_eq!(wish(&["op1"], "op2", named), Err(Code::NotAllowed));
        assert_eq!(wish(&["op1"], "boss", named), Ok(TakeoverVerb::End));
        assert_eq!(wish(&["boss"], "op2", named), Ok(TakeoverVerb::End));
        assert_eq!(wish(&[], "op2", "four_eyes = false\nadmins = [\"boss\"]"), Err(Code::NotAllowed));
    }

    #[test]
    fn it_ends_once() {
        let policy = Policy::parse("p.toml", "", Currency::CNY).unwrap();
        let refused = wish_to_end(Standing::Books, &[], &"op1".parse().unwrap(), &policy).unwrap_err();
        assert_eq!(refused.code, Code::TakenOver);
    }
}
