//! `Forwarded` (RFC 7239, section 4): elements with commas between them, each of pairs with semicolons
//! between them, whose values may be quoted.

/// Calls `hop` with what each element says after `for`, or with `None` if it says nothing that could be an
/// address. False if the line is malformed, so that nobody knows where an element ends.
pub(super) fn read<'l>(line: &'l [u8], mut hop: impl FnMut(Option<&'l [u8]>)) -> bool {
    let mut rest = line.trim_ascii();
    loop {
        let mut node = Node::Absent;
        loop {
            let Some((pair, after)) = pair(rest) else { return false };
            rest = after;
            if let Some((name, value)) = pair
                && name.eq_ignore_ascii_case(b"for")
            {
                node = if matches!(node, Node::Absent) { Node::Once(value) } else { Node::Twice };
            }
            match rest.first() {
                Some(b';') => rest = rest[1..].trim_ascii_start(),
                _ => break,
            }
        }
        hop(if let Node::Once(value) = node { Some(value) } else { None });
        match rest.split_first() {
            None => return true,
            Some((b',', after)) => rest = after.trim_ascii_start(),
            Some(_) => return false,
        }
    }
}

enum Node<'l> {
    Absent,
    Once(&'l [u8]),
    Twice,
}

type Pair<'l> = Option<(&'l [u8], &'l [u8])>;

/// The pair at the beginning, none where the element or the next pair begins at once, and what follows it.
fn pair(text: &[u8]) -> Option<(Pair<'_>, &[u8])> {
    let end = text.iter().position(|byte| b"=;,".contains(byte)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.strip_prefix(b"=") else {
        // A list may have empty elements; a name without a value is no pair.
        return name.trim_ascii().is_empty().then_some((None, rest));
    };
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        return None;
    }
    let (value, rest) = match value.strip_prefix(b"\"") {
        Some(quoted) => {
            let end = quoted.iter().position(|byte| b"\"\\".contains(byte))?;
            // Nothing that is said of a proxy or a caller needs an escape.
            (quoted[end] == b'"').then(|| (&quoted[..end], &quoted[end + 1..]))?
        }
        None => {
            let end = value.iter().position(|&byte| !is_node(byte)).unwrap_or(value.len());
            value.split_at(end)
        }
    };
    Some((Some((name, value)), rest.trim_ascii_start()))
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Colons and brackets have to be quoted, and often are not.
fn is_node(byte: u8) -> bool {
    is_token(byte) || b":[]".contains(&byte)
}
