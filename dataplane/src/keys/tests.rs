//! Claims about the keys file: modes, formats, rotation.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::keeper::testing::Scratch;

const IDENTITY: &str = "identity = \"00112233445566778899aabbccddeeff\"\n";

fn key(id: &str, created: &str) -> String {
    format!(
        "[[key]]\nid = {id}\ncreated = {created}\nbranch = \"{}\"\ncookie = \"{}\"\n",
        "a1".repeat(16),
        "b2".repeat(16)
    )
}

fn load_text(text: &str, mode: u32) -> Result<Keys, String> {
    let scratch = Scratch::new();
    let path = scratch.path().join("keys.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    Keys::load(&path).map_err(|error| error.to_string())
}

fn fails_with(text: &str, part: &str) {
    let message = load_text(text, 0o600).unwrap_err();
    assert!(message.contains(part), "{message}");
    assert!(!message.contains("a1a1") && !message.contains("0011"), "a key is shown: {message}");
}

#[test]
fn makes_the_file_once_with_mode_0600() {
    let scratch = Scratch::new();
    let path = scratch.path().join("keys.toml");
    let made = Keys::load_or_create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(Keys::load_or_create(&path).unwrap(), made);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "the file written aside is gone");
    assert_ne!(made.signing().branch, made.signing().cookie);
    assert_ne!(made.signing().branch, *made.identity());
}

#[test]
fn two_appliances_get_different_keys() {
    let (one, two) = (Scratch::new(), Scratch::new());
    let one = Keys::load_or_create(&one.path().join("k")).unwrap();
    let two = Keys::load_or_create(&two.path().join("k")).unwrap();
    assert_ne!(one.signing().branch, two.signing().branch);
}

#[test]
fn newest_signs_and_all_verify() {
    let text = format!("{IDENTITY}{}{}{}", key("3", "100"), key("15", "300"), key("0", "200"));
    let keys = load_text(&text, 0o600).unwrap();
    assert_eq!(keys.signing().id.get(), 15);
    for id in [3, 15, 0] {
        assert!(keys.by_id(KeyId::new(id).unwrap()).is_some());
    }
    assert!(keys.by_id(KeyId::new(1).unwrap()).is_none());
    assert_eq!(keys.iter().count(), 3);
}

#[test]
fn refuses_modes_that_let_others_in() {
    let text = format!("{IDENTITY}{}", key("0", "1"));
    assert!(load_text(&text, 0o600).is_ok());
    assert!(load_text(&text, 0o400).is_ok());
    for mode in [0o640, 0o644, 0o660, 0o604, 0o602, 0o700] {
        let message = load_text(&text, mode).unwrap_err();
        assert!(message.contains(&format!("has mode {mode:04o}")), "{message}");
        assert!(message.contains("chmod 600"), "{message}");
    }
}

#[test]
fn refuses_what_is_no_plain_file() {
    let scratch = Scratch::new();
    let path = scratch.path().join("keys.toml");
    let link = scratch.path().join("link");
    Keys::load_or_create(&path).unwrap();
    symlink(&path, &link).unwrap();
    for bad in [link.as_path(), scratch.path()] {
        let message = Keys::load_or_create(bad).unwrap_err().to_string();
        assert!(message.contains("is not a plain file"), "{message}");
    }
}

#[test]
fn names_the_directory_that_is_missing() {
    let message = Keys::load_or_create(Path::new("/nonexistent/keys.toml")).unwrap_err();
    assert!(message.to_string().contains("its directory must exist"), "{message}");
}

#[test]
fn refuses_other_formats_without_showing_them() {
    fails_with("", "line 1: not in the format");
    fails_with("identity = \"a1a1a1a1\n", "not in the format");
    fails_with("identity = \"a1a1\"\n", "line 1: a secret is not 32 hexadecimal digits");
    fails_with(IDENTITY, "there is no [[key]]");
    fails_with(&format!("{IDENTITY}{}", key("16", "1")), "line 3: id is not 0 to 15");
    fails_with(&format!("{IDENTITY}{}", key("-1", "1")), "id is not 0 to 15");
    fails_with(&format!("{IDENTITY}{}", key("0", "-1")), "created is negative");
    let twice = format!("{IDENTITY}{}{}", key("1", "1"), key("1", "2"));
    fails_with(&twice, "line 8: two keys have the same id");
    let tied = format!("{IDENTITY}{}{}", key("1", "1"), key("2", "1"));
    fails_with(&tied, "none is the newest");
    let extra = format!("{IDENTITY}{}secret = \"a1a1\"\n", key("1", "1"));
    fails_with(&extra, "not in the format");
}

#[test]
fn debug_shows_no_key() {
    let keys = load_text(&format!("{IDENTITY}{}", key("0", "1")), 0o600).unwrap();
    let text = format!("{keys:?}");
    assert!(text.contains("Secret(..)"));
    assert!(!text.contains("a1") && !text.contains("161") && !text.contains("b2"), "{text}");
}

#[test]
fn a_month_old_key_gets_a_successor_on_disk() {
    let scratch = Scratch::new();
    let path = scratch.path().join("keys.toml");
    let made = Keys::load_or_create(&path).unwrap();
    let born = made.signing().created_utc_s;
    assert_eq!(Keys::open(&path, born + 29 * 24 * 3600).unwrap(), made);
    let next = Keys::open(&path, born + 31 * 24 * 3600).unwrap();
    assert_eq!(next.signing().id.get(), 1);
    assert_eq!(next.by_id(made.signing().id), Some(made.signing()));
    assert_eq!(Keys::load(&path).unwrap(), next);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "nothing is left aside");
}
