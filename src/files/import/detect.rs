//! What a file is, from its first bytes. A file that Storno does not import is named all the same, so that the
//! operator learns which download to take instead.

use super::reason::{Reason, shown};
use super::wechat::NO_BILL;
use encoding_rs::GBK;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Lines of the head that are looked at.
const LINES: usize = 30;

macro_rules! kinds {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[doc = $vdoc])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As stored and printed; its name for people is `file.kind.<this>` in the locales.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
    };
}

kinds! {
    /// A file that can be imported.
    Format {
        /// Trades of the trade layer.
        LocalTrades = "storno-trades-csv",
        /// Vouchers of an older system.
        LocalJournal = "storno-journal-csv",
        /// WeChat Pay's trade bill (交易账单).
        WechatTrade = "wechat-trade",
        /// Alipay's trade detail (业务明细).
        AlipayTrade = "alipay-trade",
    }
}

kinds! {
    /// A file that is recognised and not imported.
    Foreign {
        /// WeChat Pay's fund bill (资金账单): movements of money, fees as lines of their own.
        WechatFundflow = "wechat-fundflow",
        /// A person's WeChat export (微信支付账单明细).
        WechatPersonal = "wechat-personal",
        /// Alipay's account detail (账务明细, signcustomer).
        AlipayAccountDetail = "alipay-account-detail",
        /// Alipay's summary (业务汇总), in the same zip as the detail.
        AlipaySummary = "alipay-summary",
        /// A person's Alipay export (交易记录明细, 电子客户回单).
        AlipayPersonal = "alipay-personal",
        /// UnionPay's fixed-width merchant file.
        UnionpayZm = "unionpay-zm",
        /// A bank gateway's file with bars.
        BankPipe = "bank-pipe",
        /// An Excel workbook.
        Spreadsheet = "spreadsheet",
        /// A PDF.
        Pdf = "pdf",
        /// A web page, mostly the login page of an expired download.
        Html = "html",
        /// A zip inside a zip, or a zip handed over as a bill.
        Zip = "zip",
        /// Text in UTF-16, as Excel's "Unicode text" is.
        Utf16 = "utf-16",
    }
}

impl Foreign {
    /// Key of the refusal's text, which says what to take instead.
    #[must_use]
    pub const fn refusal_key(self) -> &'static str {
        match self {
            Self::WechatFundflow => "foreign_wechat_fundflow",
            Self::WechatPersonal => "foreign_wechat_personal",
            Self::AlipayAccountDetail => "foreign_alipay_account_detail",
            Self::AlipaySummary => "foreign_alipay_summary",
            Self::AlipayPersonal => "foreign_alipay_personal",
            Self::UnionpayZm => "foreign_unionpay_zm",
            Self::BankPipe => "foreign_bank_pipe",
            Self::Spreadsheet => "foreign_spreadsheet",
            Self::Pdf => "foreign_pdf",
            Self::Html => "foreign_html",
            Self::Zip => "foreign_zip",
            Self::Utf16 => "foreign_utf_16",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Reason;
    fn from_str(text: &str) -> Result<Self, Reason> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let allowed: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            Reason::UnknownWord { value: shown(text), allowed: allowed.join(", ") }
        })
    }
}

/// What the file that begins with these bytes is; some KiB are enough.
///
/// # Errors
/// [`Reason::Foreign`] for a known kind of file that is not imported, [`Reason::Unrecognised`], [`Reason::Empty`].
pub fn detect(first_bytes: &[u8]) -> Result<Format, Reason> {
    if let Some(kind) = binary(first_bytes) {
        return Err(Reason::Foreign { kind });
    }
    let bytes = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes);
    let lines: Vec<Cow<'_, str>> = bytes.split(|b| *b == b'\n').take(LINES).map(text).collect();
    let Some(first) = lines.iter().find(|line| !line.trim().is_empty()) else {
        return Err(Reason::Empty {});
    };
    let first = first.trim();
    let any = |mark: &str| lines.iter().any(|line| line.contains(mark));
    let answers = |line: &str| NO_BILL.iter().any(|answer| line.contains(answer));
    let answer = if first.starts_with(['{', '<']) {
        lines.iter().any(|line| answers(line))
    } else {
        answers(first) && !first.contains(',')
    };
    if answer {
        return Ok(Format::WechatTrade);
    }
    match columns(first).or_else(|| titled(&any)).or_else(|| shaped(first, bytes)) {
        Some(kind) => kind.map_err(|kind| Reason::Foreign { kind }),
        None => Err(Reason::Unrecognised { start: shown(first) }),
    }
}

/// A line as UTF-8 or else GBK; what is cut at the end of the head does not matter.
fn text(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(line),
        Err(_) => GBK.decode_without_bom_handling(line).0,
    }
}

/// Files that are no text, by their magic numbers.
fn binary(bytes: &[u8]) -> Option<Foreign> {
    let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(if holds(b"[Content_Types].xml") || holds(b"xl/") {
            Foreign::Spreadsheet
        } else {
            Foreign::Zip
        });
    }
    let magic: [(&[u8], Foreign); 5] = [
        (b"PK\x05\x06", Foreign::Zip),
        (b"\xd0\xcf\x11\xe0", Foreign::Spreadsheet),
        (b"%PDF-", Foreign::Pdf),
        (b"\xff\xfe", Foreign::Utf16),
        (b"\xfe\xff", Foreign::Utf16),
    ];
    magic.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

type Kind = Result<Format, Foreign>;

/// Files with a title among their first lines.
fn titled(any: &dyn Fn(&str) -> bool) -> Option<Kind> {
    let titles: [(&str, Kind); 10] = [
        ("支付宝业务明细", Ok(Format::AlipayTrade)),
        ("业务明细列表", Ok(Format::AlipayTrade)),
        ("支付宝业务汇总", Err(Foreign::AlipaySummary)),
        ("业务汇总列表", Err(Foreign::AlipaySummary)),
        ("支付宝账务明细", Err(Foreign::AlipayAccountDetail)),
        ("支付宝账务汇总", Err(Foreign::AlipaySummary)),
        ("账务明细列表", Err(Foreign::AlipayAccountDetail)),
        ("微信支付账单明细", Err(Foreign::WechatPersonal)),
        ("支付宝交易记录明细", Err(Foreign::AlipayPersonal)),
        ("电子客户回单", Err(Foreign::AlipayPersonal)),
    ];
    titles.into_iter().find(|(title, _)| any(title)).map(|(_, kind)| kind)
}

/// Files told by the shape of their first line.
fn shaped(first: &str, bytes: &[u8]) -> Option<Kind> {
    let start = first.to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag)) {
        return Some(Err(Foreign::Html));
    }
    // UnionPay: code 3, institutions 11 and 11, trace 6, time 10, one byte between them.
    let digits =
        |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let blanks = [3, 15, 27, 34, 45].iter().all(|at| bytes.get(*at) == Some(&b' '));
    if blanks && digits(28, 34) && digits(35, 45) && !first.contains(',') {
        return Some(Err(Foreign::UnionpayZm));
    }
    if first.matches('|').count() >= 8 && !first.contains(',') || first.matches('|').count() >= 12 {
        return Some(Err(Foreign::BankPipe));
    }
    None
}

/// Files told by the names in their header.
fn columns(first: &str) -> Option<Kind> {
    let names: Vec<&str> = first.split(',').map(|name| name.trim().trim_matches(['"', '`']).trim()).collect();
    let all = |needed: &[&str]| needed.iter().all(|name| names.contains(name));
    let headers: [(&[&str], Kind); 6] = [
        (&["交易时间", "微信订单号", "交易状态"], Ok(Format::WechatTrade)),
        (&["记账时间", "资金流水单号"], Err(Foreign::WechatFundflow)),
        (&["支付宝交易号", "业务类型", "完成时间"], Ok(Format::AlipayTrade)),
        (&["账务流水号", "业务流水号"], Err(Foreign::AlipayAccountDetail)),
        (&["trade_no", "trade_status"], Ok(Format::LocalTrades)),
        (&["voucher_no", "accounting_date"], Ok(Format::LocalJournal)),
    ];
    let wechat_person = names.contains(&"收/支") && names.contains(&"交易单号");
    let alipay_person = names.contains(&"收/支") && names.iter().any(|name| name.starts_with("交易订单号"));
    match () {
        () if wechat_person => Some(Err(Foreign::WechatPersonal)),
        () if alipay_person => Some(Err(Foreign::AlipayPersonal)),
        () => headers.into_iter().find(|(needed, _)| all(needed)).map(|(_, kind)| kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/data/", $name)).as_slice()
        };
    }

    fn foreign(kind: Foreign) -> Result<Format, Reason> {
        Err(Reason::Foreign { kind })
    }

    #[test]
    fn samples_are_what_they_are() {
        for (bytes, expected) in [
            (sample!("local-trades-20180912.csv"), Ok(Format::LocalTrades)),
            (sample!("local-journal-20180912.csv"), Ok(Format::LocalJournal)),
            (sample!("wechat-trade-ALL-20180912.csv"), Ok(Format::WechatTrade)),
            (sample!("wechat-trade-ALL-empty-day.csv"), Ok(Format::WechatTrade)),
            (sample!("alipay-trade-detail-20180912.gbk.csv"), Ok(Format::AlipayTrade)),
            (sample!("wechat-fundflow-20180912.csv"), foreign(Foreign::WechatFundflow)),
            (sample!("alipay-account-detail-20180912.gbk.csv"), foreign(Foreign::AlipayAccountDetail)),
            (sample!("bank-pipe-spdb-style-20180912.txt"), foreign(Foreign::BankPipe)),
            (sample!("INN18091288ZM_777000000000001.txt"), foreign(Foreign::UnionpayZm)),
        ] {
            assert_eq!(detect(bytes), expected);
            assert_eq!(detect(&bytes[..bytes.len().min(400)]), expected, "from 400 bytes");
        }
    }

    #[test]
    fn other_files_are_named_or_shown() {
        let personal = "微信支付账单明细,,,,\n微信昵称：[x],,,,\n";
        let receipt = "支付宝（中国）网络技术有限公司  电子客户回单\n";
        for (bytes, expected) in [
            (personal.as_bytes(), foreign(Foreign::WechatPersonal)),
            (receipt.as_bytes(), foreign(Foreign::AlipayPersonal)),
            (&GBK.encode("支付宝交易记录明细查询\n").0, foreign(Foreign::AlipayPersonal)),
            ("#支付宝业务汇总查询\n".as_bytes(), foreign(Foreign::AlipaySummary)),
            (b"%PDF-1.7\n%", foreign(Foreign::Pdf)),
            (b"\n <!DOCTYPE HTML><html>", foreign(Foreign::Html)),
            (b"PK\x03\x04....xl/workbook.xml", foreign(Foreign::Spreadsheet)),
            (b"PK\x03\x04....bill.csv", foreign(Foreign::Zip)),
            (b"\xd0\xcf\x11\xe0\xa1", foreign(Foreign::Spreadsheet)),
            (b"\xff\xfet\0r\0", foreign(Foreign::Utf16)),
            (b"", Err(Reason::Empty {})),
            (b"\xef\xbb\xbf\r\n \n", Err(Reason::Empty {})),
            (b"a,b,c\n", Err(Reason::Unrecognised { start: "a,b,c".to_owned() })),
            (b"<xml><return_msg><![CDATA[No Bill Exist]]></return_msg></xml>", Ok(Format::WechatTrade)),
            (b"{\"code\":\"NO_STATEMENT_EXIST\"}", Ok(Format::WechatTrade)),
            (
                b"<xml><return_msg>invalid bill_date</return_msg></xml>",
                Err(Reason::Unrecognised {
                    start: "<xml><return_msg>invalid bill_date</return_msg></xml>".to_owned(),
                }),
            ),
        ] {
            assert_eq!(detect(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn formats_read_back_from_their_names() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(*format));
        }
        assert!("wechat".parse::<Format>().is_err());
    }
}
