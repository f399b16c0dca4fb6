//! The script that an instance runs at its first start: settings of the ECS agent.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::domain::settings::{Settings, Template};

/// What a format puts in the place of the values it knows later.
pub(super) struct Placeholders<'a> {
    pub cluster: &'a str,
    pub reserved_memory: &'a str,
}

/// Lines of the script. The here-document is quoted: the shell expands nothing in it. Source: Amazon ECS developer guide,
/// "Amazon ECS container agent configuration".
pub(super) fn lines(
    settings: &Settings,
    template: &Template,
    values: &Placeholders<'_>,
) -> Vec<String> {
    let mut lines = vec![
        "#!/bin/bash".to_owned(),
        "cat <<'BAYPLAN_END' >> /etc/ecs/ecs.config".to_owned(),
        format!("ECS_CLUSTER={}", values.cluster),
        format!("ECS_RESERVED_MEMORY={}", values.reserved_memory),
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true".to_owned(),
        format!("ECS_ENABLE_HIGH_DENSITY_ENI={}", settings.trunking),
    ];
    if !template.attributes.is_empty() {
        lines.push(format!("ECS_INSTANCE_ATTRIBUTES={}", attributes(template)));
    }
    lines.push("BAYPLAN_END".to_owned());
    lines.push(String::new());
    lines
}

/// One line of ASCII, whatever the names are.
fn attributes(template: &Template) -> String {
    let map: Map<String, Value> = (template.attributes.iter())
        .map(|(name, value)| {
            let value = value.clone().unwrap_or_default();
            (name.clone(), Value::String(value))
        })
        .collect();
    let mut text = String::new();
    for c in Value::Object(map).to_string().chars() {
        // Format languages give a meaning to `${` and `%{`, JSON none to an escaped dollar or percent sign.
        if c.is_ascii() && !c.is_ascii_control() && c != '$' && c != '%' {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// RFC 4648 base64, as the EC2 API wants user data.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, i| {
            word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0))
        });
        for position in 0..4 {
            if position <= chunk.len() {
                let index = (word >> (18 - 6 * position)) & 63;
                text.push(char::from(ALPHABET[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
