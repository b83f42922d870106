//! Owns the walk through everything that can be asked of a view, on samples with a byte changed.
//! Refuses to look at the answers: the claims do.

use super::samples::SAMPLES;
use super::touch::touch;

#[test]
fn whatever_a_view_reads_can_be_asked_for() {
    for sample in SAMPLES {
        let elements = sample.value.split(",\r\n ");
        for value in elements.map(str::as_bytes) {
            for at in 0..value.len() {
                touch(&value[..at]);
                for byte in *b"\0\r \"\\()<>,;:=%*.0aZ/[]@?\x80" {
                    let mut changed = value.to_vec();
                    changed[at] = byte;
                    touch(&changed);
                }
            }
        }
    }
}
