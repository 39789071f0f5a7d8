//! How an operator writes a step: a verb and its arguments, described once.
//!
//! The command line makes its subcommand and help from the description, the workstation the parser of its
//! line and the usage that it shows. Both collect texts in [`Given`]; the description checks them and makes
//! the step.

use crate::domain::account::Side;
use crate::domain::id::AccountCode;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::step::StepKind;
use crate::protocol::step_row::StepLine;
use std::collections::BTreeMap;
use std::str::FromStr;

/// How many values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// None: it is a switch.
    Nothing,
    /// One.
    One,
    /// One each time that it is given.
    Many,
    /// One text of several words.
    Text,
    /// One file, whose path the command line turns into its name and SHA-256.
    File,
}

/// An argument of a step.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its identifier; `cli.arg.<id>` is its help.
    pub id: &'static str,
    /// Name of the option without its dashes; `None` if the argument is found by its place.
    pub option: Option<&'static str>,
    /// What stands for its value in a usage line; `placeholder.<value>` says it in the workstation.
    pub value: &'static str,
    /// The only words that it may be, the default first; empty if any value of its type will do.
    pub words: &'static [&'static str],
    /// How many values it takes.
    pub takes: Takes,
    /// True if the step cannot be made without it.
    pub is_required: bool,
    /// Arguments each of which makes a required one superfluous.
    pub unless: &'static [&'static str],
    /// The argument without which it makes no sense.
    pub needs: Option<&'static str>,
    /// The argument that it excludes.
    pub excludes: Option<&'static str>,
    /// True if its value may begin with a minus sign.
    pub is_signed: bool,
    /// True if the workstation's line takes its value without its name.
    pub is_bare: bool,
    check: fn(&str) -> Result<(), Rejection>,
}

impl Argument {
    /// Returns a required argument that is found by its place.
    #[must_use]
    pub const fn place(
        id: &'static str,
        value: &'static str,
        check: fn(&str) -> Result<(), Rejection>,
    ) -> Self {
        Self { option: None, is_required: true, is_bare: true, ..Self::option(id, "", value, check) }
    }

    /// Returns an optional argument that is given by its name.
    #[must_use]
    pub const fn option(
        id: &'static str,
        name: &'static str,
        value: &'static str,
        check: fn(&str) -> Result<(), Rejection>,
    ) -> Self {
        Self {
            id,
            option: Some(name),
            value,
            words: &[],
            takes: Takes::One,
            is_required: false,
            unless: &[],
            needs: None,
            excludes: None,
            is_signed: false,
            is_bare: false,
            check,
        }
    }

    /// Returns a switch.
    #[must_use]
    pub const fn switch(id: &'static str, name: &'static str) -> Self {
        Self { takes: Takes::Nothing, ..Self::option(id, name, "", text) }
    }

    /// Makes it take this many values.
    #[must_use]
    pub const fn takes(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    /// Limits its value to these words, the default first.
    #[must_use]
    pub const fn one_of(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// Makes it required.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Makes it superfluous if one of these is given.
    #[must_use]
    pub const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
    }

    /// Allows it only together with another.
    #[must_use]
    pub const fn needs(self, id: &'static str) -> Self {
        Self { needs: Some(id), ..self }
    }

    /// Allows it only without another, to which it is the alternative.
    #[must_use]
    pub const fn excludes(self, id: &'static str) -> Self {
        Self { excludes: Some(id), ..self }
    }

    /// Allows a minus sign.
    #[must_use]
    pub const fn signed(self) -> Self {
        Self { is_signed: true, ..self }
    }

    /// Lets the workstation's line take its value without its name.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self { is_bare: true, ..self }
    }

    /// Checks one value of it.
    ///
    /// # Errors
    /// [`Code::BadValue`], or what the value's type refuses.
    pub fn check(&self, value: &str) -> Result<(), Rejection> {
        if !self.words.is_empty() && !self.words.contains(&value) {
            return Err(bad(self.id, value).with("allowed", self.words.join(", ")));
        }
        (self.check)(value)
    }
}

/// How an operator writes the step `T`.
#[derive(Debug)]
pub struct Syntax<T: 'static> {
    /// The kind; its word is the verb.
    pub kind: StepKind,
    /// The verb in Chinese, the first being the usual one.
    pub chinese: &'static [&'static str],
    /// The arguments, in the order of a help page.
    pub arguments: &'static [Argument],
    /// Makes the step from what was given and checked.
    pub make: fn(&Given) -> Result<T, Rejection>,
}

impl<T> Syntax<T> {
    /// True if the word is the verb, in either language.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        word == self.kind.as_str() || self.chinese.contains(&word)
    }

    /// Returns the argument that an option's name means.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.option == Some(name))
    }

    /// Makes the step.
    ///
    /// # Errors
    /// [`Code::BadValue`] for an argument that is missing or excluded by another, or for a value.
    pub fn read(&self, given: &Given) -> Result<T, Rejection> {
        for argument in self.arguments {
            let is_given = given.has(argument.id);
            let superfluous = argument.unless.iter().any(|other| given.has(other));
            let missing = argument.is_required && !is_given && !superfluous;
            let alone = is_given && argument.needs.is_some_and(|other| !given.has(other));
            let excluded = is_given && argument.excludes.is_some_and(|other| given.has(other));
            if missing || alone || excluded {
                return Err(bad(argument.id, ""));
            }
        }
        (self.make)(given)
    }
}

/// The values that were given for a step, by the argument's identifier.
#[derive(Debug, Default)]
pub struct Given(BTreeMap<&'static str, Vec<String>>);

impl Given {
    /// Adds a value of an argument.
    pub fn add(&mut self, argument: &Argument, value: impl Into<String>) {
        self.0.entry(argument.id).or_default().push(value.into());
    }

    /// True if the argument was given.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Returns the text of an argument.
    #[must_use]
    pub fn text(&self, id: &str) -> Option<String> {
        self.all(id).next().map(str::to_owned)
    }

    /// Returns the value of an argument, if it was given.
    ///
    /// # Errors
    /// What the value's type refuses.
    pub fn maybe<V: FromStr<Err = Rejection>>(&self, id: &str) -> Result<Option<V>, Rejection> {
        self.all(id).next().map(str::parse).transpose()
    }

    /// Returns the value of a required argument.
    ///
    /// # Errors
    /// [`Code::BadValue`] if it was not given, and what the value's type refuses.
    pub fn value<V: FromStr<Err = Rejection>>(&self, id: &str) -> Result<V, Rejection> {
        self.maybe(id)?.ok_or_else(|| bad(id, ""))
    }

    /// Returns the facts of an argument that takes `fact=value`.
    ///
    /// # Errors
    /// [`Code::BadValue`] for a value of another form.
    pub fn facts(&self, id: &str) -> Result<Vec<(String, String)>, Rejection> {
        self.all(id)
            .map(|text| named(text, FACT).map(|(fact, value)| (fact.to_owned(), value.to_owned())))
            .collect()
    }

    /// Returns the lines of the arguments `debit` and `credit`, debits first.
    ///
    /// # Errors
    /// [`Code::BadValue`] for a value that is not `account=amount`.
    pub fn lines(&self) -> Result<Vec<StepLine>, Rejection> {
        let line = |side, text| {
            let (account, amount) = named(text, MONEY)?;
            Ok(StepLine { side, account: account.parse()?, amount: amount.to_owned() })
        };
        let debits = self.all("debit").map(|text| line(Side::Debit, text));
        debits.chain(self.all("credit").map(|text| line(Side::Credit, text))).collect()
    }

    fn all(&self, id: &str) -> impl Iterator<Item = &str> {
        self.0.get(id).into_iter().flatten().map(String::as_str)
    }
}

/// The form of a fact to correct.
const FACT: &str = "fact=value";
/// The form of a line to book.
const MONEY: &str = "account=amount";

/// Checks a value of a domain type.
///
/// # Errors
/// What the type refuses.
pub fn word<V: FromStr<Err = Rejection>>(text: &str) -> Result<(), Rejection> {
    text.parse::<V>().map(|_| ())
}

/// Accepts any text.
///
/// # Errors
/// None.
pub fn text(_: &str) -> Result<(), Rejection> {
    Ok(())
}

/// Checks the form `fact=value`.
///
/// # Errors
/// [`Code::BadValue`] for another form.
pub fn fact(text: &str) -> Result<(), Rejection> {
    named(text, FACT).map(|_| ())
}

/// Checks the form `account=amount`; the amount is in major units and stays text.
///
/// # Errors
/// [`Code::BadValue`] for another form, and what the account's type refuses.
pub fn money(text: &str) -> Result<(), Rejection> {
    word::<AccountCode>(named(text, MONEY)?.0)
}

/// Returns both sides of an equals sign.
fn named<'t>(text: &'t str, form: &str) -> Result<(&'t str, &'t str), Rejection> {
    let (name, value) = text.split_once('=').ok_or_else(|| bad(form, text).with("allowed", form))?;
    Ok((name.trim(), value.trim()))
}

fn bad(what: &str, value: &str) -> Rejection {
    Rejection::new(Code::BadValue).with("what", what).with("value", value.escape_debug())
}
