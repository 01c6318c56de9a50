//! To people, by mail: plain text, a line each.

use std::path::Path;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde_json::Value;

use super::Undeliverable;
use crate::config::{Smtp, SmtpTls};
use crate::store::Message;

/// Sends a message to people.
pub(super) async fn send(smtp: &Smtp, to: &[String], message: &Message) -> Result<(), Undeliverable> {
    let letter = letter(smtp, to, message)?;
    let transport = transport(smtp)?;
    transport.send(letter).await.map(drop).map_err(|cause| Undeliverable(said(&cause)))
}

/// An error with what is behind it.
fn said(cause: &dyn std::error::Error) -> String {
    let mut text = cause.to_string();
    let mut behind = cause.source();
    while let Some(cause) = behind {
        text = format!("{text}: {cause}");
        behind = cause.source();
    }
    text
}

fn letter(smtp: &Smtp, to: &[String], message: &Message) -> Result<lettre::Message, Undeliverable> {
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|cause| Undeliverable(format!("{address}: {cause}")));
    let mut letter = lettre::Message::builder().from(mailbox(&smtp.from)?).header(ContentType::TEXT_PLAIN);
    for address in to {
        letter = letter.to(mailbox(address)?);
    }
    // The same for every attempt, so that whoever has it twice can tell.
    let host = smtp.from.rsplit('@').next().unwrap_or("localhost");
    let id = format!("<dfqueue-{}-{}@{host}>", message.id, message.created_at);
    let (subject, body) = text(message);
    letter.message_id(Some(id)).subject(subject).body(body).map_err(|cause| Undeliverable(cause.to_string()))
}

/// Subject and body.
fn text(message: &Message) -> (String, String) {
    let items: Vec<Value> = serde_json::from_str(&message.items).unwrap_or_default();
    let word = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().replace('_', " ");
    let line = |item: &Value| {
        let (number, owner, device) = (word(item, "submission"), word(item, "owner"), word(item, "device"));
        let by = item["by"].as_str().map_or_else(String::new, |by| format!(", by {by}"));
        let step = Some(word(item, "step")).filter(|step| !step.is_empty() && step != "asked");
        let step = step.map_or_else(String::new, |step| format!(" [gone up: {step}]"));
        format!("{number} ({owner}'s {device}, tier {}): {}{by}{step}", item["tier"], word_of_text(item))
    };
    let count = items.len() as i64 + message.more;
    let subject = match items.first() {
        Some(only) if count == 1 => format!("dfqueue: {} {}", word(only, "kind"), word(only, "submission")),
        _ => format!("dfqueue: {count} notices"),
    };
    let mut lines: Vec<String> = vec!["OFFICIAL-SENSITIVE".into(), String::new()];
    lines.extend(items.iter().map(line));
    if message.more > 0 {
        lines.push(format!("and {} more", message.more));
    }
    lines.extend([String::new(), "Queue numbers only: look them up in dfqueue.".into(), String::new()]);
    (subject, lines.join("\n"))
}

fn word_of_text(item: &Value) -> &str {
    item["text"].as_str().unwrap_or_default()
}

fn transport(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, Undeliverable> {
    let tls = || -> Result<TlsParameters, Undeliverable> {
        let mut parameters = TlsParameters::builder(smtp.server.clone());
        if let Some(file) = &smtp.ca_file {
            for certificate in certificates(file)? {
                parameters = parameters.add_root_certificate(certificate);
            }
        }
        parameters.build().map_err(|cause| Undeliverable(said(&cause)))
    };
    let tls = match smtp.tls {
        SmtpTls::Starttls => Tls::Required(tls()?),
        SmtpTls::Tls => Tls::Wrapper(tls()?),
        SmtpTls::None => Tls::None,
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.server).port(smtp.port).tls(tls);
    if let (Some(user), Some(file)) = (&smtp.user, &smtp.password_file) {
        let password =
            std::fs::read_to_string(file).map_err(|cause| Undeliverable(format!("password_file {}: {cause}", file.display())))?;
        transport = transport.credentials(Credentials::new(user.clone(), password.trim_end().to_owned()));
    }
    Ok(transport.build())
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Undeliverable> {
    let wrong = |cause: &dyn std::fmt::Display| Undeliverable(format!("ca_file {}: {cause}", file.display()));
    let pem = std::fs::read_to_string(file).map_err(|cause| wrong(&cause))?;
    let ends = "-----END CERTIFICATE-----";
    let one = |pem: &str| Certificate::from_pem(format!("{pem}{ends}\n").as_bytes()).map_err(|cause| wrong(&said(&cause)));
    let certificates: Vec<&str> = pem.split(ends).filter(|pem| pem.contains("BEGIN CERTIFICATE")).collect();
    certificates.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(items: &str, more: i64) -> Message {
        Message {
            id: 7,
            recipient: "duty".into(),
            created_at: 0,
            items: items.into(),
            more,
            state: "pending".into(),
            attempts: 0,
            next_at: 0,
            error: None,
        }
    }

    #[test]
    fn a_letter_says_what_is_wanted_by_queue_number() {
        let item = r#"[{"kind": "ready_for_return", "submission": "Q12", "owner": "victim", "device": "phone", "tier": 1,
            "text": "fetch the device", "step": "duty_supervisor", "by": "2026-11-23T17:00:00Z"}]"#;
        let (subject, body) = text(&message(item, 0));
        assert_eq!(subject, "dfqueue: ready for return Q12");
        let line = "Q12 (victim's phone, tier 1): fetch the device, by 2026-11-23T17:00:00Z [gone up: duty supervisor]";
        assert_eq!(body, format!("OFFICIAL-SENSITIVE\n\n{line}\n\nQueue numbers only: look them up in dfqueue.\n"));
        assert_eq!(text(&message(item, 40)).0, "dfqueue: 41 notices");
    }
}
