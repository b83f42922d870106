//! Owns the rules about text that no compiler checks: module docs, where `unsafe` may stand, length.
//! Refuses to parse Rust: it reads lines, and a rule that needs more than that is not for here.

use std::fs;
use std::path::{Path, PathBuf};

mod source;
#[cfg(test)]
mod tests;

use source::Source;

/// Non-test lines a file may have before it must become two.
const MAX_LINES: usize = 500;

/// Folders whose crates may hold unsafe code; every other crate root forbids it.
const UNSAFE: &[&str] = &["sys/dpdk-sys/", "sys/dpdk/", "sys/simd/", "hugepages/"];

/// The one kind of file elsewhere that may: a bench's counting allocator.
const COUNTING_ALLOCATOR: &str = "counting_allocator.rs";

/// Where each file says in line 2 whether it is hot or cold.
const HOT: &[&str] = &[
    "dataplane/src/capacity",
    "dataplane/src/dialog",
    "dataplane/src/net",
    "dataplane/src/owner",
    "dataplane/src/proxy",
    "dataplane/src/txn",
    "dataplane/src/worker",
    "parser/src/",
    "routing/src/decision",
    "routing/src/prefix",
];

/// What a file that calls itself hot does not use.
const BANNED_IN_HOT: &[&str] = &[
    "format!",
    "vec!",
    "Vec::",
    "Box::",
    "String::",
    ".to_string()",
    ".to_owned()",
    ".to_vec()",
    "dyn ",
    "Mutex",
    "RwLock",
    "Instant::now",
    "SystemTime",
    "thread::sleep",
];

/// Written in two halves, so that this file passes its own rule.
const LEFT_OPEN: &str = concat!("TO", "DO");

/// A broken rule: where, and in one sentence what to change.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    message: String,
}

/// Checks every text of ours below `root`.
///
/// # Errors
/// A sentence that counts the findings, each of which has been printed.
pub fn run(root: &Path) -> Result<(), String> {
    let mut count = 0;
    for path in files_below(root)? {
        let Ok(inside) = path.strip_prefix(root) else { continue };
        let name = inside.to_string_lossy();
        if !is_text(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("reading {name}: {error}"))?;
        for Finding { line, message } in check(&name, &text) {
            println!("{name}:{line}: {message}");
            count += 1;
        }
    }
    if count == 0 { Ok(()) } else { Err(format!("{count} findings, see above")) }
}

/// Every file below `folder`, sorted; hidden folders other than `.ci` and build folders left out.
///
/// # Errors
/// A sentence that names the folder that could not be read.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let refused = |error| format!("reading {}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(refused)? {
            let path = entry.map_err(refused)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !path.is_dir() {
                files.push(path);
            } else if name == ".ci" || !(name.starts_with('.') || name == "target") {
                folders.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_text(name: &str) -> bool {
    [".rs", ".toml", ".sh", ".py", ".xml"].iter().any(|ending| name.ends_with(ending))
}

/// All findings in one file, whose `name` is its path from the root of the checkout.
fn check(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |line: usize, message: String| findings.push(Finding { line, message });
    for (index, line) in text.lines().enumerate() {
        if line.contains('\t') {
            report(index + 1, "tab: indent with spaces".to_owned());
        }
        if line.ends_with(' ') {
            report(index + 1, "space at the end of the line".to_owned());
        }
        if line.contains(LEFT_OPEN) {
            report(index + 1, format!("{LEFT_OPEN}: mend it or report it, leave nothing open"));
        }
    }
    if name.ends_with(".rs") {
        check_rust(name, &Source::new(name, text), &mut report);
    }
    findings
}

fn check_rust(name: &str, source: &Source<'_>, report: &mut impl FnMut(usize, String)) {
    if !source.line(1).starts_with("//!") {
        report(1, "the first line is not `//!`: say what the file owns".to_owned());
    }
    if source.product_lines() > MAX_LINES {
        report(MAX_LINES, format!("more than {MAX_LINES} lines without tests: make it two files"));
    }
    if is_crate_root(name) && !may_be_unsafe(name) && !source.forbids_unsafe() {
        report(1, "the crate root does not say #![forbid(unsafe_code)]".to_owned());
    }
    for (line, code) in source.code() {
        if !may_be_unsafe(name) && source::has_word(code, "unsafe") {
            report(line, "unsafe belongs in sys/ and hugepages/ only".to_owned());
        }
        if source::has_word(code, "dbg!") {
            report(line, "dbg! is for the desk only".to_owned());
        }
    }
    for (line, code) in source.product_code() {
        if !may_print(name) && ["println!", "eprintln!"].iter().any(|w| source::has_word(code, w)) {
            report(line, "a library does not print: return it, or log it in the keeper".to_owned());
        }
    }
    check_hot(name, source, report);
}

fn check_hot(name: &str, source: &Source<'_>, report: &mut impl FnMut(usize, String)) {
    let second = source.line(2);
    let hot = second.starts_with("//! Hot");
    let must_say = HOT.iter().any(|prefix| name.starts_with(prefix))
        && !name.ends_with("/lib.rs")
        && !source::is_test_file(name);
    if must_say && !hot && !second.starts_with("//! Cold") {
        report(2, "line 2 of the doc begins with neither `Hot` nor `Cold`".to_owned());
    }
    if !hot {
        return;
    }
    for (line, code) in source.hot_code() {
        for banned in BANNED_IN_HOT.iter().filter(|banned| source::has_word(code, banned)) {
            let banned = banned.trim();
            report(
                line,
                format!("`{banned}` in hot code: move it to a cold file or a #[cold] function"),
            );
        }
    }
}

fn is_crate_root(name: &str) -> bool {
    name.ends_with("src/lib.rs") || name.ends_with("src/main.rs") || name.contains("/src/bin/")
}

fn may_be_unsafe(name: &str) -> bool {
    UNSAFE.iter().any(|folder| name.starts_with(folder))
        || (name.starts_with("benches/") && name.ends_with(COUNTING_ALLOCATOR))
}

fn may_print(name: &str) -> bool {
    name.ends_with("/main.rs")
        || name.ends_with("build.rs")
        || name.contains("/src/bin/")
        || name.contains("/examples/")
        || name.starts_with("scripts/xtask/")
        || name.starts_with("benches/")
}
