//! An input as requests: what each says, and how it departs from what Slack would send.

use super::store::Kept;
use super::vendor::TEAM;
use access_core::request::GrantRecord;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use url::form_urlencoded::byte_serialize;

/// What Slack signs with.
pub(crate) const SECRET: &str = "the-signing-secret";

/// By more than this, in seconds, a signature may not be old or ahead.
const WINDOW: i64 = 300;

/// Which of the two paths a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Command,
    Interaction,
}

/// What a request proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// That whoever sent it knows the secret, now.
    Right,
    Wrong,
}

/// How well a body is known to be of the documented form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A command with all its fields.
    Whole,
    /// Whatever the input says.
    Any,
}

/// One request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) proof: Proof,
    pub(crate) team: &'static str,
    pub(crate) body: Vec<u8>,
    headers: BTreeMap<&'static str, String>,
    as_text: bool,
}

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signature {
    Right,
    OtherSecret,
    EmptySecret,
    OtherBody,
    OtherVersion,
    Truncated,
    Absent,
    /// Right, but its time is not said.
    Timeless,
}

/// What a request is made of.
struct Draft {
    method: &'static str,
    elsewhere: bool,
    kind: Kind,
    is_raw: bool,
    who: &'static str,
    team: &'static str,
    signature: Signature,
    /// Seconds by which the signature is late.
    late: i64,
    bytes_more: usize,
    as_text: bool,
}

impl Sent {
    /// Reads a record: what it says, and its letters. `@REQUEST@` and `@GRANT@` in it are the last that are kept, `@SLACK@` is where Slack answers.
    pub(crate) fn read(
        now: Timestamp,
        place: usize,
        (said, letters): (&[u8], &[u8]),
        url: &str,
        kept: &Kept,
    ) -> Self {
        let mut draft = Draft::new();
        for letter in letters {
            draft.depart(*letter);
        }
        let said = placed(said, url, kept);
        draft.filled(now, place, &said, url)
    }

    /// As a Function URL hands it over.
    pub(crate) fn payload(&self) -> Value {
        let text = std::str::from_utf8(&self.body).ok();
        let text = text.filter(|_| self.as_text);
        let encoded = || STANDARD.encode(&self.body);
        json!({
            "version": "2.0",
            "rawPath": self.path,
            "headers": self.headers,
            "requestContext": {"http": {"method": self.method}},
            "body": text.map_or_else(encoded, str::to_owned),
            "isBase64Encoded": text.is_none(),
        })
    }
}

/// Bytes with what stands for ids and addresses in its place.
fn placed(said: &[u8], url: &str, kept: &Kept) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(said) else {
        return said.to_vec();
    };
    let request = kept.requests.last_key_value();
    let request = request.map(|(id, _)| id.to_string()).unwrap_or_default();
    let grants = kept.grants.values();
    let last = grants.max_by_key(|record: &&GrantRecord| record.grant.starts_at);
    let grant = last.map(|record| record.grant.id.to_string());
    text.replace("@REQUEST@", &request)
        .replace("@GRANT@", &grant.unwrap_or_default())
        .replace("@SLACK@", url.trim_end_matches("api/"))
        .into_bytes()
}

impl Draft {
    /// Ada types a command.
    fn new() -> Self {
        Self {
            method: "POST",
            elsewhere: false,
            kind: Kind::Command,
            is_raw: false,
            who: "U0ADA",
            team: TEAM,
            signature: Signature::Right,
            late: 0,
            bytes_more: 0,
            as_text: false,
        }
    }

    /// One departure, by its letter in the README; any other letter is none.
    fn depart(&mut self, letter: u8) {
        match letter {
            b'i' => self.kind = Kind::Interaction,
            b'r' => self.is_raw = true,
            b'G' => self.method = "GET",
            b'P' => self.method = "PUT",
            b'/' => self.elsewhere = true,
            b'l' => self.who = "U0LENA",
            b'e' => self.who = "U0LEO",
            b't' => self.who = "U0TED",
            b'n' => self.who = "U0NOBODY",
            b'b' => self.who = "U0ROBOT",
            b'g' => self.who = "U0GONE",
            b's' => self.who = "U0SHY",
            b'x' => self.team = "T0ELSEWHERE",
            b'w' => self.signature = Signature::OtherSecret,
            b'z' => self.signature = Signature::EmptySecret,
            b'o' => self.signature = Signature::OtherBody,
            b'v' => self.signature = Signature::OtherVersion,
            b'c' => self.signature = Signature::Truncated,
            b'a' => self.signature = Signature::Absent,
            b'm' => self.signature = Signature::Timeless,
            b'<' => self.late = WINDOW + 1,
            b'>' => self.late = -WINDOW - 1,
            b'=' => self.late = WINDOW,
            b'N' => self.bytes_more = 64 * 1024,
            b'M' => self.bytes_more = slack_client::BODY_BYTES_MAX,
            b'T' => self.as_text = true,
            _ => {}
        }
    }

    fn filled(self, now: Timestamp, place: usize, said: &[u8], url: &str) -> Sent {
        let (path, form) = match (self.elsewhere, self.kind) {
            (true, _) => ("/slack/elsewhere", Form::Any),
            (false, Kind::Command) if self.is_raw => ("/slack/command", Form::Any),
            (false, Kind::Command) => ("/slack/command", Form::Whole),
            (false, Kind::Interaction) => ("/slack/interaction", Form::Any),
        };
        let mut body = match (self.is_raw, self.kind) {
            (true, _) => said.to_vec(),
            (false, Kind::Command) => self.command(place, said, url),
            (false, Kind::Interaction) => encoded(&[("payload", said)]),
        };
        if self.bytes_more > 0 {
            body.extend_from_slice(b"&padding=");
            body.resize(body.len() + self.bytes_more, b'x');
        }
        let time = (now.as_second() - self.late).to_string();
        let mut headers = BTreeMap::from([(
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        )]);
        if self.signature != Signature::Timeless {
            headers.insert("x-slack-request-timestamp", time.clone());
        }
        headers.extend(
            self.signed(&time, &body)
                .map(|it| ("x-slack-signature", it)),
        );
        let is_now = self.late.abs() <= WINDOW;
        let proof = match self.signature {
            Signature::Right if is_now => Proof::Right,
            _ => Proof::Wrong,
        };
        Sent {
            method: self.method,
            path,
            kind: self.kind,
            form,
            proof,
            team: self.team,
            body,
            headers,
            as_text: self.as_text,
        }
    }

    /// A command as Slack sends it, with a text of any bytes.
    fn command(&self, place: usize, said: &[u8], url: &str) -> Vec<u8> {
        let hook = url.replace("/api/", &format!("/hooks/{place}"));
        let trigger = format!("{place}.1.{place:032x}");
        encoded(&[
            ("team_id", self.team.as_bytes()),
            ("channel_id", b"C0ANNOUNCES"),
            ("user_id", self.who.as_bytes()),
            ("command", b"/access"),
            ("text", said),
            ("api_app_id", b"A0SIMULATED"),
            ("response_url", hook.as_bytes()),
            ("trigger_id", trigger.as_bytes()),
        ])
    }

    fn signed(&self, time: &str, body: &[u8]) -> Option<String> {
        let right = || sign(SECRET, time, body);
        match self.signature {
            Signature::Right | Signature::Timeless => Some(right()),
            Signature::OtherSecret => Some(sign("another-secret", time, body)),
            Signature::EmptySecret => Some(sign("", time, body)),
            Signature::OtherBody => Some(sign(SECRET, time, &[body, b"\n"].concat())),
            Signature::OtherVersion => Some(right().replacen("v0", "v1", 1)),
            Signature::Truncated => {
                let mut signature = right();
                signature.truncate(signature.len() - 2);
                Some(signature)
            }
            Signature::Absent => None,
        }
    }
}

/// A form of any bytes; names need no encoding.
fn encoded(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let field = |(name, value): &(&str, &[u8])| {
        let value: String = byte_serialize(value).collect();
        format!("{name}={value}")
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    fields.join("&").into_bytes()
}

fn sign(secret: &str, time: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("any length can be a key of HMAC");
    mac.update(format!("v0:{time}:").as_bytes());
    mac.update(body);
    let mut digits = [0; 64];
    hex::encode_to_slice(mac.finalize().into_bytes(), &mut digits)
        .expect("two digits for each of 32 bytes");
    format!("v0={}", String::from_utf8_lossy(&digits))
}
