//! A case from opening to commit: staging, checklist, review by a second person, preview, commit.

mod checklist;
pub(crate) mod checks;
mod commit;
mod customer_view;
mod draft;
pub(crate) mod lifecycle;
pub(crate) mod limits;
mod opening;
mod precondition;
mod preview;
mod requests;
