//! Watches the texts: `rust_i18n::i18n!` reads every file under `assets/locales`, and the compiler does not know.

fn main() {
    println!("cargo:rerun-if-changed=assets/locales");
}
