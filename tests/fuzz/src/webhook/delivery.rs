//! An input as deliveries: what each says, and how it departs from what PagerDuty would send.

use super::ports::Trouble;
use super::signature::Signature;
use crate::input::records;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::header::HeaderName;
use lambda_http::http::{HeaderMap, HeaderValue, Method};
use webhook_receiver::BODY_BYTES_MAX;

/// Two hours after the events of the fixtures: when a delivery arrives unless it says otherwise.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);
/// Noon of the day of the fixtures in the shapes of 2021.
const NOON_OF_2021: Timestamp = Timestamp::constant(1_622_548_800, 0);

/// One delivery, ready to be sent.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) place: Place,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Signature,
    pub(crate) way: Way,
    pub(crate) now: Timestamp,
    /// What goes wrong on our side when it first arrives.
    pub(crate) trouble: Option<Trouble>,
}

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is no account's name.
    NoName,
    /// It is the name of no account of the configuration.
    Nobody,
    /// An account.
    Account(Keys),
}

/// Which secrets of an account can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Both that it has.
    Both,
    /// The first; another cannot.
    First,
    /// None that could prove anything.
    None,
}

/// How a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As any HTTP server hands it over.
    Direct,
    /// By a Function URL, as text if it is text.
    Text,
    /// By a Function URL, in base64.
    Base64,
}

/// A header's value, or that the header is missing.
type Header = Option<Vec<u8>>;

/// A delivery of which only the departures are known yet.
struct Draft {
    method: Method,
    path: &'static str,
    place: Place,
    signature: Signature,
    subscription: Header,
    id: Header,
    body_bytes: usize,
    way: Way,
    now: Timestamp,
    trouble: Option<Trouble>,
}

/// The deliveries of an input, in order.
pub(crate) fn deliveries(data: &[u8]) -> impl Iterator<Item = Delivery> {
    let records = records(data).enumerate();
    records.map(|(place, (body, letters))| {
        let mut draft = Draft::new(place, body);
        for letter in letters {
            draft.depart(*letter);
        }
        draft.filled(body)
    })
}

impl Draft {
    /// As PagerDuty does it.
    fn new(place: usize, body: &[u8]) -> Self {
        Self {
            method: Method::POST,
            path: "/acme",
            place: Place::Account(Keys::Both),
            signature: Signature::First,
            subscription: Some(b"PWHSUB1".to_vec()),
            id: Some(format!("delivery-{place}").into_bytes()),
            body_bytes: body.len(),
            way: Way::Direct,
            now: NOON,
            trouble: None,
        }
    }

    /// One departure, by its letter in the README; any other letter is none.
    fn depart(&mut self, letter: u8) {
        match letter {
            b'G' => self.method = Method::GET,
            b'H' => self.method = Method::HEAD,
            b'U' => self.method = Method::PUT,
            b'X' => self.method = Method::from_bytes(b"POSTAL").expect("it is a token"),

            b'q' => self.go("/quiet", Place::Account(Keys::Both)),
            b'k' => self.go("/locked", Place::Account(Keys::First)),
            b'e' => self.go("/empty", Place::Account(Keys::None)),
            b'b' => self.go("/bare", Place::Account(Keys::None)),
            b'n' => self.go("/nobody", Place::Nobody),
            b'r' => self.go("/", Place::NoName),
            b'0' => self.go("", Place::NoName),
            b'/' => self.go("/acme/", Place::NoName),
            b'%' => self.go("/%61cme", Place::NoName),

            b'2' => self.signature = Signature::Second,
            b'c' => self.signature = Signature::Capitals,
            b',' => self.signature = Signature::AfterWrong,
            b';' => self.signature = Signature::SecondHeader,
            b'9' => self.signature = Signature::AfterTooMany,
            b'w' => self.signature = Signature::WrongSecret,
            b'z' => self.signature = Signature::EmptySecret,
            b'o' => self.signature = Signature::OtherBody,
            b'f' => self.signature = Signature::Flipped,
            b't' => self.signature = Signature::Truncated,
            b'h' => self.signature = Signature::NoHex,
            b'v' => self.signature = Signature::OtherVersion,
            b'i' => self.signature = Signature::Empty,
            b'y' => self.signature = Signature::NoText,
            b'a' => self.signature = Signature::Absent,

            b's' => self.subscription = None,
            b'S' => self.subscription = Some(b"PWHSUB\xff".to_vec()),

            b'd' => self.id = Some(b"delivery-0".to_vec()),
            b'D' => self.id = None,
            b'L' => self.id = Some(vec![b'x'; 300]),
            b'O' => self.id = Some(b"delivery\xff".to_vec()),

            b'M' => self.body_bytes = BODY_BYTES_MAX,
            b'N' => self.body_bytes = BODY_BYTES_MAX + 1,

            b'F' => self.way = Way::Text,
            b'B' => self.way = Way::Base64,

            b'+' => self.now = NOON + SignedDuration::from_hours(1),
            b'-' => self.now = NOON - SignedDuration::from_hours(3),
            b'>' => self.now = NOON + SignedDuration::from_hours(96),
            b'p' => self.now = NOON_OF_2021,

            b'!' => self.trouble = Some(Trouble::Known),
            b'?' => self.trouble = Some(Trouble::Incidents),
            b'*' => self.trouble = Some(Trouble::See),
            b'^' => self.trouble = Some(Trouble::TooLarge),
            b'&' => self.trouble = Some(Trouble::Keep),
            b'$' => self.trouble = Some(Trouble::Secrets),
            b'~' => self.trouble = Some(Trouble::Wake),
            _ => {}
        }
    }

    fn go(&mut self, path: &'static str, place: Place) {
        self.path = path;
        self.place = place;
    }

    /// Signs the body, filled up with spaces where it is to be longer.
    fn filled(self, body: &[u8]) -> Delivery {
        let Self {
            method,
            path,
            place,
            signature,
            subscription,
            id,
            body_bytes,
            way,
            now,
            trouble,
        } = self;
        let mut body = body.to_vec();
        body.resize(body_bytes.max(body.len()), b' ');
        let mut headers = HeaderMap::new();
        let all = subscription
            .into_iter()
            .map(|value| ("x-webhook-subscription", value))
            .chain(id.into_iter().map(|value| ("x-webhook-id", value)))
            .chain(
                signature
                    .values(&body)
                    .into_iter()
                    .map(|value| ("x-pagerduty-signature", value)),
            );
        for (name, value) in all {
            let value =
                HeaderValue::from_bytes(&value).expect("no value holds a control character");
            headers.append(HeaderName::from_static(name), value);
        }
        Delivery {
            method,
            path,
            place,
            headers,
            body,
            signature,
            way,
            now,
            trouble,
        }
    }
}
