//! Texts of well-known formats (OpenAPI's format registry, JSON Schema validation, section 7).

/// A text of this format; other variants are other texts. `None` for formats that say nothing of
/// how a text looks.
pub(super) fn text(format: &str, variant: usize) -> Option<String> {
    let counted = |singular: &str, plural: fn(usize) -> String| {
        if variant == 0 { singular.to_owned() } else { plural(variant + 1) }
    };
    Some(match format {
        "date-time" => format!("2024-01-15T09:{:02}:00Z", (30 + variant) % 60),
        "date" => format!("2024-01-{:02}", 1 + (14 + variant) % 28),
        "time" => format!("09:{:02}:00Z", (30 + variant) % 60),
        "http-date" => format!("Mon, 15 Jan 2024 09:{:02}:00 GMT", (30 + variant) % 60),
        "duration" => format!("P{}D", variant + 1),
        "email" | "idn-email" => counted("user@example.com", |n| format!("user{n}@example.com")),
        "hostname" | "idn-hostname" => counted("example.com", |n| format!("host{n}.example.com")),
        "ipv4" | "ip" => format!("192.0.2.{}", 1 + variant % 254),
        "ipv6" => format!("2001:db8::{:x}", 1 + variant % 65_535),
        "uri" | "url" | "iri" => counted("https://example.com/", |n| format!("https://example.com/{n}")),
        "uri-reference" | "iri-reference" => format!("/example/{}", variant + 1),
        "uri-template" => counted("https://example.com/{id}", |n| format!("https://example.com/{n}/{{id}}")),
        "uuid" => format!("3fa85f64-5717-4562-b3fc-{:012x}", 0x2c96_3f66_afa6_u64 + variant as u64),
        "json-pointer" => format!("/example/{variant}"),
        "relative-json-pointer" => variant.to_string(),
        "regex" => format!("^[a-z]{{{}}}$", variant + 1),
        "byte" | "base64" | "base64url" => base64(variant, 6),
        "char" => char::from(b'a' + u8::try_from(variant % 26).ok()?).to_string(),
        "decimal" | "decimal128" => format!("{}.50", variant + 1),
        "int32" | "int64" | "uint64" | "integer" => (variant + 1).to_string(),
        "media-range" => counted("text/plain", |n| format!("text/plain; version={n}")),
        "html" => counted("<p>string</p>", |n| format!("<p>string {n}</p>")),
        _ => return None,
    })
}

/// A text of this format with more of what it may have more of.
pub(super) fn padded(format: &str, variant: usize, length: usize) -> Option<String> {
    let plain = text(format, variant)?;
    let missing = length.checked_sub(plain.chars().count())?;
    Some(match format {
        "email" | "idn-email" | "hostname" | "idn-hostname" => {
            // One label has 63 characters at most, and 64 stand before the `@`.
            format!("{}{plain}", "a".repeat(missing))
        }
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" | "json-pointer" => {
            format!("{plain}{}", "a".repeat(missing))
        }
        "byte" | "base64" | "base64url" => base64(variant, length.div_ceil(4) * 3),
        "date-time" if missing >= 2 => {
            format!("{}.{}Z", plain.trim_end_matches('Z'), "0".repeat(missing - 1))
        }
        _ => return None,
    })
}

/// So many bytes of text in Base64 (RFC 4648, section 4); a multiple of three, so that nothing is
/// filled up.
fn base64(variant: usize, bytes: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text: Vec<u8> = b"string".iter().cycle().skip(variant % 6).take(bytes).copied().collect();
    let mut encoded = String::with_capacity(bytes / 3 * 4);
    for group in text.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            encoded.push(char::from(ALPHABET[bits >> shift & 63]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_others_write_it() {
        assert_eq!(base64(0, 6), "c3RyaW5n");
        assert_eq!(base64(1, 3), "dHJp");
        assert_eq!(padded("byte", 0, 9).as_deref(), Some("c3RyaW5nc3Ry"));
    }
}
