//! Claims about giving rights up; each runs in a process of its own.

use std::process::Command;
use std::sync::mpsc;
use std::{env, thread};

use super::threads::inspect;
use super::*;
use crate::keeper::testing::Scratch;

/// Set in the child that gives its privileges up: the test process itself must keep them.
const CHILD: &str = "TANDEM_TEST_PRIVILEGE_CHILD";

const GOOD: &str = "Name:\tworker-0\nUid:\t65534\t65534\t65534\t65534\n\
     Gid:\t65534\t65534\t65534\t65534\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n\
     CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n";

fn run_as_child(role: &str) -> (bool, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "privilege::tests::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, role)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// The body of the child processes; in an ordinary run there is nothing to do.
#[test]
fn child() {
    let Ok(role) = env::var(CHILD) else { return };
    let identity = Identity::resolve("nobody").unwrap();
    forbid_new_privileges().unwrap();
    let (stop, held) = mpsc::channel::<()>();
    let other = thread::spawn(move || held.recv());
    let result = identity.drop_privileges();
    if role == "inherited" {
        result.unwrap();
        assert_eq!(unistd::geteuid(), identity.uid);
        assert!(unistd::setuid(Uid::from_raw(0)).is_err(), "root came back");
        assert!(fs::File::open("/etc/shadow").is_err(), "a capability is left");
    } else {
        // The thread of the test harness began before the flag was set.
        let message = result.unwrap_err().to_string();
        assert!(message.contains("new privileges are not forbidden"), "{message}");
    }
    drop(stop);
    assert!(other.join().unwrap().is_err());
}

#[test]
fn drops_on_every_thread() {
    if !unistd::geteuid().is_root() {
        return;
    }
    // The child gets the flag from this thread, which ends with the test.
    forbid_new_privileges().unwrap();
    let (success, text) = run_as_child("inherited");
    assert!(success, "{text}");
}

#[test]
fn finds_the_thread_that_kept_a_right() {
    if !unistd::geteuid().is_root() {
        return;
    }
    let (success, text) = run_as_child("late");
    assert!(success, "{text}");
}

#[test]
fn accepts_a_thread_without_rights() {
    assert_eq!(inspect(GOOD, 65_534, 65_534), Ok(()));
}

#[test]
fn rejects_each_right_that_is_left() {
    let check = |from: &str, to: &str, part: &str| {
        let message = inspect(&GOOD.replacen(from, to, 1), 65_534, 65_534).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    check("Uid:\t65534", "Uid:\t0", "Uid is 0 65534 65534 65534, not 65534");
    check("65534\nGid", "0\nGid", "Uid is 65534 65534 65534 0");
    check("Gid:\t65534", "Gid:\t0", "Gid is");
    check("CapPrm:\t0000000000000000", "CapPrm:\t0000000000000400", "CapPrm is 0000000000000400");
    check("CapEff:\t0000000000000000", "CapEff:\t000001ffffffffff", "CapEff is");
    check("CapEff:\t0000000000000000\n", "", "CapEff is");
    check("NoNewPrivs:\t1", "NoNewPrivs:\t0", "new privileges are not forbidden");
}

#[test]
fn names_the_thread() {
    let scratch = Scratch::new();
    let task = scratch.path().join("4711");
    fs::create_dir(&task).unwrap();
    fs::write(task.join("status"), GOOD.replace("Uid:\t65534", "Uid:\t0")).unwrap();
    let error = threads::verify(scratch.path(), 65_534, 65_534).unwrap_err().to_string();
    assert!(error.contains("thread 4711 \"worker-0\" kept its privileges"), "{error}");
}

#[test]
fn names_the_user_that_is_missing() {
    let message = Identity::resolve("no-such-user-here").unwrap_err().to_string();
    assert!(message.contains("there is no user \"no-such-user-here\""), "{message}");
}

#[test]
fn root_keeps_everything() {
    let root = Identity::resolve("root").unwrap();
    assert!(root.is_root());
    root.drop_privileges().unwrap();
}

#[test]
fn hands_directories_over() {
    let scratch = Scratch::new();
    let name = User::from_uid(unistd::geteuid()).unwrap().unwrap().name;
    let identity = Identity::resolve(&name).unwrap();
    for (path, own) in [("a/journal", true), ("b", false)] {
        let path = scratch.path().join(path);
        if own { identity.own_directory(&path) } else { identity.pass_directory(&path, &[]) }
            .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o750);
    }
}

#[test]
fn leaves_the_directories_of_others_as_they_are() {
    let scratch = Scratch::new();
    let name = User::from_uid(unistd::geteuid()).unwrap().unwrap().name;
    let identity = Identity::resolve(&name).unwrap();
    let mode = || fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o7777;
    let set = |mode| fs::set_permissions(scratch.path(), Permissions::from_mode(mode)).unwrap();
    fs::write(scratch.path().join("keys.toml"), "").unwrap();
    fs::write(scratch.path().join("dpkg"), "").unwrap();
    set(0o755);
    identity.pass_directory(scratch.path(), &["keys.toml"]).unwrap();
    assert_eq!(mode(), 0o755);
    fs::remove_file(scratch.path().join("dpkg")).unwrap();
    identity.pass_directory(scratch.path(), &["keys.toml"]).unwrap();
    assert_eq!(mode(), 0o750);
    set(0o1777);
    let message = identity.pass_directory(scratch.path(), &["keys.toml"]).unwrap_err().to_string();
    assert!(message.contains("has mode 1777") && message.contains("choose one"), "{message}");
}

#[test]
fn tells_apart_what_cannot_be_made_and_what_cannot_be_written() {
    let scratch = Scratch::new();
    let name = User::from_uid(unistd::geteuid()).unwrap().unwrap().name;
    let identity = Identity::resolve(&name).unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let message = identity.pass_directory(&file, &[]).unwrap_err().to_string();
    assert!(message.contains("cannot make the directory"), "{message}");
    identity.verify_writes(scratch.path()).unwrap();
    let message = identity.verify_writes(&file.join("below")).unwrap_err().to_string();
    assert!(message.contains("cannot write to"), "{message}");
}
