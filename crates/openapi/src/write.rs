//! JSON values as YAML that every reader takes for the same values, whether it follows YAML 1.1
//! or 1.2.

mod scalar;

use serde_json::{Map, Value};

/// The most that is spent on indentation, in bytes. What would need more is written in braces on
/// one line, so that deeply nested values do not grow a hundredfold.
const INDENTATION_BYTES: usize = 64 << 20;

/// The longest key that stands before its colon without a mark, in bytes. YAML has a limit at
/// 1024 characters, so that parsers need not look ahead any further.
const KEY_BYTES: usize = 1_000;

/// How far each level is indented.
const STEP: usize = 2;

/// Writes a value as YAML: keys in their order, blocks rather than braces, text of several lines
/// as such, and quotes around whatever could be read as anything but text.
pub fn to_yaml(value: &Value) -> String {
    let mut writer = Writer { text: String::new(), indentation: INDENTATION_BYTES };
    match value {
        Value::Object(fields) if !fields.is_empty() => writer.mapping(fields, 0),
        Value::Array(items) if !items.is_empty() => writer.sequence(items, 0),
        scalar => {
            writer.scalar(scalar, STEP);
            writer.text.push('\n');
        }
    }
    writer.text
}

struct Writer {
    text: String,
    /// What may still be spent on it.
    indentation: usize,
}

impl Writer {
    /// The fields, the first of them where the text ends now.
    fn mapping(&mut self, fields: &Map<String, Value>, indent: usize) {
        for (index, (key, value)) in fields.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            let is_long = key.len() > KEY_BYTES;
            if is_long {
                self.text.push_str("? ");
            }
            scalar::write_line(&mut self.text, key);
            if is_long {
                self.text.push('\n');
                self.indent(indent);
            }
            self.text.push(':');
            self.value(value, indent);
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            self.text.push('-');
            let inner = indent + STEP;
            match item {
                // The first field stands right after the dash.
                Value::Object(fields) if !fields.is_empty() && self.affords(fields.len(), inner) => {
                    self.text.push(' ');
                    self.mapping(fields, inner);
                }
                Value::Array(items) if !items.is_empty() && self.affords(items.len(), inner) => {
                    self.text.push(' ');
                    self.sequence(items, inner);
                }
                item => self.value(item, indent),
            }
        }
    }

    /// A value after its colon or dash, and the end of its line.
    fn value(&mut self, value: &Value, indent: usize) {
        let inner = indent + STEP;
        match value {
            Value::Object(fields) if !fields.is_empty() && self.affords(fields.len(), inner) => {
                self.text.push('\n');
                self.indent(inner);
                self.mapping(fields, inner);
            }
            Value::Array(items) if !items.is_empty() && self.affords(items.len(), inner) => {
                self.text.push('\n');
                self.indent(inner);
                self.sequence(items, inner);
            }
            value => {
                self.text.push(' ');
                self.scalar(value, inner);
                self.text.push('\n');
            }
        }
    }

    /// A value that ends on the line on which it begins, or text in a block of its own.
    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => {
                let lines = text.matches('\n').count();
                if lines > 0 && scalar::fits_block(text) && self.affords(lines + 1, indent) {
                    self.block(text, indent);
                } else {
                    scalar::write_line(&mut self.text, text);
                }
            }
            value => flow(&mut self.text, value),
        }
    }

    /// Text as it is, line by line.
    fn block(&mut self, text: &str, indent: usize) {
        let body = text.strip_suffix('\n');
        self.text.push_str(if body.is_some() { "|" } else { "|-" });
        for line in body.unwrap_or(text).split('\n') {
            self.text.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.text.push_str(line);
            }
        }
    }

    fn indent(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }

    /// Whether that many lines may be indented; they are paid for then.
    fn affords(&mut self, lines: usize, indent: usize) -> bool {
        let left = self.indentation.checked_sub(lines.saturating_mul(indent));
        left.map(|left| self.indentation = left).is_some()
    }
}

/// On one line, in braces and brackets.
fn flow(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => scalar::write_number(text, number),
        Value::String(value) => scalar::write_quoted(text, value),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                flow(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                text.push_str(if key.len() > KEY_BYTES { "? " } else { "" });
                scalar::write_quoted(text, key);
                text.push_str(": ");
                flow(text, value);
            }
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests;
