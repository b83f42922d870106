//! Owns the paths of things. Refuses to know which things there are.

/// The path of one thing, `parts` behind `/v1`; names may have any character.
pub fn path(parts: &[&str]) -> String {
    let mut path = "/v1".to_owned();
    for part in parts {
        path.push('/');
        for byte in part.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                    path.push(char::from(byte));
                }
                // A dot too: a name of dots alone would mean another folder.
                _ => path.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_name_stays_one_part_of_a_path() {
        assert_eq!(path(&["destinations", "Italy mobile"]), "/v1/destinations/Italy%20mobile");
        assert_eq!(path(&["trunks", "a/../b?c#d%"]), "/v1/trunks/a%2F%2E%2E%2Fb%3Fc%23d%25");
        assert_eq!(path(&["trunks", ".."]), "/v1/trunks/%2E%2E");
        assert_eq!(path(&["trunks", "Zürich"]), "/v1/trunks/Z%C3%BCrich");
    }
}
