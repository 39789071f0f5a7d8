//! Storno.

rust_i18n::i18n!("assets/locales", fallback = "en");

pub mod app;
pub mod desk;
pub mod domain;
pub mod i18n;
pub mod runtime;
pub mod ui;
