//! Compiles a rule set from its file: reads every word, number, date, name, template and expression, and
//! reports every mistake with its line. What needs the whole set (overlaps, gaps, balance) is checked in
//! `validate`.

use super::condition::Condition;
use super::expression::Expression;
use super::expression_text::{BadExpression, FUNCTIONS};
use super::facts::Fact;
use super::form::{LineForm, RowForm, RuleForm, SetForm, Text};
use super::places::{LinePlaces, RulePlaces};
use super::set::{
    AMOUNT, CHANNEL_ACCOUNT, Coefficient, DECIMALS, FIRST_COEFFICIENT, Factor, OwnDecimals, POSITION, Row,
    Rule, RuleLine, RuleScope, RuleSet,
};
use super::template::{Alias, Template};
use super::validate;
use crate::domain::account::AccountRole;
use crate::domain::authored::{AuthoredError, FormReader, Span};
use crate::domain::chart;
use crate::domain::event::Event;
use crate::domain::nearest::nearest;
use crate::domain::trade::{Channel, TradeKind};
use crate::domain::vocabulary::Vocabulary;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::str::FromStr;
use toml::Spanned;

/// Names in expressions that every rule set has, by slot: values of the trade, the decimals of both currencies,
/// and what is known of the trade that it goes back on. From the decimals on a file may give them to values of
/// its own, as versions from before they were known do.
const BUILT_IN: [&str; FIRST_COEFFICIENT] = [
    "amount",
    "fee",
    "counter_amount",
    "decimals",
    "counter_decimals",
    "undone",
    "original_amount",
    "original_fee",
    "merchant_discount",
    "undone_discount",
];

/// The word of a line in the currency of the counter amount.
const IN_COUNTER: &str = "counter";

/// Most lines of one rule; it keeps the sum of a voucher's lines within 64 bits.
const MAX_LINES: usize = 200;

impl RuleSet {
    /// Reads and checks a rule set against chart, channels and kinds of trades.
    ///
    /// # Errors
    /// Every mistake with its line and column. A set with a mistake is not used at all. Checks of the whole
    /// set run over the rules without a mistake, and only if accounts, coefficients and factors have none.
    pub fn parse(file: &str, text: &str, scope: RuleScope<'_>) -> Result<Self, Vec<AuthoredError>> {
        Self::compile(file, text, scope, true)
    }

    /// Reads a rule set that the ledger has accepted before, without the checks of the whole set: a channel
    /// loaded since may lack an account or a rate, which matters only to its trades.
    ///
    /// # Errors
    /// As [`RuleSet::parse`].
    pub fn stored(file: &str, text: &str, scope: RuleScope<'_>) -> Result<Self, Vec<AuthoredError>> {
        Self::compile(file, text, scope, false)
    }

    fn compile(
        file: &str,
        text: &str,
        scope: RuleScope<'_>,
        as_a_whole: bool,
    ) -> Result<Self, Vec<AuthoredError>> {
        let (mut reader, form) = FormReader::open::<SetForm>(file, text)?;
        let mut compiler = Compiler {
            reader: &mut reader,
            scope,
            channels: scope.channels.codes().collect(),
            symbols: Vec::new(),
            own_decimals: Vec::new(),
        };
        let (set, places) = compiler.set(form);
        if let Some(places) = places.filter(|_| as_a_whole) {
            validate::whole_set(&mut reader, &set, scope.currencies, &places);
        }
        reader.close(Some(set))
    }
}

struct Compiler<'r, 'a> {
    reader: &'r mut FormReader<'a>,
    scope: RuleScope<'r>,
    /// Codes of the channels.
    channels: Vec<Channel>,
    /// Names that expressions may use, by slot.
    symbols: Vec<String>,
    /// Roundings that say their number of decimals themselves.
    own_decimals: Vec<OwnDecimals>,
}

impl Compiler<'_, '_> {
    /// Returns the set with the rules that have no mistake, and their places unless another part has one.
    fn set(&mut self, form: SetForm) -> (RuleSet, Option<Vec<RulePlaces>>) {
        self.symbols = BUILT_IN.map(str::to_owned).into();
        if !is_name(form.id.get_ref()) {
            self.reader.error(form.id.span(), "rulefile.bad_name", &[("name", form.id.get_ref())]);
        }
        if *form.version.get_ref() < 1 {
            self.reader.error(
                form.version.span(),
                "rulefile.bad_number",
                &[("value", form.version.get_ref())],
            );
        }
        let valid_from = self.reader.date(&form.valid_from);
        let (aliases, accounts_named) = self.aliases(form.account);
        let coefficients = self.coefficients(form.coefficient);
        let factors = self.factors(form.factor);
        if form.rule.is_empty() {
            self.reader.error(0..0, "rulefile.no_rules", &[]);
        }
        let mut set = RuleSet {
            id: form.id.into_inner(),
            version: form.version.into_inner(),
            // A wrong day is a mistake, so that the set is not used.
            valid_from: valid_from.unwrap_or(Date::ZERO),
            aliases,
            accounts_named,
            coefficients,
            factors,
            rules: Vec::new(),
            channels: self.channels.clone(),
            events: self.scope.kinds.events(),
            currency: self.scope.currencies.main(),
            own_decimals: Vec::new(),
        };
        let parts_are_right = self.reader.mistakes() == 0;
        let (mut places, mut ids) = (Vec::new(), HashSet::new());
        for rule in form.rule {
            let place = rule.span();
            let rule = rule.into_inner();
            let before = self.reader.mistakes();
            if !ids.insert(rule.id.get_ref().clone()) {
                self.reader.error(rule.id.span(), "rulefile.duplicate_rule", &[("rule", rule.id.get_ref())]);
            }
            let rule = self.rule(&set, rule, place);
            if let Some((rule, rule_places)) = rule.filter(|_| self.reader.mistakes() == before) {
                set.rules.push(rule);
                places.push(rule_places);
            }
        }
        set.own_decimals = std::mem::take(&mut self.own_decimals);
        (set, parts_are_right.then_some(places))
    }

    /// Returns the names of accounts by channel, and the channels whose own account the file names.
    fn aliases(&mut self, form: BTreeMap<Text, BTreeMap<Text, Text>>) -> (Vec<Alias>, Vec<Channel>) {
        let mut aliases: Vec<Alias> = Vec::new();
        for (name, by_channel) in form {
            if !is_name(name.get_ref()) || Fact::from_str(name.get_ref()).is_ok() {
                self.reader.error(name.span(), "rulefile.bad_name", &[("name", name.get_ref())]);
            }
            let mut accounts = Vec::new();
            for (channel, account) in by_channel {
                if !self.account_exists(account.get_ref()) {
                    self.reader.error(
                        account.span(),
                        "rulefile.unknown_account",
                        &[("account", account.get_ref())],
                    );
                }
                accounts.extend(self.channel(&channel).map(|c| (c, account.into_inner())));
            }
            aliases.push(Alias { name: name.into_inner(), accounts });
        }
        let own = aliases.iter().filter(|alias| alias.name == CHANNEL_ACCOUNT);
        let named = own.flat_map(|alias| &alias.accounts).map(|(channel, _)| *channel).collect();
        self.add_channel_accounts(&mut aliases);
        self.add_position_account(&mut aliases);
        (aliases, named)
    }

    /// Gives each channel its own account under the name [`CHANNEL_ACCOUNT`], unless the file names one.
    fn add_channel_accounts(&self, aliases: &mut Vec<Alias>) {
        let own = self.scope.channels.all().iter().filter_map(|channel| {
            let account = channel.account.as_ref().filter(|account| self.account_exists(account.as_str()))?;
            Some((channel.code, account.as_str().to_owned()))
        });
        match aliases.iter_mut().find(|alias| alias.name == CHANNEL_ACCOUNT) {
            Some(alias) => {
                let missing: Vec<_> = own.filter(|(channel, _)| alias.account(*channel).is_none()).collect();
                alias.accounts.extend(missing);
            }
            None => aliases.push(Alias { name: CHANNEL_ACCOUNT.to_owned(), accounts: own.collect() }),
        }
    }

    /// Gives the account of positions, the same for every channel, the name [`POSITION`].
    fn add_position_account(&self, aliases: &mut Vec<Alias>) {
        let Some(subject) = chart::with_role(self.scope.chart, AccountRole::Position) else { return };
        if subject.opens_leaves || aliases.iter().any(|alias| alias.name == POSITION) {
            return;
        }
        let accounts = self.channels.iter().map(|channel| (*channel, subject.code.clone())).collect();
        aliases.push(Alias { name: POSITION.to_owned(), accounts });
    }

    fn channel(&mut self, text: &Text) -> Option<Channel> {
        self.reader.one_of(text, Channel::WHAT, &self.channels, Channel::of_text)
    }

    fn account_exists(&self, code: &str) -> bool {
        chart::has_account(self.scope.chart, code)
    }

    /// Reserves the name of a value; it must be new.
    fn symbol(&mut self, name: &Text) {
        let newer = BUILT_IN.iter().skip(DECIMALS).any(|known| known == name.get_ref());
        let own = if newer { FIRST_COEFFICIENT } else { 0 };
        let taken = self.symbols.iter().skip(own).any(|known| known == name.get_ref())
            || FUNCTIONS.contains(&name.get_ref().as_str());
        if taken || !is_name(name.get_ref()) {
            self.reader.error(name.span(), "rulefile.bad_name", &[("name", name.get_ref())]);
        }
        self.symbols.push(name.get_ref().clone());
    }

    fn coefficients(&mut self, form: BTreeMap<Text, Vec<Spanned<RowForm>>>) -> Vec<Coefficient> {
        let mut coefficients = Vec::new();
        for (name, rows) in form {
            self.symbol(&name);
            let mut table =
                Coefficient { name: name.into_inner(), general: Vec::new(), by_merchant: HashMap::new() };
            let mut seen: Vec<(Row, Option<String>)> = Vec::new();
            for row in rows {
                let place = row.span();
                let form = row.into_inner();
                let merchant = form.merchant.clone();
                let Some(row) = self.row(form) else { continue };
                if seen.iter().any(|(other, whose)| *whose == merchant && other.competes_with(&row)) {
                    self.reader.error(place, "rulefile.coefficient_overlap", &[("name", &table.name)]);
                }
                seen.push((row.clone(), merchant.clone()));
                match merchant {
                    Some(merchant) => table.by_merchant.entry(merchant).or_default().push(row),
                    None => table.general.push(row),
                }
            }
            let most_specific_first = |row: &Row| std::cmp::Reverse(row.rank());
            table.general.sort_by_key(most_specific_first);
            table.by_merchant.values_mut().for_each(|rows| rows.sort_by_key(most_specific_first));
            coefficients.push(table);
        }
        coefficients
    }

    fn row(&mut self, form: RowForm) -> Option<Row> {
        let channel = match &form.channel {
            None => Some(None),
            Some(text) => self.channel(text).map(Some),
        };
        let valid_from = self.reader.date(&form.valid_from);
        let valid_to = self.reader.optional_date(form.valid_to.as_ref());
        let value = self.reader.decimal(&form.value);
        let row = Row {
            channel: channel?,
            product: form.product,
            valid_from: valid_from?,
            valid_to: valid_to?,
            value: value?,
        };
        if row.valid_to.is_some_and(|end| end < row.valid_from) {
            self.reader.error(
                form.valid_from.span(),
                "rulefile.ends_before_start",
                &[("date", &row.valid_from)],
            );
        }
        Some(row)
    }

    /// Compiles the factors in the order of the file. Each may use those above it, so that none can depend
    /// on itself.
    fn factors(&mut self, form: BTreeMap<Text, Text>) -> Vec<Factor> {
        let mut in_order: Vec<(Text, Text)> = form.into_iter().collect();
        in_order.sort_by_key(|(name, _)| name.span().start);
        let mut factors = Vec::new();
        for (name, expression) in in_order {
            // A wrong expression keeps its slot, so that its mistake is reported once and not again for
            // every use.
            let compiled = self
                .expression(&expression)
                .or_else(|| Expression::compile("amount", &|_| Some(AMOUNT)).ok());
            self.symbol(&name);
            factors.extend(compiled.map(|expression| Factor { name: name.into_inner(), expression }));
        }
        factors
    }

    fn expression(&mut self, text: &Text) -> Option<Expression> {
        let symbols = &self.symbols;
        // A name of the file counts before a value of the trade.
        let slot = |name: &str| symbols.iter().rposition(|known| known == name);
        match Expression::compile(text.get_ref(), &slot) {
            Ok(expression) => {
                for decimals in expression.own_decimals() {
                    let facts: [(&str, &dyn Display); 2] =
                        [("expression", text.get_ref()), ("decimals", &decimals)];
                    let remark = self.reader.remark(text.span().start, "rulefile.other_decimals", &facts);
                    self.own_decimals.push(OwnDecimals { decimals, remark });
                }
                Some(expression)
            }
            Err(BadExpression { key, word }) => {
                let known = symbols.iter().map(String::as_str);
                let near = nearest(&word, known.chain(FUNCTIONS.iter().copied()));
                let args: [(&str, &dyn Display); 2] = [("word", &word), ("expression", text.get_ref())];
                self.reader.error_near(text.span(), key, &args, near);
                None
            }
        }
    }

    fn words<T: Vocabulary>(&mut self, texts: &[Text]) -> Vec<T> {
        texts.iter().filter_map(|text| self.reader.word(text)).collect()
    }

    fn rule(&mut self, set: &RuleSet, form: RuleForm, place: Span) -> Option<(Rule, RulePlaces)> {
        let id = form.id.get_ref().as_str();
        let name = format!("{id}@{}", set.version).parse().ok();
        if name.is_none() || !id.split('.').all(is_name) {
            self.reader.error(form.id.span(), "rulefile.bad_name", &[("name", &id)]);
        }
        if let Some(never) = form.due.as_ref().filter(|due| due.get_ref().is_empty()) {
            self.reader.error(never.span(), "rulefile.never_due", &[("rule", &id)]);
        }
        let kinds: Vec<TradeKind> = self.scope.kinds.codes().collect();
        let kind = self.reader.one_of(&form.kind, TradeKind::WHAT, &kinds, TradeKind::of_text);
        let of_kind = kind.and_then(|kind| self.scope.kinds.get(kind));
        let events: Vec<Event> = match of_kind {
            Some(kind) => kind.events.iter().map(|known| known.event).collect(),
            None => self.scope.kinds.events(),
        };
        let event = self.reader.one_of(&form.event, Event::WHAT, &events, Event::of_text);
        let by_kind = of_kind.zip(event).and_then(|(kind, event)| kind.event(event));
        let after = match &form.after {
            // A rule that says when its event is due says all of it.
            None if form.due.is_some() => Some(None),
            None => Some(by_kind.and_then(|known| known.after)),
            Some(text) => self.reader.one_of(text, Event::WHAT, &events, Event::of_text).map(Some),
        };
        if let Some(text) =
            form.after.as_ref().filter(|_| after.flatten().is_some() && after.flatten() == event)
        {
            self.reader.error(text.span(), "rulefile.after_itself", &[("rule", &id)]);
        }
        let lists = form.channel.iter().chain(&form.product).chain(form.when.values());
        for list in lists.filter(|list| list.get_ref().is_empty()) {
            self.reader.error(list.span(), "rulefile.empty_list", &[("rule", &id)]);
        }
        let channels = form
            .channel
            .as_ref()
            .map(|texts| texts.get_ref().iter().filter_map(|text| self.channel(text)).collect());
        let due = match &form.due {
            Some(due) => self.words(due.get_ref()),
            None => by_kind.map(|known| known.status.clone()).unwrap_or_default(),
        };
        let conditions = self.conditions(&form);
        let (lines, line_places) = self.lines(set, id, form.lines);
        let needs = set.needs(&lines);
        let rule = Rule {
            name: name?,
            version: set.version,
            note: form.note,
            kind: kind?,
            event: event?,
            channels,
            conditions,
            due,
            within_window: form.within_window,
            after: after?,
            lines,
            needs,
            id: form.id.into_inner(),
        };
        Some((rule, RulePlaces { rule: place, lines: line_places }))
    }

    fn conditions(&mut self, form: &RuleForm) -> Vec<Condition> {
        let owned = |texts: &[Text]| texts.iter().map(|text| text.get_ref().clone()).collect();
        let mut conditions = Vec::new();
        if let Some(products) = &form.product {
            conditions.push(Condition::OneOf { fact: Fact::Product, values: owned(products.get_ref()) });
        }
        for (name, values) in &form.when {
            let values = owned(values.get_ref());
            match self.reader.word(name) {
                // These facts have keys of their own, which the checks of the whole set rely on.
                Some(Fact::Channel | Fact::Kind | Fact::Product) => {
                    self.reader.error(name.span(), "rulefile.own_key", &[("name", name.get_ref())]);
                }
                Some(fact) => conditions.push(Condition::OneOf { fact, values }),
                None => {}
            }
        }
        conditions.extend(self.words(&form.requires).into_iter().map(|fact| Condition::Present { fact }));
        for text in &form.absent {
            let Some(fact) = self.reader.word(text) else { continue };
            let absent = Condition::Absent { fact };
            if conditions.iter().any(|other| other.excludes(&absent)) {
                self.reader.error(text.span(), "rulefile.contradiction", &[("fact", &fact)]);
            }
            conditions.push(absent);
        }
        conditions
    }

    fn lines(
        &mut self,
        set: &RuleSet,
        rule: &str,
        form: Spanned<Vec<Spanned<LineForm>>>,
    ) -> (Vec<RuleLine>, Vec<LinePlaces>) {
        let place = form.span();
        let forms = form.into_inner();
        if !(2..=MAX_LINES).contains(&forms.len()) {
            self.reader.error(
                place,
                "rulefile.line_count",
                &[("rule", &rule), ("count", &forms.len()), ("max", &MAX_LINES)],
            );
        }
        let last = forms.len().saturating_sub(1);
        let mut lines = Vec::new();
        let mut places = Vec::new();
        for (index, form) in forms.into_iter().enumerate() {
            let place = form.span();
            let form = form.into_inner();
            if form.rest && index != last {
                self.reader.error(place.clone(), "rulefile.rest_not_last", &[("rule", &rule)]);
            }
            if form.rest == form.amount.is_some() {
                self.reader.error(place.clone(), "rulefile.rest_or_amount", &[("rule", &rule)]);
            }
            let account = form.account.span();
            let amount = form.amount.as_ref().map_or(place, Spanned::span);
            if let Some(line) = self.line(set, &form) {
                lines.push(line);
                places.push(LinePlaces { account, amount });
            }
        }
        (lines, places)
    }

    fn line(&mut self, set: &RuleSet, form: &LineForm) -> Option<RuleLine> {
        let side = self.reader.word(&form.side);
        let part = self.reader.word(&form.part);
        let amount = match &form.amount {
            None => Some(None),
            Some(text) => self.expression(text).map(Some),
        };
        let account = Template::parse(form.account.get_ref(), &set.aliases);
        if let Err(word) = &account {
            let known = set.aliases.iter().map(|alias| alias.name.as_str());
            let near = nearest(word, known.chain(Fact::WORDS.iter().copied()));
            let args: [(&str, &dyn Display); 2] = [("word", word), ("account", form.account.get_ref())];
            self.reader.error_near(form.account.span(), "rulefile.unknown_template", &args, near);
        }
        let account = account.ok()?;
        let counter = form.currency.is_some();
        if let Some(other) = form.currency.as_ref().filter(|text| text.get_ref() != IN_COUNTER) {
            let facts: [(&str, &dyn Display); 3] =
                [("what", &"currency"), ("value", other.get_ref()), ("allowed", &IN_COUNTER)];
            self.reader.error(other.span(), "rulefile.bad_word", &facts);
        }
        if !validate::sample_codes(&account, &set.aliases).iter().all(|code| self.account_exists(code)) {
            self.reader.error(
                form.account.span(),
                "rulefile.unknown_account",
                &[("account", form.account.get_ref())],
            );
        }
        Some(RuleLine { side: side?, account, amount: amount?, part: part?, flip: form.flip, counter })
    }
}

/// Returns whether a text is a valid name: ASCII letters, digits, `_` and `-`, beginning with a letter.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
