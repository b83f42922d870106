//! Owns how quantities and times are written for people, and how people write times.
//! Knows nothing of what they measure.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use crate::failure::Failure;

/// Milliseconds with one decimal.
pub fn millis(us: u64) -> String {
    let tenths = us.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Seconds with one decimal.
pub fn seconds(us: u64) -> String {
    millis(us / 1000)
}

/// `or_dash` of nothing is a dash.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A share of 0 to 1 in percent.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// A duration in its two largest units.
pub fn uptime(s: u64) -> String {
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => format!("{} min {} s", s / 60, s % 60),
        3_600..86_400 => format!("{} h {} min", s / 3_600, s / 60 % 60),
        _ => format!("{} d {} h", s / 86_400, s / 3_600 % 24),
    }
}

/// `count` and its noun.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// An RFC 3339 time as it is shown: a space for the T, milliseconds, no zone.
pub fn clock(time: &str) -> String {
    let Ok(time) = time.parse::<Timestamp>() else { return time.to_owned() };
    time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// RFC 3339 of what people write: a time, a date (its midnight, UTC), or an age such as `15m`.
///
/// # Errors
/// The text is none of them.
pub fn time(text: &str, now: Timestamp) -> Result<String, Failure> {
    let time = (text.parse::<Timestamp>().ok())
        .or_else(|| in_utc(text))
        .or_else(|| now.checked_sub(age(text)?).ok());
    match time {
        Some(time) => Ok(time.to_string()),
        None => Err(Failure::usage(
            format!("`{text}` is not a time"),
            "write 2026-11-21T14:00:00Z, \"2026-11-21 14:00\", 2026-11-21, or an age: 90s, 15m, 2h, 7d",
        )),
    }
}

/// A date, or date and time without a zone.
fn in_utc(text: &str) -> Option<Timestamp> {
    let time = text.parse::<civil::DateTime>().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn age(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    Some(SignedDuration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-21T14:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-21T14:00:00Z", "2026-11-21T14:00:00Z"),
            ("2026-11-21T14:00:00+01:00", "2026-11-21T13:00:00Z"),
            ("2026-11-21 14:00", "2026-11-21T14:00:00Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("90s", "2026-11-21T14:28:30Z"),
            ("15m", "2026-11-21T14:15:00Z"),
            ("7d", "2026-11-14T14:30:00Z"),
        ] {
            assert_eq!(time(text, now).unwrap(), expected, "{text}");
        }
        for text in ["", "yesterday", "15", "15x", "9223372036854775807d", "2026-13-01"] {
            assert!(time(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn quantities_are_rounded_to_what_people_read() {
        assert_eq!(millis(0), "0.0");
        assert_eq!(millis(4_149), "4.1");
        assert_eq!(millis(4_150), "4.2");
        assert_eq!(seconds(61_250_000), "61.3");
        assert_eq!(uptime(59), "59 s");
        assert_eq!(uptime(3_599), "59 min 59 s");
        assert_eq!(uptime(90_061), "1 d 1 h");
        assert_eq!(clock("2026-11-21T14:00:00.123456Z"), "2026-11-21 14:00:00.123");
        assert_eq!(clock("noon"), "noon");
    }
}
