//! `[[notice]]` and `[smtp]`: who is told what without asking, and how that is delivered.

use std::path::{Path, PathBuf};

use super::error::Wrong;
use super::reader::{Names, Table, all};
use super::settings::{Layer, Setting, Settings};
use super::text;
use super::values::{string, whole};
use crate::domain::actions::Rung;
use crate::domain::notice::NoticeKind;
use crate::domain::submission::words;
use crate::domain::time::Seconds;

/// Settings of `[smtp]`, with their defaults.
pub(super) const SMTP: [Setting; 7] = [
    ("smtp", "server", ""),
    ("smtp", "port", "587"),
    ("smtp", "tls", "starttls"),
    ("smtp", "ca_file", ""),
    ("smtp", "user", ""),
    ("smtp", "password_file", ""),
    ("smtp", "from", ""),
];

/// Who is told what, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Those who are told; nobody where there are none.
    pub recipients: Vec<Recipient>,
    /// How mail leaves; none where nobody has mail.
    pub smtp: Option<Smtp>,
}

/// Somebody, or some program, who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What they are called in lists and logs.
    pub name: String,
    /// Where it goes.
    pub way: Way,
    /// Of what they are told.
    pub what: Vec<NoticeKind>,
    /// Of this force's submissions alone.
    pub force: Option<String>,
    /// Of what this team is asked for alone.
    pub team: Option<String>,
    /// Of what is wanted, only what is for these roles to do, or has gone up to them; all where there are none.
    pub roles: Vec<String>,
    /// Of what is wanted, only what has gone up as far.
    pub steps: Vec<Rung>,
    /// Of submissions in these tiers and above alone.
    pub tier: u8,
    /// They have one message at most in this time, with all there is to tell.
    pub at_most_every: Seconds,
}

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To a program, by HTTP, signed as Standard Webhooks has it.
    Webhook {
        /// Where.
        url: String,
        /// The file with the secret that signs it.
        secret_file: PathBuf,
    },
    /// To people, by mail.
    Mail {
        /// Their addresses.
        to: Vec<String>,
    },
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Host name of the server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the line is made safe.
    pub tls: SmtpTls,
    /// Certificates to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// User, where the server asks for one.
    pub user: Option<String>,
    /// The file with their password.
    pub password_file: Option<PathBuf>,
    /// The address that mail comes from.
    pub from: String,
}

words!(
    /// How the line to a mail server is made safe.
    SmtpTls {
        /// It begins in the clear and must be made safe before anything is said.
        Starttls = "starttls",
        /// It is safe from the beginning.
        Tls = "tls",
        /// It is not: for a server on this host alone.
        None = "none",
    }
);

/// Every `[[notice]]` of a file. Files that they name are relative to `folder`.
pub(super) fn recipients(root: &Table<'_, '_>, folder: &Path) -> Vec<Recipient> {
    let mut names = Names::new("notice");
    all(&root.tables("notice"), |table| recipient(table, &mut names, folder))
}

fn recipient(table: &Table<'_, '_>, names: &mut Names, folder: &Path) -> Option<Recipient> {
    let name = names.claim(table, "name");
    let url = table.optional("webhook", string(webhook));
    let secret = table.optional("secret_file", string(text::line));
    let to = table.list("mail", string(address));
    let way = match (url, secret, to) {
        (Some(url), Some(secret), None) => Some(Way::Webhook { url, secret_file: folder.join(secret) }),
        (None, None, Some(to)) if !to.is_empty() => Some(Way::Mail { to }),
        _ => {
            if !table.has("webhook") && !table.has("mail") || (table.has("webhook") && table.has("mail")) {
                table.wrong("name", Wrong::but("goes nowhere, or two ways", "give `webhook` with `secret_file`, or `mail`"));
            } else if table.has("webhook") && !table.has("secret_file") {
                table.wrong("secret_file", Wrong::but("is missing", "name the file with the secret that signs what is sent"));
            } else if table.has("mail") && table.has("secret_file") {
                table.wrong("secret_file", Wrong::but("is for a webhook", "leave it out"));
            }
            None
        }
    };
    let kind = |text: &str| text::one_of("kind of notice", text, NoticeKind::ALL, |kind| kind.as_str());
    let step = |text: &str| text::one_of("step", text, Rung::ALL, |step| step.as_str());
    Some(Recipient {
        what: table.list("what", string(kind)).unwrap_or_else(|| NoticeKind::ALL.to_vec()),
        force: table.optional("force", string(text::line)),
        team: table.optional("team", string(text::line)),
        roles: table.list("roles", string(text::line)).unwrap_or_default(),
        steps: table.list("steps", string(step)).unwrap_or_else(|| Rung::ALL.to_vec()),
        tier: table.or("tier", u8::MAX, whole(0, u8::MAX.into())),
        at_most_every: table.or("at_most_every", Seconds(15 * 60), string(text::duration)),
        name: name?,
        way: way?,
    })
}

fn webhook(text: &str) -> Result<String, Wrong> {
    let local = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"].iter().any(|local| text.starts_with(local));
    if text.starts_with("https://") || local {
        return text::line(text);
    }
    Err(Wrong::but("is no address that keeps what it is sent to itself", "write https://..., or http:// to this host"))
}

fn address(text: &str) -> Result<String, Wrong> {
    let text = text::line(text)?;
    let is_one =
        text.split_once('@').is_some_and(|(person, host)| !person.is_empty() && host.contains('.') && !text.contains(' '));
    if is_one { Ok(text) } else { Err(Wrong::but("is no mail address", "write it like duty@northshire.example")) }
}

/// How mail leaves, where somebody has mail.
pub(super) fn notices(settings: &mut Settings, folder: &Path, recipients: Vec<Recipient>) -> Option<Notices> {
    let any = |text: &str| Ok(text.to_owned());
    let server = settings.take("smtp", "server", any);
    let port = settings.take("smtp", "port", |text| text::whole(text, 1, 65_535));
    let tls = settings.take("smtp", "tls", |text| text::one_of("way to make it safe", text, SmtpTls::ALL, SmtpTls::as_str));
    let [ca, user, password, from] = ["ca_file", "user", "password_file", "from"].map(|key| settings.take("smtp", key, any));
    let ((server, _), (from, _)) = (server?, from?);
    let given = |(text, layer): (String, Layer)| (!text.is_empty()).then_some((text, layer));
    let file = |taken| given(taken).map(|(text, layer)| super::daemon::placed(folder, &text, layer));
    let has_mail = recipients.iter().any(|recipient| matches!(recipient.way, Way::Mail { .. }));
    if server.is_empty() {
        if has_mail {
            settings.wrong("smtp", "server", Wrong::but("is missing", "somebody has mail: name the server that it leaves by"));
            return None;
        }
        return Some(Notices { recipients, smtp: None });
    }
    if let Err(wrong) = address(&from) {
        settings.wrong("smtp", "from", wrong);
        return None;
    }
    let (user, password_file) = (given(user?).map(|(text, _)| text), file(password?));
    if user.is_some() != password_file.is_some() {
        settings.wrong("smtp", "user", Wrong::but("and `password_file` go together", "give both, or neither"));
        return None;
    }
    let (port, tls, ca_file) = (u16::try_from(port?.0).ok()?, tls?.0, file(ca?));
    Some(Notices { recipients, smtp: Some(Smtp { server, port, tls, ca_file, user, password_file, from }) })
}
