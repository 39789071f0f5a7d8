//! Kinds of files that are recognised but not imported; the refusal says which download to take instead.

use super::gzip::GZIP;
use super::head::{Head, Mark};
use serde::{Deserialize, Serialize};

/// The type of an ODS, at its beginning.
pub(super) const OPEN_DOCUMENT: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

macro_rules! foreign {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal, $refusal:literal, $marks:expr;)+) => {
        /// A kind of file that is recognised but not imported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Foreign {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl Foreign {
            /// Every kind, in the order in which they are tried.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is stored and printed; its name for people is `file.kind.<word>` in the locales.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Returns the key of the refusal, whose text says which download to take instead.
            #[must_use]
            pub const fn refusal_key(self) -> &'static str {
                match self { $(Self::$variant => $refusal,)+ }
            }

            /// Returns the marks of a text file of this kind; none for binary files ([`binary`]).
            pub(super) const fn marks(self) -> &'static [Mark] {
                match self { $(Self::$variant => $marks,)+ }
            }
        }
    };
}

foreign! {
    /// A person's WeChat export (微信支付账单明细).
    WechatPersonal = "wechat-personal", "foreign_wechat_personal", &[
        Mark::First(|head| head.has_columns(&["收/支", "交易单号"])),
        Mark::Title("微信支付账单明细"),
    ];
    /// Alipay's summary (业务汇总), in the same zip as the detail.
    AlipaySummary = "alipay-summary", "foreign_alipay_summary", &[
        Mark::Title("支付宝业务汇总"),
        Mark::Title("业务汇总列表"),
        Mark::Title("支付宝账务汇总"),
    ];
    /// A person's Alipay export (交易记录明细, 电子客户回单).
    AlipayPersonal = "alipay-personal", "foreign_alipay_personal", &[
        Mark::First(|head| {
            head.has_columns(&["收/支"]) && head.columns().any(|name| name.starts_with("交易订单号"))
        }),
        Mark::Title("支付宝交易记录明细"),
        Mark::Title("电子客户回单"),
    ];
    /// A file of UnionPay's that begins as a merchant's and has another layout, such as an institution's.
    UnionpayOther = "unionpay-other", "foreign_unionpay_other", &[Mark::Last(is_unionpay)];
    /// A bank gateway's file with fields separated by bars.
    BankPipe = "bank-pipe", "foreign_bank_pipe", &[Mark::Last(is_bank_pipe)];
    /// A notification of single bookings, without balances (ISO 20022 camt.054).
    Camt054 = "camt-054", "foreign_camt_054", &[Mark::First(|head| {
        head.first().starts_with('<') && head.contains("BkToCstmrDbtCdtNtfctn")
    })];
    /// An interim report of bookings, without balances (SWIFT MT942).
    Mt942 = "mt942", "foreign_mt942", &[Mark::First(|head| {
        head.contains(":20:") && head.contains(":25:") && head.contains(":34F:")
    })];
    /// An Excel workbook.
    Spreadsheet = "spreadsheet", "foreign_spreadsheet", &[];
    /// A PDF.
    Pdf = "pdf", "foreign_pdf", &[];
    /// A web page, usually the login page of an expired download.
    Html = "html", "foreign_html", &[Mark::Last(is_html)];
    /// A zip inside a zip, or a zip in place of a bill.
    Zip = "zip", "foreign_zip", &[];
    /// A gzip inside a gzip or a zip.
    Gzip = "gzip", "foreign_gzip", &[];
    /// Text in UTF-16, which Excel calls "Unicode text".
    Utf16 = "utf-16", "foreign_utf_16", &[];
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Returns the kind of a binary file, by its magic number.
pub(super) fn binary(bytes: &[u8]) -> Option<Foreign> {
    let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(if holds(b"[Content_Types].xml") || holds(b"xl/") || holds(OPEN_DOCUMENT) {
            Foreign::Spreadsheet
        } else {
            Foreign::Zip
        });
    }
    let magic: [(&[u8], Foreign); 6] = [
        (GZIP, Foreign::Gzip),
        (b"PK\x05\x06", Foreign::Zip),
        (b"\xd0\xcf\x11\xe0", Foreign::Spreadsheet),
        (b"%PDF-", Foreign::Pdf),
        (b"\xff\xfe", Foreign::Utf16),
        (b"\xfe\xff", Foreign::Utf16),
    ];
    magic.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

fn is_html(head: &Head<'_>) -> bool {
    let start = head.first().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag))
}

fn is_unionpay(head: &Head<'_>) -> bool {
    head.begins_as_unionpay()
}

fn is_bank_pipe(head: &Head<'_>) -> bool {
    let bars = head.first().matches('|').count();
    bars >= 8 && !head.first().contains(',') || bars >= 12
}
