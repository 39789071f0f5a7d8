//! What a session may do (角色), beside what the policy says about persons.
//!
//! A role is given by whoever opens the ledger for somebody: the command line of a server, or nobody. It bounds every
//! request; four eyes, limits and admins of the policy are asked in addition.

use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;

vocabulary! {
    /// The role of a session.
    Role, "role" {
        /// Looks, and changes nothing.
        Viewer = "viewer",
        /// Prepares: imports, posts, opens and stages cases, commits what was approved (经办).
        Maker = "maker",
        /// Decides: approves and rejects, commits, closes days (复核).
        Checker = "checker",
        /// All of it, and rules, policy and calendar.
        Admin = "admin",
    }
}

/// What a request asks of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing but a look.
    Look,
    /// Preparing.
    Make,
    /// Deciding.
    Check,
    /// Either of the two.
    MakeOrCheck,
    /// Rules, policy, calendar.
    Administer,
}

impl Role {
    /// Whether this role reaches so far.
    #[must_use]
    pub const fn reaches(self, need: Need) -> bool {
        matches!(
            (self, need),
            (_, Need::Look)
                | (Self::Admin, _)
                | (Self::Maker, Need::Make | Need::MakeOrCheck)
                | (Self::Checker, Need::Check | Need::MakeOrCheck)
        )
    }

    /// Refuses what is not this role's.
    ///
    /// # Errors
    /// [`Code::Role`].
    pub fn may(self, need: Need) -> Result<(), Rejection> {
        if self.reaches(need) { Ok(()) } else { Err(Rejection::new(Code::Role).with("role", self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_reaches_as_far_as_its_duty() {
        let needs = [Need::Look, Need::Make, Need::Check, Need::MakeOrCheck, Need::Administer];
        let reach = |role: Role| needs.map(|need| role.reaches(need));
        assert_eq!(reach(Role::Viewer), [true, false, false, false, false]);
        assert_eq!(reach(Role::Maker), [true, true, false, true, false]);
        assert_eq!(reach(Role::Checker), [true, false, true, true, false]);
        assert_eq!(reach(Role::Admin), [true; 5]);
        assert_eq!(Role::Viewer.may(Need::Make).unwrap_err().code, Code::Role);
    }
}
