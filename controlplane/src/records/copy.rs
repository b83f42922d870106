//! Owns the bytes of PostgreSQL's binary COPY: header, rows, and the columns' types as they travel.
//! Refuses to know what the columns mean.
//!
//! ```text
//! file    "PGCOPY\n\xff\r\n\0" flags:i32 extension:i32 row* -1:i16
//! row     columns:i16 { length:i32 value }*          length -1 is NULL
//! ```

use std::net::SocketAddrV4;

use bytes::{BufMut, Bytes, BytesMut};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// 2000-01-01 in µs since 1970: where PostgreSQL counts from.
const EPOCH_US: i64 = 946_684_800_000_000;

/// The last µs of the year 9999, beyond which no clock is right and not every reader can follow.
pub const LAST_US: u64 = 253_402_300_799_999_999;

/// Address family of IPv4 in `inet` values.
const PGSQL_AF_INET: u8 = 2;

/// Rows in the making.
#[derive(Debug)]
pub struct Rows {
    bytes: BytesMut,
    columns: i16,
    count: u64,
    /// Values of the current row, checked against `columns` when it ends.
    values: i16,
}

impl Rows {
    /// No rows yet, each of `columns` values.
    pub fn new(columns: usize, capacity: usize) -> Rows {
        let mut bytes = BytesMut::with_capacity(capacity);
        bytes.put_slice(SIGNATURE);
        bytes.put_i32(0);
        bytes.put_i32(0);
        Rows { bytes, columns: i16::try_from(columns).unwrap_or(i16::MAX), count: 0, values: 0 }
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Begins a row.
    pub fn begin(&mut self) {
        debug_assert!(self.count == 0 || self.values == self.columns, "a row has all columns");
        self.bytes.put_i16(self.columns);
        self.values = 0;
        self.count += 1;
    }

    /// The whole of it.
    pub fn finish(mut self) -> Bytes {
        debug_assert!(self.count == 0 || self.values == self.columns, "a row has all columns");
        self.bytes.put_i16(-1);
        self.bytes.freeze()
    }

    /// NULL.
    pub fn null(&mut self) {
        self.values += 1;
        self.bytes.put_i32(-1);
    }

    /// `bigint`.
    pub fn int8(&mut self, value: i64) {
        self.values += 1;
        self.bytes.put_i32(8);
        self.bytes.put_i64(value);
    }

    /// `bigint` or NULL.
    pub fn int8_or_null(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    /// `integer`.
    pub fn int4(&mut self, value: i32) {
        self.values += 1;
        self.bytes.put_i32(4);
        self.bytes.put_i32(value);
    }

    /// `integer` or NULL.
    pub fn int4_or_null(&mut self, value: Option<i32>) {
        match value {
            Some(value) => self.int4(value),
            None => self.null(),
        }
    }

    /// `timestamptz` of µs since 1970.
    pub fn time(&mut self, utc_us: u64) {
        self.int8(timestamp(utc_us));
    }

    /// `timestamptz` or NULL.
    pub fn time_or_null(&mut self, utc_us: Option<u64>) {
        self.int8_or_null(utc_us.map(timestamp));
    }

    /// `inet` of a host.
    pub fn address(&mut self, address: &SocketAddrV4) {
        self.values += 1;
        self.bytes.put_i32(8);
        self.bytes.put_slice(&[PGSQL_AF_INET, 32, 0, 4]);
        self.bytes.put_slice(&address.ip().octets());
    }

    /// `text` of our own.
    pub fn text(&mut self, value: &str) {
        self.values += 1;
        self.sized(|bytes| bytes.put_slice(value.as_bytes()));
    }

    /// `text` of our own or NULL.
    pub fn text_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    /// `text` of bytes from a message. What is not UTF-8, and the NUL that PostgreSQL refuses, becomes
    /// U+FFFD: one strange packet must not hold up all records.
    pub fn foreign_text(&mut self, value: &[u8]) {
        match std::str::from_utf8(value) {
            Ok(text) if !value.contains(&0) => self.text(text),
            _ => self.text(&String::from_utf8_lossy(value).replace('\0', "\u{fffd}")),
        }
    }

    /// `jsonb` of the text that `write` puts there.
    pub fn jsonb(&mut self, write: impl FnOnce(&mut BytesMut)) {
        self.values += 1;
        self.sized(|bytes| {
            bytes.put_u8(1);
            write(bytes);
        });
    }

    fn sized(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let at = self.bytes.len();
        self.bytes.put_i32(0);
        write(&mut self.bytes);
        let length = i32::try_from(self.bytes.len() - at - 4).unwrap_or(i32::MAX);
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

/// What PostgreSQL calls that time.
pub fn timestamp(utc_us: u64) -> i64 {
    utc_us.min(LAST_US).cast_signed() - EPOCH_US
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(write: impl FnOnce(&mut Rows)) -> Vec<u8> {
        let mut rows = Rows::new(1, 0);
        rows.begin();
        write(&mut rows);
        let bytes = rows.finish();
        let body = bytes.strip_prefix(SIGNATURE).unwrap();
        let body = body.strip_prefix(&[0; 8]).unwrap().strip_prefix(&[0, 1]).unwrap();
        body.strip_suffix(&[0xff, 0xff]).unwrap().to_vec()
    }

    #[test]
    fn values_travel_as_postgres_reads_them() {
        let cases: [(&str, Vec<u8>, &[u8]); 6] = [
            ("null", row(Rows::null), &[255, 255, 255, 255]),
            ("int4", row(|r| r.int4(-2)), &[0, 0, 0, 4, 255, 255, 255, 254]),
            ("int8", row(|r| r.int8(3)), &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3]),
            (
                "inet",
                row(|r| r.address(&SocketAddrV4::new([10, 0, 0, 1].into(), 5060))),
                &[0, 0, 0, 8, 2, 32, 0, 4, 10, 0, 0, 1],
            ),
            ("text", row(|r| r.text("ab")), &[0, 0, 0, 2, b'a', b'b']),
            ("jsonb", row(|r| r.jsonb(|b| b.put_slice(b"[]"))), &[0, 0, 0, 3, 1, b'[', b']']),
        ];
        for (name, got, expect) in cases {
            assert_eq!(got, expect, "{name}");
        }
    }

    #[test]
    fn strange_bytes_become_text_that_the_database_takes() {
        for bytes in [&b"a\0b"[..], b"\xff\xfe", b"\0\xff"] {
            let got = row(|rows| rows.foreign_text(bytes));
            let text = std::str::from_utf8(got.get(4..).unwrap()).unwrap();
            assert!(!text.contains('\0') && text.contains('\u{fffd}'), "{bytes:?}: {text:?}");
        }
    }

    #[test]
    fn times_outside_the_calendar_stay_inside() {
        assert_eq!(timestamp(0), -946_684_800_000_000);
        assert_eq!(timestamp(946_684_800_000_001), 1);
        assert_eq!(timestamp(u64::MAX), timestamp(LAST_US));
    }
}
