//! Storno.

rust_i18n::i18n!("assets/locales", fallback = "en");

pub mod desk;
pub mod domain;
pub mod files;
pub mod i18n;
pub mod store;
