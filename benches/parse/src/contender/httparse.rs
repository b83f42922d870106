//! Owns how httparse reads a SIP message: its header lines, which look like those of HTTP. Refuses to help it.

use std::hint::black_box;

use simd::Padded;

use super::Contender;
use crate::corpus::Told;

/// More than any message of the corpus has, and few enough to be cheap.
const MOST: usize = 32;

/// Splits the lines behind the start line.
#[derive(Debug)]
pub struct Lines;

fn header_lines(datagram: Padded<'_>) -> &[u8] {
    let bytes = datagram.bytes();
    let line_feed = memchr::memchr(b'\n', bytes);
    &bytes[line_feed.map_or(0, |at| at + 1)..]
}

impl Contender for Lines {
    fn name(&self) -> &'static str {
        "httparse"
    }

    #[inline]
    fn parse(&mut self, datagram: Padded<'_>) {
        let mut headers = [httparse::EMPTY_HEADER; MOST];
        let lines = header_lines(black_box(datagram));
        black_box(&httparse::parse_headers(lines, &mut headers).ok());
    }

    fn told(&mut self, datagram: Padded<'_>, expected: &Told) -> Result<Told, String> {
        let mut headers = [httparse::EMPTY_HEADER; MOST];
        let status = httparse::parse_headers(header_lines(datagram), &mut headers);
        let Ok(httparse::Status::Complete((_, found))) = status else {
            return Err(format!("{status:?}"));
        };
        let value = |full: &str, compact: &str| {
            let header = found.iter().find(|header| [full, compact].contains(&header.name));
            let value = header.ok_or_else(|| format!("no {full}"))?.value;
            String::from_utf8(value.to_vec()).map_err(|error| error.to_string())
        };
        let param = |value: &str, name: &str| {
            let behind = value.split_once(name).map_or("", |(_, behind)| behind);
            behind.split(';').next().unwrap_or_default().to_owned()
        };
        let cseq = value("CSeq", "CSeq")?;
        Ok(Told {
            call_id: value("Call-ID", "i")?,
            branch: param(&value("Via", "v")?, ";branch="),
            cseq: cseq.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default(),
            from_tag: param(&value("From", "f")?, ";tag="),
            to_tag: param(&value("To", "t")?, ";tag="),
            ..expected.clone()
        })
    }
}
