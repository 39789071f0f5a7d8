//! Setup of a ledger: settings, policy, chart, rule sets.

use super::accounts::insert_account;
use super::engine::{Fault, Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::account::{Account, AccountRole, AccountStatus, Subject};
use crate::domain::currencies::Currencies;
use crate::domain::id::{AccountCode, Operator};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::domain::voucher::Mode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of a ledger; all but name and role are fixed at its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Identity of the ledger.
    pub ledger_id: String,
    /// Name shown in the status line.
    pub name: String,
    /// What the ledger is used for.
    pub role: LedgerRole,
    /// The main currency.
    pub currency: Currency,
    /// The currencies that it keeps; the main one may be left out.
    pub currencies: Vec<Currency>,
    /// Time zone of its days.
    pub zone: String,
}

/// A policy as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Version.
    pub version: i64,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Mode of a reversal on a later day of the same year: red or blue.
    pub later_day: Mode,
    /// The complete TOML text.
    pub source: String,
    /// Time of loading.
    pub loaded_at: Moment,
    /// Operator who loaded it.
    pub operator: Operator,
}

/// A rule set as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRules {
    /// Version.
    pub version: i64,
    /// Name.
    pub id: String,
    /// First day in force.
    pub valid_from: Date,
    /// The complete TOML text.
    pub source: String,
    /// Time of loading.
    pub loaded_at: Moment,
    /// Operator who loaded it.
    pub operator: Operator,
}

/// The template that a ledger was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredTemplate {
    /// Its name; empty for a ledger made before there were templates.
    pub name: String,
    /// Text of its description of made-up trades, if it is not a shipped one.
    pub sample: Option<String>,
    /// Whether the ledger was made for made-up trades, by `demo` or `generate`.
    pub made_up: bool,
}

/// Writes which template a new ledger is made from.
pub fn write_template<S: Sink + ?Sized>(sink: &mut S, template: &StoredTemplate) -> Result<(), StoreError> {
    let named = Some(template.name.as_str()).filter(|name| !name.is_empty());
    for (name, value) in [
        ("template", named),
        ("sample", template.sample.as_deref()),
        ("made_up", template.made_up.then_some("yes")),
    ] {
        let Some(value) = value else { continue };
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)";
        sink.run(sql, &[Param::Text(name), Param::Text(value)])?;
    }
    Ok(())
}

/// Returns which template a ledger was made from.
pub fn read_template<R: Reader + ?Sized>(reader: &mut R) -> Result<StoredTemplate, StoreError> {
    let sql = "SELECT name, value FROM setting WHERE name IN ('template', 'sample', 'made_up')";
    let mut template = StoredTemplate::default();
    for (name, value) in all(reader, sql, &[], |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))?
    {
        match name.as_str() {
            "template" => template.name = value,
            "sample" => template.sample = Some(value),
            _ => template.made_up = true,
        }
    }
    Ok(template)
}

/// Writes the settings of a new ledger.
pub fn write_settings<S: Sink + ?Sized>(
    sink: &mut S,
    settings: &Settings,
    now: Moment,
) -> Result<(), StoreError> {
    let created = now.to_string();
    let currencies = Currencies::new(settings.currency, &settings.currencies);
    for (name, value) in [
        ("ledger_id", settings.ledger_id.as_str()),
        ("name", &settings.name),
        ("role", settings.role.as_str()),
        ("currency", settings.currency.code()),
        ("zone", &settings.zone),
        ("created_at", &created),
    ] {
        sink.run(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)",
            &[Param::Text(name), Param::Text(value)],
        )?;
    }
    if !currencies.others().is_empty() {
        sink.run(
            "INSERT INTO setting (name, value) VALUES ('currencies', ?1)",
            &[Param::Text(&currencies.codes(" "))],
        )?;
    }
    Ok(())
}

/// Reads the settings.
///
/// # Errors
/// A fault if one is missing or malformed.
pub fn read_settings<R: Reader + ?Sized>(reader: &mut R) -> Result<Settings, StoreError> {
    let pairs = all(reader, "SELECT name, value FROM setting", &[], |row| {
        Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))
    })?;
    let get =
        |name: &str| {
            pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).ok_or_else(|| {
                StoreError::from(Fault::Corrupt { detail: format!("setting {name} is missing") })
            })
        };
    // A ledger of one currency has no list of them.
    let kept = pairs.iter().find(|(name, _)| name == "currencies").map_or("", |(_, value)| value.as_str());
    let currencies = kept.split_whitespace().map(str::parse).collect::<Result<Vec<Currency>, _>>();
    Ok(Settings {
        ledger_id: get("ledger_id")?,
        name: get("name")?,
        role: get("role")?.parse().map_err(|_| Fault::Corrupt { detail: "setting role".to_owned() })?,
        currency: get("currency")?
            .parse()
            .map_err(|_| Fault::Corrupt { detail: "setting currency".to_owned() })?,
        currencies: currencies.map_err(|_| Fault::Corrupt { detail: "setting currencies".to_owned() })?,
        zone: get("zone")?,
    })
}

/// Adds a policy as the next version, which puts it in force. What guards and views read of it gets
/// columns of its own.
pub fn write_policy<S: Sink + ?Sized>(
    sink: &mut S,
    policy: &Policy,
    source: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let version =
        first(sink, "SELECT coalesce(max(version), 0) + 1 FROM policy", &[], |row| row.int(0))?.unwrap_or(1);
    sink.run(
        "INSERT INTO policy (version, four_eyes, later_day, cut_from, cut_until, source, fingerprint, loaded_at, operator, \
         waiting_days, accept_limits) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            Param::Int(version),
            Param::Int(i64::from(policy.four_eyes)),
            Param::Text(policy.later_day.as_str()),
            Param::Text(&policy.cut_from()),
            Param::Text(&policy.cut_until()),
            Param::Text(source),
            Param::Text(&crate::domain::chain::fingerprint(source.as_bytes())),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Int(i64::from(policy.waiting_days)),
            Param::Text(&accept_limits(policy)),
        ],
    )
}

/// Returns what one person alone may accept, as the database keeps it: a JSON object of minor units by currency.
#[must_use]
pub fn accept_limits(policy: &Policy) -> String {
    let limits: BTreeMap<&str, i64> =
        policy.accept_limits.all().iter().map(|(currency, minor)| (currency.code(), *minor)).collect();
    serde_json::json!(limits).to_string()
}

const POLICY_COLUMNS: &str = "version, four_eyes, later_day, source, loaded_at, operator";

fn policy_row(row: &Row<'_>) -> Result<StoredPolicy, StoreError> {
    Ok(StoredPolicy {
        version: row.int(0)?,
        four_eyes: row.flag(1)?,
        later_day: row.parse(2)?,
        source: row.text(3)?.to_owned(),
        loaded_at: row.parse(4)?,
        operator: row.parse(5)?,
    })
}

/// Returns the policy in force.
///
/// # Errors
/// A fault if there is none.
pub fn read_policy<R: Reader + ?Sized>(reader: &mut R) -> Result<StoredPolicy, StoreError> {
    first(
        reader,
        &format!("SELECT {POLICY_COLUMNS} FROM policy ORDER BY version DESC LIMIT 1"),
        &[],
        policy_row,
    )?
    .ok_or_else(|| Fault::Corrupt { detail: "no policy".to_owned() }.into())
}

/// Returns every version of the policy, oldest first.
pub fn read_policies<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<StoredPolicy>, StoreError> {
    all(reader, &format!("SELECT {POLICY_COLUMNS} FROM policy ORDER BY version"), &[], policy_row)
}

/// Writes the chart of a new ledger. A subject whose leaves do not open automatically gets an account of
/// its own.
pub fn write_chart<S: Sink + ?Sized>(
    sink: &mut S,
    subjects: &[Subject],
    currency: Currency,
) -> Result<(), StoreError> {
    let mut id = 0;
    for subject in subjects {
        sink.run(
            "INSERT INTO subject (code, name, name_en, class, normal, customer_visible, opens_leaves, floor_minor, suspense, gl_code, role) \
             VALUES (?1, ?2, ?10, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11)",
            &[
                Param::Text(&subject.code),
                Param::Text(&subject.name),
                Param::Text(subject.class.as_str()),
                Param::Int(subject.normal_side.debit_positive(1)),
                Param::Int(i64::from(subject.customer_visible)),
                Param::Int(i64::from(subject.opens_leaves)),
                subject.floor_minor.map_or(Param::Null, Param::Int),
                Param::Int(i64::from(subject.suspense)),
                Param::Text(&subject.gl_code),
                Param::maybe(subject.name_en.as_deref()),
                Param::maybe(subject.role.map(AccountRole::as_str)),
            ],
        )?;
        if subject.opens_leaves {
            continue;
        }
        id += 1;
        let account = Account {
            code: subject.code.parse::<AccountCode>()?,
            name: subject.name.clone(),
            class: subject.class,
            normal_side: subject.normal_side,
            currency,
            status: AccountStatus::Active,
            customer_visible: subject.customer_visible,
            floor_minor: subject.floor_minor,
        };
        insert_account(sink, id, &subject.code, &account)?;
    }
    Ok(())
}

/// Returns the chart.
pub fn read_chart<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Subject>, StoreError> {
    all(
        reader,
        "SELECT code, name, class, normal, customer_visible, opens_leaves, floor_minor, suspense, gl_code, name_en, role \
         FROM subject ORDER BY code",
        &[],
        |row| {
            Ok(Subject {
                code: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                name_en: row.maybe_text(9)?.map(str::to_owned),
                class: row.parse(2)?,
                normal_side: row.side(3)?,
                customer_visible: row.flag(4)?,
                opens_leaves: row.flag(5)?,
                floor_minor: row.maybe_int(6)?,
                suspense: row.flag(7)?,
                gl_code: row.text(8)?.to_owned(),
                role: row.maybe_text(10)?.map(str::parse).transpose()?,
            })
        },
    )
}

/// Adds a rule set.
///
/// # Errors
/// [`Code::BadRules`] if its version is not higher than the last one's, a guard's refusal, or a fault.
pub fn write_rules<S: Sink + ?Sized>(sink: &mut S, rules: &StoredRules) -> Result<(), StoreError> {
    let last = first(sink, "SELECT max(version) FROM rule_set", &[], |row| row.maybe_int(0))?.flatten();
    if last.is_some_and(|last| rules.version <= last) {
        return Err(Rejection::new(Code::BadRules)
            .with("problem", "refusal.rules.not_newer")
            .with("version", rules.version)
            .with("last", last.unwrap_or(0))
            .into());
    }
    sink.run(
        "INSERT INTO rule_set (version, id, valid_from, source, fingerprint, loaded_at, operator) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(rules.version),
            Param::Text(&rules.id),
            Param::Text(&rules.valid_from.to_string()),
            Param::Text(&rules.source),
            Param::Text(&crate::domain::chain::fingerprint(rules.source.as_bytes())),
            Param::Text(&rules.loaded_at.to_string()),
            Param::Text(rules.operator.as_str()),
        ],
    )
}

/// Returns the rule sets, oldest version first.
pub fn read_rules<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<StoredRules>, StoreError> {
    all(
        reader,
        "SELECT version, id, valid_from, source, loaded_at, operator FROM rule_set ORDER BY version",
        &[],
        |row| {
            Ok(StoredRules {
                version: row.int(0)?,
                id: row.text(1)?.to_owned(),
                valid_from: row.parse(2)?,
                source: row.text(3)?.to_owned(),
                loaded_at: row.parse(4)?,
                operator: row.parse(5)?,
            })
        },
    )
}

/// Versions of policy, rules, calendar, channels and kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Versions {
    /// Of the policy.
    pub policy: i64,
    /// Of the rules.
    pub rules: i64,
    /// Of the calendar; 0 for the shipped one.
    pub calendar: i64,
    /// Of the channels.
    pub channels: i64,
    /// Of the kinds of trades.
    pub kinds: i64,
}

/// Returns the versions of what is in force in one read, to notice one loaded by another session.
///
/// # Errors
/// A fault if they cannot be read.
pub fn versions<R: Reader + ?Sized>(reader: &mut R) -> Result<Versions, StoreError> {
    let sql = "SELECT (SELECT max(version) FROM policy), (SELECT max(version) FROM rule_set), \
               (SELECT coalesce(max(version), 0) FROM calendar), (SELECT coalesce(max(version), 0) FROM channel_set), \
               (SELECT coalesce(max(version), 0) FROM kind_set)";
    let read = first(reader, sql, &[], |row| {
        Ok(Versions {
            policy: row.int(0)?,
            rules: row.int(1)?,
            calendar: row.int(2)?,
            channels: row.int(3)?,
            kinds: row.int(4)?,
        })
    })?;
    Ok(read.unwrap_or_default())
}
