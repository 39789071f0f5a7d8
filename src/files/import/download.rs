//! What the name of a downloaded bill tells: channels put merchant number, type and day into it. A bill of
//! a day without trades says nothing of them itself, and the rows of UnionPay's files never say their year.
//!
//! Only the channels' own forms are read. Any other date in a name may be that of the download.

use super::Format;
use crate::domain::statement::Coverage;
use jiff::civil::Date;

/// What a file's name tells of the bill in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The day of the bill.
    pub day: Date,
    /// The merchant number.
    pub merchant_id: String,
    /// Which lines it lists, if the name says that.
    pub covers: Option<Coverage>,
}

/// The types in the names of WeChat's bills.
const WECHAT_TYPES: &[(&str, Coverage)] = &[
    ("All", Coverage::All),
    ("Success", Coverage::Payments),
    ("Refund", Coverage::Refunds),
    ("RechargeRefund", Coverage::RechargeRefunds),
    ("Recharge_Refund", Coverage::RechargeRefunds),
];

impl Download {
    /// Reads the name of a file, or of the file in a zip after a colon; `None` if it is not one of the
    /// channel's own forms.
    #[must_use]
    pub fn named(name: &str, format: Format) -> Option<Self> {
        name.rsplit(':').find_map(|part| match format {
            Format::WechatTrade => wechat(part),
            Format::AlipayTrade => alipay(part),
            Format::UnionpayTrade => unionpay(part, "ZM_"),
            Format::UnionpayErrors => unionpay(part, "ZME_"),
            _ => None,
        })
    }
}

/// Reads `1623000088All2025-03-12.csv`.
fn wechat(name: &str) -> Option<Download> {
    let (merchant_id, rest) = number(name, 8)?;
    let rest = rest.trim_start_matches(['_', '-']);
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?;
    let (kind, rest) = rest.split_at(letters);
    let kind = kind.trim_matches('_');
    let covers = WECHAT_TYPES.iter().find(|(word, _)| word.eq_ignore_ascii_case(kind))?.1;
    let day = rest.trim_start_matches(['_', '-']).get(..10)?.parse().ok()?;
    Some(Download { day, merchant_id, covers: Some(covers) })
}

/// Reads `20881234567890120156_20250312_业务明细.csv`.
fn alipay(name: &str) -> Option<Download> {
    let (merchant_id, rest) = number(name, 16)?;
    let (day, rest) = rest.strip_prefix('_')?.split_at_checked(8)?;
    if !rest.starts_with('_') || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = format!("{}-{}-{}", day.get(..4)?, day.get(4..6)?, day.get(6..)?).parse().ok()?;
    Some(Download { day, merchant_id, covers: None })
}

/// Reads `INN18091288ZM_777000000000001.txt`: year, month and day, the number of the file, its type, the merchant.
fn unionpay(name: &str, kind: &str) -> Option<Download> {
    let rest = name.get(..3).filter(|start| start.eq_ignore_ascii_case("INN")).and(name.get(3..))?;
    let (digits, rest) = rest.split_at_checked(8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let merchant =
        rest.get(..kind.len()).filter(|word| word.eq_ignore_ascii_case(kind)).and(rest.get(kind.len()..))?;
    let merchant_id = merchant.get(..15).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    if merchant.get(15..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric())) {
        return None;
    }
    let day = format!("20{}-{}-{}", digits.get(..2)?, digits.get(2..4)?, digits.get(4..6)?).parse().ok()?;
    Some(Download { day, merchant_id: merchant_id.to_owned(), covers: None })
}

/// Splits off the digits at the beginning, at least `least` of them.
fn number(name: &str, least: usize) -> Option<(String, &str)> {
    let end = name.find(|c: char| !c.is_ascii_digit()).filter(|end| *end >= least)?;
    let (number, rest) = name.split_at(end);
    Some((number.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, format: Format) -> Option<(String, String, Option<Coverage>)> {
        let found = Download::named(name, format)?;
        Some((found.day.to_string(), found.merchant_id, found.covers))
    }

    #[test]
    fn channels_own_names_tell_day_merchant_and_type() {
        for (name, covers) in [
            ("1623000088All2025-03-12.csv", Coverage::All),
            ("1623000088Success2025-03-12.gzip", Coverage::Payments),
            ("1623000088Refund2025-03-12 (1).csv", Coverage::Refunds),
            ("bills.zip:1623000088RechargeRefund2025-03-12.csv", Coverage::RechargeRefunds),
            ("1623000088All2025-03-12.zip:bill.csv", Coverage::All),
        ] {
            let expected = Some(("2025-03-12".to_owned(), "1623000088".to_owned(), Some(covers)));
            assert_eq!(named(name, Format::WechatTrade), expected, "{name}");
        }
        assert_eq!(
            named("20881234567890120156_20250312_业务明细.csv", Format::AlipayTrade),
            Some(("2025-03-12".to_owned(), "20881234567890120156".to_owned(), None))
        );
    }

    #[test]
    fn unionpays_names_tell_day_and_merchant() {
        let expected = Some(("2018-09-12".to_owned(), "777000000000001".to_owned(), None));
        for name in [
            "INN18091288ZM_777000000000001.txt",
            "INN18091288ZM_777000000000001",
            "inn18091201zm_777000000000001 (1).txt",
            "bills.zip:INN18091288ZM_777000000000001.txt",
        ] {
            assert_eq!(named(name, Format::UnionpayTrade), expected, "{name}");
            assert_eq!(named(name, Format::UnionpayErrors), None, "{name}");
        }
        assert_eq!(named("INN18091288ZME_777000000000001.txt", Format::UnionpayErrors), expected);
        for name in [
            "INN18091288ZME_777000000000001.txt",
            "INN18133288ZM_777000000000001.txt",
            "INN1809128ZM_777000000000001.txt",
            "INN18091288ZM_77700000000001.txt",
            "INN18091288ZM_7770000000000012.txt",
            "20180912_777000000000001.txt",
            "银联",
        ] {
            assert_eq!(named(name, Format::UnionpayTrade), None, "{name}");
        }
    }

    #[test]
    fn another_date_in_a_name_is_no_day_of_a_bill() {
        for name in [
            "empty.csv",
            "downloaded-2025-03-12.csv",
            "2025-03-12.csv",
            "1623000088All2025-13-12.csv",
            "1623000088Some2025-03-12.csv",
            "20881234567890120156_业务明细.csv",
        ] {
            assert_eq!(named(name, Format::WechatTrade), None, "{name}");
            assert_eq!(named(name, Format::AlipayTrade), None, "{name}");
        }
        assert_eq!(named("1623000088All2025-03-12.csv", Format::Statement), None);
    }
}
