//! The file format of rule sets: shapes only. What the words mean is checked in `compile` and `validate`.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetForm {
    pub(super) id: Text,
    pub(super) version: Spanned<i64>,
    pub(super) valid_from: Text,
    /// Account per channel, by alias: `[account.CH]`.
    #[serde(default)]
    pub(super) account: BTreeMap<Text, BTreeMap<Text, Text>>,
    /// Dated rates, by name: `[[coefficient.merchant_fee_rate]]`.
    #[serde(default)]
    pub(super) coefficient: BTreeMap<Text, Vec<Spanned<RowForm>>>,
    /// Named expressions: `[factor]`.
    #[serde(default)]
    pub(super) factor: BTreeMap<Text, Text>,
    #[serde(default)]
    pub(super) rule: Vec<Spanned<RuleForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowForm {
    pub(super) channel: Option<Text>,
    pub(super) product: Option<String>,
    pub(super) merchant: Option<String>,
    pub(super) valid_from: Text,
    pub(super) valid_to: Option<Text>,
    pub(super) value: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleForm {
    pub(super) id: Text,
    #[serde(default)]
    pub(super) note: String,
    pub(super) kind: Text,
    pub(super) event: Text,
    pub(super) channel: Option<Spanned<Vec<Text>>>,
    pub(super) product: Option<Spanned<Vec<Text>>>,
    /// Any other text fact and the values it may have.
    #[serde(default)]
    pub(super) when: BTreeMap<Text, Spanned<Vec<Text>>>,
    #[serde(default)]
    pub(super) requires: Vec<Text>,
    #[serde(default)]
    pub(super) absent: Vec<Text>,
    /// States of the trade in which its event is due; left out: as its kind says.
    pub(super) due: Option<Spanned<Vec<Text>>>,
    #[serde(default)]
    pub(super) within_window: bool,
    pub(super) after: Option<Text>,
    pub(super) lines: Spanned<Vec<Spanned<LineForm>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineForm {
    pub(super) side: Text,
    pub(super) account: Text,
    pub(super) amount: Option<Text>,
    pub(super) part: Text,
    #[serde(default)]
    pub(super) rest: bool,
    #[serde(default)]
    pub(super) flip: bool,
    /// `counter`: the line is in the currency of the counter amount.
    pub(super) currency: Option<Text>,
}
