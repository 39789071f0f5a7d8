//! Single trades: turned, refused, amended, explained.

use super::*;

/// What undoes a trade is posted by the same rule, every line on the other side, the fee given back.
#[test]
fn a_counter_trade_turns_every_line() {
    for (kind, fee) in [(TradeKind::TOPUP, "0.60"), (TradeKind::PAY, "1.50"), (TradeKind::REFUND, "-0.30")] {
        let mut original = facts(kind, Channel::WECHAT, "100.00", fee);
        original.merchant = (kind != TradeKind::TOPUP).then_some(Cow::Borrowed("M001"));
        let mut counter = original.clone();
        (counter.turned, counter.fee_minor) = (true, -original.fee_minor);
        let swapped = booked(&original, Event::CAPTURED).unwrap();
        let swapped = swapped.replace("Dr", "X").replace("Cr", "Dr").replace('X', "Cr");
        assert_eq!(booked(&counter, Event::CAPTURED).unwrap(), swapped);
        let explained = SET.explain(&counter, Event::CAPTURED);
        let sides: Vec<_> =
            explained.lines.iter().filter(|line| !line.left_out).map(|line| line.side).collect();
        let lines = SET.expected(&counter, Event::CAPTURED).unwrap().unwrap().lines;
        assert_eq!(sides, lines.iter().map(|line| line.line.side).collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_computed_is_refused_by_name() {
    let problem = |facts: &Facts<'_>, event| {
        let refused = booked(facts, event).unwrap_err();
        assert_eq!(refused.code, Code::RuleFailed);
        assert_eq!(refused.arg("trade"), Some("T1"));
        assert!(refused.arg("rule").is_some());
        let fact = refused.arg("fact").unwrap_or_default().to_owned();
        format!("{} {fact}", refused.arg("problem").unwrap()).trim().to_owned()
    };
    let mut topup = facts(TradeKind::TOPUP, Channel::WECHAT, "1.00", "0.01");
    topup.customer = None;
    assert_eq!(problem(&topup, Event::CAPTURED), "rulefile.missing_fact customer");
    let pay = facts(TradeKind::PAY, Channel::WECHAT, "1.00", "0.01");
    assert_eq!(problem(&pay, Event::CAPTURED), "rulefile.missing_fact merchant");
    let negative_fee = facts(TradeKind::TOPUP, Channel::WECHAT, "1.00", "-0.01");
    assert_eq!(problem(&negative_fee, Event::CAPTURED), "rulefile.amount_negative");
    let mut huge = facts(TradeKind::PAYOUT, Channel::HVPS, "1.00", "0.01");
    huge.amount_minor = i64::MAX;
    assert_eq!(problem(&huge, Event::CAPTURED), "rulefile.amount_too_large");
    let mut early = facts(TradeKind::PAY, Channel::WECHAT, "1.00", "0.01");
    early.merchant = Some(Cow::Borrowed("M"));
    early.business_date = date(2017, 12, 31);
    assert_eq!(problem(&early, Event::CAPTURED), "rulefile.no_coefficient");
}

#[test]
fn an_amendment_changes_what_is_booked() {
    let mut trade = facts(TradeKind::TOPUP, Channel::WECHAT, "100.00", "0.60");
    trade.set(AmendableFact::Customer, "B").unwrap();
    trade.set(AmendableFact::Amount, "99.00").unwrap();
    trade.set(AmendableFact::Fee, "0").unwrap();
    trade.set(AmendableFact::Channel, "ALIPAY").unwrap();
    assert_eq!(booked(&trade, Event::CAPTURED).as_deref(), Ok("Dr 1102.ALIPAY 99.00 / Cr 2001.B 99.00"));
    for (fact, value) in [
        ("amount", "-1"),
        ("amount", "1.005"),
        ("fee", "x"),
        ("channel", "PayPal"),
        ("status", "failed"),
        ("customer", " A"),
        ("business_date", "2018-02-30"),
        ("colour", "red"),
    ] {
        let set = fact.parse().and_then(|fact| trade.set(fact, value));
        assert_eq!(set.unwrap_err().code, Code::BadValue, "{fact} {value}");
    }
}

#[test]
fn an_explanation_shows_rule_values_and_lines() {
    let mut trade = facts(TradeKind::PAY, Channel::UNIONPAY, "123.45", "0");
    trade.merchant = Some(Cow::Borrowed("M001"));
    let told = SET.explain(&trade, Event::CAPTURED);
    assert_eq!(told.rule.as_ref().map(RuleName::as_str), Some("pay.captured@1"));
    let value = |name: &str| told.values.iter().find(|v| v.name == name).map(|v| v.value.as_str());
    assert_eq!(value("merchant_fee_rate"), Some("0.0020"));
    assert_eq!(value("mfee"), Some("0.25"));
    assert_eq!(value("net"), None, "a factor that no line needs is not computed");
    let fee = &told.lines[2];
    assert_eq!(
        (fee.account.as_deref(), fee.expression.as_deref(), fee.computed_minor),
        (Some("2002.M001"), Some("mfee"), Some(25))
    );
    assert!(told.lines[4].left_out);
    assert_eq!(told.failure, None);
    assert!(serde_json::to_string(&told).unwrap().contains("\"due_status\":true"));

    let refund = facts(TradeKind::REFUND, Channel::ALIPAY, "1.00", "0");
    let told = SET.explain(&refund, Event::CAPTURED);
    assert_eq!(told.passed.len(), 1);
    assert_eq!(
        (told.passed[0].rule.as_str(), told.passed[0].because.condition.as_str()),
        ("refund.merchant.captured@1", "merchant present")
    );
    let nothing = SET.explain(&refund, Event::SETTLED);
    assert_eq!((nothing.rule, nothing.lines.len()), (None, 0));
    trade.merchant = None;
    let failed = SET.explain(&trade, Event::CAPTURED);
    assert_eq!(failed.failure.unwrap().arg("fact"), Some("merchant"));
    assert_eq!(failed.lines[0].computed_minor, Some(12_345), "what can be computed is shown");
}

#[test]
fn a_fee_is_in_whole_minor_units_of_the_currency_of_its_trade() {
    let table = [
        ("JPY", 1_200, "Cr 2002.M.JPY 1200 / Dr 2002.M.JPY 12 / Cr 6001.JPY 12"),
        ("JPY", 1_234, "Cr 2002.M.JPY 1234 / Dr 2002.M.JPY 12 / Cr 6001.JPY 12"),
        ("JPY", 1_250, "Cr 2002.M.JPY 1250 / Dr 2002.M.JPY 13 / Cr 6001.JPY 13"),
        ("KWD", 12_345, "Cr 2002.M.KWD 12.345 / Dr 2002.M.KWD 0.123 / Cr 6001.KWD 0.123"),
        ("KWD", 400, "Cr 2002.M.KWD 0.400 / Dr 2002.M.KWD 0.004 / Cr 6001.KWD 0.004"),
    ];
    for (currency, minor, expected) in table {
        let mut trade = facts(TradeKind::PAY, Channel::WECHAT, "0", "0");
        trade.merchant = Some(Cow::Borrowed("M"));
        (trade.amount_minor, trade.currency) = (minor, currency.parse().unwrap());
        let lines = booked(&trade, Event::CAPTURED).unwrap();
        assert_eq!(lines.split_once(" / ").map(|(_, rest)| rest), Some(expected));
    }
}

#[test]
fn a_rounding_that_does_not_fit_a_currency_is_remarked_with_its_place() {
    let yen: Currency = "JPY".parse().unwrap();
    assert!(
        SET.other_decimals(&Currencies::new(Currency::CNY, &[Currency::CNY, yen])).is_empty(),
        "the shipped rules fit every currency"
    );
    let set = RuleSet::parse("small.toml", SMALL, scope(&CHART)).unwrap();
    assert!(set.other_decimals(&Currencies::new(Currency::CNY, &[])).is_empty());
    let remarks = set.other_decimals(&Currencies::new(Currency::CNY, &[Currency::CNY, yen]));
    let [remark] = remarks.as_slice() else { panic!("{remarks:?}") };
    assert_eq!((remark.line, remark.column, remark.key.as_str()), (15, 7, "rulefile.other_decimals"));
    let told = ["expression", "decimals", "currency", "exponent"].map(|name| remark.arg(name).unwrap());
    assert_eq!(told, ["round(amount * rate, 2)", "2", "JPY", "0"]);
}

#[test]
fn a_discount_that_the_merchant_bears_is_booked_on_whom_it_concerns() {
    let discounted = |kind, fee: &str, merchant: Option<&'static str>| {
        let facts = facts(kind, Channel::ALIPAY, "100.00", fee);
        Facts { merchant_discount_minor: 1_000, merchant: merchant.map(Cow::Borrowed), ..facts }
    };
    for (facts, event, lines) in [
        (
            discounted(TradeKind::PAY, "0.54", Some("M1")),
            Event::CAPTURED,
            "Dr 1102.ALIPAY 90.00 / Cr 2002.M1 100.00 / Dr 2002.M1 0.90 / Cr 6001 0.90 / Dr 6401 0.54 / Cr 1102.ALIPAY 0.54 / \
             Dr 2002.M1 10.00",
        ),
        (
            discounted(TradeKind::PAY, "0.54", Some("M1")),
            Event::CLEARED,
            "Dr 2002.M1 89.10 / Cr 2003.M1 89.10",
        ),
        (
            discounted(TradeKind::TOPUP, "0.54", None),
            Event::CAPTURED,
            "Dr 1102.ALIPAY 90.00 / Cr 2001.A 100.00 / Dr 6401 0.54 / Cr 1102.ALIPAY 0.54 / Dr 6601 10.00",
        ),
        (
            discounted(TradeKind::REFUND, "-0.54", Some("M1")),
            Event::CAPTURED,
            "Dr 2002.M1 100.00 / Cr 1102.ALIPAY 90.00 / Dr 1102.ALIPAY 0.54 / Cr 6401 0.54 / Cr 2002.M1 10.00",
        ),
        (
            discounted(TradeKind::REFUND, "-0.54", None),
            Event::CAPTURED,
            "Dr 2001.A 100.00 / Cr 1102.ALIPAY 90.00 / Dr 1102.ALIPAY 0.54 / Cr 6401 0.54 / Cr 6601 10.00",
        ),
    ] {
        assert_eq!(booked(&facts, event).unwrap(), lines);
    }
    let told = SET.explain(&discounted(TradeKind::PAY, "0.54", Some("M1")), Event::CAPTURED);
    assert!(told.values.iter().any(|value| value.name == "merchant_discount" && value.value == "10.00"));
}

/// Sets written before rules knew the discount may have a rate of that name.
#[test]
fn a_set_keeps_its_own_meaning_of_the_name_merchant_discount() {
    let lines = DEFAULT.replace("\"amount - merchant_discount\"", "\"amount\"");
    let lines = lines.lines().filter(|line| !line.contains("amount = \"merchant_discount\""));
    let own = lines.collect::<Vec<_>>().join("\n").replace("merchant_fee_rate", "merchant_discount");
    let set = RuleSet::parse("own.toml", &own, scope(&CHART)).unwrap();
    let mut trade = facts(TradeKind::PAY, Channel::WECHAT, "100.00", "0");
    (trade.merchant, trade.merchant_discount_minor) = (Some(Cow::Borrowed("M1")), 1_000);
    let booked = set.expected(&trade, Event::CAPTURED).unwrap().unwrap().lines;
    let amounts: Vec<i64> = booked.iter().map(|line| line.line.amount_minor).collect();
    assert_eq!(amounts, [10_000, 10_000, 100, 100], "its rate of one percent, and no discount");
}
