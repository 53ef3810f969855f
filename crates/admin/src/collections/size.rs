//! Sizes as people read and write them.

/// The units, the largest first.
const UNITS: [(&str, i64); 4] = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("B", 1)];

/// A size in the largest unit in which it is at least one, with a decimal where that is not exact.
pub(super) fn shown(bytes: i64) -> String {
    let (unit, size) = UNITS.into_iter().find(|(_, size)| bytes >= *size).unwrap_or(("B", 1));
    let tenths = bytes.saturating_mul(10) / size;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, rest) => format!("{whole}.{rest} {unit}"),
    }
}

/// A size so that [`read`] gives it back.
pub(super) fn written(bytes: i64) -> String {
    let exact = UNITS.into_iter().find(|(_, size)| bytes % size == 0).unwrap_or(("B", 1));
    format!("{} {}", bytes / exact.1, exact.0)
}

/// `100 MB`, `512kb`, `1 GB`; without a unit it is bytes.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim() {
        "" => 1,
        unit => UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(read(" 100 MB "), Some(100 << 20));
        assert_eq!(read("512kb"), Some(512 << 10));
        assert_eq!(read("1048576"), Some(1 << 20));
        for text in ["", "MB", "1 XB", "-1", "1.5 MB", "9223372036854775807 GB"] {
            assert_eq!(read(text), None, "{text}");
        }
        for bytes in [1, 1_000, 1 << 10, 100 << 20, (1 << 30) + 1, 5 << 30] {
            assert_eq!(read(&written(bytes)), Some(bytes));
        }
    }

    #[test]
    fn sizes_are_shown_short() {
        assert_eq!((shown(0).as_str(), shown(1_536).as_str()), ("0 B", "1.5 KB"));
        assert_eq!(shown(13 << 20), "13 MB");
    }
}
