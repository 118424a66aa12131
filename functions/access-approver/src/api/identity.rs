//! Who a signed identity is: the person to whom IAM Identity Center opened a session in an account of the owner's.
//!
//! Whoever may assume a role chooses the name of the session. Only of the roles that Identity Center makes, and that nobody
//! else can make or assume, is it the name of a user: `AWSReservedSSO_SET_SUFFIX`.
//! <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>

use crate::http::IamIdentity;
use access_core::principal::Principal;
use std::collections::BTreeSet;

/// Why a signed identity is nobody we know. Texts hold nothing of the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stranger {
    #[error(
        "the identity is of an AWS account that the configuration does not list under `aws_accounts`"
    )]
    Account,
    #[error("the identity is no session of a role: sign in through IAM Identity Center")]
    NoSession,
    #[error("the role is none of IAM Identity Center's, so that the session's name proves nothing")]
    Role,
    #[error(
        "the session is not named by an e-mail address: name the users of IAM Identity Center by theirs"
    )]
    Name,
    #[error("what AWS says of the identity contradicts itself")]
    Contradiction,
}

/// What an ARN says of a session.
struct Session<'a> {
    account: &'a str,
    role: &'a str,
    name: &'a str,
}

/// The person, if the identity is a session of Identity Center in one of these accounts.
pub(super) fn person(
    identity: &IamIdentity,
    accounts: &BTreeSet<String>,
) -> Result<Principal, Stranger> {
    let IamIdentity {
        account_id,
        user_arn,
        user_id,
    } = identity;
    if !accounts.contains(account_id) {
        return Err(Stranger::Account);
    }
    let session = session(user_arn).ok_or(Stranger::NoSession)?;
    if session.account != account_id {
        return Err(Stranger::Contradiction);
    }
    if !is_identity_centers(session.role) {
        return Err(Stranger::Role);
    }
    // The unique id of a role, then the session again.
    match user_id.split_once(':') {
        Some((role, name)) if role.starts_with("AROA") && name == session.name => {}
        _ => return Err(Stranger::Contradiction),
    }
    if !session.name.bytes().all(in_session_name) {
        return Err(Stranger::Name);
    }
    Principal::new(session.name).map_err(|_| Stranger::Name)
}

/// Reads `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`; a role's path is never part of it.
fn session(arn: &str) -> Option<Session<'_>> {
    let parts: Vec<&str> = arn.split(':').collect();
    let &["arn", partition, "sts", "", account, resource] = parts.as_slice() else {
        return None;
    };
    if !matches!(partition, "aws" | "aws-cn" | "aws-us-gov") {
        return None;
    }
    let parts: Vec<&str> = resource.split('/').collect();
    let &["assumed-role", role, name] = parts.as_slice() else {
        return None;
    };
    Some(Session {
        account,
        role,
        name,
    })
}

/// Whether it is `AWSReservedSSO_`, the permission set's name, and a suffix of 16 hexadecimal digits.
fn is_identity_centers(role: &str) -> bool {
    let in_suffix = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let named = role.strip_prefix("AWSReservedSSO_");
    named
        .and_then(|rest| rest.rsplit_once('_'))
        .is_some_and(|(set, suffix)| {
            !set.is_empty() && suffix.len() == 16 && suffix.bytes().all(in_suffix)
        })
}

/// What STS allows in a session's name: plain ASCII, so that no two names become one address in small letters.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn in_session_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "123456789012";
    const ROLE: &str = "AWSReservedSSO_PaymentsOncall_0123456789abcdef";

    fn identity(account: &str, arn: &str, id: &str) -> IamIdentity {
        IamIdentity {
            account_id: account.to_owned(),
            user_arn: arn.to_owned(),
            user_id: id.to_owned(),
        }
    }

    /// A session as AWS would say it.
    fn session_of(account: &str, role: &str, name: &str) -> IamIdentity {
        let arn = format!("arn:aws:sts::{account}:assumed-role/{role}/{name}");
        identity(account, &arn, &format!("AROAEXAMPLEROLEID:{name}"))
    }

    fn asked(identity: &IamIdentity) -> Result<String, Stranger> {
        let accounts = BTreeSet::from([ACCOUNT.to_owned()]);
        person(identity, &accounts).map(|person| person.email().to_owned())
    }

    #[test]
    fn a_session_of_identity_center_is_its_person() {
        for (case, role, name) in [
            ("plain", ROLE, "grace@acme.example"),
            ("capitals", ROLE, "Grace@ACME.example"),
            (
                "a set with underscores",
                "AWSReservedSSO_Payments_On_Call_0123456789abcdef",
                "grace@acme.example",
            ),
        ] {
            let found = asked(&session_of(ACCOUNT, role, name));
            assert_eq!(found, Ok("grace@acme.example".to_owned()), "{case}");
        }
    }

    #[test]
    fn a_role_that_anybody_can_make_proves_nothing() {
        for (case, role) in [
            ("another role", "Deployer"),
            ("named like one", "AWSReservedSSO_x"),
            ("no suffix", "AWSReservedSSO_PaymentsOncall"),
            (
                "a short suffix",
                "AWSReservedSSO_PaymentsOncall_0123456789abcde",
            ),
            (
                "a long suffix",
                "AWSReservedSSO_PaymentsOncall_0123456789abcdef0",
            ),
            (
                "a suffix of letters",
                "AWSReservedSSO_PaymentsOncall_0123456789abcdeg",
            ),
            (
                "a suffix in capitals",
                "AWSReservedSSO_PaymentsOncall_0123456789ABCDEF",
            ),
            ("no permission set", "AWSReservedSSO__0123456789abcdef"),
            ("only a suffix", "AWSReservedSSO_0123456789abcdef"),
            (
                "other case",
                "awsreservedsso_PaymentsOncall_0123456789abcdef",
            ),
            (
                "in the middle",
                "My-AWSReservedSSO_PaymentsOncall_0123456789abcdef",
            ),
        ] {
            let found = asked(&session_of(ACCOUNT, role, "grace@acme.example"));
            assert_eq!(found, Err(Stranger::Role), "{case}");
        }
    }

    #[test]
    fn an_account_that_is_not_listed_is_not_believed() {
        for (case, account) in [
            ("another", "999999999999"),
            ("none", ""),
            ("anonymous", "anonymous"),
            ("longer", "1234567890123"),
        ] {
            let found = asked(&session_of(account, ROLE, "grace@acme.example"));
            assert_eq!(found, Err(Stranger::Account), "{case}");
        }
        let arn = format!("arn:aws:sts::999999999999:assumed-role/{ROLE}/grace@acme.example");
        let found = asked(&identity(ACCOUNT, &arn, "AROAX:grace@acme.example"));
        assert_eq!(found, Err(Stranger::Contradiction));
    }

    #[test]
    fn what_is_no_session_of_a_role_is_refused() {
        let tail = format!("assumed-role/{ROLE}/grace@acme.example");
        let path = format!("assumed-role/aws-reserved/sso.amazonaws.com/{ROLE}/grace@acme.example");
        for (case, arn) in [
            ("root", format!("arn:aws:iam::{ACCOUNT}:root")),
            (
                "an IAM user",
                format!("arn:aws:iam::{ACCOUNT}:user/grace@acme.example"),
            ),
            (
                "an IAM user in a folder named like a role",
                format!("arn:aws:iam::{ACCOUNT}:user/assumed-role/{ROLE}/grace@acme.example"),
            ),
            (
                "a federated user",
                format!("arn:aws:sts::{ACCOUNT}:federated-user/grace@acme.example"),
            ),
            (
                "a role itself",
                format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}"),
            ),
            (
                "a role with its path",
                format!("arn:aws:sts::{ACCOUNT}:{path}"),
            ),
            (
                "no session",
                format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}"),
            ),
            (
                "a region",
                format!("arn:aws:sts:eu-west-1:{ACCOUNT}:{tail}"),
            ),
            ("a colon more", format!("arn:aws:sts::{ACCOUNT}:x:{tail}")),
            ("another service", format!("arn:aws:iam::{ACCOUNT}:{tail}")),
            (
                "another partition",
                format!("arn:acme:sts::{ACCOUNT}:{tail}"),
            ),
            ("nothing", String::new()),
        ] {
            let found = asked(&identity(ACCOUNT, &arn, "AROAX:grace@acme.example"));
            assert_eq!(found, Err(Stranger::NoSession), "{case}");
        }
    }

    #[test]
    fn a_session_names_one_person_or_none() {
        let long = format!("{}@acme.example", "x".repeat(254));
        for (case, name) in [
            ("no address", "grace"),
            ("nothing", ""),
            ("two addresses", "grace@acme.example@evil.example"),
            ("white space", " grace@acme.example"),
            // In small letters the Kelvin sign is a plain k.
            ("another k", "\u{212a}im@acme.example"),
            ("too long", &long),
        ] {
            let found = asked(&session_of(ACCOUNT, ROLE, name));
            assert_eq!(found, Err(Stranger::Name), "{case}");
        }
    }

    #[test]
    fn arn_and_id_have_to_agree() {
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/grace@acme.example");
        for (case, id) in [
            ("another session", "AROAX:mallory@acme.example"),
            ("another case", "AROAX:Grace@acme.example"),
            ("a user", "AIDAX:grace@acme.example"),
            ("no session", "AROAX"),
            ("nothing", ""),
        ] {
            let found = asked(&identity(ACCOUNT, &arn, id));
            assert_eq!(found, Err(Stranger::Contradiction), "{case}");
        }
    }
}
