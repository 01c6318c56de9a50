//! To a program, by HTTP, signed as Standard Webhooks has it, so that whoever receives it knows that it is ours, and new.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Undeliverable;
use crate::domain::time::Timestamp;
use crate::store::Message;

/// How long whoever receives it may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// What a secret in the form of Standard Webhooks begins with; the rest is base64.
const PREFIX: &str = "whsec_";

/// Posts a message to a program.
pub(super) async fn post(
    client: &reqwest::Client,
    (url, secret_file): (&str, &Path),
    message: &Message,
    now: Timestamp,
) -> Result<(), Undeliverable> {
    let secret = std::fs::read_to_string(secret_file)
        .map_err(|cause| Undeliverable(format!("secret_file {}: {cause}", secret_file.display())))?;
    let items: Value = serde_json::from_str(&message.items).unwrap_or_default();
    let created = Timestamp::from_unix(message.created_at);
    let body = json!({
        "type": "dfqueue.notices", "timestamp": created, "classification": "OFFICIAL-SENSITIVE",
        "data": { "recipient": message.recipient, "items": items, "more": message.more },
    })
    .to_string();
    let id = format!("msg_{}", message.id);
    let signed = signature(secret.trim(), &id, now, &body)?;
    let request = client
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.unix())
        .header("webhook-signature", signed)
        .body(body);
    // Its own words may hold the address, and with it a token.
    let answer = request.send().await.map_err(|cause| Undeliverable(cause.without_url().to_string()))?;
    if answer.status().is_success() { Ok(()) } else { Err(Undeliverable(format!("answered {}", answer.status()))) }
}

/// The header that proves who sent a message: `v1,` and HMAC-SHA256 over id, time and body, in base64.
///
/// # Errors
/// The secret is empty, or says that it is base64 and is not.
pub fn signature(secret: &str, id: &str, at: Timestamp, body: &str) -> Result<String, Undeliverable> {
    let key = match secret.strip_prefix(PREFIX) {
        Some(rest) => STANDARD.decode(rest).map_err(|_| Undeliverable("its secret is no base64 after whsec_".into()))?,
        None => secret.as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(Undeliverable("its secret is empty".into()));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|cause| Undeliverable(cause.to_string()))?;
    mac.update(format!("{id}.{}.{body}", at.unix()).as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification (standardwebhooks.com, "Signature scheme").
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let (secret, id) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(secret, id, Timestamp::from_unix(1_614_265_330), body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_said_to_be_so() {
        for secret in ["", "whsec_", "whsec_***"] {
            assert!(signature(secret, "msg_1", Timestamp::from_unix(0), "{}").unwrap_err().0.starts_with("its secret"));
        }
    }
}
