//! Media types that are a sequence of values (OpenAPI 3.2, section 4.14.2).

use serde_json::Value;

use super::form::Form;

/// The items of an array one after the other, or a value as the only item.
pub(super) fn write(form: Form, value: &Value) -> Vec<u8> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items.iter().map(|item| write_item(form, item)).collect::<String>().into_bytes()
}

/// A text as the only item.
pub(super) fn write_text(form: Form, text: &str) -> Vec<u8> {
    write_item(form, &Value::from(text)).into_bytes()
}

fn write_item(form: Form, item: &Value) -> String {
    match form {
        Form::EventStream => event(item),
        // RFC 7464, section 2.2.
        Form::JsonSequence => format!("\u{1e}{item}\n"),
        _ => format!("{item}\n"),
    }
}

/// An event (HTML standard, section 9.2): an object of its fields, or else its data.
fn event(item: &Value) -> String {
    const FIELDS: [&str; 4] = ["event", "id", "retry", "data"];
    let fields = item.as_object().filter(|fields| fields.keys().all(|name| FIELDS.contains(&name.as_str())));
    let mut text = String::new();
    let mut line = |name: &str, value: &Value| {
        for part in plain(value).split(['\n', '\r']) {
            text.extend([name, ": ", part, "\n"]);
        }
    };
    match fields {
        Some(fields) => {
            for name in FIELDS {
                if let Some(value) = fields.get(name) {
                    line(name, value);
                }
            }
        }
        None => line("data", item),
    }
    text.push('\n');
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
